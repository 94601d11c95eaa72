"""Answers that are kept for idempotency keys are forgotten after a while, with their keys (API-08)."""

from __future__ import annotations

from datetime import timedelta

from engine.access import Actor
from engine.command import Services
from engine.jobs import queries
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular

#: For so long a key of the API gives its first answer again; far longer than anybody tries again.
KEPT_DAYS = 30
FORGET = Regular(
    name="forget_answers",
    when="20 4 * * *",
    purpose="forgets answers that were kept long ago for whoever sends the same again",
)
#: So many are deleted in one transaction: nobody who writes waits long for it.
_AT_ONCE = 500


def forgetting(services: Services, system: Actor) -> Kind:
    """Give the job that forgets answers that were kept ``KEPT_DAYS`` ago, with their keys.

    A key whose command keeps it itself, such as that of `bundle create`, has its record to give again, and
    stays.
    """

    def forget(context: Context) -> str:
        before, count = services.clock.now() - timedelta(days=KEPT_DAYS), 0
        while True:
            with services.transaction(system) as tx:
                gone = queries.forget_answers(tx, before, _AT_ONCE)
            count += gone
            if gone < _AT_ONCE:
                return f"{count} forgotten." if count else "Nothing is old enough."
            context.renew()

    return Kind(name=FORGET.name, handle=forget)
