"""What events say that records are, held against the records that are there (D11, S8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, TypeAlias

from engine.audit.chain import ORDER, SECRET, WAS, Unreadable
from engine.record import Digests, RecordSpec, digests_found

#: The document of an event, or why there is none.
Heard: TypeAlias = Mapping[str, Any] | Unreadable


@dataclass(frozen=True)
class Altered:
    """A record that is not what events say: changed, added or removed by something that writes no events."""

    table: str
    #: Its key, several parts with a slash between them.
    key: str
    #: The number of the event that tells of it last, 0 if none does.
    seq: int
    #: What is wrong, to follow the record's name.
    message: str

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.table} {self.key} {self.message}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


class Last(NamedTuple):
    """What the last event about a record tells of it."""

    digests: Digests
    seq: int

    def tells_of(self, found: Digests) -> bool:
        """Whether a state that was found is the one that was told.

        Events of before 0.4.0 tell of the content alone, and what was found without its secrets is the same:
        a restored store has none, and nobody signs in with nothing.
        """
        content, order, secret = self.digests
        is_same = found.content == content and order in (None, found.order)
        return is_same and (secret is None or found.secret in (None, secret))


class Told:
    """The last hash that the events of one chain tell of each record.

    First every event is heard, then every record is held against what was heard; what is left is gone.
    """

    def __init__(self, *, whole: bool = True) -> None:
        """Begin with nothing that was told; where events before are not heard, the chain is not ``whole``."""
        self._is_whole = whole
        self._last: dict[str, Last] = {}
        #: The records that were changed past Workbench and then by it, which told of them as it found them.
        self.taken_over: list[Altered] = []

    def listening(self, events: Iterable[Heard]) -> Iterator[Heard]:
        """Hand events on to ``chain.verify``, and remember what each tells once it has asked for the next."""
        for event in events:
            yield event
            # It was found to be what was written, else nothing would be asked for any more.
            if isinstance(event, Mapping) and isinstance(hashes := event.get("record_hashes"), Mapping):
                self._hear(event["seq"], hashes)

    def _hear(self, seq: int, hashes: Mapping[str, str]) -> None:
        for name, found in states_in(seq, hashes, before=WAS):
            self._hold(seq, name, found.digests)
        self._last |= states_in(seq, hashes)

    def _hold(self, seq: int, name: str, was: Digests) -> None:
        """Hold the state that a transaction found against the one that was told last."""
        last, (table, _, key) = self._last.get(name), name.partition("/")
        if last is None and not self._is_whole:
            return
        if last is None:
            message = f"was added before event {seq}, which goes on from it: no event tells of that"
            self.taken_over.append(Altered(table, key, seq, message))
        elif not last.tells_of(was):
            message = (
                f"was changed between event {last.seq} and event {seq}, which goes on from another state"
            )
            self.taken_over.append(Altered(table, key, seq, message))

    def tells_of(self, table: str, key: str) -> bool:
        """Whether events tell of a record that was not held against them yet."""
        return f"{table}/{key}" in self._last

    def altered(self, spec: RecordSpec, document: Mapping[str, Any]) -> Altered | None:
        """Say whether a record of an audited table is another than the last event tells; each once."""
        key = spec.key_in(document)
        last = self._last.pop(f"{spec.table}/{key}", None)
        if last is None:
            return Altered(spec.table, key, 0, "was added: no event tells of it")
        if not last.tells_of(digests_found(document, spec.secret)):
            return Altered(spec.table, key, last.seq, f"was changed: event {last.seq} tells of another state")
        return None

    def blame(self, spec: RecordSpec, key: str, message: str) -> Altered:
        """Say of a record what is wrong with it otherwise; it is not gone."""
        last = self._last.pop(f"{spec.table}/{key}", None)
        return Altered(spec.table, key, last.seq if last else 0, message)

    def pass_over(self, spec: RecordSpec, document: Mapping[str, Any]) -> None:
        """Leave a record to other rules; it is not gone."""
        self._last.pop(f"{spec.table}/{spec.key_in(document)}", None)

    def gone(self, tables: Collection[str]) -> Iterator[Altered]:
        """Yield the records of these tables that events tell of and that were not there."""
        for name, last in self._last.items():
            table, _, key = name.partition("/")
            if table in tables:
                yield Altered(table, key, last.seq, f"was removed: event {last.seq} tells of it")


def states_in(seq: int, hashes: Mapping[str, str], before: str = "") -> Iterator[tuple[str, Last]]:
    """Yield ``table/key`` of each record that an event tells of, and what; ``before`` stands before both."""
    for told, digest in hashes.items():
        name = told.removeprefix(before)
        if told.startswith(before) and not name.startswith((WAS, ORDER, SECRET)):
            order, secret = (hashes.get(before + beside + name) for beside in (ORDER, SECRET))
            yield name, Last(Digests(digest, order, secret), seq)
