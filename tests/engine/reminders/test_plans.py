"""A tick costs what is due: no statement of it walks through what is there, or through the past."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.reminders import service
from engine.tasks.models import TaskStatus as S
from tests.engine.deliverables.rounds import INTERNAL, ask, with_deliverable
from tests.engine.reminders.office import Office, at
from tests.statements import Sent, counted

#: What grows with the past, or with the work; a step that names only the workspace reads all of it.
_MANY = "(audit_events|deliverables|reminders|reminder_clocks|task_proofs|tasks|watches)"
_WHOLE = re.compile(rf"SCAN {_MANY}\b|SEARCH {_MANY} USING .*\(workspace_id=\?\)$")
_DAILY = {
    "name": "daily",
    "schedule": "0 9 * * *",
    "text": "Look at it.",
    "to": "assignee",
    "overlap": "skip",
}


def test_a_tick_finds_all_that_it_looks_at_by_indexes(office: Office):
    sent = list(_sent_by_a_busy_tick(office))
    asked = {name for one in sent for name in re.findall(_MANY, one)}
    assert asked >= {"audit_events", "reminder_clocks", "reminders", "task_proofs", "tasks", "watches"}
    with office.bench.database.read() as connection:
        plans = [
            f"{row[3]}   <- {one}"
            for one in sent
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", tuple(one.params))
        ]
    assert [plan for plan in plans if _WHOLE.search(plan.partition("   <- ")[0])] == []


def _sent_by_a_busy_tick(office: Office) -> Iterator[Sent]:
    """Let one look find what is late after a wait, regular or put off, and a decision that waits."""
    office.says(reminders={"recurring": [_DAILY]})
    waited = office.task(due="2026-12-03")
    office.move(waited, S.WAITING, waiting_for="the guest", follow_up_at=at("2026-12-01 14:00"))
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    office.tick("2026-12-02 09:01")
    [*_, last] = office.ledger(user_id=office.bench.actors["ana"].user_id)
    with office.bench.writing("ana") as tx:
        service.snooze(tx, office.bench.content, last.reminder_id, at("2026-12-04 00:00").date())
    office.move(waited, S.IN_PROGRESS)

    with counted() as sent:
        office.tick("2026-12-04 09:01")
    return (one for one in sent if one.startswith(("SELECT", "WITH")))
