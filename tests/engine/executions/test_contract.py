"""The conditions that every executor meets (``engine.executions.executors.base``), by their numbers."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from engine.catalog import executors as schemas
from engine.executions.executors import EXECUTORS
from engine.executions.executors.base import Effect
from engine.executions.models import ExecutionProgress
from engine.ids import IdSource
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office
from tests.receiver import broken, hang, says


@dataclass(frozen=True)
class Case:
    """Settings of an executor, one for each kind of effect; of one that calls, for the program at ``url``."""

    settings: Mapping[Effect, Mapping[str, Any]]
    #: Whether it calls the program, whose address is filled in.
    calls: bool = True


#: Takes a minute to be made, and says nothing meanwhile.
_ENDLESS = "[% for a in rows %]" * 6 + "[% endfor %]" * 6
#: Of every executor.
CASES: Mapping[str, Case] = {
    "api_call": Case(
        {
            Effect.NONE: {"method": "GET"},
            Effect.KEYED: {"method": "POST", "body": {}, "idempotency_header": "Idempotency-Key"},
            Effect.UNKEYED: {"method": "POST", "body": {}},
        }
    ),
    "report_generation": Case(
        {Effect.NONE: {"title": "Report", "about": "rows", "rows": [{"n": number} for number in range(100)]}},
        calls=False,
    ),
}
EVERY = [(key, effect) for key, case in CASES.items() for effect in case.settings]
every = pytest.mark.parametrize(("key", "effect"), EVERY)
#: Those that call somebody.
calling = pytest.mark.parametrize(("key", "effect"), [pair for pair in EVERY if CASES[pair[0]].calls])
#: Those that do not, with settings by which they do not come to an end.
STUCK: Mapping[str, Mapping[str, Any]] = {"report_generation": {"text": _ENDLESS}}
stuck = pytest.mark.parametrize("key", STUCK)


def _config(office: Office, key: str, effect: Effect) -> dict[str, Any]:
    address = {"url": office.url} if CASES[key].calls else {}
    return {"executor": key, **address, **CASES[key].settings[effect]}


def _run(office: Office, key: str, effect: Effect, **more: Any):
    task = office.make(config={**_config(office, key, effect), **more}, max_retries=0)
    if any(schemas.secrets_of(more)):
        office.permit(task)
    office.execute(task)
    return task


def test_every_executor_is_held_to_the_contract_and_has_a_schema():
    assert set(CASES) == set(EXECUTORS) == set(schemas.SCHEMAS)


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


@calling
def test_2_3_4_what_breaks_off_is_done_again_or_in_doubt(office: Office, key: str, effect: Effect):
    office.program.usual = broken(500)
    task = _run(office, key, effect)
    office.work()
    # No other attempt follows, which would repeat what takes a key.
    assert office.last(task).status == ("failed" if effect is Effect.NONE else "unknown")


@calling
def test_6_a_program_that_says_nothing_ends_in_time(office: Office, key: str, effect: Effect):
    office.program.usual = hang(1)
    task = _run(office, key, effect, attempt_seconds=0.15)
    began = time.monotonic()
    office.work()
    assert time.monotonic() - began < 0.9
    assert office.last(task).status == ("timed_out" if effect is Effect.NONE else "unknown")


@calling
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


@calling
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


@calling
def test_8_no_secret_stands_in_what_is_kept(office: Office, key: str, effect: Effect):
    workbench = office.workbench
    content = workbench.content()
    kind = content.task_types["untyped"].model_copy(update={"secrets": {"token": ["127.0.0.1"]}})
    known = replace(content, task_types={**content.task_types, "untyped": kind})
    workbench.content = lambda: known  # type: ignore[method-assign]
    office.people["admin"] = workbench.operator()
    office.do("secrets set", "admin", name="task:token", value="hush-hush")
    headers = {"Authorization": {"secret": "token", "prefix": "Bearer "}}
    task = _run(office, key, effect, headers=headers)
    office.work()
    assert office.last(task).status == "completed"
    assert [got.headers["authorization"] for got in office.program.got] == ["Bearer hush-hush"]
    kept = json.dumps([one.model_dump(mode="json") for one in office.attempts(task)])
    assert "hush-hush" not in kept


@stuck
def test_6_what_calls_nobody_ends_in_time_too(office: Office, key: str):
    task = _run(office, key, Effect.NONE, **STUCK[key], attempt_seconds=0.5)
    began = time.monotonic()
    office.work()
    assert time.monotonic() - began < 5
    assert office.last(task).status == "timed_out"


@stuck
def test_7_what_calls_nobody_is_stopped_too(office: Office, key: str):
    task = _run(office, key, Effect.NONE, **STUCK[key])
    worker = threading.Thread(target=office.work)
    worker.start()
    _wait_until_begun(office, task)
    office.do("execution cancel", execution_id=office.last(task).execution_id)
    worker.join(5)
    assert not worker.is_alive()
    assert (office.last(task).status, office.task(task).status) == ("cancelled", "pending")


@stuck
def test_2_what_calls_nobody_is_done_again_where_its_worker_was_killed(office: Office, key: str):
    task = _run(office, key, Effect.NONE, **STUCK[key], attempt_seconds=0.5)
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
