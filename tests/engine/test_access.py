"""The table of definitions.md section 4, cell by cell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import commands
from engine.access import (
    SCOPES,
    Actor,
    ActorKind,
    Permission,
    Role,
    Scope,
    TaskRelation,
    may,
    may_see_task,
    may_work_task,
    require,
)
from engine.errors import ForbiddenError, ScopeMissingError

TEAM = {"admin", "manager", "strategist", "member", "agent"}
LEADS = {"admin", "manager"}

TABLE = {
    "see_all_work": LEADS | {"strategist"},
    "see_own_work": TEAM,
    "work_all": LEADS,
    "work_own": TEAM,
    "see_claimable": LEADS | {"member", "agent"},
    "see_as_partner": {"partner"},
    "claim": LEADS | {"member", "agent"},
    "start_bundle": TEAM,
    "decide": LEADS,
    "decide_as_partner": {"partner"},
    "load_reference": LEADS,
    "administer": {"admin"},
    "export": LEADS,
    "belong": TEAM | {"partner"},
    "let_in": {"admin"},
    "open_ways_in": TEAM | {"partner"},
    "judge": LEADS | {"partner"},
    "browse_templates": TEAM,
    "propose": LEADS | {"strategist"},
}


def actor(*roles: str) -> Actor:
    return Actor(
        user_id="usr_1", workspace_id="wsp_1", name="Ana", roles=frozenset(Role(role) for role in roles)
    )


def relation(**facts: bool) -> TaskRelation:
    return TaskRelation(**{"owns": False, "assigned": False, "claimable": False, "in_bundle": False, **facts})


def test_the_table_names_every_permission():
    assert set(TABLE) == {str(permission) for permission in Permission}


@pytest.mark.parametrize("permission", list(Permission), ids=str)
def test_exactly_the_roles_of_the_table_are_granted_a_permission(permission: Permission):
    assert {str(role) for role in Role if may(actor(role), permission)} == TABLE[permission]


def test_the_rights_of_several_roles_add_up_and_no_role_has_none():
    assert may(actor("partner", "admin"), Permission.ADMINISTER)
    assert not any(may(actor(), permission) for permission in Permission)


def test_an_automated_colleague_judges_nothing_whichever_roles_it_has():
    assert not may(actor("agent", "manager", "admin"), Permission.DECIDE)
    assert not may(actor("agent", "partner"), Permission.DECIDE_AS_PARTNER)
    assert may(actor("agent", "manager"), Permission.WORK_ALL)
    bot = replace(actor("manager"), kind=ActorKind.AGENT)  # by its employee, whatever its roles
    assert not may(bot, Permission.DECIDE)
    with pytest.raises(
        ForbiddenError, match="one of these roles of a person, not of an agent: admin, manager"
    ):
        require(actor("agent", "manager"), Permission.DECIDE, "answer requests for help")


def test_a_refusal_says_who_may():
    with pytest.raises(ForbiddenError, match=r"Ana may not add users\. It takes one of these roles: admin\."):
        require(actor("manager"), Permission.ADMINISTER, "add users")


@pytest.mark.parametrize("role", list(Role), ids=str)
@pytest.mark.parametrize("fact", ["owns", "assigned", "claimable", "in_bundle", None])
def test_who_sees_and_who_works_a_task(role: Role, fact: str | None):
    who, what = actor(role), relation(**({fact: True} if fact else {}))
    related = fact is not None and role is not Role.PARTNER
    assert may_see_task(who, what) is (role in TABLE["see_all_work"] or related)
    own = fact in ("owns", "assigned") and role is not Role.PARTNER
    assert may_work_task(who, what) is (role in LEADS or own)


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_nobody_works_a_task_that_they_may_not_see(role: Role):
    for fact in ("owns", "assigned", "claimable", "in_bundle"):
        what = relation(**{fact: True})
        assert may_see_task(actor(role), what) or not may_work_task(actor(role), what)


# -- API tokens ------------------------------------------------------------------------------

#: What each scope lets a token do of what its user may.
OF_SCOPES = {
    "read": {"see_all_work", "see_own_work", "see_claimable", "see_as_partner", "browse_templates"},
    "work": {"work_all", "work_own", "claim", "start_bundle", "belong"},
    "decide": {"decide", "decide_as_partner", "judge"},
    "content": {"propose"},
    "admin": {"administer", "load_reference", "export", "open_ways_in"},
}


#: What no token may, whatever its scopes.
OF_NO_SCOPE = {"let_in"}


def test_every_permission_stands_in_exactly_one_scope_or_is_no_tokens():
    listed = [*OF_NO_SCOPE, *(name for names in OF_SCOPES.values() for name in names)]
    assert sorted(listed) == sorted(str(permission) for permission in Permission)
    assert {str(name): str(scope) for name, scope in SCOPES.items()} == {
        name: scope for scope, names in OF_SCOPES.items() for name in names
    }


@given(
    roles=st.frozensets(st.sampled_from(Role)),
    kind=st.sampled_from(ActorKind),
    scopes=st.none() | st.frozensets(st.sampled_from(Scope)),
    permission=st.sampled_from(Permission),
)
def test_a_token_may_what_the_roles_of_its_user_and_its_scopes_both_grant(
    roles: frozenset[Role], kind: ActorKind, scopes: frozenset[Scope] | None, permission: Permission
):
    person = replace(actor(*roles), kind=kind)
    token = replace(person, scopes=scopes, token_name="reporting")
    in_scope = scopes is None or any(str(permission) in OF_SCOPES[scope] for scope in scopes)
    assert may(token, permission) is (may(person, permission) and in_scope)
    judges = permission in (Permission.DECIDE, Permission.DECIDE_AS_PARTNER, Permission.JUDGE)
    assert not (judges and (kind is ActorKind.AGENT or Role.AGENT in roles) and may(token, permission))


def test_a_refusal_for_want_of_a_scope_names_it_and_one_for_want_of_a_role_does_not():
    token = replace(actor("manager"), scopes=frozenset({Scope.READ}), token_name="reporting")
    with pytest.raises(ScopeMissingError, match="it lacks the scope decide") as refused:
        require(token, Permission.DECIDE, "score tasks")
    assert (refused.value.code, refused.value.details[0]["scope"]) == ("SCOPE_MISSING", "decide")
    with pytest.raises(ForbiddenError, match="It takes one of these roles: admin") as refused:
        require(token, Permission.ADMINISTER, "add users")
    assert refused.value.code == "FORBIDDEN"


def test_a_token_without_a_name_is_called_this_token():
    token = replace(actor("manager"), scopes=frozenset({Scope.READ}), token_name=None)
    with pytest.raises(ScopeMissingError, match=r"^This token may not score tasks: it lacks"):
        require(token, Permission.DECIDE, "score tasks")


def test_what_no_token_may_says_so_and_where_it_is_done():
    token = replace(actor("admin"), scopes=frozenset(Scope), token_name="reporting")
    with pytest.raises(ForbiddenError, match=r"No API token may make links\. Do it on the board") as refused:
        require(token, Permission.LET_IN, "make links")
    assert refused.value.code == "FORBIDDEN"


def test_a_token_that_only_reads_executes_no_command():
    assert [one.name for one in commands.COMMANDS.values() if SCOPES.get(one.permission) is Scope.READ] == []


def test_what_is_seen_takes_no_other_scope_than_to_read():
    for role in Role:
        person = actor(role)
        reader = replace(person, scopes=frozenset({Scope.READ}))
        for fact in ("owns", "assigned", "claimable", "in_bundle"):
            what = relation(**{fact: True})
            assert may_see_task(reader, what) is may_see_task(person, what)
            assert not may_work_task(reader, what)
