"""One unit of work: typed records in, typed records out, events in the same transaction.

``Workbench.transaction(actor)`` opens it. Inside, use cases get, add and save records and record what
happened; ``settle`` runs what follows from it. Leaving the block commits everything or nothing, and only
then are ``after_commit`` functions called. Rules of later layers hook in through ``engine.wiring``.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from engine.access import Actor
from engine.audit import chain, topics
from engine.audit.models import Action, Event
from engine.config import Settings
from engine.errors import NotFoundError, StaleWriteError
from engine.identity_map import SILENT, Kept
from engine.ids import IdSource
from engine.loading import load
from engine.record import Record, Revised
from engine.searches import Search, in_order, plain, search_of
from engine.store import Connection, DocumentStore, DocumentTable
from engine.wiring import Fact, Wiring

_log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)
#: How often a follow-up may follow a follow-up; more is a circle.
_LONGEST_TRAIL = 50


class Transaction:
    """A unit of work of one actor in one workspace; made by ``Workbench``, never by hand."""

    def __init__(
        self,
        *,
        database: DocumentStore,
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
        self._kept: dict[tuple[type[Record], tuple[Any, ...]], Kept] = {}
        self._dirty: dict[tuple[type[Record], tuple[Any, ...]], Kept] = {}
        #: What a transaction that only reads has found already.
        self._searches: dict[Search, list[Any]] = {}
        #: What ``once`` was told.
        self._answers: dict[Any, Any] = {}
        self._events: list[Event] = []
        #: What happened and was not followed up yet, with how many follow-ups led to it.
        self._facts: deque[tuple[Fact, int]] = deque()
        self._trail = 0
        #: Which views the events concern that are not written yet.
        self._topics: set[str] = set()
        #: What was written since the last event was.
        self._untold: dict[str, chain.Written] = {}
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

    @property
    def only_reads(self) -> bool:
        """Whether nothing can be written in it, so that all it finds was committed."""
        return not self._writes

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
        """Find the record in this workspace, or None; no permission is checked."""
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
        """Find what several ``find`` would, unordered and in one statement: a page asks once for much.

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

    def find_first_together(
        self, *wanted: tuple[type[Record], Mapping[str, Any], Sequence[str], int]
    ) -> list[list[Any]]:
        """Find what several ``find`` with an order and a limit would, in one statement."""
        self.flush()
        texts = self.database.select_first_together(
            [
                (kind.spec.table, self._conditions(kind, where), order_by, limit)
                for kind, where, order_by, limit in wanted
            ]
        )
        return [
            in_order((one for text in rows if (one := self._keep(kind, text)) is not None), order_by)
            for (kind, _, order_by, _), rows in zip(wanted, texts, strict=True)
        ]

    def count(self, record_type: type[Record], **where: Any) -> int:
        """Return how many of this workspace's records match."""
        self.flush()
        conditions = {name: plain(value) for name, value in where.items()}
        return self._table(record_type).count_rows({**conditions, "workspace_id": self.workspace_id})

    def once(self, question: Any, read: Callable[[], Any]) -> Any:
        """Return what ``read`` gives; a transaction that only reads asks for each ``question`` once.

        Its snapshot never gives another answer. The answer is shared: change nothing in it.
        """
        if self._writes:
            return read()
        if question not in self._answers:
            self._answers[question] = read()
        return self._answers[question]

    # -- writing -------------------------------------------------------------------------

    def add(self, record: R) -> R:
        """Store a new record on commit; return it. Changes after its first event need a ``save``."""
        self._must_write()
        name = type(record), self._key(record)
        self._kept[name] = self._dirty[name] = Kept(record, None, None, None, dirty=True)
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
        kept.dirty, kept.is_told = True, False
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
        fact: Fact | None = None,
        concerning: Iterable[str] = (),
    ) -> Event:
        """Append the event of what was just done to ``subject``; ``settle`` follows its ``fact`` up.

        It concerns the views that its action concerns, and ``concerning`` besides (``engine.audit.topics``).

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
            record_hashes=None,
            previous_hash="",
            hash="",
        )
        self._events.append(event)
        self._topics.update(topics.concerned(event), concerning)
        if fact is not None:
            self._facts.append((fact, self._trail + 1))
        return event

    def settle(self) -> None:
        """Follow up what happened, and what follows from that, until nothing is left.

        Facts run first in, first out, and each through the areas in their stated order (product.md, decision
        17). Leaving the transaction does it; whoever does several use cases in one calls it between them.

        Raises:
            RuntimeError: the follow-ups go round in a circle.
        """
        while self._facts:
            fact, self._trail = self._facts.popleft()
            if self._trail > _LONGEST_TRAIL:
                raise RuntimeError(f"follow-ups go round in a circle; the last was {fact!r}")
            for reaction in self.wiring.reactions.get(type(fact), ()):
                reaction(self, fact)
        self._trail = 0

    def after_commit(self, function: Callable[[], None]) -> None:
        """Call ``function`` once this transaction has committed; never if it rolls back."""
        self._after_commit.append(function)

    def flush(self) -> None:
        """Write everything pending inside the still open transaction.

        Raises:
            RuntimeError: a record was changed after it was recorded and not saved; names the fields.
        """
        fresh: dict[type[Record], list[tuple[dict[str, Any], str]]] = {}
        dirty, self._dirty = self._dirty, {}
        for (record_type, key), kept in dirty.items():
            is_new, written = kept.stored is None, kept.write()
            if is_new:
                fresh.setdefault(record_type, []).append((written.values, written.text))
            else:
                self._replace(kept.record, (written.values, written.text))
            if record_type.spec.audited:
                name = "/".join([record_type.spec.table, *map(str, key)])
                self._untold[name] = chain.Written(written.digest, getattr(kept.record, "task_id", None))
        for record_type, rows in fresh.items():
            self._table(record_type).add_rows(rows)
        if self._events:
            events, self._events = self._events, []
            untold, self._untold = self._untold, {}
            chain.tell_written(events, untold)
            chain.append(self.database, self.workspace_id, events)
            concerned, self._topics = self._topics, set()
            self.database.positions.raise_to(
                {f"{self.workspace_id}/{name}": events[-1].seq for name in concerned}
            )

    def finish(self) -> None:
        """Settle and write everything, just before the commit; called by ``Workbench`` alone.

        Raises:
            RuntimeError: the commit would lose a change, or no event tells of one; names record and field.
        """
        self.settle()
        for kept in self._kept.values():
            kept.check_saved()
        self.flush()
        if self._untold:
            raise RuntimeError(f"no event tells that these were written: {', '.join(self._untold)}")

    def committed(self) -> None:
        """Run what waits for the commit; called by ``Workbench`` alone.

        What fails here is logged with the tasks of the transaction and reaches nobody: the work is done.
        """
        for function in self._after_commit:
            try:
                function()
            except Exception:  # whatever it is, what was acknowledged stays acknowledged
                tasks = ", ".join(sorted(self._tasks())) or "none"
                _log.exception("after the commit: %s failed; tasks: %s", function, tasks)

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
        record = load(record_type, text, self.database)
        key = self._key(record)
        kept = self._kept.get((record_type, key))
        if kept is not None:
            return kept.record  # type: ignore[return-value]  # the class is part of the key
        if record.workspace_id != self.workspace_id:
            return None
        self._kept[record_type, key] = Kept(record, text, text, getattr(record, "revision", 1))
        return record

    def _replace(self, record: Record, row: tuple[dict[str, Any], str]) -> None:
        if not self._table(type(record)).replace_row(*row):
            raise StaleWriteError(
                f"{type(record).__name__} {record.record_id} disappeared meanwhile. Load it again."
            )

    def _changes(self, subject: Record) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        kept = self._kept.get((type(subject), self._key(subject)))
        return (None, None) if kept is None else kept.changes(SILENT | subject.spec.secret)

    def _tasks(self) -> set[str]:
        """Name the tasks that this transaction was about."""
        found = (getattr(kept.record, "task_id", None) for kept in self._kept.values())
        return {task_id for task_id in found if isinstance(task_id, str)}

    def _must_write(self) -> None:
        if not self._writes:
            raise RuntimeError("this transaction only reads; open one with Workbench.transaction")
