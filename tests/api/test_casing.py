"""camelCase is read and answered, and what people call their own data stays as it is (CNF-16)."""

from __future__ import annotations

import pytest

from engine.errors import BadRequestError
from web.api import casing

SCHEMA = {
    "properties": {
        "due_date": {"type": "string"},
        "metadata": {"type": "object"},
        "depends_on": {"type": "array", "items": {"type": "string"}},
        "done": {"$ref": "#/$defs/Done"},
        "by_name": {"additionalProperties": {"properties": {"sha256_of": {}}}},
        "either_one": {"anyOf": [{"properties": {"task_id": {}}}, {"type": "null"}]},
        "several_ones": {"items": {"properties": {"task_number": {}}}},
    },
    "$defs": {"Done": {"properties": {"act_id": {}}}},
}
SNAKE = {
    "due_date": "2027-03-01",
    "metadata": {"my_key": 1, "due_date": 2},
    "depends_on": ["a_b"],
    "done": {"act_id": "evt_1"},
    "by_name": {"my_name": {"sha256_of": "x"}},
    "either_one": {"task_id": "tsk_1"},
    "several_ones": [{"task_number": 1}],
}
CAMEL = {
    "dueDate": "2027-03-01",
    "metadata": {"my_key": 1, "due_date": 2},
    "dependsOn": ["a_b"],
    "done": {"actId": "evt_1"},
    "byName": {"my_name": {"sha256Of": "x"}},
    "eitherOne": {"taskId": "tsk_1"},
    "severalOnes": [{"taskNumber": 1}],
}


def test_names_of_the_schema_are_renamed_both_ways_and_no_others():
    assert casing.answer(SNAKE, SCHEMA) == CAMEL
    assert casing.asked(CAMEL, SCHEMA) == SNAKE


def test_snake_case_is_read_as_it_is_and_unknown_names_stay():
    assert casing.asked({**SNAKE, "some_thing": 1, "someThing": 2}, SCHEMA) == {
        **SNAKE,
        "some_thing": 1,
        "someThing": 2,
    }


def test_a_field_in_both_forms_is_refused():
    with pytest.raises(BadRequestError, match="twice"):
        casing.asked({"due_date": "a", "dueDate": "b"}, SCHEMA)


def test_a_refusal_names_fields_as_they_were_sent():
    error = {"error": {"code": "X", "message": "", "details": [{"field": "due_date.of", "task_id": 1}]}}
    assert casing.refusal(error)["error"]["details"] == [{"field": "dueDate.of", "taskId": 1}]
