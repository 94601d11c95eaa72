"""Commands: found by name, permitted, prepared outside of the transaction, executed, and said."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from engine import commands, inputs
from engine.access import Actor
from engine.accounts import passwords, sessions
from engine.accounts.models import BegunWith, User
from engine.app import Workbench
from engine.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from engine.inputs import Upload
from engine.tasks.models import Task
from engine.throttle import FREE_TRIES
from tests import factories
from tests.factories import PASSWORD, make_people, make_task


@pytest.fixture
def people(workbench: Workbench):
    return make_people(workbench)


def state(workbench: Workbench) -> int:
    return workbench.database.head(workbench.workspace.workspace_id).position


def test_a_command_is_found_by_what_one_types():
    assert commands.get("task start").name == "task start"
    assert "start" in commands.of("task")
    with pytest.raises(NotFoundError, match="no command 'task dance'"):
        commands.get("task dance")


def test_a_command_is_done_in_one_transaction_and_said(workbench: Workbench, people):
    task = make_task(workbench, actor=people["mara"])
    command = commands.get("task start")
    request = inputs.read(command.input, {"task_id": str(task.task_number)})
    done = commands.execute(workbench, people["mara"], command, request)
    assert (done.result.status, done.message) == ("in_progress", "Started.")


@pytest.mark.parametrize(
    ("who", "name", "given"),
    [
        ("pat", "task start", {"task_id": "1"}),
        ("ana", "task answer", {"task_id": "1", "body": "x"}),
        ("ana", "user add", {"email": "x@example.com", "name": "X", "role": ["member"]}),
        ("ana", "reference load", {"document": {}}),
        ("bot", "task decide", {"task_approval_id": "apr_1", "outcome": "approved", "seen": ""}),
        ("sam", "task decide", {"task_approval_id": "apr_1", "outcome": "approved", "seen": ""}),
    ],
)
def test_whoever_lacks_the_roles_at_all_is_refused_before_anything_happens(
    workbench: Workbench, people, who: str, name: str, given: dict[str, Any]
):
    make_task(workbench)
    before = state(workbench)
    with pytest.raises(ForbiddenError, match="It takes one of these roles"):
        factories.do(workbench, people[who], name, **given)
    assert state(workbench) == before


@pytest.fixture
def outside(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Record what is done slowly, and that no transaction waits for it."""
    done: list[str] = []

    def watched(name: str, function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            assert workbench.database.current_write is None, f"{name} inside of a transaction"
            done.append(name)
            return function(*arguments, **named)

        return call

    monkeypatch.setattr(passwords, "hash_password", watched("hash", passwords.hash_password))
    monkeypatch.setattr(passwords, "matches", watched("matches", passwords.matches))
    monkeypatch.setattr(workbench, "content", watched("content", workbench.content))
    monkeypatch.setattr(workbench.blobs, "put", watched("put", workbench.blobs.put))
    return done


def set_first_password(workbench: Workbench, actor: Actor, password: str = PASSWORD) -> None:
    """Set it as whoever has just signed in may."""
    with workbench.transaction(actor) as tx:
        token = sessions.begin(tx, tx.get(User, actor.user_id), BegunWith.OPENID)
    with workbench.reading(actor) as tx:
        signed_in = sessions.find(tx, token)
    assert signed_in is not None
    factories.do(workbench, actor, "user password", session_id=signed_in.session_id, password=password)


def test_no_transaction_waits_for_git_files_or_hashes(workbench: Workbench, people, outside: list[str]):
    """Known flaw: a password was hashed while everybody else waited to write (H8)."""
    ana = people["ana"]
    task = factories.do(workbench, ana, "task create", title="Call the printer", task_type="untyped")
    file = Upload(BytesIO(b"words"), "notes.txt")
    factories.do(workbench, ana, "task file", task_id=task.task_id, label="Notes", type="text", file=file)
    factories.do(workbench, ana, "task clone", task_id=task.task_id)
    set_first_password(workbench, ana)
    factories.do(workbench, ana, "user password", current=PASSWORD, password=f"{PASSWORD} two")
    assert set(outside) == {"content", "put", "hash", "matches"}


def test_a_password_is_changed_by_whoever_proves_the_present_one(workbench: Workbench, people):
    ana = people["ana"]
    set_first_password(workbench, ana)
    with pytest.raises(inputs.BadRequestError, match="not your present password"):
        factories.do(workbench, ana, "user password", current="a wrong guess", password="another one of mine")
    factories.do(workbench, ana, "user password", current=PASSWORD, password="another one of mine")
    with workbench.reading(ana) as tx:
        assert passwords.matches("another one of mine", tx.get(User, ana.user_id).password_hash)


def test_guesses_of_a_present_password_get_slower_and_short_new_ones_do_not_count(
    workbench: Workbench, people
):
    ana = people["ana"]
    set_first_password(workbench, ana)
    for _ in range(FREE_TRIES + 1):
        with pytest.raises(inputs.BadRequestError, match="fewer than 10"):
            factories.do(workbench, ana, "user password", current=PASSWORD, password="short")
    for _ in range(FREE_TRIES):
        with pytest.raises(inputs.BadRequestError, match="not your present password"):
            factories.do(workbench, ana, "user password", current="wrong", password=PASSWORD)
    with pytest.raises(UnauthorizedError, match="Too many wrong passwords"):
        factories.do(workbench, ana, "user password", current=PASSWORD, password=PASSWORD)


def test_a_password_that_was_changed_meanwhile_is_not_overwritten(
    workbench: Workbench, people, monkeypatch: pytest.MonkeyPatch
):
    ana, hash_password = people["ana"], passwords.hash_password

    def slowly(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", hash_password)
        set_first_password(workbench, ana, "who was faster wins")
        return hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", slowly)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        set_first_password(workbench, ana)


def test_a_stale_revision_is_refused_by_every_command_of_a_task_that_takes_one(workbench: Workbench, people):
    task = make_task(workbench, actor=people["mara"])
    factories.do(workbench, people["mara"], "task start", task_id=task.task_id)
    for name in ("task complete", "task clone", "task claim", "task block"):
        given = {"reason": "no toner"} if name == "task block" else {}
        with pytest.raises(ConflictError, match="changed by somebody else"):
            factories.do(workbench, people["mara"], name, task_id=task.task_id, revision=1, **given)
    with workbench.reading(people["mara"]) as tx:
        assert tx.count(Task) == 1
