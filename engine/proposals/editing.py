"""What a form changed, made in the text as it is now: what was written meanwhile stays (EDT-05, EDT-08).

A form knows what it showed, ``seen``, and what it shall be, ``wanted``; both may be a part of the file. What
it left alone stays as it is now, even where that is something else by now. Only what was changed on both
sides, to different things, is a clash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalog.layout import kind_of
from engine.catalog.rewriting import rewritten
from engine.catalog.schemas import show_path
from engine.catalog.yaml_reader import Path, YamlDocument, read_yaml
from engine.errors import ContentError, StaleWriteError
from engine.proposals.overriding import order_of, put, said_in_override, with_override

#: What tells the items of a list apart, in the order in which it is looked for.
IDENTITIES = ("ref", "key", "name", "label", "tool", "text")
#: Stands for a value that is not there.
NOTHING: Any = object()


@dataclass(frozen=True)
class Editable:
    """A template or an override as a form shows it."""

    #: Its text as it was read.
    text: str
    document: YamlDocument
    #: What everybody has, where it is an override; None in a template.
    base: Mapping[str, Any] | None
    #: What is to be shown: of an override, the template with it.
    data: dict[str, Any]


def editable(text: str, path: str, base: Mapping[str, Any] | None) -> Editable:
    """Return a text of a template, or of an override of ``base``, as forms show it.

    Raises:
        ContentError: the text cannot be read, or its items have no names, so that no form can show it.
    """
    document = read_yaml(text.encode(), path)
    if document.problems:
        raise ContentError(
            f"{path} cannot be read, so no form can show it. Mend it as YAML: {document.problems[0]}",
            details=[found.as_detail() for found in document.problems],
        )
    place = kind_of(path)
    if place is None or place.kind not in ("task_template", "override"):
        raise ContentError(f"{path} is neither a template nor an override. Change it as YAML.")
    if place.kind == "task_template":
        return Editable(text, document, None, document.data)
    return Editable(text, document, base or {}, with_override(base or {}, document))


def edited(now: Editable, path: str, seen: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Return the text with what a form changed; the same text where it changed nothing.

    Raises:
        StaleWriteError: what it changed says something else by now; each such place is named.
        ContentError: a value cannot be changed by itself; the line is named.
    """
    clashes: list[Path] = []
    after = _merged(now.data, seen, wanted, (), clashes)
    if clashes:
        raise StaleWriteError(
            "This was changed elsewhere since you opened it. Both versions are shown; none was overwritten.",
            details=[
                {
                    "code": "STALE_WRITE",
                    "field": show_path(clash),
                    "message": f"{show_path(clash)} says something else by now.",
                }
                for clash in clashes
            ],
        )
    if same(after, now.data):
        return now.text
    if now.base is not None:
        after = said_in_override(now.document.data, now.base, now.data, after)
    return rewritten(now.text.encode(), path, after).decode()


def same(one: Any, other: Any) -> bool:
    """Whether both say the same: 1 is not true, and the order of fields is nothing that is said."""
    if one is NOTHING or other is NOTHING:
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def identity_of(*lists: Sequence[Any]) -> str | None:
    """Return the field that tells all items of these lists apart; None where there is none."""
    items = [item for items in lists for item in items]
    if not all(isinstance(item, dict) for item in items):
        return None
    for name in IDENTITIES:
        if all(isinstance(item.get(name), str) for item in items) and all(
            len({item[name] for item in items}) == len(items) for items in lists
        ):
            return name
    return None


def _merged(now: Any, seen: Any, wanted: Any, path: Path, clashes: list[Path]) -> Any:
    """Return what is now with what was changed from ``seen`` to ``wanted``."""
    if same(seen, wanted) or same(now, wanted):
        return now
    if same(now, seen):
        return wanted
    if all(isinstance(one, Mapping) for one in (now, seen, wanted)):
        return _fields(now, seen, wanted, path, clashes)
    if all(isinstance(one, list) for one in (now, seen, wanted)) and (name := identity_of(now, seen, wanted)):
        return _items((now, seen, wanted), path, clashes, name)
    clashes.append(path)
    return now


def _fields(
    now: Mapping[str, Any],
    seen: Mapping[str, Any],
    wanted: Mapping[str, Any],
    path: Path,
    clashes: list[Path],
) -> dict[str, Any]:
    found = dict(now)
    for name in [*wanted, *(name for name in seen if name not in wanted)]:
        value = _merged(
            now.get(name, NOTHING),
            seen.get(name, [] if (*path, name) == _TASKS else NOTHING),
            wanted.get(name, NOTHING),
            (*path, name),
            clashes,
        )
        if value is NOTHING:
            found.pop(name, None)
        elif name in found:
            found[name] = value
        else:
            found = put(found, name, value, order_of(path))
    return found


#: Of these a form may show a few, and add one.
_TASKS = ("tasks",)


def _items(
    three: tuple[list[Any], list[Any], list[Any]], path: Path, clashes: list[Path], name: str
) -> list[Any]:
    """Return the items as they are now, with those of a form changed, added, taken away and moved."""
    here, before, after = ({item[name]: item for item in items} for items in three)
    found: dict[str, Any] = {}
    for key, item in here.items():
        value = _merged(item, before.get(key, NOTHING), after.get(key, NOTHING), (*path, key), clashes)
        if value is not NOTHING:
            found[key] = value
    order = _order(list(found), list(before), list(after), path, clashes)
    known: str | None = None
    for place, key in enumerate(after):
        if key not in found:
            value = _merged(NOTHING, before.get(key, NOTHING), after[key], (*path, key), clashes)
            if value is NOTHING:
                continue
            found[key] = value
            following = next((one for one in list(after)[place + 1 :] if one in order), None)
            if known is not None:
                order.insert(order.index(known) + 1, key)
            else:
                order.insert(len(order) if following is None else order.index(following), key)
        known = key
    return [found[key] for key in order]


def _order(now: list[str], seen: list[str], wanted: list[str], path: Path, clashes: list[Path]) -> list[str]:
    """Return the items of now in the order in which a form put those that it showed."""
    both = set(now) & set(seen) & set(wanted)
    was, shall, is_now = ([key for key in keys if key in both] for keys in (seen, wanted, now))
    if shall in (was, is_now):
        return list(now)
    if is_now != was:
        clashes.append(path)
        return list(now)
    moved = iter(shall)
    return [next(moved) if key in both else key for key in now]
