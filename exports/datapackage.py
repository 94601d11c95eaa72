"""``datapackage.json``: the export as a Frictionless Data Package, for readers from elsewhere (D7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exports.forms import LINES, Form
from exports.reading import FileFacts
from exports.records import FieldShape, Reference, TableShape, tables


def build(workspace_name: str, files: Mapping[str, FileFacts], form: Form = LINES) -> dict[str, Any]:
    """Return the descriptor for the files that were written, by table, in a form."""
    return {
        "profile": "data-package",
        "name": "workbench-export",
        "title": f"Workbench export of {workspace_name}",
        "resources": [_resource(table, files[table.name], form) for table in tables()],
    }


def _resource(table: TableShape, facts: FileFacts, form: Form) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": table.name,
        "description": table.description,
        "profile": "tabular-data-resource",
    }
    if facts.count:
        resource |= {
            "path": form.file_of(table),
            "format": form.format,
            "mediatype": form.mediatype,
            **({"encoding": "utf-8"} if form.is_text else {}),
            "hash": f"sha256:{facts.sha256}",
            "bytes": facts.size,
        }
    else:  # an empty file breaks independent readers: the header alone, inline (definitions.md section 7)
        resource["data"] = [[field.name for field in table.fields]]
    return {**resource, "schema": _schema(table, form)}


def _schema(table: TableShape, form: Form) -> dict[str, Any]:
    keys = [_foreign_key(table, reference) for reference in table.references if reference.is_foreign_key]
    schema: dict[str, Any] = {
        "fields": [_field(table, field, form) for field in table.fields],
        "primaryKey": list(table.key),
        "missingValues": list(form.missing),  # beside null itself: in JSON an empty text is a text
    }
    return {**schema, "foreignKeys": keys} if keys else schema


def _field(table: TableShape, field: FieldShape, form: Form) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    # Readers of CSV take an empty text for none, quoted or not.
    may_read_as_none = "" in form.missing and field.kind == "string" and field.name not in table.key
    if not field.nullable and not may_read_as_none:
        constraints["required"] = True
    if field.choices:
        constraints["enum"] = list(field.choices)
    if table.key == (field.name,) or (field.name,) in table.unique:
        constraints["unique"] = True
    described = {"name": field.name, "type": field.kind, "description": field.description}
    return {**described, "constraints": constraints} if constraints else described


def _foreign_key(table: TableShape, reference: Reference) -> dict[str, Any]:
    single = len(reference.fields) == 1
    return {
        "fields": reference.fields[0] if single else list(reference.fields),
        "reference": {
            "resource": "" if reference.table == table.name else reference.table,
            "fields": reference.target_fields[0] if single else list(reference.target_fields),
        },
    }
