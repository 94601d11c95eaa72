"""Overrides of nothing, overrides that repeat what stands already, and overrides that break a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.catalog.check_references import reference_findings
from engine.catalog.content import Content
from engine.catalog.findings import Finding, first
from engine.catalog.loader import LoadedFile
from engine.catalog.overrides import HEADER_FIELDS, Override
from engine.catalog.parts import tool_list
from engine.catalog.problems import Problem, ProblemCode
from engine.catalog.schemas import show_path
from engine.catalog.yaml_reader import Path

#: Lists whose items have a name: where they are, and the field that names them.
_NAMED_LISTS = {
    "tasks": "ref",
    "steps": "ref",
    "deliverables": "ref",
    "links": "name",
    "phases": "key",
    "tools": "tool",
}
#: Mappings that merge per key; all others are replaced whole.
_SHALLOW = {"config", "rules"}


def override_problems(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with each override, looked at together with the template it changes."""
    for file in content.files.values():
        if isinstance(file.item, Override):
            yield from _one(content, file, file.item)


def _one(content: Content, file: LoadedFile, override: Override) -> Iterator[Problem]:
    key = override.overrides
    if key not in content.templates:
        known_but_broken = any(
            other.place.kind == "task_template" and other.place.name == key
            for other in content.files.values()
        )
        if not known_but_broken:  # else the template's own problems say enough
            message = f"There is no template {key} to override."
            finding = Finding(
                ProblemCode.OVERRIDE_OF_NOTHING,
                ("overrides",),
                message,
                "Correct overrides, or remove the file.",
            )
            yield finding.placed_in(file.document)
        return
    base = content.merged(key)
    changes = {name: value for name, value in file.document.data.items() if name not in HEADER_FIELDS}
    for finding in _compare(changes, base.data, ()):
        yield finding.placed_in(file.document)
    yield from _broken_by(content, file, override)


def _broken_by(content: Content, file: LoadedFile, override: Override) -> Iterator[Problem]:
    """Yield what is wrong with the merged template and was not wrong before."""
    scope = {override.level: override.scope_key}
    base, merged = content.merged(override.overrides), content.merged(override.overrides, **scope)
    template, findings = content.merged_findings(merged)
    known = {base.placed(finding) for finding in content.merged_findings(base)[1]}
    if template is not None:
        findings = [*findings, *first(reference_findings(template, content))]
        before = content.templates[override.overrides]
        known |= {base.placed(finding) for finding in first(reference_findings(before, content))}
    for finding in findings:
        found = merged.placed(finding)
        if found not in known:
            yield _blamed(found, file)


def _blamed(found: Problem, file: LoadedFile) -> Problem:
    """Return the problem in the override that causes it, also where it shows in the template."""
    if found.file == file.path:
        return found
    first_change = next(name for name in file.document.data if name not in HEADER_FIELDS)
    line, column = file.document.at((first_change,))
    message = f"With this override: {found.message}"
    return replace(found, file=file.path, line=line, column=column, message=message)


def _compare(changes: Mapping[str, Any], base: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    for name, value in changes.items():
        where = (*path, name)
        old = base.get(name)
        if name in _NAMED_LISTS and isinstance(value, (list, dict)):
            yield from _compare_items(_tools(value), _tools(old or []), where, _NAMED_LISTS[name])
        elif name in _SHALLOW and isinstance(value, dict):
            yield from (
                _repeats((*where, key))
                for key, inner in value.items()
                if inner == (old or {}).get(key, not inner)
            )
        elif name in base and value == old:
            yield _repeats(where)


def _compare_items(items: list[Any], base: list[Any], path: Path, identity: str) -> Iterator[Finding]:
    known = {item[identity]: item for item in base}
    for number, item in enumerate(items):
        name = item[identity]
        where = (*path, number)
        rest = {field: value for field, value in item.items() if field not in {identity, "disabled"}}
        if name in known and not item.get("disabled"):
            if path[-1] == "tools":
                if {**item, "disabled": None} == {**known[name], "disabled": None}:
                    yield _repeats(where)
            elif not rest:
                yield _repeats(where)
            else:
                yield from _compare(rest, known[name], where)
        elif item.get("disabled") and name not in known:
            message = f"{show_path(where)} drops {name}, which the template does not have."
            yield Finding(
                ProblemCode.OVERRIDE_OF_NOTHING, where, message, "Correct the name, or remove the entry."
            )


def _tools(value: Any) -> list[Any]:
    """Return tools in list form, removals included, so that both forms compare alike."""
    if not isinstance(value, dict):
        return list(value)
    removed = [
        {"tool": name, "disabled": True} for name, setting in value.items() if setting in (None, False)
    ]
    return [*tool_list(value), *removed]


def _repeats(path: Path) -> Finding:
    message = f"{show_path(path)} says what the template says already."
    return Finding(
        ProblemCode.OVERRIDE_REPEATS, path, message, "Remove it, so that later changes reach this override."
    )
