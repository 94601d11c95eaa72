"""What a schema inside a content file may hold, the same for all of them, and validation with them.

Schemas of parameters, conditions, settings, facts about deliverables and answers are Draft 2020-12. Whoever
may propose content may write one, and users and other programs give what is held against it: so a schema is
refused that could take long, and what holds a value counts its steps all the same (``counted``; S12).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry

from engine import urls
from engine.budgets import STEPS_OF_A_SCHEMA
from engine.catalog.counted import CountedValidator
from engine.catalog.patterns import fault_of, work_of
from engine.catalog.yaml_reader import Path

#: Named, as what else is installed beside Workbench would bring others: moments are read by ``parameters``.
_FORMATS = FormatChecker(["date", "email", "idn-email", "idn-hostname", "ipv4", "ipv6", "time", "uuid"])
#: Of what the metaschema asks: its patterns are judged by what they run in (``_part_faults``).
_FORMATS_OF_SCHEMAS = FormatChecker([])


@_FORMATS_OF_SCHEMAS.checks("uri")
@_FORMATS.checks("uri")
def _is_address(value: object) -> bool:
    """Whether a text of the format ``uri`` is an address (H4); anything but text is another fault."""
    return not isinstance(value, str) or urls.is_address(value, mail=True)


@_FORMATS.checks("regex")
def _is_pattern(value: object) -> bool:
    """Whether a text is a pattern as content may have one; Python's own takes seconds to read some."""
    return not isinstance(value, str) or fault_of(value) is None


#: Knows no address: a schema in a content file must never make this program fetch something.
_NO_OUTSIDE: Registry[Any] = Registry()
_REFERENCES = ("$ref", "$dynamicRef")
#: Where a schema holds others, by keyword: as a list, by name, or as they are. ``definitions`` is what drafts
#: before called ``$defs``.
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMA_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_SCHEMAS = frozenset(
    {"not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames",
     "unevaluatedItems", "unevaluatedProperties", "contentSchema"}
)  # fmt: skip
#: These look once more, and again within what they look at, at all that a schema says beside them.
_LOOKS_AGAIN = {"unevaluatedProperties", "unevaluatedItems"}
_TIMES = 4
#: A schema may come to so many with what it refers to, or to so many times those that are written in it.
_SCHEMAS_UNFOLDED, _TIMES_WRITTEN = 1_000, 3
#: What says whether a schema is one takes about so many times the steps of holding a value as large.
_TIMES_STEPS = 4
#: All patterns of a schema may come to so many parts together: each is read before anything is held.
_PARTS_OF_PATTERNS = 100_000
_TOO_MANY_PARTS = f"the patterns come to more than {_PARTS_OF_PATTERNS:,} parts together; use fewer"
#: So many characters are told of what a schema says amiss, which may be all of it.
_LONGEST_FAULT = 1_000
#: What was found of schemas that were judged before, by their hashes: their texts may be long.
_known: dict[bytes, tuple[tuple[Path, str] | None]] = {}
_MOST_KNOWN, _knowing = 1_000, Lock()
_TOO_DEEP = "the schema is nested too deeply, or refers too far; say it with fewer levels"


def validator(schema: Mapping[str, Any]) -> CountedValidator:
    """Return a validator that checks formats, never looks outside the schema, and ends soon."""
    return CountedValidator(schema, _FORMATS, _NO_OUTSIDE)


def schema_fault(schema: object) -> tuple[Path, str] | None:
    """Return where and why ``schema`` is not a usable JSON Schema; None where it is.

    Usable means: valid, every ``$ref`` leads to a place within the schema without going round in
    circles, and patterns and references are such that validation ends soon. Checking against the metaschema
    is slow and templates repeat the same conditions, so answers are remembered.
    """
    try:
        text = json.dumps(schema, sort_keys=True)
        key = hashlib.sha256(text.encode()).digest()
        if (known := _known.get(key)) is not None:
            return known[0]
        found = _fault(text)
    except RecursionError:
        return (), _TOO_DEEP
    with _knowing:
        while len(_known) >= _MOST_KNOWN:
            del _known[next(iter(_known))]
        _known[key] = (found,)
    return found


def subschemas(schema: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield a schema and all that it holds, with their places; what no keyword says is a schema is none.

    A property may be called ``pattern``, and a default may look like a schema.
    """
    yield path, schema
    for where, part in _held_by(schema):
        yield from subschemas(part, (*path, *where))


def _held_by(schema: object) -> Iterator[tuple[Path, object]]:
    """Yield the schemas that stand right within one, with their places in it."""
    for name, inner in schema.items() if isinstance(schema, dict) else ():
        if name in _SCHEMA_MAPS and isinstance(inner, dict):
            yield from (((name, key), part) for key, part in inner.items())
        elif name in _SCHEMA_LISTS and isinstance(inner, list):
            yield from (((name, number), part) for number, part in enumerate(inner))
        elif name in _SCHEMAS:
            yield (name,), inner


def _fault(text: str) -> tuple[Path, str] | None:
    schema = json.loads(text)
    rules = CountedValidator(
        Draft202012Validator.META_SCHEMA, _FORMATS_OF_SCHEMAS, most=_TIMES_STEPS * STEPS_OF_A_SCHEMA
    )
    if (error := next(rules.iter_errors(schema), None)) is not None:
        return tuple(error.absolute_path), _cut(error.message)
    return next(_faults_of_parts(schema), None) or _reference_fault(schema) or _unfolding_fault(schema)


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST_FAULT else f"{said[:_LONGEST_FAULT]}…"


def _faults_of_parts(schema: object) -> Iterator[tuple[Path, str]]:
    """Yield what no schema within this one may hold, and none that it refers to, wherever that stands."""
    seen, patterns = set[int](), dict[str, int]()
    waiting: list[tuple[Path, object]] = [((), schema)]
    while waiting:
        place, root = waiting.pop()
        for path, part in subschemas(root, place):
            if not isinstance(part, dict) or id(part) in seen:
                continue
            seen.add(id(part))
            yield from _part_faults(part, path, is_top=part is schema)
            if isinstance(pattern := part.get("pattern"), str):
                patterns[pattern] = work_of(pattern)
                if sum(patterns.values()) > _PARTS_OF_PATTERNS:
                    yield (*path, "pattern"), _TOO_MANY_PARTS
            for name in _REFERENCES:
                target = part.get(name)
                if isinstance(target, str) and target.startswith("#/"):
                    waiting.append((_steps_of(target), _at(schema, target)))


def _part_faults(part: Mapping[str, Any], path: Path, *, is_top: bool) -> Iterator[tuple[Path, str]]:
    """Yield what one schema may not hold: what could take long, or goes by rules that are not ours."""
    pattern = part.get("pattern")
    if isinstance(pattern, str) and (fault := fault_of(pattern)):
        yield (*path, "pattern"), f"the pattern {_cut(pattern)} cannot be used: {fault}"
    if "patternProperties" in part:
        said = "patternProperties cannot be used; name the fields under properties"
        yield (*path, "patternProperties"), said
    for name in () if is_top else ("$schema", "$id"):
        if name in part:
            yield (*path, name), f"{name} is read at the top alone; leave it out"
    for name in _REFERENCES:
        if isinstance(part.get(name), str) and "%" in part[name]:
            said = f"{part[name]} holds a %; give what it refers to another name"
            yield (*path, name), said


def _reference_fault(schema: object) -> tuple[Path, str] | None:
    """Return the first reference that leads nowhere, outside or round in a circle."""
    return _follow(schema, schema, (), set())


def _follow(
    root: object, part: object, open_targets: tuple[str, ...], finished: set[str]
) -> tuple[Path, str] | None:
    for path, target in _references(part):
        if target in finished:
            continue
        if not target.startswith("#/"):
            return path, f"{target} is not within this schema; only #/$defs/... can be referred to"
        if target in open_targets:
            return path, f"{target} refers to itself; recursive schemas are not supported"
        found = _at(root, target)
        if not isinstance(found, (dict, bool)):
            return path, f"{target} is not in this schema"
        if fault := _follow(root, found, (*open_targets, target), finished):
            return path, fault[1]
        finished.add(target)
    return None


def _unfolding_fault(schema: object) -> tuple[Path, str] | None:
    """Refuse what doubles with every level: a few lines of it would be held against a value for hours."""
    most = max(_SCHEMAS_UNFOLDED, _TIMES_WRITTEN * sum(1 for _ in subschemas(schema)))
    if _unfolded(schema, schema, {}) <= most:
        return None
    return (), f"the schema comes to more than {most:,} schemas with what it refers to; refer to less"


def _unfolded(root: object, part: object, known: dict[int, int]) -> int:
    """Return how many schemas a value is held against at most; references go round in no circles."""
    if not isinstance(part, dict):
        return 1
    if id(part) not in known:
        found = 1 + sum(_unfolded(root, inner, known) for _, inner in _held_by(part))
        targets = (part[name] for name in _REFERENCES if isinstance(part.get(name), str))
        found += sum(_unfolded(root, _at(root, target), known) for target in targets)
        known[id(part)] = found * _TIMES if _LOOKS_AGAIN & part.keys() else found
    return known[id(part)]


def _references(schema: object) -> Iterator[tuple[Path, str]]:
    """Yield every reference in a schema with its place."""
    for path, part in subschemas(schema):
        if isinstance(part, dict):
            named = ((name, part.get(name)) for name in _REFERENCES)
            yield from (((*path, name), target) for name, target in named if isinstance(target, str))


def _steps_of(pointer: str) -> Path:
    """Return the steps of a ``#/...`` reference."""
    found = pointer.removeprefix("#/").split("/")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in found)


def _at(root: object, pointer: str) -> Any:
    """Find the target of a ``#/...`` reference; None where there is nothing."""
    found = root
    for name in map(str, _steps_of(pointer)):
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return None
    return found
