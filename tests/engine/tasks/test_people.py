"""Who sees, works, claims and is given tasks; making and changing them; dependencies and repeats."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audit.models import Action
from engine.catalog.calendars import Calendar
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    NotFoundError,
    StaleWriteError,
    UnknownFieldError,
)
from engine.reference.models import Employee
from engine.tasks import (
    actions,
    assignment,
    create,
    dates,
    dependencies,
    describe,
    lifecycle,
    lookup,
    update,
    waiting,
)
from engine.tasks.models import Deliverable, ExecutionType, Priority, SourceType, Task, TaskStatus
from tests.engine.tasks.conftest import NOW, PEOPLE, Bench

S = TaskStatus


def change(bench: Bench, task_id: str, fields, *, by: str = "mara", revision: int | None = None) -> Task:
    with bench.writing(by) as tx:
        return update.update(tx, bench.content, task_id, fields, revision=revision)


# -- who sees and works -----------------------------------------------------------------------


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("tie", ["none", "owner", "assignee", "claimable", "in_bundle"])
def test_each_role_sees_and_works_what_the_table_says(bench: Bench, name: str, tie: str):
    actor = bench.actors[name]
    task_id = bench.make("olga" if name != "olga" else "mara", depends_on=[])
    if tie == "owner":
        bench.change(task_id, owner_id=actor.user_id)
    if tie == "assignee":
        bench.change(task_id, assignee_id=actor.employee_id or "emp_other")
    if tie == "claimable":
        bench.change(task_id, assignee_role=next(iter(actor.assignee_roles), "nobody"))
    if tie == "in_bundle":
        bench.change(task_id, bundle_id="bnd_1")
        bench.change(bench.make("olga"), bundle_id="bnd_1", assignee_id=actor.employee_id or "emp_other")
    leads = name in {"olga", "mara"}
    tied = {
        "owner": name != "pat",
        "assignee": name not in {"olga", "pat"},
        "claimable": bool(actor.assignee_roles) and name != "sam",
        "in_bundle": name not in {"olga", "pat"},
        "none": False,
    }[tie]
    sees = leads or name == "sam" or tied
    works = leads or (tied and tie in {"owner", "assignee"})
    if works:
        with bench.writing(name) as tx:
            assert lifecycle.start(tx, task_id).status is S.IN_PROGRESS
    else:
        state = bench.state()
        with pytest.raises(ForbiddenError if sees else NotFoundError), bench.writing(name) as tx:
            lifecycle.start(tx, task_id)
        assert bench.state() == state


def test_a_task_is_found_by_id_number_and_uuid_and_by_nothing_else(bench: Bench):
    task = bench.task(bench.make())
    with bench.reading() as tx:
        for name in (
            task.task_id,
            str(task.task_number),
            f"#{task.task_number}",
            task.task_uuid,
            task.task_uuid.upper(),
        ):
            assert lookup.find(tx, name).task_id == task.task_id
        for name in (
            "",
            "0",
            "-1",
            "99",
            "9" * 30,
            "tsk_none",
            "x",
            "1.0",
            "²",
            "00000000-0000-0000-0000-000000000000",
        ):
            with pytest.raises(NotFoundError):
                lookup.find(tx, name)
    with bench.reading("ben") as tx, pytest.raises(NotFoundError):
        lookup.find(tx, str(task.task_number))


# -- assignment -------------------------------------------------------------------------------


def test_a_member_claims_what_waits_for_their_role_and_nobody_after_them(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, assignee_role="writer", bundle_id="bnd_1")
    bench.change(bench.make(), bundle_id="bnd_1", assignee_id=bench.employee_id("ben"))
    with pytest.raises(ForbiddenError, match="writer"), bench.writing("ben") as tx:
        assignment.claim(tx, task_id)
    with bench.writing("ana") as tx:
        assert [action.name for action in actions.allowed(tx, tx.get(Task, task_id))] == ["claim"]
        assignment.claim(tx, task_id)
    task = bench.task(task_id)
    assert (task.assignee_id, task.assignee_role) == (bench.employee_id("ana"), "writer")
    assert bench.events(task_id)[-1].action is Action.TASK_ASSIGNED
    with pytest.raises(ConflictError, match="assignee already"), bench.writing("ana") as tx:
        assignment.claim(tx, task_id)


def test_without_an_employee_a_role_or_an_open_task_nothing_is_claimed(bench: Bench):
    task_id = bench.make()
    bench.change(task_id, assignee_role="writer")
    for name in ("olga", "mara", "sam"):
        with pytest.raises(ForbiddenError), bench.writing(name) as tx:
            assignment.claim(tx, task_id)
    bench.change(task_id, status=S.COMPLETED)
    with pytest.raises(ConflictError), bench.writing("ana") as tx:
        assignment.claim(tx, task_id)


def test_a_task_is_given_by_key_or_id_and_taken_back(bench: Bench):
    task_id = bench.make(assigned_to_bot=True)
    with bench.writing() as tx:
        task = assignment.assign(tx, task_id, "ana")
    assert (task.assignee_id, task.assigned_to_bot) == (bench.employee_id("ana"), False)
    with bench.writing() as tx:
        assert assignment.assign(tx, task_id, bench.employee_id("ben")).assignee_id == bench.employee_id(
            "ben"
        )
        assert assignment.assign(tx, task_id, None).assignee_id is None
    count = len(bench.events(task_id))
    with bench.writing() as tx:
        assignment.assign(tx, task_id, None)
    assert len(bench.events(task_id)) == count


def test_an_unknown_or_former_employee_gets_no_task(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        ben = tx.get(Employee, bench.employee_id("ben"))
        ben.is_active = False
        tx.save(ben)
    state = bench.state()
    for key in ("nobody", "emp_none", "ben"):
        with pytest.raises(BadRequestError) as caught, bench.writing() as tx:
            assignment.assign(tx, task_id, key)
        assert caught.value.details[0]["field"] == "assignee"
        with pytest.raises(BadRequestError):
            bench.make(assignee=key)
        with pytest.raises(BadRequestError):
            change(bench, task_id, {"assignee_id": key})
    assert bench.state() == state


# -- making -----------------------------------------------------------------------------------


def test_a_new_task_has_the_defaults_of_the_specification(bench: Bench):
    task = bench.task(bench.make())
    assert task.status is S.PENDING
    assert (task.priority, task.urgency, task.category) == ("medium", "normal", "general")
    assert (task.source_type, task.assigned_to_bot, task.requires_human_review) == (
        SourceType.MANUAL,
        False,
        False,
    )
    assert (task.owner_id, task.task_number, task.max_retries) == (bench.actors["mara"].user_id, 1, 3)
    assert (task.created_at, task.updated_at, task.revision) == (NOW, NOW, 1)
    assert bench.events(task.task_id)[0].action is Action.TASK_CREATED
    assert bench.task(bench.make(assigned_to_bot=True)).execution_type is ExecutionType.AUTOMATIC
    assert bench.task(bench.make()).task_number == 3


def test_a_new_task_owes_what_its_type_requires(bench: Bench):
    task_id = bench.make(task_type="article", config={"word_target": 300})
    with bench.reading() as tx:
        rows = tx.find(Deliverable, task_id=task_id)
    assert [(row.ref, row.type, row.version_number, row.deliverable_url) for row in rows] == [
        ("draft", "article_draft", 1, None)
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"category": "x" * 101}, "category"),
        ({"task_type": "unknown"}, "task_type"),
        ({"task_type": "old_type"}, "task_type"),
        ({"task_type": "article", "config": {"word_target": 3}}, "config.word_target"),
        ({"priority": "urgent"}, "priority"),
        ({"urgency": "high"}, "urgency"),
        ({"execution_type": "sometimes"}, "execution_type"),
        ({"execution_type": "scheduled"}, "task"),
        ({"assigned_to_bot": True, "assignee": "ana"}, "task"),
        ({"tags": ["a|b"]}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"due_date": "2026-02-30"}, "due_date"),
        ({"deadline": "soon"}, "deadline"),
        ({"scheduled_for": "soon"}, "scheduled_for"),
        ({"depends_on": [0]}, "depends_on.0"),
        ({"depends_on": [True]}, "depends_on.0"),
        ({"metadata": []}, "metadata"),
        ({"campaign": "none_such"}, "campaign"),
        ({"planned_minutes": -1}, "planned_minutes"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_field_of_a_new_task_is_refused_by_name(bench: Bench, fields, field: str):
    state = bench.state()
    with pytest.raises(BadRequestError) as caught:
        bench.make(**fields)
    assert [detail["field"] for detail in caught.value.details] == [field]
    assert bench.state() == state
    assert isinstance(caught.value, UnknownFieldError) == (field == "colour")


def test_the_longest_title_and_a_schedule_in_the_past_are_accepted(bench: Bench):
    task = bench.task(
        bench.make(title="x" * 500, execution_type="scheduled", scheduled_for="2020-01-01T00:00:00Z")
    )
    assert task.scheduled_for == datetime(2020, 1, 1, tzinfo=UTC)


def test_partners_make_no_tasks(bench: Bench):
    with pytest.raises(ForbiddenError):
        bench.make("pat")


def test_the_same_key_and_request_give_the_first_task_again(bench: Bench):
    def make(key: str | None, title: str = "Call") -> str:
        new = create.NewTask.parse({"title": title, "task_type": "untyped"})
        with bench.writing() as tx:
            return create.create(tx, bench.content, new, idempotency_key=key).task_id

    first = make("k1")
    state = bench.state()
    assert make("k1") == first
    assert bench.state() == state
    with pytest.raises(IdempotencyKeyReusedError) as caught:
        make("k1", "Another")
    assert caught.value.code == "IDEMPOTENCY_KEY_REUSED"
    for key in ("", "  ", "x" * 201):
        with pytest.raises(BadRequestError):
            make(key)
    assert bench.state() == state
    assert len({first, make("k2"), make(None), make(None)}) == 4


# -- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "deadline"),
    [("UTC", "2026-12-01T23:59:59+00:00"), ("Europe/Berlin", "2026-12-01T22:59:59+00:00")],
)
def test_a_due_day_is_over_at_its_last_second_in_the_workspaces_zone(zone: str, deadline: str):
    bench = Bench("sqlite://", timezone=zone)
    task = bench.task(bench.make(due_date="2026-12-01"))
    assert task.deadline == datetime.fromisoformat(deadline)
    other = bench.task(bench.make(deadline=deadline))
    assert other.due_date == date(2026, 12, 1)
    bench.database.close()


@given(
    day=st.dates(min_value=date(1970, 1, 2), max_value=date(9999, 12, 30)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata"]),
    cut_off=st.sampled_from([None, "17:00", "00:00"]),
)
def test_the_day_of_a_deadline_is_the_due_day(day: date, zone: str, cut_off: str | None):
    calendar = Calendar(key="c", name="C", timezone="Europe/Berlin", cut_off=cut_off) if cut_off else None
    assert dates.due_of(dates.deadline_of(day, calendar, zone), calendar, zone) == day


def test_a_day_at_the_edge_of_time_is_refused():
    with pytest.raises(BadRequestError):
        dates.deadline_of(date(9999, 12, 31), None, "America/New_York")
    with pytest.raises(BadRequestError):
        dates.due_of(datetime(9999, 12, 31, 23, 0, tzinfo=UTC), None, "Asia/Tokyo")


def test_changing_one_date_derives_the_other_by_the_bundles_calendar(bench: Bench):
    office = Calendar(key="office", name="Office", timezone="Europe/Berlin", cut_off="17:00")
    bench.wiring.calendar_of = lambda _tx, _task: office
    task_id = bench.make()
    bench.change(task_id, bundle_id="bnd_1")
    task = change(bench, task_id, {"due_date": "2026-12-01"})
    assert task.deadline == datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
    task = change(bench, task_id, {"deadline": "2026-12-03T23:30:00Z"})
    assert task.due_date == date(2026, 12, 4)
    task = change(bench, task_id, {"due_date": "2026-12-05", "deadline": "2026-12-06T10:00:00Z"})
    assert (task.due_date, task.deadline) == (date(2026, 12, 5), datetime(2026, 12, 6, 10, tzinfo=UTC))
    task = change(bench, task_id, {"due_date": None})
    assert (task.due_date, task.deadline) == (None, None)


# -- changing ---------------------------------------------------------------------------------


def test_only_what_is_given_changes_and_the_event_says_from_what_to_what(bench: Bench):
    task_id = bench.make(description="Old", tags=["a"])
    bench.clock.advance(hours=1)
    task = change(bench, task_id, {"description": None, "priority": "high", "title": "Call the printer"})
    assert (task.description, task.priority, task.tags) == (None, Priority.HIGH, ["a"])
    assert (task.updated_at, task.revision) == (NOW + timedelta(hours=1), 2)
    event = bench.events(task_id)[-1]
    assert event.action is Action.TASK_UPDATED
    assert event.before == {"description": "Old", "priority": "medium"}
    assert event.after == {"description": None, "priority": "high"}


def test_a_change_that_changes_nothing_writes_nothing(bench: Bench):
    task_id = bench.make(title="Same", tags=["a"])
    state = bench.state()
    change(bench, task_id, {"title": "Same", "tags": ["a"]})
    change(bench, task_id, {})
    assert bench.state() == state


@pytest.mark.parametrize(
    "field", ["task_id", "owner_id", "completed_at", "colour", "revision", "assignee_role"]
)
def test_a_field_that_may_not_be_set_is_refused_by_name(bench: Bench, field: str):
    task_id = bench.make()
    with pytest.raises(UnknownFieldError) as caught:
        change(bench, task_id, {field: "x", "title": "New"})
    assert caught.value.details[0]["field"] == field
    assert bench.task(task_id).title == "Call the printer"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": None}, BadRequestError),
        ({"title": ""}, BadRequestError),
        ({"title": "New", "status": "completed"}, ConflictError),
        ({"title": "New", "status": "nonsense"}, BadRequestError),
        ({"waiting_for": "Ana"}, BadRequestError),
        ({"status": "waiting"}, BadRequestError),
        ({"assigned_to_bot": True, "assignee_id": "ana"}, BadRequestError),
        ({"execution_type": "scheduled"}, BadRequestError),
        ({"depends_on": ["tsk_none"]}, NotFoundError),
        ({"deadline": "2026-12-01"}, BadRequestError),
        ({"deadline": 1764576000}, BadRequestError),
        ({"due_date": 20260101}, BadRequestError),
        ({"due_date": "2026-12-01T00:00:00"}, BadRequestError),
        ({"due_date": "9999-12-31", "deadline": None, "planned_minutes": -5}, BadRequestError),
    ],
)
def test_a_bad_change_changes_nothing_at_all(bench: Bench, fields, error):
    task_id = bench.make()
    state = bench.state()
    with pytest.raises(error):
        change(bench, task_id, fields)
    assert bench.state() == state


def test_a_status_among_the_changes_makes_one_move_after_the_fields(bench: Bench):
    task_id = bench.make()
    task = change(
        bench,
        task_id,
        {"priority": "low", "status": "waiting_input", "waiting_for": "Ana", "follow_up_at": ""},
    )
    assert (task.priority, task.status, task.waiting_for) == ("low", S.WAITING, "Ana")
    assert [event.action for event in bench.events(task_id)][1:] == [
        Action.TASK_UPDATED,
        Action.TASK_STATUS_CHANGED,
    ]


def test_a_stale_change_is_refused(bench: Bench):
    task_id = bench.make()
    change(bench, task_id, {"title": "New"}, revision=1)
    with pytest.raises(StaleWriteError):
        change(bench, task_id, {"title": "Newer"}, revision=1)
    assert bench.task(task_id).title == "New"


def test_the_bot_and_a_person_exclude_each_other(bench: Bench):
    task_id = bench.make(assignee="ana")
    with pytest.raises(BadRequestError, match="never both"):
        change(bench, task_id, {"assigned_to_bot": True})
    task = change(bench, task_id, {"assigned_to_bot": True, "assignee_id": None})
    assert (task.assigned_to_bot, task.assignee_id) == (True, None)
    with pytest.raises(BadRequestError, match="never both"):
        change(bench, task_id, {"assignee_id": "ben"})


def test_a_review_is_lifted_only_by_a_manager_and_recorded_as_one(bench: Bench):
    task_id = bench.make("ana")
    change(bench, task_id, {"requires_human_review": True}, by="ana")
    with pytest.raises(ForbiddenError):
        change(bench, task_id, {"requires_human_review": False}, by="ana")
    assert bench.task(task_id).awaits_review
    task = change(bench, task_id, {"requires_human_review": False})
    assert (task.human_reviewed_by, task.human_reviewed_at) == (bench.actors["mara"].user_id, NOW)
    with bench.writing() as tx:
        lifecycle.start(tx, task_id)
    with pytest.raises(ConflictError, match="started"):
        change(bench, task_id, {"requires_human_review": True})


def test_a_closed_task_keeps_its_fields_but_tags(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.complete(tx, task_id)
    with pytest.raises(ConflictError):
        change(bench, task_id, {"title": "New"})
    assert change(bench, task_id, {"tags": ["done well"]}).tags == ["done well"]


def test_settings_fit_the_type_and_those_of_a_bundle_are_pinned(bench: Bench):
    task_id = bench.make(task_type="article")
    assert change(bench, task_id, {"config": {"word_target": 200}}).config == {"word_target": 200}
    with pytest.raises(BadRequestError):
        change(bench, task_id, {"config": {"word_target": 2}})
    bench.change(task_id, bundle_id="bnd_1")
    with pytest.raises(ConflictError, match="pinned"):
        change(bench, task_id, {"config": {}})


# -- dependencies -----------------------------------------------------------------------------


def test_a_task_with_an_open_dependency_is_pending_and_neither_starts_nor_completes(bench: Bench):
    first = bench.make()
    second = bench.make(depends_on=[1])
    task = bench.task(second)
    assert (task.status, task.blocked_by, task.is_blocked) == (S.PENDING, first, True)
    state = bench.state()
    for verb in (
        lambda tx: lifecycle.start(tx, second),
        lambda tx: lifecycle.complete(tx, second),
        lambda tx: lifecycle.change_status(tx, second, "in_progress"),
    ):
        with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
            verb(tx)
        assert caught.value.code == "DEPENDENCY_UNMET"
        assert caught.value.details[0]["subject"] == first
    assert bench.state() == state
    with bench.reading() as tx:
        offered = actions.allowed(tx, tx.get(Task, second))
    assert not {"start", "complete"} & {action.name for action in offered}


def test_a_dependency_that_opens_anew_refuses_completion_even_in_progress(bench: Bench):
    first, second = bench.make(), bench.make()
    with bench.writing() as tx:
        lifecycle.start(tx, second)
    bench.change(second, depends_on=[first])
    with pytest.raises(CompletionRefusedError) as caught, bench.writing() as tx:
        lifecycle.change_status(tx, second, "completed")
    assert caught.value.code == "DEPENDENCY_UNMET"


@pytest.mark.parametrize("way", ["completed", "skipped", "cancelled", "failed"])
def test_completing_or_skipping_releases_dependents_and_nothing_else_does(bench: Bench, way: str):
    first, other = bench.make(), bench.make()
    second = bench.make(depends_on=[first, other])
    bench.change(other, status=S.COMPLETED)
    bench.change(first, status=S.IN_PROGRESS, skip={"reasons": [{"text": "no"}], "comment_required": False})
    with bench.writing() as tx:
        lifecycle.change_status(tx, first, way, "no" if way == "skipped" else None)
    task = bench.task(second)
    if way in ("completed", "skipped"):
        assert task.blocked_by is None
        assert bench.events(second)[-1].action is Action.TASK_RELEASED
        assert bench.events(second)[-1].before == {"blocked_by": first}
    else:
        assert task.blocked_by == first


def test_the_next_open_dependency_takes_over(bench: Bench):
    first, other = bench.make(), bench.make()
    second = bench.make(depends_on=[first, other])
    with bench.writing() as tx:
        lifecycle.complete(tx, first)
    assert bench.task(second).blocked_by == other
    with bench.writing() as tx:
        lifecycle.complete(tx, other)
        assert tx.get(Task, second).blocked_by is None
        assert lifecycle.complete(tx, second).status is S.COMPLETED


def test_a_circle_is_refused_and_shown(bench: Bench):
    first = bench.make()
    second = bench.make(depends_on=[first])
    third = bench.make(depends_on=[second])
    state = bench.state()
    with pytest.raises(BadRequestError, match="#1 -> #3 -> #2 -> #1"):
        change(bench, first, {"depends_on": [third]})
    with pytest.raises(BadRequestError, match="#1 -> #1"):
        change(bench, first, {"depends_on": ["1"]})
    assert bench.state() == state


def test_dependencies_change_before_the_start_only_and_on_visible_tasks_only(bench: Bench):
    hidden, mine = bench.make(), bench.make("ana")
    with pytest.raises(NotFoundError):
        change(bench, mine, {"depends_on": [hidden]}, by="ana")
    with pytest.raises(NotFoundError):
        bench.make("ana", depends_on=[hidden])
    assert change(bench, mine, {"depends_on": [hidden]}).blocked_by == hidden
    assert change(bench, mine, {"depends_on": []}).blocked_by is None
    with bench.writing() as tx:
        lifecycle.start(tx, mine)
    with pytest.raises(ConflictError, match="before it starts"):
        change(bench, mine, {"depends_on": [hidden]})


def test_a_long_chain_and_a_diamond_are_no_circles(bench: Bench):
    tasks = [bench.make()]
    for _ in range(5):
        tasks.append(bench.make(depends_on=[tasks[-1], tasks[0]]))
    with bench.reading() as tx:
        dependencies.check_acyclic(tx, "tsk_new", tasks)
    assert bench.task(tasks[1]).depends_on == [tasks[0]]


# -- the rest ---------------------------------------------------------------------------------

OFFERED = {
    S.PENDING: ["start", "complete", "wait", "block", "defer", "assign", "cancel"],
    S.QUEUED: ["start", "complete", "block", "defer", "put_back", "assign", "cancel"],
    S.DEFERRED: ["resume", "assign", "cancel"],
    S.IN_PROGRESS: ["complete", "wait", "block", "defer", "put_back", "assign", "cancel"],
    S.WAITING: ["resume", "complete", "block", "defer", "put_back", "assign", "cancel"],
    S.BLOCKED: ["resume", "complete", "defer", "put_back", "assign", "cancel"],
    S.HELP_NEEDED: ["resume", "complete", "block", "assign", "cancel"],
    S.PENDING_APPROVAL: ["complete", "assign", "cancel"],
    S.COMPLETED: [],
    S.SKIPPED: [],
    S.FAILED: ["put_back", "assign", "cancel"],
    S.CANCELLED: [],
}


@pytest.mark.parametrize("status", S)
def test_actions_are_those_allowed_now_with_the_step_forward_as_the_primary(bench: Bench, status: S):
    task_id = bench.make()
    bench.change(task_id, status=status)
    with bench.reading() as tx:
        offered = actions.allowed(tx, tx.get(Task, task_id))
    assert [action.name for action in offered] == OFFERED[status]
    assert [action.is_primary for action in offered] == [place == 0 for place in range(len(offered))]
    bench.change(task_id, skip={"reasons": [{"text": "no"}]})
    with bench.reading() as tx:
        names = [action.name for action in actions.allowed(tx, tx.get(Task, task_id))]
    skippable = {S.PENDING, S.QUEUED, S.DEFERRED, S.IN_PROGRESS, S.WAITING, S.BLOCKED, S.FAILED}
    assert ("skip" in names) == (status in skippable)


def test_whoever_only_sees_a_task_is_offered_nothing(bench: Bench):
    task_id = bench.make()
    with bench.reading("sam") as tx:
        assert actions.allowed(tx, tx.get(Task, task_id)) == []


def test_a_task_is_described_with_every_field_and_its_parts(bench: Bench):
    first, second = bench.make(), bench.make(title="Second")
    bench.parts(first, {"label": "Invoice"}, {"ref": "call"}, {"ref": "report", "type": "report"})
    with bench.reading() as tx:
        data = describe.describe(tx, tx.get(Task, first))
        both = describe.describe_all(tx, [tx.get(Task, second), tx.get(Task, first)])
    assert set(Task.model_fields) | {"is_blocked", "proof", "steps", "deliverables", "notes"} == set(data)
    assert [row["label"] for row in data["proof"]] == ["Invoice"]
    assert [row["ref"] for row in data["steps"]] == ["call"]
    assert [row["ref"] for row in data["deliverables"]] == ["report"]
    assert [both[0]["title"], both[1]] == ["Second", data]


def test_a_follow_up_is_due_from_its_moment_on_while_the_task_waits(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        task = lifecycle.wait(tx, task_id, "Ana", NOW + timedelta(days=1))
    assert not waiting.follow_up_is_due(task, NOW)
    assert waiting.follow_up_is_due(task, NOW + timedelta(days=1))
    with bench.writing() as tx:
        task = lifecycle.resume(tx, task_id)
    assert not waiting.follow_up_is_due(task, NOW + timedelta(days=9))
