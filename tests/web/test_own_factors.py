"""Looking after one's own second factors, who must have one, and who has lost theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.second_factor import service
from tests.factories import PASSWORD, do
from tests.soft_keys import SoftKey
from tests.web.conftest import Visitor
from tests.web.second_steps import (
    PAGE,
    SECRET,
    SETUP,
    Phone,
    at_step,
    give,
    is_in,
    is_set_up,
    options_of,
    passwords_of_all,  # noqa: F401 - a fixture
    set_up_app,
    set_up_passkey,
    signed_in,
)

# -- looking after one's own -----------------------------------------------------------------


def own(workbench: Workbench, person: Actor) -> list[str]:
    with workbench.reading(person) as tx:
        return [factor.name for factor in service.of(tx, person.user_id)]


def id_of(workbench: Workbench, person: Actor) -> str:
    with workbench.reading(person) as tx:
        return service.of(tx, person.user_id)[0].second_factor_id


def test_a_factor_is_removed_by_whoever_proves_that_it_is_them(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor]
):
    phone, recovery = set_up_app(ana, workbench)
    path = f"{PAGE}/{id_of(workbench, people['ana'])}/remove"
    for wrong in ("", "000 000", "not my password", recovery[0][:-1]):
        assert ana.post(path, {"form": "remove-x", "proof": wrong}).status_code == 400
        workbench.clock.advance(minutes=6)
    assert own(workbench, people["ana"]) == ["Phone"]
    assert ana.post(path, {"proof": phone.code()}).status_code == 303
    assert own(workbench, people["ana"]) == []
    assert Visitor(app.test_client()).sign_in("ana").location == "/board"
    set_up_app(ana, workbench)
    path = f"{PAGE}/{id_of(workbench, people['ana'])}/remove"
    assert ana.post(path, {"proof": PASSWORD}).status_code == 303


def test_nobody_names_or_removes_the_factor_of_somebody_else(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor]
):
    set_up_app(ana, workbench)
    ben, factor_id = signed_in(app, "ben"), id_of(workbench, people["ana"])
    assert ben.post(f"{PAGE}/{factor_id}/remove", {"proof": PASSWORD}).status_code == 404
    assert ben.post(f"{PAGE}/{factor_id}/name", {"name": "Mine"}).status_code == 404
    assert own(workbench, people["ana"]) == ["Phone"]


def test_a_factor_has_a_name_of_its_own(workbench: Workbench, ana: Visitor, people: dict[str, Actor]):
    set_up_app(ana, workbench)
    for wrong in ("", " ", "x" * 61, "Phone"):
        assert ana.post(f"{PAGE}/passkey", {"form": "passkey", "name": wrong}).status_code == 400
    set_up_passkey(ana, SoftKey(), "Key")
    path = f"{PAGE}/{id_of(workbench, people['ana'])}/name"
    assert ana.post(path, {"name": "Key"}).status_code == 400
    ana.post(path, {"name": "  Old   phone "})
    assert own(workbench, people["ana"]) == ["Old phone", "Key"]


def test_an_unlocked_screen_adds_no_factor_a_quarter_of_an_hour_later(workbench: Workbench, ana: Visitor):
    workbench.clock.advance(minutes=16)
    refused = ana.post(f"{PAGE}/app", {"form": "app", "name": "Phone", "proof": "a guess"})
    assert refused.status_code == 400
    assert "not your password" in refused.text
    assert ana.post(f"{PAGE}/app", {"form": "app", "name": "Phone", "proof": PASSWORD}).location == SETUP


def test_a_code_that_was_given_to_set_up_another_one_counts_no_more(
    app: Flask, workbench: Workbench, ana: Visitor
):
    phone, recovery = set_up_app(ana, workbench)
    workbench.clock.advance(hours=1)
    for given in (recovery[0], phone.code()):
        begun = {"form": "app", "name": "Other", "proof": given}
        assert ana.post(f"{PAGE}/app", begun).location == SETUP
        assert ana.post(f"{PAGE}/app", begun).status_code == 400
        assert give(at_step(app), given).status_code == 401


@pytest.mark.parametrize("kind", ["app", "passkey"])
def test_what_is_being_set_up_goes_on_in_the_session_alone_that_it_began_in(
    app: Flask, workbench: Workbench, people: dict[str, Actor], kind: str
):
    copied = signed_in(app, "ana")
    workbench.clock.advance(hours=2)
    ana, key = signed_in(app, "ana"), SoftKey()
    assert ana.post(f"{PAGE}/{kind}", {"form": kind, "name": "Mine"}).location == SETUP
    shown = ana.get(SETUP).text
    assert copied.get(SETUP).location == PAGE
    assert "You began to set up" not in copied.get(PAGE).text
    if kind == "app":
        proof = {"code": Phone(workbench, SECRET.findall(shown)[0]).code()}
    else:
        proof = {"credential": key.make(options_of(shown))}
    refused = copied.post(SETUP, {"form": "setup", **proof})
    assert refused.status_code == 409
    assert own(workbench, people["ana"]) == []
    assert is_set_up(ana.post(SETUP, {"form": "setup", **proof}))
    assert own(workbench, people["ana"]) == ["Mine"]


def test_the_first_factor_ends_the_sessions_that_were_begun_without_one(
    app: Flask, workbench: Workbench, ana: Visitor
):
    other = signed_in(app, "ana")
    set_up_app(ana, workbench)
    assert is_in(ana)
    assert not is_in(other)
    assert "how you sign in was changed" in other.get("/sign-in").text


def test_a_partners_person_may_have_one(app: Flask, workbench: Workbench):
    pat = signed_in(app, "pat")
    phone, _ = set_up_app(pat, workbench)
    visitor = at_step(app, "pat")
    assert give(visitor, phone.code()).status_code == 303
    assert visitor.get("/inbox").status_code == 200


def test_a_program_with_a_token_goes_on_without_a_factor(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor]
):
    made = do(workbench, workbench.operator(), "token make", name="Program", user_id="ana@example.com")
    taken = do(workbench, people["ana"], "token rotate", api_token_id=made.token.api_token_id)
    set_up_app(ana, workbench)
    headers = {"Authorization": f"Bearer {taken.secret}"}
    assert app.test_client().get("/api/users/me", headers=headers).status_code == 200


# -- who must have one -----------------------------------------------------------------------


@pytest.fixture
def required(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbench, "settings", replace(workbench.settings, second_factor="required"))


def test_where_it_is_required_a_manager_sets_one_up_before_anything_else(
    app: Flask, workbench: Workbench, people: dict[str, Actor], required: None
):
    mara = signed_in(app, "mara")
    for path in ("/board", "/my-work", "/people", "/password", "/tokens", "/inbox"):
        assert mara.get(path).location == PAGE, path
    assert mara.get("/board", headers={"HX-Request": "true"}).status_code == 403
    assert mara.post("/people/users", {"email": "x@example.com"}).status_code == 403
    assert mara.get("/api/docs").location == PAGE
    assert "so you need a second factor here" in mara.get(PAGE).text
    phone, _ = set_up_app(mara, workbench)
    assert mara.get("/board").status_code == 200
    last = mara.post(f"{PAGE}/{id_of(workbench, people['mara'])}/remove", {"proof": phone.code()})
    assert last.status_code == 409
    assert "You need a second factor here." in last.text
    set_up_passkey(mara, SoftKey())
    proof = {"proof": phone.code(1)}
    assert mara.post(f"{PAGE}/{id_of(workbench, people['mara'])}/remove", proof).status_code == 303


def test_where_it_is_required_a_member_and_a_partners_person_may_do_without(app: Flask, required: None):
    assert signed_in(app, "ana").get("/board").status_code == 200
    assert signed_in(app, "pat").get("/inbox").status_code == 200


def test_where_it_is_switched_off_nobody_is_asked_and_nobody_sets_one_up(
    app: Flask, workbench: Workbench, ana: Visitor, monkeypatch: pytest.MonkeyPatch
):
    set_up_app(ana, workbench)
    monkeypatch.setattr(workbench, "settings", replace(workbench.settings, second_factor="off"))
    assert Visitor(app.test_client()).sign_in("ana").location == "/board"
    assert "switched off here" in ana.get(PAGE).text
    assert ana.post(f"{PAGE}/app", {"name": "Other", "proof": PASSWORD}).status_code == 409


# -- who lost the phone ----------------------------------------------------------------------


def test_an_admin_takes_the_factors_away_of_whoever_lost_them_which_ends_their_sessions_and_tells_them(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor]
):
    set_up_app(ana, workbench)
    admin = Visitor.signed_in(app, workbench.operator().user_id)
    assert "Second factor: Phone" in admin.get("/people").text
    path = f"/people/users/{people['ana'].user_id}/factors/reset"
    assert signed_in(app, "mara").post(path).status_code == 403
    assert admin.post(path).status_code == 303
    assert "Ana has no second factor any more" in admin.get("/people").text
    assert not is_in(ana)
    visitor = signed_in(app, "ana")
    assert "Your second factors were taken away" in visitor.get("/inbox").text
    assert admin.post(path).status_code == 409


def test_a_secret_of_an_app_that_cannot_be_opened_leaves_the_other_ways(
    app: Flask, workbench: Workbench, ana: Visitor
):
    phone, recovery = set_up_app(ana, workbench)
    from cryptography.fernet import Fernet

    workbench.settings.key_file.write_bytes(Fernet.generate_key())
    visitor = at_step(app)
    refused = give(visitor, phone.code())
    assert refused.status_code == 409
    assert "user reset-factors" in refused.text
    assert give(visitor, recovery[0]).status_code == 303


def test_an_app_whose_secret_cannot_be_opened_is_in_the_way_of_no_other(
    app: Flask, workbench: Workbench, ana: Visitor
):
    from cryptography.fernet import Fernet

    old, _ = set_up_app(ana, workbench, "Old")
    workbench.settings.key_file.write_bytes(Fernet.generate_key())
    other, _ = set_up_app(ana, workbench, "Other")
    visitor = at_step(app)
    assert "sealed with another key file" in give(visitor, old.code()).text
    assert give(visitor, other.code()).status_code == 303


def test_nobody_who_sets_an_app_up_makes_a_new_key_where_the_file_is_lost(workbench: Workbench, ana: Visitor):
    set_up_app(ana, workbench)
    workbench.settings.key_file.unlink()
    refused = ana.post(f"{PAGE}/app", {"form": "app", "name": "Other", "proof": PASSWORD})
    assert refused.status_code == 503
    assert "Put it back from its backup" in refused.text
    assert not workbench.settings.key_file.exists()
