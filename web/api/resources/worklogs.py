"""Worklogs: what a client may read about a week of a campaign; to a partner's people, what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from engine.audit import topics
from engine.transaction import Transaction
from engine.worklogs import service
from engine.worklogs.models import WorkLog
from web.api import schemas
from web.api.paging import Asked, Listing, Page
from web.api.resources.base import Described, Resource


class WorkLogList(Listing):
    """Which worklogs are listed."""

    campaign: str | None = Field(None, description="A key or id of a campaign.")
    status: str | None = Field(None, description="draft, sent or empty; all by default.")


def _list(tx: Transaction, asked: Asked) -> Page:
    after = (str(asked.after[0]), str(asked.after[1])) if asked.after else None
    # One more than is shown tells whether anything follows.
    found = service.page(tx, **asked.filters, limit=asked.limit + 1, offset=asked.offset, after=after)
    shown = found.items[: asked.limit]
    follows = len(found.items) > asked.limit
    last = (shown[-1].week.isoformat(), shown[-1].worklog_id) if follows else None
    return Page(items=shown, total=found.total, last=last)


def _told(tx: Transaction, found: Sequence[WorkLog]) -> Described:
    return [service.describe(tx, one) for one in found]


def _topics(_: Any) -> Sequence[str]:
    return (topics.WORKLOGS, topics.REFERENCE)


_SCHEMA = schemas.of(
    WorkLog,
    more={
        "title": schemas.said(schemas.TEXT, "Its campaign and week."),
        "body": schemas.said(schemas.TEXT, "Its words, in Markdown: as somebody wrote them, else as made."),
    },
)
WORKLOGS = Resource(
    name="worklogs",
    record=WorkLog,
    for_partners=True,
    help="What a client may read about a week of a campaign, the newest week first.",
    find=lambda tx, text: tx.get(WorkLog, text),
    list=_list,
    describe=_told,
    schema={**_SCHEMA, "required": [name for name in _SCHEMA["required"] if name in service.OF_PARTNERS]},
    filters=WorkLogList,
    item_topics=_topics,
    list_topics=_topics,
)
RESOURCES: Mapping[str, Resource] = {WORKLOGS.path: WORKLOGS}
