"""What the page about the API shows: every operation with its fields, an example call, and its refusals."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from web.api import openapi, refusals
from web.api.openapi_reads import REFUSED as OF_READING

#: A code in the table of one status.
_CODE = re.compile(r"^- `(\w+)`:", re.MULTILINE)
_POINTED = re.compile(r"#/components/schemas/(\w+)")
#: A bound of the store's, which nobody comes near.
_MOST = 2**31 - 1
#: So many fields are not said again where a shape is told by another one.
_WORTH_IT = 4
#: A field that so many shapes, or operations, have alike is told once.
_OF_MANY = 8
#: More words than these are not said twice, where what is said of them names each.
_FEW_WORDS = 12
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
    #: Whether many operations take it alike: it is told once.
    is_shared: bool = False


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A shape as the page shows it: what is as in another one is not said again."""

    words: str
    #: The name of the other one; empty where there is none.
    like: str
    #: Which of its fields this one does not have.
    without: tuple[str, ...]
    #: The names of those that many shapes have.
    common: tuple[str, ...]
    fields: tuple[Field, ...]


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

    #: The codes that not every reading, or every change, is refused with.
    own_codes: tuple[str, ...]

    @property
    def own_fields(self) -> tuple[Field, ...]:
        """What is not told of many operations at once."""
        return tuple(one for one in self.fields if not one.is_shared)

    @property
    def shared(self) -> tuple[str, ...]:
        """The names of what is."""
        return tuple(one.name for one in self.fields if one.is_shared)

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
    #: What every reading is refused with, and what every change is besides, and what some are: status, code
    #: and meaning.
    refusals: Mapping[str, tuple[tuple[int, str, str], ...]]

    @property
    def shared(self) -> tuple[Field, ...]:
        """The headers and parameters that many operations take alike, each once."""
        fields = (field for section in self.sections.values() for one in section for field in one.fields)
        found = {field for field in fields if field.is_shared}
        return tuple(sorted(found, key=lambda one: (_PLACES.index(one.place), one.name)))

    @property
    def common(self) -> tuple[Field, ...]:
        """The fields that many shapes have alike, such as when a record was made."""
        found = Counter(one for _, fields in self.shapes.values() for one in fields)
        return tuple(one for one, count in found.items() if count >= _OF_MANY)

    @property
    def shown(self) -> Mapping[str, Shape]:
        """The shapes, each told by what differs from a smaller one that has most of it."""
        found: dict[str, Shape] = {}
        common = {*self.common}
        for name in sorted(self.shapes, key=lambda name: (len(self.shapes[name][1]), name)):
            words, fields = self.shapes[name]
            like = max(found, key=lambda other: self._saved(fields, other), default="")
            like = like if like and self._saved(fields, like) >= _WORTH_IT else ""
            others = self.shapes[like][1] if like else ()
            gone = {one.name for one in others} - {one.name for one in fields}
            differing = [one for one in fields if one not in others]
            found[name] = Shape(
                words=words,
                like=like,
                without=tuple(sorted(gone)),
                common=tuple(one.name for one in differing if one in common),
                fields=tuple(one for one in differing if one not in common),
            )
        return dict(sorted(found.items()))

    def _saved(self, fields: tuple[Field, ...], other: str) -> int:
        """Return how many fields need not be said again, less those that have to be taken away."""
        others = self.shapes[other][1]
        same = sum(one in others for one in fields)
        return same - (len(others) - same)

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
        sections=_with_shared(sections),
        shapes={
            name: (schema.get("description", ""), tuple(_of_shape(schema)))
            for name, schema in sorted(shapes.items())
        },
        refusals=_refusals(sections),
    )


def _with_shared(sections: Mapping[str, list[Operation]]) -> dict[str, tuple[Operation, ...]]:
    """Mark the headers and parameters that many operations take alike."""
    taken = Counter(field for section in sections.values() for one in section for field in one.fields)
    shared = {
        field for field, count in taken.items() if field.place in ("header", "query") and count >= _OF_MANY
    }
    return {
        name: tuple(
            replace(one, fields=tuple(replace(field, is_shared=field in shared) for field in one.fields))
            for one in section
        )
        for name, section in sections.items()
        if section
    }


def _refusals(
    sections: Mapping[str, list[Operation]],
) -> Mapping[str, tuple[tuple[int, str, str], ...]]:
    own = {code for section in sections.values() for one in section for code in one.own_codes}
    changes = tuple(dict.fromkeys((*OF_READING, *refusals.OF_CHANGES)))
    return {
        "every operation": _meant(refusals.EVERYWHERE),
        "every reading besides": _meant(OF_READING),
        "every change besides": _meant(changes),
        "some operations, which name them": _meant(own - {*changes, *refusals.EVERYWHERE}),
    }


def _meant(codes: Iterable[str]) -> tuple[tuple[int, str, str], ...]:
    return tuple(sorted((refusals.status_of(one), one, refusals.meaning_of(one)) for one in codes))


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
        own_codes=_own_codes(described, method, one["responses"]),
    )


def _own_codes(described: Mapping[str, Any], method: str, responses: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the codes of an operation that are not those of every reading, or of every change."""
    usual = {*refusals.EVERYWHERE, *(OF_READING if method == "get" else refusals.OF_CHANGES)}
    told = [
        code
        for status, refused in responses.items()
        if status >= "400"
        for code in _CODE.findall(_resolved(described, refused)["description"])
    ]
    return tuple(code for code in told if code not in usual)


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
            is_required=False,  # what is answered is answered
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
    if "enum" in schema and _are_told(schema["enum"], schema.get("description", "")):
        return "one of these words" + (" or null" if None in schema["enum"] else "")
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
        return f"list of {_kind({'description': schema.get('description', ''), **schema.get('items', {})})}"
    if kind == "object" and "properties" in schema:
        return f"object ({', '.join(schema['properties'])})"
    known = {"string": schema.get("format", "text"), "integer": "number", "boolean": "true or false"}
    return str({**known, "object": "object"}.get(kind, kind))


def _are_told(words: list[Any], description: str) -> bool:
    """Whether there are many words, and what is said of the field names each."""
    return len(words) > _FEW_WORDS and all(f"{one} (" in description for one in words if one is not None)


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
