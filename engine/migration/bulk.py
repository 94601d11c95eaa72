"""Migrates all running bundles of a template, with what became of each; a refused one holds up no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.bundles.models import Bundle, BundleStatus
from engine.bundles.visibility import BundleChange, may_change
from engine.errors import WorkbenchError
from engine.migration.apply import apply
from engine.migration.matrix import Verdict
from engine.migration.preview import preview
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


class Outcome(StrEnum):
    """What became of one bundle."""

    MIGRATED = "migrated"  #: it follows the newer template, or would
    UNCHANGED = "unchanged"  #: it has this revision
    UNDECIDED = "needs a decision"  #: nothing was said for what a person has to say
    BLOCKED = "blocked"  #: an open approval has to be decided first
    REFUSED = "refused"  #: something in it cannot be right with the newer template


@dataclass(frozen=True)
class Result:
    """What became of one bundle, and why, where it was not migrated."""

    bundle_id: str
    title: str
    outcome: Outcome
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "bundle_id": self.bundle_id,
            "title": self.title,
            "outcome": self.outcome.value,
            "why": self.why,
        }


def migrate_all(
    tx: Transaction, content: Content, template: str, *, choice: str | None, most: int, dry_run: bool
) -> list[Result]:
    """Migrate the running bundles of a template that the actor may migrate, oldest first, ``most`` at once.

    ``choice`` is for everything that needs a decision; without it such bundles stay as they are.
    """
    found: list[Result] = []
    order = ("created_at", "bundle_id")
    for bundle in tx.find(Bundle, order_by=order, template_id=template, status=BundleStatus.ACTIVE):
        if sum(one.outcome is Outcome.MIGRATED for one in found) == most:
            break
        if may_change(tx, bundle, BundleChange.MIGRATE):
            found.append(_migrated(tx, content, bundle, choice, dry_run=dry_run))
    return found


def _migrated(
    tx: Transaction, content: Content, bundle: Bundle, choice: str | None, *, dry_run: bool
) -> Result:
    def became(outcome: Outcome, why: str = "") -> Result:
        return Result(bundle.bundle_id, bundle.title, outcome, why)

    try:
        with tx.attempt():
            migration = preview(tx, content, bundle)
            if migration.is_nothing:
                return became(Outcome.UNCHANGED)
            if blocked := migration.with_verdict(Verdict.BLOCKED):
                return became(Outcome.BLOCKED, "; ".join(f"{item.key}: {item.why}" for item in blocked))
            asked = migration.with_verdict(Verdict.DECISION)
            if asked and choice is None:
                return became(Outcome.UNDECIDED, "; ".join(f"{item.key}: {item.why}" for item in asked))
            if not dry_run:
                apply(tx, migration, {item.key: str(choice) for item in asked})
    except WorkbenchError as error:
        return became(Outcome.REFUSED, error.message)
    return became(Outcome.MIGRATED)


def counted(results: Sequence[Result]) -> str:
    """Return how many bundles became what, in words."""
    counts = Counter(one.outcome for one in results)
    words = {one: one.value for one in Outcome}
    if counts[Outcome.UNDECIDED] > 1:
        words[Outcome.UNDECIDED] = "need a decision"
    return ", ".join(f"{counts[one]} {words[one]}" for one in Outcome if counts[one]) or "no running bundle"
