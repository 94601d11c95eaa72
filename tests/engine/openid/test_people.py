"""Whose account it is that a provider vouches for: found by e-mail once, then by what the provider says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.access import Actor
from engine.accounts import service, sessions
from engine.accounts.models import BegunWith, Identity, User
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import ConflictError, UnauthorizedError
from engine.openid import people
from engine.openid.provider import Person
from engine.reference.models import Employee
from tests.factories import do, make_people

ISSUER = "https://id.example.com"


@pytest.fixture
def everybody(either_workbench: Workbench) -> dict[str, Actor]:
    made = make_people(either_workbench)
    given(either_workbench)
    return made


def given(workbench: Workbench, **settings: Any) -> None:
    """Start again with these settings."""
    asked = {"oidc_issuer": ISSUER, "oidc_client_id": "board", "oidc_name": "Example ID", **settings}
    workbench.settings = replace(workbench.settings, public_url="http://localhost", **asked)


def person(subject: str = "a-1", email: str | None = "ana@example.com", **more: Any) -> Person:
    groups = more.pop("groups", None)
    told = {"issuer": ISSUER, "name": "Somebody", **more}
    return Person(
        subject=subject, email=email, groups=groups if groups is None else frozenset(groups), **told
    )


def enter(workbench: Workbench, who: Person) -> User:
    with workbench.transaction(workbench.system_actor()) as tx:
        found = people.enter(tx, who)
        if found.is_active:
            sessions.begin(tx, found, BegunWith.OPENID)
        return found


def user(workbench: Workbench, name: str) -> User:
    with workbench.reading(workbench.system_actor()) as tx:
        return service.user_named(tx, f"{name}@example.com")


def assignee_roles(workbench: Workbench, key: str = "ben") -> set[str]:
    with workbench.reading(workbench.system_actor()) as tx:
        found = tx.find_one(Employee, key=key)
        assert found is not None
        return set(found.roles)


def change(workbench: Workbench, name: str, **fields: Any) -> None:
    do(workbench, workbench.operator(), "user change", user_id=user(workbench, name).user_id, **fields)


def told_of(workbench: Workbench, who: User) -> list[str]:
    with workbench.reading(workbench.system_actor()) as tx:
        found = tx.find(Event, entity_id=who.user_id)
        return [event.summary for event in sorted(found, key=lambda one: one.seq)]


def test_the_first_time_an_account_is_found_by_its_address(either_workbench, everybody):
    found = enter(either_workbench, person())
    assert found.email == "ana@example.com"
    assert told_of(either_workbench, found)[-2:] == [
        "Ana signs in with OpenID from now on",
        "Ana signed in with OpenID",
    ]
    enter(either_workbench, person())
    assert told_of(either_workbench, found).count("Ana signs in with OpenID from now on") == 1


def test_a_changed_address_keeps_the_account_and_another_with_the_old_one_does_not_take_it(
    either_workbench, everybody
):
    enter(either_workbench, person("a-1"))
    assert enter(either_workbench, person("a-1", "ana.new@example.com")).email == "ana@example.com"
    assert enter(either_workbench, person("a-1", None)).email == "ana@example.com"
    # Even where the new address is a colleague's: the provider's person stays who they were.
    assert enter(either_workbench, person("a-1", "ben@example.com")).email == "ana@example.com"
    with pytest.raises(
        UnauthorizedError, match=r"ana@example\.com is joined to another person at Example ID"
    ):
        enter(either_workbench, person("a-2"))


def test_another_provider_vouches_for_other_people(either_workbench, everybody):
    enter(either_workbench, person("a-1"))
    given(either_workbench, oidc_issuer="https://other.example")
    assert enter(either_workbench, person("b-1", issuer="https://other.example")).email == "ana@example.com"
    assert enter(
        either_workbench, person("a-1", "ben@example.com", issuer="https://other.example")
    ).email == ("ben@example.com")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (person(email=None), "does not say that your e-mail address is yours"),
        (person(email="stranger@example.com"), "Nobody signs in here as stranger@example.com"),
        (person(email="operator@localhost"), "Nobody signs in here as operator@localhost"),
    ],
)
def test_who_has_no_account_is_told_so(either_workbench, everybody, who, said):
    with pytest.raises(UnauthorizedError, match=said):
        enter(either_workbench, who)


def test_a_closed_account_stays_closed_before_and_after_it_was_joined(either_workbench, everybody):
    enter(either_workbench, person())
    for name in ("ana", "ben"):
        change(either_workbench, name, is_active=False)
    for who in (person(), person("b-1", "ben@example.com")):
        with pytest.raises(UnauthorizedError, match="not active any more"):
            enter(either_workbench, who)
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        assert len(tx.find(Identity)) == 1


def test_an_admin_lets_an_account_be_joined_anew(either_workbench, everybody):
    with pytest.raises(ConflictError, match="has not signed in with OpenID"):
        do(either_workbench, either_workbench.operator(), "user forget-openid", user_id="ana@example.com")
    enter(either_workbench, person("a-1"))
    do(either_workbench, either_workbench.operator(), "user forget-openid", user_id="ana@example.com")
    assert enter(either_workbench, person("a-2")).email == "ana@example.com"
    assert told_of(either_workbench, user(either_workbench, "ana"))[-4:-1] == [
        "Ana is joined anew at their next sign-in with OpenID",
        "A session of Ana was ended",
        "Ana signs in with OpenID from now on",
    ]


def forget(workbench: Workbench, name: str = "ana") -> None:
    do(workbench, workbench.operator(), "user forget-openid", user_id=f"{name}@example.com")


def test_whoever_was_joined_is_signed_out_when_that_is_forgotten(either_workbench, everybody):
    joined = enter(either_workbench, person())
    with either_workbench.transaction(either_workbench.system_actor()) as tx:
        token = sessions.begin(tx, tx.get(User, joined.user_id), BegunWith.PASSWORD)
    forget(either_workbench)
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        assert sessions.find(tx, token) is None
        assert sessions.alive(tx, joined.user_id) == []


@pytest.mark.parametrize(
    ("before", "groups", "left"),
    [
        (["member"], ["Leads"], {"member"}),
        (["member", "manager"], ["Leads"], {"member", "manager"}),
        (["strategist"], ["Leads", "Owners"], {"strategist"}),
    ],
)
def test_what_groups_gave_goes_when_whom_they_were_told_of_is_forgotten(
    either_workbench, everybody, before, groups, left
):
    given(
        either_workbench,
        oidc_roles="Leads = manager; Owners = admin",
        oidc_assignee_roles="Leads = producer",
    )
    change(either_workbench, "ben", role=before)
    change(either_workbench, "mara", role=["admin"])
    enter(either_workbench, person("b-1", "ben@example.com", groups=groups))
    forget(either_workbench, "ben")
    assert set(user(either_workbench, "ben").roles) == left
    assert assignee_roles(either_workbench) == {"operator"}
    again = enter(either_workbench, person("b-2", "ben@example.com", groups=[]))
    assert (set(again.roles), again.is_active) == (left, True)


def test_who_had_nothing_but_by_groups_is_a_member_until_they_are_joined_anew(either_workbench, everybody):
    given(either_workbench, oidc_new_domains="example.com", oidc_roles="Leads = manager")
    nina = enter(either_workbench, person("n-1", "nina@example.com", name="Nina", groups=["Leads"]))
    forget(either_workbench, "nina")
    assert user(either_workbench, "nina").roles == ["member"]
    assert "Nina may sign in as member, without what their groups at Example ID gave" in told_of(
        either_workbench, nina
    )


def test_the_last_admin_stays_one_when_they_are_forgotten(either_workbench, everybody):
    given(either_workbench, oidc_new_domains="example.com", oidc_roles="Owners = admin")
    enter(either_workbench, person("o-1", "olga@example.com", groups=["Owners"]))
    forget(either_workbench, "olga")
    assert user(either_workbench, "olga").roles == ["admin"]


def test_a_change_of_provider_takes_back_what_the_groups_of_the_one_before_gave(either_workbench, everybody):
    groups = {"oidc_roles": "Leads = manager", "oidc_assignee_roles": "Leads = producer"}
    other = "https://other.example"
    given(either_workbench, **groups)
    enter(either_workbench, person("b-1", "ben@example.com", groups=["Leads"]))
    given(either_workbench, oidc_issuer=other, **groups)
    after = enter(either_workbench, person("x-1", "ben@example.com", issuer=other, groups=[]))
    assert (after.roles, assignee_roles(either_workbench)) == (["member"], {"operator"})
    enter(either_workbench, person("x-1", issuer=other, groups=["Leads"]))
    given(either_workbench, **groups)  # and back
    after = enter(either_workbench, person("b-1", groups=[]))
    assert (after.roles, assignee_roles(either_workbench)) == (["member"], {"operator"})


def test_people_of_named_domains_get_an_account_and_nobody_else(either_workbench, everybody):
    given(either_workbench, oidc_new_domains="example.com Example.org")
    made = enter(either_workbench, person("n-1", "nina@example.org", name="Nina"))
    assert (made.name, made.email, made.roles) == ("Nina", "nina@example.org", ["member"])
    for email in ("eve@evil.example", "eve@example.com.evil.example", "eve@notexample.org", "example.org"):
        with pytest.raises(UnauthorizedError, match="Nobody signs in here"):
            enter(either_workbench, person("e-1", email))
    with pytest.raises(UnauthorizedError, match="does not say that your e-mail"):
        enter(either_workbench, person("e-1", None))


def test_a_new_person_gets_what_their_groups_give_and_none_of_them_no_account(either_workbench, everybody):
    given(either_workbench, oidc_new_domains="example.com", oidc_roles="Leads = manager; Editors = member")
    for groups in (None, [], ["Others"]):
        with pytest.raises(UnauthorizedError, match="None of your groups at Example ID leads here"):
            enter(either_workbench, person("n-1", "nina@example.com", groups=groups))
    assert enter(either_workbench, person("n-1", "nina@example.com", groups=["Leads"])).roles == ["manager"]
    assert enter(either_workbench, person("n-1", "nina@example.com", groups=["Editors"])).roles == ["member"]
    closed = enter(either_workbench, person("n-1", "nina@example.com", groups=[]))
    assert not closed.is_active


#: roles before -> groups, sign-in after sign-in, with the roles that they leave; None is: closed.
_SIGN_INS = [
    (["member"], [(["Leads"], ["member", "manager"]), (["Editors"], ["member"]), ([], ["member"])]),
    (["member"], [(["Others"], ["member"]), (["Editors", "Owners"], ["member", "admin"])]),
    (["strategist"], [(["Leads", "Editors"], ["strategist", "manager", "member"]), ([], ["strategist"])]),
    (["member"], [(None, ["member"]), (["Leads"], ["member", "manager"]), (None, ["member", "manager"])]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "steps"), _SIGN_INS)
def test_groups_give_roles_and_take_back_what_they_gave(either_workbench, everybody, before, steps):
    given(either_workbench, oidc_roles="Leads = manager; Editors = member; Owners = admin")
    change(either_workbench, "ben", role=before)
    for groups, expected in steps:
        after = enter(either_workbench, person("b-1", "ben@example.com", groups=groups))
        assert (set(after.roles), after.is_active) == (set(expected), True), groups


def test_a_change_by_groups_is_told_with_its_reason_and_a_sign_in_without_one_is_not(
    either_workbench, everybody
):
    given(either_workbench, oidc_roles="Leads = manager")
    for _ in range(2):
        enter(either_workbench, person(groups=["Leads"]))
    told = told_of(either_workbench, user(either_workbench, "ana"))
    assert told.count("Ana may sign in as member, manager, by their groups at Example ID") == 1


def test_who_is_closed_out_by_their_groups_is_signed_out_everywhere(either_workbench, everybody):
    given(either_workbench, oidc_new_domains="example.com", oidc_roles="Editors = member")
    nina = enter(either_workbench, person("n-1", "nina@example.com", name="Nina", groups=["Editors"]))
    with either_workbench.transaction(either_workbench.system_actor()) as tx:
        token = sessions.begin(tx, tx.get(User, nina.user_id), BegunWith.OPENID)
    enter(either_workbench, person("n-1", "nina@example.com", groups=["Others"]))
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        assert sessions.find(tx, token) is None
    told = told_of(either_workbench, nina)
    assert "Nina may not sign in any more, by their groups at Example ID" in told
    with pytest.raises(UnauthorizedError, match="not active any more"):
        enter(either_workbench, person("n-1", "nina@example.com", groups=["Editors"]))


def test_the_last_admin_stays_one_whatever_their_groups_say(either_workbench, everybody):
    given(either_workbench, oidc_new_domains="example.com", oidc_roles="Owners = admin; Editors = member")
    olga = person("o-1", "olga@example.com", groups=["Owners"])
    enter(either_workbench, olga)
    assert enter(either_workbench, replace(olga, groups=frozenset())).roles == ["admin"]
    assert set(enter(either_workbench, replace(olga, groups=frozenset({"Editors"}))).roles) == {
        "admin",
        "member",
    }
    zoe = {"email": "zoe@example.com", "name": "Zoe", "role": ["admin"]}
    do(either_workbench, either_workbench.operator(), "user add", **zoe)
    assert enter(either_workbench, replace(olga, groups=frozenset({"Editors"}))).roles == ["member"]


@pytest.mark.parametrize("name", ["pat", "bot"])
def test_people_of_partners_and_agents_get_nothing_by_groups(either_workbench, everybody, name):
    given(either_workbench, oidc_roles="Leads = manager; Owners = admin")
    before = user(either_workbench, name)
    after = enter(either_workbench, person("p-1", f"{name}@example.com", groups=["Leads", "Owners"]))
    assert after.roles == before.roles
    assert after.is_active
    assert enter(either_workbench, person("p-1", f"{name}@example.com", groups=[])).is_active


def test_groups_give_assignee_roles_and_take_back_what_they_gave(either_workbench, everybody):
    given(either_workbench, oidc_assignee_roles="Video = producer editor; Text = writer")

    steps: list[tuple[list[str] | None, set[str]]] = [
        (["Video"], {"operator", "producer", "editor"}),
        (["Text"], {"operator", "writer"}),
        (None, {"operator", "writer"}),
        ([], {"operator"}),
    ]
    for groups, expected in steps:
        after = enter(either_workbench, person("b-1", "ben@example.com", groups=groups))
        assert (assignee_roles(either_workbench), after.roles) == (expected, ["member"])


def test_passwords_may_be_closed_to_those_of_the_provider(either_workbench, everybody):
    def begin(name: str) -> str:
        with either_workbench.transaction(either_workbench.system_actor()) as tx:
            return service.begin_session(tx, service.user_named(tx, f"{name}@example.com"))

    enter(either_workbench, person())
    assert begin("ana")
    given(either_workbench, oidc_passwords=False)
    assert begin("ben")
    with pytest.raises(UnauthorizedError, match=r"takes no password. Sign in with Example ID"):
        begin("ana")
    given(either_workbench, oidc_passwords=False, oidc_issuer="")
    assert begin("ana")
