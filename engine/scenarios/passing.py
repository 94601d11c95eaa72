"""Time that passes in a scenario: what the product does by itself meanwhile, at its own moments.

The regular work looks every few minutes; nearly every look finds nothing. So only those are made at which
there is something: the next moment of any reminder, and when an approval has waited long enough. Nothing else
of what runs by itself is played: schedules start no bundles here, and no message leaves the house.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.deliverables.approvals import escalate
from engine.deliverables.jobs import ESCALATE
from engine.deliverables.models import Approval
from engine.errors import ConflictError
from engine.jobs.regular import Regular
from engine.reminders import facts, planner
from engine.reminders.jobs import REMIND
from engine.reminders.models import Reminder, ReminderClock
from engine.reminders.queries.looking import COME_BACK
from engine.reminders.rules import RuleBook
from engine.reminders.tick import tick
from engine.scenarios.stage import Stage
from engine.tasks.models import Task

#: So many looks are made in one scenario; a reminder each minute would make millions in ten years.
_MOST_LOOKS = 5000


def begin(stage: Stage) -> None:
    """Switch reminders on, as they are before any bundle begins."""
    _remind(stage)


def pass_until(stage: Stage, until: datetime) -> None:
    """Move the clock to a moment, and do meanwhile what the product does by itself.

    Raises:
        ConflictError: more happens by itself than a scenario plays.
    """
    # The first look finds what has changed since the last one.
    moment: datetime | None = REMIND.next(stage.clock.now(), stage.zone)
    while moment is not None and moment <= until:
        stage.looks += 1
        if stage.looks > _MOST_LOOKS:
            raise ConflictError(
                f"By itself more happens than a scenario plays: there were {_MOST_LOOKS} looks for reminders "
                "and late approvals. Let less time pass, or remind less often."
            )
        stage.clock.set(moment)
        with stage.workbench.transaction(stage.workbench.system_actor()) as tx:
            escalate(tx)
        _remind(stage)
        moment = min(_next_looks(stage, moment), default=None)
    stage.clock.set(until)


def _remind(stage: Stage) -> None:
    system = stage.workbench.system_actor()
    tick(lambda: stage.workbench.transaction(system), stage.content)


def _next_looks(stage: Stage, now: datetime) -> Iterator[datetime]:
    """Yield the moments of the looks, after one, at which there may be something."""
    zone = stage.zone
    with stage.looking() as tx:
        book = RuleBook(stage.content, tx.workspace_zone)
        coming = [clock.next_at for clock in tx.find(ReminderClock)]
        coming += [one.send_at for one in tx.find(Reminder, state=[state.value for state in COME_BACK])]
        for approval in tx.find(Approval, is_open=True):
            governing = book.of_task(tx, tx.get(Task, approval.task_id))
            given = facts.of_approval(approval), governing.rules, governing.rhythm
            coming.append(planner.next_at(*given, now))
            if approval.escalated_at is None:
                long_enough = approval.requested_at + timedelta(days=tx.settings.escalate_after_days)
                yield _look_at(ESCALATE, max(long_enough, now + timedelta(minutes=1)), zone)
    for at in coming:
        if at is not None:
            yield _look_at(REMIND, max(at, now + timedelta(minutes=1)), zone)


def _look_at(regular: Regular, moment: datetime, zone: str) -> datetime:
    """Return the first look that finds what is there from a moment on."""
    last = regular.last(moment, zone)
    return last if last == moment else regular.next(moment, zone)
