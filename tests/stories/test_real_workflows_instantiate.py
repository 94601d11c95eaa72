"""The real workflows instantiate with exactly the offsets, phases, links and proof kinds of their tables."""

from __future__ import annotations

from datetime import date, timedelta

from engine.app import Workbench
from engine.bundles import describe, pins
from engine.tasks.models import Proof, Task
from tests.content import check_data
from tests.content.expected_workflows import ALL_LINKS, WORKFLOWS, ExpectedTask
from tests.factories import make_bundle

#: From a leap day, the offsets of all three cross month ends in both directions.
ANCHORS = {
    "newsletter": date(2028, 2, 29),
    "podcast_episode": date(2026, 12, 31),
    "monthly_tax_report": date(2027, 3, 1),
}


def row_of(task: Task, proofs: list[Proof], anchor: date) -> ExpectedTask:
    """Return the figures of a task as the expected tables have them."""
    reasons = task.skip["reasons"] if task.skip else []
    return ExpectedTask(
        ref=str(task.template_task_ref),
        offset_days=(task.due_date - anchor).days,
        phase=str(task.phase),
        proof=tuple((str(proof.kind), proof.required) for proof in proofs),
        fills_link=task.fills_link,
        role=str(task.assignee_role),
        milestone=task.milestone,
        stage_on_complete=task.stage_on_complete,
        follow_up_days=(task.waiting_defaults or {}).get("follow_up_days"),
        skip=tuple((reason["text"], waived(reason)) for reason in reasons),
    )


def waived(reason: dict) -> tuple[str, ...]:
    links = (reason["waives"] or {}).get("links") or []
    return ALL_LINKS if links == "all" else tuple(links)


def test_the_real_workflows_instantiate_as_their_tables_say(either_workbench: Workbench):
    for expected in WORKFLOWS:
        anchor = ANCHORS[expected.key]
        bundle = make_bundle(either_workbench, expected.key, anchor_date=anchor)
        with either_workbench.reading(either_workbench.operator()) as tx:
            shown = describe.describe(tx, bundle)
            tasks = tx.find(Task, bundle_id=bundle.bundle_id)
            proofs = {
                task.task_id: tx.find(Proof, task_id=task.task_id, order_by=("position",)) for task in tasks
            }
        tasks.sort(key=lambda task: task.position)
        found = expected._replace(
            links=tuple(link["name"] for link in shown["links"] if link["required"]),
            tasks=tuple(row_of(task, proofs[task.task_id], anchor) for task in tasks),
        )
        assert check_data.differences(expected, found) == []
        with either_workbench.reading(either_workbench.operator()) as tx:
            pinned = pins.resolved_of(tx, bundle).template
        assert tuple((phase.key, phase.stage) for phase in pinned.phases) == expected.phases
        assert shown["stage"] == expected.phases[0][1]
        assert {link["state"] for link in shown["links"]} == {"empty"}
        assert len(tasks) == len(expected.tasks)
        for task in tasks:
            assert task.due_date == anchor + timedelta(days=task.due_rule["offset"])
