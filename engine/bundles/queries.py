"""SQL reads over bundles: the list with progress, and the tasks of one bundle by phase."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select, union

from engine.access import Permission, may
from engine.bundles.filters import BundleFilter, Place
from engine.bundles.models import Bundle, BundleStatus, PinnedTemplate
from engine.loading import load_all
from engine.record import stored
from engine.reference.models import Campaign, Partner
from engine.tasks.models import Task
from engine.tasks.queries import involvements
from engine.tasks.queries.conditions import overdue, text_of
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the tasks of a bundle are."""

    total: int = 0
    #: Completed, skipped or cancelled.
    done: int = 0
    #: Active and past the deadline.
    late: int = 0
    #: When any of them changed last; None without tasks.
    changed_at: datetime | None = None

    @property
    def open(self) -> int:
        """Tasks that are not terminal; failed ones are among them."""
        return self.total - self.done

    @property
    def percent(self) -> int:
        """Done tasks of a hundred, rounded down; 0 without tasks."""
        return self.done * 100 // self.total if self.total else 0


class Titled(NamedTuple):
    """What a bundle is called, and how it stands."""

    bundle_id: str
    title: str
    status: BundleStatus


@dataclass(frozen=True, kw_only=True)
class BundleRow:
    """One line of the bundle list."""

    bundle: Bundle
    template_name: str
    partner_name: str | None
    campaign_name: str | None
    total: int
    done: int
    open: int
    late: int
    percent: int
    #: When the bundle or any of its tasks changed last.
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list."""

    items: list[BundleRow]
    total: int
    limit: int
    offset: int


def list_bundles(tx: Transaction, wanted: BundleFilter, *, after: Place | None = None) -> Page:
    """Return the bundles that the actor may see and that match, one page of them.

    The page begins ``after`` a place, whatever was made before that meanwhile, or at the filter's offset.
    """
    tx.flush()
    table = tx.database.sql_table(Bundle.spec.table)
    conditions = [
        table.c.workspace_id == tx.workspace_id,
        *_matching(tx, table, wanted),
        *_visible(tx, table),
    ]
    total = tx.connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    column = _changed_at(tx, table) if wanted.sort_column == "updated_at" else table.c[wanted.sort_column]
    order = [column.desc(), table.c.bundle_id.desc()] if wanted.descending else [column, table.c.bundle_id]
    chosen = select(table.c.document).where(*conditions).order_by(*order)
    if after is not None:
        chosen = chosen.where(_is_after(column, table.c.bundle_id, after, descending=wanted.descending))
    rows = tx.connection.execute(chosen.limit(wanted.limit).offset(wanted.offset)).scalars()
    bundles = load_all(Bundle, rows, tx.database)
    return Page(items=_rows(tx, bundles), total=int(total), limit=wanted.limit, offset=wanted.offset)


def place_of(row: BundleRow, wanted: BundleFilter) -> Place:
    """Return where a bundle stands in the list of a filter."""
    is_by_change = wanted.sort_column == "updated_at"
    value = row.changed_at if is_by_change else getattr(row.bundle, wanted.sort_column)
    return Place(stored(value), row.bundle.bundle_id)


def _is_after(
    column: ColumnElement[Any], bundle_id: ColumnElement[Any], place: Place, *, descending: bool
) -> ColumnElement[bool]:
    if descending:
        return or_(column < place.value, and_(column == place.value, bundle_id < place.bundle_id))
    return or_(column > place.value, and_(column == place.value, bundle_id > place.bundle_id))


def _changed_at(tx: Transaction, table: Any) -> ColumnElement[Any]:
    """Return when a bundle or any of its tasks changed last; an index of the tasks tells it."""
    tasks = tx.database.sql_table(Task.spec.table)
    newest = select(func.max(tasks.c.updated_at)).where(tasks.c.bundle_id == table.c.bundle_id)
    of_tasks = func.coalesce(newest.correlate(table).scalar_subquery(), table.c.updated_at)
    return tx.database.dialect.greater(table.c.updated_at, of_tasks)


def active_titles(tx: Transaction, limit: int, text: str = "") -> list[tuple[str, str]]:
    """Return the ids and titles of the newest active bundles that the actor may see, without reading more.

    Only those with every word of ``text`` in their title, where it is given; capitals do not matter.
    """
    table = tx.database.sql_table(Bundle.spec.table)
    is_active = table.c.status == BundleStatus.ACTIVE.value
    return [(found.bundle_id, found.title) for found in _titled(tx, table, text, limit, is_active)]


def titled(tx: Transaction, limit: int, text: str) -> list[Titled]:
    """Return the bundles with every word of ``text`` in their title: active ones first, then the newest."""
    table = tx.database.sql_table(Bundle.spec.table)
    return _titled(tx, table, text, limit)


def _titled(
    tx: Transaction, table: Any, text: str, limit: int, *conditions: ColumnElement[bool]
) -> list[Titled]:
    tx.flush()
    dialect, column = tx.database.dialect, table.c
    chosen = (
        select(column.bundle_id, column.title, column.status)
        .where(
            column.workspace_id == tx.workspace_id,
            *conditions,
            *(dialect.place_in(column.search_text, word) > 0 for word in text.lower().split()),
            *_visible(tx, table),
        )
        .order_by(
            *([] if conditions else [case((column.status == BundleStatus.ACTIVE.value, 0), else_=1)]),
            column.created_at.desc(),
            column.bundle_id.desc(),
        )
        .limit(limit)
    )
    return [
        Titled(row.bundle_id, row.title, BundleStatus(row.status)) for row in tx.connection.execute(chosen)
    ]


def latest_durations(
    tx: Transaction, template_ids: Collection[str], per_template: int
) -> dict[str, list[float]]:
    """Return how many seconds each of the latest completed bundles of these templates took, by template."""
    tx.flush()
    table = tx.database.sql_table(Bundle.spec.table)
    wanted = tx.database.dialect.entries(literal(json.dumps(sorted(template_ids))))
    other = table.alias()
    latest = (
        select(other.c.doc_id)
        .where(
            other.c.workspace_id == tx.workspace_id,
            other.c.template_id == wanted.c.value,
            other.c.status == BundleStatus.COMPLETED.value,
        )
        .order_by(other.c.updated_at.desc(), other.c.bundle_id.desc())
        .limit(per_template)
        .correlate(wanted)
    )
    completed = select(
        table.c.template_id, table.c.created_at, text_of(tx, table, "completed_at").label("completed_at")
    ).select_from(wanted.join(table, table.c.doc_id.in_(latest)))
    found: dict[str, list[float]] = {}
    for row in tx.connection.execute(completed):
        if row.completed_at is not None:
            taken = datetime.fromisoformat(row.completed_at) - datetime.fromisoformat(row.created_at)
            found.setdefault(row.template_id, []).append(taken.total_seconds())
    return found


def progress_of(tx: Transaction, bundle_ids: Iterable[str]) -> dict[str, Progress]:
    """Return the progress of each bundle that has tasks, in one grouped query."""
    tx.flush()
    table = tx.database.sql_table(Task.spec.table)
    is_late = and_(*overdue(tx, table))
    counts = (
        select(
            table.c.bundle_id,
            func.count(),
            func.sum(1 - table.c.is_open),
            func.sum(case((is_late, 1), else_=0)),
            func.max(table.c.updated_at),
        )
        .where(table.c.bundle_id.in_(list(bundle_ids)))
        .group_by(table.c.bundle_id)
    )
    return {
        bundle_id: Progress(
            total=int(total), done=int(done), late=int(late), changed_at=datetime.fromisoformat(changed_at)
        )
        for bundle_id, total, done, late, changed_at in tx.connection.execute(counts)
    }


def running_by_revision(tx: Transaction, template_id: str | None) -> list[Any]:
    """Count the running bundles that the actor sees by template, revision, partner and campaign.

    Each with its revision's commit, and when the first bundle of that was started.
    """
    tx.flush()
    bundles = tx.database.sql_table(Bundle.spec.table)
    pins = tx.database.sql_table(PinnedTemplate.spec.table)
    own = bundles.c
    template_hash = text_of(tx, bundles, "template_hash").label("template_hash")
    groups = [own.template_id, template_hash, own.partner_id, own.campaign_id]
    running = (
        select(*groups, func.count().label("running"))
        .where(
            own.workspace_id == tx.workspace_id,
            own.status == BundleStatus.ACTIVE.value,
            *([own.template_id == template_id] if template_id is not None else []),
            *_visible(tx, bundles),
        )
        .group_by(*groups)
        .subquery()
    )
    told = select(
        running,
        text_of(tx, pins, "commit").label("commit"),
        text_of(tx, pins, "created_at").label("since"),
    ).join(
        pins,
        (pins.c.workspace_id == tx.workspace_id)
        & (pins.c.template_id == running.c.template_id)
        & (pins.c.closure_hash == running.c.template_hash),
    )
    return list(tx.connection.execute(told))


def template_names(tx: Transaction, hashes: Iterable[str]) -> dict[str, str]:
    """Return the names of pinned templates by closure hash, without reading their content."""
    table = tx.database.sql_table(PinnedTemplate.spec.table)
    chosen: Select[tuple[str, str]] = select(table.c.closure_hash, table.c.name).where(
        table.c.workspace_id == tx.workspace_id, table.c.closure_hash.in_(list(hashes))
    )
    return {row.closure_hash: row.name for row in tx.connection.execute(chosen)}


def _matching(tx: Transaction, table: Any, wanted: BundleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status:
        conditions.append(table.c.status.in_([status.value for status in wanted.status]))
    if wanted.template_id is not None:
        conditions.append(table.c.template_id == wanted.template_id)
    for name, record_type, given in (
        ("partner_id", Partner, wanted.partner),
        ("campaign_id", Campaign, wanted.campaign),
    ):
        if given is not None:
            conditions.append(table.c[name].in_(_ids_of(tx, record_type, given)))
    if wanted.text is not None:
        conditions.append(tx.database.dialect.place_in(table.c.search_text, wanted.text.lower()) > 0)
    return conditions


def _ids_of(tx: Transaction, record_type: type[Partner] | type[Campaign], given: str) -> list[str]:
    """Return the ids that a key, a name or an id stands for; an unknown one matches nothing."""
    found = tx.find_one(record_type, key=given)
    if found is not None:
        return [found.record_id]
    if given.startswith(f"{record_type.spec.prefix}_"):
        return [given]
    return [item.record_id for item in tx.find(record_type) if item.name.lower() == given.lower()]


def _visible(tx: Transaction, table: Any) -> list[ColumnElement[bool]]:
    """Give the conditions of the actor's bundles: own ones, and those with a task of theirs."""
    if tx.actor.sees_everything:
        return []
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        return [false()]
    tasks = tx.database.sql_table(Task.spec.table)
    own = select(table.c.bundle_id).where(
        table.c.workspace_id == tx.workspace_id, table.c.owner_id == tx.actor.user_id
    )
    theirs = [
        select(tasks.c.bundle_id).where(
            tasks.c.workspace_id == tx.workspace_id, tasks.c.bundle_id.is_not(None), way
        )
        for way in involvements(tx.actor, tasks)
    ]
    return [table.c.bundle_id.in_(union(own, *theirs))]


def _rows(tx: Transaction, bundles: list[Bundle]) -> list[BundleRow]:
    progress = progress_of(tx, [bundle.bundle_id for bundle in bundles])
    names = template_names(tx, {bundle.template_hash for bundle in bundles})
    tx.read_ahead(
        {
            Partner: (bundle.partner_id for bundle in bundles),
            Campaign: (bundle.campaign_id for bundle in bundles),
        }
    )
    return [_row(tx, bundle, progress.get(bundle.bundle_id, Progress()), names) for bundle in bundles]


def _row(tx: Transaction, bundle: Bundle, progress: Progress, names: Mapping[str, str]) -> BundleRow:
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    return BundleRow(
        bundle=bundle,
        template_name=names.get(bundle.template_hash, bundle.template_id),
        partner_name=partner.name if partner else None,
        campaign_name=campaign.name if campaign else None,
        total=progress.total,
        done=progress.done,
        open=progress.open,
        late=progress.late,
        percent=progress.percent,
        changed_at=max(bundle.updated_at, progress.changed_at or bundle.updated_at),
    )
