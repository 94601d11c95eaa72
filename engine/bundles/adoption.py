"""Which revision of a template running bundles keep, and whether there is a newer one: its adoption (D2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.bundles.models import Bundle, BundleStatus, PinnedTemplate
from engine.bundles.queries import visible
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import WorkbenchError
from engine.reference.models import Campaign, Partner
from engine.tasks.queries.conditions import text_of
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
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    now = _resolved(
        content, bundle.template_id, partner.key if partner else None, campaign.key if campaign else None
    )
    return None if now is None or now.closure_hash == bundle.template_hash else now


def in_use(
    tx: Transaction, content: Content, template_id: str | None = None
) -> dict[str, list[RevisionInUse]]:
    """Return the revisions of templates, or of one, that running bundles keep; of each the newest first."""
    tx.flush()
    counted = _counted(tx, template_id)
    if not counted:
        return {}
    partners, campaigns = tx.find_together((Partner, {}), (Campaign, {}))
    keys = {partner.partner_id: partner.key for partner in partners}
    keys |= {campaign.campaign_id: campaign.key for campaign in campaigns}
    found: dict[tuple[str, str], RevisionInUse] = {}
    for row in counted:
        now = _resolved(content, row.template_id, keys.get(row.partner_id), keys.get(row.campaign_id))
        is_behind = now is not None and now.closure_hash != row.template_hash
        known = found.get((row.template_id, row.template_hash))
        found[row.template_id, row.template_hash] = RevisionInUse(
            template_id=row.template_id,
            template_hash=row.template_hash,
            commit=row.commit,
            since=datetime.fromisoformat(row.since),
            running=row.running + (known.running if known else 0),
            behind=(row.running if is_behind else 0) + (known.behind if known else 0),
        )
    by_template: dict[str, list[RevisionInUse]] = {}
    for one in sorted(found.values(), key=lambda one: one.since, reverse=True):
        by_template.setdefault(one.template_id, []).append(one)
    return by_template


def _counted(tx: Transaction, template_id: str | None) -> list[Any]:
    """Count the running bundles by template, revision, partner and campaign."""
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
            *visible(tx, bundles),
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


def _resolved(
    content: Content, template_id: str, partner: str | None, campaign: str | None
) -> ResolvedTemplate | None:
    try:
        return content.resolve(template_id, partner=partner, campaign=campaign)
    except WorkbenchError:
        return None  # what cannot be started now is nothing newer; the templates page says what is wrong
