"""Whoever has the address of a feed reads what its person may see now; nobody else learns that it is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask

from engine.access import Actor, Role
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import NotFoundError
from engine.feeds import reading, service
from engine.feeds.models import Feed
from engine.tasks import create
from engine.tasks.models import Task
from tests.factories import do, make_bundle, make_task
from tests.told import saved
from tests.web.conftest import Visitor


@dataclass
class Reader:
    """A calendar program, which has no session."""

    app: Flask
    workbench: Workbench
    people: dict[str, Actor]

    def make(self, who: str, **given: object) -> str:
        """Make a feed and return its path."""
        path: str = do(self.workbench, self.people[who], "feed make", **given).path
        return path

    def get(self, path: str, **headers: str):
        return self.app.test_client().get(path, headers=headers)

    def titles(self, path: str) -> set[str]:
        answer = self.get(path)
        assert answer.status_code == 200
        return set(re.findall(r"SUMMARY:(.*)\r\n", answer.text))


@pytest.fixture
def reader(app: Flask, workbench: Workbench, people: dict[str, Actor]) -> Reader:
    make_task(workbench, actor=people["mara"], title="Of Ana", assignee="ana", due_date="2026-11-25")
    make_task(workbench, actor=people["mara"], title="Of Ben", assignee="ben", due_date="2026-11-26")
    make_task(workbench, actor=people["mara"], title="Without a date", assignee="ana")
    make_task(workbench, actor=people["mara"], title="Long ago", assignee="ana", due_date="2026-08-01")
    return Reader(app, workbench, people)


def test_a_feed_has_the_open_tasks_that_are_due_of_whoever_made_it(reader: Reader):
    path = reader.make("ana")
    answer = reader.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert reader.titles(path) == {"Of Ana"}
    assert answer.text.count("BEGIN:VTODO") == answer.text.count("BEGIN:VEVENT") == 1
    assert "BEGIN:VEVENT" not in reader.get(reader.make("ana", with_events=False)).text


def test_what_is_read_is_what_its_person_may_see_at_that_moment(reader: Reader):
    everything = reader.make("ana", kind="workspace")
    assert reader.titles(everything) == {"Of Ana"}
    assert reader.titles(reader.make("mara", kind="workspace")) == {"Of Ana", "Of Ben"}
    users = {"user_id": reader.people["ana"].user_id, "role": ["manager"]}
    do(reader.workbench, reader.workbench.operator(), "user change", **users)
    assert reader.titles(everything) == {"Of Ana", "Of Ben"}


def test_a_bundle_that_its_person_may_not_see_any_more_is_not_there(reader: Reader):
    bundle = make_bundle(reader.workbench, "untyped_work", actor=reader.people["ana"])
    path = reader.make("ana", kind="bundle", bundle_id=bundle.bundle_id)
    assert len(reader.titles(path)) == 1
    with reader.workbench.transaction(reader.people["mara"]) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id):
            task.owner_id = reader.people["mara"].user_id
            saved(tx, task)
        held = tx.get(type(bundle), bundle.bundle_id)
        held.owner_id = reader.people["mara"].user_id
        saved(tx, held)
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize("how", ["revoked", "closed account", "now a partner's", "another token"])
def test_an_address_that_is_none_any_more_is_as_if_it_had_never_been(reader: Reader, how: str):
    path = reader.make("ana")
    user_id = reader.people["ana"].user_id
    with reader.workbench.reading(reader.people["ana"]) as tx:
        [feed] = service.own(tx)
    if how == "revoked":
        do(reader.workbench, reader.people["ana"], "feed revoke", feed_id=feed.feed_id)
    elif how == "closed account":
        do(reader.workbench, reader.workbench.operator(), "user change", user_id=user_id, is_active=False)
    elif how == "another token":
        path = f"{path[:-5]}x.ics"
    else:
        with reader.workbench.transaction(reader.workbench.operator()) as tx:
            user = tx.get(User, user_id)
            user.roles = [Role.PARTNER]
            saved(tx, user)
    answer, never = reader.get(path), reader.get("/feeds/never.ics")
    assert (answer.status_code, answer.text) == (404, never.text) == (404, "There is no such feed.\n")


def test_unchanged_bytes_have_the_same_tag_and_are_not_sent_again(reader: Reader):
    path = reader.make("ana")
    first, second = reader.get(path), reader.get(path)
    assert first.data == second.data
    assert reader.get(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    make_task(
        reader.workbench, actor=reader.people["mara"], title="New", assignee="ana", due_date="2026-11-27"
    )
    again = reader.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, "SUMMARY:New" in again.text) == (200, True)


def test_the_token_is_kept_nowhere_and_no_answer_is_kept(reader: Reader):
    path = reader.make("ana")
    token = path.removeprefix("/feeds/").removesuffix(".ics")
    answer = reader.get(path)
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    with reader.workbench.reading(reader.people["ana"]) as tx:
        [feed] = tx.find(Feed)
        assert token not in feed.model_dump_json()
        assert [token in event.model_dump_json() for event in tx.find(Event)].count(True) == 0


def test_a_feed_is_made_on_a_page_that_shows_its_address_once_and_revoked_there(reader: Reader):
    ana = Visitor.signed_in(reader.app, reader.people["ana"].user_id)
    assert "No feeds yet" in ana.get("/feeds").text
    given = {"form": "feed", "kind": "person", "with_events": "true"}
    answer = ana.post("/feeds", given, follow_redirects=True)
    assert answer.headers["Cache-Control"] == "no-store"
    [path] = re.findall(r"(/feeds/[\w-]+\.ics)", answer.text)
    assert reader.titles(path) == {"Of Ana"}
    page = ana.get("/feeds").text
    assert path not in page
    assert "never" not in page
    [address] = re.findall(r'action="(/feeds/fed_\w+/revoke)"', page)
    ana.post(address, {})
    assert reader.get(path).status_code == 404
    assert "No feeds yet" in ana.get("/feeds").text


def test_nobody_revokes_the_feed_of_another_but_an_admin(reader: Reader):
    reader.make("ana")
    with reader.workbench.reading(reader.people["ana"]) as tx:
        [feed] = service.own(tx)
    ben = Visitor.signed_in(reader.app, reader.people["ben"].user_id)
    assert ben.post(f"/feeds/{feed.feed_id}/revoke", {}).status_code == 404
    do(reader.workbench, reader.workbench.operator(), "feed revoke", feed_id=feed.feed_id)


def test_a_person_has_twenty_feeds_at_most(reader: Reader):
    ana = Visitor.signed_in(reader.app, reader.people["ana"].user_id)
    for _ in range(service.MOST):
        reader.make("ana")
    assert "You have 20 feeds already" in ana.post("/feeds", {"form": "feed", "kind": "person"}).text


@pytest.mark.wide
def test_a_feed_of_thousands_of_tasks_has_those_that_are_due_first(reader: Reader):
    content = reader.workbench.content()
    with reader.workbench.transaction(reader.people["mara"]) as tx:
        for number in range(reading.MOST_TASKS + 100):
            fields = {"title": f"Later {number}", "task_type": "untyped", "due_date": "2027-01-05"}
            create.create(tx, content, create.NewTask.parse(fields))
    text = reader.get(reader.make("mara", kind="workspace", with_events=False)).text
    assert text.count("BEGIN:VTODO") == reading.MOST_TASKS
    assert "SUMMARY:Of Ana" in text


def test_the_page_that_shows_a_new_address_makes_no_other_when_it_is_loaded_again(reader: Reader):
    ana = Visitor.signed_in(reader.app, reader.people["ana"].user_id)
    made = ana.post("/feeds", {"form": "feed", "kind": "person"})
    assert (made.status_code, made.headers["Location"]) == (303, "/feeds")
    shown = ana.get("/feeds")
    assert shown.headers["Cache-Control"] == "no-store"
    [path] = re.findall(r"/feeds/[\w-]+\.ics", shown.text)
    assert reader.get(path).status_code == 200
    again = ana.get("/feeds").text
    assert ".ics" not in again
    assert again.count("data-item") == 1


def test_revoking_one_that_there_is_not_says_what_to_look_at(reader: Reader):
    with pytest.raises(NotFoundError, match="Look at those that there are"):
        do(reader.workbench, reader.people["ana"], "feed revoke", feed_id="x")
