"""The conditions of reads over tasks: what an actor sees, what a filter asks for, what is late."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    and_,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)

from engine.access import Actor, Permission, may
from engine.artifacts.models import ArtifactLink
from engine.clock import to_text
from engine.tasks.dates import end_of, start_of
from engine.tasks.filters import QA_CHOICES, TaskFilter
from engine.tasks.models import Note, Proof, Task, TaskStatus
from engine.tasks.queries.prepared import Read, once
from engine.tasks.queries.words import hits
from engine.transaction import Transaction


class HasColumns(Protocol):
    """A table, or columns that stand for those of a table."""

    @property
    def c(self) -> Any:
        """The columns, by attribute and by name."""


#: What ``TaskFilter.has`` names -> the table in which it is kept.
_KEPT_IN = {"proof": Proof.spec.table, "note": Note.spec.table, "file": ArtifactLink.spec.table}


def involves(actor: Actor, table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a task is the actor's own, assigned to them, or claimable by them."""
    return or_(*involvements(actor, table))


def involvements(actor: Actor, table: FromClause) -> list[ColumnElement[bool]]:
    """Return the ways in which a task is the actor's, one condition each; their union reads by indexes."""
    claims = actor.assignee_roles and may(actor, Permission.SEE_CLAIMABLE)
    has_role = table.c.assignee_role.in_(sorted(actor.assignee_roles)) if claims else None
    return ways_in(table, actor.user_id, actor.employee_id, has_role)


def ways_in(
    table: FromClause,
    user_id: ColumnElement[Any] | str,
    employee_id: ColumnElement[Any] | str | None,
    has_role: ColumnElement[bool] | None,
) -> list[ColumnElement[bool]]:
    """Return the ways in which a task is somebody's; ``has_role``: they have the role that may claim it.

    Users and employees may be values or parameters.
    """
    found = [table.c.owner_id == user_id]
    if employee_id is not None:
        found.append(table.c.assignee_id == employee_id)
    if has_role is not None:
        unclaimed = and_(table.c.assignee_id.is_(None), table.c.assigned_to_bot == false())
        found.append(and_(has_role, unclaimed))
    return found


def in_sight(
    tx: Transaction, table: FromClause, ways: Callable[[FromClause], Sequence[ColumnElement[bool]]]
) -> ColumnElement[bool]:
    """Return the condition that a task is somebody's in one of ``ways``, or in a bundle with one that is.

    It is the rule of ``visibility.sees`` for who does not see everything.
    """
    own = tx.database.sql_table(Task.spec.table).alias()
    beside = (own.c.workspace_id == table.c.workspace_id, own.c.bundle_id == table.c.bundle_id)
    # One question each, which an index of whose a task is answers; none answers them all.
    return or_(*ways(table), *(exists().where(*beside, way) for way in ways(own)))


def in_workspace(
    tx: Transaction, table: HasColumns, workspace_id: ColumnElement[Any] | str
) -> ColumnElement[bool]:
    """Return the condition that a record, found by an id, is of the workspace; it leads to no index."""
    return tx.database.dialect.without_index(table.c.workspace_id) == workspace_id


def scopes(tx: Transaction, table: HasColumns) -> list[ColumnElement[bool]]:
    """Return where the tasks are that the actor sees: the pure rule of ``engine.access``, in SQL.

    No task is in two of them. Who sees a part of the work sees whole bundles, and tasks of theirs that stand
    alone; both are found once, and then reached by their ids. The tenant follows from those: asking for it
    too would let SQLite, which keeps no statistics by itself, choose an index of the tenant, and read the
    whole workspace.
    """
    if tx.actor.sees_everything:
        return [table.c.workspace_id == tx.workspace_id]
    return [one_of(tx, table.c[name], ids) for name, ids in reached(tx).items()] or [false()]


def reached(tx: Transaction) -> dict[str, list[Any]]:
    """Return by which columns the tasks are found that an actor sees who does not see everything.

    That is ``bundle_id`` and, for those that stand alone, ``doc_id``, each with its values, if there are any.
    """
    found = _own(tx, tx.actor).rows(tx) if may(tx.actor, Permission.SEE_OWN_WORK) else ()
    bundles = {bundle_id for bundle_id, _ in found if bundle_id is not None}
    alone = {doc_id for bundle_id, doc_id in found if bundle_id is None}
    return {name: list(ids) for name, ids in (("bundle_id", bundles), ("doc_id", alone)) if ids}


@once
def _own(tx: Transaction, actor: Actor) -> Read:
    """Return the read of the actor's tasks: the bundles of those that are in one, the rows of the others.

    Each way in is read from an index in the order of bundles, so that nothing need be sorted.
    """
    table = tx.database.sql_table(Task.spec.table)
    ways = [and_(table.c.workspace_id == actor.workspace_id, way) for way in involvements(actor, table)]
    bundle = table.c.bundle_id
    inside = (select(bundle, literal_column("0", Integer)).where(way, bundle.is_not(None)) for way in ways)
    alone = (select(bundle, table.c.doc_id).where(way, bundle.is_(None)) for way in ways)
    return union_all(*(read.distinct() for read in inside), *alone)


def seen(
    inside: Sequence[ColumnElement[bool]],
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
) -> Select[Any] | CompoundSelect[Any]:
    """Return the read of ``columns`` of what matches in any of the scopes."""
    reads = [select(*columns).where(scope, *conditions) for scope in inside]
    return reads[0] if len(reads) == 1 else union_all(*reads)


def one_of(tx: Transaction, column: ColumnElement[Any], ids: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition of being one of ``ids``, with one parameter however many they are."""
    return tx.database.dialect.is_one_of(column, ids)


def text_of(tx: Transaction, table: HasColumns, *path: str) -> ColumnElement[Any]:
    """Return a field of the stored document that has no column of its own, as text."""
    return tx.database.dialect.field(table.c.document, *path)


def matching(
    tx: Transaction, table: HasColumns, wanted: TaskFilter, *, with_status: bool = True
) -> list[ColumnElement[bool]]:
    """Give what a filter asks for, visibility and workspace left out."""
    column = table.c
    equal = {
        "category": wanted.category,
        "task_type": wanted.task_type,
        "assignee_id": wanted.assignee_id,
        "bundle_id": wanted.bundle_id,
        "template_id": wanted.template_id,
        "campaign_id": wanted.campaign_id,
        "partner_id": wanted.partner_id,
        "assigned_to_bot": wanted.assigned_to_bot,
        "requires_human_review": wanted.requires_human_review,
        "task_number": wanted.number,
    }
    found: list[ColumnElement[bool]] = [
        column[name] == value for name, value in equal.items() if value is not None
    ]
    if with_status and (wanted.status or wanted.open):
        found.append(_status(table, wanted))
    if wanted.priority:
        found.append(column.priority_rank.in_([priority.rank for priority in wanted.priority]))
    if wanted.lanes:
        found.append(column.lane.in_([lane.value for lane in wanted.lanes]))
    if wanted.tag is not None:
        found.append(tx.database.dialect.place_in(column.tag_list, json.dumps(wanted.tag.lower())) > 0)
    if wanted.qa is not None:
        state = column.qa_state
        found.append(state.is_not(None) if wanted.qa == QA_CHOICES[0] else state == wanted.qa)
    if wanted.overdue:
        found += overdue(tx, table)
    found += [column[name].is_(None) for name in wanted.lacks]
    found += [_has(tx, table, part) for part in wanted.has]
    return [
        *found,
        *_whose(tx, table, wanted),
        *_times(tx, table, wanted),
        *_words(tx, table, wanted),
        *_further(tx, table, wanted),
    ]


def _whose(tx: Transaction, table: HasColumns, wanted: TaskFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.mine:
        employee_id = tx.actor.employee_id
        yield false() if employee_id is None else table.c.assignee_id == employee_id
    if wanted.unassigned:
        yield and_(table.c.assignee_id.is_(None), table.c.assigned_to_bot == false())


def _further(tx: Transaction, table: HasColumns, wanted: TaskFilter) -> Iterable[ColumnElement[bool]]:
    """Give the conditions of the filters within a filter."""
    for part in wanted.also:
        yield from matching(tx, table, part)
    for group in wanted.any_of:
        yield or_(*(and_(true(), *matching(tx, table, part)) for part in group))
    for part in wanted.none_of:
        # What is not known does not match: its opposite does.
        yield not_(func.coalesce(and_(true(), *matching(tx, table, part)), false()))


def _has(tx: Transaction, table: HasColumns, part: str) -> ColumnElement[bool]:
    """Return the condition that something belongs to a task: proof that was given, a note, a file."""
    kept = tx.database.sql_table(_KEPT_IN[part])
    # The task leads to its proof and notes; files have an index of both.
    place = kept.c.workspace_id if part == "file" else tx.database.dialect.without_index(kept.c.workspace_id)
    of_task = [kept.c.task_id == table.c.task_id, place == table.c.workspace_id]
    if part == "proof":
        of_task.append(text_of(tx, kept, "given_at").is_not(None))
    return exists().where(*of_task)


def _status(table: HasColumns, wanted: TaskFilter) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    # One status as an equality: the index then gives the order too.
    if len(wanted.status) == 1:
        ways.append(table.c.status == wanted.status[0].value)
    elif wanted.status:
        ways.append(table.c.status.in_([status.value for status in wanted.status]))
    if wanted.open:
        ways.append(table.c.is_open == 1)
    return or_(*ways)


def _times(tx: Transaction, table: HasColumns, wanted: TaskFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.due_before is not None:
        yield table.c.deadline < to_text(start_of(wanted.due_before, tx.timezone, "due_before"))
    if wanted.due_after is not None:
        yield table.c.deadline >= to_text(end_of(wanted.due_after, tx.timezone, "due_after"))
    if wanted.scheduled_before is not None:
        yield table.c.scheduled_for < to_text(wanted.scheduled_before)
    if wanted.scheduled_after is not None:
        yield table.c.scheduled_for > to_text(wanted.scheduled_after)
    if wanted.scheduled_from is not None:
        yield table.c.scheduled_for >= to_text(wanted.scheduled_from)


def _words(tx: Transaction, table: HasColumns, wanted: TaskFilter) -> Iterable[ColumnElement[bool]]:
    for word in wanted.words:
        yield table.c.doc_id.in_(select(hits(tx, word).c.doc_id))


def overdue(tx: Transaction, table: HasColumns) -> list[ColumnElement[bool]]:
    """Return the conditions of being active and past the deadline."""
    return [
        table.c.is_open == 1,
        table.c.deadline < to_text(tx.wall_clock),
        table.c.status != TaskStatus.FAILED.value,
    ]


def scheduled_today(tx: Transaction, table: HasColumns) -> ColumnElement[bool]:
    """Return the condition that a task is scheduled for today in the reader's zone (OPQ-26)."""
    start, end = start_of(tx.today, tx.timezone), end_of(tx.today, tx.timezone)
    return and_(table.c.scheduled_for >= to_text(start), table.c.scheduled_for < to_text(end))
