"""SQL reads for recipes: their latest attempts, and the tickets that the actor sees."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, func, literal, select, union_all

from engine.artifacts.models import Artifact, ArtifactLink, ArtifactRole
from engine.executions.models import Execution
from engine.loading import load_all
from engine.tasks.models import Task
from engine.tasks.queries.conditions import one_of, scopes, text_of
from engine.tasks.queries.reading import by_id, task_table
from engine.tasks.states import StateClass
from engine.transaction import Transaction


class Attempt(NamedTuple):
    """What is read of an attempt to tell what a recipe's runs came to."""

    template_id: str
    task_id: str
    #: Attempts of one run have it in common.
    run_began_at: str
    status: str
    completed_at: str | None
    settlement: str | None


class TicketPage(NamedTuple):
    """The tasks of one page of tickets, the newest first."""

    tasks: list[Task]
    total: int
    #: Whether there are no more than ``total``.
    is_exact: bool


def latest_attempts(tx: Transaction, template_ids: Collection[str], per_template: int) -> list[Attempt]:
    """Return the latest attempts at tasks of these templates, so many of each, the newest first."""
    tx.flush()
    table = tx.database.sql_table(Execution.spec.table)
    wanted = tx.database.dialect.entries(literal(json.dumps(sorted(template_ids))))
    other = table.alias()
    latest = (
        select(other.c.doc_id)
        .where(other.c.workspace_id == tx.workspace_id, other.c.template_id == wanted.c.value)
        .order_by(other.c.execution_id.desc())
        .limit(per_template)
        .correlate(wanted)
    )
    found = (
        select(
            table.c.template_id,
            table.c.task_id,
            text_of(tx, table, "run_began_at"),
            table.c.status,
            text_of(tx, table, "completed_at"),
            text_of(tx, table, "settlement"),
        )
        .select_from(wanted.join(table, table.c.doc_id.in_(latest)))
        .order_by(table.c.execution_id.desc())
    )
    return [Attempt(*row) for row in tx.connection.execute(found)]


def list_tickets(
    tx: Transaction,
    states: Sequence[StateClass],
    template_ids: Collection[str] | None,
    *,
    limit: int,
    offset: int,
    counted: int | None,
) -> TicketPage:
    """Return one page of the tickets that the actor sees and that stand so, the newest first.

    With ``template_ids`` those of tasks of these templates alone. With ``counted`` the total is exact up to
    that many, and one more stands for all beyond.
    """
    table = task_table(tx)
    narrowed = [] if template_ids is None else [one_of(tx, table.c.template_id, sorted(template_ids))]
    reads = _of_all(tx, table, states) if tx.actor.sees_everything else _of_a_part(tx, table, states)
    conditions = [[*read, *narrowed] for read in reads]
    parts = [_newest(table, given, limit + offset) for given in conditions]
    every = union_all(*parts).subquery()
    order = every.c.created_at.desc(), every.c.task_id.desc()
    chosen = select(every.c.doc_id).order_by(*order).limit(limit).offset(offset)
    ids = list(tx.connection.execute(chosen).scalars())
    total = _count(tx, table, conditions, None if counted is None else counted + 1)
    tasks = load_all(Task, by_id(tx, table, ids), tx.database)
    return TicketPage(tasks, total, counted is None or total <= counted)


def _of_all(
    tx: Transaction, table: FromClause, states: Sequence[StateClass]
) -> list[list[ColumnElement[bool]]]:
    """Return a read for each state: the index has each of them in the order of the list."""
    here = table.c.workspace_id == tx.workspace_id
    return [[here, table.c.ticket_state == state.value] for state in states]


def _of_a_part(
    tx: Transaction, table: FromClause, states: Sequence[StateClass]
) -> list[list[ColumnElement[bool]]]:
    """Return a read for each place where the actor's work is; what they see is found once."""
    stands = table.c.ticket_state.in_([state.value for state in states])
    return [[scope, stands] for scope in scopes(tx, table)]


def _newest(table: FromClause, conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
    columns = table.c.created_at, table.c.task_id, table.c.doc_id
    order = table.c.created_at.desc(), table.c.task_id.desc()
    return select(select(*columns).where(*conditions).order_by(*order).limit(limit).subquery())


def _count(
    tx: Transaction,
    table: FromClause,
    conditions: Sequence[Sequence[ColumnElement[bool]]],
    most: int | None,
) -> int:
    """Return how many there are, at most ``most``; an index alone is read for it."""
    parts = [select(select(table.c.doc_id).where(*given).limit(most).subquery()) for given in conditions]
    counted = select(union_all(*parts).limit(most).subquery())
    return int(tx.connection.execute(select(func.count()).select_from(counted.subquery())).scalar_one())


def last_attempts(tx: Transaction, task_ids: Sequence[str]) -> dict[str, Execution]:
    """Return the last attempt at each of the tasks that has one, by the task's id."""
    tx.flush()
    table = tx.database.sql_table(Execution.spec.table)
    other = table.alias()
    newest = select(func.max(other.c.attempt_number)).where(other.c.task_id == table.c.task_id)
    chosen = select(table.c.document).where(
        one_of(tx, table.c.task_id, list(task_ids)),
        table.c.attempt_number == newest.correlate(table).scalar_subquery(),
    )
    found = load_all(Execution, tx.connection.execute(chosen).scalars(), tx.database)
    return {one.task_id: one for one in found}


def count_outputs(tx: Transaction, task_ids: Sequence[str]) -> dict[str, int]:
    """Return how many files each of the tasks has that its runs made, by the task's id (TKT-04)."""
    tx.flush()
    links = tx.database.sql_table(ArtifactLink.spec.table)
    files = tx.database.sql_table(Artifact.spec.table)
    counted = (
        select(links.c.task_id, func.count())
        .select_from(links.join(files, files.c.artifact_id == links.c.artifact_id))
        .where(
            one_of(tx, links.c.task_id, list(task_ids)),
            text_of(tx, files, "role") == ArtifactRole.OUTPUT.value,
        )
        .group_by(links.c.task_id)
    )
    return {task_id: int(count) for task_id, count in tx.connection.execute(counted)}
