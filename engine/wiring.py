"""What later layers contribute to earlier ones: who sees what, what follows from what happened.

A use case says with ``Transaction.record`` what happened, as an event and, where others have to follow it
up, as a typed fact. ``Transaction.settle`` runs the reactions after the use case and before the commit:
facts first in, first out, and for each fact the areas in the order in which they registered (product.md,
decision 17). Each area registers its own in its module ``wiring``; ``engine.app`` states their order.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import Violation
from engine.record import Record

if TYPE_CHECKING:
    from engine.transaction import Transaction


@dataclass(frozen=True)
class Fact:
    """Something that happened and that other areas follow up; subclasses say what."""


F = TypeVar("F", bound=Fact)
Reaction = Callable[["Transaction", Any], None]
Visibility = Callable[["Transaction", Any], bool]
#: Of tasks with their facts, what else stands in the way of each, by its id.
Guard = Callable[["Transaction", Sequence[tuple[Any, Any]]], Mapping[str, list[Violation]]]
#: Of a new task and the deliverables that its type defines, the rows that it owes, not stored yet.
OwedByType = Callable[["Transaction", Any, Sequence[Any]], Sequence[Record]]
#: Of a task, its clone and the clone's steps by the ids of the task's, the rows that the clone owes.
OwedByClone = Callable[["Transaction", Any, Any, Mapping[str, str]], Sequence[Record]]
#: Of the task that makes a report, and what else is asked, the records that it tells of, as JSON data.
Source = Callable[["Transaction", Any, Mapping[str, str]], Any]
#: How many sides in, which of them is up out.
Dice = Callable[[int], int]


def roll(sides: int) -> int:
    """Roll a fair die: 1 to ``sides``, foreseen by nobody (QA-01)."""
    return secrets.randbelow(sides) + 1


@dataclass
class Wiring:
    """The registered contributions of all areas; filled once by ``engine.app``."""

    #: What must also hold when a use case returns, by the kind of fact, in the order of registration.
    reactions: dict[type[Fact], list[Reaction]] = field(default_factory=dict)
    #: Whether the actor may see a record of a class; classes without an entry are seen with their parent.
    visibility: dict[type[Record], Visibility] = field(default_factory=dict)
    #: The kinds of records that guards judge beside a task's own; they are read together with those.
    judged_records: list[type[Record]] = field(default_factory=list)
    #: What else stands in the way of completing tasks.
    completion_guards: list[Guard] = field(default_factory=list)
    #: What else stands in the way of handing tasks over for approval.
    request_guards: list[Guard] = field(default_factory=list)
    #: What a new task hands over one day; without one it is nothing.
    owed_by_type: OwedByType | None = None
    #: What a clone hands over again.
    owed_by_clone: OwedByClone | None = None
    #: The working calendar that a task's dates follow; None is none (definitions.md section 4, Deadline).
    calendar_of: Callable[[Transaction, Any], Any] | None = None
    #: Reads bundles by their ids in one statement, for whoever changes tasks of many of them.
    bundles_ahead: Callable[[Transaction, Iterable[str]], None] = lambda *_: None
    #: The ids of all that the actor is and ever was (S3); the accounts tell, which come after reference data.
    oneself: Callable[[Transaction], frozenset[str]] = lambda _: frozenset()
    #: The kinds of records with a field ``sealed``, which the key file alone opens.
    sealed: list[type[Record]] = field(default_factory=list)
    #: Forgets at which steps of a sign-in a user stands; the second factors tell, which come after accounts.
    forget_steps: Callable[[Transaction, str], None] = lambda *_: None
    #: Who watches a task or its bundle, as user ids: a remark concerns their inboxes.
    watchers: Callable[[Transaction, Any], Iterable[str]] = lambda *_: ()
    #: What a report may be about, by its name.
    sources: dict[str, Source] = field(default_factory=dict)
    #: Who has muted a task or its bundle, as user ids: no message of it is told them.
    muted: Callable[[Transaction, Any], Iterable[str]] = lambda *_: ()
    #: Of tasks by their ids, those of which a program has done, or begun, what changes something outside.
    changed_outside: Callable[[Transaction, Sequence[str]], frozenset[str]] = lambda *_: frozenset()
    #: The die that chooses tasks for QA; tests and the demo bring their own (QA-14).
    roll: Dice = roll

    def on(self, kind: type[F], reaction: Callable[[Transaction, F], None]) -> None:
        """Follow up every fact of this kind with ``reaction``, after those that are registered already."""
        self.reactions.setdefault(kind, []).append(reaction)
