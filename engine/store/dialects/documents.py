"""A stored document as the JSON that a query may look into, without failing on one that is none (S11)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

#: PostgreSQL asks whether a text is JSON from this version on; before, one broken document fails the query.
_ASKS = (16,)


class json_in(GenericFunction[Any]):  # noqa: N801 - it is read as a function of SQL
    """The JSON in a column of documents; NULL where somebody wrote past Workbench what is none."""

    inherit_cache = True

    def __init__(self, document: ColumnElement[Any]) -> None:
        super().__init__(document)


@compiles(json_in, "sqlite")
def _on_sqlite(element: json_in, compiler: SQLCompiler, **options: Any) -> str:
    document = compiler.process(element.clauses, **options)
    return f"CASE WHEN json_valid({document}) THEN {document} END"


@compiles(json_in, "postgresql")
def _on_postgresql(element: json_in, compiler: SQLCompiler, **options: Any) -> str:
    document = compiler.process(element.clauses, **options)
    if (compiler.dialect.server_version_info or ()) < _ASKS:
        return f"CAST({document} AS JSON)"
    return f"CASE WHEN {document} IS JSON THEN CAST({document} AS JSON) END"
