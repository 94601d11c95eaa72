"""``Idempotency-Key``: a request is done once, and answered as the first time (API-08)."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import pytest
from flask import Flask

from engine.app import Workbench
from engine.audit.models import Event
from engine.idempotency import KeptAnswer
from engine.tasks.models import Note, Task
from tests.api.conftest import ApiClient
from tests.api.test_commands import PICTURE, make
from tests.factories import make_people
from web import auth
from web.api.routes import ROUTES
from web.context import hold_workbench

Api = Callable[[str], ApiClient]
KEY = {"Idempotency-Key": "my key"}


def count(workbench: Workbench, kind: type) -> int:
    with workbench.reading(workbench.operator()) as tx:
        return tx.count(kind)


def test_the_same_key_and_body_are_answered_as_the_first_time_word_for_word(api: Api, workbench: Workbench):
    mara = api("mara")
    task = make(mara)["task_id"]
    first = mara.post(f"/tasks/{task}/note", {"body": "Once"}, headers=KEY)
    mara.post(f"/tasks/{task}/note", {"body": "Meanwhile"})
    again = mara.post(f"/tasks/{task}/note", {"body": "Once"}, headers=KEY)
    assert (again.status_code, again.text, again.headers["ETag"]) == (200, first.text, first.headers["ETag"])
    assert count(workbench, Note) == 2
    camel = mara.post(f"/tasks/{task}/note?case=camel", {"body": "Once"}, headers=KEY)
    assert camel.json["taskId"] == task


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tasks/{}/note", {"body": "Twice"}),
        ("/tasks/{}/block", {"reason": "Once"}),
        ("/tasks", {"title": "Once", "task_type": "untyped"}),
    ],
)
def test_the_key_of_another_request_is_refused(api: Api, workbench: Workbench, path: str, body: dict):
    mara = api("mara")
    task = make(mara)["task_id"]
    mara.post(f"/tasks/{task}/note", {"body": "Once"}, headers=KEY)
    events = count(workbench, Event)
    refused = mara.post(path.format(task), body, headers=KEY)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert count(workbench, Event) == events


def test_the_key_of_somebody_else_is_another_key(api: Api, workbench: Workbench):
    task = make(api("mara"), assignee="ana")["task_id"]
    for name in ("mara", "ana"):
        assert api(name).post(f"/tasks/{task}/note", {"body": "Mine"}, headers=KEY).status_code == 200
    assert count(workbench, Note) == 2


def test_what_was_refused_is_tried_again_under_its_key(api: Api):
    mara = api("mara")
    task = make(mara)["task_id"]
    assert mara.post(f"/tasks/{task}/resume", headers=KEY).status_code == 409
    mara.post(f"/tasks/{task}/block", {"reason": "A moment"})
    assert mara.post(f"/tasks/{task}/resume", headers=KEY).status_code == 200


def test_a_command_with_a_key_of_its_own_gives_its_first_record(api: Api, workbench: Workbench):
    mara = api("mara")
    body = {"title": "Once", "task_type": "untyped"}
    first, again = (mara.post("/tasks", body, headers=KEY) for _ in range(2))
    assert (again.status_code, again.json["task_id"]) == (201, first.json["task_id"])
    assert count(workbench, Task) == 1
    refused = mara.post("/tasks", {**body, "title": "Twice"}, headers=KEY)
    assert refused.json["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_file_is_compared_by_what_it_holds(api: Api):
    mara = api("mara")
    task = make(mara)["task_id"]

    def send(content: bytes):
        form = {"label": "Shelf", "type": "picture", "file": (io.BytesIO(content), "shelf.png")}
        return mara.post(f"/tasks/{task}/file", data=form, content_type="multipart/form-data", headers=KEY)

    first, again, other = send(PICTURE), send(PICTURE), send(PICTURE + b"\0")
    assert again.text == first.text
    assert other.json["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("path", ["/feeds", "/users"])
def test_what_is_shown_once_is_kept_for_no_key(api: Api, workbench: Workbench, people, path: str):
    people["op"] = workbench.operator()
    body = {} if path == "/feeds" else {"email": "n@example.com", "name": "N", "role": ["member"]}
    refused = api("op").post(path, body, headers=KEY)
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert "kept nowhere" in refused.json["error"]["message"]
    assert api("op").post(path, body).status_code == 201


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/password", {"current": "words of before", "password": "words of now"}),
        ("/secrets/smtp_password/set", {"value": "hunter2"}),
    ],
)
def test_no_hash_of_a_password_is_kept_for_a_key(
    api: Api, workbench: Workbench, people, path: str, body: dict
):
    people["op"] = workbench.operator()
    refused = api("op").post(path, body, headers=KEY)
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert "leaves no trace" in refused.json["error"]["message"]
    assert "leaves no trace" not in api("op").post(path, body).text


def test_secrets_are_sent_with_these_operations_alone():
    assert {route.name for route in ROUTES if route.takes_secrets} == {"user_password", "secrets_set"}


@pytest.mark.parametrize("key", ["", " ", "k" * 201])
def test_a_key_that_is_none_is_refused(api: Api, key: str):
    mara = api("mara")
    task = make(mara)["task_id"]
    refused = mara.post(f"/tasks/{task}/start", headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "BAD_REQUEST")


def test_an_answer_too_long_to_be_kept_is_refused_and_nothing_done(
    api: Api, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    mara = api("mara")
    task = make(mara)["task_id"]
    monkeypatch.setattr("engine.idempotency.LONGEST_ANSWER", 10)
    refused = mara.post(f"/tasks/{task}/note", {"body": "Once"}, headers=KEY)
    assert "too long to be kept" in refused.json["error"]["message"]
    assert (count(workbench, Note), count(workbench, KeptAnswer)) == (0, 0)


def test_an_answer_lost_after_the_commit_is_given_to_whoever_asks_again(
    api: Api, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    mara = api("mara")
    task = make(mara)["task_id"]

    def lost(*_: object) -> None:
        raise RuntimeError("the server ended")

    with monkeypatch.context() as patch:
        patch.setattr("web.api.commands._answer", lost)
        assert mara.post(f"/tasks/{task}/note", {"body": "Once"}, headers=KEY).status_code == 500
    again = mara.post(f"/tasks/{task}/note", {"body": "Once"}, headers=KEY)
    assert (again.status_code, count(workbench, Note)) == (200, 1)


def test_of_two_at_once_one_does_it_and_both_are_answered_alike(
    app: Flask, either_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    monkeypatch.setattr(auth, "refuse_if_withdrawn", lambda _tx: None)
    mara = ApiClient(app.test_client(), people["mara"])
    task = make(mara)["task_id"]
    ready, found = threading.Barrier(4), list[tuple[int, str]]()

    def send() -> None:
        client = ApiClient(app.test_client(), people["mara"])
        ready.wait()
        answer = client.post(f"/tasks/{task}/note", {"body": "Once"}, headers=KEY)
        found.append((answer.status_code, answer.text))

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(found) == 4
    assert {status for status, _ in found} == {200}
    assert len({text for _, text in found}) == 1
    assert count(either_workbench, Note) == 1
