"""What cannot be right is refused, each with its own code, and nothing is changed."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from engine.app import Workbench
from engine.audit.models import Event
from engine.errors import BadRequestError
from tests.api.conftest import ApiClient
from tests.api.test_commands import make
from web.api import bodies

Api = Callable[[str], ApiClient]
JSON = {"content_type": "application/json"}
TASK = b'{"title": "A", "task_type": "untyped"%s}'
DEEP = b'{"title": "A", "task_type": "untyped", "metadata": {"a": %s%s}}' % (b"[" * 200, b"]" * 200)

#: What is wrong -> method, path, what is sent, status, code, and the field that is named.
REFUSED = {
    "a body that is not JSON": ("/tasks", {"data": b"title=A", **JSON}, 400, "BAD_REQUEST", None),
    "JSON that ends too soon": ("/tasks", {"data": b'{"title": ', **JSON}, 400, "BAD_REQUEST", None),
    "JSON that is no object": ("/tasks", {"data": b"[1]", **JSON}, 400, "BAD_REQUEST", None),
    "a number too great to be one": (
        "/tasks",
        {"data": TASK % b', "a": -1e999', **JSON},
        400,
        "BAD_REQUEST",
        None,
    ),
    "a number that is none": ("/tasks", {"data": TASK % b', "a": NaN', **JSON}, 400, "BAD_REQUEST", None),
    "a body that is not UTF-8": (
        "/tasks",
        {"data": TASK % b', "x": "\xff"', **JSON},
        400,
        "BAD_REQUEST",
        None,
    ),
    "an empty body said to be JSON": ("/tasks", {"data": b"", **JSON}, 400, "BAD_REQUEST", None),
    "a body too deep": ("/tasks", {"data": DEEP, **JSON}, 400, "BAD_REQUEST", None),
    "a body deep without end": ("/tasks", {"data": b"[" * 400_000, **JSON}, 400, "BAD_REQUEST", None),
    "a body too large": ("/tasks", {"data": TASK % (b" " * 600_000), **JSON}, 413, "FORM_TOO_LARGE", None),
    "a NUL in a text": (
        "/tasks",
        {"data": TASK % rb', "description": "\u0000"', **JSON},
        400,
        "BAD_REQUEST",
        None,
    ),
    "half a character": (
        "/tasks",
        {"data": TASK % rb', "description": "\ud800"', **JSON},
        400,
        "BAD_REQUEST",
        None,
    ),
    "half a character in a name": (
        "/tasks",
        {"data": TASK % rb', "metadata": {"\ud800": 1}', **JSON},
        400,
        "BAD_REQUEST",
        None,
    ),
    "a field twice": ("/tasks", {"data": TASK % b', "title": "B"', **JSON}, 400, "BAD_REQUEST", "title"),
    "a field in both cases": (
        "/tasks",
        {"data": TASK % b', "taskType": "untyped"', **JSON},
        400,
        "BAD_REQUEST",
        "task_type",
    ),
    "too many fields": (
        "/tasks",
        {"data": b"{%s}" % b",".join(b'"f%d": 1' % place for place in range(1001)), **JSON},
        400,
        "BAD_REQUEST",
        None,
    ),
    "an unknown field": (
        "/tasks",
        {"data": TASK % b', "colour": "red"', **JSON},
        400,
        "UNKNOWN_FIELD",
        "colour",
    ),
    "an unknown field beside others": (
        "/tasks/1/start",
        {"body": {"now": True}},
        400,
        "UNKNOWN_FIELD",
        "now",
    ),
    "the id in the body too": ("/tasks/1/start", {"body": {"task_id": "2"}}, 400, "UNKNOWN_FIELD", "task_id"),
    "the id in camelCase": ("/tasks/1/start", {"body": {"taskId": "2"}}, 400, "UNKNOWN_FIELD", "task_id"),
    "a revision in the body": ("/tasks/1/start", {"body": {"revision": 1}}, 400, "UNKNOWN_FIELD", "revision"),
    "a key in the body": (
        "/tasks",
        {"data": TASK % b', "idempotency_key": "k"', **JSON},
        400,
        "UNKNOWN_FIELD",
        "idempotency_key",
    ),
    "a form where JSON is due": ("/tasks", {"data": {"title": "A"}}, 415, "UNSUPPORTED_MEDIA_TYPE", None),
    "a text": ("/tasks", {"data": b"A", "content_type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE", None),
    "XML": (
        "/tasks",
        {"data": b"<a/>", "content_type": "application/xml"},
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        None,
    ),
    "a body of no type": ("/tasks", {"data": b"{}"}, 415, "UNSUPPORTED_MEDIA_TYPE", None),
    "a form with files where none is taken": (
        "/tasks",
        {"data": {"file": (io.BytesIO(b"A"), "a.txt")}, "content_type": "multipart/form-data"},
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        None,
    ),
    "a file without a file": (
        "/tasks/1/file",
        {"body": {"label": "A", "type": "picture"}},
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        None,
    ),
    "a file as JSON": (
        "/tasks/1/proof",
        {"body": {"label": "A", "file": "A"}},
        400,
        "BAD_REQUEST",
        "file",
    ),
    "101 tasks": (
        "/tasks/bulk",
        {"body": {"tasks": ["1"] * 101, "priority": "high"}},
        400,
        "BAD_REQUEST",
        "tasks",
    ),
    "no task": ("/tasks/bulk", {"body": {"tasks": [], "priority": "high"}}, 400, "BAD_REQUEST", "tasks"),
    "a word that is none of the choices": (
        "/tasks",
        {"data": TASK % b', "priority": "huge"', **JSON},
        400,
        "BAD_REQUEST",
        "priority",
    ),
    "a day that is none": (
        "/tasks",
        {"data": TASK % b', "due_date": "soon"', **JSON},
        400,
        "BAD_REQUEST",
        "due_date",
    ),
    "a number for a day": (
        "/tasks",
        {"data": TASK % b', "due_date": 1', **JSON},
        400,
        "BAD_REQUEST",
        "due_date",
    ),
    "a task that is not there": ("/tasks/4711/start", {}, 404, "NOT_FOUND", None),
    "a task by half a UUID": ("/tasks/00000000/start", {}, 404, "NOT_FOUND", None),
    "a number without end": (f"/tasks/{'9' * 4000}/start", {}, 404, "NOT_FOUND", None),
    "an address that is none": ("/tasks/1/fly", {}, 404, "NOT_FOUND", None),
    "a long idempotency key": (
        "/tasks/1/start",
        {"headers": {"Idempotency-Key": "k" * 5000}},
        400,
        "BAD_REQUEST",
        None,
    ),
    "what only others may": (
        "/users",
        {"body": {"email": "n@example.com", "name": "N", "role": ["admin"]}},
        403,
        "FORBIDDEN",
        None,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_right_is_refused_with_its_code_and_nothing_is_changed(
    api: Api, workbench: Workbench, what: str
):
    path, options, status, code, field = REFUSED[what]
    mara = api("mara")
    make(mara)

    def events() -> int:
        with workbench.reading(workbench.operator()) as tx:
            return tx.count(Event)

    before = events()
    answer = mara.post(path, **options)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code), answer.text
    assert answer.json["error"]["message"]
    if field is not None:
        assert field in [detail.get("field") for detail in answer.json["error"]["details"]]
    assert events() == before


#: Bodies of a fifth of what may be sent that were once looked at again for each of their signs.
SLOW = {
    "texts without end": b'\\"' * 50_000,
    "a name twice behind many": b"{%s}" % b",".join(b'"%d":1' % place for place in [*range(15_000), 14_999]),
}


@pytest.mark.parametrize("what", SLOW)
def test_a_bad_body_takes_no_longer_than_its_length(what: str):
    began = time.thread_time()
    with pytest.raises(BadRequestError):
        bodies.read_json(SLOW[what])
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "PATCH"])
def test_a_method_that_an_address_does_not_have_is_refused(api: Api, method: str):
    answer = api("mara").call(method, "/tasks/1/start")
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "OPTIONS, POST"
    assert answer.json["error"]["message"] == (
        f"/api/tasks/1/start does not take {method}, but POST. "
        "/api/docs shows every operation with its address."
    )


def test_an_address_that_is_none_is_answered_with_where_they_are_told(api: Api):
    refused = api("ana").get("/task")
    assert (refused.status_code, refused.json["error"]["code"]) == (404, "NOT_FOUND")
    assert refused.json["error"]["message"] == (
        "There is no /api/task. /api/docs shows every operation with its address."
    )


def test_an_unknown_field_is_answered_with_those_that_may_be_sent(api: Api):
    refused = api("ana").post("/tasks/12/assign", {"employee": "ben"})
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "UNKNOWN_FIELD")
    assert refused.json["error"]["message"] == ("employee: there is no such field; the fields are assignee.")


def test_the_file_of_a_stranger_is_not_read(app):
    read = []

    class Body(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            read.append(size)
            return super().read(size)

    answer = app.test_client().post(
        "/api/tasks/1/file", input_stream=Body(b"x" * 100_000), content_type="multipart/form-data; boundary=b"
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "UNAUTHORIZED")
    assert not read
