"""Records in memory, shown to a set of rules as the validator shows them: quick, without any file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exports.records import tables
from exports.validate import Rules

Row = dict[str, Any]
TABLES = {table.name: table for table in tables()}


def row(table: str, **fields: Any) -> Row:
    """Return a record of a table with these fields; all others are empty, those that say yes or no say no."""
    kinds = {field.name: field.kind for field in TABLES[table].fields}
    assert fields.keys() <= kinds.keys()
    empty = {name: False if kind == "boolean" else None for name, kind in kinds.items()}
    return {**empty, "workspace_id": "wsp_1", **fields}


def said(rules: Rules, records: Mapping[str, Sequence[Row]]) -> list[str]:
    """Return what rules say of records, each fault as ``export check`` prints it; at the end those of all."""
    assert records.keys() <= TABLES.keys()
    shown = [
        (table, number, record)
        for name, table in TABLES.items()
        for number, record in enumerate(records.get(name, ()), 1)
    ]
    found = [str(fault) for each in shown for fault in rules.see(*each)]
    return found + [str(fault) for fault in rules.finish()]
