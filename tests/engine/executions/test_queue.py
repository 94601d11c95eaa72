"""The queue says what runs, what waits and why, in the order in which it is begun; people hold it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.audit.models import Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from engine.executions import queue, running, service
from engine.executions.queue import Which
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from engine.jobs.workers import Workers
from engine.store.driver import execute
from engine.tasks.models import Task, TaskStatus
from tests.engine.executions.conftest import Office
from tests.receiver import broken, says
from tests.told import saved

WORKER = "machine:1"


@pytest.fixture(autouse=True)
def working(office: Office) -> None:
    """A worker is there."""
    Workers(office.workbench.database).enter(WORKER, "token", release="0.4.0", threads=2, does=[])


def read(office: Office, which: Which = Which.ALL, by: str = "mara", **named) -> queue.Queue:
    with office.workbench.reading(office.people[by]) as tx:
        return queue.read(tx, which, **named)


def titles(office: Office, *words, **named) -> list[str]:
    return [line.task.title for line in read(office, *words, **named).lines]


def make(office: Office, title: str, by: str = "ana", **fields) -> Task:
    task = office.make(by, title=title, **fields)
    office.execute(task, by)
    office.workbench.clock.advance(seconds=1)
    return task


def why(office: Office, task: Task, by: str = "ana") -> str | None:
    with office.workbench.reading(office.people[by]) as tx:
        return queue.why_waiting(tx, service.of_task(tx, tx.get(Task, task.task_id))[0])


def run_one(office: Office) -> str:
    """Let a worker do one job; return the title of its task."""
    before = {one.task.task_id for one in read(office, Which.PENDING).lines}
    office.program.answers = [says({})]
    assert office.engine.do_one("worker:0")
    [done] = before - {one.task.task_id for one in read(office, Which.PENDING).lines}
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        return tx.get(Task, done).title


def test_positions_are_the_order_in_which_a_worker_begins(office: Office):
    """QUE-05, CNF-21: priority, then urgency, then age."""
    make(office, "old and low", priority="low", urgency="immediate")
    make(office, "first medium")
    make(office, "second medium")
    make(office, "urgent medium", urgency="urgent")
    make(office, "high", priority="high")
    lines = read(office, Which.PENDING).lines
    expected = ["high", "urgent medium", "first medium", "second medium", "old and low"]
    assert [line.task.title for line in lines] == expected
    assert [line.position for line in lines] == [1, 2, 3, 4, 5]
    assert [line.why for line in lines][:3] == [
        "It is the next of its executor",
        "1 task of its executor comes before it",
        "2 tasks of its executor come before it",
    ]
    assert [run_one(office) for _ in expected] == expected


def test_a_task_that_becomes_more_important_while_it_waits_comes_earlier(office: Office):
    first = make(office, "first")
    make(office, "second")
    third = make(office, "third")
    office.do("task update", task_id=third.task_id, priority="critical")
    assert titles(office) == ["third", "first", "second"]
    office.do("task update", task_id=first.task_id, priority="low")
    assert titles(office) == ["third", "second", "first"]
    assert run_one(office) == "third"


def test_a_task_that_is_moved_up_is_begun_next_whatever_matters_more(office: Office):
    make(office, "critical", priority="critical")
    low, lower = make(office, "low", priority="low"), make(office, "lower", priority="low")
    office.do("queue advance", "mara", task_id=low.task_id)
    office.workbench.clock.advance(seconds=1)
    office.do("queue advance", "mara", task_id=lower.task_id)
    office.do("task update", task_id=low.task_id, priority="medium")
    assert titles(office) == ["lower", "low", "critical"]
    assert run_one(office) == "lower"
    with pytest.raises(ConflictError, match=r"No attempt at task .* waits"):
        office.do("queue advance", "mara", task_id=lower.task_id)


def test_a_paused_executor_begins_nothing_and_says_who_said_so_and_why(office: Office):
    task = make(office, "card")
    office.do("queue pause", "mara", executor="api_call", why="Their server is being moved.")
    assert not office.engine.do_one("worker:0")
    said = "api call is paused by Mara: Their server is being moved."
    assert why(office, task) == said
    found = read(office)
    assert [line.why for line in found.lines] == [said]
    assert [one.why for one in found.executors if one.name == "api_call"] == [said]
    with pytest.raises(ConflictError, match="paused already"):
        office.do("queue pause", "mara", executor="api_call", why="Again")
    office.do("queue resume", "mara", executor="api_call")
    with pytest.raises(ConflictError, match="not paused"):
        office.do("queue resume", "mara", executor="api_call")
    assert run_one(office) == "card"
    assert actions(office)[-2:] == ["executor_paused", "executor_resumed"]


def test_everything_is_stopped_and_goes_on(office: Office):
    task = make(office, "card")
    office.do("queue stop", "mara", why="Cards are made twice.")
    assert not office.engine.do_one("worker:0")
    assert why(office, task) == "All automated work is stopped by Mara: Cards are made twice."
    assert read(office).stopped is not None
    with pytest.raises(ConflictError, match="stopped already"):
        office.do("queue stop", "mara", why="Again")
    office.do("queue start", "mara")
    with pytest.raises(ConflictError, match="not stopped"):
        office.do("queue start", "mara")
    assert read(office).stopped is None
    assert run_one(office) == "card"


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"per_minute": 1}, "1 attempt of api call began within a minute, its limit"),
        ({"per_day": 1}, "1 attempt of api call began within 24 hours, its budget"),
    ],
)
def test_what_is_used_up_waits_and_says_until_when(office: Office, limits, said):
    make(office, "first")
    second = make(office, "second")
    office.do("queue limit", "mara", executor="api_call", **limits)
    assert run_one(office) == "first"
    assert not office.engine.do_one("worker:0")
    assert why(office, second).startswith(f"{said}; the next one begins at ")
    office.do("queue limit", "mara", executor="api_call")
    assert run_one(office) == "second"


def test_where_the_limit_and_the_budget_are_used_up_the_later_moment_is_told(office: Office):
    make(office, "first")
    second = make(office, "second")
    office.do("queue limit", "mara", executor="api_call", per_minute=1, per_day=1)
    assert run_one(office) == "first"
    assert "began within 24 hours, its budget" in why(office, second)


def test_no_more_run_at_a_time_than_was_said(office: Office):
    make(office, "first")
    second = make(office, "second")
    office.do("queue limit", "mara", executor="api_call", seats=1)
    claims = office.claims()
    assert claims.begin(f"{WORKER}:0", ["execute"], now=2**60, lease=60_000)
    assert claims.begin(f"{WORKER}:1", ["execute"], now=2**60, lease=60_000) is None
    assert why(office, second) == "api call runs 1 at a time, and does so now"
    found = read(office)
    assert [(line.task.title, line.state) for line in found.lines] == [
        ("first", "running"),
        ("second", "pending"),
    ]
    assert found.doing == {WORKER: [found.lines[0].task.name]}
    assert (found.counts[Which.RUNNING], found.counts[Which.PENDING]) == (1, 1)


def test_what_waits_for_a_worker_that_is_not_there_says_so(office: Office):
    task = make(office, "card")
    office.do("queue drain", "mara", worker=WORKER)
    assert (
        why(office, task, "mara")
        == "The worker that does api call begins nothing more: press Go on beside it"
    )
    assert why(office, task) == "No worker begins api call now; a manager sees why on Queue"
    with pytest.raises(ConflictError, match="begins nothing more already"):
        office.do("queue drain", "mara", worker=WORKER)
    with pytest.raises(NotFoundError, match="no worker elsewhere"):
        office.do("queue drain", "mara", worker="elsewhere")
    office.do("queue undrain", "mara", worker=WORKER)
    assert why(office, task) == "It is the next of its executor"
    with office.workbench.database.write() as connection:
        execute(connection, "UPDATE job_workers SET seen_at = seen_at - 31000")
    assert why(office, task) == "No worker begins api call now; a manager sees why on Queue"
    said = "No worker begins api call now. An operator starts one: `workbench worker`"
    assert why(office, task, "mara") == said
    office.do("queue drain", "mara", worker=WORKER)
    assert why(office, task, "mara") == said, "one that is lost as well goes on with nothing"
    office.do("queue undrain", "mara", worker=WORKER)
    assert actions(office)[-2:] == ["worker_drained", "worker_undrained"]


def test_what_is_tried_again_or_planned_is_scheduled(office: Office):
    """QUE-01, OPQ-27."""
    office.program.answers = [broken]
    failed = make(office, "failed once")
    office.work()
    later = office.workbench.clock.now() + timedelta(days=1)
    office.make(title="planned", execution_type="scheduled", assigned_to_bot=True, scheduled_for=later)
    found = read(office, Which.SCHEDULED)
    assert [line.task.title for line in found.lines] == ["failed once", "planned"]
    assert [line.position for line in found.lines] == [None, None]
    assert why(office, failed).startswith("It is tried again at ")
    assert found.counts == {Which.RUNNING: 0, Which.PENDING: 0, Which.SCHEDULED: 2}
    assert titles(office, Which.PENDING) == []


def test_whoever_sees_a_part_is_told_of_that_part_with_its_true_places(office: Office):
    """QUE-03."""
    make(office, "of somebody else", by="ben")
    make(office, "own")
    [line] = read(office, by="ana").lines
    assert (line.task.title, line.position) == ("own", 2)
    assert read(office, by="ana").counts[Which.PENDING] == 1
    assert [line.position for line in read(office).lines] == [1, 2]


def test_only_who_sees_everything_is_told_which_machine_runs_a_task(office: Office):
    task = make(office, "card")
    assert office.engine.claims.begin(f"{WORKER}:0", ["execute"], now=2**60, lease=60_000)
    with office.workbench.transaction(office.people["mara"]) as tx:
        running_now = tx.get(Task, task.task_id)
        running_now.status = TaskStatus.IN_PROGRESS
        saved(tx, running_now)

    def told(by: str) -> tuple[object, ...]:
        found = read(office, by=by)
        with office.workbench.reading(office.people[by]) as tx:
            [one], _ = queue.listed(tx, Which.RUNNING, limit=9, offset=0)
        names = [one.name for one in found.workers]
        return [line.worker for line in found.lines], one.worker, names, dict(found.doing)

    assert told("ana") == ([None], None, [], {})
    assert told("mara") == ([f"{WORKER}:0"], f"{WORKER}:0", [WORKER], {WORKER: [running_now.name]})


def test_a_worker_begins_tasks_of_the_executors_that_it_has_and_leaves_the_others_waiting(office: Office):
    """So one of an older release gives nothing back as failed that it only does not know."""
    task = make(office, "card")
    others = [running.running(office.workbench, only=["robot"])]
    database, clock, ids = office.workbench.database, office.workbench.clock, office.workbench.ids
    assert not EmbeddedEngine(database, Kinds(others), clock, ids).do_one("worker:0")
    assert office.last(task).status == "queued"
    office.program.answers = [says({})]
    own = [running.running(office.workbench, only=["robot", "api_call"])]
    assert EmbeddedEngine(database, Kinds(own), clock, ids).do_one("worker:0")
    assert office.last(task).status == "completed"


def test_pages_of_the_queue_join_to_the_whole_of_it(office: Office):
    names = [f"task {number}" for number in range(5)]
    for name in names:
        make(office, name)
    office.make(
        title="planned",
        execution_type="scheduled",
        assigned_to_bot=True,
        scheduled_for=office.workbench.clock.now() + timedelta(days=1),
    )
    assert office.claims().begin(f"{WORKER}:0", ["execute"], now=2**60, lease=60_000)
    whole = [*names, "planned"]
    assert titles(office) == whole
    for limit in (1, 2, 4):
        pages = [titles(office, limit=limit, offset=offset) for offset in range(0, 8, limit)]
        assert [title for page in pages for title in page] == whole, limit
    assert [line.position for line in read(office, limit=2, offset=3).lines] == [3, 4]
    assert titles(office, Which.PENDING, offset=3) == ["task 4"]
    with pytest.raises(BadRequestError, match="no executor “robot”"):
        read(office, executor="robot")


def test_what_waits_for_several_executors_is_one_line_in_the_order_in_which_it_is_begun(office: Office):
    """Also what waits for an executor of another release."""
    notes = {"executor": "notification", "subject": "Look", "recipients": [{"relation": "owner"}]}
    for number in range(6):
        make(office, f"task {number}", config=notes if number % 2 else None)
    robot = make(office, "most important", priority="critical")
    with office.workbench.database.write() as connection:
        text = "UPDATE jobs SET lane = replace(lane, 'api_call', 'robot') WHERE job_id = "
        execute(connection, f"{text}'{office.last(robot).job}'")
    whole = ["most important", *(f"task {number}" for number in range(6))]
    for by in ("mara", "ana"):
        assert titles(office, by=by) == whole
        pages = [titles(office, by=by, limit=3, offset=offset) for offset in range(0, 9, 3)]
        assert [title for page in pages for title in page] == whole
    assert titles(office, executor="notification") == ["task 1", "task 3", "task 5"]
    assert [line.position for line in read(office).lines] == [1, 1, 1, 2, 2, 3, 3]
    assert run_one(office) == whole[0]


def test_only_who_works_on_everything_holds_the_queue_back(office: Office):
    for name, given in (
        ("queue pause", {"executor": "api_call", "why": "No"}),
        ("queue stop", {"why": "No"}),
        ("queue limit", {"executor": "api_call", "seats": 9}),
        ("queue drain", {"worker": WORKER}),
    ):
        with pytest.raises(ForbiddenError):
            office.do(name, "ana", **given)
    with pytest.raises(BadRequestError, match="no executor “robot”"):
        office.do("queue pause", "mara", executor="robot", why="No")
    assert actions(office) == []


def actions(office: Office) -> list[str]:
    """What happened to the workspace."""
    workspace = office.workbench.workspace.workspace_id
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        events = tx.find(Event, entity_id=workspace, order_by=("seq",))
    return [one.action for one in events if one.action != "workspace_created"]
