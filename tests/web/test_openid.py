"""Signing in with an OpenID provider: there and back, who gets in, and what is said where it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from engine.accounts import sessions
from engine.accounts.models import BegunWith, Identity, Session, User
from engine.app import Workbench
from engine.clock import FixedClock, SystemClock
from engine.throttle import FREE_TRIES
from tests.factories import do
from tests.loopback_provider import LoopbackProvider, new_key, serving
from tests.web.conftest import Visitor
from tests.web.second_steps import give, set_up_app

ANA = {"sub": "a-1", "email": "ana@example.com", "email_verified": True}


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return new_key("first")


@pytest.fixture
def provider(key: RSAKey, clock: FixedClock, workbench: Workbench) -> Iterator[LoopbackProvider]:
    with serving(LoopbackProvider(now=clock.now, key=key, claims=dict(ANA))) as made:
        given(workbench, made)
        yield made


def given(workbench: Workbench, provider: LoopbackProvider, **more: Any) -> None:
    workbench.settings = replace(workbench.settings, **provider.settings(**more))


def there(visitor: Visitor, target: str = "") -> str:
    """Go to the provider; return its address."""
    answer = visitor.get(f"/openid/begin?next={target}")
    assert answer.status_code == 303, answer.text
    return answer.location


def come_back(visitor: Visitor, provider: LoopbackProvider, target: str = "", **more: str) -> TestResponse:
    back = provider.authorize(there(visitor, target))
    return visitor.get(back.removeprefix("http://localhost") + "".join(f"&{k}={v}" for k, v in more.items()))


def test_without_a_provider_nothing_is_said_of_one(visitor, people):
    page = visitor.get("/sign-in").text
    assert "Sign in with" not in page
    assert "/openid" not in page
    assert visitor.get("/openid/begin").status_code == 404


def test_the_page_for_signing_in_leads_to_the_provider_and_keeps_passwords(visitor, people, provider):
    page = visitor.get("/sign-in?next=/my-work").text
    assert '<a class="button primary" href="/openid/begin?next=/my-work">Sign in with Example ID</a>' in page
    assert provider.asked == []  # only whoever goes there asks it
    assert visitor.sign_in("ana").status_code == 303


def test_who_the_provider_vouches_for_is_signed_in_and_where_they_wanted_to_be(
    visitor, people, provider, workbench
):
    answer = come_back(visitor, provider, "/my-work%3Fx%3D1")
    assert (answer.status_code, answer.location) == (303, "/my-work?x=1")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Ana" in visitor.get("/board").text
    with workbench.reading(workbench.system_actor()) as tx:
        (session,) = tx.find(Session)
        assert session.begun_with is BegunWith.OPENID
    assert "with OpenID" in visitor.get("/password").text


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "x" * 600, ""]
)
def test_the_way_on_stays_on_this_site(visitor, people, provider, target):
    assert come_back(visitor, provider, target).location == "/board"


def test_a_partners_person_comes_to_their_own_pages(visitor, people, provider):
    provider.claims |= {"sub": "p-1", "email": "pat@example.com"}
    assert come_back(visitor, provider, "/people").location == "/inbox"


def test_who_has_a_second_factor_here_is_asked_for_it_and_then_is_where_they_wanted_to_be(
    visitor, people, provider, workbench
):
    phone, _ = set_up_app(Visitor.signed_in(visitor.client.application, people["ana"].user_id), workbench)
    asked = come_back(visitor, provider, "/my-work")
    assert (asked.status_code, asked.location) == (303, "/second-step?next=/my-work")
    assert visitor.get("/my-work").status_code == 303
    answer = visitor.post(asked.location, {"code": phone.code(), "next": "/my-work"})
    assert (answer.status_code, answer.location) == (303, "/my-work")
    assert "with OpenID and a code of an app" in visitor.get("/password").text


def test_nobody_is_joined_and_no_role_given_before_the_factor_is_proved(visitor, people, provider, workbench):
    given(workbench, provider, oidc_roles="Leads = manager")
    app = visitor.client.application
    phone, _ = set_up_app(Visitor.signed_in(app, people["ana"].user_id), workbench)
    provider.claims |= {"sub": "somebody else", "groups": ["Leads"]}
    assert come_back(Visitor(app.test_client()), provider).location == "/second-step"
    with workbench.reading(workbench.system_actor()) as tx:
        assert tx.find(Identity) == []
        assert tx.get(User, people["ana"].user_id).roles == ["member"]
    provider.claims |= {"sub": "a-1"}  # whose account it is comes later, and is not held up
    assert come_back(visitor, provider).location == "/second-step"
    assert give(visitor, phone.code()).location == "/board"
    with workbench.reading(workbench.system_actor()) as tx:
        assert [one.subject for one in tx.find(Identity)] == ["a-1"]
        assert set(tx.get(User, people["ana"].user_id).roles) == {"member", "manager"}


def test_who_came_first_is_joined_and_the_other_one_at_the_step_is_told_so(
    visitor, people, provider, workbench
):
    app = visitor.client.application
    phone, codes = set_up_app(Visitor.signed_in(app, people["ana"].user_id), workbench)
    other = Visitor(app.test_client())
    come_back(other, provider)
    provider.claims |= {"sub": "a-2"}
    come_back(visitor, provider)
    assert give(other, phone.code()).location == "/board"
    answer = give(visitor, codes[0])
    assert answer.status_code == 401
    assert "ana@example.com is joined to another person at Example ID." in answer.text
    assert visitor.get("/my-work").status_code == 303


def test_who_is_closed_out_by_their_groups_is_so_without_their_factor(visitor, people, provider, workbench):
    given(workbench, provider, oidc_roles="Editors = member", oidc_new_domains="example.com")
    provider.claims |= {"sub": "n-1", "email": "nina@example.com", "groups": ["Editors"]}
    come_back(visitor, provider)
    set_up_app(visitor, workbench)
    provider.claims |= {"groups": []}
    answer = come_back(visitor, provider)
    assert (answer.status_code, "so your account was closed" in answer.text) == (401, True)
    with workbench.reading(workbench.system_actor()) as tx:
        nina = tx.find_one(User, email="nina@example.com")
        assert nina is not None
        assert not nina.is_active


def test_a_sign_in_is_good_once(visitor, app, people, provider):
    back = provider.authorize(there(visitor)).removeprefix("http://localhost")
    with visitor.client.session_transaction() as kept:
        copied = dict(kept)
    assert visitor.get(back).location == "/board"
    visitor.post("/sign-out")
    again = visitor.get(back)
    assert again.status_code == 401
    assert "This sign-in is over" in again.text
    # Nor with a copy of the cookie: the provider does not know the code any more.
    thief = Visitor(app.test_client())
    with thief.client.session_transaction() as planted:
        planted.update(copied)
    refused = thief.get(back)
    assert refused.status_code == 401
    assert "Example ID does not know this sign-in any more" in refused.text


def test_nobody_is_made_to_end_what_another_began(visitor, app, people, provider):
    other = Visitor(app.test_client())
    of_other = provider.authorize(there(other)).removeprefix("http://localhost")
    there(visitor)
    answer = visitor.get(of_other)
    assert (answer.status_code, "began in another browser" in answer.text) == (401, True)
    assert visitor.get("/board").status_code == 303
    mixed = parse_qs(urlsplit(of_other).query)["code"][0]
    state = parse_qs(urlsplit(there(visitor)).query)["state"][0]
    answer = visitor.get(f"/openid/back?code={mixed}&state={state}")  # its own state, another's code
    assert (answer.status_code, "does not know this sign-in" in answer.text) == (401, True)
    again = visitor.get(f"/openid/back?code={mixed}&state={state}")  # a state is good for one try
    assert "This sign-in is over" in again.text


def test_several_tabs_may_go_there_and_the_latest_three_come_back(visitor, people, provider):
    backs = [provider.authorize(there(visitor)).removeprefix("http://localhost") for _ in range(4)]
    assert visitor.get(backs[0]).status_code == 401
    assert visitor.get(backs[1]).status_code == 303
    # Signed in by now: the others just go on.
    assert visitor.get(backs[2]).location == "/board"


def test_whoever_takes_too_long_begins_again(visitor, people, provider, clock):
    back = provider.authorize(there(visitor)).removeprefix("http://localhost")
    clock.advance(minutes=16)
    assert "it took too long" in visitor.get(back).text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("error=access_denied", "Example ID did not sign you in (access_denied)"),
        ("error=<b>Call+0900</b>&error_description=Call+0900", "Example ID did not sign you in. Begin again"),
        ("", "Example ID does not know this sign-in any more"),
        ("code=x&iss=https://evil.example", "This answer is not from Example ID"),
    ],
)
def test_an_answer_that_is_none_is_refused_in_our_own_words(visitor, people, provider, query, said):
    state = parse_qs(urlsplit(there(visitor)).query)["state"][0]
    answer = visitor.get(f"/openid/back?state={state}&{query}")
    assert answer.status_code == 401
    assert said in answer.text
    assert "0900" not in answer.text
    assert 'name="password"' in answer.text  # passwords go on


def test_who_gets_no_account_reads_why_and_can_still_use_a_password(visitor, people, provider):
    provider.claims |= {"sub": "s-1", "email": "stranger@example.com"}
    answer = come_back(visitor, provider)
    assert answer.status_code == 401
    assert "Nobody signs in here as stranger@example.com. Ask an admin to let you in." in answer.text
    assert visitor.sign_in("ana").status_code == 303


def test_a_provider_that_is_away_is_said_to_be_and_passwords_go_on(visitor, people, provider):
    provider.is_away = True
    answer = visitor.get("/openid/begin")
    assert answer.status_code == 503
    assert "does not answer. Try again in a moment, or sign in with a password" in answer.text
    assert visitor.sign_in("ana").status_code == 303


def test_a_secret_that_cannot_be_opened_is_said_and_nobody_is_let_in(visitor, people, provider, workbench):
    do(workbench, workbench.operator(), "secrets set", name="oidc_client_secret", value="s3cret")
    assert come_back(visitor, provider).status_code == 303
    assert "authorization" in provider.tokens_asked[-1]
    assert provider.tokens_asked[-1]["authorization"].startswith("Basic ")
    visitor.post("/sign-out")
    workbench.settings.key_file.unlink()
    answer = come_back(visitor, provider)
    assert answer.status_code == 503
    assert "The key file" in answer.text


def test_signing_out_says_that_the_provider_does_not_hear_of_it(visitor, people, provider):
    come_back(visitor, provider)
    visitor.post("/sign-out")
    assert (
        "You are signed out here. At Example ID you may still be signed in." in visitor.get("/sign-in").text
    )
    visitor.sign_in("ana")
    visitor.post("/sign-out")
    assert "You are signed out." in visitor.get("/sign-in").text


def test_the_session_that_the_browser_had_ends(as_user, people, provider, workbench):
    ben = as_user("ben")
    with ben.client.session_transaction() as kept:
        token = kept["token"]
    assert come_back(ben, provider).status_code == 303
    assert "Ana" in ben.get("/board").text
    with workbench.reading(workbench.system_actor()) as tx:
        assert sessions.find(tx, token) is None


def test_who_is_closed_out_by_their_groups_reads_so_and_stays_out(visitor, people, provider, workbench):
    given(workbench, provider, oidc_roles="Editors = member", oidc_new_domains="example.com")
    provider.claims |= {"sub": "n-1", "email": "nina@example.com", "groups": ["Editors"]}
    assert come_back(visitor, provider).status_code == 303
    visitor.post("/sign-out")
    provider.claims |= {"groups": ["Others"]}
    answer = come_back(visitor, provider)
    assert answer.status_code == 401
    assert "None of your groups at Example ID leads here any more, so your account was closed." in answer.text
    provider.claims |= {"groups": ["Editors"]}
    assert "This account is not active any more" in come_back(visitor, provider).text
    page = Visitor.signed_in(visitor.client.application, workbench.operator().user_id).get("/people").text
    said = "Opened again, they may do all that is ticked above, what their groups gave them too."
    assert page.count(said) == 1  # where an admin opens it


def test_passwords_may_be_closed_to_those_of_the_provider(visitor, people, provider, workbench):
    come_back(visitor, provider)
    visitor.post("/sign-out")
    given(workbench, provider, oidc_passwords=False)
    answer = visitor.sign_in("ana")
    assert answer.status_code == 401
    assert "This account takes no password. Sign in with Example ID." in answer.text


def test_who_brings_wrong_codes_again_and_again_has_to_wait(visitor, people, provider, clock):
    def bring() -> TestResponse:
        state = parse_qs(urlsplit(there(visitor)).query)["state"][0]
        return visitor.get(f"/openid/back?state={state}&code=guessed")

    visitor.sign_in("ana")  # the browser is known from now on
    visitor.post("/sign-out")
    for _ in range(FREE_TRIES):
        assert "does not know this sign-in" in bring().text
    asked = len(provider.tokens_asked)
    answer = bring()
    assert "Too many sign-ins from here went wrong. Try again in" in answer.text
    assert len(provider.tokens_asked) == asked
    assert visitor.sign_in("ana").status_code == 303


def test_an_admin_lets_an_account_be_joined_anew_on_the_page(as_user, visitor, people, provider, workbench):
    come_back(visitor, provider)
    provider.claims |= {"sub": "a-2"}
    stranger = Visitor(visitor.client.application.test_client())
    assert "is joined to another person at Example ID" in come_back(stranger, provider).text
    do(workbench, workbench.operator(), "user change", user_id=people["mara"].user_id, role=["admin"])
    admin = as_user("mara")
    page = admin.get("/people").text
    path = f"/people/users/{people['ana'].user_id}/forget-openid"
    assert path in page
    assert f"/people/users/{people['ben'].user_id}/forget-openid" not in page
    admin.post(path, {"form": "openid"})
    assert "Ana is joined anew at the next sign-in with OpenID." in admin.get("/people").text
    assert come_back(stranger, provider).status_code == 303


def test_no_code_and_no_state_reaches_the_log(visitor, people, provider, caplog):
    answer = come_back(visitor, provider)
    assert answer.status_code == 303
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "code-0" not in told
    assert "state=" not in told


# --- a provider that others wrote ---------------------------------------------------------------------


@pytest.fixture
def mock(workbench: Workbench, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The provider of `oidc-provider-mock`, which lives by the machine's clock; return its address."""
    import oidc_provider_mock

    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    clock.set(SystemClock().now())
    kim = {"email": "ana@example.com", "email_verified": True, "name": "Ana", "groups": ["Leads"]}
    known = [oidc_provider_mock.User(sub="ana-sub", claims=kim)]
    with oidc_provider_mock.run_server_in_thread(user_claims=known, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


def agreed(address: str, sub: str = "ana-sub", **form: str) -> str:
    """Sign in at the mock; return where it sends the browser back."""
    answer = requests.post(address, data={"sub": sub, **form}, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["Location"].removeprefix("http://localhost")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_with_the_mock_provider_there_and_back_as_the_runbook_says(visitor, people, workbench, mock):
    asked = {"redirect_uris": ["http://localhost/openid/back"]}
    made = requests.post(f"{mock}/oauth2/clients", json=asked, timeout=10).json()
    do(workbench, workbench.operator(), "secrets set", name="oidc_client_secret", value=made["client_secret"])
    workbench.settings = replace(
        workbench.settings, public_url="http://localhost", oidc_issuer=mock, oidc_client_id=made["client_id"],
        oidc_roles="Leads = manager",
    )  # fmt: skip
    back = agreed(there(visitor, "/my-work"))
    assert visitor.get(back).location == "/my-work"
    with workbench.reading(workbench.system_actor()) as tx:
        assert {*tx.get(User, people["ana"].user_id).roles} == {"member", "manager"}
        (identity,) = tx.find(Identity)
        assert (identity.issuer, identity.subject) == (mock, "ana-sub")
    visitor.post("/sign-out")
    assert "did not sign you in (access_denied)" in visitor.get(agreed(there(visitor), action="deny")).text
    do(workbench, workbench.operator(), "secrets set", name="oidc_client_secret", value="another")
    said = visitor.get(agreed(there(visitor))).text
    assert "does not know the board by its" in said, said
