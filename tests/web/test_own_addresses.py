"""An address of the board is one of the board however it is written, its host in front or not (S14)."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.deliverables.models import Deliverable
from tests import judged
from tests.web.conftest import Visitor
from web.addresses import without_our_host

JSON = {"Accept": "application/json"}


def hand_over(visitor: Visitor, row: Deliverable, url: str):
    path = f"/tasks/{row.task_id}/deliverables/{row.deliverable_id}"
    return visitor.post(path, {"url": url}, headers=JSON)


@pytest.mark.parametrize(
    "shape", ["http://localhost/tasks/{}", "HTTP://LocalHost:80//tasks/{}?a=b", "https://localhost/qa/%23{}"]
)
def test_a_page_of_the_board_cannot_be_handed_over_with_its_host(
    mara: Visitor, workbench, people, shape: str
):
    task, row = judged.begin(workbench, people["mara"])
    answer = hand_over(mara, row, shape.format(task.task_number))
    assert answer.status_code == 400
    assert "is a page of this board" in answer.json["error"]["message"]


def test_a_page_of_the_board_is_known_by_the_address_that_people_open_too(mara: Visitor, workbench, people):
    """A proxy may ask the board under another name than people do (N5)."""
    workbench.settings = workbench.settings.with_options(public_url="https://board.example.com")
    task, row = judged.begin(workbench, people["mara"])
    for site in ("https://board.example.com", "http://localhost"):
        answer = hand_over(mara, row, f"{site}/tasks/{task.task_number}")
        assert (answer.status_code, "is a page of this board" in answer.text) == (400, True)


def test_a_task_of_that_number_elsewhere_is_one_of_elsewhere(mara: Visitor, workbench: Workbench, people):
    task, row = judged.begin(workbench, people["mara"])
    url = f"https://tracker.example/tasks/{task.task_number}"
    assert hand_over(mara, row, url).status_code == 200
    with workbench.reading(people["mara"]) as tx:
        assert tx.get(Deliverable, row.deliverable_id).deliverable_url == url


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://board.example/tasks/1", "board.example", "/tasks/1"),
        ("https://board.example:443/tasks/1?a#b", "board.example", "/tasks/1?a#b"),
        (" http://board.example:8000 ", "board.example:8000", "/"),
        ("https://sam@board.example/tasks/1", "board.example", "/tasks/1"),
        ("http://[::1]:8000/tasks/1", "[::1]:8000", "/tasks/1"),
        ("https://board.example./tasks/1", "board.example", "/tasks/1"),
        ("https://board.example/tasks/1", "board.example.", "/tasks/1"),
        ("https://board.example:8443/tasks/1", "board.example", None),
        ("https://other.example/tasks/1", "board.example", None),
        ("ftp://board.example/tasks/1", "board.example", None),
        ("https://board.example:x/", "board.example", None),
        ("https://[/", "board.example", None),
        ("/tasks/1", "board.example", None),
        ("", "board.example", None),
    ],
)
def test_only_the_host_by_which_the_board_was_reached_is_taken_off(url: str, host: str, path: str | None):
    assert without_our_host(url, host) == (url if path is None else path)
