"""Merges a template with its overrides, and keeps where every value came from (RES-01..03, RES-07).

Values are wrapped into nodes that know their origin; merging chooses among nodes and never
changes one. What remains is split into plain data and origins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.catalog.overrides import HEADER_FIELDS
from engine.catalog.parts import tool_entry
from engine.catalog.yaml_reader import Path, YamlDocument

Level = Literal["global", "partner", "campaign"]


@dataclass(frozen=True)
class Location:
    """Where a value stands: the level and file that say it, and its lines."""

    level: Level
    file: str
    line: int
    #: Blank lines behind the value may be among its lines.
    last_line: int


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


def over_types(base: Node, change: Node, task_type: Callable[[str], Node | None]) -> Node:
    """Return the override with every deliverable that a task's type defines written out (TPL-12).

    So it can change one that only the type has; and where it drops one, that is left dormant, because what
    a task does not mention is its type's. ``task_type`` gives a type by its key, as nodes.
    """
    if not isinstance(tasks := _value(change, "tasks"), list):
        return change
    before = {task.value["ref"].value: task for task in _value(base, "tasks") or ()}
    default = _value(change, "task_type") or _value(base, "task_type")
    full = []
    for task in tasks:
        old = before.get(task.value["ref"].value)
        says = task if old is None or "task_type" in task.value else old
        key = _value(says, "task_type") or default
        has_some = isinstance(_value(task, "deliverables"), list)
        kind = task_type(key) if has_some and isinstance(key, str) else None
        full.append(task if kind is None else _written_out(task, old, kind))
    return Node({**change.value, "tasks": Node(full, change.value["tasks"].location)}, change.location)


def _written_out(task: Node, old: Node | None, kind: Node) -> Node:
    """Return a task's changes, those of its type's deliverables written out."""
    own = {item.value["ref"].value for item in (_value(old, "deliverables") if old else None) or ()}
    defined = {item.value["ref"].value: item for item in _value(kind, "deliverables") or ()}
    items = []
    for item in _value(task, "deliverables"):
        ref = item.value["ref"].value
        change = _left_dormant(item) if ref in defined else item
        is_types_alone = ref in defined and ref not in own
        items.append(_merge_fields(defined[ref], change, {}) if is_types_alone else change)
    full = Node(items, task.value["deliverables"].location)
    return Node({**task.value, "deliverables": full}, task.location)


def _left_dormant(item: Node) -> Node:
    """Return a deliverable's changes, with a drop turned into one that is not required."""
    fields = {name: node for name, node in item.value.items() if name != "disabled"}
    if _value(item, "disabled"):
        fields["required"] = Node(False, item.location)
    return Node(fields, item.location)


def _value(node: Node, name: str) -> Any:
    """Return what a node's field holds, None where it has none."""
    found = node.value.get(name)
    return None if found is None else found.value


def unwrap(node: Node) -> tuple[Any, dict[str, Location]]:
    """Return plain data, and where every value stands (JSON pointer -> location; empty containers, too)."""
    locations: dict[str, Location] = {}
    return _unwrap(node, "", locations), locations


def _wrap(value: object, path: Path, document: YamlDocument, level: Level) -> Node:
    location = Location(level, document.file, *document.lines(path))
    if isinstance(value, dict):
        fields = {name: _wrap(inner, (*path, name), document, level) for name, inner in value.items()}
        if path[:1] == ("tasks",) and len(path) == 2:
            fields = _listed_tools(fields)
        return Node(fields, location)
    if isinstance(value, list):
        return Node([_wrap(inner, (*path, n), document, level) for n, inner in enumerate(value)], location)
    return Node(value, location)


def _listed_tools(fields: dict[str, Node]) -> dict[str, Node]:
    """Turn ``tools: {surfer: true}`` into ``tools: [{tool: surfer}]``; null and false disable a tool."""
    tools = fields.get("tools")
    if tools is None or not isinstance(tools.value, dict):
        return fields
    entries = [
        Node(
            {
                field: value if isinstance(value, Node) else Node(value, setting.location)
                for field, value in tool_entry(name, setting.value).items()
            },
            setting.location,
        )
        for name, setting in tools.value.items()
    ]
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


def _keep_removals(base: Node, change: Node) -> Node:
    """Merge per key; a null stays, because it removes the template's key from this task."""
    if not isinstance(base.value, dict) or not isinstance(change.value, dict):
        return change
    return Node({**base.value, **change.value}, base.location)


def _merge_tools(base: Node, change: Node) -> Node:
    """Merge by name: an entry replaces an entry whole; a disabled one stays, because the type may have it."""
    if not isinstance(base.value, list) or not isinstance(change.value, list):
        return change
    return Node(
        list({item.value["tool"].value: item for item in [*base.value, *change.value]}.values()),
        base.location,
    )


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


_TASK_RULES: dict[str, Merge] = {
    "config": _keep_removals,
    "rules": _keep_removals,
    "reminders": _shallow,
    "tools": _merge_tools,
    "steps": _items_by("ref", _fields_by({})),
    "deliverables": _items_by("ref", _fields_by({})),
}
_TEMPLATE_RULES: dict[str, Merge] = {
    "config": _shallow,
    "rules": _shallow,
    "reminders": _shallow,
    "tools": _merge_tools,
    "links": _items_by("name", _fields_by({})),
    "phases": _items_by("key", _fields_by({})),
    "tasks": _items_by("ref", _fields_by(_TASK_RULES)),
}
