"""One unit of work: typed records in, typed records out, events in the same transaction.

``Workbench.transaction(actor)`` opens it. Inside, use cases get, add and save records and record what
happened; ``settle`` runs what follows from it. Leaving the block commits everything or nothing, and only
then are ``after_commit`` functions called. Rules of later layers hook in through ``engine.wiring``.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from engine import fulltext
from engine.access import Actor, ActorKind
from engine.audit import chain, topics
from engine.audit.models import Action, Event
from engine.config import Settings
from engine.errors import NotFoundError, StaleWriteError, UnreadableRecordError, WorkbenchError
from engine.identity_map import SILENT, Kept, replace
from engine.ids import IdSource
from engine.loading import leave_out, load, readable
from engine.record import Record, Revised, pieces_of, read_json
from engine.searches import Search, in_order, laid_over, plain, search_of
from engine.store import Connection, DocumentStore, DocumentTable, Row
from engine.wiring import Fact, Wiring

_log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)
#: How often a follow-up may follow a follow-up; more is a circle.
_LONGEST_TRAIL = 50
#: As many unwritten records of a kind are looked through by a search; more are written before it.
_MOST_PENDING = 100


class _TakenBackError(Exception):
    """Ends an attempt of which nothing is kept."""


class Transaction:
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
        self.database, self.connection, self.actor = database, connection, actor
        #: What is recorded as the time: never before the latest that is recorded already (S10).
        self.now = now
        #: What the clock says, to hold against dates: what is due, late or expired.
        self.wall_clock = wall_clock
        self.settings, self.timezone, self._wiring = settings, timezone, wiring
        self._ids, self._writes = ids, writes
        #: What a kept file says, by its hash and media type; nothing, where that is no text.
        self.text_of = text_of
        self._kept: dict[tuple[type[Record], tuple[Any, ...]], Kept] = {}
        #: What is not written yet, by kind.
        self._pending: dict[type[Record], dict[tuple[Any, ...], Kept]] = {}
        #: What was found already, as the store has it: nobody else writes to the workspace meanwhile.
        self._searches: dict[Search, list[Any]] = {}
        #: What ``once`` was told.
        self._answers: dict[Any, Any] = {}
        self._events: list[Event] = []
        #: Every event of what is done here so far.
        self.told: list[Event] = []
        #: What happened and was not followed up yet, with how many follow-ups led to it.
        self._facts: deque[tuple[Fact, int]] = deque()
        self._trail = 0
        #: Which views the events concern that are not written yet.
        self._topics: set[str] = set()
        #: What was written since the last event was.
        self._untold: dict[str, chain.Written] = {}
        #: What is found by words and not written yet.
        self._pieces: dict[str, list[fulltext.Piece]] = {}
        self._after_commit: list[Callable[[], None]] = []
        self._asides: list[str] = []
        #: The attempts that this is inside of, the outermost first, and how many of them have a savepoint.
        self._attempts: list[ExitStack] = []
        self._guarded = 0

    # -- facts ---------------------------------------------------------------------------

    @property
    def workspace_id(self) -> str:
        """The tenant everything here belongs to."""
        return self.actor.workspace_id

    @property
    def today(self) -> date:
        """The calendar day in the workspace's zone, by the clock."""
        return self.wall_clock.astimezone(ZoneInfo(self.timezone)).date()

    @cached_property
    def wiring(self) -> Wiring:
        """What the areas contribute, joined when the first transaction asks for it."""
        return self._wiring()

    @property
    def only_reads(self) -> bool:
        """Whether nothing can be written in it, so that all it finds was committed."""
        return not self._writes

    @property
    def act_id(self) -> str | None:
        """The id of the first event of all that is done here; None until there is one."""
        return self.told[0].audit_event_id if self.told else None

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

    def find_by_key(self, record_type: type[R], *key: Any) -> R | None:
        """Find the record in this workspace, or None; no permission is checked.

        None stands for one that cannot be read, too, where nothing is written (S11).
        """
        try:
            return self._kept_or_read(record_type, key)
        except UnreadableRecordError as error:
            leave_out(error, self.database)
            return None

    def find(
        self, record_type: type[R], *, order_by: Sequence[str] = (), limit: int | None = None, **where: Any
    ) -> list[R]:
        """Return this workspace's records whose promoted fields equal ``where`` (a list means any of).

        ``order_by`` names promoted fields, ``-field`` for descending.
        """
        pending = self._pending_of(record_type)
        search = search_of(record_type, where)
        found = self._searches.get(search)
        if found is None:
            # Pending records may take the place of as many that are stored.
            most = None if limit is None else limit + len(pending)
            rows = self._table(record_type).select_rows(self._conditions(record_type, where), order_by, most)
            found = self._keep_all(record_type, rows)
            if limit is None:
                self._searches[search] = found
            if not pending:
                return list(found)
        return in_order(laid_over(found, pending, search), order_by)[:limit]

    def find_together(self, *wanted: tuple[type[Record], Mapping[str, Any]]) -> list[list[Any]]:
        """Find what several ``find`` would, unordered and in one statement: who needs much asks once.

        What was found is remembered: no search is sent twice.
        """
        pending = [self._pending_of(kind) for kind, _ in wanted]
        searches = [search_of(*search) for search in wanted]
        fresh = {
            search: (kind, where)
            for search, (kind, where) in zip(searches, wanted, strict=True)
            if search not in self._searches
        }
        texts = self.database.select_together(
            [(kind.spec.table, self._conditions(kind, where)) for kind, where in fresh.values()]
        )
        for search, rows in zip(fresh, texts, strict=True):
            self._searches[search] = self._keep_all(search[0], rows)
        return [
            laid_over(self._searches[search], unwritten, search)
            for search, unwritten in zip(searches, pending, strict=True)
        ]

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

    def find_ahead(self, field: str, values: Iterable[str], *record_types: type[Record]) -> None:
        """Find in one statement, for each of the kinds, what ``find`` then gives for one value of the field.

        A kind of which something is not written yet is left to ``find``.
        """
        asked = sorted(set(values))
        kinds = [kind for kind in record_types if not self._pending.get(kind)]
        if not asked or not kinds:
            return
        for kind, records in zip(
            kinds, self.find_together(*((kind, {field: asked}) for kind in kinds)), strict=True
        ):
            for value in asked:
                own = [record for record in records if getattr(record, field) == value]
                self._searches.setdefault(search_of(kind, {field: value}), own)

    def found_ahead(self, record_type: type[R], **where: Any) -> list[R] | None:
        """Return what ``find`` gives where it would ask the store for nothing; None where it would."""
        search = search_of(record_type, where)
        if search not in self._searches:
            return None
        unwritten = [kept.record for kept in self._pending.get(record_type, {}).values()]
        return laid_over(self._searches[search], unwritten, search)

    def _kept_or_read(self, record_type: type[R], key: tuple[Any, ...]) -> R | None:
        kept = self._kept.get((record_type, key))
        if kept is not None:
            return kept.record  # type: ignore[return-value]  # the class is part of the key
        text = self._table(record_type).read_row(*key)
        try:
            return None if text is None else self._keep(record_type, text, str(key[0]))
        except UnreadableRecordError:
            if self.has(record_type, *key):
                raise
            return None  # of another workspace, so nothing is told of it

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
        pending = [self._pending_of(kind) for kind, *_ in wanted]
        texts = self.database.select_first_together(
            [
                (kind.spec.table, self._conditions(kind, where), order_by, limit + len(unwritten))
                for (kind, where, order_by, limit), unwritten in zip(wanted, pending, strict=True)
            ]
        )
        return [
            in_order(laid_over(self._keep_all(kind, rows), unwritten, search_of(kind, where)), order_by)[
                :limit
            ]
            for (kind, where, order_by, limit), unwritten, rows in zip(wanted, pending, texts, strict=True)
        ]

    def count(self, record_type: type[Record], **where: Any) -> int:
        """Return how many of this workspace's records match."""
        self._write_all(record_type)
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
        key = self._key(record)
        kept = self._kept[type(record), key] = Kept(record, None, None, None, dirty=True)
        self._wait(key, kept)
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
        self._wait(key, kept)
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
        event = Event(
            audit_event_id=event_id,
            workspace_id=self.workspace_id,
            seq=0,
            occurred_at=self.now,
            act_id=self.act_id or event_id,
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
        self.told.append(event)
        self._topics.update(topics.concerned(event), concerning)
        if fact is not None:
            self._facts.append((fact, self._trail + 1))
        return event

    def index(self, record: Record, told: Iterable[fulltext.Told]) -> None:
        """Let a new record be found by words that it does not hold itself, such as those of a file."""
        self._must_write()
        made = fulltext.pieces(record.record_id, self.workspace_id, told)
        self._pieces[record.record_id] = [*made.values()]

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
            with ExitStack() as savepoint:
                self._attempts.append(savepoint)
                yield
                self.settle()
                if not keeps:
                    raise _TakenBackError
        except (WorkbenchError, _TakenBackError) as error:
            put_back()
            if isinstance(error, WorkbenchError):
                raise
        finally:
            self._attempts.pop()
            self._guarded = min(self._guarded, len(self._attempts))

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

    def flush(self) -> None:
        """Write every pending record inside the still open transaction, so that any query finds it.

        ``find`` and its like need none: they count in what is pending.

        Raises:
            RuntimeError: a record was changed after it was recorded and not saved; names the fields.
            StaleWriteError: a record that is to be changed is not there any more.
        """
        if self._pending:
            with self._sent_together():
                self._write_pending()

    def _remember(self) -> Callable[[], None]:
        """Give what makes everything that this knows, and has not written, what it is now."""
        kept = [(one, one.remembered()) for one in self._kept.values()]
        untold = [(event, dict(vars(event))) for event in self._events]
        known = {
            name: copy(getattr(self, name))
            for name in (
                "_kept", "_searches", "_events", "told", "_facts", "_topics", "_untold", "_pieces",
                "_after_commit", "_asides", "_trail",
            )
        }  # fmt: skip
        known["_pending"] = {kind: dict(waiting) for kind, waiting in self._pending.items()}

        def put_back() -> None:
            vars(self).update(known)
            for one, as_it_was in kept:
                one.put_back(as_it_was)
            for event, fields in untold:
                vars(event).update(fields)

        return put_back

    def _sent_together(self) -> AbstractContextManager[None]:
        for attempt in self._attempts[self._guarded :]:
            attempt.enter_context(self.database.write())
        self._guarded = len(self._attempts)
        rows = sum(map(len, self._pending.values())) + len(self._events) + len(self._pieces)
        return self.database.sent_together(rows)

    def _write_pending(self) -> None:
        pending, self._pending = self._pending, {}
        fresh: dict[type[Record], list[Row]] = {}
        for record_type, waiting in pending.items():
            added: list[Row] = []
            changed: list[Row] = []
            for kept in waiting.values():
                rows = added if kept.stored is None else changed
                found = kept.stored
                values, text, document = kept.write()
                rows.append((values, text))
                if record_type.spec.tells is not None:
                    self._note_pieces(record_type, kept.record.record_id, document, found)
                if record_type.spec.audited:
                    chain.note_written(self._untold, record_type.spec, document, found)
            replace(self._table(record_type), record_type, changed)
            fresh[record_type] = added
        for record_type, rows in fresh.items():
            self._table(record_type).add_rows(rows)
        told, self._pieces = self._pieces, {}
        self.database.pieces.put([piece for of_record in told.values() for piece in of_record])
        if pending:
            self._searches = {
                search: found for search, found in self._searches.items() if search[0] not in pending
            }

    def _note_pieces(
        self, record_type: type[Record], record_id: str, document: Mapping[str, Any], was: str | None
    ) -> None:
        """Note what becomes of the pieces of a record that is written."""
        now = pieces_of(record_type, document)
        before = {} if was is None else pieces_of(record_type, read_json(was))
        if changed := [*fulltext.changed(before, now)]:
            self._pieces[record_id] = changed

    def tell(self) -> None:
        """Write every pending record and event: for whoever reads what has happened.

        Raises:
            RuntimeError, StaleWriteError: as ``flush``.
        """
        if not self._events:
            self.flush()
            return
        with self._sent_together():
            self._write_pending()
            events, self._events = self._events, []
            untold, self._untold = self._untold, {}
            concerned, self._topics = self._topics, set()
            chain.tell_written(events, untold)
            chain.append(self.database, self.workspace_id, events, concerned)

    def finish(self) -> None:
        """Settle and write everything, just before the commit; called by ``Workbench`` alone.

        Raises:
            RuntimeError: the commit would lose a change, or no event tells of one; names record and field.
        """
        self.settle()
        for kept in self._kept.values():
            kept.check_saved()
        self.tell()
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

    def _pending_of(self, record_type: type[Record]) -> list[Any]:
        """Give the records of a kind that are not written yet; many are written first, and so are events."""
        if record_type is Event or len(self._pending.get(record_type, ())) > _MOST_PENDING:
            self._write_all(record_type)
        return [kept.record for kept in self._pending.get(record_type, {}).values()]

    def _write_all(self, record_type: type[Record]) -> None:
        """Write what a count in the store of this kind must find."""
        if record_type is Event:
            self.tell()
        elif record_type in self._pending:
            self.flush()

    def _wait(self, key: tuple[Any, ...], kept: Kept) -> None:
        """Let a record be written with the next ``flush``."""
        self._pending.setdefault(type(kept.record), {})[key] = kept

    def _keep_all(self, record_type: type[R], texts: Iterable[str]) -> list[R]:
        made = readable(texts, lambda text: self._keep(record_type, text), self.database)
        return [record for record in made if record is not None]

    def _keep(self, record_type: type[R], text: str, filed_as: str | None = None) -> R | None:
        record = load(record_type, text, self.database, filed_as)
        key = self._key(record)
        kept = self._kept.get((record_type, key))
        if kept is not None:
            return kept.record  # type: ignore[return-value]  # the class is part of the key
        if record.workspace_id != self.workspace_id:
            return None
        self._kept[record_type, key] = Kept(record, text, text, getattr(record, "revision", 1))
        return record

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
