"""The page that brings running bundles of a template to its newer revision: what each would get (D4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.access import Permission, may
from engine.bundles import adoption
from engine.bundles.models import Bundle, BundleStatus
from engine.catalog.content import Content
from engine.migration import bulk
from engine.migration.bulk import Outcome, Result
from engine.transaction import Transaction

#: So many bundles are looked at on one page; each is worked out as its own migration is.
MOST = 50
#: What each outcome is called on the page, before and after.
WORDS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.MIGRATED: ("takes the newer template", "follows the newer template now"),
    Outcome.UNCHANGED: ("has this revision", "has this revision"),
    Outcome.UNDECIDED: ("needs a decision", "needs a decision, and stays as it was"),
    Outcome.BLOCKED: ("blocked", "blocked, and stays as it was"),
    Outcome.REFUSED: ("cannot be migrated", "could not be migrated"),
}


@dataclass(frozen=True)
class Row:
    """One running bundle."""

    result: Result
    #: What becomes of it, or became of it.
    words: str
    #: Whether it may be chosen.
    is_open: bool


@dataclass(frozen=True)
class MigrateAllPage:
    """All running bundles of a template that the actor may migrate."""

    template: str
    #: What people call it.
    name: str
    rows: Sequence[Row]
    #: How many more there are than are looked at.
    more: int
    #: Whether the reader may name another revision than the one that is live.
    may_choose: bool
    #: The revision that was asked for; empty for the one that is live.
    to: str
    #: What was done, in words; empty where nothing was.
    done: str = ""


def load(tx: Transaction, content: Content, template: str, to: str) -> MigrateAllPage:
    """Return what would become of those that have an older revision, the oldest first, up to ``MOST``.

    Raises:
        TemplateNotFoundError: there is no such template.
    """
    running = tx.find(
        Bundle, order_by=("created_at", "bundle_id"), template_id=template, status=BundleStatus.ACTIVE
    )
    if not running:
        content.resolve(template)  # tells of a key that is spelled otherwise
    adoption.read_ahead(tx, running)
    behind = [one.bundle_id for one in running if adoption.newest(tx, content, one) is not None]
    how = bulk.How(most=MOST, only=frozenset(behind[:MOST]), dry_run=True)
    results = bulk.migrate_all(tx, content, template, how=how)
    rows = [_row(one, 0) for one in results]
    return _page(tx, content, template, to, rows=rows, more=max(0, len(behind) - MOST))


def after(
    tx: Transaction, content: Content, template: str, to: str, results: Sequence[Result]
) -> MigrateAllPage:
    """Return what became of each that was chosen."""
    page = _page(tx, content, template, to, rows=[_row(one, 1) for one in results])
    return replace(page, done=bulk.counted(results))


def _row(result: Result, moment: int) -> Row:
    is_open = moment == 0 and result.outcome in (Outcome.MIGRATED, Outcome.UNDECIDED)
    return Row(result, WORDS[result.outcome][moment], is_open)


def _page(
    tx: Transaction, content: Content, template: str, to: str, *, rows: Sequence[Row], more: int = 0
) -> MigrateAllPage:
    known = content.templates.get(template)
    return MigrateAllPage(
        template=template,
        name=known.name if known else template,
        rows=rows,
        more=more,
        may_choose=may(tx.actor, Permission.WORK_ALL),
        to=to,
    )
