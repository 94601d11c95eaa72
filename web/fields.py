"""The fields of forms: functions that give markup, everything in it escaped (P3).

Each takes the form's ``state`` (``web.forms.form_state``): ids, what was typed, the message at the field.
Every post form starts with ``opening`` and shows ``refusal``. What stands around a value is the same whenever
it is asked for, and is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias

from flask import Flask
from markupsafe import Markup, escape

from engine.asked import Asked, Shape
from web import csrf, uploads
from web.format import ticked
from web.forms import FormState, all_asked, asked, chosen_from, limits_of
from web.navigation import fixed_address

#: Names and values of further attributes of an input.
Attributes: TypeAlias = Mapping[str, Any]
#: Values and their words.
Options: TypeAlias = Iterable[tuple[Any, Any]]
_Fixed: TypeAlias = tuple[tuple[str, str], ...]
#: As many as all forms have, with some for each of the records that were shown last.
_REMEMBERED = 1024
_KINDS = {Shape.DAY: "date", Shape.MOMENT: "datetime-local", Shape.NUMBER: "number"}
_NONE: Attributes = {}


# -- the form ----------------------------------------------------------------------------------


def opening(state: FormState, revision: int | str | None = None) -> Markup:
    """Return the token, the form's name, and the revision that its reader saw."""
    seen = "" if revision is None else f'<input type="hidden" name="revision" value="{escape(revision)}">'
    return csrf.field() + Markup(  # noqa: S704 - the name is escaped
        f'<input type="hidden" name="form" value="{escape(state.name)}">{seen}'
    )


def refusal(state: FormState, title: str = "Not done:") -> Markup:
    """Return all reasons at once, for what belongs to no single field."""
    if not state.reasons:
        return Markup()
    reasons = Markup().join(Markup("<li>{}</li>").format(ticked(reason)) for reason in state.reasons)
    shown = Markup('<div class="refusal" role="alert" id="{}"><strong>{}</strong><ul>{}</ul></div>')
    return shown.format(state.id("refusal"), title, reasons)


def buttons(caller: Callable[[], Markup]) -> Markup:
    """Return the row of a form's buttons: ``{% call fields.buttons() %}<button>…{% endcall %}``."""
    return Markup(f'<div class="buttons">{escape(caller())}</div>')  # noqa: S704 - what is inside is escaped


def preview(state: FormState, name: str) -> Markup:
    """Return the button that shows a field's Markdown as it will be read: after the form's own buttons.

    Without the script it opens a tab, so that what is typed stays; the script shows it in the field's place.
    """
    return Markup(
        '<button type="submit" class="preview" name="preview" value="{}" formaction="{}" formtarget="_blank"'
        ' formnovalidate data-preview="{}">Preview</button>'
    ).format(name, fixed_address("preview.show"), state.id(name))


def form(state: FormState, action: str, command: str, go: str, known: Iterable[str] = ()) -> Markup:
    """Return the whole form of a command that needs no layout of its own; its address says what is known."""
    return Markup(
        '<form class="stack" method="post" action="{}">{}{}{}'
        '<div class="buttons"><button type="submit">{}</button></div></form>'
    ).format(action, opening(state), refusal(state), ask_all(state, command, known), go)


# -- what a command asks for -------------------------------------------------------------------


def ask(
    state: FormState,
    command: str,
    name: str,
    value: Any = "",
    *,
    label: str | None = None,
    hint: str | None = None,
    required: bool | None = None,
    options: Options | None = None,
    kind: str | None = None,
    rows: int | None = None,
    attributes: Attributes = _NONE,
) -> Markup:
    """Return one field of a command, as its input model asks for it: label, help, limits and choices.

    What only this page knows may be said instead: a start value, other words, the choices of now.
    """
    it, limits = _asked(command, name)
    label = it.label if label is None else label
    hint = it.help if hint is None else hint
    required = it.required if required is None else required
    if it.shape is Shape.CHOICE and options is None:
        options = chosen_from(it)
    if options is not None:
        return select(state, name, label, options, value, hint=hint, required=required, attributes=attributes)
    if it.shape is Shape.YES_NO:
        return check(state, name, label, value, hint=hint)
    if it.shape is Shape.FILE:
        return upload(state, name, label, required=required)
    said: Any = {
        "hint": hint,
        "required": required,
        "attributes": {**limits, **attributes} if attributes else limits,
    }
    if it.shape is Shape.LINES and kind is None:
        return area(state, name, label, value, rows=rows or it.rows, **said)
    return line(state, name, label, value, kind=kind or _KINDS.get(it.shape, "text"), **said)


@lru_cache(_REMEMBERED)
def _asked(command: str, name: str) -> tuple[Asked, Attributes]:
    """Return what a field asks for, with its limits."""
    found = asked(command, name)
    return found, limits_of(found)


def ask_all(state: FormState, command: str, known: Iterable[str] = ()) -> Markup:
    """Return all that a command asks for, in its order, but what the page knows already."""
    return Markup().join(ask(state, command, name) for name in all_asked(command) if name not in known)


# -- the fields --------------------------------------------------------------------------------


def line(
    state: FormState,
    name: str,
    label: str,
    value: Any = "",
    *,
    kind: str = "text",
    hint: str = "",
    required: bool = True,
    attributes: Attributes = _NONE,
) -> Markup:
    """Return one line: text, url, date, datetime-local, number, email, password, search."""
    before, after = _line(_field(state, name, label, hint, required=required), kind, _fixed(attributes))
    shown = "" if kind == "password" else escape(state.value(name, value))
    return Markup(f"{before}{shown}{after}")  # noqa: S704 - every part is escaped


def area(
    state: FormState,
    name: str,
    label: str,
    value: Any = "",
    *,
    hint: str = "",
    required: bool = True,
    rows: int = 3,
    attributes: Attributes = _NONE,
) -> Markup:
    """Return several lines."""
    before, after = _area(_field(state, name, label, hint, required=required), rows, _fixed(attributes))
    return Markup(f"{before}{escape(state.value(name, value))}{after}")  # noqa: S704 - every part is escaped


def select(
    state: FormState,
    name: str,
    label: str,
    options: Options,
    value: Any = "",
    *,
    hint: str = "",
    required: bool = True,
    attributes: Attributes = _NONE,
) -> Markup:
    """Return a choice from ``options``, each a value with its words."""
    before, after = _select(_field(state, name, label, hint, required=required), _fixed(attributes))
    shown = _options(tuple((str(key), str(words)) for key, words in options), str(state.value(name, value)))
    return Markup(f"{before}{shown}{after}")  # noqa: S704 - every part is escaped


def check(state: FormState, name: str, label: str, value: object = False, *, hint: str = "") -> Markup:
    """Return yes or no; an unticked box sends nothing, so a hidden ``false`` goes before it."""
    is_ticked = state.value(name) == "true" if state.was_refused else bool(value)
    return _check(_field(state, name, label, hint, required=False), is_ticked=is_ticked)


def upload(state: FormState, name: str, label: str, *, required: bool = True) -> Markup:
    """Return a file, with how large it may be: said before it is sent, and known to the script."""
    hint = f"At most {uploads.limit()}."
    return _upload(_field(state, name, label, hint, required=required), uploads.most_bytes())


# -- what is made once -------------------------------------------------------------------------


class _Field(NamedTuple):
    """What stands around the value of a field; text alone, for markup is not told apart from it."""

    #: The id of its input, unique on the page.
    id: str
    name: str
    label: str
    hint: str
    required: bool
    error: str


def _field(state: FormState, name: str, label: str, hint: str, *, required: bool) -> _Field:
    error = state.error(name) or ""
    return _Field(state.id(name), str(name), str(label), str(hint), bool(required), str(error))


def _fixed(attributes: Attributes) -> _Fixed:
    return tuple((name, str(value)) for name, value in attributes.items() if value is not None)


@lru_cache(_REMEMBERED)
def _line(field: _Field, kind: str, fixed: _Fixed) -> tuple[str, str]:
    before, after = _around(field)
    return f'{before}<input type="{escape(str(kind))}" {_facts(field)} value="', f'"{_written(fixed)}>{after}'


@lru_cache(_REMEMBERED)
def _area(field: _Field, rows: int, fixed: _Fixed) -> tuple[str, str]:
    before, after = _around(field)
    return f'{before}<textarea {_facts(field)} rows="{rows:d}"{_written(fixed)}>', f"</textarea>{after}"


@lru_cache(_REMEMBERED)
def _select(field: _Field, fixed: _Fixed) -> tuple[str, str]:
    before, after = _around(field)
    return f"{before}<select {_facts(field)}{_written(fixed)}>", f"</select>{after}"


@lru_cache(_REMEMBERED)
def _check(field: _Field, *, is_ticked: bool) -> Markup:
    return Markup(  # noqa: S704 - every part is escaped
        f'<div class="field field-check{_marked(field)}">'
        f'<input type="hidden" name="{escape(field.name)}" value="false">'
        f'<input type="checkbox" {_facts(field)} value="true"{" checked" if is_ticked else ""}>'
        f'<label for="{escape(field.id)}">{escape(field.label)}</label>{_hint(field)}{_error(field)}</div>'
    )


@lru_cache(_REMEMBERED)
def _upload(field: _Field, most: int) -> Markup:
    before, after = _around(field)
    return Markup(  # noqa: S704 - every part is escaped
        f'{before}<input type="file" {_facts(field)} data-most="{most:d}">'
        f'<p class="hint with-script">Or drop it here, or paste it.</p>{after}'
    )


@lru_cache(_REMEMBERED)
def _options(options: _Fixed, chosen: str) -> str:
    return "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(words)}</option>'
        for key, words in options
    )


def _around(field: _Field) -> tuple[str, str]:
    optional = "" if field.required else ' <span class="quiet">optional</span>'
    label = f'<label for="{escape(field.id)}">{escape(field.label)}{optional}</label>'
    return f'<div class="field{_marked(field)}">{label}{_hint(field)}', f"{_error(field)}</div>"


def _marked(field: _Field) -> str:
    return " has-error" if field.error else ""


def _hint(field: _Field) -> str:
    return f'<p class="hint" id="{escape(field.id)}-hint">{escape(field.hint)}</p>' if field.hint else ""


def _error(field: _Field) -> str:
    return f'<p class="error" id="{escape(field.id)}-error">{escape(field.error)}</p>' if field.error else ""


def _facts(field: _Field) -> str:
    told = [f"{field.id}-hint"] * bool(field.hint) + [f"{field.id}-error"] * bool(field.error)
    described = f' aria-describedby="{escape(" ".join(told))}"' if told else ""
    required, invalid = " required" * field.required, ' aria-invalid="true"' * bool(field.error)
    return f'id="{escape(field.id)}" name="{escape(field.name)}"{required}{invalid}{described}'


def _written(fixed: _Fixed) -> str:
    return "".join(f' {escape(name)}="{escape(value)}"' for name, value in fixed)


def register(app: Flask) -> None:
    """Offer these to the templates of ``app`` as ``fields``."""
    app.jinja_env.globals["fields"] = SimpleNamespace(
        opening=opening, refusal=refusal, buttons=buttons, preview=preview, form=form, ask=ask,
        ask_all=ask_all, line=line, area=area, select=select, check=check, upload=upload,
    )  # fmt: skip
