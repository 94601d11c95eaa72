"""The description of the API as OpenAPI 3.1: made of the registry, the input models and the records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from engine.access import SCOPES
from engine.asked import Shape, fields_of
from engine.changes.telling import Change
from engine.documented import comments_of
from engine.inputs import Input
from engine.jobs.kept_answers import KEPT_DAYS
from web import results
from web.api import examples, openapi_reads, refusals, schemas, shapes
from web.api.error_shape import ERROR
from web.api.events import EventsAsked
from web.api.resources import RESOURCES
from web.api.resources.queue import SCHEMA as QUEUE
from web.api.resources.queue import QueueAsked
from web.api.resources.tasks import STATISTICS
from web.api.routes import ROUTES, Route
from web.api.schemas import Schema

#: What may change under ``/api`` within one number stands in web/API.md.
VERSION = "1.0.0"
_IDS = re.compile(r" \([A-Z]+-\d+(?:, [A-Z]+-\d+)*\)")
#: Marks of fields that are for forms alone.
_OF_FORMS = frozenset({"lines", "clearable", "verbatim", "secret", "title"})
_ABOUT = (
    "Everything that the board and the command line do, as JSON. A token says who asks: "
    "`Authorization: Bearer wbt_…`. Names are snake_case; camelCase is read as well, and `?case=camel` "
    "answers in it. Ids may be given in any form: of a task its id, its number or its UUID. Whatever is "
    "refused has the same shape: a stable code, words, and details."
)
_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A word of your own for this request, for example a UUID: sent again with it, within "
    f"{KEPT_DAYS} days, the request is done once, and answered as the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_READ: Schema = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of what you have read; where it was changed since, the answer is 412.",
    "schema": {"type": "string", "examples": ['"7"']},
}
_CASE: Schema = {
    "name": "case",
    "in": "query",
    "description": "How names are written in the answer.",
    "schema": {"type": "string", "enum": ["snake", "camel"], "default": "snake"},
}


@cache
def description() -> Mapping[str, Any]:
    """Return the whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/api{route.template}", {})[route.method.lower()] = operation(route)
    for path, methods in openapi_reads.paths(RESOURCES).items():
        paths.setdefault(path, {}).update(methods)
    counted = openapi_reads.of_statistics(RESOURCES["tasks"], dict(STATISTICS))
    paths["/api/tasks/stats"] = {"get": counted}
    paths["/api/tasks/queue"] = {"get": openapi_reads.of_queue(RESOURCES["tasks"], QueueAsked, dict(QUEUE))}
    event = schemas.of(Change)
    paths["/api/events"] = {"get": openapi_reads.of_events(EventsAsked, event)}
    collections = {one["tags"][0] for methods in paths.values() for one in methods.values()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Workbench", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in sorted(collections)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "parameters": {"case": _CASE, "key": _KEY, "read": _READ},
            "responses": {name: refusals.described(codes) for name, codes in _shared().items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                **{name: dict(schema) for name, schema in shapes.components().items()},
                "Error": ERROR,
            },
        },
    }


def operation(route: Route) -> dict[str, Any]:
    """Return the description of one operation."""
    found: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.collection],
        "summary": route.command.help,
        "description": f"The command `{route.command.name}`.{_of_scope(route)}",
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    body = body_schema(route)
    if body["properties"]:
        found["requestBody"] = _request_body(route, body)
    return found


def _of_scope(route: Route) -> str:
    """Say which scope a token needs, or that none lets it."""
    if (scope := SCOPES.get(route.command.permission)) is not None:
        return f" Its scope is `{scope}`."
    return (
        " No API token may do it, whatever its scopes: it is refused with `FORBIDDEN`. It is done on the "
        "board, or at the command line."
    )


def body_schema(route: Route) -> Schema:
    """Return the shape of the body: the input of the command without what stands elsewhere."""
    model: type[Input] = route.command.input
    comments, schema = comments_of(model), schemas.of_model(model)
    return {
        "type": "object",
        "properties": {
            name: _field(one, comments.get(name, ""))
            for name, one in schema.get("properties", {}).items()
            if name not in route.left_out
        },
        "required": [
            *(name for name in schema.get("required", ()) if name not in route.left_out),
            *(_files(route) if route.needs_file else ()),
        ],
        "additionalProperties": False,
    }


def example_body(route: Route) -> dict[str, Any]:
    """Return an example of the body, as it is sent."""
    example = examples.of(route.name, route.command.name)
    return {name: value for name, value in example.items() if name not in route.left_out}


def _field(schema: Schema, comment: str) -> Schema:
    words = str(schema.get("description") or _IDS.sub("", comment).replace("``", "`"))
    plain = {name: value for name, value in schema.items() if name not in _OF_FORMS}
    return {**plain, "description": words}


def _parameters(route: Route) -> list[dict[str, Any]]:
    keeps_nothing = results.of(route.command).is_shown_once or route.takes_secrets
    names = ("case", *([] if keeps_nothing else ["key"]), *(["read"] if route.takes_revision else []))
    found: list[dict[str, Any]] = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    if route.item is not None:
        asked = fields_of(route.command.input)[route.item]
        path = {
            "name": route.item,
            "in": "path",
            "required": True,
            "description": asked.help,
            "schema": {"type": "string", "minLength": 1},
            "example": str(examples.of(route.name, route.command.name)[route.item]),
        }
        return [path, *found]
    return found


def _request_body(route: Route, body: Schema) -> dict[str, Any]:
    example = example_body(route)
    files = _files(route)
    without = {name: one for name, one in body["properties"].items() if name not in files}
    content: dict[str, Any] = {}
    if not route.needs_file:
        content["application/json"] = {
            "schema": {**body, "properties": without},
            "example": {name: value for name, value in example.items() if name not in files},
        }
    if files:
        content["multipart/form-data"] = {"schema": body, "example": example}
    return {"required": bool(body["required"]), "content": content}


def _files(route: Route) -> list[str]:
    """Return the names of the fields in which a file stands."""
    return [name for name, one in fields_of(route.command.input).items() if one.shape is Shape.FILE]


def _responses(route: Route) -> dict[str, Any]:
    name = results.of(route.command).shape
    done: dict[str, Any] = {
        "description": "Done.",
        "content": {"application/json": {"schema": shapes.answered(name)}},
    }
    headers: dict[str, Any] = {}
    if "revision" in shapes.components()[name]["properties"]:
        headers["ETag"] = {"description": "Its revision, for `If-Match`.", "schema": {"type": "string"}}
    if route.makes:
        headers["Location"] = {"description": "Where it is.", "schema": {"type": "string"}}
    if headers:
        done["headers"] = headers
    return {
        "201" if route.makes else "200": done,
        **{
            str(status): _pointed(route.command.area, status, codes) or refusals.described(codes)
            for status, codes in refusals.table(route).items()
        },
    }


@cache
def _shared() -> Mapping[str, Mapping[str, str]]:
    """Return the refusals that many operations have alike, by the names of components."""
    everywhere = (*refusals.EVERYWHERE, *refusals.OF_CHANGES)
    general = refusals.by_status(everywhere)
    found: dict[str, Mapping[str, str]] = {f"Refused{status}": codes for status, codes in general.items()}
    for area, own in refusals.OF_AREAS.items():
        for status, codes in refusals.by_status((*everywhere, *own)).items():
            if codes != general.get(status):
                found[f"Refused{status}Of{area.capitalize()}"] = codes
    return found


def _pointed(area: str, status: int, codes: Mapping[str, str]) -> dict[str, Any] | None:
    """Point at what many operations refuse alike; None where this one has its own."""
    names = (f"Refused{status}", f"Refused{status}Of{area.capitalize()}")
    name = next((name for name in names if _shared().get(name) == codes), None)
    return {"$ref": f"#/components/responses/{name}"} if name else None
