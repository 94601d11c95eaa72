"""The commands of schedules: switching one on or off, and starting or leaving out one of its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.access import Permission
from engine.command import AnyCommand, Command, command, with_content
from engine.schedules import inputs, preview, service
from engine.schedules.models import Schedule, ScheduledStart, StartState
from engine.schedules.preview import Upcoming
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_LEAD = Permission.WORK_ALL


@dataclass(frozen=True, kw_only=True)
class SwitchedOn:
    """A schedule that was switched on, or would be, and what begins by it."""

    #: None where it was only to be said.
    schedule: Schedule | None
    upcoming: Sequence[Upcoming]

    @property
    def message(self) -> str:
        """What is said about it."""
        first = next(iter(self.upcoming), None)
        if first is None:
            return "It is switched on, and there is no start to come."
        day = f"{first.due.anchor:%a} {first.due.anchor.day} {first.due.anchor:%b} {first.due.anchor.year}"
        if self.schedule is None:
            return f"Nothing is switched on. The first bundle would be for {day}."
        return f"It is switched on. The first bundle is for {day}."


def _switch_on(tx: Transaction, request: inputs.StartSchedule, content: Content) -> SwitchedOn:
    found = service.startable(tx, content, request)
    if request.dry_run:
        return SwitchedOn(schedule=None, upcoming=preview.of_new(tx, content, found, request.parameters))
    schedule = service.switch_on(tx, content, request)
    return SwitchedOn(schedule=schedule, upcoming=preview.of_schedule(tx, content, schedule))


def _said_of(row: ScheduledStart) -> str:
    if row.state is StartState.STARTED:
        return f"The bundle for {row.anchor_date} is started."
    return f"The start for {row.anchor_date} is left out."


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="schedule start",
        help="Have a template begin by itself from now on, as its trigger says.",
        input=inputs.StartSchedule,
        permission=_LEAD,
        prepare=with_content,
        run=_switch_on,
        message=lambda done: done.message,
    ),
    command(
        "schedule pause",
        "Have nothing begin by a schedule until it is started again.",
        input=inputs.OnSchedule,
        permission=_LEAD,
        run=lambda tx, request: service.pause(tx, request.schedule_id, revision=request.revision),
        message="It is paused: nothing begins by itself until it is switched on again.",
    ),
    Command(
        name="schedule run",
        help="Start the next bundle of a schedule now, or that of a day.",
        input=inputs.RunSchedule,
        permission=_LEAD,
        prepare=with_content,
        run=lambda tx, request, content: service.run_now(tx, content, request),
        message=_said_of,
    ),
    Command(
        name="schedule skip",
        help="Leave out the next start of a schedule, or that of a day.",
        input=inputs.SkipStart,
        permission=_LEAD,
        prepare=with_content,
        run=lambda tx, request, content: service.skip(tx, content, request),
        message=_said_of,
    ),
)
