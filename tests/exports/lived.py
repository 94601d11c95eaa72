"""A workspace in which people have worked: every kind of record, and texts that are hard to carry."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from engine.app import Workbench
from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.tasks import deliverables, lifecycle, notes, proof, steps
from engine.tasks.models import Task
from tests.factories import make_bundle, make_people, make_task

#: What CSV, SQL and shells stumble over.
HARD_TEXT = (
    'He said: "it\'s \\\\. done",\n\ttab, \\N, \\x41, 50 % — Ünïcödé, 漢字, 😀, \u2028 \u0085, $$, {}, NULL'
)


def live(workbench: Workbench, *others: str) -> Bundle:
    """Work through most of a monthly tax report, beside ``others`` that only started; return its bundle."""
    make_people(workbench)
    for key in others:
        make_bundle(workbench, key, campaign="acme_spring", title=f"{key} {HARD_TEXT}"[:200])
    bundle = make_bundle(workbench, "monthly_tax_report", idempotency_key="once")
    blob = workbench.blobs.put(io.BytesIO(b"%PDF statement \x00\xff"), 1000)
    with workbench.transaction(workbench.operator()) as tx:
        by_ref: dict[Any, str] = {
            task.template_task_ref: task.task_id for task in tx.find(Task, bundle_id=bundle.bundle_id)
        }
        skipped = by_ref["open_bookkeeping_report"]
        lifecycle.skip(tx, skipped, "fixed monthly spreadsheet reused", "the link of last month stands")
        finom = by_ref["create_bank_statements_finom"]
        label = "Finom statement of the month"
        proof.give_file(tx, finom, label, blob, file_name="finom.pdf", content_type="application/pdf")
        lifecycle.start(tx, by_ref["convert_currencies"])
        notes.add(tx, by_ref["convert_currencies"], HARD_TEXT)
    with workbench.transaction(workbench.operator()) as tx:
        _complete(tx, by_ref["review_update_todos"])
        _complete(tx, finom)
        lifecycle.wait(tx, by_ref["convert_currencies"], "the bank", comment=HARD_TEXT)
        bundles.fill_link(tx, bundle.bundle_id, "Accountant email thread", "mailto:tax@example.com")
    _stand_alone(workbench)
    return bundle


def _stand_alone(workbench: Workbench) -> None:
    first = make_task(
        workbench, title="A" + HARD_TEXT, description="", tags=["ein Tag"], metadata={"x": [1.5, None]}
    )
    second = make_task(workbench, depends_on=[first.task_id], due_date=date(2026, 12, 24))
    with workbench.transaction(workbench.operator()) as tx:
        steps.add_step(tx, first.task_id, "Sharpen the pencil", required=True)
        row = deliverables.add(tx, first.task_id, "draft", type="text")
        deliverables.edit(tx, row.deliverable_id, url="https://example.com/draft", meta={"words": 7})
        lifecycle.cancel(tx, second.task_id, "not this year")


def _complete(tx: Any, task_id: str) -> None:
    for step in tx.find(steps.Step, task_id=task_id):
        if step.required and not step.is_completed:
            steps.complete_step(tx, task_id, step.ref)
    for asked in tx.find(proof.Proof, task_id=task_id):
        if not asked.is_given:
            facts = {"system": "bank", "reference": "7", "status": "settled"}
            proof.give(tx, task_id, asked.label, facts)
    lifecycle.complete(tx, task_id)
