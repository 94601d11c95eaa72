"""AUD-06, the dispute: a partner says that a delivered piece ignores their brand guidelines.

A manager reads in the task's story: the first version and what it looked like; which guidelines were attached
at the time; who reviewed it and what they said; the second version; when it was delivered and in which
version; what the partner approved and when. If the published piece looks different now, that shows.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.access import Actor, ApprovalSource
from engine.app import Workbench
from engine.audit.models import Action
from engine.deliverables import versions
from engine.deliverables.models import Approval, Deliverable
from engine.reference import service as reference
from engine.reports import story
from engine.tasks import lifecycle, proof, steps
from engine.tasks.models import Step, Task, TaskStatus
from exports import validate, writer
from tests import factories, judged
from tests.conftest import NOW
from tests.factories import PEOPLE, make_bundle, make_people
from tests.stories.test_the_link_that_cannot_be_versioned import Sheet, a_spreadsheet

FIRST_WORDS, SECOND_WORDS = b"Amazing pumps!!!\n", b"A pump for every workshop.\n"
COMPLAINT = "No exclamation marks: Acme speaks plainly."
LATE = {"label": "Tone of voice 2027", "url": "https://acme.example/tone", "type": "guidelines"}


@dataclass
class Piece:
    """The article that Acme got, from its template to their approval; a day lies between any two steps."""

    workbench: Workbench
    people: dict[str, Actor]
    task: Task

    def told(self) -> story.Story:
        with self.workbench.reading(self.people["mara"]) as tx:
            return story.of_task(tx, self.task.task_id)


def brief_is_written(workbench: Workbench, people: dict[str, Actor], brief: Task) -> None:
    with workbench.transaction(people["mara"]) as tx:
        for step in tx.find(Step, task_id=brief.task_id, order_by=("position",)):
            steps.complete_step(tx, brief.task_id, step.ref)
        proof.give(tx, brief.task_id, "Brief", "https://docs.example/brief")
        lifecycle.complete(tx, brief.task_id)


def hand_over(workbench: Workbench, ana: Actor, task: Task, words: bytes) -> Approval:
    """Ana uploads the article, as a first or as the next version, and asks."""
    blob = workbench.blobs.put(io.BytesIO(words), 1000)
    newest = judged.versions_of(workbench, task)[-1]
    with workbench.transaction(ana) as tx:
        change = versions.new_version if newest.is_frozen else versions.edit
        file = {"blob": blob, "file_name": "article.txt", "content_type": "text/plain"}
        change(tx, newest.deliverable_id, meta={"word_count": len(words.split())}, **file)
    return judged.ask(workbench, ana, task)


def a_day_later(workbench: Workbench) -> None:
    workbench.clock.advance(days=1)


@pytest.fixture
def piece(either_workbench: Workbench) -> Piece:
    workbench, people = either_workbench, make_people(either_workbench)
    bundle = make_bundle(
        workbench, "blog_post", actor=people["sam"], campaign="acme_spring", parameters={"topic": "Pumps"}
    )
    with workbench.reading(people["mara"]) as tx:
        tasks = {task.template_task_ref: task for task in tx.find(Task, bundle_id=bundle.bundle_id)}
    brief_is_written(workbench, people, tasks["brief"])
    task = tasks["draft"]
    assert task.approval["sources"] == ["internal", "portal"]
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
        for step in tx.find(Step, task_id=task.task_id, order_by=("position",)):
            steps.complete_step(tx, task.task_id, step.ref)
    a_day_later(workbench)
    waiting = hand_over(workbench, people["ana"], task, FIRST_WORDS)
    a_day_later(workbench)
    judged.decide(workbench, people["mara"], waiting, "rejected", COMPLAINT)
    a_day_later(workbench)
    later = copy.deepcopy(PEOPLE)
    later["campaigns"][0]["attachments"].append(LATE)
    with workbench.transaction(people["mara"]) as tx:
        reference.load(tx, later)
    a_day_later(workbench)
    waiting = hand_over(workbench, people["ana"], task, SECOND_WORDS)
    a_day_later(workbench)
    judged.decide(workbench, people["mara"], waiting, "approved")
    a_day_later(workbench)
    [theirs] = judged.open_ones(workbench, task)
    judged.decide(workbench, people["pat"], theirs, "approved")
    return Piece(workbench, people, judged.current(workbench, task))


def day(number: int):
    return NOW + timedelta(days=number)


def test_the_first_version_is_read_as_it_was_with_the_guidelines_attached_at_the_time(piece: Piece):
    first, _ = piece.told().versions
    assert (first.version_number, first.handed_over_at, first.authors) == (1, day(1), ("Ana",))
    assert first.facts == {"word_count": 2}
    assert first.file is not None
    with piece.workbench.blobs.open(str(first.file.sha256)) as kept:
        assert kept.read() == FIRST_WORDS
    assert first.guidance is not None
    assert [item.label for item in first.guidance.attachments] == ["Brand guidelines"]
    assert "tradespeople" in first.guidance.rules["tone"]


def test_who_reviewed_it_and_what_they_said_is_read(piece: Piece):
    first, _ = piece.told().versions
    [said] = first.decisions
    assert (said.decided_by, said.decided_at, said.source) == ("Mara", day(2), ApprovalSource.INTERNAL)
    assert (str(said.status), said.feedback) == ("rejected", COMPLAINT)
    assert (said.content_hash, said.is_unchanged) == (first.content_hash, True)


def test_the_second_version_shows_what_was_attached_late_and_when_it_was_delivered(piece: Piece):
    first, second = piece.told().versions
    assert (second.version_number, second.handed_over_at) == (2, day(4))
    assert second.guidance is not None
    told = [(item.label, item.added_at) for item in second.guidance.attachments]
    assert told == [("Brand guidelines", NOW), (LATE["label"], day(3))]
    assert (first.delivered_at, second.delivered_at) == (None, day(5)), "only version 2 was ever delivered"
    assert second.changed_after_approval is False


def test_what_the_partner_approved_and_when_is_read(piece: Piece):
    _, second = piece.told().versions
    inside, theirs = second.decisions
    assert (inside.decided_by, inside.decided_at) == ("Mara", day(5))
    assert (theirs.decided_by, theirs.partner, theirs.decided_at) == ("Pat", "Acme", day(6))
    assert (str(theirs.status), theirs.source) == ("approved", ApprovalSource.PORTAL)
    assert theirs.content_hash == second.content_hash
    assert piece.task.status is TaskStatus.COMPLETED


def test_it_is_told_in_order_and_without_gaps(piece: Piece):
    entries = piece.told().entries
    assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)
    wanted = [
        (Action.APPROVAL_REQUESTED, day(1), "Ana"),
        (Action.DELIVERABLE_FROZEN, day(2), "Mara"),
        (Action.APPROVAL_DECIDED, day(2), "Mara"),
        (Action.ATTACHMENT_ADDED, day(3), "Mara"),
        (Action.DELIVERABLE_CREATED, day(4), "Ana"),
        (Action.APPROVAL_REQUESTED, day(4), "Ana"),
        (Action.DELIVERABLE_FROZEN, day(5), "Mara"),
        (Action.APPROVAL_DECIDED, day(5), "Mara"),
        (Action.DELIVERABLE_DELIVERED, day(5), "Mara"),
        (Action.APPROVAL_REQUESTED, day(5), "Mara"),
        (Action.APPROVAL_DECIDED, day(6), "Pat"),
    ]
    telling = {action for action, _, _ in wanted}
    told = [(entry.action, entry.at, entry.actor_name) for entry in entries if entry.action in telling]
    assert [item for item in told if item[1] > NOW] == wanted
    [decided] = [entry for entry in entries if entry.words == COMPLAINT and entry.action in telling]
    assert decided.at == day(2)


def test_it_can_be_shown_from_an_export_alone(piece: Piece, tmp_path: Path):
    writer.write(piece.workbench, piece.people["mara"], tmp_path / "out")
    assert validate.check(tmp_path / "out") == []
    assert {
        (tmp_path / "out" / "blobs" / str(row.sha256)).read_bytes()
        for row in judged.versions_of(piece.workbench, piece.task)
    } == {FIRST_WORDS, SECOND_WORDS}


@pytest.fixture
def published(workbench: Workbench) -> Iterator[tuple[Workbench, type[Sheet], str]]:
    """A Workbench that keeps copies of what addresses serve, and a page that was published."""
    settings = replace(workbench.settings, copy_links=True, private_links=True)
    copying = Workbench(settings, clock=workbench.clock, catalog=workbench.catalog)
    with a_spreadsheet() as (page, address):
        yield copying, page, address
    copying.close()


def test_if_the_published_piece_looks_different_now_the_record_shows_what_was_approved(
    published: tuple[Workbench, type[Sheet], str],
):
    workbench, page, address = published
    people = make_people(workbench)
    task, row = judged.begin(workbench, people["mara"], ["portal"])
    waiting = judged.hand_over(workbench, people["ana"], task, row, address)
    page.content = SECOND_WORDS
    seen = judged.seen(workbench, waiting)
    factories.decide(workbench, people["pat"], waiting.task_approval_id, "approved", seen=seen)
    page.content = FIRST_WORDS

    with workbench.reading(people["mara"]) as tx:
        [version] = story.of_task(tx, task.task_id).versions
        assert tx.get(Deliverable, version.deliverable_id).content_hash == version.content_hash
    [theirs] = version.decisions
    assert theirs.evidence is not None
    with workbench.blobs.open(str(theirs.evidence.sha256)) as kept:
        approved = kept.read()
    assert approved == SECOND_WORDS
    assert approved != page.content, "what is there now is not what was approved"
    assert (theirs.evidence.url, theirs.evidence.kept_at) == (address, NOW)
