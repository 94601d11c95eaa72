"""The forms that an export's tables are written in: JSON Lines, and made of them CSV and Parquet."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engine.budgets import BYTES_OF_AN_EXPORTED_LINE
from engine.errors import UnavailableError
from exports.reading import FileFacts
from exports.records import FieldShape, Kind, TableShape, tables

#: DuckDB's types; JSON stays JSON, a moment keeps its zone.
_PARQUET: Mapping[Kind, str] = {
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
#: What Parquet needs: the extra `parquet` of Workbench.
DUCKDB = "duckdb>=2.0.1,<3"
_NESTED = ("object", "array", "any")


@dataclass(frozen=True)
class Form:
    """A form of files, as a data package says it."""

    #: What the command line and the manifest call it; how its files' names end.
    name: str
    format: str
    mediatype: str
    #: Whether its files are text.
    is_text: bool
    #: What stands for null, beside a null of its own.
    missing: tuple[str, ...] = ()

    def file_of(self, table: TableShape) -> str:
        """Return the name of a table's file."""
        return f"{table.name}.{self.name}"


LINES = Form("jsonl", "ndjson", "application/x-ndjson", is_text=True)
CSV = Form("csv", "csv", "text/csv", is_text=True, missing=("",))
PARQUET = Form("parquet", "parquet", "application/vnd.apache.parquet", is_text=False)
FORMS: Mapping[str, Form] = {form.name: form for form in (LINES, CSV, PARQUET)}


def require(form: Form) -> None:
    """Refuse a form that this installation cannot write.

    Raises:
        UnavailableError: Parquet, without DuckDB.
    """
    if form is PARQUET and find_spec("duckdb") is None:
        raise UnavailableError(
            "Parquet is written by DuckDB, which is not installed here. Install it beside Workbench with "
            f"`pip install '{DUCKDB}'`, or export with --format csv."
        )


def convert(folder: Path, form: Form, counts: Mapping[str, int]) -> dict[str, FileFacts]:
    """Write each table's lines in another form in their place; return the facts of the new files."""
    writers: Mapping[str, Callable[[Path, Path, TableShape], None]] = {"csv": _to_csv, "parquet": _to_parquet}
    facts = {}
    for table in tables():
        lines, target = folder / table.file_name, folder / form.file_of(table)
        writers[form.name](lines, target, table)
        lines.unlink()
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[table.name] = FileFacts(counts[table.name], target.stat().st_size, digest)
    return facts


def _to_csv(lines: Path, target: Path, table: TableShape) -> None:
    with lines.open("rb") as source, target.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(table.field_names) + "\n")
        for line in source:
            record = json.loads(line)
            file.write(",".join(_cells(record, table.fields)) + "\n")


def _cells(record: Mapping[str, Any], fields: tuple[FieldShape, ...]) -> Iterator[str]:
    """Yield the cells of a record: texts in quotes, also empty ones, so that nothing at all is null alone."""
    for field in fields:
        value = record[field.name]
        if value is None:
            yield ""
        elif field.kind in _NESTED:
            yield _quoted(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
        elif field.kind == "string":
            yield _quoted(value)
        else:  # numbers, words, days and moments, which hold neither commas nor quotes
            yield value if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _to_parquet(lines: Path, target: Path, table: TableShape) -> None:
    import duckdb  # noqa: PLC0415 - an extra that others do without

    columns = {field.name: _PARQUET[field.kind] for field in table.fields}
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,  # the same records, the same bytes
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        source = connection.read_json(
            _as_pattern(lines),
            columns=columns,
            format="newline_delimited",
            maximum_object_size=BYTES_OF_AN_EXPORTED_LINE,
        )
        source.write_parquet(str(target))


def _as_pattern(path: Path) -> str:
    """Return the pattern that only this path matches: DuckDB takes every name for one."""
    return re.sub(r"[\[*?]", r"[\g<0>]", str(path))
