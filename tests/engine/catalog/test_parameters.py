from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.parameters import (
    evaluate_when,
    parse_texts,
    render,
    validated,
    with_defaults,
)
from engine.errors import BadRequestError

SCHEMA = {
    "type": "object",
    "required": ["topic"],
    "properties": {
        "topic": {"type": "string", "maxLength": 10},
        "words": {"type": "integer", "minimum": 100},
        "sponsored": {"type": "boolean", "default": False},
        "start": {"type": "string", "format": "date"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "code": {"type": ["string", "integer"]},
    },
}

RENDERED = [
    ("Write: {{ topic }}", {"topic": "Tea"}, "Write: Tea"),
    ("{{topic}}-{{ topic }}", {"topic": "a"}, "a-a"),
    ("{{ absent }}!", {}, "!"),
    ("{{ absent }}", {"absent": None}, ""),
    ("{{ n }}", {"n": 3}, "3"),
    ("{{ b }}", {"b": True}, "yes"),
    ("{{ l }}", {"l": ["a", "b"]}, "a, b"),
    ("{{ d }}", {"d": {"k": 1}}, '{"k": 1}'),
    ("{{ a }}", {"a": "{{ b }}", "b": "no"}, "{{ b }}"),
    ("{{ a.b }} {{ 1 }} { a }", {"a": "x"}, "{{ a.b }} {{ 1 }} { a }"),
]


@pytest.mark.parametrize(("text", "values", "expected"), RENDERED)
def test_only_names_are_replaced_and_only_once(text, values, expected):
    assert render(text, values) == expected


@pytest.mark.wide
@given(st.text(), st.dictionaries(st.sampled_from("abc"), st.text()))
def test_rendering_never_fails_and_leaves_text_without_braces_alone(text, values):
    assert isinstance(render(text, values), str)
    if "{{" not in text:
        assert render(text, values) == text


PARSED = [
    ("topic", "123", "123"),
    ("topic", "true", "true"),
    ("words", "250", 250),
    ("words", "many", "many"),
    ("sponsored", "true", True),
    ("tags", '["a"]', ["a"]),
    ("code", "123", "123"),
    ("code", '"x"', "x"),
    ("words", "NaN", "NaN"),
    ("unknown", "1", 1),
]


@pytest.mark.parametrize(("name", "text", "value"), PARSED)
def test_a_typed_value_is_json_unless_the_schema_says_string(name, text, value):
    assert parse_texts(SCHEMA, {name: text}) == {name: value}


def test_defaults_are_filled_in_and_given_values_win():
    assert with_defaults(SCHEMA, {"topic": "Tea"}) == {"topic": "Tea", "sponsored": False}
    assert validated(SCHEMA, {"topic": "Tea", "sponsored": True}) == {"topic": "Tea", "sponsored": True}


REFUSED = [
    ({}, "topic", "missing"),
    ({"topic": "x" * 11}, "topic", "more than 10 characters"),
    ({"topic": 5}, "topic", "not of type string"),
    ({"topic": "t", "words": 99}, "words", "less than 100"),
    ({"topic": "t", "words": True}, "words", "not of type integer"),
    ({"topic": "t", "start": "31.01.2026"}, "start", "not a date"),
    ({"topic": "t", "tags": ["a", 1]}, "tags", "not of type string"),
    ({"topic": "t", "colour": "red"}, "colour", "not a parameter"),
]


@pytest.mark.parametrize(("values", "field", "words"), REFUSED)
def test_a_bad_value_is_refused_with_its_field(values, field, words):
    with pytest.raises(BadRequestError) as refusal:
        validated(SCHEMA, values)
    [detail] = refusal.value.details
    assert detail["field"] == field
    assert words in detail["message"]
    assert detail["message"] in refusal.value.message


def test_every_fault_is_reported_at_once():
    with pytest.raises(BadRequestError) as refusal:
        validated(SCHEMA, {"words": 1, "colour": "red"})
    assert {detail["field"] for detail in refusal.value.details} == {"topic", "words", "colour"}


def test_each_parameter_that_is_missing_is_named_once():
    schema = {"type": "object", "required": ["city", "day"], "properties": {"city": {}, "day": {}}}
    with pytest.raises(BadRequestError) as refused:
        validated(schema, {})
    assert [detail["message"] for detail in refused.value.details] == ["city is missing.", "day is missing."]


def test_a_template_without_parameters_takes_none():
    assert validated(None, {}) == {}
    with pytest.raises(BadRequestError, match="has none"):
        validated(None, {"topic": "x"})


NOT_SPONSORED = {"properties": {"sponsored": {"const": False}}}
WHEN = [
    (None, {}, True),
    (NOT_SPONSORED, {}, True),
    (NOT_SPONSORED, {"sponsored": True}, False),
    (NOT_SPONSORED, {"sponsored": False}, True),
    ({"properties": {"words": {"minimum": 500}}}, {}, False),
    ({"properties": {"words": {"minimum": 500}}}, {"words": 600}, True),
    ({"properties": {"words": {"minimum": 500}}}, {"words": 400}, False),
    ({"not": {"required": ["words"]}}, {}, True),
    ({"not": {"required": ["words"]}}, {"words": 400}, False),
    ({"anyOf": [{"properties": {"words": {"const": 1}}}]}, {}, False),
    ({"not": {"properties": {"words": {"const": 1}}}}, {}, True),
    ({"anyOf": [NOT_SPONSORED, {"required": ["words"]}]}, {"sponsored": True, "words": 100}, True),
]


@pytest.mark.parametrize(("condition", "values", "expected"), WHEN)
def test_when_sees_the_defaults_and_needs_what_it_names(condition, values, expected):
    assert evaluate_when(SCHEMA, condition, {"topic": "t", **values}) is expected


def test_a_value_nested_without_end_is_refused_not_a_crash():
    value = parse_texts(SCHEMA, {"tags": "[" * 100_000})
    with pytest.raises(BadRequestError):
        validated(SCHEMA, value)
