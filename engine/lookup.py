"""Finding the records of a workspace: what the store has, with what is not written yet laid over it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from engine.audit.models import Event
from engine.errors import UnreadableRecordError
from engine.identity_map import Kept
from engine.loading import leave_out, load, readable
from engine.record import Record
from engine.searches import Search, in_order, laid_over, plain, search_of
from engine.store import DocumentStore, DocumentTable
from engine.unwritten import Unwritten

R = TypeVar("R", bound=Record)
#: As many unwritten records of a kind are looked through by a search; more are written before it.
_MOST_UNWRITTEN = 100


class Lookup:
    """Finds records of one workspace, each the same object every time; no permission is checked."""

    def __init__(self, database: DocumentStore, workspace_id: str, *, writes: bool) -> None:
        self.database = database
        #: The tenant everything here belongs to.
        self.workspace_id = workspace_id
        self._writes = writes
        self._kept: dict[tuple[type[Record], tuple[Any, ...]], Kept] = {}
        #: The keys of what was read, by its text: making a record takes longer than all else of finding it.
        self._keys: dict[tuple[type[Record], str], tuple[Any, ...]] = {}
        self._unwritten = Unwritten(database, workspace_id)
        #: What was found already, as the store has it: nobody else writes to the workspace meanwhile.
        self._searches: dict[Search, list[Any]] = {}
        #: What ``once`` was told.
        self._answers: dict[Any, Any] = {}

    @property
    def only_reads(self) -> bool:
        """Whether nothing can be written in it, so that all it finds was committed."""
        return not self._writes

    def find_by_key(self, record_type: type[R], *key: Any) -> R | None:
        """Find the record in this workspace, or None.

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
        pending = self._unwritten_of(record_type)
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
        pending = [self._unwritten_of(kind) for kind, _ in wanted]
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
        kinds = [kind for kind in record_types if not self._unwritten.count(kind)]
        asked = sorted(
            value
            for value in set(values)
            if any(search_of(kind, {field: value}) not in self._searches for kind in kinds)
        )
        if not asked:
            return
        for kind, records in zip(
            kinds, self.find_together(*((kind, {field: asked}) for kind in kinds)), strict=True
        ):
            own: dict[str, list[Record]] = {value: [] for value in asked}
            for record in records:
                own[getattr(record, field)].append(record)
            for value in asked:
                self._searches.setdefault(search_of(kind, {field: value}), own[value])

    def found_ahead(self, record_type: type[R], **where: Any) -> list[R] | None:
        """Return what ``find`` gives where it would ask the store for nothing; None where it would."""
        search = search_of(record_type, where)
        if search not in self._searches:
            return None
        return laid_over(self._searches[search], self._unwritten.of(record_type), search)

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
        pending = [self._unwritten_of(kind) for kind, *_ in wanted]
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

    def flush(self) -> None:
        """Write every pending record inside the still open transaction, so that any query finds it.

        ``find`` and its like need none: they count in what is pending.

        Raises:
            RuntimeError: a record was changed after it was recorded and not saved; names the fields.
            StaleWriteError: a record that is to be changed is not there any more.
        """
        self._forget_searches(self._unwritten.write_records())

    def tell(self) -> None:
        """Write every pending record and event: for whoever reads what has happened.

        Raises:
            RuntimeError, StaleWriteError: as ``flush``.
        """
        self._forget_searches(self._unwritten.write())

    # -- inside --------------------------------------------------------------------------

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

    def _conditions(self, record_type: type[Record], where: Mapping[str, Any]) -> dict[str, Any]:
        conditions = {name: plain(value) for name, value in where.items()}
        if "workspace_id" in record_type.spec.columns and not record_type.spec.is_found_by(where):
            conditions["workspace_id"] = self.workspace_id
        return conditions

    def _table(self, record_type: type[Record]) -> DocumentTable:
        return self.database.table(record_type.spec.table)

    def _key(self, record: Record) -> tuple[Any, ...]:
        return tuple([getattr(record, name) for name in record.spec.key])

    def _unwritten_of(self, record_type: type[Record]) -> list[Any]:
        """Give the records of a kind that are not written yet; many are written first, and so are events."""
        if record_type is Event or self._unwritten.count(record_type) > _MOST_UNWRITTEN:
            self._write_all(record_type)
        return self._unwritten.of(record_type)

    def _write_all(self, record_type: type[Record]) -> None:
        """Write what a count in the store of this kind must find."""
        if record_type is Event:
            self.tell()
        elif self._unwritten.count(record_type):
            self.flush()

    def _forget_searches(self, written: Collection[type[Record]]) -> None:
        """Search again for what was written, the next time it is looked for."""
        if written:
            self._searches = {
                search: found for search, found in self._searches.items() if search[0] not in written
            }

    def _keep_all(self, record_type: type[R], texts: Iterable[str]) -> list[R]:
        made = readable(texts, lambda text: self._keep(record_type, text), self.database)
        return [record for record in made if record is not None]

    def _keep(self, record_type: type[R], text: str, filed_as: str | None = None) -> R | None:
        known = self._keys.get((record_type, text))
        kept = self._kept.get((record_type, known)) if known is not None else None
        if kept is not None:
            return kept.record  # type: ignore[return-value]  # the class is part of the key
        record = load(record_type, text, self.database, filed_as)
        key = self._key(record)
        kept = self._kept.get((record_type, key))
        if kept is not None:
            return kept.record  # type: ignore[return-value]  # the class is part of the key
        if record.workspace_id != self.workspace_id:
            return None
        self._keys[record_type, text] = key
        self._kept[record_type, key] = Kept(record, text, text, getattr(record, "revision", 1))
        return record
