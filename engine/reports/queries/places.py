"""What a long report says, by columns alone: how many rows of each sort, and which ones are shown (P5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from engine.accounts.models import User
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.qa.models import QaReview
from engine.reference.models import Employee
from engine.reports.filters import Filters
from engine.reports.queries.judged import Whose, is_work_of, versions_of
from engine.reports.queries.work import field, of_kind, table_of, within
from engine.tasks.models import Note, NoteKind, Task
from engine.tasks.queries.conditions import one_of
from engine.transaction import Transaction


class Place(NamedTuple):
    """Where a row of a report comes from."""

    #: The table of the record that it tells of.
    table: str
    #: The sort that it is counted as.
    sort: str
    at: str
    #: What tells rows of one moment apart.
    tie: str
    doc_id: int


@dataclass(frozen=True, kw_only=True)
class Source:
    """The records of one type that make rows of a report."""

    table: Any
    #: Which they are: FROM and WHERE.
    rows: Select[Any]
    at: ColumnElement[Any]
    tie: ColumnElement[Any]
    sort: ColumnElement[Any]


def read(tx: Transaction, sources: Sequence[Source], wanted: Filters) -> tuple[dict[str, int], list[Place]]:
    """Return how many rows there are of each sort, and the places of those asked for, the newest first."""
    end = None if wanted.rows is None else wanted.offset + wanted.rows
    reads: list[Any] = []
    for source in sources:
        name, order = (
            literal(source.table.name),
            [source.at.desc(), source.tie.desc(), source.sort.desc(), source.table.c.doc_id],
        )
        columns = (name, source.sort, source.at, source.tie, source.table.c.doc_id)
        found = source.rows.with_only_columns(
            *(column.label(label) for column, label in zip(columns, Place._fields, strict=True)),
            maintain_column_froms=True,
        )
        reads.append(found if end is None else select(found.order_by(*order).limit(end).subquery()))
        # Apart, so that what is grouped is the sort alone: a database would keep whole documents meanwhile.
        sorts = source.rows.with_only_columns(source.sort.label("sort"), maintain_column_froms=True)
        apart = sorts.offset(0).subquery()
        nothing = cast(null(), String)
        counted = select(name, apart.c.sort, nothing, nothing, func.count().label("doc_id"))
        reads.append(counted.group_by(apart.c.sort))
    counts: dict[str, int] = {}
    places = []
    for row in tx.connection.execute(union_all(*reads)):
        if row.sort is None:  # the document of the record cannot be read (S11)
            continue
        if row.at is None:
            counts[row.sort] = counts.get(row.sort, 0) + int(row.doc_id)
        else:
            places.append(Place(*row))
    places.sort(key=lambda place: (place.at, place.tie, place.sort, -place.doc_id), reverse=True)
    return counts, places[wanted.offset : end]


def decisions(tx: Transaction, wanted: Filters, whose: Whose | None, *, by_outcome: bool = False) -> Source:
    """Give the decisions that were made in the asked time, counted by who judged or by how it came out."""
    table, rows = table_of(tx, Approval.spec.table), table_of(tx, Deliverable.spec.table)
    found, tasks = _of_tasks(tx, table, wanted, is_joined=whose is not None)
    if whose is not None:
        found = found.join(rows, rows.c.deliverable_id == table.c.deliverable_id)
        found = found.where(is_work_of(tx, whose, rows, tasks.c.assignee_id))
    return Source(
        table=table,
        rows=found.where(
            table.c.decided_at.is_not(None),
            *within(table.c.decided_at, wanted),
            *versions_of(tx, wanted, table.c.deliverable_id),
        ),
        at=table.c.decided_at,
        tie=table.c.task_approval_id if by_outcome else table.c.task_id,
        sort=field(tx, table, "status") if by_outcome else table.c.source + literal(" approval"),
    )


def scores_given(tx: Transaction, wanted: Filters, whose: Whose | None) -> Source:
    """Give the QA scores of the asked time."""
    table = table_of(tx, QaReview.spec.table)
    found, _ = _of_tasks(tx, table, wanted, is_joined=False)
    return Source(
        table=table,
        rows=found.where(
            *within(table.c.reviewed_at, wanted),
            *versions_of(tx, wanted, field(tx, table, "deliverable_id")),
            *([table.c.employee_id == whose.employee_id] if whose else []),
        ),
        at=table.c.reviewed_at,
        tie=table.c.task_id,
        sort=field(tx, table, "review_type") + literal(" QA"),
    )


def notes_written(
    tx: Transaction, wanted: Filters, whose: Whose | None, kinds: Collection[NoteKind]
) -> Source:
    """Give the notes of these kinds and of the asked time, for whom they call, else who works on the task."""
    table = table_of(tx, Note.spec.table)
    kind = field(tx, table, "kind")
    found, tasks = _of_tasks(tx, table, wanted, is_joined=whose is not None)
    if whose is not None:
        calls = tx.database.dialect.place_in(table.c.document, f'"{whose.employee_id}"') > 0
        is_theirs = and_(table.c.has_mentions != true(), tasks.c.assignee_id == whose.employee_id)
        found = found.where(or_(and_(table.c.has_mentions == true(), calls), is_theirs))
    return Source(
        table=table,
        rows=found.where(*within(table.c.created_at, wanted), kind.in_([item.value for item in kinds])),
        at=table.c.created_at,
        tie=table.c.task_id,
        sort=func.replace(kind, "_", " "),
    )


def remarks(tx: Transaction, wanted: Filters, whose: Whose | None, employed: Sequence[str]) -> Source:
    """Give the remarks on versions of the asked time; what people say of their own work is no feedback."""
    table, rows = table_of(tx, DeliverableComment.spec.table), table_of(tx, Deliverable.spec.table)
    found, tasks = _of_tasks(tx, table, wanted, is_joined=True)
    found = found.join(rows, rows.c.deliverable_id == table.c.deliverable_id)
    if whose is not None:
        found = found.where(is_work_of(tx, whose, rows, tasks.c.assignee_id))
    return Source(
        table=table,
        rows=found.where(
            ~_is_own(tx, field(tx, table, "created_by"), rows, tasks, employed),
            *within(table.c.created_at, wanted),
            *versions_of(tx, wanted, table.c.deliverable_id),
        ),
        at=table.c.created_at,
        tie=table.c.task_id,
        sort=literal("comment"),
    )


def _is_own(
    tx: Transaction, user_id: ColumnElement[Any], rows: Any, tasks: Any, employed: Sequence[str]
) -> ColumnElement[bool]:
    """Return the condition that a version is the work of whoever a user is, as ``People.did`` has it."""
    users = table_of(tx, User.spec.table)
    who, author = users.alias(), users.alias()
    written = tx.database.dialect.entries(rows.c.author_list).alias()
    by_them = exists().where(
        author.c.user_id == written.c.value, _employee_of(tx, author) == _employee_of(tx, who)
    )
    anybody = tx.database.dialect.entries(rows.c.author_list).alias()
    by_nobody = not_(exists().where(one_of(tx, type_coerce(anybody.c.value, Text()), employed)))
    theirs = or_(by_them, and_(by_nobody, tasks.c.assignee_id == _employee_of(tx, who)))
    return exists().where(who.c.user_id == user_id, theirs)


def _employee_of(tx: Transaction, users: Any) -> ColumnElement[Any]:
    """Return the employee that a user is, as ``People.employee_of`` has it."""
    employees = table_of(tx, Employee.spec.table).alias()
    same = select(func.min(employees.c.employee_id)).where(
        employees.c.workspace_id == users.c.workspace_id, employees.c.email == users.c.email
    )
    only = same.having(func.count() == 1)  # an address of several is nobody's (S27)
    return func.coalesce(users.c.employee_id, only.scalar_subquery())


def _of_tasks(tx: Transaction, table: Any, wanted: Filters, *, is_joined: bool) -> tuple[Select[Any], Any]:
    """Return the read of a table's rows, and the tasks, which it asks about only where it has to."""
    tasks = table_of(tx, Task.spec.table)
    here = table.c.workspace_id == tx.workspace_id
    if not is_joined and not wanted.asks_about_tasks:
        return select().select_from(table).where(here), tasks
    joined = table.join(tasks, tasks.c.task_id == table.c.task_id)
    return select().select_from(joined).where(here, *of_kind(tx, tasks, wanted)), tasks
