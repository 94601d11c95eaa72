"""Remarks of one's own get a better text, and keep each earlier one (issue 11, part 1)."""

from __future__ import annotations

import pytest

from engine.audit.models import Action
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from engine.tasks import help as help_requests
from engine.tasks import lifecycle, notes
from engine.tasks.models import Note
from tests.engine.conftest import Bench


def _said(bench: Bench, who: str, body: str) -> tuple[str, str]:
    task_id = bench.make(assignee="ana")
    with bench.writing(who) as tx:
        return task_id, notes.add(tx, task_id, body).task_note_id


def _edit(bench: Bench, who: str, of: tuple[str, str], body: str) -> Note:
    with bench.writing(who) as tx:
        return notes.edit(tx, *of, body)


def test_each_earlier_text_stays_readable_at_the_note(bench: Bench):
    note = _said(bench, "ana", "The page is live.")
    for body in ("The page is live, I think.", "The page is not live."):
        _edit(bench, "ana", note, f" {body} ")
    with bench.reading() as tx:
        row = tx.get(Note, note[1])
    assert row.body == "The page is not live."
    assert row.earlier_bodies == ["The page is live.", "The page is live, I think."]
    assert row.edited_at == bench.clock.now()
    event = bench.events(note[0])[-1]
    assert (event.action, event.before["body"], event.after["body"]) == (
        Action.NOTE_EDITED,
        "The page is live, I think.",
        "The page is not live.",
    )


def test_the_same_text_again_changes_nothing(bench: Bench):
    note = _said(bench, "ana", "The page is live.")
    state = bench.state()
    assert _edit(bench, "ana", note, "The page is live. ").edited_at is None
    assert bench.state() == state


def test_whom_the_new_text_calls_is_told_once_and_nobody_is_forgotten(bench: Bench):
    note = _said(bench, "mara", "@ana please look.")
    ana, ben = bench.employee_id("ana"), bench.employee_id("ben")
    assert _edit(bench, "mara", note, "@ben please look, @ana knows.").mentions == [ana, ben]
    assert _edit(bench, "mara", note, "Please look.").mentions == [ana, ben]
    assert "mentions" not in bench.events(note[0])[-1].after


@pytest.mark.parametrize("who", ["mara", "olga"])
def test_nobody_edits_a_remark_of_somebody_else(bench: Bench, who: str):
    note = _said(bench, "ana", "The page is live.")
    state = bench.state()
    with pytest.raises(ForbiddenError, match="of your own"):
        _edit(bench, who, note, "It is not.")
    assert bench.state() == state


def test_what_others_have_acted_on_and_what_the_engine_wrote_is_not_edited(bench: Bench):
    task_id = bench.make(assignee="ana")
    with bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
        lifecycle.wait(tx, task_id, "the printer", comment="They are closed.")
        lifecycle.resume(tx, task_id)
        help_requests.ask(tx, task_id, "Which colour?")
    with bench.reading("ana") as tx:
        written = tx.find(Note, task_id=task_id)
    assert len(written) == 2
    for note in written:
        with pytest.raises(ForbiddenError):
            _edit(bench, "ana", (task_id, note.task_note_id), "Never mind.")


def test_a_note_is_edited_where_it_stands_and_by_whoever_still_sees_the_task(bench: Bench):
    note = _said(bench, "ana", "The page is live.")
    other = bench.make(assignee="ana")
    with pytest.raises(NotFoundError, match="has no note"):
        _edit(bench, "ana", (other, note[1]), "It is not.")
    bench.change(note[0], assignee_id=bench.employee_id("ben"), worked_by=[])
    with pytest.raises(NotFoundError):
        _edit(bench, "ana", note, "It is not.")


def test_a_text_has_limits_and_so_has_the_number_of_edits(bench: Bench):
    note = _said(bench, "ana", "0")
    for body in ("", "  ", "x" * 10_001):
        with pytest.raises(BadRequestError):
            _edit(bench, "ana", note, body)
    for number in range(notes.MOST_EARLIER):
        _edit(bench, "ana", note, str(number + 1))
    with pytest.raises(ConflictError, match="another note"):
        _edit(bench, "ana", note, "again")
