"""Nobody says who they are themselves: others do, or an e-mail or a file; whose work is whose stays so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from engine import upgrades
from engine.access import Actor, ActorKind
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.errors import ForbiddenError, OwnWorkError
from engine.reference import service as reference
from engine.reference.models import Employee
from engine.store import read_documents
from tests import judged
from tests.engine.test_whose_work_it_was import MONA, again, do, everybody, handed_over, join, may_not_decide
from tests.factories import PEOPLE


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return everybody(either_workbench)


def test_nobody_changes_their_own_roles_or_whom_they_stand_for(either_workbench, people):
    olga = people["olga"]
    mara = people["mara"].user_id
    do(either_workbench, olga, lambda tx: accounts.change_user(tx, mara, roles=["admin", "manager"]))
    admin = again(either_workbench, "mara")
    before = judged.everything(either_workbench)
    for given in ({"employee": "ben"}, {"employee": ""}, {"roles": ["member"]}, {"roles": ["admin"]}):
        if given == {"employee": ""}:
            do(either_workbench, olga, lambda tx: accounts.change_user(tx, mara, employee="mara"))
            before = judged.everything(either_workbench)
        with pytest.raises(OwnWorkError, match="Ask another admin"):
            do(either_workbench, admin, lambda tx, given=given: accounts.change_user(tx, mara, **given))
    assert judged.everything(either_workbench) == before
    user = do(either_workbench, admin, lambda tx: accounts.change_user(tx, mara, employee="mara"))
    assert user.employee_id == admin.employee_id, "saying what is so already is no change"


def test_nobody_changes_it_by_another_account_of_theirs_either(either_workbench, people):
    olga, mara = people["olga"], people["mara"].user_id
    do(
        either_workbench,
        olga,
        lambda tx: accounts.add_user(tx, "second@example.com", "Mara too", ["admin"], employee="mara"),
    )
    second = again(either_workbench, "second")
    with pytest.raises(OwnWorkError):
        do(either_workbench, second, lambda tx: accounts.change_user(tx, mara, employee="ben"))


def test_a_team_of_one_says_who_it_is_and_so_does_the_server(either_workbench, people):
    olga = people["olga"]
    done = do(
        either_workbench,
        either_workbench.operator(),
        lambda tx: accounts.change_user(tx, olga.user_id, employee="ben"),
    )
    assert done.employee_id == people_id(either_workbench, "ben")
    either_workbench.settings = replace(either_workbench.settings, own_approval=True)
    olga = again(either_workbench, "olga")
    do(either_workbench, olga, lambda tx: accounts.change_user(tx, olga.user_id, employee="ana"))
    assert again(either_workbench, "olga").employee_id == people_id(either_workbench, "ana")


def people_id(workbench: Workbench, key: str) -> str:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find_one(Employee, key=key).employee_id


OWN: list[dict[str, Any]] = [
    {"email": "other@example.com"},
    {"email": None},
    {"roles": ["writer"]},
    {"kind": "agent"},
    {"training": True},
]


@pytest.mark.parametrize("change", OWN, ids=[next(iter(change)) for change in OWN])
def test_a_file_changes_nothing_of_whoever_loads_it(either_workbench, people, change: dict[str, Any]):
    mara = {"key": "mara", "name": "Mara Maier", "email": "mara@example.com", "roles": []}
    document = {"partners": [{"key": "new", "name": "New"}], "employees": [{**mara, **change}]}
    before = judged.everything(either_workbench)
    with pytest.raises(OwnWorkError, match=rf"employees\[0\].{next(iter(change))}: .* ask another admin"):
        do(either_workbench, people["mara"], lambda tx: reference.load(tx, document))
    assert judged.everything(either_workbench) == before
    with pytest.raises(ForbiddenError, match="may not add or change employees"):
        do(either_workbench, people["mona"], lambda tx: reference.load(tx, document))
    do(either_workbench, people["olga"], lambda tx: reference.load(tx, document))
    assert judged.everything(either_workbench) != before


def test_a_file_that_says_what_is_so_is_loaded_by_anybody_who_may(either_workbench, people):
    counts = do(either_workbench, people["mara"], lambda tx: reference.load(tx, PEOPLE)).counts
    assert counts["employees"] == {"created": 0, "updated": 0, "unchanged": 4, "removed": 0, "dropped": 0}


def test_another_e_mail_makes_nobody_somebody_else(either_workbench, people):
    """Mara is joined by her e-mail alone; another manager loads her employee with another one."""
    olga = people["olga"]
    nora = {"key": "nora", "name": "Nora", "email": "nora@example.com"}
    do(either_workbench, olga, lambda tx: accounts.add_user(tx, "nora@example.com", "Nora", ["manager"]))
    do(either_workbench, olga, lambda tx: reference.load(tx, {"employees": [nora]}))
    assert again(either_workbench, "nora").employee_id == people_id(either_workbench, "nora")
    waiting = handed_over(either_workbench, people, "nora")
    moved = [{**nora, "email": "new@example.com"}, {**MONA, "email": "nora@example.com"}]
    for employee in moved:
        do(either_workbench, olga, lambda tx, one=employee: reference.load(tx, {"employees": [one]}))
    now = again(either_workbench, "nora")
    assert now.employee_id == people_id(either_workbench, "nora"), "who she is does not follow the address"
    may_not_decide(either_workbench, now, waiting)
    with either_workbench.reading(olga) as tx:
        assert tx.get(User, people["mona"].user_id).employee_id == people["mona"].employee_id


def test_an_upgrade_tells_by_events_whom_an_e_mail_alone_had_joined(either_workbench, people):
    """Releases before 0.4.0 kept no such join when an employee got another address (S3)."""
    olga, late = people["olga"], {"key": "late", "name": "Late", "email": "late@example.com"}
    user = do(
        either_workbench, olga, lambda tx: accounts.add_user(tx, "late@example.com", "Late", ["manager"])
    )
    do(either_workbench, olga, lambda tx: reference.load(tx, {"employees": [late]}))
    joined = again(either_workbench, "late").employee_id
    either_workbench.clock.advance(minutes=1)  # what has one time happened together
    swapped = [late | {"email": "new@example.com"}, late | {"key": "other"}]
    do(either_workbench, olga, lambda tx: reference.load(tx, {"employees": swapped}))
    join(either_workbench, people, "ben", "mona")
    with either_workbench.database.read() as connection:
        events = [
            event | {"after": {}} if event["summary"].startswith("Late stands for") else event
            for event in read_documents(connection, "audit_events")
        ]
        with mock.patch.object(upgrades, "read_documents", return_value=events):
            _, were = upgrades._told_of_people(connection)
    assert were.get(user.user_id) == [joined]
    assert were.get(people["ben"].user_id) == [people["ben"].employee_id]
    assert not were.get(people["ana"].user_id), "who she is now is not who she was"


def test_a_kind_that_a_file_leaves_out_stays(either_workbench, people):
    do(
        either_workbench,
        people["olga"],
        lambda tx: accounts.add_user(tx, "bot2@example.com", "Bot", ["manager"], employee="bot"),
    )
    agent = again(either_workbench, "bot2")
    assert agent.kind is ActorKind.AGENT
    bot = {"key": "bot", "name": "Crawler", "email": "bot@example.com", "roles": ["crawler"]}
    do(either_workbench, agent, lambda tx: reference.load(tx, {"employees": [bot]}))
    assert again(either_workbench, "bot2").kind is ActorKind.AGENT
    with pytest.raises(OwnWorkError, match="own kind"):
        do(either_workbench, agent, lambda tx: reference.load(tx, {"employees": [{**bot, "kind": "human"}]}))
    assert again(either_workbench, "bot2").kind is ActorKind.AGENT
