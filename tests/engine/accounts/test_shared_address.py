"""An address that two employees have joins nobody to one of them by chance (S27)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.access import Actor
from engine.accounts import actors
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.errors import BadRequestError
from engine.inbox import people as people_page
from engine.inbox.queries import reader
from engine.reference import service as reference
from engine.reports import people as reports
from engine.reports.queries import places
from tests.factories import make_people

SHARED = {
    "employees": [
        {"key": "desk", "name": "Desk", "email": "shared@example.com", "roles": []},
        {"key": "help", "name": "Help", "email": "shared@example.com", "roles": ["writer"]},
    ]
}


@pytest.fixture
def late(either_workbench: Workbench) -> Actor:
    """Somebody who was added before two employees with their address were loaded."""
    make_people(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        accounts.add_user(tx, "shared@example.com", "Late", ["member"])
    with either_workbench.transaction(either_workbench.operator()) as tx:
        reference.load(tx, SHARED)
    return either_workbench.actor_by_email("shared@example.com")


def test_they_act_as_nobody_who_does_tasks_in_every_way_that_it_is_asked(either_workbench, late):
    assert (late.employee_id, late.assignee_roles) == (None, frozenset())
    assert either_workbench.actor_for(late.user_id).employee_id is None
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert actors.employee_of(tx, late.user_id) is None
        everybody = people_page.load(tx)
        assert [one.employee for one in everybody.accounts if one.user.user_id == late.user_id] == [None]


def test_reports_and_inboxes_join_them_to_nobody_either(either_workbench, late):
    operator = either_workbench.operator()
    with either_workbench.transaction(operator) as tx:
        named = accounts.add_user(tx, "named@example.com", "Named", ["member"], employee="desk")
    desk = either_workbench.actor_for(named.user_id)
    with either_workbench.reading(desk) as tx:
        assert reports.People(tx).employee_of(late.user_id) is None
        users = tx.database.sql_table(User.spec.table)
        joined = select(users.c.user_id, places._employee_of(tx, users))
        by_user = dict(tx.connection.execute(joined).fetchall())
        assert (by_user[late.user_id], by_user[named.user_id]) == (None, desk.employee_id)
        own = select(reader.Shape.of(tx).own_users(tx).c.user_id)
        found = tx.connection.execute(own, reader.values_of(tx)).scalars().all()
        assert found == [named.user_id]


def test_who_is_added_then_is_told_both_and_one_is_named(either_workbench):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        reference.load(tx, SHARED)
    operator = either_workbench.operator()
    with (
        pytest.raises(BadRequestError, match=r"Desk \(desk\) and Help \(help\)") as refused,
        either_workbench.transaction(operator) as tx,
    ):
        accounts.add_user(tx, "shared@example.com", "Late", ["member"])
    assert refused.value.details[0]["field"] == "employee"
    with either_workbench.transaction(operator) as tx:
        assert tx.find(User, email="shared@example.com") == []
        accounts.add_user(tx, "shared@example.com", "Late", ["member"], employee="help")
    assert either_workbench.actor_by_email("shared@example.com").assignee_roles == {"writer"}


def test_who_names_one_of_them_is_joined(either_workbench, late):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        accounts.change_user(tx, late.user_id, employee="desk")
    joined = either_workbench.actor_by_email("shared@example.com")
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert joined.employee_id == actors.employee_of(tx, late.user_id)
    assert joined.employee_id is not None
