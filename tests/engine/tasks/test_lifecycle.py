"""The verbs and the status table through the store: every pair of statuses, every walk, every refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from engine.audit.models import Action
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    InvalidTransitionError,
    StaleWriteError,
)
from engine.tasks import dates, lifecycle
from engine.tasks.models import Note, Task, TaskStatus
from engine.tasks.states import ALIASES, TRANSITIONS
from tests.engine.conftest import NOW, Bench

S = TaskStatus
SKIP = {"reasons": [{"text": "not sponsored"}, {"text": "other"}], "comment_required": False, "note": None}

HANDED_OVER = {"ref": "draft", "type": "text", "deliverable_url": "https://docs.example/draft"}

#: product.md decision 5, written down a second time.
TABLE = """
pending: queued in_progress waiting blocked deferred skipped cancelled
queued: pending in_progress blocked deferred failed cancelled
deferred: pending skipped cancelled
in_progress: pending waiting blocked help_needed pending_approval completed failed deferred skipped cancelled
waiting: pending in_progress blocked deferred skipped failed cancelled
blocked: pending in_progress deferred skipped cancelled
help_needed: in_progress blocked cancelled
pending_approval: in_progress completed cancelled
failed: pending cancelled
completed:
skipped:
cancelled:
"""
ALLOWED = {
    S(name): {S(word) for word in words.split()}
    for name, words in (line.split(":") for line in TABLE.strip().splitlines())
}


def test_the_table_is_that_of_the_specification():
    assert {status: set(targets) for status, targets in TRANSITIONS.items()} == ALLOWED


@pytest.mark.parametrize("current", S)
def test_a_plain_status_change_makes_one_allowed_move_and_refuses_every_other(bench: Bench, current: S):
    for target in S:
        task_id = bench.make()
        bench.change(task_id, status=current, skip=SKIP)
        bench.parts(task_id, HANDED_OVER)
        before, revision = len(bench.events(task_id)), bench.task(task_id).revision
        extra = {"waiting_for": "Ana"} if target is S.WAITING else {}
        reason = "other" if target is S.SKIPPED else None
        if target in ALLOWED[current]:
            with bench.writing() as tx:
                lifecycle.change_status(tx, task_id, target, reason, **extra)
            events = bench.events(task_id)[before:]
            follows = {S.PENDING_APPROVAL: [Action.APPROVAL_REQUESTED]}.get(target, [])
            assert [event.action for event in events] == [Action.TASK_STATUS_CHANGED, *follows]
            assert (events[0].before["status"], events[0].after["status"]) == (current, target)
            assert bench.task(task_id).status is target
            assert bench.task(task_id).revision == revision + 1
        else:
            state = bench.state()
            with pytest.raises(InvalidTransitionError) as caught, bench.writing() as tx:
                lifecycle.change_status(tx, task_id, target, reason, **extra)
            assert caught.value.code == "INVALID_TRANSITION"
            detail = caught.value.details[0]
            assert (detail["current"], detail["target"]) == (current, target)
            assert set(detail["allowed"]) == ALLOWED[current]
            assert bench.state() == state


WALKS = {
    "start": {
        S.PENDING: [S.IN_PROGRESS],
        S.QUEUED: [S.IN_PROGRESS],
        S.WAITING: [S.IN_PROGRESS],
        S.BLOCKED: [S.IN_PROGRESS],
        S.HELP_NEEDED: [S.IN_PROGRESS],
        S.PENDING_APPROVAL: [S.IN_PROGRESS],
        S.DEFERRED: [S.PENDING, S.IN_PROGRESS],
        S.FAILED: [S.PENDING, S.IN_PROGRESS],
    },
    "complete": {
        S.PENDING: [S.IN_PROGRESS, S.COMPLETED],
        S.QUEUED: [S.IN_PROGRESS, S.COMPLETED],
        S.WAITING: [S.IN_PROGRESS, S.COMPLETED],
        S.BLOCKED: [S.IN_PROGRESS, S.COMPLETED],
        S.HELP_NEEDED: [S.IN_PROGRESS, S.COMPLETED],
        S.IN_PROGRESS: [S.COMPLETED],
        S.PENDING_APPROVAL: [S.COMPLETED],
    },
    "resume": {
        S.WAITING: [S.IN_PROGRESS],
        S.BLOCKED: [S.IN_PROGRESS],
        S.HELP_NEEDED: [S.IN_PROGRESS],
        S.DEFERRED: [S.PENDING],
    },
    "skip": {
        S.PENDING: [S.SKIPPED],
        S.QUEUED: [S.PENDING, S.SKIPPED],
        S.DEFERRED: [S.SKIPPED],
        S.IN_PROGRESS: [S.SKIPPED],
        S.WAITING: [S.SKIPPED],
        S.BLOCKED: [S.SKIPPED],
        S.FAILED: [S.PENDING, S.SKIPPED],
    },
}


@pytest.mark.parametrize(("verb", "current"), [(verb, status) for verb in WALKS for status in S])
def test_a_verb_walks_move_by_move_or_refuses(bench: Bench, verb: str, current: S):
    task_id = bench.make()
    bench.change(task_id, status=current, skip=SKIP)
    before = len(bench.events(task_id))
    state = bench.state()
    words = ["other"] if verb == "skip" else []
    way = WALKS[verb].get(current)
    if way is None:
        with pytest.raises(ConflictError), bench.writing() as tx:
            getattr(lifecycle, verb)(tx, task_id, *words)
        assert bench.state() == state
        return
    with bench.writing() as tx:
        getattr(lifecycle, verb)(tx, task_id, *words)
    events = bench.events(task_id)[before:]
    steps = [(event.before["status"], event.after["status"]) for event in events]
    assert steps == list(pairwise([current, *way]))
    assert bench.task(task_id).status is way[-1]


@pytest.mark.parametrize(("word", "status"), ALIASES.items())
def test_old_words_are_understood_and_never_stored(bench: Bench, word: str, status: S):
    task_id = bench.make()
    current = next(current for current, targets in ALLOWED.items() if status in targets)
    bench.change(task_id, status=current)
    bench.parts(task_id, HANDED_OVER)
    with bench.writing() as tx:
        lifecycle.change_status(tx, task_id, word, waiting_for="Ana")
    assert bench.task(task_id).status is status


def test_completion_records_who_and_when_and_starting_again_keeps_the_first_start(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.start(tx, task_id)
    bench.clock.advance(hours=1)
    with bench.writing() as tx:
        lifecycle.put_back(tx, task_id)
    bench.clock.advance(hours=1)
    with bench.writing() as tx:
        lifecycle.complete(tx, task_id)
    task = bench.task(task_id)
    assert task.first_started_at == NOW
    assert task.started_at == NOW + timedelta(hours=2)
    assert task.completed_at == task.closed_at == NOW + timedelta(hours=2)
    assert task.completed_by == bench.actors["mara"].user_id


def test_queueing_sets_queued_at(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.change_status(tx, task_id, "queued")
    assert bench.task(task_id).queued_at == NOW


@pytest.mark.parametrize(("days", "expected"), [(None, 2), (5, 5), (0, 0)])
def test_waiting_follows_up_as_the_template_says_else_after_two_days(
    bench: Bench, days: int | None, expected: int
):
    task_id = bench.make()
    if days is not None:
        bench.change(task_id, waiting_defaults={"for": "the partner", "follow_up_days": days})
    with bench.writing() as tx:
        lifecycle.wait(tx, task_id, "  the partner's answer ")
    task = bench.task(task_id)
    assert task.waiting_for == "the partner's answer"
    assert task.follow_up_at == NOW + timedelta(days=expected)
    assert task.waiting_since == NOW
    assert task.is_active


def test_a_waiting_task_waits_for_somebody_else_or_longer_without_a_move(bench: Bench):
    """R16."""
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.wait(tx, task_id, "Ana", NOW + timedelta(days=1))
    bench.clock.advance(hours=5)
    with bench.writing() as tx:
        lifecycle.wait(tx, task_id, "Ben", NOW + timedelta(days=3), "He took over.")
    task = bench.task(task_id)
    assert (task.status, task.waiting_for) == (TaskStatus.WAITING, "Ben")
    assert (task.follow_up_at, task.waiting_since) == (NOW + timedelta(days=3), NOW)
    told = bench.events(task_id)[-1]
    assert (told.action, told.reason) == (Action.TASK_UPDATED, "He took over.")
    assert told.before["waiting_for"] == "Ana"


@pytest.mark.parametrize("follow_up", [NOW - timedelta(minutes=1), NOW - timedelta(days=2000)])
def test_nobody_follows_up_in_the_past(bench: Bench, follow_up: datetime):
    """R16."""
    task_id = bench.make()
    with pytest.raises(BadRequestError, match="is past; choose a later day or moment"), bench.writing() as tx:
        lifecycle.wait(tx, task_id, "Ana", follow_up)
    assert bench.task(task_id).status is TaskStatus.PENDING


def test_a_day_to_follow_up_begins_in_the_workspaces_zone_and_today_is_not_past(bench: Bench):
    """R16."""
    with bench.reading() as tx:
        tx.timezone = "Europe/Berlin"
        assert dates.read_when(date(2026, 12, 5), "f", tx) == datetime(2026, 12, 4, 23, tzinfo=UTC)
        assert dates.read_when(tx.today, "f", tx) == NOW
        assert dates.read_when(datetime(2026, 12, 5, 9), "f", tx) == datetime(2026, 12, 5, 8, tzinfo=UTC)  # noqa: DTZ001


def test_leaving_waiting_clears_the_live_fields_and_keeps_them_in_the_history(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.wait(tx, task_id, "Ana", NOW + timedelta(days=1))
    with bench.writing() as tx:
        lifecycle.resume(tx, task_id)
    task = bench.task(task_id)
    assert (task.waiting_for, task.follow_up_at, task.waiting_since) == (None, None, None)
    left = bench.events(task_id)[-1]
    assert left.before["waiting_for"] == "Ana"
    assert left.before["follow_up_at"] == "2026-11-22T09:00:00.000Z"


@pytest.mark.parametrize("waiting_for", ["", "   ", "x" * 2001])
def test_waiting_for_nothing_is_refused(bench: Bench, waiting_for: str):
    task_id = bench.make()
    state = bench.state()
    with pytest.raises(BadRequestError) as caught, bench.writing() as tx:
        lifecycle.wait(tx, task_id, waiting_for)
    assert caught.value.details[0]["field"] == "waiting_for"
    assert bench.state() == state


def test_waiting_wants_the_comment_that_the_template_requires_and_keeps_it_as_a_note(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, waiting_defaults={"comment_required": True})
    with pytest.raises(BadRequestError) as caught, bench.writing() as tx:
        lifecycle.wait(tx, task_id, "Ana", comment=" ")
    assert caught.value.details[0]["field"] == "comment"
    with bench.writing() as tx:
        lifecycle.wait(tx, task_id, "Ana", comment="She is away.")
    with bench.reading() as tx:
        assert [note.body for note in tx.find(Note, task_id=task_id)] == ["She is away."]
    assert bench.events(task_id)[-1].reason == "She is away."


def test_blocking_wants_a_reason_and_shows_it_until_the_next_move(bench: Bench):
    task_id = bench.make()
    with pytest.raises(BadRequestError), bench.writing() as tx:
        lifecycle.block(tx, task_id, " ")
    with bench.writing() as tx:
        lifecycle.block(tx, task_id, "the site is down")
    assert bench.task(task_id).status_reason == "the site is down"
    with bench.writing() as tx:
        lifecycle.resume(tx, task_id)
    assert bench.task(task_id).status_reason is None


def test_deferring_keeps_the_day_until_the_task_comes_back(bench: Bench):
    task_id = bench.make()
    with pytest.raises(BadRequestError, match="past"), bench.writing() as tx:
        lifecycle.defer(tx, task_id, date(2026, 11, 20))
    with bench.writing() as tx:
        lifecycle.defer(tx, task_id, date(2026, 12, 1))
    assert bench.task(task_id).deferred_until == date(2026, 12, 1)
    with bench.writing() as tx:
        lifecycle.resume(tx, task_id)
    assert bench.task(task_id).deferred_until is None


def test_a_task_without_a_skip_rule_cannot_be_skipped_by_any_path(bench: Bench):
    task_id = bench.make()
    state = bench.state()
    with pytest.raises(ConflictError, match="no skip rule"), bench.writing() as tx:
        lifecycle.skip(tx, task_id, "other")
    with pytest.raises(ConflictError, match="no skip rule"), bench.writing() as tx:
        lifecycle.change_status(tx, task_id, "skipped", "other")
    assert bench.state() == state


@pytest.mark.parametrize(
    ("reason", "comment", "field"), [("why not", "x", "reason"), ("other", None, "comment")]
)
def test_skipping_takes_an_allowed_reason_and_the_comment_it_wants(bench: Bench, reason, comment, field):
    task_id = bench.make()
    bench.change(task_id, skip={**SKIP, "comment_required": True, "note": "Say who decided."})
    state = bench.state()
    with pytest.raises(BadRequestError) as caught, bench.writing() as tx:
        lifecycle.skip(tx, task_id, reason, comment)
    assert caught.value.details[0]["field"] == field
    assert bench.state() == state


def test_skipping_needs_no_proof_and_closes_the_task(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, skip={**SKIP, "comment_required": True})
    bench.parts(task_id, {"label": "Invoice"}, {"ref": "call"})
    with bench.writing() as tx:
        lifecycle.skip(tx, task_id, "not sponsored", "Mara decided.")
    task = bench.task(task_id)
    assert (task.status, task.skip_reason, task.closed_at) == (S.SKIPPED, "not sponsored", NOW)
    assert task.completed_at is None
    assert bench.events(task_id)[-1].reason == "not sponsored"


@pytest.mark.parametrize("verb", [lifecycle.cancel, lifecycle.delete])
def test_cancelling_says_cancelled_by_user_and_keeps_the_given_reason_beside_it(bench: Bench, verb):
    silent, spoken = bench.make(), bench.make()
    with bench.writing() as tx:
        verb(tx, silent)
        verb(tx, spoken, "the client left")
    assert (bench.task(silent).status_reason, bench.task(silent).cancel_reason) == ("Cancelled by user", None)
    task = bench.task(spoken)
    assert (task.status_reason, task.cancel_reason) == ("Cancelled by user", "the client left")
    assert task.closed_at == NOW


def test_deleting_work_in_progress_is_refused_and_cancelling_it_is_not(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.start(tx, task_id)
    state = bench.state()
    with pytest.raises(ConflictError, match="in progress"), bench.writing() as tx:
        lifecycle.delete(tx, task_id)
    assert bench.state() == state
    with bench.writing() as tx:
        lifecycle.cancel(tx, task_id)
    assert bench.task(task_id).status is S.CANCELLED


def test_a_stale_revision_is_refused_and_changes_nothing(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.start(tx, task_id, revision=1)
    state = bench.state()
    with pytest.raises(StaleWriteError), bench.writing() as tx:
        lifecycle.complete(tx, task_id, revision=1)
    assert bench.state() == state


def test_every_violation_is_told_at_once_in_a_fixed_order_and_nothing_changes(bench: Bench):
    other = bench.make(title="First")
    task_id = bench.make(task_type="judged", depends_on=[other])
    bench.parts(
        task_id,
        {"ref": "call"},
        {"ref": "optional", "required": False},
        {"label": "Invoice"},
        {"label": "Photo", "required": False},
        {"ref": "report", "type": "report"},
    )
    state = bench.state()
    with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
        lifecycle.complete(tx, task_id)
    assert [item.code for item in caught.value.violations] == [
        "MISSING_PROOF",
        "MISSING_DELIVERABLE",
        "OPEN_STEP",
        "DEPENDENCY_UNMET",
        "APPROVAL_MISSING",
    ]
    assert caught.value.code == "COMPLETION_REFUSED"
    assert [detail["subject"] for detail in caught.value.details] == [
        "Invoice",
        "report",
        "call",
        other,
        "internal",
    ]
    assert bench.state() == state


@pytest.mark.parametrize("current", [status for status in S if S.COMPLETED in ALLOWED[status]])
def test_missing_proof_refuses_completion_by_a_plain_status_change_too(bench: Bench, current: S):
    task_id = bench.make()
    bench.parts(task_id, {"label": "Invoice"})
    bench.change(task_id, status=current)
    state = bench.state()
    with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
        lifecycle.change_status(tx, task_id, "completed")
    assert caught.value.code == "MISSING_PROOF"
    assert "Invoice" in str(caught.value)
    assert bench.state() == state
    assert (bench.task(task_id).completed_at, bench.task(task_id).completed_by) == (None, None)


def test_a_refusal_caught_inside_the_transaction_leaves_no_trace_of_the_walk(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"label": "Invoice"})
    state = bench.state()
    with bench.writing() as tx:
        with pytest.raises(CompletionRefusedError):
            lifecycle.complete(tx, task_id)
        assert tx.get(Task, task_id).status is S.PENDING
    assert bench.state() == state


def test_handing_over_for_approval_checks_all_but_the_approval(bench: Bench):
    task_id = bench.make(task_type="judged")
    bench.parts(task_id, {"label": "Invoice"}, HANDED_OVER)
    bench.change(task_id, status=S.IN_PROGRESS)
    with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
        lifecycle.change_status(tx, task_id, "pending_approval")
    assert [item.code for item in caught.value.violations] == ["MISSING_PROOF"]


def test_a_guard_of_a_later_layer_takes_its_place_in_the_order(bench: Bench):
    from engine.errors import Violation

    link = Violation(code="MISSING_LINK", message="A link.", area="links", subject="Page")
    bench.wiring.completion_guards.append(lambda _tx, cases: {task.task_id: [link] for task, _ in cases})
    task_id = bench.make(task_type="judged")
    bench.parts(task_id, {"label": "Invoice"})
    with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
        lifecycle.complete(tx, task_id)
    assert [item.code for item in caught.value.violations] == [
        "MISSING_PROOF",
        "MISSING_LINK",
        "APPROVAL_MISSING",
    ]


LATER = NOW + timedelta(hours=3)
NOT_BEGUN = (S.PENDING, S.QUEUED, S.WAITING, S.BLOCKED)


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        (lifecycle.start, S.DEFERRED),
        *((verb, status) for verb in (lifecycle.start, lifecycle.complete) for status in NOT_BEGUN),
    ],
)
def test_a_task_that_is_planned_for_later_is_not_begun_before_and_is_free_from_then_on(
    bench: Bench, verb, status
):
    """TSK-11, EXE-26."""
    task_id = bench.make()
    bench.change(task_id, status=status, scheduled_for=LATER)
    for moment, is_free in ((NOW, False), (LATER - timedelta(seconds=1), False), (LATER, True)):
        bench.clock.set(moment)
        if is_free:
            with bench.writing() as tx:
                verb(tx, task_id)
        else:
            with pytest.raises(ConflictError) as refused, bench.writing() as tx:
                verb(tx, task_id)
            assert refused.value.message.endswith(
                "is planned for 2026-11-21 12:00: it can be started from then on. To begin now, change that "
                "time or take it away."
            )
            assert bench.task(task_id).status is status
    assert bench.task(task_id).started_at == LATER


def test_what_has_begun_goes_on_though_it_is_planned_for_later(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.start(tx, task_id)
        lifecycle.block(tx, task_id, "No access")
    bench.change(task_id, scheduled_for=LATER)
    with bench.writing() as tx:
        lifecycle.resume(tx, task_id)
        lifecycle.complete(tx, task_id)
    assert bench.task(task_id).status is S.COMPLETED
