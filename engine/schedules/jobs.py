"""The regular look at schedules: whatever is due is started, whoever looks and however late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.access import Actor
from engine.command import Services
from engine.errors import WorkbenchError
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.schedules import looking, queries
from engine.schedules.models import ScheduledStart, StartState

if TYPE_CHECKING:
    from engine.catalog.content import Content

START_SCHEDULED = Regular(
    name="start_scheduled",
    when="*/5 * * * *",
    purpose="starts the bundles that schedules are due to start",
)


def starting(services: Services, system: Actor) -> Kind:
    """Give the job that starts what is due; one schedule that fails keeps no other from its starts."""
    #: The content by which all schedules were looked at last.
    known: Content | None = None

    def start(context: Context) -> str:
        nonlocal known
        content = services.content()
        with services.reading(system) as tx:
            ids = queries.due_ids(tx, everything=content is not known)
        done, failures = list[ScheduledStart](), list[WorkbenchError]()
        for schedule_id in ids:
            try:
                while rows := step(context, content, schedule_id):
                    done += rows
            except WorkbenchError as error:  # the others go on; this attempt is tried again
                failures.append(error)
        if failures:
            raise failures[0]
        known = content
        return said_of(done)

    def step(context: Context, content: Content, schedule_id: str) -> Sequence[ScheduledStart]:
        context.renew()
        with services.transaction(system) as tx:
            return looking.step(tx, content, schedule_id)

    return Kind(name=START_SCHEDULED.name, handle=start)


def said_of(done: Sequence[ScheduledStart]) -> str:
    """Say what became of the starts that were due."""
    counts = {state: sum(row.state is state for row in done) for state in StartState}
    told = ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)
    return f"{told[0].upper()}{told[1:]}." if told else "Nothing is due."
