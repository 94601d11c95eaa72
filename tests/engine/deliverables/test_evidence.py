"""What an approval leaves behind: copies of addresses, deliveries, the time worked."""

from __future__ import annotations

import pytest

from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.link_copies import LinkCopy
from engine.artifacts.models import ArtifactRole
from engine.audit.models import Action
from engine.deliverables import versions
from engine.errors import (
    ConflictError,
)
from engine.tasks import lifecycle
from tests.engine.conftest import NOW, Bench
from tests.engine.deliverables.rounds import (
    INTERNAL,
    PORTAL,
    ask,
    decide,
    decide_all,
    open_ones,
    rows,
    with_deliverable,
)


def test_what_an_address_served_is_kept_as_evidence_of_the_decision(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    copy = LinkCopy(url="https://docs.example/draft", blob=Blob("b" * 64, 12), file_name="draft.html")
    decided = decide(bench, approval, "approved", copy=copy)
    with bench.reading() as tx:
        [kept] = artifacts.of_task(tx, task_id)
    assert kept.artifact_id == decided.evidence_artifact_id
    assert (kept.role, kept.type, kept.sha256) == (ArtifactRole.EVIDENCE, "link_copy", "b" * 64)
    assert kept.url == "https://docs.example/draft"


def test_a_copy_that_failed_is_said_and_stops_nobody(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    copy = LinkCopy(url="https://docs.example/draft", failure="it did not answer within 5 seconds")
    decided = decide(bench, approval, "approved", copy=copy)
    assert decided.evidence_failure == "it did not answer within 5 seconds"
    assert decided.evidence_artifact_id is None


def test_what_is_visible_to_the_partner_is_delivered_with_the_task(bench: Bench) -> None:
    task_id = with_deliverable(bench, {}, "draft")
    with bench.writing("ana") as tx:
        lifecycle.complete(tx, task_id)
    [row] = rows(bench, task_id)
    assert row.delivered_at == NOW
    assert Action.DELIVERABLE_DELIVERED in {event.action for event in bench.events(task_id)}


def test_the_time_worked_leaves_waits_and_approvals_out(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.clock.advance(hours=2)
    with bench.writing("ana") as tx:
        lifecycle.wait(tx, task_id, "the printer")
    bench.clock.advance(days=3)
    with bench.writing("ana") as tx:
        lifecycle.resume(tx, task_id)
    bench.clock.advance(hours=1)
    ask(bench, task_id)
    bench.clock.advance(days=1)
    decide_all(bench, task_id, "approved")
    assert bench.task(task_id).worked_seconds == 3 * 3600


def test_only_what_a_worker_added_can_be_shown_to_or_hidden_from_the_partner_by_them(bench: Bench) -> None:
    task_id = with_deliverable(bench, PORTAL, "draft")
    [planned] = rows(bench, task_id)
    with bench.writing("ana") as tx, pytest.raises(ConflictError, match="comes from the template"):
        versions.edit(tx, planned.deliverable_id, visible_in_portal=False)
    with bench.writing("ana") as tx:
        added = versions.add(tx, task_id, "photos", type="photo_set")
        assert versions.edit(tx, added.deliverable_id, visible_in_portal=True).visible_in_portal
