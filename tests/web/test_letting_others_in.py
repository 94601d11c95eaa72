"""What an admin does to the ways in of others: only as themselves, which a screen that stands open is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts.models import Identity, SignInLink
from engine.app import Workbench
from engine.openid import people as openid_people
from engine.openid.provider import Person
from engine.record import Record
from engine.second_factor.models import SecondFactor
from engine.secrets import sealing
from tests.factories import PASSWORD, do, set_up_factor
from tests.web.conftest import Visitor
from tests.web.second_steps import (
    passwords_of_all,  # noqa: F401 - a fixture
    set_up_app,
    signed_in,
)

WAYS: list[tuple[str, type[Record]]] = [
    ("factors/reset", SecondFactor),
    ("forget-openid", Identity),
    ("link", SignInLink),
]


@pytest.fixture
def admin(app: Flask, workbench: Workbench, people: dict[str, Actor]) -> Visitor:
    do(workbench, workbench.operator(), "user change", user_id=people["mara"].user_id, role=["admin"])
    sealing.seal(workbench, "anything")  # the key file is there
    set_up_factor(workbench, people["ana"])
    person = Person(
        issuer="https://id.example.com", subject="a-1", email="ana@example.com", name="Ana", groups=None
    )
    workbench.settings = replace(workbench.settings, oidc_issuer=person.issuer, oidc_client_id="board")
    with workbench.transaction(workbench.operator()) as tx:
        openid_people.enter(tx, person)
    return signed_in(app, "mara")


def ids(workbench: Workbench, kind: type[Record], person: Actor) -> set[str]:
    with workbench.reading(workbench.system_actor()) as tx:
        return {str(getattr(one, kind.spec.key[0])) for one in tx.find(kind, user_id=person.user_id)}


@pytest.mark.parametrize(("way", "kind"), WAYS)
def test_a_session_that_stands_open_changes_nobodys_ways_in_without_a_proof(
    workbench: Workbench, people: dict[str, Actor], admin: Visitor, way: str, kind: type[Record]
):
    ana, path = people["ana"], f"/people/users/{people['ana'].user_id}/{way}"
    before = ids(workbench, kind, ana)
    workbench.clock.advance(minutes=16)
    assert 'name="proof"' in admin.get("/people").text
    name = f"{way.replace('/reset', '').replace('forget-', '')}-{ana.user_id}"
    for wrong in ("", "a guess"):
        refused = admin.post(path, {"form": name, "proof": wrong})
        shown = admin.get(refused.location).text if refused.status_code == 303 else refused.text
        assert "not your password" in shown
    assert ids(workbench, kind, ana) == before
    assert admin.post(path, {"form": name, "proof": PASSWORD}).status_code in (200, 303)
    assert ids(workbench, kind, ana) != before


def test_a_recovery_code_that_was_given_as_proof_is_used_up(
    workbench: Workbench, people: dict[str, Actor], admin: Visitor
):
    _, recovery = set_up_app(admin, workbench)
    workbench.clock.advance(minutes=16)
    path = f"/people/users/{people['ana'].user_id}/link"
    assert "/sign-in/" in admin.post(path, {"proof": recovery[0]}).text
    again = admin.post(path, {"proof": recovery[0]})
    assert "/sign-in/" not in again.text


def test_an_admin_resets_no_factors_of_their_own_on_the_page(
    app: Flask, workbench: Workbench, people: dict[str, Actor], admin: Visitor
):
    set_up_app(admin, workbench)
    own = f"/people/users/{people['mara'].user_id}/factors/reset"
    assert own not in admin.get("/people").text
    refused = admin.post(own, {"form": "x"})
    assert refused.status_code == 409 or refused.location
    operator = Visitor.signed_in(app, workbench.operator().user_id)
    set_up_factor(workbench, workbench.operator())
    for name in (workbench.operator().user_id, "operator@localhost"):
        operator.post(f"/people/users/{name}/factors/reset", {"form": "x"})
    for person in (people["mara"], workbench.operator()):
        assert len(ids(workbench, SecondFactor, person)) == 1
