"""Clients of the API: who they are the environment says, as it does for the board's own requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from engine.access import Actor
from tests.web.conftest import (  # noqa: F401 - fixtures
    ana,
    any_app,
    app,
    as_user,
    compiled_once,
    first_store,
    password_hash,
    people,
    populated,
    populated_store,
    store_with_people,
    visitor,
)
from web import auth
from web.api import openapi
from web.api.error_shape import ERROR
from web.auth import AS_ACTOR

#: What the description says that details of a refusal may have.
_OF_DETAILS = ERROR["properties"]["error"]["properties"]["details"]["items"]["properties"].keys()


@dataclass
class ApiClient:
    """Somebody who calls the API; each answer is held against the description."""

    client: FlaskClient
    actor: Actor

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        """Send a request, a body as JSON."""
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        who = {AS_ACTOR: self.actor}
        answer = self.client.open(
            f"/api{path}", method=method, headers=headers, environ_overrides=who, buffered=True, **options
        )
        self._check_described(answer, method, path.partition("?")[0])
        return answer

    def _check_described(self, answer: TestResponse, method: str, path: str) -> None:
        """Fail unless the description says that the operation answers so."""
        try:
            rule, _ = self.client.application.url_map.bind("").match(f"/api{path}", method, return_rule=True)
        except HTTPException:
            return
        check_described(answer, rule.rule.replace("<", "{").replace(">", "}"), method)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("DELETE", path, body, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)


def check_described(answer: TestResponse, template: str, method: str) -> None:
    """Fail unless the description says that the operation answers so."""
    if b"case=camel" in answer.request.query_string:
        return
    described = openapi.description()["paths"].get(template, {}).get(method.lower())
    if described is None:
        return
    said = described["responses"].get(str(answer.status_code))
    assert said is not None, (template, answer.status_code, answer.text)
    if "$ref" in said:
        said = openapi.description()["components"]["responses"][said["$ref"].rpartition("/")[2]]
    if answer.status_code >= 400:
        assert f"`{answer.json['error']['code']}`" in said["description"], answer.json
        for detail in answer.json["error"]["details"]:
            assert detail.keys() <= _OF_DETAILS, f"the description says nothing of some of {detail}"
    found = list(
        validator(json.dumps(said["content"]["application/json"]["schema"])).iter_errors(answer.json)
    )
    assert not found, found[0].message


@cache
def validator(schema: str) -> Draft202012Validator:
    components = openapi.description()["components"]
    return Draft202012Validator({**json.loads(schema), "components": components})


@pytest.fixture
def api(
    app: Flask,  # noqa: F811
    people: dict[str, Actor],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], ApiClient]:
    """Give a client of somebody of ``people``, who has no token and needs none."""
    monkeypatch.setattr(auth, "refuse_if_withdrawn", lambda _tx: None)
    return lambda name: ApiClient(app.test_client(), people[name])
