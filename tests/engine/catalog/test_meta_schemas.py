"""Facts about a deliverable as they are sent: typed by their schema, put over those that are known."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from engine.catalog.definitions import DeliverableDefinition
from engine.catalog.meta_schemas import PINNED, typed

SHORT: dict[str, Any] = {
    "word_count": "integer",
    "score": "number",
    "ready": "boolean",
    "published_url": "url",
    "names": "array",
    "sizes": "object",
}
KNOWN = {"published_url": "https://a.example"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"word_count": "1200"}, 1200),
        ({"word_count": 1200}, 1200),
        ({"word_count": "many"}, "many"),
        ({"word_count": "9" * 5000}, "9" * 5000),
        ({"score": " 7.5 "}, 7.5),
        ({"ready": "true"}, True),
        ({"names": "a\nb"}, ["a", "b"]),
        ({"names": '["a"]'}, ["a"]),
        ({"sizes": '{"a": 1}'}, {"a": 1}),
        ({"sizes": "[" * 100_000}, "[" * 100_000),
        ({"published_url": "12"}, "12"),
        ({"unheard_of": "12"}, "12"),
    ],
)
def test_a_text_is_read_as_the_type_of_its_fact_and_nonsense_stays_to_be_refused(
    given: dict[str, Any], expected: Any
):
    [name] = given
    assert typed(SHORT, given, KNOWN) == {**KNOWN, name: expected}


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_an_empty_one_takes_a_fact_away(nothing: str | None):
    assert typed(SHORT, {"published_url": nothing, "score": nothing}, KNOWN) == {}


def test_facts_that_a_bundle_pins_are_read_though_content_may_not_say_them_so_any_more():
    """D10: a rule that comes later keeps no running bundle from being read."""
    said = {
        "ref": "a",
        "type": "t",
        "description": "D",
        "meta_schema": {"properties": {"a": {"pattern": "(?=a)"}}},
    }
    with pytest.raises(ValidationError, match="not a valid JSON Schema"):
        DeliverableDefinition.model_validate(said)
    pinned = DeliverableDefinition.model_validate(said, context=PINNED)
    assert pinned.meta_schema == said["meta_schema"]
