"""Reads everything that a bundle's page shows, in one snapshot and a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.access import Permission, may
from engine.audit import history, topics
from engine.bundles import adoption, links, pins, visibility
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.queries import Progress
from engine.bundles.visibility import BundleChange
from engine.catalog.catalog import Content
from engine.qa.redaction import redact
from engine.reference.models import Campaign, Partner
from engine.tasks import dependencies, graph, queries
from engine.tasks import visibility as task_visibility
from engine.tasks.dependencies import BundleTasks
from engine.tasks.read_models import PlacedRow
from engine.tasks.states import TaskStatus
from engine.transaction import Transaction
from engine.watching import service as watching
from web.pages import graph_picture, names, task_list
from web.pages.bundle import BundlePage, ChangingPage
from web.pages.graph_picture import Picture

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
    found_links = _read_ahead(tx, bundle)
    people = [bundle.owner_id, bundle.completed_by, *(link.filled_by for link in found_links)]
    tasks = dependencies.of_bundle(tx, bundle.bundle_id)
    lost = graph_picture.lost(tasks.shown)
    parts = {name: word for name in PARTS if (word := (asked or {}).get(name)) in ("shown", "hidden")}
    is_drawn = parts.get("order", "shown" if lost else "hidden") == "shown"
    return BundlePage(
        bundle=bundle,
        resolved=pins.resolved_of(tx, bundle),
        partner=tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None,
        campaign=tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None,
        newer=adoption.newest(tx, content, bundle),
        is_in_catalog=bundle.template_id in content.templates,
        may_propose=may(tx.actor, Permission.PROPOSE),
        rows=tasks.inside,
        progress=_progress(tasks.every),
        parts=parts,
        picture=_drawn(tasks, bundle.bundle_id) if is_drawn else None,
        dependency_count=tasks.edge_count,
        lost_blockers=lost,
        changeable=task_list.changeable(tx, tasks.inside),
        next_row=_next(tx, tasks.inside),
        watch_mode=watching.mode_of(tx, bundle),
        links=found_links,
        timeline=redact(tx, history.timeline(tx, bundle_id=bundle.bundle_id, limit=_TIMELINE)),
        changes=_changes(tx, bundle, BundleChange, tasks.every),
        names=names.read(tx, people),
    )


def load_for_reanchoring(tx: Transaction, bundle_id: str) -> ChangingPage:
    """Return what the page says that moves a bundle's dates: to who may not, whom to ask.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    return _load_for(tx, bundle_id, BundleChange.REANCHOR)


def load_for_migrating(tx: Transaction, bundle_id: str) -> ChangingPage:
    """Return the same of the page that brings a bundle to a newer template. Raises as that."""
    return _load_for(tx, bundle_id, BundleChange.MIGRATE)


def _load_for(tx: Transaction, bundle_id: str, change: BundleChange) -> ChangingPage:
    bundle = tx.get(Bundle, bundle_id)
    changes = _changes(tx, bundle, [change], ())
    return ChangingPage(
        bundle=bundle, changes=changes, names=names.read(tx, [] if changes else [bundle.owner_id])
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


def _read_ahead(tx: Transaction, bundle: Bundle) -> list[BundleLink]:
    """Read what belongs to a bundle beside its tasks in one statement; return its links in order."""
    wanted: list[tuple[Any, Mapping[str, Any]]] = [
        (BundleLink, {"bundle_id": bundle.bundle_id}),
        watching.search(tx, bundle),
        *pins.to_read(tx, bundle.template_id, bundle.template_hash),
    ]
    if bundle.partner_id:
        wanted.append((Partner, {"partner_id": bundle.partner_id}))
    if bundle.campaign_id:
        wanted.append((Campaign, {"campaign_id": bundle.campaign_id}))
    tx.find_together(*wanted)
    return links.links_of(tx, bundle.bundle_id)


def _progress(tasks: Sequence[PlacedRow]) -> Progress:
    """Return how far the tasks are, whoever sees them: the list of bundles says the same."""
    return Progress(
        total=len(tasks),
        done=sum(1 for task in tasks if task.is_terminal),
        late=sum(1 for task in tasks if task.is_late),
    )


def _drawn(tasks: BundleTasks, bundle_id: str) -> Picture:
    return graph_picture.draw(graph.draw(tasks.shown, bundle_id=bundle_id))


def _next(tx: Transaction, tasks: Iterable[PlacedRow]) -> PlacedRow | None:
    ready = [
        task
        for task in tasks
        if task.status in (TaskStatus.IN_PROGRESS, TaskStatus.PENDING)
        and not task.is_blocked
        and task_visibility.works(tx, task)
    ]
    return min(ready, key=lambda task: (task.deadline or _NEVER, task.position), default=None)


def _changes(
    tx: Transaction, bundle: Bundle, asked: Iterable[BundleChange], tasks: Sequence[PlacedRow]
) -> frozenset[BundleChange]:
    """Return those of the changes that the actor may make; ``tasks`` are the bundle's."""
    if not bundle.is_active:
        return frozenset()
    return frozenset(change for change in asked if visibility.may_change(tx, bundle, change, tasks))
