"""What somebody may not see is answered as what is not there, by whatever name it is asked for (UPD-28)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from engine.accounts import service as accounts
from engine.app import Workbench
from engine.artifacts.models import Artifact
from engine.deliverables.models import Deliverable
from engine.tasks.models import Task
from tests.factories import make_people, make_task
from tests.told import saved
from tests.web.conftest import Visitor
from tests.web.populated import populate
from web.context import hold_workbench

#: Reports take what they are about from the query.
_QUERIES = (
    ("/reports/feedback?task={}", "task_id"),
    ("/reports/decisions?task={}&format=json", "task_id"),
    ("/reports/feedback?deliverable={}", "deliverable_id"),
    ("/board?bundle={}", "bundle_id"),
    ("/board?view=list&bundle={}", "bundle_id"),
    ("/inbox?item={}", "task_id"),
    ("/board?view=list&text=%23{}", "task_number"),
)
_NOWHERE = "00000000-0000-4000-8000-000000000000"


def addresses(app: Flask, argument: str) -> Iterator[tuple[str, str]]:
    """Yield the method and the address of everything that names a record by this argument."""
    for rule in app.url_map.iter_rules():
        if argument in rule.arguments:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, _address(rule, argument)
    yield from (("GET", path) for path, name in _QUERIES if name == argument)


def _address(rule: Rule, argument: str) -> str:
    given = {**dict.fromkeys(rule.arguments, "start"), argument: "{}"}
    built = rule.build(given, append_unknown=False)
    assert built is not None, rule
    return built[1].replace("%7B%7D", "{}")


@pytest.mark.few(1)
@pytest.mark.parametrize("who", ["eve", "pat"])
def test_a_hidden_record_and_none_at_all_are_answered_alike(app: Flask, workbench: Workbench, who: str):
    people = make_people(workbench)
    subjects = populate(workbench, people, 2)
    hold_workbench(app.extensions, workbench)
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "eve@example.com", "Eve", ["member"])
        hidden = tx.get(Task, subjects.task)
        hidden.task_number = 86420  # stands nowhere else on a page
        saved(tx, hidden)
    people["eve"] = workbench.actor_by_email("eve@example.com")
    with workbench.reading(workbench.operator()) as tx:
        artifact, version = tx.find(Artifact)[0], tx.get(Deliverable, subjects.version)
    visitor = Visitor.signed_in(app, people[who].user_id)
    token, told, asked = visitor.token(), [], 0
    for argument, name, absent in (
        ("task_id", hidden.task_id, "tsk_01M7YNAYM0000000000000ZZZZ"),
        ("task_id", str(hidden.task_number), "97531"),
        ("task_number", str(hidden.task_number), "97531"),
        ("task_id", hidden.task_uuid, _NOWHERE),
        ("bundle_id", subjects.bundle, "bnd_01M7YNAYM0000000000000ZZZZ"),
        ("deliverable_id", version.deliverable_id, "dlv_01M7YNAYM0000000000000ZZZZ"),
        ("artifact_id", artifact.artifact_id, "art_01M7YNAYM0000000000000ZZZZ"),
    ):
        for method, path in addresses(app, argument):
            for kind in ("text/html", "application/json"):
                options = {"headers": {"Accept": kind}}
                if method == "POST":
                    options["data"] = {"csrf_token": token, "title": "x", "body": "x", "reason": "x"}
                answers = [
                    visitor.client.open(path.format(one), method=method, **options) for one in (name, absent)
                ]
                texts = [
                    answer.text.replace(one, "IT")
                    for answer, one in zip(answers, (name, absent), strict=True)
                ]
                asked += 1
                if texts[0] != texts[1] or answers[0].status_code != answers[1].status_code:
                    told.append((method, path, name, kind))
    assert told == []
    assert asked > 150


def test_no_page_is_called_unchanged_to_who_never_had_it(app: Flask, workbench: Workbench):
    people = make_people(workbench)
    task = make_task(workbench, actor=people["mara"])
    hold_workbench(app.extensions, workbench)
    mara, ben = (Visitor.signed_in(app, people[who].user_id) for who in ("mara", "ben"))
    statuses = {"/people": 403, f"/tasks/{task.task_id}": 404, f"/tasks/{task.task_id}/story": 404}
    held = {path: mara.get(path).headers["ETag"] for path in statuses}
    for path, status in statuses.items():
        for tag in ("*", held[path]):
            assert ben.get(path, headers={"If-None-Match": tag}).status_code == status, (path, tag)
        assert mara.get(path, headers={"If-None-Match": held[path]}).status_code == 304
