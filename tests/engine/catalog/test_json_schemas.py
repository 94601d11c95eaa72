from __future__ import annotations

import pytest

from engine.catalog.json_schemas import schema_fault, validator

USABLE = [
    {},
    {"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": "string"}}},
    {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {}}, "anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]},
    {"$ref": "#/$defs/a~1b", "$defs": {"a/b": True}},
]
UNUSABLE = [
    ({"type": "words"}, "words"),
    ({"pattern": "["}, "regex"),
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
]


@pytest.mark.parametrize("schema", USABLE)
def test_references_within_the_schema_are_fine(schema):
    assert schema_fault(schema) is None
    assert validator(schema).is_valid({"a": "text"})


@pytest.mark.parametrize(("schema", "words"), UNUSABLE)
def test_what_cannot_be_validated_with_is_named(schema, words):
    assert words in schema_fault(schema)[1]
