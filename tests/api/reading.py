"""What the tests of reads share: asking as somebody, a populated workspace, and the records in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from flask import Flask, g
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from werkzeug.test import TestResponse

from engine.access import Actor
from engine.app import Workbench
from tests.web.conftest import (  # noqa: F401 - fixtures
    any_app,
    app,
    first_store,
    password_hash,
    people,
    populated,
    populated_store,
    store_with_people,
)
from tests.web.populated import PopulatedStore, Subjects
from web.api import auth
from web.api.resources import RESOURCES
from web.api.resources.base import Resource
from web.context import hold_workbench

#: Resources that admins alone read, by their paths, or of whose parents a populated workspace has none.
OF_ADMINS = frozenset({"jobs", "webhooks", "webhooks/deliveries", "exports/files"})
Ask = Callable[..., TestResponse]
Asking = Callable[[Actor], Ask]


@pytest.fixture
def asking(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Asking:  # noqa: F811
    """Make what asks the API as somebody, whoever tokens are for."""

    def of(actor: Actor) -> Ask:
        def ask(path: str, **headers: str) -> TestResponse:
            monkeypatch.setattr(auth, "identify", lambda: setattr(g, "actor", actor))
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return app.test_client().get(f"/api{path}", headers=names, buffered=True)

        return ask

    return of


@pytest.fixture
def everybody(populated: Workbench, populated_store: PopulatedStore, app: Flask) -> dict[str, Actor]:  # noqa: F811
    """The people of a populated workspace, the operator among them, with the application around it."""
    hold_workbench(app.extensions, populated)
    return {**populated_store.people, "operator": populated.operator()}


@pytest.fixture
def subjects(populated_store: PopulatedStore) -> Subjects:  # noqa: F811
    """What there is in that workspace."""
    return populated_store.subjects


def parents(subjects: Subjects) -> dict[str, str]:
    """Return a record of each resource to which others belong."""
    return {
        "tasks": subjects.task,
        "bundles": subjects.bundle,
        "deliverables": subjects.version,
        "campaigns": subjects.campaign,
        "employees": subjects.person,
        "schedules": subjects.schedule,
        "proposals": subjects.proposal,
        "webhooks": subjects.webhook,
        "exports": "nothing",
    }


def filled() -> dict[str, str]:
    """Return an id that nothing has for each resource to which others belong."""
    return dict.fromkeys((one.parent for one in RESOURCES.values() if one.parent), "nothing")


def address(resource: Resource, of: Mapping[str, str]) -> str:
    """Return where the list of a resource stands."""
    begin = f"/{resource.parent}/{of[resource.parent]}" if resource.parent else ""
    return f"{begin}/{resource.name}"


def listed() -> Iterator[tuple[str, Resource]]:
    """Yield the resources that have a list, by their paths."""
    return ((path, one) for path, one in RESOURCES.items() if one.list is not None)


def rows(answer: TestResponse, resource: Resource) -> list[dict[str, Any]]:
    """Return the list in an answer."""
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json[resource.rows]
    return found


def check_shape(answer: Any, schema: Mapping[str, Any]) -> None:
    """Fail unless an answer has what its schema says, and nothing that it does not say."""
    _validator(json.dumps(schema)).validate(answer)


@cache
def _validator(schema: str) -> Validator:
    """Make it once for each schema: to hold a schema against that of schemas takes longer than any answer."""
    closed = _closed(json.loads(schema))
    kind = validator_for(closed)
    kind.check_schema(closed)
    made: Validator = kind(closed)
    return made


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {name: _closed(inner) for name, inner in schema.items()}
    if isinstance(schema.get("properties"), Mapping) and "type" in schema:
        closed["additionalProperties"] = False
    return closed
