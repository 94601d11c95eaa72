"""Checking an export without any store: every change that breaks a rule is named (EXP-05, EXP-06)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from engine.audit import chain
from engine.audit.models import Event
from engine.errors import BadRequestError, UnavailableError
from exports.descriptors import check_descriptors, read_manifest
from exports.judgements import JudgementRules
from exports.layout import BlobRules, check_layout
from exports.links import LinkRules
from exports.meaning import MeaningRules
from exports.reading import FileFacts, TableFile
from exports.records import TableShape, tables
from exports.violation import Violation


class Rules(Protocol):
    """A set of rules over all valid records; each is seen once, tables in their order."""

    def see(self, table: TableShape, number: int, document: dict[str, Any]) -> Iterator[Violation]:
        """Yield what is wrong with the record on line ``number``."""
        ...

    def finish(self) -> Iterator[Violation]:
        """Yield what only shows once everything was seen."""
        ...


def check(folder: Path) -> list[Violation]:
    """Return every violation found in an export; an empty list means valid.

    Files are read once, line by line; ids are held, records are not.

    Raises:
        BadRequestError: there is no such folder.
        UnavailableError: its files cannot be read.
    """
    with _readable(folder):
        described = read_manifest(folder)
        found = list(check_layout(folder))
        if isinstance(described, Violation):
            return [described, *(one for one in found if one.file != described.file)]
        links, meaning = LinkRules(), MeaningRules()
        rules: list[Rules] = [links, meaning, JudgementRules(), BlobRules(folder)]
        files: dict[str, FileFacts] = {}
        for table in tables():
            file = TableFile(folder, table)
            for line in file.lines():
                found.extend(line.violations)
                if line.document is None:
                    continue
                if line.violations:
                    links.note(table, line.document)
                    continue
                for rule in rules:
                    found.extend(rule.see(table, line.number, line.document))
            files[table.name] = file.facts
        for rule in rules:
            found.extend(rule.finish())
        found.extend(_chain_faults(folder))
        if meaning.workspace is not None:
            found.extend(check_descriptors(folder, described, files, meaning.workspace, meaning.as_of))
    return found


def verify_chain(folder: Path) -> tuple[int, chain.ChainFault | None]:
    """Check the events of an export offline (D11); return how many there should be, and the first fault.

    Raises:
        BadRequestError: the folder is not an export.
        UnavailableError: its files cannot be read.
    """
    with _readable(folder):
        described = read_manifest(folder)
        if isinstance(described, Violation):
            raise BadRequestError(f"{folder} is not an export that can be verified. {described}.")
        ends = described["chain"]
        fault = chain.verify(_events(folder), count=ends["count"], head_hash=ends["head_hash"] or "")
        return ends["count"], fault


def _events(folder: Path) -> Iterator[dict[str, Any] | chain.Unreadable]:
    """Yield the events of an export; in place of a line that is not exactly what was written, why not."""
    table = next(table for table in tables() if table.record_type is Event)
    for line in TableFile(folder, table).lines():
        if line.violations or line.document is None:
            text = line.beginning.decode("ascii", "replace")
            yield chain.Unreadable(chain.id_in_text(text), line.violations[0].message)
        else:
            yield line.document


def _chain_faults(folder: Path) -> Iterator[Violation]:
    _, fault = verify_chain(folder)
    if fault is not None:
        yield Violation("chain", f"{Event.spec.table}.jsonl", fault.seq, fault.message)


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    if not folder.is_dir():
        raise BadRequestError(f"There is no folder {folder}. Name the folder of an export.")
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The export in {folder} cannot be read: {error.strerror or error}. Check who may read it."
        ) from error
