"""The description is valid, complete, and what may change in it is held against what it was."""

from __future__ import annotations

import io
import json
import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from engine import inputs
from engine.catalog.meta_schemas import SHORT_TYPES
from engine.inputs import Upload
from tests.swept import swept
from web.api import examples, manual, openapi
from web.api.routes import ROUTES, Route

OPERATIONS = [
    (f"{method} {path}", one)
    for path, methods in openapi.description()["paths"].items()
    for method, one in methods.items()
]


def test_the_description_is_valid():
    assert not list(OpenAPIV31SpecValidator(json.loads(json.dumps(openapi.description()))).iter_errors())


@swept("place, one", OPERATIONS)
def test_every_operation_has_an_example_and_its_table_of_errors(place: str, one: dict):
    for content in one.get("requestBody", {"content": {}})["content"].values():
        assert content["example"] is not None
    refused = (
        {"400", "401", "403", "429"}
        if place.startswith("get ")
        else {"400", "401", "403", "404", "409", "429"}
    )
    assert refused <= set(one["responses"])
    assert one["summary"].endswith(".")


@swept("route", ROUTES)
def test_an_example_is_what_its_schema_and_its_command_take(route: Route):
    body = openapi.example_body(route)
    errors = list(Draft202012Validator(openapi.body_schema(route)).iter_errors(body))
    assert not errors, errors[0].message
    given = {
        name: Upload(io.BytesIO(b"x"), "x.png") if value == "FILE" else value for name, value in body.items()
    }
    if route.item:
        given[route.item] = examples.of(route.name, route.command.name)[route.item]
    assert inputs.read(route.command.input, {**given, **route.fixed})


@swept("route", ROUTES)
def test_every_field_says_what_it_is(route: Route):
    for name, field in openapi.body_schema(route)["properties"].items():
        assert field["description"], name


@swept("place, one", OPERATIONS)
def test_every_parameter_says_what_it_is(place: str, one: dict):
    for parameter in one["parameters"]:
        assert parameter.get("example") != "…"
        assert "$ref" in parameter or parameter["description"], parameter["name"]


def test_the_feed_says_of_each_field_what_it_tells():
    answer = openapi.description()["paths"]["/api/events"]["get"]["responses"]["200"]
    events = answer["content"]["application/json"]["schema"]["properties"]["events"]
    for name, field in events["items"]["properties"].items():
        assert field["description"], name


def test_the_manual_shows_what_each_reading_answers():
    whole = manual.load()
    shown = {one.name: one for section in whole.sections.values() for one in section}
    for methods in openapi.description()["paths"].values():
        if "get" not in methods:
            continue
        answer = methods["get"]["responses"]["200"]["content"].get("application/json")
        one = shown[methods["get"]["operationId"]]
        if answer is None:
            assert not one.answer
            continue
        schema = answer["schema"]
        item = schema["properties"][one.rows]["items"] if one.rows else schema
        assert {field.name for field in whole.shapes[one.answer][1]} == set(item["properties"]), one.name


@pytest.mark.parametrize(
    ("name", "rows", "answer"),
    [
        ("list_tasks", "tasks", "ListedTask"),
        ("get_tasks", "", "Task"),
        ("list_events", "events", "Event"),
        ("list_tasks_history", "history", "HistoryEntry"),
        ("tasks_stats", "", "Statistics"),
        ("get_users", "", "UserAsRead"),
    ],
)
def test_the_manual_names_the_list_and_the_shape_of_its_items(name: str, rows: str, answer: str):
    (one,) = (one for section in manual.load().sections.values() for one in section if one.name == name)
    assert (one.rows, one.answer) == (rows, answer)


@pytest.mark.parametrize(
    ("name", "field", "kind"),
    [
        ("list_events", "wait", "number from 0 to 25, else 0"),
        ("list_tasks", "limit", "number from 1 to 100, else 50"),
        ("list_tasks", "offset", "number, else 0"),
        ("list_tasks", "cursor", "text"),
        ("task_start", "case", "snake | camel, else snake"),
    ],
)
def test_the_manual_says_the_bounds_of_a_parameter_and_what_it_is_unsaid(name: str, field: str, kind: str):
    (one,) = (one for section in manual.load().sections.values() for one in section if one.name == name)
    assert [given.kind for given in one.fields if given.name == field] == [kind]


@pytest.mark.parametrize(
    ("name", "field", "kind"),
    [
        ("Task", "description", "text or null"),
        ("Task", "due_date", "date or null"),
        ("Task", "started_at", "date-time or null"),
        ("Task", "planned_minutes", "number or null"),
        ("Event", "subject", "object (type, id)"),
        ("Event", "by", "object (kind, user_id, name) or null"),
        ("ScheduledStart", "state", "started | waiting | skipped | missed | refused"),
        ("Report", "columns", "list of object (name, title, kind)"),
    ],
)
def test_the_manual_says_of_each_field_what_may_stand_in_it(name: str, field: str, kind: str):
    _, fields = manual.load().shapes[name]
    assert [one.kind for one in fields if one.name == field] == [kind]


def test_the_manual_shows_every_operation_with_a_call():
    shown = [one for section in manual.load().sections.values() for one in section]
    assert {one.name for one in shown} >= {route.name for route in ROUTES}
    for one in shown:
        assert one.call.startswith(f'curl -X {one.method} "$WORKBENCH/api/')
        assert "{" not in one.call.split("\n")[0]


@swept("place, one", OPERATIONS)
def test_an_answer_may_have_fields_to_come(place: str, one: dict):
    """A client that is made of the description and checks what it reads goes on when one comes (API.md)."""
    answers = [answer for status, answer in one["responses"].items() if status < "400"]
    assert '"additionalProperties": false' not in json.dumps(answers)


def test_a_field_is_described_alike_whether_it_is_read_or_answered_by_a_command():
    described = openapi.description()
    answered = described["components"]["schemas"]["Task"]["properties"]
    read = described["paths"]["/api/tasks/{task_id}"]["get"]["responses"]["200"]
    told = read["content"]["application/json"]["schema"]["properties"]
    assert answered["created_at"]["format"] == "date-time"
    for name in ("created_at", "deadline", "status", "tags"):
        assert answered[name] == told[name]


def test_an_operation_is_said_to_take_a_key_unless_nothing_of_it_may_be_kept():
    key = {"$ref": "#/components/parameters/key"}
    without = {route.name for route in ROUTES if key not in openapi.operation(route)["parameters"]}
    assert without == {
        "feed_make",
        "secrets_set",
        "token_make",
        "token_rotate",
        "user_add",
        "user_invite",
        "user_invite_again",
        "user_link",
        "user_password",
        "webhook_make",
        "webhook_rotate",
    }


def test_the_manual_loses_nothing_by_telling_shapes_by_others():
    whole = manual.load()
    common = {one.name: one for one in whole.common}

    def told(name: str) -> set[manual.Field]:
        shape = whole.shown[name]
        like = {one for one in told(shape.like) if one.name not in shape.without} if shape.like else set()
        own = {*shape.fields, *(common[one] for one in shape.common)}
        return {one for one in like if one.name not in {other.name for other in own}} | own

    for name, (_, fields) in whole.shapes.items():
        assert told(name) == {*fields}, name


def test_the_manual_tells_each_refusal_of_each_operation():
    whole = manual.load()
    told = {code for codes in whole.refusals.values() for _, code, _ in codes}
    every, reading, change, _ = ({code for _, code, _ in codes} for codes in whole.refusals.values())
    for section in whole.sections.values():
        for one in section:
            usual = every | (reading if one.method == "GET" else change)
            said = {code for _, words in one.refusals for code in re.findall(r"- `(\w+)`", words)}
            assert said <= usual | {*one.own_codes}, one.name
            assert {*one.own_codes} <= told, one.name


def test_what_holds_a_schema_of_facts_says_which_words_it_has():
    schema = openapi.description()["components"]["schemas"]["Deliverable"]["properties"]["meta_schema"]
    for word in SHORT_TYPES:
        assert f"`{word}`" in schema["description"]


def test_what_adds_a_file_is_sent_as_a_form_with_one():
    paths = openapi.description()["paths"]
    body = paths["/api/tasks/{task_id}/file"]["post"]["requestBody"]
    assert list(body["content"]) == ["multipart/form-data"]
    assert "file" in body["content"]["multipart/form-data"]["schema"]["required"]
    either = paths["/api/tasks/{task_id}/proof"]["post"]["requestBody"]["content"]
    assert list(either) == ["application/json", "multipart/form-data"]


def test_each_operation_of_a_command_says_its_scope_and_a_search_its_words():
    paths = openapi.description()["paths"]
    assert "`work`" in paths["/api/tasks/{task_id}/start"]["post"]["description"]
    assert "`decide`" in paths["/api/tasks/{task_id}/approve"]["post"]["description"]
    [search] = [one for one in paths["/api/tasks"]["get"]["parameters"] if one.get("name") == "q"]
    assert "`is` (open, late, mine, waiting, free, stuck)" in search["description"]
