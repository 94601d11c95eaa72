"""One change to many tasks: to each what ``task update`` does, all in one act (UPD-37 to UPD-41, OPQ-59).

A task is done, or left out with every reason; what is left out is as if nobody had asked for it. One Undo
takes the whole act back, because an act is all that was done in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine import idempotency
from engine.audit.models import Event
from engine.budgets import TASKS_AT_ONCE
from engine.clock import in_zone
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    WorkbenchError,
    bad_field,
)
from engine.inputs import Clearable, Input, OptionalDay, OptionalWhen, Tags
from engine.plurals import plural
from engine.reference.models import Employee
from engine.tasks import assignment, dates, dependencies, lookup, lost_blockers, update, visibility
from engine.tasks.bulk_outcome import Bulk, BulkRow, FieldChange
from engine.tasks.inputs import LONGEST_REMARK, LONGEST_WORDS
from engine.tasks.models import Priority, Step, Task
from engine.tasks.parts import Proof
from engine.tasks.states import TaskStatus, parse_status
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.calendars import Calendar
    from engine.catalog.content import Content

#: So far a day is moved at once, in days.
_FURTHEST = 3650


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
    #: Goes with the status deferred instead of a day: as many days from today.
    deferred_days: Annotated[int | None, Field(title="For so many days", ge=1, le=_FURTHEST)] = None
    #: How much they matter.
    priority: Priority | None = None
    #: A word to add to those that they are found by.
    tag: Annotated[Tags, Field(title="Add a tag")] = []
    #: A word to take out of them.
    untag: Annotated[Tags, Field(title="Take out a tag")] = []
    #: The day they are due; the deadline follows from it.
    due_date: OptionalDay = None
    #: As many days later as this says, below zero earlier; the time of the day stays.
    days: Annotated[int | None, Field(title="Due so many days later", ge=-_FURTHEST, le=_FURTHEST)] = None
    #: The same in working days: of the calendar of the bundle, else Monday to Friday.
    working_days: Annotated[
        int | None, Field(title="Due so many working days later", ge=-_FURTHEST, le=_FURTHEST)
    ] = None
    #: The revisions that were looked at, by the ids of the tasks; what has changed since is left out.
    revisions: dict[str, Annotated[int, Field(ge=1)]] = {}
    #: Only say what would be done, and change nothing.
    dry_run: bool = False
    #: The same key and the same request are done once.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None


#: What goes with another field, and is no change by itself.
_BESIDES = frozenset({"reason", "comment", "waiting_for", "follow_up_at", "deferred_until", "deferred_days"})
#: What is said about the request itself.
_OF_THE_REQUEST = frozenset({"tasks", "revisions", "dry_run", "idempotency_key"})
#: What a move has to be told, the same for all: the fields of which it takes one, and what is missing else.
_NEEDED: Mapping[TaskStatus, tuple[tuple[str, ...], str]] = {
    TaskStatus.WAITING: (("waiting_for",), "Say whom or what they wait for."),
    TaskStatus.BLOCKED: (("reason",), "Say what blocks them."),
    TaskStatus.DEFERRED: (("deferred_until", "deferred_days"), "Say until which day they are put off."),
    TaskStatus.SKIPPED: (("reason",), "Say why they are skipped: a reason that their definitions allow."),
}
#: The ways to say when they are due, of which a change has one.
_DUE = ("due_date", "days", "working_days")
#: What is asked for -> the field that tells what it was and what it becomes.
_TOLD: Mapping[str, str] = {
    "assignee_id": "assignee_id",
    "status": "status",
    "priority": "priority",
    **dict.fromkeys(_DUE, "deadline"),
}


def change(tx: Transaction, content: Content, request: BulkChange) -> Bulk:
    """Change many tasks, each as ``update.update`` would, one after the other in their order.

    What the actor sees is what they see before the first of them is changed. What is read is read for all of
    them at once. A dry run does the same and keeps nothing of it.

    Raises:
        BadRequestError: nothing is to be changed, or it cannot be right for any task.
        IdempotencyKeyReusedError: the key was used for another request.
    """
    wish = _understood(tx, request)
    asked = asked_for(tx, request.tasks)
    made: list[BulkRow] = []

    def act() -> Event | None:
        _read_ahead(tx, wish, [task for task in asked.values() if task is not None])
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
    return Bulk(rows=made, what=wish.words, is_dry_run=request.dry_run, until=wish.until)


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What is to be done to each of the tasks."""

    request: BulkChange
    given: frozenset[str]
    #: Who gets them, where that is asked for; None is nobody.
    person: Employee | None
    #: Where they are moved to, where that is asked for.
    status: TaskStatus | None
    #: The day that they are put off to, where that is asked for.
    until: date | None
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
        if person is not None:
            assignment.say_if_away(tx, person, None)
        words.append(f"assigned to {person.name if person else 'nobody'}")
    status = None if request.status is None else parse_status(request.status)
    until = _until(tx, request)
    if status is not None:
        _refuse_untold(status, given)
    if status is TaskStatus.DEFERRED and until is not None:
        words.append(f"put off until {_said(until)}")
    elif status is not None:
        words.append(f"moved to {status.said}")
    if request.priority is not None:
        words.append(f"set to priority {request.priority}")
    words += [f"tagged {tag}" for tag in request.tag] + [f"untagged {tag}" for tag in request.untag]
    words += _due_in_words(request, given)
    return _Wish(
        request=request, given=given, person=person, status=status, until=until, words=", ".join(words)
    )


def _refuse_untold(status: TaskStatus, given: AbstractSet[str]) -> None:
    """Refuse a move without what it has to be told."""
    names, missing = _NEEDED.get(status, ((), ""))
    if names and not given & set(names):
        raise bad_field(names[0], missing, missing)


def _until(tx: Transaction, request: BulkChange) -> date | None:
    """Return the day that the tasks are put off to."""
    until, days = request.deferred_until, request.deferred_days
    if until is not None and days is not None:
        raise bad_field("deferred_days", "Say a day or a number of days, not both.")
    if days is not None:
        until = tx.today + timedelta(days=days)
    if until is not None and until < tx.today:
        raise bad_field("deferred_until", f"{_said(until)} is past. Choose today or a later day.")
    return until


def _due_in_words(request: BulkChange, given: AbstractSet[str]) -> list[str]:
    ways = [name for name in _DUE if name in given]
    if len(ways) > 1:
        raise bad_field(
            ways[1], "Say when they are due in one way: a day, a number of days, or of working days."
        )
    if request.due_date is not None:
        return [f"due on {_said(request.due_date)}"]
    if not ways:
        return []
    number, unit = getattr(request, ways[0]), ways[0].replace("_", " ").removesuffix("s")
    later = "earlier" if number < 0 else "later"
    return [f"due {plural(abs(number), unit)} {later}"]


def _said(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def asked_for(tx: Transaction, names: Iterable[str | int]) -> dict[str, Task | None]:
    """Return each task by the first name that it was asked for by; None where the actor sees none.

    Two names of a task that they do not see stay two: nothing tells that they mean the same.
    """
    known = lookup.find_all(tx, dict.fromkeys(str(name).strip() for name in names))
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
    bundles = {task.bundle_id for task in tasks if task.bundle_id}
    if wish.status is not None or wish.given & {*_DUE}:  # what happens in them, and their calendars
        tx.wiring.bundles_ahead(tx, bundles)
    if wish.status in lost_blockers.LOST:
        tx.find_ahead("bundle_id", bundles, Task)
    tx.read_ahead({Task: dependencies.named_by(tasks)})


def _row(tx: Transaction, content: Content, wish: _Wish, name: str, task: Task | None) -> BulkRow:
    """Change one task, or say why not."""
    if task is None:
        return unseen(name)
    row = row_of(task)
    told, said = len(tx.told), len(tx.asides)
    fields = sorted({_TOLD[name] for name in wish.given if name in _TOLD})
    before = {field: getattr(task, field) for field in fields}
    try:
        with tx.attempt():
            visibility.refuse_others(tx, task)
            if wish.request.revisions.get(task.task_id, task.revision) != task.revision:
                raise ConflictError(f"Task {task.name} has changed since you looked. Look at it again.")
            update.update(tx, content, task.task_id, _changes(tx, task, wish))
    except WorkbenchError as error:
        return replace(row, reasons=_reasons(error))
    if len(tx.told) == told:
        return replace(row, reasons=("It is so already: nothing changes.",))
    changes = tuple(
        FieldChange(field=field, before=was, after=getattr(task, field))
        for field, was in before.items()
        if was != getattr(task, field)
    )
    return replace(row, remarks=tx.take_back_asides(said), changes=changes)


def unseen(name: str) -> BulkRow:
    """Return the row of a task that the actor does not see, or that there is not."""
    return BulkRow(task_id=name, reasons=(lookup.unknown(name).message,))


def row_of(task: Task) -> BulkRow:
    """Return the row of a task, as it is now."""
    return BulkRow(
        task_id=task.task_id, task_number=task.task_number, title=task.title, revision=task.revision
    )


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
    if request.due_date is not None:
        fields["due_date"] = request.due_date
    elif request.days is not None or request.working_days is not None:
        fields |= _moved_days(tx, task, request)
    if "status" in given:
        fields |= {"status": request.status, "status_reason": request.reason}
    if wish.until is not None:
        fields["deferred_until"] = wish.until
    fields |= {name: getattr(request, name) for name in given & {"comment", "waiting_for", "follow_up_at"}}
    return fields


def _moved_days(tx: Transaction, task: Task, request: BulkChange) -> dict[str, Any]:
    """Return both dates of a task, moved; a deadline of its own keeps its time of the day."""
    if task.due_date is None:
        raise ConflictError(f"Task {task.name} has no due date that could be moved. Give it one first.")
    calendar = dates.calendar_of(tx, task)
    try:
        if request.working_days is not None:
            due = _working(calendar).add_business_days(task.due_date, request.working_days)
        else:
            due = task.due_date + timedelta(days=request.days or 0)
        follows = dates.deadline_of(task.due_date, calendar, tx.workspace_zone)
        if task.deadline is None or task.deadline == follows:
            return {"due_date": due}
        local = in_zone(task.deadline, tx.workspace_zone) + (due - task.due_date)
    except (OverflowError, ValueError) as error:
        raise ConflictError(
            f"The due date of task {task.name} would lie outside the years that can be kept."
        ) from error
    return {"due_date": due, "deadline": local}


def _working(calendar: Calendar | None) -> Calendar:
    from engine.catalog import calendars  # noqa: PLC0415 - most changes count no working days

    return calendar or calendars.WEEKDAYS


def skip_reasons(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """Return the reasons for which some of these tasks may be skipped, and how many allow each; most first.

    Tasks that the actor may not change, or that are over, count nothing.
    """
    found = lookup.find_all(tx, list(dict.fromkeys(names)))
    tasks = {task.task_id: task for task in found.values() if task is not None and not task.is_terminal}
    counts = Counter(
        reason["text"]
        for task in tasks.values()
        if task.skip is not None and visibility.works(tx, task)
        for reason in task.skip.get("reasons", [])
    )
    return dict(counts.most_common())


def _as_it_was_done(tx: Transaction, first: Event, asked: Mapping[str, Task | None]) -> list[BulkRow]:
    """Return the rows of a request that was done before: what its act changed, and what it left out.

    All events of an act have the same moment, and other acts on these tasks hardly ever do.
    """
    tasks = [task.task_id for task in asked.values() if task is not None]
    events = tx.find(Event, task_id=tasks, occurred_at=first.occurred_at)
    changed = {event.task_id for event in events if event.act_id == first.act_id}
    left = ("It was left out when this was done.",)
    return [
        unseen(name)
        if task is None
        else row_of(task)
        if task.task_id in changed
        else replace(row_of(task), reasons=left)
        for name, task in asked.items()
    ]
