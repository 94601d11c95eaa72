"""The part of the description that is about reading: of each resource its list, one of it, and its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.documented import comments_of
from engine.inputs import Input
from web.api import refusals, schemas
from web.api.resources.base import Resource
from web.api.schemas import Schema, said, some

#: What every reading may be refused with, beside what any operation may.
REFUSED = ("NOT_FOUND", "UNKNOWN_FIELD")
_ETAG: Schema = {"description": "What tells this answer from others.", "schema": {"type": "string"}}
_HELD: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what you have; where that is still so, the answer is 304.",
    "schema": {"type": "string"},
}
#: The path of a resource -> an id as an example, where it is not the prefix of its records' ids.
_EXAMPLES: Mapping[str, str] = {
    "tasks": "12",
    "guidance": "12",
    "previews": "blog_post",
    "bundles/tasks": "12",
    "qa": "12",
    "employees": "ben",
    "partners": "acme",
    "campaigns": "acme_spring",
    "templates": "blog_post",
    "task-types": "article",
    "recipes": "blog_post",
    "reports": "late",
    "tickets": "12",
    "message-settings": "me",
    "users": "me",
    "jobs": "job_…",
    "exports": "2027-03-01",
    "exports/files": "tasks.jsonl",
}


def paths(resources: Mapping[str, Resource]) -> dict[str, dict[str, Any]]:
    """Return path -> method -> operation for everything that is read of these resources."""
    found: dict[str, dict[str, Any]] = {}
    for path, one in resources.items():
        parent = resources[one.parent] if one.parent else None
        begin = f"/api/{one.parent}/{{{parent.key}}}" if parent else "/api"
        place, name = f"{begin}/{one.name}", path.replace("/", "_").replace("-", "_")
        above = [_id(parent, parent.key)] if parent else []
        if one.list is not None:
            found[place] = {"get": _list(one, f"list_{name}", above)}
        if one.is_sole:
            found[place] = {"get": _item(one, f"get_{name}", above)}
        if one.has_items:
            key = one.key if parent is None or one.key != parent.key else f"{one.rows}_id"
            ids = [*above, _id(one, key)]
            found[f"{place}/{{{key}}}"] = {"get": _item(one, f"get_{name}", ids)}
            if one.file_of is not None:
                found[f"{place}/{{{key}}}/content"] = {"get": _file(one, f"content_of_{name}", ids)}
    return found


def of_statistics(tasks: Resource, schema: Schema) -> dict[str, Any]:
    """Return the operation that counts tasks."""
    content = _json({"title": "Statistics", **schema})
    return _reading(tasks, "tasks_stats", "Count the tasks that you may see.", [], content)


def of_queue(tasks: Resource, asked: type[Input], schema: Schema) -> dict[str, Any]:
    """Return the operation that tells what runs and what waits."""
    content = _json({"title": "Queue", **schema})
    return _reading(
        tasks, "tasks_queue", "Tell which tasks run, wait and are planned.", _filters(asked), content
    )


def of_events(asked: type[Input], event: Schema) -> dict[str, Any]:
    """Return the operation of the change feed."""
    answer = schemas.shape(
        "What happened.",
        {
            "events": some({"title": "Event", **event}),
            "next": said(schemas.TEXT, "The cursor from which to go on: the same while nothing was told."),
        },
    )
    refused = refusals.by_status((*refusals.EVERYWHERE, "UNKNOWN_FIELD", "BAD_CURSOR"))
    retry = {"description": "Seconds; where no place was free to wait in.", "schema": {"type": "integer"}}
    return {
        "operationId": "list_events",
        "tags": ["events"],
        "summary": "Follow what happens: the events after a cursor that you may be told of, in their order.",
        "description": "Begin without `after`, keep `next` of the answer, and send it as `after` of the next "
        "request, with `wait=25`: it is answered as soon as there is something to tell, else after so many "
        "seconds with no events and the same `next`. Where it is answered at once with `Retry-After`, too "
        "many wait already: ask again then. `fields` of an event names what changed, and `status` where "
        "a task went; read the record for what it is now. "
        "After `BAD_CURSOR` read what you follow anew, and begin again.",
        "parameters": [*_filters(asked), {"$ref": "#/components/parameters/case"}],
        "responses": {
            "200": {
                "description": "It is answered.",
                "headers": {"Retry-After": retry},
                "content": _json(answer),
            },
            **{str(status): refusals.described(codes) for status, codes in refused.items()},
        },
    }


def _list(one: Resource, name: str, above: list[Schema]) -> dict[str, Any]:
    content = _json(one.list_schema)
    return _reading(one, name, f"List: {one.help}", [*above, *_filters(one.filters)], content)


def _item(one: Resource, name: str, ids: list[Schema]) -> dict[str, Any]:
    content = _json({"title": one.shape, **one.schema})
    return _reading(one, name, f"Get one: {one.help}", [*ids, *_filters(one.item_filters)], content)


def _file(one: Resource, name: str, ids: list[Schema]) -> dict[str, Any]:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return _reading(one, name, f"Get the file: {one.help}", ids, content)


def _reading(
    one: Resource, name: str, summary: str, parameters: list[Schema], content: dict[str, Any]
) -> dict[str, Any]:
    refused = refusals.by_status((*refusals.EVERYWHERE, *REFUSED))
    return {
        "operationId": name,
        "tags": [one.parent or one.name],
        "summary": f"{summary.rstrip('.')}.",
        "parameters": [*parameters, {"$ref": "#/components/parameters/case"}, _HELD],
        "responses": {
            "200": {"description": "It is answered.", "headers": {"ETag": _ETAG}, "content": content},
            "304": {"description": "It is as it was."},
            **{str(status): refusals.described(codes) for status, codes in refused.items()},
        },
    }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _id(one: Resource, key: str) -> Schema:
    return {
        "name": key,
        "in": "path",
        "required": True,
        "description": "Its id, in any of its forms." if key.endswith("_id") else f"Its {key}.",
        "schema": {"type": "string", "minLength": 1},
        "example": _EXAMPLES.get(one.path) or f"{one.record.spec.prefix}_…",
    }


def _filters(model: type[Input]) -> list[Schema]:
    """Return the query parameters that a model reads."""
    schema, comments = schemas.of_model(model), comments_of(model)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": str(one.get("description") or comments.get(name, "")).replace("``", "`"),
            "schema": {key: value for key, value in one.items() if key not in ("title", "description")},
        }
        for name, one in schema.get("properties", {}).items()
    ]
