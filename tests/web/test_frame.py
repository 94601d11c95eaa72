"""The frame is drawn once for many; each sees their own places and count, and where they are (P3)."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.app import Workbench
from tests.factories import make_task
from tests.web.conftest import Visitor


def _places(text: str) -> list[str]:
    found = re.search(r'<nav class="places".*?</nav>', text, re.DOTALL)
    assert found is not None
    return re.findall(r'<li[^>]*><a href="([^"]+)"', found[0])


def _here(text: str) -> list[str]:
    return re.findall(r'<a href="([^"]+)" aria-current="page"', text)


def _waiting(text: str) -> str:
    found = re.search(r'id="inbox-count" data-live( hidden)?>(\d+)', text)
    assert found is not None
    return found[2]


def test_each_sees_their_own_places_whoever_looked_before(as_user: Callable[[str], Visitor]):
    shown = {name: _places(as_user(name).get("/inbox").text) for name in ("mara", "ana", "pat", "mara")}
    assert "/people" in shown["mara"]
    assert "/people" not in shown["ana"]
    assert "/board" in shown["ana"]
    assert shown["pat"] == ["/inbox", "/worklogs"]


def test_the_place_where_one_is_is_marked_and_no_other(mara: Visitor):
    shown = {address: _here(mara.get(address).text) for address in ("/board", "/bundles", "/board")}
    assert shown == {"/board": ["/board"], "/bundles": ["/bundles"]}


def test_the_count_is_the_readers_and_of_this_moment(as_user: Callable[[str], Visitor], workbench: Workbench):
    ana, ben = as_user("ana"), as_user("ben")
    assert (_waiting(ana.get("/board").text), _waiting(ben.get("/board").text)) == ("0", "0")
    task = make_task(workbench, title="Call", assignee="ana")
    answer = as_user("mara").post(
        f"/tasks/{task.task_id}/notes", {"form": "note", "body": "@ana is this right?"}
    )
    assert answer.status_code == 303
    assert (_waiting(ana.get("/board").text), _waiting(ben.get("/board").text)) == ("2", "0")


def test_addresses_in_the_frame_are_below_where_the_board_is_mounted(mara: Visitor):
    plain = _places(mara.get("/board").text)
    below = _places(mara.get("/board?q=x", base_url="http://localhost/desk").text)
    assert below == [f"/desk{address}" for address in plain]
