"""An export as CSV and as Parquet says what the JSON Lines say, to programs that are not Workbench."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import psycopg
import pytest
from psycopg import sql

from engine.app import Workbench
from engine.errors import UnavailableError
from exports import contract, validate, writer
from exports.forms import CSV, DUCKDB, FORMS, PARQUET
from exports.records import tables
from tests.conftest import ROOT
from tests.exports.conftest import contents, rows
from tests.exports.lived import HARD_TEXT
from tests.exports.test_load import held


def export(workbench: Workbench, folder: Path, form: str) -> Path:
    writer.write(workbench, workbench.operator(), folder, form=FORMS[form])
    return folder


def test_postgresql_reads_from_csv_just_what_the_lines_hold(
    lived: Workbench, postgres_url_factory: Callable[[], str], tmp_path: Path
):
    """Nulls are not empty texts, and no text breaks a line."""
    lines, folder = export(lived, tmp_path / "lines", "jsonl"), export(lived, tmp_path / "csv", "csv")
    database = postgres_url_factory()
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA workbench_export; SET search_path TO workbench_export")
        connection.execute((folder / "schema.postgresql.sql").read_bytes())
        for table in tables():
            command = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER match)").format(
                sql.Identifier(table.name)
            )
            with connection.cursor().copy(command) as target:
                target.write((folder / f"{table.name}.csv").read_bytes())
    for table in tables():
        exported = sorted(rows(lines, table.name), key=lambda row: [row[name] for name in table.key])
        assert held(database, table.name) == exported, table.name
    texts = {value for row in rows(lines, "task_notes") for value in row.values() if isinstance(value, str)}
    assert any(HARD_TEXT in text for text in texts)


@pytest.mark.wide
def test_frictionless_finds_no_fault_with_the_tables_as_csv(lived: Workbench, tmp_path: Path):
    folder = export(lived, tmp_path / "csv", "csv")
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.flatten(["type", "rowNumber", "fieldName", "note"]) == []
    assert report.stats["tasks"] == len(tables())


_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP WITH TIME ZONE",
    "object": "JSON",
    "array": "JSON",
    "any": "JSON",
}


def _as_read(kind: str, value: Any) -> Any:
    """Give the value of a line as a reader of typed columns has it."""
    if value is None:
        return None
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "datetime":
        return (datetime.fromisoformat(value) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return value


def test_parquet_has_the_types_values_and_nulls_of_the_lines(lived: Workbench, tmp_path: Path):
    lines = export(lived, tmp_path / "lines", "jsonl")
    folder = export(lived, tmp_path / "odd [name]*?", "parquet")
    with duckdb.connect() as connection:
        for table in tables():
            source = f"read_parquet('{_escaped(folder / table.name)}.parquet')"
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
            assert [row[:2] for row in described] == [
                (field.name, _TYPES[field.kind]) for field in table.fields
            ], table.name
            columns = ", ".join(
                f'epoch_us("{field.name}")' if field.kind == "datetime" else f'"{field.name}"'
                for field in table.fields
            )
            connection.execute(f"SELECT {columns} FROM {source}")  # noqa: S608
            found = [
                {
                    field.name: json.loads(value)
                    if _TYPES[field.kind] == "JSON" and value is not None
                    else value
                    for field, value in zip(table.fields, row, strict=True)
                }
                for row in connection.fetchall()
            ]
            kinds = {field.name: field.kind for field in table.fields}
            assert found == [
                {name: _as_read(kinds[name], value) for name, value in row.items()}
                for row in rows(lines, table.name)
            ], table.name


def _escaped(path: Path) -> str:
    return "".join(f"[{sign}]" if sign in "[*?" else sign for sign in str(path))


@pytest.mark.wide  # writes and reads Parquet
def test_what_has_no_value_is_null_in_parquet_also_where_others_have_json(lived: Workbench, tmp_path: Path):
    folder = export(lived, tmp_path / "parquet", "parquet")
    missing = sum(row["validation"] is None for row in rows(export(lived, tmp_path / "l", "jsonl"), "tasks"))
    found = duckdb.sql(f"SELECT count(*) FROM '{folder}/tasks.parquet' WHERE validation IS NULL").fetchall()  # noqa: S608
    assert found == [(missing,)]
    assert missing > 0


@pytest.mark.few(1)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_manifest_and_package_tell_of_the_files_that_are_there(lived: Workbench, tmp_path: Path, form: str):
    lines, folder = export(lived, tmp_path / "lines", "jsonl"), export(lived, tmp_path / form, form)
    described = json.loads((folder / "manifest.json").read_text())
    assert described["form"] == form
    assert "form" not in json.loads((lines / "manifest.json").read_text())
    names = {path.name for path in folder.iterdir()}
    assert names == {*(f"{table.name}.{form}" for table in tables()), "blobs", "manifest.json",
                     "datapackage.json", "schema.postgresql.sql"}  # fmt: skip
    for table in tables():
        entry, data = described["tables"][table.name], (folder / f"{table.name}.{form}").read_bytes()
        expected = (f"{table.name}.{form}", len(rows(lines, table.name)), hashlib.sha256(data).hexdigest())
        assert (entry["file"], entry["count"], entry["sha256"]) == expected
    package = contract.read_package(folder)
    paths = {one["name"]: one["path"] for one in package["resources"] if "path" in one}
    assert paths == {table.name: f"{table.name}.{form}" for table in tables() if rows(lines, table.name)}
    assert contract.compare(contract.read_package(lines), package) == []


@pytest.mark.few(1)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_records_give_the_same_bytes(lived: Workbench, tmp_path: Path, form: str):
    assert contents(export(lived, tmp_path / "one", form)) == contents(export(lived, tmp_path / "two", form))


def test_what_is_not_json_lines_is_not_checked_and_the_check_says_why(lived: Workbench, tmp_path: Path):
    (found,) = [one for one in validate.check(export(lived, tmp_path / "csv", "csv")) if one.rule == "form"]
    assert str(found) == (
        "manifest.json: form: says that the tables are in the form csv, for other programs to read. "
        "Check, load or restore an export without --format."
    )


def test_parquet_without_duckdb_is_refused_before_anything_is_written(
    lived: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UnavailableError, match=f"pip install '{re.escape(DUCKDB)}'"):
        writer.write(lived, lived.operator(), tmp_path / "parquet", form=PARQUET)
    assert not (tmp_path / "parquet").exists()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["parquet"] == [DUCKDB]
    writer.write(lived, lived.operator(), tmp_path / "csv", form=CSV)


@pytest.mark.wide
def test_the_command_writes_each_form(lived: Workbench, cli: Any, tmp_path: Path):
    for form in FORMS:
        assert cli("export", str(tmp_path / form), "--format", form).code == 0
        assert (tmp_path / form / f"tasks.{form}").stat().st_size > 0
    assert cli("export", "check", str(tmp_path / "csv")).code == 1
    assert cli("export", str(tmp_path / "xml"), "--format", "xml").code == 1
