"""One message to one address: how long, how much of the answer, and where it may go (SEC-08)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import BadRequestError
from engine.webhooks import letters, posting
from tests import receiver

#: Longer than any delay with its jitter.
LONGER = 1.2


def test_a_receiver_that_hangs_is_given_so_long(program: receiver.Receiver):
    program.usual = receiver.hang(2)
    answer = posting.post(program.url, {}, b"{}", private=True, seconds=0.3)
    assert answer.status is None
    assert answer.failure is not None
    assert "in time" in answer.failure
    assert 250 < answer.milliseconds < 1_500


@pytest.mark.parametrize("beginning", [receiver.endless, receiver.broken])
@pytest.mark.parametrize(("status", "failure"), [(202, None), (500, "It answered with status 500.")])
def test_the_status_says_whether_it_was_taken_however_the_answer_goes_on(
    program: receiver.Receiver, beginning: Any, status: int, failure: str | None
):
    program.usual = beginning(status)
    answer = posting.post(program.url, {}, b"{}", private=True, seconds=0.5)
    assert (answer.status, answer.text, answer.failure) == (status, None, failure)


def test_nobody_listens(program: receiver.Receiver):
    answer = posting.post("http://127.0.0.1:1/", {}, b"{}", private=True)
    assert answer.failure is not None
    assert "could not be reached" in answer.failure


@pytest.mark.parametrize(
    ("url", "leads_to", "private", "says"),
    [
        ("https://inside.example/", "10.0.0.7", False, "not a public address"),
        ("https://inside.example/", "127.0.0.1", False, "not a public address"),
        ("https://inside.example/", "::ffff:192.168.1.1", False, "not a public address"),
        ("https://inside.example/", "169.254.169.254", True, "not a public address"),
        ("https://inside.example/", "fe80::1", True, "not a public address"),
        ("http://inside.example/", "10.0.0.7", True, "by https alone"),
        ("http://inside.example/", "93.184.216.34", True, "by https alone"),
        ("http://inside.example/", "93.184.216.34", False, "https"),
        ("https://inside.example:22/", "93.184.216.34", False, "port"),
        ("https://127.0.0.1/", "", False, "no public address"),
        ("https://[::ffff:10.0.0.1]/", "", False, "no public address"),
        ("https://169.254.169.254/", "", True, "no public address"),
    ],
)
def test_what_is_not_public_is_not_asked(url: str, leads_to: str, private: bool, says: str):
    answer = posting.post(url, {}, b"{}", private=private, resolve=lambda *_: [leads_to])
    assert answer.status is None
    assert says in (answer.failure or "")


@pytest.mark.parametrize("url", ["http://billing.example.com/", "http://127.0.0.1:8080/"])
def test_an_address_without_https_is_refused_unless_a_setting_opens_this_machine(url: str):
    with pytest.raises(BadRequestError, match="must begin with https"):
        letters.check_url(url, private=False)
    assert letters.check_url(url, private=True).scheme == "http"
