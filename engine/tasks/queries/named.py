"""What people, partners and campaigns are called, in one statement that reads no whole record (P3)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Integer, Select, String, literal_column, select, union_all

from engine.record import Record
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks.queries.prepared import Read, once, parameter
from engine.transaction import Transaction

#: In the order of their numbers in the statement.
_KINDS: tuple[type[Record], ...] = (Employee, Partner, Campaign)


class Named(NamedTuple):
    """One of them; of employees, only those who are active."""

    kind: type[Record]
    record_id: str
    key: str
    name: str


def everybody(tx: Transaction, *, employees_alone: bool) -> list[Named]:
    """Return the active employees, then, unless told otherwise, all partners and campaigns; each by key."""
    tx.flush()
    rows = _named(tx, employees_alone).rows(tx, workspace=tx.workspace_id)
    found = [Named(_KINDS[kind], record_id, key, name) for kind, record_id, key, name in rows]
    return sorted(found, key=lambda one: (_KINDS.index(one.kind), one.key))


@once
def _named(tx: Transaction, employees_alone: bool) -> Read:
    kinds = _KINDS[:1] if employees_alone else _KINDS
    reads = [_of(tx, number, kind) for number, kind in enumerate(kinds)]
    return reads[0] if employees_alone else union_all(*reads)


def _of(tx: Transaction, number: int, kind: type[Record]) -> Select[tuple[int, str, str, str]]:
    table, dialect = tx.database.sql_table(kind.spec.table), tx.database.dialect
    name = table.c.name if kind is Employee else dialect.field(table.c.document, "name")
    chosen = select(literal_column(str(number), Integer), table.c[kind.spec.key[0]], table.c.key, name).where(
        table.c.workspace_id == parameter("workspace", String())
    )
    return chosen.where(dialect.is_true(table.c.document, "is_active")) if kind is Employee else chosen
