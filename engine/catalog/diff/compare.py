"""The changes between two items of one model, by what their fields declare; pure.

A list whose items have an identity (``ref``, ``name``, ``key``, ``label``) is compared item by item, a
mapping key by key; everything else is one value. Whoever adds a field has only to declare it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from engine.catalog.declared import Declared, Effect, declarations, identity_of, is_declared
from engine.catalog.diff.changes import Change, ChangeKind, Part

#: So much of two items must be the same for one to be the other by a new ref.
_LIKENESS = 0.5
#: Called so once before, and once after.
_BOTH = 2

Where = tuple[Part, ...]


def compare(before: BaseModel, after: BaseModel, where: Where = ()) -> Iterator[Change]:
    """Yield what changed from one item to the other of its model, in the order of the fields."""
    for name, declared in declarations(type(after)).items():
        if declared.effect is Effect.IDENTITY:
            continue
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        if _are_lists_of_items(old, new):
            yield from _compare_lists(old or [], new or [], where, name, declared)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _compare_mappings(old, new, where, name, declared)
        else:
            yield Change(
                kind=ChangeKind.CHANGED,
                where=where,
                field=name,
                effect=declared.effect,
                before=as_data(old),
                after=as_data(new),
            )


def as_data(value: Any) -> Any:
    """Return a value of the format as JSON: of models, what their authors wrote."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, (list, tuple)):
        return [as_data(one) for one in value]
    return value


def _are_lists_of_items(old: Any, new: Any) -> bool:
    """Whether two values, of which one may be missing, are lists of items that are told apart."""
    items: list[Any] = [item for value in (old, new) if isinstance(value, list) for item in value]
    if not items or not all(value is None or isinstance(value, list) for value in (old, new)):
        return False
    if not all(isinstance(item, BaseModel) and is_declared(type(item)) for item in items):
        return False
    model: Any = type(items[0])
    identity = identity_of(model) or ""
    return all(
        len({getattr(item, identity) for item in value}) == len(value) for value in (old, new) if value
    )


def _compare_mappings(
    old: Mapping[str, Any], new: Mapping[str, Any], where: Where, field: str, declared: Declared
) -> Iterator[Change]:
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name) or (name in old) != (name in new):
            yield Change(
                kind=ChangeKind.CHANGED,
                where=where,
                field=field,
                name=name,
                effect=declared.effect,
                before=as_data(old.get(name)),
                after=as_data(new.get(name)),
            )


def _compare_lists(
    old: Sequence[BaseModel], new: Sequence[BaseModel], where: Where, field: str, declared: Declared
) -> Iterator[Change]:
    identity = identity_of(type((*new, *old)[0])) or ""
    before = {str(getattr(item, identity)): item for item in old}
    after = {str(getattr(item, identity)): item for item in new}
    renamed = renames(before, after)
    was = {ref: renamed.get(ref, ref) for ref in after}
    for ref, item in after.items():
        place = (*where, Part(field, ref))
        if was[ref] not in before:
            yield Change(kind=ChangeKind.ADDED, where=place, effect=declared.effect, after=as_data(item))
            continue
        if ref in renamed:
            yield Change(
                kind=ChangeKind.RENAMED,
                where=place,
                effect=declared.effect,
                before=renamed[ref],
                after=ref,
            )
        yield from compare(before[was[ref]], item, place)
    kept = set(was.values())
    for ref, item in before.items():
        if ref not in kept:
            place = (*where, Part(field, ref))
            yield Change(kind=ChangeKind.REMOVED, where=place, effect=declared.effect, before=as_data(item))
    order = [was[ref] for ref in after if was[ref] in before]
    if order != (earlier := [ref for ref in before if ref in order]):
        yield Change(
            kind=ChangeKind.MOVED,
            where=where,
            field=field,
            effect=Effect.WORDS,
            before=earlier,
            after=order,
        )


def renames(before: Mapping[str, BaseModel], after: Mapping[str, BaseModel]) -> dict[str, str]:
    """Return new ref -> old ref of the items that are certainly the same: people call both alike.

    They also say the same for the greater part, and nothing else of the two revisions is called so. What may
    be the same, and may not, is one item that went and another that came; ``advice`` asks its author.
    """
    called = Counter(
        name for items in (before, after) for item in items.values() if (name := called_by(item))
    )
    gone = {
        name: ref
        for ref, item in before.items()
        if ref not in after and (name := called_by(item)) and called[name] == _BOTH
    }
    return {
        ref: gone[name]
        for ref, item in after.items()
        if ref not in before
        and (name := called_by(item)) in gone
        and likeness(before[gone[name]], item) >= _LIKENESS
    }


def called_by(item: BaseModel) -> str:
    """Return what people call an item: its first text that people read; empty where nothing is said."""
    text = next((one for one, said in declarations(type(item)).items() if said.effect is Effect.WORDS), None)
    value = getattr(item, text) if text else None
    return value if isinstance(value, str) else ""


def likeness(one: BaseModel, other: BaseModel) -> float:
    """Return how much of what either item says both say, from 0 to 1; what tells them apart left out."""
    said = {*one.model_fields_set, *other.model_fields_set} - {identity_of(type(one))}
    same = sum(getattr(one, name) == getattr(other, name) for name in said)
    return same / len(said) if said else 0.0
