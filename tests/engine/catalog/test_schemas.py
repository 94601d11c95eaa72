# ruff: noqa: E501 - the tables are read row by row
from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.catalog.schemas import MODELS, schema_of, schema_text, violations, write_schemas

COMMITTED = Path(__file__).parents[3] / "content" / "schemas"


@pytest.mark.parametrize("kind", MODELS)
def test_the_committed_schema_is_the_one_generated_from_the_models(kind):
    assert (COMMITTED / f"{kind}.schema.json").read_text(encoding="utf-8") == schema_text(kind)


def test_there_is_no_schema_without_a_model():
    kinds = [*MODELS, "scenario"]  # tests/engine/scenarios/test_files.py
    assert {file.name for file in COMMITTED.glob("*.json")} == {f"{kind}.schema.json" for kind in kinds}


@pytest.mark.parametrize("kind", MODELS)
def test_a_schema_is_draft_2020_12_and_describes_its_fields(kind):
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    fields = [schema, *schema.get("$defs", {}).values()]
    undescribed = [
        f"{part.get('title')}.{name}"
        for part in fields
        for name, field in part.get("properties", {}).items()
        if "description" not in field
    ]
    assert undescribed == []


def test_writing_the_schemas_again_changes_nothing(tmp_path):
    assert len(write_schemas(tmp_path)) == len(MODELS)
    assert write_schemas(tmp_path) == []


def template(**task) -> dict:
    return {"key": "a", "name": "A", "tasks": [{"ref": "t", "title": "T", **task}]}


FAULTS = [
    (template(offset_day=1), "UNKNOWN_FIELD", ("tasks", 0, "offset_day"), "tasks[0].offset_day", "`offset_days`"),
    (template(colour="red"), "UNKNOWN_FIELD", ("tasks", 0, "colour"), "colour", "Known fields: ref, title"),
    (template(offset_days="3"), "WRONG_TYPE", ("tasks", 0, "offset_days"), '"3"', ""),
    (template(offset_days=True), "WRONG_TYPE", ("tasks", 0, "offset_days"), "a whole number", ""),
    (template(milestone="NO"), "WRONG_TYPE", ("tasks", 0, "milestone"), '"NO"', "Only true and false"),
    (template(title=5), "WRONG_TYPE", ("tasks", 0, "title"), "5", "quotes"),
    (template(title=""), "INVALID_VALUE", ("tasks", 0, "title"), "empty", ""),
    (template(priority="hihg"), "INVALID_VALUE", ("tasks", 0, "priority"), "low, medium, high", "`high`"),
    (template(assignee="ana"), "WRONG_TYPE", ("tasks", 0, "assignee"), "fields (name: value)", ""),
    (template(due={"unit": "weeks"}), "INVALID_VALUE", ("tasks", 0, "due", "unit"), "business_days", ""),
    (template(due={"form": "anchor"}), "UNKNOWN_FIELD", ("tasks", 0, "due", "form"), "form", "`from`"),
    (template(ref="Draft"), "INVALID_VALUE", ("tasks", 0, "ref"), '"Draft"', "lower-case"),
    (template(skip={"reasons": [{"txt": "x"}]}), "UNKNOWN_FIELD", ("tasks", 0, "skip", "reasons", 0, "txt"), "txt", "`text`"),
    (template(tools=["x"]), "WRONG_TYPE", ("tasks", 0, "tools", 0), "fields", ""),
    (template(validation=[1]), "WRONG_TYPE", ("tasks", 0, "validation"), "text or fields", ""),
    (template(approval={"sources": ["boss"]}), "INVALID_VALUE", ("tasks", 0, "approval", "sources", 0), "portal", ""),
    ({"key": "a", "name": "A", "tasks": []}, "INVALID_VALUE", ("tasks",), "empty", ""),
    ({"key": "a", "tasks": template()["tasks"]}, "MISSING_FIELD", (), "name is missing", "Add name"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "path", "message", "hint"), FAULTS)
def test_a_fault_names_path_rule_and_value(data, code, path, message, hint):
    found = [f for f in violations("task_template", data) if (f.code, f.path) == (code, path)]
    assert len(found) == 1
    assert message in found[0].message
    assert hint in found[0].hint


ACCEPTED = [
    template(skip={"reasons": ["not planned", {"text": "x", "waives": {"links": "all"}}]}),
    template(tools={"surfer": True, "pagespeed": {"auto_fetch": True}}),
    template(approval={"required": True, "source": "portal"}),
    template(instructions_url=None, validation={"evidence": "x"}),
    template(due={"offset": 2, "unit": "hours", "from": "task_completed:draft"}),
    template(waiting={"for": "an answer", "follow_up_days": 2, "comment_required": True}),
]


@pytest.mark.parametrize("data", ACCEPTED)
def test_the_short_forms_are_in_the_schema(data):
    assert violations("task_template", data) == []
    MODELS["task_template"].model_validate(data)


@pytest.mark.parametrize(
    ("header", "valid"),
    [
        ({"partner": "p"}, True),
        ({"campaign": "c"}, True),
        ({}, False),
        ({"partner": "p", "campaign": "c"}, False),
    ],
)
def test_an_override_is_for_one_partner_or_one_campaign(header, valid):
    found = violations("override", {"overrides": "a", **header})
    assert (found == []) is valid
    assert all("partner or one campaign" in finding.message for finding in found)


def test_an_override_may_leave_everything_out_and_set_anything_to_null():
    data = {
        "overrides": "a",
        "partner": "p",
        "name": None,
        "tasks": [{"ref": "t", "due": None, "steps": [{"ref": "s", "disabled": True}]}],
    }
    assert violations("override", data) == []
