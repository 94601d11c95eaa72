"""The generated part of the client is what the kept description says (``make schemas``)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.agreement.client_code import writing
from tests.agreement.client_code.models import operations, type_of
from tests.conftest import ROOT


def test_the_client_is_generated_from_the_description_as_it_is_kept():
    assert writing.generated() == writing.kept()


def test_every_operation_has_its_method():
    described = json.loads((ROOT / "web/api/openapi.json").read_text(encoding="utf-8"))
    names = {one["operationId"] for _, _, one in operations(described)}
    methods = sum(text.count("\n    def ") for path, text in writing.kept().items() if "collections/" in path)
    assert methods - 1 == len(names - {"list_events"})  # one of them makes the collections


def test_the_client_needs_nothing_of_the_server():
    told = (
        "import sys, workbench.client; print(sorted({'engine', 'exports', 'web', 'flask'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("schema", "answered", "taken"),
    [
        ({"type": "string"}, "str", "str"),
        ({"type": ["string", "null"]}, "str | None", "str | None"),
        ({"type": "string", "format": "date"}, "date", "date | str"),
        ({"type": ["string", "null"], "format": "date-time"}, "datetime | None", "datetime | str | None"),
        ({"type": "string", "format": "binary"}, "File", "File"),
        ({"type": "string", "enum": ["a", "b"]}, 'Literal["a", "b"] | str', 'Literal["a", "b"]'),
        (
            {"type": ["string", "null"], "enum": ["a", None]},
            'Literal["a"] | str | None',
            'Literal["a"] | None',
        ),
        ({"type": "array", "items": {"type": "integer"}}, "list[int]", "Sequence[int]"),
        ({"type": "object"}, "dict[str, Any]", "Mapping[str, Any]"),
        (
            {"type": "object", "additionalProperties": {"type": "boolean"}},
            "dict[str, bool]",
            "Mapping[str, bool]",
        ),
        ({"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "integer"}]},) + ("int | str | None",) * 2,
        ({"type": "object", "properties": {"a": {}}}, "Named", "Named"),
        ({"type": ["object", "null"], "properties": {"a": {}}}, "Named | None", "Named | None"),
        ({"$ref": "#/components/schemas/Task"}, "Task", "Task"),
        ({}, "Any", "Any"),
    ],
)
def test_a_schema_is_such_a_type(schema: dict, answered: str, taken: str):
    """Of words that are answered more may come; of what is sent those are taken that are named."""
    assert type_of(schema, lambda _: "Named", is_sent=False) == answered
    assert type_of(schema, lambda _: "Named", is_sent=True) == taken
