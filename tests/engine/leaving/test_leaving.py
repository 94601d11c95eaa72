"""Who leaves: their open work goes to somebody or to nobody in one step, and nothing new is theirs (R20)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.errors import BadRequestError, ConflictError, ForbiddenError, OwnWorkError, WorkbenchError
from engine.leaving import work
from engine.reference.models import Campaign, Employee
from engine.schedules.models import Schedule
from engine.tasks import clone
from engine.tasks.models import Task
from tests.desk import Desk
from tests.factories import do, make_bundle, make_task
from tests.statements import counted


@pytest.fixture
def desk(either_workbench: Workbench) -> Desk:
    return Desk.set_up(either_workbench)


@pytest.fixture
def operator(either_workbench: Workbench) -> Actor:
    return either_workbench.operator()


def of(desk: Desk, key: str) -> Employee:
    with desk.workbench.reading(desk.workbench.operator()) as tx:
        found = tx.find_one(Employee, key=key)
        assert found is not None
        return found


def assignees(desk: Desk, ids: list[str]) -> set[str | None]:
    return {desk.task(task_id).assignee_id for task_id in ids}


def test_all_that_is_open_goes_to_one_person_in_one_step_and_is_told_task_by_task(desk: Desk, operator):
    ids = [desk.make(f"Piece {number}") for number in range(30)]
    closed = desk.make("Done before")
    do(desk.workbench, desk.people["ana"], "task complete", task_id=closed)
    bundle = make_bundle(desk.workbench, actor=desk.people["ana"])
    done = do(desk.workbench, operator, "employee deactivate", employee_id="ana", to="ben")
    ben = of(desk, "ben").employee_id
    assert len(done.tasks) >= 30
    assert assignees(desk, ids) == {ben}
    assert desk.task(closed).assignee_id == of(desk, "ana").employee_id, "what she did stays hers"
    assert not of(desk, "ana").is_active
    with desk.workbench.reading(operator) as tx:
        assert tx.get(Bundle, bundle.bundle_id).owner_id == desk.people["ben"].user_id
        assert tx.find_one(Campaign, key="acme_spring").people == {"writer": ben}
        told = tx.find(Event, action=Action.TASK_ASSIGNED, task_id=ids[0])
        assert told[-1].summary.endswith("went from Ana Alvarez to Ben Brandt")
        assert len(tx.find(Event, action=Action.BUNDLE_HANDED_OVER)) == 1
        assert tx.find_one(User, email="ana@example.com").is_active, (
            "whether she signs in is another question"
        )


def test_the_schedules_of_whoever_leaves_go_to_the_same_person(desk: Desk, operator):
    given = {"template": "newsletter", "owner": "ana@example.com"}
    schedule = do(desk.workbench, desk.people["mara"], "schedule start", **given).schedule

    def owner() -> str:
        with desk.workbench.reading(operator) as tx:
            return tx.get(Schedule, schedule.schedule_id).owner_id

    with desk.workbench.reading(operator) as tx:
        assert [one.schedule_id for one in work.of(tx, "ana").schedules] == [schedule.schedule_id]
    done = do(desk.workbench, operator, "employee hand-over", employee_id="ana")
    assert [one.schedule_id for one in done.kept_schedules] == [schedule.schedule_id]
    assert owner() == desk.people["ana"].user_id
    done = do(desk.workbench, operator, "employee deactivate", employee_id="ana", to="ben")
    assert [one.schedule_id for one in done.schedules] == [schedule.schedule_id]
    assert owner() == desk.people["ben"].user_id
    with desk.workbench.reading(operator) as tx:
        told = tx.find(Event, action=Action.SCHEDULE_CHANGED, entity_id=schedule.schedule_id)
    assert told[-1].summary == "The schedule of newsletter went from Ana to Ben"


def test_to_nobody_means_that_whoever_has_the_role_may_claim_it(desk: Desk, operator):
    task_id = desk.make(role="operator")
    bundle = make_bundle(desk.workbench, actor=desk.people["ana"])
    done = do(desk.workbench, operator, "employee deactivate", employee_id="ana")
    assert desk.task(task_id).assignee_id is None
    do(desk.workbench, desk.people["ben"], "task claim", task_id=task_id)
    assert desk.task(task_id).assignee_id == of(desk, "ben").employee_id
    assert [item.bundle_id for item in done.kept_bundles] == [bundle.bundle_id]
    with desk.workbench.reading(operator) as tx:
        assert tx.get(Bundle, bundle.bundle_id).owner_id == desk.people["ana"].user_id
        assert tx.find_one(Campaign, key="acme_spring").people == {}


def permitted(desk: Desk) -> str:
    """Return a task of Ana's that Mara permitted to run."""
    task_id = desk.make("Crawl", requires_human_review=True)
    do(desk.workbench, desk.people["max"], "task review", task_id=task_id, verdict="approve")
    return task_id


def test_what_the_other_may_not_do_stays_with_its_reason_and_the_rest_goes_all_the_same(desk: Desk, operator):
    """S18: Max permitted that it runs, so it is not his to do; the page says so before."""
    do(desk.workbench, operator, "employee add", key="max", name="Max", email="max@example.com")
    kept, goes = permitted(desk), desk.make("Write")
    with desk.workbench.reading(operator) as tx:
        shown = work.of(tx, "ana", "max")
        assert list(shown.refused) == [kept]
    done = do(desk.workbench, operator, "employee hand-over", employee_id="ana", to="max")
    assert [(task.task_id, "permitted that" in why) for task, why in done.kept] == [(kept, True)]
    assert assignees(desk, [kept]) == {of(desk, "ana").employee_id}
    assert assignees(desk, [goes]) == {of(desk, "max").employee_id}
    with pytest.raises(OwnWorkError):
        do(desk.workbench, operator, "task assign", task_id=kept, assignee="max")


def test_the_preview_says_what_a_hand_over_does_and_takes_as_much_for_many(desk: Desk, operator):
    statements = []
    for count in (2, 20):
        for number in range(count):
            desk.make(f"Piece {number}")
        with desk.workbench.reading(operator) as tx, counted() as found:
            shown = work.of(tx, "ana", "ben")
        statements.append(len(found))
    assert statements[0] == statements[1]
    done = do(desk.workbench, operator, "employee hand-over", employee_id="ana", to="ben")
    assert [task.task_id for task in done.tasks] == [task.task_id for task in shown.moving]
    with desk.workbench.reading(operator) as tx:
        assert work.of(tx, "ana").is_empty


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"employee_id": "ana", "to": "ana"}, BadRequestError),
        ({"employee_id": "ana", "to": "nobody_here"}, BadRequestError),
        ({"employee_id": "ana", "to": "gone"}, BadRequestError),
        ({"employee_id": "gone"}, ConflictError),
    ],
)
def test_a_hand_over_that_cannot_be_changes_nothing(desk: Desk, operator, given: dict[str, str], error):
    task_id = desk.make()
    do(desk.workbench, operator, "employee add", key="gone", name="Gone")
    do(desk.workbench, operator, "employee deactivate", employee_id="gone")
    with pytest.raises(error):
        do(desk.workbench, operator, "employee deactivate", **given)
    assert of(desk, "ana").is_active
    assert assignees(desk, [task_id]) == {of(desk, "ana").employee_id}


def test_what_could_not_go_can_still_be_handed_over_of_who_left(desk: Desk, operator):
    do(desk.workbench, operator, "employee add", key="max", name="Max", email="max@example.com")
    kept = permitted(desk)
    do(desk.workbench, operator, "employee deactivate", employee_id="ana", to="max")
    assert assignees(desk, [kept]) == {of(desk, "ana").employee_id}
    do(desk.workbench, desk.people["mara"], "employee hand-over", employee_id="ana", to="ben")
    assert assignees(desk, [kept]) == {of(desk, "ben").employee_id}


# -- nothing new is theirs ---------------------------------------------------------------------


def assign(desk: Desk) -> Any:
    task = desk.make(assignee=None)
    return do(desk.workbench, desk.people["mara"], "task assign", task_id=task, assignee="ana")


def update(desk: Desk) -> Any:
    task = desk.make(assignee=None)
    return do(desk.workbench, desk.people["mara"], "task update", task_id=task, assignee_id="ana")


def copy(desk: Desk) -> Any:
    task = desk.make(assignee=None)
    changes = {"assignee_id": "ana"}
    return do(desk.workbench, desk.people["mara"], "task clone", task_id=task, changes=changes)


def claim(desk: Desk) -> Any:
    task = desk.make(assignee=None, role="writer")
    ana = desk.workbench.actor_by_email("ana@example.com")
    desk.change(task, owner_id=ana.user_id)
    return do(desk.workbench, ana, "task claim", task_id=task)


def campaign(desk: Desk) -> Any:
    people = {"writer": "ana"}
    return do(
        desk.workbench, desk.workbench.operator(), "campaign update", campaign_id="acme_spring", people=people
    )


WAYS = {
    "by hand": assign,
    "by a change": update,
    "with a clone": copy,
    "by claiming": claim,
    "in a campaign": campaign,
    "with a new task": lambda desk: make_task(desk.workbench, assignee="ana"),
    "by a hand-over": lambda desk: do(
        desk.workbench, desk.people["mara"], "employee hand-over", employee_id="ben", to="ana"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_who_is_not_active_is_given_nothing_by_any_way(desk: Desk, operator, way: str):
    """R20."""
    do(desk.workbench, operator, "employee deactivate", employee_id="ana")
    with pytest.raises(WorkbenchError, match="not active any more"):
        WAYS[way](desk)
    with desk.workbench.reading(operator) as tx:
        assert not tx.find(Task, assignee_id=of(desk, "ana").employee_id, is_open=1)
    do(desk.workbench, operator, "employee activate", employee_id="ana")
    WAYS[way](desk)


def test_neither_a_clone_nor_a_start_gives_work_to_who_left(desk: Desk, operator):
    original = desk.make()
    ana = of(desk, "ana")
    do(desk.workbench, operator, "employee deactivate", employee_id="ana", to="ben")
    desk.change(original, assignee_id=ana.employee_id)
    with desk.workbench.transaction(operator) as tx:
        assert clone.clone(tx, desk.workbench.content(), original).assignee_id is None
    do(desk.workbench, operator, "employee deactivate", employee_id="ben")
    bundle = make_bundle(desk.workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    with desk.workbench.reading(operator) as tx:
        assert {task.assignee_id for task in tx.find(Task, bundle_id=bundle.bundle_id)} == {None}


def test_who_left_while_a_campaign_rested_gets_nothing_of_it_when_it_goes_on(desk: Desk, operator):
    """R20: a campaign that is not active keeps whom it names."""
    for deed in ("campaign deactivate", "employee deactivate", "campaign activate"):
        named = {"employee_id": "ana"} if deed.startswith("employee") else {"campaign_id": "acme_spring"}
        do(desk.workbench, operator, deed, **named)
    bundle = make_bundle(desk.workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    with desk.workbench.reading(operator) as tx:
        found = tx.find(Task, bundle_id=bundle.bundle_id)
    assert {task.assignee_id for task in found} == {None}
    assert "writer" in {task.assignee_role for task in found}


@pytest.mark.parametrize(
    ("noun", "key", "refused"),
    [
        ("campaign", "acme_spring", "There is no active campaign acme_spring, and none that is active"),
        ("partner", "acme", "Nothing new is started for Acme"),
    ],
)
def test_nothing_new_is_started_for_what_is_not_active_and_what_runs_goes_on(
    desk: Desk, operator, noun: str, key: str, refused: str
):
    running = make_bundle(desk.workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    do(desk.workbench, operator, f"{noun} deactivate", **{f"{noun}_id": key})
    with pytest.raises(BadRequestError, match=refused):
        make_bundle(desk.workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    with pytest.raises(BadRequestError, match="nothing new is started in Acme spring"):
        make_task(desk.workbench, campaign="acme_spring")
    with desk.workbench.reading(operator) as tx:
        [first, *_] = tx.find(Task, bundle_id=running.bundle_id, order_by=("task_number",))
    do(desk.workbench, operator, "task start", task_id=first.task_id)
    assert desk.task(first.task_id).status == "in_progress"


def test_only_who_may_work_everything_hands_over(desk: Desk):
    desk.make()
    for name in ("ana", "sam", "bot", "pat"):
        with pytest.raises(ForbiddenError):
            do(desk.workbench, desk.people[name], "employee hand-over", employee_id="ana", to="ben")
