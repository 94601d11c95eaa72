"""What is asked for after the password: codes, passkeys, recovery codes; and all that gets nobody in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import Session
from engine.app import Workbench
from tests.factories import do
from tests.soft_keys import SoftKey
from tests.web.conftest import Visitor
from tests.web.second_steps import (
    CODES,
    HALF_MINUTE,
    PAGE,
    SECRET,
    SETUP,
    STEP,
    WRONG,
    Phone,
    at_step,
    give,
    is_in,
    is_set_up,
    options_of,
    passwords_of_all,  # noqa: F401 - a fixture
    set_up_app,
    set_up_passkey,
    sign,
    signed_in,
)

# -- an app ----------------------------------------------------------------------------------


def test_who_has_an_app_is_asked_for_its_code_and_then_gets_where_they_wanted_to_go(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor]
):
    phone, recovery = set_up_app(ana, workbench)
    assert len(set(recovery)) == 10
    assert CODES.findall(ana.get(PAGE).text) == []  # shown once
    visitor = Visitor(app.test_client())
    asked = visitor.sign_in("ana", next="/my-work?x=1")
    assert asked.location == f"{STEP}?next=/my-work?x%3D1"
    assert "Is it you, Ana" in visitor.get(asked.location).text
    assert not is_in(visitor)
    entered = give(visitor, f" {phone.code()[:3]} {phone.code()[3:]} ", next="/my-work?x=1")
    assert entered.location == "/my-work?x=1"
    assert is_in(visitor)
    with workbench.reading(people["ana"]) as tx:
        begun = tx.find(Session, user_id=people["ana"].user_id, order_by=("session_id",))[-1]
    assert (begun.begun_with.value, begun.second_factor) == ("password", "app")
    assert "with a password and a code of an app" in visitor.get("/password").text


@pytest.mark.parametrize(("off", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(
    app: Flask, workbench: Workbench, ana: Visitor, off: int, is_taken: bool
):
    phone, _ = set_up_app(ana, workbench)
    workbench.clock.advance(minutes=5)
    visitor = at_step(app)
    assert give(visitor, phone.code(off)).status_code == (303 if is_taken else 401)
    assert is_in(visitor) is is_taken


def test_a_code_counts_once_and_none_before_it_counts_after_it(
    app: Flask, workbench: Workbench, ana: Visitor
):
    phone, _ = set_up_app(ana, workbench)
    workbench.clock.advance(minutes=5)
    assert give(at_step(app), phone.code()).status_code == 303
    for repeated in (phone.code(), phone.code(-1)):
        visitor = at_step(app)
        answer = give(visitor, repeated)
        assert answer.status_code == 401
        assert WRONG in answer.text
        assert not is_in(visitor)
    assert give(at_step(app), phone.code(1)).status_code == 303


def test_the_code_that_set_an_app_up_signs_nobody_in(app: Flask, workbench: Workbench, ana: Visitor):
    ana.post(f"{PAGE}/app", {"form": "app", "name": "Phone"})
    phone = Phone(workbench, SECRET.findall(ana.get(SETUP).text)[0])
    ana.post(SETUP, {"form": "setup", "code": phone.code()})
    assert give(at_step(app), phone.code()).status_code == 401


def test_an_app_is_added_only_once_it_shows_the_right_code(workbench: Workbench, ana: Visitor):
    ana.post(f"{PAGE}/app", {"form": "app", "name": "Phone"})
    page = ana.get(SETUP)
    assert "data:image/svg+xml" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    phone = Phone(workbench, SECRET.findall(page.text)[0])
    refused = ana.post(SETUP, {"form": "setup", "code": "000000" if phone.code() != "000000" else "111111"})
    assert refused.status_code == 400
    assert "the app shows another code now" in refused.text
    assert "None yet" in ana.get("/password").text
    workbench.clock.advance(minutes=16)
    over = ana.post(SETUP, {"form": "setup", "code": phone.code()})
    assert over.status_code == 409
    assert "What you began to set up is over." in over.text


# -- guessing --------------------------------------------------------------------------------


def test_codes_are_guessed_as_slowly_as_passwords_and_a_right_password_forgives_none_of_it(
    app: Flask, workbench: Workbench, ana: Visitor
):
    phone, _ = set_up_app(ana, workbench)
    wrong = "000000" if "000000" not in {phone.code(n) for n in range(-3, 9)} else "999999"
    for _ in range(5):  # a guesser who knows the password, and begins anew each time
        assert WRONG in give(at_step(app), wrong).text
    visitor = at_step(app)
    too_early = give(visitor, phone.code())
    assert too_early.status_code == 401
    assert "Too many wrong codes for this address. Try again in" in too_early.text
    workbench.clock.advance(seconds=5)
    assert WRONG in give(visitor, wrong).text
    workbench.clock.advance(seconds=3)
    assert "Too many wrong codes" in give(at_step(app), phone.code()).text  # it waits longer each time
    workbench.sign_in_throttle.unlock("ana@example.com")
    assert give(visitor, phone.code()).status_code == 303
    assert WRONG in give(at_step(app), wrong).text  # forgiven by whoever had both


# -- the step --------------------------------------------------------------------------------


def test_between_the_steps_nothing_answers_but_the_step(app: Flask, workbench: Workbench, ana: Visitor):
    set_up_app(ana, workbench)
    visitor = at_step(app)
    for path in ("/board", "/my-work", "/password", PAGE, SETUP, "/api/users/me", "/api/docs"):
        assert visitor.get(path).status_code in {303, 401}, path
    assert visitor.post(f"{PAGE}/app", {"name": "Mine"}).status_code == 401
    assert visitor.post("/password", {"password": "four other words"}).status_code == 401


def test_a_step_of_another_browser_is_none(app: Flask, workbench: Workbench, ana: Visitor):
    phone, _ = set_up_app(ana, workbench)
    at_step(app)
    other = Visitor(app.test_client())
    assert other.get(STEP).location == "/sign-in"
    assert give(other, phone.code()).status_code == 401
    assert not is_in(other)


def test_a_step_is_over_after_five_minutes(app: Flask, workbench: Workbench, ana: Visitor):
    phone, _ = set_up_app(ana, workbench)
    visitor = at_step(app)
    workbench.clock.advance(minutes=5)
    answer = give(visitor, phone.code())
    assert answer.status_code == 401
    assert "Signing in took too long" in answer.text
    assert not is_in(visitor)


def test_a_step_is_over_once_it_led_to_a_session(app: Flask, workbench: Workbench, ana: Visitor):
    phone, _ = set_up_app(ana, workbench)
    visitor = at_step(app)
    with visitor.client.session_transaction() as session:
        kept = dict(session)
    give(visitor, phone.code())
    workbench.clock.advance(**HALF_MINUTE)
    copied = Visitor(app.test_client())
    with copied.client.session_transaction() as session:
        session.update(kept)
    assert give(copied, phone.code()).status_code == 401
    assert not is_in(copied)


def test_who_begins_again_and_again_with_a_password_ends_no_step_where_its_owner_signed_in_before(
    app: Flask, workbench: Workbench, ana: Visitor
):
    phone, _ = set_up_app(ana, workbench)
    known = at_step(app)
    assert give(known, phone.code()).status_code == 303
    known.post("/sign-out")
    assert known.sign_in("ana").location == STEP
    for _ in range(21):
        stranger = at_step(app)
    workbench.clock.advance(**HALF_MINUTE)
    assert give(known, phone.code()).status_code == 303
    assert is_in(known)
    assert stranger.get(STEP).status_code == 200


@pytest.mark.parametrize("meanwhile", ["closed", "sessions", "others"])
def test_a_step_is_over_once_all_sessions_were_ended(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor], meanwhile: str
):
    phone, _ = set_up_app(ana, workbench)
    visitor, admin, user_id = at_step(app), workbench.operator(), people["ana"].user_id
    if meanwhile == "closed":
        for is_active in (False, True):
            do(workbench, admin, "user change", user_id=user_id, is_active=is_active)
    elif meanwhile == "sessions":
        do(workbench, admin, "session end-all", user_id=user_id)
    else:
        ana.post("/sessions/end-others")
    assert give(visitor, phone.code()).status_code == 401
    assert not is_in(visitor)


def test_a_link_of_before_lets_nobody_in_once_the_factors_were_taken_away(
    app: Flask, workbench: Workbench, ana: Visitor
):
    set_up_app(ana, workbench)
    operator = workbench.operator()
    link = do(workbench, operator, "user link", user_id="ana@example.com")
    do(workbench, operator, "user reset-factors", user_id="ana@example.com")
    visitor = Visitor(app.test_client())
    assert visitor.post(link.path).status_code == 401
    assert not is_in(visitor)


@pytest.mark.parametrize("meanwhile", ["password", "closed", "reset"])
def test_a_step_is_over_with_another_password_with_the_account_and_with_the_factors(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor], meanwhile: str
):
    phone, _ = set_up_app(ana, workbench)
    visitor, admin, user_id = at_step(app), workbench.operator(), people["ana"].user_id
    if meanwhile == "reset":
        do(workbench, admin, "user reset-factors", user_id=user_id)
    elif meanwhile == "closed":
        do(workbench, admin, "user change", user_id=user_id, is_active=False)
    else:
        with workbench.transaction(admin) as tx:
            accounts.set_password(tx, user_id, "another hash")
    assert give(visitor, phone.code()).status_code == 401
    assert not is_in(visitor)


def test_a_one_time_link_is_no_second_factor(app: Flask, workbench: Workbench, ana: Visitor):
    phone, _ = set_up_app(ana, workbench)
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.user_named(tx, "ana@example.com")
        token = accounts.make_sign_in_link(tx, user)
    visitor = Visitor(app.test_client())
    assert visitor.follow(token).location == STEP
    assert not is_in(visitor)
    assert give(visitor, phone.code()).status_code == 303
    assert "with a link and a code of an app" in visitor.get("/password").text
    assert Visitor(app.test_client()).get(f"/sign-in/{token}").status_code == 401  # used up


# -- passkeys --------------------------------------------------------------------------------


def test_a_passkey_signs_in_and_so_does_a_second_one(app: Flask, ana: Visitor):
    keys = [SoftKey(), SoftKey(count=0)]
    for number, key in enumerate(keys):
        assert is_set_up(set_up_passkey(ana, key, f"Key {number}"))
    for key in (*keys, *keys):  # one that does not count is taken again, too
        visitor = at_step(app)
        assert sign(visitor, key).status_code == 303
        assert is_in(visitor)
    assert "with a password and a passkey" in visitor.get("/password").text


def test_a_copy_of_a_passkey_that_tells_of_fewer_signatures_is_refused(app: Flask, ana: Visitor):
    key = SoftKey()
    set_up_passkey(ana, key)
    copy = key.copied()
    for _ in range(2):
        assert sign(at_step(app), key).status_code == 303
    visitor = at_step(app)
    assert sign(visitor, copy).status_code == 401
    assert not is_in(visitor)


def test_what_was_signed_is_taken_once_and_for_its_own_step_alone(app: Flask, ana: Visitor):
    key = SoftKey(count=0)  # no counter would notice the repeat
    set_up_passkey(ana, key)
    first, second = at_step(app), at_step(app)
    options = options_of(first.get(STEP).text)
    answer = key.sign(options)
    elsewhere = second.post(f"{STEP}/passkey", {"form": "passkey", "credential": answer})
    assert elsewhere.status_code == 401
    assert first.post(f"{STEP}/passkey", {"credential": "{}"}).status_code == 401
    late = first.post(f"{STEP}/passkey", {"form": "passkey", "credential": answer})
    assert late.status_code == 401  # whatever was tried took the challenge
    assert "That passkey was not taken." in late.text
    assert sign(first, key).status_code == 303
    again = at_step(app)
    assert again.post(f"{STEP}/passkey", {"credential": answer}).status_code == 401


def test_the_passkey_of_somebody_else_signs_nobody_in(app: Flask, workbench: Workbench, ana: Visitor):
    mine, theirs = SoftKey(), SoftKey()
    set_up_passkey(ana, mine)
    ben = signed_in(app, "ben")
    set_up_passkey(ben, theirs)
    visitor = at_step(app, "ben")
    assert sign(visitor, mine).status_code == 401
    pretends = replace(mine.copied(), credential_id=theirs.credential_id)
    assert sign(visitor, pretends).status_code == 401
    assert not is_in(visitor)
    taken = set_up_passkey(ben, mine.copied(), "Hers")
    assert taken.status_code == 409
    assert "This passkey is set up already." in taken.text


@pytest.mark.parametrize(
    "wrong",
    [{"origin": "http://evil.example"}, {"origin": "http://localhost.evil.example"}, {"verifies": False}],
)
def test_a_passkey_of_another_site_or_that_nobody_unlocked_is_refused(
    app: Flask, ana: Visitor, wrong: dict[str, Any]
):
    assert set_up_passkey(ana, SoftKey(**wrong)).status_code == 400
    key = SoftKey()
    set_up_passkey(ana, key)
    visitor = at_step(app)
    assert sign(visitor, replace(key, **wrong)).status_code == 401
    assert not is_in(visitor)


def test_passkeys_are_bound_to_the_address_that_people_open(
    app: Flask, workbench: Workbench, ana: Visitor, monkeypatch: pytest.MonkeyPatch
):
    settings = replace(workbench.settings, public_url="https://board.example.com:8443")
    monkeypatch.setattr(workbench, "settings", settings)
    ana.post(f"{PAGE}/passkey", {"form": "passkey", "name": "Key"})
    options = options_of(ana.get(SETUP).text)
    assert options["rp"]["id"] == "board.example.com"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    refused = ana.post(SETUP, {"credential": SoftKey(origin="https://board.example.com").make(options)})
    assert refused.status_code == 400
    options = options_of(ana.get(SETUP).text)
    made = ana.post(SETUP, {"credential": SoftKey(origin="https://board.example.com:8443").make(options)})
    assert is_set_up(made)


# -- recovery codes --------------------------------------------------------------------------


def test_a_recovery_code_lets_in_once_and_few_left_are_told(app: Flask, workbench: Workbench, ana: Visitor):
    _, recovery = set_up_app(ana, workbench)
    for used, code in enumerate(recovery[:8], 1):
        visitor = at_step(app)
        assert give(visitor, code.upper().replace("-", " ")).status_code == 303
        assert (f"You have {10 - used} recovery code" in visitor.get("/my-work").text) is (used >= 7)
    assert give(at_step(app), recovery[0]).status_code == 401
    assert "2 codes left" in visitor.get(PAGE).text


def test_new_recovery_codes_take_a_proof_and_void_the_others(app: Flask, workbench: Workbench, ana: Visitor):
    phone, before = set_up_app(ana, workbench)
    refused = ana.post(f"{PAGE}/recovery-codes", {"form": "codes", "proof": "not my password"})
    assert refused.status_code == 400
    assert "not your password" in refused.text
    page = ana.post(f"{PAGE}/recovery-codes", {"form": "codes", "proof": phone.code()})
    after = CODES.findall(page.text)
    assert len(set(after)) == 10
    assert page.headers["Cache-Control"] == "no-store"
    assert give(at_step(app), before[0]).status_code == 401
    assert give(at_step(app), after[0]).status_code == 303


def test_recovery_codes_lie_in_no_cookie(workbench: Workbench, ana: Visitor):
    phone, _ = set_up_app(ana, workbench)
    made = ana.post(f"{PAGE}/recovery-codes", {"form": "codes", "proof": phone.code()})
    with ana.client.session_transaction() as session:
        assert re.findall("'[a-z2-9]{4}(?:-[a-z2-9]{4}){3}'", str(dict(session))) == []
    assert len(CODES.findall(made.text)) == 10
    assert made.headers["Cache-Control"] == "no-store"


def test_the_recovery_code_of_somebody_else_is_none(app: Flask, workbench: Workbench, ana: Visitor):
    _, recovery = set_up_app(ana, workbench)
    set_up_app(signed_in(app, "ben"), workbench)
    assert give(at_step(app, "ben"), recovery[0]).status_code == 401
