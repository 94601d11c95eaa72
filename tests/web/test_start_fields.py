"""The start form's fields, from a template's JSON Schema and back to typed values."""

from __future__ import annotations

from typing import Any

import pytest

from web.pages.parameter_fields import fields_of, read, text_of

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["topic", "count", "tone"],
    "properties": {
        "topic": {
            "type": "string",
            "title": "Topic",
            "description": "In words.",
            "minLength": 3,
            "maxLength": 80,
        },
        "brief": {"type": "string", "maxLength": 2000},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2},
        "share": {"type": "number"},
        "sponsored": {"type": "boolean", "default": True},
        "tone": {"enum": ["plain", "formal"]},
        "grid": {"type": "integer", "enum": [3, 5], "default": 5},
        "day": {"type": "string", "format": "date"},
        "moment": {"type": "string", "format": "date-time"},
        "site": {"type": "string", "format": "uri", "maxLength": 400},
        "words": {"type": "array", "items": {"type": "string"}, "default": ["a", "b"]},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "nothing_or_text": {"type": ["null", "string"]},
    },
}
FIELDS = {field.name: field for field in fields_of(SCHEMA)}


def test_fields_keep_the_order_of_the_template_and_have_names_of_their_own() -> None:
    assert list(FIELDS) == list(SCHEMA["properties"])
    assert FIELDS["topic"].key == "param.topic"


@pytest.mark.parametrize(
    ("name", "control", "shape"),
    [
        ("topic", "line", "text"),
        ("brief", "area", "text"),
        ("count", "line", "number"),
        ("share", "line", "number"),
        ("sponsored", "check", "checkbox"),
        ("tone", "select", "text"),
        ("grid", "select", "text"),
        ("day", "line", "date"),
        ("site", "line", "url"),
        ("words", "area", "text"),
        ("nothing_or_text", "line", "text"),
    ],
)
def test_each_type_has_its_control(name: str, control: str, shape: str) -> None:
    assert (FIELDS[name].control, FIELDS[name].input) == (control, shape)


def test_titles_help_and_limits_come_from_the_schema() -> None:
    topic, count = FIELDS["topic"], FIELDS["count"]
    assert (topic.label, topic.hint, topic.required) == ("Topic", "In words.", True)
    assert topic.attributes == {"minlength": 3, "maxlength": 80}
    assert count.attributes == {"min": 1, "max": 9, "step": 1}
    assert FIELDS["moment"].hint == "Such as 2026-12-01T17:00+01:00."
    assert FIELDS["share"].attributes == {"step": "any"}
    assert FIELDS["nothing_or_text"].label == "Nothing or text"


def test_a_default_is_what_the_field_starts_with_and_makes_it_optional() -> None:
    assert (FIELDS["count"].start, FIELDS["count"].required) == ("2", False)
    assert FIELDS["words"].start == "a\nb"
    assert FIELDS["sponsored"].start == "true"


def test_a_choice_without_default_begins_with_a_blank() -> None:
    assert FIELDS["tone"].options == (("", "Choose one"), ("plain", "plain"), ("formal", "formal"))
    assert FIELDS["grid"].options == (("3", "3"), ("5", "5"))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("topic", " Torque ", "Torque"),
        ("topic", "12", "12"),
        ("count", "4", 4),
        ("count", "four", "four"),
        ("share", "0.5", 0.5),
        ("sponsored", "true", True),
        ("tone", "formal", "formal"),
        ("tone", "rude", "rude"),
        ("grid", "3", 3),
        ("day", "2026-12-01", "2026-12-01"),
        ("words", "one\r\n\r\n two \r\n", ["one", "two"]),
        ("sizes", "1\n2", [1, 2]),
        ("words", '["x"]', ["x"]),
        ("brief", "two\r\nlines", "two\nlines"),
        ("nothing_or_text", "12", "12"),
    ],
)
def test_what_was_typed_is_read_in_the_parameter_s_type(name: str, text: str, value: Any) -> None:
    assert read(SCHEMA, {f"param.{name}": text})[name] == value


def test_an_empty_field_says_nothing_and_an_unticked_box_says_no() -> None:
    assert read(SCHEMA, {"param.topic": "  ", "param.count": ""}) == {"sponsored": False}


def test_what_is_no_parameter_is_not_read() -> None:
    assert read(SCHEMA, {"param.other": "x", "title": "y"}) == {"sponsored": False}


def test_a_template_without_parameters_has_no_fields() -> None:
    assert fields_of(None) == []
    assert read(None, {"param.x": "1"}) == {}


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (True, "true"), (3, "3"), (["a", "b"], "a\nb"), ([1], "[1]"), ("x", "x")]
)
def test_values_are_shown_as_they_are_typed(value: Any, text: str) -> None:
    assert text_of(value) == text
