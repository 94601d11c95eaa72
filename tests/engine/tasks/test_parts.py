"""Steps, proof of all five kinds, notes and artifacts of a task."""

from __future__ import annotations

import hashlib

import pytest

from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole
from engine.audit.models import Action
from engine.deliverables import versions
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OwnWorkError,
    UnknownFieldError,
)
from engine.tasks import evidence, lifecycle, notes, proof, steps
from engine.tasks.models import ItemSource, NoteKind, Proof, ProofKind, Step, TaskStatus
from tests.engine.conftest import NOW, Bench

BLOB = Blob("a" * 64, 1200)
CLOSED = [TaskStatus.COMPLETED, TaskStatus.SKIPPED, TaskStatus.CANCELLED, TaskStatus.FAILED]


def with_proof(bench: Bench, kind: ProofKind, **fields) -> str:
    task_id = bench.make(**fields)
    bench.parts(task_id, {"label": "Evidence", "kind": kind})
    return task_id


def given(bench: Bench, task_id: str) -> Proof:
    with bench.reading() as tx:
        return proof.find(tx, task_id, "Evidence")


def add_artifact(bench: Bench, task_id: str, **fields) -> str:
    with bench.writing() as tx:
        return artifacts.add(
            tx,
            task_id=task_id,
            bundle_id=None,
            blob=BLOB,
            file_name="plan.pdf",
            content_type="application/pdf",
            **{"type": "plan", "label": "Plan", **fields},
        ).artifact_id


GOOD = [
    (ProofKind.URL, " https://example.com/a?b=1 ", "https://example.com/a?b=1"),
    (ProofKind.URL, "http://localhost:8000/x", "http://localhost:8000/x"),
    (ProofKind.URL, "mailto:ana@example.com", "mailto:ana@example.com"),
    (ProofKind.COMMENT, " Sent by post. ", "Sent by post."),
    (ProofKind.FILE, {"file_name": "C:\\tmp\\invoice.pdf", "size_bytes": 12}, "invoice.pdf"),
    (ProofKind.EXTERNAL_STATUS, {"system": "mail", "reference": "12", "status": "sent"}, "sent"),
]


@pytest.mark.parametrize(("kind", "value", "kept"), GOOD)
def test_evidence_of_the_asked_kind_is_kept_with_who_and_when(
    bench: Bench, kind: ProofKind, value, kept: str
):
    task_id = with_proof(bench, kind)
    with bench.writing() as tx:
        proof.give(tx, task_id, "evidence", value)
    row = given(bench, task_id)
    assert (row.value, row.given_at, row.given_by) == (kept, NOW, bench.actors["mara"].user_id)
    event = bench.events(task_id)[-1]
    assert event.action is Action.PROOF_GIVEN
    assert (event.before["value"], event.after["value"]) == (None, kept)
    with bench.writing() as tx:
        lifecycle.complete(tx, task_id)


BAD = [
    *(
        (ProofKind.URL, text)
        for text in (
            "",
            "example.com",
            "ftp://example.com",
            "javascript:alert(1)",
            "https://",
            "http:///path",
            "mailto:",
            "mailto:ana",
            "https://exa mple.com",
            "https://example.com/\nx",
            "https://[",
            "https://a:b:c",
            "file:///etc/passwd",
            "https://example.com/" + "x" * 2000,
        )
    ),
    (ProofKind.URL, {"url": "https://example.com"}),
    (ProofKind.COMMENT, "  "),
    (ProofKind.COMMENT, "\u200b \ufeff\u2060"),
    (ProofKind.COMMENT, "x" * 10_001),
    (ProofKind.FILE, "invoice.pdf"),
    (ProofKind.FILE, {}),
    (ProofKind.FILE, {"file_name": ".."}),
    (ProofKind.FILE, {"file_name": "a", "size_bytes": -1}),
    (ProofKind.FILE, {"file_name": "a", "size_bytes": 0}),
    (ProofKind.FILE, {"file_name": "a", "sha256": hashlib.sha256(b"").hexdigest()}),
    (ProofKind.FILE, {"file_name": "a", "size_bytes": True}),
    (ProofKind.FILE, {"file_name": "a", "sha256": "xyz"}),
    (ProofKind.FILE, {"file_name": "a", "colour": "red"}),
    (ProofKind.EXTERNAL_STATUS, "sent"),
    (ProofKind.EXTERNAL_STATUS, {"system": "mail", "reference": "12", "status": " "}),
    (ProofKind.EXTERNAL_STATUS, {"system": "mail", "reference": "12", "status": "\u200b"}),
    (ProofKind.EXTERNAL_STATUS, {"system": "mail", "status": "sent"}),
    (
        ProofKind.EXTERNAL_STATUS,
        {"system": "mail", "reference": "1", "status": "x", "checked_at": "yesterday"},
    ),
]


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_what_is_no_evidence_of_the_kind_is_refused_and_changes_nothing(bench: Bench, kind: ProofKind, value):
    task_id = with_proof(bench, kind)
    state = bench.state()
    with pytest.raises(BadRequestError) as caught, bench.writing() as tx:
        proof.give(tx, task_id, "Evidence", value)
    assert caught.value.details[0]["field"]
    assert bench.state() == state


def test_an_external_status_was_checked_now_unless_told_otherwise(bench: Bench):
    task_id = with_proof(bench, ProofKind.EXTERNAL_STATUS)
    value = {"system": "mail", "reference": "12", "status": "sent"}
    with bench.writing() as tx:
        proof.give(tx, task_id, "Evidence", value)
    assert given(bench, task_id).facts == {**value, "checked_at": "2026-11-21T09:00:00.000Z"}
    with bench.writing() as tx:
        proof.give(tx, task_id, "Evidence", {**value, "checked_at": "2026-11-20T10:00:00+01:00"})
    assert given(bench, task_id).facts["checked_at"] == "2026-11-20T09:00:00.000Z"


def test_an_artifact_counts_only_when_it_is_approved(bench: Bench):
    task_id = with_proof(bench, ProofKind.ARTIFACT)
    artifact_id = add_artifact(bench, task_id)
    for value in ("art_none", "", {"artifact_id": artifact_id}):
        with pytest.raises(NotFoundError), bench.writing() as tx:
            proof.give(tx, task_id, "Evidence", value)
    with pytest.raises(ConflictError, match="not approved"), bench.writing() as tx:
        proof.give(tx, task_id, "Evidence", artifact_id)
    with bench.writing("olga") as tx:
        artifacts.approve(tx, artifact_id)
    with pytest.raises(OwnWorkError), bench.writing("olga") as tx:  # who accepts it does not give it (S18)
        proof.give(tx, task_id, "Evidence", artifact_id)
    with bench.writing() as tx:
        proof.give(tx, task_id, "Evidence", artifact_id)
    assert (given(bench, task_id).artifact_id, given(bench, task_id).value) == (artifact_id, "Plan")


def test_an_artifact_of_a_task_one_may_not_see_is_no_evidence(bench: Bench):
    hidden = bench.make()
    artifact_id = add_artifact(bench, hidden)
    task_id = with_proof(bench, ProofKind.ARTIFACT, assignee="ana")
    with bench.writing() as tx:
        artifacts.approve(tx, artifact_id)
    with pytest.raises(NotFoundError), bench.writing("ana") as tx:
        proof.give(tx, task_id, "Evidence", artifact_id)
    bench.change(hidden, assignee_id=bench.employee_id("ana"))
    with bench.writing("ana") as tx:
        proof.give(tx, task_id, "Evidence", artifact_id)
    assert given(bench, task_id).is_given


def test_an_uploaded_file_becomes_an_artifact_of_the_task_and_a_new_one_its_next_version(bench: Bench):
    task_id = with_proof(bench, ProofKind.FILE)
    for name in ("first.pdf", "../second.pdf"):
        with bench.writing() as tx:
            proof.give_file(tx, task_id, "Evidence", BLOB, file_name=name, content_type="application/pdf")
    row = given(bench, task_id)
    assert row.facts == {
        "file_name": "second.pdf",
        "size_bytes": 1200,
        "content_type": "application/pdf",
        "sha256": "a" * 64,
    }
    with bench.reading() as tx:
        found = artifacts.of_task(tx, task_id)
    assert [(item.version_number, item.role) for item in found] == [
        (1, ArtifactRole.PROOF),
        (2, ArtifactRole.PROOF),
    ]
    assert found[1].previous_artifact_id == found[0].artifact_id == found[0].record_id
    assert row.artifact_id == found[1].artifact_id


def test_a_file_is_taken_only_where_a_file_is_asked_for(bench: Bench):
    task_id = with_proof(bench, ProofKind.URL)
    with pytest.raises(BadRequestError, match="takes no file"), bench.writing() as tx:
        proof.give_file(tx, task_id, "Evidence", BLOB, file_name="a.pdf", content_type=None)


@pytest.mark.parametrize("status", TaskStatus)
def test_proof_and_steps_change_only_while_the_task_is_active(bench: Bench, status: TaskStatus):
    task_id = with_proof(bench, ProofKind.URL)
    bench.parts(task_id, {"ref": "call"}, {"ref": "ticked", "is_completed": True, "position": 2})
    bench.change(task_id, status=status)
    state = bench.state()
    for change in (
        lambda tx: proof.give(tx, task_id, "Evidence", "https://example.com"),
        lambda tx: steps.complete_step(tx, task_id, "call"),
        lambda tx: steps.reopen_step(tx, task_id, "ticked"),
        lambda tx: steps.add_step(tx, task_id, "One more"),
        lambda tx: versions.add(tx, task_id, "extra", type="note"),
    ):
        if status in CLOSED:
            with pytest.raises(ConflictError), bench.writing() as tx:
                change(tx)
            assert bench.state() == state
        else:
            with bench.writing() as tx:
                change(tx)
            assert bench.state() != state


def test_an_unknown_proof_or_step_is_answered_with_those_that_exist(bench: Bench):
    task_id = with_proof(bench, ProofKind.URL)
    bench.parts(task_id, {"ref": "call"})
    with bench.writing() as tx:
        with pytest.raises(NotFoundError, match="Evidence"):
            proof.give(tx, task_id, "Other", "https://example.com")
        with pytest.raises(NotFoundError, match="call"):
            steps.complete_step(tx, task_id, "other")


def test_a_step_is_ticked_and_unticked_with_who_and_when_and_an_event_each(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"ref": "call"})
    with bench.writing() as tx:
        step = steps.complete_step(tx, task_id, "call")
    assert (step.is_completed, step.completed_at, step.completed_by) == (
        True,
        NOW,
        bench.actors["mara"].user_id,
    )
    with bench.writing() as tx:
        steps.complete_step(tx, task_id, step.task_step_id)  # again: nothing to do
        step = steps.reopen_step(tx, task_id, "call")
        steps.reopen_step(tx, task_id, "call")
    assert (step.is_completed, step.completed_at, step.completed_by) == (False, None, None)
    actions = [event.action for event in bench.events(task_id)][-2:]
    assert actions == [Action.STEP_COMPLETED, Action.STEP_REOPENED]


def test_ordered_steps_are_ticked_in_their_order_and_optional_ones_may_be_left_out(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, ordered_steps=True)
    bench.parts(task_id, {"ref": "a"}, {"ref": "b", "required": False}, {"ref": "c"})
    with pytest.raises(ConflictError, match="“A” first"), bench.writing() as tx:
        steps.complete_step(tx, task_id, "c")
    with bench.writing() as tx:
        steps.complete_step(tx, task_id, "a")
        assert steps.complete_step(tx, task_id, "c").is_completed


def test_an_added_step_stands_at_the_end_and_is_marked_ad_hoc(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"ref": "call"})
    with bench.writing() as tx:
        steps.add_step(tx, task_id, " Ask again ", required=True)
        second = steps.add_step(tx, task_id, "And again")
    assert (second.ref, second.position, second.source) == ("added_2", 3, ItemSource.AD_HOC)
    with bench.reading() as tx:
        assert [step.title for step in tx.find(Step, task_id=task_id, order_by=("position",))] == [
            "Call",
            "Ask again",
            "And again",
        ]
    for title in ("", " ", "x" * 501):
        with pytest.raises(BadRequestError), bench.writing() as tx:
            steps.add_step(tx, task_id, title)


def test_notes_are_kept_in_order_with_their_authors_whatever_the_status(bench: Bench):
    task_id = bench.make(assignee="ana")
    bench.change(task_id, status=TaskStatus.COMPLETED)
    with bench.writing("ana") as tx:
        note = notes.add(tx, task_id, "  Thanks! ")
    assert (note.body, note.kind, note.created_by) == ("Thanks!", NoteKind.NOTE, bench.actors["ana"].user_id)
    event = bench.events(task_id)[-1]
    assert (event.action, event.after) == (Action.NOTE_ADDED, {"kind": "note", "body": "Thanks!"})
    for body in ("", "   ", "x" * 10_001):
        with pytest.raises(BadRequestError), bench.writing("ana") as tx:
            notes.add(tx, task_id, body)
    with pytest.raises(NotFoundError), bench.writing("ben") as tx:
        notes.add(tx, task_id, "Hello")


def test_another_artifact_of_the_same_type_and_label_on_the_same_task_is_the_next_version(bench: Bench):
    first, second = bench.make(), bench.make()
    ids = [add_artifact(bench, first), add_artifact(bench, first), add_artifact(bench, second)]
    ids += [add_artifact(bench, first, label="Other"), add_artifact(bench, first, type="other")]
    with bench.reading() as tx:
        found = [tx.get(Artifact, artifact_id) for artifact_id in ids]
        assert len(tx.find(ArtifactLink, task_id=first)) == 4
    assert [item.version_number for item in found] == [1, 2, 1, 1, 1]
    assert [item.previous_artifact_id for item in found] == [None, ids[0], None, None, None]
    assert bench.events(first)[-1].action is Action.ARTIFACT_ADDED


def test_only_managers_and_admins_approve_artifacts_and_only_once(bench: Bench):
    task_id = bench.make(assignee="ana")
    artifact_id = add_artifact(bench, task_id)
    for name in ("ana", "sam", "bot", "pat"):
        with pytest.raises(ForbiddenError), bench.writing(name) as tx:
            artifacts.approve(tx, artifact_id)
    with bench.writing() as tx:
        artifact = artifacts.approve(tx, artifact_id, revision=1)
    assert (artifact.approved_at, artifact.approved_by) == (NOW, bench.actors["mara"].user_id)
    assert bench.events(task_id)[-1].action is Action.ARTIFACT_APPROVED
    with pytest.raises(ConflictError, match="already"), bench.writing() as tx:
        artifacts.approve(tx, artifact_id)


def test_file_names_lose_folders_and_control_characters():
    assert evidence.file_name("/etc/../a\x00b\n.txt") == "ab.txt"
    assert len(evidence.file_name("x" * 300)) == 255
    with pytest.raises(UnknownFieldError):
        evidence.file({"file_name": "a", "colour": 1})
