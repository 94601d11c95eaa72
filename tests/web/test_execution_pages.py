"""An automated task on its page: run by a button, told in words, settled by a person, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask

from engine.access import Actor, Role
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action
from engine.tasks.models import Task
from tests import receiver
from tests.factories import make_task
from tests.receiver import Receiver, broken, says
from tests.web.conftest import Visitor
from web.serving import background


@dataclass
class Runs:
    """A member at the pages, the program that is called, and the worker."""

    workbench: Workbench
    ana: Visitor
    ben: Visitor
    people: dict[str, Actor]
    program: Receiver

    def make(self, **config: Any) -> Task:
        settings = {"executor": "api_call", "url": f"http://127.0.0.1:{self.program.port}/cards", **config}
        given = {"execution_type": "manual_trigger", "execution_config": settings}
        return make_task(self.workbench, actor=self.people["ana"], title="Publish the card", **given)

    def work(self) -> None:
        engine = background.engine_of(self.workbench)
        while engine.do_one("worker"):
            pass

    def page(self, task: Task) -> str:
        """What the panel of attempts says, with its marks."""
        text = self.ana.get(f"/tasks/{task.task_id}").text
        return text[text.index('id="executions"') :]

    def attempt(self, task: Task) -> str:
        """The address of the newest attempt."""
        found = re.search(r'action="(/executions/exe_\w+)/', self.page(task))
        assert found is not None
        return found[1]


@pytest.fixture
def runs(workbench: Workbench, app: Flask, people: dict[str, Actor]) -> Iterator[Runs]:
    workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
    ana, ben = (Visitor.signed_in(app, people[name].user_id) for name in ("ana", "ben"))
    with receiver.opened() as program:
        yield Runs(workbench, ana, ben, people, program)


def test_a_task_is_run_by_a_button_and_its_page_says_what_came_out(runs: Runs):
    """US-006, US-010, AC-005, AC-008."""
    runs.program.usual = says({"id": "c-7"})
    task = runs.make(outputs={"card_id": "/id"})
    assert "It has not been run yet." in runs.page(task)
    assert "What that does" in runs.page(task)
    made = runs.ana.post(f"/tasks/{task.task_id}/execute", {"revision": "1"})
    assert made.status_code == 303
    assert "queued" in runs.page(task)
    runs.work()
    told = runs.page(task)
    assert "completed" in told
    assert "c-7" in told
    assert "do-execute" not in told, "what is done is not run again"


def test_what_waits_is_called_off(runs: Runs):
    task = runs.make()
    runs.ana.post(f"/tasks/{task.task_id}/execute")
    assert runs.ana.post(f"{runs.attempt(task)}/cancel").status_code == 303
    assert "cancelled" in runs.page(task)
    assert "Run it again" in runs.page(task)


def test_it_fails_where_i_can_see_it(runs: Runs):
    """The story of that name, without its live page: error, steps and what can be done are in one place."""
    runs.program.usual = 404
    task = runs.make()
    runs.ana.post(f"/tasks/{task.task_id}/execute")
    runs.work()
    told = runs.page(task)
    assert "HTTP_REFUSED" in told
    assert "answered with status 404" in told
    assert "Run it again" in told


def test_a_person_says_whether_what_is_in_doubt_happened(runs: Runs):
    runs.program.answers = [broken(500)]
    task = runs.make(method="POST", body={})
    runs.ana.post(f"/tasks/{task.task_id}/execute")
    runs.work()
    told = runs.page(task)
    assert "outcome unknown" in told
    assert "nobody knows whether it happened" in told
    assert "do-execute" not in told
    address = f"{runs.attempt(task)}/settle"
    form = {"form": "settle", "settlement": "happened", "comment": ""}
    refused = runs.ana.post(address, form)
    assert refused.status_code in (303, 400)
    assert runs.ben.post(address, {**form, "comment": "I guess"}).status_code == 404
    runs.ana.post(address, {**form, "comment": "The card is on their board."})
    assert "it happened." in runs.page(task)
    assert "The card is on their board." in runs.page(task)
    with runs.workbench.reading(runs.people["ana"]) as tx:
        assert tx.get(Task, task.task_id).status == "completed"


def test_a_program_is_not_offered_to_say_what_only_a_person_may(runs: Runs, app: Flask):
    """D9."""
    runs.program.answers = [broken(500)]
    task = runs.make(method="POST", body={})
    runs.ana.post(f"/tasks/{task.task_id}/execute")
    runs.work()
    assert 'id="settle"' in runs.page(task)
    with runs.workbench.transaction(runs.workbench.operator()) as tx:
        user = tx.get(User, runs.people["ana"].user_id)
        user.roles = [Role.AGENT]
        tx.save(user)
        tx.record(Action.USER_CHANGED, user, "She is a program from now on")
    runs.ana = Visitor.signed_in(app, user.user_id)
    told = runs.page(task)
    assert 'id="settle"' not in told
    assert "A person looks at the other side, and says here whether it happened." in told


def test_the_page_of_what_people_do_has_no_attempts(runs: Runs):
    task = make_task(runs.workbench, actor=runs.people["ana"])
    assert 'id="executions"' not in runs.ana.get(f"/tasks/{task.task_id}").text


def test_settings_that_an_older_release_took_are_told_and_break_no_page(runs: Runs):
    task = runs.make()
    with runs.workbench.transaction(runs.people["ana"]) as tx:
        older = tx.get(Task, task.task_id)
        older.execution_config = {"executor": "api_call", "endpoint": "https://api.example.com"}
        tx.save(older)
        tx.record(Action.TASK_UPDATED, older, "As an older release took it")
    told = runs.page(task)
    assert "Its settings cannot be used." in told
    assert "is a required property. Correct them" in told
    assert "do-execute" not in told
    assert "What that does" not in told
