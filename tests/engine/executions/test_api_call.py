"""Calling an API: what comes out of its answer, and what bad answers and addresses come to."""

from __future__ import annotations

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from engine.audit.models import Event
from engine.catalog.executors import secrets_of
from engine.executions.models import Execution
from engine.notifications.models import Notification
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office, keep
from tests.receiver import endless, megabytes, redirect, says

PAGES = {"next": "/next", "items": "/items"}


def _ended(office: Office, **config: Any):
    task = office.make(config=config, max_retries=0)
    if any(secrets_of(config)):
        office.permit(task)
    office.execute(task)
    office.work()
    return office.last(task)


@pytest.mark.parametrize(
    ("answer", "config", "code"),
    [
        (megabytes, {}, "ANSWER_TOO_LARGE"),
        (redirect("http://169.254.169.254/keys"), {}, "REDIRECTED"),
        (endless(200), {"step_seconds": 0.2}, "UNREACHABLE"),
        (says({"id": "x"}), {"answer_schema": {"required": ["key"]}}, "ANSWER_UNFIT"),
        (says({"id": "x"}), {"outputs": {"key": "/items/3/key"}}, "ANSWER_UNFIT"),
        (says({}), {"expected_status": [201]}, "HTTP_STATUS"),
        (says({}), {"headers": {"X-Card": "ends\nhere"}}, "CONFIG_INVALID"),
        *((says({"next": following, "items": []}), {"pages": PAGES}, "ANSWER_UNFIT")
          for following in ("https://evil.example/2", "http://[::1", "http://a:b@127.0.0.1/2", "/x y")),
        (says({"items": [1, 2, 3]}), {"outputs": {"key": "/items/\N{SUPERSCRIPT TWO}"}}, "ANSWER_UNFIT"),
        (says({"items": [1, 2, 3]}), {"outputs": {"key": "/items/" + "9" * 900}}, "ANSWER_UNFIT"),
        (says({}), {"url": "http://127.0.0.1/a card"}, "CONFIG_INVALID"),
    ],
)  # fmt: skip
def test_a_bad_answer_fails_with_its_code(office: Office, answer, config, code):
    office.program.usual = answer
    one = _ended(office, **config)
    assert (one.status, one.error_code) == ("failed", code)


@pytest.mark.parametrize(
    ("hosts", "private", "code"),
    [("", True, "HOST_NOT_ALLOWED"), ("*.example.com", True, "HOST_NOT_ALLOWED"), ("127.0.0.1", False, None)],
)
def test_no_address_is_called_that_may_not_be(office: Office, hosts, private, code):
    """SEC-08."""
    settings = office.workbench.settings
    office.workbench.settings = replace(settings, call_hosts=hosts, private_calls=private)
    one = _ended(office)
    assert one.error_code in {code or "PRIVATE_ADDRESS", code or "HOST_NOT_ALLOWED"}
    assert office.program.got == []


def test_the_pages_of_a_list_are_read_one_after_the_other(office: Office):
    office.program.answers = [
        says({"items": [{"id": 1}], "next": "/cards?page=2"}),
        says({"items": [{"id": 2}, {"id": 3}], "next": None}),
    ]
    one = _ended(office, pages=PAGES, outputs={"all": "", "last": "/2/id"})
    assert one.output == {"all": [{"id": 1}, {"id": 2}, {"id": 3}], "last": 3}
    assert [got.path for got in office.program.got] == ["/cards", "/cards?page=2"]


def _echo(handler: BaseHTTPRequestHandler) -> None:
    says({"sent": dict(handler.headers), handler.headers["Authorization"]: [1]})(handler)


def _nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(f"{handler.headers['Authorization']}\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("answer", "config", "status", "code"),
    [
        (_echo, {"outputs": {"all": "", "sent": "/sent/Authorization"}}, "completed", None),
        (_echo, {"method": "PUT", "body": {}, "outputs": {"all": ""}}, "completed", None),
        (_echo, {"answer_schema": {"properties": {"sent": {"maxProperties": 1}}}}, "failed", "ANSWER_UNFIT"),
        (_nonsense, {}, "failed", "UNREACHABLE"),
    ],
)
def test_what_the_other_side_says_of_a_secret_is_kept_nowhere(
    office: Office, answer, config, status: str, code: str | None
):
    keep(office, token="hush'hush")
    office.program.usual = answer
    config["headers"] = {"Authorization": {"secret": "token"}}
    one = _ended(office, **config)
    assert [got.headers["authorization"] for got in office.program.got] == ["hush'hush"]
    assert (one.status, one.error_code) == (status, code)
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        kept = [*tx.find(Execution), *tx.find(Event), *tx.find(Notification), *tx.find(Task)]
    assert "hush" not in json.dumps([record.model_dump(mode="json") for record in kept])
    if "outputs" in config:
        assert "[secret token]" in json.dumps(one.output)


@pytest.mark.parametrize("secret", ["hush ", " hush", "hu\tsh", "hush\N{KEY}"])
def test_a_secret_that_no_header_holds_is_never_sent_nor_told(office: Office, secret: str):
    keep(office, token=secret)
    one = _ended(office, method="POST", headers={"X-Key": {"secret": "token"}})
    assert (one.status, one.error_code) == ("failed", "CONFIG_INVALID")
    assert "sh" not in one.error
    assert office.program.got == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, "failed") for status in (400, 404, 409, 425, 429)),
        *((status, "unknown") for status in (302, 303, 307, 408, 500, 503)),
    ],
)
def test_only_an_answer_that_says_so_leaves_no_doubt_that_nothing_happened(
    office: Office, status: int, expected: str
):
    """D9: a call without a key, which changes something each time that it is sent."""
    office.program.usual = says({}, status)
    assert _ended(office, method="POST", body={}).status == expected


def test_a_call_is_not_in_doubt_whose_connection_never_became_a_safe_one(office: Office):
    """The program speaks no TLS, so nothing of the request was sent."""
    one = _ended(office, method="POST", body={}, url=office.url.replace("http:", "https:"))
    assert (one.status, one.error_code) == ("failed", "UNREACHABLE")
    assert [step["state"] for step in one.step_results] == ["undone"]


def test_headers_of_the_task_stand_in_place_of_the_usual_ones(office: Office):
    _ended(office, method="PUT", body={}, headers={"accept": "text/csv", "content-type": "text/json"})
    (got,) = office.program.got
    assert (got.headers["accept"], got.headers["content-type"]) == ("text/csv", "text/json")


def test_of_all_pages_together_so_much_is_read_and_none_is_kept(office: Office):
    page = says({"items": ["x" * 150_000], "next": "/more"})
    office.program.answers = [page] * 3
    office.program.usual = says({"items": [], "next": None})
    one = _ended(office, pages={**PAGES, "most": 20}, outputs={"all": ""})
    assert (one.status, len(one.output["all"])) == ("completed", 3)
    assert [step["kept"] for step in one.step_results] == [None] * 4
    office.program.usual = page
    one = _ended(office, pages={**PAGES, "most": 20})
    assert (one.status, one.error_code) == ("failed", "ANSWER_TOO_LARGE")
    assert len(one.step_results) == 7
