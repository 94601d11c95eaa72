"""What an answer costs: pinned statements, however much there is, and next to none if it is known."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from flask import Flask

from engine.app import Workbench
from engine.errors import BadRequestError
from engine.jobs.workers import Workers
from tests.api.reading import *  # noqa: F403 - fixtures
from tests.api.reading import OF_ADMINS, Ask, Asking, address, listed, parents
from tests.factories import do, make_people
from tests.statements import counted
from tests.web.forgetting import forget
from tests.web.populated import Subjects, populate
from web.api import bodies
from web.context import hold_workbench

#: Who looks, in the order of the figures.
LOOKERS = ("mara", "ana")
#: Address -> the statements that it takes a manager and a member; None where it is not theirs. One of each
#: asks how far everything has come that the answer follows from.
TAKES: dict[str, tuple[int | None, int | None]] = {
    # Which, how many, the documents, all of their parts, and the files among those.
    "/tasks": (6, 6),
    "/tasks?q=work": (5, 6),
    "/tasks/stats": (5, 3),
    "/tasks/queue?order=dispatch": (13, 15),
    "/tasks/{task}": (4, 4),
    "/tasks/{task}/steps": (3, 3),
    "/tasks/{task}/proofs": (3, 3),
    "/tasks/{task}/notes": (3, 3),
    "/tasks/{task}/deliverables": (3, 3),
    "/tasks/{task}/approvals": (4, 4),
    "/tasks/{task}/files": (4, 4),
    "/tasks/{task}/reviews": (3, 3),
    "/tasks/{task}/executions": (3, 3),
    "/tasks/{task}/outputs": (4, 4),
    "/tasks/{task}/history": (6, 7),
    # What the planner asks about, as the page of the reminders does.
    "/tasks/{task}/reminders": (16, 15),
    "/bundles": (6, 6),
    "/bundles/{bundle}": (10, 11),
    "/bundles/{bundle}/links": (3, 4),
    "/bundles/{bundle}/tasks": (8, 8),
    "/bundles/{bundle}/history": (6, 7),
    "/deliverables/{version}": (3, 3),
    "/deliverables/{version}/comments": (5, 5),
    "/deliverables/{version}/history": (7, 7),
    "/approvals": (4, 1),
    "/approvals?task={judged}": (4, 4),
    # Of content alone, but for how far everything has come.
    "/templates": (1, 1),
    "/recipes": (3, 3),
    "/tickets": (6, 7),
    "/templates/blog_post": (1, 1),
    "/task-types": (1, 1),
    "/employees": (2, None),
    "/employees/{person}": (2, None),
    "/employees/{person}/absences": (3, None),
    "/absences": (3, 2),
    "/partners": (2, None),
    "/campaigns": (2, None),
    "/campaigns/{campaign}": (2, None),
    "/campaigns/{campaign}/attachments": (3, None),
    "/users": (3, None),
    "/sessions": (1, 1),
    "/schedules": (4, None),
    "/schedules/{schedule}": (7, None),
    "/schedules/{schedule}/starts": (3, None),
    "/reminders": (2, 2),
    "/worklogs": (3, None),
    "/worklogs/{worklog}": (2, None),
    "/reports": (1, 1),
    "/reports/late": (3, 3),
    "/proposals": (3, None),
    "/proposals/{proposal}": (3, None),
    "/proposals/{proposal}/files": (3, None),
    "/qa": (8, None),
    "/reviews": (2, 2),
    "/inbox": (2, 2),
    "/feeds": (2, 2),
    "/tokens": (2, 1),
    "/exports": (1, None),
    "/message-settings/me": (3, 3),
}


class Desk:
    """A populated workspace, and what asking its API takes."""

    def __init__(self, app: Flask, workbench: Workbench, asking: Asking, size: int) -> None:
        self.app, self.people = app, make_people(workbench)
        self.subjects: Subjects = populate(workbench, self.people, size)
        hold_workbench(app.extensions, workbench)
        self.asks: dict[str, Ask] = {who: asking(self.people[who]) for who in LOOKERS}

    def takes(self, who: str, path: str) -> int | None:
        """Return how many statements an answer takes in a process that knows nothing yet."""
        forget(self.app)
        with counted() as statements:
            answer = self.asks[who](path.format(**asdict(self.subjects)))
        assert answer.status_code in (200, 403, 404), (who, path, answer.text)
        return len(statements) if answer.status_code == 200 else None


@pytest.fixture(params=[2, pytest.param(22, marks=pytest.mark.wide)], ids=["few", "many"])
def desk(request, app, either_workbench, asking) -> Desk:
    return Desk(app, either_workbench, asking, request.param)


def test_every_answer_takes_its_statements_and_no_more_where_there_is_more(desk: Desk):
    taken = {path: tuple(desk.takes(who, path) for who in LOOKERS) for path in TAKES}
    assert taken == TAKES


def test_no_list_is_left_out(subjects):
    """Jobs and webhooks are an admin's alone."""
    pinned = {path.split("?", maxsplit=1)[0].format(**asdict(subjects)) for path in TAKES}
    of_admins = {address(one, parents(subjects)) for path, one in listed() if path in OF_ADMINS}
    assert {address(resource, parents(subjects)) for _, resource in listed()} - pinned == of_admins


# -- unchanged -----------------------------------------------------------------------------


def test_what_its_holder_knows_already_is_not_read_again(asking, everybody, subjects):
    """A list takes one statement; an item those that find out whether it is still theirs to see."""
    ask, of = asking(everybody["mara"]), parents(subjects)
    places = [address(resource, of) for path, resource in listed() if path not in OF_ADMINS]
    places += [
        f"/tasks/{subjects.task}",
        f"/bundles/{subjects.bundle}",
        "/tasks/stats",
        "/tasks/queue",
        "/reports/late",
    ]
    unchanged = set()
    for place in places:
        known = ask(place)
        assert known.status_code == 200, place
        if known.headers["Cache-Control"] == "no-store":
            assert "ETag" not in known.headers
            continue
        with counted() as statements:
            again = ask(place, If_None_Match=known.headers["ETag"])
        assert (again.status_code, again.data) == (304, b""), place
        assert again.headers["ETag"].removeprefix("W/") == known.headers["ETag"].removeprefix("W/")
        assert len(statements) <= 4, (place, statements)
        unchanged.add(place)
        assert ask(place, If_None_Match='"else"').status_code == 200
    fresh = {"/sessions", "/tokens", "/exports", "/inbox", "/tickets", f"/tasks/{subjects.task}/reminders"}
    assert set(places) - unchanged == fresh


@pytest.mark.parametrize(
    ("command", "given", "changed"),
    [
        ("task note", {"body": "Done soon."}, {"task", "notes", "bundle", "history", "list"}),
        ("task update", {"title": "Another title"}, {"task", "bundle", "history", "list"}),
        ("task add-step", {"title": "One more"}, {"task", "bundle", "history", "list"}),
        (
            "task add-link",
            {"label": "Plan", "url": "https://a.example"},
            {"task", "bundle", "history", "list"},
        ),
    ],
)
def test_what_changes_an_answer_changes_its_tag(
    asking, everybody, subjects, populated, command, given, changed
):
    ask = asking(everybody["mara"])
    places = {
        "task": f"/tasks/{subjects.task}",
        "notes": f"/tasks/{subjects.task}/notes",
        "bundle": f"/bundles/{subjects.bundle}",
        "history": f"/tasks/{subjects.task}/history",
        "list": "/tasks",
        "people": "/employees",
    }
    before = {name: ask(place) for name, place in places.items()}
    do(populated, everybody["mara"], command, task_id=subjects.task, **given)
    after = {name: ask(place, If_None_Match=before[name].headers["ETag"]) for name, place in places.items()}
    assert {name for name, answer in after.items() if answer.status_code == 200} >= changed
    assert after["people"].status_code == 304
    for name, answer in after.items():
        if answer.status_code == 304:
            assert ask(places[name]).data == before[name].data, name


def test_a_tag_is_good_for_its_holder_alone(asking, everybody, subjects):
    place = f"/tasks/{subjects.task}"
    tag = asking(everybody["mara"])(place).headers["ETag"]
    assert asking(everybody["sam"])(place, If_None_Match=tag).status_code == 200
    assert asking(everybody["bot"])(place, If_None_Match=tag).status_code == 404


def test_what_becomes_late_is_told_though_nothing_happens(asking, everybody, subjects, populated):
    deadline = (populated.clock.now() + timedelta(minutes=2)).isoformat()
    do(populated, everybody["mara"], "task update", task_id=subjects.task, deadline=deadline)
    ask = asking(everybody["mara"])
    known = ask("/tasks?overdue=yes")
    populated.clock.advance(minutes=3)
    later = ask("/tasks?overdue=yes", If_None_Match=known.headers["ETag"])
    assert later.status_code == 200
    assert later.json["total"] == known.json["total"] + 1


def test_the_queue_is_told_anew_when_workers_come_and_go_without_an_event(asking, everybody, populated):
    ask, workers, name = asking(everybody["mara"]), Workers(populated.database), "machine:7"
    workers.enter(name, "token", release="0.4.0", threads=2, does=[])
    known = ask("/tasks/queue")
    assert ask("/tasks/queue", If_None_Match=known.headers["ETag"]).status_code == 304
    workers.leave(name, "token")
    later = ask("/tasks/queue", If_None_Match=known.headers["ETag"])
    assert later.status_code == 200
    assert name not in later.text


def test_the_tag_of_an_item_begins_with_its_revision(asking, everybody, subjects):
    answer = asking(everybody["mara"])(f"/tasks/{subjects.task}")
    assert bodies.revision_in(answer.headers["ETag"]) == answer.json["revision"]


@pytest.mark.parametrize(("tag", "revision"), [('"3"', 3), ('W/"3"', 3), ('"12.0a1b"', 12), (' "3.0a" ', 3)])
def test_a_revision_is_read_from_a_tag(tag: str, revision: int):
    assert bodies.revision_in(tag) == revision


@pytest.mark.parametrize("tag", ["*", "3", '"x"', '"3.x"', '""', '"3", "4"', '"99999999999999999999"', '"0"'])
def test_what_is_no_tag_of_an_item_is_refused(tag: str):
    with pytest.raises(BadRequestError, match="If-Match"):
        bodies.revision_in(tag)
