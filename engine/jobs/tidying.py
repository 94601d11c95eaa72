"""What has ended is forgotten after a while: the ledger is no archive, events are."""

from __future__ import annotations

from datetime import timedelta

from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.putting import length
from engine.jobs.regular import Regular

FORGET = Regular(
    name="forget_jobs",
    when="35 3 * * *",
    purpose="forgets jobs that ended long ago",
)
#: So many are deleted in one transaction: nobody who writes waits long for it.
_AT_ONCE = 500


def forgetting(claims: Claims, days: int) -> Kind:
    """Give the job that forgets what ended so many days ago."""

    def forget(context: Context) -> str:
        count = 0
        while found := claims.forget(length(timedelta(days=days)), _AT_ONCE):
            count += found
            context.renew()
        return f"{count} forgotten." if count else "Nothing is old enough."

    return Kind(name=FORGET.name, handle=forget)
