"""Every table and field says what it is, once, and each description of an export repeats it (T4, N9)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from engine.documented import describe, enums_in, meaning_of, title_of
from engine.entities import RECORD_TYPES
from engine.record import Record
from exports import ddl
from exports.records import fields_of, tables
from tests.swept import swept

FIELDS = [(record_type, shape.name) for record_type in RECORD_TYPES for shape in fields_of(record_type)]
#: Words that say nothing by themselves.
_EMPTY = {
    "a",
    "an",
    "and",
    "for",
    "id",
    "in",
    "is",
    "it",
    "its",
    "of",
    "on",
    "s",
    "that",
    "the",
    "this",
    "to",
}
#: What only somebody who has the source could look up, or who knows Python.
_INSIDE = re.compile(r"\b(?:(?!SHA)[A-Z]{2,4}-\d+|[DST]\d+|None|definitions\.md|product\.md)\b|``")


def says_something(text: str, *names: str) -> bool:
    """Whether a text says more than the names it describes."""
    named = {word for name in names for word in name.lower().split("_")}
    said = set(re.findall(r"[a-z0-9]+", text.lower())) - _EMPTY
    return bool({word.rstrip("s") for word in said} - {word.rstrip("s") for word in named})


@swept("record_type, name", FIELDS)
def test_every_field_says_what_it_is_and_what_null_means_in_plain_english(
    record_type: type[Record], name: str
):
    text = meaning_of(record_type, name)
    (shape,) = (shape for shape in fields_of(record_type) if shape.name == name)
    place = f"{record_type.__name__}.{name}: say what it is in a #: comment above it"
    assert says_something(text, name, record_type.spec.table), f"{place}; now: {text!r}"
    assert text[0].isupper()
    assert text.endswith(".")
    assert _INSIDE.search(text) is None
    if shape.nullable:
        assert re.search(r"\bNull\b", text), f"says not what null means: {text}"
    for enum in enums_in(record_type.model_fields[name].annotation):
        for member in enum:
            assert says_something(meaning_of(enum, member.name), str(member.value)), member


@swept("record_type", RECORD_TYPES)
def test_every_table_says_what_a_record_of_it_is(record_type: type[Record]):
    assert says_something(title_of(record_type), record_type.spec.table)
    assert _INSIDE.search(title_of(record_type)) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [("", False), ("The title.", False), ("Title of the task", False), ("What is to be done.", True)],
)
def test_a_description_that_repeats_the_name_says_nothing(text: str, says: bool):
    assert says_something(text, "title", "tasks") is says


def test_a_description_names_the_zone_of_a_moment_and_what_each_word_means():
    by_name = {record_type.spec.table: record_type for record_type in RECORD_TYPES}
    task = by_name["tasks"]

    def described(name: str) -> str:
        return describe(task, name, task.model_fields[name].annotation)

    assert described("completed_at").endswith("Null until then, also for skipped and cancelled tasks. UTC.")
    assert described("priority") == (
        "How much it matters. One of: low (when there is time); medium (the normal case); "
        "high (before other work); critical (before everything else)."
    )
    assert "complaint (a client complained)" in described("qa_reasons")
    assert described("planned_minutes") == meaning_of(task, "planned_minutes")


def test_the_data_package_describes_every_table_and_field(lived_export: Path):
    package = json.loads((lived_export / "datapackage.json").read_text())
    found = {
        resource["name"]: (
            resource.get("description"),
            {field["name"]: field.get("description") for field in resource["schema"]["fields"]},
        )
        for resource in package["resources"]
    }
    assert found == {
        table.name: (table.description, {field.name: field.description for field in table.fields})
        for table in tables()
    }
    assert all(
        text for table in tables() for text in (table.description, *(f.description for f in table.fields))
    )


def test_postgresql_shows_the_description_of_every_table_and_column(postgres_url_factory: Callable[[], str]):
    with psycopg.connect(postgres_url_factory()) as connection:
        connection.execute(ddl.generate().encode())
        found = connection.execute(
            """
            SELECT relname, coalesce(attname, ''), col_description(pg_class.oid, coalesce(attnum, 0))
            FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            UNION ALL
            SELECT relname, '', obj_description(oid, 'pg_class')
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            """
        ).fetchall()
    expected = {(table.name, ""): table.description for table in tables()}
    expected |= {(table.name, field.name): field.description for table in tables() for field in table.fields}
    assert {(table, field): text for table, field, text in found} == expected
