"""What a tool takes and answers as JSON Schema: made of the API's description alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from web.agents.tools import Told, Tool
from web.api import openapi

Schema = Mapping[str, Any]
#: What a call of a tool that changes something may say beside the fields of the operation.
KEY, REVISION = "idempotency_key", "revision"
#: What holds the file of a tool that sends one.
FILE = "file"
#: How many items a list tells where nobody says it: an agent reads them all.
USUAL_LIMIT = 20
_FILE: Schema = {
    "type": "object",
    "description": "The file: its name, and what it holds as text or in base64.",
    "properties": {
        "file_name": {"type": "string", "minLength": 1},
        "text": {"type": "string", "description": "What it holds, where that is text."},
        "base64": {"type": "string", "description": "What it holds, where that is no text."},
    },
    "required": ["file_name"],
    "additionalProperties": False,
}
_REVISION: Schema = {
    "type": "integer",
    "minimum": 1,
    "description": "The revision that you have read; where it was changed since, nothing is done.",
}
_KEY: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "description": "A word of your own for this call: repeated with it, the call is done once. Needed only "
    "to repeat a call of which you do not know whether it was done.",
}


@dataclass(frozen=True)
class Operation:
    """One operation of the API, as its description has it."""

    method: str
    path: str
    described: Schema

    @cached_property
    def parameters(self) -> Mapping[str, Schema]:
        """What stands in the path and the query, by name."""
        return {
            one["name"]: one
            for one in map(_resolved, self.described.get("parameters", ()))
            if one["in"] in ("path", "query") and one["name"] != "case"
        }

    @property
    def in_path(self) -> tuple[str, ...]:
        """The names of what stands in the path."""
        return tuple(name for name, one in self.parameters.items() if one["in"] == "path")

    @cached_property
    def takes_revision(self) -> bool:
        """Whether ``If-Match`` says what was read."""
        names = (_resolved(one)["name"] for one in self.described.get("parameters", ()))
        return "If-Match" in names

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET"

    def body(self, kind: str) -> Schema:
        """Return the schema of what is sent, as a form or as JSON."""
        content = self.described.get("requestBody", {}).get("content", {})
        found: Schema = content.get(kind, {}).get("schema", {})
        return found

    @cached_property
    def answer(self) -> Schema:
        """The schema of what is answered, in one piece."""
        success = next(iter(self.described["responses"].values()))
        schema: Schema = success["content"]["application/json"]["schema"]
        if "anyOf" not in schema:
            return schema
        whole, _ = schema["anyOf"]  # what came of a command, or only what is said about it
        named, done = map(_resolved, whole["allOf"])
        return {**named, "properties": {**named["properties"], **done["properties"]}, "required": ["done"]}


@cache
def operations() -> Mapping[str, Operation]:
    """Return every operation of the API by its name."""
    return {
        one["operationId"]: Operation(method.upper(), path, one)
        for path, methods in openapi.description()["paths"].items()
        for method, one in methods.items()
    }


def of(tool: Tool) -> Operation:
    """Return the operation of a tool."""
    return operations()[tool.operation]


def help_of(tool: Tool) -> str:
    """Return what a tool does, in words."""
    return tool.help or str(of(tool).described["summary"])


def input_schema(tool: Tool) -> dict[str, Any]:
    """Return what a tool takes; nothing beside it is taken."""
    operation = of(tool)
    fields = {name: field for name, field in _arguments(tool, operation) if name not in tool.fixed}
    required = [name for name, one in operation.parameters.items() if one.get("required")]
    required += _body(tool).get("required", ())
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in required if name in fields],
        "additionalProperties": False,
    }


def _arguments(tool: Tool, operation: Operation) -> Iterator[tuple[str, Schema]]:
    taken = {
        **{name: _of_parameter(one) for name, one in operation.parameters.items()},
        **_body(tool).get("properties", {}),
    }
    for name, schema in taken.items():
        if tool.takes is None or name in tool.takes or name in operation.in_path:
            if name == FILE and tool.sends_file:
                yield name, _FILE
            else:
                yield name, {**schema, "default": USUAL_LIMIT} if name == "limit" else schema
    if operation.takes_revision:
        yield REVISION, _REVISION
    if operation.writes:
        yield KEY, _KEY


def _body(tool: Tool) -> Schema:
    return of(tool).body("multipart/form-data" if tool.sends_file else "application/json")


def _of_parameter(one: Schema) -> Schema:
    """Return the schema of a parameter; of one that is JSON in the query, that of what it says."""
    schema = {**one["schema"]}
    if "contentSchema" in schema:
        schema = schema["contentSchema"]
    return {**schema, "description": one.get("description", "")}


def output_schema(tool: Tool) -> dict[str, Any]:
    """Return what a tool answers."""
    operation = of(tool)
    schema = _cut(operation.answer, {**tool.told, **({"done": None} if operation.writes else {})})
    if tool.beside is not None:
        name, beside, told = tool.beside
        more = _cut(operations()[beside].answer, told)
        schema = {**schema, "properties": {**schema["properties"], name: more}}
        schema["required"] = [*schema["required"], name]
    return schema


def _cut(schema: Schema, told: Told) -> dict[str, Any]:
    """Return the schema of the part of an object that is told, without references."""
    found = _resolved(schema)
    if found.get("type") == "array":
        return {**found, "items": _cut(found["items"], told)}
    return {
        "type": "object",
        **({"description": found["description"]} if "description" in found else {}),
        "properties": {
            name: _in_one_piece(found["properties"][name])
            if part is None
            else _cut(found["properties"][name], part)
            for name, part in told.items()
        },
        "required": [name for name in found.get("required", ()) if name in told],
    }


def cut(data: Any, told: Told) -> Any:
    """Return the part of an answer that is told."""
    if isinstance(data, list):
        return [cut(one, told) for one in data]
    if not isinstance(data, Mapping):
        return data
    return {
        name: data[name] if part is None else cut(data[name], part)
        for name, part in told.items()
        if name in data
    }


def _resolved(schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Any = openapi.description()
    for name in schema["$ref"].split("/")[1:]:
        found = found[name]
    return _resolved(found)


def _in_one_piece(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_in_one_piece(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {name: _in_one_piece(one) for name, one in _resolved(schema).items()}
