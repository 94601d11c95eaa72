"""What ``content check`` says of a draft, at the field that it is about (EDT-07)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.catalog.problems import Problem
from engine.catalog.yaml_reader import Path, YamlDocument
from engine.proposals.editing import IDENTITIES
from web.pages.editing.sections import GENERAL, TASK, Section
from web.pages.editing.showing import PREFIX


@dataclass(frozen=True)
class Fault:
    """One problem, and where the wizard shows it."""

    problem: Problem
    #: The key of the section; empty where it is in no form.
    section: str
    #: The name of the input that is nearest to it.
    name: str


def placed(
    problems: Iterable[Problem], document: YamlDocument, data: Mapping[str, Any], sections: Iterable[Section]
) -> list[Fault]:
    """Return the problems of a file with their places among the sections; ``data`` is what these show."""
    owners = {shape.name: section.key for section in sections for shape in section.fields}
    return [
        Fault(one, *_of_path(_path_at(document, one.line, one.column), document.data, data, owners))
        for one in problems
        if one.file == document.file
    ]


def _path_at(document: YamlDocument, line: int, column: int) -> Path:
    """Return what stands at a place: the widest that begins there, else what the place lies in."""
    exact = [path for path, place in document.places.items() if place == (line, column)]
    if exact:
        return max(exact, key=len) if column > 1 else min(exact, key=len)
    begins = [path for path, place in document.places.items() if place[0] == line and path]
    if begins:
        return min(begins, key=len)
    above = [(place, path) for path, place in document.places.items() if place <= (line, column)]
    return max(above, key=lambda one: (one[0], len(one[1])))[1] if above else ()


def _of_path(path: Path, said: Any, data: Mapping[str, Any], owners: Mapping[str, str]) -> tuple[str, str]:
    """Return the section, and the name of the input; entries are found by their names in what is shown."""
    steps: list[str | int] = list(path)
    shown: Any = data
    section = ""
    if steps[:1] == ["tasks"] and len(steps) > 1:
        task = _within(_within(said, "tasks"), steps[1])
        ref = task.get("ref") if isinstance(task, dict) else None
        if not isinstance(ref, str):
            return "", ""
        section = f"{TASK}{ref}"
        shown = next(
            (one for one in data.get("tasks") or () if isinstance(one, dict) and one.get("ref") == ref), {}
        )
        said, steps = task, steps[2:]
    elif steps:
        section = owners.get(str(steps[0]), GENERAL if steps[0] == "key" else "")
    name = PREFIX
    for own in steps:
        said_here = _within(said, own)
        step = _index(said_here, own, shown) if isinstance(own, int) else own
        shown = _within(shown, step) or {}
        name, said = f"{name}.{'due' if step == 'offset_days' else step}", said_here
    return section, name.replace(".parameters.properties", ".parameters")


def _within(holder: Any, step: str | int) -> Any:
    """Return what stands at a step; None where nothing does."""
    if isinstance(holder, dict):
        return holder.get(step)
    is_there = isinstance(holder, list) and isinstance(step, int) and 0 <= step < len(holder)
    return holder[step] if is_there else None


def _index(entry: Any, step: int, shown: Any) -> int:
    """Return the place, among the entries that are shown, of one of the file's own."""
    if not isinstance(entry, dict) or not isinstance(shown, list):
        return step
    for name in IDENTITIES:
        if name in entry:
            found = (
                n for n, one in enumerate(shown) if isinstance(one, dict) and one.get(name) == entry[name]
            )
            return next(found, step)
    return step


def at_input(name: str, known: set[str]) -> str:
    """Return the input that is there and nearest to a name; empty where there is none."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name
