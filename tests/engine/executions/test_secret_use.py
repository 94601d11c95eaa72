"""Secrets are opened for what a template says or a human review permitted, never as whoever writes likes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.bundles.models import Bundle
from engine.catalog.parts import ExecutionPolicy
from engine.executions.executors.api_call import ApiCall
from engine.executions.executors.base import Message, Result, Run
from engine.executions.models import Execution
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office, keep, told
from tests.factories import make_bundle

HEADERS = {"X-Key": {"secret": "token"}}
BODY = {"url": "https://x.example/{{ card }}"}


def _planned(office: Office, **parameters: Any) -> Task:
    """Start a bundle whose template calls the program with the secret; its task is Ana's."""
    config = {"url": f"{office.url}/{{{{ card }}}}", "method": "POST", "body": BODY, "headers": HEADERS}
    policy = ExecutionPolicy(mode="manual_trigger", executor="api_call", max_retries=0, config=config)
    content = office.workbench.content()
    resolved = content.resolve("untyped_work")
    (definition,) = resolved.template.tasks
    schema = {"type": "object", "properties": {"card": {"type": "string", "default": "c-1"}}}
    with_execution = definition.model_copy(update={"execution": policy})
    template = resolved.template.model_copy(update={"tasks": [with_execution], "parameters": schema})
    known = {("untyped_work", None, None): replace(resolved, template=template)}
    changed = replace(content, _resolved=known)
    office.workbench.content = lambda: changed  # type: ignore[method-assign]
    bundle: Bundle = make_bundle(
        office.workbench, "untyped_work", actor=office.people["mara"], parameters=parameters
    )
    with office.workbench.reading(office.people["mara"]) as tx:
        (task,) = tx.find(Task, bundle_id=bundle.bundle_id)
    return task


def _ended(office: Office, task: Task, by: str = "mara") -> Execution:
    office.execute(task, by)
    office.work()
    return office.last(task)


@pytest.mark.parametrize("parameters", [{}, {"card": "a b"}])
def test_what_a_template_says_uses_the_secret(office: Office, parameters):
    keep(office, token="hush-hush")
    task = _planned(office, **parameters)
    assert (_ended(office, task).status, len(office.program.got)) == ("completed", 1)
    assert office.program.got[0].headers["x-key"] == "hush-hush"


def test_a_secret_that_an_executor_would_tell_people_is_told_by_its_name(office: Office):
    class Tells(ApiCall):
        def run(self, run: Run) -> Result:
            value = run.secret("token", "127.0.0.1")
            message = Message(recipients=[{"employee": "ben"}], title=f"It is {value}", lines=[value])
            return Result(summary="Told.", messages=[message])

    office.executors = {"api_call": Tells()}
    office.engine = office.engine_of(timedelta(minutes=1))
    keep(office, token="hush-hush")
    assert _ended(office, _planned(office)).status == "completed"
    [one] = told(office)
    assert (one.title, one.lines) == ("It is [secret token]", ["[secret token]"])


def test_what_a_member_writes_into_a_planned_task_uses_none(office: Office):
    keep(office, token="hush-hush")
    task = _planned(office)
    config = {**task.execution_config, "url": office.url, "outputs": {"all": ""}}
    office.do("task update", "mara", task_id=task.task_id, execution_config=config)
    one = _ended(office, task)
    assert (one.status, one.error_code) == ("failed", "SECRET_FORBIDDEN")
    assert "differ from what its template says" in one.error
    assert office.program.got == []


@pytest.mark.parametrize("by", ["ana", "bot"])
def test_a_task_that_a_member_writes_uses_none_before_a_human_review_permits_it(office: Office, by: str):
    """S28: the review is for these very settings."""
    keep(office, token="hush-hush")
    task = office.make(by, config={"headers": HEADERS}, max_retries=0)
    one = _ended(office, task, by)
    assert (one.status, one.error_code) == ("failed", "SECRET_FORBIDDEN")
    assert "written for it alone" in one.error
    assert office.program.got == []
    other = office.make(by, config={"headers": HEADERS}, max_retries=0)
    office.permit(other, by)
    assert _ended(office, other, by).status == "completed"
    assert [got.headers["x-key"] for got in office.program.got] == ["hush-hush"]


def test_a_secret_that_its_type_may_not_send_any_more_is_kept_from_an_attempt_that_runs(office: Office):
    class Forgets(ApiCall):
        def run(self, run: Run) -> Result:
            keep(office, hosts=[], token="hush-hush")
            return super().run(run)

    keep(office, token="hush-hush")
    office.executors = {"api_call": Forgets()}
    office.engine = office.engine_of(timedelta(minutes=1))
    task = office.make(config={"headers": HEADERS})
    office.permit(task)
    assert _ended(office, task, "ana").error_code == "SECRET_FORBIDDEN"
    assert not office.program.got
