"""Commands over HTTP: what is sent, what is answered, and that it is what the command line answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from engine.app import Workbench
from engine.deliverables.models import Approval
from engine.tasks.models import Task
from tests.api.conftest import ApiClient

Api = Callable[[str], ApiClient]
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def make(client: ApiClient, **given):
    answer = client.post("/tasks", {"title": "Order badges", "task_type": "untyped", **given})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_task_is_made_worked_and_completed_by_any_of_its_names(api: Api):
    answer = api("mara").post("/tasks", {"title": "Badges", "task_type": "untyped", "assignee": "ana"})
    task = answer.json
    assert answer.headers["Location"] == f"/api/tasks/{task['task_id']}"
    assert answer.headers["ETag"] == f'"{task["revision"]}"'
    assert task["done"]["message"].startswith("Made")
    ana = api("ana")
    for reference in (task["task_id"], task["task_number"], task["task_uuid"]):
        found = ana.patch(f"/tasks/{reference}", {"priority": "high"})
        assert found.json["task_id"] == task["task_id"]
    assert ana.post(f"/tasks/{task['task_id']}/start").json["status"] == "in_progress"
    done = ana.post(f"/tasks/{task['task_id']}/complete")
    assert (done.status_code, done.json["status"]) == (200, "completed")


def test_delete_calls_a_task_off_and_refuses_one_in_progress(api: Api):
    mara = api("mara")
    task = make(mara)
    gone = mara.delete(f"/tasks/{task['task_id']}")
    assert (gone.json["status"], gone.json["status_reason"]) == ("cancelled", "Cancelled by user")
    begun = make(mara, assignee="mara")["task_id"]
    mara.post(f"/tasks/{begun}/start")
    refused = mara.delete(f"/tasks/{begun}", {"reason": "Too late"})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "CONFLICT")
    assert mara.post(f"/tasks/{begun}/cancel", {"reason": "Too late"}).json["status"] == "cancelled"


def test_approve_and_reject_say_the_verdict_of_a_human_review(api: Api):
    mara = api("mara")
    given = {"assigned_to_bot": True, "requires_human_review": True}
    first, second = (make(api("sam"), **given)["task_id"] for _ in range(2))
    approved = mara.post(f"/tasks/{first}/approve", {"notes": "Go"})
    assert approved.json.get("status") == "queued", approved.text
    rejected = mara.post(f"/tasks/{second}/reject", {"reason": "Not now"})
    assert rejected.json["status_reason"] == "Rejected: Not now"
    twice = mara.post(f"/tasks/{second}/reject", {"reason": "Not now", "verdict": "approve"})
    assert twice.json["error"]["code"] == "UNKNOWN_FIELD"


def test_the_answer_is_what_the_command_line_prints(api: Api, cli):
    mara = api("mara")
    task = make(mara)
    over_http = mara.post(f"/tasks/{task['task_id']}/note", {"body": "The page is live."}).json
    printed = cli("--as", "mara@example.com", "task", "show", task["task_id"], "--json").json
    assert {name: value for name, value in over_http.items() if name != "done"} == printed

    started = mara.post("/bundles", {"template": "newsletter", "anchor_date": "2027-03-01"})
    assert started.status_code == 201
    printed = cli("--as", "mara@example.com", "bundle", "show", started.json["bundle_id"], "--json").json
    left = {name: value for name, value in started.json.items() if name not in ("done", "warnings")}
    assert left == printed


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        ("partner add initech --name Initech", "/partners", {"key": "hooli", "name": "Hooli"}),
        (
            "task bulk 1 --priority high --dry-run",
            "/tasks/bulk",
            {"tasks": ["1"], "priority": "high", "dry_run": True},
        ),
        ("feed make", "/feeds", {}),
        ("inbox seen", "/inbox/seen", {}),
        ("employee training ben --on", "/employees/ana/training", {"training": True}),
        ("task quick call --dry-run", "/tasks/quick", {"line": "call", "dry_run": True}),
    ],
)
def test_the_names_in_an_answer_are_those_of_the_command_line(api: Api, cli, words, path, body):
    make(api("mara"))
    who = ["--as", "mara@example.com"]
    printed = set(cli(*who, *words.split(), "--json").json)
    answered = set(api("mara").post(path, body).json)
    renamed = {"changed" if name == "done" else name for name in printed}
    assert answered == renamed | {"done"}


def test_camel_case_is_read_and_answered_and_own_data_stays_as_it_is(api: Api):
    mara = api("mara")
    body = {"title": "Badges", "taskType": "untyped", "dueDate": "2027-03-01", "metadata": {"my_key": 1}}
    answer = mara.post("/tasks?case=camel", body)
    task = answer.json
    assert (task["dueDate"], task["metadata"]) == ("2027-03-01", {"my_key": 1})
    assert "actId" in task["done"]
    refused = mara.post("/tasks?case=camel", {"title": "B", "taskType": "untyped", "dueDate": "soon"})
    assert refused.json["error"]["details"][0]["field"] == "dueDate"
    assert mara.post("/tasks?case=snail", body).json["error"]["code"] == "BAD_REQUEST"


def test_if_match_refuses_what_was_changed_since_it_was_read(api: Api):
    mara = api("mara")
    task = make(mara)
    path, read = f"/tasks/{task['task_id']}", f'"{task["revision"]}"'
    changed = mara.patch(path, {"priority": "high"}, headers={"If-Match": read})
    assert changed.status_code == 200
    stale = mara.patch(path, {"priority": "low"}, headers={"If-Match": read})
    assert (stale.status_code, stale.json["error"]["code"]) == (412, "STALE_WRITE")
    fresh = changed.headers["ETag"]
    assert mara.patch(path, {"priority": "low"}, headers={"If-Match": fresh}).status_code == 200
    assert mara.patch(path, {"priority": "high"}, headers={"If-Match": "*"}).status_code == 200
    assert mara.patch(path, {"priority": "high"}).status_code == 200


@pytest.mark.parametrize("read", ["7", '"0"', '"x"', '"1", "2"', ""])
def test_an_if_match_that_is_no_etag_is_refused(api: Api, read: str):
    task = make(api("mara"))
    answer = api("mara").patch(f"/tasks/{task['task_id']}", {"priority": "high"}, headers={"If-Match": read})
    assert (answer.status_code, answer.json["error"]["details"][0]["field"]) == (400, "If-Match")


def test_if_match_is_refused_where_nothing_looks_at_it(api: Api):
    answer = api("mara").post("/partners", {"key": "i", "name": "I"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "BAD_REQUEST")


def test_a_file_is_sent_as_a_part_of_a_form_with_the_same_fields(api: Api, workbench: Workbench):
    mara = api("mara")
    task = make(mara)
    form = {"label": "Shelf", "type": "picture", "file": (io.BytesIO(PICTURE), "shelf.png")}
    answer = mara.post(f"/tasks/{task['task_id']}/file", data=form, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
    [file] = answer.json["files"]
    assert (file["file_name"], file["label"]) == ("shelf.png", "Shelf")
    unknown = {"lable": "Shelf", "type": "picture", "file": (io.BytesIO(PICTURE), "shelf.png")}
    refused = mara.post(f"/tasks/{task['task_id']}/file", data=unknown, content_type="multipart/form-data")
    assert refused.json["error"]["code"] == "UNKNOWN_FIELD"


def test_a_name_that_is_taken_is_refused_with_a_detail_as_every_other(api: Api):
    """A client that reads each detail's code, as the description lets it, goes on."""
    taken = {"name": "Blog post", "task_type": "untyped", "tasks": "Order badges"}
    refused = api("mara").post("/proposals", taken)
    assert refused.status_code == 409, refused.text
    [detail] = refused.json["error"]["details"]
    assert (detail["code"], detail["field"]) == ("CONFLICT", "name")


def test_fields_of_a_form_may_be_in_camel_case(api: Api):
    mara = api("mara")
    task = make(mara)
    mara.post(f"/tasks/{task['task_id']}/add-deliverable", {"ref": "text", "type": "text"})
    form = {"ref": "text", "visibleInPortal": "true", "file": (io.BytesIO(PICTURE), "shelf.png")}
    answer = mara.post(f"/tasks/{task['task_id']}/deliverable", data=form, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
    assert answer.json["deliverables"][-1]["visible_in_portal"] is True


def test_whoever_does_not_see_any_more_what_they_changed_is_told_that_it_is_done(
    api: Api, workbench: Workbench
):
    task = make(api("mara"), assignee="ana")["task_id"]
    answer = api("ana").post(f"/tasks/{task}/assign", {"assignee": "ben"})
    assert answer.status_code == 200
    assert set(answer.json) == {"done"}
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task).assignee_id != tx.get(Task, task).owner_id
    assert api("ben").post(f"/tasks/{task}/start").json["status"] == "in_progress"


def test_a_mark_is_moved_without_a_transaction(api: Api):
    answer = api("ana").post("/inbox/seen", headers={"Idempotency-Key": "k"})
    assert answer.json["message"] == answer.json["done"]["message"]


def test_an_approval_is_decided_by_its_own_address(api: Api, workbench: Workbench):
    mara, ana = api("mara"), api("ana")
    task = make(mara, assignee="ana")["task_id"]
    ana.post(f"/tasks/{task}/start")
    ana.post(f"/tasks/{task}/add-deliverable", {"ref": "text", "type": "text"})
    ana.post(f"/tasks/{task}/deliverable", {"ref": "text", "url": "https://docs.example.com/1"})
    asked = ana.post(f"/tasks/{task}/submit").json
    [approval] = asked["approvals"]
    seen = asked["deliverables"][0]["content_hash"]
    path = f"/approvals/{approval['task_approval_id']}/decide"
    stale = mara.post(path, {"outcome": "approved", "seen": "0" * 64})
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "STALE_VERSION")
    decided = mara.post(path, {"outcome": "rejected", "feedback": "Shorter", "seen": seen})
    assert decided.json["status"] == "rejected"
    again = ana.post(
        f"/deliverables/{decided.json['deliverable_id']}/resubmit", {"url": "https://docs.example.com/2"}
    )
    assert again.json["version_number"] == 2
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Approval, approval["task_approval_id"]).status.value == "rejected"


def test_an_act_is_undone_by_the_id_that_the_answer_says(api: Api):
    mara = api("mara")
    task = make(mara)["task_id"]
    act = mara.patch(f"/tasks/{task}", {"priority": "high"}).json["done"]["act_id"]
    assert mara.post(f"/acts/{act}/undo").json["message"].startswith("Undone")


def test_an_answer_is_json_that_nobody_keeps(api: Api):
    answer = api("mara").post("/tasks", {"title": "Ä", "task_type": "untyped"})
    assert answer.content_type == "application/json"
    assert "Ä" in answer.text
    assert json.loads(answer.text)["title"] == "Ä"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in answer.headers
