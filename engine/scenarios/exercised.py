"""What a scenario has put to the test: read from the records and events that it left, and its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.access import ApprovalSource
from engine.audit import history
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval, Deliverable
from engine.errors import WorkbenchError
from engine.reminders.models import Reminder
from engine.scenarios.checking import split
from engine.scenarios.stage import Stage
from engine.tasks.models import TaskStatus
from engine.transaction import Transaction


class Possibility(NamedTuple):
    """Something that a template makes possible."""

    #: The ref of a task; empty for the bundle as a whole.
    task: str
    #: What happens: ``completed``.
    what: str
    #: Which of several: the reason of a skip, the label of a proof.
    which: str = ""

    @property
    def said(self) -> str:
        """What people read of it."""
        told = f"{self.what} {self.which}".strip()
        return f"{self.task}: {told}" if self.task else told


COMPLETED, MADE, LEFT_OUT, WAITED = "completed", "made", "left out by its `when`", "waited for somebody"
SKIPPED, HANDED_OVER, REMINDED = "skipped:", "handed over:", "reminded:"
USED, STARTED = "started with", "started for"
PERMITTED, FORBIDDEN = "permitted to run", "forbidden to run"
#: The area of a violation -> how its refusal is told.
REFUSALS = {
    "proof": "refused without the proof",
    "deliverables": "refused without the deliverable",
    "links": "refused without the link",
    "steps": "refused with an open step",
    "dependencies": "refused before",
}
#: More events than any bundle has.
_ALL = 1_000_000
_DECIDED = {ApprovalSource.INTERNAL: "by the team", ApprovalSource.PORTAL: "by the partner"}
_EVENTS = {Action.HUMAN_REVIEW_APPROVED: PERMITTED, Action.HUMAN_REVIEW_REJECTED: FORBIDDEN}
_MOVES = {TaskStatus.COMPLETED: COMPLETED, TaskStatus.WAITING: WAITED}


def decided(source: ApprovalSource, *, is_positive: bool) -> str:
    """Say what a decision is told as."""
    return f"{'approved' if is_positive else 'rejected'} {_DECIDED[source]}"


def used(name: str, value: object) -> Possibility:
    """Return that a parameter had a value at the start."""
    return Possibility("", USED, f"{name}: {str(value).lower() if isinstance(value, bool) else value}")


@dataclass
class Exercised:
    """What was seen while a scenario was played and no record tells."""

    #: (ref of the task, area of the violation, what it is about).
    refusals: set[tuple[str, str, str]] = field(default_factory=set)

    def refused(self, error: WorkbenchError, subject: object) -> None:
        """Remember what a refusal names."""
        for detail in error.details:
            area = str(detail.get("area", ""))
            self.refusals.add((split(subject)[0], area, str(detail.get("subject", ""))))


def exercised(stage: Stage, seen: Exercised) -> frozenset[Possibility]:
    """Return what a scenario that was played has put to the test."""
    if stage.bundle_id is None:
        return frozenset()
    with stage.looking() as tx:
        return frozenset([*_of_tasks(tx, stage), *_of_bundle(tx, stage), *_of_refusals(stage, seen)])


def _of_tasks(tx: Transaction, stage: Stage) -> Iterator[Possibility]:
    refs = _refs(stage)
    for definition in stage.resolved.template.tasks:
        yield Possibility(definition.ref, MADE if definition.ref in stage.tasks else LEFT_OUT)
    for event in history.timeline(tx, bundle_id=stage.bundle_id, limit=_ALL):
        yield from _of_event(event, refs.get(event.task_id or "", ""))
    ids = sorted(refs)
    for approval in tx.find(Approval, task_id=ids):
        if approval.is_decided:
            what = decided(approval.source, is_positive=approval.is_positive)
            yield Possibility(refs[approval.task_id], what)
    for row in tx.find(Deliverable, task_id=ids):
        if row.is_submitted:
            yield Possibility(refs[row.task_id], HANDED_OVER, row.ref)
    for reminder in tx.find(Reminder, task_id=ids):
        if reminder.state.is_told:
            yield Possibility(refs[reminder.task_id or ""], REMINDED, reminder.type)


def _of_event(event: Event, ref: str) -> Iterator[Possibility]:
    after = event.after or {}
    if event.action in _EVENTS:
        yield Possibility(ref, _EVENTS[event.action])
    elif event.action is Action.TASK_STATUS_CHANGED:
        status = TaskStatus(after["status"])
        if status is TaskStatus.SKIPPED:
            yield Possibility(ref, SKIPPED, after.get("skip_reason") or "")
        elif status in _MOVES:
            yield Possibility(ref, _MOVES[status])


def _of_bundle(tx: Transaction, stage: Stage) -> Iterator[Possibility]:
    bundle = tx.get(Bundle, stage.bundle_id)
    for name, value in bundle.parameters.items():
        yield used(name, value)
    for origin in stage.resolved.origins.values():
        if origin.level != "global":
            yield Possibility("", STARTED, of_file(origin.file))


def of_file(path: str) -> str:
    """Say whose an override is, by the path of its file."""
    _, _, level, key, _ = path.split("/")
    return f"the {level.removesuffix('s')} {key}"


def _of_refusals(stage: Stage, seen: Exercised) -> Iterator[Possibility]:
    refs = _refs(stage)
    for ref, area, subject in seen.refusals:
        if area in REFUSALS:
            yield Possibility(ref, REFUSALS[area], "" if area == "steps" else refs.get(subject, subject))


def _refs(stage: Stage) -> dict[str, str]:
    return {task_id: ref for ref, task_id in stage.tasks.items()}
