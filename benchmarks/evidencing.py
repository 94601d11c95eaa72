"""What the work says about templates, beside one SQL aggregate over the same rows (D13)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, and_, case, cast, func, select

from benchmarks import measure
from benchmarks.fill import TEMPLATES
from benchmarks.measure import Figure
from benchmarks.stand import Stand
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle, BundleStatus
from engine.evidence.gather import of_template
from engine.tasks.models import Step, Task, TaskStatus
from engine.transaction import Transaction

_TOPIC = "What the work says"


def beside_sql(stand: Stand, times: int, database: str = "") -> list[Figure]:
    """Compare the evidence on all templates with one statement over the same tasks, steps and waits."""
    with stand.workbench.reading(stand.admin) as tx:
        bundles = tx.count(Bundle, status=BundleStatus.COMPLETED)
        cases = {
            "evidence": lambda: [of_template(tx, stand.content, key) for key in TEMPLATES],
            "aggregate": lambda: _aggregate(tx),
        }
        found = measure.interleave(cases, rounds=max(3, times // 4))
    ours, theirs = found["evidence"], found["aggregate"]
    what = f"evidence : one SQL aggregate over the same {bundles:,} completed bundles{database}"
    return [
        measure.at_most(_TOPIC, what, measure.ratio(ours, theirs, database), 3, measure.pair(ours, theirs))
    ]


def _aggregate(tx: Transaction) -> list[Any]:
    """Count by revision and task: runs, those done and on time, steps ticked and left out, waits."""
    tx.flush()
    tasks, steps, events = (tx.database.sql_table(kind.spec.table) for kind in (Task, Step, Event))
    field = tx.database.dialect.field
    ticked = (
        select(
            steps.c.task_id,
            func.sum(case((steps.c.is_completed, 1), else_=0)).label("ticked"),
            func.sum(case((steps.c.is_left_out, 1), else_=0)).label("left_out"),
            func.min(field(steps.c.document, "completed_at")).label("first"),
            func.max(field(steps.c.document, "completed_at")).label("last"),
        )
        .group_by(steps.c.task_id)
        .subquery()
    )
    waits = (
        select(events.c.task_id, func.count().label("waits"))
        .where(
            events.c.action == Action.TASK_STATUS_CHANGED.value,
            field(events.c.document, "after", "status") == TaskStatus.WAITING.value,
        )
        .group_by(events.c.task_id)
        .subquery()
    )
    late = field(tasks.c.document, "first_late_seconds")
    revision = field(tasks.c.document, "template_hash").label("template_revision")
    ref = field(tasks.c.document, "template_task_ref").label("template_ref")
    counted = (
        select(
            revision,
            ref,
            tasks.c.status,
            func.count(),
            func.sum(case((and_(late.is_not(None), ~cast(late, Text).like("-%")), 1), else_=0)),
            func.min(field(tasks.c.document, "first_deadline")),
            func.max(field(tasks.c.document, "freed_at")),
            func.max(tasks.c.closed_at),
            func.sum(ticked.c.ticked),
            func.sum(ticked.c.left_out),
            func.min(ticked.c.first),
            func.max(ticked.c.last),
            func.sum(waits.c.waits),
        )
        .outerjoin(ticked, ticked.c.task_id == tasks.c.task_id)
        .outerjoin(waits, waits.c.task_id == tasks.c.task_id)
        .where(
            tasks.c.workspace_id == tx.workspace_id,
            tasks.c.template_id.in_(TEMPLATES),
            tasks.c.rework_of.is_(None),
        )
        .group_by("template_revision", "template_ref", tasks.c.status)
    )
    return list(tx.connection.execute(counted))
