"""What is stuck: each reason with its words and age, once per task, and only to whom it may be shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import ForbiddenError
from engine.inbox import stuck
from engine.inbox.queries import stuck as queries
from engine.inbox.reasons import Reason
from engine.inbox.stuck import Stuck
from engine.tasks import assignment, lifecycle, update
from engine.tasks import help as help_requests
from engine.tasks.models import TaskStatus
from tests.desk import PORTAL, Desk


def stuck_for(desk: Desk, name: str = "mara") -> dict[str, Stuck]:
    """List what is stuck by title, having checked that groups count what they show."""
    with desk.workbench.reading(desk.people[name]) as tx:
        groups = stuck.load(tx)
    assert [group.reason for group in groups] == [r for r in Reason if r in {g.reason for g in groups}]
    assert all(group.total == len(group.items) for group in groups)
    items = [item for group in groups for item in group.items]
    assert len({item.task.task_id for item in items}) == len(items)
    return {item.task.title: item for item in items}


def work(desk: Desk, name: str, verb, *words, **named) -> None:
    with desk.workbench.transaction(desk.people[name]) as tx:
        verb(tx, *words, **named)


def test_an_undecided_approval_is_stuck_after_as_many_days_as_the_setting_says(either_desk: Desk, clock):
    either_desk.hand_over("Judge me")
    either_desk.hand_over("Client, judge me", policy=PORTAL)
    clock.advance(days=2, hours=23)
    assert stuck_for(either_desk) == {}
    clock.advance(hours=1)
    found = stuck_for(either_desk)
    assert found["Judge me"].because == "The team has not decided"
    assert found["Client, judge me"].because == "The partner has not decided"
    assert found["Judge me"].reason is Reason.APPROVAL
    assert clock.now() - found["Judge me"].since == timedelta(days=3)
    assert found["Judge me"].approval is not None


def test_a_question_is_stuck_until_it_is_answered_and_again_when_asked_anew(either_desk: Desk, clock):
    task_id = either_desk.ask_for_help("Fix the feed", "Which feed?")
    item = stuck_for(either_desk)["Fix the feed"]
    assert (item.reason, item.because, item.since) == (Reason.HELP, "Which feed?", clock.now())
    work(either_desk, "mara", help_requests.answer, task_id, "The shop's.")
    assert stuck_for(either_desk) == {}
    clock.advance(hours=1)
    work(either_desk, "ana", lifecycle.resume, task_id)
    work(either_desk, "ana", help_requests.ask, task_id, "And its key?")
    assert stuck_for(either_desk)["Fix the feed"].because == "And its key?"


def test_a_wait_is_stuck_once_its_follow_up_has_passed(either_desk: Desk, clock):
    task_id = either_desk.make("Call back")
    work(either_desk, "ana", lifecycle.wait, task_id, "the printer", clock.now() + timedelta(days=1))
    assert stuck_for(either_desk) == {}
    clock.advance(days=3)
    item = stuck_for(either_desk)["Call back"]
    assert (item.reason, item.because) == (Reason.WAIT, "Waits for the printer")
    assert clock.now() - item.since == timedelta(days=2)


def test_what_is_blocked_failed_or_waits_for_permission_says_why(either_desk: Desk, clock):
    blocked, failed, automatic = (either_desk.make(title) for title in ("Blocked", "Failed", "Automatic"))
    work(either_desk, "ana", lifecycle.block, blocked, "The key is missing")
    either_desk.change(failed, status=TaskStatus.FAILED, last_error="HTTP 500")
    either_desk.change(automatic, requires_human_review=True, assigned_to_bot=True)
    found = stuck_for(either_desk)
    assert {title: (item.reason, item.because) for title, item in found.items()} == {
        "Blocked": (Reason.BLOCKED, "The key is missing"),
        "Failed": (Reason.FAILED, "HTTP 500"),
        "Automatic": (Reason.REVIEW, "It runs by itself, and nobody has permitted it yet"),
    }
    assert found["Blocked"].since == clock.now()


def test_a_task_whose_blocker_was_cancelled_is_stuck_for_good(either_desk: Desk, clock):
    first, second = either_desk.make("First", "ben"), either_desk.make("Second")
    work(either_desk, "mara", update.update, either_desk.workbench.content(), second, {"depends_on": [first]})
    assert stuck_for(either_desk) == {}
    clock.advance(hours=2)
    work(either_desk, "mara", lifecycle.cancel, first, "No budget")
    item = stuck_for(either_desk)["Second"]
    number = either_desk.task(first).task_number
    assert (item.reason, item.because) == (Reason.LOST, f"#{number} was cancelled")
    assert item.since == clock.now()


def test_what_is_late_and_not_begun_or_due_soon_and_nobody_s_is_stuck(either_desk: Desk, clock):
    either_desk.make("Late", due_date="2026-11-19")
    either_desk.make("Soon", None, due_date="2026-11-23")
    either_desk.make("Soon, for a role", None, role="writer", due_date="2026-11-23")
    either_desk.make("Soon and somebody's", due_date="2026-11-23")
    either_desk.make("Later", None, due_date="2026-11-30")
    begun = either_desk.make("Late, but begun", due_date="2026-11-19")
    work(either_desk, "ana", lifecycle.start, begun)
    found = stuck_for(either_desk)
    assert {title: (item.reason, item.because) for title, item in found.items()} == {
        "Late": (Reason.LATE, "Past its date and not begun"),
        "Soon": (Reason.NOBODY, "Nobody is assigned"),
        "Soon, for a role": (Reason.NOBODY, "Any writer may claim it, nobody has"),
    }


def test_a_task_stands_once_where_it_hurts_most_and_names_the_rest(desk: Desk):
    desk.make("Both", None, due_date="2026-11-19")
    item = stuck_for(desk)["Both"]
    assert (item.reason, item.further) == (Reason.LATE, [Reason.NOBODY])


def test_the_longest_stuck_comes_first_within_a_reason(desk: Desk, clock):
    for title in ("Zebra", "Ape"):
        work(desk, "ana", lifecycle.block, desk.make(title), "Waiting for a key")
        clock.advance(hours=1)
    assert list(stuck_for(desk)) == ["Zebra", "Ape"]


def test_a_page_shows_what_is_late_for_longest_and_counts_the_others(either_desk: Desk):
    """What is shown of many is chosen by what they are ordered by."""
    either_desk.make("The worst", due_date="2026-10-02")
    assert queries.MOST == 30
    for number in range(queries.MOST + 1):
        either_desk.make(f"Task {number}", due_date="2026-11-16")
    worse = either_desk.make("Worse", due_date="2026-10-03")
    with either_desk.workbench.reading(either_desk.people["mara"]) as tx:
        [group] = stuck.load(tx)
    assert [item.task.title for item in group.items][:2] == ["The worst", "Worse"]
    assert (len(group.items), group.total) == (queries.MOST, queries.MOST + 3)
    assert group.items[1].task.task_id == worse


def test_many_late_tasks_of_nobody_leave_room_for_what_is_due_soon(either_desk: Desk):
    """D19: what is shown of one reason is chosen among what stands there, not cut before."""
    for number in range(queries.MOST + 1):
        either_desk.make(f"Late {number}", None, due_date="2026-11-16")
    either_desk.make("Soon", None, due_date="2026-11-23")
    with either_desk.workbench.reading(either_desk.people["mara"]) as tx:
        late, nobodys = stuck.load(tx)
    assert {tuple(item.further) for item in late.items} == {(Reason.NOBODY,)}
    assert (late.reason, late.total) == (Reason.LATE, queries.MOST + 1)
    assert [item.task.title for item in nobodys.items] == ["Soon"]
    assert (nobodys.reason, nobodys.total) == (Reason.NOBODY, 1)


def test_what_is_counted_no_more_is_not_counted_down_either(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stuck, "MOST_COUNTED", 2)
    for number in range(3):
        task_id = desk.make(f"Task {number}", due_date="2026-11-16")
        if number:
            desk.change(task_id, requires_human_review=True)
    with desk.workbench.reading(desk.people["mara"]) as tx:
        found = {group.reason: (len(group.items), group.total) for group in stuck.load(tx)}
    assert found == {Reason.REVIEW: (2, 2), Reason.LATE: (1, 3)}


def test_a_member_sees_what_is_theirs_and_a_partner_nothing(either_desk: Desk, clock):
    for title, who in (("Ana's", "ana"), ("Ben's", "ben")):
        work(either_desk, "mara", lifecycle.block, either_desk.make(title, who), "A key is missing")
    either_desk.make("For writers", None, role="writer", due_date="2026-11-22")
    assert set(stuck_for(either_desk, "ana")) == {"Ana's", "For writers"}
    assert set(stuck_for(either_desk, "ben")) == {"Ben's"}
    assert set(stuck_for(either_desk, "sam")) == {"Ana's", "Ben's", "For writers"}
    either_desk.hand_over("Theirs to see")
    clock.advance(days=4)
    assert "Theirs to see" in stuck_for(either_desk, "ana")
    assert "Theirs to see" not in stuck_for(either_desk, "ben")
    with either_desk.workbench.reading(either_desk.people["pat"]) as tx, pytest.raises(ForbiddenError):
        stuck.load(tx)


def test_what_moves_again_is_not_stuck_any_more(desk: Desk):
    task_id = desk.make("For writers", None, role="writer", due_date="2026-11-22")
    assert set(stuck_for(desk)) == {"For writers"}
    work(desk, "ana", assignment.claim, task_id)
    assert stuck_for(desk) == {}


def test_every_reason_says_what_would_move_it():
    assert all(reason.way_out.endswith(".") for reason in Reason)
