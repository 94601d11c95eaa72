"""Merges a template with its overrides, and keeps where every value came from (RES-01..03, RES-07).

Values are wrapped into nodes that know their origin; merging chooses among nodes and never
changes one. What remains is split into plain data and origins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.catalog.overrides import HEADER_FIELDS
from engine.catalog.yaml_reader import Path, YamlDocument

Level = Literal["global", "partner", "campaign"]


@dataclass(frozen=True)
class Location:
    """Where a value stands: the level and file that say it, and the line."""

    level: Level
    file: str
    line: int


@dataclass(frozen=True)
class Node:
    """A value with its location; ``value`` holds nodes where it is a mapping or a list."""

    value: Any
    location: Location


Fields = Mapping[str, Node]
Merge = Callable[[Node, Node], Node]


def wrap(document: YamlDocument, level: Level) -> Node:
    """Return the document's data as nodes, tools in their list form and override headers left out."""
    root = _wrap(document.data, (), document, level)
    fields = {name: node for name, node in root.value.items() if name not in HEADER_FIELDS}
    return Node(_listed_tools(fields), root.location)


def merge(base: Node, change: Node) -> Node:
    """Return the template ``base`` with the override ``change`` applied (content-format.md)."""
    return _merge_fields(base, change, _TEMPLATE_RULES)


def unwrap(node: Node) -> tuple[Any, dict[str, Location]]:
    """Return plain data, and where every value stands (JSON pointer -> location; empty containers, too)."""
    locations: dict[str, Location] = {}
    return _unwrap(node, "", locations), locations


def _wrap(value: object, path: Path, document: YamlDocument, level: Level) -> Node:
    location = Location(level, document.file, document.at(path)[0])
    if isinstance(value, dict):
        fields = {name: _wrap(inner, (*path, name), document, level) for name, inner in value.items()}
        if path[:1] == ("tasks",) and len(path) == 2:
            fields = _listed_tools(fields)
        return Node(fields, location)
    if isinstance(value, list):
        return Node([_wrap(inner, (*path, n), document, level) for n, inner in enumerate(value)], location)
    return Node(value, location)


def _listed_tools(fields: dict[str, Node]) -> dict[str, Node]:
    """Turn ``tools: {surfer: true}`` into ``tools: [{tool: surfer}]``; null and false become removals.

    Below a global template nothing is, so there they say only that the tool is not used (R12).
    """
    tools = fields.get("tools")
    if tools is None or not isinstance(tools.value, dict):
        return fields
    entries = []
    for name, setting in tools.value.items():
        is_removed = setting.value is None or setting.value is False
        if is_removed and setting.location.level == "global":
            continue
        inner = dict(setting.value) if isinstance(setting.value, dict) else {}
        inner["tool"] = Node(name, setting.location)
        if is_removed:
            inner["disabled"] = Node(True, setting.location)
        entries.append(Node(inner, setting.location))
    return {**fields, "tools": Node(entries, tools.location)}


def _unwrap(node: Node, pointer: str, locations: dict[str, Location]) -> Any:
    if isinstance(node.value, dict) and node.value:
        return {
            name: _unwrap(inner, f"{pointer}/{_escape(name)}", locations)
            for name, inner in node.value.items()
        }
    if isinstance(node.value, list) and node.value:
        return [_unwrap(inner, f"{pointer}/{number}", locations) for number, inner in enumerate(node.value)]
    locations[pointer] = node.location
    return node.value


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _replace(base: Node, change: Node) -> Node:  # noqa: ARG001 - one of the merge rules
    """Take the override's value; nothing of the old one is kept."""
    return change


def _shallow(base: Node, change: Node) -> Node:
    """Merge per key: the override's value replaces the old one whole, null removes the key."""
    if not isinstance(base.value, dict) or not isinstance(change.value, dict):
        return change
    merged = {**base.value, **change.value}
    return Node({name: node for name, node in merged.items() if node.value is not None}, base.location)


def _items_by(identity: str, merge_item: Merge) -> Merge:
    """Return the rule for lists of named items: merged by name, dropped when disabled, new ones last."""

    def merge_lists(base: Node, change: Node) -> Node:
        if not isinstance(base.value, list) or not isinstance(change.value, list):
            return change
        items = {item.value[identity].value: item for item in base.value}
        for item in change.value:
            name = item.value[identity].value
            disabled = item.value.get("disabled")
            fields = {field: node for field, node in item.value.items() if field != "disabled"}
            if disabled is not None and disabled.value:
                items.pop(name, None)
            else:
                bare = Node({identity: item.value[identity]}, item.location)
                items[name] = merge_item(items.get(name, bare), Node(fields, item.location))
        return Node(list(items.values()), base.location)

    return merge_lists


def _fields_by(rules: Mapping[str, Merge]) -> Merge:
    def merge_item(base: Node, change: Node) -> Node:
        return _merge_fields(base, change, rules)

    return merge_item


#: Two fields that cannot stand together: setting one removes the other.
_DISPLACES = {"offset_days": "due", "due": "offset_days"}


def _merge_fields(base: Node, change: Node, rules: Mapping[str, Merge]) -> Node:
    fields: dict[str, Node] = dict(base.value)
    identities = {"ref", "name", "key", "tool"}
    for name, node in change.value.items():
        if node.value is None:
            fields.pop(name, None)
            continue
        if name in _DISPLACES:
            fields.pop(_DISPLACES[name], None)
        if name in fields and name in identities and fields[name].value == node.value:
            continue  # the same name: it keeps the origin of who gave it
        rule = rules.get(name, _replace)
        old = fields.get(
            name, Node(type(node.value)() if isinstance(node.value, (dict, list)) else None, node.location)
        )
        fields[name] = rule(old, node)
    for name, other in _DISPLACES.items():
        # An override that writes both leaves both, so that the model can refuse it.
        if name in change.value and other in change.value:
            fields |= {
                field: change.value[field] for field in (name, other) if change.value[field].value is not None
            }
    return Node(fields, base.location)


_TOOLS = _items_by("tool", _replace)
_TASK_RULES: dict[str, Merge] = {
    "config": _shallow,
    "rules": _shallow,
    "tools": _TOOLS,
    "steps": _items_by("ref", _fields_by({})),
    "deliverables": _items_by("ref", _fields_by({})),
}
_TEMPLATE_RULES: dict[str, Merge] = {
    "config": _shallow,
    "rules": _shallow,
    "tools": _TOOLS,
    "links": _items_by("name", _fields_by({})),
    "phases": _items_by("key", _fields_by({})),
    "tasks": _items_by("ref", _fields_by(_TASK_RULES)),
}
