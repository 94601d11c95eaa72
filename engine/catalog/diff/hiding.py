"""Why a change of a template is none for a partner or campaign: what an override says in its place."""

from __future__ import annotations

from pydantic import BaseModel

from engine.catalog.declared import declarations
from engine.catalog.diff.changes import Change
from engine.catalog.diff.contents import ScopeDiff
from engine.catalog.diff.values import plain
from engine.catalog.diff.wording import Style, item_at, name_of
from engine.catalog.overrides import Override


def why_hidden(scope: ScopeDiff, style: Style) -> str:
    """Return what the overrides say themselves of all that changed for everybody and not here."""
    reasons: dict[str, dict[str, None]] = {}
    for change in scope.hidden:
        whose, reason = _reason(scope, change, style)
        reasons.setdefault(whose, {})[reason] = None
    return ", ".join(f"{whose} {' and '.join(said)}" for whose, said in reasons.items())


def _reason(scope: ScopeDiff, change: Change, style: Style) -> tuple[str, str]:
    """Return whose override it is, and what it does."""
    for override in scope.overrides:
        is_own = override.level == ("campaign" if scope.scope.campaign else "partner")
        whose = "its override" if is_own else "its partner's override"
        for depth, part in enumerate(change.where, start=1):
            if getattr(item_at(override, change.where[:depth]), "disabled", False):
                return whose, f"drops the {plain(part.field).removesuffix('s')} {style.code(part.ref)}"
        if _says(override, change):
            return whose, f"says {_what(scope, change, style)} itself"
    return "its override", f"says {_what(scope, change, style)} itself"


def _says(override: Override, change: Change) -> bool:
    """Whether an override says something of what changed."""
    item = item_at(override, change.where)
    if item is None or change.field is None:
        return item is not None
    declared = declarations(type(item))
    said = {declared[name].policy_name or name for name in item.model_fields_set}
    return _field(change, item) in said


def _what(scope: ScopeDiff, change: Change, style: Style) -> str:
    """Name the field, and the task that it is of."""
    item = item_at(scope.after, change.where) if scope.after else None
    named = plain(_field(change, item)) + (f" {change.name}" if change.name else "")
    task = name_of(scope.after, change.where[:1]) if scope.after and change.task else None
    return f"{style.plain(named)}{f' of {style.strong(task)}' if task else ''}"


def _field(change: Change, item: BaseModel | None) -> str:
    """Return the field as ``on_change`` calls it: the due date, however it is written."""
    if change.field is None:
        return change.where[-1].field
    declared = declarations(type(item)).get(change.field) if item is not None else None
    return (declared.policy_name if declared else None) or change.field
