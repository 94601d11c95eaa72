"""A task with as many of everything that a task can have as one asks for."""

from __future__ import annotations

import io

from engine.bundles import service as bundles
from engine.bundles.models import BundleLink
from engine.deliverables import comments, versions
from engine.deliverables.models import Approval, Deliverable
from engine.reference.models import Employee
from engine.tasks import clone, files, lifecycle, notes, proof, steps
from engine.tasks.models import Proof, ProofKind, Step, Task, TaskStatus
from engine.transaction import Transaction
from tests.told import added, saved
from tests.web.maker import INTERNAL, Maker


def make_full_task(maker: Maker, bundle_id: str) -> tuple[str, str]:
    """Give Ana a task of the bundle with many of everything, and the bundle more tasks."""
    content = maker.workbench.content()
    with maker.workbench.transaction(maker.people["mara"]) as tx:
        last = max(tx.find(Task, bundle_id=bundle_id), key=lambda task: task.position)
        for place in range(maker.n):
            clone.clone(tx, content, last.task_id, {"title": f"Once more {place}"})
    with maker.workbench.transaction(maker.people["mara"]) as tx:
        [draft] = [task for task in tx.find(Task, bundle_id=bundle_id) if task.template_task_ref == "draft"]
        others = tx.find(Task, status=TaskStatus.COMPLETED, order_by=("task_id",))[: maker.n]
        task = _prepared(tx, maker, draft, [other.task_id for other in others])
        lifecycle.start(tx, task.task_id)
        bundles.fill_link(
            tx, bundle_id, tx.find(BundleLink, bundle_id=bundle_id)[0].name, "https://x.example"
        )
        for label in ("One", "Two"):
            proof.give(tx, task.task_id, label, "https://proof.example")
    task_id, stored = task.task_id, maker.workbench.blobs.put(io.BytesIO(b"a,b"), 3)
    for place in range(maker.n):
        maker.workbench.clock.advance(minutes=1)
        author = maker.people[f"w{place}"]
        with maker.workbench.transaction(maker.people["ana"]) as tx:
            name = f"report-{place}.csv"
            files.add(tx, task_id, stored, type="t", label=name, file_name=name)
            steps.complete_step(tx, task_id, f"s{place}")
        with maker.workbench.transaction(author) as tx:
            if author.sees_everything:
                notes.add(tx, task_id, f"Seen by @w{place}")
        maker.act("ana", notes.add, task_id, f"For @w{place} and @mara")
    return task_id, _versions(maker, task_id)


def _prepared(tx: Transaction, maker: Maker, task: Task, depends_on: list[str]) -> Task:
    task.depends_on, task.blocked_by = depends_on, None
    task.assignee_id = tx.find(Employee, key="ana")[0].employee_id
    task.approval, task.needs_links, task.ordered_steps = INTERNAL, [], False
    common = {"workspace_id": tx.workspace_id, "task_id": task.task_id, "created_at": tx.now}
    for place in range(maker.n):
        given = {"ref": f"s{place}", "title": f"Step {place}", "position": 100 + place}
        added(tx, Step(task_step_id=tx.new_id(Step), updated_at=tx.now, **given, **common))
    for place, label in enumerate(["One", "Two", *(f"Proof {item}" for item in range(maker.n))]):
        given = {"label": label, "kind": ProofKind.URL, "position": 100 + place}
        added(tx, Proof(task_proof_id=tx.new_id(Proof), updated_at=tx.now, **given, **common))
    return saved(tx, task)


def _versions(maker: Maker, task_id: str) -> str:
    """Let managers reject version after version; return the newest, handed over and not judged."""
    maker.act("ana", versions.add, task_id, "picture", type="text", visible_in_portal=True)
    with maker.workbench.transaction(maker.people["ana"]) as tx:
        rows = tx.find(Deliverable, task_id=task_id)
        newest = next(row for row in rows if row.ref == "picture")
        versions.edit(tx, newest.deliverable_id, url="https://docs.example/1")
        for place in range(maker.n):
            _judge(tx, maker, newest, place)
            newest = versions.new_version(tx, newest.deliverable_id, url=f"https://docs.example/v{place}")
            comments.add(tx, newest.deliverable_id, f"Now better, @w{place}", {"page": place + 1})
    for place in range(maker.n):
        name = f"w{place}"
        if maker.people[name].sees_everything:
            maker.act(name, comments.add, newest.deliverable_id, "I see @ana")
    return newest.deliverable_id


def _judge(tx: Transaction, maker: Maker, row: Deliverable, place: int) -> None:
    """Write a decision of one of the managers as it would be stored."""
    row.frozen_at = tx.now
    saved(tx, row)
    approver = maker.people[f"w{place}"]
    added(
        tx,
        Approval(
            task_approval_id=tx.new_id(Approval),
            workspace_id=tx.workspace_id,
            task_id=row.task_id,
            deliverable_id=row.deliverable_id,
            source="internal",
            status="rejected",
            reason="process",
            feedback="Again.",
            round_number=place + 1,
            requested_by=tx.actor.user_id,
            assignee_ids=[],
            approver_id=approver.user_id,
            requested_at=tx.now,
            decided_at=tx.now,
            created_at=tx.now,
            updated_at=tx.now,
            content_hash=row.content_hash,
        ),
    )
