"""Handing over in place: what is taken, what is refused, and which version is owed."""

from __future__ import annotations

import pytest

from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact, ArtifactRole
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.errors import (
    BadRequestError,
    ConflictError,
    FrozenVersionError,
    StaleWriteError,
)
from engine.tasks import lifecycle
from engine.tasks.models import ItemSource, TaskStatus
from tests.engine.conftest import NOW, Bench

BLOB = Blob("a" * 64, 1200)


def deliverable(bench: Bench, task_id: str, ref: str = "report") -> Deliverable:
    with bench.reading() as tx:
        return next(row for row in tx.find(Deliverable, task_id=task_id) if row.ref == ref)


def test_a_deliverable_is_edited_in_place_without_a_new_version(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"ref": "report", "type": "report", "meta_schema": {"word_count": "integer"}})
    row = deliverable(bench, task_id)
    with bench.writing() as tx:
        versions.edit(tx, row.deliverable_id, meta={"word_count": "many"})  # nothing is handed over yet
        versions.edit(tx, row.deliverable_id, url="https://example.com/r", meta={"word_count": 3}, revision=2)
    row = deliverable(bench, task_id)
    assert (row.deliverable_url, row.meta, row.version_number) == (
        "https://example.com/r",
        {"word_count": 3},
        1,
    )
    assert bench.events(task_id)[-1].after == {
        "deliverable_url": "https://example.com/r",
        "meta": {"word_count": 3},
    }
    with bench.writing() as tx:
        versions.edit(tx, row.deliverable_id, url="")
    assert not deliverable(bench, task_id).is_submitted


@pytest.mark.parametrize(
    "change",
    [
        {"url": "example.com"},
        {"url": "//evil.example"},
        {"url": "mailto:ana@example.com"},
        {"url": "https://example.com/\u202egpj.exe"},
        {"url": "https://example.com", "meta": {"source": "https://"}},
        {"url": "https://example.com", "meta": {"word_count": "many"}},
        {"blob": BLOB, "file_name": ""},
        {"blob": BLOB, "file_name": "a.pdf", "meta": {"word_count": 1.5}},
    ],
)
def test_a_bad_deliverable_is_refused_and_changes_nothing(bench: Bench, change):
    task_id = bench.make()
    facts = {"word_count": "integer", "source": "url"}
    bench.parts(task_id, {"ref": "report", "type": "report", "meta_schema": facts})
    row, state = deliverable(bench, task_id), bench.state()
    with pytest.raises(BadRequestError), bench.writing() as tx:
        versions.edit(tx, row.deliverable_id, **change)
    assert bench.state() == state


def test_a_file_can_be_handed_over(bench: Bench):
    task_id = bench.make()
    bench.parts(task_id, {"ref": "report", "type": "report"})
    row = deliverable(bench, task_id)
    with bench.writing() as tx:
        versions.edit(tx, row.deliverable_id, blob=BLOB, file_name="r.pdf", content_type=None)
    row = deliverable(bench, task_id)
    with bench.reading() as tx:
        assert tx.get(Artifact, row.artifact_id).role is ArtifactRole.OUTPUT
    assert row.is_submitted
    assert not row.is_missing


def test_a_judged_version_a_stale_one_and_a_closed_task_refuse_edits(bench: Bench):
    task_id = bench.make()
    bench.parts(
        task_id, {"ref": "report", "type": "report", "frozen_at": NOW}, {"ref": "other", "type": "report"}
    )
    with pytest.raises(FrozenVersionError), bench.writing() as tx:
        versions.edit(tx, deliverable(bench, task_id).deliverable_id, url="https://example.com")
    other = deliverable(bench, task_id, "other").deliverable_id
    with pytest.raises(StaleWriteError), bench.writing() as tx:
        versions.edit(tx, other, url="https://example.com", revision=7)
    bench.change(task_id, status=TaskStatus.CANCELLED)
    with pytest.raises(ConflictError), bench.writing() as tx:
        versions.edit(tx, other, url="https://example.com")


def test_a_worker_adds_a_deliverable_of_their_own(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        row = versions.add(tx, task_id, "photo", type="photo", description=" From the shoot ")
    assert (row.source, row.required, row.description) == (ItemSource.AD_HOC, False, "From the shoot")
    for ref in ("photo", "Bad Ref"):
        with pytest.raises(BadRequestError), bench.writing() as tx:
            versions.add(tx, task_id, ref, type="photo")


def test_only_the_newest_version_of_a_deliverable_is_owed(bench: Bench):
    task_id = bench.make()
    bench.parts(
        task_id,
        {"ref": "report", "type": "report", "deliverable_url": "https://example.com"},
        {"ref": "report", "type": "report", "version_number": 2},
    )
    with pytest.raises(ConflictError) as caught, bench.writing() as tx:
        lifecycle.complete(tx, task_id)
    assert caught.value.code == "MISSING_DELIVERABLE"
