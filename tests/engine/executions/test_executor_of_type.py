"""What runs a task whose settings name nothing: the executor of its type, pinned when the task is made."""

from __future__ import annotations

from typing import Any

import pytest

from engine.app import Workbench
from engine.errors import BadRequestError
from engine.executions import service
from engine.tasks.models import Task
from tests.factories import do, make_people, make_task

_CONFIG = {"recipients": [{"relation": "owner"}], "subject": "Look"}
_NOTIFICATION = {"task_type": "notification"}


def executor(workbench: Workbench, task: Task) -> tuple[str, Any]:
    with workbench.reading(workbench.system_actor()) as tx:
        found = tx.get(Task, task.task_id)
        return service.executor_of(found), found.execution_config


def test_a_task_of_the_bot_is_run_by_what_its_type_says(either_workbench: Workbench):
    task = make_task(either_workbench, **_NOTIFICATION, assigned_to_bot=True, execution_config=_CONFIG)
    assert executor(either_workbench, task) == ("notification", {**_CONFIG, "executor": "notification"})
    planned = make_task(either_workbench, **_NOTIFICATION, execution_type="manual_trigger")
    assert executor(either_workbench, planned)[0] == "notification"


def test_its_settings_come_first_and_people_are_no_program(workbench: Workbench):
    named = {"executor": "api_call", "url": "https://example.com/"}
    task = make_task(workbench, **_NOTIFICATION, assigned_to_bot=True, execution_config=named)
    assert executor(workbench, task) == ("api_call", named)
    assert executor(workbench, make_task(workbench, **_NOTIFICATION)) == ("human", {})
    assert executor(workbench, make_task(workbench, assigned_to_bot=True)) == ("human", {})


def test_its_settings_are_checked_as_those_of_its_type_are(workbench: Workbench):
    with pytest.raises(BadRequestError, match="do not fit the executor notification"):
        make_task(workbench, **_NOTIFICATION, assigned_to_bot=True, execution_config={"recipients": 3})


def test_a_task_that_is_given_to_a_program_later_is_run_by_what_its_type_says(either_workbench: Workbench):
    people = make_people(either_workbench)
    task = make_task(either_workbench, actor=people["ana"], **_NOTIFICATION)
    given = {"execution_type": "manual_trigger", "execution_config": _CONFIG}
    do(either_workbench, people["ana"], "task update", task_id=task.task_id, **given)
    assert executor(either_workbench, task)[0] == "notification"
    do(either_workbench, people["ana"], "task execute", task_id=task.task_id)
