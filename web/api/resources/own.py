"""What is one's own: inbox, calendar feeds, what one is told outside of the inbox. And jobs, for admins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from engine.access import Permission, require
from engine.accounts.models import User
from engine.clock import to_text
from engine.errors import NotFoundError
from engine.feeds import service as feeds
from engine.feeds.models import Feed
from engine.inbox import service as inbox
from engine.inbox.read_models import Item, Section
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.notifications import choices
from engine.notifications.models import MessageSettings
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, counted, cut
from web.api.resources.base import Described, Resource, plain

# -- inbox ---------------------------------------------------------------------------------


class InboxList(Listing):
    """Which items of the inbox are listed."""

    seen: Literal["yes", "no"] = Field(
        "no", description="`yes`: the latest, seen or not, without what waits."
    )


def _inbox(tx: Transaction, asked: Asked) -> Page:
    """Return items in the order of the page, section by section."""
    end = asked.begin + asked.limit
    found = inbox.load(tx, with_seen=asked.filters.get("seen") == "yes", shown=end + 1)
    items = [(section, item) for section in found.sections for item in section.items]
    # Of what nobody counts, as much is known as was read.
    total = sum(section.total or len(section.items) for section in found.sections)
    return counted(items[asked.begin : end], max(total, len(items)), asked)


def _items(_: Transaction, found: Sequence[tuple[Section, Item]]) -> Described:
    return [
        {
            "section": section.key,
            **{name: getattr(item, name) for name in _OF_ITEM},
            "since": to_text(item.since),
            "deadline": to_text(item.deadline) if item.deadline else None,
            "name": item.name,
        }
        for section, item in found
    ]


#: Who is told of a task or not is never shown.
_NOT_TOLD = ("about_task_id",)
_ITEM = schemas.of(
    Item,
    without=_NOT_TOLD,
    more={
        "section": schemas.said(
            schemas.TEXT, "approvals, help, reviews, news, free or seen: where it stands."
        ),
        "name": schemas.said(schemas.TEXT, "The item as it stands, for `POST /api/inbox/seen`."),
    },
)
_OF_ITEM = [name for name in _ITEM["properties"] if name not in ("section", "name", "since", "deadline")]
INBOX = Resource(
    name="inbox",
    record=Item,
    called="InboxItem",
    for_partners=True,
    help="What waits for you and what is new to you, in the order of the page; counted up to 99 a section.",
    list=_inbox,
    describe=_items,
    schema=_ITEM,
    filters=InboxList,
    id_field="key",
    list_topics=None,
)


# -- feeds ---------------------------------------------------------------------------------


def _feeds(tx: Transaction, asked: Asked) -> Page:
    return cut(feeds.own(tx), asked, lambda one: (one.feed_id,), descending=True)


def _feed(tx: Transaction, text: str) -> Feed:
    found = next((one for one in feeds.own(tx) if one.feed_id == text), None)
    if found is None:
        raise NotFoundError(f"There is no feed {text} of yours. Look at those that there are.")
    return found


FEEDS = Resource(
    name="feeds",
    record=Feed,
    help="Your calendar feeds, the newest first; the address of one was shown as it was made.",
    find=_feed,
    list=_feeds,
    describe=plain,
    schema=schemas.of(Feed),
)


# -- messages ------------------------------------------------------------------------------

_TOLD = ("kinds", "ways", "is_daily", "daily_hour", "quiet_from", "quiet_until", "refused_address", "refusal")


def _settings(tx: Transaction, text: str) -> MessageSettings:
    if text not in ("me", tx.actor.user_id):
        raise NotFoundError("You see your own settings alone: ask for `me`.")
    user = tx.get(User, tx.actor.user_id)
    return choices.of(tx, [user])[user.user_id]


def _settings_told(tx: Transaction, found: Sequence[MessageSettings]) -> Described:
    is_mail_set = bool(tx.settings.smtp_host)
    return [
        {
            "user_id": one.user_id,
            **one.model_dump(mode="json", include=set(_TOLD)),
            "is_mail_set": is_mail_set,
        }
        for one in found
    ]


MESSAGE_SETTINGS = Resource(
    name="message-settings",
    record=MessageSettings,
    for_partners=True,
    help="What you are told outside of the inbox, by which ways, and when: `me` is the one there is.",
    find=_settings,
    describe=_settings_told,
    schema=schemas.of(
        MessageSettings,
        only=("user_id", *_TOLD),
        more={"is_mail_set": schemas.said(schemas.YES_NO, "Whether a mail server is set.")},
    ),
    id_field="user_id",
)


# -- jobs ----------------------------------------------------------------------------------


class JobList(Listing):
    """Which jobs are listed."""

    status: JobStatus | None = Field(None, description="Those that stand so alone.")


def _claims(tx: Transaction) -> Claims:
    require(tx.actor, Permission.ADMINISTER, "see what is done by itself")
    return Claims(tx.database)


def _jobs(tx: Transaction, asked: Asked) -> Page:
    claims = _claims(tx)
    status = asked.filters.get("status")
    wanted = [JobStatus(status)] if status else list(JobStatus)
    before = str(asked.after[0]) if asked.after else None
    # One more than is shown tells whether anything follows.
    found = claims.list_jobs(wanted, asked.limit + 1, asked.offset, before=before)
    shown = found[: asked.limit]
    last = [shown[-1].job_id] if len(found) > asked.limit else None
    return Page(items=shown, total=claims.count_jobs(wanted), last=last)


def _job(tx: Transaction, text: str) -> Job:
    found = _claims(tx).find(text)
    if found is None:
        raise NotFoundError(f"There is no job {text}. Look at those that there are.")
    return found


_MOMENTS = ("not_before", "put_at", "begun_at", "ended_at")


def _jobs_told(_: Transaction, found: Sequence[Job]) -> Described:
    return [{**one._asdict(), **{name: _moment(getattr(one, name)) for name in _MOMENTS}} for one in found]


def _moment(milliseconds: int | None) -> str | None:
    """Return when it was; 0 stands for no moment in particular."""
    return to_text(datetime.fromtimestamp(milliseconds / 1000, UTC)) if milliseconds else None


_JOB: dict[str, Any] = {
    "job_id": schemas.said(schemas.TEXT, "Its id."),
    "kind": schemas.said(schemas.TEXT, "What is done."),
    "status": {
        "type": "string",
        "enum": [status.value for status in JobStatus],
        "description": "Where it stands.",
    },
    "attempt": schemas.said(schemas.NUMBER, "How often it was begun."),
    "effect": schemas.said(schemas.OPTIONAL_TEXT, "The effect that was begun last."),
    "outcome": schemas.said(schemas.OPTIONAL_TEXT, "What came of it, in words."),
    "not_before": schemas.said(schemas.OPTIONAL_MOMENT, "It is begun no earlier. UTC."),
    "put_at": schemas.said(schemas.OPTIONAL_MOMENT, "When it was put. UTC."),
    "begun_at": schemas.said(schemas.OPTIONAL_MOMENT, "When it was begun last. UTC."),
    "ended_at": schemas.said(schemas.OPTIONAL_MOMENT, "When it ended. UTC."),
}
JOBS = Resource(
    name="jobs",
    record=Job,
    help="What is done by itself, what was put last first; for admins.",
    find=_job,
    list=_jobs,
    describe=_jobs_told,
    schema=schemas.shape("Something that is done by itself.", _JOB),
    filters=JobList,
    id_field="job_id",
    item_topics=None,
    list_topics=None,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (INBOX, FEEDS, MESSAGE_SETTINGS, JOBS)}
