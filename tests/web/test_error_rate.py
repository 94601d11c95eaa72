"""More than one request of a hundred fails: admins are told, once in a day (NFR-029)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from engine.accounts.models import User
from engine.errors import StoreUnavailableError
from engine.notifications.models import Notification, NotificationKind
from tests.web.conftest import Visitor
from web.error_rate import ErrorRate, Rate, telling_admins
from web.observing import observed


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 6000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock_of_rate() -> Clock:
    return Clock()


def noted(rate: ErrorRate, requests: int, failed: int) -> None:
    for _ in range(requests - failed):
        rate.note(failed=False)
    for _ in range(failed):
        rate.note(failed=True)
    for thread in threading.enumerate():
        if thread.name == "error rate":
            thread.join()


@pytest.mark.parametrize(
    ("requests", "failed", "is_high"),
    [(99, 99, False), (100, 1, False), (100, 2, True), (1000, 10, False), (1000, 11, True), (0, 0, False)],
)
def test_a_rate_is_high_beyond_one_of_a_hundred_of_a_hundred_at_least(requests, failed, is_high):
    assert Rate(requests, failed).is_high is is_high


def test_it_is_told_once_however_many_fail_after_that(clock_of_rate: Clock):
    told: list[Rate] = []
    rate = ErrorRate(told.append, clock_of_rate)
    noted(rate, 98, 0)
    noted(rate, 1, 1)
    assert told == [], "99 are too few"
    noted(rate, 1, 1)
    assert told == [Rate(100, 2)]
    noted(rate, 50, 50)
    assert len(told) == 1


def test_what_is_longer_ago_than_five_minutes_counts_no_more(clock_of_rate: Clock):
    rate = ErrorRate(lambda _: None, clock_of_rate)
    for minute in range(8):
        clock_of_rate.seconds = 6000.0 + 60 * minute
        noted(rate, 10 + minute, 1)
    assert rate.rate() == Rate(13 + 14 + 15 + 16 + 17, 5)
    clock_of_rate.seconds += 3600
    assert rate.rate() == Rate(0, 0)


def test_all_processes_of_a_server_count_together(clock_of_rate: Clock):
    told: list[Rate] = []
    rate = ErrorRate(told.append, clock_of_rate)
    rate.place = 3
    noted(rate, 60, 1)
    rate.place = 7
    noted(rate, 60, 1)
    assert told == [Rate(120, 2)]


def test_what_cannot_be_told_now_is_told_with_a_later_request(clock_of_rate: Clock, caplog):
    is_away, told = [True], list[Rate]()

    def tell(rate: Rate) -> None:
        if is_away[0]:
            raise StoreUnavailableError("It is gone.", public="It is gone.")
        told.append(rate)

    rate = ErrorRate(tell, clock_of_rate)
    noted(rate, 100, 100)
    assert caplog.text.count("nobody can be told yet") == 1, "it is not tried with each of them"
    is_away[0] = False
    noted(rate, 1, 0)
    assert told == []
    clock_of_rate.seconds += 31
    noted(rate, 1, 0)
    assert told == [Rate(100, 100)]


def told_of(workbench) -> dict[str, list[str]]:
    with workbench.reading(workbench.operator()) as tx:
        names = {user.user_id: user.name for user in tx.find(User)}
        found: dict[str, list[str]] = {}
        for one in tx.find(Notification):
            assert one.kind is NotificationKind.REQUESTS_FAIL
            found.setdefault(names[one.user_id], []).append(one.title)
        return found


def test_admins_are_told_in_their_inbox_once_in_a_day(workbench, people, clock, as_user: Callable):
    tell = telling_admins(workbench)
    tell(Rate(200, 3))
    tell(Rate(400, 100))
    assert told_of(workbench) == {"Local operator": ["3 of the last 200 requests failed (1.5 %)"]}
    clock.advance(days=1)
    tell(Rate(100, 50))
    assert len(told_of(workbench)["Local operator"]) == 2


def test_the_inbox_of_an_admin_says_what_failed_and_where_to_look(workbench, app):
    telling_admins(workbench)(Rate(200, 3))
    page = Visitor.signed_in(app, workbench.operator().user_id).get("/inbox").text
    assert "3 of the last 200 requests failed (1.5 %)" in page
    assert "The board fails those who use it" in page
    assert "<code>workbench doctor</code> looks for the cause" in page


def test_failed_requests_are_counted_and_programs_that_ask_how_it_is_are_not(visitor, ana, app, monkeypatch):
    ana.get("/board")
    visitor.get("/healthz")
    visitor.get("/readyz")
    assert observed(app).error_rate.rate() == Rate(1, 0)
    monkeypatch.setitem(app.view_functions, "board.show", lambda: 1 / 0)
    assert ana.get("/board").status_code == 500
    assert observed(app).error_rate.rate() == Rate(2, 1)
