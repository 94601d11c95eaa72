"""Whether every record of a store can be read, and all that records point at is there (S9, S11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from engine.artifacts.models import Artifact
from engine.entities import RECORD_TYPES
from engine.errors import UnreadableRecordError
from engine.loading import load
from engine.record import read_json
from engine.store import DocumentStore
from exports.links import LinkRules
from exports.records import TableShape, order_of, tables


@dataclass(frozen=True)
class Examined:
    """What was read, and what is wrong with it."""

    count: int
    faults: list[str]
    #: The hash of each file that an artifact names, with the id of one that does.
    files: dict[str, str]


def examine(database: DocumentStore) -> Examined:
    """Read every record of every workspace once; the ids of records are held, records are not."""
    shapes = {table.record_type: table for table in tables()}
    links, count, faults, files = LinkRules(), 0, list[str](), dict[str, str]()
    wrong: dict[str, dict[int, str]] = defaultdict(dict)
    for record_type in RECORD_TYPES:
        shape, spec = shapes.get(record_type), record_type.spec
        order = order_of(shape) if shape else spec.key
        for number, text in enumerate(database.table(spec.table).stream_rows({}, order), 1):
            count += 1
            try:
                document = load(record_type, text, database).to_data()
            except UnreadableRecordError as error:
                faults.append(error.message)
                if shape is not None:  # what points at it is not blamed, too
                    _note(links, shape, text)
                continue
            if record_type is Artifact and document["sha256"]:
                files.setdefault(document["sha256"], document["artifact_id"])
            if shape is not None:
                wrong[spec.table] |= {one.line: one.message for one in links.see(shape, number, document)}
    for one in links.finish():
        wrong[one.file.removesuffix(".jsonl")][one.line] = one.message
    for shape in tables():
        faults += _named(database, shape, wrong[shape.name])
    return Examined(count, faults, files)


def _note(links: LinkRules, shape: TableShape, text: str) -> None:
    try:
        document = read_json(text)
    except ValueError:  # it has no id that could be kept; that it is unreadable was told
        return
    if isinstance(document, dict):
        links.note(shape, document)


def _named(database: DocumentStore, table: TableShape, wrong: dict[int, str]) -> Iterator[str]:
    """Say what is wrong with the records at these places of a table, by their ids."""
    if not wrong:
        return
    for number, text in enumerate(database.table(table.name).stream_rows({}, order_of(table)), 1):
        if number in wrong:
            yield f"{table.name} {table.record_type.spec.key_in(read_json(text))}: {wrong[number]}"
