"""Who gets in, and how: password, one-time link, sessions, the way back."""

from __future__ import annotations

import pytest

from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.accounts.models import User
from tests.factories import PASSWORD
from tests.told import saved
from tests.web.conftest import Visitor
from web import auth
from web.csrf import ForgedRequestError

OPEN = {
    "static", "accounts.sign_in", "accounts.check_password", "accounts.link", "accounts.redeem",
    "accounts.sign_out", "second_factor.ask", "second_factor.give_code", "second_factor.give_passkey",
    "openid.begin", "openid.back", "openid.accept",
    "invitations.show", "invitations.accept",
    "accounts.health", "health.ready", "health.metrics",
    "feeds.read", "outputs.read", "message_settings.ask_to_stop", "message_settings.stop", "hooks.content",
}  # fmt: skip


def link_for(workbench, user_id):
    with workbench.transaction(workbench.operator()) as tx:
        return accounts.make_sign_in_link(tx, tx.get(User, user_id))


def test_every_page_but_the_open_ones_asks_strangers_to_sign_in(app, visitor, caplog):
    token = visitor.token()
    asked_by_tokens = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    closed = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in {*OPEN, *asked_by_tokens}]
    assert len(closed) > 50
    for rule in closed:
        path = rule.build(
            {name: "x" if name != "verb" else "start" for name in rule.arguments}, append_unknown=False
        )
        method = "POST" if "POST" in rule.methods else "GET"
        answer = visitor.client.open(
            path[1], method=method, data={"csrf_token": token} if method == "POST" else None
        )
        if method == "POST":  # a program takes a redirect for success
            assert answer.status_code == 401, (rule.endpoint, answer.status_code)
            assert 'href="/sign-in"' in answer.text, rule.endpoint
            continue
        assert answer.status_code == 303, (rule.endpoint, answer.status_code)
        assert answer.location.startswith("/sign-in"), rule.endpoint
    for rule in closed:  # what a program asks of an address before it sends anything
        path = rule.build(dict.fromkeys(rule.arguments, "x"), append_unknown=False)
        assert visitor.client.options(path[1]).status_code == 401, rule.endpoint
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_a_stranger_comes_back_to_the_page_they_asked_for(visitor, people):
    assert visitor.get("/my-work?x=1").location == "/sign-in?next=/my-work?x%3D1"
    assert visitor.sign_in("ana", next="/my-work?x=1").location == "/my-work?x=1"


def test_the_right_password_signs_in_with_a_fresh_session(visitor, people):
    planted = visitor.token()
    answer = visitor.sign_in("ana")
    assert answer.status_code == 303
    assert answer.location == "/board"
    assert visitor.token() != planted
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Ana" in visitor.get("/board").text


def test_a_wrong_password_keeps_the_address_but_not_the_password(visitor, people):
    answer = visitor.sign_in("ana", password="wrong guess")
    assert answer.status_code == 401
    assert "do not match" in answer.text
    assert 'value="ana@example.com"' in answer.text
    assert "wrong guess" not in answer.text
    assert visitor.get("/board").status_code == 303


def test_an_unknown_address_is_refused_in_the_same_words(visitor, people):
    known = visitor.sign_in("ana", password="wrong").text
    unknown = visitor.sign_in("nobody", password="wrong").text
    assert known.replace("ana@", "nobody@") == unknown


def test_a_link_signs_in_once_and_whoever_only_looks_at_it_does_not_use_it_up(visitor, people, workbench):
    token = link_for(workbench, people["ben"].user_id)
    assert visitor.client.head(f"/sign-in/{token}").status_code == 200
    for _ in range(2):
        page = visitor.get(f"/sign-in/{token}")
        assert "Sign in as Ben?" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert visitor.get("/board").status_code == 303
    assert visitor.post(f"/sign-in/{token}").location == "/board"
    assert "Ben" in visitor.get("/board").text
    for again in (visitor.get(f"/sign-in/{token}"), visitor.post(f"/sign-in/{token}")):
        assert again.status_code == 401
        assert "used already, is too old, or a newer one was made" in again.text


def test_who_comes_by_a_link_and_has_no_password_is_led_to_set_one(visitor, workbench):
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(tx, "nora@example.com", "Nora", ["member"])
    visitor.follow(link_for(workbench, user.user_id))
    led = '<a href="/password">set a password</a>.'
    assert (
        f"The link does not work again. To come back without asking for another one, {led}"
        in visitor.get("/board").text
    )
    with workbench.transaction(workbench.operator()) as tx:
        kept = tx.get(User, user.user_id)
        kept.password_hash = passwords.hash_password("three green boats")
        saved(tx, kept)
    visitor.follow(link_for(workbench, user.user_id))
    assert led not in visitor.get("/board").text


def test_who_follows_a_used_link_again_reads_whether_they_are_signed_in(app, visitor, people, workbench):
    path = f"/sign-in/{link_for(workbench, people['pat'].user_id)}"
    visitor.post(path)
    again = visitor.get(path)
    assert (again.status_code, "was used already" in again.text) == (401, True)
    assert 'You are signed in as <strong>Pat</strong>. <a href="/inbox">Go on</a>' in again.text
    assert "You are signed in" not in Visitor(app.test_client()).get(path).text


def test_a_link_for_somebody_else_asks_before_it_changes_who_is_signed_in(mara, people, workbench):
    token = link_for(workbench, people["ben"].user_id)
    page = mara.get(f"/sign-in/{token}").text
    assert "You are signed in as <strong>Mara" in page
    assert "Mara" in mara.get("/board").text
    with mara.client.session_transaction() as session:
        copied = session["token"]
    assert mara.post(f"/sign-in/{token}").location == "/board"
    assert "Ben" in mara.get("/board").text
    with mara.client.session_transaction() as session:
        session["token"] = copied
    assert mara.get("/board").status_code == 303, "the session that was there ended"


def test_a_form_of_another_site_follows_no_link(visitor, people, workbench):
    token = link_for(workbench, people["ben"].user_id)
    assert visitor.client.post(f"/sign-in/{token}").status_code == 403
    assert visitor.follow(token).location == "/board"


def test_signing_out_ends_the_session(mara):
    assert mara.post("/sign-out").location == "/sign-in"
    assert mara.get("/board").status_code == 303


def test_somebody_who_was_deactivated_is_out_at_once(mara, people, workbench):
    with workbench.transaction(workbench.operator()) as tx:
        user = tx.get(User, people["mara"].user_id)
        user.is_active = False
        saved(tx, user)
    assert mara.get("/board").status_code == 303


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/my-work", "/my-work"),
        ("/board?tag=a", "/board?tag=a"),
        ("//evil.example", "/board"),
        ("https://evil.example/", "/board"),
        ("/\\evil.example", "/board"),
        ("\\\\evil.example", "/board"),
        ("javascript:alert(1)", "/board"),
        ("/\n/evil.example", "/board"),
        ("", "/board"),
        (None, "/board"),
    ],
)
def test_the_way_back_never_leaves_the_site(target, goes_to):
    assert auth.safe_next(target, "/board") == goes_to


def test_a_form_without_its_token_changes_nothing(mara, people):
    answer = mara.client.post("/sign-out")
    assert answer.status_code == 403
    assert "out of date" in answer.text
    assert mara.get("/board").status_code == 200


def test_another_sessions_token_is_worth_nothing(mara, ana):
    answer = mara.client.post("/sign-out", data={"csrf_token": ana.token()})
    assert answer.status_code == 403


def test_the_token_is_taken_from_the_header_too(mara):
    assert mara.client.post("/sign-out", headers={"X-CSRF-Token": mara.token()}).status_code == 303


def test_a_missing_token_has_its_own_code(mara):
    answer = mara.client.post("/sign-out", headers={"Accept": "application/json"})
    assert answer.json["error"]["code"] == ForgedRequestError("x").code == "FORGED_REQUEST"


def test_the_health_check_answers_strangers(visitor):
    assert visitor.get("/healthz").json["status"] == "ok"


@pytest.mark.parametrize("path", ["/board", "/static/app.css", "/help/keys"])
def test_an_answer_under_way_never_brings_an_old_session_back(visitor, people, path):
    """A poll that was asked before somebody signed out, and is answered after it, signs nobody in again."""
    visitor.sign_in("ana")
    assert "Set-Cookie" not in visitor.get(path, headers={"X-Live": "1"}).headers


def test_a_session_is_renewed_once_a_day_by_a_page_that_a_person_opens(visitor, people, workbench):
    visitor.sign_in("ana")
    visitor.get("/board")
    assert "Set-Cookie" not in visitor.get("/board").headers
    workbench.clock.advance(days=1)
    assert "Set-Cookie" not in visitor.get("/board", headers={"X-Live": "1"}).headers
    assert "Set-Cookie" in visitor.get("/board").headers
    assert "Set-Cookie" not in visitor.get("/board").headers


def test_somebody_with_a_link_sets_a_password_and_signs_in_with_it(visitor, as_user):
    ben = as_user("ben")
    page = ben.get("/password").text
    assert "Set the password" in page
    assert "Present password" not in page
    fields = {"form": "password", "password": "three words do"}
    assert ben.post("/password", fields).location == "/password"
    assert "Your password is set" in ben.get("/password").text
    assert visitor.sign_in("ben", password="three words do").location == "/board"


def test_who_has_a_password_proves_it_before_they_change_it(ana, visitor, people):
    fields = {"form": "password", "password": "another horse staple"}
    for current in ("", "a wrong guess"):
        refused = ana.post("/password", {**fields, "current": current})
        assert refused.status_code == 400
        assert "not your present password" in refused.text
        assert "another horse staple" not in refused.text
    assert visitor.sign_in("ana", password="another horse staple").status_code == 401
    short = ana.post("/password", {"form": "password", "current": PASSWORD, "password": "short"})
    assert short.status_code == 400
    assert "fewer than 10 characters" in short.text
    assert ana.post("/password", {**fields, "current": PASSWORD}).status_code == 303
    assert visitor.sign_in("ana", password="another horse staple").location == "/board"
    assert visitor.sign_in("ana").status_code == 401, "the old one is worth nothing any more"


def test_guesses_of_the_present_password_get_slower(ana, people):
    fields = {"form": "password", "current": "a wrong guess", "password": "another horse staple"}
    answers = [ana.post("/password", fields).status_code for _ in range(12)]
    assert answers[0] == 400
    assert answers[-1] == 401
