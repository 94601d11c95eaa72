"""The starts to come, planned as they would be made: anchor dates, tasks and their due dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.bundles import instantiate
from engine.bundles.plan import BundlePlan
from engine.errors import UnavailableError, WorkbenchError
from engine.schedules import service, starting
from engine.schedules.models import Schedule
from engine.schedules.starting import Scheduled
from engine.schedules.timetable import Due
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: As many are shown.
SHOWN = 5
#: Among as many further days those are looked for that somebody made, or left out, ahead of their time.
_MOST_AHEAD = 45


@dataclass(frozen=True, kw_only=True)
class Upcoming:
    """One start to come."""

    due: Due
    #: What it would make; None where it would be refused.
    plan: BundlePlan | None
    #: Why it would be refused.
    trouble: WorkbenchError | None = None

    @property
    def due_dates(self) -> tuple[date, date] | None:
        """The first and the last day on which a task of it is due; None where none has a date."""
        days = [task.due_date for task in self.plan.tasks if task.due_date] if self.plan else []
        return (min(days), max(days)) if days else None

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        tasks = self.plan.tasks if self.plan else ()
        return {
            "anchor_date": self.due.anchor.isoformat(),
            "starts_at": self.due.at.isoformat(),
            "title": self.plan.title if self.plan else None,
            "refused": self.trouble.message if self.trouble else None,
            "tasks": [
                {
                    "ref": task.ref,
                    "title": task.title,
                    "due_date": task.due_date.isoformat() if task.due_date else None,
                    "warnings": list(task.warnings),
                }
                for task in tasks
            ],
        }


def of_schedule(tx: Transaction, content: Content, schedule: Schedule) -> list[Upcoming]:
    """Return the next starts of a schedule; of a paused one those that switching it on now would bring.

    Raises:
        WorkbenchError: nothing can be started by it; says why.
    """
    return by(tx, content, schedule, starting.scheduled_by(tx, content, schedule))


def by(tx: Transaction, content: Content, schedule: Schedule, found: Scheduled) -> list[Upcoming]:
    """Do as ``of_schedule`` does, with what it starts.

    Raises:
        ConflictError: nothing begins by it.
    """
    timetable = service.must_begin(found)
    after = schedule.handled_until
    if not schedule.is_active:
        after = max(after, timetable.begun_by(tx.wall_clock))
    days = list(islice(timetable.after(after), SHOWN + _MOST_AHEAD))
    known = service.known_days(tx, schedule, days)
    open_days = [one for one in days if one.anchor not in known]
    return planned(tx, content, found, schedule.parameters, open_days[:SHOWN])


def of_new(
    tx: Transaction, content: Content, found: Scheduled, parameters: Mapping[str, Any]
) -> list[Upcoming]:
    """Return the next starts that switching a template on now would bring.

    Raises:
        ConflictError: nothing begins by it.
    """
    timetable = service.must_begin(found)
    days = timetable.after(timetable.begun_by(tx.wall_clock))
    return planned(tx, content, found, parameters, list(islice(days, SHOWN)))


def planned(
    tx: Transaction,
    content: Content,
    found: Scheduled,
    parameters: Mapping[str, Any],
    days: Sequence[Due],
) -> list[Upcoming]:
    """Plan the starts of some days as they would be made at their time."""
    return [_planned(tx, content, found, parameters, one) for one in days]


def _planned(
    tx: Transaction, content: Content, found: Scheduled, parameters: Mapping[str, Any], one: Due
) -> Upcoming:
    try:
        request = found.request(one.anchor, parameters)
        plan = instantiate.preview_of(tx, content, found.resolved, request, found.subject, at=one.at)
        return Upcoming(due=one, plan=plan)
    except UnavailableError:
        raise
    except WorkbenchError as error:
        return Upcoming(due=one, plan=None, trouble=error)
