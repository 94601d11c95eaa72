"""Short ways to work that waits for a decision, and to deciding it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.access import Actor
from engine.app import Workbench
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Approval, Deliverable
from engine.entities import table_specs
from engine.reference.models import Partner
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.factories import make_task
from tests.told import saved

DRAFT = "https://docs.example/draft"


def begin(
    workbench: Workbench, manager: Actor, sources: Sequence[str] = ("internal",), *, worker: str = "ana"
) -> tuple[Task, Deliverable]:
    """Make a task of acme's in progress that hands over one address and needs these approvals."""
    task = make_task(workbench, actor=manager, title="Write for the partner", assignee=worker)
    with workbench.transaction(manager) as tx:
        task = tx.get(Task, task.task_id)
        task.approval = {"required": True, "sources": list(sources)} if sources else {}
        acme = tx.find_one(Partner, key="acme")
        assert acme is not None
        task.partner_id = acme.partner_id
        saved(tx, task)
        row = versions.add(tx, task.task_id, "draft", type="text", visible_in_portal=True)
    return task, row


def hand_over(
    workbench: Workbench, worker: Actor, task: Task, row: Deliverable, url: str = DRAFT
) -> Approval:
    """Let the worker give the address and ask for the next decision; return what waits."""
    with workbench.transaction(worker) as tx:
        lifecycle.start(tx, task.task_id)
    with workbench.transaction(worker) as tx:
        versions.edit(tx, row.deliverable_id, url=url)
    return ask(workbench, worker, task)


def ask(workbench: Workbench, worker: Actor, task: Task) -> Approval:
    """Let the worker ask for the next decision; return what waits."""
    with workbench.transaction(worker) as tx:
        approvals.request(tx, task.task_id)
    [waiting] = open_ones(workbench, task)
    return waiting


def open_ones(workbench: Workbench, task: Task) -> list[Approval]:
    """Find what of the task waits for a decision."""
    with workbench.reading(workbench.operator()) as tx:
        return [item for item in approvals.of_task(tx, task.task_id) if item.is_open]


def seen(workbench: Workbench, approval: Approval) -> str:
    """Return the hash of what the approval is about, as it is now."""
    with workbench.reading(workbench.operator()) as tx:
        row = tx.find_by_key(Deliverable, approval.deliverable_id)
    assert row is not None
    return row.content_hash


def decide(
    workbench: Workbench, who: Actor, approval: Approval, outcome: str, feedback: str | None = None
) -> Approval:
    """Decide on what is there now."""
    look = seen(workbench, approval)
    with workbench.transaction(who) as tx:
        return decisions.decide(tx, approval.task_approval_id, outcome, feedback, seen=look)


def versions_of(workbench: Workbench, task: Task) -> list[Deliverable]:
    """List what the task hands over, oldest version first."""
    with workbench.reading(workbench.operator()) as tx:
        found = tx.find(Deliverable, task_id=task.task_id)
    return sorted(found, key=lambda row: (row.ref, row.version_number))


def current(workbench: Workbench, task: Task) -> Task:
    """Return the task as it is now."""
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def everything(workbench: Workbench) -> tuple[int, list[str]]:
    """Return the number of events and every stored document, to show that nothing changed."""
    database = workbench.database
    texts = [
        text
        for spec in table_specs()
        if not spec.append_only
        for text in database.table(spec.name).select_rows({}, spec.key)
    ]
    return database.head(workbench.workspace.workspace_id).position, texts
