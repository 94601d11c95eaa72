"""Who may ask under /api: by exactly one good bearer token, so often a minute, by nothing else (SEC-01)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask, g
from werkzeug.test import TestResponse

from engine.access import Actor, Scope
from engine.app import Workbench
from engine.errors import ConflictError, UnauthorizedError
from engine.throttle import FREE_TRIES, FREE_TRIES_TOGETHER
from engine.tokens import service
from tests.factories import do, make_people
from tests.statements import counted
from tests.web.conftest import Visitor
from web import auth, create_app, devices
from web.api import auth as api_auth
from web.api import rates
from web.context import hold_workbench

#: An address of the API that leads nowhere: only who may ask is told so.
NOWHERE = "/api/nowhere/at/all"


@dataclass
class Programs:
    """Programs that send requests to the API."""

    app: Flask
    workbench: Workbench
    people: dict[str, Actor]

    def token(self, who: str = "ana", name: str = "Program", **given: object) -> str:
        """Make a token for somebody; return its secret."""
        asked = {"name": name, "user_id": f"{who}@example.com", **given}
        made = do(self.workbench, self.workbench.operator(), "token make", **asked)
        if made.secret is None:
            made = do(self.workbench, self.people[who], "token rotate", api_token_id=made.token.api_token_id)
        secret: str = made.secret
        return secret

    def get(self, secret: str | None, path: str = NOWHERE, **headers: str) -> TestResponse:
        given = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
        return self.app.test_client().get(path, headers={**given, **headers})

    def actor(self, secret: str) -> Actor:
        """Return for whom a request with this token acts."""
        with self.app.test_request_context(NOWHERE, headers={"Authorization": f"Bearer {secret}"}):
            self.app.preprocess_request()
            actor: Actor = g.actor
        return actor

    def id_of(self, secret: str) -> str:
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            found = service.find(tx, secret)
        assert found is not None
        return found.session_id


@pytest.fixture
def programs(either_workbench: Workbench, any_app: dict[str, Flask]) -> Programs:
    """The application around an engine on either database."""
    if not any_app:
        any_app["app"] = create_app(either_workbench, secret_key="only for tests")
    hold_workbench(any_app["app"].extensions, either_workbench)
    return Programs(any_app["app"], either_workbench, make_people(either_workbench))


def code_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def is_refused(answer: TestResponse, code: str = "UNAUTHORIZED") -> bool:
    """Whether a request was refused as one without a good token is."""
    challenge = answer.headers.get("WWW-Authenticate", "")
    return code_of(answer) == (401, code) and challenge.startswith('Bearer realm="workbench"')


def test_a_request_with_a_good_token_is_answered_for_its_user(programs: Programs):
    secret = programs.token("mara", scopes=["decide"])
    assert code_of(programs.get(secret)) == (404, "NOT_FOUND")
    mara = programs.people["mara"]
    scopes = frozenset({Scope.READ, Scope.DECIDE})
    assert programs.actor(secret) == replace(mara, scopes=scopes, token_name="Program")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_read_in_any_case(programs: Programs, scheme: str):
    secret = programs.token()
    answer = programs.get(None, Authorization=f"{scheme} {secret}")
    assert code_of(answer) == (404, "NOT_FOUND")


def _unsigned() -> str:
    parts = (b'{"alg":"none","typ":"JWT"}', b'{"sub":"admin"}')
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


BAD = {
    "none": None,
    "empty": "",
    "no token": "Bearer",
    "only a space": "Bearer ",
    "another scheme": "Basic YW5hOnBhc3N3b3Jk",
    "no scheme": "wbt_" + "a" * 43,
    "an unsigned JWT": f"Bearer {_unsigned()}",
    "too short": "Bearer wbt_" + "a" * 42,
    "too long": "Bearer wbt_" + "a" * 44,
    "huge": "Bearer wbt_" + "a" * 100_000,
    "another prefix": "Bearer xyz_" + "a" * 43,
    "not ASCII": "Bearer wbt_" + "ä" * 43,
    "digits of another script": "Bearer wbt_" + "\u0661".encode().decode("latin-1") * 21 + "a",
    "two in one": f"Bearer wbt_{'a' * 43}, Bearer wbt_{'b' * 43}",
    "something after it": f"Bearer wbt_{'a' * 43} x",
    "a line end after it": f"Bearer wbt_{'a' * 43}\t",
    "a NUL": f"Bearer wbt_{'a' * 42}\0",
    "nobody's": f"Bearer wbt_{'a' * 43}",
    "SQL": "Bearer ' OR 1=1 --",
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_token_is_refused_alike_and_learns_nothing(programs: Programs, what: str):
    given = BAD[what]
    environ = {} if given is None else {"HTTP_AUTHORIZATION": given}
    client = programs.app.test_client()
    for path in (NOWHERE, "/api", "/api/", "/api/tasks"):
        answer = client.get(path, environ_overrides=environ)
        assert is_refused(answer)
        assert "wbt_a" not in answer.text
        assert "RateLimit" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_no_method_gets_past_it(programs: Programs, method: str):
    answer = programs.app.test_client().open("/api/tasks", method=method)
    assert answer.status_code == 401


def test_two_headers_are_refused_even_if_both_are_good(programs: Programs):
    secret = programs.token()
    both = [("Authorization", f"Bearer {secret}")] * 2
    answer = programs.app.test_client().get(NOWHERE, headers=both)
    assert is_refused(answer)
    assert "more than one “Authorization”" in answer.json["error"]["message"]


@pytest.mark.parametrize("what", [one for one in BAD if one != "nobody's"])
def test_nothing_is_read_for_what_no_token_looks_like(programs: Programs, what: str):
    environ = {} if BAD[what] is None else {"HTTP_AUTHORIZATION": BAD[what]}
    with counted() as statements:
        assert is_refused(programs.app.test_client().get(NOWHERE, environ_overrides=environ))
    assert statements == []


def test_a_view_that_is_open_to_sessions_takes_either_and_no_form_without_its_token(programs: Programs):
    app = create_app(programs.workbench, secret_key="only for tests")
    view = api_auth.open_to_sessions(lambda: g.actor.name)
    app.add_url_rule("/api/readable", "readable", view, methods=["GET", "POST"])
    mara, secret = Visitor.signed_in(app, programs.people["mara"].user_id), programs.token("ana")
    assert mara.get("/api/readable").text == "Mara"
    assert mara.client.post("/api/readable").status_code == 403
    header = {"Authorization": f"Bearer {secret}"}
    assert mara.get("/api/readable", headers=header).text == "Ana"
    assert is_refused(mara.get("/api/readable", headers={"Authorization": "Bearer x"}))
    assert is_refused(app.test_client().get("/api/readable"))


def test_a_session_is_nothing_under_the_api_and_a_token_nothing_elsewhere(programs: Programs):
    visitor = Visitor.signed_in(programs.app, programs.people["mara"].user_id)
    assert visitor.get("/board").status_code == 200
    assert is_refused(visitor.get(NOWHERE))
    answer = programs.get(programs.token("mara"), "/board")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/board")


def test_a_form_without_its_token_is_taken_where_no_cookie_tells_who_asks(programs: Programs):
    secret = programs.token()
    client = programs.app.test_client()
    answer = client.post(NOWHERE, json={}, headers={"Authorization": f"Bearer {secret}"})
    assert code_of(answer) == (404, "NOT_FOUND")


def test_what_is_over_says_how(programs: Programs):
    expired, revoked, rotated = (programs.token("ana", name, days=2) for name in ("a", "b", "c"))
    ana = programs.people["ana"]
    do(programs.workbench, ana, "token revoke", api_token_id=programs.id_of(revoked))
    do(programs.workbench, ana, "token rotate", api_token_id=programs.id_of(rotated), overlap_hours=1)
    assert code_of(programs.get(expired)) == code_of(programs.get(rotated)) == (404, "NOT_FOUND")
    assert is_refused(programs.get(revoked), "TOKEN_REVOKED")
    programs.workbench.clock.advance(hours=1)
    answer = programs.get(rotated)
    assert is_refused(answer, "TOKEN_EXPIRED")
    assert "Use the newer one" in answer.text
    programs.workbench.clock.advance(days=2)
    assert is_refused(programs.get(expired), "TOKEN_EXPIRED")


def test_what_was_withdrawn_ends_at_once_though_the_token_was_just_used(programs: Programs):
    secret, user = programs.token(scopes=["work", "decide"]), {"user_id": programs.people["ana"].user_id}
    operator = programs.workbench.operator()
    before = programs.actor(secret)
    do(programs.workbench, operator, "user change", **user, role=["manager"])
    assert programs.actor(secret).roles != before.roles
    do(programs.workbench, operator, "user change", **user, is_active=False)
    assert is_refused(programs.get(secret), "TOKEN_REVOKED")
    do(programs.workbench, operator, "user change", **user, is_active=True)
    assert is_refused(programs.get(secret), "TOKEN_REVOKED")


@pytest.mark.parametrize("what", ["revoked", "other roles", "nothing"])
def test_a_command_on_its_way_is_refused_where_the_token_was_withdrawn_meanwhile(
    programs: Programs, what: str
):
    secret, operator = programs.token("ana", scopes=["work"]), programs.workbench.operator()
    with programs.app.test_request_context(NOWHERE, headers={"Authorization": f"Bearer {secret}"}):
        programs.app.preprocess_request()
        if what == "revoked":
            do(programs.workbench, operator, "token revoke", api_token_id=programs.id_of(secret))
        elif what == "other roles":
            user_id = programs.people["ana"].user_id
            do(programs.workbench, operator, "user change", user_id=user_id, role=["strategist"])
        else:
            do(programs.workbench, operator, "token make", name="Of somebody else")
        with programs.workbench.transaction(g.actor) as tx:
            if what == "nothing":
                auth.refuse_if_withdrawn(tx)
                return
            expected = UnauthorizedError if what == "revoked" else ConflictError
            with pytest.raises(expected, match="Nothing was changed"):
                auth.refuse_if_withdrawn(tx)


def test_a_known_token_costs_one_read_and_a_write_once_a_minute(programs: Programs):
    secret = programs.token()
    programs.get(secret)
    with counted() as statements:
        programs.get(secret)
    assert len(statements) == 1
    programs.workbench.clock.advance(minutes=1)
    with counted() as statements:
        programs.get(secret)
        programs.get(secret)
    assert sum("INSERT" in text for text in statements) == 1


def test_when_a_token_was_used_last_is_told_to_the_minute_and_no_event_tells_it(programs: Programs):
    secret = programs.token()
    workspace = programs.workbench.workspace.workspace_id
    before = programs.workbench.database.head(workspace).position
    moments = []
    for seconds in (0, 59, 1):
        programs.workbench.clock.advance(seconds=seconds)
        programs.get(secret)
        with programs.workbench.reading(programs.people["ana"]) as tx:
            [moment] = service.last_used(tx, service.listed(tx)).values()
        moments.append(moment)
    assert [(moment - moments[0]).total_seconds() for moment in moments] == [0, 0, 60]
    assert programs.workbench.database.head(workspace).position == before


# -- guessing --------------------------------------------------------------------------------


def guess(number: int, beginning: str = "aaaaaa") -> str:
    return f"{service.PREFIX}{beginning}{number:037d}"


def test_guesses_at_a_token_get_slower_and_hold_up_none_that_is_known(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(devices, "_client", lambda: "203.0.113.7")
    known, unknown = programs.token(name="a"), programs.token(name="b")
    beginning = unknown[len(service.PREFIX) : service.SHOWN]
    assert programs.get(known).status_code == 404
    for number in range(FREE_TRIES):
        assert "Nobody has this API token" in programs.get(guess(number, beginning)).text
    answer = programs.get(guess(9, beginning))
    assert (code_of(answer), answer.headers["Retry-After"]) == ((429, "RATE_LIMITED"), "3")
    assert "Too many wrong API tokens came from here. Try again in 3 seconds." in answer.text
    # Even a right one, where this process cannot tell it from a guess; it is not read.
    assert "Too many wrong API tokens" in programs.get(unknown).text
    assert programs.get(known).status_code == 404
    programs.workbench.clock.advance(seconds=3)
    assert programs.get(unknown).status_code == 404


def test_a_client_that_guesses_at_many_tokens_waits_and_others_do_not(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(devices, "_client", lambda: "203.0.113.7")
    for number in range(FREE_TRIES_TOGETHER):
        programs.get(guess(number, f"{number:06d}"))
    assert "Too many wrong API tokens" in programs.get(guess(1, "zzzzzz")).text
    secret = programs.token()
    # Its program has to wait; who is told 401 gives a good token up.
    assert code_of(programs.get(secret)) == (429, "RATE_LIMITED")
    monkeypatch.setattr(devices, "_client", lambda: "198.51.100.1")
    assert programs.get(secret).status_code == 404


def test_a_token_that_is_over_is_no_guess(programs: Programs):
    secret = programs.token(days=1)
    programs.workbench.clock.advance(days=1)
    for _ in range(FREE_TRIES_TOGETHER + 1):
        assert is_refused(programs.get(secret), "TOKEN_EXPIRED")


# -- how often -------------------------------------------------------------------------------


class Seconds:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> Seconds:
    """Rates that go by a clock of the test, and a limit that is soon reached."""
    clock = Seconds()
    monkeypatch.setitem(programs.app.extensions, "api_rates", rates.Rates(clock))
    limited = replace(programs.workbench.settings, api_requests_per_minute=3)
    monkeypatch.setattr(programs.workbench, "settings", limited)
    return clock


def limits(answer: TestResponse) -> tuple[str | None, str | None]:
    return answer.headers.get("RateLimit-Policy"), answer.headers.get("RateLimit")


def test_every_answer_says_what_is_left_of_the_minute(programs: Programs, seconds: Seconds):
    secret = programs.token()
    told = [limits(programs.get(secret))]
    seconds.now += 20.5
    told.append(limits(programs.get(secret)))
    policy = '"token";q=3;w=60'
    assert told == [(policy, '"token";r=2;t=60'), (policy, '"token";r=1;t=40')]
    assert limits(programs.get(None)) == (policy, None)
    assert limits(programs.get(None, "/sign-in")) == (None, None)


def test_one_too_many_is_refused_until_the_minute_is_over_and_no_other_token_with_it(
    programs: Programs, seconds: Seconds
):
    first, second = programs.token(name="a"), programs.token(name="b")
    for _ in range(3):
        assert programs.get(first).status_code == 404
    seconds.now += 50
    answer = programs.get(first)
    assert code_of(answer) == (429, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "10"
    assert limits(answer)[1] == '"token";r=0;t=10'
    assert "3 requests in a minute. Wait 10 seconds" in answer.text
    assert programs.get(second).status_code == 404
    seconds.now += 10
    assert programs.get(first).status_code == 404


def test_tokens_that_were_not_heard_of_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rates, "_MOST_TOKENS", 2)
    counts = rates.Rates(Seconds())
    for token in ("a", "b", "a", "c"):
        assert counts.count(token, 2) is not None
    assert [counts.count(token, 2) is None for token in ("a", "b", "c")] == [True, False, False]


# -- the page --------------------------------------------------------------------------------


@pytest.fixture
def olga(programs: Programs) -> Visitor:
    """An admin."""
    given = {"email": "olga@example.com", "name": "Olga", "role": ["admin"]}
    made = do(programs.workbench, programs.workbench.operator(), "user add", **given)
    return Visitor.signed_in(programs.app, made.user.user_id)


@pytest.fixture
def visit(programs: Programs) -> Callable[[str], Visitor]:
    return lambda name: Visitor.signed_in(programs.app, programs.people[name].user_id)


def shown(answer: TestResponse) -> str | None:
    """Return the secret that a page shows."""
    begin = 'id="made-secret" value="'
    return answer.text.partition(begin)[2].partition('"')[0] or None


def test_an_admin_makes_a_token_on_the_page_that_shows_its_secret_once(programs: Programs, olga: Visitor):
    form = {
        "form": "token",
        "name": "Crawler",
        "user_id": "bot@example.com",
        "scopes": ["read", "work"],
        "days": "7",
    }
    answer = olga.post("/tokens", form)
    assert (answer.status_code, answer.location) == (303, "/tokens")
    page = olga.get("/tokens")
    assert page.headers["Cache-Control"] == "no-store"
    secret = shown(page)
    assert secret is not None
    actor = programs.actor(secret)
    assert (actor.user_id, actor.scopes) == (programs.people["bot"].user_id, {Scope.READ, Scope.WORK})
    again = olga.get("/tokens")
    assert shown(again) is None
    assert secret not in again.text
    assert "in 7 days" in again.text


def test_a_person_takes_the_secret_of_a_token_that_was_made_for_them(
    programs: Programs, olga: Visitor, visit: Callable[[str], Visitor]
):
    olga.post("/tokens", {"form": "token", "name": "Sheet", "user_id": "ana@example.com", "scopes": ["read"]})
    page = olga.get("/tokens")
    assert shown(page) is None
    assert "Ana finds it under “API tokens”" in page.text
    ana = visit("ana")
    page = ana.get("/tokens")
    assert "Take its secret" in page.text
    assert 'action="/tokens"' not in page.text
    [address] = {part.partition('"')[0] for part in page.text.split('action="')[1:] if "/rotate" in part[:60]}
    ana.post(address)
    secret = shown(ana.get("/tokens"))
    assert secret is not None
    assert programs.actor(secret).user_id == programs.people["ana"].user_id
    assert programs.get(secret).status_code == 404
    ana.post(address.replace("/rotate", "/revoke"))
    assert is_refused(programs.get(secret), "TOKEN_REVOKED")
    assert "No API tokens yet" in ana.get("/tokens").text


@pytest.mark.parametrize("name", ["mara", "sam", "ana", "pat"])
def test_nobody_else_makes_or_sees_tokens_of_others(
    programs: Programs, olga: Visitor, visit: Callable[[str], Visitor], name: str
):
    programs.token("ben", "Of Ben")
    somebody = visit(name)
    page = somebody.get("/tokens")
    assert page.status_code == 200
    assert "Of Ben" not in page.text
    with programs.workbench.reading(programs.workbench.operator()) as tx:
        [token] = service.listed(tx, everybody=True)
    for verb in ("rotate", "revoke"):
        answer = somebody.post(
            f"/tokens/{token.api_token_id}/{verb}", {"form": f"{verb}-{token.api_token_id}"}
        )
        assert answer.status_code == 404
    assert somebody.post("/tokens", {"form": "token", "name": "Mine"}).status_code == 403


def test_the_name_of_a_token_is_text_wherever_it_is_shown(programs: Programs, olga: Visitor):
    name = "<script>alert(1)</script>"
    olga.post("/tokens", {"form": "token", "name": name, "scopes": ["read"]})
    for _ in range(2):
        page = olga.get("/tokens").text
        assert name not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Mode": "navigate"}], ids=["in place", "by a browser"])
def test_what_was_refused_is_told_at_the_form_and_what_was_typed_is_kept(
    olga: Visitor, headers: dict[str, str]
):
    form = {"form": "token", "name": "Too long", "scopes": ["read", "decide"], "days": "400"}
    page = olga.post("/tokens", form, follow_redirects=True, headers=headers)
    assert "must be at most 365" in page.text
    assert 'value="Too long"' in page.text
    assert 'name="scopes" value="decide" checked' in page.text
