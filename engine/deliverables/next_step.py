"""The one step that comes next with a task: what it owes first, or the verb that takes it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.deliverables import resubmission
from engine.deliverables.actions import TaskAction
from engine.deliverables.models import Deliverable
from engine.deliverables.rounds import ApprovalState
from engine.errors import Violation

#: The verbs that are refused while something is owed.
FINISHING = frozenset({"complete", "request_approval"})
#: What is owed, in the order in which one gives it: the area of its guard, and what to do.
_GIVEN = {
    "steps": "Tick what is left",
    "deliverables": "Hand over",
    "proof": "Give proof",
    "links": "Fill the link",
}


@dataclass(frozen=True)
class NextStep:
    """What the one primary button says and does."""

    label: str
    #: The verb that it does at once; None where it leads to what has to be given first.
    verb: str | None = None
    #: The first thing that has to be given.
    owed: Violation | None = None
    #: The rejected version whose next one has to be handed over first.
    rejected: Deliverable | None = None


def next_step(
    offered: Sequence[TaskAction], violations: Sequence[Violation], state: ApprovalState | None
) -> NextStep | None:
    """Return what comes next with a task; None where nothing can be done with it now.

    ``offered`` is what ``actions.allowed`` gives, ``violations`` what stands in the way of completion, and
    ``state`` where its approvals stand. No verb comes next that would be refused for what the task owes:
    first the next version of what was rejected, then steps, deliverables, proof and links.
    """
    primary = next((action for action in offered if action.is_primary), None)
    if primary is None or primary.name not in FINISHING:
        return None if primary is None else NextStep(primary.label, primary.name)
    if state is not None and (rejected := resubmission.rejected_of(state)):
        return NextStep(f"Hand over version {rejected[0].version_number + 1}", rejected=rejected[0])
    for area, label in _GIVEN.items():
        if owed := next((item for item in violations if item.area == area), None):
            return NextStep(label, owed=owed)
    if state is not None and (unseen := next(filter(_can_be_given, state.obstacles()), None)):
        return NextStep(_GIVEN["deliverables"], owed=unseen)
    return NextStep(primary.label, primary.name)


def _can_be_given(obstacle: Violation) -> bool:
    """Whether handing something over clears it; a partner whom the task lacks nobody hands over."""
    return "deliverable_id" in obstacle.extra or obstacle.extra.get("lacks") == "deliverable"
