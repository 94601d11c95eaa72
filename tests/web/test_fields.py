"""The fields of forms: what is typed and what is said about it, whatever was shown before (P3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from markupsafe import Markup

from web import fields
from web.forms import FormState

_EVIL = '"><script>alert(1)</script>'
_UNTOUCHED = FormState("note")
_REFUSED = FormState("note", {"body": _EVIL, "kind": "b"}, {"body": f"Not so long: {_EVIL}"}, (_EVIL,))
_KINDS: dict[str, Callable[[FormState, str], Markup]] = {
    "line": lambda state, text: fields.line(state, "body", text, text, kind=text, hint=text),
    "area": lambda state, text: fields.area(state, "body", text, text, attributes={"placeholder": text}),
    "select": lambda state, text: fields.select(state, "body", text, [(text, text)], text),
    "check": lambda state, text: fields.check(state, "body", text, hint=text),
    "upload": lambda state, text: fields.upload(state, text, text),
    "form": lambda state, text: fields.form(state, text, "task note", text),
    "refusal": fields.refusal,
}


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("state", [_UNTOUCHED, _REFUSED, FormState(_EVIL)], ids=["new", "refused", "named"])
def test_whatever_a_field_shows_is_text(app: Flask, kind: str, state: FormState):
    with app.test_request_context("/"):
        _KINDS[kind](state, Markup(_EVIL))  # noqa: S704 - what looks the same was made first
        assert "<script" not in _KINDS[kind](state, _EVIL)


def test_a_field_holds_what_it_is_given_each_time_anew(app: Flask):
    with app.test_request_context("/"):
        lines = [fields.line(_UNTOUCHED, "body", "Remark", value) for value in ("one", "two", None)]
        areas = [fields.area(_UNTOUCHED, "body", "Remark", value) for value in ("one", "two")]
        ticked = [fields.check(_UNTOUCHED, "body", "Remark", value) for value in (True, False)]
        chosen = [fields.select(_UNTOUCHED, "kind", "Kind", [("a", "A"), ("b", "B")], one) for one in "ab"]
    assert [value for line in lines for value in ("one", "two") if f'value="{value}"' in line] == [
        "one",
        "two",
    ]
    assert 'value=""' in lines[2]
    assert [">one</textarea>" in area for area in areas] == [True, False]
    assert [" checked" in box for box in ticked] == [True, False]
    assert ['value="b" selected' in options for options in chosen] == [False, True]


def test_a_refused_field_keeps_what_was_typed_and_the_next_form_of_that_name_does_not(app: Flask):
    with app.test_request_context("/"):
        before, refused, after = (
            fields.area(state, "body", "Remark", "as it was") for state in (_UNTOUCHED, _REFUSED, _UNTOUCHED)
        )
    assert "Not so long" in refused
    assert 'aria-describedby="note-body-error"' in refused
    assert "as it was" not in refused
    assert before == after
    assert "Not so long" not in after


def test_a_password_is_never_written_into_a_page(app: Flask):
    with app.test_request_context("/"):
        assert "hunter2" not in fields.line(_UNTOUCHED, "body", "Password", "hunter2", kind="password")
        assert _EVIL not in fields.line(_REFUSED, "body", "Password", kind="password")
