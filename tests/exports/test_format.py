"""FORMAT.md says what the code does, and the shapes keep the rules that readers rely on."""

from __future__ import annotations

import re
from pathlib import Path

from engine.entities import NOT_IMPLEMENTED
from exports import ddl, manifest
from exports.records import order_of, tables

FORMAT = (Path(__file__).resolve().parents[2] / "exports/FORMAT.md").read_text()


def test_format_md_lists_exactly_the_tables_in_their_order_with_their_sorting() -> None:
    section = FORMAT.partition("\n| Table | Sorted by |")[2].partition("\n\n")[0]
    listed = re.findall(r"^\| `(\w+)` \| (`[^|]+`) \|", section, re.MULTILINE)
    told = [(name, re.findall(r"`(\w+)`", fields)) for name, fields in listed]
    expected = [
        (table.name, [name for name in order_of(table) if name != "workspace_id"]) for table in tables()
    ]
    expected[0] = ("workspaces", ["workspace_id"])
    assert told == expected


def test_format_md_is_of_the_version_that_is_written() -> None:
    assert FORMAT.startswith(f"# The export format, version {manifest.SCHEMA_VERSION}\n")
    assert re.findall(r"^\| (\d+) \|", FORMAT, re.MULTILINE)[-1] == str(manifest.SCHEMA_VERSION)


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


def test_the_ddl_names_every_table_field_and_foreign_key() -> None:
    text = ddl.generate()
    for table in tables():
        (body,) = re.findall(rf'^CREATE TABLE "{table.name}" \((.*?)^\);', text, re.MULTILINE | re.DOTALL)
        assert re.findall(r'^    "(\w+)"', body, re.MULTILINE) == list(table.field_names)
        declared = [reference for reference in table.references if reference.is_foreign_key]
        assert len(re.findall(rf'^ALTER TABLE "{table.name}" ADD FOREIGN KEY', text, re.MULTILINE)) == len(
            declared
        )
