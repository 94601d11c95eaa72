"""Changing users: roles, employee, leaving, and that somebody always remains to administer."""

from __future__ import annotations

import pytest

from engine.access import Actor, Role
from engine.accounts import bootstrap
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    StaleWriteError,
    UnauthorizedError,
)
from engine.reference.models import Employee
from tests.factories import make_people


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    people = make_people(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    return people | {"olga": workbench.actor_by_email("olga@example.com")}


def change(workbench: Workbench, actor: Actor, user_id: str, **fields) -> User:
    with workbench.transaction(actor) as tx:
        return accounts.change_user(tx, user_id, **fields)


def test_an_admin_gives_other_roles_and_the_event_tells_them(workbench, people):
    user = change(workbench, people["olga"], people["ana"].user_id, roles=["strategist", "member"])
    assert user.roles == [Role.STRATEGIST, Role.MEMBER]
    with workbench.reading(people["olga"]) as tx:
        event = tx.find(Event, entity_id=user.user_id, order_by=("-seq",), limit=1)[0]
    assert event.before == {"roles": ["member"]}
    assert event.after == {"roles": ["strategist", "member"]}
    assert event.summary == "Ana may sign in as strategist, member"
    assert workbench.actor_for(user.user_id).roles == {Role.STRATEGIST, Role.MEMBER}


def test_who_is_deactivated_is_out_at_once_and_may_come_back(workbench, people):
    ana = people["ana"].user_id
    assert not change(workbench, people["olga"], ana, is_active=False).is_active
    with pytest.raises(UnauthorizedError):
        workbench.actor_for(ana)
    change(workbench, people["olga"], ana, is_active=True)
    assert workbench.actor_for(ana).name == "Ana"


def test_a_user_is_joined_to_another_employee_or_to_nobody(workbench, people):
    user = change(workbench, people["olga"], people["ana"].user_id, employee="ben")
    with workbench.reading(people["olga"]) as tx:
        assert tx.get(Employee, user.employee_id).key == "ben"
    assert change(workbench, people["olga"], people["ana"].user_id, employee="").employee_id is None
    with pytest.raises(BadRequestError, match="no employee 'zoe'"):
        change(workbench, people["olga"], people["ana"].user_id, employee="zoe")


def test_a_change_that_is_none_leaves_no_trace(workbench, people):
    user_id = people["ana"].user_id
    before = workbench.database.head(people["ana"].workspace_id).position
    assert change(workbench, people["olga"], user_id, roles=["member"], is_active=True).revision == 1
    assert workbench.database.head(people["ana"].workspace_id).position == before


@pytest.mark.parametrize("name", ["mara", "sam", "ana", "bot", "pat"])
def test_only_admins_change_users(workbench, people, name):
    with pytest.raises(ForbiddenError):
        change(workbench, people[name], people["ana"].user_id, roles=["admin"])


def test_the_last_active_admin_stays_until_there_is_another(workbench, people):
    olga = people["olga"]
    for request in ({"roles": ["member"]}, {"is_active": False}):
        with pytest.raises(ConflictError, match="last active admin"):
            change(workbench, olga, olga.user_id, **request)
    change(workbench, olga, people["mara"].user_id, roles=["admin"])
    mara = workbench.actor_by_email("mara@example.com")
    assert change(workbench, mara, olga.user_id, roles=["manager"]).roles == [Role.MANAGER]
    with pytest.raises(ConflictError, match="last active admin"):
        change(workbench, workbench.operator(), people["mara"].user_id, is_active=False)


def test_the_local_operator_stays_who_they_are(workbench, people):
    operator = workbench.operator().user_id
    for request in ({"roles": ["member"]}, {"is_active": False}):
        with pytest.raises(ConflictError, match="local operator"):
            change(workbench, people["olga"], operator, **request)
    assert workbench.actor_by_email(bootstrap.OPERATOR_EMAIL).roles == {Role.ADMIN}


@pytest.mark.parametrize(
    ("name", "roles", "words"),
    [
        ("ana", ["partner"], "belongs to no partner"),
        ("ana", ["partner", "member"], "the role partner alone"),
        ("pat", ["partner", "manager"], "the role partner alone"),
        ("pat", ["member"], "stays the partner's"),
        ("ana", ["king"], "king is not a role"),
        ("ana", [], "Whoever signs in has a role. Choose from: admin, "),
    ],
)
def test_roles_that_would_mix_clients_with_the_team_are_refused(workbench, people, name, roles, words):
    with pytest.raises(BadRequestError, match=words) as refused:
        change(workbench, people["olga"], people[name].user_id, roles=roles)
    assert refused.value.details[0]["field"] == "role"
    with pytest.raises(BadRequestError), workbench.transaction(people["olga"]) as tx:
        accounts.add_user(tx, "x@example.com", "X", ["partner", "member"], partner="acme")


def test_a_stale_write_and_a_stranger_are_refused(workbench, people):
    change(workbench, people["olga"], people["ana"].user_id, roles=["manager"], revision=1)
    with pytest.raises(StaleWriteError):
        change(workbench, people["olga"], people["ana"].user_id, roles=["member"], revision=1)
    with pytest.raises(NotFoundError):
        change(workbench, people["olga"], "usr_nobody", roles=["member"])
