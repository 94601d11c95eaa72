"""The table of definitions.md section 4, cell by cell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.access import (
    Actor,
    ActorKind,
    Permission,
    Role,
    TaskRelation,
    may,
    may_see_task,
    may_work_task,
    require,
)
from engine.errors import ForbiddenError

TEAM = {"admin", "manager", "strategist", "member", "agent"}
LEADS = {"admin", "manager"}

TABLE = {
    "see_all_work": LEADS | {"strategist"},
    "see_own_work": TEAM,
    "work_all": LEADS,
    "work_own": TEAM,
    "claim": LEADS | {"member", "agent"},
    "start_bundle": TEAM,
    "decide": LEADS,
    "decide_as_partner": {"partner"},
    "load_reference": LEADS,
    "administer": {"admin"},
    "export": LEADS,
    "belong": TEAM | {"partner"},
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
