"""Over random lives: after a correction nothing stands that the task, open again, contradicts."""

# ruff: noqa: S311 - chance is no secret here

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.corrections import correct
from engine.errors import WorkbenchError
from tests.engine.corrections.walk import Document, Documents, Walk
from tests.told import saved
from tests.verified import events_of_intact

_STEPS = 400
_OPEN = (
    "pending",
    "queued",
    "deferred",
    "in_progress",
    "waiting",
    "blocked",
    "help_needed",
    "pending_approval",
)
_BEGUN = ("in_progress", "help_needed", "pending_approval", "completed")
#: What a walk must have corrected, so that it says something.
CORRECTED = ("completed", "skipped", "cancelled", "a link", "a stage", "a date", "what waits")


@pytest.mark.wide
def test_a_correction_leaves_nothing_that_contradicts_the_task(either_workbench: Workbench):
    walk, seen = Walk(either_workbench, random.Random(3)), Counter[str]()
    _nobody_of_the_partner_looks(either_workbench)
    for number in range(_STEPS):
        if number % 50 == 49:
            walk.start()
        if walk.dice.random() < 0.5:
            walk.go_on()
        else:
            walk.step()
        if walk.dice.random() < 0.4:
            _try(walk, seen)
    assert [name for name in CORRECTED if not seen[name]] == [], seen
    assert seen["refused"] > 10
    with either_workbench.reading(walk.people["mara"]) as tx:
        events_of_intact(tx)


def _nobody_of_the_partner_looks(workbench: Workbench) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        for user in tx.find(User):
            if user.partner_id is not None:
                user.is_active = False
                saved(tx, user)


def _try(walk: Walk, seen: Counter[str]) -> None:
    """Let somebody correct one of the closed tasks, the latest more often."""
    before = walk.documents()
    closed = [one for one in _tasks(before) if one["closed_at"] is not None and one["task_id"] in walk.tasks]
    closed.sort(key=lambda one: (one["closed_at"], one["task_id"]))
    if not closed:
        return
    task = closed[-1] if walk.dice.random() < 0.7 else walk.dice.choice(closed)
    act = _closing(walk, task["task_id"])
    try:
        with walk.workbench.transaction(walk.people["mara"]) as tx:
            done = correct.correct(tx, task["task_id"], "It was a slip.")
    except WorkbenchError:
        assert walk.documents() == before, "a refused correction changed something"
        seen["refused"] += 1
        return
    after = walk.documents()
    seen[task["status"]] += 1
    for one in done.returns.values():
        kinds = {"bundle_links": ["a link"], "bundles": ["a stage"], "tasks": ["what waits"]}
        found = [] if one.record is done.task else kinds.get(one.record.spec.table, [])
        seen.update([*found, *(["a date"] if "due_date" in one.fields else [])])
    _check_itself(after["tasks", str([task["task_id"]])])
    _check_links(after, task)
    _check_dependents(after, task)
    _check_handed_over(after, task["task_id"])
    _check_stage(walk, task, act)
    _check_dates(walk, after, task, act)


def _tasks(documents: Documents) -> list[Document]:
    return [document for (table, _), document in documents.items() if table == "tasks"]


def _of(documents: Documents, table: str, **where: Any) -> list[Document]:
    return [
        document
        for (kind, _), document in documents.items()
        if kind == table and all(document[name] == value for name, value in where.items())
    ]


def _closing(walk: Walk, task_id: str) -> str | None:
    with walk.workbench.reading(walk.people["mara"]) as tx:
        moves = tx.find(
            Event, task_id=task_id, action=Action.TASK_STATUS_CHANGED, order_by=("-seq",), limit=1
        )
    return moves[0].act_id


def _check_itself(task: Document) -> None:
    assert task["status"] in _OPEN
    ends = ("completed_at", "completed_by", "late_seconds", "closed_at", "skip_reason", "cancel_reason")
    assert [name for name in ends if task[name] is not None] == []
    assert not task["qa_flagged"]
    assert (task["waiting_for"] is not None) == (task["status"] == "waiting")
    assert (task["deferred_until"] is not None) == (task["status"] == "deferred")


def _check_links(documents: Documents, task: Document) -> None:
    for name in ("filled_by_task_id", "waived_by_task_id"):
        assert _of(documents, "bundle_links", **{name: task["task_id"]}) == []


def _check_dependents(documents: Documents, task: Document) -> None:
    known = {one["task_id"]: one for one in _tasks(documents)}
    for one in known.values():
        open_ones = [
            other for other in one["depends_on"] if known[other]["status"] not in ("completed", "skipped")
        ]
        assert one["blocked_by"] == (open_ones[0] if open_ones else None)
        if task["task_id"] in one["depends_on"]:
            assert one["status"] not in _BEGUN, "it goes on without what it waits for"


def _check_handed_over(documents: Documents, task_id: str) -> None:
    task = documents["tasks", str([task_id])]
    approvals = _of(documents, "task_approvals", task_id=task_id)
    open_ones = [one for one in approvals if one["status"] == "pending" and one["withdrawn_at"] is None]
    assert bool(open_ones) == (task["status"] == "pending_approval")
    asked = {one["deliverable_id"] for one in approvals if one["source"] == "portal"}
    rows = _of(documents, "deliverables", task_id=task_id)
    assert [row["ref"] for row in rows if row["delivered_at"] and row["deliverable_id"] not in asked] == []


def _check_stage(walk: Walk, task: Document, act: str | None) -> None:
    if task["bundle_id"] is None:
        return
    with walk.workbench.reading(walk.people["mara"]) as tx:
        events = tx.find(Event, entity_id=task["bundle_id"], order_by=("seq",))
    moved = [event for event in events if "stage" in (event.after or {})]
    assert not moved or moved[-1].act_id != act, "the stage is where its completion brought it"


def _check_dates(walk: Walk, documents: Documents, task: Document, act: str | None) -> None:
    counts_from = f"task_completed:{task['template_task_ref']}"
    for one in _of(documents, "tasks", bundle_id=task["bundle_id"]):
        if task["bundle_id"] is None or (one["due_rule"] or {}).get("from") != counts_from:
            continue
        with walk.workbench.reading(walk.people["mara"]) as tx:
            events = tx.find(Event, entity_id=one["task_id"], order_by=("seq",))
        dated = [event for event in events if "due_date" in (event.after or {})]
        is_open = one["closed_at"] is None
        assert not (is_open and dated and dated[-1].act_id == act), "it is due by what did not happen"
