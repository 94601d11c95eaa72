"""Who does a task: claiming it for oneself, giving it to somebody (CNF-10, TSK-30)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from engine.access import Permission, require
from engine.audit import topics
from engine.audit.models import Action
from engine.errors import ConflictError, ForbiddenError, bad_field
from engine.reference import absences, records
from engine.reference.models import Employee
from engine.tasks import human_review, judges, lookup, performers
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moved import HandedOn
from engine.tasks.visibility import get_workable, is_claimable
from engine.transaction import Transaction


def claim(tx: Transaction, task_id: str, *, revision: int | None = None) -> Task:
    """Take a task that waits for somebody of one of the actor's assignee roles.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ConflictError: somebody has it already, or it is final.
        OwnWorkError: the actor permitted that it runs, or accepted what proves it (S18).
        ForbiddenError: it waits for another role, or the actor is no employee, or none who is active (R20).
    """
    task = lookup.find(tx, task_id, revision=revision)
    require(tx.actor, Permission.CLAIM, "claim tasks")
    _check_open(task)
    if task.assignee_id is not None:
        raise ConflictError(
            f"Task {task.name} has an assignee already. Ask them or a manager to hand it over."
        )
    if tx.actor.employee_id is None:
        raise ForbiddenError(
            f"{tx.actor.name} is not linked to an employee, so tasks cannot be theirs. Ask an admin."
        )
    if not is_claimable(tx, task):
        person = tx.find_by_key(Employee, tx.actor.employee_id)
        if person is not None and not person.is_active:
            raise ForbiddenError(f"{person.name} is not active any more, and gets no new work. Ask an admin.")
        wanted = f"a {task.assignee_role}" if task.assignee_role else "no role"
        raise ForbiddenError(f"Task {task.name} waits for {wanted}; {tx.actor.name} cannot claim it.")
    return _give(tx, task, tx.actor.employee_id, f"{tx.actor.name} claimed {task.name}")


def assign(tx: Transaction, task_id: str, employee: str | None, *, revision: int | None = None) -> Task:
    """Give the task to an employee, named by key or id, or to nobody; it is the bot's no longer.

    Its role stays, so a task given to nobody can be claimed again.

    Raises:
        BadRequestError: there is no such employee, or they are not active.
        ConflictError: the task is final.
        OwnWorkError: they permitted that it runs, or accepted what proves it (S18).
    """
    task = get_workable(tx, task_id, revision)
    _check_open(task)
    if employee is None or not employee.strip():
        return _give(tx, task, None, f"{task.name} is assigned to nobody")
    person = find_employee(tx, employee)
    say_if_away(tx, person, task.due_date)
    return _give(tx, task, person.employee_id, f"{task.name} is assigned to {person.name}")


def say_if_away(tx: Transaction, person: Employee, due: date | None) -> None:
    """Tell whoever gives a task to somebody that they are away: it is theirs all the same."""
    if why := absences.notice(tx, person.employee_id, due):
        tx.say(f"{why}.")


def hand_on(tx: Transaction, task: Task, person: Employee | None, summary: str) -> Task:
    """Give one of many open tasks to somebody or to nobody; ``judges.why_not`` was asked of all of them.

    It counts as everybody's news: whose it is would be asked for each.
    """
    return _set(tx, task, person.employee_id if person else None, summary, [topics.INBOX])


def find_employee(tx: Transaction, key_or_id: str, field: str = "assignee") -> Employee:
    """Return an active employee by key or id.

    Raises:
        BadRequestError: there is none, or they are not active; names the field.
    """
    found = records.lookup(tx, Employee, key_or_id)
    if found is None:
        raise bad_field(
            field, f"there is no employee {key_or_id.strip()!r}; use a key or id of the reference data"
        )
    if not found.is_active:
        raise bad_field(field, f"{found.name} is not active any more; choose somebody else")
    return found


def _check_open(task: Task) -> None:
    if task.is_terminal:
        raise ConflictError(f"Task {task.name} is {task.status.said}: nobody can take it any more.")


def _give(tx: Transaction, task: Task, employee_id: str | None, summary: str) -> Task:
    if (task.assignee_id, task.assigned_to_bot) == (employee_id, _stays_bots(task, employee_id)):
        return task
    judges.refuse_assignee(tx, task, employee_id)
    return _set(tx, task, employee_id, summary, _inboxes(tx, task, employee_id))


def _inboxes(tx: Transaction, task: Task, employee_id: str | None) -> list[str]:
    """Name the topics of the inboxes that may be others once an employee has a task, before they have it.

    As a rule those of whoever gives it up and whoever gets it, and of who watches. What is free to claim, or
    waits for somebody's judgement or help, stands in more: whose work it is decides there who may act.
    """
    waits = task.status in (TaskStatus.PENDING_APPROVAL, TaskStatus.HELP_NEEDED) or task.awaits_review
    if task.assignee_id is None or employee_id is None or waits:
        return [topics.INBOX]
    return [*map(topics.inbox_of, [task.assignee_id, employee_id, *tx.wiring.watchers(tx, task)])]


def _set(
    tx: Transaction, task: Task, employee_id: str | None, summary: str, concerning: Iterable[str]
) -> Task:
    permitted = human_review.permitted(tx, task)
    performers.hand_on(tx, task, employee_id)
    task.assigned_to_bot = _stays_bots(task, employee_id)
    tx.save(task)
    tx.record(Action.TASK_ASSIGNED, task, summary, concerning=concerning, fact=HandedOn(task))
    human_review.void_if_changed(tx, task, permitted)  # what the bot was to run is not what a person does
    return task


def _stays_bots(task: Task, employee_id: str | None) -> bool:
    return task.assigned_to_bot and employee_id is None
