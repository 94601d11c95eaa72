"""A server that runs on after a newer release has upgraded its store, and shut the door (G8)."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from engine.app import Workbench
from engine.entities import table_specs
from engine.store import Connection, DocumentStore, Migration, drop_column
from engine.tasks.models import Task
from engine.upgrades import MIGRATIONS
from tests.factories import make_people, make_task
from tests.newer_store import NEXT
from tests.web.conftest import Visitor
from web.context import hold_workbench


def _shut_out(url: str) -> None:
    """Upgrade as a release would that takes away what this one needs."""

    def apply(connection: Connection) -> None:
        drop_column(connection, "tasks", "title_key")

    step = Migration(NEXT, "no key of titles", apply, release="9.9", closes_door=True)
    newer = [spec for spec in table_specs() if spec.name != "tasks"]
    DocumentStore(url, newer, migrations=(*MIGRATIONS, step), migrate=True).close()


def test_every_write_is_refused_in_words_and_nothing_is_changed(
    app: Flask, either_workbench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    people = make_people(either_workbench)
    task = make_task(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    mara = Visitor.signed_in(app, people["mara"].user_id)
    assert mara.get("/board?view=list&sort=title").status_code == 200
    _shut_out(either_workbench.settings.database)
    with caplog.at_level(logging.WARNING):
        answer = mara.post(f"/tasks/{task.task_id}/start", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "STORE_VERSION"
    assert "Use release 9.9 or a later one" in answer.json["error"]["message"]
    assert [record for record in caplog.records if "release 9.9" in record.getMessage()]
    with either_workbench.database.read():
        (text,) = either_workbench.database.table(Task.spec.table).select_rows({})
    assert '"status": "pending"' in text or '"status":"pending"' in text


def test_a_page_that_needs_what_is_gone_says_so(app: Flask, either_workbench: Workbench) -> None:
    people = make_people(either_workbench)
    make_task(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    mara = Visitor.signed_in(app, people["mara"].user_id)
    _shut_out(either_workbench.settings.database)
    answer = mara.get("/board?view=list&sort=title")
    assert answer.status_code == 503
    assert "release 9.9" in answer.text
