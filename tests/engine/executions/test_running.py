"""Automated tasks are run, and what became of each attempt is told truly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from engine.audit.models import Action
from engine.errors import (
    BadRequestError,
    DependencyUnmetError,
    ForbiddenError,
    NoExecutorError,
    NotAutomatedError,
    NotFoundError,
    ReviewRequiredError,
    TaskCancelledError,
    TaskCompletedError,
    TaskInDoubtError,
    TaskInProgressError,
    TaskRestsError,
    TaskScheduledError,
)
from engine.executions import running, service
from engine.executions.executors.api_call import ApiCall
from engine.executions.executors.base import Result, Run
from engine.executions.models import Settlement
from engine.notifications.models import Notification
from engine.tasks.models import Note, Task
from tests.engine.executions.conftest import Office
from tests.factories import make_task
from tests.receiver import broken, hang, says

POST = {"method": "POST", "body": {"title": "A card"}}
KEYED = {**POST, "idempotency_header": "Idempotency-Key"}


def told(office: Office) -> list[str]:
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        return [one.title for one in tx.find(Notification, user_id=office.people["ana"].user_id)]


def test_a_task_is_queued_run_and_completed_with_what_came_out(office: Office):
    """EXE-06, EXE-07, EXE-10, CNF-31; US-006."""
    office.program.answers = [says({"id": "c-7", "url": "https://example.com/c-7"})]
    task = office.make(config={**POST, "outputs": {"card": "/id"}})
    queued = office.execute(task)
    assert (queued.status, queued.attempt_number, queued.triggered_by) == ("queued", 1, "manual")
    assert office.task(task).status == "queued"
    assert office.task(task).queued_at is not None
    assert office.program.got == []
    office.work()
    done, after = office.last(task), office.task(task)
    assert (done.status, done.output, done.error) == ("completed", {"card": "c-7"}, None)
    assert (after.status, after.result, after.completed_by) == ("completed", {"card": "c-7"}, None)
    assert [step["state"] for step in done.step_results] == ["done"]
    assert (done.steps_total, done.steps_completed) == (1, 1)
    assert told(office) == [f"{after.name} was done by itself"]


@pytest.mark.parametrize(
    ("fields", "acts", "refusal"),
    [
        ({}, ["start"], TaskInProgressError),
        ({}, ["execute"], TaskInProgressError),
        ({}, ["complete"], TaskCompletedError),
        ({}, ["cancel"], TaskCancelledError),
        ({}, [("block", {"reason": "No key"})], TaskRestsError),
        ({"requires_human_review": True}, [], ReviewRequiredError),
        ({"scheduled_for": "2027-01-01T09:00:00Z"}, [], TaskScheduledError),
        ({"execution_type": None}, [], NotAutomatedError),
        ({"execution_config": {"executor": "ghl_action"}}, [], NoExecutorError),
    ],
)
def test_what_may_not_be_run_is_refused_with_a_code_of_its_own(office: Office, fields, acts, refusal):
    """EXE-03, EXE-04, EXE-05, EXE-09, EXE-29, EXE-32; US-005."""
    task = office.make(**fields)
    for act in acts:
        verb, given = (act, {}) if isinstance(act, str) else act
        office.do(f"task {verb}", task_id=task.task_id, **given)
    before = office.attempts(task)
    with pytest.raises(refusal):
        office.do("task execute", task_id=task.task_id)
    assert office.attempts(task) == before


def test_what_comes_after_another_task_is_not_run_before_it(office: Office):
    first = make_task(office.workbench, actor=office.people["ana"])
    task = office.make(depends_on=[first.task_id])
    with pytest.raises(DependencyUnmetError):
        office.execute(task)


def test_who_does_not_see_a_task_cannot_run_it_nor_read_of_it(office: Office):
    """EXE-02, EXE-19."""
    task = office.make()
    with pytest.raises(NotFoundError):
        office.execute(task, by="ben")
    one = office.execute(task)
    for verb in ("cancel", "retry"):
        with pytest.raises(NotFoundError, match=f"no execution {one.execution_id} that you may see"):
            office.do(f"execution {verb}", "ben", execution_id=one.execution_id)


def test_settings_that_another_executor_would_read_are_refused_when_they_are_given(office: Office):
    """TSK-10."""
    with pytest.raises(BadRequestError, match="browser"):
        office.make(config={"browser": "chromium"})
    task = office.make()
    with pytest.raises(BadRequestError, match="url"):
        office.do("task update", task_id=task.task_id, execution_config={"executor": "api_call"})


def test_a_failed_attempt_is_followed_by_others_until_none_is_left(office: Office):
    """EXE-11, EXE-12, CNF-11, AJB-04."""
    office.program.usual = 503
    task = office.make(max_retries=1)
    office.execute(task)
    office.work()
    assert [one.status for one in office.attempts(task)] == ["failed", "queued"]
    waiting = office.task(task)
    assert (waiting.status, waiting.error_count) == ("queued", 1)
    assert office.last(task).not_before - office.workbench.clock.now() >= timedelta(seconds=10)
    office.workbench.clock.advance(seconds=13)
    office.work()
    last, after = office.last(task), office.task(task)
    assert (last.status, last.attempt_number, last.error_code) == ("failed", 2, "HTTP_BUSY")
    assert (after.status, after.error_count) == ("failed", 2)
    assert told(office) == [f"{after.name} could not be done by itself"]
    office.do("execution retry", execution_id=last.execution_id)
    assert (office.last(task).attempt_number, office.last(task).status) == (3, "queued")


@pytest.mark.parametrize(
    ("config", "status", "attempts"),
    [
        ({}, 404, 1),
        ({"retry_on": ["HTTP_REFUSED"]}, 404, 2),
        ({"never_retry": ["HTTP_BUSY"]}, 503, 1),
        ({"total_seconds": 5}, 503, 1),
        ({}, 302, 1),
    ],
)
def test_what_is_tried_again_follows_from_its_code(office: Office, config, status, attempts):
    office.program.usual = status
    task = office.make(max_retries=1, config=config)
    office.execute(task)
    office.work()
    assert len(office.attempts(task)) == attempts


def test_what_may_have_happened_is_unknown_and_repeated_by_nobody_but_a_person(office: Office):
    """D9, EXE-24."""
    office.program.answers = [broken(500)]
    task = office.make(config=POST)
    office.execute(task)
    office.work()
    one, after = office.last(task), office.task(task)
    assert (one.status, after.status) == ("unknown", "blocked")
    assert one.current_step == f"POST {office.url}"
    assert "nobody knows whether it happened" in (one.error or "")
    assert told(office) == [f"{after.name}: nobody knows whether it happened"]
    office.workbench.clock.advance(days=1)
    office.look()
    office.work()
    assert len(office.program.got) == 1
    office.do("task put-back", task_id=task.task_id)
    with pytest.raises(TaskInDoubtError):
        office.execute(task)


def test_what_did_happen_is_completed_by_who_found_out(office: Office):
    office.program.answers = [hang(0.4)]
    task = office.make(config={**POST, "step_seconds": 0.1})
    office.execute(task)
    office.work()
    one = office.last(task)
    assert one.status == "unknown"
    found = {"execution_id": one.execution_id, "settlement": "happened", "comment": "The card is there."}
    office.do("execution settle", **found)
    after = office.task(task)
    assert (after.status, after.completed_by) == ("completed", office.people["ana"].user_id)
    assert (office.last(task).status, office.last(task).settled_as) == ("unknown", "The card is there.")


def test_what_did_not_happen_is_run_again(office: Office):
    office.program.answers = [broken(500), says({})]
    task = office.make(config=POST)
    office.execute(task)
    office.work()
    one = office.last(task)
    found = {"settlement": "did_not_happen", "comment": "There is no card."}
    office.do("execution settle", execution_id=one.execution_id, **found)
    assert office.last(task).triggered_by == "settled"
    office.work()
    assert office.task(task).status == "completed"
    assert len(office.program.got) == 2


def test_the_owner_hears_of_what_is_in_doubt_though_somebody_put_the_task_back(office: Office):
    """What settles it says what it did: the task is somebody's by then, and is not run."""
    slow = replace(office, looks=timedelta(seconds=5))
    task = office.make(config=POST)

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        office.do("task put-back", task_id=task.task_id)
        says({}, 500)(handler)

    office.program.answers = [meanwhile]
    office.execute(task)
    slow.engine.do_one("worker")
    one = office.last(task)
    assert (one.status, office.task(task).status) == ("unknown", "pending")
    assert told(office) == [f"{task.name}: nobody knows whether it happened"]
    with office.workbench.transaction(office.people["ana"]) as tx:
        service.settle(tx, one.execution_id, Settlement.DID_NOT_HAPPEN, "There is no card.")
        assert tx.asides == (f"Task {task.name} is “To do”, and stays so: nothing is run by this.",)
    assert len(office.attempts(task)) == 1


@pytest.mark.parametrize(
    ("settlement", "said"),
    [("happened", "The task is completed as yours."), ("did_not_happen", "The task is run again.")],
)
def test_who_settles_it_is_told_what_follows(office: Office, settlement: str, said: str):
    office.program.answers = [broken(500)]
    task = office.make(config=POST)
    office.execute(task)
    office.work()
    with office.workbench.transaction(office.people["ana"]) as tx:
        service.settle(tx, office.last(task).execution_id, Settlement(settlement), "I looked.")
        assert tx.asides == (said,)


@pytest.mark.parametrize("settlement", ["happened", "did_not_happen"])
def test_an_automated_colleague_settles_no_doubt_its_own_neither(office: Office, settlement: str):
    """D9, decision 12: a person says whether it happened."""
    office.program.answers = [broken(500)]
    task = office.make("bot", config=POST)
    office.execute(task, "bot")
    office.work()
    found = {"execution_id": office.last(task).execution_id, "comment": "It must have."}
    with pytest.raises(ForbiddenError, match="a person looks"):
        office.do("execution settle", "bot", settlement=settlement, **found)
    office.work()
    assert (office.last(task).status, office.task(task).status) == ("unknown", "blocked")
    office.do("execution settle", "mara", settlement=settlement, **found)


def test_a_step_that_takes_a_key_is_repeated_with_the_same_one(office: Office):
    office.program.answers = [broken(500), says({})]
    task = office.make(config=KEYED)
    office.execute(task)
    office.work()
    office.workbench.clock.advance(minutes=1)
    office.work()
    assert [one.status for one in office.attempts(task)] == ["failed", "completed"]
    keys = {got.headers["idempotency-key"] for got in office.program.got}
    assert (len(office.program.got), len(keys)) == (2, 1)


def test_a_step_that_takes_a_key_is_in_doubt_once_nothing_repeats_it(office: Office):
    office.program.usual = broken(500)
    task = office.make(config=KEYED, max_retries=1)
    office.execute(task)
    office.work()
    office.workbench.clock.advance(minutes=1)
    office.work()
    assert [one.status for one in office.attempts(task)] == ["failed", "unknown"]
    assert office.task(task).status == "blocked"
    assert "“POST" in (office.last(task).error or "")


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_what_an_attempt_began_with_a_key_is_in_doubt_where_the_next_one_does_not_repeat_it(
    office: Office, end: str
):
    """That is refused, or called off while it waits: the first call may have happened all the same."""
    office.program.answers = [broken(500), 404]
    task = office.make(config=KEYED, max_retries=1)
    office.execute(task)
    office.work()
    if end == "cancelled":
        office.do("execution cancel", execution_id=office.last(task).execution_id)
        office.look()
    office.workbench.clock.advance(minutes=1)
    office.work()
    last = office.last(task)
    assert [one.status for one in office.attempts(task)] == ["failed", "unknown"]
    assert (last.current_step, office.task(task).status) == (f"POST {office.url}", "blocked")
    assert len(office.program.got) == (1 if end == "cancelled" else 2)
    office.program.answers = []
    found = {"settlement": "did_not_happen", "comment": "There is no card."}
    office.do("execution settle", execution_id=last.execution_id, **found)
    office.work()
    assert office.task(task).status == "completed"


def test_what_was_done_before_is_not_done_again(office: Office):
    """An answer that does not fit comes after the call: it happened, and is not repeated."""
    office.program.usual = says({"id": 7})
    task = office.make(config={**POST, "outputs": {"card": "/key"}})
    office.execute(task)
    office.work()
    assert office.last(task).error_code == "ANSWER_UNFIT"
    config = {"executor": "api_call", "url": office.url, **POST, "outputs": {"card": "/id"}}
    office.do("task update", task_id=task.task_id, execution_config=config)
    office.execute(task)
    office.work()
    assert office.task(task).result == {"card": 7}
    assert len(office.program.got) == 1


_UNKEPT = {"NUL": b'"\\u0000"', "half": b'"\\ud800"', "deep": b"[" * 99 + b"]" * 99}


@pytest.mark.parametrize("answer", _UNKEPT)
@pytest.mark.parametrize("config", [POST, KEYED])
def test_an_answer_that_cannot_be_kept_is_a_call_that_happened(office: Office, answer: str, config):
    """It is sent once, however many attempts may follow, and nobody doubts that it was done."""
    body = b'{"id": ' + _UNKEPT[answer] + b"}"

    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    office.program.usual = say
    task = office.make(config={**config, "outputs": {"card": "/id"}})
    office.execute(task)
    office.work()
    (one,) = office.attempts(task)
    assert (one.status, one.error_code, one.step_results[0]["state"]) == ("failed", "ANSWER_UNFIT", "done")
    assert office.task(task).status == "failed"
    assert len(office.program.got) == 1


def test_an_executor_that_gives_what_cannot_be_kept_ends_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    class Odd(ApiCall):
        def run(self, run: Run) -> Result:
            run.log("A line")
            return Result(summary="Done.", outputs={"card": "\x00"})

    monkeypatch.setitem(running.EXECUTORS, "api_call", Odd())  # type: ignore[arg-type]
    task = office.make(config=POST)
    office.execute(task)
    office.work()
    (one,) = office.attempts(task)
    assert (one.status, one.error_code) == ("failed", "ANSWER_UNFIT")


def test_a_bot_owes_what_a_person_owes(office: Office):
    """EXE-28, STA-07: what it cannot give, somebody is asked for."""
    task = office.make()
    office.do("task add-step", task_id=task.task_id, title="Look at it", required=True)
    office.execute(task)
    office.work()
    assert office.last(task).status == "completed"
    after = office.task(task)
    assert after.status == "help_needed"
    with office.workbench.reading(office.people["mara"]) as tx:
        (note,) = tx.find(Note, task_id=task.task_id)
    assert "“Look at it” is open" in note.body


def test_an_attempt_that_takes_too_long_is_left_behind(office: Office):
    office.program.usual = hang(0.5)
    task = office.make(config={"attempt_seconds": 0.1, "step_seconds": 5}, max_retries=0)
    office.execute(task)
    office.work()
    one = office.last(task)
    assert (one.status, one.error_code) in {("timed_out", "TIMED_OUT"), ("timed_out", "UNREACHABLE")}
    assert office.task(task).status == "failed"


def test_settings_that_an_older_release_took_fail_with_words_and_are_not_tried_again(office: Office):
    """What they say of limits and retries need not be such that it can be read."""
    task = office.make()
    office.execute(task)
    with office.workbench.transaction(office.people["ana"]) as tx:
        older = tx.get(Task, task.task_id)
        older.execution_config = {**older.execution_config, "retry_on": 5, "attempt_seconds": "long"}
        tx.save(older)
        tx.record(Action.TASK_UPDATED, older, "As an older release took it")
    office.work()
    (one,) = office.attempts(task)
    assert (one.status, one.error_code) == ("failed", "CONFIG_INVALID")
    assert office.task(task).status == "failed"
    assert office.program.got == []
