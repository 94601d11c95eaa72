"""``sources.yml`` for dbt: what was loaded, what it means, and tests of what is promised (D7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from exports import views
from exports.records import FieldShape, Reference, TableShape, tables

#: What models call it: ``source('workbench', 'tasks')``.
SOURCE = "workbench"


def sources(schema: str) -> str:
    """Return the YAML for the schema that exports are loaded into."""
    described = {
        "version": 2,
        "sources": [
            {
                "name": SOURCE,
                "schema": schema,
                "description": "Exports of Workbench, as `workbench export load` keeps them.",
                "tables": [*(_table(table) for table in tables()), *(_view(view) for view in views.VIEWS)],
            }
        ],
    }
    return yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=110)


def _table(table: TableShape) -> dict[str, Any]:
    columns = [_column(table, field) for field in table.fields]
    return {"name": table.name, "description": table.description, "columns": columns}


def _column(table: TableShape, field: FieldShape) -> dict[str, Any]:
    tests = list(_tests(table, field))
    described = {"name": field.name, "description": field.description, "quote": True}
    return {**described, "data_tests": tests} if tests else described


def _tests(table: TableShape, field: FieldShape) -> Iterator[str | dict[str, Any]]:
    if (field.name,) in (table.key, *table.unique):
        yield "unique"
    if not field.nullable:
        yield "not_null"
    if field.choices:
        yield {"accepted_values": {"arguments": {"values": list(field.choices)}}}
    for reference in table.references:
        if reference.is_foreign_key and reference.fields == (field.name,):
            yield {"relationships": {"arguments": _target(reference)}}


def _target(reference: Reference) -> dict[str, str]:
    return {"to": f"source('{SOURCE}', '{reference.table}')", "field": reference.target_fields[0]}


def _view(view: views.View) -> dict[str, Any]:
    columns = [{"name": name, "description": meaning} for name, meaning in view.columns.items()]
    return {"name": view.name, "description": view.description, "columns": columns}
