"""An override as a form shows it, the template with its changes; only what differs is stored (TPL-03)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.catalog.definitions import DeliverableDefinition, StepDefinition, TaskDefinition
from engine.catalog.overrides import HEADER_FIELDS, Override
from engine.catalog.parts import ContentModel, tool_list
from engine.catalog.resolve import merge, unwrap, wrap
from engine.catalog.yaml_reader import YamlDocument
from engine.errors import ContentError

#: Lists whose items merge by a name -> that name, and the lists within an item.
_BY_NAME: Mapping[str, str] = {
    "tasks": "ref",
    "steps": "ref",
    "deliverables": "ref",
    "links": "name",
    "phases": "key",
    "tools": "tool",
}
#: Mappings that merge by key, one level deep.
_BY_KEY = frozenset({"config", "rules", "reminders"})
#: Two ways to write one thing: setting one takes the other away.
_DISPLACES = {"offset_days": "due", "due": "offset_days"}
#: What the form of an override shows of its header.
REASON = "reason"
_NOTHING: Any = object()
#: The lists that lead to an item -> its model.
_MODELS: Mapping[tuple[str | int, ...], type[ContentModel]] = {
    (): Override,
    ("tasks",): TaskDefinition,
    ("tasks", "steps"): StepDefinition,
    ("tasks", "deliverables"): DeliverableDefinition,
}


def with_override(base: Mapping[str, Any], override: YamlDocument) -> dict[str, Any]:
    """Return what a template says with an override, and why it differs.

    Raises:
        ContentError: an item has no name, or something is no list that must be one.
    """
    try:
        ground = wrap(YamlDocument("", data=dict(base)), "global")
        found: dict[str, Any] = unwrap(merge(ground, wrap(override, "partner")))[0] or {}
    except (AttributeError, KeyError, TypeError) as error:
        raise ContentError(
            f"{override.file} has an item without its name, so no form can show it. Mend it as YAML."
        ) from error
    said = override.data.get(REASON)
    return {**({} if said is None else {REASON: said}), **found}


def said_in_override(
    own: Mapping[str, Any],
    base: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    path: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return what an override has to say for its template to change from ``before`` to ``after``.

    ``own`` is what it says now: what did not change stays as it stands there. What is as everybody has it is
    taken out.
    """
    said = dict(own)
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name, _NOTHING), after.get(name, _NOTHING)
        if _same(old, new):
            continue
        ground = base.get(name, _NOTHING)
        if name in _BY_NAME:
            value: Any = _items((*path, name), said.get(name), _listed(ground), _listed(old), _listed(new))
        elif name in _BY_KEY:
            value = _keys(said.get(name), _mapped(ground), _mapped(old), _mapped(new))
        else:
            value = _value(name, ground, new, after)
        _set(said, name, value, order_of(path))
    return said


def _value(name: str, ground: Any, new: Any, after: Mapping[str, Any]) -> Any:
    """Return what is to be said of a field: nothing where it is as everybody has it, null where it goes."""
    if _same(new, ground):
        return _NOTHING
    if new is not _NOTHING:
        return new
    return _NOTHING if ground is _NOTHING or _DISPLACES.get(name) in after else None


def _keys(
    own: Mapping[str, Any] | None, ground: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Any:
    said = dict(own or {})
    for name in [*old, *(name for name in new if name not in old)]:
        if not _same(old.get(name, _NOTHING), new.get(name, _NOTHING)):
            _set(said, name, _value(name, ground.get(name, _NOTHING), new.get(name, _NOTHING), {}))
    return said or _NOTHING


def _items(
    path: tuple[str, ...],
    own: Any,
    ground: list[dict[str, Any]],
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
) -> Any:
    field, name = path[-1], _BY_NAME[path[-1]]
    said = {item[name]: item for item in _listed(own if own is not None else _NOTHING)}
    known, before, after = ({item[name]: item for item in items} for items in (ground, old, new))
    for key in [*before, *(key for key in after if key not in before)]:
        if _same(before.get(key), after.get(key)):
            continue
        if key not in after:
            _set(said, key, {name: key, "disabled": True} if key in known else _NOTHING)
        elif key not in known:
            _set(said, key, after[key])
        elif field == "tools":  # an entry replaces an entry whole
            _set(said, key, _NOTHING if _same(after[key], known[key]) else after[key])
        else:
            mine = {one: value for one, value in said.get(key, {name: key}).items() if one != "disabled"}
            item = said_in_override(mine, known[key], before.get(key, known[key]), after[key], (*path, key))
            _set(said, key, _NOTHING if list(item) == [name] else item)
    return list(said.values()) or _NOTHING


def order_of(path: tuple[str | int, ...]) -> list[str]:
    """Return the fields of what stands at a path of a file, in the order of the format."""
    model = _MODELS.get(tuple(path[::2]))
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def put(fields: Mapping[str, Any], name: str, value: Any, order: list[str]) -> dict[str, Any]:
    """Return the fields with one more, at the place that the format gives it among those that are there."""
    if name in fields or name not in order:
        return {**fields, name: value}
    behind = order[: order.index(name)]
    place = max((index + 1 for index, one in enumerate(fields) if one in behind), default=0)
    items = list(fields.items())
    return dict([*items[:place], (name, value), *items[place:]])


def _set(said: dict[str, Any], name: str, value: Any, order: list[str] | None = None) -> None:
    if value is _NOTHING:
        said.pop(name, None)
        return
    found = put(said, name, value, order or [])
    said.clear()
    said.update(found)


def _listed(value: Any) -> list[dict[str, Any]]:
    return [] if value is _NOTHING or value is None else tool_list(value)


def _mapped(value: Any) -> Mapping[str, Any]:
    return {} if value is _NOTHING or value is None else value


def _same(one: Any, other: Any) -> bool:
    if one is _NOTHING or other is _NOTHING:
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def says_itself(own: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
    """Whether an override says something at a place itself; items of lists by their names."""
    found: Any = own
    for step in path:
        if isinstance(found, list):
            items = [one for one in found if isinstance(one, dict)]
            found = next((one for one in items if step in [one.get(n) for n in _BY_NAME.values()]), None)
        else:
            found = found.get(step, _NOTHING) if isinstance(found, Mapping) else _NOTHING
        if found is _NOTHING or (found is None and step != path[-1]):
            return False
    return path[0] not in HEADER_FIELDS
