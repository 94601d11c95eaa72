"""What a form shows after it was refused: its own input and the message at each field.

A view that refuses calls ``refuse(error)`` and renders its page again; the page asks ``form_state(name)``
for each of its forms. A form names itself in a hidden input ``form``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, g, request
from werkzeug.exceptions import HTTPException

from engine import commands
from engine.asked import Asked, fields_of
from engine.errors import BadRequestError, WorkbenchError
from web import outages
from web.answers import message_for_all

NAME_FIELD = "form"


@dataclass(frozen=True)
class FormState:
    """One form as the page shows it now; untouched unless it was just refused."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    #: field -> message, for the messages that belong to a field.
    errors: Mapping[str, str] = field(default_factory=dict)
    #: What belongs to the form as a whole, all reasons at once.
    reasons: tuple[str, ...] = ()

    @property
    def was_refused(self) -> bool:
        """Whether this very form was just sent and refused."""
        return bool(self.errors or self.reasons)

    def id(self, name: str) -> str:
        """Return the id of an input, unique on the page."""
        return f"{self.name}-{name}"

    def value(self, name: str, otherwise: object = "") -> Any:
        """Give what was typed, else what the form starts with."""
        return self.values.get(name, "" if otherwise is None else otherwise)

    def error(self, name: str) -> str | None:
        """Return the message at a field, if any."""
        return self.errors.get(name)


def sent() -> Mapping[str, str]:
    """Return the fields of the form that was sent; none where it cannot be read, as a refusal may say."""
    try:
        return request.form
    except (HTTPException, BadRequestError):
        return {}


def refuse(error: WorkbenchError) -> FormState:
    """Remember for this request that its form was refused, and why, as everybody may read it (G3)."""
    outages.note(error)
    given, told = sent(), message_for_all(error)
    shown = {*given, *request.files} if given else frozenset()
    errors: dict[str, str] = {}
    reasons: list[str] = []
    for detail in error.details:
        name, message = detail.get("field"), str(detail.get("message", told))
        if name in shown:
            errors.setdefault(str(name), message)
        else:
            reasons.append(message)
    if not errors and not reasons:
        reasons = [told]
    name = given.get(NAME_FIELD, "page")
    values = {field: request.form.getlist(field)[-1] for field in given}
    state = FormState(name, values, errors, tuple(dict.fromkeys(reasons)))
    g.refused_form = state
    return state


def form_state(name: str) -> FormState:
    """Return the state of the form with this name; for templates."""
    refused: FormState | None = g.get("refused_form")
    return refused if refused is not None and refused.name == name else FormState(name)


def refused_form() -> FormState | None:
    """Return the form that was just refused, if any; for a page's summary of errors."""
    refused: FormState | None = g.get("refused_form")
    return refused


def asked(command: str, name: str) -> Asked:
    """Give one field of a command, as its form asks for it."""
    return all_asked(command)[name]


def all_asked(command: str) -> Mapping[str, Asked]:
    """Give all fields of a command by name, in their order."""
    return fields_of(commands.get(command).input)


def limits_of(field: Asked) -> dict[str, Any]:
    """Give a field's limits as attributes of its input."""
    limits = {
        "minlength": field.shortest if (field.shortest or 0) > 1 else None,
        "maxlength": field.longest,
        "min": field.least,
        "max": field.most,
        "pattern": field.pattern.strip("^$") if field.pattern else None,
    }
    return {name: value for name, value in limits.items() if value is not None}


def chosen_from(field: Asked) -> list[tuple[str, str]]:
    """Give the words of a choice with what is shown for them; nothing first where it may be left out."""
    choices = [(word, word.replace("_", " ")) for word in field.choices]
    return choices if field.required or field.default is not None else [("", "not said"), *choices]


def register(app: Flask) -> None:
    """Offer the form states, and what commands ask for, to the templates of ``app``."""
    app.jinja_env.globals.update(
        all_asked=all_asked,
        asked=asked,
        chosen_from=chosen_from,
        form_state=form_state,
        limits_of=limits_of,
        refused_form=refused_form,
    )
