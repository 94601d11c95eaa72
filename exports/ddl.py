"""``schema.postgresql.sql``: tables with constraints that an export loads into (EXP-12)."""

from __future__ import annotations

from collections.abc import Iterator

from exports.records import FieldShape, TableShape, tables

_TYPES = {
    "string": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
    "object": "jsonb",
    "array": "jsonb",
    "any": "jsonb",
}

_HEAD = """\
-- A Workbench export as PostgreSQL tables, with keys, references and enums checked.
-- References are deferred, so that the files load in any order within one transaction:
--
--   BEGIN;
--   \\i schema.postgresql.sql
--   CREATE TEMP TABLE line (body text);
--   \\copy line from 'tasks.jsonl' with (format csv, quote E'\\x01', delimiter E'\\x02', encoding 'UTF8')
--   INSERT INTO tasks SELECT record.* FROM line, jsonb_populate_record(NULL::tasks, body::jsonb) AS record;
--   TRUNCATE line;   -- and so on for each file
--   COMMIT;
--
-- JSON never holds the control characters 1 and 2, so each line arrives as it is. Workbench's FORMAT.md has a
-- script that does this every night, into a schema of its own.
"""


def generate() -> str:
    """Return the whole script: tables first, the references between them, then what each thing means."""
    shapes = tables()
    creates = [_create(table) for table in shapes]
    alters = [statement for table in shapes for statement in _references(table)]
    comments = [statement for table in shapes for statement in _comments(table)]
    return "\n".join([_HEAD, *creates, *alters, "", *comments, ""])


def _create(table: TableShape) -> str:
    lines = [_column(field) for field in table.fields]
    lines.append(f"PRIMARY KEY ({_names(table.key)})")
    lines.extend(f"UNIQUE ({_names(names)})" for names in table.unique)
    body = ",\n".join(f"    {line}" for line in lines)
    return f"CREATE TABLE {_quoted(table.name)} (\n{body}\n);\n"


def _column(field: FieldShape) -> str:
    parts = [_quoted(field.name), _TYPES[field.kind]]
    if not field.nullable:
        parts.append("NOT NULL")
    if field.choices:
        words = ", ".join(f"'{choice}'" for choice in field.choices)
        parts.append(f"CHECK ({_quoted(field.name)} IN ({words}))")
    return " ".join(parts)


def _references(table: TableShape) -> list[str]:
    return [
        f"ALTER TABLE {_quoted(table.name)} ADD FOREIGN KEY ({_names(reference.fields)})"
        f" REFERENCES {_quoted(reference.table)} ({_names(reference.target_fields)})"
        " DEFERRABLE INITIALLY DEFERRED;"
        for reference in table.references
        if reference.is_foreign_key
    ]


def _comments(table: TableShape) -> Iterator[str]:
    name = _quoted(table.name)
    yield f"COMMENT ON TABLE {name} IS {_text(table.description)};"
    for field in table.fields:
        yield f"COMMENT ON COLUMN {name}.{_quoted(field.name)} IS {_text(field.description)};"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    return f'"{name}"'
