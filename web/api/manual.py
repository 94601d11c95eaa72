"""What the page about the API shows: every operation with its fields, an example call, and its refusals."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from web.api import openapi

_POINTED = re.compile(r"#/components/schemas/(\w+)")
#: A bound of the store's, which nobody comes near.
_MOST = 2**31 - 1
#: In which order what is sent is shown.
_PLACES = ("path", "body", "header", "query")
_ORDER = ("get", "post", "patch", "put", "delete")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field, header or parameter."""

    name: str
    place: str
    kind: str
    is_required: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as somebody reads it."""

    name: str
    method: str
    path: str
    summary: str
    note: str
    fields: tuple[Field, ...]
    call: str
    status: str
    #: The name of the shape of its answer, or of each item of a list; empty where that has none.
    answer: str
    #: The name of the list in the answer; empty where it is none.
    rows: str
    #: Each status with its codes and what they mean, in Markdown.
    refusals: tuple[tuple[str, str], ...]

    @property
    def searched(self) -> str:
        """What a search looks at."""
        return " ".join([self.method, self.path, self.summary, *(one.name for one in self.fields)]).lower()


@dataclass(frozen=True, kw_only=True)
class Manual:
    """The whole page."""

    version: str
    about: str
    #: Collection -> its operations.
    sections: Mapping[str, tuple[Operation, ...]]
    #: Name -> what a shape is, and its fields.
    shapes: Mapping[str, tuple[str, tuple[Field, ...]]]

    @property
    def count(self) -> int:
        """How many operations there are."""
        return sum(map(len, self.sections.values()))

    def found(self, search: str) -> Mapping[str, tuple[Operation, ...]]:
        """Return the operations that have all words of a search in what they say, by collection."""
        words = search.lower().split()
        found = {
            name: tuple(one for one in section if all(word in one.searched for word in words))
            for name, section in self.sections.items()
        }
        return {name: section for name, section in found.items() if section}


@cache
def load() -> Manual:
    """Return all of it, made of the description alone."""
    described = openapi.description()
    shapes = _shapes(described)
    sections: dict[str, list[Operation]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method in sorted(methods, key=_ORDER.index):
            one = methods[method]
            sections[one["tags"][0]].append(_operation(described, shapes, path, method, one))
    return Manual(
        version=described["info"]["version"],
        about=described["info"]["description"],
        sections={name: tuple(found) for name, found in sections.items() if found},
        shapes={
            name: (schema.get("description", ""), tuple(_of_shape(schema)))
            for name, schema in sorted(shapes.items())
        },
    )


def _shapes(described: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return every shape of an answer by its name: those of commands, and those that are read beside."""
    found: dict[str, Mapping[str, Any]] = dict(described["components"]["schemas"])
    for methods in described["paths"].values():
        read = _read(methods["get"]["responses"]["200"])[0] if "get" in methods else {}
        if read and _name_of(read, found) not in found:
            found[_name_of(read, found)] = read
    return found


def _read(success: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return the shape that a reading answers with, and the name of the list where it gives several."""
    schema = success["content"].get("application/json", {}).get("schema", {})
    if "title" not in schema and "next" in schema.get("properties", {}):
        rows = next(name for name, inner in schema["properties"].items() if "items" in inner)
        return schema["properties"][rows]["items"], rows
    return schema, ""


def _name_of(read: Mapping[str, Any], shapes: Mapping[str, Mapping[str, Any]]) -> str:
    """Name a shape that is read: as it calls itself, unless a command answers with another of that name."""
    name: str = read["title"]
    taken = shapes.get(name, read)["properties"].keys() != read["properties"].keys()
    return f"{name}AsRead" if taken else name


def _operation(
    described: Mapping[str, Any],
    shapes: Mapping[str, Mapping[str, Any]],
    path: str,
    method: str,
    one: Mapping[str, Any],
) -> Operation:
    status, success = next(iter(one["responses"].items()))
    read, rows = _read(success) if method == "get" else ({}, "")
    return Operation(
        name=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        note=one.get("description", ""),
        fields=tuple(_fields(described, one)),
        call=_call(described, path, method, one),
        status=status,
        answer=_name_of(read, shapes) if read else _shape_of(success),
        rows=rows,
        refusals=tuple(
            (code, _resolved(described, refused)["description"])
            for code, refused in one["responses"].items()
            if code >= "400"
        ),
    )


def _fields(described: Mapping[str, Any], one: Mapping[str, Any]) -> list[Field]:
    found = [
        Field(
            name=given["name"],
            place=given["in"],
            kind=_kind_of_parameter(given["schema"]),
            is_required=given.get("required", False),
            words=given.get("description", ""),
        )
        for given in (_resolved(described, parameter) for parameter in one.get("parameters", ()))
    ]
    content = one.get("requestBody", {}).get("content", {})
    if content:
        schema = list(content.values())[-1]["schema"]
        found += [
            Field(
                name=name,
                place="body",
                kind=_kind(inner),
                is_required=name in schema.get("required", ()),
                words=inner.get("description", ""),
            )
            for name, inner in schema["properties"].items()
        ]
    return sorted(found, key=lambda one: _PLACES.index(one.place))


def _of_shape(schema: Mapping[str, Any]) -> list[Field]:
    return [
        Field(
            name=name,
            place="",
            kind=_kind(inner),
            is_required=name in schema.get("required", ()),
            words=inner.get("description", ""),
        )
        for name, inner in schema.get("properties", {}).items()
    ]


def _shape_of(success: Mapping[str, Any]) -> str:
    """Name the shape that an answer has beside what is said about it."""
    found = json.dumps(success.get("content", {}).get("application/json", {}).get("schema", {}))
    names = _POINTED.findall(found)
    return str(next((name for name in names if name != "Done"), ""))


def _resolved(described: Mapping[str, Any], one: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in one:
        return one
    _, *names = one["$ref"].split("/")
    found: Any = described
    for name in names:
        found = found[name]
    return _resolved(described, found)


def _kind(schema: Mapping[str, Any]) -> str:
    """Say in a word or two what a value is."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        words = " | ".join(str(word) for word in schema["enum"] if word is not None)
        return f"{words} or null" if None in schema["enum"] else words
    if "const" in schema:
        return str(schema["const"])
    kind = schema.get("type", "anything")
    options = [{**schema, "type": one} for one in kind] if isinstance(kind, list) else schema.get("anyOf")
    if options:
        return " or ".join(dict.fromkeys(map(_kind, options)))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if kind == "object" and "properties" in schema:
        return f"object ({', '.join(schema['properties'])})"
    known = {"string": schema.get("format", "text"), "integer": "number", "boolean": "true or false"}
    return str({**known, "object": "object"}.get(kind, kind))


def _kind_of_parameter(schema: Mapping[str, Any]) -> str:
    """Say what stands in an address or a header, where nothing is null: its bounds, and what it is unsaid."""
    kind = _kind(schema).removesuffix(" or null")
    if "minimum" in schema and schema.get("maximum", _MOST) < _MOST:
        kind += f" from {schema['minimum']} to {schema['maximum']}"
    return f"{kind}, else {schema['default']}" if schema.get("default") is not None else kind


def _call(described: Mapping[str, Any], path: str, method: str, one: Mapping[str, Any]) -> str:
    """Write the call for a shell, with the address and the token in variables."""
    for parameter in one.get("parameters", ()):
        given = _resolved(described, parameter)
        if given["in"] == "path":
            path = path.replace(f"{{{given['name']}}}", str(given.get("example", "ID")))
    lines = [f'curl -X {method.upper()} "$WORKBENCH{path}"', '-H "Authorization: Bearer $TOKEN"']
    content = one.get("requestBody", {}).get("content", {})
    if form := content.get("multipart/form-data"):
        lines += [
            f"-F {shlex.quote(f'{name}=@{value}' if value == 'FILE' else f'{name}={value}')}"
            for name, value in form["example"].items()
        ]
    elif content:
        body = json.dumps(content["application/json"]["example"], ensure_ascii=False)
        lines += ['-H "Content-Type: application/json"', f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(lines)
