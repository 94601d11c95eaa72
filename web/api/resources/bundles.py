"""Bundles with their links and tasks, and the stories of tasks, bundles and deliverables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field, TypeAdapter

from engine.audit import topics
from engine.bundles import describe, links, queries
from engine.bundles.filters import BundleFilter
from engine.bundles.filters import Place as BundlePlace
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.queries import BundleRow
from engine.clock import to_text
from engine.errors import NotFoundError
from engine.reports import story
from engine.reports.entries import Entry
from engine.reports.story import Story
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, cut, cut_behind
from web.api.resources.base import Described, Resource, plain
from web.api.resources.tasks import TASKS


class BundleList(Listing):
    """What a list of bundles is narrowed and sorted by."""

    status: str | None = Field(None, description="active, completed or cancelled; several with commas.")
    template: str | None = Field(None, description="The key of a template.")
    partner: str | None = Field(None, description="A key, a name or an id.")
    campaign: str | None = Field(None, description="A key, a name or an id.")
    text: str | None = Field(None, description="A part of the title, in any case.")
    sort: str | None = Field(
        None,
        description="anchor_date, created_at, updated_at or title, with - in front the other way round; "
        "-anchor_date by default.",
    )


def _list(tx: Transaction, asked: Asked) -> Page:
    """Return a page of the bundles that match."""
    # One more than is shown tells whether anything follows.
    wanted = replace(BundleFilter.parse(asked.filters), limit=asked.limit + 1, offset=asked.offset)
    after = BundlePlace(*asked.after) if asked.after else None
    found = queries.list_bundles(tx, wanted, after=after)
    shown = found.items[: asked.limit]
    last = queries.place_of(shown[-1], wanted) if len(found.items) > asked.limit else None
    return Page(items=shown, total=found.total, last=last)


def _described(tx: Transaction, bundles: Sequence[Bundle]) -> Described:
    return [describe.describe(tx, bundle) for bundle in bundles]


def _row(_: Transaction, rows: Sequence[BundleRow]) -> Described:
    """Describe bundles with how far their tasks are."""
    return [
        {
            **row.bundle.model_dump(mode="json"),
            "tasks_total": row.total,
            "tasks_done": row.done,
            "tasks_open": row.open,
            "tasks_late": row.late,
            "changed_at": to_text(row.changed_at),
        }
        for row in rows
    ]


def _topics(bundle: Bundle) -> Sequence[str]:
    return (topics.bundle(bundle.bundle_id), topics.REFERENCE)


_COUNTS = {
    "tasks_total": schemas.said(schemas.NUMBER, "How many tasks it has."),
    "tasks_done": schemas.said(schemas.NUMBER, "How many of them are over."),
    "tasks_open": schemas.said(schemas.NUMBER, "How many are not."),
    "tasks_late": schemas.said(schemas.NUMBER, "How many of those are past their deadline."),
    "changed_at": schemas.said(schemas.MOMENT, "When it or a task of it was changed last. UTC."),
}
_PIN = schemas.shape(
    "The content that it was made from.",
    {
        "template_id": schemas.TEXT,
        "name": schemas.TEXT,
        "commit": schemas.said(schemas.OPTIONAL_TEXT, "The commit of the content. Null without Git."),
        "closure_hash": schemas.TEXT,
        "dirty": schemas.said(schemas.YES_NO, "Whether what was used was not committed yet."),
        "closure": schemas.some(schemas.OBJECT, "The files that it was made of, each with its hash."),
    },
)
_PROGRESS = schemas.shape(
    "How far its tasks are.", dict.fromkeys(("total", "done", "open", "late"), schemas.NUMBER)
)
SCHEMA = schemas.of(
    Bundle,
    more={
        "partner": schemas.said(schemas.OPTIONAL_TEXT, "The key of the partner."),
        "campaign": schemas.said(schemas.OPTIONAL_TEXT, "The key of the campaign."),
        "pin": _PIN,
        "progress": _PROGRESS,
        "links": schemas.some(schemas.of(BundleLink), "Its links, in the template's order."),
        "tasks": schemas.some(TASKS.schema, "Its tasks, in the template's order."),
    },
)
BUNDLES = Resource(
    name="bundles",
    record=Bundle,
    help="Runs of a template, as far as you see them; one of them with its links and tasks.",
    find=lambda tx, text: tx.get(Bundle, text),
    list=_list,
    describe=_described,
    schema=SCHEMA,
    describe_listed=_row,
    listed_schema=schemas.of(Bundle, more=_COUNTS),
    filters=BundleList,
    item_topics=_topics,
)


# -- what belongs to a bundle --------------------------------------------------------------


def _links(tx: Transaction, asked: Asked) -> Page:
    return cut(links.links_of(tx, asked.parent.bundle_id), asked, lambda one: (one.position,))


def _find_link(tx: Transaction, text: str) -> BundleLink:
    found = tx.find_by_key(BundleLink, text)
    try:
        if found is not None and tx.get(Bundle, found.bundle_id):
            return found
    except NotFoundError:
        found = None
    raise NotFoundError(f"There is no link {text} that you may see. Check the id.")


def _of_bundle(_: Transaction, parent: Bundle, record: Any) -> bool:
    return bool(record.bundle_id == parent.bundle_id)


LINKS = Resource(
    name="links",
    record=BundleLink,
    help="The links that a bundle must fill, in the template's order.",
    parent="bundles",
    find=_find_link,
    list=_links,
    describe=plain,
    schema=schemas.of(BundleLink),
    belongs=_of_bundle,
    item_topics=_topics,
    list_topics=_topics,
)
OF_BUNDLE = Resource(
    name="tasks",
    record=TASKS.record,
    help="The tasks of a bundle, narrowed and sorted like all others.",
    parent="bundles",
    find=TASKS.find,
    list=TASKS.list,
    describe=TASKS.describe,
    schema=TASKS.schema,
    listed_schema=TASKS.listed,
    filters=TASKS.filters,
    belongs=_of_bundle,
    item_topics=TASKS.item_topics,
)


# -- what happened -------------------------------------------------------------------------

_ENTRIES = TypeAdapter(Entry)


def _history(parent: str, of: Callable[[Transaction, str], Story], id_field: str) -> Resource:
    """Make the list of all that happened to a record, as its story on the board tells it."""

    def listed(tx: Transaction, asked: Asked) -> Page:
        told = of(tx, getattr(asked.parent, id_field))
        return cut_behind(told.entries, asked, lambda one: one.audit_event_id)

    return Resource(
        name="history",
        record=Entry,
        called="HistoryEntry",
        help="All that happened, oldest first: who did what, and what changed by it.",
        parent=parent,
        list=listed,
        describe=lambda _, entries: [_entry(one) for one in entries],
        schema=schemas.of(Entry, without=("seq",)),
        id_field="audit_event_id",
    )


def _entry(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = _ENTRIES.dump_python(entry, mode="json", exclude={"seq"})
    return {**told, "at": to_text(entry.at)}


HISTORIES = (
    _history("tasks", story.of_task, "task_id"),
    _history("bundles", story.of_bundle, "bundle_id"),
    _history("deliverables", story.of_deliverable, "deliverable_id"),
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (BUNDLES, LINKS, OF_BUNDLE, *HISTORIES)}
