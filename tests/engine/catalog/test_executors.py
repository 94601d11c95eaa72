"""What the settings of an executor may be, whoever gives them (TSK-10)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.catalog.executors import faults, host_of

NESTED = {"properties": {"a": {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": "^(a+)+$"}}}


def told(**config: Any) -> list[tuple[str, str]]:
    """Where the settings are at fault, and what is said of it."""
    found = faults("api_call", {"executor": "api_call", "url": "https://api.example.com/cards", **config})
    return [("/".join(map(str, one.absolute_path)), one.message) for one in found]


@pytest.mark.parametrize(
    ("schema", "place", "said"),
    [
        ({"type": 5}, "type", "5 is not valid"),
        ({"$ref": "https://elsewhere.example/schema"}, "$ref", "is not within this schema"),
        ({"properties": {"a": {"$ref": "#/$defs/b"}}}, "properties/a/$ref", "is not in this schema"),
        ({"$ref": "#/$defs/a%20b", "$defs": {"a%20b": {}}}, "$ref", "holds a %"),
        ({"properties": {"a": {"pattern": "^(?=(a+)+$)."}}}, "properties/a/pattern", "cannot be used"),
        ({"properties": {"properties": {"patternProperties": {"^(a+)+$": {}}}}},
         "properties/properties/patternProperties", "cannot be used"),
        (NESTED, "properties/a/$schema", "at the top alone"),
        ({"properties": {"a": {"$id": "https://x.example", "$ref": "#/x"}}, "x": {}},
         "properties/a/$id", "at the top alone"),
    ],
)  # fmt: skip
def test_a_schema_that_could_break_or_take_long_once_the_call_was_done_is_refused_before(schema, place, said):
    found = told(answer_schema=schema)
    assert [where for where, _ in found] == [f"answer_schema/{place}"]
    assert said in found[0][1]


def test_a_schema_of_an_answer_is_no_longer_than_a_person_reads():
    said = [("answer_schema", "the schema has more than 20,000 characters; have it say less of the answer")]
    assert told(answer_schema={"allOf": [{}] * 10_000}) == said


def test_a_schema_of_an_answer_may_say_all_else():
    properties = {"$id": {"type": "string"}, "key": {"pattern": "^(a+)+$"}, "all": {"$ref": "#/$defs/list"}}
    listed = {"list": {"type": "array", "uniqueItems": True}}
    schema = {"type": "object", "properties": properties, "$defs": listed}
    assert told(answer_schema={"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}) == []


@pytest.mark.parametrize(
    "name",
    ["Host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect", "Upgrade", "Accept-Encoding"],
)
def test_no_header_may_say_how_or_where_a_call_is_sent(name: str):
    assert [place for place, _ in told(headers={name: "x"})] == [f"headers/{name}"]
    assert [place for place, _ in told(idempotency_header=name)] == ["idempotency_header"]


def test_a_header_is_given_once_whatever_its_letters():
    assert told(headers={"X-Card": "a", "X-Key": "b"}, idempotency_header="Idempotency-Key") == []
    assert told(headers={"X-Card": "a", "x-card": "b"}) == [
        ("headers/x-card", "the header x-card is given twice")
    ]
    assert told(headers={"x-key": "a"}, idempotency_header="X-Key") == [
        ("idempotency_header", "the header X-Key is given twice")
    ]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://api.example.com/cards/../admin", "leads elsewhere"),
        ("https://api.example.com/cards/%2E%2e/admin", "leads elsewhere"),
        ("https://api.example.com/.", "leads elsewhere"),
        ("https://ana:hush@api.example.com/cards", "without a name or a password"),
        ("https://@api.example.com/cards", "without a name or a password"),
        ("https:///cards", "needs a host"),
        ("https://[::1", "cannot be read"),
        ("https://api.example.com:99999/", "cannot be read"),
    ],
)
def test_an_address_that_is_none_or_leads_elsewhere_is_refused(url: str, said: str):
    found = told(url=url)
    assert [where for where, _ in found] == ["url"]
    assert said in found[0][1]


def test_an_address_may_have_placeholders_dots_and_a_port():
    assert told(url="https://{{ site }}.example.com:8443/v1.2/..cards/{{ name }}?at=../x#a/../b") == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_only_what_is_read_comes_in_pages(method: str):
    pages = {"next": "/next", "items": "/items"}
    assert told(pages=pages) == told(pages=pages, method="GET") == []
    assert [place for place, _ in told(pages=pages, method=method)] == ["pages"]


def test_what_leads_into_an_answer_is_not_longer_than_a_person_writes():
    assert [place for place, _ in told(outputs={"key": "/" * 1001})] == ["outputs/key"]


@pytest.mark.parametrize(
    ("config", "host"),
    [
        ({"url": "https://API.example.com.:8443/cards"}, "api.example.com"),
        ({"url": "https://{{ site }}.example.com/cards"}, None),
        ({"url": "https://[::1"}, None),
        ({"url": 5}, None),
        ({}, None),
    ],
)
def test_the_host_that_is_called_is_known_where_no_placeholder_says_it(config, host: str | None):
    assert host_of(config) == host
