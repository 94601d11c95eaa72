"""Tickets: what programs do, the newest first, with how far each is and what came out (OUT-01 to OUT-03)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bundles.models import Bundle
from engine.catalog.catalog import Content
from engine.clock import to_text
from engine.errors import NotFoundError, bad_fields, lines_of
from engine.executions.models import Execution, ExecutionProgress
from engine.inputs import whole_number
from engine.recipes import gallery, queries
from engine.tasks.models import Task
from engine.tasks.states import StateClass
from engine.transaction import Transaction

DEFAULT_LIMIT, MAX_LIMIT = 50, 100
_MOST_OFFSET = 1_000_000_000
#: Words of earlier systems for how a ticket stands, accepted on input and never stored (TKT-03).
ALIASES: Mapping[str, StateClass] = {
    "pending": StateClass.WAITING,
    "running": StateClass.ACTIVE,
    "completed": StateClass.SUCCEEDED,
}


@dataclass(frozen=True, kw_only=True)
class TicketFilter:
    """Which tickets, which page of them."""

    #: Any of these; empty is all.
    status: tuple[StateClass, ...] = ()
    #: A group of the gallery.
    category: str | None = None
    #: The key of a template.
    recipe: str | None = None
    limit: int = DEFAULT_LIMIT
    offset: int = 0

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> TicketFilter:
        """Return the filter that the texts of an address or a command line mean; empty ones are left out.

        Raises:
            BadRequestError: an unknown filter, or a value it cannot have; one detail for each.
        """
        given = {name: text for name, value in values.items() if (text := str(value).strip())}
        faults: list[tuple[str, str]] = []
        found: dict[str, object] = {}
        for name, text in given.items():
            try:
                found[name] = _read(name, text)
            except ValueError as error:
                faults.append((name, str(error)))
        if faults:
            raise bad_fields(faults, f"The list cannot be shown. {lines_of(faults)}")
        return cls(**found)  # type: ignore[arg-type]  # ``_read`` gives each its own type


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One task that a program does, as a list shows it."""

    task: Task
    #: None where the task stands alone.
    bundle: Bundle | None
    #: The name of its template; empty where that is gone, or there is none.
    recipe_name: str
    #: The gallery's group; empty likewise.
    category: str
    #: The last attempt; None where none was made.
    last: Execution | None
    steps_done: int
    #: 0 where the executor did not say.
    steps_total: int
    #: How many files its runs made.
    files: int

    @property
    def values(self) -> int:
        """How many values its last run gave back."""
        return len(self.task.result or {})

    def as_json(self) -> dict[str, Any]:
        """Return what is told of it as JSON data (TKT-04, TKT-15)."""
        task = self.task
        return {
            "task_id": task.task_id,
            "task_number": task.task_number,
            "title": task.title,
            "status": task.status.value,
            "state_class": task.ticket_state,
            "bundle_id": task.bundle_id,
            "recipe": task.template_id,
            "category": self.category or None,
            "parameters": self.bundle.parameters if self.bundle is not None else {},
            "last_execution": self.last.model_dump(mode="json") if self.last is not None else None,
            "steps_done": self.steps_done,
            "steps_total": self.steps_total,
            "output_count": self.files,
            "error_message": task.last_error,
            "created_at": to_text(task.created_at),
        }


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of tickets."""

    items: Sequence[Ticket]
    total: int
    #: Whether there are no more than ``total``.
    is_exact: bool
    limit: int
    offset: int


def list_tickets(
    tx: Transaction, content: Content, wanted: TicketFilter, *, counted: int | None = None
) -> Page:
    """Return one page of the tickets that the actor sees and that match, the newest first.

    With ``counted`` the total is exact up to that many, and one more stands for all beyond.
    """
    found = queries.list_tickets(
        tx,
        wanted.status or tuple(StateClass),
        _templates(content, wanted),
        limit=wanted.limit,
        offset=wanted.offset,
        counted=counted,
    )
    return Page(
        items=_described(tx, content, found.tasks),
        total=found.total,
        is_exact=found.is_exact,
        limit=wanted.limit,
        offset=wanted.offset,
    )


def get(tx: Transaction, content: Content, task: Task) -> Ticket:
    """Return the ticket of a task that the actor sees.

    Raises:
        NotFoundError: people do it.
    """
    if task.ticket_state is None:
        raise NotFoundError(f"Task {task.name} is no ticket: people do it. GET /api/tasks has it.")
    return _described(tx, content, [task])[0]


def _described(tx: Transaction, content: Content, tasks: Sequence[Task]) -> list[Ticket]:
    ids = [task.task_id for task in tasks]
    last, files = queries.last_attempts(tx, ids), queries.count_outputs(tx, ids)
    live = [one.execution_id for one in last.values() if one.is_live]
    tx.read_ahead({Bundle: (task.bundle_id for task in tasks), ExecutionProgress: live})
    return [_ticket(tx, content, task, last.get(task.task_id), files.get(task.task_id, 0)) for task in tasks]


def _ticket(tx: Transaction, content: Content, task: Task, last: Execution | None, files: int) -> Ticket:
    template = content.templates.get(task.template_id) if task.template_id else None
    progress = tx.find_by_key(ExecutionProgress, last.execution_id) if last and last.is_live else None
    steps = progress.steps if progress is not None else last.step_results if last is not None else []
    return Ticket(
        task=task,
        bundle=tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None,
        recipe_name=template.name if template is not None else "",
        category=gallery.category_of(content, task.template_id),
        last=last,
        steps_done=sum(step["state"] == "done" for step in steps),
        steps_total=max(last.steps_total, len(steps)) if last is not None else 0,
        files=files,
    )


def _templates(content: Content, wanted: TicketFilter) -> list[str] | None:
    """Return the templates whose tickets are asked for; None for all."""
    if wanted.category is None and wanted.recipe is None:
        return None
    keys = [wanted.recipe] if wanted.recipe is not None else list(content.templates)
    return [
        key for key in keys if wanted.category is None or gallery.category_of(content, key) == wanted.category
    ]


def _read(name: str, text: str) -> object:
    """Read one value; ValueError says what is wrong with it."""
    if name == "status":
        return tuple(_state(word.strip()) for word in text.split(",") if word.strip())
    if name in ("category", "recipe"):
        return text
    if name not in ("limit", "offset"):
        raise ValueError("there is no such filter; use status, category, recipe, limit, offset")
    least, most = (1, MAX_LIMIT) if name == "limit" else (0, _MOST_OFFSET)
    number = whole_number(text, least, most)
    if number is None:
        raise ValueError(f"{text!r} is not a whole number from {least} to {most}")
    return number


def _state(word: str) -> StateClass:
    if word in ALIASES:
        return ALIASES[word]
    if word not in set(StateClass):
        raise ValueError(f"{word!r} says nothing of a ticket; use {', '.join(StateClass)}")
    return StateClass(word)
