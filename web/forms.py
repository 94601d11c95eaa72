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

from engine.errors import WorkbenchError

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

    def value(self, name: str, otherwise: Any = "") -> Any:
        """Return what was typed, else what the form starts with."""
        return self.values.get(name, "" if otherwise is None else otherwise)

    def error(self, name: str) -> str | None:
        """Return the message at a field, if any."""
        return self.errors.get(name)


def sent() -> Mapping[str, str]:
    """Return the fields of the form that was sent; none where it cannot be read, as a refusal may say."""
    try:
        return request.form
    except HTTPException:
        return {}


def refuse(error: WorkbenchError) -> FormState:
    """Remember for this request that its form was refused, and why."""
    given = sent()
    shown = {*given, *request.files} if given else frozenset()
    errors: dict[str, str] = {}
    reasons: list[str] = []
    for detail in error.details:
        name, message = detail.get("field"), str(detail.get("message", error.message))
        if name in shown:
            errors.setdefault(str(name), message)
        else:
            reasons.append(message)
    if not errors and not reasons:
        reasons = [error.message]
    name = given.get(NAME_FIELD, "page")
    state = FormState(name, dict(given.items()), errors, tuple(dict.fromkeys(reasons)))
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


def register(app: Flask) -> None:
    """Offer the form states to the templates of ``app``."""
    app.jinja_env.globals.update(form_state=form_state, refused_form=refused_form)
