"""What a Prometheus reads: who may, that it parses, what is counted, and that labels stay few (NFR-028)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from engine.app import Workbench
from engine.config import Settings
from engine.errors import BadRequestError, StoreUnavailableError
from engine.jobs import putting
from engine.jobs.models import Lane
from tests.factories import make_task
from tests.web.conftest import Visitor
from web import create_app
from web.observing import observed

TOKEN = "a-token-for-prometheus-0815"
MINE = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def workbench(settings: Settings, clock, shipped_catalog, people=None) -> Iterator[Workbench]:
    with closing(
        Workbench(replace(settings, metrics_token=TOKEN), clock=clock, catalog=shipped_catalog)
    ) as engine:
        yield engine


def samples(visitor: Visitor) -> list[Sample]:
    answer = visitor.get("/metrics", headers=MINE)
    assert answer.status_code == 200, answer.text
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    return [one for family in text_string_to_metric_families(answer.text) for one in family.samples]


def value(found: list[Sample], name: str, **labels: str) -> float:
    return sum(one.value for one in found if one.name == name and labels.items() <= one.labels.items())


def test_strangers_and_those_who_are_signed_in_read_nothing_without_the_token(visitor: Visitor, ana, mara):
    wrong = ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"})
    for who in (visitor, ana, mara):
        for headers in (*wrong, {"Authorization": "Bearer ü"}):
            answer = who.get("/metrics", headers=headers)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "workbench_" not in answer.text


def test_without_a_token_in_the_settings_there_is_nothing_even_for_this_machine(
    settings, clock, shipped_catalog
):
    """Behind a proxy on this machine every stranger has its address."""
    with closing(Workbench(settings, clock=clock, catalog=shipped_catalog)) as engine:
        client = create_app(engine, secret_key="only for tests").test_client()
        for headers in ({}, MINE, {"Authorization": "Bearer "}):
            answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
            assert (answer.status_code, answer.text) == (404, "There is nothing here.\n")


@pytest.mark.parametrize("token", ["short", "has a space in its middle", "x" * 19])
def test_a_token_that_could_be_guessed_is_refused_and_not_shown(token: str):
    with pytest.raises(BadRequestError, match="metrics-token is '…'; make it of 20") as refused:
        Settings().with_options(metrics_token=token)
    assert token not in str(refused.value)


def test_requests_are_counted_by_the_rule_of_their_address(visitor, ana, workbench, people):
    task = make_task(workbench, assignee="ana")
    for _ in range(3):
        assert ana.get(f"/tasks/{task.task_id}").status_code == 200
    ana.get("/tasks/tsk_unknown")
    visitor.get("/nowhere/at/all")
    found = samples(visitor)
    rule = {"method": "GET", "route": "/tasks/<task_id>"}
    assert value(found, "workbench_http_requests_total", status="200", **rule) == 3
    assert value(found, "workbench_http_requests_total", status="404", **rule) == 1
    assert value(found, "workbench_http_requests_total", status="404", route="unknown") == 1
    assert value(found, "workbench_http_request_seconds_count", **rule) == 4
    assert 0 < value(found, "workbench_http_request_seconds_sum", **rule) < 60
    assert value(found, "workbench_errors_total", code="NOT_FOUND") == 1
    assert value(found, "workbench_database_statements_total") > 10
    assert value(found, "workbench_database_seconds_total") > 0
    assert not [one for one in found if task.task_id in str(one.labels)], "no label is an id"


def test_labels_are_few_whatever_is_asked(visitor: Visitor):
    for number in range(20):
        visitor.get(f"/made-up/{number}")
        visitor.client.open("/healthz", method=f"MADEUP{number}")
    found = samples(visitor)
    asked = [one for one in found if one.name == "workbench_http_requests_total"]
    assert {one.labels["method"] for one in asked} <= {"GET", "other"}
    assert value(found, "workbench_http_requests_total", method="other") == 20
    assert len(asked) < 8


def test_sign_ins_that_are_refused_are_counted_by_how(visitor: Visitor, people):
    visitor.sign_in("ana", password="wrong")
    visitor.get("/sign-in/no-such-link")
    found = samples(visitor)
    assert value(found, "workbench_sign_in_failures_total", how="password") == 1
    assert value(found, "workbench_sign_in_failures_total", how="link") == 1


def test_what_waits_to_be_done_is_told_as_the_store_has_it(visitor, workbench):
    with workbench.transaction(workbench.system_actor()) as tx:
        putting.put(
            tx,
            "send_mail",
            key="one",
            args={},
            not_before=datetime(2026, 1, 1, tzinfo=UTC),
            lane=Lane(name="messages"),
            max_attempts=1,
        )
    found = samples(visitor)
    assert value(found, "workbench_jobs", kind="send_mail", status="ready") == 1
    assert value(found, "workbench_messages_waiting", way="mail") == 1
    assert value(found, "workbench_messages_waiting", way="chat") == 0
    assert value(found, "workbench_database_up") == 1
    assert value(found, "workbench_build_info", database=str(workbench.database.dialect)) == 1
    assert value(found, "workbench_reminders_due") == 0


def test_a_request_is_answered_though_it_cannot_be_counted(visitor, app, monkeypatch, caplog):
    def gone(*_: object) -> None:
        raise FileNotFoundError("counter_1.db")

    monkeypatch.setattr(observed(app).metrics, "count", gone)
    assert [visitor.get("/healthz").status_code for _ in range(2)] == [200, 200]
    assert caplog.text.count("nothing is counted for metrics any more") == 1


def test_it_is_told_that_the_database_is_away(visitor, workbench, monkeypatch):
    @contextmanager
    def begin(*_asked: object):
        raise StoreUnavailableError("It is gone.", public="It is gone.")
        yield

    monkeypatch.setattr(workbench.database._transactions, "_begin", begin)
    visitor.get("/healthz")
    found = samples(visitor)
    assert value(found, "workbench_database_up") == 0
    assert value(found, "workbench_errors_total", code="STORE_UNAVAILABLE") == 1
    assert not [one for one in found if one.name == "workbench_jobs"]
