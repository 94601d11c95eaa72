"""What the reads over QA give: the rows of the queue, a page of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.qa.models import QaReview
from engine.tasks.read_models import DocumentRow


class QaState(StrEnum):
    """Where a flagged task stands; the order of the queue."""

    OPEN = "open"  #: waits for a score
    REVIEWED = "reviewed"  #: was scored; it stays flagged


@dataclass(frozen=True, kw_only=True)
class QaRow:
    """One line of the queue."""

    row: DocumentRow
    #: The newest score, if there is one already.
    latest: QaReview | None
    #: Who completed it, where it is assigned to nobody; None where the system did, and for all others.
    completed_by: str | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of the queue; ``total`` is of the states asked for."""

    items: list[QaRow]
    total: int
    by_state: Mapping[QaState, int]
    limit: int
    offset: int
