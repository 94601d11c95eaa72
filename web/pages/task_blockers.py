"""What stands in the way of a task's completion, and where on the pages each can be put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.deliverables.next_step import NextStep
from engine.errors import Violation
from engine.tasks import dependencies
from engine.tasks.facts import Case
from engine.tasks.models import TaskStatus
from engine.transaction import Transaction

#: One reason with the address where the user can put it right; None where they cannot.
Blocker = tuple[Violation, str | None]


@dataclass(frozen=True)
class Blockers:
    """The unmet guards of one task, as the signed-in user may read them."""

    #: Everything, in the order of the guards; nothing for a task that is closed.
    all: Sequence[Blocker]
    is_judged: bool

    @property
    def own(self) -> Sequence[Blocker]:
        """What the worker can do about it: while approvers decide, their part is shown where they do."""
        return self.before_request if self.is_judged else self.all

    @property
    def before_request(self) -> list[Blocker]:
        """What must be done before approval can be requested (APR-02)."""
        return [(item, where) for item, where in self.all if item.area != "approval"]


def read(tx: Transaction, case: Case) -> Blockers:
    """List what stands in the way of a task."""
    found = dependencies.redact(tx, case.violations) if case.task.is_active else []
    is_judged = case.task.status is TaskStatus.PENDING_APPROVAL
    return Blockers([(item, mended_at(item)) for item in found], is_judged)


def mended_at(item: Violation) -> str | None:
    """Return where a reason is put right, from the task's page on; None where there is no such place."""
    if item.area == "proof":
        return f"#proof-{item.extra.get('task_proof_id')}"
    if item.area == "deliverables" or (item.area == "approval" and "deliverable_id" in item.extra):
        return f"#deliverable-{item.extra.get('deliverable_id')}"
    if item.extra.get("lacks") == "deliverable":
        return "#deliverables"
    if item.area == "steps":
        return f"#step-{item.extra.get('task_step_id')}"
    if item.area == "dependencies":
        is_hidden = item.subject.startswith("#")  # a number is all that the user may know of it (DEP-07)
        return None if is_hidden else f"/tasks/{item.subject}"
    return "#links" if item.area == "links" else None


def given_at(step: NextStep) -> str:
    """Return where on the task's page the next step is given; empty where its button does it at once."""
    if step.rejected is not None:
        return f"#next-{step.rejected.deliverable_id}"
    return (mended_at(step.owed) or "#blockers") if step.owed is not None else ""
