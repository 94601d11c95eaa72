"""Reads everything that a bundle's page shows, in one snapshot and a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.accounts.models import User
from engine.audit import history, topics
from engine.bundles import links, pins, visibility
from engine.bundles.dates import in_order
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.queries import Progress
from engine.bundles.visibility import BundleChange
from engine.catalog.catalog import Content
from engine.qa.redaction import redact
from engine.reference.models import Campaign, Partner
from engine.tasks import dependencies, queries
from engine.tasks import visibility as task_visibility
from engine.tasks.models import Task, TaskStatus
from engine.tasks.queries import DocumentRow
from engine.transaction import Transaction
from web.pages import graph_picture, names
from web.pages.bundle import BundlePage
from web.pages.task_loading import newer_exists

#: The newest; the story has all of it.
_TIMELINE = 10
_NEVER = datetime.max.replace(tzinfo=UTC)


#: What is built for whoever asks for it, each as ``shown`` or ``hidden`` in the address.
PARTS = ("order", "documents")


def load(
    tx: Transaction, content: Content, bundle_id: str, asked: Mapping[str, str] | None = None
) -> BundlePage:
    """Return the page of a bundle, with those of its ``PARTS`` that are asked for.

    What waits for what is drawn by itself where a blocker is lost.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    bundle = tx.get(Bundle, bundle_id)
    tasks, found_links = _read_ahead(tx, bundle)
    people = [bundle.owner_id, bundle.completed_by, *(link.filled_by for link in found_links)]
    tx.read_ahead({Task: dependencies.named_by(tasks), User: people})
    seen = task_visibility.seen_among(tx, tasks)
    rows = queries.rows_of(tx, sorted((task for task in tasks if task.task_id in seen), key=in_order))
    graph = dependencies.graph_of(tx, bundle.bundle_id, tasks)
    lost = graph_picture.lost(graph)
    parts = {name: word for name in PARTS if (word := (asked or {}).get(name)) in ("shown", "hidden")}
    is_drawn = parts.get("order", "shown" if lost else "hidden") == "shown"
    return BundlePage(
        bundle=bundle,
        resolved=pins.resolved_of(tx, bundle),
        partner=tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None,
        campaign=tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None,
        newer_exists=newer_exists(tx, content, bundle),
        is_in_catalog=bundle.template_id in content.templates,
        rows=rows,
        progress=_progress(tx, tasks),
        parts=parts,
        picture=graph_picture.draw(graph) if is_drawn else None,
        dependency_count=len(graph.edges),
        lost_blockers=lost,
        next_row=_next(tx, rows),
        links=found_links,
        timeline=redact(tx, history.timeline(tx, bundle_id=bundle.bundle_id, limit=_TIMELINE)),
        changes=_changes(tx, bundle),
        names=names.read(tx, people),
    )


def topics_of(tx: Transaction, bundle_id: str) -> tuple[str, ...]:
    """Name the topics of what a bundle's page shows beside the bundle.

    That is the tasks beyond it that its tasks wait for, who may see them, and names.
    """
    others = queries.beyond_bundle(tx, bundle_id)
    bundles = sorted({of_bundle for _, of_bundle in others if of_bundle})
    return (
        *(topics.task(task_id) for task_id, _ in others),
        *map(topics.people_of_bundle, bundles),
        topics.REFERENCE,
    )


def _read_ahead(tx: Transaction, bundle: Bundle) -> tuple[list[Task], list[BundleLink]]:
    """Read all that belongs to a bundle in one statement; return its tasks, and its links in order."""
    of_bundle = {"bundle_id": bundle.bundle_id}
    wanted: list[tuple[Any, Mapping[str, Any]]] = [
        (Task, of_bundle),
        (BundleLink, of_bundle),
        *pins.to_read(tx, bundle.template_id, bundle.template_hash),
    ]
    if bundle.partner_id:
        wanted.append((Partner, {"partner_id": bundle.partner_id}))
    if bundle.campaign_id:
        wanted.append((Campaign, {"campaign_id": bundle.campaign_id}))
    tasks, *_ = tx.find_together(*wanted)
    return tasks, links.links_of(tx, bundle.bundle_id)


def _progress(tx: Transaction, tasks: Iterable[Task]) -> Progress:
    """Return how far the tasks are, whoever sees them: the list of bundles says the same."""
    found = list(tasks)
    return Progress(
        total=len(found),
        done=sum(1 for task in found if not task.is_open),
        late=sum(1 for task in found if task.is_overdue(tx.now)),
    )


def _next(tx: Transaction, rows: Sequence[DocumentRow]) -> DocumentRow | None:
    ready = [
        row
        for row in rows
        if row.task.status in (TaskStatus.IN_PROGRESS, TaskStatus.PENDING)
        and not row.task.is_blocked
        and task_visibility.works(tx, row.task)
    ]
    return min(ready, key=lambda row: (row.task.deadline or _NEVER, row.task.position), default=None)


def _changes(tx: Transaction, bundle: Bundle) -> frozenset[BundleChange]:
    if not bundle.is_active:
        return frozenset()
    return frozenset(change for change in BundleChange if visibility.may_change(tx, bundle, change))
