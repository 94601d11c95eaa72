"""What a request sends, as a form or as JSON, is read by one parser; nothing of it is worth a 500."""

from __future__ import annotations

from typing import Any

import pytest

from engine.app import Workbench
from engine.tasks import assignment
from engine.tasks.models import Note, Task, TaskStatus
from tests.factories import make_bundle, make_task
from tests.web.conftest import Visitor
from web.csrf import HEADER

ASKED = {"Accept": "application/json"}


def send(visitor: Visitor, path: str, body: Any, **headers: str):
    return visitor.client.post(path, json=body, headers={HEADER: visitor.token(), **ASKED, **headers})


@pytest.fixture
def task(workbench: Workbench, people) -> Task:
    return make_task(workbench, actor=people["mara"])


def stored(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def test_json_does_at_the_same_address_what_a_form_does(mara: Visitor, workbench: Workbench, task: Task):
    answer = send(mara, f"/tasks/{task.task_id}/wait", {"waiting_for": "Acme", "follow_up_at": "2026-12-05"})
    assert answer.status_code == 200
    assert {name: answer.json[name] for name in ("task_id", "status", "revision")} == {
        "task_id": task.task_id,
        "status": "waiting",
        "revision": 2,
    }
    assert stored(workbench, task).waiting_for == "Acme"


def test_who_gives_a_task_away_that_was_not_theirs_is_told_that_it_is_done(
    ana: Visitor, workbench: Workbench, task: Task
):
    with workbench.transaction(workbench.operator()) as tx:
        assignment.assign(tx, task.task_id, "ana")
    answer = send(ana, f"/tasks/{task.task_id}/assign", {"assignee": "ben"})
    assert answer.status_code == 200
    said = "Assigned. Ben Brandt does it now."
    assert {**answer.json, "act_id": ""} == {"task_id": task.task_id, "said": said, "act_id": ""}
    assert ana.get(f"/tasks/{task.task_id}").status_code == 404


def test_json_that_wants_a_page_is_led_on_like_a_form(mara: Visitor, task: Task):
    answer = send(mara, f"/tasks/{task.task_id}/start", {}, Accept="text/html")
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.task_id}")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"waiting_for": "Acme", "until": "2026-12-05"}, "UNKNOWN_FIELD", "until"),
        ({}, "BAD_REQUEST", "waiting_for"),
        ({"waiting_for": 12}, "BAD_REQUEST", "waiting_for"),
        ({"waiting_for": "Acme", "follow_up_at": 12}, "BAD_REQUEST", "follow_up_at"),
        ({"waiting_for": "Acme", "follow_up_at": "2020-01-01"}, "BAD_REQUEST", "follow_up_at"),
    ],
)
def test_json_is_refused_field_by_field(
    mara: Visitor, workbench: Workbench, task: Task, body: dict[str, Any], code: str, field: str
):
    answer = send(mara, f"/tasks/{task.task_id}/wait", body)
    assert answer.status_code == 400
    assert [(item["code"], item["field"]) for item in answer.json["error"]["details"]] == [(code, field)]
    assert stored(workbench, task).status is TaskStatus.PENDING


@pytest.mark.parametrize("body", ["{", "[1]", "12", "[" * 100_000, '{"revision": ' + "9" * 5000 + "}"])
def test_a_body_that_is_no_object_or_no_number_is_refused(mara: Visitor, task: Task, body: str):
    answer = mara.client.post(
        f"/tasks/{task.task_id}/start",
        data=body,
        headers={HEADER: mara.token(), "Content-Type": "application/json", **ASKED},
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("kind", ["application/merge-patch+json", "text/plain", "application/xml"])
def test_a_body_of_another_type_is_refused_and_not_read_as_an_empty_form(
    mara: Visitor, workbench: Workbench, task: Task, kind: str
):
    """A program's revision would be lost without a word."""
    headers = {HEADER: mara.token(), "Content-Type": kind, **ASKED}
    answer = mara.client.post(f"/tasks/{task.task_id}/start", data='{"revision": 99}', headers=headers)
    assert answer.status_code == 400
    assert kind in answer.json["error"]["message"]
    assert stored(workbench, task).status is TaskStatus.PENDING


def test_a_body_that_is_too_large_is_called_so(mara: Visitor, task: Task):
    headers = {HEADER: mara.token(), "Content-Type": "application/json", **ASKED}
    body = '{"waiting_for": "' + "x" * (30 * 1024 * 1024) + '"}'
    answer = mara.client.post(f"/tasks/{task.task_id}/wait", data=body, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "FORM_TOO_LARGE")
    assert "longer than 512 KiB" in answer.json["error"]["message"], "the limit of files is another one"


def test_a_field_beside_files_is_told_of_the_limit_of_fields_and_a_file_of_that_of_files(
    mara: Visitor, task: Task
):
    opening = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n--b--\r\n'
    field = opening.format("label", "x" * (600 * 1024))
    file = opening.format('file"; filename="a.txt', "x" * (26 * 1024 * 1024))
    headers = {HEADER: mara.token(), "Content-Type": "multipart/form-data; boundary=b", **ASKED}
    for body, said in ((field, "longer than 512 KiB"), (file, "limit of 25 MiB")):
        answer = mara.client.post(f"/tasks/{task.task_id}/files", data=body, headers=headers)
        assert answer.status_code == 413
        assert said in answer.json["error"]["message"]


def test_a_form_without_its_token_is_refused_as_such_whatever_record_it_names(mara: Visitor, task: Task):
    for path in (
        f"/tasks/{task.task_id}/start",
        "/tasks/tsk_01UNKNOWN/start",
        "/tasks/tsk_01UNKNOWN/clone",
        "/bundles/bnd_01UNKNOWN/cancel",
        "/deliverables/dlv_01UNKNOWN/comments",
        "/approvals/apr_01UNKNOWN/decide",
        "/inbox/decide/apr_01UNKNOWN",
        "/inbox/review/tsk_01UNKNOWN",
        "/qa/tsk_01UNKNOWN/review",
        "/qa/tsk_01UNKNOWN/flag",
        "/people/users/usr_01UNKNOWN",
        "/recipes/unknown/new",
    ):
        answer = mara.client.post(path, data={"body": "what I typed"})
        assert (answer.status_code, path) == (403, path)
        assert "This form is out of date" in answer.text


def test_json_without_this_sessions_token_is_refused(mara: Visitor, workbench: Workbench, task: Task):
    answer = mara.client.post(f"/tasks/{task.task_id}/start", json={}, headers=ASKED)
    assert answer.status_code == 403
    assert stored(workbench, task).status is TaskStatus.PENDING


def test_what_a_form_sends_for_the_board_itself_or_for_nobody_is_left_alone(mara: Visitor, task: Task):
    fields = {"form": "wait", "back": "/board", "waiting_for": "Acme", "typo": "x"}
    assert mara.post(f"/tasks/{task.task_id}/wait", fields).location == "/board"


def test_a_text_of_a_form_has_the_usual_line_ends(mara: Visitor, workbench: Workbench, task: Task):
    mara.post(f"/tasks/{task.task_id}/notes", {"body": "one\r\ntwo\r\n"})
    with workbench.reading(workbench.operator()) as tx:
        [note] = tx.find(Note, task_id=task.task_id)
    assert note.body == "one\ntwo"


def test_a_verb_that_no_command_has_is_not_found(mara: Visitor, task: Task, workbench: Workbench):
    bundle = make_bundle(workbench)
    for path in (
        f"/tasks/{task.task_id}/dance",
        f"/tasks/{task.task_id}/create",
        f"/tasks/{task.task_id}/escalate",
        f"/bundles/{bundle.bundle_id}/create",
        f"/bundles/{bundle.bundle_id}/dance",
    ):
        assert mara.post(path).status_code == 404, path


LONG = "9" * 5000


@pytest.mark.parametrize(
    "path",
    [
        f"/board?q=%23{LONG[:1000]}",
        f"/board?due=<{LONG}d",
        f"/board?view=list&limit={LONG}",
        f"/board?view=list&offset={LONG}",
        f"/bundles?limit={LONG}",
        f"/qa?limit={LONG}",
        f"/tasks/{LONG}",
        f"/tasks/%23{LONG}",
        f"/tasks/0{LONG}",
        f"/reports/approvals?offset={LONG}",
    ],
)
def test_a_number_of_any_length_in_an_address_is_answered(mara: Visitor, path: str):
    """Python reads no number of more than 4,300 digits (S13)."""
    assert mara.get(path).status_code < 500


@pytest.mark.parametrize(
    ("rest", "fields"),
    [
        ("start", {"revision": LONG}),
        ("wait", {"waiting_for": "Acme", "follow_up_at": LONG}),
        ("defer", {"until": LONG}),
    ],
)
def test_a_number_of_any_length_in_a_form_is_refused(
    mara: Visitor, task: Task, rest: str, fields: dict[str, str]
):
    assert mara.post(f"/tasks/{task.task_id}/{rest}", fields).status_code == 400
