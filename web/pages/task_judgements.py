"""What others say about a task, as its page shows it: decisions on versions, answers for help, QA scores."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property

from engine.qa import service as qa
from engine.qa.models import QaReview
from engine.tasks import approvals, resubmission
from engine.tasks.models import Approval, Deliverable, Note, NoteKind, Task, TaskStatus
from engine.transaction import Transaction
from web.pages import task_versions
from web.pages.task_versions import Versions, Waiting


@dataclass(frozen=True)
class Judgements:
    """What was handed over for judgement, what waits, and what was said, as the signed-in user may see it."""

    tx: Transaction = field(repr=False)
    task: Task
    _: KW_ONLY
    #: Whether the user may hand over now.
    may_change: bool

    @cached_property
    def deliverables(self) -> list[Versions]:
        """What is handed over, version by version."""
        rows = self.tx.find(Deliverable, task_id=self.task.task_id, order_by=("deliverable_id",))
        return task_versions.of_task(self.task, rows, self._approvals, may_change=self.may_change)

    @cached_property
    def waiting(self) -> list[Waiting]:
        """What waits for a decision now."""
        return task_versions.open_approvals(self.tx, self._approvals)

    @property
    def said_by_approvers(self) -> list[tuple[Deliverable, Approval]]:
        """What to change, until the next version is there: the version judged, and the decision."""
        if not self.task.is_active or self.task.status is TaskStatus.PENDING_APPROVAL:
            return []
        return [
            (item.row, item.last_decision)
            for item in self.deliverables
            if item.last_decision is not None and item.last_decision.status in task_versions.ASKS_FOR_WORK
        ]

    @property
    def next_version(self) -> Deliverable | None:
        """The first rejected version that the user should follow with the next one: the thing to do now."""
        for item in self.deliverables:
            if item.may_follow and item.row in self._rejected:
                return item.row
        return None

    def others_rejected(self, row: Deliverable) -> list[Deliverable]:
        """Return what else was rejected and needs its next version before anything is requested."""
        return [other for other in self._rejected if other.deliverable_id != row.deliverable_id]

    @property
    def help_dialogue(self) -> list[Note]:
        """The open question of the worker and what was answered since, oldest first."""
        if self.task.status is not TaskStatus.HELP_NEEDED:
            return []
        kinds = (NoteKind.HELP_REQUEST, NoteKind.HELP_ANSWER)
        notes = self.tx.find(Note, task_id=self.task.task_id, order_by=("created_at",))
        said = [note for note in notes if note.kind in kinds]
        asked = [place for place, note in enumerate(said) if note.kind is NoteKind.HELP_REQUEST]
        return said[asked[-1] :] if asked else []

    @cached_property
    def reviews(self) -> list[QaReview]:
        """The QA scores that the user may read, oldest first."""
        return qa.reviews_of(self.tx, self.task.task_id) if self.task.qa_flagged else []

    @cached_property
    def _approvals(self) -> list[Approval]:
        return approvals.of_task(self.tx, self.task.task_id)

    @cached_property
    def _rejected(self) -> list[Deliverable]:
        return resubmission.rejected(self.tx, self.task)
