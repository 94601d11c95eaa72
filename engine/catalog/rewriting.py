"""Makes the text of a content file say something else, and leaves every other line as its author wrote it.

Comments, order, quotes and layout stay. One difference after the other is made by ``yaml_edit``, and each is
read again by the reader that reads all content: what it would not read as meant is made in another way or
refused, so a file never says anything but what was asked for (EDT-08).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
import yaml_edit

from engine.budgets import VALUES_OF_CONTENT_FILE
from engine.catalog.yaml_reader import Path, YamlDocument, read_yaml
from engine.errors import ContentError

#: What tells one entry of a list from the others, in the order in which it is looked for.
_IDENTITIES = ("ref", "key", "name", "label", "tool", "text")
#: Lines are not broken: that is for people to do.
_WIDEST = 10**6
#: Stands for a place at which there is nothing.
_NOTHING: Any = object()


@dataclass(frozen=True)
class _Edit:
    """One difference: the value at ``path`` becomes ``value``."""

    #: Where the value is, or comes to be.
    path: Path
    #: What it says then; ``_NOTHING`` takes it away.
    value: Any = _NOTHING
    #: Whether it is a new entry of a list or mapping, which pushes the others on.
    is_new: bool = False
    #: Of an entry of a list, where it is taken from.
    moved_from: int | None = None
    #: Of a new field, the one that it comes after; None is the first.
    after: str | None = None


def rewritten(raw: bytes, file: str, wanted: dict[str, Any]) -> bytes:
    """Return the text of a file changed so that it says ``wanted``; the same bytes where it does already.

    Raises:
        ContentError: the text cannot be read, or one of its values cannot be changed without touching others,
            such as one that stands for several places; it is named, and can be changed in the text itself.
    """
    document = _read(raw, file)
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    text = raw.removeprefix(mark).decode("utf-8")
    for _ in range(VALUES_OF_CONTENT_FILE):
        edit = next(_differences(document.data, wanted, ()), None)
        if edit is None:
            return mark + text.encode("utf-8")
        text, document = _made(text, document, edit)
    raise ContentError(f"{file} differs in too many values. Change its text itself.")


def _read(raw: bytes, file: str) -> YamlDocument:
    document = read_yaml(raw, file)
    if document.problems:
        raise ContentError(
            f"{file} cannot be read: {document.problems[0]}",
            details=[found.as_detail() for found in document.problems],
        )
    return document


# What is different


def _differences(old: Any, new: Any, path: Path) -> Iterator[_Edit]:
    """Yield differences; after one is made, the others may lie elsewhere."""
    if _same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        yield from _of_mappings(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and old and new:
        yield from _of_lists(old, new, path)
    else:
        yield _Edit(path, new)


def _of_mappings(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[_Edit]:
    for name in old:
        if name not in new and any(kept in new for kept in old):
            yield _Edit((*path, name))
    before: str | None = None
    for name, value in new.items():
        if name in old:
            yield from _differences(old[name], value, (*path, name))
        else:
            yield _Edit((*path, name), value, is_new=True, after=before)
        before = name
    if not any(name in new for name in old):
        yield _Edit(path, new)


def _of_lists(old: list[Any], new: list[Any], path: Path) -> Iterator[_Edit]:
    names, wanted = _names(old), _names(new)
    if len(old) == len(new) and sum(a != b for a, b in zip(names, wanted, strict=True)) == 1:
        wanted = names  # one entry says something else, even what tells it apart
    if not set(names) & set(wanted):
        yield _Edit(path, new)
        return
    for index in reversed(range(len(old))):
        if names[index] not in wanted:
            yield _Edit((*path, index))
    for index, name in enumerate(wanted):
        if index < len(names) and names[index] == name:
            yield from _differences(old[index], new[index], (*path, index))
        elif name in names:
            yield _Edit((*path, index), moved_from=names.index(name))
        else:
            yield _Edit((*path, index), new[index], is_new=True)


def _names(entries: Sequence[Any]) -> list[tuple[str, int]]:
    """Return what tells each entry from the others, numbered where several are alike."""
    found: list[tuple[str, int]] = []
    for entry in entries:
        field = next((one for one in _IDENTITIES if isinstance(entry, dict) and one in entry), None)
        said = _as_text(entry[field] if field else entry)
        found.append((said, sum(said == other for other, _ in found)))
    return found


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _same(one: Any, other: Any) -> bool:
    """Whether both say the same: 1 is not true, and the order of fields is nothing that is said."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# Making it so


def _made(text: str, before: YamlDocument, edit: _Edit) -> tuple[str, YamlDocument]:
    """Return the text with one difference made, as the first way does it that is read as meant."""
    meant = _applied(before.data, edit)
    ways: list[Callable[[], str]] = [
        lambda: _with(text, edit, edit.value),
        lambda: _with(text, edit, _quoted(edit.value)),
        lambda: _with_lines_moved(text, before, edit),
        lambda: _with_value_moved(text, before, edit),
        lambda: _with_lines_replaced(text, before, edit),
    ]
    for way in ways:
        try:
            made = way()
        except (yaml_edit.YamlError, _NoWayError, KeyError, IndexError, TypeError):
            continue
        document = read_yaml(made.encode("utf-8"), before.file)
        if (
            not document.problems
            and _same(document.data, meant)
            and _keeps_comments(text, made, before, edit)
        ):
            return made, document
    line = before.at(edit.path)[0]
    raise ContentError(
        f"{before.file}, line {line}: {'.'.join(map(str, edit.path))} cannot be changed by itself. "
        "Change the text of the file."
    )


class _NoWayError(Exception):
    """This way does not lead there."""


def _applied(data: Any, edit: _Edit) -> Any:
    """Return the data with one difference made."""
    if not edit.path:
        return edit.value
    first, rest = edit.path[0], _Edit(edit.path[1:], edit.value, edit.is_new, edit.moved_from, edit.after)
    if isinstance(data, dict):
        changed = dict(data)
        if not rest.path and edit.value is _NOTHING:
            del changed[first]
        else:
            changed[first] = _applied(data.get(first), rest)
        return changed
    entries, index = list(data), int(first)
    if rest.path:
        entries[index] = _applied(entries[index], rest)
    elif edit.moved_from is not None:
        entries.insert(index, entries.pop(edit.moved_from))
    elif edit.is_new:
        entries.insert(index, edit.value)
    elif edit.value is _NOTHING:
        del entries[index]
    else:
        entries[index] = edit.value
    return entries


def _with(text: str, edit: _Edit, value: Any) -> str:
    if edit.moved_from is not None or not edit.path:
        raise _NoWayError
    document = yaml_edit.Document.parse(text)
    node, last = _node(document, edit.path[:-1]), edit.path[-1]
    if value is _NOTHING:
        del node[last]
    elif not edit.is_new:
        node[last] = value
    elif isinstance(last, int):
        node.insert(last, value)
    elif edit.after is None:
        node.insert_at_index(0, last, value)
    else:
        node.insert_after(edit.after, last, value)
    return _with_blank_lines(text, str(document))


def _with_blank_lines(text: str, made: str) -> str:
    """Return what was made with the blank lines behind a text of several lines, which are no part of it."""
    before, after = text.splitlines(keepends=True), made.splitlines(keepends=True)
    same = 0
    while same < min(len(before), len(after)) and before[-1 - same] == after[-1 - same]:
        same += 1
    end = len(before) - same
    blank = end
    while blank and not before[blank - 1].strip():
        blank -= 1
    if len(after) == same or not after[len(after) - same - 1].strip():
        return made
    return "".join([*after[: len(after) - same], *before[blank:end], *after[len(after) - same :]])


def _node(document: yaml_edit.Document, path: Path) -> Any:
    """Return the mapping or list at a path."""
    node: Any = document.as_mapping()
    for step in path:
        found = node[step]
        node = found.as_mapping() if found.is_mapping() else found.as_sequence()
        if node is None:
            raise _NoWayError
    return node


def _quoted(value: Any) -> Any:
    """Return a value with every text in it to be written in quotes."""
    if isinstance(value, str):
        return yaml_edit.ScalarValue(value, style="double-quoted")
    if isinstance(value, dict):
        return {name: _quoted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_quoted(one) for one in value]
    return value


def _with_lines_moved(text: str, before: YamlDocument, edit: _Edit) -> str:
    """Return the text with an entry of a list moved as it stands, with the comments above it."""
    if edit.moved_from is None:
        raise _NoWayError
    parent, there = edit.path[:-1], int(edit.path[-1])
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    count = sum(len(path) == len(edit.path) and path[:-1] == parent for path in before.places)
    starts = [_first_line(lines, before.places[(*parent, index)][0] - 1) for index in range(count)]
    if len(set(starts)) != count:
        raise _NoWayError  # they stand side by side
    ends = [*starts[1:], _end(lines, before.places[(*parent, count - 1)])]
    blocks = [lines[start:end] for start, end in zip(starts, ends, strict=True)]
    blocks.insert(there, blocks.pop(edit.moved_from))
    return "".join([*lines[: starts[0]], *(line for block in blocks for line in block), *lines[ends[-1] :]])


def _with_value_moved(text: str, before: YamlDocument, edit: _Edit) -> str:
    """Return the text with an entry taken away and written anew elsewhere, for lists in brackets."""
    if edit.moved_from is None:
        raise _NoWayError
    value = before.data
    for step in (*edit.path[:-1], edit.moved_from):
        value = value[step]
    document = yaml_edit.Document.parse(text)
    node = _node(document, edit.path[:-1])
    del node[edit.moved_from]
    node.insert(edit.path[-1], value)
    return str(document)


def _with_lines_replaced(text: str, before: YamlDocument, edit: _Edit) -> str:
    """Return the text with the lines of a field, or of an entry of a list, replaced or taken away."""
    if edit.is_new or edit.moved_from is not None or not edit.path:
        raise _NoWayError
    lines, place = text.splitlines(keepends=True), before.places[edit.path]
    begins = lines[place[0] - 1][: place[1] - 1]
    if begins.strip(" -"):
        raise _NoWayError  # something else stands before it
    step, come = edit.path[-1], list[str]()
    if edit.value is not _NOTHING:
        says = {step: edit.value} if isinstance(step, str) else edit.value
        dumped = yaml.safe_dump(says, sort_keys=False, allow_unicode=True, width=_WIDEST).splitlines()
        come = [(begins if not number else " " * len(begins)) + line for number, line in enumerate(dumped)]
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    new = [line + ending for line in come]
    return "".join([*lines[: place[0] - 1], *new, *lines[_end(lines, place) :]])


def _first_line(lines: Sequence[str], line: int) -> int:
    """Return the first line of an entry: that of the comments which stand right above it, as deep as it."""
    indent = len(lines[line]) - len(lines[line].lstrip())
    while line and (above := lines[line - 1]).lstrip().startswith("#") and _indent(above) == indent:
        line -= 1
    return line


def _end(lines: Sequence[str], place: tuple[int, int]) -> int:
    """Return the line after the last of a field, or an entry of a list, whose first line is at ``place``."""
    column = _indent(lines[place[0] - 1])
    is_field = place[1] - 1 == column
    end = place[0]
    while end < len(lines) and (
        not _says_something(lines[end]) or _goes_on(lines[end], column, is_field=is_field)
    ):
        end += 1
    while end > place[0] and not _says_something(lines[end - 1]) and _indent(lines[end - 1]) <= column:
        end -= 1
    return end


def _says_something(line: str) -> bool:
    """Whether it is neither blank nor a comment; inside of a text of several lines it may be neither."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _goes_on(line: str, column: int, *, is_field: bool) -> bool:
    """Whether a line belongs to what began at a column: the entries of a list may stand right below it."""
    return _indent(line) > column or (is_field and _indent(line) == column and line.lstrip().startswith("- "))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _keeps_comments(text: str, made: str, before: YamlDocument, edit: _Edit) -> bool:
    """Whether no comment is lost but those that stand inside of what was replaced or taken away."""
    inside = range(0)
    if not edit.is_new and edit.moved_from is None:
        lines = [place[0] for path, place in before.places.items() if path[: len(edit.path)] == edit.path]
        inside = range(lines[0] + (edit.value is not _NOTHING and len(lines) == 1), max(lines) + 1)
    owed = Counter(comment for line, comment in _comments(text) if line not in inside)
    return owed <= Counter(comment for _, comment in _comments(made))


def _comments(text: str) -> list[tuple[int, str]]:
    """Return (line, comment) of every comment."""
    return [
        (comment.start_position(text)[0], comment.text())
        for comment in yaml_edit.Document.parse(text).comments()
    ]
