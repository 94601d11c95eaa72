"""An invitation on pages: made, shown once, accepted, sent again, withdrawn, and said to be over."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from joserfc.jwk import RSAKey

from engine.access import Actor
from engine.accounts.models import Identity, User
from engine.app import Workbench
from engine.clock import FixedClock
from tests.factories import do
from tests.loopback_provider import LoopbackProvider, new_key, serving
from tests.web.conftest import Visitor
from tests.web.second_steps import HALF_MINUTE, Phone, give, is_in, set_up_app
from tests.web.test_openid import come_back, given

PASSWORD = "three green boats"


@pytest.fixture
def admin(app: Flask, workbench: Workbench, people) -> Visitor:
    return Visitor.signed_in(app, workbench.operator().user_id)


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return new_key("first")


@pytest.fixture
def provider(key: RSAKey, clock: FixedClock, workbench: Workbench) -> Iterator[LoopbackProvider]:
    claims = {"sub": "n-1", "email": "other@example.org", "email_verified": False, "name": "Nina Novak"}
    with serving(LoopbackProvider(now=clock.now, key=key, claims=claims)) as made:
        given(workbench, made)
        yield made


def invited(admin: Visitor, **fields: object) -> str:
    """Invite Nina on the page; return the way of the link that it shows."""
    form = {"email": "nina@example.com", "role": ["", "member"], "form": "invite", **fields}
    page = admin.post("/people/invitations", form)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    found = re.search(r"<code>http://[^/]+(/invitation/[^<]+)</code>", page.text)
    assert found is not None, page.text
    return found[1]


def user(workbench: Workbench) -> User:
    with workbench.reading(workbench.system_actor()) as tx:
        found = tx.find_one(User, email="nina@example.com")
        assert found is not None
        return found


def test_who_is_invited_says_who_they_are_and_is_signed_in(admin, visitor, workbench):
    way = invited(admin)
    for _ in range(2):  # looking at it uses nothing up
        page = visitor.get(way)
        assert page.status_code == 200
        assert "You will sign in as <strong>nina@example.com</strong>" in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
    answer = visitor.post(way, {"name": "Nina Novak", "password": PASSWORD, "form": "invitation"})
    assert (answer.status_code, answer.location) == (303, "/board")
    board = visitor.get("/board").text
    assert "Welcome, Nina Novak. Sign in with nina@example.com and your password from now on." in board
    visitor.post("/sign-out")
    assert visitor.sign_in("nina", password=PASSWORD).status_code == 303
    again = visitor.get(way)
    assert again.status_code == 401
    assert "This invitation was accepted already. Sign in, or ask an admin for a one-time link." in again.text
    assert visitor.post(way, {"name": "Eve", "password": PASSWORD}).status_code == 401
    assert user(workbench).name == "Nina Novak"


def test_who_had_a_second_factor_before_their_account_was_closed_is_asked_for_it(
    admin, app, visitor, people, workbench
):
    phone, way = closed_with_a_factor(admin, app, people, workbench)
    answer = visitor.post(way, {"name": "Ana Alvarez", "password": PASSWORD, "form": "invitation"})
    assert (answer.status_code, answer.location) == (303, "/second-step")
    assert not is_in(visitor)
    assert visitor.sign_in("ana", password=PASSWORD).status_code == 401
    # Whoever has the mail alone has changed nothing: the same invitation opens the account to its person.
    owner = Visitor(app.test_client())
    owner.post(way, {"name": "Ana A.", "password": "four green boats", "form": "invitation"})
    assert give(owner, phone.code()).location == "/board"
    assert is_in(owner)
    assert "set a password" not in owner.get("/board").text
    workbench.clock.advance(**HALF_MINUTE)
    refused = give(visitor, phone.code())
    assert (refused.status_code, is_in(visitor)) == (401, False)
    owner.post("/sign-out")
    assert owner.sign_in("ana", password="four green boats").location == "/second-step"


def test_nor_does_the_provider_open_or_join_that_account_before_the_factor_is_proved(
    admin, app, visitor, people, workbench, provider
):
    phone, way = closed_with_a_factor(admin, app, people, workbench)
    given(workbench, provider, oidc_roles="Leads = manager")
    provider.claims |= {"groups": ["Leads"]}
    back = provider.authorize(visitor.get(f"{way}/openid").location).removeprefix("http://localhost")
    assert visitor.get(back).location == "/second-step"
    with workbench.reading(workbench.system_actor()) as tx:
        ana = tx.get(User, people["ana"].user_id)
        assert (ana.is_active, ana.roles, tx.find(Identity)) == (False, ["member"], [])
    assert visitor.get(way).status_code == 200  # and it is good still
    assert give(visitor, phone.code()).location == "/board"
    with workbench.reading(workbench.system_actor()) as tx:
        ana = tx.get(User, people["ana"].user_id)
        assert (ana.name, ana.is_active, set(ana.roles)) == ("Nina Novak", True, {"member", "manager"})
        assert [one.subject for one in tx.find(Identity)] == ["n-1"]


def test_where_passwords_are_closed_who_is_joined_and_invited_again_accepts_with_the_provider_alone(
    admin, visitor, people, workbench, provider
):
    given(workbench, provider, oidc_passwords=False)
    provider.claims |= {"email": "ana@example.com", "email_verified": True}
    come_back(visitor, provider)
    do(workbench, workbench.operator(), "user change", user_id=people["ana"].user_id, is_active=False)
    way = invited(admin, email="ana@example.com")
    page = visitor.get(way).text
    assert "Accept with Example ID" in page
    assert 'name="password"' not in page
    answer = visitor.post(way, {"name": "Ana", "password": PASSWORD, "form": "invitation"})
    assert answer.status_code == 401
    assert "This account takes no password. Accept the invitation with Example ID." in answer.text
    back = provider.authorize(visitor.get(f"{way}/openid").location).removeprefix("http://localhost")
    assert visitor.get(back).location == "/board"


def closed_with_a_factor(
    admin: Visitor, app: Flask, people: dict[str, Actor], workbench: Workbench
) -> tuple[Phone, str]:
    """Let Ana set an app up, close her account, and invite her again."""
    phone, _ = set_up_app(Visitor.signed_in(app, people["ana"].user_id), workbench)
    do(workbench, workbench.operator(), "user change", user_id=people["ana"].user_id, is_active=False)
    return phone, invited(admin, email="ana@example.com")


def test_what_cannot_be_is_said_at_its_field_and_the_name_is_kept(admin, visitor, workbench):
    way = invited(admin)
    answer = visitor.post(way, {"name": "Nina Novak", "password": "short", "form": "invitation"})
    assert answer.status_code == 400
    assert 'value="Nina Novak"' in answer.text
    assert "short" not in re.sub(r"too short|at least", "", answer.text)
    answer = visitor.post(way, {"name": " ", "password": PASSWORD, "form": "invitation"})
    assert answer.status_code == 400
    assert not user(workbench).is_active


def test_the_page_people_lists_who_is_invited_and_lets_it_be_sent_again_and_withdrawn(
    admin, visitor, workbench
):
    first = invited(admin)
    page = admin.get("/people").text
    assert ">invited</" in page.replace(" invited", "invited")
    user_id = user(workbench).user_id
    page = admin.post(f"/people/users/{user_id}/invite", {"form": f"invite-again-{user_id}"}).text
    second = re.findall(r"/invitation/[^<]+", page)[0]
    assert "It works once, within 7 days, and is shown only now." in page
    assert "was withdrawn, or a newer one was made" in visitor.get(first).text
    assert visitor.get(second).status_code == 200
    admin.post(f"/people/users/{user_id}/uninvite", {"form": f"uninvite-{user_id}"})
    assert "The invitation of nina@example.com is withdrawn." in admin.get("/people").text
    assert visitor.get(second).status_code == 401
    assert f"/people/users/{user_id}/uninvite" not in admin.get("/people").text


def test_managers_and_members_are_offered_no_invitation(as_user, admin, workbench):
    invited(admin)
    for name in ("mara", "ana"):
        visitor = as_user(name)
        assert "Invite somebody" not in visitor.get("/people").text
        form = {"email": "eve@example.com", "role": ["admin"], "form": "invite"}
        assert visitor.post("/people/invitations", form).status_code == 403
        assert visitor.post(f"/people/users/{user(workbench).user_id}/invite").status_code == 403


def test_an_invitation_is_accepted_with_the_provider_whatever_address_that_knows(
    admin, visitor, provider, workbench
):
    way = invited(admin)
    page = visitor.get(way).text
    assert f'href="{way}/openid">Accept with Example ID</a>' in page
    there = visitor.get(f"{way}/openid")
    assert there.status_code == 303
    back = provider.authorize(there.location).removeprefix("http://localhost")
    assert visitor.get(back).location == "/board"
    after = user(workbench)
    assert (after.name, after.is_active, after.password_hash) == ("Nina Novak", True, None)
    visitor.post("/sign-out")
    assert come_back(visitor, provider).location == "/board"  # from now on without it
    assert "accepted already" in visitor.get(way).text


def test_no_other_site_leads_anybody_to_accept_its_invitation(admin, visitor, provider):
    way = invited(admin)
    answer = visitor.get(f"{way}/openid", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.location == way
    assert provider.asked == []


def test_who_has_an_account_with_the_provider_accepts_no_second_one(admin, visitor, provider, workbench):
    provider.claims |= {"email": "ana@example.com", "email_verified": True}
    come_back(visitor, provider)
    way = invited(admin)
    other = Visitor(visitor.client.application.test_client())
    back = provider.authorize(other.get(f"{way}/openid").location).removeprefix("http://localhost")
    answer = other.get(back)
    assert answer.status_code == 401
    assert "You have an account here already. Sign in with Example ID." in answer.text
    assert user(workbench).invited_at is not None
    with workbench.reading(workbench.system_actor()) as tx:
        assert len(tx.find(Identity)) == 1


def test_an_invited_person_whose_address_the_provider_has_seen_needs_no_link(
    admin, visitor, provider, workbench, clock
):
    way = invited(admin)
    provider.claims |= {"email": "nina@example.com", "email_verified": True}
    assert come_back(visitor, provider).location == "/board"
    assert "accepted already" in visitor.get(way).text
    assert user(workbench).is_active


def test_nor_does_the_provider_open_what_was_withdrawn_or_is_too_old(
    admin, visitor, provider, workbench, clock
):
    invited(admin)
    provider.claims |= {"email": "nina@example.com", "email_verified": True}
    clock.advance(days=8)
    assert "not active any more" in come_back(visitor, provider).text
    invited_again = do(workbench, workbench.operator(), "user invite-again", user_id="nina@example.com")
    do(workbench, workbench.operator(), "user uninvite", user_id="nina@example.com")
    assert "not active any more" in come_back(visitor, provider).text
    assert visitor.get(invited_again.path).status_code == 401
