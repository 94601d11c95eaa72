"""Reading what happened: timelines, the latest number, and the check of a whole chain."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Protocol

from engine.audit import chain, topics
from engine.audit.models import Event
from engine.loading import load_all
from engine.record import canonical
from engine.store import DocumentStore


class Reader(Protocol):
    """What reading history takes of a transaction, which stands above this layer."""

    @property
    def database(self) -> DocumentStore:
        """The store."""
        ...

    @property
    def workspace_id(self) -> str:
        """The tenant."""
        ...

    def tell(self) -> None:
        """Write what is pending, so that it can be read."""
        ...


def timeline(
    tx: Reader,
    *,
    task_id: str | None = None,
    bundle_id: str | None = None,
    entity_id: str | None = None,
    limit: int = 100,
) -> list[Event]:
    """Return the newest events of a task, a bundle or any record, newest first."""
    tx.tell()
    where: dict[str, Any] = {"workspace_id": tx.workspace_id}
    given = {"task_id": task_id, "bundle_id": bundle_id, "entity_id": entity_id}
    where.update({name: value for name, value in given.items() if value is not None})
    rows = tx.database.table(Event.spec.table).select_rows(where, ("-seq",), limit)
    return load_all(Event, rows, tx.database)


def positions(tx: Reader, names: Collection[str]) -> dict[str, int]:
    """Give the positions of this workspace with these names, those that were ever raised; one read."""
    tx.tell()
    begin = f"{tx.workspace_id}/"
    places = {name if name == topics.PAST else begin + name: name for name in names}
    found = tx.database.positions.read(places)
    return {places[place]: position for place, position in found.items()}


@contextmanager
def events(tx: Reader) -> Iterator[Iterator[dict[str, Any] | chain.Unreadable]]:
    """Give every event of the workspace in order, as it stands in the store; what is not used is not read."""
    tx.tell()
    table = tx.database.table(Event.spec.table)
    with closing(table.stream_whole_rows({"workspace_id": tx.workspace_id}, ("seq",))) as rows:
        yield (_readable(place, *row) for place, row in enumerate(rows, 1))


def document_in(text: str) -> dict[str, Any]:
    """Read the text of a row of any origin.

    Raises:
        ValueError: no record is written like that; says why, to follow "it".
    """
    try:
        document = json.loads(text, object_pairs_hook=_object)
        if isinstance(document, dict):
            canonical(document)  # refuses numbers and signs that JSON and UTF-8 do not have
    except (ValueError, RecursionError) as error:
        raise ValueError(f"cannot be read any more ({_first_line(error)})") from error
    if not isinstance(document, dict):
        raise ValueError("is no record any more")
    return document


def _readable(place: int, values: Mapping[str, Any], text: str) -> dict[str, Any] | chain.Unreadable:
    """Read the document of the row at a place, or say why it cannot be one that was written."""
    try:
        document = document_in(text)
    except ValueError as error:
        return chain.Unreadable(chain.id_in_text(text), str(error))
    moved = [name for name, value in values.items() if document.get(name) != value]
    if "seq" in moved and document.get("seq") != place:
        moved.remove("seq")  # a number that is not its place's is for the chain to tell
    if moved:
        told = "" if "audit_event_id" in moved else chain.id_in(document)
        return chain.Unreadable(told, f"is filed under another {', '.join(moved)} than it says")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object with a repeated key: readers differ on which of the two they take."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("it says something twice")
    return made


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:100]
