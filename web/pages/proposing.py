"""The forms that make a template's task of a task, and a template of a bundle (EDT-07)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Permission, require
from engine.bundles import pins
from engine.bundles.models import Bundle
from engine.catalog.content import Content
from engine.reference.models import Partner
from engine.tasks import lookup
from engine.tasks.models import Task
from engine.transaction import Transaction

#: What whoever only looks at work may not do.
DOING = "change templates"


@dataclass(frozen=True)
class TaskPage:
    """One task that is about to be saved in a template."""

    task: Task
    bundle: Bundle | None
    #: Of its bundle; None where that is for the house itself.
    partner: Partner | None
    #: What its template is called; empty where that is gone, or there is none.
    template: str


@dataclass(frozen=True)
class BundlePage:
    """One bundle that is about to become a template."""

    bundle: Bundle
    #: What its template is called.
    template: str


def load_task(tx: Transaction, content: Content, task_id: str) -> TaskPage:
    """Return the form for a task.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
        ForbiddenError: the actor may not change templates.
    """
    require(tx.actor, Permission.PROPOSE, DOING)
    task = lookup.find(tx, task_id)
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle and bundle.partner_id else None
    template = content.templates.get(bundle.template_id) if bundle else None
    return TaskPage(task, bundle, partner, template.name if template else "")


def load_bundle(tx: Transaction, bundle_id: str) -> BundlePage:
    """Return the form for a bundle.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
        ForbiddenError: the actor may not change templates.
    """
    require(tx.actor, Permission.PROPOSE, DOING)
    bundle = tx.get(Bundle, bundle_id)
    return BundlePage(bundle, pins.resolved_of(tx, bundle).template.name)
