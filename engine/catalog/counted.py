"""Holding values against the schemas of content, in so many steps and no more (S12).

Whoever writes content chooses the schema, and whoever uses it the value: together they could keep a process
busy for hours, though neither is large. So each keyword costs steps, by the work that it makes the library
do; what costs more than ``budgets.STEPS_OF_A_SCHEMA`` is not held any further, and does not fit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from engine.budgets import STEPS_OF_A_SCHEMA
from engine.catalog import patterns
from engine.errors import BadRequestError

#: What a keyword yields for a value, as the library asks it: checker, the keyword's value, the value, schema.
Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]
#: A step is about a microsecond: so many characters of a message, or of a text that is compared.
_CHARACTERS_A_STEP = 64
#: What asking a keyword takes, holding each of its parts, each thing that a value holds, and a fault.
_A_KEYWORD, _A_PART, _A_THING, _A_FAULT = 4, 4, 4, 8
#: What these take besides: the library makes a checker for them, or for each of their parts or things.
_MAKES_A_CHECKER = {"$ref": 12, "$dynamicRef": 30, "not": 8, "if": 8}
_MAKES_CHECKERS = frozenset({"anyOf", "oneOf", "contains"})
_A_CHECKER = 6
#: Formats whose reading takes as long whatever the length of the text.
_A_FORMAT, _FORMATS = 4, {"time": 90, "regex": 90}
#: RE2 holds a character against this many parts of a pattern in a step, where it must look at all of them.
_PARTS_A_STEP = 4_000
#: These look at all that a value holds, though what they hold against it may cost nothing.
_LOOKS_AT_ALL = frozenset(
    {"items", "contains", "prefixItems", "propertyNames", "additionalProperties", "unevaluatedItems",
     "unevaluatedProperties"}
)  # fmt: skip
#: These compare with all that stands in the schema.
_COMPARES = frozenset({"enum", "const", "required", "dependentRequired"})
#: These look for what no other keyword looked at: in all of the schema for each item, then each among all.
_LOOKS_AGAIN = frozenset({"unevaluatedItems", "unevaluatedProperties"})
#: Of these lookups so many cost one step.
_LOOKUPS_A_STEP, _COMPARISONS_A_STEP = 8, 50
_TOO_MUCH = (
    "is too much to be held against its schema: it takes more than {most:,} steps. Give less, or have the "
    "schema say less of it"
)


class _TooMuchError(Exception):
    """More steps are taken than there are."""


class _Steps:
    """How many steps are left, and how large the parts of the schemas are that were measured."""

    def __init__(self, most: int) -> None:
        self.most, self.left = most, most
        #: By the identity of the part, which the schema keeps alive.
        self._sizes: dict[int, int] = {}

    def take(self, count: int) -> None:
        """Take steps.

        Raises:
            _TooMuchError: there are none left.
        """
        self.left -= count
        if self.left < 0:
            raise _TooMuchError

    def size(self, part: object) -> int:
        """Return how many values a part of a schema holds, with a share for its texts."""
        known = self._sizes.get(id(part))
        if known is None:
            known = self._sizes[id(part)] = _size(part)
        return known


_steps: ContextVar[_Steps] = ContextVar("steps")


@contextmanager
def together(most: int = STEPS_OF_A_SCHEMA) -> Iterator[None]:
    """Let everything that is held against schemas in the block share one budget.

    Raises:
        BadRequestError: by ``is_valid``, once there are no steps left.
    """
    before = _steps.set(_Steps(most))
    try:
        yield
    finally:
        _steps.reset(before)


class CountedValidator:
    """One schema, against which values are held; what takes too many steps does not fit."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        formats: FormatChecker,
        registry: Registry[Any] | None = None,
        most: int = STEPS_OF_A_SCHEMA,
    ) -> None:
        """Take a schema, the formats that are checked, and what it may refer to beside itself."""
        known = {} if registry is None else {"registry": registry}
        self._checker = _Checker(schema, format_checker=formats, **known)
        self._most = most

    def iter_errors(self, value: object) -> Iterator[ValidationError]:
        """Yield what of a value does not fit; last that it is too much, where it is."""
        found: list[ValidationError] = []
        try:
            with self._counting():
                found.extend(self._checker.iter_errors(value))
        except (_TooMuchError, RecursionError):
            found.append(ValidationError(self._too_much()))
        return iter(found)

    def is_valid(self, value: object) -> bool:
        """Whether a value fits.

        Raises:
            BadRequestError: that is not known, because finding it out takes too many steps.
        """
        try:
            with self._counting():
                return bool(self._checker.is_valid(value))
        except (_TooMuchError, RecursionError):
            raise BadRequestError(f"A value {self._too_much()}.") from None

    @contextmanager
    def _counting(self) -> Iterator[None]:
        if _steps.get(None) is not None:
            yield
            return
        with together(self._most):
            yield

    def _too_much(self) -> str:
        steps = _steps.get(None)
        return _TOO_MUCH.format(most=self._most if steps is None else steps.most)


def _counted(name: str, holds: Keyword) -> Keyword:
    """Give a keyword that takes the steps which it costs, and some for each fault that it tells."""

    def held(checker: Any, rule: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        steps = _steps.get()
        steps.take(_cost(name, rule, value, schema, steps))
        try:
            for error in holds(checker, rule, value, schema) or ():
                steps.take(_A_FAULT + len(error.message) // _CHARACTERS_A_STEP)
                yield error
        except OverflowError:
            yield ValidationError(f"the number is too large for {name}")

    return held


def _cost(name: str, rule: Any, value: Any, schema: Any, steps: _Steps) -> int:
    """Return how many steps a keyword takes, without what it has others do."""
    cost = _A_KEYWORD + _MAKES_A_CHECKER.get(name, 0)
    length = len(value) if isinstance(value, (dict, list, str)) else 0
    each = _A_CHECKER if name in _MAKES_CHECKERS else 0
    if name in _COMPARES:
        cost += steps.size(rule)
    elif isinstance(rule, (dict, list)):
        cost += (_A_PART + each) * len(rule)
    if name == "format" and isinstance(value, str):
        cost += _FORMATS.get(str(rule), _A_FORMAT) + length
        cost += patterns.work_of(value) if rule == "regex" else 0
    elif name == "pattern" and isinstance(value, str):
        cost += _A_FORMAT + patterns.parts_of(rule) * length // _PARTS_A_STEP
    elif name == "$ref":
        cost += len(rule) // _CHARACTERS_A_STEP
    elif name == "uniqueItems" and isinstance(value, list):
        cost += _A_PART * _size(value)
    elif name in _LOOKS_AT_ALL and not isinstance(value, str):
        cost += (_A_THING + each) * length
    if name in _LOOKS_AGAIN and not isinstance(value, str):
        looked_up = steps.size(schema) * (1 + length)
        cost += looked_up // _LOOKUPS_A_STEP + length * length // _COMPARISONS_A_STEP
    return cost


def _size(part: object) -> int:
    if isinstance(part, dict):
        return 1 + sum(1 + len(name) // _CHARACTERS_A_STEP + _size(inner) for name, inner in part.items())
    if isinstance(part, list):
        return 1 + sum(map(_size, part))
    return 1 + (len(part) // _CHARACTERS_A_STEP if isinstance(part, str) else 0)


def _pattern(checker: Any, pattern: str, text: object, _: object) -> Iterator[ValidationError]:
    if checker.is_type(text, "string") and not patterns.matches(pattern, str(text)):
        yield ValidationError(f"{text!r} does not match {pattern!r}")


def _unique(checker: Any, rule: object, value: Any, _: object) -> Iterator[ValidationError]:
    """Tell equal items by what they are written as: the library compares each with each."""
    if not rule or not checker.is_type(value, "array"):
        return
    if len({json.dumps(_plain(item), sort_keys=True) for item in value}) < len(value):
        yield ValidationError(f"{value!r} has non-unique elements")


def _plain(value: Any) -> Any:
    """Write equal numbers alike: to JSON Schema, 1.0 is 1 (and true is not)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _evolve(self: Any, **changes: Any) -> Any:
    """Hold parts by the same rules, whatever `$schema` they name: others' patterns would run in Python."""
    kept = {
        "schema": self.schema,
        "format_checker": self.format_checker,
        "registry": self._registry,
        "_resolver": self._resolver,
    }
    return type(self)(**{**kept, **changes})


_OWN: Mapping[str, Keyword] = {"pattern": _pattern, "uniqueItems": _unique}
_Checker: Any = extend(  # type: ignore[no-untyped-call]  # it says nothing of types
    Draft202012Validator,
    {name: _counted(name, holds) for name, holds in {**Draft202012Validator.VALIDATORS, **_OWN}.items()},
)
_Checker.evolve = _evolve
