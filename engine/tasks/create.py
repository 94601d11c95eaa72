"""Making tasks: one that stands alone, or one that a bundle has prepared (TSK-01 to TSK-33)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import NAMESPACE_URL, uuid5

from pydantic import BeforeValidator, Field, model_validator

from engine import idempotency, inputs
from engine.access import Permission, require
from engine.audit.models import Action
from engine.catalog import executors
from engine.catalog.json_schemas import validator
from engine.catalog.models import TaskType
from engine.catalog.parts import tools_in_use
from engine.errors import bad_field, bad_fields, lines_of
from engine.inputs import FilledText, Input, OptionalDay, OptionalMoment, Tags
from engine.record import Record
from engine.reference.models import Campaign, Partner
from engine.tasks import assignment, dates, dependencies, turn
from engine.tasks.models import ExecutionType, Priority, Proof, Step, Task, Urgency
from engine.tasks.moved import Made
from engine.tasks.punctuality import keep_first_deadline
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.access import Actor
    from engine.catalog.calendars import Calendar
    from engine.catalog.content import Content
    from engine.command import Services

#: The counter that task numbers come from.
NUMBERS = "task_number"


def _positive(value: object) -> Any:
    if isinstance(value, bool) or (isinstance(value, int) and value < 1):
        raise ValueError("a task number is a positive whole number")
    return str(value) if isinstance(value, int) else value


class NewTask(Input):
    """The request for a task that stands alone."""

    #: What is to be done.
    title: Annotated[FilledText, Field(max_length=500)]
    #: The key of an active task type.
    task_type: Annotated[str, Field(min_length=1, max_length=100)]
    #: More about it; Markdown works.
    description: Annotated[str | None, Field(max_length=5000)] = None
    #: A word to sort tasks by.
    category: Annotated[FilledText, Field(max_length=100)] = "general"
    #: How much it matters.
    priority: Priority = Priority.MEDIUM
    #: How soon it must happen.
    urgency: Urgency = Urgency.NORMAL
    #: A task is the bot's or a person's, never both (TSK-30).
    assigned_to_bot: bool = False
    #: The key or id of an employee.
    assignee: str | None = None
    #: A manager must permit it before it runs.
    requires_human_review: bool = False
    #: ``automatic`` for a bot's task where nothing is said (TSK-09).
    execution_type: ExecutionType | None = None
    #: How the bot runs it. Without ``executor`` what runs it is that of its type.
    execution_config: dict[str, Any] = {}
    #: How often the bot tries it again by itself after an attempt that failed.
    max_retries: Annotated[int, Field(ge=0, le=100)] = 3
    #: ISO 8601; without an offset it is read in your time zone.
    scheduled_for: OptionalMoment = None
    #: The day it is due, as YYYY-MM-DD.
    due_date: OptionalDay = None
    #: The moment it is due, in ISO 8601; follows from the day.
    deadline: OptionalMoment = None
    #: Ids, numbers or UUIDs of tasks.
    depends_on: list[Annotated[str, BeforeValidator(_positive)]] = []
    #: Words to find it by.
    tags: Tags = []
    #: Facts of other systems, by name.
    metadata: dict[str, Any] = {}
    #: Settings, checked against the type's ``config_schema`` (TYP-08).
    config: dict[str, Any] = {}
    #: The key or id of a campaign; implies its partner.
    campaign: str | None = None
    #: How long it is expected to take.
    planned_minutes: Annotated[int | None, Field(ge=0, le=1_000_000)] = None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Return the request that a form, an option list or JSON expresses.

        Raises:
            UnknownFieldError, BadRequestError: one detail per field.
        """
        return inputs.read(cls, data, "The task cannot be made.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.assigned_to_bot and self.assignee:
            raise ValueError("a task is assigned to the bot or to an employee, never both")
        if self.execution_type is ExecutionType.SCHEDULED and self.scheduled_for is None:
            raise ValueError("a scheduled task needs scheduled_for")
        return self


def create(tx: Transaction, content: Content, new: NewTask, *, idempotency_key: str | None = None) -> Task:
    """Make a pending task that stands alone, with what its type says it hands over.

    Raises:
        BadRequestError: unknown type, employee or campaign, settings that do not fit, a circle.
        NotFoundError: it would depend on a task that the actor may not see (DEP-07).
        IdempotencyKeyReusedError: the key was used for another request.
    """
    require(tx.actor, Permission.WORK_OWN, "make tasks")
    return idempotency.once(
        tx,
        Task,
        key=idempotency_key,
        action="task_create",
        body=new.model_dump(mode="json"),
        make=lambda: make(tx, content, new),
    )


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a new task stands in a bundle; the fields are the task's own."""

    bundle_id: str
    phase: str | None
    position: int
    partner_id: str | None
    campaign_id: str | None


def make(
    tx: Transaction,
    content: Content,
    new: NewTask,
    place: Place | None = None,
    *,
    calendar: Calendar | None = None,
    within: str = "",
) -> Task:
    """Make a pending task that stands alone, or in a bundle at ``place``, dated by its ``calendar``.

    ``within`` completes what its event says. Raises as ``create`` does.
    """
    kind = active_type(content, new.task_type)
    check_config(kind, new.config)
    bot_type = ExecutionType.AUTOMATIC if new.assigned_to_bot else None
    execution_type = new.execution_type or bot_type
    execution_config = run_by(kind if execution_type else None, new.execution_config)
    if new.execution_config:  # a title and a type are enough: the executor asks for the rest before it runs
        check_execution(execution_config)
    depends_on = dependencies.resolve(tx, new.depends_on)
    campaign = find_campaign(tx, new.campaign) if new.campaign else None
    due, deadline = dates.paired(
        new.due_date, _moment(tx, new.deadline, "deadline"), calendar, tx.workspace_zone
    )
    person = assignment.find_employee(tx, new.assignee) if new.assignee else None
    if person is not None:
        assignment.say_if_away(tx, person, due)
    given = new.model_dump(
        exclude={"assignee", "campaign", "due_date", "deadline", "scheduled_for", "depends_on"}
    )
    whose = {
        "campaign_id": campaign.campaign_id if campaign else None,
        "partner_id": campaign.partner_id if campaign else None,
    }
    task = Task(
        **{
            **take_identities(tx)[0],
            **given,
            **(vars(place) if place else whose),
            "workspace_id": tx.workspace_id,
            "owner_id": tx.actor.user_id,
            "assignee_id": person.employee_id if person else None,
            "execution_type": execution_type,
            "execution_config": execution_config,
            "due_date": due,
            "deadline": deadline,
            "scheduled_for": _moment(tx, new.scheduled_for, "scheduled_for"),
            "depends_on": depends_on,
            **of_type(kind),
            "created_at": tx.now,
            "updated_at": tx.now,
        }
    )
    task.blocked_by = dependencies.first_open(tx, task)
    owing = tx.wiring.owed_by_type
    owed = owing(tx, task, kind.deliverables) if owing else ()
    return add_parts(tx, task, deliverables=owed, summary=f"Made {task.name}{within}")


def take_identities(tx: Transaction, count: int = 1) -> list[dict[str, Any]]:
    """Return ``task_id``, ``task_number`` and ``task_uuid`` of ``count`` tasks to be made (TSK-20)."""
    first = tx.take_numbers(NUMBERS, count)
    ids = [tx.new_id(Task) for _ in range(count)]
    return [
        {"task_id": task_id, "task_number": first + place, "task_uuid": str(uuid5(NAMESPACE_URL, task_id))}
        for place, task_id in enumerate(ids)
    ]


def add_parts(
    tx: Transaction,
    task: Task,
    steps: Sequence[Step] = (),
    proofs: Sequence[Proof] = (),
    deliverables: Sequence[Record] = (),
    *,
    summary: str,
    reason: str | None = None,
    concerning: Sequence[str] = (),
) -> Task:
    """Store one prepared task with its rows, and the one event that says so, which may concern other views.

    Deliverables are a later area's records: here they are only stored and counted.
    """
    keep_first_deadline(task)
    turn.note_assigned(tx, task)
    tx.add(task)
    for row in (*steps, *proofs, *deliverables):
        tx.add(row)
    after = {
        "title": task.title,
        "status": task.status,
        "task_type": task.task_type,
        "due_date": task.due_date.isoformat() if task.due_date else None,
        "assignee_id": task.assignee_id,
        "assignee_role": task.assignee_role,
        "steps": len(steps),
        "proof": len(proofs),
        "deliverables": len(deliverables),
    }
    told = {name: value for name, value in after.items() if value}
    tx.record(
        Action.TASK_CREATED, task, summary, after=told, reason=reason, concerning=concerning, fact=Made(task)
    )
    return task


def check_config(kind: TaskType, config: Mapping[str, Any]) -> None:
    """Refuse settings that do not fit the task type's schema (TYP-08).

    Raises:
        BadRequestError: one detail per fault.
    """
    faults = list(validator(kind.config_schema).iter_errors(dict(config)))
    if faults:
        found = [(".".join(["config", *map(str, fault.absolute_path)]), fault.message) for fault in faults]
        raise bad_fields(found, f"The settings do not fit the task type {kind.key}. {lines_of(found)}")


def run_by(kind: TaskType | None, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that name what runs a task: what they say, else that of its type, if a program is.

    Of a task that people do there is no ``kind``.
    """
    if kind is None or kind.executor == "human" or config.get("executor"):
        return {**config}
    return {**config, "executor": kind.executor}


def check_execution(config: Mapping[str, Any]) -> None:
    """Refuse settings that the executor which they name does not read (TSK-10).

    Raises:
        BadRequestError: one detail per fault.
    """
    executor = str(config.get("executor") or "")
    if faults := list(executors.faults(executor, config)):
        found = [
            (".".join(["execution_config", *map(str, fault.absolute_path)]), fault.message)
            for fault in faults
        ]
        raise bad_fields(found, f"The settings do not fit the executor {executor}. {lines_of(found)}")


def with_settings(services: Services, _actor: Actor, request: Input) -> Content:
    """Give the current content once the executor reads the settings that are given.

    It is the ``prepare`` of commands that take some: whoever writes them chooses how long that takes.

    Raises:
        BadRequestError: as ``check_execution``.
    """
    check_execution(getattr(request, "execution_config", None) or {})
    return services.content()


def active_type(content: Content, key: str) -> TaskType:
    """Return a task type that new tasks may have (TSK-04, CNT-12).

    Raises:
        BadRequestError: unknown or not active; lists those that are.
    """
    kind = content.task_types.get(key)
    if kind is None or not kind.is_active:
        known = ", ".join(sorted(name for name, other in content.task_types.items() if other.is_active))
        state = "there is no task type" if kind is None else f"{kind.status} is the status of the task type"
        advice = f"use one of: {known}" if known else "there is none: `workbench content check` says why"
        raise bad_field("task_type", f"{state} {key!r}; {advice}")
    return kind


def simplest_type(content: Content) -> TaskType:
    """Return the type of a task for which nobody chooses one: the active one that asks for least.

    It needs no settings, a person does it, nothing is handed over or approved; of several such the one with
    the fewest settings, then the first by key.

    Raises:
        BadRequestError: no type is active.
    """
    active = [kind for kind in content.task_types.values() if kind.is_active]
    if not active:
        raise bad_field("task_type", "the content has no active task type; ask its owner for one")
    return min(active, key=_demands)


def _demands(kind: TaskType) -> tuple[int | bool | str, ...]:
    schema = kind.config_schema
    return (
        len(schema.get("required", ())),
        kind.executor != "human",
        len(kind.deliverables),
        kind.approval is not None and kind.approval.required,
        len(schema.get("properties", {})),
        kind.key,
    )


def of_type(kind: TaskType) -> dict[str, Any]:
    """Return what a task that stands alone takes over from its type, by field."""
    return {
        "type_category": kind.category,
        "tools": [use.settings() for use in tools_in_use(kind.tools)],
        "approval": kind.approval.model_dump(mode="json") if kind.approval else {},
        "qa": kind.qa.model_dump(mode="json"),
    }


def find_campaign(tx: Transaction, key_or_id: str, field: str = "campaign") -> Campaign:
    """Return a campaign by key or id.

    Raises:
        BadRequestError: there is none; names the field.
    """
    found = tx.find_one(Campaign, key=key_or_id) or tx.find_by_key(Campaign, key_or_id)
    if found is None:
        raise bad_field(field, f"there is no campaign {key_or_id!r}; use a key of the reference data")
    partner = tx.find_by_key(Partner, found.partner_id)
    if not found.is_active or (partner is not None and not partner.is_active):
        raise bad_field(field, f"nothing new is started in {found.name}; choose another one, or none")
    return found


def _moment(tx: Transaction, moment: datetime | None, field: str) -> datetime | None:
    return None if moment is None else dates.read_moment(moment, field, tx.timezone)
