"""What a transaction has not written yet, and how it is written: each table once, the events last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from engine import fulltext
from engine.audit import chain, topics
from engine.audit.models import Event
from engine.identity_map import Kept, replace
from engine.record import Record, pieces_of, read_json, told_by
from engine.store import DocumentStore, Row


class Unwritten:
    """Records, events and what is found by words, until they are written; of one transaction."""

    def __init__(self, database: DocumentStore, workspace_id: str) -> None:
        self._database, self._workspace_id = database, workspace_id
        self._records: dict[type[Record], dict[tuple[Any, ...], Kept]] = {}
        self._events: list[Event] = []
        #: Which views the events concern.
        self._topics: set[str] = set()
        #: The states of records that were written since the last event was.
        self._untold: dict[str, chain.Written] = {}
        #: What is found by words, by the record that says it.
        self._pieces: dict[str, list[fulltext.Piece]] = {}
        #: The attempts that are under way, the outermost first, and how many of them have a savepoint.
        self._attempts: list[ExitStack] = []
        self._guarded = 0

    # -- what waits ----------------------------------------------------------------------

    def add_record(self, key: tuple[Any, ...], kept: Kept) -> None:
        """Let a record be written, as it will be then."""
        self._records.setdefault(type(kept.record), {})[key] = kept

    def add_event(self, event: Event, concerning: Iterable[str]) -> None:
        """Let an event be written; it concerns the views of its action and those that are named."""
        self._events.append(event)
        self._topics.update(topics.concerned(event), concerning)

    def add_words(self, record: Record, told: Iterable[fulltext.Told]) -> None:
        """Let a new record be found by words that it does not hold itself."""
        made = fulltext.pieces(record.record_id, self._workspace_id, told)
        self._pieces[record.record_id] = [*made.values()]

    def of(self, record_type: type[Record]) -> list[Any]:
        """Give the records of a kind that wait."""
        return [kept.record for kept in self._records.get(record_type, {}).values()]

    def count(self, record_type: type[Record]) -> int:
        """Say how many records of a kind wait."""
        return len(self._records.get(record_type, ()))

    @property
    def untold(self) -> Collection[str]:
        """The records that were written and of which no event tells, as ``table/key``."""
        return self._untold.keys()

    # -- attempts ------------------------------------------------------------------------

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo in the store what the block writes if it raises; asked for with the first write."""
        try:
            with ExitStack() as attempt:
                self._attempts.append(attempt)
                yield
        finally:
            self._attempts.pop()
            self._guarded = min(self._guarded, len(self._attempts))

    def remembered(self) -> Callable[[], None]:
        """Give what makes all that waits now wait again, and nothing else, with its events as they are."""
        records = {kind: dict(waiting) for kind, waiting in self._records.items()}
        others = [*self._events], {*self._topics}, {**self._untold}, {**self._pieces}
        events = [(event, dict(vars(event))) for event in self._events]

        def put_back() -> None:
            self._records = records
            self._events, self._topics, self._untold, self._pieces = others
            for event, fields in events:
                vars(event).update(fields)

        return put_back

    # -- writing -------------------------------------------------------------------------

    def write_records(self) -> Collection[type[Record]]:
        """Write the records; return of which kinds there were any.

        Raises:
            RuntimeError: a record was changed after it was recorded and not saved; names the fields.
            StaleWriteError: a record that is to be changed is not there any more.
        """
        if not self._records:
            return ()
        with self._sent_together():
            return self._put_records()

    def write(self) -> Collection[type[Record]]:
        """Write everything; return of which kinds there was any.

        Raises:
            RuntimeError, StaleWriteError: as ``write_records``.
        """
        if not self._events:
            return self.write_records()
        with self._sent_together():
            kinds = self._put_records()
            self._put_events()
        return {*kinds, Event}

    def _sent_together(self) -> AbstractContextManager[None]:
        for attempt in self._attempts[self._guarded :]:
            attempt.enter_context(self._database.write())
        self._guarded = len(self._attempts)
        rows = sum(map(len, self._records.values())) + len(self._events) + len(self._pieces)
        return self._database.sent_together(rows)

    def _put_records(self) -> Collection[type[Record]]:
        written, self._records = self._records, {}
        fresh: dict[type[Record], list[Row]] = {}
        for record_type, waiting in written.items():
            added: list[Row] = []
            changed: list[Row] = []
            for kept in waiting.values():
                rows = added if kept.stored is None else changed
                rows.append(self._row(record_type, kept))
            replace(self._database.table(record_type.spec.table), record_type, changed)
            fresh[record_type] = added
        for record_type, rows in fresh.items():
            self._database.table(record_type.spec.table).add_rows(rows)
        told, self._pieces = self._pieces, {}
        self._database.pieces.put([piece for of_record in told.values() for piece in of_record])
        return written.keys()

    def _row(self, record_type: type[Record], kept: Kept) -> Row:
        """Give the row of a record, and note what is found by it now and what an event has to tell."""
        found = kept.stored
        values, text, document = kept.write()
        if record_type.spec.tells is not None:
            self._note_pieces(record_type, kept.record.record_id, document, found)
        if record_type.spec.audited:
            chain.note_written(self._untold, record_type.spec, document, found)
        return values, text

    def _note_pieces(
        self, record_type: type[Record], record_id: str, document: Mapping[str, Any], was: str | None
    ) -> None:
        before = None if was is None else read_json(was)
        if before is not None and told_by(record_type, before) == told_by(record_type, document):
            return
        found = {} if before is None else pieces_of(record_type, before)
        if changed := [*fulltext.changed(found, pieces_of(record_type, document))]:
            self._pieces[record_id] = changed

    def _put_events(self) -> None:
        events, self._events = self._events, []
        untold, self._untold = self._untold, {}
        concerned, self._topics = self._topics, set()
        chain.tell_written(events, untold)
        chain.append(self._database, self._workspace_id, events, concerned)
