"""The ``sources.yml`` for dbt names what is in the database, and its tests hold there (D7)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from exports import dbt, load, views
from exports.records import tables

Source = dict[str, Any]


@pytest.fixture
def source() -> Source:
    """The one source of the file, as dbt's own reader of YAML has it."""
    described = yaml.safe_load(dbt.sources("workbench_export"))
    assert described["version"] == 2
    (source,) = described["sources"]
    return dict(source)


def _columns(source: Source) -> dict[tuple[str, str], dict[str, Any]]:
    return {(table["name"], one["name"]): one for table in source["tables"] for one in table["columns"]}


def test_every_table_view_and_column_of_the_database_is_named_with_what_it_means(
    source: Source, lived_export: Path, postgres_url_factory: Callable[[], str]
):
    database = postgres_url_factory()
    load.load(database, lived_export)
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT relname, attname, col_description(attrelid, attnum) FROM pg_attribute"
            " JOIN pg_class ON pg_class.oid = attrelid WHERE relkind IN ('r', 'v') AND attnum > 0"
            " AND relnamespace = 'workbench_export'::regnamespace AND relname <> 'manifest'"
        ).fetchall()
    assert {place: one["description"] for place, one in _columns(source).items()} == {
        (table, column): meaning for table, column, meaning in found
    }
    assert len(source["tables"]) == len(tables()) + len(views.VIEWS)


def _query(table: str, column: str, test: Any) -> str:
    """Return the query that dbt makes of a test: it finds what fails."""
    place, name = f'workbench_export."{table}"', f'"{column}"'
    if test == "unique":
        return f"SELECT {name} FROM {place} WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"  # noqa: S608
    if test == "not_null":
        return f"SELECT 1 FROM {place} WHERE {name} IS NULL"  # noqa: S608
    ((kind, given),) = test.items()
    arguments = given["arguments"]
    if kind == "accepted_values":
        words = ", ".join(f"'{word}'" for word in arguments["values"])
        return f"SELECT 1 FROM {place} WHERE {name} NOT IN ({words})"  # noqa: S608
    assert kind == "relationships"
    assert arguments["to"].startswith("source('workbench', '")
    target = arguments["to"].split("'")[3]
    return (
        f"SELECT 1 FROM {place} AS child LEFT JOIN workbench_export.{target} AS parent"  # noqa: S608
        f' ON child.{name} = parent."{arguments["field"]}"'
        f' WHERE child.{name} IS NOT NULL AND parent."{arguments["field"]}" IS NULL'
    )


def test_each_test_passes_on_what_is_loaded_and_there_is_one_for_all_that_is_promised(
    source: Source, lived_export: Path, postgres_url_factory: Callable[[], str]
):
    database = postgres_url_factory()
    load.load(database, lived_export)
    told: dict[str, set[tuple[str, str]]] = {}
    with psycopg.connect(database) as connection:
        for (table, column), one in _columns(source).items():
            for test in one.get("data_tests", ()):
                assert connection.execute(_query(table, column, test).encode()).fetchall() == []
                told.setdefault(test if isinstance(test, str) else next(iter(test)), set()).add(
                    (table, column)
                )
        promised = connection.execute(
            "SELECT CASE contype WHEN 'f' THEN 'relationships' WHEN 'c' THEN 'accepted_values'"
            " ELSE 'unique' END, relname, attname"
            " FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
            " WHERE connamespace = 'workbench_export'::regnamespace AND array_length(conkey, 1) = 1"
            " AND contype IN ('p', 'u', 'f', 'c')"
            " UNION SELECT 'not_null', relname, attname"
            " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relnamespace = 'workbench_export'::regnamespace AND relkind = 'r' AND attnotnull"
            " AND attnum > 0 AND relname <> 'manifest'"
        ).fetchall()
    expected: dict[str, set[tuple[str, str]]] = {}
    for kind, table, column in promised:
        expected.setdefault(kind, set()).add((table, column))
    assert told == expected


def test_the_command_prints_the_file_for_the_schema_that_is_asked_for(cli: Any):
    said = cli("export", "dbt", "--schema", "theirs")
    assert said.code == 0
    (source,) = yaml.safe_load(said.out)["sources"]
    assert (source["name"], source["schema"]) == ("workbench", "theirs")
