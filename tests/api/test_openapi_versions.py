"""What may change under ``/api`` and what may not: more may come, what was there stays (web/API.md)."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from web.api import openapi, versions

AS_IT_WAS = json.loads(json.dumps(openapi.description()))
WAIT = AS_IT_WAS["paths"]["/api/tasks/{task_id}/wait"]["post"]


def test_the_description_breaks_nothing_of_the_one_that_was_promised_last():
    assert not list(versions.broken_by(versions.kept(), openapi.description()))


def test_the_description_that_is_promised_is_the_one_that_is_served():
    assert versions.kept() == AS_IT_WAS, "run: make schemas"


def at(described: dict[str, Any], *names: str) -> Any:
    found = described
    for name in names:
        found = found[name]
    return found


BODY = (
    "paths", "/api/tasks/{task_id}/wait", "post", "requestBody", "content", "application/json", "schema",
)  # fmt: skip
CREATE = ("paths", "/api/tasks", "post", "requestBody", "content", "application/json", "schema")
TASK = ("components", "schemas", "Task")


def _put(*names: str, value: Any):
    return lambda one: at(one, *names[:-1]).__setitem__(names[-1], value)


def _drop(*names: str):
    return lambda one: at(one, *names[:-1]).pop(names[-1])


#: What is changed -> what is said; nothing where it may be.
CHANGES = {
    "an operation is gone": (
        _drop("paths", "/api/tasks/{task_id}/wait"),
        "POST /api/tasks/{task_id}/wait is gone.",
    ),
    "an operation is called otherwise": (
        _put("paths", "/api/tasks/{task_id}/wait", "post", "operationId", value="wait"),
        "is not called task_wait any more",
    ),
    "a field of a body is gone": (_drop(*BODY, "properties", "comment"), "the body has no comment any more"),
    "a field must be given": (
        _put(*BODY, "required", value=["waiting_for", "comment"]),
        "the body.comment must be given now",
    ),
    "a field takes fewer words": (
        _put(*CREATE, "properties", "priority", "enum", value=["low", "medium", "high"]),
        "takes critical no more",
    ),
    "a text may be less long": (
        _put(*BODY, "properties", "waiting_for", "maxLength", value=10),
        "maxLength is 10 now",
    ),
    "a field of an answer is gone": (_drop(*TASK, "properties", "title"), "has no title any more"),
    "a field of an answer has another type": (
        _put(*TASK, "properties", "title", value={"type": "integer"}),
        "is integer now, and was string",
    ),
    "a field of a nested answer is gone": (
        _drop("components", "schemas", "Step", "properties", "ref"),
        "has no ref any more",
    ),
    "a status is gone": (
        _drop("paths", "/api/tasks/{task_id}/wait", "post", "responses", "412"),
        "answers 412 no more",
    ),
    "an operation more": (_put("paths", "/api/tasks/{task_id}/fly", value={"post": WAIT}), None),
    "a field more that need not be sent": (
        _put(*BODY, "properties", "until", value={"type": "string"}),
        None,
    ),
    "a field more in an answer": (_put(*TASK, "properties", "colour", value={"type": "string"}), None),
    "a longer text": (_put(*BODY, "properties", "waiting_for", "maxLength", value=10_000), None),
    "other words about it": (_put(*BODY, "properties", "comment", "description", value="Say it."), None),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_would_break_a_client_is_named_and_what_would_not_is_not(what: str):
    change, said = CHANGES[what]
    later = deepcopy(AS_IT_WAS)
    change(later)
    found = list(versions.broken_by(AS_IT_WAS, later))
    if said is None:
        assert not found
    else:
        assert any(said in sentence for sentence in found), found


def test_a_description_that_breaks_is_not_kept(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(versions, "KEPT", tmp_path / "openapi.json")
    versions.write(AS_IT_WAS)
    later = deepcopy(AS_IT_WAS)
    del later["paths"]["/api/tasks/bulk"]
    with pytest.raises(ValueError, match="POST /api/tasks/bulk is gone"):
        versions.write(later)
    assert versions.kept() == AS_IT_WAS
