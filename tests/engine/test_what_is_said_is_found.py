"""What is said along with work is found by its words, by who may see it, and while it is so (LST-10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine import fulltext, indexing
from engine.access import Actor
from engine.app import Workbench
from engine.deliverables import comments, versions
from engine.tasks import queries
from engine.tasks.models import Proof, Task
from engine.tasks.search.reading import from_options
from tests.factories import do, make_bundle, make_people, make_task

WORD = "lantern"
SAID = "Not before the lantern is mended."
#: How a hit is shown: what it is, and the words around it.
Hit = tuple[str, str]


class Desk:
    """One task, what is done to it, and what a search for the word shows of it."""

    def __init__(self, workbench: Workbench, people: dict[str, Actor]) -> None:
        self.workbench, self.people = workbench, people
        self.task = make_task(workbench, actor=people["mara"], title="Call", assignee="ana")

    def do(self, verb: str, **given: Any) -> Any:
        """Do a command to the task as its manager, which may be about to change it."""
        return do(self.workbench, self.people["mara"], f"task {verb}", task_id=self.task.task_id, **given)

    def found(self, word: str = WORD, who: str = "mara") -> dict[str, Hit]:
        """Return what a search finds, by title: what the hit is in, and its text."""
        with self.workbench.reading(self.people[who]) as tx:
            page = queries.list_tasks(tx, from_options(tx, {"text": word}))
        shown = {task_id: (hit.rank.words, hit.text) for task_id, hit in page.found.items()}
        return {row.title: shown.get(row.task_id, ("title", row.title)) for row in page.items}

    def skippable(self) -> Task:
        """Make the desk about a task that its definition allows to skip."""
        bundle = make_bundle(self.workbench, "indexing_check", actor=self.people["mara"])
        with self.workbench.reading(self.people["mara"]) as tx:
            self.task = next(one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.is_skippable)
        return self.task

    def handed_over(self) -> str:
        """Let the task have a deliverable; return its id."""
        with self.workbench.transaction(self.people["mara"]) as tx:
            return versions.add(tx, self.task.task_id, "flyer", type="text").deliverable_id


@pytest.fixture
def desk(either_workbench: Workbench) -> Desk:
    return Desk(either_workbench, make_people(either_workbench))


def blocked(desk: Desk) -> None:
    desk.do("block", reason=SAID)


def waiting(desk: Desk) -> None:
    desk.do("start")
    desk.do("wait", waiting_for="whoever has the lantern")


def asked(desk: Desk) -> None:
    desk.do("start")
    desk.do("help", question=SAID)


def cancelled(desk: Desk) -> None:
    desk.do("cancel", reason=SAID)


def reworked(desk: Desk) -> None:
    desk.do("cancel")
    desk.do("rework", reason=SAID)


def put_back(desk: Desk) -> None:
    desk.do("start")
    desk.do("put-back", reason=SAID)


def with_step(desk: Desk) -> None:
    desk.do("add-step", title="Light it", description=SAID)


def left_out(desk: Desk) -> None:
    step = desk.do("add-step", title="Light it")
    desk.do("step", ref=step.ref, not_applicable=SAID)


@pytest.mark.parametrize(
    ("say", "within", "undo"),
    [
        (blocked, "reason", lambda desk: desk.do("resume")),
        (waiting, "waiting for", lambda desk: desk.do("resume")),
        (asked, "note", None),
        (cancelled, "reason", lambda desk: desk.do("correct", reason="A slip.")),
        (reworked, "reason", None),
        (put_back, "reason", lambda desk: desk.do("start")),
        (with_step, "step", lambda desk: desk.do("drop-step", ref="added_1")),
        (left_out, "step", lambda desk: desk.do("step", ref="added_1", undo=True)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_it_is_found_in_its_sentence_with_what_it_is_and_not_once_it_is_taken_back(
    desk: Desk, say: Callable[[Desk], None], within: str, undo: Callable[[Desk], Any] | None
):
    assert desk.found() == {}
    say(desk)
    (shown,) = desk.found().items()
    assert shown[0] == "Call"
    assert (shown[1][0], "the lantern" in shown[1][1]) == (within, True)
    assert is_true(desk)
    if undo is not None:
        undo(desk)
        assert desk.found() == {}
        assert is_true(desk)


def _other(desk: Desk) -> Desk:
    """Turn the desk to the rework of its task."""
    with desk.workbench.reading(desk.people["mara"]) as tx:
        (desk.task,) = tx.find(Task, rework_of=desk.task.task_id)
    return desk


def test_why_a_task_was_skipped_is_found_and_what_was_said_with_it(desk: Desk):
    task = desk.skippable()
    reason = task.skip["reasons"][0]["text"]
    desk.do("skip", reason=reason, comment=SAID)
    assert desk.found()[task.title][0] == "note"
    assert desk.found(f'"{reason}"')[task.title] == ("reason", reason)
    desk.do("correct", reason="A slip.")
    assert task.title not in desk.found(f'"{reason}"')
    assert is_true(desk)


def test_who_cancelled_a_task_is_no_word_of_it_but_why_is(desk: Desk):
    desk.do("cancel", reason=SAID)
    assert desk.found("lantern")
    assert desk.found('"cancelled by user"') == {}


def test_proof_is_found_by_what_is_asked_for_and_by_what_was_given_as_it_is_now(desk: Desk):
    bundle = make_bundle(desk.workbench, "monthly_tax_report", actor=desk.people["mara"])
    with desk.workbench.reading(desk.people["mara"]) as tx:
        task, label = next(
            (tx.get(Task, one.task_id), one.label)
            for one in tx.find(Proof)
            if one.kind in ("text", "comment") and tx.get(Task, one.task_id).bundle_id == bundle.bundle_id
        )
    assert desk.found(f'"{label}"')[task.title] == ("proof", label)
    desk.task = task
    for value, other in (
        ("It lies under the lantern.", "umbrella"),
        ("It lies under the umbrella.", "lantern"),
    ):
        desk.do("proof", label=label, value=value)
        within, text = desk.found(f"{value.split()[-1]}")[task.title]
        assert (within, value in text) == ("proof", True)
        assert task.title not in desk.found(other)
    assert is_true(desk)


def test_a_remark_on_what_is_handed_over_is_found_with_the_words_that_it_is_about(desk: Desk):
    key = desk.handed_over()
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        comments.add(tx, key, SAID, {"quote": "the red umbrella"})
    assert desk.found()["Call"][0] == "comment"
    assert desk.found("umbrella")["Call"] == ("comment", f"{SAID} the red umbrella")
    assert is_true(desk)


def test_nobody_finds_by_what_is_said_what_they_may_not_see_and_a_partner_finds_nothing(desk: Desk):
    """CNF-17: whoever sees no task sees no hit; a partner reads a piece on its own page alone."""
    key = desk.handed_over()
    blocked(desk)
    with_step(desk)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        comments.add(tx, key, SAID)
        comments.add(tx, key, f"{SAID} Pat, too.", visible_in_portal=True)
    assert list(desk.found(who="mara")) == list(desk.found(who="ana")) == ["Call"]
    assert desk.found(who="ben") == desk.found(who="pat") == {}


def is_true(desk: Desk) -> bool:
    return indexing.is_true(desk.workbench.database, desk.workbench.blobs)


def test_words_that_stay_as_they_are_are_not_taken_apart_again(workbench: Workbench, monkeypatch):
    desk = Desk(workbench, make_people(workbench))
    taken: list[str] = []
    analysed = fulltext.analysed
    monkeypatch.setattr(fulltext, "analysed", lambda text: taken.append(text) or analysed(text))
    desk.do("start")
    assert taken == []
    desk.do("update", title=SAID)
    assert SAID in taken
    assert desk.found() == {SAID: ("title", SAID)}
