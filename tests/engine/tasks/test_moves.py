"""What a move asks to be told, in which words it is refused, and what it keeps beside the status (STA-06)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine.errors import BadRequestError, CompletionRefusedError, ConflictError, ReviewRequiredError
from engine.tasks import lifecycle, moves
from engine.tasks.models import Note, NoteKind, Task, TaskStatus
from engine.tasks.moved import Moved
from engine.tasks.moves import MoveRequest, shortened
from tests.engine.conftest import NOW, Bench

S = TaskStatus
SKIP = {"reasons": [{"text": "not sponsored"}, {"text": "no show"}]}
WAIT = {"waiting_for": "Ana"}


def check(bench: Bench, task_id: str, target: S, **request) -> None:
    with bench.reading() as tx:
        moves.check(tx, tx.get(Task, task_id), target, MoveRequest(**request))


def refused(bench: Bench, target: S, task: dict | None = None, **request) -> tuple[str | None, str]:
    """Give the field that is at fault and the words in which a move is refused."""
    task_id = bench.make()
    bench.change(task_id, status=S.IN_PROGRESS, **(task or {}))
    with pytest.raises(BadRequestError) as caught:
        check(bench, task_id, target, **request)
    [detail] = caught.value.details
    return detail["field"], detail["message"]


@pytest.mark.parametrize("name", ["reason", "comment"])
def test_a_remark_has_at_most_2600_characters(bench: Bench, name: str):
    words = f"{name} has more than 2600 characters; shorten it"
    assert refused(bench, S.BLOCKED, **{name: "x" * 2601}) == (name, words)
    check(bench, bench.make(), S.BLOCKED, **{name: "x" * 2600})


@pytest.mark.parametrize(
    ("task", "request_", "field", "words"),
    [
        ({}, {"waiting_for": " "}, "waiting_for", "say whom or what task #1 waits for"),
        ({}, {"waiting_for": "x" * 2001}, "waiting_for", "has more than 2000 characters; shorten it"),
        (
            {"waiting_defaults": {"comment_required": True}},
            {**WAIT, "comment": " "},
            "comment",
            "moving task #1 to waiting needs a comment",
        ),
        (
            {},
            {**WAIT, "follow_up_at": datetime(2026, 12, 1)},  # noqa: DTZ001 - that is what is refused
            "follow_up_at",
            "needs a time zone, for example 2026-12-01T09:00:00Z",
        ),
        (
            {},
            {**WAIT, "follow_up_at": NOW - timedelta(seconds=1)},
            "follow_up_at",
            "that moment is past; choose a later day or moment",
        ),
    ],
)
def test_waiting_is_told_for_whom_and_until_when(bench: Bench, task, request_, field: str, words: str):
    found = refused(bench, S.WAITING, task, **request_)
    with bench.reading() as tx:
        [waiting] = tx.find(Task)
    assert found == (field, words.replace("task #1", f"task {waiting.name}"))


def test_waiting_takes_two_thousand_characters_and_the_minute_that_runs(bench: Bench):
    bench.clock.advance(seconds=59, milliseconds=500)
    task_id = bench.make()
    check(bench, task_id, S.WAITING, waiting_for="x" * 2000)
    check(bench, task_id, S.WAITING, **WAIT, follow_up_at=NOW)
    with pytest.raises(BadRequestError, match="is past"):
        check(bench, task_id, S.WAITING, **WAIT, follow_up_at=NOW - timedelta(milliseconds=1))


def test_a_task_is_deferred_to_today_or_later(bench: Bench):
    yesterday = NOW.date() - timedelta(days=1)
    assert refused(bench, S.DEFERRED, deferred_until=yesterday) == (
        "until",
        "2026-11-20 is past; choose today or a later day",
    )
    task_id = bench.make()
    check(bench, task_id, S.DEFERRED, deferred_until=NOW.date())
    check(bench, task_id, S.DEFERRED)
    check(bench, task_id, S.BLOCKED, deferred_until=yesterday)


@pytest.mark.parametrize(
    ("days", "is_told"), [(-1, False), (0, False), (1, True)], ids=["before", "the due day", "after"]
)
def test_whoever_lets_a_task_rest_beyond_its_due_day_is_told(bench: Bench, days: int, is_told: bool):
    due = NOW + timedelta(days=3)
    day = due + timedelta(days=days)
    named, kept = (f"{one:%a} {one.day} {one:%b %Y}" for one in (day, due))
    told = f"That day, {named}, is after the due date, {kept}, which stays."
    for target, request in (
        (S.DEFERRED, MoveRequest(deferred_until=day.date())),
        (S.WAITING, MoveRequest(**WAIT, follow_up_at=day)),
    ):
        task_id = bench.make()
        bench.change(task_id, due_date=due.date(), deadline=due)
        with bench.writing() as tx:
            moves.move(tx, tx.get(Task, task_id), target, request)
            assert tx.asides == ((told,) if is_told else ())


def test_a_task_is_skipped_for_a_reason_of_its_definition_alone(bench: Bench):
    task_id = bench.make()
    name = bench.task(task_id).name
    with pytest.raises(ConflictError) as caught:
        check(bench, task_id, S.SKIPPED, reason="no show", comment="Ill.")
    assert caught.value.message == (
        f"Task {name} cannot be skipped: its definition has no skip rule. Complete or cancel it instead."
    )
    bench.change(task_id, skip=SKIP)
    check(bench, task_id, S.SKIPPED, reason="no show", comment="Ill.")
    with pytest.raises(BadRequestError) as other:
        check(bench, task_id, S.SKIPPED, reason="rain", comment="Wet.")
    assert other.value.details[0]["field"] == "reason"
    assert other.value.details[0]["message"] == (
        f"'rain' is not a reason to skip task {name}; use one of: not sponsored; no show"
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, ""),
        ({"comment_required": True}, ""),
        ({"note": "Say who said so."}, ". Say who said so."),
    ],
)
def test_skipping_wants_a_comment_unless_its_rule_says_otherwise(bench: Bench, rule: dict, words: str):
    task_id = bench.make()
    bench.change(task_id, skip={**SKIP, **rule})
    with pytest.raises(BadRequestError) as caught:
        check(bench, task_id, S.SKIPPED, reason="no show", comment=" ")
    [detail] = caught.value.details
    wanted = f"skipping task {bench.task(task_id).name} needs a comment{words}"
    assert (detail["field"], detail["message"]) == ("comment", wanted)
    bench.change(task_id, skip={**SKIP, "comment_required": False})
    check(bench, task_id, S.SKIPPED, reason="no show")


@pytest.mark.parametrize("target", S)
def test_what_waits_for_its_human_review_is_neither_lined_up_nor_worked_on_nor_completed(
    bench: Bench, target
):
    task_id = bench.make()
    bench.change(task_id, requires_human_review=True, skip=SKIP)
    request = MoveRequest(**WAIT, reason="no show", comment="Ill.")
    worked = {S.QUEUED, S.IN_PROGRESS, S.HELP_NEEDED, S.PENDING_APPROVAL, S.COMPLETED}
    with bench.reading() as tx:
        task = tx.get(Task, task_id)
        if target not in worked:
            moves.check(tx, task, target, request)
            return
        with pytest.raises(ReviewRequiredError) as caught:
            moves.check(tx, task, target, request)
    assert caught.value.message == (
        f"Task {task.name} cannot go to {target.said}: a human review must permit it first. "
        "Ask a manager to approve or reject it."
    )


@pytest.mark.parametrize("target", [S.QUEUED, S.IN_PROGRESS, S.BLOCKED, S.CANCELLED])
def test_what_runs_is_what_was_permitted(bench: Bench, target: S):
    """S28."""
    task_id = bench.make()
    bench.change(task_id, human_review_hash="0" * 64)
    if target in (S.BLOCKED, S.CANCELLED):
        check(bench, task_id, target)
        return
    with pytest.raises(ReviewRequiredError) as caught:
        check(bench, task_id, target)
    assert caught.value.message == (
        f"What task {bench.task(task_id).name} runs has changed since it was permitted. "
        "Ask for its human review again."
    )


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (S.IN_PROGRESS, "cannot be started yet."),
        (S.COMPLETED, "cannot be completed yet."),
        (S.PENDING_APPROVAL, "cannot be handed over for approval yet."),
    ],
)
def test_what_has_to_come_first_is_asked_for_with_what_it_keeps_from(bench: Bench, target: S, words: str):
    first = bench.make()
    task_id = bench.make(depends_on=[first])
    with pytest.raises(CompletionRefusedError) as caught:
        check(bench, task_id, target)
    assert caught.value.message.startswith(f"Task {bench.task(task_id).name} {words} It comes after ")


def test_the_time_that_was_worked_is_counted_from_each_start_to_each_stop(bench: Bench):
    task_id = bench.make()
    for seconds in (90, 30):
        with bench.writing() as tx:
            lifecycle.start(tx, task_id)
        bench.clock.advance(seconds=seconds)
        with bench.writing() as tx:
            lifecycle.block(tx, task_id, "No paper.")
        bench.clock.advance(hours=1)
    assert bench.task(task_id).worked_seconds == 120
    with bench.writing() as tx:
        lifecycle.start(tx, task_id)
    with bench.writing() as tx:
        lifecycle.block(tx, task_id, "Again.")
    assert bench.task(task_id).worked_seconds == 120, "no time at all is none"


def test_time_in_which_nobody_worked_is_not_counted(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, status=S.BLOCKED, started_at=NOW - timedelta(hours=5))
    with bench.writing() as tx:
        lifecycle.cancel(tx, task_id, "Called off")
    assert bench.task(task_id).worked_seconds == 0


@pytest.mark.parametrize(
    ("reason", "comment", "told"),
    [
        ("No paper.", "Ask Ana.", "No paper."),
        ("No paper.", None, "No paper."),
        (None, "Ask Ana.", "Ask Ana."),
    ],
)
def test_who_follows_a_move_up_is_told_why_it_was_made(bench: Bench, reason, comment, told: str):
    task_id, facts = bench.make(), []
    bench.wiring.on(Moved, lambda _tx, fact: facts.append(fact))
    with bench.writing() as tx:
        moves.move(tx, tx.get(Task, task_id), S.BLOCKED, MoveRequest(reason=reason, comment=comment))
    [fact] = facts
    assert (fact.before, fact.after, fact.reason) == (S.PENDING, S.BLOCKED, told)
    assert bench.events(task_id)[-1].reason == told
    assert bench.task(task_id).status_reason == reason


@pytest.mark.parametrize(("target", "kind"), [(S.HELP_NEEDED, "help_request"), (S.BLOCKED, "system")])
def test_a_comment_is_kept_as_a_note_of_its_kind(bench: Bench, target: S, kind: str):
    task_id = bench.make()
    bench.change(task_id, status=S.IN_PROGRESS)
    with bench.writing() as tx:
        moves.move(tx, tx.get(Task, task_id), target, MoveRequest(comment=" How? "))
    with bench.reading() as tx:
        assert [(note.body, note.kind) for note in tx.find(Note, task_id=task_id)] == [
            ("How?", NoteKind(kind))
        ]


def test_a_reason_that_is_too_long_is_cut_with_a_sign_of_it():
    assert shortened("x" * 2600) == "x" * 2600
    assert shortened("x" * 2601) == "x" * 2599 + "…"
    assert shortened("short") == "short"
