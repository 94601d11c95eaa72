"""Which kind a change of the content is, for work that runs; pure."""

from __future__ import annotations

from typing import Any

from engine.catalog.declared import Effect, declarations
from engine.catalog.diff.changes import Change, ChangeKind
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.migration.matrix import Kind

_OF_EFFECTS = {
    Effect.WORDS: Kind.WORDS,
    Effect.DUE: Kind.DUE,
    Effect.ASSIGNEE: Kind.ASSIGNEE,
    Effect.TYPE: Kind.RETYPED,
    Effect.DUTY: Kind.MADE_REQUIRED,
    Effect.PROOF: Kind.PROOF,
    Effect.APPROVAL: Kind.APPROVAL,
    Effect.SETTINGS: Kind.SETTINGS,
}
_OF_TASKS = {
    ChangeKind.ADDED: Kind.TASK_ADDED,
    ChangeKind.REMOVED: Kind.TASK_REMOVED,
    ChangeKind.RENAMED: Kind.TASK_RENAMED,
}


def kind_of(change: Change) -> Kind | None:
    """Return the row of the table that a change stands in.

    None for what matters to later starts alone, and for ``when``: it is asked of each bundle's parameters.
    """
    if change.is_whole_task:
        return _OF_TASKS[change.kind]
    if change.effect in (Effect.START, Effect.IDENTITY, Effect.CONDITION):
        return None
    if change.effect is Effect.ORDER:
        return Kind.LESS_OWED if set(change.after or ()) < set(change.before or ()) else Kind.ORDER
    if change.effect in (Effect.DUTY, Effect.PROOF):
        return _of_duty(change)
    return _OF_EFFECTS[change.effect]


def policy_name(change: Change) -> str | None:
    """Return what ``on_change`` calls what changed: the field of the task, or of the template."""
    if change.is_whole_task:
        return None
    inside = change.where if change.task is None else change.where[1:]
    name = inside[0].field if inside else change.field
    declared = declarations(TaskTemplate if change.task is None else TaskDefinition)[str(name)]
    return declared.policy_name or name


def _of_duty(change: Change) -> Kind:
    """Tell what is owed more from what is owed less."""
    last = change.where[-1].field if change.where else ""
    if change.kind is ChangeKind.REMOVED:
        return Kind.DELIVERABLE_REMOVED if last == "deliverables" else Kind.LESS_OWED
    if change.kind is ChangeKind.ADDED:
        return _owed(change, last, required=_is_required(change.after))
    if change.kind is ChangeKind.RENAMED and change.effect is Effect.DUTY:
        return Kind.WORDS
    if change.field == "required":
        return _owed(change, last, required=bool(change.after))
    if change.field == "needs_links" and set(change.after) < set(change.before):
        return Kind.LESS_OWED
    return _owed(change, last, required=True)


def _owed(change: Change, last: str, *, required: bool) -> Kind:
    if not required:
        return Kind.LESS_OWED
    if last == "links":
        return Kind.LINK_MADE_REQUIRED
    return Kind.PROOF if change.effect is Effect.PROOF else Kind.MADE_REQUIRED


def _is_required(item: Any) -> bool:
    return bool(item.get("required", True))
