"""Somebody leaves a transaction open on what every write needs: who reads does not wait (G11)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.store import timeouts
from tests.databases import PostgresStores
from tests.factories import make_people, make_task
from tests.told import saved
from tests.web.conftest import Visitor
from web.context import hold_workbench


@pytest.fixture
def store_url(postgres_stores: PostgresStores) -> Iterator[str]:
    with postgres_stores.lent() as url:
        yield url


@pytest.fixture
def people(either_workbench: Workbench, app: Flask, password_hash: str) -> dict[str, Actor]:
    hold_workbench(app.extensions, either_workbench)
    actors = make_people(either_workbench)
    with either_workbench.transaction(actors["ana"]) as tx:
        ana = tx.get(User, actors["ana"].user_id)
        ana.password_hash = password_hash
        saved(tx, ana)
    return actors


@pytest.mark.wide
def test_reading_does_not_wait_and_a_write_names_who_holds_it(
    app: Flask, either_workbench: Workbench, people: dict[str, Actor], store_url: str
):
    task = make_task(either_workbench, assignee="ana")
    visitor, ana = Visitor(app.test_client()), Visitor.signed_in(app, people["ana"].user_id)
    with psycopg.connect(store_url, application_name="left open") as other:
        other.execute("SELECT * FROM store_heads FOR UPDATE")
        # Whatever waited for it would be refused: it is held all the time.
        assert visitor.get("/sign-in").status_code == 200
        assert ana.get(f"/tasks/{task.task_id}").status_code == 200
        began = time.monotonic()
        answer = ana.post(f"/tasks/{task.task_id}/notes", {"body": "kept meanwhile"})
        assert timeouts.LOCK_SECONDS - 1 < time.monotonic() - began < 3 * timeouts.LOCK_SECONDS
        assert answer.status_code == 503
        assert f"held by left open (process {other.info.backend_pid})" in answer.text
        assert "kept meanwhile" in answer.text
        # To sign in is a write, too: sessions are records, and an event tells of each (S5).
        assert visitor.sign_in("ana").status_code == 503
    assert visitor.sign_in("ana").status_code == 303
    assert ana.post(f"/tasks/{task.task_id}/notes", {"body": "kept meanwhile"}).status_code == 303
