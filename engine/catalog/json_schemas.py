"""JSON Schemas inside content files: whether they are ones (Draft 2020-12), and validation with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from engine import urls
from engine.catalog.patterns import fault_of, matches
from engine.catalog.yaml_reader import Path

#: Named, as what else is installed beside Workbench would bring others: moments are read by ``parameters``.
_FORMATS = FormatChecker(
    ["date", "email", "idn-email", "idn-hostname", "ipv4", "ipv6", "regex", "time", "uuid"]
)


@_FORMATS.checks("uri")
def _is_address(value: object) -> bool:
    """Whether a text of the format ``uri`` is an address (H4); anything but text is another fault."""
    return not isinstance(value, str) or urls.is_address(value, mail=True)


#: Knows no address: a schema in a content file must never make this program fetch something.
_NO_OUTSIDE: Registry[Any] = Registry()
_REFERENCES = ("$ref", "$dynamicRef")
#: These look once more, and again within what they look at, at all that a schema says beside them.
_LOOKS_AGAIN = {"unevaluatedProperties", "unevaluatedItems"}
_TIMES = 4
#: A schema may come to so many with what it refers to, or to so many times those that are written in it.
_SCHEMAS_UNFOLDED, _TIMES_WRITTEN = 1_000, 3


def _pattern(
    checker: Draft202012Validator, pattern: str, text: object, _: object
) -> Iterator[ValidationError]:
    if checker.is_type(text, "string") and not matches(pattern, str(text)):
        yield ValidationError(f"{text!r} does not match {pattern!r}")


_Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]  # it says nothing of types
    Draft202012Validator, {"pattern": _pattern}
)


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """Return a validator that checks formats and never looks outside the schema; its patterns end soon."""
    return _Validator(schema, format_checker=_FORMATS, registry=_NO_OUTSIDE)


def schema_fault(schema: object) -> tuple[Path, str] | None:
    """Return where and why ``schema`` is not a usable JSON Schema; None where it is.

    Usable means: valid, every ``$ref`` leads to a place within the schema without going round in
    circles, and patterns and references are such that validation ends soon. Checking against the metaschema
    is slow and templates repeat the same conditions, so answers are remembered.
    """
    return _fault(json.dumps(schema, sort_keys=True))


@lru_cache(maxsize=1000)
def _fault(text: str) -> tuple[Path, str] | None:
    schema = json.loads(text)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return tuple(error.absolute_path), error.message
    return (
        next(_pattern_faults(schema, ()), None)
        or _reference_fault(schema, schema, (), set())
        or _unfolding_fault(schema)
    )


def _pattern_faults(part: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every pattern that could take long; a property may be called ``pattern``, so only text is one."""
    if isinstance(part, dict):
        for name, inner in part.items():
            if name == "pattern" and isinstance(inner, str) and (fault := fault_of(inner)):
                yield (*path, name), f"the pattern {inner} cannot be used: {fault}"
            elif name == "patternProperties" and path[-1:] != ("properties",):
                yield (*path, name), "patternProperties cannot be used; name the fields under properties"
            else:
                yield from _pattern_faults(inner, (*path, name))
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from _pattern_faults(inner, (*path, number))


def _reference_fault(
    root: object, part: object, open_targets: tuple[str, ...], finished: set[str]
) -> tuple[Path, str] | None:
    for path, target in _references(part, ()):
        if target in finished:
            continue
        if not target.startswith("#/"):
            return path, f"{target} is not within this schema; only #/$defs/... can be referred to"
        if target in open_targets:
            return path, f"{target} refers to itself; recursive schemas are not supported"
        found = _at(root, target)
        if not isinstance(found, (dict, bool)):
            return path, f"{target} is not in this schema"
        if fault := _reference_fault(root, found, (*open_targets, target), finished):
            return path, fault[1]
        finished.add(target)
    return None


def _unfolding_fault(schema: object) -> tuple[Path, str] | None:
    """Refuse what doubles with every level: a few lines of it would be held against a value for hours."""
    most = max(_SCHEMAS_UNFOLDED, _TIMES_WRITTEN * _written(schema))
    if _unfolded(schema, schema, {}) <= most:
        return None
    return (), f"the schema comes to more than {most:,} schemas with what it refers to; refer to less"


def _written(part: object) -> int:
    if isinstance(part, dict):
        return 1 + sum(map(_written, part.values()))
    return sum(map(_written, part)) if isinstance(part, list) else 0


def _unfolded(root: object, part: object, known: dict[int, int]) -> int:
    """Return how many schemas a value is held against at most; references go round in no circles."""
    if isinstance(part, list):
        return sum(_unfolded(root, inner, known) for inner in part)
    if not isinstance(part, dict):
        return 0
    if id(part) not in known:
        found = 1 + sum(_unfolded(root, inner, known) for inner in part.values())
        targets = (part[name] for name in _REFERENCES if isinstance(part.get(name), str))
        found += sum(_unfolded(root, _at(root, target), known) for target in targets)
        known[id(part)] = found * _TIMES if _LOOKS_AGAIN & part.keys() else found
    return known[id(part)]


def _references(part: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every reference in a schema with its path."""
    if isinstance(part, dict):
        for name, inner in part.items():
            if name in _REFERENCES and isinstance(inner, str):
                yield (*path, name), inner
            else:
                yield from _references(inner, (*path, name))
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from _references(inner, (*path, number))


def _at(root: object, pointer: str) -> Any:
    """Find the target of a ``#/...`` reference; None where there is nothing."""
    found = root
    for step in pointer.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return None
    return found
