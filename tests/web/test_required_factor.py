"""Where a second factor is required: nothing answers whoever has yet to set one up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, url_for
from werkzeug.routing import BuildError, Rule

from engine.access import Actor
from engine.app import Workbench
from tests.factories import do, make_task
from tests.web.second_steps import (
    is_in,
    passwords_of_all,  # noqa: F401 - a fixture
    set_up_app,
    signed_in,
)
from web import readers

TOLD = ("Secret merger plan", "ana@example.com", "ben@example.com", "Ana Alvarez")


@pytest.fixture
def required(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbench, "settings", replace(workbench.settings, second_factor="required"))


def addresses(app: Flask, known: dict[str, str]) -> Iterator[tuple[Rule, str]]:
    """Give an address of every route but those of the API, and those that sign in and out."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            arguments = {name: known.get(name, "x") for name in rule.arguments}
            try:
                address = url_for(rule.endpoint, **arguments)
            except BuildError:
                continue
            if not address.startswith(("/sign-", "/api/", "/static/")):
                yield rule, address


def test_what_is_sent_without_a_factor_is_refused_and_shows_nothing_of_the_board(
    app: Flask, workbench: Workbench, people: dict[str, Actor], required: None
):
    do(workbench, workbench.operator(), "user change", user_id=people["mara"].user_id, role=["admin"])
    task = make_task(workbench, title="Secret merger plan")
    ana = people["ana"]
    known = {"task_id": task.task_id, "user_id": ana.user_id, "employee_id": ana.employee_id or ""}
    mara = signed_in(app, "mara")
    tried = 0
    for rule, address in list(addresses(app, known)):
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            for more in ({}, {"HX-Request": "true"}):
                sent = None if method == "GET" else {"csrf_token": mara.token(), "form": "x"}
                answer = mara.client.open(address, method=method, data=sent, headers=more)
                assert [word for word in TOLD if word in answer.text] == [], (method, address)
                tried += 1
    assert tried > 300


@pytest.mark.parametrize("sent", [{}, {"csrf_token": "wrong"}])
def test_a_forged_form_shows_nothing_either(app: Flask, required: None, sent: dict[str, str]):
    mara = signed_in(app, "mara")
    answer = mara.client.post("/people/invitations", data=sent)
    assert answer.status_code == 403
    assert "ben@example.com" not in answer.text


def test_a_session_that_began_with_the_password_alone_ends_for_who_has_a_factor_and_must(
    app: Flask, workbench: Workbench, people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
):
    proved = signed_in(app, "mara")
    set_up_app(proved, workbench)
    set_mode(workbench, monkeypatch, "off")
    alone, member = signed_in(app, "mara"), signed_in(app, "ana")
    assert is_in(alone)
    set_mode(workbench, monkeypatch, "required")
    assert not is_in(alone)
    assert "You are asked for your second factor here from now on." in alone.get("/sign-in").text
    assert is_in(proved)
    assert is_in(member)


def set_mode(workbench: Workbench, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """Change the setting, as a start of the server does, which knows no sessions yet."""
    monkeypatch.setattr(workbench, "settings", replace(workbench.settings, second_factor=mode))
    readers._known.pop(workbench, None)
