"""Who sees employees, partners and campaigns, and how lists of them stand."""

from __future__ import annotations

import pytest

from engine.errors import ForbiddenError, NotFoundError
from engine.inbox import people as everybody
from engine.reference import absences, visibility
from engine.reference.models import Campaign, Employee, Partner
from tests.factories import do, make_people

LOOKS = {
    "employee": (visibility.find_employee, "ana", Employee),
    "partner": (visibility.find_partner, "acme", Partner),
    "campaign": (visibility.find_campaign, "acme_spring", Campaign),
}


@pytest.fixture
def people(workbench):
    return make_people(workbench)


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize(("who", "sees"), [("mara", True), ("sam", True), ("ana", False), ("pat", False)])
def test_they_are_seen_by_who_sees_all_work(workbench, people, name, who, sees):
    find, key, record_type = LOOKS[name]
    with workbench.reading(people[who]) as tx:
        if sees:
            found = find(tx, key)
            assert (type(found), find(tx, found.record_id)) == (record_type, found)
            with pytest.raises(NotFoundError):
                find(tx, "nobody")
        else:  # whether there is one is not told either
            for asked in (key, "nobody"):
                with pytest.raises(ForbiddenError):
                    find(tx, asked)


def test_those_that_are_active_come_first_by_name(workbench, people):
    do(workbench, people["mara"], "partner add", key="zeta", name="Zeta")
    with workbench.reading(people["mara"]) as tx:
        acme = visibility.find_partner(tx, "acme")
    do(workbench, people["mara"], "partner deactivate", partner_id=acme.partner_id)
    with workbench.reading(people["mara"]) as tx:
        assert [one.key for one in visibility.in_order(tx.find(Partner))] == ["globex", "zeta", "acme"]
        assert [one.key for one in visibility.in_order(tx.find(Partner), "ZE")] == ["zeta"]


@pytest.mark.parametrize(("who", "sees"), [("mara", True), ("sam", True), ("ana", False), ("pat", False)])
def test_users_are_seen_by_who_sees_all_work(workbench, people, who, sees):
    with workbench.reading(people[who]) as tx:
        if sees:
            names = [user.name for user in everybody.users(tx, "an")]
            assert names == ["Ana"]
            assert everybody.find_user(tx, "ana@example.com").user_id == people["ana"].user_id
        else:
            for name in ("ana@example.com", "nobody@example.com"):
                with pytest.raises(ForbiddenError):
                    everybody.find_user(tx, name)


def test_why_somebody_is_away_is_told_to_them_and_to_managers(workbench, people):
    given = {"first_day": "2026-12-01", "last_day": "2026-12-02", "kind": "sick", "note": "A cold."}
    made = do(workbench, people["mara"], "employee away", employee_id="ana", **given)
    told = {}
    for who in ("mara", "ana", "sam"):
        with workbench.reading(people[who]) as tx:
            told[who] = absences.describe(tx, made)
    assert {who: (one["kind"], one["note"]) for who, one in told.items()} == {
        "mara": ("sick", "A cold."),
        "ana": ("sick", "A cold."),
        "sam": (None, None),
    }
