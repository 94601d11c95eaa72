"""What executors said on their way is forgotten after a while; what became of each attempt stays."""

from __future__ import annotations

from datetime import timedelta

from engine.accounts import actors
from engine.audit.models import Action
from engine.command import Services
from engine.executions import queries
from engine.executions.models import Execution
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular

TRIM = Regular(
    name="trim_executions",
    when="10 4 * * *",
    purpose="forgets what executors said on their way long ago",
)
#: So many are changed in one transaction: nobody who writes waits long for it.
_AT_ONCE = 200


def trimming(services: Services) -> Kind:
    """Give the job that empties the lines of attempts that ended so many days ago as the settings say.

    Steps, outcome and error stay, with what may have happened outside.
    """

    def trim(context: Context) -> str:
        before = services.clock.now() - timedelta(days=services.settings.execution_logs_kept_days)
        system, count = actors.system(services.workspace.workspace_id), 0
        while True:
            with services.transaction(system) as tx:
                old = queries.with_old_logs(tx, before, _AT_ONCE)
                tx.read_ahead({Execution: old})
                for execution_id in old:
                    one = tx.get(Execution, execution_id)
                    one.logs = []
                    tx.save(one)
                    summary = f"What attempt {one.attempt_number} said on its way is forgotten"
                    tx.record(Action.EXECUTION_TRIMMED, one, summary)
            count += len(old)
            if len(old) < _AT_ONCE:
                return f"{count} forgotten." if count else "Nothing is old enough."
            context.renew()

    return Kind(name=TRIM.name, handle=trim)
