from __future__ import annotations

import re

import pytest

from engine.catalog import json_schemas
from engine.catalog.json_schemas import schema_fault, validator


def doubling(levels: int) -> dict[str, object]:
    """Return a schema each of whose levels refers to the next one twice."""
    named = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**named, f"d{levels}": {"type": "string"}}}


def looking_again(levels: int) -> dict[str, object]:
    """Return a schema each of whose levels looks at all further ones once more."""
    return {"allOf": [looking_again(levels - 1)], "unevaluatedProperties": {}} if levels else {}


def far_away(steps: int) -> dict[str, object]:
    """Return a schema that refers to one that refers to the next one, and so on."""
    named = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(steps)}
    return {"$ref": "#/$defs/d0", "$defs": {**named, f"d{steps}": {}}}


USABLE = [
    {},
    {"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": "string"}}},
    {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {}}, "anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]},
    {"$ref": "#/$defs/a~1b", "$defs": {"a/b": True}},
    {"properties": {f"p{n}": {"type": "object"} for n in range(5_000)}},
    {"properties": {f"p{n}": {"$ref": "#/$defs/a"} for n in range(500)}, "$defs": {"a": {}}},
    looking_again(3),
    {"default": {"$ref": "#/default", "pattern": "(?=a)", "patternProperties": {}}},
    {"$ref": "#/definitions/a", "definitions": {"a": {"type": "object"}}},
    {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"$schema": {}, "$id": {}}},
]
#: By these, a pattern of Python, or a part that nobody looked at, was held against what users send.
_DRAFT_7 = "http://json-schema.org/draft-07/schema#"
HIDDEN = [
    ({"properties": {"a": {"$schema": _DRAFT_7, "pattern": "^(a+)+$"}}}, "properties/a/$schema"),
    ({"$ref": "#/default", "default": {"$schema": _DRAFT_7, "pattern": "^(a+)+$"}}, "default/$schema"),
    ({"properties": {"properties": {"patternProperties": {"^(a+)+$": {}}}}},
     "properties/properties/patternProperties"),
    ({"$ref": "#/examples/0", "examples": [{"items": {"patternProperties": {"^(a+)+$": {}}}}]},
     "examples/0/items/patternProperties"),
    ({"definitions": {"a": {"pattern": "^(?=(a+)+$)"}}}, "definitions/a/pattern"),
    ({"items": {"$id": "https://x.example", "$ref": "#/x"}, "x": {}}, "items/$id"),
    ({"$ref": "#/$defs/a%7Eb", "$defs": {"a%7Eb": {}}}, "$ref"),
    ({"pattern": "(.{100}){10}(.{100}){10}(.{100}){10}"}, "pattern"),
]  # fmt: skip
UNUSABLE = [
    ({"type": "words"}, "words"),
    ({"pattern": "["}, "the pattern [ cannot be used: missing ]"),
    ({"pattern": "(?=a)b"}, "the pattern (?=a)b cannot be used"),
    ({"properties": {"a": {"pattern": r"(a)\1"}}}, "cannot be used"),
    ({"patternProperties": {"^a": {}}}, "patternProperties cannot be used; name the fields under properties"),
    ({"items": {"patternProperties": {"^(a+)+$": {}}}}, "patternProperties cannot be used"),
    ({"minimum": "3"}, "number"),
    ({"$ref": "https://example.com/schema.json"}, "not within this schema"),
    ({"$ref": "other.json"}, "not within this schema"),
    ({"$ref": "#"}, "not within this schema"),
    ({"$dynamicRef": "#meta"}, "not within this schema"),
    ({"$ref": "#/$defs/gone"}, "is not in this schema"),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "refers to itself"),
    (
        {"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}},
        "itself",
    ),
    ({"properties": {"a": {"properties": {"b": {"$ref": "#/properties/a"}}}}}, "refers to itself"),
    (doubling(30), "comes to more than 1,000 schemas with what it refers to"),
    (looking_again(20), "comes to more than 1,000 schemas"),
    (far_away(2_000), "refers too far"),
    ({"pattern": "(" * 5_000}, "longer than 2,000 characters"),
    ({"pattern": "(" * 1_500}, "cannot be used"),
    ({"allOf": [{"pattern": f"{number}(a{{1,10}}){{1,100}}"} for number in range(200)]}, "parts together"),
    ({"allOf": [{}] * 40_000}, "is too much to be held against its schema"),
]  # fmt: skip


@pytest.mark.parametrize("schema", USABLE)
def test_references_within_the_schema_are_fine(schema):
    assert schema_fault(schema) is None
    assert validator(schema).is_valid({"a": "text"})


@pytest.mark.parametrize(("schema", "words"), UNUSABLE)
def test_what_cannot_be_validated_with_is_named(schema, words):
    _, told = schema_fault(schema) or ((), "")
    assert words in told


@pytest.mark.parametrize(("schema", "place"), HIDDEN)
def test_what_would_take_long_is_found_wherever_a_schema_hides_it(schema, place):
    where, _ = schema_fault(schema) or ((), "")
    assert "/".join(map(str, where)) == place


@pytest.mark.parametrize("pattern", ["(?=a)b", "(" * 1_500, "(?i)" + "[!-\U0010ffff]" * 1_000, r"(a)\1"])
def test_a_value_that_is_to_be_a_pattern_is_one_by_the_rules_of_content(pattern: str):
    held = validator({"format": "regex"})
    assert held.is_valid("^[a-z]+$")
    assert not held.is_valid(pattern)


def test_values_that_are_to_be_patterns_take_steps_by_what_they_come_to():
    held = validator({"items": {"format": "regex"}})
    told = list(held.iter_errors([f"{number}(a{{1,10}}){{1,100}}" for number in range(2_000)]))
    assert told[-1].message.startswith("is too much to be held against its schema")


def test_pythons_patterns_are_asked_of_no_schema(monkeypatch):
    monkeypatch.setattr(re, "compile", None)
    assert schema_fault({"pattern": "^[a-z]+$", "format": "regex"}) is None
    assert validator({"format": "regex"}).is_valid("^[a-z]+[0-9]$")


def test_what_is_remembered_of_a_schema_is_not_its_text():
    text = "x" * 100_000
    assert len(str(schema_fault({"type": text}))) < 2_000
    assert max(len(str(one)) for one in json_schemas._known.items()) < 4_000


def test_a_property_may_be_called_what_a_schema_calls_its_rules():
    named = {"pattern": {"type": "string"}, "patternProperties": {"type": "string"}}
    assert schema_fault({"properties": named}) is None


def test_patterns_are_held_against_texts_as_json_schema_has_it_in_time_that_grows_with_the_text():
    digits = validator({"pattern": r"^\d$"})
    assert digits.is_valid("3")
    assert not digits.is_valid("٣"), "a digit of another script is one to Python"
    assert not validator({"pattern": "^(a+)+$"}).is_valid("a" * 100_000 + "!")


def test_a_pattern_that_was_pinned_before_that_rule_is_still_held_against_texts():
    before = validator({"pattern": "^(?=a)"})
    assert before.is_valid("a")
    assert not before.is_valid("b")
