"""What the log says of requests and jobs, in JSON and in text, and what it never says (NFR-024, 025, 027)."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine import commands
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kind, Kinds
from tests.factories import PASSWORD, make_task
from tests.web.conftest import Visitor
from web import logs
from web.context import AS_ACTOR


@dataclass
class Log:
    """What was logged."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def logged() -> Iterator[Callable[[str], Log]]:
    """Log as a server does, in a form, from now on."""
    root, stream = logging.getLogger(), io.StringIO()
    named = [logging.getLogger(name) for name in (logs.REQUESTS, logs.JOBS)]
    before = root.handlers, root.level, [one.level for one in named]

    def begin(style: str) -> Log:
        root.handlers = []
        logs.configure(style)
        (handler,) = root.handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        return Log(stream)

    yield begin
    root.handlers, root.level = before[0], before[1]
    for one, level in zip(named, before[2], strict=True):
        one.setLevel(level)


def test_each_request_is_one_line_of_json_with_its_task_and_its_user(logged, ana, people, workbench):
    task = make_task(workbench, assignee="ana")
    log = logged("json")
    ana.get(f"/tasks/{task.task_id}?q=words", headers={"X-Request-Id": "from-a-proxy-1"})
    (line,) = log.lines
    assert line.pop("time") > "2026"
    assert 0 < line.pop("milliseconds") < 60_000
    assert line == {
        "level": "info",
        "logger": "workbench.requests",
        "message": "GET /tasks/<task_id>",
        "request_id": "from-a-proxy-1",
        "method": "GET",
        "route": "/tasks/<task_id>",
        "user_id": people["ana"].user_id,
        "task_id": task.task_id,
        "status": 200,
    }


def test_text_tells_what_went_wrong_with_the_request_that_it_was_and_no_request_that_was_right(
    logged, ana, app: Flask, monkeypatch
):
    log = logged("text")
    ana.get("/board")
    assert log.text == ""
    monkeypatch.setitem(app.view_functions, "board.show", lambda: 1 / 0)
    ana.get("/board", headers={"X-Request-Id": "from-a-proxy-2"})
    first, *_, last = log.text.splitlines()
    assert first.startswith("ERROR workbench.web: unexpected error, reference ")
    assert first.endswith(" task=None (request from-a-proxy-2)")
    assert last == "ZeroDivisionError: division by zero"


def test_an_unexpected_error_is_logged_with_its_task_and_its_user(
    logged, ana, people, app, workbench, monkeypatch
):
    task = make_task(workbench, assignee="ana")
    monkeypatch.setitem(app.view_functions, "tasks.show", lambda **_: 1 / 0)
    log = logged("json")
    ana.get(f"/tasks/{task.task_id}")
    error, request = log.lines
    assert error["level"] == "error"
    assert (error["task_id"], error["user_id"]) == (task.task_id, people["ana"].user_id)
    assert error["request_id"] == request["request_id"]
    assert error["exception"].rstrip().endswith("ZeroDivisionError: division by zero")
    assert request["status"] == 500


def test_an_address_that_holds_no_id_is_told_by_its_rule_alone(logged, ana):
    log = logged("json")
    for made_up in ("somebody@example.com", "x" * 60, "two words"):
        ana.get(f"/tasks/{made_up}")
    assert {line["route"] for line in log.lines} == {"/tasks/<task_id>"}
    assert not [line for line in log.lines if "task_id" in line]


def test_a_method_that_somebody_made_up_writes_nothing_into_the_log(logged, visitor: Visitor):
    log = logged("json")
    visitor.client.open("/board", method="FORGED\x85LINE" + "A" * 5_000)
    (line,) = log.lines
    assert (line["message"], line["method"]) == ("other unknown", "other")
    assert "FORGED" not in log.text


def test_a_line_of_json_stays_one_whatever_words_are_in_it(logged):
    log = logged("json")
    words = "first\nsecond\x85third\u2028fourth\u2029fifth\x1b[2J\x9b2J, “ä”"
    logging.getLogger("workbench.web").warning("%s", words)
    (line,) = log.lines
    assert line["message"] == words
    assert log.text.rstrip("\n").isprintable()


def test_programs_that_ask_how_it_is_fill_no_log(logged, visitor: Visitor):
    log = logged("json")
    for path in ("/healthz", "/readyz"):
        assert visitor.get(path).status_code == 200
    assert log.text == ""


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_secret_that_a_request_carries_comes_into_the_log(style, logged, ana, people, app, monkeypatch):
    """Planted in every place, in a request that breaks with all of it in its words."""
    token = ana.token()
    planted = {
        "a field": "words-of-a-note-4711",
        "a query": "token-of-a-query-4711",
        "a header": "wbt_bearer-token-4711",
        "a cookie": "cookie-of-somebody-4711",
        "an address": "somebody-4711@example.com",
        "a password": PASSWORD,
    }

    def breaks() -> None:
        from flask import request

        said = [
            request.form["body"],
            request.form["password"],
            *request.args.values(),
            *request.cookies.values(),
        ]
        said += [request.headers["Authorization"], "mail to somebody-4711@example.com", request.url]
        logging.getLogger("workbench.web").warning("about to break: %s", " ".join(said))
        raise RuntimeError(" ".join(said))

    monkeypatch.setitem(app.view_functions, "accounts.choose_timezone", breaks)
    ana.client.set_cookie("other", planted["a cookie"])
    session = ana.client.get_cookie("workbench_session").value
    log = logged(style)
    answer = ana.client.post(
        f"/account/timezone?next={planted['a query']}",
        data={"csrf_token": token, "body": planted["a field"], "password": PASSWORD},
        headers={"Authorization": f"Bearer {planted['a header']}"},
    )
    assert answer.status_code == 500
    assert "about to break" in log.text
    assert "RuntimeError" in log.text
    for place, secret in planted.items():
        assert secret not in log.text, place
    assert "4711" not in log.text.replace("4711@", "")
    assert token not in log.text
    assert session not in log.text


def test_json_that_was_sent_comes_into_no_log(logged, ana, app, monkeypatch):
    def breaks(task_id: str) -> None:
        from flask import request

        raise RuntimeError(repr(request.get_json()))

    endpoint = next(
        rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == "/tasks/<task_id>/notes"
    )
    monkeypatch.setitem(app.view_functions, endpoint, breaks)
    log = logged("json")
    sent = {"body": "planted in JSON", "deep": [{"words": "planted deeper"}]}
    ana.client.post("/tasks/x/notes", json=sent, headers={"X-CSRF-Token": ana.token()})
    assert "RuntimeError" in log.text
    assert "planted" not in log.text


def test_json_that_was_sent_to_the_api_comes_into_no_log_either(logged, app, people, monkeypatch):
    def breaks(
        _workbench: object, _actor: object, _command: object, wanted: object, *_: object, **__: object
    ):
        raise RuntimeError(repr(wanted))

    monkeypatch.setattr(commands, "answer", breaks)
    log = logged("json")
    answer = app.test_client().post(
        "/api/users/password",
        json={"current": "planted before", "password": "planted after"},
        environ_overrides={AS_ACTOR: people["ana"]},
    )
    assert answer.status_code == 500
    assert "RuntimeError" in log.text
    assert "planted" not in log.text


def test_what_is_hidden_is_found_in_no_longer_than_the_length_takes():
    began = time.thread_time()
    assert logs.hidden("a" * 100_000) == "a" * 100_000
    assert time.thread_time() - began < 1


def test_a_link_that_signs_in_comes_into_no_log(logged, visitor, app, monkeypatch):
    def breaks(token: str) -> None:
        raise RuntimeError(f"the link {token} of http://x/sign-in/{token}")

    breaks.is_public = breaks.has_secret_address = True  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "accounts.link", breaks)
    log = logged("json")
    visitor.get("/sign-in/token-that-signs-in")
    assert "RuntimeError" in log.text
    assert "token-that-signs-in" not in log.text
    assert {line["route"] for line in log.lines} == {"/sign-in/<token>"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("postgresql://board:hidden@db/work is gone", "postgresql://…@db/work is gone"),
        ("write to ana.alvarez+x@example.co.uk now", "write to … now"),
        ("GET /feeds/secretword.ics", "GET /feeds/…"),
        ("https://b.example/sign-in/secret-word is open", "https://b.example/sign-in/… is open"),
        ("https://b.example/invitation/secret-word/openid", "https://b.example/invitation/…/openid"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer …"),
        ("password=hunter2, then", "password=…, then"),
        ("/board?token=abc&q=x is slow", "/board… is slow"),
        ("is it 3 o'clock? yes", "is it 3 o'clock? yes"),
        ("slow statement, 700 ms: SELECT 1 WHERE a = ?", "slow statement, 700 ms: SELECT 1 WHERE a = ?"),
    ],
)
def test_words_that_look_like_a_key_are_hidden_whoever_says_them(text: str, kept: str):
    assert logs.hidden(text) == kept


def test_a_job_is_one_line_and_what_is_said_meanwhile_names_it(logged, workbench):
    def handle(context) -> str:
        logging.getLogger("engine.store").warning("something is odd")
        return "words of people 4711"

    kinds = Kinds([Kind(name="tidy", handle=handle)])
    engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
    with workbench.transaction(workbench.system_actor()) as tx:
        job_id = engine.enqueue(tx, "tidy")
    log = logged("json")
    assert engine.do_one("worker")
    odd, done = log.lines
    assert (odd["message"], odd["job_id"], odd["job_kind"]) == ("something is odd", job_id, "tidy")
    assert (done["job_id"], done["outcome"], done["message"]) == (job_id, "done", "tidy, attempt 1")
    assert done["milliseconds"] >= 0
    assert "4711" not in log.text
    logging.getLogger("engine.store").warning("another thing")
    assert "job_id" not in log.lines[-1]


def test_a_job_that_fails_says_so_in_its_line(logged, workbench):
    def handle(context) -> str:
        raise RuntimeError("no")

    kinds = Kinds([Kind(name="tidy", handle=handle, backoff=lambda _: timedelta(0))])
    engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
    with workbench.transaction(workbench.system_actor()) as tx:
        engine.enqueue(tx, "tidy", max_attempts=2)
    log = logged("json")
    assert [engine.do_one("worker") for _ in range(3)] == [True, True, False]
    told = [line["outcome"] for line in log.lines if line["logger"] == "engine.jobs.done"]
    assert told == ["ready", "failed"]
