"""Who is away, and who stands in: entered by the person or a manager, followed from one to the next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from engine.reference import absences
from engine.reference.absences import Absences
from engine.reference.models import Absence, AbsenceKind, Employee, EmployeeKind
from tests.conftest import NOW
from tests.factories import do, make_people
from tests.statements import counted

D = date.fromisoformat


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


def away(
    workbench: Workbench, actor: Actor, who: str, first: str, last: str, substitute: str | None = None
) -> Absence:
    given = {"first_day": first, "last_day": last, "substitute": substitute}
    found: Absence = do(workbench, actor, "employee away", employee_id=who, **given)
    return found


def told(workbench: Workbench, who: str, day: str) -> tuple[str, str]:
    """Return the key of who is there for somebody, and why."""
    with workbench.reading(workbench.operator()) as tx:
        employee = tx.find_one(Employee, key=who)
        assert employee is not None
        found = absences.stand_in(tx, employee.employee_id, D(day))
        return found.employee.key, found.why


def test_whoever_is_there_is_there_for_their_own_work(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    away(either_workbench, people["ana"], "ana", "2026-12-01", "2026-12-03", "ben")
    assert told(either_workbench, "ana", "2026-11-30") == ("ana", "")
    assert told(either_workbench, "ana", "2026-12-04") == ("ana", "")


@pytest.mark.parametrize("day", ["2026-12-01", "2026-12-03"])
def test_the_substitute_is_there_on_each_of_the_days_and_both_names_are_told(
    either_workbench: Workbench, people: dict[str, Actor], day: str
) -> None:
    away(either_workbench, people["ana"], "ana", "2026-12-01", "2026-12-03", "ben")
    why = "Ana Alvarez is away until Thu 3 Dec; Ben Brandt stands in"
    assert told(either_workbench, "ana", day) == ("ben", why)


def test_a_substitute_who_is_away_too_is_stood_in_for_by_theirs(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    away(either_workbench, people["mara"], "ana", "2026-12-01", "2026-12-03", "ben")
    away(either_workbench, people["mara"], "ben", "2026-12-03", "2027-01-08", "mara")
    assert told(either_workbench, "ana", "2026-12-02")[0] == "ben"
    why = "Ana Alvarez is away until Thu 3 Dec, Ben Brandt is away until Fri 8 Jan 2027; Mara Maier stands in"
    assert told(either_workbench, "ana", "2026-12-03") == ("mara", why)


def test_in_a_circle_of_substitutes_nobody_stands_in(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    away(either_workbench, people["mara"], "ana", "2026-12-01", "2026-12-03", "ben")
    away(either_workbench, people["mara"], "ben", "2026-12-01", "2026-12-03", "ana")
    who, why = told(either_workbench, "ana", "2026-12-02")
    assert who == "ana"
    assert why.endswith("; nobody stands in")


def test_somebody_who_is_not_active_any_more_stands_in_for_nobody(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    away(either_workbench, people["ana"], "ana", "2026-12-01", "2026-12-03", "ben")
    do(either_workbench, either_workbench.operator(), "employee deactivate", employee_id="ben")
    why = "Ana Alvarez is away until Thu 3 Dec; nobody stands in"
    assert told(either_workbench, "ana", "2026-12-02") == ("ana", why)


def test_an_employee_whom_there_is_not_is_not_found(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    with either_workbench.reading(people["mara"]) as tx, pytest.raises(NotFoundError):
        absences.stand_in(tx, "emp_none", D("2026-12-01"))


def test_a_page_asks_twice_however_many_people_it_asks_of(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    away(either_workbench, people["mara"], "ana", "2026-12-01", "2026-12-03", "ben")
    away(either_workbench, people["mara"], "ben", "2026-12-01", "2026-12-03", "mara")
    with either_workbench.reading(people["mara"]) as tx, counted() as statements:
        known = absences.between(tx, D("2026-12-01"), D("2026-12-31"))
        for one in known.people:
            known.stand_in(one, D("2026-12-02"))
        absences.between(tx, D("2026-12-01"), D("2026-12-31"))
    assert len(statements) == 2


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [
        ("2026-12-01", "2026-12-03", "from Tue 1 Dec to Thu 3 Dec"),
        ("2026-12-03", "2026-12-09", "on Thu 3 Dec"),
        ("2026-11-01", "2026-12-01", "on Tue 1 Dec"),
        ("2026-12-02", "2026-12-02", "on Wed 2 Dec"),
    ],
)
def test_days_on_which_somebody_is_away_already_are_refused_and_named(
    either_workbench: Workbench, people: dict[str, Actor], first: str, last: str, both: str
) -> None:
    away(either_workbench, people["ana"], "ana", "2026-12-01", "2026-12-03")
    with pytest.raises(BadRequestError) as refused:
        away(either_workbench, people["ana"], "ana", first, last)
    assert refused.value.details[0]["field"] == "first_day"
    expected = f"Ana Alvarez is away from Tue 1 Dec to Thu 3 Dec already, and both would be {both};"
    assert expected in refused.value.message


def test_days_beside_one_another_and_days_of_others_are_no_overlap(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    away(either_workbench, people["ana"], "ana", "2026-12-01", "2026-12-03")
    away(either_workbench, people["ana"], "ana", "2026-12-04", "2026-12-04")
    away(either_workbench, people["ben"], "ben", "2026-12-01", "2026-12-03")
    assert (
        told(either_workbench, "ana", "2026-12-04")[1]
        == "Ana Alvarez is away until Fri 4 Dec; nobody stands in"
    )


def test_an_absence_that_was_taken_back_leaves_its_days_free(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    made = away(either_workbench, people["ana"], "ana", "2026-12-01", "2026-12-03", "ben")
    given = {"employee_id": "ana", "absence_id": made.absence_id}
    do(either_workbench, people["ana"], "employee not-away", **given)
    assert told(either_workbench, "ana", "2026-12-02") == ("ana", "")
    away(either_workbench, people["ana"], "ana", "2026-12-02", "2026-12-05")
    with pytest.raises(ConflictError, match="taken back already"):
        do(either_workbench, people["ana"], "employee not-away", **given)
    with either_workbench.reading(people["mara"]) as tx:
        kept = tx.get(Absence, made.absence_id)
        assert kept.removed_at is not None
        events = tx.find(Event, entity_id=made.absence_id, order_by=("seq",))
    assert [event.action for event in events] == [Action.ABSENCE_ENTERED, Action.ABSENCE_REMOVED]
    assert events[0].summary == "Ana Alvarez is away from Tue 1 Dec to Thu 3 Dec; Ben Brandt stands in"
    assert events[1].summary == "Ana Alvarez is not away from Tue 1 Dec to Thu 3 Dec after all"


def test_why_somebody_is_away_is_told_in_no_event(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    given = {"employee_id": "ana", "first_day": "2026-12-01", "last_day": "2026-12-01", "kind": "sick"}
    made = do(either_workbench, people["ana"], "employee away", **given, note="The knee again")
    assert (made.kind, made.note) == (AbsenceKind.SICK, "The knee again")
    with either_workbench.reading(people["mara"]) as tx:
        (event,) = tx.find(Event, entity_id=made.absence_id)
    assert "sick" not in event.to_json()
    assert "knee" not in event.to_json()


@pytest.mark.parametrize(("who", "may"), [("ana", True), ("mara", True), ("ben", False), ("sam", False)])
def test_the_person_and_managers_say_when_somebody_is_away_and_nobody_else(
    either_workbench: Workbench, people: dict[str, Actor], who: str, may: bool
) -> None:
    if may:
        made = away(either_workbench, people[who], "ana", "2026-12-01", "2026-12-03")
        given = {"employee_id": "ana", "absence_id": made.absence_id}
        do(either_workbench, people[who], "employee not-away", **given)
        return
    with pytest.raises(ForbiddenError, match="only they themselves and managers may"):
        away(either_workbench, people[who], "ana", "2026-12-01", "2026-12-03")
    made = away(either_workbench, people["ana"], "ana", "2026-12-01", "2026-12-03")
    given = {"employee_id": "ana", "absence_id": made.absence_id}
    with pytest.raises(ForbiddenError, match="only they themselves and managers may"):
        do(either_workbench, people[who], "employee not-away", **given)


@pytest.mark.parametrize(
    ("given", "field", "why"),
    [
        ({"first_day": "2026-12-03", "last_day": "2026-12-01"}, "last_day", "before the first day"),
        ({"substitute": "ana"}, "substitute", "that is Ana Alvarez, who is away"),
        ({"substitute": "nobody_at_all"}, "substitute", "there is no employee"),
    ],
)
def test_an_absence_that_cannot_be_is_refused_at_its_field(
    either_workbench: Workbench, people: dict[str, Actor], given: dict[str, Any], field: str, why: str
) -> None:
    days = {"first_day": "2026-12-01", "last_day": "2026-12-03"}
    with pytest.raises(BadRequestError, match=why) as refused:
        do(either_workbench, people["ana"], "employee away", employee_id="ana", **(days | given))
    assert refused.value.details[0]["field"] == field


def test_an_absence_of_somebody_else_is_not_taken_back_under_another_name(
    either_workbench: Workbench, people: dict[str, Actor]
) -> None:
    made = away(either_workbench, people["mara"], "ana", "2026-12-01", "2026-12-03")
    with pytest.raises(BadRequestError, match="no absence of Ben Brandt"):
        do(
            either_workbench,
            people["ben"],
            "employee not-away",
            employee_id="ben",
            absence_id=made.absence_id,
        )


NAMES = ("a", "b", "c", "d", "e")
START = D("2028-02-20")


def employee(name: str, is_active: bool) -> Employee:
    return Employee(
        employee_id=name,
        workspace_id="wsp",
        key=name,
        name=name.upper(),
        email=None,
        kind=EmployeeKind.HUMAN,
        roles=[],
        is_active=is_active,
        created_at=NOW,
        updated_at=NOW,
    )


def absence(name: str, first: int, length: int, substitute: str | None) -> Absence:
    return Absence(
        absence_id=f"{name}{first}",
        workspace_id="wsp",
        employee_id=name,
        first_day=START + timedelta(days=first),
        last_day=START + timedelta(days=first + length),
        kind=AbsenceKind.OTHER,
        substitute_id=substitute,
        created_at=NOW,
        updated_at=NOW,
    )


ABSENCE = st.tuples(st.integers(0, 10), st.integers(0, 8), st.sampled_from([*NAMES, None]))


@given(
    plans=st.dictionaries(st.sampled_from(NAMES), ABSENCE),
    active=st.sets(st.sampled_from(NAMES)),
    day=st.integers(0, 20),
)
def test_whoever_stands_in_is_there_and_active_and_reached_from_one_to_the_next(
    plans: dict[str, tuple[int, int, str | None]], active: set[str], day: int
) -> None:
    rows = {name: [absence(name, *plan)] for name, plan in plans.items()}
    known = Absences(rows, {name: employee(name, name in active) for name in NAMES}, START)

    def is_away(name: str) -> bool:
        return name in plans and plans[name][0] <= day <= plans[name][0] + plans[name][1]

    for name in NAMES:
        whom, why = known.stand_in(name, START + timedelta(days=day))
        # As somebody would do it with a list: so many steps that a circle would have come round.
        at: str | None = name
        for _ in range(len(NAMES) + 1):
            at = plans[at][2] if at is not None and is_away(at) else at
        if not is_away(name):
            assert (whom, why) == (name, "")
        elif at is None or is_away(at) or at not in active:
            assert whom is None
            assert why.endswith("nobody stands in")
        else:
            assert whom == at
            assert why.endswith(f"{at.upper()} stands in")
            assert why.startswith(f"{name.upper()} is away until")
