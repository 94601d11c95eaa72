"""A bundle as JSON: every field, its pin, its links and its tasks (definitions.md section 6)."""

from __future__ import annotations

from typing import Any

from engine.bundles import links, pins, queries
from engine.bundles.models import Bundle
from engine.deliverables import describe as task_description
from engine.reference.models import Campaign, Partner
from engine.tasks.models import Task
from engine.tasks.read_models import in_order
from engine.transaction import Transaction


def describe(tx: Transaction, bundle: Bundle) -> dict[str, Any]:
    """Return one bundle with all that belongs to it, tasks in the template's order."""
    tasks = tx.find(Task, bundle_id=bundle.bundle_id)
    return {
        **_own(tx, bundle),
        "pin": _pin(tx, bundle),
        "progress": _progress(queries.progress_of(tx, [bundle.bundle_id]).get(bundle.bundle_id)),
        "links": [link.model_dump(mode="json") for link in links.links_of(tx, bundle.bundle_id)],
        "tasks": task_description.describe_all(tx, sorted(tasks, key=in_order)),
    }


def _own(tx: Transaction, bundle: Bundle) -> dict[str, Any]:
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    return {
        **bundle.model_dump(mode="json"),
        "partner": partner.key if partner else None,
        "campaign": campaign.key if campaign else None,
    }


def _pin(tx: Transaction, bundle: Bundle) -> dict[str, Any]:
    """Return which content the bundle was made from; ``commit`` is null without Git."""
    pinned = pins.get_pin(tx, bundle)
    return {
        "template_id": bundle.template_id,
        "name": pinned.name,
        "commit": bundle.commit,
        "closure_hash": bundle.template_hash,
        "dirty": pinned.content["dirty"],
        "closure": pinned.content["closure"],
    }


def _progress(progress: queries.Progress | None) -> dict[str, int]:
    counted = progress or queries.Progress()
    return {"total": counted.total, "done": counted.done, "open": counted.open, "late": counted.late}
