"""Which revision of a template running bundles keep, and whether there is a newer one: its adoption (D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.bundles import queries
from engine.bundles.models import Bundle
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import WorkbenchError
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


@dataclass(frozen=True, kw_only=True)
class RevisionInUse:
    """One revision of a template, and the running bundles that keep it."""

    template_id: str
    #: Its closure hash.
    template_hash: str
    commit: str | None
    #: When the first bundle of it was started.
    since: datetime
    #: How many running bundles the actor sees.
    running: int
    #: How many of them would be started from another revision now.
    behind: int


def newest(tx: Transaction, content: Content, bundle: Bundle) -> ResolvedTemplate | None:
    """Return the template as a bundle for the same partner and campaign would pin it now.

    None where that is what this bundle pinned, and where it cannot be started: that is nothing newer.
    """
    try:
        now = resolved_for(tx, content, bundle)
    except WorkbenchError:
        return None  # what cannot be started now is nothing newer; the templates page says what is wrong
    return None if now.closure_hash == bundle.template_hash else now


def read_ahead(tx: Transaction, bundles: Sequence[Bundle]) -> None:
    """Read in one statement for whom these bundles are, which ``newest`` asks of each."""
    tx.read_ahead(
        {Partner: (one.partner_id for one in bundles), Campaign: (one.campaign_id for one in bundles)}
    )


def resolved_for(tx: Transaction, content: Content, bundle: Bundle) -> ResolvedTemplate:
    """Return the template of a bundle at a revision of the content, for its partner and campaign.

    Raises:
        TemplateNotFoundError: the content has no such template.
        ContentError: it cannot be used.
    """
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    return content.resolve(
        bundle.template_id,
        partner=partner.key if partner else None,
        campaign=campaign.key if campaign else None,
    )


def in_use(
    tx: Transaction, content: Content, template_id: str | None = None
) -> dict[str, list[RevisionInUse]]:
    """Return the revisions of templates, or of one, that running bundles keep; of each the newest first."""
    counted = queries.running_by_revision(tx, template_id)
    if not counted:
        return {}
    partners, campaigns = tx.find_together((Partner, {}), (Campaign, {}))
    keys = {partner.partner_id: partner.key for partner in partners}
    keys |= {campaign.campaign_id: campaign.key for campaign in campaigns}
    found: dict[tuple[str, str], RevisionInUse] = {}
    for row in counted:
        since = _moment(row.since)
        if since is None:
            continue  # its pin cannot be read, and is left out as everywhere
        now = _resolved(content, row.template_id, keys.get(row.partner_id), keys.get(row.campaign_id))
        is_behind = now is not None and now.closure_hash != row.template_hash
        known = found.get((row.template_id, row.template_hash))
        found[row.template_id, row.template_hash] = RevisionInUse(
            template_id=row.template_id,
            template_hash=row.template_hash,
            commit=row.commit,
            since=since,
            running=row.running + (known.running if known else 0),
            behind=(row.running if is_behind else 0) + (known.behind if known else 0),
        )
    by_template: dict[str, list[RevisionInUse]] = {}
    for one in sorted(found.values(), key=lambda one: one.since, reverse=True):
        by_template.setdefault(one.template_id, []).append(one)
    return by_template


def _resolved(
    content: Content, template_id: str, partner: str | None, campaign: str | None
) -> ResolvedTemplate | None:
    try:
        return content.resolve(template_id, partner=partner, campaign=campaign)
    except WorkbenchError:
        return None  # as above


def _moment(stored: object) -> datetime | None:
    """Return a moment as a document keeps it; None where it is none."""
    try:
        found = datetime.fromisoformat(str(stored))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
