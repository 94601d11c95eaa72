"""Stores the content that a bundle was made from, once per hash, and gives it back whatever became of Git."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from engine.audit.models import Action
from engine.bundles.models import Bundle, PinnedTaskType, PinnedTemplate
from engine.catalog.calendars import Calendar
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import NotFoundError
from engine.record import Record, canonical
from engine.store import DocumentStore
from engine.tasks.models import Task
from engine.transaction import Transaction

#: Which pin: workspace, template, hash.
_Key = tuple[str, str, str]
#: Half a megabyte each, at most.
_MOST_KEPT = 32
_kept: WeakKeyDictionary[DocumentStore, OrderedDict[_Key, ResolvedTemplate]] = WeakKeyDictionary()
_lock = threading.Lock()


def pin(tx: Transaction, resolved: ResolvedTemplate) -> None:
    """Keep a copy of ``resolved`` with its first bundle (decision 10)."""
    key = resolved.template.key
    if tx.has(PinnedTemplate, key, resolved.closure_hash, tx.workspace_id):
        return  # the hash covers the types too, so they are there
    _pin_types(tx, resolved)
    pinned = tx.add(
        PinnedTemplate(
            template_id=key,
            closure_hash=resolved.closure_hash,
            workspace_id=tx.workspace_id,
            name=resolved.template.name,
            commit=resolved.commit,
            content=resolved.as_pin(),
            created_at=tx.now,
        )
    )
    after = {"template_id": key, "closure_hash": resolved.closure_hash, "commit": resolved.commit}
    tx.record(Action.TEMPLATE_PINNED, pinned, f"Template {key} was pinned for its first bundle", after=after)


def get_pin(tx: Transaction, bundle: Bundle) -> PinnedTemplate:
    """Return the pinned content of a bundle.

    Raises:
        NotFoundError: the store has lost it, which only tampering can do.
    """
    pinned = tx.find_by_key(PinnedTemplate, bundle.template_id, bundle.template_hash, tx.workspace_id)
    if pinned is None:
        raise NotFoundError(
            f"The pinned template {bundle.template_id} of bundle {bundle.bundle_id} is not in the store. "
            "Restore the store from a backup or an export."
        )
    return pinned


def resolved_of(tx: Transaction, bundle: Bundle) -> ResolvedTemplate:
    """Return the template as the bundle sees it for ever, read from the pin alone; shared, so change nothing.

    Reading one takes longer than most pages: those read last stay in memory, because the hash never has
    another content (P3).
    """
    key = (tx.workspace_id, bundle.template_id, bundle.template_hash)
    found = _find_kept(tx, key)
    if found is None:
        found = ResolvedTemplate.from_pin(get_pin(tx, bundle).content)
        if tx.only_reads:  # what is written may yet be rolled back
            _keep(tx, key, found)
    return found


def to_read(
    tx: Transaction, template_id: str | None, template_hash: str | None
) -> list[tuple[type[Record], Mapping[str, Any]]]:
    """Return the search for a pin that ``resolved_of`` will want, to be made with others; none if kept."""
    if template_id is None or template_hash is None:
        return []
    if _find_kept(tx, (tx.workspace_id, template_id, template_hash)) is not None:
        return []
    return [(PinnedTemplate, {"template_id": template_id, "closure_hash": template_hash})]


def _find_kept(tx: Transaction, key: _Key) -> ResolvedTemplate | None:
    with _lock:
        kept = _kept.setdefault(tx.database, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
        return kept.get(key)


def _keep(tx: Transaction, key: _Key, resolved: ResolvedTemplate) -> None:
    with _lock:
        kept = _kept.setdefault(tx.database, OrderedDict())
        kept[key] = resolved
        if len(kept) > _MOST_KEPT:
            kept.popitem(last=False)


def calendar_of(tx: Transaction, task: Task) -> Calendar | None:
    """Return the working calendar of the task's bundle, None where its template names none."""
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    if bundle is None:
        return None
    if kept := _find_kept(tx, (tx.workspace_id, bundle.template_id, bundle.template_hash)):
        return kept.calendar
    data = get_pin(tx, bundle).content["calendar"]
    return None if data is None else Calendar.model_validate(data)


def _pin_types(tx: Transaction, resolved: ResolvedTemplate) -> None:
    for key, task_type in resolved.task_types.items():
        document = task_type.model_dump(mode="json")
        content_hash = hashlib.sha256(canonical(document)).hexdigest()
        if tx.find_by_key(PinnedTaskType, key, content_hash, tx.workspace_id) is not None:
            continue
        tx.add(
            PinnedTaskType(
                task_type_id=key,
                content_hash=content_hash,
                workspace_id=tx.workspace_id,
                name=task_type.name,
                category=task_type.category,
                commit=resolved.commit,
                content=document,
                created_at=tx.now,
            )
        )
