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
from engine.migration.preview import preview, read_ahead
from engine.migration.quiet import keep_quiet
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


#: So many bundles are read at a time.
_READ_AHEAD = 50


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


@dataclass(frozen=True, kw_only=True)
class How:
    """How the bundles of a template are migrated."""

    #: What is done about everything that needs a decision; without it such bundles stay as they are.
    choice: str | None = None
    #: So many are migrated at once.
    most: int
    #: The ids of those that are meant; None is all.
    only: frozenset[str] | None = None
    #: Whether nobody is told outside of the inbox of the tasks that they get.
    is_quiet: bool = False
    dry_run: bool = False


def migrate_all(tx: Transaction, content: Content, template: str, *, how: How) -> list[Result]:
    """Migrate the running bundles of a template that the actor may migrate, oldest first."""
    found: list[Result] = []
    order = ("created_at", "bundle_id")
    running = tx.find(Bundle, order_by=order, template_id=template, status=BundleStatus.ACTIVE)
    meant = [one for one in running if how.only is None or one.bundle_id in how.only]
    for place, bundle in enumerate(meant):
        if sum(one.outcome is Outcome.MIGRATED for one in found) == how.most:
            break
        if place % _READ_AHEAD == 0:
            read_ahead(tx, meant[place : place + _READ_AHEAD])
        if may_change(tx, bundle, BundleChange.MIGRATE):
            found.append(_migrated(tx, content, bundle, how))
    return found


def _migrated(tx: Transaction, content: Content, bundle: Bundle, how: How) -> Result:
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
            if asked and how.choice is None:
                return became(Outcome.UNDECIDED, "; ".join(f"{item.key}: {item.why}" for item in asked))
            if not how.dry_run:
                apply(tx, migration, {item.key: str(how.choice) for item in asked})
                if how.is_quiet:
                    keep_quiet(tx, bundle)
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
