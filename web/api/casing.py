"""snake_case and camelCase: both are read, and ``?case=camel`` answers in the second (CNF-16).

Only names that a schema gives are other names: what people call their own data (parameters, metadata, config,
meta) stands in objects whose names no schema gives, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from engine.errors import bad_field

Schema: TypeAlias = Mapping[str, Any]
_NONE: Schema = {}


def camel(name: str) -> str:
    """Return a name as clients in camelCase have it: ``due_date`` is ``dueDate``."""
    first, *others = name.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)


def answer(data: Any, schema: Schema, definitions: Schema | None = None) -> Any:
    """Return an answer with the names of its schema in camelCase.

    ``definitions`` are the shapes that the schema points at by name; without it its own ``$defs``.
    """
    return _renamed(data, schema, _defined(schema, definitions), to_camel=True)


def asked(data: Any, schema: Schema, definitions: Schema | None = None) -> Any:
    """Return what was sent with the names of its schema in snake_case, however it has them.

    Raises:
        BadRequestError: a field stands there twice, once in each form.
    """
    return _renamed(data, schema, _defined(schema, definitions), to_camel=False)


def refusal(error: dict[str, Any]) -> dict[str, Any]:
    """Return a refusal whose details name fields as a client in camelCase has them."""
    inner = dict(error["error"])
    inner["details"] = [
        {
            camel(name): _place(value) if name == "field" and isinstance(value, str) else value
            for name, value in detail.items()
        }
        for detail in inner["details"]
    ]
    return {"error": inner}


def _place(field: str) -> str:
    first, dot, rest = field.partition(".")
    return f"{camel(first)}{dot}{rest}"


def _defined(schema: Schema, definitions: Schema | None) -> Schema:
    found: Schema = schema.get("$defs", _NONE) if definitions is None else definitions
    return found


def _renamed(data: Any, schema: Schema, definitions: Schema, *, to_camel: bool) -> Any:
    if isinstance(data, list):
        inner = next((one["items"] for one in _options(schema, definitions) if "items" in one), _NONE)
        return [_renamed(one, inner, definitions, to_camel=to_camel) for one in data]
    if not isinstance(data, dict):
        return data
    sent: dict[str, Any] = data
    named: dict[str, Any] = {}
    others: Any = _NONE
    for option in _options(schema, definitions):
        named |= option.get("properties", _NONE)
        others = option.get("additionalProperties", others)
    names = _names(tuple(named), to_camel=to_camel)
    found: dict[str, Any] = {}
    for name, value in sent.items():
        new = names.get(name, name)
        if new in found:
            raise bad_field(new, "is given twice, once in camelCase; send it once")
        inner = named.get(name if to_camel else new, others if isinstance(others, Mapping) else _NONE)
        found[new] = _renamed(value, inner, definitions, to_camel=to_camel)
    return found


def _names(named: Iterable[str], *, to_camel: bool) -> dict[str, str]:
    return {name: camel(name) for name in named} if to_camel else {camel(name): name for name in named}


def _options(schema: Any, definitions: Schema) -> Iterator[Schema]:
    """Yield the parts of a schema that may say what the names of an object are."""
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        yield from _options(definitions.get(schema["$ref"].rpartition("/")[2], _NONE), definitions)
    for word in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(word, ()):
            yield from _options(option, definitions)
    yield schema
