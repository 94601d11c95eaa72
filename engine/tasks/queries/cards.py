"""The columns of rows and cards: one statement of fixed text, compiled by nobody, that reads no document."""

# ruff: noqa: S608 - table and column names are those of the records' declarations; values are always bound
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache, partial
from typing import Any, Literal, NamedTuple, TypeVar

from sqlalchemy import literal_column

from engine.access import Actor, may_see_task
from engine.reference import absences
from engine.reference.absences import Absences
from engine.reference.models import Absence, Employee
from engine.tasks.models import Priority, Proof, Step, Task, TaskStatus, Urgency
from engine.tasks.read_models import Blocker, PlacedRow, TaskRow
from engine.tasks.relations import relation_of
from engine.tasks.states import ACTIVE
from engine.transaction import Transaction

R = TypeVar("R", bound=TaskRow)

#: The statements by kind of database, key and first columns.
_texts: dict[tuple[Any, ...], str] = {}
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
#: Columns of the task that it waits for, in the order in which ``_blocker`` takes them, and who does that.
_BLOCKERS = ("task_number", "title", "status", "bundle_id", "owner_id", "assignee_id", "assignee_role",
             "assigned_to_bot")  # fmt: skip
#: What other tables add to them. Bundles and approvals are a later layer's records, so only their tables are
#: named.
_ADDED = (
    "b.title",
    "e.name",
    f"(SELECT count(*) FROM {Step.spec.table} s WHERE s.task_id = t.task_id AND s.is_completed)",
    f"(SELECT count(*) FROM {Step.spec.table} s WHERE s.task_id = t.task_id AND s.is_left_out IS NOT TRUE)",
    f"(SELECT count(*) FROM {Proof.spec.table} p WHERE p.task_id = t.task_id AND p.is_missing)",
    *(f"k.{name}" for name in _BLOCKERS),
    "ke.name",
)
#: Whether the assignee of an open task is away today; until when, and who stands in, is asked if anybody is.
_AWAY = (
    f"t.is_open = 1 AND EXISTS (SELECT 1 FROM {Absence.spec.table} x WHERE x.employee_id = t.assignee_id"
    " AND x.removed_at IS NULL AND x.first_day <= {mark} AND x.last_day >= {mark})"
)
#: The rule of ``rounds.ApprovalState.sent_back``, asked of work that goes on: the last decision on a version
#: asks for a change, and no version came after it.
_SENT_BACK = (
    "t.is_open = 1 AND t.status <> 'pending_approval' AND EXISTS (SELECT 1 FROM task_approvals a"
    " WHERE a.task_id = t.task_id AND a.status IN ('rejected', 'approved_pending_changes')"
    " AND NOT EXISTS (SELECT 1 FROM task_approvals l WHERE l.deliverable_id = a.deliverable_id"
    " AND (l.decided_at, l.task_approval_id) > (a.decided_at, a.task_approval_id))"
    " AND NOT EXISTS (SELECT 1 FROM deliverables d WHERE d.task_id = t.task_id"
    " AND {previous} = a.deliverable_id))"
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
    found = tx.database.run(_text(tx, key, (key,)), _params(tx, wanted))
    away = _away_today(tx)
    return {one: _row(tx, values, make(one), away) for one, *values in found}


def of_bundle(tx: Transaction, bundle_id: str) -> list[PlacedRow]:
    """Give the tasks of a bundle, in no order."""
    return _placed(tx, "bundle_id", [bundle_id])


def placed(tx: Transaction, task_ids: Sequence[str]) -> list[PlacedRow]:
    """Give tasks by their ids, in no order; ids of none are passed over."""
    return _placed(tx, "task_id", task_ids) if task_ids else []


def _placed(tx: Transaction, key: str, wanted: Sequence[str]) -> list[PlacedRow]:
    tx.flush()
    found = tx.database.run(_text(tx, key, _PLACE), _params(tx, wanted))
    away = _away_today(tx)
    return [
        _row(
            tx,
            values,
            partial(
                PlacedRow,
                phase=phase,
                position=position,
                depends_on=tuple(json.loads(depends_on)),
                fills_link=fills_link,
            ),
            away,
        )
        for phase, position, depends_on, fills_link, *values in found
    ]


def _params(tx: Transaction, wanted: Sequence[Any]) -> tuple[Any, ...]:
    dialect = tx.database.dialect
    today = tx.today.isoformat()
    return today, today, dialect.list_param(wanted), dialect.list_param([tx.workspace_id])


def _text(tx: Transaction, key: str, first: tuple[str, ...]) -> str:
    known = (type(tx.connection.dialect), key, first)
    if (found := _texts.get(known)) is None:
        found = _texts[known] = _write(tx, key, first)
    return found


def _write(tx: Transaction, key: str, first: tuple[str, ...]) -> str:
    dialect = tx.database.dialect
    previous = dialect.field(literal_column("d.document"), "previous_deliverable_id")
    said = previous.compile(dialect=tx.connection.dialect, compile_kwargs={"literal_binds": True})
    sent_back = _SENT_BACK.format(previous=said)
    away = _AWAY.format(mark=dialect.mark)
    columns = ", ".join([*(f"t.{name}" for name in (*first, *_COLUMNS)), *_ADDED, sent_back, away])
    return (
        f"SELECT {columns} FROM {Task.spec.table} t"
        " LEFT JOIN bundles b ON b.bundle_id = t.bundle_id AND b.workspace_id = t.workspace_id"
        f" LEFT JOIN {Employee.spec.table} e ON e.employee_id = t.assignee_id"
        " AND e.workspace_id = t.workspace_id"
        f" LEFT JOIN {Task.spec.table} k ON k.task_id = t.blocked_by AND k.workspace_id = t.workspace_id"
        f" LEFT JOIN {Employee.spec.table} ke ON ke.employee_id = k.assignee_id"
        " AND ke.workspace_id = t.workspace_id"
        f" WHERE {dialect.one_of(f't.{key}')}"
        # Whatever found the ids: nothing is shown across workspaces. As an expression, it leads to no index.
        " AND " + dialect.one_of("t.workspace_id || ''")
    )


def _away_today(tx: Transaction) -> Callable[[], Absences]:
    """Give what tells who is away today, which is read only if a row asks."""
    return cache(lambda: absences.today(tx))


def _row(tx: Transaction, values: Sequence[Any], make: Callable[..., R], away: Callable[[], Absences]) -> R:
    (
        task_id, number, title, status_word, rank, urgency, milestone, bundle_id, partner_id, owner_id,
        assignee_id, role, to_bot, due_date, deadline_text, blocked_by, needs_review, closed_at, follow_up_at,
        deferred_until, waiting_for, updated_at, revision, is_skippable, sources, hand_list, preparer_list,
        bundle_title, assignee_name, done, total, missing, *blocker, is_sent_back, is_away,
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
        is_late=deadline is not None and deadline < tx.wall_clock and status in ACTIVE,
        blocker=_blocker(tx.actor, blocked_by, bundle_id, _Blocking(*blocker)) if blocked_by else None,
        is_sent_back=bool(is_sent_back),
        away=away().away(assignee_id) if is_away else None,
    )


class _Blocking(NamedTuple):
    """What a task waits for, as it is read."""

    number: int | None
    title: str
    status: str
    bundle_id: str | None
    owner_id: str
    assignee_id: str | None
    assignee_role: str | None
    assigned_to_bot: bool
    assignee_name: str | None


def _blocker(actor: Actor, task_id: str, bundle_id: str | None, found: _Blocking) -> Blocker | None:
    """Return what a task of a bundle waits for, as its reader may know it; None where it is not there.

    Who sees a task of a bundle sees all of the bundle (CNF-17).
    """
    if found.number is None:
        return None
    in_bundle = bundle_id is not None and found.bundle_id == bundle_id
    is_seen = may_see_task(actor, relation_of(actor, found, in_bundle=in_bundle))
    return Blocker(
        task_id=task_id,
        task_number=found.number,
        title=found.title if is_seen else None,
        status=TaskStatus(found.status),
        assignee_name=found.assignee_name if is_seen else None,
        assignee_role=found.assignee_role if is_seen else None,
        assigned_to_bot=is_seen and bool(found.assigned_to_bot),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
