"""What is said of who is away: on pages, of whoever gets a task, and in the history."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import BadRequestError
from engine.reference import absences
from engine.reference.absences import Away
from engine.reference.models import Absence, Employee
from tests.factories import do, make_people

D = date.fromisoformat
#: The clock of tests begins on Saturday, 21 November 2026.
TODAY = "2026-11-21"


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


def away(workbench: Workbench, by: Actor, who: str, first: str, last: str, **given: Any) -> Absence:
    days = {"first_day": first, "last_day": last}
    found: Absence = do(workbench, by, "employee away", employee_id=who, **days, **given)
    return found


def take_back(workbench: Workbench, by: Actor, who: str, absence: Absence) -> None:
    do(workbench, by, "employee not-away", employee_id=who, absence_id=absence.absence_id)


def test_of_today_it_is_said_who_is_away_and_until_when(workbench: Workbench, people: dict[str, Actor]):
    mara = people["mara"]
    away(workbench, mara, "ana", "2026-11-20", "2026-11-23", substitute="ben")
    away(workbench, mara, "ben", "2026-11-22", "2026-11-23")
    away(workbench, mara, "bot", TODAY, TODAY)
    with workbench.reading(mara) as tx:
        ids = {one.key: one.employee_id for one in tx.find(Employee)}
        found = absences.today(tx)
    why = "Ana Alvarez is away until Mon 23 Nov; Ben Brandt stands in"
    assert found.away(ids["ana"]) == Away("away until Mon 23 Nov", why)
    assert [found.away(one) for one in (ids["ben"], ids["mara"], None)] == [None, None, None]
    assert found.told(None) == [why, "Crawler is away until Sat 21 Nov; nobody stands in"]


def test_who_is_away_is_told_by_name_and_not_of_who_left(workbench: Workbench, people: dict[str, Actor]):
    for name in ("mara", "ben", "ana"):
        away(workbench, people["mara"], name, TODAY, TODAY)
    do(workbench, workbench.operator(), "employee update", employee_id="ana", name="alvarez")
    do(workbench, workbench.operator(), "employee deactivate", employee_id="ben")
    with workbench.reading(people["mara"]) as tx:
        told = absences.today(tx).told(None)
    assert told == [
        f"{name} is away until Sat 21 Nov; nobody stands in" for name in ("alvarez", "Mara Maier")
    ]


def test_each_day_is_asked_for_itself_in_one_transaction(workbench: Workbench, people: dict[str, Actor]):
    away(workbench, people["mara"], "ana", TODAY, TODAY)
    with workbench.reading(people["mara"]) as tx:
        sunday = tx.today.replace(day=22)
        found = [absences.between(tx, day, day).by_employee for day in (tx.today, sunday)]
    assert [len(one) for one in found] == [1, 0]


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (None, ""),
        ("2026-11-30", ""),
        ("2026-12-01", "Due while Ana Alvarez is away until Thu 3 Dec; Ben Brandt stands in"),
        ("2026-12-03", "Due while Ana Alvarez is away until Thu 3 Dec; Ben Brandt stands in"),
        ("2026-12-04", ""),
        ("2026-11-19", ""),
    ],
)
def test_whoever_gets_a_task_that_is_due_while_they_are_away_is_named(
    workbench: Workbench, people: dict[str, Actor], due: str | None, said: str
):
    away(workbench, people["ana"], "ana", "2026-12-01", "2026-12-03", substitute="ben")
    away(workbench, people["ana"], "ana", "2026-11-18", "2026-11-20", substitute="ben")
    gone = away(workbench, people["ana"], "ana", TODAY, "2026-11-30", substitute="ben")
    take_back(workbench, people["ana"], "ana", gone)
    with workbench.reading(people["mara"]) as tx:
        day = D(due) if due else None
        assert absences.notice(tx, people["ana"].employee_id, day) == said
        assert absences.notice(tx, people["ben"].employee_id, day) == ""
        assert absences.notice(tx, None, day) == ""


def test_whoever_gets_a_task_and_is_away_today_is_named_whenever_it_is_due(
    workbench: Workbench, people: dict[str, Actor]
):
    away(workbench, people["ana"], "ana", "2026-11-20", TODAY)
    away(workbench, people["ana"], "ana", "2026-12-01", "2026-12-01")
    with workbench.reading(people["mara"]) as tx:
        for due in (None, D("2026-12-01"), D("2027-01-01")):
            said = absences.notice(tx, people["ana"].employee_id, due)
            assert said == "Ana Alvarez is away until Sat 21 Nov; nobody stands in"


def test_the_absences_of_somebody_are_those_that_are_not_over_the_earliest_first(
    workbench: Workbench, people: dict[str, Actor]
):
    ana = people["ana"]
    for first, last in (("2026-12-24", "2026-12-31"), ("2026-11-10", "2026-11-20"), (TODAY, TODAY)):
        away(workbench, ana, "ana", first, last)
    gone = away(workbench, ana, "ana", "2026-12-01", "2026-12-03")
    take_back(workbench, ana, "ana", gone)
    away(workbench, people["ben"], "ben", "2026-12-05", "2026-12-05")
    with workbench.reading(ana) as tx:
        [employee] = tx.find(Employee, key="ana")
        found = absences.of(tx, employee)
    assert [one.first_day for one in found] == [D(TODAY), D("2026-12-24")]


@pytest.mark.parametrize(("substitute", "name"), [("ben", "Ben Brandt"), (None, "nobody")])
def test_the_history_says_who_is_away_when_and_who_stands_in(
    workbench: Workbench, people: dict[str, Actor], substitute: str | None, name: str
):
    made = away(workbench, people["ana"], "ana", "2026-12-01", "2026-12-01", substitute=substitute)
    with workbench.reading(people["ana"]) as tx:
        [event] = tx.find(Event, entity_id=made.absence_id)
    assert event.summary == f"Ana Alvarez is away on Tue 1 Dec; {name} stands in"
    assert event.after == {
        "employee_id": people["ana"].employee_id,
        "first_day": "2026-12-01",
        "last_day": "2026-12-01",
        "substitute_id": people[substitute].employee_id if substitute else None,
    }


def test_a_refusal_says_what_is_wrong_at_its_field_and_what_to_do(
    workbench: Workbench, people: dict[str, Actor]
):
    ana, mara = people["ana"], people["mara"]
    made = away(workbench, ana, "ana", "2026-12-01", "2026-12-03")
    do(workbench, workbench.operator(), "employee deactivate", employee_id="ben")
    twice = (
        "Ana Alvarez is away from Tue 1 Dec to Thu 3 Dec already, and both would be on Thu 3 Dec; "
        "choose other days, or take that absence back first"
    )
    refused = [
        (
            ("2026-12-12", "2026-12-11"),
            None,
            "last_day",
            "it is before the first day; choose that one or a later one",
        ),
        (("2026-12-03", "2026-12-04"), None, "first_day", twice),
        (
            ("2026-12-12", "2026-12-12"),
            "ben",
            "substitute",
            "Ben Brandt is not active any more; choose somebody else",
        ),
    ]
    for (first, last), substitute, field, message in refused:
        with pytest.raises(BadRequestError) as caught:
            away(workbench, ana, "ana", first, last, substitute=substitute)
        assert [(one["field"], one["message"]) for one in caught.value.details] == [(field, message)]
        if field == "first_day":
            assert caught.value.message == f"The absence cannot be entered: {message}."
    with pytest.raises(BadRequestError) as caught:
        take_back(workbench, mara, "mara", made)
    assert caught.value.details[0]["field"] == "absence_id"
