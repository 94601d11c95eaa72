"""How the server is, for the programs that ask: ``/readyz``, and the ids of requests (OPS-07, NFR-025)."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from flask import Flask

from engine.catalog.catalog import Catalog
from engine.errors import StoreUnavailableError, StoreVersionError
from tests.web.conftest import Visitor
from web.observing import observed

READY = {"database": "ok", "schema": "ok", "content": "ok", "serving": "ok"}


def test_a_server_is_ready_and_says_of_each_check_that_it_holds(visitor: Visitor):
    answer = visitor.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ready", "checks": READY}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_database_that_is_away_is_named_and_nothing_of_where_it_is(visitor, workbench, monkeypatch, caplog):
    @contextmanager
    def begin(*_asked: object):
        raise StoreUnavailableError("postgresql://board@10.0.0.9/work is gone.", public="It is gone.")
        yield

    monkeypatch.setattr(workbench.database._transactions, "_begin", begin)
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "not ready",
        "checks": {**READY, "database": "failed", "schema": "unknown"},
    }
    assert "10.0.0.9" in caplog.text, "the operator is told"


def test_a_store_of_a_version_that_the_program_cannot_work_with_is_named(visitor, workbench, monkeypatch):
    def look() -> bool:
        raise StoreVersionError("Too new.", public="Too new.")

    monkeypatch.setattr(workbench.database, "look_again", look)
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"] == {**READY, "schema": "failed"}


def test_content_that_cannot_be_read_is_named(visitor, workbench, monkeypatch, tmp_path):
    monkeypatch.setattr(workbench, "catalog", Catalog(tmp_path / "nowhere"))
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"] == {**READY, "content": "failed"}


def test_a_server_that_ends_says_so(visitor: Visitor, app: Flask):
    observed(app).drain()
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"] == {**READY, "serving": "failed"}
    assert visitor.get("/healthz").status_code == 200, "it lives until it has ended"


@pytest.mark.parametrize("given", ["0f3a9c2b-proxy.1", "a" * 64])
def test_a_request_keeps_the_id_that_it_came_with(visitor: Visitor, given: str):
    assert visitor.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "with a space", "-x" * 8, 'quote"0123456', "ü" * 10]
)
def test_an_id_that_is_none_is_replaced(visitor: Visitor, given: str):
    answered = [
        visitor.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] for _ in range(2)
    ]
    assert answered[0] != answered[1]
    assert all(len(one) == 16 for one in answered)


def test_every_answer_has_an_id_that_of_an_error_too(visitor: Visitor, ana: Visitor):
    for answer in (visitor.get("/nowhere"), ana.get("/tasks/nothing"), visitor.post("/sign-out")):
        assert answer.headers["X-Request-Id"]
