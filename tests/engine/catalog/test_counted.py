"""However a schema and a value are chosen, holding one against the other ends: steps count, not seconds."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from engine.catalog import counted
from engine.catalog.counted import CountedValidator, together
from engine.catalog.json_schemas import schema_fault, validator
from engine.errors import BadRequestError

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
#: Calls of functions for each step: keywords call others, and each fault becomes a record with a message.
CALLS_A_STEP = 20

_texts = st.sampled_from(["", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "b"])
_plain = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0]) | _texts
values = st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=60,
)


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw schemas of the keywords that look at much, with parts that are drawn."""
    some, named = st.lists(inner, min_size=1, max_size=4), st.dictionaries(_texts, inner, max_size=4)
    return st.fixed_dictionaries(
        {},
        optional={
            "allOf": some, "anyOf": some, "oneOf": some, "not": inner,
            "if": inner, "then": inner, "else": inner,
            "properties": named, "items": inner, "contains": inner, "additionalProperties": inner,
            "unevaluatedItems": inner, "unevaluatedProperties": inner, "propertyNames": inner,
            "$defs": st.fixed_dictionaries({"one": inner}), "$ref": st.just("#/$defs/one"),
        },
    )  # fmt: skip


_rules: st.SearchStrategy[Any] = st.booleans() | st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "array", "object", "integer", "number", "boolean"]),
        "pattern": st.sampled_from(["^(a+)+$", "(a|a)*b", "^[a-z]{1,30}$"]),
        "enum": st.lists(_plain, min_size=1, max_size=8, unique_by=repr),
        "required": st.lists(_texts, max_size=4, unique=True),
        "uniqueItems": st.booleans(),
        "maxLength": st.integers(0, 3),
        "minItems": st.integers(0, 3),
    },
)
schemas = st.recursive(_rules, _holding, max_leaves=12).filter(lambda schema: isinstance(schema, dict))


def calls_of(act: Any) -> int:
    """Count the calls of functions that an act makes, in Python and in C."""
    count = 0

    def seen(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


@given(schema=schemas, value=values)
def test_no_schema_that_is_accepted_makes_more_work_than_its_steps(schema: Any, value: Any):
    if schema_fault(schema) is not None:
        return
    most = 200
    held = CountedValidator(schema, FormatChecker([]), most=most)
    assert calls_of(lambda: list(held.iter_errors(value))) <= CALLS_A_STEP * (most + 20)


@given(schema=schemas, value=values)
def test_what_is_counted_says_of_a_value_what_the_library_says(schema: Any, value: Any):
    if schema_fault(schema) is None:
        assert validator(schema).is_valid(value) == Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"allOf": [{}] * 500}}, [0] * 500),
        ({"items": {"enum": [str(number) for number in range(500)]}}, ["500"] * 500),
        ({"items": {"required": [str(number) for number in range(500)]}}, [{}] * 500),
        ({"items": {"properties": {str(number): {} for number in range(500)}}}, [{}] * 500),
        ({"allOf": [{"items": {}}] * 500}, [0] * 500),
        ({"allOf": [{"maxLength": 1}] * 500}, "x" * 20_000),
        ({"allOf": [{"uniqueItems": True}] * 500}, list(range(500))),
        ({"contains": {"const": 0}, "unevaluatedItems": False}, list(range(5_000))),
        ({"allOf": [{"pattern": "[ab]{400}(c|d){200}$"}] * 500}, "ab" * 5_000),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_a_small_schema_and_a_long_value_that_come_to_much_together_do_not_fit(schema: Any, value: Any):
    assert schema_fault(schema) is None
    held = CountedValidator(schema, FormatChecker([]), most=50_000)
    told = [error.message for error in held.iter_errors(value)]
    assert told[-1].startswith("is too much to be held against its schema: it takes more than 50,000 steps")


def test_what_was_pinned_with_a_part_of_another_dialect_is_held_by_the_same_rules():
    hidden = {"properties": {"a": {"$schema": DRAFT_7, "pattern": r"^\d$"}}}
    assert schema_fault(hidden) is not None
    assert validator(hidden).is_valid({"a": "3"})
    assert not validator(hidden).is_valid({"a": "٣"}), "a pattern of Python, which may take hours"


def test_items_are_unique_by_what_they_are_to_json_schema():
    unique = validator({"uniqueItems": True})
    assert unique.is_valid([1, True, "1", [1], {"a": 1}])
    assert not unique.is_valid([{"a": [1, 2]}, {"a": [1.0, 2]}])
    assert not unique.is_valid([1, {}, 1.0])
    many = [{"a": number} for number in range(3_000)]
    assert calls_of(lambda: unique.is_valid([*many, "x"])) < 100 * len(many), "each is compared with each"


def test_a_number_that_no_fraction_takes_is_a_fault_of_the_value():
    (fault,) = validator({"multipleOf": 0.5}).iter_errors(10**400)
    assert fault.message == "the number is too large for multipleOf"


def test_what_is_held_in_one_block_shares_its_steps_and_what_comes_after_does_not():
    held = validator({"items": {"type": "integer"}})
    with together(most=2_000):
        answers = [held.is_valid([1] * 40) for _ in range(5)]
        with pytest.raises(BadRequestError, match="more than 2,000 steps"):
            held.is_valid([1] * 240)
    assert answers == [True] * 5
    assert held.is_valid([1] * 4_000)


def test_every_keyword_of_the_library_is_counted():
    own = {name for name, keyword in counted._Checker.VALIDATORS.items() if keyword.__name__ == "held"}
    assert own == set(Draft202012Validator.VALIDATORS)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"allOf": [{"$ref": "#/$defs/a"}] * 100}, "$defs": {"a": {}}}, [0] * 10),
        ({"items": {"anyOf": [{"not": {}}] * 100}}, [0] * 10),
        ({"items": {"oneOf": [{"not": {}}] * 100}}, [0] * 10),
        ({"items": {"allOf": [{"if": {}}] * 100}}, [0] * 10),
        ({"items": {"contains": {"not": {}}}}, [[0] * 100] * 10),
        ({"items": {"allOf": [{"format": "time"}] * 100}}, ["25:00:00"] * 10),
        ({"items": {"allOf": [{"type": "string"}] * 100}}, [0] * 10),
    ],
    ids=["$ref", "anyOf", "oneOf", "if", "contains", "time", "type"],
)
def test_what_makes_the_library_do_more_takes_more_steps(schema: Any, value: Any):
    with together(most=1_000_000):
        calls = calls_of(lambda: list(validator(schema).iter_errors(value)))
        taken = 1_000_000 - counted._steps.get().left
    assert calls / taken < 6
