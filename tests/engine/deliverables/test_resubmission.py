"""Resubmitting after a rejection: the next version and the next request in one go (DLV-05, DLV-21)."""

from __future__ import annotations

import pytest

from engine.deliverables import resubmission
from engine.deliverables.models import Deliverable
from engine.errors import BadRequestError, CompletionRefusedError, ConflictError
from engine.tasks.models import Task, TaskStatus
from tests.engine.conftest import Bench
from tests.engine.deliverables.rounds import (
    INTERNAL,
    ask,
    decide_all,
    open_ones,
    rows,
    with_deliverable,
)

NEXT = "https://docs.example/next"


def rejected(bench: Bench, *refs: str) -> str:
    """Return a task of which everything was rejected."""
    task_id = with_deliverable(bench, INTERNAL, *refs)
    ask(bench, task_id)
    decide_all(bench, task_id, "rejected", "Not like this.")
    return task_id


def resubmit(bench: Bench, row: Deliverable, **content) -> resubmission.Resubmission:
    with bench.writing("ana") as tx:
        return resubmission.resubmit(tx, row.deliverable_id, **{"url": NEXT, **content})


def test_the_next_version_goes_to_the_approvers_at_once(bench: Bench):
    task_id = rejected(bench, "draft")
    done = resubmit(bench, rows(bench, task_id)[0])
    assert (done.row.version_number, done.still_missing) == (2, ())
    assert bench.task(task_id).status is TaskStatus.PENDING_APPROVAL
    assert [item.deliverable_id for item in open_ones(bench, task_id)] == [done.row.deliverable_id]


def test_nothing_is_requested_before_every_rejected_version_has_its_next_one(bench: Bench):
    task_id = rejected(bench, "cover", "draft")
    cover, draft = rows(bench, task_id)
    first = resubmit(bench, draft)
    assert [row.ref for row in first.still_missing] == ["cover"]
    assert bench.task(task_id).status is TaskStatus.IN_PROGRESS
    assert resubmit(bench, cover).still_missing == ()
    assert len(open_ones(bench, task_id)) == 2


def test_what_else_is_missing_refuses_both_and_hands_nothing_over(bench: Bench):
    task_id = rejected(bench, "draft")
    bench.parts(task_id, {"ref": "proofread"})
    before = bench.state()
    with pytest.raises(CompletionRefusedError, match="Proofread"):
        resubmit(bench, rows(bench, task_id)[0])
    assert bench.state() == before


def test_a_version_without_content_or_while_it_is_judged_is_refused(bench: Bench):
    task_id = rejected(bench, "draft")
    row = rows(bench, task_id)[0]
    with pytest.raises(BadRequestError):
        resubmit(bench, row, url=" ")
    second = resubmit(bench, row).row
    with pytest.raises(ConflictError):
        resubmit(bench, second)


def test_what_was_rejected_is_told_until_it_has_its_next_version(bench: Bench):
    task_id = rejected(bench, "draft")

    def known() -> list[str]:
        with bench.reading() as tx:
            return [row.ref for row in resubmission.rejected(tx, tx.get(Task, task_id))]

    assert known() == ["draft"]
    resubmit(bench, rows(bench, task_id)[0])
    assert known() == []
