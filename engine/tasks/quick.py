"""Making a task from one line and what is filled in beside it (D4); ``quick_add`` has the line's grammar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from engine import idempotency, inputs
from engine.errors import BadRequestError, bad_field
from engine.inputs import FilledText, Input, OptionalDay, OptionalMoment, Tags, lines
from engine.reference.models import Employee
from engine.tasks import create, quick_add
from engine.tasks.create import NewTask
from engine.tasks.models import Priority, Task, Urgency
from engine.tasks.quick_add import Understood
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

LONGEST_LINE = 1000
#: The short name that stands for whoever writes it.
ME = "me"
_DATES = {"due_date", "deadline"}


def _listed(value: object) -> object:
    """Take texts with commas for lists: a form has one line for all of them."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return value
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


class Besides(Input):
    """What may be filled in beside the line; it counts, whatever the line says."""

    #: The key of an active task type; by default the simplest.
    task_type: Annotated[str | None, Field(title="Type", max_length=100)] = None
    #: More about it; Markdown works.
    description: Annotated[str | None, Field(max_length=5000, json_schema_extra=lines(4))] = None
    #: The key or id of an employee.
    assignee: Annotated[str | None, Field(title="Who does it?")] = None
    #: The day it is due, as YYYY-MM-DD.
    due_date: OptionalDay = None
    #: The moment it is due, in ISO 8601; follows from the day.
    deadline: OptionalMoment = None
    #: How much it matters.
    priority: Priority | None = None
    #: How soon it must happen.
    urgency: Urgency | None = None
    #: Words to find it by, with commas between them; they join those of the line.
    tags: Annotated[Tags, BeforeValidator(_listed)] = []
    #: Numbers of the tasks that come first, with commas between them.
    depends_on: Annotated[list[str], BeforeValidator(_listed), Field(title="Comes after")] = []
    #: Whether it is for whoever makes it where nobody else is named: who makes a task from their own work
    #: means to do it, and what belongs to nobody is on nobody's list.
    mine: bool = False

    @property
    def filled_in(self) -> dict[str, Any]:
        """What was filled in of the task itself, by field."""
        found = {name: getattr(self, name) for name in Besides.model_fields if name != "mine"}
        return {name: value for name, value in found.items() if value not in (None, [])}


class QuickTask(Besides):
    """A task in one line."""

    #: The title, and in any order a day with its time, !high, #tag, @name.
    line: Annotated[FilledText, Field(title="What is to be done?", max_length=LONGEST_LINE)]
    #: The key of a campaign; implies its partner.
    campaign: str | None = None
    #: Only say what is understood, and make nothing.
    dry_run: bool = False
    #: The same key and the same request give the first task again.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None


@dataclass(frozen=True, kw_only=True)
class Quick:
    """What was understood, and the task that came of it."""

    understood: Understood
    #: None where it was only to be said.
    task: Task | None

    @property
    def message(self) -> str:
        """What is said about it."""
        return f"Made {self.task.name}." if self.task else "Understood; nothing is made."


def understand(tx: Transaction, line: str) -> Understood:
    """Read a line in the actor's zone, for its active employees; ``@me`` is whoever writes it."""
    people: dict[str, str] = {}
    if "@" in line:
        active = [item for item in tx.find(Employee, order_by=("key",)) if item.is_active]
        people = {item.key: item.name for item in active}
        if own := [item.name for item in active if item.employee_id == tx.actor.employee_id]:
            people.setdefault(ME, own[0])
    return quick_add.understand(line, today=tx.today, zone=tx.timezone, people=people)


def make(tx: Transaction, content: Content, request: QuickTask) -> Quick:
    """Make the task that a line and what stands beside it ask for, once per key.

    Raises:
        BadRequestError: the line has no title or a mistake, or ``create.create`` refuses what it says.
        IdempotencyKeyReusedError: the key was used for another request.
    """
    understood = understand(tx, request.line)

    def new() -> NewTask:
        return requested(tx, content, understood, request, campaign=request.campaign)

    if request.dry_run:
        new()
        return Quick(understood=understood, task=None)
    task = idempotency.once(
        tx,
        Task,
        key=request.idempotency_key,
        action="task_quick",
        body=request.model_dump(mode="json", exclude={"idempotency_key"}),
        make=lambda: create.create(tx, content, new()),
    )
    return Quick(understood=understood, task=task)


def requested(
    tx: Transaction,
    content: Content,
    understood: Understood,
    besides: Besides,
    *,
    campaign: str | None = None,
) -> NewTask:
    """Return the new task that a line asks for, with what was filled in beside it.

    Raises:
        BadRequestError: the line has mistakes, no title or too long a one; the type has no default; or it
            shall be for whoever makes it, and they are no employee.
    """
    if found := understood.mistakes:
        told = "; ".join(f"“{piece.text}” {piece.mistake}" for piece in found)
        told += "; write another, or put it in quotes to keep it as text"
        raise bad_field("line", told, f"The line cannot be understood: {told}.")
    if not understood.title:
        raise bad_field("line", "has no title: write what is to be done, too")
    said, filled_in = understood.values(), besides.filled_in
    if filled_in.keys() & _DATES:
        said = {name: value for name, value in said.items() if name not in _DATES}
    if besides.mine and not {"assignee"} & (said.keys() | filled_in.keys()):
        said["assignee"] = _own_employee(tx)
    if said.get("assignee") == ME and not tx.find_one(Employee, key=ME):
        said["assignee"] = tx.actor.employee_id
    tags = [*said.get("tags", ()), *besides.tags]
    values = {**said, **filled_in, "tags": tags, "campaign": campaign}
    values.setdefault("task_type", create.simplest_type(content).key)
    try:
        return inputs.read(NewTask, values, "The task cannot be made.")
    except BadRequestError as error:
        error.details = [
            {**detail, "field": "line"} if detail.get("field") == "title" else detail
            for detail in error.details
        ]
        raise


def _own_employee(tx: Transaction) -> str:
    if tx.actor.employee_id is None:
        raise bad_field("mine", f"{tx.actor.name} is no employee: leave it out, or name who does it")
    return tx.actor.employee_id
