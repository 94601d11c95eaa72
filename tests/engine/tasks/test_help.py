"""Help: a question, an answer, and nothing that judges (HLP-01 to HLP-05)."""

from __future__ import annotations

import pytest

from engine.audit.models import Action
from engine.deliverables.models import Approval, Deliverable
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    ForbiddenError,
    InvalidTransitionError,
    NotFoundError,
)
from engine.tasks import help as help_requests
from engine.tasks import lifecycle, notes
from engine.tasks.models import Note, NoteKind, TaskStatus
from tests.engine.conftest import Bench

S = TaskStatus
WALKS = {
    S.PENDING: [S.IN_PROGRESS, S.HELP_NEEDED],
    S.QUEUED: [S.IN_PROGRESS, S.HELP_NEEDED],
    S.IN_PROGRESS: [S.HELP_NEEDED],
    S.WAITING: [S.IN_PROGRESS, S.HELP_NEEDED],
    S.BLOCKED: [S.IN_PROGRESS, S.HELP_NEEDED],
}


def ask(bench: Bench, task_id: str, question: str = "Which logo?", *, by: str = "ana") -> None:
    with bench.writing(by) as tx:
        help_requests.ask(tx, task_id, question)


def said_on(bench: Bench, task_id: str) -> list[tuple[NoteKind, str]]:
    with bench.reading() as tx:
        return [(note.kind, note.body) for note in tx.find(Note, task_id=task_id, order_by=("created_at",))]


@pytest.mark.parametrize("status", S)
def test_asking_walks_to_help_needed_with_the_question_as_a_note(bench: Bench, status: S):
    task_id = bench.make("ana")
    bench.change(task_id, status=status)
    before, state = len(bench.events(task_id)), bench.state()
    if status not in WALKS:
        with pytest.raises(ConflictError) as caught:
            ask(bench, task_id)
        is_judged = status is S.PENDING_APPROVAL
        assert isinstance(caught.value, InvalidTransitionError) is not is_judged
        assert bench.state() == state
        return
    ask(bench, task_id, "  Which logo?  ")
    assert bench.task(task_id).status is S.HELP_NEEDED
    assert said_on(bench, task_id) == [(NoteKind.HELP_REQUEST, "Which logo?")]
    events = bench.events(task_id)[before:]
    moves = [item.after["status"] for item in events if item.action is Action.TASK_STATUS_CHANGED]
    assert moves == WALKS[status]
    assert {item.action for item in events} == {Action.TASK_STATUS_CHANGED, Action.NOTE_ADDED}


@pytest.mark.parametrize("question", ["", "   ", "x" * 2001])
def test_a_question_must_say_something_and_stay_short(bench: Bench, question: str):
    task_id = bench.make("ana")
    state = bench.state()
    with pytest.raises(BadRequestError) as caught:
        ask(bench, task_id, question)
    assert caught.value.details[0]["field"] == "question"
    assert bench.state() == state


def test_only_who_works_the_task_asks_and_only_where_it_could_start(bench: Bench):
    task_id = bench.make("ana")
    with pytest.raises(NotFoundError):
        ask(bench, task_id, by="ben")
    with pytest.raises(ForbiddenError):
        ask(bench, task_id, by="sam")
    held_up = bench.make("ana", depends_on=[task_id])
    with pytest.raises(CompletionRefusedError):
        ask(bench, held_up)
    assert (bench.task(task_id).status, bench.task(held_up).status) == (S.PENDING, S.PENDING)


def test_a_plain_change_of_status_with_a_comment_is_a_question_too(bench: Bench):
    task_id = bench.make("ana")
    with bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
        lifecycle.change_status(tx, task_id, "help_needed", comment="Which logo?")
    assert said_on(bench, task_id) == [(NoteKind.HELP_REQUEST, "Which logo?")]


def test_the_answer_is_a_note_that_tells_the_assignee_and_the_worker_resumes(bench: Bench):
    task_id = bench.make(assignee="ben")
    ask(bench, task_id, by="ben")
    with bench.writing("mara") as tx:
        note = help_requests.answer(tx, task_id, "The blue one.")
    assert (note.kind, note.mentions) == (NoteKind.HELP_ANSWER, [bench.employee_id("ben")])
    assert bench.task(task_id).status is S.HELP_NEEDED
    with bench.writing("ben") as tx:
        assert lifecycle.resume(tx, task_id).status is S.IN_PROGRESS
    with bench.reading() as tx:
        assert tx.find(Approval, task_id=task_id) == tx.find(Deliverable, task_id=task_id) == []


def test_without_an_assignee_the_answer_tells_who_asked(bench: Bench):
    task_id = bench.make("ana")
    ask(bench, task_id)
    with bench.writing("mara") as tx:
        assert help_requests.answer(tx, task_id, "Blue.").mentions == [bench.employee_id("ana")]


def test_only_managers_answer_and_only_while_somebody_asks(bench: Bench):
    task_id = bench.make("ana")
    with pytest.raises(ConflictError, match="nobody asks"), bench.writing("mara") as tx:
        help_requests.answer(tx, task_id, "Blue.")
    ask(bench, task_id)
    state = bench.state()
    for who, error in (("ana", ForbiddenError), ("sam", ForbiddenError), ("ben", NotFoundError)):
        with pytest.raises(error), bench.writing(who) as tx:
            help_requests.answer(tx, task_id, "Blue.")
    with pytest.raises(BadRequestError), bench.writing("mara") as tx:
        help_requests.answer(tx, task_id, "  ")
    assert bench.state() == state


def test_open_questions_are_listed_oldest_first_until_they_are_answered(bench: Bench):
    first, second = bench.make("ana"), bench.make("ana")
    ask(bench, second, "One")
    bench.clock.advance(minutes=1)
    ask(bench, first, "Two")
    with bench.reading("mara") as tx:
        assert [(task.task_id, note.body) for task, note in help_requests.unanswered(tx)] == [
            (second, "One"),
            (first, "Two"),
        ]
    with bench.reading("ana") as tx:
        assert help_requests.unanswered(tx) == []
    with bench.writing("mara") as tx:
        help_requests.answer(tx, second, "Yes")
    with bench.writing("ana") as tx:
        notes.add(tx, first, "It is urgent.")
    with bench.reading("mara") as tx:
        assert [task.task_id for task, _ in help_requests.unanswered(tx)] == [first]
    bench.clock.advance(minutes=1)
    with bench.writing("ana") as tx:
        lifecycle.resume(tx, second)
        help_requests.ask(tx, second, "And now?")
    with bench.reading("mara") as tx:
        assert [note.body for _, note in help_requests.unanswered(tx)] == ["Two", "And now?"]


def test_a_status_set_without_a_question_is_an_open_question_all_the_same(bench: Bench):
    task_id = bench.make("ana")
    ask(bench, task_id)
    with bench.writing("mara") as tx:
        help_requests.answer(tx, task_id, "Blue.")
    bench.clock.advance(minutes=1)
    with bench.writing("ana") as tx:
        lifecycle.resume(tx, task_id)
        lifecycle.change_status(tx, task_id, "help_needed")
    with bench.reading("mara") as tx:
        assert [(task.task_id, note) for task, note in help_requests.unanswered(tx)] == [(task_id, None)]
