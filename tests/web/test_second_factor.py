"""What is asked for after the password: codes, passkeys, recovery codes; and all that gets nobody in."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from pyotp import TOTP
from werkzeug.test import TestResponse

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import Session, User
from engine.app import Workbench
from engine.second_factor import service
from tests.factories import PASSWORD, do
from tests.soft_keys import SoftKey
from tests.told import saved
from tests.web.conftest import Visitor

HALF_MINUTE = {"seconds": 30}
PAGE, SETUP, STEP = "/password/second-factor", "/password/second-factor/new", "/second-step"
_SECRET = re.compile(r'id="factor-secret" value="([A-Z2-7]+)"')
_OPTIONS = re.compile(r'data-options="([^"]+)"')
_CODES = re.compile(r"<li><code>([a-z2-9-]{19})</code></li>")
WRONG = "This code is wrong, too old, or was used already."


@dataclass
class Phone:
    """An app that shows codes."""

    workbench: Workbench
    secret: str

    def code(self, half_minutes: int = 0) -> str:
        return TOTP(self.secret).at(self.workbench.clock.now(), counter_offset=half_minutes)


@pytest.fixture(autouse=True)
def passwords_of_all(workbench: Workbench, people: dict[str, Actor], password_hash: str) -> None:
    for name in ("ben", "mara", "pat"):
        with workbench.transaction(people[name]) as tx:
            user = tx.get(User, people[name].user_id)
            user.password_hash = password_hash
            saved(tx, user)


@pytest.fixture
def ana(app: Flask, people: dict[str, Actor]) -> Visitor:
    return signed_in(app, "ana")


def signed_in(app: Flask, name: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.sign_in(name).status_code == 303
    return visitor


def options_of(page: str) -> dict[str, Any]:
    found = _OPTIONS.search(page)
    assert found, page
    read: dict[str, Any] = json.loads(html.unescape(found[1]))
    return read


def set_up_app(visitor: Visitor, workbench: Workbench, name: str = "Phone") -> tuple[Phone, list[str]]:
    """Set an app up; return it with the recovery codes that were shown."""
    begun = visitor.post(f"{PAGE}/app", {"form": "app", "name": name, "proof": PASSWORD})
    assert begun.location == SETUP, begun.text
    found = _SECRET.search(visitor.get(SETUP).text)
    assert found
    phone = Phone(workbench, found[1])
    assert visitor.post(SETUP, {"form": "setup", "code": phone.code()}).location == PAGE
    workbench.clock.advance(**HALF_MINUTE)
    return phone, _CODES.findall(visitor.get(PAGE).text)


def set_up_passkey(visitor: Visitor, key: SoftKey, name: str = "Key") -> TestResponse:
    visitor.post(f"{PAGE}/passkey", {"form": "passkey", "name": name, "proof": PASSWORD})
    answer = key.make(options_of(visitor.get(SETUP).text))
    return visitor.post(SETUP, {"form": "setup", "credential": answer})


def at_step(app: Flask, name: str = "ana") -> Visitor:
    """Give somebody who has given their password in a browser of their own."""
    visitor = Visitor(app.test_client())
    assert visitor.sign_in(name).location == STEP
    return visitor


def give(visitor: Visitor, code: str, **more: str) -> TestResponse:
    return visitor.post(STEP, {"form": "code", "code": code, **more})


def sign(visitor: Visitor, key: SoftKey) -> TestResponse:
    answer = key.sign(options_of(visitor.get(STEP).text))
    return visitor.post(f"{STEP}/passkey", {"form": "passkey", "credential": answer})


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/my-work").status_code == 200


# -- an app ----------------------------------------------------------------------------------


def test_who_has_an_app_is_asked_for_its_code_and_then_gets_where_they_wanted_to_go(
    app: Flask, workbench: Workbench, ana: Visitor, people: dict[str, Actor]
):
    phone, recovery = set_up_app(ana, workbench)
    assert len(set(recovery)) == 10
    assert _CODES.findall(ana.get(PAGE).text) == []  # shown once
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
    phone = Phone(workbench, _SECRET.findall(ana.get(SETUP).text)[0])
    ana.post(SETUP, {"form": "setup", "code": phone.code()})
    assert give(at_step(app), phone.code()).status_code == 401


def test_an_app_is_added_only_once_it_shows_the_right_code(workbench: Workbench, ana: Visitor):
    ana.post(f"{PAGE}/app", {"form": "app", "name": "Phone"})
    page = ana.get(SETUP)
    assert "data:image/svg+xml" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    phone = Phone(workbench, _SECRET.findall(page.text)[0])
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
        assert set_up_passkey(ana, key, f"Key {number}").location == PAGE
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
    assert made.status_code == 303


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
    ana.post(f"{PAGE}/recovery-codes", {"form": "codes", "proof": phone.code()})
    page = ana.get(PAGE)
    after = _CODES.findall(page.text)
    assert len(set(after)) == 10
    assert page.headers["Cache-Control"] == "no-store"
    assert give(at_step(app), before[0]).status_code == 401
    assert give(at_step(app), after[0]).status_code == 303


def test_the_recovery_code_of_somebody_else_is_none(app: Flask, workbench: Workbench, ana: Visitor):
    _, recovery = set_up_app(ana, workbench)
    set_up_app(signed_in(app, "ben"), workbench)
    assert give(at_step(app, "ben"), recovery[0]).status_code == 401


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
