"""One change to many tasks: to each what ``task update`` does, all in one act (UPD-37 to UPD-41, OPQ-59).

A task is done, or left out with every reason; what is left out is as if nobody had asked for it. One Undo
takes the whole act back, because an act is all that was done in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine import idempotency
from engine.audit.models import Event
from engine.budgets import TASKS_AT_ONCE
from engine.clock import in_zone
from engine.errors import BadRequestError, CompletionRefusedError, ConflictError, WorkbenchError
from engine.inputs import Clearable, Input, OptionalDay, OptionalWhen, Tags
from engine.reference.models import Employee
from engine.tasks import assignment, dates, dependencies, lookup, lost_blockers, update, visibility
from engine.tasks.inputs import LONGEST_REMARK, LONGEST_WORDS
from engine.tasks.models import Priority, Step, Task
from engine.tasks.parts import Proof
from engine.tasks.states import TaskStatus, parse_status
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: So far a due date is moved at once, in days.
_FURTHEST = 3650
#: As many reasons are said in the message; the rows have all.
_MOST_SAID = 3


class BulkChange(Input):
    """The tasks, and what of each of them is to be changed."""

    #: Ids, numbers (12) or UUIDs, at most 100.
    tasks: Annotated[list[str | int], Field(title="Tasks", min_length=1, max_length=int(TASKS_AT_ONCE))]
    #: The key or id of an employee; empty gives them to nobody.
    assignee_id: Clearable = Field(default=None, title="Who does them?")
    #: Another status makes one move of each, where the task allows it.
    status: str | None = None
    #: Why, for the record; of a skip one of the reasons that the definition allows.
    reason: Annotated[str | None, Field(max_length=LONGEST_REMARK)] = None
    #: Goes with a status: what others should know; it becomes a note.
    comment: Annotated[str | None, Field(max_length=LONGEST_REMARK)] = None
    #: Goes with the status waiting: the person or thing outside that has to come first.
    waiting_for: Annotated[str | None, Field(max_length=LONGEST_WORDS)] = None
    #: Goes with the status waiting: a day or a moment.
    follow_up_at: OptionalWhen = None
    #: Goes with the status deferred: the day that they are put off to.
    deferred_until: OptionalDay = None
    #: How much they matter.
    priority: Priority | None = None
    #: A word to add to those that they are found by.
    tag: Annotated[Tags, Field(title="Add a tag")] = []
    #: A word to take out of them.
    untag: Annotated[Tags, Field(title="Take out a tag")] = []
    #: As many days later as this says, below zero earlier; the time of the day stays.
    days: Annotated[int | None, Field(title="Due so many days later", ge=-_FURTHEST, le=_FURTHEST)] = None
    #: Only say what would be done, and change nothing.
    dry_run: bool = False
    #: The same key and the same request are done once.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None


#: What goes with another field, and is no change by itself.
_BESIDES = frozenset({"reason", "comment", "waiting_for", "follow_up_at", "deferred_until"})
#: What is said about the request itself.
_OF_THE_REQUEST = frozenset({"tasks", "dry_run", "idempotency_key"})


@dataclass(frozen=True, kw_only=True)
class BulkRow:
    """What became of one of the tasks."""

    #: Its id; the name that it was asked for by where the actor sees no such task.
    task_id: str
    #: None where the actor sees no such task.
    task_number: int | None = None
    title: str | None = None
    #: Why it was left out, every reason; empty where it was done.
    reasons: tuple[str, ...] = ()
    #: What whoever asked should know about what was done.
    remarks: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it was changed."""
        return not self.reasons

    @property
    def said(self) -> str:
        """Its reasons as they are read without the row: they say which task it is."""
        words, number = " ".join(self.reasons), f"#{self.task_number}"
        return words if self.task_number is None or number in words else f"{number}: {words}"

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        return {
            "task_id": self.task_id,
            "task_number": self.task_number,
            "title": self.title,
            "outcome": "done" if self.is_done else "left_out",
            "reasons": list(self.reasons),
            "remarks": list(self.remarks),
        }


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """What became of all of them, in the order in which they were named."""

    rows: Sequence[BulkRow]
    #: What was done to each, to be read after "3 tasks".
    what: str
    #: Whether it was only tried.
    is_dry_run: bool

    @property
    def done(self) -> list[BulkRow]:
        """Those that were changed, or would be."""
        return [row for row in self.rows if row.is_done]

    @property
    def left_out(self) -> list[BulkRow]:
        """Those that were not, with their reasons."""
        return [row for row in self.rows if not row.is_done]

    @property
    def summary(self) -> str:
        """How many were done, or would be, and how many were left out."""
        done = f"{counted(len(self.done))}{' would be' if self.is_dry_run else ''} {self.what}."
        return f"{done} {counted(len(self.left_out))} left out." if self.left_out else done

    @property
    def message(self) -> str:
        """What is said about it: the summary, and the first reasons."""
        left = self.left_out
        more = [f"And {len(left) - _MOST_SAID} more."] if len(left) > _MOST_SAID else []
        return " ".join([self.summary, *(row.said for row in left[:_MOST_SAID]), *more])

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        return {
            "dry_run": self.is_dry_run,
            "done": len(self.done),
            "left_out": len(self.left_out),
            "tasks": [row.as_json() for row in self.rows],
        }


def counted(number: int) -> str:
    """Say how many tasks."""
    return f"{number} task{'' if number == 1 else 's'}" if number else "No task"


def change(tx: Transaction, content: Content, request: BulkChange) -> Bulk:
    """Change many tasks, each as ``update.update`` would, one after the other in their order.

    What the actor sees is what they see before the first of them is changed. What is read is read for all of
    them at once. A dry run does the same and keeps nothing of it.

    Raises:
        BadRequestError: nothing is to be changed, or it cannot be right for any task.
        IdempotencyKeyReusedError: the key was used for another request.
    """
    wish = _understood(tx, request)
    asked = _asked(tx, request)
    _read_ahead(tx, wish, [task for task in asked.values() if task is not None])
    made: list[BulkRow] = []

    def act() -> Event | None:
        with tx.attempt(keeps=not request.dry_run):
            made.extend(_row(tx, content, wish, name, task) for name, task in asked.items())
        return tx.told[0] if tx.told else None

    if request.dry_run:
        act()
    else:
        body = request.model_dump(mode="json", exclude={"idempotency_key"})
        key = request.idempotency_key
        first = idempotency.once_or_nothing(tx, Event, key=key, action="task_bulk", body=body, make=act)
        if first is not None and not made:
            made = _as_it_was_done(tx, first, asked)
    return Bulk(rows=made, what=wish.words, is_dry_run=request.dry_run)


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What is to be done to each of the tasks."""

    request: BulkChange
    given: frozenset[str]
    #: Who gets them, where that is asked for; None is nobody.
    person: Employee | None
    #: Where they are moved to, where that is asked for.
    status: TaskStatus | None
    words: str


def _understood(tx: Transaction, request: BulkChange) -> _Wish:
    """Read what is wanted; what no task could take is refused for all of them."""
    given = frozenset(
        name
        for name in request.model_fields_set - _OF_THE_REQUEST
        if name == "assignee_id" or getattr(request, name) not in (None, [])
    )
    if not given - _BESIDES:
        raise BadRequestError("Nothing is to be changed. Say what, such as a priority, for all of the tasks.")
    person = None
    words = []
    if "assignee_id" in given:
        key = request.assignee_id
        person = assignment.find_employee(tx, str(key), "assignee_id") if key else None
        words.append(f"assigned to {person.name if person else 'nobody'}")
    status = None if request.status is None else parse_status(request.status)
    if status is not None:
        words.append(f"moved to {status.replace('_', ' ')}")
    if request.priority is not None:
        words.append(f"set to priority {request.priority}")
    words += [f"tagged {tag}" for tag in request.tag] + [f"untagged {tag}" for tag in request.untag]
    if request.days is not None:
        later = "later" if request.days > 0 else "earlier"
        words.append(f"due {abs(request.days)} day{'' if abs(request.days) == 1 else 's'} {later}")
    return _Wish(request=request, given=given, person=person, status=status, words=", ".join(words))


def _asked(tx: Transaction, request: BulkChange) -> dict[str, Task | None]:
    """Return each task by the first name that it was asked for by; None where the actor sees none.

    Two names of a task that they do not see stay two: nothing tells that they mean the same.
    """
    known = lookup.find_all(tx, dict.fromkeys(str(name).strip() for name in request.tasks))
    seen = visibility.seen_among(tx, [task for task in known.values() if task is not None])
    found: dict[str, Task | None] = {}
    taken: set[str] = set()
    for name, task in known.items():
        if task is None or task.task_id not in seen:
            found[name] = None
        elif task.task_id not in taken:
            found[name] = task
            taken.add(task.task_id)
    return found


def _read_ahead(tx: Transaction, wish: _Wish, tasks: Sequence[Task]) -> None:
    """Read at once what the changes would ask about each of the tasks."""
    ids = [task.task_id for task in tasks]
    tx.find_ahead("task_id", ids, Proof, Step)
    tx.find_ahead("blocked_by", ids, Task)
    if wish.status in lost_blockers.LOST:
        tx.find_ahead("bundle_id", {task.bundle_id for task in tasks if task.bundle_id}, Task)
    tx.read_ahead({Task: dependencies.named_by(tasks)})


def _row(tx: Transaction, content: Content, wish: _Wish, name: str, task: Task | None) -> BulkRow:
    """Change one task, or say why not."""
    if task is None:
        return BulkRow(task_id=name, reasons=(lookup.unknown(name).message,))
    row = BulkRow(task_id=task.task_id, task_number=task.task_number, title=task.title)
    told, said = len(tx.told), len(tx.asides)
    try:
        with tx.attempt():
            visibility.refuse_others(tx, task)
            update.update(tx, content, task.task_id, _changes(tx, task, wish))
    except WorkbenchError as error:
        return replace(row, reasons=_reasons(error))
    if len(tx.told) == told:
        return replace(row, reasons=("It is so already: nothing changes.",))
    return replace(row, remarks=tx.take_back_asides(said))


def _reasons(error: WorkbenchError) -> tuple[str, ...]:
    if isinstance(error, CompletionRefusedError):
        return tuple(violation.message for violation in error.violations)
    return (error.message,)


def _changes(tx: Transaction, task: Task, wish: _Wish) -> dict[str, Any]:
    """Return the fields of a task that the wish sets, as an update of that task alone has them."""
    request, given = wish.request, wish.given
    fields: dict[str, Any] = {name: getattr(request, name) for name in given & {"priority", "reason"}}
    if "assignee_id" in given:
        fields["assignee_id"] = wish.person.employee_id if wish.person else None
        if wish.person is not None:
            fields["assigned_to_bot"] = False
    if given & {"tag", "untag"}:
        tags = dict.fromkeys([*task.tags, *request.tag])
        fields["tags"] = [tag for tag in tags if tag not in request.untag]
    if request.days is not None:
        fields |= _moved_days(tx, task, request.days)
    if "status" in given:
        fields |= {"status": request.status, "status_reason": request.reason}
    fields |= {name: getattr(request, name) for name in given & (_BESIDES - {"reason"})}
    return fields


def _moved_days(tx: Transaction, task: Task, days: int) -> dict[str, Any]:
    """Return both dates of a task, moved; a deadline of its own keeps its time of the day."""
    if task.due_date is None:
        raise ConflictError(f"Task {task.name} has no due date that could be moved. Give it one first.")
    try:
        due = task.due_date + timedelta(days=days)
        follows = dates.deadline_of(task.due_date, dates.calendar_of(tx, task), tx.timezone)
        if task.deadline is None or task.deadline == follows:
            return {"due_date": due}
        local = in_zone(task.deadline, tx.timezone) + timedelta(days=days)
    except OverflowError as error:
        raise ConflictError(
            f"The due date of task {task.name} would lie outside the years that can be kept."
        ) from error
    return {"due_date": due, "deadline": local}


def _as_it_was_done(tx: Transaction, first: Event, asked: Mapping[str, Task | None]) -> list[BulkRow]:
    """Return the rows of a request that was done before: what its act changed, and what it left out."""
    tasks = [task.task_id for task in asked.values() if task is not None]
    events = tx.find(Event, task_id=tasks)
    changed = {event.task_id for event in events if event.act_id == first.act_id}
    left = ("It was left out when this was done.",)
    return [
        BulkRow(
            task_id=task.task_id if task else name,
            task_number=task.task_number if task else None,
            title=task.title if task else None,
            reasons=() if task is not None and task.task_id in changed else left,
        )
        for name, task in asked.items()
    ]
