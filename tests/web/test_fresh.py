"""A view that says that nothing changed is right: each verb, and every live page before and after it (D10).

Which views an event concerns is a table kept by hand (``engine.audit.topics``); this is what would notice a
line that is missing in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from flask import Flask

from engine.accounts.models import User
from engine.app import Workbench
from engine.artifacts.models import ArtifactLink
from engine.audit import topics
from engine.audit.models import Action, Event
from engine.clock import FixedClock
from engine.reference.models import Employee
from engine.tasks.models import Task
from tests.conftest import NOW
from tests.factories import do
from tests.web.conftest import Visitor
from tests.web.forgetting import forget
from tests.web.test_verb_statements import VERBS, Doing
from web import live
from web.context import hold_workbench

PAGES = (
    "/board",
    "/board?view=list",
    "/board?view=list&status=all&sort=-updated_at",
    "/my-work",
    "/inbox",
    "/inbox?seen=1",
    "/bundles",
    "/bundles/{bundle}",
    "/stuck",
    "/queue",
    "/people",
    "/qa",
    "/tasks/{task}/story",
    "/bundles/{bundle}/story",
    "/deliverables/{version}/story",
    "/qa/{to_score}",
    "/tasks/{task}/clone",
    "/tasks/{pending}",
    "/tasks/{task}",
    "/tasks/{judged}",
    "/tasks/{shown_task}",
    "/tasks/{lost}",
    "/tasks/{to_score}",
    "/tasks/{help}",
    "/tasks/{claimable}",
    "/tasks/{automated}/track",
    "/tasks/{help}/track",
    "/bundles/{bundle}?order=shown&documents=shown",
    "/bundles/{bundle}/cancel",
    "/inbox?item={internal}",
    "/inbox?item={portal}",
    "/inbox?item={help}",
    "/inbox?item={permitted}",
)
LOOKERS = ("mara", "ana", "ben", "pat")
_ACME = {"key": "acme_spring", "partner": "acme", "name": "Acme spring", "people": {"writer": "ana"}}
_GUIDE = {"label": "Guide 0", "url": "https://acme.example/0", "type": "guidelines"}
#: What no verb of ``VERBS`` does: who does it, by which command, and with what.
OTHERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("mara", "task escalate", {}),
    ("mara", "task drop-dependency", {"task_id": "{lost}", "other_id": "{blocker}"}),
    ("mara", "task approve-file", {"task_id": "{task}", "artifact_id": "{artifact}"}),
    ("operator", "employee training", {"employee_id": "{employee}", "training": True}),
    ("operator", "reference load", {"document": {"partners": [{"key": "acme", "name": "Acme & Co."}]}}),
    ("operator", "reference load", {"document": {"campaigns": [{**_ACME, "attachments": [_GUIDE]}]}}),
    ("operator", "user add", {"email": "kim@example.com", "name": "Kim", "role": ["manager"]}),
    ("operator", "user link", {"user_id": "{user}"}),
    ("operator", "user change", {"user_id": "{user}", "role": ["strategist"]}),
    ("mara", "bundle cancel", {"bundle_id": "{bundle}", "reason": "No."}),
)
#: What differs from one answer to the next though nothing was changed.
_PASSING = re.compile(
    r'name="csrf_token" value="[^"]*"|data-cursor="[\d.]+"|name="idempotency_key" value="[^"]*"'
)


@dataclass(frozen=True)
class Seen:
    """A page as somebody holds it."""

    text: str
    tag: str


@pytest.fixture
def doing(app: Flask, workbench: Workbench) -> Doing:
    return Doing(app, workbench, 2)


def look(visitor: Visitor, path: str, held: Seen | None = None) -> Seen | None:
    """Ask for a page as its script does; None where it is not theirs, or what they hold is fresh."""
    headers = {"X-Live": "1", **({"If-None-Match": held.tag} if held else {})}
    answer = visitor.get(path, headers=headers)
    if answer.status_code != 200:
        return None
    return Seen(_PASSING.sub("", answer.text), answer.headers.get("ETag", ""))


def others_of(doing: Doing) -> dict[str, str]:
    """Return the ids that pages and commands name beside those of ``populated``."""
    with doing.workbench.reading(doing.workbench.operator()) as tx:
        [user], [ana] = tx.find(User, email="w0@example.com"), tx.find(Employee, key="ana")
        file = tx.find(ArtifactLink, task_id=doing.ids["task"])[0]
        lost = tx.get(Task, doing.ids["lost"])
    return {
        "user": user.user_id,
        "employee": ana.employee_id,
        "artifact": file.artifact_id,
        "blocker": lost.depends_on[0],
        "internal": doing._judged("internal", "judged")["internal"],
        "portal": doing._judged("portal", "shown_task")["portal"],
    }


def command(doing: Doing, ids: dict[str, str], who: str, name: str, given: dict[str, Any]) -> None:
    """Do a command that has no form."""
    actor = doing.workbench.operator() if who == "operator" else doing.people[who]
    filled = {key: value.format(**ids) if isinstance(value, str) else value for key, value in given.items()}
    do(doing.workbench, actor, name, **filled)


@pytest.fixture(params=["one process", "two processes"])
def looking(request: pytest.FixtureRequest, doing: Doing, clock: FixedClock) -> Iterator[Workbench]:
    """The engine of the process that shows the pages; the verbs are always done in ``doing``'s."""
    if request.param == "one process":
        yield doing.workbench
        return
    engine = Workbench(doing.workbench.settings, clock=clock, catalog=doing.workbench.catalog)
    yield engine
    engine.close()


@pytest.mark.wide
def test_no_view_is_called_unchanged_that_a_verb_has_changed(app: Flask, doing: Doing, looking: Workbench):
    hold_workbench(app.extensions, looking)
    ids = {**doing.ids, **others_of(doing)}
    pages = [(who, page.format(**ids)) for who in LOOKERS for page in PAGES]
    kept = {place: seen for place in pages if (seen := look(doing.visitors[place[0]], place[1]))}
    spared = 0
    verbs = [partial(doing.do, verb) for verb in VERBS]
    for does in [*verbs, *(partial(command, doing, ids, *one) for one in OTHERS)]:
        hold_workbench(app.extensions, doing.workbench)
        does()
        hold_workbench(app.extensions, looking)
        for (who, path), held in list(kept.items()):
            fresh = look(doing.visitors[who], path, held)
            if fresh is None:
                spared += 1
                forget(app)
                whole = look(doing.visitors[who], path)
                assert whole is None or whole.text == held.text, (does, who, path)
            else:
                kept[who, path] = fresh
    assert spared > 100, "a verb is no concern of many views"


def test_a_note_makes_its_task_and_inboxes_ask_afresh_and_no_board_and_no_other_task(doing: Doing):
    mara = doing.visitors["mara"]
    pages = ("/board", "/my-work", "/bundles", "/inbox", "/tasks/{lost}", "/tasks/{task}")
    paths = [page.format(**doing.ids) for page in pages]
    held = {path: look(mara, path) for path in paths}
    doing.visitors["ana"].post(f"{paths[-1]}/notes", {"body": "Ask the printer."})
    assert [path for path in paths if look(mara, path, held[path])] == ["/inbox", paths[-1]]


def test_a_note_on_what_waits_is_in_the_inbox_at_once_also_after_all_was_marked_as_seen(doing: Doing, clock):
    mara = doing.visitors["mara"]
    clock.advance(minutes=1)
    mara.post("/inbox/seen")
    page = f"/inbox?item={doing._judged('internal', 'judged')['internal']}"
    held = look(mara, page)
    doing.visitors["ana"].post(f"/tasks/{doing.ids['judged']}/notes", {"body": "Do not approve it yet."})
    fresh = look(mara, page, held)
    assert fresh is not None
    assert "Do not approve it yet." in fresh.text


def test_a_link_that_a_task_fills_concerns_the_bundle_itself():
    given = dict.fromkeys(Event.model_fields, "") | {
        "seq": 1, "occurred_at": NOW, "before": None, "after": None, "record_hashes": None,
        "action": Action.LINK_FILLED, "actor_kind": "user", "entity_type": "bundle_links",
        "task_id": "tsk_1", "bundle_id": "bnd_1",
    }  # fmt: skip
    assert topics.bundle_itself("bnd_1") in topics.concerned(Event.model_validate(given))


def test_nothing_is_kept_of_addresses_that_no_record_can_have(app: Flask, doing: Doing):
    visitor, task = doing.visitors["mara"], doing.ids["task"]
    followed = live.followed_by(app.view_functions["tasks.show"])
    assert isinstance(followed, live.FollowedRecord)
    followed.forget()
    assert visitor.get(f"/tasks/{'9' * 20_000}").status_code == 404
    assert visitor.get(f"/tasks/{task}").status_code == 200
    assert [list(kept) for kept in followed._kept.values()] == [[task]]
