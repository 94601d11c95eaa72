"""Tasks that hand something over, and the rounds of their approvals, for tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Approval, Deliverable
from engine.errors import (
    CompletionRefusedError,
)
from engine.reference.models import Partner
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.engine.conftest import NOW, Bench
from tests.told import added

INTERNAL = {"required": True, "sources": ["internal"], "reason": "process"}
BOTH = {"required": True, "sources": ["internal", "portal"], "reason": "process"}
PORTAL = {"required": True, "sources": ["portal"], "reason": "process"}


def with_deliverable(bench: Bench, approval: dict, *refs: str, visible: bool = True, **fields) -> str:
    """Make a task of Ana's in progress that hands over an address for each ref, and return its id."""
    partner_id = with_partner(bench)
    task_id = bench.make("mara", assignee="ana", **fields)
    bench.change(task_id, approval=approval, partner_id=partner_id)
    bench.parts(task_id, *({"type": "text", "ref": ref, "visible_in_portal": visible} for ref in refs))
    with bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
    for row in rows(bench, task_id):
        with bench.writing("ana") as tx:
            versions.edit(tx, row.deliverable_id, url=f"https://docs.example/{row.ref}")
    return task_id


def with_partner(bench: Bench) -> str:
    """Join Pat to the one partner, and return its id."""
    known = bench.actors["pat"].partner_id
    if known:
        with bench.reading() as tx:
            if tx.find_by_key(Partner, known):
                return known
    with bench.writing("system") as tx:
        partner_id = tx.new_id(Partner)
        common = {"workspace_id": bench.workspace_id, "created_at": NOW, "updated_at": NOW}
        added(tx, Partner(partner_id=partner_id, key="acme", name="Acme", **common))
    bench.actors["pat"] = replace(bench.actors["pat"], partner_id=partner_id)
    return partner_id


def rows(bench: Bench, task_id: str) -> list[Deliverable]:
    with bench.reading() as tx:
        found = tx.find(Deliverable, task_id=task_id)
    return sorted(found, key=lambda row: (row.ref, row.version_number))


def ask(bench: Bench, task_id: str, by: str = "ana") -> Task:
    with bench.writing(by) as tx:
        return approvals.request(tx, task_id)


def open_ones(bench: Bench, task_id: str) -> list[Approval]:
    return [item for item in all_of(bench, task_id) if item.is_open]


def all_of(bench: Bench, task_id: str) -> list[Approval]:
    with bench.reading() as tx:
        return approvals.of_task(tx, task_id)


def decide(
    bench: Bench, approval: Approval, outcome: str, feedback: str | None = None, by: str = "mara", **more
):
    with bench.reading("olga") as tx:
        row = tx.find_by_key(Deliverable, approval.deliverable_id)
    with bench.writing(by) as tx:
        seen = more.pop("seen", row.content_hash)
        return decisions.decide(tx, approval.task_approval_id, outcome, feedback, seen=seen, **more)


def decide_all(
    bench: Bench, task_id: str, outcome: str, feedback: str | None = None, by: str = "mara"
) -> None:
    for approval in open_ones(bench, task_id):
        decide(bench, approval, outcome, feedback, by)


def codes(bench: Bench, task_id: str) -> list[str]:
    with bench.reading("ana") as tx, pytest.raises(CompletionRefusedError) as refused:
        lifecycle.complete(tx, task_id)
    return [violation.code for violation in refused.value.violations]
