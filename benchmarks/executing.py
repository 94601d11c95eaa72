"""Automated tasks: how soon one begins, what an execution costs beside a job, and the page of the queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from benchmarks import measure
from benchmarks.measure import Figure, Samples
from benchmarks.stand import Stand
from engine import commands, inputs
from engine.audit.models import Action
from engine.executions import queue, running, service
from engine.executions.executors.base import Executor, Result, Run
from engine.executions.models import Trigger
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import Lane
from engine.jobs.port import Kind, Kinds
from engine.tasks.create import NUMBERS
from engine.tasks.models import Priority, Task, TaskStatus
from web import create_app
from web.auth import AS_ACTOR

_TOPIC = "Automated tasks"
_PER_TRANSACTION = 500
_CONFIG = {"executor": "api_call", "url": "https://example.com/cards"}
#: How long after it was asked for a task may begin, in milliseconds (KPI-06).
_BEGINS_WITHIN = 2000
#: What the issue asks: of a few that wait, of the job engine alone, of a short queue.
_WITH_MANY, _OF_JOBS, _OF_SHORT = 1.5, 2, 1.5


class Nothing(Executor):
    """Does nothing, and says so."""

    key = "api_call"

    def __init__(self, begun: Callable[[], object] = lambda: None) -> None:
        self._begun = begun

    def plan(self, _config: Mapping[str, Any]) -> list[str]:
        """Say that there is nothing to do."""
        return []

    def dry_run(self, _config: Mapping[str, Any]) -> list[str]:
        """Say that nothing would be done."""
        return []

    def run(self, _run: Run) -> Result:
        """Note that it began."""
        self._begun()
        return Result(summary="Done.")


def figures(
    stand_of: Callable[[], Stand], *, few: int, some: int, many: int, times: int, database: str
) -> list[Figure]:
    """Return all figures; ``stand_of`` gives a new store each time."""
    short, long = stand_of(), stand_of()
    queue_up(short, 10)
    queue_up(long, few * 10)
    found = [
        _trigger_to_start(short, long, few * 10, times, database),
        _beside_jobs(stand_of(), few, times, database),
        _begins_by_itself(stand_of(), min(times, 10), database),
        _beside_full_lane(stand_of(), some, database),
    ]
    pages = {few: stand_of(), many: stand_of()}
    for number, stand in pages.items():
        queue_up(stand, number)
    return [*found, _page(pages, times, database)]


def queue_up(stand: Stand, number: int) -> None:
    """Let so many tasks wait for a worker, each with its attempt and its job."""
    original = _task(stand)
    with stand.workbench.reading(stand.admin) as tx:
        task = tx.get(Task, original)
    for start in range(0, number, _PER_TRANSACTION):
        with stand.workbench.transaction(stand.admin) as tx:
            size = min(number - start, _PER_TRANSACTION)
            first = tx.take_numbers(NUMBERS, size)
            for task_number in range(first, first + size):
                task_id = tx.new_id(Task)
                copy = task.model_copy(
                    update={
                        "task_id": task_id,
                        "task_number": task_number,
                        "task_uuid": str(uuid5(NAMESPACE_URL, task_id)),
                        "status": TaskStatus.QUEUED,
                        "priority": Priority.LOW,
                    }
                )
                tx.add(copy)
                tx.record(Action.TASK_CREATED, copy, f"{copy.name} was made", after={"title": copy.title})
                service.queue(tx, copy, Trigger.MANUAL, not_before=tx.wall_clock)


def _trigger_to_start(short: Stand, long: Stand, many: int, times: int, database: str) -> Figure:
    """How long from the order to run a task until a worker runs it, with few and many that wait."""
    cases = {name: _ordering(stand) for name, stand in (("short", short), ("long", long))}
    found = measure.interleave(cases, rounds=times)
    return measure.at_most(
        _TOPIC,
        f"trigger to start, with {many:,} queued : with 10{database}",
        measure.ratio(found["long"], found["short"], database),
        _WITH_MANY,
        measure.pair(found["long"], found["short"]),
    )


def _ordering(stand: Stand) -> Callable[[], None]:
    """Give what orders a task, more important than all that waits, and begins it."""
    begun = threading.Event()
    engine = _engine(stand, [running.running(stand.workbench, {"api_call": Nothing(begun.set)})])

    def case() -> None:
        begun.clear()
        _order(stand, _task(stand, priority="critical"))
        if not (engine.do_one("bench:0") and begun.is_set()):
            raise RuntimeError("what was ordered did not begin")

    return case


def _beside_jobs(stand: Stand, number: int, times: int, database: str) -> Figure:
    """A number of executions that do nothing, beside as many jobs that do nothing."""
    engine = _engine(
        stand,
        [running.running(stand.workbench, {"api_call": Nothing()}), Kind(name="nothing", handle=_nothing)],
    )

    def work_off(what: str) -> Callable[[], None]:
        def case() -> None:
            for _ in range(number):
                if not engine.do_one("bench:0"):
                    raise RuntimeError(f"there are fewer {what} than were put")

        return case

    found = {"jobs": Samples(), "executions": Samples()}
    for _ in range(max(2, min(3, times))):
        with stand.workbench.transaction(stand.admin) as tx:
            for _ in range(number):
                engine.enqueue(tx, "nothing")
        found["jobs"].take(work_off("jobs"))
        queue_up(stand, number)
        found["executions"].take(work_off("executions"))
    return measure.at_most(
        _TOPIC,
        f"{number:,} executions that do nothing : as many jobs that do nothing{database}",
        measure.ratio(found["executions"], found["jobs"], database),
        _OF_JOBS,
        measure.pair(found["executions"], found["jobs"]),
    )


def _begins_by_itself(stand: Stand, times: int, database: str) -> Figure:
    """How long from the order until a worker that looks for work has begun it, as people wait (KPI-06)."""
    begun = threading.Event()
    engine = _engine(stand, [running.running(stand.workbench, {"api_call": Nothing(begun.set)})])
    found = Samples()
    with _working(engine):
        for _ in range(max(3, times)):
            task_id = _task(stand)
            begun.clear()

            def case(task_id: str = task_id) -> None:
                _order(stand, task_id)
                begun.wait(60)

            found.take(case)
    what = f"trigger to start by a worker that looks each second{database}"
    return measure.under(_TOPIC, what, found, _BEGINS_WITHIN)


def _beside_full_lane(stand: Stand, number: int, database: str) -> Figure:
    """How long a job waits for its worker while one lane is full and much waits in it."""
    over, begun = threading.Event(), threading.Event()
    kinds = [
        Kind(name="stuck", handle=lambda _: _nothing(over.wait(600))),
        Kind(name="quick", handle=lambda _: _nothing(begun.set())),
    ]
    engine, found = _engine(stand, kinds), Samples()
    with stand.workbench.transaction(stand.admin) as tx:
        for _ in range(number):
            engine.enqueue(tx, "stuck", priority=9, lane=Lane(name="full"))

    def case() -> None:
        begun.clear()
        with stand.workbench.transaction(stand.admin) as tx:
            engine.enqueue(tx, "quick", lane=Lane(name="other"))
        begun.wait(60)

    with _working(engine):
        try:
            found.take(case, times=3)
        finally:
            over.set()  # the one that runs holds up the end of the worker
    what = f"a job of one lane begins while {number:,} wait in another that is full{database}"
    return measure.under(_TOPIC, what, found, 1000 + 100, "a worker looks each second")


def _page(stands: Mapping[int, Stand], times: int, database: str) -> Figure:
    """The page of the queue, with many that wait beside few."""
    (of_few, few), (of_many, many) = sorted(stands.items())
    found = measure.interleave({"few": _opening(few), "many": _opening(many)}, rounds=times, warm=2)
    return measure.at_most(
        _TOPIC,
        f"page of the queue, with {of_many:,} queued : with {of_few:,}{database}",
        measure.ratio(found["many"], found["few"], database),
        _OF_SHORT,
        measure.pair(found["many"], found["few"]),
    )


def _opening(stand: Stand) -> Callable[[], None]:
    client = create_app(stand.workbench, secret_key="of the benchmark").test_client()
    numbers = count()

    def case() -> None:
        # Another address each time: none is answered with what was rendered before.
        address = f"/queue?n={next(numbers)}"
        answer = client.get(address, environ_overrides={AS_ACTOR: stand.admin}, buffered=True)
        if answer.status_code != 200 or answer.text.count('id="row-') != queue.DEFAULT:
            raise RuntimeError(f"the page of the queue is not as it should be: {answer.status}")

    return case


def _engine(stand: Stand, kinds: list[Kind]) -> EmbeddedEngine:
    workbench = stand.workbench
    return EmbeddedEngine(workbench.database, Kinds(kinds), workbench.clock, workbench.ids)


@contextmanager
def _working(engine: EmbeddedEngine) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=engine.work, args=(stop, 2), name="worker")
    thread.start()
    time.sleep(timedelta(milliseconds=200).total_seconds())  # it looks for work by now
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _task(stand: Stand, **fields: Any) -> str:
    given = {
        "title": "Publish the card",
        "task_type": "untyped",
        "execution_type": "manual_trigger",
        "execution_config": _CONFIG,
        **fields,
    }
    task_id: str = _do(stand, "task create", given).task_id
    return task_id


def _order(stand: Stand, task_id: str) -> None:
    _do(stand, "task execute", {"task_id": task_id})


def _do(stand: Stand, name: str, given: Mapping[str, Any]) -> Any:
    command = commands.get(name)
    return commands.execute(stand.workbench, stand.admin, command, inputs.read(command.input, given)).result


def _nothing(_: object) -> None:
    """Do nothing."""
