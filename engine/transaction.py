"""One unit of work: typed records in, typed records out, events in the same transaction.

``Workbench.transaction(actor)`` opens it. Inside, use cases get, add and save records and
record what happened; leaving the block commits everything or nothing, and only then are
``after_commit`` functions called. Rules of later layers hook in through ``Wiring``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from engine.access import Actor
from engine.audit import chain
from engine.audit.models import Action, Event
from engine.config import Settings
from engine.errors import BadRequestError, NotFoundError, StaleWriteError, Violation
from engine.ids import IdSource
from engine.record import Record, Revised
from engine.searches import Search, in_order, plain, search_of
from engine.store import Connection, Database, DocumentTable

R = TypeVar("R", bound=Record)
Reaction = Callable[["Transaction", Event, Record], None]
Visibility = Callable[["Transaction", Any], bool]
#: Of tasks with their facts, what else stands in the way of each, by its id.
CompletionGuard = Callable[["Transaction", Sequence[tuple[Any, Any]]], Mapping[str, list[Violation]]]
#: How many sides in, which of them is up out.
Dice = Callable[[int], int]

#: Fields that change with every save and say nothing in a before/after.
_SILENT = frozenset({"updated_at", "revision"})


def roll(sides: int) -> int:
    """Return one of 1 to ``sides``, each as likely, foreseen by nobody (QA-01)."""
    return secrets.randbelow(sides) + 1


@dataclass
class Wiring:
    """What later layers contribute to earlier ones; filled once by ``engine.app``."""

    #: What must also hold when a use case returns: run inside the same transaction, by action.
    reactions: dict[Action, list[Reaction]] = field(default_factory=dict)
    #: Whether the actor may see a record of a class; classes without an entry are seen with their parent.
    visibility: dict[type[Record], Visibility] = field(default_factory=dict)
    #: What else stands in the way of completing tasks.
    completion_guards: list[CompletionGuard] = field(default_factory=list)
    #: The working calendar that a task's dates follow; None is none (definitions.md section 4, Deadline).
    calendar_of: Callable[[Transaction, Any], Any] | None = None
    #: The die that chooses tasks for QA; tests and the demo bring their own (QA-14).
    roll: Dice = roll

    def on(self, action: Action, reaction: Reaction) -> None:
        """Run ``reaction`` whenever an event of this action is recorded."""
        self.reactions.setdefault(action, []).append(reaction)


@dataclass
class _Kept:
    """A record known to this transaction, as it is and as it was last recorded."""

    record: Record
    #: As a document, or still as its JSON text; None before its first event.
    recorded: dict[str, Any] | str | None
    loaded_revision: int | None
    dirty: bool = False
    #: What is to be stored, where it is known already; a save makes it unknown again.
    text: str | None = None

    def changes(self, hidden: frozenset[str]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Return the fields that changed since last asked, as they were and as they are."""
        was = self.recorded
        if was is None:
            self.recorded = self.text = self.record.to_json()
            return None, None
        if isinstance(was, str):
            was = json.loads(was)
        self.recorded = now = self.record.to_data()
        names = [name for name in now if name not in hidden and was.get(name) != now[name]]
        return {name: was.get(name) for name in names}, {name: now[name] for name in names}


class Transaction:
    """A unit of work of one actor in one workspace; made by ``Workbench``, never by hand."""

    def __init__(
        self,
        *,
        database: Database,
        connection: Connection,
        actor: Actor,
        now: datetime,
        ids: IdSource,
        wiring: Wiring,
        settings: Settings,
        timezone: str,
        writes: bool,
    ) -> None:
        self.database, self.connection, self.actor, self.now = database, connection, actor, now
        self.settings, self.timezone, self.wiring = settings, timezone, wiring
        self._ids, self._writes = ids, writes
        self._kept: dict[tuple[type[Record], tuple[Any, ...]], _Kept] = {}
        self._dirty: dict[tuple[type[Record], tuple[Any, ...]], _Kept] = {}
        #: What a transaction that only reads has found already.
        self._searches: dict[Search, list[Any]] = {}
        self._events: list[Event] = []
        self._after_commit: list[Callable[[], None]] = []

    # -- facts ---------------------------------------------------------------------------

    @property
    def workspace_id(self) -> str:
        """The tenant everything here belongs to."""
        return self.actor.workspace_id

    @property
    def today(self) -> date:
        """The calendar day in the workspace's zone."""
        return self.now.astimezone(ZoneInfo(self.timezone)).date()

    def new_id(self, record_type: type[Record]) -> str:
        """Return a fresh business id with the record's prefix."""
        return self._ids.new(record_type.spec.prefix, self.now)

    def take_numbers(self, counter: str, count: int = 1) -> int:
        """Return the first of ``count`` fresh positive numbers of this workspace's counter."""
        return self.database.take_numbers(f"{self.workspace_id}:{counter}", count)

    # -- reading -------------------------------------------------------------------------

    def get(self, record_type: type[R], *key: Any, revision: int | None = None) -> R:
        """Return the record, the same object each time.

        Raises:
            NotFoundError: absent, of another workspace, or not the actor's to see (UPD-28).
            StaleWriteError: ``revision`` is given and the record has moved on (UPD-24).
        """
        record = self.find_by_key(record_type, *key)
        sees = self.wiring.visibility.get(record_type)
        if record is None or (sees is not None and not sees(self, record)):
            raise NotFoundError(
                f"There is no {record_type.__name__.lower()} {key[0]} that you may see. Check the id."
            )
        if revision is not None and isinstance(record, Revised) and record.revision != revision:
            raise StaleWriteError(
                f"{record_type.__name__} {key[0]} was changed by somebody else: you read revision "
                f"{revision}, it is now {record.revision}. Load it again, then repeat your change."
            )
        return record

    def find_by_key(self, record_type: type[R], *key: Any) -> R | None:
        """Return the record of this workspace, or None; asks nobody's permission."""
        kept = self._kept.get((record_type, key))
        if kept is not None:
            return kept.record  # type: ignore[return-value]  # the class is part of the key
        text = self._table(record_type).read_row(*key)
        return None if text is None else self._keep(record_type, text)

    def find(
        self, record_type: type[R], *, order_by: Sequence[str] = (), limit: int | None = None, **where: Any
    ) -> list[R]:
        """Return this workspace's records whose promoted fields equal ``where`` (a list means any of).

        ``order_by`` names promoted fields, ``-field`` for descending.
        """
        if limit is None and (known := self._searches.get(search_of(record_type, where))) is not None:
            return in_order(known, order_by)
        self.flush()
        rows = self._table(record_type).select_rows(self._conditions(record_type, where), order_by, limit)
        found = [record for text in rows if (record := self._keep(record_type, text)) is not None]
        if limit is None and not self._writes:
            self._searches[search_of(record_type, where)] = found
        return list(found)

    def find_together(self, *wanted: tuple[type[Record], Mapping[str, Any]]) -> list[list[Any]]:
        """Return what several ``find`` would give, unordered, in one statement: a page asks once for much.

        A transaction that only reads remembers what it found: its snapshot never gives another answer.
        """
        self.flush()
        fresh = [search for search in wanted if search_of(*search) not in self._searches]
        texts = self.database.select_together(
            [(kind.spec.table, self._conditions(kind, where)) for kind, where in fresh]
        )
        found = dict(self._searches)
        for (kind, where), rows in zip(fresh, texts, strict=True):
            records = [record for text in rows if (record := self._keep(kind, text)) is not None]
            found[search_of(kind, where)] = records
        if not self._writes:
            self._searches = found
        return [list(found[search_of(*search)]) for search in wanted]

    def read_ahead(self, ids: Mapping[type[Record], Iterable[str | None]]) -> None:
        """Read the records with these ids that are not known yet, of all kinds in one statement.

        ``find_by_key`` then gives them without asking the store.
        """
        missing = {
            kind: sorted({one for one in wanted if one is not None and (kind, (one,)) not in self._kept})
            for kind, wanted in ids.items()
        }
        searches = [(kind, {kind.spec.key[0]: wanted}) for kind, wanted in missing.items() if wanted]
        if searches:
            self.find_together(*searches)

    def has(self, record_type: type[Record], *key: Any) -> bool:
        """Return whether this workspace has the record, without reading it."""
        if (record_type, key) in self._kept:
            return True
        named = dict(zip(record_type.spec.key, key, strict=True))
        own = named.setdefault("workspace_id", self.workspace_id) == self.workspace_id
        return own and self._table(record_type).count_rows(named) > 0

    def find_one(self, record_type: type[R], **where: Any) -> R | None:
        """Return the first such record, or None."""
        return next(iter(self.find(record_type, limit=1, **where)), None)

    def count(self, record_type: type[Record], **where: Any) -> int:
        """Return how many of this workspace's records match."""
        self.flush()
        conditions = {name: plain(value) for name, value in where.items()}
        return self._table(record_type).count_rows({**conditions, "workspace_id": self.workspace_id})

    # -- writing -------------------------------------------------------------------------

    def add(self, record: R) -> R:
        """Store a new record on commit; return it. Changes after its first event need a ``save``."""
        self._must_write()
        name = type(record), self._key(record)
        self._kept[name] = self._dirty[name] = _Kept(record, None, None, dirty=True)
        return record

    def save(self, record: R) -> R:
        """Store a changed record on commit: its next revision, its new ``updated_at``; return it."""
        self._must_write()
        name = type(record), self._key(record)
        kept = self._kept[name]
        if not kept.dirty and kept.loaded_revision is not None and isinstance(record, Revised):
            record.revision = kept.loaded_revision + 1
        if isinstance(record, Revised):
            record.updated_at = self.now
        kept.dirty, kept.text = True, None
        self._dirty[name] = kept
        return record

    def record(
        self,
        action: Action,
        subject: Record,
        summary: str,
        *,
        after: Mapping[str, Any] | None = None,
        reason: str | None = None,
        task_id: str | None = None,
        bundle_id: str | None = None,
    ) -> Event:
        """Append the event of what was just done to ``subject``, then run the reactions to it.

        The event gets its number and hash when it is written: with the next ``flush``.
        ``before`` and ``after`` are the fields that changed since the record was loaded or
        last recorded; pass ``after`` for a new record, to say what matters about it.
        """
        self._must_write()
        before, changed = self._changes(subject)
        event = Event(
            audit_event_id=self.new_id(Event),
            workspace_id=self.workspace_id,
            seq=0,
            occurred_at=self.now,
            action=action,
            actor_kind=self.actor.kind,
            actor_id=self.actor.user_id or None,
            actor_name=self.actor.name,
            entity_type=subject.spec.table,
            entity_id=subject.record_id,
            task_id=task_id or getattr(subject, "task_id", None),
            bundle_id=bundle_id or getattr(subject, "bundle_id", None),
            summary=summary,
            before=before,
            after=dict(after) if after is not None else changed,
            reason=reason,
            previous_hash="",
            hash="",
        )
        self._events.append(event)
        for reaction in self.wiring.reactions.get(action, ()):
            reaction(self, event, subject)
        return event

    def after_commit(self, function: Callable[[], None]) -> None:
        """Call ``function`` once this transaction has committed; never if it rolls back."""
        self._after_commit.append(function)

    def flush(self) -> None:
        """Write everything pending inside the still open transaction."""
        fresh: dict[type[Record], list[tuple[dict[str, Any], str]]] = {}
        dirty, self._dirty = self._dirty, {}
        for (record_type, _), kept in dirty.items():
            record = kept.record
            row = (record.promoted_values(), kept.text or record.to_json())
            if kept.loaded_revision is None:
                fresh.setdefault(record_type, []).append(row)
            else:
                self._replace(record, row)
            kept.dirty, kept.text, kept.loaded_revision = False, None, getattr(record, "revision", 1)
        for record_type, rows in fresh.items():
            self._table(record_type).add_rows(rows)
        if self._events:
            events, self._events = self._events, []
            chain.append(self.database, self.workspace_id, events)

    def committed(self) -> None:
        """Run what waits for the commit; called by ``Workbench`` alone."""
        for function in self._after_commit:
            function()

    # -- inside --------------------------------------------------------------------------

    def _conditions(self, record_type: type[Record], where: Mapping[str, Any]) -> dict[str, Any]:
        conditions = {name: plain(value) for name, value in where.items()}
        if "workspace_id" in record_type.spec.columns and not record_type.spec.is_found_by(where):
            conditions["workspace_id"] = self.workspace_id
        return conditions

    def _table(self, record_type: type[Record]) -> DocumentTable:
        return self.database.table(record_type.spec.table)

    def _key(self, record: Record) -> tuple[Any, ...]:
        return tuple([getattr(record, name) for name in record.spec.key])

    def _keep(self, record_type: type[R], text: str) -> R | None:
        record = record_type.model_validate_json(text)
        key = self._key(record)
        kept = self._kept.get((record_type, key))
        if kept is not None:
            return kept.record  # type: ignore[return-value]  # the class is part of the key
        if record.workspace_id != self.workspace_id:
            return None
        self._kept[record_type, key] = _Kept(record, text, getattr(record, "revision", 1))
        return record

    def _replace(self, record: Record, row: tuple[dict[str, Any], str]) -> None:
        if not self._table(type(record)).replace_row(*row):
            raise StaleWriteError(
                f"{type(record).__name__} {record.record_id} disappeared meanwhile. Load it again."
            )

    def _changes(self, subject: Record) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        kept = self._kept.get((type(subject), self._key(subject)))
        return (None, None) if kept is None else kept.changes(_SILENT | subject.spec.secret)

    def _must_write(self) -> None:
        if not self._writes:
            raise RuntimeError("this transaction only reads; open one with Workbench.transaction")


def check_expected(revision: Any) -> int | None:
    """Return a form's or option's revision as a number, or None where it was left out."""
    if revision in (None, ""):
        return None
    try:
        return int(revision)
    except (TypeError, ValueError) as error:
        raise BadRequestError(f"The revision is {revision!r}; it must be a whole number.") from error
