"""What an OpenID provider signs is believed for this board, this sign-in and this moment alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import OctKey, RSAKey
from werkzeug.wrappers import Response

from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import BadRequestError, UnauthorizedError, UnavailableError
from engine.openid.provider import ALGORITHMS, Begun, Person, Provider
from tests.conftest import NOW
from tests.loopback_provider import LoopbackProvider, new_key, serving, settings_of

BACK = "http://localhost/openid/back"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return new_key("first")


@pytest.fixture(scope="module")
def other_key() -> RSAKey:
    return new_key("second")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def provider(key: RSAKey, clock: FixedClock) -> Iterator[LoopbackProvider]:
    kim = {"email": "Kim@Example.com", "email_verified": True, "name": "Kim Kaya", "groups": ["Editors"]}
    with serving(LoopbackProvider(now=clock.now, key=key, claims=kim)) as made:
        yield made


def sign_in(made: LoopbackProvider, clock: FixedClock, known: Provider | None = None, **more: Any) -> Person:
    """Go there and come back."""
    known, begun = known or Provider(settings_of(made, **more)), Begun.fresh()
    back = made.authorize(known.address_for(begun, BACK, clock.now()))
    code = parse_qs(urlsplit(back).query)["code"][0]
    return known.vouches_for("s3cret", begun, code, BACK, clock.now())


def part(value: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def unsigned(claims: dict[str, Any]) -> str:
    return (part({"alg": "none"}) + b"." + part(claims) + b".").decode()


def signed_with_the_public_key(key: RSAKey, *, pem: bool):
    """Key confusion: what everybody knows, taken for a secret that is shared."""
    secret = key.as_pem(private=False) if pem else json.dumps(key.as_dict(private=False)).encode()

    def sign(claims: dict[str, Any]) -> str:
        body = part({"alg": "HS256", "kid": key.kid}) + b"." + part(claims)
        mac = hmac.new(secret, body, hashlib.sha256).digest()
        return (body + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()

    return sign


def test_whom_it_vouches_for_is_told_with_their_address_in_small_letters(provider, clock):
    assert sign_in(provider, clock) == Person(
        issuer=provider.issuer,
        subject="kim-1",
        email="kim@example.com",
        name="Kim Kaya",
        groups=frozenset({"Editors"}),
    )


def test_a_browser_is_sent_there_with_all_that_proves_it_later(provider, clock):
    begun = Begun.fresh()
    known = Provider(settings_of(provider, oidc_scopes="openid email groups"))
    there = urlsplit(known.address_for(begun, BACK, NOW))
    asked = {name: values[0] for name, values in parse_qs(there.query).items()}
    assert f"http://{there.netloc}{there.path}" == f"{provider.issuer}/authorize"
    assert asked.pop("code_challenge") not in (begun.verifier, "")
    assert asked == {
        "client_id": "board", "response_type": "code", "redirect_uri": BACK, "state": begun.state,
        "nonce": begun.nonce, "scope": "openid email groups", "code_challenge_method": "S256",
    }  # fmt: skip


def test_the_board_proves_itself_with_its_secret_in_the_way_that_is_taken(provider, clock):
    sign_in(provider, clock)
    basic = base64.b64encode(b"board:s3cret").decode()
    assert provider.tokens_asked[-1]["authorization"] == f"Basic {basic}"
    provider.facts = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    sign_in(provider, clock, oidc_name="Other")
    assert provider.tokens_asked[-1]["client_secret"] == "s3cret"
    assert provider.tokens_asked[-1]["authorization"] == ""


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "of another sign-in"}, "invalid claim"),
        ({"nonce": None}, "missing claim"),
        ({"iss": "https://evil.example"}, "invalid claim"),
        ({"iss": None}, "missing claim"),
        ({"aud": "another board"}, "invalid claim"),
        ({"aud": ["another board", "a third"]}, "invalid claim"),
        ({"aud": None}, "missing claim"),
        ({"aud": ["board", "another"], "azp": "another"}, "invalid claim"),
        ({"sub": None}, "missing claim"),
        ({"sub": 7}, "invalid claim"),
        ({"exp": None}, "missing claim"),
        ({"exp": int(NOW.timestamp()) - 121}, "expired token"),
        ({"iat": int(NOW.timestamp()) + 121}, "invalid claim"),
        ({"nbf": int(NOW.timestamp()) + 121}, "invalid claim"),
        ({"at_hash": "of another access token"}, "invalid claim"),
    ],
)
def test_a_token_for_another_board_sign_in_or_moment_is_refused(provider, clock, claims, why):
    provider.claims = {**provider.claims, **claims}
    with pytest.raises(UnauthorizedError, match=f"does not prove who you are \\({why}") as refused:
        sign_in(provider, clock)
    assert "Example ID" in refused.value.message


@pytest.mark.parametrize("seconds", [-119, 119])
def test_clocks_may_differ_by_two_minutes(provider, clock, seconds):
    moment = int(NOW.timestamp()) + seconds
    provider.claims |= {"exp": moment} if seconds < 0 else {"iat": moment, "exp": moment + 60}
    assert sign_in(provider, clock).subject == "kim-1"


def test_an_unsigned_token_is_refused(provider, clock):
    provider.sign = unsigned
    with pytest.raises(UnauthorizedError, match="unsupported algorithm"):
        sign_in(provider, clock)


@pytest.mark.parametrize("pem", [True, False], ids=["as PEM", "as JSON"])
def test_the_public_key_is_no_secret_that_signs(provider, clock, key, pem):
    provider.sign = signed_with_the_public_key(key, pem=pem)
    with pytest.raises(UnauthorizedError, match="unsupported algorithm"):
        sign_in(provider, clock)


def test_a_shared_key_among_those_that_are_published_signs_nothing(provider, clock, key):
    shared = OctKey.generate_key(256, {"kid": "first"})
    provider.sign = signed_with_the_public_key(key, pem=True)
    provider.key = shared
    with pytest.raises(UnauthorizedError, match="does not prove"):
        sign_in(provider, clock)


def test_another_key_under_the_known_name_is_refused(provider, clock, key):
    known = Provider(settings_of(provider))
    sign_in(provider, clock, known)
    provider.key = new_key("first")
    with pytest.raises(UnauthorizedError, match="bad signature"):
        sign_in(provider, clock, known)


def test_keys_are_asked_for_anew_when_an_unknown_one_signs_but_not_each_time(provider, clock, other_key):
    known = Provider(settings_of(provider))
    sign_in(provider, clock, known)
    sign_in(provider, clock, known)
    assert provider.asked.count("/keys") == 1
    provider.key = other_key
    with pytest.raises(UnauthorizedError, match="invalid key id"):
        sign_in(provider, clock, known)  # they were asked for just now
    clock.advance(seconds=11)
    assert sign_in(provider, clock, known).subject == "kim-1"
    assert provider.asked.count("/keys") == 2
    clock.advance(hours=2)
    sign_in(provider, clock, known)
    assert (provider.asked.count("/keys"), provider.asked.count("/.well-known/openid-configuration")) == (
        3,
        2,
    )


def test_a_code_is_good_once_and_only_with_its_own_verifier(provider, clock):
    known, begun = Provider(settings_of(provider)), Begun.fresh()
    code = parse_qs(urlsplit(provider.authorize(known.address_for(begun, BACK, NOW))).query)["code"][0]
    known.vouches_for(None, begun, code, BACK, NOW)
    with pytest.raises(UnauthorizedError, match="does not know this sign-in any more"):
        known.vouches_for(None, begun, code, BACK, NOW)
    stolen = parse_qs(urlsplit(provider.authorize(known.address_for(begun, BACK, NOW))).query)["code"][0]
    with pytest.raises(UnauthorizedError, match="does not know this sign-in any more"):
        known.vouches_for(None, Begun.fresh(), stolen, BACK, NOW)


@pytest.mark.parametrize(
    ("claims", "userinfo", "email"),
    [
        ({}, None, "kim@example.com"),
        ({"email_verified": "true"}, None, "kim@example.com"),
        ({"email": "\N{KELVIN SIGN}im@example.com"}, None, None),  # small, it would be Kim's
        ({"email": "kim@example.com\N{NO-BREAK SPACE}"}, None, None),
        ({"email": ["kim@example.com"]}, None, None),
        ({"email_verified": False}, None, None),
        ({"email_verified": None}, None, None),
        ({"email_verified": "no"}, None, None),
        ({"email": None}, {"email": "k@example.com", "email_verified": True}, None),
        (
            {"email": None, "email_verified": None},
            {"email": "k@example.com", "email_verified": True},
            "k@example.com",
        ),
        ({"email_verified": None}, {"email": "k@example.com", "email_verified": True}, "k@example.com"),
        ({"email_verified": None}, {"email_verified": True}, None),
        ({"email": None, "email_verified": None}, {"email": "k@example.com"}, None),
        ({"email_verified": False}, {"email": "k@example.com", "email_verified": True}, None),
        (
            {"email": None, "email_verified": None},
            {"sub": "somebody else", "email": "k@example.com", "email_verified": True},
            None,
        ),
    ],
)  # fmt: skip
def test_an_address_counts_where_the_provider_has_seen_that_it_is_theirs(
    provider, clock, claims, userinfo, email
):
    provider.claims |= claims
    provider.userinfo = None if userinfo is None else {"sub": "kim-1", **userinfo}
    assert sign_in(provider, clock).email == email


def test_groups_that_are_told_beside_the_token_count_and_none_told_is_not_no_group(provider, clock):
    provider.claims |= {"groups": None}
    assert sign_in(provider, clock).groups is None
    provider.userinfo = {"sub": "kim-1", "roles": ["Leads"]}
    assert sign_in(provider, clock, oidc_groups_claim="roles").groups == frozenset({"Leads"})


@pytest.mark.parametrize(
    ("told", "groups"),
    [
        ("Leads", {"Leads"}),
        ("Leads, Editors", {"Leads, Editors"}),
        ("", set()),
        ([], set()),
        ({"x": 1}, None),
    ],
)
def test_a_group_that_is_told_as_a_text_is_one_group(provider, clock, told, groups):
    provider.claims |= {"groups": told}
    assert sign_in(provider, clock).groups == groups


def test_a_provider_that_is_away_is_said_to_be_and_is_not_asked_each_time(provider, clock):
    provider.is_away = True
    known = Provider(settings_of(provider))
    for _ in range(3):
        with pytest.raises(UnavailableError, match="does not answer"):
            known.address_for(Begun.fresh(), BACK, clock.now())
    assert len(provider.asked) == 1
    provider.is_away = False
    clock.advance(seconds=11)
    assert known.address_for(Begun.fresh(), BACK, clock.now())


def test_a_provider_that_does_not_come_to_an_end_holds_up_one_alone_and_is_left_alone_after_it(
    provider, clock, monkeypatch
):
    asked, goes_on = threading.Event(), threading.Event()

    def hangs(*_: object, **__: object) -> None:
        asked.set()
        assert goes_on.wait(20)
        raise requests.ConnectionError

    known, now, passed = Provider(settings_of(provider)), clock.now(), iter([0.0, 15.0])
    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(requests, "get", hangs)
        patched.setattr("engine.openid.provider.time", SimpleNamespace(monotonic=lambda: next(passed)))
        first = pool.submit(known.try_out, now)
        assert asked.wait(20)
        with pytest.raises(UnavailableError, match="does not answer"):
            known.try_out(now)  # while the first one waits still
        goes_on.set()
        with pytest.raises(UnavailableError, match="does not answer"):
            first.result(20)
    clock.advance(seconds=16)  # more than ten after it was asked, and one after it failed
    with pytest.raises(UnavailableError, match="does not answer"):
        known.try_out(clock.now())
    assert provider.asked == []
    clock.advance(seconds=10)
    known.try_out(clock.now())


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"issuer": "https://evil.example"}, "calls itself 'https://evil.example'"),
        ({"token_endpoint": "http://evil.example/token"}, "no HTTPS address as token_endpoint"),
        ({"token_endpoint": None}, "no HTTPS address as token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "no HTTPS address as jwks_uri"),
        ({"userinfo_endpoint": "http://evil.example/me"}, "no HTTPS address as userinfo_endpoint"),
    ],
)
def test_a_provider_that_is_not_what_the_settings_say_is_not_used(provider, clock, facts, said):
    provider.facts = facts
    with pytest.raises(UnavailableError, match=said):
        sign_in(provider, clock)


def test_a_wrong_secret_is_the_boards_fault_and_said_so(provider, clock, monkeypatch):
    refused = Response('{"error": "invalid_client"}', 401, content_type="application/json")
    monkeypatch.setattr(LoopbackProvider, "_token", lambda *_: refused)
    with pytest.raises(UnavailableError, match="does not know the board by its `oidc_client_id`"):
        sign_in(provider, clock)


def test_only_signatures_that_the_provider_alone_can_make_are_taken():
    assert not any(name.startswith("HS") or name == "none" for name in ALGORITHMS)


def test_settings_name_a_provider_by_https_or_on_this_machine():
    known = {"oidc_client_id": "board", "public_url": "https://board.example.com"}
    for good in ("https://id.example.com/realms/x", "http://127.0.0.1:9", "http://localhost:9"):
        assert Settings.read({}, oidc_issuer=good, **known).oidc_issuer == good
    for bad in (
        "http://id.example.com",
        "id.example.com",
        "https://id.example.com/?x=1",
        "https://",
        "ftp://x",
    ):
        with pytest.raises(BadRequestError, match="oidc_issuer"):
            Settings.read({}, oidc_issuer=bad, **known)
