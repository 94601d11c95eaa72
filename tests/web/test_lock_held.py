"""Somebody leaves a transaction open on what every write needs: who reads hardly waits (G11)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine
from werkzeug.test import TestResponse

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.store import DocumentStore, timeouts
from engine.store.transactions import Transactions
from tests.databases_away import held_lock
from tests.factories import make_people, make_task
from tests.told import saved
from tests.web.conftest import Visitor
from web.context import hold_workbench

#: How long the first waits for the lock here.
_IN_FULL = 1.0
_BRIEFLY = 0.05
_HELD = "Something else writes to the database and has not let others write"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests wait less long than people."""
    monkeypatch.setattr(DocumentStore, "patience_seconds", _IN_FULL)
    monkeypatch.setattr(timeouts, "BRIEF_LOCK_SECONDS", _BRIEFLY)
    monkeypatch.setattr(timeouts, "PAUSE_SECONDS", 60.0)


@pytest.fixture
def people(either_workbench: Workbench, app: Flask, password_hash: str) -> dict[str, Actor]:
    hold_workbench(app.extensions, either_workbench)
    actors = make_people(either_workbench)
    with either_workbench.transaction(actors["ana"]) as tx:
        ana = tx.get(User, actors["ana"].user_id)
        ana.password_hash = password_hash
        saved(tx, ana)
    return actors


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """How long each write is ready to wait for the lock; None stands for in full."""
    begun: list[float | None] = []
    connect = Transactions._connect

    def note(transactions: Transactions, engine: Engine) -> Connection:
        options = engine.get_execution_options()
        if options.items() >= transactions._dialect.writer_options.items():
            begun.append(options.get("lock_seconds"))
        return connect(transactions, engine)

    monkeypatch.setattr(Transactions, "_connect", note)
    return begun


def test_a_page_waits_for_one_wait_of_ten_writers_before_it(
    app: Flask,
    either_workbench: Workbench,
    people: dict[str, Actor],
    store_url: str,
    waits: list[float | None],
):
    """A worker has two threads: when each writer waited in full, a page behind ten waited five times that."""
    task = make_task(either_workbench, assignee="ana")
    writers = [Visitor.signed_in(app, people["ana"].user_id) for _ in range(10)]
    reader = Visitor.signed_in(app, people["ben"].user_id)

    def note(writer: Visitor) -> TestResponse:
        return writer.post(f"/tasks/{task.task_id}/notes", {"body": "kept meanwhile"})

    with held_lock(store_url), ThreadPoolExecutor(2) as threads:
        waits.clear()
        refused = list(threads.map(note, writers))
        assert waits[:2] in ([None, None], [None, _BRIEFLY])
        assert waits[2:] == [_BRIEFLY] * 8
        assert reader.get("/board").status_code == 200
        assert len(waits) == 10, "a page waits for the lock"
    assert len(refused) == 10
    for answer in refused:
        assert answer.status_code == 503
        assert _HELD in answer.text
        assert "kept meanwhile" in answer.text
        assert "left open" not in answer.text, "names of sessions are the operator's business"
    assert note(writers[0]).status_code == 303
    assert note(writers[0]).status_code == 303
    assert waits[10:] == [_BRIEFLY, None], "the first that gets through lets others wait in full again"


def test_whoever_signs_in_is_told_what_is_going_on_and_a_page_is_shown_meanwhile(
    app: Flask,
    people: dict[str, Actor],
    store_url: str,
    waits: list[float | None],
    caplog: pytest.LogCaptureFixture,
):
    """To sign in is a write: sessions are records, and an event tells of each (S5)."""
    visitor, ana = Visitor(app.test_client()), Visitor.signed_in(app, people["ana"].user_id)
    with held_lock(store_url) as process:
        assert visitor.get("/sign-in").status_code == 200
        assert ana.get("/board").status_code == 200
        waits.clear()
        first, again = visitor.sign_in("ana"), visitor.sign_in("ana")
        assert waits[-1] == _BRIEFLY, "the second waits as long as the first did"
        for answer in (first, again):
            assert answer.status_code == 503
            assert _HELD in answer.text
            assert "Try again" in answer.text
            assert "ana@example.com" in answer.text, "what was typed is lost"
    if store_url.startswith("postgresql"):
        assert f"held by left open (process {process})" in caplog.text
    assert visitor.sign_in("ana").status_code == 303
