"""FORMAT.md says what the code does, and the shapes keep the rules that readers rely on."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path

from engine.entities import NOT_IMPLEMENTED
from exports import ddl, manifest
from exports.records import order_of, tables
from tests.golden.stores import OLDER, put

FORMAT = (Path(__file__).resolve().parents[2] / "exports/FORMAT.md").read_text()


def test_format_md_lists_exactly_the_tables_in_their_order_with_their_sorting() -> None:
    section = FORMAT.partition("\n| Table | Sorted by |")[2].partition("\n\n")[0]
    listed = re.findall(r"^\| `(\w+)` \| (`[^|]+`) \| (.*) \|$", section, re.MULTILINE)
    told = [(name, re.findall(r"`(\w+)`", fields), text) for name, fields, text in listed]
    assert told == [
        (
            table.name,
            [name for name in order_of(table) if name != "workspace_id" or table.name == "workspaces"],
            table.description,
        )
        for table in tables()
    ]


def test_format_md_is_of_the_version_that_is_written() -> None:
    assert f"\n# The format, version {manifest.SCHEMA_VERSION}\n" in FORMAT
    assert re.findall(r"^\| (\d+) \|", FORMAT, re.MULTILINE)[-1] == str(manifest.SCHEMA_VERSION)


def test_the_version_says_which_fields_are_new_since_the_last_release(tmp_path: Path) -> None:
    """T4: a field was added three times, and the version stayed what the release before wrote."""
    put(OLDER[-1], f"sqlite:///{tmp_path}/golden.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "golden.db")) as golden:
        known = {name for (name,) in golden.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        before = {
            f"{table.name}.{name}"
            for table in tables()
            if table.name in known
            for (text,) in golden.execute(f"SELECT document FROM {table.name}")  # noqa: S608
            for name in json.loads(text)
        }
        filled = {name.partition(".")[0] for name in before}
    new = {
        f"{table.name}.{field.name}" for table in tables() if table.name in filled for field in table.fields
    } - before
    row = re.findall(r"^\| \d+ \| new fields (.*?);", FORMAT, re.MULTILINE)[-1]
    told, table = set(), ""
    for name, field in re.findall(r"`(\w*)\.(\w+)`", row):
        table = name or table
        told.add(f"{table}.{field}")
    assert told == new, "FORMAT.md, section 8, names each new field in the row of its version"


def test_names_are_snake_case_and_the_id_comes_first() -> None:
    for table in tables():
        assert table.field_names[0] == table.key[0]
        assert "workspace_id" in table.field_names
        for name in (table.name, *table.field_names):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name)


def test_every_field_that_looks_like_a_reference_is_declared_as_one_or_is_no_id_of_a_record() -> None:
    #: ids of things that are not records of the store: keys, doc ids, the polymorphic subject of an event
    known = {
        "task_type_id", "template_id", "instruction_doc_id", "instruction_step_id", "entity_id", "task_uuid",
        "browser_session_id",
    }  # fmt: skip
    for table in tables():
        own = set(table.key)
        declared = {name for reference in table.references for name in reference.fields}
        open_ends = {name for name in table.field_names if name.endswith("_id")} - own - declared - known
        assert open_ends == set(), table.name


def test_references_lead_to_exported_tables_by_their_keys() -> None:
    by_name = {table.name: table for table in tables()}
    for table in tables():
        for reference in table.references:
            assert by_name[reference.table].key == reference.target_fields
    assert not set(by_name) & set(NOT_IMPLEMENTED)


def test_a_name_that_stands_for_another_is_that_of_a_table_built_or_not() -> None:
    """T4: assistant jobs were represented by `executions`, and no table is or will be called so."""
    known = {table.name for table in tables()} | set(NOT_IMPLEMENTED)
    assert set(manifest.REPRESENTED_BY.values()) <= known
    assert manifest.REPRESENTED_BY["assistant_jobs"] == "task_executions"
    assert not set(manifest.REPRESENTED_BY) & known


def test_the_ddl_names_every_table_field_and_foreign_key() -> None:
    text = ddl.generate()
    for table in tables():
        (body,) = re.findall(rf'^CREATE TABLE "{table.name}" \((.*?)^\);', text, re.MULTILINE | re.DOTALL)
        assert re.findall(r'^    "(\w+)"', body, re.MULTILINE) == list(table.field_names)
        declared = [reference for reference in table.references if reference.is_foreign_key]
        assert len(re.findall(rf'^ALTER TABLE "{table.name}" ADD FOREIGN KEY', text, re.MULTILINE)) == len(
            declared
        )
