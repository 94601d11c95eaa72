"""The columns of rows and cards: one statement of fixed text, compiled by nobody, that reads no document."""

# ruff: noqa: S608 - table and column names are those of the records' declarations; values are always bound
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, Literal, TypeVar

from engine.reference.models import Employee
from engine.store import Dialect
from engine.tasks.models import Priority, Proof, Step, Task, TaskStatus, Urgency
from engine.tasks.read_models import PlacedRow, TaskRow
from engine.tasks.states import ACTIVE
from engine.transaction import Transaction

R = TypeVar("R", bound=TaskRow)

_PRIORITIES = {priority.rank: priority for priority in Priority}
#: Columns of a task, in the order in which ``_row`` takes them.
_COLUMNS = (
    "task_id", "task_number", "title", "status", "priority_rank", "urgency", "milestone", "bundle_id",
    "partner_id", "owner_id", "assignee_id", "assignee_role", "assigned_to_bot", "due_date", "deadline",
    "blocked_by", "requires_human_review", "closed_at", "follow_up_at", "deferred_until", "waiting_for",
    "updated_at", "revision", "is_skippable", "required_sources", "hand_list", "preparer_list",
)  # fmt: skip
#: What only ``PlacedRow`` tells.
_PLACE = ("phase", "position", "dependency_list", "fills_link")
#: What other tables add to them. Bundles are a later layer's records, so only their table is named.
_ADDED = (
    "b.title",
    "e.name",
    f"(SELECT count(*) FROM {Step.spec.table} s WHERE s.task_id = t.task_id AND s.is_completed)",
    f"(SELECT count(*) FROM {Step.spec.table} s WHERE s.task_id = t.task_id AND s.is_left_out IS NOT TRUE)",
    f"(SELECT count(*) FROM {Proof.spec.table} p WHERE p.task_id = t.task_id AND p.is_missing)",
)


def read(
    tx: Transaction,
    key: Literal["doc_id", "task_id"],
    wanted: Sequence[Any],
    make: Callable[[Any], Callable[..., R]],
) -> dict[Any, R]:
    """Give a row per task of the workspace by its key, in one statement.

    ``make`` gives the row's class for a key.
    """
    if not wanted:
        return {}
    tx.flush()
    dialect, now = tx.database.dialect, tx.wall_clock
    found = tx.database.run(_text(dialect, key, (key,)), _params(tx, wanted))
    return {one: _row(values, now, make(one)) for one, *values in found}


def of_bundle(tx: Transaction, bundle_id: str) -> list[PlacedRow]:
    """Give the tasks of a bundle, in no order."""
    return _placed(tx, "bundle_id", [bundle_id])


def placed(tx: Transaction, task_ids: Sequence[str]) -> list[PlacedRow]:
    """Give tasks by their ids, in no order; ids of none are passed over."""
    return _placed(tx, "task_id", task_ids) if task_ids else []


def _placed(tx: Transaction, key: str, wanted: Sequence[str]) -> list[PlacedRow]:
    tx.flush()
    dialect, now = tx.database.dialect, tx.wall_clock
    found = tx.database.run(_text(dialect, key, _PLACE), _params(tx, wanted))
    return [
        _row(
            values,
            now,
            partial(
                PlacedRow,
                phase=phase,
                position=position,
                depends_on=tuple(json.loads(depends_on)),
                fills_link=fills_link,
            ),
        )
        for phase, position, depends_on, fills_link, *values in found
    ]


def _params(tx: Transaction, wanted: Sequence[Any]) -> tuple[Any, ...]:
    dialect = tx.database.dialect
    return dialect.list_param(wanted), dialect.list_param([tx.workspace_id])


@lru_cache(maxsize=8)
def _text(dialect: Dialect, key: str, first: tuple[str, ...]) -> str:
    columns = ", ".join([*(f"t.{name}" for name in (*first, *_COLUMNS)), *_ADDED])
    return (
        f"SELECT {columns} FROM {Task.spec.table} t"
        " LEFT JOIN bundles b ON b.bundle_id = t.bundle_id AND b.workspace_id = t.workspace_id"
        f" LEFT JOIN {Employee.spec.table} e ON e.employee_id = t.assignee_id"
        " AND e.workspace_id = t.workspace_id"
        f" WHERE {dialect.one_of(f't.{key}')}"
        # Whatever found the ids: nothing is shown across workspaces. As an expression, it leads to no index.
        " AND " + dialect.one_of("t.workspace_id || ''")
    )


def _row(values: Sequence[Any], now: datetime, make: Callable[..., R]) -> R:
    (
        task_id, number, title, status_word, rank, urgency, milestone, bundle_id, partner_id, owner_id,
        assignee_id, role, to_bot, due_date, deadline_text, blocked_by, needs_review, closed_at, follow_up_at,
        deferred_until, waiting_for, updated_at, revision, is_skippable, sources, hand_list, preparer_list,
        bundle_title, assignee_name, done, total, missing,
    ) = values  # fmt: skip
    status, deadline = TaskStatus(status_word), _moment(deadline_text)
    return make(
        task_id=task_id,
        task_number=number,
        title=title,
        status=status,
        priority=_PRIORITIES[rank],
        urgency=Urgency(urgency),
        milestone=bool(milestone),
        bundle_id=bundle_id,
        partner_id=partner_id,
        owner_id=owner_id,
        assignee_id=assignee_id,
        assignee_role=role,
        assigned_to_bot=bool(to_bot),
        due_date=_day(due_date),
        deadline=deadline,
        blocked_by=blocked_by,
        requires_human_review=bool(needs_review),
        hand_list=hand_list,
        preparer_list=preparer_list,
        closed_at=_moment(closed_at),
        follow_up_at=_moment(follow_up_at),
        deferred_until=_day(deferred_until),
        waiting_for=waiting_for,
        updated_at=datetime.fromisoformat(updated_at),
        revision=revision,
        is_skippable=bool(is_skippable),
        required_sources=sources,
        bundle_title=bundle_title,
        assignee_name=assignee_name,
        steps_done=done,
        steps_total=total,
        missing_proofs=missing,
        is_late=deadline is not None and deadline < now and status in ACTIVE,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
