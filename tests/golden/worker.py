"""Somebody who finishes whatever work a store holds, as people do it: through the use cases."""

from __future__ import annotations

from dataclasses import dataclass

from engine import commands
from engine.access import ApprovalSource, Outcome
from engine.accounts.models import User
from engine.app import Workbench
from engine.bundles import service as bundles
from engine.bundles.models import BundleLink, LinkState
from engine.deliverables import approvals, entitlement, versions
from engine.deliverables.inputs import Decide
from engine.deliverables.models import Approval, Deliverable
from engine.deliverables.rounds import Standing, newest
from engine.tasks import dependencies, facts, lifecycle, proof, steps
from engine.tasks.models import Proof, ProofKind, Step, Task, TaskStatus
from engine.transaction import Transaction

ADDRESS = "https://files.example/1"
EVIDENCE = {
    ProofKind.URL: ADDRESS,
    ProofKind.COMMENT: "done",
    ProofKind.FILE: {"file_name": "a.pdf", "size_bytes": 5},
    ProofKind.EXTERNAL_STATUS: {"system": "bank", "reference": "1", "status": "done"},
}


@dataclass(frozen=True)
class Worker:
    """Works as the local operator; whoever is entitled decides."""

    workbench: Workbench

    def finish(self, bundle_id: str) -> None:
        """Do every open task of a bundle, each after those it depends on; fill its links; complete it."""
        while (task_id := self._next(bundle_id)) is not None:
            self.complete(task_id)
        with self.workbench.transaction(self.workbench.operator()) as tx:
            for link in tx.find(BundleLink, bundle_id=bundle_id):
                if link.state is LinkState.EMPTY:
                    bundles.fill_link(tx, bundle_id, link.name, ADDRESS)
            bundles.complete(tx, bundle_id)

    def complete(self, task_id: str) -> None:
        """Prepare a task and complete it; where it needs approvals, get them."""
        self._decide_all(task_id)  # some are with their approvers already
        self.prepare(task_id)
        with self.workbench.transaction(self.workbench.operator()) as tx:
            if not tx.get(Task, task_id).is_active:
                return
            left = {violation.code for violation in facts.blockers(tx, tx.get(Task, task_id))}
            if not left:
                lifecycle.complete(tx, task_id)
        if left:
            assert left == {"APPROVAL_MISSING"}
            self.get_approved(task_id)

    def prepare(self, task_id: str) -> None:
        """Start a task that is open and give all that it asks for."""
        with self.workbench.transaction(self.workbench.operator()) as tx:
            if not tx.get(Task, task_id).is_active:
                return
            if tx.get(Task, task_id).status is not TaskStatus.IN_PROGRESS:
                lifecycle.start(tx, task_id)
            _give_everything(tx, task_id)

    def get_approved(self, task_id: str) -> list[Approval]:
        """Ask for the approvals of a task and have each decided by somebody entitled; return them."""
        with self.workbench.transaction(self.workbench.operator()) as tx:
            approvals.request(tx, task_id)
        return self._decide_all(task_id)

    def _decide_all(self, task_id: str) -> list[Approval]:
        while (waiting := self._first_open(task_id)) is not None:
            email, approval, seen = waiting
            actor = self.workbench.actor_by_email(email)
            request = Decide(task_approval_id=approval.task_approval_id, outcome=Outcome.APPROVED, seen=seen)
            commands.execute(self.workbench, actor, commands.get("task decide"), request)
        with self.workbench.reading(self.workbench.operator()) as tx:
            return approvals.of_task(tx, task_id)

    def _next(self, bundle_id: str) -> str | None:
        with self.workbench.reading(self.workbench.operator()) as tx:
            open_ones = sorted(tx.find(Task, bundle_id=bundle_id, is_open=1), key=lambda task: task.position)
            ready = [task for task in open_ones if not dependencies.open_ones(tx, task)]
            assert bool(ready) == bool(open_ones), "tasks wait for each other in a circle"
            return ready[0].task_id if ready else None

    def _first_open(self, task_id: str) -> tuple[str, Approval, str] | None:
        """Return the first open approval, who may decide it, and what they see."""
        with self.workbench.reading(self.workbench.operator()) as tx:
            open_ones = [item for item in approvals.of_task(tx, task_id) if item.is_open]
            emails = [user.email for user in tx.find(User) if user.is_active]
            seen = {row.deliverable_id: row.content_hash for row in tx.find(Deliverable, task_id=task_id)}
        for approval in open_ones:
            for email in emails:
                with self.workbench.reading(self.workbench.actor_by_email(email)) as tx:
                    if entitlement.why_not(tx, approval) is None:
                        return email, approval, seen[approval.deliverable_id]
        assert not open_ones, "nobody may decide"
        return None


def can_be_edited(tx: Transaction, row: Deliverable) -> bool:
    """Say whether nobody has judged a version, and its task can be worked on now."""
    task = tx.get(Task, row.task_id)
    is_free = task.is_active and task.status is not TaskStatus.PENDING_APPROVAL
    return is_free and not row.is_frozen and not dependencies.open_ones(tx, task)


def _give_everything(tx: Transaction, task_id: str) -> None:
    for step in sorted(tx.find(Step, task_id=task_id), key=lambda step: step.position):
        if not step.is_completed:
            steps.complete_step(tx, task_id, step.ref)
    for owed in tx.find(Proof, task_id=task_id):
        if not owed.is_given:
            proof.give(tx, task_id, owed.label, EVIDENCE[owed.kind])
    for row in newest(tx.find(Deliverable, task_id=task_id)):
        if row.is_missing:
            versions.edit(tx, row.deliverable_id, url=ADDRESS)
    for lineage in approvals.state_of(tx, tx.get(Task, task_id)).lineages:
        if Standing.REJECTED in {lineage.standing(source) for source in ApprovalSource}:
            versions.new_version(tx, lineage.newest.deliverable_id, url=ADDRESS)
    codes = {violation.code for violation in facts.blockers(tx, tx.get(Task, task_id))}
    for link in tx.find(BundleLink, bundle_id=tx.get(Task, task_id).bundle_id):
        if "MISSING_LINK" in codes and link.state is LinkState.EMPTY:
            bundles.fill_link(tx, link.bundle_id, link.name, ADDRESS)
