"""How an automated task comes along: its last attempt step by step, and what was said (TRK-03, TRK-04).

What runs is read from its journal, what has ended from its record (TRK-08): both hold the same. Lines have
numbers, so whoever follows is told each of them once, in order, over all attempts (decision 11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.access import is_agent
from engine.catalog import executors as schemas
from engine.clock import to_text
from engine.errors import WorkbenchError, bad_field
from engine.executions import service
from engine.executions.models import Execution, ExecutionProgress, ExecutionStatus
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.executions.executors.base import Effect, Executor

#: So many attempts are looked at, the newest; all are in the API.
MOST_ATTEMPTS = 20
#: What ended so may be tried again by a press.
REPEATABLE = frozenset({ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.CANCELLED})
#: What is told of the newest attempt beside its steps and lines.
OF_LAST = (
    "execution_id",
    "attempt_number",
    "status",
    "executor",
    "not_before",
    "started_at",
    "completed_at",
    "cancel_asked_at",
    "duration",
    "error",
    "error_code",
    "output",
)
_PLACE = re.compile(r"(\d{1,9})\.(\d{1,9})")


class StepState(StrEnum):
    """How far a step of an attempt has come."""

    TO_DO = "to_do"  #: it comes later
    BEGUN = "begun"  #: it is being done; where the attempt is over, nobody saw its end
    DONE = "done"  #: it was done
    UNDONE = "undone"  #: it was begun, and did not happen


@dataclass(frozen=True, kw_only=True)
class TrackedStep:
    """One step of an attempt (TKT-13)."""

    name: str
    state: StepState
    effect: Effect
    began_at: datetime | None = None
    ended_at: datetime | None = None
    #: Whether an attempt before began it, and this one did not do so again.
    is_from_before: bool = False

    @property
    def seconds(self) -> float | None:
        """How long it took; None until it has ended."""
        if self.began_at is None or self.ended_at is None:
            return None
        return round((self.ended_at - self.began_at).total_seconds(), 3)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "name": self.name,
            "state": self.state.value,
            "effect": self.effect.value,
            "began_at": to_text(self.began_at) if self.began_at else None,
            "ended_at": to_text(self.ended_at) if self.ended_at else None,
            "seconds": self.seconds,
            "is_from_before": self.is_from_before,
        }


class Place(NamedTuple):
    """How far somebody has read: the attempt, and the number of the last line of it that they have."""

    attempt: int
    line: int

    @classmethod
    def read(cls, text: str, field: str = "after") -> Place:
        """Return the place that a text names.

        Raises:
            BadRequestError: it names none.
        """
        found = _PLACE.fullmatch(text)
        if found is None:
            raise bad_field(field, "is `next` of an answer before, such as 2.14; leave it out to begin")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.attempt}.{self.line}"


#: Before the first line of the first attempt.
BEGINNING = Place(0, 0)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something that an attempt said on its way."""

    place: Place
    at: datetime
    text: str

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        number, line = self.place
        return {"attempt_number": number, "number": line, "at": to_text(self.at), "text": self.text}


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """How a task comes along, as somebody sees it."""

    task: Task
    #: Its attempts, the newest first.
    attempts: Sequence[Execution]
    #: The steps of the newest: those that were begun, in order, then those that come later.
    steps: Sequence[TrackedStep] = ()
    #: What the attempts said, after the place that was asked for; else all that the newest did.
    lines: Sequence[Line] = ()
    #: From where to go on.
    place: Place = BEGINNING
    #: Why it cannot be run now, in words; None where it can.
    refusal: str | None = None
    #: The commands that the actor may use about it now (TRK-06).
    can_do: frozenset[str] = frozenset()

    @property
    def last(self) -> Execution | None:
        """The newest attempt; None where there is none."""
        return self.attempts[0] if self.attempts else None

    @property
    def is_live(self) -> bool:
        """Whether an attempt waits or runs."""
        return self.last is not None and self.last.is_live

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        last = self.last
        return {
            "task_id": self.task.task_id,
            "task_status": self.task.status.value,
            "is_live": self.is_live,
            "execution": last.model_dump(mode="json", include=set(OF_LAST)) if last is not None else None,
            "steps": [step.as_json() for step in self.steps],
            "not_begun": self.not_begun,
            "lines": [line.as_json() for line in self.lines],
            "next": str(self.place),
            "can_do": sorted(self.can_do),
            "refusal": self.refusal,
        }

    @property
    def not_begun(self) -> int:
        """How many steps of the newest attempt, which has ended, were never begun."""
        if self.last is None or self.last.is_live:
            return 0
        return max(0, self.last.steps_total - len({step.name for step in self.steps}))


def read(tx: Transaction, task: Task, after: Place | None = None) -> Tracked:
    """Return how a task comes along, with what was said after a place."""
    attempts = service.of_task(tx, task, MOST_ATTEMPTS)
    if not attempts:
        refusal = why_not_run(tx, task)
        return Tracked(task=task, attempts=(), refusal=refusal, can_do=_can_do(tx, task, None, refusal))
    last, live = attempts[0], None
    if last.status is ExecutionStatus.RUNNING:
        live = tx.find_by_key(ExecutionProgress, last.execution_id)
    journal = (live.steps, live.logs) if live is not None else (last.step_results, last.logs)
    begin = after or Place(last.attempt_number, 0)
    said = {one.attempt_number: one.logs for one in attempts} | {last.attempt_number: journal[1]}
    lines = [line for number in sorted(said) for line in _lines(number, said[number], begin)]
    refusal = why_not_run(tx, task)
    return Tracked(
        task=task,
        attempts=attempts,
        steps=[*_begun(journal[0], attempts[1:]), *_to_do(task, last, journal[0])],
        lines=lines,
        place=Place(last.attempt_number, len(journal[1])),
        refusal=refusal,
        can_do=_can_do(tx, task, last, refusal),
    )


def why_not_run(tx: Transaction, task: Task) -> str | None:
    """Say in words why a task cannot be run now; None where it can."""
    try:
        service.check(tx, task)
    except WorkbenchError as error:
        return error.message
    # Settings that an older release took need not be such that anything can be said of them.
    fault = next(schemas.faults(service.executor_of(task), task.execution_config), None)
    if fault is None:
        return None
    place = ".".join(["execution_config", *map(str, fault.absolute_path)])
    return f"Its settings cannot be used. {place}: {fault.message[:300]}. Correct them, then run it."


def would_do(task: Task) -> Sequence[str]:
    """Say what would happen if a task were run, a sentence each; nothing where its settings are unfit."""
    executor, config = _named(service.executor_of(task)), task.execution_config
    is_fit = next(schemas.faults(service.executor_of(task), config), None) is None
    return executor.dry_run(config) if executor is not None and is_fit else ()


def _named(key: str) -> Executor | None:
    """Return what runs tasks by its name; None where this release has none of that name."""
    from engine.executions.executors import EXECUTORS  # noqa: PLC0415 - commands on tasks run nothing

    return EXECUTORS.get(key)


def _can_do(tx: Transaction, task: Task, last: Execution | None, refusal: str | None) -> frozenset[str]:
    """Return the commands that the actor may use about a task and its last attempt."""
    if not visibility.works(tx, task):
        return frozenset()
    found = set()
    if last is not None and last.is_live and last.cancel_asked_at is None:
        found.add("execution cancel")
    if last is not None and last.is_in_doubt and not is_agent(tx.actor):
        found.add("execution settle")
    if refusal is None:
        found.add("execution retry" if last is not None and last.status in REPEATABLE else "task execute")
    return frozenset(found)


def _begun(steps: Sequence[Mapping[str, Any]], earlier: Sequence[Execution]) -> Iterator[TrackedStep]:
    """Yield the steps that an attempt has begun, or was given as ``earlier`` ones left them."""
    from engine.executions.executors.base import Effect  # noqa: PLC0415 - commands on tasks run nothing

    before = [step for one in earlier for step in one.step_results]
    for step in steps:
        effect = Effect(step["effect"])
        yield TrackedStep(
            name=step["name"],
            state=StepState(step["state"]),
            effect=effect,
            began_at=datetime.fromisoformat(step["began_at"]),
            ended_at=datetime.fromisoformat(step["ended_at"]) if step["ended_at"] else None,
            is_from_before=effect is not Effect.NONE and step in before,
        )


def _to_do(task: Task, one: Execution, steps: Sequence[Mapping[str, Any]]) -> Iterator[TrackedStep]:
    """Yield the steps that an attempt which waits or runs has still to begin, as its executor plans them."""
    executor, config = _named(one.executor), task.execution_config
    if not one.is_live or executor is None or next(schemas.faults(one.executor, config), None) is not None:
        return
    begun = {step["name"] for step in steps}
    for step in executor.plan(config):
        if step.name not in begun:
            yield TrackedStep(name=step.name, state=StepState.TO_DO, effect=step.effect)


def _lines(number: int, logs: Sequence[Mapping[str, Any]], after: Place) -> Iterator[Line]:
    for place, line in enumerate(logs, 1):
        if (at := Place(number, place)) > after:
            yield Line(place=at, at=datetime.fromisoformat(line["at"]), text=line["text"])
