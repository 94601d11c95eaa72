"""Invitations: an account that is ready, and a link that opens it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.access import Actor, Scope
from engine.accounts import passwords, service
from engine.accounts.commands import Invited
from engine.accounts.models import SignInLink, User
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, UnauthorizedError
from engine.invitations import service as invitations
from tests.factories import do, make_people

NINA = {"email": "Nina@Example.com", "role": ["member"]}


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def invite(workbench: Workbench, **fields: object) -> Invited:
    made: Invited = do(workbench, workbench.operator(), "user invite", **{**NINA, **fields})
    return made


def again(workbench: Workbench) -> Invited:
    made: Invited = do(workbench, workbench.operator(), "user invite-again", user_id="nina@example.com")
    return made


def accept(workbench: Workbench, token: str, name: str = "Nina Novak") -> User:
    with workbench.transaction(workbench.system_actor()) as tx:
        return invitations.accept(tx, token, name, passwords.hash_password("three green boats"))


def nina(workbench: Workbench) -> User:
    with workbench.reading(workbench.system_actor()) as tx:
        return service.user_named(tx, "nina@example.com")


def told(workbench: Workbench) -> list[str]:
    with workbench.reading(workbench.system_actor()) as tx:
        found = tx.find(Event, entity_id=nina(workbench).user_id)
        return [event.summary for event in sorted(found, key=lambda one: one.seq)]


def test_an_invited_account_is_there_and_closed_until_it_is_accepted(either_workbench, people, clock):
    made = invite(either_workbench)
    assert (made.user.is_active, made.user.invited_at) == (False, clock.now())
    assert made.path == f"/invitation/{made.token}"
    accepted = accept(either_workbench, made.token)
    assert (accepted.name, accepted.roles, accepted.is_active) == ("Nina Novak", ["member"], True)
    assert accepted.invited_at is None
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        service.verify_password(tx, "nina@example.com", "three green boats")
    assert told(either_workbench) == [
        "nina@example.com is to sign in as member",
        "nina@example.com was invited to sign in as member",
        "Nina Novak accepted the invitation and may sign in as member",
    ]


def test_the_token_is_nowhere_in_the_store(either_workbench, people):
    made = invite(either_workbench)
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        kept = [one.model_dump_json() for kind in (Event, SignInLink, User) for one in tx.find(kind)]
    assert made.token not in " ".join(kept)


def test_an_invitation_that_opens_nothing_any_more_says_why(either_workbench, people, clock):
    def refused(token: str, said: str) -> None:
        with pytest.raises(UnauthorizedError, match=said):
            accept(either_workbench, token)
        assert not nina(either_workbench).is_active

    first = invite(either_workbench).token
    second = again(either_workbench).token
    refused(first, "was withdrawn, or a newer one was made. Open the newest one, or ask an admin")
    clock.advance(days=7)
    refused(second, "is too old: each is good for 7 days. Ask an admin to send it again")
    third = again(either_workbench).token
    do(either_workbench, either_workbench.operator(), "user uninvite", user_id="nina@example.com")
    refused(third, "was withdrawn")
    refused("made up", "There is no such invitation")
    fourth = invite(either_workbench).token
    clock.advance(days=6, hours=23)
    accept(either_workbench, fourth)
    with pytest.raises(UnauthorizedError, match=r"was accepted already\. Sign in, or ask an admin"):
        accept(either_workbench, fourth)


def test_a_clock_that_is_set_back_revives_no_withdrawn_invitation(either_workbench, people, clock):
    token = invite(either_workbench).token
    again(either_workbench)
    clock.advance(days=-1)
    with pytest.raises(UnauthorizedError, match="was withdrawn"):
        accept(either_workbench, token)


def test_a_link_that_signs_in_accepts_nothing_and_an_invitation_signs_nobody_in(either_workbench, people):
    link = do(either_workbench, either_workbench.operator(), "user link", user_id="ana@example.com")
    with pytest.raises(UnauthorizedError, match="There is no such invitation"):
        accept(either_workbench, link.token)
    made = invite(either_workbench)
    with (
        pytest.raises(UnauthorizedError, match="used already, is too old, or a newer one was made"),
        either_workbench.transaction(either_workbench.system_actor()) as tx,
    ):
        service.redeem(tx, made.token)


def test_who_signs_in_here_is_not_invited_and_who_is_invited_gets_no_link(either_workbench, people):
    with pytest.raises(ConflictError, match=r"ana@example\.com signs in here already"):
        invite(either_workbench, email="ana@example.com")
    invite(either_workbench)
    with pytest.raises(ConflictError, match="has not accepted the invitation yet"):
        do(either_workbench, either_workbench.operator(), "user link", user_id="nina@example.com")
    for name in ("user invite-again", "user uninvite"):
        with pytest.raises(ConflictError, match="No invitation waits for Ana"):
            do(either_workbench, either_workbench.operator(), name, user_id="ana@example.com")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"role": ["partner"]}, "needs the partner"),
        ({"role": ["partner", "member"], "partner": "acme"}, "the role partner alone"),
        ({"employee": "nobody"}, "There is no employee"),
    ],
)
def test_what_cannot_be_an_account_is_no_invitation(either_workbench, people, fields, said):
    with pytest.raises(BadRequestError, match=said):
        invite(either_workbench, **fields)


def test_a_partners_person_is_invited_for_their_partner(either_workbench, people):
    made = invite(either_workbench, role=["partner"], partner="acme")
    assert accept(either_workbench, made.token).partner_id == people["pat"].partner_id


def test_an_invited_admin_does_not_count_as_one(either_workbench, people):
    zoe = {"email": "zoe@example.com", "name": "Zoe", "role": ["admin"]}
    admin = do(either_workbench, either_workbench.operator(), "user add", **zoe).user
    invite(either_workbench, role=["admin"])
    with pytest.raises(ConflictError, match="Zoe is the last active admin"):
        do(
            either_workbench,
            either_workbench.operator(),
            "user change",
            user_id=admin.user_id,
            is_active=False,
        )


def test_changing_what_they_are_to_do_leaves_the_invitation_good(either_workbench, people):
    made = invite(either_workbench)
    given = {"user_id": made.user.user_id, "role": ["manager"]}
    do(either_workbench, either_workbench.operator(), "user change", **given, is_active=False)
    assert accept(either_workbench, made.token).roles == ["manager"]


def test_who_is_let_in_by_an_admin_meanwhile_needs_no_invitation(either_workbench, people):
    made = invite(either_workbench)
    do(
        either_workbench,
        either_workbench.operator(),
        "user change",
        user_id=made.user.user_id,
        is_active=True,
    )
    assert nina(either_workbench).invited_at is None
    with pytest.raises(UnauthorizedError, match="was withdrawn, or a newer one was made"):
        accept(either_workbench, made.token)


def test_a_closed_account_is_offered_again_and_its_old_password_opens_nothing(either_workbench, people):
    accept(either_workbench, invite(either_workbench).token)
    closed = {"user_id": nina(either_workbench).user_id, "is_active": False}
    do(either_workbench, either_workbench.operator(), "user change", **closed)
    made = invite(either_workbench, role=["strategist"])
    with either_workbench.transaction(either_workbench.system_actor()) as tx:
        after = invitations.accept(tx, made.token, "")
    assert (after.name, after.roles, after.password_hash) == ("Nina Novak", ["strategist"], None)


@pytest.mark.parametrize("name", ["mara", "sam", "ana", "pat", "bot"])
def test_only_admins_invite(either_workbench, people, name):
    invite(either_workbench)
    for command, given in (
        ("user invite", {"email": "eve@example.com", "role": ["admin"]}),
        ("user invite-again", {"user_id": "nina@example.com"}),
        ("user uninvite", {"user_id": "nina@example.com"}),
    ):
        with pytest.raises(ForbiddenError):
            do(either_workbench, people[name], command, **given)


def test_a_token_without_the_scope_invites_nobody(either_workbench):
    admin = replace(either_workbench.operator(), scopes=frozenset(Scope) - {Scope.ADMIN})
    with pytest.raises(ForbiddenError):
        do(either_workbench, admin, "user invite", **NINA)


def test_an_invitation_holds_for_seven_days():
    assert timedelta(days=7) == invitations.LIFETIME
