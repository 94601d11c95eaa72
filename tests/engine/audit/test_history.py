"""Timelines, and tampering in the store itself: with the triggers out of the way, each change is found."""

from __future__ import annotations

import json

import pytest

from engine.accounts import passwords, sessions
from engine.accounts import service as accounts
from engine.accounts.models import BegunWith, Session, SignInLink, User
from engine.app import Workbench
from engine.audit import history
from engine.audit.models import Event
from engine.tasks import lifecycle, notes, steps
from engine.tasks.models import Task
from engine.verification import verify
from tests.cursors import latest_seq
from tests.factories import PASSWORD, make_task
from tests.verified import events_of_intact

UNLOCK = {
    "sqlite": ["DROP TRIGGER audit_events_no_update", "DROP TRIGGER audit_events_no_delete"],
    "postgresql": ["ALTER TABLE audit_events DISABLE TRIGGER ALL"],
}


@pytest.fixture
def task(either_workbench: Workbench) -> Task:
    """A task in whose life ten events happened."""
    task = make_task(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        for number in range(3):
            notes.add(tx, task.task_id, f"Note {number}")
            steps.add_step(tx, task.task_id, f"Step {number}")
        lifecycle.start(tx, task.task_id)
        lifecycle.complete(tx, task.task_id)
    return task


def tamper(workbench: Workbench, *statements: str) -> None:
    """Do to the database what only its owner can."""
    with workbench.database.write() as connection:
        for statement in (*UNLOCK[workbench.database.dialect.name], *statements):
            connection.exec_driver_sql(statement)


def fault_after(workbench: Workbench, change: str) -> int | None:
    """Return the event that is named after a change; the change is taken back then."""
    found: list[int | None] = []

    def try_out() -> None:
        with workbench.transaction(workbench.operator()) as tx:
            for statement in (*UNLOCK[workbench.database.dialect.name], change):
                tx.connection.exec_driver_sql(statement)
            fault = verify(tx).fault
            found.append(None if fault is None else fault.seq)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        try_out()
    return found[0]


def test_a_timeline_is_newest_first_and_has_what_belongs_to_the_task(either_workbench, task):
    with either_workbench.reading(either_workbench.operator()) as tx:
        found = history.timeline(tx, task_id=task.task_id)
        assert [event.seq for event in found] == list(range(12, 2, -1))
        assert history.timeline(tx, task_id=task.task_id, limit=2) == found[:2]
        last = ["qa_rolled", "task_status_changed", "task_status_changed", "step_added"]
        assert [event.action for event in found[:4]] == last
        assert {event.task_id for event in found} == {task.task_id}
        assert len(history.timeline(tx, entity_id=task.task_id)) == 4
        assert latest_seq(tx) == 12


def test_what_is_not_written_yet_is_in_the_timeline_of_its_transaction(either_workbench, task):
    with either_workbench.transaction(either_workbench.operator()) as tx:
        notes.add(tx, task.task_id, "just now")
        assert latest_seq(tx) == 13
        assert history.timeline(tx, task_id=task.task_id)[0].summary.endswith("just now")
        assert events_of_intact(tx) == 13


def rewritten(event: Event, **fields: object) -> str:
    text = json.dumps({**event.model_dump(mode="json"), **fields}).replace("'", "''")
    return f"UPDATE audit_events SET document = '{text}' WHERE seq = {event.seq}"  # noqa: S608 - that is the point


def test_each_way_of_tampering_with_the_store_is_found(either_workbench: Workbench, task: Task):
    with either_workbench.reading(either_workbench.operator()) as tx:
        fifth = tx.find(Event, order_by=("seq",))[4]
    document = "UPDATE audit_events SET document = '{}' WHERE seq = 5"
    for change in (
        rewritten(fifth, summary="never happened"),
        rewritten(fifth, actor_id="usr_other"),
        document.replace("{}", "{"),
        document.replace("{}", "[]"),
        document.replace("{}", '{"seq": NaN}'),
        document.replace("{}", '{"seq": 5, "x": "\\ud800"}'),
        "UPDATE audit_events SET seq = 99 WHERE seq = 5",
        "DELETE FROM audit_events WHERE seq = 5",
    ):
        assert fault_after(either_workbench, change) == 5, change
    assert fault_after(either_workbench, "DELETE FROM audit_events WHERE seq = 12") == 12
    assert (
        fault_after(either_workbench, "UPDATE store_heads SET position = 11 WHERE position = 12") is not None
    )
    assert fault_after(either_workbench, "DELETE FROM store_heads") is not None
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert events_of_intact(tx) == 12, "every change was taken back"


def test_the_command_line_names_the_event_that_was_changed(workbench: Workbench, cli):
    make_task(workbench)
    told = cli("audit", "verify", "--json").json
    assert (told["events"], told["records"], told["intact"]) == (3, 3, True)
    tamper(workbench, "UPDATE audit_events SET document = replace(document, 'Made', 'Took') WHERE seq = 3")
    answer = cli("audit", "verify", "--json")
    assert answer.code == 1
    [detail] = answer.json["error"]["details"]
    assert (detail["code"], detail["seq"]) == ("CHAIN_BROKEN", 3)
    assert detail["audit_event_id"].startswith("evt_")


def test_no_event_carries_a_password_a_hash_or_a_token(workbench: Workbench):
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(
            tx, "ana@example.com", "Ana", ["member"], password_hash=passwords.hash_password(PASSWORD)
        )
        accounts.set_password(tx, user.user_id, passwords.hash_password(f"{PASSWORD} two"))
        tokens = [accounts.make_sign_in_link(tx, user) for _ in range(2)]
    with workbench.transaction(workbench.system_actor()) as tx:
        user = accounts.redeem(tx, tokens[1])
        tokens.append(sessions.begin(tx, user, BegunWith.LINK))
    with workbench.reading(workbench.operator()) as tx:
        secrets = [PASSWORD, "argon2", tx.get(User, user.user_id).password_hash, *tokens]
        secrets += [passwords.hash_token(token) for token in tokens]
        secrets += [link.token_hash for link in tx.find(SignInLink)]
        secrets += [session.token_hash for session in tx.find(Session)]
        texts = [event.model_dump_json() for event in tx.find(Event)]
    assert len(texts) == 7
    assert [secret for secret in secrets if any(str(secret) in text for text in texts)] == []
