"""Where people are signed in: the list on their page, ending one or all, and copies of a cookie (S5, S16)."""

from __future__ import annotations

from contextlib import closing

import pytest

from engine.accounts import service as accounts
from engine.accounts import sessions
from engine.accounts.models import BegunWith, EndedBy, Session, User
from engine.app import Workbench
from engine.throttle import FREE_TRIES_TOGETHER
from tests.factories import PASSWORD
from tests.web.conftest import Visitor, begun
from web import auth, devices
from web.application import build

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "another horse staple"
_WHY = 'class="panel" role="status">'


def copy_of(app, visitor: Visitor) -> Visitor:
    """Somebody who has copied the cookies."""
    copy = Visitor(app.test_client())
    with visitor.client.session_transaction() as theirs, copy.client.session_transaction() as session:
        session.update(theirs)
    return copy


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/board").status_code == 200


@pytest.fixture
def olga(app, workbench) -> Visitor:
    """An admin."""
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    return Visitor.signed_in(app, user.user_id)


def session_of(visitor: Visitor, workbench: Workbench) -> str:
    with visitor.client.session_transaction() as session, workbench.reading(workbench.system_actor()) as tx:
        return sessions.find(tx, session["token"]).session_id


def test_signing_out_is_the_end_of_every_copy_of_the_cookie(app, mara):
    copy = copy_of(app, mara)
    assert is_in(copy)
    mara.post("/sign-out")
    assert not is_in(copy)
    assert not is_in(mara)


def test_a_new_password_ends_every_other_session_and_gives_this_one_a_new_token(app, ana, as_user):
    elsewhere, copy = as_user("ana"), copy_of(app, ana)
    assert is_in(elsewhere)
    answer = ana.post("/password", {"form": "password", "current": PASSWORD, "password": NEW})
    assert answer.location == "/password"
    assert is_in(ana)
    assert not is_in(copy)
    assert not is_in(elsewhere)


def test_a_refused_new_password_ends_nothing_and_counts_as_no_guess(ana, as_user, visitor):
    elsewhere = as_user("ana")
    for _ in range(12):
        answer = ana.post("/password", {"form": "password", "current": PASSWORD, "password": "short"})
        assert answer.status_code == 400
    assert is_in(elsewhere)
    assert visitor.sign_in("ana").location == "/board"


def test_guesses_at_an_unlocked_screen_do_not_hold_up_who_signs_in(ana, visitor):
    for _ in range(12):
        last = ana.post("/password", {"form": "password", "current": "a wrong guess", "password": NEW})
    assert last.status_code == 401
    assert visitor.sign_in("ana").location == "/board"


def test_the_account_page_lists_where_one_is_signed_in_and_ends_one_or_all_others(
    app, ana, people, workbench
):
    phone, other = Visitor(app.test_client()), Visitor.signed_in(app, people["ana"].user_id)
    phone.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    phone.sign_in("ana")
    page = ana.get("/password").text
    assert "Where you are signed in" in page
    assert "Firefox on Linux" in page
    assert page.split("<main")[1].split("</main>")[0].count("this one") == 1
    answer = ana.post(f"/sessions/{session_of(phone, workbench)}/end")
    assert answer.location == "/password"
    assert (is_in(phone), is_in(other), is_in(ana)) == (False, True, True)
    assert "1 session was ended" in ana.get(ana.post("/sessions/end-others").location).text
    assert (is_in(other), is_in(ana)) == (False, True)


def test_nobody_ends_or_sees_the_sessions_of_others(ana, mara, workbench):
    theirs = session_of(mara, workbench)
    assert ana.post(f"/sessions/{theirs}/end").status_code == 404
    assert is_in(mara)
    assert "Signed in" not in mara.get("/people").text


def test_an_admin_sees_and_ends_the_sessions_of_others(olga, ana, people, as_user, workbench):
    user_id = people["ana"].user_id
    assert f"/people/users/{user_id}/sessions/{session_of(ana, workbench)}/end" in olga.get("/people").text
    answer = olga.post(f"/people/users/{user_id}/sessions/{session_of(ana, workbench)}/end")
    assert answer.location == f"/people#user-{user_id}"
    assert not is_in(ana)
    again = as_user("ana")
    assert session_of(again, workbench) in olga.get("/people").text, "the page follows sign-ins"
    olga.post(f"/people/users/{user_id}/sessions/end")
    assert not is_in(again)
    own = workbench.actor_by_email("olga@example.com").user_id
    olga.post(f"/people/users/{own}/sessions/end")
    assert is_in(olga), "one's own session goes on"


def test_a_cookie_of_an_earlier_release_or_with_an_unknown_token_signs_nobody_in(visitor, people):
    for held in ({"user_id": people["ana"].user_id}, {"token": people["ana"].user_id}, {"token": ""}):
        with visitor.client.session_transaction() as session:
            session.clear()
            session.update(held)
        assert visitor.get("/board").location == "/sign-in?next=/board"


def test_a_session_that_another_server_has_ended_is_over_here_at_once(
    either_workbench, clock, shipped_catalog, any_app
):
    app = build(either_workbench, secret_key="only for tests")
    operator = either_workbench.operator()
    visitor = Visitor.signed_in(app, operator.user_id)
    assert is_in(visitor)
    settings = either_workbench.settings
    with closing(Workbench(settings, clock=clock, catalog=shipped_catalog)) as other:
        session_id = session_of(visitor, other)
        with other.transaction(operator) as tx:
            sessions.end(tx, session_id)
    assert not is_in(visitor)


def test_a_session_that_a_process_knows_ends_when_it_expires(ana, clock):
    assert is_in(ana)
    clock.advance(days=sessions.LIFETIME.days - 1)
    assert is_in(ana)
    clock.advance(days=1)
    assert not is_in(ana)


def signed_out_words(visitor: Visitor) -> str:
    """Return what the sign-in page says to whoever is led there, of why."""
    led = visitor.get("/board?q=late:yes")
    assert led.location == "/sign-in?next=/board?q%3Dlate:yes"
    page = visitor.get(led.location).text
    assert 'name="next" value="/board?q=late:yes"' in page
    return page.split(_WHY)[1].split("</p>")[0] if _WHY in page else ""


@pytest.mark.parametrize(
    ("by", "why"),
    [
        (EndedBy.CHOICE, "You were signed out here by yourself from elsewhere, or by an admin."),
        (EndedBy.NEW_PASSWORD, "You were signed out here because your password was changed."),
        (EndedBy.DEACTIVATION, "You were signed out because your account was closed."),
        (EndedBy.TOO_MANY, "You were signed out here because you have signed in at many other places since."),
        (EndedBy.SIGN_OUT, "You have signed out."),
        (None, "You were signed in here for so long that this is over."),
    ],
)
def test_whose_session_was_ended_is_told_why_once_and_led_back(ana, workbench, clock, by, why):
    assert is_in(ana)
    if by is None:
        clock.advance(days=sessions.LIFETIME.days + 1)
    else:
        session_id = session_of(ana, workbench)
        with workbench.transaction(workbench.operator()) as tx:
            sessions.end(tx, session_id, by)
    assert signed_out_words(ana) == f"{why} Once you have signed in, you are back where you were."
    assert signed_out_words(ana) == "", "once"


def test_who_was_never_signed_in_or_signed_out_here_is_told_nothing(ana, visitor):
    assert signed_out_words(visitor) == ""
    ana.post("/sign-out")
    assert signed_out_words(ana) == ""


def test_requests_write_nothing_to_a_session(ana, workbench, clock):
    before = head(workbench)
    for _ in range(3):
        clock.advance(days=1)
        assert is_in(ana)
    with workbench.reading(workbench.system_actor()) as tx:
        assert {session.revision for session in tx.find(Session)} == {1}
    assert head(workbench) == before


def head(workbench: Workbench) -> int:
    return workbench.database.head(workbench.workspace.workspace_id).position


def test_who_lost_their_password_sets_another_after_following_a_link(app, people, workbench, visitor):
    forgetful = Visitor(app.test_client())
    with workbench.transaction(workbench.system_actor()) as tx:
        token = sessions.begin(tx, tx.get(User, people["ana"].user_id), BegunWith.LINK)
    with forgetful.client.session_transaction() as session:
        session["token"] = token
    assert "Present password" not in forgetful.get("/password").text
    assert forgetful.post("/password", {"form": "password", "password": NEW}).location == "/password"
    assert visitor.sign_in("ana", password=NEW).location == "/board"
    stale = Visitor.signed_in(app, people["ana"].user_id)
    assert "Present password" in stale.get("/password").text


# -- who waits for wrong passwords


def test_guesses_from_elsewhere_do_not_hold_up_a_device_that_somebody_signed_in_from_before(app, people):
    known, stranger = Visitor(app.test_client()), Visitor(app.test_client())
    known.sign_in("ana")
    known.post("/sign-out")
    for _ in range(6):
        refused = stranger.sign_in("ana", password="a wrong guess")
    assert "Try again in" in refused.text
    assert "Try again in" in stranger.sign_in("ana").text
    assert known.sign_in("ana").location == "/board"


def test_a_device_vouches_only_for_those_who_signed_in_from_it(app, people):
    device, stranger = Visitor(app.test_client()), Visitor(app.test_client())
    device.sign_in("ana")
    device.post("/sign-out")
    for _ in range(6):
        stranger.sign_in("ben", password="a wrong guess")
    assert "Try again in" in device.sign_in("ben", password="a wrong guess").text


@pytest.mark.parametrize(
    ("guesser", "victim", "proxies", "waits"),
    [
        ({"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}, 0, False),
        ({"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.1"}, 0, True),
        ({"REMOTE_ADDR": "::ffff:192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.1"}, 0, True),
        ({"REMOTE_ADDR": "2001:db8::1"}, {"REMOTE_ADDR": "2001:db8::2:3"}, 0, True),
        ({"REMOTE_ADDR": "2001:db8::1"}, {"REMOTE_ADDR": "2001:db8:0:1::1"}, 0, False),
        ({"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.2"}, 1, False),
        ({"HTTP_X_FORWARDED_FOR": "9.9.9.9, 192.0.2.1"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, 1, True),
        # A header that nobody vouches for makes nobody another client.
        ({"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.2"}, 0, True),
        ({"HTTP_X_FORWARDED_FOR": "nonsense"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.2"}, 1, False),
        ({"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "::1"}, 0, True),
    ],
)
def test_a_client_is_told_by_an_address_that_somebody_vouches_for(
    app, people, workbench, guesser, victim, proxies, waits
):
    workbench.settings = workbench.settings.with_options(proxies=proxies)
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    first.client.environ_base |= guesser
    second.client.environ_base |= victim
    for _ in range(6):
        first.sign_in("ana", password="a wrong guess")
    assert ("Try again in" in second.sign_in("ana").text) is waits


@pytest.mark.parametrize(
    ("environ", "proxies", "client"),
    [
        ({"REMOTE_ADDR": "10.0.0.5"}, 0, "10.0.0.5"),
        ({"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}, 0, None),
        ({"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "9.9.9.9, 192.0.2.1"}, 1, "192.0.2.1"),
        ({"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}, 2, None),
        ({"REMOTE_ADDR": "10.0.0.5"}, 1, None),
        ({"REMOTE_ADDR": ""}, 0, None),
        ({"REMOTE_ADDR": "127.0.0.1"}, 0, None),
    ],
)
def test_what_comes_by_way_of_a_proxy_that_nobody_counts_is_no_client(
    app, workbench, environ, proxies, client
):
    """Else all who come that way would wait for one of them."""
    workbench.settings = workbench.settings.with_options(proxies=proxies)
    with app.test_request_context("/sign-in", environ_overrides=environ):
        attempt = devices.attempt("ana@example.com")
        assert attempt.client == client
        by_another_machine = environ["REMOTE_ADDR"].startswith("10.")
        assert attempt.sender == ("10.0.0.5" if by_another_machine else None)


@pytest.mark.wide
def test_a_header_does_not_hide_who_tries_many_addresses(app, people):
    visitor = Visitor(app.test_client())
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    for number in range(FREE_TRIES_TOGETHER):
        hidden = {**elsewhere, "HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"}
        sent = {"csrf_token": visitor.token(), "email": f"nobody{number}@example.com", "password": "x"}
        assert "Try again in" not in visitor.client.post("/sign-in", data=sent, environ_overrides=hidden).text
    sent |= {"email": "ana@example.com"}
    assert "Try again in" in visitor.client.post("/sign-in", data=sent, environ_overrides=hidden).text
    other = {"REMOTE_ADDR": "192.0.2.2"}
    right = {**sent, "password": PASSWORD}
    assert visitor.client.post("/sign-in", data=right, environ_overrides=other).status_code == 303


def test_an_admin_lets_somebody_try_again_at_once(olga, visitor, people, as_user):
    for _ in range(6):
        visitor.sign_in("ana", password="a wrong guess")
    assert "Try again in" in visitor.sign_in("ana").text
    answer = olga.post(f"/people/users/{people['ana'].user_id}/unlock")
    assert answer.status_code == 303
    assert visitor.sign_in("ana").location == "/board"
    assert as_user("mara").post(f"/people/users/{people['ben'].user_id}/unlock").status_code == 403


# -- cookies and their key


@pytest.mark.parametrize("given", [{"secure_cookies": True}, {"public_url": "https://board.example.com"}])
def test_cookies_are_of_this_host_alone_where_they_are_secure(workbench, people, given):
    workbench.settings = workbench.settings.with_options(**given)
    secure = Visitor(build(workbench, secret_key="x").test_client())
    with secure.client.session_transaction(base_url="https://localhost") as session:
        session.update(token=begun(workbench, people["ana"].user_id), csrf_token="t")
    answer = secure.client.post("/sign-out", data={"csrf_token": "t"}, base_url="https://localhost")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-workbench_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_servers_of_one_store_sign_cookies_with_one_key_that_no_export_has(
    either_workbench, clock, shipped_catalog
):
    first = build(either_workbench).secret_key
    settings = either_workbench.settings
    with closing(Workbench(settings, clock=clock, catalog=shipped_catalog)) as other:
        assert build(other).secret_key == first
    assert len(first) >= 48
    assert not list(settings.data_folder.glob("secret_key*"))


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", "An unknown browser"),
        ("<script>alert(1)</script>", "An unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_told_in_a_few_words(agent, told):
    assert auth.browser_of(agent) == told
