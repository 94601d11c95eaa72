"""Calling an API: what comes out of its answer, and what bad answers and addresses come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.engine.executions.conftest import Office
from tests.receiver import endless, megabytes, redirect, says

PAGES = {"next": "/next", "items": "/items"}


def _ended(office: Office, **config: Any):
    task = office.make(config=config, max_retries=0)
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
        (says({"next": "https://evil.example/2", "items": []}), {"pages": PAGES}, "ANSWER_UNFIT"),
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
