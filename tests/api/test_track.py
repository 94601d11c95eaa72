"""``GET /api/tasks/{id}/track``: programs follow an automated task, and are told each line once."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.audit import topics
from engine.audit.models import Action
from engine.executions.models import Execution, ExecutionProgress, ExecutionStatus
from tests.api.reading import *  # noqa: F403 - fixtures
from tests.api.reading import check_shape
from web.api.resources import RESOURCES


@pytest.fixture
def place(subjects) -> str:
    return f"/tasks/{subjects.automated}/track"


def say(workbench: Workbench, task_id: str, *texts: str) -> None:
    """Have the newest attempt run, and say these, as its worker writes them down."""
    with workbench.transaction(workbench.system_actor()) as tx:
        [one] = tx.find(Execution, task_id=task_id)
        if one.status is ExecutionStatus.QUEUED:
            one.status, one.started_at = ExecutionStatus.RUNNING, tx.now
            tx.save(one)
            tx.record(Action.EXECUTION_STARTED, one, "It began")
        progress = tx.get(ExecutionProgress, one.execution_id)
        progress.logs = [{"at": "2026-11-21T09:00:00.000Z", "text": text} for text in texts]
        tx.save(progress)
        tx.database.positions.move_to({f"{tx.workspace_id}/{topics.progress(task_id)}": 1})


def test_a_program_is_told_how_a_task_comes_along_and_what_it_can_do(asking, everybody, subjects, place):
    found = asking(everybody["ana"])(place).json
    check_shape(found, RESOURCES["tasks/track"].schema)
    assert (found["is_live"], found["execution"]["status"]) == (True, "queued")
    assert [(one["name"], one["state"]) for one in found["steps"]] == [
        ("GET https://api.example.com/cards", "to_do")
    ]
    assert found["can_do"] == ["execution cancel"]
    assert found["task_id"] == subjects.automated


def test_each_line_is_told_once_and_what_is_held_is_not_sent_again(
    asking, everybody, populated, subjects, place
):
    ask = asking(everybody["ana"])
    say(populated, subjects.automated, "One.", "Two.")
    first = ask(place)
    assert [one["text"] for one in first.json["lines"]] == ["One.", "Two."]
    after = f"{place}?after={first.json['next']}"
    held = ask(after)
    assert held.json["lines"] == []
    assert ask(after, If_None_Match=held.headers["ETag"]).status_code == 304
    say(populated, subjects.automated, "One.", "Two.", "Three.")
    then = ask(after, If_None_Match=held.headers["ETag"])
    assert then.status_code == 200, "no event tells of the journal, and it is followed all the same"
    assert [(one["number"], one["text"]) for one in then.json["lines"]] == [(3, "Three.")]


def test_a_place_that_no_answer_gave_is_refused(asking, everybody, place):
    answer = asking(everybody["ana"])(f"{place}?after=yesterday")
    assert (answer.status_code, answer.json["error"]["details"][0]["field"]) == (400, "after")


def test_only_who_sees_the_task_follows_it(asking, everybody, place):
    statuses = {name: asking(everybody[name])(place).status_code for name in ("mara", "ana", "ben", "pat")}
    assert statuses == {"mara": 200, "ana": 200, "ben": 404, "pat": 404}


def test_a_task_that_people_do_was_never_run(asking, everybody, subjects):
    found = asking(everybody["ana"])(f"/tasks/{subjects.pending}/track").json
    check_shape(found, RESOURCES["tasks/track"].schema)
    assert (found["execution"], found["is_live"], found["steps"]) == (None, False, [])
    assert "People do task" in found["refusal"]
