"""Accounts that take no password, and those that have none yet: what stands for it, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from engine.access import Actor, Scope
from engine.accounts import sessions
from engine.accounts.models import BegunWith, User
from engine.app import Workbench
from engine.clock import FixedClock
from engine.errors import BadRequestError
from engine.second_factor import service
from tests.factories import PASSWORD, do
from tests.loopback_provider import LoopbackProvider, new_key, serving
from tests.told import saved
from tests.web.conftest import Visitor
from tests.web.second_steps import (
    PAGE,
    STEP,
    at_step,
    give,
    is_in,
    passwords_of_all,  # noqa: F401 - a fixture
    set_up_app,
)

NEW = "three green boats"


@pytest.fixture
def provider(clock: FixedClock, workbench: Workbench) -> Iterator[LoopbackProvider]:
    claims = {"sub": "a-1", "email": "ana@example.com", "email_verified": True}
    with serving(LoopbackProvider(now=clock.now, key=new_key("first"), claims=claims)) as made:
        workbench.settings = replace(workbench.settings, **made.settings())
        yield made


def come_back(visitor: Visitor, provider: LoopbackProvider) -> TestResponse:
    there = visitor.get("/openid/begin").location
    return visitor.get(provider.authorize(there).removeprefix("http://localhost"))


def close_passwords(workbench: Workbench) -> None:
    workbench.settings = replace(workbench.settings, oidc_passwords=False)


# -- those of the provider -----------------------------------------------------------------------


def test_who_has_a_second_factor_gets_no_further_with_a_password_that_is_not_taken(
    app: Flask, workbench: Workbench, people: dict[str, Actor], provider: LoopbackProvider
):
    visitor = Visitor(app.test_client())
    come_back(visitor, provider)
    phone, _ = set_up_app(visitor, workbench)
    begun_before = at_step(app)
    close_passwords(workbench)
    refused = Visitor(app.test_client()).sign_in("ana")
    assert refused.status_code == 401
    assert "This account takes no password. Sign in with" in refused.text
    assert give(begun_before, phone.code()).status_code == 401
    assert not is_in(begun_before)
    again = Visitor(app.test_client())
    assert come_back(again, provider).location.startswith(STEP)
    assert give(again, phone.code()).status_code == 303


def test_a_password_that_is_not_taken_is_not_offered_not_set_and_proves_nothing(
    app: Flask, workbench: Workbench, people: dict[str, Actor], provider: LoopbackProvider
):
    visitor = Visitor(app.test_client())
    come_back(visitor, provider)
    set_up_app(visitor, workbench)
    assert 'name="password"' in visitor.get("/password").text
    close_passwords(workbench)
    page = visitor.get("/password").text
    assert 'name="password"' not in page
    assert "This account takes no password." in page
    assert "or your password" not in visitor.get(PAGE).text
    refused = visitor.post("/password", {"form": "password", "current": PASSWORD, "password": NEW})
    assert refused.status_code == 401
    [factor] = own(workbench, people["ana"])
    assert visitor.post(f"{PAGE}/{factor}/remove", {"proof": PASSWORD}).status_code == 400
    assert own(workbench, people["ana"]) == [factor]


# -- those without one ---------------------------------------------------------------------------


def without_password(workbench: Workbench, person: Actor) -> None:
    with workbench.transaction(person) as tx:
        user = tx.get(User, person.user_id)
        user.password_hash = None
        saved(tx, user)


def test_a_first_password_is_set_by_whoever_has_just_signed_in(
    app: Flask, workbench: Workbench, people: dict[str, Actor], provider: LoopbackProvider
):
    without_password(workbench, people["ana"])
    visitor = Visitor(app.test_client())
    come_back(visitor, provider)
    workbench.clock.advance(minutes=14)
    assert 'name="current"' not in visitor.get("/password").text
    assert visitor.post("/password", {"form": "password", "password": NEW}).status_code == 303
    assert at_password(app, NEW).status_code == 303


def test_an_older_session_sets_no_first_password_by_which_it_would_prove_all_else(
    app: Flask, workbench: Workbench, people: dict[str, Actor], provider: LoopbackProvider
):
    without_password(workbench, people["ana"])
    visitor = Visitor(app.test_client())
    come_back(visitor, provider)
    set_up_app(visitor, workbench)
    workbench.clock.advance(minutes=16)
    assert 'name="password"' not in visitor.get("/password").text
    refused = visitor.post("/password", {"form": "password", "password": NEW})
    assert refused.status_code == 400
    assert "You have no password yet, and signed in more than a quarter of an hour ago." in refused.text
    assert at_password(app, NEW).status_code == 401
    [factor] = own(workbench, people["ana"])
    assert visitor.post(f"{PAGE}/{factor}/remove", {"proof": NEW}).status_code == 400


def test_a_program_sets_no_first_password(workbench: Workbench, people: dict[str, Actor]):
    ana = people["ana"]
    without_password(workbench, ana)
    with workbench.transaction(ana) as tx:
        token = sessions.begin(tx, tx.get(User, ana.user_id), BegunWith.LINK)
    with workbench.reading(ana) as tx:
        signed_in = sessions.find(tx, token)
    assert signed_in is not None
    program = replace(ana, scopes=frozenset(Scope), token_name="Program")
    given = {"session_id": signed_in.session_id, "password": NEW}
    with pytest.raises(BadRequestError, match="no password yet"):
        do(workbench, program, "user password", **given)
    do(workbench, ana, "user password", **given)


def at_password(app: Flask, password: str) -> TestResponse:
    form = {"email": "ana@example.com", "password": password}
    return Visitor(app.test_client()).post("/sign-in", form)


def own(workbench: Workbench, person: Actor) -> list[str]:
    with workbench.reading(person) as tx:
        return [factor.second_factor_id for factor in service.of(tx, person.user_id)]
