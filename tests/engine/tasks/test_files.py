"""The files of a task: adding, versions, approving, using them again (ART-02, ART-07, ART-08, ART-10)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact, ArtifactRole
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError, OwnWorkError
from engine.tasks import assignment, files, lifecycle, proof
from engine.tasks.models import ProofKind, Task
from tests.engine.conftest import Bench

BLOB, EARLIER = Blob(sha256="a" * 64, size=3), Blob(sha256="b" * 64, size=3)


def add(bench: Bench, task_id: str, by: str = "ana", blob: Blob = BLOB, **fields) -> Artifact:
    given = {"type": "report", "label": "Crawl", "file_name": "crawl.csv", **fields}
    with bench.writing(by) as tx:
        return files.add(tx, task_id, blob, **given)


def test_the_same_type_and_label_make_the_next_version(bench: Bench):
    task_id = bench.make(assignee="ana")
    first, second = add(bench, task_id), add(bench, task_id, label=" Crawl ")
    assert (first.version_number, second.version_number) == (1, 2)
    assert second.previous_artifact_id == first.artifact_id
    assert (second.role, second.label) == (ArtifactRole.SUPPORT, "Crawl")
    assert add(bench, task_id, type="export").version_number == 1


@pytest.mark.parametrize("fields", [{"type": " "}, {"label": ""}, {"label": "x" * 101}, {"file_name": ".."}])
def test_words_that_cannot_be_are_refused_and_nothing_is_added(bench: Bench, fields):
    task_id = bench.make(assignee="ana")
    before = bench.state()
    with pytest.raises(BadRequestError) as caught:
        add(bench, task_id, **fields)
    assert caught.value.details[0]["field"] in fields
    assert bench.state() == before


def test_only_whoever_works_an_open_task_adds_files(bench: Bench):
    task_id = bench.make(assignee="ana")
    with pytest.raises(NotFoundError):
        add(bench, task_id, by="ben")
    with pytest.raises(ForbiddenError):
        add(bench, task_id, by="sam")
    with bench.writing() as tx:
        lifecycle.cancel(tx, task_id)
    with pytest.raises(ConflictError, match="only until it is over"):
        add(bench, task_id)


def test_managers_approve_a_file_of_this_very_task_once(bench: Bench):
    task_id, other_id = bench.make(assignee="ana"), bench.make()
    artifact_id = add(bench, task_id).artifact_id
    with bench.writing("ana") as tx, pytest.raises(ForbiddenError):
        files.approve(tx, task_id, artifact_id)
    with bench.writing() as tx, pytest.raises(NotFoundError, match="has no file"):
        files.approve(tx, other_id, artifact_id)
    with bench.writing() as tx:
        assert files.approve(tx, task_id, artifact_id).is_approved
    with bench.writing() as tx, pytest.raises(ConflictError):
        files.approve(tx, task_id, artifact_id)


def test_the_bytes_of_what_is_stored_here_can_be_handed_over(bench: Bench):
    added = add(bench, bench.make(assignee="ana"))
    assert files.blob_of(added) == BLOB
    with pytest.raises(ConflictError, match="Hand its address over"):
        files.blob_of(added.model_copy(update={"sha256": None, "url": "https://a.example"}))


@pytest.mark.parametrize(
    "part",
    ["brought it", "brought the same bytes", "brought the version before", "does the task", "did the task"],
)
def test_who_brought_a_file_or_does_the_task_does_not_approve_it(bench: Bench, part: str):
    """S18: one policy for approvals, reviews and proof; the page offers it to others alone."""
    task_id = bench.make(assignee="ana")
    if part == "brought the version before":
        add(bench, task_id, by="mara", blob=EARLIER)
    added = add(bench, task_id, by="mara" if part == "brought it" else "ana")
    if part == "brought the same bytes":
        add(bench, task_id, by="mara", label="Other")
    elif part == "does the task":
        bench.change(task_id, assignee_id=bench.employee_id("mara"))
    elif part == "did the task":
        bench.change(task_id, worked_by=[bench.employee_id("mara")])
    with bench.writing() as tx, pytest.raises(OwnWorkError, match="somebody else decides"):
        files.approve(tx, task_id, added.artifact_id)
    offered = {}
    for name in ("mara", "olga"):
        with bench.reading(name) as tx:
            found = tx.find(Artifact)
            offered[name] = files.to_approve(tx, tx.get(Task, task_id), found)
    assert added.artifact_id not in offered["mara"]
    assert added.artifact_id in offered["olga"]
    with bench.writing("olga") as tx:
        assert files.approve(tx, task_id, added.artifact_id).is_approved


@pytest.mark.parametrize("order", ["proven first", "taken back first"])
def test_who_accepted_a_file_does_not_do_what_it_proves(bench: Bench, order: str):
    """S18: giving the task away, accepting its proof and taking it back is no way around."""
    task_id = bench.make(assignee="mara")
    bench.parts(task_id, {"label": "Report", "kind": ProofKind.ARTIFACT})
    added = add(bench, task_id, by="olga")
    with bench.writing() as tx:
        assignment.assign(tx, task_id, None)
    with bench.writing() as tx:
        files.approve(tx, task_id, added.artifact_id)

    def prove() -> None:
        with bench.writing("olga") as tx:
            proof.give(tx, task_id, "Report", added.artifact_id)

    def take_back() -> None:
        with bench.writing() as tx:
            assignment.assign(tx, task_id, "mara")

    first, second = (prove, take_back) if order == "proven first" else (take_back, prove)
    first()
    state = bench.state()
    with pytest.raises(OwnWorkError, match=r"accepted a file|does or did"):
        second()
    assert bench.state() == state
    bench.settings = replace(bench.settings, own_approval=True)
    second()


def test_an_empty_file_of_an_earlier_release_is_not_handed_over(bench: Bench):
    added = add(bench, bench.make(assignee="ana"))
    with pytest.raises(ConflictError, match="is empty"):
        files.blob_of(added.model_copy(update={"size_bytes": 0}))
