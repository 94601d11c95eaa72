"""Changing fields of a task; only what is given changes, and null is a value (UPD-01 to UPD-24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from engine import inputs
from engine.access import Permission, require
from engine.audit import topics
from engine.audit.models import Action
from engine.errors import ConflictError, bad_field
from engine.inputs import FilledText, Input, OptionalDay, OptionalMoment, OptionalWhen, Tags
from engine.tasks import (
    assignment,
    dates,
    dependencies,
    human_review,
    judges,
    lifecycle,
    moved,
    moves,
    performers,
    reviewed,
    turn,
)
from engine.tasks.create import active_type, check_config, check_execution, find_campaign, of_type, run_by
from engine.tasks.models import ExecutionType, Priority, Task, TaskStatus, Urgency
from engine.tasks.moves import MoveRequest
from engine.tasks.punctuality import keep_first_deadline
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

_BLANK_IS_NULL = BeforeValidator(lambda value: None if value == "" else value)
#: What goes along with a change of status, as the forms of the verbs have it.
_WITH_STATUS = ("status_reason", "comment", "waiting_for", "follow_up_at", "deferred_until")
#: The emptiness of a field says something: take it away, or a refusal where it cannot be empty.
_CLEARABLE: dict[str, Any] = {"clearable": True}


def _named(references: object) -> Any:
    """Leave out what is blank: so that an option of the command line, too, can say that there is none."""
    if not isinstance(references, list):
        return references
    return [item for item in references if not isinstance(item, str) or item.strip()]


class Changes(Input):
    """The fields that an update may set; only those that are given count (UPD-03)."""

    #: What is to be done.
    title: Annotated[FilledText, Field(max_length=500, json_schema_extra=_CLEARABLE)] = ""
    #: More about it; Markdown works. Empty for none.
    description: Annotated[
        Annotated[str, Field(max_length=5000)] | None,
        _BLANK_IS_NULL,
        Field(json_schema_extra=inputs.lines(5, clearable=True)),
    ] = None
    #: A word to sort tasks by.
    category: Annotated[FilledText, Field(max_length=100, json_schema_extra=_CLEARABLE)] = ""
    #: How much it matters.
    priority: Priority = Priority.MEDIUM
    #: How soon it must happen.
    urgency: Urgency = Urgency.NORMAL
    #: Another status makes one move, as the verb would.
    status: str = ""
    #: Why it stands as it does; goes with the status, too.
    status_reason: Annotated[str | None, Field(max_length=2000)] = None
    #: Why, for the record; needed to let a task of a bundle wait no longer for another.
    reason: Annotated[str | None, Field(max_length=2000)] = None
    #: Goes with a status: what others should know; it becomes a note.
    comment: str | None = None
    #: Goes with the status waiting: the person or thing outside that has to come first.
    waiting_for: str | None = None
    #: Goes with the status waiting: a day or a moment.
    follow_up_at: OptionalWhen = None
    #: Goes with the status deferred: the day that it is put off to.
    deferred_until: OptionalDay = None
    #: The key or id of an employee; empty gives it to nobody.
    assignee_id: Annotated[
        str | None, _BLANK_IS_NULL, Field(title="Who does it?", json_schema_extra=_CLEARABLE)
    ] = None
    #: The bot does it, and no person.
    assigned_to_bot: bool = Field(default=False, title="The bot does it")
    #: A manager must permit it before it runs; only a manager takes that back.
    requires_human_review: bool = Field(default=False, title="Human review")
    #: How the bot takes it up; empty for a task that nobody runs.
    execution_type: Annotated[ExecutionType | None, _BLANK_IS_NULL, Field(json_schema_extra=_CLEARABLE)] = (
        None
    )
    #: How the bot runs it. Without ``executor`` what runs it is that of its type.
    execution_config: dict[str, Any] = {}
    #: How often the bot tries it again by itself after an attempt that failed; counts from the next run on.
    max_retries: Annotated[int, Field(title="Tried again", ge=0, le=100)] = 3
    #: When a scheduled task runs, in ISO 8601; without an offset it is read in your time zone.
    scheduled_for: Annotated[OptionalMoment, Field(json_schema_extra=_CLEARABLE)] = None
    #: The day it is due, as YYYY-MM-DD; the deadline follows from it. Empty for none.
    due_date: Annotated[OptionalDay, Field(json_schema_extra=_CLEARABLE)] = None
    #: The moment it is due, in ISO 8601; the due date follows from it. Empty for none.
    deadline: Annotated[OptionalMoment, Field(json_schema_extra=_CLEARABLE)] = None
    #: All tasks that come before it, by number, id or UUID; one empty text for none.
    depends_on: Annotated[list[str | int], BeforeValidator(_named), Field(title="Comes after")] = []
    #: How long it is expected to take, in minutes. Empty for no plan.
    planned_minutes: Annotated[
        Annotated[int, Field(ge=0, le=1_000_000)] | None, _BLANK_IS_NULL, Field(json_schema_extra=_CLEARABLE)
    ] = None
    #: All words to find it by; one empty text for none.
    tags: Annotated[Tags, BeforeValidator(_named)] = []
    #: Facts of other systems, by name.
    metadata: dict[str, Any] = {}
    #: Settings, checked against the type's ``config_schema``; of a task that stands alone.
    config: dict[str, Any] = {}
    #: The key of an active task type; of a task that stands alone and has not begun.
    task_type: Annotated[FilledText, Field(title="Type", max_length=100, json_schema_extra=_CLEARABLE)] = ""
    #: The key or id of a campaign, which brings its partner; empty for none. Of a task that stands alone.
    campaign_id: Annotated[
        str | None, _BLANK_IS_NULL, Field(title="Campaign", json_schema_extra=_CLEARABLE)
    ] = None


def update(
    tx: Transaction,
    content: Content,
    task_id: str,
    changes: Mapping[str, Any],
    *,
    revision: int | None = None,
) -> Task:
    """Change the given fields of a task; a new status makes exactly one move.

    ``due_date`` and ``deadline`` follow one another where only one is given (definitions.md section 4).

    Raises:
        UnknownFieldError: a field that does not exist or may not be set.
        BadRequestError: values that cannot be right.
        ConflictError: a field that may not change any more, or an illegal or refused move.
        StaleWriteError: ``revision`` is given and the task has moved on.
    """
    task = get_workable(tx, task_id, revision)
    request = inputs.read(Changes, changes, "The task cannot be changed.")
    given = request.model_fields_set
    changed = changed_values(tx, content, task, request)
    is_lifted = lifts_review(task, changed)
    if is_lifted:
        del changed["requires_human_review"]
    permitted = human_review.permitted(tx, task) if reviewed.FIELDS & changed.keys() else None
    _apply(tx, task, changed, request.reason)
    if is_lifted:
        human_review.lift(tx, task, reason=request.status_reason)
    human_review.void_if_changed(tx, task, permitted)
    if "status" in given:
        _move(tx, task, request)
    elif task.requires_human_review and task.status is TaskStatus.QUEUED:
        moves.move(tx, task, TaskStatus.PENDING, MoveRequest(reason="A human review must permit it first"))
    elif "status_reason" in given and task.status_reason != request.status_reason:
        task.status_reason = request.status_reason
        tx.save(task)
        tx.record(
            Action.TASK_UPDATED,
            task,
            f"Changed the status reason of {task.name}",
            reason=request.status_reason,
        )
    return task


def changed_values(tx: Transaction, content: Content, task: Task, request: Changes) -> dict[str, Any]:
    """List what the request sets on a task to other values than it has, statuses left out; all is checked.

    Raises:
        BadRequestError, ConflictError, ForbiddenError, NotFoundError: nothing was changed.
    """
    given = request.model_fields_set
    values = {
        name: getattr(request, name) for name in given if name not in ("status", "reason", *_WITH_STATUS)
    }
    _check_rest(task, given)
    values |= _dates(tx, task, request)
    values |= _people(tx, task, request)
    values |= _execution(content, task, values)
    if "depends_on" in given:
        values |= _dependencies(tx, task, request)
    if "campaign_id" in given:
        values |= _campaign(tx, task, request.campaign_id)
    if request.task_type != task.task_type and "task_type" in given:
        values |= _kind(tx, content, task, request)
    elif "config" in given:
        _check_config(content, task, request)
    return {name: value for name, value in values.items() if getattr(task, name) != value}


def lifts_review(task: Task, changed: Mapping[str, Any]) -> bool:
    """Whether the changes let a task run that waits for its human review: that is a review of its own."""
    return task.requires_human_review and changed.get("requires_human_review") is False


def _check_rest(task: Task, given: set[str]) -> None:
    """Refuse what only a move takes where no move is asked for, and changes of what is over."""
    lonely = [name for name in _WITH_STATUS if name in given and name != "status_reason"]
    if lonely and "status" not in given:
        raise bad_field(
            lonely[0], f"{', '.join(lonely)} goes with a change of status; use the verb or give status too"
        )
    if task.is_terminal and given - {"tags", "metadata", "status", "reason", *_WITH_STATUS}:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: only its tags and metadata can be changed."
        )


def _dates(tx: Transaction, task: Task, request: Changes) -> dict[str, Any]:
    """Return both dates; the one that is not given follows the other."""
    given = request.model_fields_set
    values: dict[str, Any] = {}
    for name in ("scheduled_for", "deadline"):
        if name in given:
            moment = getattr(request, name)
            values[name] = None if moment is None else dates.read_moment(moment, name, tx.timezone)
    if given & {"due_date", "deadline"}:
        pair = dates.paired(
            request.due_date, values.get("deadline"), dates.calendar_of(tx, task), tx.workspace_zone
        )
        values["due_date"], values["deadline"] = pair
    return values


def _people(tx: Transaction, task: Task, request: Changes) -> dict[str, Any]:
    """Return assignee and bot flag, which exclude each other (TSK-30)."""
    given = request.model_fields_set
    values: dict[str, Any] = {}
    if "assignee_id" in given:
        person = (
            assignment.find_employee(tx, request.assignee_id, "assignee_id") if request.assignee_id else None
        )
        if person is not None:
            assignment.say_if_away(tx, person, task.due_date)
        values["assignee_id"] = person.employee_id if person else None
    assignee = values.get("assignee_id", task.assignee_id)
    to_bot = request.assigned_to_bot if "assigned_to_bot" in given else task.assigned_to_bot
    if to_bot and assignee is not None:
        raise bad_field(
            "assigned_to_bot",
            "a task is assigned to the bot or to an employee, never both; "
            "give assigned_to_bot and assignee_id in one change",
        )
    return values


def _execution(content: Content, task: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    """Check how the task runs; asking for a review anew takes the marks of the last one away (CNF-45)."""
    found: dict[str, Any] = {}
    if values.keys() & {"execution_config", "execution_type"}:
        is_automated = values.get("execution_type", task.execution_type) is not None
        of_type = content.task_types.get(values.get("task_type", task.task_type)) if is_automated else None
        found["execution_config"] = run_by(of_type, values.get("execution_config", task.execution_config))
    if values.get("execution_config"):
        check_execution(found["execution_config"])
    kind = values.get("execution_type", task.execution_type)
    if kind is ExecutionType.SCHEDULED and values.get("scheduled_for", task.scheduled_for) is None:
        raise bad_field("scheduled_for", "a scheduled task needs scheduled_for")
    if task.requires_human_review or not values.get("requires_human_review"):
        return found
    if task.started_at is not None:
        raise ConflictError(
            f"Task {task.name} has started: a human review can be asked for only before that."
        )
    return {**found, "human_reviewed_by": None, "human_reviewed_at": None, "human_review_hash": None}


def _dependencies(tx: Transaction, task: Task, request: Changes) -> dict[str, Any]:
    dependencies.check_editable(task)
    resolved = dependencies.resolve(tx, [str(item) for item in request.depends_on], of=task.task_id)
    dependencies.require_may_drop(tx, task, resolved, request.reason)
    after = task.model_copy(update={"depends_on": resolved})
    return {"depends_on": resolved, "blocked_by": dependencies.first_open(tx, after)}


def _campaign(tx: Transaction, task: Task, key_or_id: str | None) -> dict[str, Any]:
    """Return campaign and partner; what was begun for one partner never passes on to another.

    Partners see what was handed over for them by the partner of its task, and so would see it move.
    """
    campaign = find_campaign(tx, key_or_id, "campaign_id") if key_or_id else None
    values = {
        "campaign_id": campaign.campaign_id if campaign else None,
        "partner_id": campaign.partner_id if campaign else None,
    }
    if values["campaign_id"] == task.campaign_id:
        return {"campaign_id": task.campaign_id}
    if task.bundle_id is not None:
        raise ConflictError(
            f"Task {task.name} belongs to a bundle: its campaign is its bundle's. Start a bundle for the "
            "other campaign, or make a task that stands alone."
        )
    if values["partner_id"] != task.partner_id and task.first_started_at is not None:
        raise ConflictError(
            f"Task {task.name} has started: it stays with its partner. Make a task for the other campaign."
        )
    return values


def _kind(tx: Transaction, content: Content, task: Task, request: Changes) -> dict[str, Any]:
    """Return another type with what follows from it; all that its work was begun with stays as it is.

    Raises:
        ConflictError: a task of a bundle, one that has started, or a type that says what is handed over: that
            is owed from the beginning.
        ForbiddenError: somebody else made the task, so they or a manager say who looks at it.
    """
    if task.bundle_id is not None:
        raise ConflictError(
            f"Task {task.name} belongs to a bundle: its type is its template's. Make a task of the other "
            "type that stands alone."
        )
    if task.first_started_at is not None:
        raise ConflictError(f"Task {task.name} has started: its type stays. Make a task of the other type.")
    if task.owner_id != tx.actor.user_id:
        require(tx.actor, Permission.DECIDE, "change the type of a task that somebody else made")
    kind, before = active_type(content, request.task_type), content.task_types.get(task.task_type)
    for one in (before, kind):
        if one is not None and one.deliverables:
            raise ConflictError(
                f"Tasks of the type {one.key} hand something over, which is theirs from the beginning: "
                f"{task.name} stays {task.task_type}. Make a task of the type {kind.key}."
            )
    check_config(kind, request.config if "config" in request.model_fields_set else task.config)
    return {"task_type": kind.key, **of_type(kind)}


def _check_config(content: Content, task: Task, request: Changes) -> None:
    if task.bundle_id is not None:
        raise ConflictError(
            f"Task {task.name} belongs to a bundle: its settings are those of the pinned template."
        )
    check_config(active_type(content, task.task_type), request.config)


def _apply(tx: Transaction, task: Task, changed: Mapping[str, Any], reason: str | None) -> None:
    if not changed:
        return
    if "assignee_id" in changed:
        judges.refuse_assignee(tx, task, changed["assignee_id"])
        performers.hand_on(tx, task, changed["assignee_id"])
    if changed.get("requires_human_review") is True:
        task.prepared_by = human_review.preparers(tx, task)
    if _prepares(task, changed):
        human_review.prepare(tx, task)
    was_blocked = task.is_blocked
    for name, value in changed.items():
        setattr(task, name, value)
    if was_blocked is not task.is_blocked:
        turn.note_freed(tx, task)
    keep_first_deadline(task)
    tx.save(task)
    people = {"assignee_id", "assigned_to_bot"}
    fact = moved.of_changes(task, changed.keys())
    if set(changed) <= people:
        # Whose inboxes are others now would be asked for each of many.
        summary, everybodys = f"{task.name} changed hands", [topics.INBOX]
        tx.record(Action.TASK_ASSIGNED, task, summary, reason=reason, concerning=everybodys, fact=fact)
    else:
        names = ", ".join(sorted(name.replace("_", " ") for name in changed))
        tx.record(Action.TASK_UPDATED, task, f"Changed {names} of {task.name}", reason=reason, fact=fact)


def _prepares(task: Task, changed: Mapping[str, Any]) -> bool:
    """Whether the changes are to what a human review looks at, or ask for one (S18)."""
    asks = changed.get("requires_human_review") is True
    is_automated = task.execution_type is not None or "execution_config" in changed
    is_looked_at = task.requires_human_review or is_automated
    return asks or (is_looked_at and bool(reviewed.FIELDS & changed.keys()))


def _move(tx: Transaction, task: Task, request: Changes) -> None:
    lifecycle.change_status(
        tx,
        task.task_id,
        request.status,
        request.status_reason,
        comment=request.comment,
        waiting_for=request.waiting_for,
        follow_up_at=dates.read_when(request.follow_up_at, "follow_up_at", tx),
        deferred_until=request.deferred_until,
    )
