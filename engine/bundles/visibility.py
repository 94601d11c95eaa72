"""Who sees a bundle, and who changes what in it (the table of definitions.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from engine.access import Permission, may
from engine.bundles.models import Bundle
from engine.errors import ForbiddenError
from engine.tasks import queries as task_queries
from engine.tasks import visibility as task_visibility
from engine.tasks.known import KnownTask
from engine.tasks.models import Task
from engine.transaction import Transaction


class BundleChange(StrEnum):
    """What may be done to a bundle; the value completes "may not ..."."""

    FILL_LINK = "fill its links"
    UPDATE = "change its title"
    SET_STAGE = "move it to another stage"
    COMPLETE = "complete it"
    CANCEL = "cancel it"
    REANCHOR = "move its anchor date"
    ADD_TASK = "add tasks to it"
    MIGRATE = "migrate it to another revision of its template"


def sees(tx: Transaction, bundle: Bundle) -> bool:
    """Whether the actor may see the bundle: their own, or one in which they have a task."""
    return bundle.bundle_id in seen_among(tx, [bundle])


def seen_among(tx: Transaction, bundles: Iterable[Bundle]) -> set[str]:
    """Return the ids of those of the bundles that the actor may see, in at most one statement."""
    ids = {bundle.bundle_id: bundle.owner_id == tx.actor.user_id for bundle in bundles}
    if tx.actor.sees_everything:
        return set(ids)
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        return set()
    own = {bundle_id for bundle_id, is_own in ids.items() if is_own}
    others = ids.keys() - own
    return own | (task_queries.involved_in(tx, others) if others else set())


def may_change(
    tx: Transaction, bundle: Bundle, change: BundleChange, tasks: Iterable[KnownTask] | None = None
) -> bool:
    """Whether the actor may make this change: leads and the owner any, who works a task in it some.

    Those are to fill its links and to add tasks, as a clone of their own is one, too.

    ``tasks`` are those of the bundle, where they were read already.
    """
    if may(tx.actor, Permission.WORK_ALL):
        return True
    if not may(tx.actor, Permission.WORK_OWN):
        return False
    if bundle.owner_id == tx.actor.user_id:
        return True
    return change in (BundleChange.FILL_LINK, BundleChange.ADD_TASK) and any(
        task_visibility.works(tx, task)
        for task in (tx.find(Task, bundle_id=bundle.bundle_id) if tasks is None else tasks)
    )


def get_changeable(
    tx: Transaction, bundle_id: str, change: BundleChange, revision: int | None = None
) -> Bundle:
    """Return a bundle in which the actor may make ``change``.

    Raises:
        NotFoundError: there is none, or the actor may not see it (UPD-28).
        ForbiddenError: the actor sees it, but may not do this.
        StaleWriteError: ``revision`` is given and the bundle has moved on (UPD-24).
    """
    bundle = tx.get(Bundle, bundle_id, revision=revision)
    if not may_change(tx, bundle, change):
        raise ForbiddenError(
            f"{tx.actor.name} may see the bundle “{bundle.title}”, but not {change.value}. "
            "Ask its owner or a manager."
        )
    return bundle
