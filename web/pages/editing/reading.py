"""What a form sent of a value.

What an input sends as it was shown is left as the file says it, whatever the input can show of it: so nothing
is changed by looking at it, and a form that is saved untouched changes nothing (EDT-08).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.catalog.yaml_reader import read_yaml_text
from engine.proposals.editing import IDENTITIES, NOTHING, same
from engine.proposals.naming import name_for
from engine.proposals.overriding import put
from web.pages.editing import special
from web.pages.editing.shapes import Control, Shape, fitted
from web.pages.editing.showing import MADE, PREFIX, ROWS, row_parts, text_of

#: Behind the name of a field: take out what an override says of it.
AS_EVERYBODY = "as_everybody"


class Form(Protocol):
    """What was sent, as the web's form gives it."""

    def get(self, key: str, /) -> str | None:
        """Give the first value."""

    def getlist(self, key: str, /) -> list[str]:
        """Give all values."""

    def __contains__(self, key: object, /) -> bool:
        """Say whether it was sent."""


@dataclass(frozen=True)
class Sent:
    """A form as it was sent, and what in it cannot be read: (input, message)."""

    form: Form
    faults: list[tuple[str, str]] = field(default_factory=list)


def read(
    shapes: Sequence[Shape],
    seen: Mapping[str, Any],
    sent: Sent,
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what the fields shall say, those as seen that were left as they were shown.

    ``base`` is what everybody has, for fields of an override that shall be as there.
    """
    found, order = dict(seen), _order(shapes)
    for shape in shapes:
        name = f"{PREFIX}.{shape.name}"
        if base is not None and sent.form.get(f"{name}.{AS_EVERYBODY}") == "true":
            names = ("offset_days", "due") if shape.control is Control.DUE else (shape.name,)
            changes = {one: base.get(one, NOTHING) for one in names}
        else:
            changes = _read(shape, seen, sent, PREFIX)
        found = _with(found, changes, order)
    return found


def _order(shapes: Sequence[Shape]) -> list[str]:
    """Return the names of fields in the order of the format, which has two for a due date."""
    names = [shape.name for shape in shapes]
    return [one for name in names for one in (("offset_days", name) if name == "due" else (name,))]


def _read(shape: Shape, seen: Mapping[str, Any], sent: Sent, above: str) -> dict[str, Any]:
    """Return what a form changes of a field, by name; nothing where it was left as it was shown."""
    was, name = seen.get(shape.name), f"{above}.{shape.name}"
    if shape.control is Control.DUE:
        return _read_due(shape, seen, sent, name)
    shape = fitted(shape, was)
    if shape.control is Control.RECORD:
        value = _read_record(shape, was, sent, name)
    elif shape.control in (Control.ROWS, Control.PARAMETERS):
        value = _read_rows(shape, was, sent, name)
    elif shape.control is Control.WHEN:
        value = _read_when(was, sent.form, name)
    elif shape.control is Control.PICKS:
        value = _read_picks(was, sent.form, name)
    else:
        value = _read_text(shape, was, sent, name)
    return {} if value is _UNTOUCHED else {shape.name: value}


def _read_record(shape: Shape, was: Any, sent: Sent, name: str) -> Any:
    value, order = dict(was or {}), [part.name for part in shape.parts]
    for part in shape.parts:
        value = _with(value, _read(part, was or {}, sent, name), order)
    return _UNTOUCHED if same(value, was or {}) else value or NOTHING


def _read_picks(was: Any, form: Form, name: str) -> Any:
    """Return what is picked: first what was, in its order."""
    if f"{name}.{ROWS}" not in form:
        return _UNTOUCHED
    before, picked = list(was or ()), form.getlist(name)
    kept = [one for one in before if one in picked]
    found = [*kept, *(one for one in picked if one not in before)]
    return _UNTOUCHED if found == before else found or NOTHING


#: What was sent is what was shown.
_UNTOUCHED: Any = object()


def _with(found: Mapping[str, Any], changes: Mapping[str, Any], order: list[str]) -> dict[str, Any]:
    made = dict(found)
    for name, value in changes.items():
        if value is NOTHING:
            made.pop(name, None)
        else:
            made = put(made, name, value, order)
    return made


def _read_text(shape: Shape, was: Any, sent: Sent, name: str) -> Any:
    texts = sent.form.getlist(name)
    if not texts:
        return _UNTOUCHED
    text = _as_sent(shape, texts[-1])
    if text == _as_sent(shape, text_of(shape, was)):
        return _UNTOUCHED
    if not text.strip():
        return NOTHING
    try:
        return _parsed(shape, was, text)
    except ValueError as error:
        sent.faults.append((name, str(error)))
        return _UNTOUCHED


def _as_sent(shape: Shape, text: str) -> str:
    """Return a text as a browser sends it: a line has no line ends, and several lines begin with none."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    is_long = shape.control in (Control.AREA, Control.LINES, Control.YAML)
    return plain.removeprefix("\n") if is_long else plain.replace("\n", "").strip()


def _parsed(shape: Shape, was: Any, text: str) -> Any:
    """Return what a text says.

    Raises:
        ValueError: it cannot be read; the message says what to write.
    """
    if shape.control is Control.YES_NO:
        return text == "true"
    if shape.control is Control.NUMBER:
        return _number(text)
    if shape.control is Control.LINES:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if shape.control is Control.CHOICE:
        return next((one for one in shape.choices if text_of(shape, one) == text), text)
    if shape.control is Control.ASSIGNEE:
        return special.assignee_from_text(text)
    if shape.control is Control.YAML:
        document = read_yaml_text(text, shape.name)
        if document.problems:
            one = document.problems[0]
            raise ValueError(f"Line {one.line} of it: {one.message} {one.hint}".strip())
        return document.data
    if shape.control is Control.AREA:
        ends = "\n" if isinstance(was, str) and was.endswith("\n") else ""
        return text.rstrip() + ends
    return text


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError("Write a number.") from error
    if not math.isfinite(number):
        raise ValueError("Write a number.")
    return number


def _read_due(shape: Shape, seen: Mapping[str, Any], sent: Sent, name: str) -> dict[str, Any]:
    if not special.is_due_readable(seen):
        unread = Shape(shape.name, shape.label, shape.help, Control.YAML)
        value = _read_text(unread, seen.get("due"), sent, name)
        return {} if value is _UNTOUCHED else {"due": value}
    before = special.due_texts(seen)
    typed = {key: (sent.form.get(f"{name}.{key}") or "").strip() for key in before}
    if f"{name}.number" not in sent.form or typed == before:
        return {}
    if typed["number"] in ("", "0") and {**typed, "side": before["side"]} == before:
        return {}  # nothing lies before or after no days
    try:
        said = special.due_from_texts(seen, typed)
    except ValueError as error:
        sent.faults.append((name, str(error)))
        return {}
    return {one: said.get(one, NOTHING) for one in ("offset_days", "due")}


def _read_when(was: Any, form: Form, name: str) -> Any:
    texts = special.when_texts(was)
    if f"{name}.name" not in form:
        return _UNTOUCHED
    sent = {key: (form.get(f"{name}.{key}") or "").strip() for key in texts}
    if sent == {key: one.strip() for key, one in texts.items()} or not (sent["name"] or texts["name"]):
        return _UNTOUCHED
    if not sent["name"]:
        return NOTHING
    return _Condition(was, sent)


@dataclass(frozen=True)
class _Condition:
    """A condition as it was typed, before it is known what kind of answer its parameter takes."""

    was: Any
    texts: Mapping[str, str]


def with_conditions(data: Any, parameters: Mapping[str, Any] | None) -> Any:
    """Return what was read with every condition as its parameter's kind has it."""
    if isinstance(data, _Condition):
        return special.when_from_texts(data.was, data.texts, parameters)
    if isinstance(data, dict):
        return {name: with_conditions(one, parameters) for name, one in data.items()}
    return data


def _read_rows(shape: Shape, was: Any, sent: Sent, name: str) -> Any:
    is_asking = shape.control is Control.PARAMETERS
    entries: list[dict[str, Any]] = special.parameter_rows(was) if is_asking else list(was or [])
    tokens = sent.form.getlist(f"{name}.{ROWS}")
    if not tokens:
        return _UNTOUCHED
    parts, rows = row_parts(shape), list[tuple[str, dict[str, Any]]]()
    order = [part.name for part in shape.parts]
    for token in tokens:
        entry = entries[int(token)] if token.isdecimal() and int(token) < len(entries) else {}
        row = dict(entry)
        for part in parts:
            row = _with(row, _read(part, entry, sent, f"{name}.{token}"), order)
        if row:
            rows.append((token, row))
    found = _done(rows, sent.form, name)
    if not is_asking:
        found = _named(shape, found)
    if same(found, entries):
        return _UNTOUCHED
    if is_asking:
        value = special.parameters_from_rows(was, entries, found)
        return NOTHING if value is None else value
    return found or NOTHING


def _done(rows: list[tuple[str, dict[str, Any]]], form: Form, name: str) -> list[dict[str, Any]]:
    """Return the rows after what was pressed beside one of them: up, down, copy or remove."""
    where, _, verb = (form.get("do") or "").rpartition(".")
    before, _, token = where.rpartition(".")
    found = [row for _, row in rows]
    index = next((place for place, (one, _) in enumerate(rows) if one == token), None)
    if before != name or index is None:
        return found
    if verb == "remove":
        del found[index]
    elif verb == "copy":
        bare = {key: one for key, one in found[index].items() if key not in MADE}
        found.insert(index + 1, bare | _renamed(bare, found))
    elif verb in ("up", "down"):
        there = min(max(index + (1 if verb == "down" else -1), 0), len(found) - 1)
        found.insert(there, found.pop(index))
    return found


def _renamed(row: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return another name for a copy, where people type it."""
    name = next((one for one in IDENTITIES if one in row), None)
    if name is None or any("kind" in one and "title" in one for one in rows):
        return {"name": ""} if "name" in row else {}
    taken = {one.get(name) for one in rows}
    number = next(number for number in range(2, len(rows) + 3) if f"{row[name]} {number}" not in taken)
    return {name: f"{row[name]} {number}"}


def _named(shape: Shape, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give new rows the name that the program makes, first among their fields."""
    made = next((part.name for part in shape.parts if part.name in MADE), None)
    if made is None:
        return rows
    found: list[dict[str, Any]] = []
    taken = [str(row[made]) for row in rows if made in row]
    for row in rows:
        if made not in row:
            said = next((str(row[one]) for one in ("title", "name", "type") if row.get(one)), made)
            name = name_for(said, taken)
            taken.append(name)
            found.append({made: name, **row})
        else:
            found.append(row)
    return found
