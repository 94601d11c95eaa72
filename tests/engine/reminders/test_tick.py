"""What a tick writes into the ledger: each intended reminder once, with what became of it (RMD-05, D6)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from engine.audit.models import Action
from engine.catalog.content import Content
from engine.errors import UnreadableRecordError
from engine.reference import absences
from engine.reference.inputs import EnterAbsence
from engine.reminders import service
from engine.reminders import tick as module
from engine.reminders.models import ReminderClock, ReminderState
from engine.reminders.tick import OFF, tick
from engine.tasks import proof, update
from engine.tasks.models import Task
from engine.tasks.models import TaskStatus as S
from engine.transaction import Transaction
from engine.watching import service as watching
from engine.watching.models import WatchMode
from tests.engine.deliverables.rounds import INTERNAL, ask, with_deliverable
from tests.engine.reminders.office import Office, at

_SUPPRESSED = ReminderState.SUPPRESSED


def test_a_task_is_reminded_of_before_it_is_due_and_step_by_step_after_it(office: Office):
    office.task(due="2026-12-03")  # a Thursday; its deadline is the end of the day
    for day in range(1, 12):
        for hour in (8, 12, 20):
            office.tick(f"2026-12-{day:02} {hour:02}:01")
    assert office.told() == [
        ("12-02 08:00", "due", "ana", "sent"),
        ("12-04 08:00", "overdue", "ana", "sent"),
        ("12-07 08:00", "overdue", "mara", "sent"),
        ("12-09 08:00", "overdue", "mara", "sent"),
    ]
    assert [one.is_flag for one in office.ledger()] == [False, False, False, True]


def test_a_second_tick_at_the_same_time_sends_nothing_again(office: Office):
    office.task(due="2026-12-03")
    assert office.tick("2026-12-02 08:01") == "1 sent."
    assert office.tick() == "Nobody is to be reminded now."
    assert len(office.ledger()) == 1


def test_while_switched_off_nothing_is_written_and_what_was_then_is_not_made_up_for(office: Office):
    office.task(due="2026-12-03")
    office.bench.settings = replace(office.bench.settings, reminders=False)
    assert office.tick("2026-12-02 09:00") == OFF
    office.bench.settings = replace(office.bench.settings, reminders=True)
    office.tick("2026-12-02 10:00")
    assert office.told() == []
    office.tick("2026-12-04 08:01")
    assert office.told() == [("12-04 08:00", "overdue", "ana", "sent")]


def test_after_a_week_without_a_worker_each_is_sent_once_and_late_with_the_reason(office: Office):
    office.task(due="2026-12-03")
    office.tick("2026-12-09 12:00")
    assert office.told() == [
        ("12-02 08:00", "due", "ana", "coalesced"),
        ("12-04 08:00", "overdue", "ana", "late"),
        ("12-07 08:00", "overdue", "mara", "coalesced"),
        ("12-09 08:00", "overdue", "mara", "late"),
    ]
    due, late, _, flag = office.ledger()
    assert due.told_by == late.reminder_id
    assert due.reason == "“It is late: it was due on Thu 3 December 2026.” came at the same time and says it."
    assert flag.reason == (
        "By the rule “3 business days after, flagged”. It was meant for Wed 9 December, 08:00: "
        "nothing ran then, or the clock was moved."
    )


def test_what_was_closed_while_nothing_ran_is_suppressed_and_says_so(office: Office):
    task_id = office.task(due="2026-12-03")
    office.bench.clock.set(at("2026-12-02 11:00"))
    office.move(task_id, S.CANCELLED, reason="not wanted")
    office.tick("2026-12-09 12:00")
    assert office.told() == [("12-02 08:00", "due", "ana", "suppressed")]
    [only] = office.ledger()
    assert only.reason == "It was closed as “Cancelled” on Wed 2 December, 11:00, before this could be sent."


def test_a_closed_task_is_never_reminded_of_again(office: Office):
    task_id = office.task(due="2026-12-03")
    office.tick("2026-12-02 08:01")
    office.move(task_id, S.CANCELLED, reason="not wanted")
    for day in (4, 7, 9):
        office.tick(f"2026-12-{day:02} 12:00")
    assert office.told() == [("12-02 08:00", "due", "ana", "sent")]
    with office.bench.reading() as tx:
        clock = tx.find_by_key(ReminderClock, task_id)
    assert clock is not None
    assert clock.next_at is None


def test_the_overdue_clock_stands_still_while_the_task_waits_and_its_follow_up_reminds(office: Office):
    task_id = office.task(due="2026-12-03")
    office.tick("2026-12-04 08:30")
    office.move(task_id, S.WAITING, waiting_for="the guest", follow_up_at=at("2026-12-08 14:00"))
    for day in (7, 8, 9, 10):
        office.tick(f"2026-12-{day:02} 17:00")
    assert office.told()[2:] == [("12-08 14:00", "follow-up-due", "ana", "late")]
    office.bench.clock.set(at("2026-12-11 08:00"))
    office.move(task_id, S.IN_PROGRESS)
    office.tick("2026-12-14 08:00")  # half an hour on the 4th, and the ten hours of the 11th
    assert office.told()[3:] == [("12-11 17:30", "overdue", "mara", "late")]


def _away(office: Office, whom: str, last: str, substitute: str | None = None) -> None:
    with office.bench.writing("mara") as tx:
        days = {"first_day": "2026-12-01", "last_day": last, "substitute": substitute}
        absences.enter(tx, EnterAbsence(employee_id=whom, **days))


def test_whoever_stands_in_is_reminded_while_the_assignee_is_away_and_hears_for_whom(office: Office):
    office.task(due="2026-12-03")
    _away(office, "ana", "2026-12-03", "mara")
    office.tick("2026-12-02 08:01")
    office.tick("2026-12-04 08:01")
    assert office.told() == [
        ("12-02 08:00", "due", "mara", "sent"),
        ("12-04 08:00", "overdue", "ana", "sent"),
    ]
    for_whom, back = office.ledger()
    assert for_whom.text.endswith(" Ana is away until Thu 3 Dec; Mara stands in.")
    assert "away" not in back.text


@pytest.mark.parametrize("substitute", [None, "ben"])
def test_where_nobody_who_sees_the_task_stands_in_its_owner_is_told(office: Office, substitute: str | None):
    office.task(due="2026-12-03")  # Mara's; Ben has nothing to do with it
    _away(office, "ana", "2026-12-03", substitute)
    office.tick("2026-12-02 08:01")
    assert office.told() == [("12-02 08:00", "due", "mara", "sent")]


def test_a_deadline_that_is_moved_brings_its_own_reminders(office: Office):
    task_id = office.task(due="2026-12-03")
    office.tick("2026-12-02 08:01")
    with office.bench.writing() as tx:
        update.update(tx, office.bench.content, task_id, {"due_date": "2026-12-10"})
    for day in range(2, 12):
        office.tick(f"2026-12-{day:02} 09:00")
    assert [row[:2] for row in office.told()] == [
        ("12-02 08:00", "due"),
        ("12-09 08:00", "due"),
        ("12-11 08:00", "overdue"),
    ]


def test_missing_proof_is_told_with_the_deadline_and_proof_that_is_there_is_not(office: Office):
    with_proof, without = office.task(due="2026-12-03"), office.task(due="2026-12-03")
    for task_id in (with_proof, without):
        office.bench.parts(task_id, {"label": "Invoice"})
        office.move(task_id, S.IN_PROGRESS)
    with office.bench.writing("ana") as tx:
        proof.give(tx, with_proof, "Invoice", "https://acme.example/invoice")
    office.tick("2026-12-04 08:01")
    found = {one.task_id: one for one in office.ledger() if one.type == "missing-evidence"}
    assert (found[with_proof].state, found[with_proof].reason) == ("suppressed", "Its proof is there.")
    assert found[without].state == "coalesced"
    assert found[without].reason.startswith("“It is late")


def test_who_cannot_move_it_is_not_told_that_it_is_due(office: Office):
    handed_over, blocked = office.task(due="2026-12-03"), office.task(due="2026-12-03")
    office.bench.change(handed_over, status=S.PENDING_APPROVAL)
    office.bench.change(blocked, blocked_by=handed_over)
    office.tick("2026-12-02 08:01")
    assert {one.task_id: (one.state, one.reason) for one in office.ledger()} == {
        handed_over: (_SUPPRESSED, "It is “Approval”: the next move is not its assignee's."),
        blocked: (_SUPPRESSED, "It comes after a task that is not done, so nobody can move it."),
    }


def test_who_has_muted_a_task_is_not_reminded_of_it(office: Office):
    task_id = office.task(due="2026-12-03")
    with office.bench.writing("ana") as tx:
        watching.set_mode(tx, tx.get(Task, task_id), WatchMode.MUTED)
    office.tick("2026-12-02 08:01")
    [only] = office.ledger()
    assert (only.state, only.reason) == (ReminderState.SUPPRESSED, "Ana has muted it.")


def test_what_nobody_has_goes_to_its_owner_and_what_has_no_owner_any_more_says_so(office: Office):
    office.task(due="2026-12-03", to=None)
    office.tick("2026-12-02 08:01")
    assert office.told() == [("12-02 08:00", "due", "mara", "sent")]


def test_a_help_request_that_waits_is_escalated(office: Office):
    task_id = office.task()
    office.move(task_id, S.IN_PROGRESS)
    office.move(task_id, S.HELP_NEEDED, reason="How?")
    for moment in ("11-30 13:01", "12-02 09:01", "12-02 09:10"):
        office.tick(f"2026-{moment}")
    assert office.told() == [
        ("11-30 13:00", "overdue", "mara", "sent"),
        ("12-02 09:00", "overdue", "mara", "sent"),
    ]
    assert [one.is_flag for one in office.ledger()] == [False, True]


def test_an_automated_task_that_failed_is_told_of_at_once(office: Office):
    task_id = office.task()
    office.move(task_id, S.IN_PROGRESS)
    office.move(task_id, S.FAILED, reason="no answer")
    office.tick()
    assert office.told() == [("11-30 09:00", "automation-failure", "mara", "sent")]


def test_the_workspaces_rules_that_change_hold_from_the_next_tick_on(office: Office):
    office.task(due="2026-12-03")
    office.tick("2026-12-01 08:00")
    office.says(reminders={"due": [{"hours": 40}], "overdue": []})
    office.tick("2026-12-01 09:00")
    office.tick("2026-12-02 09:00")
    assert office.told() == [("12-02 08:00", "due", "ana", "late")]


def test_what_is_sent_is_told_by_an_event_of_the_task(office: Office):
    task_id = office.task(due="2026-12-03")
    office.tick("2026-12-02 08:01")
    [told] = [one for one in office.bench.events(task_id) if one.action is Action.REMINDER_SENT]
    assert told.summary == "Ana was reminded: It is due on Thu 3 December 2026."
    assert told.reason == "By the rule “1 business day before”."


# -- recurring -----------------------------------------------------------------------------


def recurring(**given: str) -> dict:
    rule = {"name": "chase", "schedule": "0 8 * * *", "text": "Ask the guest", **given}
    return {"due": [], "overdue": [], "recurring": [rule]}


def test_a_schedule_is_left_out_while_the_one_before_still_stands(office: Office):
    office.says(reminders=recurring())
    office.task()
    office.tick("2026-12-01 08:01")
    office.tick("2026-12-02 08:01")
    assert [row[0::3] for row in office.told()] == [("12-01 08:00", "sent"), ("12-02 08:00", "coalesced")]
    assert (
        office.ledger()[1].reason
        == "The one of Tue 1 December, 08:00 still stands in the inbox (overlap: skip)."
    )


def test_with_overlap_send_each_is_sent(office: Office):
    office.says(reminders=recurring(overlap="send"))
    office.task()
    office.tick("2026-12-01 08:01")
    office.tick("2026-12-02 08:01")
    assert [row[3] for row in office.told()] == ["sent", "sent"]


@pytest.mark.parametrize(
    ("missed", "states"),
    [
        ("last", ["coalesced", "coalesced", "late"]),
        ("each", ["late", "late", "late"]),
        ("none", ["suppressed", "suppressed", "suppressed"]),
    ],
)
def test_what_happens_to_missed_runs_is_as_the_rule_says(office: Office, missed: str, states: list[str]):
    office.says(reminders=recurring(missed=missed))
    office.task()
    office.tick("2026-12-03 12:00")
    assert [row[3] for row in office.told()] == states


# -- clocks, crashes, two workers ------------------------------------------------------------


def test_a_clock_that_jumps_ahead_and_back_sends_each_once(office: Office):
    office.task(due="2026-12-03")
    late = office.task()
    office.tick("2026-12-02 07:00")
    office.tick("2026-12-02 09:00")
    office.tick("2026-12-02 07:05")
    office.bench.clock.set(at("2026-12-02 07:10"))
    office.move(late, S.WAITING, waiting_for="Bo", follow_up_at=at("2026-12-02 08:30"))
    for moment in ("07:15", "08:00", "08:31", "09:00", "09:05"):
        office.tick(f"2026-12-02 {moment}")
    assert [row[:2] for row in office.told()] == [("12-02 08:00", "due"), ("12-02 08:30", "follow-up-due")]


@pytest.mark.parametrize("ahead", ["2026-11-30 09:00:02", "2026-11-30 11:00", "2026-12-01 09:00"])
def test_what_is_made_once_a_clock_that_was_ahead_was_set_back_is_reminded_of(office: Office, ahead: str):
    """Nothing was recorded by that clock: what comes now is recorded as earlier than that look (RMD-05)."""
    office.tick(ahead)
    office.bench.clock.set(at("2026-11-30 09:00:01"))
    office.task(due="2026-12-03")
    office.tick("2026-12-02 08:00")
    assert office.told() == [("12-02 08:00", "due", "ana", "sent")]


def test_what_changes_while_a_look_is_under_way_is_looked_at_next_time(office: Office):
    """Another machine's clock, a little behind, may record it as earlier than that look."""
    made: list[str] = []

    def meanwhile() -> None:
        office.bench.clock.set(at("2026-11-30 09:59"))
        made.append(office.task(due="2026-12-03"))
        office.bench.clock.set(at("2026-11-30 10:00"))

    office.bench.clock.set(at("2026-11-30 10:00"))
    tick(office.open, office.bench.content, goes_on=lambda: None if made else meanwhile())
    office.tick("2026-12-02 08:00")
    assert office.told() == [("12-02 08:00", "due", "ana", "sent")]


def test_what_was_sent_by_a_clock_that_was_ahead_is_not_sent_again_when_its_task_changes_after_that(
    office: Office,
):
    task_id = office.task(due="2026-12-03")
    office.tick("2026-12-02 09:00")
    office.bench.clock.set(at("2026-12-02 07:10"))
    office.bench.change(task_id, title="Call Bo")
    for moment in ("07:15", "08:01", "09:01"):
        office.tick(f"2026-12-02 {moment}")
    assert office.told() == [("12-02 08:00", "due", "ana", "late")]


class _KilledError(Exception):
    pass


@pytest.mark.parametrize("survives", range(5))
def test_a_tick_that_ends_after_any_of_its_transactions_is_made_up_for_by_the_next(
    office: Office, survives: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("engine.reminders.tick._BATCH", 2)
    for _ in range(5):
        office.task(due="2026-12-03")
    office.bench.clock.set(at("2026-12-02 08:01"))
    opened = 0

    def dying() -> AbstractContextManager[Transaction]:
        nonlocal opened
        opened += 1
        if opened > survives:
            raise _KilledError
        return office.open()

    with pytest.raises(_KilledError):
        tick(dying, office.bench.content)
    office.tick("2026-12-02 08:06")
    office.tick("2026-12-02 08:11")
    assert office.told() == [("12-02 08:00", "due", "ana", "sent")] * 5


def test_of_two_workers_that_look_at_the_same_only_one_writes(office: Office):
    """The second has found what is to be done before the first has written it."""
    for _ in range(3):
        office.task(due="2026-12-03")
    office.bench.clock.set(at("2026-12-02 08:01"))
    met = False

    def interrupted() -> AbstractContextManager[Transaction]:
        nonlocal met
        if not met:
            met = True
            return office.open()
        office.tick()
        return office.open()

    tick(interrupted, office.bench.content)
    assert office.told() == [("12-02 08:00", "due", "ana", "sent")] * 3


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (lambda tx, _, one: service.dismiss(tx, one), "dismissed"),
        (lambda tx, content, one: service.snooze(tx, content, one, date(2026, 12, 14)), "snoozed"),
    ],
)
def test_what_is_answered_while_a_tick_runs_does_not_come_back_by_it(
    office: Office, answer: Callable[[Transaction, Content, str], object], state: str
):
    office.task(due="2026-12-10")
    office.tick("2026-12-09 08:01")
    [only] = office.ledger()
    with office.bench.writing("ana") as tx:
        service.snooze(tx, office.bench.content, only.reminder_id, date(2026, 12, 10))
    office.bench.clock.set(at("2026-12-10 08:01"))
    opened = 0

    def interrupted() -> AbstractContextManager[Transaction]:
        nonlocal opened
        opened += 1
        if opened == 2:  # the first has found it
            with office.bench.writing("ana") as tx:
                answer(tx, office.bench.content, only.reminder_id)
        return office.open()

    tick(interrupted, office.bench.content)
    [only] = office.ledger()
    assert only.state == state


def test_who_marks_all_as_seen_while_a_tick_runs_still_gets_what_it_sends(office: Office):
    put_off, new = office.task(due="2026-12-03"), office.task(due="2026-12-04")
    office.tick("2026-12-02 08:01")
    [before] = office.ledger()
    with office.bench.writing("ana") as tx:
        service.snooze(tx, office.bench.content, before.reminder_id, date(2026, 12, 3))
    office.bench.clock.set(at("2026-12-03 08:01"))

    def slow() -> AbstractContextManager[Transaction]:
        office.bench.clock.advance(seconds=2)
        return office.open()

    tick(slow, office.bench.content)
    begun = at("2026-12-03 08:01:02")  # marked as seen then, or a moment later
    assert {one.task_id for one in office.ledger() if one.sent_at and one.sent_at > begun} == {put_off, new}


def break_document(office: Office, table: str, key: str, value: str) -> None:
    with office.bench.database.write() as connection:
        spoil = text(f"UPDATE {table} SET document = '{{}}' WHERE {key} = :value")  # noqa: S608
        connection.execute(spoil, {"value": value})


def test_a_task_that_cannot_be_read_is_named_in_the_log_and_everything_else_is_reminded_of(
    office: Office, caplog: pytest.LogCaptureFixture
):
    first, bad, last = (office.task(due="2026-12-03") for _ in range(3))
    waits, broken_waits = (with_deliverable(office.bench, INTERNAL, "draft") for _ in range(2))
    for task_id in (waits, broken_waits):
        ask(office.bench, task_id)
    for task_id in (bad, broken_waits):
        break_document(office, "tasks", "task_id", task_id)
    office.tick("2026-12-02 08:01")
    office.tick("2026-12-02 09:01")
    assert {one.task_id for one in office.ledger()} == {first, last, waits}
    assert f"nobody is reminded of {bad}: " in caplog.text
    office.task(due="2026-12-04")
    office.tick("2026-12-03 08:01")
    assert len(office.ledger(type="due")) == 3


def test_a_tick_fails_as_a_whole_where_nobody_could_be_reminded(office: Office):
    office.task(due="2026-12-03")
    break_document(office, "users", "user_id", office.bench.actors["ben"].user_id)
    with pytest.raises(UnreadableRecordError):
        office.tick("2026-12-02 08:01")


def test_only_what_changed_or_is_due_is_looked_at(office: Office, monkeypatch: pytest.MonkeyPatch):
    for day in range(10, 20):
        office.task(due=f"2026-12-{day}")
    office.tick("2026-12-01 08:00")
    looked: list[int] = []
    real = module._look_at_tasks
    monkeypatch.setattr(
        module, "_look_at_tasks", lambda tx, run, ids: (looked.append(len(ids)), real(tx, run, ids))
    )
    office.tick("2026-12-01 08:05")
    assert looked == []
    office.tick("2026-12-09 08:01")
    assert looked == [1]
