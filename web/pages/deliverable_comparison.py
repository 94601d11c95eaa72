"""Two versions of the same thing side by side: texts, facts and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from engine.artifacts.blobs import BlobStore
from engine.deliverables.models import Deliverable
from engine.errors import NotFoundError
from engine.transaction import Transaction
from web.pages import text_diff
from web.pages.deliverable import DeliverablePage, load
from web.pages.text_diff import DiffRow


@dataclass(frozen=True)
class Comparison:
    """The earlier version on the left, the later one on the right."""

    left: DeliverablePage
    right: DeliverablePage
    #: Whether unchanged runs are shown, too.
    whole: bool

    @cached_property
    def rows(self) -> list[DiffRow] | None:
        """The texts line by line; None where they are not both text to read."""
        if self.left.text is None or self.right.text is None:
            return None
        return text_diff.compare(self.left.text, self.right.text, whole=self.whole)

    @cached_property
    def is_same_file(self) -> bool:
        """Whether both hold the same bytes."""
        return self.left.row.sha256 is not None and self.left.row.sha256 == self.right.row.sha256

    @cached_property
    def facts(self) -> list[tuple[str, str | None, str | None]]:
        """Every fact of either, as it was and as it is."""
        old, new = _all_facts(self.left), _all_facts(self.right)
        return [(name, old.get(name), new.get(name)) for name in {**old, **new}]


def compare(
    tx: Transaction, blobs: BlobStore, page: DeliverablePage, other_id: str | None, *, whole: bool
) -> Comparison:
    """Compare with another version of the same thing; with the one before, if none is named.

    Raises:
        NotFoundError: there is none, or it is another thing, or not the user's to see.
    """
    others = [row for row in page.versions if row.deliverable_id != page.row.deliverable_id]
    if not others:
        raise NotFoundError(f"{page.row.name} is the only one that you may see; there is nothing beside it.")
    found = (
        [row for row in others if row.deliverable_id == other_id] if other_id else [_default(page, others)]
    )
    if not found:
        raise NotFoundError(f"There is no version {other_id} of this that you may see. Choose another.")
    left, right = sorted((page, load(tx, blobs, found[0].deliverable_id)), key=_version_number)
    return Comparison(left, right, whole)


def _default(page: DeliverablePage, others: list[Deliverable]) -> Deliverable:
    """Return the version before, else the one after."""
    before = [row for row in others if row.version_number < page.row.version_number]
    return before[-1] if before else others[0]


def _version_number(page: DeliverablePage) -> int:
    return page.row.version_number


def _all_facts(page: DeliverablePage) -> dict[str, str]:
    file = {"file": page.file_name} if page.file_name else {}
    address = {"address": page.row.deliverable_url} if page.row.deliverable_url else {}
    return {**address, **file, **page.facts}
