"""What an author should know of items that have another name now: running bundles are joined by it.

A rename that is certain is told as one. Where one item is gone and a like one is new, nobody but their author
knows whether they are the same, so they are asked, with what to do if they are.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from engine.catalog.diff.changes import Change, ChangeKind, Part
from engine.catalog.diff.contents import FileDiff
from engine.catalog.diff.values import plain
from engine.catalog.diff.wording import Style

#: What people do not see, so that nothing is gained by another.
_UNSEEN = ("ref", "key", "id")
#: Lists whose items are read, and joined with nothing.
_ONLY_READ = ("references", "sops", "holidays")
#: So alike is what may be the same.
_ALIKE = 0.5


def advice(files: Iterable[FileDiff], style: Style) -> list[str]:
    """Return what to look at before items are renamed, a sentence or two each."""
    files = list(files)
    found = [*_of_files(files, style), *(line for file in files for line in _of_items(file, style))]
    return list(dict.fromkeys(found))


def _of_items(file: FileDiff, style: Style) -> Iterator[str]:
    lists: dict[tuple[tuple[Part, ...], str], dict[ChangeKind, list[Change]]] = {}
    for change in file.changes:
        if change.field is None and change.where[-1].field not in _ONLY_READ:
            place = (change.where[:-1], change.where[-1].field)
            lists.setdefault(place, {}).setdefault(change.kind, []).append(change)
    for (_, field), kinds in lists.items():
        noun = plain(field).removesuffix("s")
        for one in kinds.get(ChangeKind.RENAMED, []):
            yield _renamed(
                noun, (str(one.before), str(one.after)), "key" if field == "phases" else "ref", style
            )
        gone, come = kinds.get(ChangeKind.REMOVED, []), kinds.get(ChangeKind.ADDED, [])
        for old, new in _pairs(gone, come):
            yield _perhaps(noun, (old.where[-1].ref, new.where[-1].ref), _identity(old.before), style)


def _of_files(files: Sequence[FileDiff], style: Style) -> Iterator[str]:
    """Yield what may be one template, type, calendar or doc in a file of another name."""
    for file in files:
        kind = plain(file.place.kind).replace("task template", "template")
        keys = (PurePosixPath(file.path_before or file.path).stem, file.place.name)
        if keys[0] != keys[1]:
            yield _renamed(kind, keys, "key", style)
    for kind in dict.fromkeys(file.place.kind for file in files):
        gone = [file for file in files if file.place.kind == kind and file.before and file.after is None]
        come = [file for file in files if file.place.kind == kind and file.after and file.before is None]
        if kind in ("task_template", "task_type") and len(gone) == len(come) == 1:
            noun = plain(kind).replace("task template", "template")
            yield _perhaps(noun, (gone[0].place.name, come[0].place.name), "key", style)


def _identity(item: Any) -> str:
    return next((name for name in ("ref", "key", "id", "label", "name", "tool") if name in item), "ref")


def _renamed(noun: str, refs: tuple[str, str], identity: str, style: Style) -> str:
    old, new = map(style.code, refs)
    return (
        f"The {noun} {old} has the {identity} {new} now. Keep the old one, which nobody sees: running "
        "bundles and overrides are joined by it."
    )


def _perhaps(noun: str, refs: tuple[str, str], identity: str, style: Style) -> str:
    old, new = map(style.code, refs)
    unseen = ", which nobody sees" if identity in _UNSEEN else ""
    return (
        f"{old} is gone and {new} is new. If it is the same {noun} keep the {identity}{unseen}; running "
        "bundles are joined by it."
    )


def _pairs(gone: Sequence[Change], come: Sequence[Change]) -> Iterator[tuple[Change, Change]]:
    """Yield what went with what came and may be the same: the only two, or those that are alike."""
    if len(gone) == len(come) == 1:
        yield gone[0], come[0]
        return
    left = list(come)
    for old in gone:
        best = max(left, key=lambda new: _likeness(old.before, new.after), default=None)
        if best is not None and _likeness(old.before, best.after) >= _ALIKE:
            left.remove(best)
            yield old, best


def _likeness(before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """Return how much two items say alike, from 0 to 1; their names count by their letters."""
    names = [name for name in {*before, *after} if name not in _UNSEEN]
    if not names:
        return 0.0
    return sum(_alike(before.get(name), after.get(name)) for name in names) / len(names)


def _alike(one: Any, other: Any) -> float:
    if isinstance(one, str) and isinstance(other, str):
        return difflib.SequenceMatcher(a=one, b=other, autojunk=False).ratio()
    return float(one == other)
