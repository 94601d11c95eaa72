"""An approval that waits is looked at when something of it comes, and not with every tick (12, D6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from weakref import WeakKeyDictionary

import pytest

from engine.accounts import service as accounts
from engine.catalog.reminder_rules import ReminderRules
from engine.reminders import glances, resting
from engine.reminders.models import Reminder
from engine.reminders.resting import Resting
from engine.reminders.tick import tick
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests.engine.deliverables.rounds import INTERNAL, ask, with_deliverable
from tests.engine.reminders.office import Office, at
from tests.engine.reminders.test_escalation import of_approval


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many approvals were read by each look at some."""
    counts: list[int] = []
    at_approvals = glances.at_approvals

    def counted(tx, ids):
        counts.append(len(ids))
        return at_approvals(tx, ids)

    monkeypatch.setattr(glances, "at_approvals", counted)
    return counts


def test_it_is_read_when_it_is_asked_for_and_when_somebody_is_to_be_told(office: Office, looks: list[int]):
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    office.tick("2026-11-30 12:00")
    assert looks == [1]
    for moment in ("2026-11-30 12:01", "2026-11-30 18:00", "2026-12-01 08:59"):
        office.tick(moment)
    assert looks == [1]
    office.tick("2026-12-01 09:00")
    assert looks == [1, 1]
    assert len(of_approval(office)) == 1
    office.tick("2026-12-03 09:00")
    office.tick("2026-12-03 09:01")  # its escalation is a change of it
    office.tick("2026-12-24 09:00")
    assert looks == [1, 1, 1, 1]
    assert [one.is_flag for one in of_approval(office)] == [False, True]


def test_who_manages_from_now_on_is_told_of_what_waits_already(office: Office):
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    office.tick("2026-12-01 09:00")
    with office.bench.writing("system") as tx:
        new = accounts.add_user(tx, "nora@example.com", "Nora", ["manager"])
    office.tick("2026-12-01 09:10")
    assert new.user_id in {one.user_id for one in of_approval(office)}


def test_rules_that_say_something_else_are_asked_at_once(office: Office, looks: list[int]):
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    office.tick("2026-11-30 12:00")
    office.says(reminders={"approval": [{"after": {"hours": 1}, "to": "approvers"}]})
    office.tick("2026-11-30 12:01")
    assert looks == [1, 1]
    assert [one.step for one in of_approval(office)] == ["approval: 1 hour after, to approvers"]


def test_what_the_type_of_its_task_says_from_now_on_holds_at_once(office: Office):
    task_id = with_deliverable(office.bench, INTERNAL, "draft")
    ask(office.bench, task_id)
    office.tick("2026-11-30 12:00")
    with office.bench.reading() as tx:
        kind = office.bench.content.task_types[tx.get(Task, task_id).task_type]
    rules = ReminderRules.model_validate({"approval": [{"after": {"hours": 2}, "to": "approvers"}]})
    types = {**office.bench.content.task_types, kind.key: kind.model_copy(update={"reminders": rules})}
    office.bench.content = replace(office.bench.content, task_types=types)
    office.tick("2026-11-30 12:01")
    assert [one.step for one in of_approval(office)] == ["approval: 2 hours after, to approvers"]


def test_where_another_process_has_looked_meanwhile_all_is_looked_at(
    office: Office, looks: list[int], monkeypatch: pytest.MonkeyPatch
):
    """What that one saw change is not known here."""
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    office.tick("2026-11-30 12:00")
    own = resting._kept
    monkeypatch.setattr(resting, "_kept", WeakKeyDictionary())
    office.task()
    office.tick("2026-11-30 12:01")
    monkeypatch.setattr(resting, "_kept", own)
    office.tick("2026-11-30 12:02")
    assert looks == [1, 1, 1]


def test_an_older_clock_tells_nothing_twice_and_leaves_nothing_out(office: Office):
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    for moment in ("2026-12-01 09:00", "2026-11-30 12:00", "2026-12-01 09:30", "2026-12-03 09:00"):
        office.tick(moment)
    assert [one.is_flag for one in of_approval(office)] == [False, True]


def test_what_was_worked_out_counts_only_once_it_is_written(office: Office):
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    office.bench.clock.set(at("2026-12-01 09:00"))

    @contextmanager
    def cut_off() -> Iterator[Transaction]:
        with office.open() as tx:
            yield tx
            if tx.count(Reminder):
                raise ConnectionError

    with pytest.raises(ConnectionError):
        tick(cut_off, office.bench.content)
    assert of_approval(office) == []
    office.tick()
    assert len(of_approval(office)) == 1


def test_what_was_noted_of_a_batch_that_is_looked_at_once_more_counts_for_nothing(office: Office):
    known, now = Resting(office.bench.content, (), 0), at("2026-12-01 09:00")
    for _ in range(2):
        assert known.awake({"apr_1": "tsk_1"}, (), now) == ["apr_1"]
        known.note("apr_1", None)
        known.forget(["apr_1"])
        known.settle()
    known.note("apr_1", None)
    known.settle()
    assert known.awake({"apr_1": "tsk_1"}, (), now) == []
    assert known.awake({"apr_1": "tsk_1"}, ["tsk_1"], now) == ["apr_1"]
