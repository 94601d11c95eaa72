"""Making and revoking feeds, and finding whose a secret address is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.access import Actor, Permission, may, require
from engine.accounts import actors
from engine.accounts.models import User
from engine.accounts.passwords import hash_token, new_token
from engine.audit.models import Action
from engine.bundles.models import Bundle
from engine.errors import ConflictError, NotFoundError, bad_field
from engine.feeds.inputs import MakeFeed
from engine.feeds.models import Feed, FeedKind
from engine.ledger import mark_of
from engine.transaction import Transaction

#: As many one person has at a time.
MOST = 20
#: How exactly is kept when a feed was last read.
MARKED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Made:
    """A feed with its address, which nobody can be shown again."""

    feed: Feed
    token: str

    @property
    def path(self) -> str:
        """Where it is on the site."""
        return f"/feeds/{self.token}.ics"


def make(tx: Transaction, new: MakeFeed) -> Made:
    """Make a feed of the actor.

    Raises:
        ForbiddenError: the actor is no user of the team.
        BadRequestError: it is of a bundle and none is named, or of none and one is.
        NotFoundError: there is no such bundle that the actor may see.
        ConflictError: they have as many as somebody may have.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "have work in a calendar")
    require(tx.actor, Permission.OPEN_WAYS_IN, "have work in a calendar")
    is_of_bundle = new.kind is FeedKind.BUNDLE
    if is_of_bundle != bool(new.bundle_id):
        raise bad_field("bundle_id", "name a bundle for a feed of one, and none for any other feed")
    if new.bundle_id:
        tx.get(Bundle, new.bundle_id)
    if len(own(tx)) >= MOST:
        raise ConflictError(f"You have {MOST} feeds already. Revoke one that nobody reads any more.")
    token = new_token()
    feed = tx.add(
        Feed(
            feed_id=tx.new_id(Feed),
            workspace_id=tx.workspace_id,
            user_id=tx.actor.user_id,
            kind=new.kind,
            bundle_id=new.bundle_id,
            with_events=new.with_events,
            token_hash=hash_token(token),
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    # Of the person, as feeds leave with no export.
    after = {"feed": feed.feed_id, "kind": feed.kind, "of_bundle": feed.bundle_id}
    user = tx.get(User, tx.actor.user_id)
    tx.record(Action.FEED_MADE, user, f"{tx.actor.name} made a calendar feed", after=after)
    return Made(feed, token)


def revoke(tx: Transaction, feed_id: str) -> Feed:
    """Have nobody read a feed any more: one's own, or anybody's for an admin.

    Raises:
        NotFoundError: there is none that the actor may revoke, or it is revoked already.
    """
    feed = tx.find_by_key(Feed, feed_id)
    is_theirs = feed is not None and (
        feed.user_id == tx.actor.user_id or may(tx.actor, Permission.ADMINISTER)
    )
    if feed is None or not is_theirs or feed.revoked_at is not None:
        raise NotFoundError(f"There is no feed {feed_id} that you may revoke. Look at those that there are.")
    feed.revoked_at = tx.now
    tx.save(feed)
    user = tx.get(User, feed.user_id)
    said = f"{tx.actor.name} revoked a calendar feed"
    tx.record(Action.FEED_REVOKED, user, said, after={"feed": feed.feed_id})
    return feed


def own(tx: Transaction) -> list[Feed]:
    """Return the feeds of the actor that are read, the newest first."""
    found = tx.find(Feed, user_id=tx.actor.user_id, revoked_at=None)
    return sorted(found, key=lambda feed: feed.feed_id, reverse=True)


def find(tx: Transaction, token: str) -> tuple[Feed, Actor] | None:
    """Return the feed with this token and whose view it is; None where nobody may read it (any more)."""
    feed = tx.find_one(Feed, token_hash=hash_token(token))
    if feed is None or feed.revoked_at is not None:
        return None
    actor = actors.find_active(tx, feed.user_id)
    return (feed, actor) if actor is not None and may(actor, Permission.SEE_OWN_WORK) else None


def mark_name(feed: Feed) -> str:
    """Name the mark that says when a feed was read last."""
    return f"feed/{feed.feed_id}"


def last_read(tx: Transaction, feeds: list[Feed]) -> dict[str, datetime]:
    """Return when feeds of the actor were read last, to the hour, by their ids; unread ones are left out."""
    places = {f"{tx.workspace_id}/{mark_of(tx.actor, mark_name(feed))}": feed.feed_id for feed in feeds}
    found = tx.database.positions.read(list(places)) if places else {}
    return {places[name]: datetime.fromtimestamp(position / 1000, UTC) for name, position in found.items()}
