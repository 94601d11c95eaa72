"""The shapes of answers as classes: one for all schemas that have the same fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from tests.agreement.client_code.words import comment, paragraph, pascal, singular, snake

Schema: TypeAlias = Mapping[str, Any]
_PLAIN = {"boolean": "bool", "integer": "int", "number": "float", "null": "None"}
#: From so many fields on, two shapes that have the same are the same.
_TELLING = 5
_HEAD = '''"""The shapes of answers; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from .given import Shape
'''


class Models:
    """All shapes by name, each with the schemas that say it."""

    def __init__(self, described: Schema) -> None:
        self._schemas: Mapping[str, Schema] = described["components"]["schemas"]
        self._variants: dict[str, list[Schema]] = {}
        self._names: dict[frozenset[str], str] = {}
        for name in self._schemas:
            if name != "Error":
                self._add(self._schemas[name], name)
        for _, _, operation in operations(described):
            for schema in read_by(operation):
                self._add(schema, schema["title"])
        for name in sorted(self._variants, key=len):
            for schema in list(self._variants[name]):
                self._walk(schema, name)
        self._fields = {name: dict(self._fields_of(name, found)) for name, found in self._variants.items()}
        self._bases = {name: self._base_of(name) for name in self._fields}

    def name_of(self, schema: Schema, suggested: str, place: str = "") -> str:
        """Return the class of a shape, which may stand in a place of others with one and the same id."""
        fields = frozenset(schema["properties"])
        if fields in self._names and (len(fields) >= _TELLING or self._names[fields] == suggested):
            return self._names[fields]
        if (small := fields | {place}) in self._names:
            return self._names[small]
        taken = suggested in self._variants and self._variants[suggested][0]["properties"].keys() != fields
        return f"{suggested}AsRead" if taken else suggested

    def identified_by(self, field: str) -> list[str]:
        """Return the classes whose own id stands in a field, but for those that derive from one of them."""
        found = {
            name for name, [first, *_] in self._variants.items() if next(iter(first["required"]), "") == field
        }
        return sorted(name for name in found if self._bases[name] not in found)

    def render(self) -> str:
        """Return the module."""
        by_size = sorted(self._variants, key=lambda name: (len(self._fields[name]), name))
        return _HEAD + "".join(map(self._class, by_size))

    def _add(self, schema: Schema, suggested: str, place: str = "") -> str:
        name = self.name_of(schema, suggested, place)
        fields = frozenset(schema["properties"])
        self._names.setdefault(fields, name)
        if place:
            self._names.setdefault(fields | {place}, name)
        variants = self._variants.setdefault(name, [])
        if schema not in variants:
            variants.append(schema)
        return name

    def _walk(self, schema: Schema, name: str) -> None:
        for field, inner in schema["properties"].items():
            for one in _objects(inner):
                self._walk(one, self._add(one, _suggested(name, field), _place(schema, field)))

    def _fields_of(self, name: str, variants: list[Schema]) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield the fields of a class, each with its line and the comment above."""
        first = variants[0]
        for field in (
            *first["required"],
            *(one for one in first["properties"] if one not in first["required"]),
        ):
            told = [one["properties"][field] for one in variants]
            kinds = {
                part for one in told for part in parts_of(self._type_of(one, name, _place(first, field)))
            }
            is_optional = any(field not in one["required"] for one in variants)
            kind = union(kinds | ({"None"} if is_optional else set()))
            words = next((one["description"] for one in told if one.get("description")), "")
            attribute, default = snake(field), " = None" if is_optional else ""
            if attribute != field:
                default = f' = Field({"None, " if is_optional else ""}alias="{field}")'
            yield field, (f"    {attribute}: {kind}{default}\n", comment(words, "    "))

    def _type_of(self, schema: Schema, name: str, place: str) -> str:
        suggested = _suggested(name, place.rpartition(".")[2])
        return type_of(schema, lambda one: self.name_of(one, suggested, place), is_sent=False)

    def _base_of(self, name: str) -> str:
        """Return the largest class with the same id that has nothing but fields of this one, alike."""
        own = self._fields[name]
        bases = [
            other
            for other, fields in self._fields.items()
            if _TELLING <= len(fields) < len(own)
            and next(iter(fields)) == next(iter(own))
            and all(field in own and own[field][0] == line for field, (line, _) in fields.items())
        ]
        return max(bases, key=lambda other: (len(self._fields[other]), other), default="Shape")

    def _class(self, name: str) -> str:
        base = self._bases[name]
        above = self._fields.get(base, {})
        own = [words + line for field, (line, words) in self._fields[name].items() if field not in above]
        doc = _doc(self._variants[name][0].get("description", name))
        return f"\n\nclass {name}({base}):\n{doc}\n{''.join(own)}"


def operations(described: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yield the path and the method of every operation, with it."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def read_by(operation: Schema) -> Iterator[Schema]:
    """Yield the shape that an operation reads, or of which it gives a list."""
    schema = answered_by(operation)
    if "title" in schema:
        yield schema
    elif rows := rows_of(schema):
        yield schema["properties"][rows]["items"]


def answered_by(operation: Schema) -> Schema:
    """Return what an operation answers with where all is well; nothing of a file."""
    answer = next(one for status, one in operation["responses"].items() if status < "300")
    found: Schema = answer["content"].get("application/json", {}).get("schema", {})
    return found


def rows_of(schema: Schema) -> str:
    """Return under which name an answer has a list; empty where it has none."""
    if "next" not in schema.get("properties", {}):
        return ""
    return next(name for name, inner in schema["properties"].items() if "items" in inner)


def type_of(schema: Schema, name_of: Callable[[Schema], str], *, is_sent: bool) -> str:
    """Return the type of a value; ``name_of`` names a shape."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema or "const" in schema:
        return _of_words(schema, is_sent=is_sent)
    kinds = schema.get("type", ())
    options = [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else schema.get("anyOf")
    if options:
        inner = [type_of(one, name_of, is_sent=is_sent) for one in options]
        return union({part for one in inner for part in parts_of(one)})
    if kinds == "string":
        return _of_text(schema.get("format", ""), is_sent=is_sent)
    if kinds == "array":
        items = type_of(schema.get("items", {}), name_of, is_sent=is_sent)
        return f"Sequence[{items}]" if is_sent else f"list[{items}]"
    if kinds == "object":
        if "properties" in schema:
            return name_of(schema)
        values = schema.get("additionalProperties")
        inside = type_of(values, name_of, is_sent=is_sent) if isinstance(values, Mapping) else "Any"
        return f"Mapping[str, {inside}]" if is_sent else f"dict[str, {inside}]"
    return _PLAIN[kinds] if kinds else "Any"


def _of_words(schema: Schema, *, is_sent: bool) -> str:
    words = [word for word in schema.get("enum", [schema.get("const")]) if word is not None]
    told = f"Literal[{', '.join(json.dumps(word) for word in words)}]"
    types = schema.get("type", ())
    parts = {told, *([] if is_sent else ["str"])}  # words may come (web/API.md)
    return union(parts | ({"None"} if "null" in types or None in schema.get("enum", ()) else set()))


def _of_text(form: str, *, is_sent: bool) -> str:
    kind = {"date": "date", "date-time": "datetime", "binary": "File"}.get(form, "str")
    return f"{kind} | str" if is_sent and kind in ("date", "datetime") else kind


def parts_of(kind: str) -> list[str]:
    """Return the members of a union."""
    found, depth = [""], 0
    for sign in kind:
        depth += (sign == "[") - (sign == "]")
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return [one.strip() for one in found]


def union(parts: set[str]) -> str:
    if "Any" in parts:
        return "Any"
    return " | ".join(sorted(parts, key=lambda one: (one == "None", one == "Unset", one == "str", one)))


def _objects(schema: Schema) -> Iterator[Schema]:
    """Yield the shapes that a value is made of."""
    if "properties" in schema:
        yield schema
    for option in schema.get("anyOf", ()):
        yield from _objects(option)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), Mapping):
            yield from _objects(schema[word])


def _place(schema: Schema, field: str) -> str:
    """Name a field of a shape, alike in all that have the same id."""
    return f"{next(iter(schema['required']), '')}.{field}"


def _suggested(name: str, field: str) -> str:
    return name + pascal(singular(field))


def _doc(text: str) -> str:
    one = f'    """{text}"""'
    return one if len(one) <= 110 else f'    """{paragraph(text, "    ").lstrip()}\n    """'
