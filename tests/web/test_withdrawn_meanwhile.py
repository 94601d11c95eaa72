"""Rights that end while a request is on its way: what it asks for is not done any more (decision 12, S5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from engine import commands
from engine.access import Actor
from engine.accounts import service, sessions
from engine.accounts.models import EndedBy, User
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.deliverables import approvals
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.reference.models import Employee
from engine.tasks.models import Note, Task
from tests.desk import Desk
from tests.factories import make_people
from tests.statements import counted
from tests.told import saved
from tests.web.conftest import Visitor
from web.context import hold_workbench

#: What an admin may do to somebody whose request is on its way.
Withdrawal = Callable[[Workbench, Actor], object]


def close(workbench: Workbench, actor: Actor) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        service.change_user(tx, actor.user_id, is_active=False)


def take_role(workbench: Workbench, actor: Actor) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        service.change_user(tx, actor.user_id, roles=["strategist"])


def sign_out(workbench: Workbench, actor: Actor) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        sessions.end_all(tx, tx.get(User, actor.user_id), EndedBy.CHOICE)


def set_password(workbench: Workbench, actor: Actor) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        service.set_password(tx, actor.user_id, "a hash")


def join(workbench: Workbench, actor: Actor) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        key = next(item.key for item in tx.find(Employee) if item.employee_id != actor.employee_id)
        service.change_user(tx, actor.user_id, employee=key)


SIGNED_OUT, CHANGED = (close, sign_out, set_password), (take_role, join)


@dataclass
class House:
    """A desk with work that waits for a decision, and somebody whose requests take their time."""

    desk: Desk
    app: Flask
    monkeypatch: pytest.MonkeyPatch

    def meanwhile(self, withdraw: Callable[[], object]) -> None:
        """Do something after a request has found out who sends it, and before it is done."""
        execute, waiting = commands.execute, [withdraw]

        def late(*given: Any, **named: Any) -> Any:
            if waiting:
                waiting.pop()()
            return execute(*given, **named)

        self.monkeypatch.setattr(commands, "execute", late)

    def send(self, who: str, path: str, form: dict[str, Any], **options: Any) -> TestResponse:
        return Visitor.signed_in(self.app, self.desk.people[who].user_id).post(path, form, **options)

    def rows(self) -> dict[str, int]:
        """Return the revisions of everything that the verbs below could change."""
        kinds = (Task, Note, Approval, Deliverable, DeliverableComment, Bundle)
        with self.desk.workbench.reading(self.desk.workbench.operator()) as tx:
            return {row.record_id: getattr(row, "revision", 0) for kind in kinds for row in tx.find(kind)}


@pytest.fixture
def house(app: Flask, either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> House:
    hold_workbench(app.extensions, either_workbench)
    return House(Desk.set_up(either_workbench, make_people(either_workbench)), app, monkeypatch)


def asked_of_max(house: House) -> list[tuple[str, dict[str, Any]]]:
    """Return addresses and forms of a manager's verbs, one of each sort of command."""
    waiting, helped = house.desk.hand_over(), house.desk.ask_for_help()
    approval = house.desk.approval(waiting)
    decision = {"outcome": "approved", "seen": house.desk.seen(approval)}
    own = house.desk.make(assignee="ben")
    return [
        (f"/approvals/{approval.task_approval_id}/decide", decision),
        (f"/inbox/decide/{approval.task_approval_id}", decision),
        (f"/tasks/{helped}/answer", {"body": "So."}),
        (f"/tasks/{own}/start", {}),
        (f"/tasks/{own}/notes", {"body": "Well."}),
        (f"/tasks/{own}/deliverables", {"ref": "more", "type": "text"}),
        (f"/deliverables/{approval.deliverable_id}/comments", {"body": "Hm."}),
        ("/recipes/blog_post/new", {"anchor_date": "2026-12-24", "param.topic": "Tents"}),
    ]


@pytest.mark.parametrize("withdraw", [*SIGNED_OUT, *CHANGED])
def test_nothing_is_done_for_somebody_who_lost_their_rights_while_it_was_on_its_way(
    house: House, withdraw: Withdrawal
):
    done = []
    for path, form in asked_of_max(house):
        manager = house.desk.workbench.actor_by_email("max@example.com")
        before = house.rows()
        house.meanwhile(partial(withdraw, house.desk.workbench, manager))
        answer = house.send("max", path, form, headers={"Accept": "application/json"})
        expected = (401, "UNAUTHORIZED") if withdraw in SIGNED_OUT else (409, "CONFLICT")
        told = answer.json["error"]["code"] if answer.is_json and "error" in answer.json else None
        if (answer.status_code, told) != expected or house.rows() != before:
            done.append((path, answer.status_code, told))
        house.monkeypatch.undo()
        _give_back(house.desk.workbench, manager)
    assert done == []


def test_who_was_signed_out_meanwhile_is_shown_no_page_in_answer(house: House):
    task_id = house.desk.make("Secret title", assignee="ben")
    manager = house.desk.people["max"]
    house.meanwhile(lambda: close(house.desk.workbench, manager))
    answer = house.send("max", f"/tasks/{task_id}/notes", {"body": "Well, this was typed."})
    assert answer.status_code == 401
    assert "Secret title" not in answer.text
    assert "this was typed" in answer.text


def test_the_page_that_answers_shows_what_somebody_may_see_now(house: House):
    task_id = house.desk.make("Secret title", assignee="ben")
    manager = house.desk.people["max"]

    def demote() -> None:
        with house.desk.workbench.transaction(house.desk.workbench.operator()) as tx:
            service.change_user(tx, manager.user_id, roles=["member"])

    house.meanwhile(demote)
    answer = house.send("max", f"/tasks/{task_id}/notes", {"body": "Well."})
    assert answer.status_code == 404
    assert "Secret title" not in answer.text


def test_a_decision_that_waits_for_its_address_ends_with_the_account_of_who_sent_it(house: House):
    task_id = house.desk.hand_over()
    approval = house.desk.approval(task_id)
    form = {"outcome": "approved", "seen": house.desk.seen(approval)}
    house.monkeypatch.setattr(
        house.desk.workbench, "copy_of", lambda _: close(house.desk.workbench, house.desk.people["max"])
    )
    assert house.send("max", f"/approvals/{approval.task_approval_id}/decide", form).status_code == 401
    with house.desk.workbench.reading(house.desk.people["mara"]) as tx:
        assert [item.is_open for item in approvals.of_task(tx, task_id)] == [True]


def test_what_others_do_meanwhile_stops_nobody_and_costs_one_statement(house: House):
    task_id, other = house.desk.make(assignee="ben"), house.desk.make()
    visitor = Visitor.signed_in(house.app, house.desk.people["max"].user_id)

    def note() -> int:
        with counted() as statements:
            assert visitor.post(f"/tasks/{task_id}/notes", {"body": "Well."}).status_code == 303
        return len(statements)

    def change() -> None:
        somebody = Thread(target=lambda: house.desk.change(other, title="Another title"))
        somebody.start()
        somebody.join()

    note()  # the process knows them from now on
    alone = note()
    house.meanwhile(change)
    assert note() == alone + 1


def test_the_command_line_does_nothing_either_for_somebody_who_lost_their_rights_meanwhile(
    workbench: Workbench, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, app: Flask
):
    house = House(Desk.set_up(workbench, make_people(workbench)), app, monkeypatch)
    task_id = house.desk.make()
    before = house.rows()
    house.meanwhile(partial(close, workbench, house.desk.people["max"]))
    answer = cli("--as", "max@example.com", "--json", "task", "note", task_id, "--text", "Well.")
    assert answer.code == 1
    assert answer.json["error"]["code"] == "CONFLICT"
    assert house.rows() == before


def _give_back(workbench: Workbench, actor: Actor) -> None:
    with workbench.transaction(workbench.operator()) as tx:
        user = tx.get(User, actor.user_id)
        user.is_active, user.roles, user.employee_id = True, list(actor.roles), actor.employee_id
        saved(tx, user)
