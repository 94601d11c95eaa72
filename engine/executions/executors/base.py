"""What an executor is. Each passes the one contract test, which names these conditions by their numbers.

1. What it does outside, it does within ``Run.step``, and only the steps that ``plan`` names. ``plan`` and
   ``dry_run`` touch nothing outside, and follow from the settings alone.
2. A step of the effect ``NONE`` may be done any number of times.
3. A step of the effect ``KEYED`` hands ``Call.key`` to the other side, which does the same key once.
4. A step of the effect ``UNKEYED`` is begun once. It ends by a ``StepError`` with ``is_undone`` only where it
   is known that nothing happened; by any other error it is in doubt. So what may fail before that, such as
   opening a secret, comes before the step.
5. What a step returns is JSON data, which is kept if the step has an effect. One that was done before, with
   the same ``request``, is not done again: ``Run.step`` returns what was kept.
6. Whatever it waits for ends within ``Call.seconds``.
7. Between steps, and in whatever takes long, it calls ``Run.check``, and lets ``StoppedError`` pass.
8. What it raises on purpose is an ``ExecutorError`` with a code in capitals; no message, log or kept value
   holds a secret.
9. What it is given as settings fits its schema in ``engine.catalog.executors``.
10. What Workbench itself is to write, it does not write but hands over in its ``Result``: what people are
    told (``messages``), and when it is run again (``again_at``). That is written in the transaction that ends
    the attempt as completed: once, whoever is lost, and not at all where the attempt ends otherwise, was
    called off, or a person has taken the task on meanwhile. What does that does nothing outside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, ClassVar, Protocol

from engine.config import Settings

#: The data that JSON can say.
Json = Any
#: So many bytes are kept of what a step gave back, and of what came out of an attempt.
BYTES_KEPT = 256 * 1024


class Effect(StrEnum):
    """What a step changes outside of Workbench."""

    NONE = "none"  #: nothing: it is simply done again
    KEYED = "keyed"  #: something, and the other side does the same key once only
    UNKEYED = "unkeyed"  #: something, each time that it is done


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of what an executor does."""

    #: What people read, such as ``POST api.example.com/cards``; another one for each step of a plan.
    name: str
    effect: Effect
    #: What makes it this step and no other, as JSON data: the same request is made once. Holds no secret.
    request: Json


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a step gets when it is done."""

    #: What the other side takes, so that it does the same thing once; the same in all attempts.
    key: str
    #: By then it has to have ended.
    seconds: float


class ExecutorError(Exception):
    """It did not come to an end as it should; what was begun outside is known."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class StepError(ExecutorError):
    """A step failed; whoever did it says whether it is known that nothing happened."""

    def __init__(self, code: str, message: str, *, is_undone: bool) -> None:
        super().__init__(code, message)
        self.is_undone = is_undone


class StoppedError(Exception):
    """The attempt was called off, or took too long: nothing more is begun."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What of its task an executor may go by, as it was when the attempt began."""

    task_id: str
    task_uuid: str
    #: When the attempt began, by the clock on the wall.
    now: datetime
    #: The time zone of the workspace, as ``Europe/Berlin``.
    zone: str
    created_at: datetime
    deadline: datetime | None = None
    follow_up_at: datetime | None = None
    #: What came out of the last attempt that came to its end. Empty where none did.
    outputs_before: Mapping[str, Json] = field(default_factory=dict)


class Run(Protocol):
    """An attempt, as its executor sees it."""

    #: The settings of the executor, as the task has them.
    config: Mapping[str, Any]
    settings: Settings
    facts: Facts

    def step(self, step: Step, do: Callable[[Call], Json]) -> Json:
        """Do a step, or return what was kept of it where it need not be done again (5).

        Raises:
            StoppedError: the attempt is over; the step was not begun.
            ExecutorError: as ``do``.
        """
        ...

    def check(self) -> None:
        """Go on only if the attempt does.

        Raises:
            StoppedError: it is over.
        """
        ...

    def log(self, text: str) -> None:
        """Keep a line for whoever reads what happened; what the store does not take of it is replaced."""
        ...

    def log_printed(self, text: str, most: int) -> None:
        """Keep the lines of a text as by ``log``, but only its first characters, ``most`` of them.

        The text goes on behind those, as far as it is there: so a secret of several lines, or one that lies
        across that end, is known as one.
        """
        ...

    def records(self, about: str, asked: Mapping[str, str]) -> Json:
        """Return the records that the task is about, as JSON data (``engine.wiring.Wiring.sources``).

        Raises:
            ExecutorError: ``NOTHING_TO_TELL``, there are none.
        """
        ...

    def secret(self, name: str, host: str) -> str:
        """Return a secret that the task's type lets be sent to a host.

        In what steps return afterwards, in errors, lines and results its name stands in its place.

        Raises:
            ExecutorError: ``SECRET_FORBIDDEN``, ``SECRET_MISSING``.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class OutputFile:
    """A file that it made: an output of the task, once the attempt is completed (OUT-08)."""

    #: What people call it; one of the same title and type is its version before.
    title: str
    #: Text, bytes, or a file that is open for reading: it is read from its start, and closed.
    body: str | bytes | BinaryIO
    #: The ending of its name, such as ``md``, ``csv`` or ``pdf``; what the bytes are has to fit it (ART-14).
    format: str
    #: What kind of thing it is, a free word such as ``report``.
    output_type: str = "output"


@dataclass(frozen=True, kw_only=True)
class Message:
    """What people are told by Workbench (10); ``engine.executions.telling`` says to whom that is."""

    #: Who is told, as the settings of ``notification`` name them.
    recipients: Sequence[Mapping[str, str]]
    #: One line; may have the placeholders of ``engine.catalog.executors``.
    title: str
    #: Further lines, with the same placeholders.
    lines: Sequence[str] = ()
    #: Whether it goes out by the ways that each of them has chosen, beside the inbox.
    goes_out: bool = True


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came out."""

    #: What came of it, in a sentence.
    summary: str
    #: What came out, name to value.
    outputs: Mapping[str, Json] = field(default_factory=dict)
    #: What it gives as evidence, by the label of the proof.
    proof: Mapping[str, str] = field(default_factory=dict)
    #: The addresses that fill links of the bundle, by their names.
    links: Mapping[str, str] = field(default_factory=dict)
    #: The addresses that it hands over, by the deliverable's ref.
    deliverables: Mapping[str, str] = field(default_factory=dict)
    #: The files that it made. What text of them says of a secret is its name; any other that holds one is
    #: refused (8).
    files: Sequence[OutputFile] = ()
    #: What people are told.
    messages: Sequence[Message] = ()
    #: When the task is run again rather than completed. None: it is done.
    again_at: datetime | None = None

    @property
    def is_written_here(self) -> bool:
        """Whether all of it has yet to be done, by Workbench itself (10)."""
        return bool(self.messages) or self.again_at is not None


class Executor(ABC):
    """Runs the tasks that name it."""

    #: What ``execution_config`` calls it.
    key: ClassVar[str]

    @abstractmethod
    def plan(self, config: Mapping[str, Any]) -> Sequence[Step]:
        """Name the steps, in order, with what each changes outside."""

    @abstractmethod
    def dry_run(self, config: Mapping[str, Any]) -> list[str]:
        """Say what it would do, a sentence each; secrets by their names alone."""

    @abstractmethod
    def run(self, run: Run) -> Result:
        """Do it.

        Raises:
            ExecutorError: it did not come to its end.
            StoppedError: as ``Run``.
        """
