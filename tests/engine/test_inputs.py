"""What is sent is read once, and refused field by field in our own words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import Field

from engine import commands, inputs
from engine.asked import Shape, fields_of
from engine.errors import BadRequestError, UnknownFieldError
from engine.inputs import Clearable, Day, FilledText, Input, OptionalDay, OptionalFile, OptionalWhen, Revision


class Colour(StrEnum):
    """What it looks like."""

    RED = "red"
    GREEN = "green"


class Booking(Input):
    """Everything that an input may ask for."""

    name: Annotated[FilledText, Field(max_length=10)]
    day: Day
    colour: Colour = Colour.RED
    other: Annotated[str | None, Field(max_length=5)] = None
    place: Clearable = None
    count: Annotated[int, Field(ge=1, le=5)] | None = None
    later: OptionalDay = None
    follow_up: OptionalWhen = None
    sure: bool = False
    tags: list[str] = []
    facts: dict[str, Any] = {}
    file: OptionalFile = None
    revision: Revision = None


GOOD = {"name": "Ana", "day": "2026-12-01"}

WRONG = [
    ({"name": None}, "name", "must be a text"),
    ({"name": "  "}, "name", "must not be empty"),
    ({"name": "x" * 11}, "name", "has more than 10 characters; shorten it"),
    ({"day": "2026-02-30"}, "day", "'2026-02-30' is not in the calendar; write a day as YYYY-MM-DD"),
    ({"day": "tomorrow"}, "day", "'tomorrow' is not a day; write it as YYYY-MM-DD, for example 2026-12-01"),
    ({"day": 20260101}, "day", "'20260101' is not a day; write it as YYYY-MM-DD, for example 2026-12-01"),
    ({"day": ""}, "day", "must be given; write a day as YYYY-MM-DD"),
    ({"colour": "blue"}, "colour", "must be one of red or green"),
    ({"other": "xxxxxx"}, "other", "has more than 5 characters; shorten it"),
    ({"count": "many"}, "count", "must be a whole number"),
    ({"count": "9" * 5000}, "count", "must be a whole number of a sensible size"),
    ({"count": 1.5}, "count", "must be a whole number"),
    ({"count": 0}, "count", "must be at least 1"),
    ({"count": "6"}, "count", "must be at most 5"),
    ({"later": "2026-13-01"}, "later", "'2026-13-01' is not in the calendar; write a day as YYYY-MM-DD"),
    (
        {"follow_up": "soon"},
        "follow_up",
        "'soon' is neither a day nor a moment; write 2026-12-01, or 2026-12-01T09:00",
    ),
    ({"sure": "perhaps"}, "sure", "must be true or false"),
    ({"tags": "a,b"}, "tags", "must be a list"),
    ({"facts": [1]}, "facts", "must be a mapping of names to values"),
    ({"file": "a.pdf"}, "file", "must be a file; send it as a part of a form"),
    ({"revision": "0"}, "revision", "must be at least 1"),
]


@pytest.mark.parametrize(("change", "field", "message"), WRONG)
def test_a_wrong_value_is_named_with_what_to_do_in_our_words(
    change: dict[str, Any], field: str, message: str
):
    with pytest.raises(BadRequestError) as refused:
        inputs.read(Booking, {**GOOD, **change})
    assert refused.value.details == [{"code": "BAD_REQUEST", "field": field, "message": message}]
    assert str(refused.value) == f"{field}: {message}."


def test_everything_that_is_wrong_is_told_at_once_after_the_summary():
    with pytest.raises(BadRequestError) as refused:
        inputs.read(Booking, {"day": "x", "count": 9}, "It cannot be made.")
    assert [detail["field"] for detail in refused.value.details] == ["name", "day", "count"]
    assert str(refused.value).startswith("It cannot be made. name: must be given. day: 'x' is not a day")


def test_a_field_that_nobody_asked_for_is_refused_with_the_fields_there_are():
    with pytest.raises(UnknownFieldError, match="revisions: there is no such field") as refused:
        inputs.read(Booking, {**GOOD, "revisions": 1})
    assert refused.value.details[0]["code"] == "UNKNOWN_FIELD"
    assert "name, day, colour" in refused.value.details[0]["message"]


@pytest.mark.parametrize("data", [None, [], "text", 12])
def test_what_is_no_mapping_is_refused(data: object):
    with pytest.raises(BadRequestError, match="must be a mapping of names to values"):
        inputs.read(Booking, data)


def test_margins_are_no_part_of_a_text_and_an_empty_one_says_nothing_unless_it_may_be_cleared():
    request = inputs.read(Booking, {**GOOD, "name": " Ana \n", "other": "  ", "place": " ", "revision": ""})
    assert (request.name, request.other, request.place, request.revision) == ("Ana", None, "", None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-12-05", date(2026, 12, 5)),
        ("2026-12-05T09:30", datetime(2026, 12, 5, 9, 30)),  # noqa: DTZ001 - read in the workspace's zone later
        ("2026-12-05T09:30:00Z", datetime(2026, 12, 5, 9, 30, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_day_or_a_moment_is_taken_where_both_are_asked_for(given: str, expected: date | None):
    request = inputs.read(Booking, {**GOOD, "follow_up": given})
    assert request.follow_up == expected
    assert type(request.follow_up) is type(expected)


def test_what_no_store_keeps_is_refused_by_its_field():
    with pytest.raises(BadRequestError, match="other: holds the control character"):
        inputs.read(Booking, {**GOOD, "other": "a\x00b"})


def test_what_is_asked_for_follows_from_the_model():
    asked = fields_of(Booking)
    assert list(asked) == list(Booking.model_fields)
    shapes = {name: field.shape for name, field in asked.items()}
    assert shapes == {
        "name": Shape.LINE,
        "day": Shape.DAY,
        "colour": Shape.CHOICE,
        "other": Shape.LINE,
        "place": Shape.LINE,
        "count": Shape.NUMBER,
        "later": Shape.DAY,
        "follow_up": Shape.MOMENT,
        "sure": Shape.YES_NO,
        "tags": Shape.LIST,
        "facts": Shape.MAPPING,
        "file": Shape.FILE,
        "revision": Shape.NUMBER,
    }
    assert [name for name, field in asked.items() if field.required] == ["name", "day"]
    assert (asked["name"].longest, asked["count"].least, asked["count"].most) == (10, 1, 5)
    assert asked["colour"].choices == ("red", "green")
    assert asked["place"].clearable


def test_help_is_read_by_people():
    for command in commands.COMMANDS.values():
        for field in fields_of(command.input).values():
            assert "``" not in field.help
            assert not re.search(r"\([A-Z]+-\d", field.help)


def test_help_stands_above_the_field_in_the_model():
    asked = fields_of(commands.get("task wait").input)["follow_up_at"]
    assert (asked.label, asked.help) == (
        "Follow up on",
        "A day or a moment; the default is the task's own.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "9" * 5_000,
        "-" + "9" * 5_000,
        "²",
        "٣",
        "９",
        "1_000",
        " 1",
        "+1",
        "--1",
        "1e3",
        "0x1",
        "",
        None,
        "-",
        "101",
        "-1",
    ],
)
def test_a_text_that_is_no_number_of_the_range_is_none(text):
    """Python refuses 4,301 digits with an error of its own, and takes digits of every script (S13)."""
    assert inputs.whole_number(text, 0, 100) is None


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("100", 100), ("-3", -3)])
def test_digits_of_ascii_are_read(text, number):
    assert inputs.whole_number(text, -5, 100) == number
