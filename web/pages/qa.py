"""What the pages of QA show: the queue, and one task with its whole history and the form for the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.catalog.catalog import Content
from engine.deliverables.models import Deliverable
from engine.inputs import whole_number
from engine.qa import performer, service
from engine.qa.models import QaReview, ReviewType
from engine.qa.read_models import Page, QaState
from engine.reference.models import CampaignAttachment, Employee
from engine.reports.guidance import material_of
from engine.tasks import lookup
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.pages import task_loading
from web.pages.choices import Choices
from web.pages.task import TaskPage
from web.pages.task_versions import Version
from web.wording import meanings

#: The scale in words, best first.
SCORES: tuple[tuple[int, str], ...] = (
    (5, "Excellent: others can learn from it"),
    (4, "Good: nothing that matters"),
    (3, "Fair: usable, with things to learn"),
    (2, "Weak: somebody had to fix it"),
    (1, "Poor: it had to be done again"),
)
#: Scores of one task that are shown at once.
MOST_REVIEWS = 20
_LARGEST_NUMBER = 999_999_999
_PASSED = {"true": True, "false": False, "": None}


@dataclass(frozen=True)
class Choice:
    """One state that the queue can be narrowed to; the empty key is all."""

    key: str
    label: str
    total: int


def choices(page: Page) -> list[Choice]:
    """Return the states of the queue with their totals, all of them first."""
    totals = page.by_state
    return [
        Choice("", "All", sum(totals.values())),
        Choice(QaState.OPEN, "To score", totals[QaState.OPEN]),
        Choice(QaState.REVIEWED, "Scored", totals[QaState.REVIEWED]),
    ]


def number(text: str | None, otherwise: int) -> int:
    """Read a whole number from an address; anything else gives the default."""
    found = whole_number(text, 0, _LARGEST_NUMBER)
    return otherwise if found is None else found


@dataclass(frozen=True, kw_only=True)
class QaPage(TaskPage):
    """A task for whoever scores it: everything that happened is shown, nothing of the work can be changed."""

    #: Whether the user did the task, so that somebody else scores it.
    is_own_work: bool
    #: Who gets the feedback.
    performer_name: str | None

    @property
    def address(self) -> str:
        """Where this page is."""
        return f"/qa/{self.task.task_id}"

    @property
    def versions(self) -> list[tuple[Deliverable, Sequence[Version]]]:
        """What was handed over: each thing with all its versions, newest first."""
        return [(item.row, [item.newest, *item.earlier]) for item in self.deliverables]

    @property
    def shown_reviews(self) -> Sequence[QaReview]:
        """The latest scores, or all where that is asked for."""
        return self.reviews if self.is_whole else self.reviews[-MOST_REVIEWS:]

    @property
    def types(self) -> Choices:
        """What a review may be for, as the choices of a field."""
        return [(key, f"{key}: {meaning}") for key, meaning in meanings(ReviewType).items()]

    @property
    def suggested_type(self) -> ReviewType:
        """What the next review is for, unless the reviewer says otherwise."""
        return service.suggested_type(self.task, self.reviews)

    @property
    def version_choices(self) -> Choices:
        """The versions that a score may name, as the choices of a field; the task as a whole first."""
        named = [
            version.row for _, versions in self.versions for version in versions if version.row.is_submitted
        ]
        return [("", "the task as a whole"), *((row.deliverable_id, row.name) for row in named)]


def load(
    tx: Transaction, content: Content, text: str, last_note: str | None = None, *, is_whole: bool = False
) -> QaPage:
    """Return the page of the task that an id, a number or a UUID names; ``is_whole`` shows all scores.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    task = lookup.find(tx, text)
    facts = task_loading.read(tx, content, task, last_note, may_work=False)
    facts["attachments"] = _attachments(tx, task)
    return QaPage(
        **facts,
        is_own_work=performer.is_own_work(tx, task),
        performer_name=performer_name(tx, task),
        is_whole=is_whole,
    )


def performer_name(tx: Transaction, task: Task) -> str | None:
    """Return who gets the feedback on a task."""
    employee_id = performer.performer_of(tx, task)
    found = tx.find_by_key(Employee, employee_id) if employee_id else None
    return found.name if found else None


def _attachments(tx: Transaction, task: Task) -> list[CampaignAttachment]:
    """Return the material that was attached while the work was done, not what is now (ATT-07)."""
    began, ended = task.first_started_at or task.created_at, task.closed_at or tx.now
    return [
        item
        for item in material_of(tx, task)
        if item.added_at <= ended and (item.removed_at is None or item.removed_at >= began)
    ]
