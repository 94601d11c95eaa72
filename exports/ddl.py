"""``schema.postgresql.sql``: tables with constraints that an export loads into (EXP-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exports.records import FieldShape, Reference, TableShape, tables

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
-- A Workbench export as PostgreSQL tables, with keys, references and enums checked. `workbench export load`
-- makes them and keeps them up to date. By other means: references are deferred, so that the files load
-- in any order within one transaction:
--
--   BEGIN;
--   \\i schema.postgresql.sql
--   CREATE TEMP TABLE line (body text);
--   \\copy line from 'tasks.jsonl' with (format csv, quote E'\\x01', delimiter E'\\x02', encoding 'UTF8')
--   INSERT INTO tasks SELECT record.* FROM line, jsonb_populate_record(NULL::tasks, body::jsonb) AS record;
--   TRUNCATE line;   -- and so on for each file
--   COMMIT;
--
-- JSON never holds the control characters 1 and 2, so each line arrives as it is.
"""


def generate() -> str:
    """Return the whole script: tables first, the references between them, then what each thing means."""
    shapes = tables()
    creates = [create(table) for table in shapes]
    alters = [statement for table in shapes for statement in references(table)]
    return "\n".join([_HEAD, *creates, *alters, "", *comments(), ""])


def create(table: TableShape) -> str:
    """Return the statement that makes a table, without its references to others."""
    lines = [_column(field) for field in table.fields]
    lines.append(f"PRIMARY KEY ({_names(table.key)})")
    # Deferred: two records may exchange their numbers in one load.
    lines.extend(f"UNIQUE ({_names(names)}) DEFERRABLE INITIALLY DEFERRED" for names in table.unique)
    body = ",\n".join(f"    {line}" for line in lines)
    return f"CREATE TABLE {quoted(table.name)} (\n{body}\n);\n"


def _column(field: FieldShape) -> str:
    words = f" {check_of(field)}" if field.choices else ""
    return f"{quoted(field.name)} {type_of(field)}{'' if field.nullable else ' NOT NULL'}{words}"


def type_of(field: FieldShape) -> str:
    """Return PostgreSQL's type of a field."""
    return _TYPES[field.kind]


def check_of(field: FieldShape) -> str:
    """Return the constraint that a field holds one of its words."""
    words = ", ".join(text(choice) for choice in field.choices)
    return f"CHECK ({quoted(field.name)} IN ({words}))"


def references(table: TableShape, only: Iterable[Reference] | None = None) -> list[str]:
    """Return the statements that make a table's references, or ``only`` these, once all tables are there."""
    return [
        f"ALTER TABLE {quoted(table.name)} ADD FOREIGN KEY ({_names(reference.fields)})"
        f" REFERENCES {quoted(reference.table)} ({_names(reference.target_fields)})"
        " DEFERRABLE INITIALLY DEFERRED;"
        for reference in (table.references if only is None else only)
        if reference.is_foreign_key
    ]


def comments() -> Iterator[str]:
    """Yield the statements that say of each table and field what it means."""
    for table in tables():
        name = quoted(table.name)
        yield f"COMMENT ON TABLE {name} IS {text(table.description)};"
        for field in table.fields:
            yield f"COMMENT ON COLUMN {name}.{quoted(field.name)} IS {text(field.description)};"


def text(value: str) -> str:
    """Return a text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(name) for name in names)


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return f'"{name}"'
