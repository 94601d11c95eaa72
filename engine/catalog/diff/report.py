"""A comparison as people and programs read it: text for a terminal, Markdown for a pull request, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.catalog.diff.advice import advice
from engine.catalog.diff.changes import Change
from engine.catalog.diff.contents import ContentDiff, FileDiff, ScopeDiff, TemplateDiff
from engine.catalog.diff.hiding import why_hidden
from engine.catalog.diff.values import plain
from engine.catalog.diff.wording import Root, Style, noun_of, sentences
from engine.catalog.models import TaskTemplate
from engine.catalog.overrides import Override
from engine.plurals import plural

#: More is not listed for one item: somebody wrote it anew, and reads the file.
_MOST = 100
#: A heading, and the lines below it.
Block = tuple[str, Sequence[str]]


def as_text(found: ContentDiff, style: Style = Style.TEXT) -> str:
    """Return it as text, or with the marks of Markdown."""
    lines = [_heading(f"Content from {found.base} to {found.head}", 2, style), ""]
    if found.is_empty:
        return "\n".join([*lines, "Nothing changed."])
    lines += [
        _heading("What authors wrote", 3, style),
        "",
        *_blocks(_file(one, found, style) for one in found.files),
    ]
    lines += [_heading("What work gets", 3, style), ""]
    has_new = any(one.place.kind == "task_template" and one.before is None for one in found.files)
    whose = "of the templates that there were" if has_new else "that is started from now on"
    lines += list(_blocks(_template(one, found, style) for one in found.templates)) or [
        f"Work {whose} gets what it got.",
        "",
    ]
    if asked := advice(found.files, style):
        lines += [_heading("To look at", 3, style), "", *(f"- {line}" for line in asked), ""]
    return "\n".join(lines[:-1])


def _heading(text: str, level: int, style: Style) -> str:
    return f"{'#' * level} {style.plain(text)}" if style is Style.MARKDOWN else text


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for heading, lines in blocks:
        yield heading
        yield ""
        yield from (f"- {line}" for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield f"- and {len(lines) - _MOST} more changes, which `--format json` lists"
        yield ""


def _file(file: FileDiff, everything: ContentDiff, style: Style) -> Block:
    lines = [*sentences_of_file(file, style, everything.templates), *map(style.plain, file.notes)]
    return f"{style.code(file.path)}: {_what(file, style)}", lines or ["The same by another wording."]


def _what(file: FileDiff, style: Style) -> str:
    """Return what a file holds, by its name."""
    item = file.after or file.before
    if isinstance(item, Override):
        return style.plain(f"override of {file.place.name} for {file.place.level} {file.place.scope_key}")
    noun = noun_of(item) if item is not None else plain(file.place.kind)
    name = getattr(item, "name", None) or getattr(item, "title", None) or file.place.name
    return noun if file.place.kind == "reminders" else f"{noun} {style.strong(str(name))}"


def sentences_of_file(file: FileDiff, style: Style, templates: Iterable[TemplateDiff] = ()) -> list[str]:
    """Return what the author of a file wrote, a sentence each; ``templates`` have the titles of tasks."""
    item = file.after or file.before
    if item is None:
        return []
    if isinstance(item, Override):
        whole = [] if file.before and file.after else [f"The override is {'gone' if file.before else 'new'}"]
        return [*whole, *_of_override(file, style, templates)]
    noun = noun_of(item)
    if file.before is None or file.after is None:
        tasks = f", with {plural(len(item.tasks), 'task')}" if isinstance(item, TaskTemplate) else ""
        verb = "are" if noun.endswith("s") else "is"
        return [f"The {noun} {verb} {'new' if file.before is None else 'gone'}{tasks}"]
    lines = sentences(file.changes, file.before, file.after, style)
    if file.path_before:
        lines.insert(0, f"The {noun} lies in another file now, before in {style.code(file.path_before)}")
    if file.place.kind == "reminders":
        lines.append("This holds at once for all work, running bundles as well")
    return lines


def _of_override(file: FileDiff, style: Style, templates: Iterable[TemplateDiff]) -> list[str]:
    before, after = file.pair
    named_in = next((one.scopes[0].after for one in templates if one.key == file.place.name), None)
    return sentences(file.changes, before, after, style, named_in=named_in) if before and after else []


def _template(found: TemplateDiff, everything: ContentDiff, style: Style) -> Block:
    first, *others = found.scopes
    lines = list(_scope(first, everything, style))
    for scope in others:
        lines += _other_scope(scope, first, style)
    return f"Template {style.strong(found.name)} ({style.code(found.key)})", lines


def lines_of_template(found: TemplateDiff, style: Style) -> list[str]:
    """Return what the work of one template gets otherwise, a sentence each: everybody's first."""
    first, *others = found.scopes
    lines = [*map(style.plain, first.notes), *sentences_of_scope(first, style)]
    return lines + [line for scope in others for line in _other_scope(scope, first, style)]


def _scope(scope: ScopeDiff, everything: ContentDiff, style: Style) -> Iterator[str]:
    yield from map(style.plain, scope.notes)
    if not scope.changes:
        if not scope.notes:
            yield "For everybody nothing changes"
        return
    lines = sentences_of_scope(scope, style)
    written = [
        line
        for file in everything.files
        if file.place.name == _key(scope) and file.place.kind == "task_template"
        for line in sentences_of_file(file, style)
    ]
    if lines == written:
        yield "For everybody as its author wrote"
        return
    yield from lines


def _key(scope: ScopeDiff) -> str:
    return scope.after.resolved.key if scope.after else ""


def sentences_of_scope(scope: ScopeDiff, style: Style) -> list[str]:
    """Return what the work of somebody gets otherwise, a sentence each."""
    if scope.before is None or scope.after is None:
        return []
    return sentences(scope.changes, scope.before, scope.after, style)


def _other_scope(scope: ScopeDiff, everybody: ScopeDiff, style: Style) -> Iterator[str]:
    """Yield what is otherwise for a partner or campaign than for everybody, and what its override hides."""
    whom = style.plain(str(scope.scope))
    yield from map(style.plain, scope.notes)
    if scope.notes:
        return
    hidden = f": {why_hidden(scope, style)}" if scope.hidden else ""
    if not scope.changes:
        yield f"For {whom} nothing changes{hidden}"
        return
    shared = set(sentences_of_scope(everybody, style))
    own = [line for line in sentences_of_scope(scope, style) if line not in shared]
    if hidden:
        yield f"For {whom} not all of it changes{hidden}"
    elif not own:
        yield f"For {whom} the same changes"
    yield from (f"For {whom}: {line[0].lower()}{line[1:]}" for line in own)


def as_json(found: ContentDiff) -> dict[str, Any]:
    """Return it as data: every change with its sentence."""
    return {
        "base": {"name": found.base.name, "commit": found.base.revision.commit},
        "head": {"name": found.head.name, "commit": found.head.revision.commit},
        "files": [_file_json(one, found.templates) for one in found.files],
        "templates": [
            {"key": one.key, "name": one.name, "scopes": [_scope_json(scope) for scope in one.scopes]}
            for one in found.templates
        ],
        "advice": advice(found.files, Style.TEXT),
    }


def _file_json(file: FileDiff, templates: Sequence[TemplateDiff]) -> dict[str, Any]:
    return {
        "path": file.path,
        "path_before": file.path_before,
        "kind": file.place.kind,
        "what": "added" if file.before is None else "removed" if file.after is None else "changed",
        "changes": _changes_json(file.changes, *file.pair),
        "words": sentences_of_file(file, Style.TEXT, templates),
        "notes": list(file.notes),
    }


def _scope_json(scope: ScopeDiff) -> dict[str, Any]:
    return {
        "partner": scope.scope.partner,
        "campaign": scope.scope.campaign,
        "changes": _changes_json(scope.changes, scope.before, scope.after),
        "words": sentences_of_scope(scope, Style.TEXT),
        "hidden": [change.as_json() for change in scope.hidden],
        "notes": list(scope.notes),
    }


def _changes_json(changes: Sequence[Change], before: Root | None, after: Root | None) -> list[dict[str, Any]]:
    if before is None or after is None:
        return []
    return [{**one.as_json(), "words": sentences([one], before, after, Style.TEXT)[0]} for one in changes]
