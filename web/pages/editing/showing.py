"""A value as its inputs show it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.proposals.editing import IDENTITIES, NOTHING
from web.pages.editing import special
from web.pages.editing.shapes import Control, Shape, fitted

#: In front of the names of inputs, so that a field may be called like one of the page's own.
PREFIX = "f"
#: Behind the name of a list: which of its rows were shown, in their order.
ROWS = "rows"
NEW = "new"
#: Names that the program makes, and that stay.
MADE = ("ref", "key")
#: Short for another field: shown only where the file has it.
_SHORT = ("source",)
_WIDEST = 10**6
_UNSAID = "not said"


@dataclass(frozen=True)
class Field:
    """One field with what its inputs show."""

    shape: Shape
    #: The name of its input.
    name: str
    value: str = ""
    #: (value, words) of a choice.
    options: tuple[tuple[str, str], ...] = ()
    #: What is picked of them.
    picked: frozenset[str] = frozenset()
    #: The texts of a field with several inputs.
    texts: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Field, ...] = ()
    rows: tuple[Row, ...] = ()
    #: Whether anything is said.
    is_said: bool = False
    #: What everybody has, in words; None where no override says otherwise.
    everybody: str | None = None
    #: What it says by now, where that was changed elsewhere, too.
    elsewhere: str | None = None

    def names(self) -> list[str]:
        """Return the names of its inputs, and of those within."""
        below = [*self.parts, *(part for row in self.rows for part in row.parts)]
        return [self.name, *(row.name for row in self.rows), *(name for one in below for name in one.names())]


@dataclass(frozen=True)
class Row:
    """One entry of a list."""

    #: The name of its inputs, without those of its fields.
    name: str
    #: Which of the seen entries it is, by its number; or a new one.
    token: str
    title: str
    parts: tuple[Field, ...]
    #: What it is known by, which the program made; empty where people type it.
    made_name: str = ""


@dataclass(frozen=True)
class Known:
    """What the fields of a template may name."""

    #: Field -> its choices.
    options: Mapping[str, Sequence[tuple[str, str]]]
    parameters: Mapping[str, Any] | None = None


def shown(shape: Shape, holder: Mapping[str, Any], known: Known, name: str = PREFIX) -> Field:
    """Return a field of ``holder`` with what its inputs show."""
    value = holder.get(shape.name)
    if shape.control is Control.DUE:
        return _shown_due(shape, holder, known, name)
    shape = fitted(shape, value)
    name, is_said = f"{name}.{shape.name}", value is not None
    if shape.control is Control.RECORD:
        said = value or {}
        asked = (part for part in shape.parts if part.name not in _SHORT or part.name in said)
        parts = tuple(shown(part, said, known, name) for part in asked)
        return Field(shape, name, parts=parts, is_said=is_said)
    if shape.control in (Control.ROWS, Control.PARAMETERS):
        entries = special.parameter_rows(value) if shape.control is Control.PARAMETERS else value or []
        return Field(shape, name, rows=tuple(_rows(shape, entries, known, name)), is_said=is_said)
    if shape.control is Control.WHEN:
        names = [("", "always"), *known.options.get("when", ())]
        return Field(shape, name, options=tuple(names), texts=special.when_texts(value), is_said=is_said)
    text = text_of(shape, value)
    options = _options(shape, text, known)
    picked = frozenset(value or ()) if shape.control is Control.PICKS else frozenset[str]()
    if shape.control is Control.PICKS:
        options = (*options, *((one, one) for one in value or () if one not in dict(options)))
    return Field(shape, name, text, options, picked, is_said=is_said)


def _shown_due(shape: Shape, holder: Mapping[str, Any], known: Known, name: str) -> Field:
    is_said = holder.get("due") is not None or holder.get("offset_days") is not None
    if not special.is_due_readable(holder):
        unread = Shape(shape.name, shape.label, shape.help, Control.YAML)
        return Field(unread, f"{name}.due", text_of(unread, holder.get("due")), is_said=is_said)
    texts, options = special.due_texts(holder), list(known.options.get("due", ()))
    if texts["from"] not in dict(options):
        options.append((texts["from"], texts["from"]))
    return Field(shape, f"{name}.due", options=tuple(options), texts=texts, is_said=is_said)


def _rows(shape: Shape, entries: list[dict[str, Any]], known: Known, name: str) -> list[Row]:
    parts = row_parts(shape)
    rows = [
        _row(parts, entry, known, f"{name}.{number}", str(number)) for number, entry in enumerate(entries)
    ]
    return [*rows, _row(parts, {}, known, f"{name}.{NEW}", NEW)]


def _row(parts: Sequence[Shape], entry: Mapping[str, Any], known: Known, name: str, token: str) -> Row:
    made = next((str(entry[one]) for one in MADE if one in entry), "")
    fields = tuple(shown(part, entry, known, name) for part in parts)
    return Row(name, token, _title_of(entry), fields, made or str(entry.get("name", "")) * ("kind" in entry))


def row_parts(shape: Shape) -> tuple[Shape, ...]:
    """Return what is asked for of one row; a name that the program makes is not."""
    if shape.control is Control.PARAMETERS:
        return special.PARAMETER
    return tuple(part for part in shape.parts if part.name not in MADE)


def text_of(shape: Shape, value: Any) -> str:
    """Return a value as its input shows it."""
    if shape.control is Control.YES_NO:
        return "true" if (shape.default if value is None else value) else "false"
    if shape.control is Control.ASSIGNEE:
        return special.assignee_text(value)
    if value is None:
        return ""
    if shape.control is Control.YAML:
        return _as_yaml(value)
    if shape.control in (Control.LINES, Control.PICKS):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def in_words(shape: Shape, value: Any) -> str:
    """Return a value for people to compare with another."""
    if value is NOTHING or value is None:
        return _UNSAID
    if isinstance(value, bool):
        return "yes" if value else "no"
    if shape.control is Control.ASSIGNEE and isinstance(value, dict):
        return special.assignee_text(value).replace(":", " ")
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return ", ".join(_title_of(one) or "one without a name" for one in value)
    return value if isinstance(value, str) else _as_yaml(value)


def _title_of(entry: Mapping[str, Any]) -> str:
    """Return what people know an entry of a list by."""
    said = next((entry[one] for one in ("title", "name", "label") if entry.get(one)), None)
    made = next((entry[one] for one in IDENTITIES if entry.get(one)), "")
    return str(made).replace("_", " ") if said is None else str(said)


def _as_yaml(value: Any) -> str:
    text: str = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, width=_WIDEST, default_flow_style=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _options(shape: Shape, text: str, known: Known) -> tuple[tuple[str, str], ...]:
    offered = known.options.get(shape.name)
    if shape.control is Control.ASSIGNEE:
        offered = known.options["assignee"]
    if shape.control is Control.CHOICE:
        offered = [(text_of(shape, one), words_of(one)) for one in shape.choices]
    if offered is None:
        return ()
    if shape.control is Control.PICKS:
        return tuple(offered)
    usual = _UNSAID if shape.default in (None, [], "") else f"{words_of(shape.default)} (as usual)"
    found = [] if shape.required and text else [("", usual)]
    found += offered
    return tuple(found if text in dict(found) else [*found, (text, text)])


def words_of(value: Any) -> str:
    """Return a value of a choice as people say it."""
    if isinstance(value, list):
        return ", then ".join(map(str, value))
    return str(value).replace("_", " ")
