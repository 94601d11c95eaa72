"""What a quarter comes to: what was wrong with its reminders and schedules, and what was seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta

from engine.reminders.explain import explain
from engine.reminders.models import Reminder
from engine.schedules.models import Schedule, ScheduledStart
from engine.tasks.models import Task
from tests.engine.bundles.calendar_oracle import moment
from tests.engine.reminders.quarter.house import ZONE
from tests.engine.reminders.quarter.intended import Moment, local_day
from tests.engine.reminders.quarter.life import Quarter

_DAY = timedelta(days=1)
#: How often one is told that was neither put off nor waited for the morning.
_ONCE = 1


def faults(quarter: Quarter) -> list[str]:
    """Return what was wrong, in words; nothing where the quarter was as it ought to be."""
    watcher = quarter.watcher
    return [
        *watcher.faults,
        *_stages_without_word(quarter),
        *_told_otherwise(quarter),
        *_left_planned(quarter),
        *_unexplained(quarter),
        *_starts(quarter),
    ]


def seen(quarter: Quarter) -> Counter[str]:
    """Count what became of reminders, by type and by state, and what was intended."""
    rows = quarter.watcher.rows.values()
    counted = Counter(one.type.value for one in rows) + Counter(one.state.value for one in rows)
    counted["intended"] = len(quarter.watcher.intended)
    counted["not written"] = len(quarter.watcher.unseen)
    return counted


def _stages_without_word(quarter: Quarter) -> list[str]:
    """Each move of a bundle was told its owner, or was the owner's own."""
    watcher = quarter.watcher
    told = {name.partition("/")[0] for name in watcher.names}
    return [
        f"nobody was told of the move {event_id} at {at}"
        for _, event_id, at, owner, mover in watcher.stages
        if owner != mover
        and event_id not in told
        and any(p.user_id == owner for p in watcher.people.values())
    ]


def _told_otherwise(quarter: Quarter) -> list[str]:
    """What is in somebody's inbox was told once, and once more each time that it came back."""
    watcher = quarter.watcher
    with quarter.workbench.reading(quarter.workbench.operator()) as tx:
        stored = {one.reminder_id: one for one in tx.find(Reminder)}
    found = [f"is not in the ledger any more: {one}" for one in watcher.rows.keys() - stored.keys()]
    found += [
        f"was written without an event: {stored[one].key}" for one in stored.keys() - watcher.rows.keys()
    ]
    for reminder_id, row in stored.items():
        if watcher.tellings[reminder_id] > _ONCE + watcher.returns[reminder_id]:
            found.append(f"told {watcher.tellings[reminder_id]} times: {row.key}")
        if row.state in ("sent", "late") and not watcher.tellings[reminder_id]:
            found.append(f"never told: {row.key}")
    return found


def _left_planned(quarter: Quarter) -> list[str]:
    """Whatever waited, for the morning or until a day, came when that was there."""
    waits = [one for one in quarter.watcher.rows.values() if one.state in ("planned", "snoozed")]
    return [f"did not come back: {one.key}" for one in waits if one.send_at <= quarter.now]


def _unexplained(quarter: Quarter) -> list[str]:
    """What no look saw in time is told of on its task's page, with its moment and a reason."""
    by_task = defaultdict[str, list[Moment]](list)
    for task_id, one in quarter.watcher.unseen:
        if one.name not in quarter.watcher.names:  # what it became may have had the same moment
            by_task[task_id].append(one)
    found: list[str] = []
    for task_id, some in by_task.items():
        with quarter.workbench.reading(quarter.workbench.operator()) as tx:
            told = explain(tx, quarter.acts.content, tx.get(Task, task_id))
        known = {(line.type.value, line.at) for line in told.past if line.reason}
        found += [f"not explained: {one}" for one in some if (one.type, one.send_at) not in known]
    return found


def _starts(quarter: Quarter) -> list[str]:
    """Each day of a schedule has one row, and one bundle, or the reason why not."""
    with quarter.workbench.reading(quarter.workbench.operator()) as tx:
        schedules = {one.template_id: one for one in tx.find(Schedule)}
        rows = tx.find(ScheduledStart, order_by=("anchor_date",))
    found: list[str] = []
    day = local_day(quarter.begun, ZONE)
    while day <= local_day(quarter.now, ZONE) + 14 * _DAY:
        for template, is_one, lead in (
            ("newsletter", day.isoweekday() == 1, 14),
            ("monthly_tax_report", day.day == 1, 0),
        ):
            begins = moment(datetime.combine(day - lead * _DAY, time(9)), ZONE, first=True)
            if is_one and quarter.begun < begins <= quarter.now:
                mine = [one for one in rows if one.schedule_id == schedules[template].schedule_id]
                of_day = [one for one in mine if one.anchor_date == day]
                if [one.state.value for one in of_day] != ["started"] or of_day[0].bundle_id is None:
                    found.append(f"{template} of {day}: {[one.state.value for one in of_day]}")
        day += _DAY
    bundles = Counter(one.bundle_id for one in rows if one.bundle_id)
    return found + [f"{one} was started for two days" for one, count in bundles.items() if count > 1]
