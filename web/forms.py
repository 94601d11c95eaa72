"""What a form shows after it was refused: its own input and the message at each field.

A view that refuses calls ``refuse(error)`` and renders its page again; the page asks ``form_state(name)``
for each of its forms. A form names itself in a hidden input ``form``.

A browser that left its page with the form is led back to that page, which shows the refusal once: loaded
again, it sends nothing. Until then what was typed waits in a cookie, which the one answer sets and the next
takes away: signed, for that page and this session alone, for a minute, without secrets. What is too long for
a cookie is shown in the answer itself, as it is to whoever is no such browser.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from flask import Flask, Response, current_app, g, redirect, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException

from engine import commands
from engine.asked import Asked, fields_of
from engine.errors import BadRequestError, WorkbenchError
from web import csrf, outages
from web.again import SECRET
from web.answers import message_for_all

NAME_FIELD = "form"
#: For how many seconds a refused form waits for its page, and how many bytes its cookie may have.
_WAITS, _LONGEST_COOKIE = 60, 3500
#: What a form carries that nobody typed: a page that is opened anew has its own.
_NOT_TYPED = frozenset({csrf.FIELD, NAME_FIELD, "revision", "idempotency_key"})
#: Longer addresses do not pass everywhere on the way.
_LONGEST_ADDRESS = 1500


@dataclass(frozen=True)
class FormState:
    """One form as the page shows it now; untouched unless it was just refused."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    #: field -> message, for the messages that belong to a field.
    errors: Mapping[str, str] = field(default_factory=dict)
    #: What belongs to the form as a whole, all reasons at once.
    reasons: tuple[str, ...] = ()
    #: Reason -> the address where it is put right, as far as there is one.
    places: Mapping[str, str] = field(default_factory=dict)
    #: All that was chosen, of fields of which several were.
    several: Mapping[str, Sequence[str]] = field(default_factory=dict)

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

    def chosen(self, name: str) -> frozenset[str]:
        """Give all that was chosen of a field that may be there several times."""
        return frozenset(self.several.get(name) or [self.values[name]] if name in self.values else ())

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
    places: dict[str, str] = {}
    for detail in error.details:
        name, message = detail.get("field"), str(detail.get("message", told))
        if name in shown:
            errors.setdefault(str(name), message)
        else:
            reasons.append(message)
            if place := detail.get("mended_at"):
                places[message] = str(place)
    if not errors and not reasons:
        reasons = [told]
    name = given.get(NAME_FIELD, "page")
    lists = {field: request.form.getlist(field) for field in given}
    values = {field: texts[-1] for field, texts in lists.items()}
    several = {field: texts for field, texts in lists.items() if len(texts) > 1}
    state = FormState(name, values, errors, tuple(dict.fromkeys(reasons)), places, several)
    g.refused_form = state
    return state


def form_state(name: str) -> FormState:
    """Return the state of the form with this name; for templates."""
    refused = refused_form()
    return refused if refused is not None and refused.name == name else FormState(name)


def refused_form() -> FormState | None:
    """Return the form that was just refused, if any; for a page's summary of errors."""
    try:  # the context is looked up once: each form of a page asks
        refused: FormState | None = g.refused_form
    except AttributeError:
        refused = g.refused_form = _waiting()
    return refused


def address_of_typed(endpoint: str, **values: Any) -> str | None:
    """Return where a page is that its address fills in, with what was typed; None if it is long."""
    sent = {name: texts[-1] for name, texts in request.form.lists() if name not in _NOT_TYPED}
    address = f"{url_for(endpoint, **values)}?{urlencode(sent)}"
    return address if len(address) <= _LONGEST_ADDRESS else None


def led_to(state: FormState, address: str) -> Response | None:
    """Lead the browser to the page that shows a refused form; None where the answer itself has to show it."""
    page = address.partition("?")[0]
    if not _leaves_its_page() or SECRET & state.values.keys():
        return None
    typed = {name: value for name, value in state.values.items() if name != csrf.FIELD}
    kept = {**asdict(state), "values": typed, "reasons": list(state.reasons)}
    cookie = _signer().dumps([page, _session(), kept])
    if len(cookie) > _LONGEST_COOKIE:
        return None
    answer = redirect(address, 303)
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(_cookie_name(), str(cookie), max_age=_WAITS, **_cookie_of(page))
    return answer  # type: ignore[return-value]  # Flask's redirect gives Flask's response


def _leaves_its_page() -> bool:
    """Whether a browser has left its page with this form; without HTTPS it says so in the older header."""
    mode = request.headers.get("Sec-Fetch-Mode")
    return mode == "navigate" if mode else request.headers.get("Upgrade-Insecure-Requests") == "1"


def _waiting() -> FormState | None:
    """Return the form that waits for this page, and forget it; what is not ours is none."""
    given = request.cookies.get(_cookie_name())
    if not given or request.method != "GET" or not _leaves_its_page():
        return None
    try:
        page, session, kept = _signer().loads(given, max_age=_WAITS)
    except BadData:
        return None
    if unquote(page) != request.root_path + request.path or session != _session():
        return None
    g.shown_form = page
    return FormState(**{**kept, "reasons": tuple(kept["reasons"])})


def _forget(response: Response) -> Response:
    if "shown_form" in g:
        response.delete_cookie(_cookie_name(), **_cookie_of(g.shown_form))
    return response


def _session() -> str:
    return hashlib.sha256(csrf.token().encode()).hexdigest()[:16]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="a refused form")


def _cookie_name() -> str:
    return f"{'__Secure-' if current_app.config['SESSION_COOKIE_SECURE'] else ''}workbench_refused"


def _cookie_of(page: str) -> dict[str, Any]:
    is_secure = current_app.config["SESSION_COOKIE_SECURE"]
    return {"path": page, "httponly": True, "samesite": "Lax", "secure": is_secure}


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
    app.after_request(_forget)
    app.jinja_env.globals.update(
        all_asked=all_asked,
        asked=asked,
        chosen_from=chosen_from,
        form_state=form_state,
        limits_of=limits_of,
        refused_form=refused_form,
    )
