"""The conditions that every executor meets (``engine.executions.executors.base``), by their numbers."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from engine.catalog import executors as schemas
from engine.executions.executors import EXECUTORS
from engine.executions.executors.base import Effect, Result, Run
from engine.executions.models import ExecutionProgress
from engine.ids import IdSource
from engine.jobs.context import Context
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office, told
from tests.receiver import broken, hang, says

_EFFECTS = (Effect.NONE, Effect.KEYED, Effect.UNKEYED)
_METHODS = {Effect.NONE: "GET", Effect.KEYED: "POST", Effect.UNKEYED: "POST"}
_HEADER = "Idempotency-Key"


@dataclass(frozen=True)
class Case:
    """How an executor is had to call the program at a URL, by each kind of effect."""

    #: Settings for an effect and a URL.
    settings: Callable[[Effect, str], Mapping[str, Any]]
    #: What makes it send the secret ``token``.
    with_token: Mapping[str, Any]
    #: After so many seconds it has surely begun its call.
    seconds: float = 0.15


def _api_call(effect: Effect, url: str) -> Mapping[str, Any]:
    body = {} if effect is Effect.NONE else {"body": {}}
    header = {"idempotency_header": _HEADER} if effect is Effect.KEYED else {}
    return {"url": url, "method": _METHODS[effect], **body, **header}


def _custom(effect: Effect, url: str) -> Mapping[str, Any]:
    header = {"key_header": _HEADER} if effect is Effect.KEYED else {}
    return {
        "automation": "calls",
        "input": {"url": url, "method": _METHODS[effect], **header},
        "steps": [{"name": "call", "effect": effect.value}],
    }


#: Of every executor that does something outside.
CASES: Mapping[str, Case] = {
    "api_call": Case(_api_call, {"headers": {"Authorization": {"secret": "token", "prefix": "Bearer "}}}),
    "custom": Case(_custom, {"secrets": {"token": "127.0.0.1"}}, seconds=1.5),
}
#: Settings of every executor that does not, and has Workbench write something (10).
WRITTEN_HERE: Mapping[str, Mapping[str, Any]] = {
    "notification": {"recipients": [{"email": "ben@example.com"}], "subject": "It is live"},
    "reminder": {"recipients": [{"email": "ben@example.com"}], "message": "Call them"},
}
EVERY = [(key, effect) for key in CASES for effect in _EFFECTS]
every = pytest.mark.parametrize(("key", "effect"), EVERY)
each_written = pytest.mark.parametrize("key", WRITTEN_HERE)

#: Settings of every executor that makes files and calls nobody, and what keeps it from coming to an end.
MAKING: Mapping[str, Mapping[str, Any]] = {
    "report_generation": {
        "title": "Report",
        "about": "rows",
        "rows": [{"n": number} for number in range(100)],
    }
}
STUCK: Mapping[str, Mapping[str, Any]] = {
    "report_generation": {"text": "[% for a in rows %]" * 6 + "[% endfor %]" * 6}
}
each_making = pytest.mark.parametrize("key", MAKING)


def _config(office: Office, key: str, effect: Effect) -> dict[str, Any]:
    return {"executor": key, **CASES[key].settings(effect, office.url)}


def _run(office: Office, key: str, effect: Effect, **more: Any):
    return _run_with(office, {**_config(office, key, effect), **more})


def _run_with(office: Office, config: Mapping[str, Any], max_retries: int = 0):
    task = office.make(config=dict(config), max_retries=max_retries)
    if any(schemas.secrets_of(config)):
        office.permit(task)
    office.execute(task)
    return task


def _make(office: Office, key: str, **more: Any) -> Task:
    return _run_with(office, {"executor": key, **MAKING[key], **more})


def test_every_executor_is_held_to_the_contract_and_has_a_schema():
    assert {*CASES, *WRITTEN_HERE, *MAKING} == set(EXECUTORS) == set(schemas.SCHEMAS)


@every
def test_1_9_plan_and_dry_run_touch_nothing_and_say_what_changes(office: Office, key: str, effect: Effect):
    config = _config(office, key, effect)
    assert list(schemas.faults(key, config)) == []
    plan = EXECUTORS[key].plan(config)
    assert effect in {step.effect for step in plan}
    assert len({step.name for step in plan}) == len(plan)
    assert all(EXECUTORS[key].dry_run(config))
    assert office.program.got == []


@every
def test_1_what_is_done_is_what_was_planned(office: Office, key: str, effect: Effect):
    task = _run(office, key, effect)
    office.work()
    done = office.last(task)
    assert done.status == "completed"
    planned = [step.name for step in EXECUTORS[key].plan(task.execution_config)]
    assert [step["name"] for step in done.step_results] == planned


@every
def test_2_3_4_what_breaks_off_is_done_again_or_in_doubt(office: Office, key: str, effect: Effect):
    office.program.usual = broken(500)
    task = _run(office, key, effect)
    office.work()
    # No other attempt follows, which would repeat what takes a key.
    assert office.last(task).status == ("failed" if effect is Effect.NONE else "unknown")


@every
def test_6_a_program_that_says_nothing_ends_in_time(office: Office, key: str, effect: Effect):
    seconds = CASES[key].seconds
    office.program.usual = hang(seconds + 1)
    task = _run(office, key, effect, attempt_seconds=seconds)
    began = time.monotonic()
    office.work()
    assert time.monotonic() - began < seconds + 0.75
    assert office.last(task).status == ("timed_out" if effect is Effect.NONE else "unknown")


@every
def test_7_who_calls_it_off_has_it_stopped(office: Office, key: str, effect: Effect):
    office.program.usual = hang(1)
    task = _run(office, key, effect, step_seconds=5)
    worker = threading.Thread(target=office.work)
    worker.start()
    while not office.program.got:
        time.sleep(0.01)
    office.do("execution cancel", execution_id=office.last(task).execution_id)
    worker.join(0.9)
    assert not worker.is_alive()
    last = office.last(task)
    assert last.cancel_asked_at is not None
    assert last.status == ("cancelled" if effect is Effect.NONE else "unknown")
    assert office.task(task).status == ("pending" if effect is Effect.NONE else "blocked")


@every
def test_3_4_5_a_worker_that_is_killed_in_the_middle_leaves_what_is_known(
    office: Office, key: str, effect: Effect
):
    """A process of its own is killed while the program has the call and has not answered."""
    office.program.answers = [hang(0.5)]
    office.program.usual = says({})
    task = _run(office, key, effect)
    office.workbench.database.disconnect()
    child = os.fork()
    if child == 0:
        office.workbench.ids = IdSource()
        office.engine_of(timedelta(milliseconds=400)).do_one("killed")
        os._exit(0)
    while not office.program.got:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    time.sleep(0.5)  # its lease runs out, by the clock of the database
    office.engine.claims.reap()
    office.look()
    office.work()
    statuses = [one.status for one in office.attempts(task)]
    if effect is Effect.UNKEYED:
        assert statuses == ["unknown"]
        assert len(office.program.got) == 1
    else:
        assert statuses == ["failed", "completed"]
        assert len({got.headers.get("idempotency-key") for got in office.program.got}) == 1


@every
def test_8_no_secret_stands_in_what_is_kept(office: Office, key: str, effect: Effect):
    workbench = office.workbench
    content = workbench.content()
    kind = content.task_types["untyped"].model_copy(update={"secrets": {"token": ["127.0.0.1"]}})
    known = replace(content, task_types={**content.task_types, "untyped": kind})
    workbench.content = lambda: known  # type: ignore[method-assign]
    office.people["admin"] = workbench.operator()
    office.do("secrets set", "admin", name="task:token", value="hush-hush")
    task = _run(office, key, effect, **CASES[key].with_token)
    office.work()
    assert office.last(task).status == "completed"
    assert [got.headers["authorization"] for got in office.program.got] == ["Bearer hush-hush"]
    kept = json.dumps([one.model_dump(mode="json") for one in office.attempts(task)])
    assert "hush-hush" not in kept


@each_written
def test_9_10_what_workbench_writes_itself_is_said_before_and_has_no_step(office: Office, key: str):
    config = {"executor": key, **WRITTEN_HERE[key]}
    assert list(schemas.faults(key, config)) == []
    assert EXECUTORS[key].plan(config) == ()
    assert all(EXECUTORS[key].dry_run(config))
    assert told(office) == []


@each_written
def test_10_what_workbench_writes_itself_is_written_with_the_end(office: Office, key: str):
    task = _run_with(office, {"executor": key, **WRITTEN_HERE[key]})
    office.work()
    assert office.last(task).status == "completed"
    assert [one.user_id for one in told(office)] == [office.people["ben"].user_id]


@each_written
def test_10_a_worker_that_is_killed_before_the_end_is_kept_has_told_nobody(office: Office, key: str):
    """A process of its own is killed when all is written and nothing is committed; the next tells it once."""
    task = _run_with(office, {"executor": key, **WRITTEN_HERE[key]})
    office.workbench.database.disconnect()
    child = os.fork()
    if child == 0:
        office.workbench.ids = IdSource()
        Context.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
        office.engine_of(timedelta(milliseconds=400)).do_one("killed")
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert told(office) == []
    time.sleep(0.5)  # its lease runs out, by the clock of the database
    office.engine.claims.reap()
    office.look()
    office.work()
    assert [one.status for one in office.attempts(task)] == ["failed", "completed"]
    assert len(told(office)) == 1


@each_written
def test_7_10_what_is_called_off_before_its_end_tells_nobody(office: Office, key: str):
    class CalledOff(type(EXECUTORS[key])):  # type: ignore[misc]
        def run(self, run: Run) -> Result:
            result = super().run(run)
            office.do("execution cancel", execution_id=office.last(task).execution_id)
            return result

    office.executors = {key: CalledOff()}
    office.engine = office.engine_of(timedelta(minutes=1))
    task = _run_with(office, {"executor": key, **WRITTEN_HERE[key]})
    office.work()
    assert (office.last(task).status, office.task(task).status) == ("cancelled", "pending")
    assert told(office) == []


@each_making
def test_1_2_9_what_makes_files_changes_nothing_outside(office: Office, key: str):
    config = {"executor": key, **MAKING[key]}
    assert list(schemas.faults(key, config)) == []
    plan = EXECUTORS[key].plan(config)
    assert plan
    assert {step.effect for step in plan} == {Effect.NONE}
    assert all(EXECUTORS[key].dry_run(config))
    task = _make(office, key)
    office.work()
    done = office.last(task)
    assert done.status == "completed"
    assert [step["name"] for step in done.step_results] == [step.name for step in plan]


@each_making
def test_6_what_calls_nobody_ends_in_time_too(office: Office, key: str):
    task = _make(office, key, **STUCK[key], attempt_seconds=0.5)
    began = time.monotonic()
    office.work()
    assert time.monotonic() - began < 5
    assert office.last(task).status == "timed_out"


@each_making
def test_7_what_calls_nobody_is_stopped_too(office: Office, key: str):
    task = _make(office, key, **STUCK[key])
    worker = threading.Thread(target=office.work)
    worker.start()
    _wait_until_begun(office, task)
    office.do("execution cancel", execution_id=office.last(task).execution_id)
    worker.join(5)
    assert not worker.is_alive()
    assert (office.last(task).status, office.task(task).status) == ("cancelled", "pending")


@each_making
def test_2_what_calls_nobody_is_done_again_where_its_worker_was_killed(office: Office, key: str):
    task = _make(office, key, **STUCK[key], attempt_seconds=0.5)
    office.workbench.database.disconnect()
    child = os.fork()
    if child == 0:
        office.workbench.ids = IdSource()
        office.engine_of(timedelta(milliseconds=400)).do_one("killed")
        os._exit(0)
    _wait_until_begun(office, task)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    time.sleep(0.5)  # its lease runs out, by the clock of the database
    office.engine.claims.reap()
    office.look()
    office.work()
    assert [one.status for one in office.attempts(task)] == ["failed", "timed_out"]
    assert office.attempts(task)[0].error_code == "WORKER_LOST"


def _wait_until_begun(office: Office, task: Task) -> None:
    """Wait until a step of the attempt was begun."""
    execution_id, begun = office.last(task).execution_id, False
    while not begun:
        time.sleep(0.01)
        with office.workbench.reading(office.workbench.system_actor()) as tx:
            journal = tx.find_by_key(ExecutionProgress, execution_id)
            begun = journal is not None and journal.steps != []


@pytest.mark.parametrize("secrets", [{}, {"token": ["api.example.com"]}])
def test_a_secret_goes_nowhere_that_the_type_of_the_task_does_not_name(office: Office, secrets):
    """A secret that exists and may not be used is refused before anything is sent."""
    content = office.workbench.content()
    kind = content.task_types["untyped"].model_copy(update={"secrets": secrets})
    known = replace(content, task_types={**content.task_types, "untyped": kind})
    office.workbench.content = lambda: known  # type: ignore[method-assign]
    office.people["admin"] = office.workbench.operator()
    office.do("secrets set", "admin", name="task:token", value="hush-hush")
    task = _run(office, "api_call", Effect.UNKEYED, headers={"X-Key": {"secret": "token"}})
    office.work()
    assert (office.last(task).status, office.last(task).error_code) == ("failed", "SECRET_FORBIDDEN")
    assert office.program.got == []
