"""One unit of work: typed records in, typed records out, events in the same transaction.

``Workbench.transaction(actor)`` opens it. Inside, use cases get, add and save records and record what
happened; ``settle`` runs what follows from it. Leaving the block commits everything or nothing, and only
then are ``after_commit`` functions called. Rules of later layers hook in through ``engine.wiring``.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from engine import fulltext
from engine.access import Actor, ActorKind
from engine.audit.models import Action, Event
from engine.config import Settings
from engine.errors import NotFoundError, StaleWriteError, UnreadableRecordError, WorkbenchError
from engine.fulltext import Told
from engine.identity_map import SILENT, Kept
from engine.ids import IdSource
from engine.lookup import Lookup
from engine.record import Record, Revised, made_of
from engine.store import Connection, DocumentStore
from engine.wiring import Fact, Wiring

_log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)
#: How often a follow-up may follow a follow-up; more is a circle.
_LONGEST_TRAIL = 50


class _TakenBackError(Exception):
    """Ends an attempt of which nothing is kept."""


class Transaction(Lookup):
    """A unit of work of one actor in one workspace; made by ``Workbench``, never by hand."""

    def __init__(
        self,
        *,
        database: DocumentStore,
        connection: Connection,
        actor: Actor,
        now: datetime,
        wall_clock: datetime,
        ids: IdSource,
        wiring: Callable[[], Wiring],
        settings: Settings,
        timezone: str,
        writes: bool,
        text_of: Callable[[str, str | None], fulltext.FileText],
    ) -> None:
        super().__init__(database, actor.workspace_id, writes=writes)
        self.connection, self.actor = connection, actor
        #: What is recorded as the time: never before the latest that is recorded already (S10).
        self.now = now
        #: What the clock says, to hold against dates: what is due, late or expired.
        self.wall_clock = wall_clock
        #: Where a day without an hour ends unless a calendar says otherwise, and by whose days is reported.
        self.workspace_zone = timezone
        #: Where the actor reads and writes times: their own zone, or the workspace's.
        self.timezone = actor.timezone or timezone
        self.settings, self._wiring = settings, wiring
        self._ids = ids
        #: What a kept file says, by its hash and media type; nothing, where that is no text.
        self.text_of = text_of
        #: Every event of what is done here so far.
        self.told: list[Event] = []
        #: What happened and was not followed up yet, with how many follow-ups led to it.
        self._facts: deque[tuple[Fact, int]] = deque()
        self._trail = 0
        self._after_commit: list[Callable[[], None]] = []
        self._asides: list[str] = []

    # -- facts ---------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The calendar day where the actor is, by the clock."""
        return self.wall_clock.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def workspace_today(self) -> date:
        """The calendar day where the workspace is, by the clock: for weeks, and for who is away."""
        return self.wall_clock.astimezone(ZoneInfo(self.workspace_zone)).date()

    @cached_property
    def wiring(self) -> Wiring:
        """What the areas contribute, joined when the first transaction asks for it."""
        return self._wiring()

    @property
    def act_id(self) -> str | None:
        """The id of the first event of all that is done here; None until there is one."""
        return self.told[0].audit_event_id if self.told else None

    def new_id(self, record_type: type[Record]) -> str:
        """Return a fresh business id with the record's prefix."""
        return self.new_id_with(record_type.spec.prefix)

    def new_id_with(self, prefix: str) -> str:
        """Return a fresh id of what is no record, such as a job."""
        return self._ids.new(prefix, self.now)

    def take_numbers(self, counter: str, count: int = 1) -> int:
        """Return the first of ``count`` fresh positive numbers of this workspace's counter."""
        return self.database.take_numbers(f"{self.workspace_id}:{counter}", count)

    # -- reading -------------------------------------------------------------------------

    def get(self, record_type: type[R], *key: Any, revision: int | None = None) -> R:
        """Return the record, the same object each time.

        Raises:
            NotFoundError: absent, of another workspace, or not the actor's to see (UPD-28).
            StaleWriteError: ``revision`` is given and the record has moved on (UPD-24).
            UnreadableRecordError: the store holds it in a shape that is none; partners are told that there is
                no such record.
        """
        try:
            record = self._kept_or_read(record_type, key)
        except UnreadableRecordError:
            if self.actor.kind is not ActorKind.PARTNER_USER:
                raise
            record = None
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

    # -- writing -------------------------------------------------------------------------

    def add(self, record: R) -> R:
        """Store a new record on commit; return it. Changes after its first event need a ``save``."""
        self._must_write()
        key = self._key(record)
        kept = self._kept[type(record), key] = Kept(record, None, None, None, dirty=True)
        self._unwritten.add_record(key, kept)
        return record

    def save(self, record: R) -> R:
        """Store a changed record on commit: its next revision, its new ``updated_at``; return it."""
        self._must_write()
        key = self._key(record)
        kept = self._kept[type(record), key]
        if not kept.dirty and kept.loaded_revision is not None and isinstance(record, Revised):
            record.revision = kept.loaded_revision + 1
        if isinstance(record, Revised):
            record.updated_at = self.now
        kept.dirty, kept.is_told = True, False
        self._unwritten.add_record(key, kept)
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

        The event gets its number and hash when it is written: with the next ``tell``.
        ``before`` and ``after`` are the fields that changed since the record was loaded or
        last recorded; pass ``after`` for a new record, to say what matters about it.
        """
        self._must_write()
        before, changed = self._changes(subject)
        event_id = self.new_id(Event)
        fields = {
            "audit_event_id": event_id,
            "workspace_id": self.workspace_id,
            "seq": 0,
            "occurred_at": self.now,
            "act_id": self.act_id or event_id,
            "action": action,
            "actor_kind": self.actor.kind,
            "actor_id": self.actor.user_id or None,
            "actor_name": self.actor.name_in_events,
            "entity_type": subject.spec.table,
            "entity_id": subject.record_id,
            "task_id": task_id or getattr(subject, "task_id", None),
            "bundle_id": bundle_id or getattr(subject, "bundle_id", None),
            "summary": summary,
            "before": before,
            "after": dict(after) if after is not None else changed,
            "reason": reason,
            "record_hashes": None,
            "previous_hash": "",
            "hash": "",
        }
        event = made_of(Event, fields)
        self._unwritten.add_event(event, concerning)
        self.told.append(event)
        if fact is not None:
            self._facts.append((fact, self._trail + 1))
        return event

    def index(self, record: Record, told: Iterable[Told]) -> None:
        """Let a new record be found by words that it does not hold itself, such as those of a file."""
        self._must_write()
        self._unwritten.add_words(record, told)

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

    @contextmanager
    def attempt(self, *, keeps: bool = True) -> Iterator[None]:
        """Do what may be refused; a refusal, or ``keeps`` being false, leaves all as it was before it.

        What follows from it is followed up at its end, so that what is refused then is refused as well. The
        store gets a savepoint only if something is written meanwhile.

        Raises:
            WorkbenchError: as what is done in it.
        """
        self.settle()
        put_back = self._remember()
        try:
            with self._unwritten.savepoint():
                yield
                self.settle()
                if not keeps:
                    raise _TakenBackError
        except (WorkbenchError, _TakenBackError) as error:
            put_back()
            if isinstance(error, WorkbenchError):
                raise

    def say(self, words: str) -> None:
        """Have whoever asked for this told something that did not keep it from being done, in a sentence."""
        if words not in self._asides:
            self._asides.append(words)

    @property
    def asides(self) -> tuple[str, ...]:
        """What ``say`` was told, in its order."""
        return tuple(self._asides)

    def take_back_asides(self, said: int) -> tuple[str, ...]:
        """Return what ``say`` was told after the first ``said``, for whoever says it at its own place."""
        later = tuple(self._asides[said:])
        del self._asides[said:]
        return later

    def after_commit(self, function: Callable[[], None]) -> None:
        """Call ``function`` once this transaction has committed; never if it rolls back."""
        self._after_commit.append(function)

    def finish(self) -> None:
        """Settle and write everything, just before the commit; called by ``Workbench`` alone.

        Raises:
            RuntimeError: the commit would lose a change, or no event tells of one; names record and field.
        """
        self.settle()
        for kept in self._kept.values():
            kept.check_saved()
        self.tell()
        if untold := self._unwritten.untold:
            raise RuntimeError(f"no event tells that these were written: {', '.join(untold)}")

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

    def _remember(self) -> Callable[[], None]:
        """Give what makes everything that this knows, and has not written, what it is now."""
        kept = [(one, one.remembered()) for one in self._kept.values()]
        put_unwritten_back = self._unwritten.remembered()
        names = ("_kept", "_searches", "told", "_facts", "_after_commit", "_asides", "_trail")
        known = {name: copy(getattr(self, name)) for name in names}

        def put_back() -> None:
            vars(self).update(known)
            for one, as_it_was in kept:
                one.put_back(as_it_was)
            put_unwritten_back()

        return put_back

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
