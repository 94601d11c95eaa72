"""Messages that were sent, or given up, are forgotten after a while, as jobs are."""

from __future__ import annotations

from datetime import timedelta

from engine.accounts import actors
from engine.command import Services
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.webhooks import queries

FORGET = Regular(
    name="forget_webhook_messages",
    when="50 3 * * *",
    purpose="forgets messages of webhooks that were sent long ago",
)
_AT_ONCE = 500


def forgetting(services: Services) -> Kind:
    """Give the job that forgets messages that were made so many days ago as the settings say."""

    def forget(context: Context) -> str:
        before = services.clock.now() - timedelta(days=services.settings.jobs_kept_days)
        system, count = actors.system(services.workspace.workspace_id), 0
        while True:
            with services.transaction(system) as tx:
                gone = queries.forget(tx, before, _AT_ONCE)
            count += gone
            if gone < _AT_ONCE:
                return f"{count} forgotten." if count else "Nothing is old enough."
            context.renew()

    return Kind(name=FORGET.name, handle=forget)
