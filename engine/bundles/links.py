"""Fills and waives the links of a bundle, by hand or on behalf of a task (BND-07)."""

from __future__ import annotations

from collections.abc import Iterable

from engine import urls
from engine.audit.models import Action
from engine.bundles.models import Bundle, BundleLink, LinkState
from engine.errors import NotFoundError
from engine.tasks.models import Task
from engine.transaction import Transaction


def links_of(tx: Transaction, bundle_id: str) -> list[BundleLink]:
    """Return the links of a bundle in the template's order."""
    return tx.find(BundleLink, bundle_id=bundle_id, order_by=("position",))


def get_link(tx: Transaction, bundle: Bundle, name: str) -> BundleLink:
    """Return the link with that name.

    Raises:
        NotFoundError: the bundle has no such link; names those it has.
    """
    links = links_of(tx, bundle.bundle_id)
    for link in links:
        if link.name == name:
            return link
    known = ", ".join(link.name for link in links) or "none"
    raise NotFoundError(f"The bundle “{bundle.title}” has no link {name!r}. Its links: {known}.")


def fill(tx: Transaction, link: BundleLink, url: str, *, by: Task | None = None) -> None:
    """Set the link's address; replaces an earlier one or a waiver, and says so in the event.

    It is checked here, whoever gives it: a person, or the proof of ``by``.

    Raises:
        BadRequestError: it is no http, https or mailto address.
    """
    url = urls.check(url, mail=True)
    if link.state is LinkState.FILLED and link.url == url:
        return
    before = {
        LinkState.EMPTY: "",
        LinkState.WAIVED: "; it had been waived",
        LinkState.FILLED: f", replacing {link.url}",
    }[link.state]
    link.state, link.url = LinkState.FILLED, url
    link.filled_at, link.filled_by = tx.now, tx.actor.user_id or None
    link.filled_by_task_id = by.task_id if by else None
    link.waived_at = link.waived_by_task_id = None
    tx.save(link)
    source = f" by {by.name}" if by else ""
    tx.record(
        Action.LINK_FILLED,
        link,
        f"The link “{link.name}” was filled{source} with {url}{before}",
        task_id=by.task_id if by else None,
    )


def waive(tx: Transaction, links: Iterable[BundleLink], by: Task) -> None:
    """Mark those of the links that are still empty as unnecessary, because ``by`` was skipped."""
    for link in links:
        if link.state is not LinkState.EMPTY:
            continue
        link.state, link.waived_at, link.waived_by_task_id = LinkState.WAIVED, tx.now, by.task_id
        tx.save(link)
        tx.record(
            Action.LINK_WAIVED,
            link,
            f"The link “{link.name}” is not needed: {by.name} was skipped",
            reason=by.skip_reason,
            task_id=by.task_id,
        )
