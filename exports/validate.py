"""Checking an export without any store: every change that breaks a rule is named (EXP-05, EXP-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from engine.audit import chain
from engine.audit.models import Event
from engine.audit.told import Told
from engine.errors import BadRequestError, UnavailableError
from exports.changes import ChangeRules
from exports.descriptors import check_descriptors, read_manifest
from exports.judgements import JudgementRules
from exports.layout import BlobRules, check_layout
from exports.links import LinkRules
from exports.manifest import after_in
from exports.meaning import MeaningRules
from exports.reading import FileFacts, TableFile
from exports.records import TableShape, tables
from exports.told import ToldRules
from exports.violation import Violation

#: As many violations go with a refusal.
_SHOWN = 100


class Rules(Protocol):
    """A set of rules over all valid records; each is seen once, tables in their order."""

    def see(self, table: TableShape, number: int, document: dict[str, Any]) -> Iterator[Violation]:
        """Yield what is wrong with the record on line ``number``."""
        ...

    def finish(self) -> Iterator[Violation]:
        """Yield what only shows once everything was seen."""
        ...


class Checked(NamedTuple):
    """What was found in an export."""

    violations: list[Violation]
    #: What is no fault, and good to know, one line each.
    remarks: list[str]


def check(folder: Path) -> list[Violation]:
    """Return every violation found in an export, as ``examine`` does; an empty list means valid."""
    return examine(folder).violations


def examine(folder: Path) -> Checked:
    """Return every violation found in an export, and what is remarkable about it.

    Files are read once, line by line; ids are held, records are not.

    Raises:
        BadRequestError: there is no such folder.
        UnavailableError: its files cannot be read.
    """
    with _readable(folder):
        described = read_manifest(folder)
        found = list(check_layout(folder))
        if isinstance(described, Violation):
            return Checked([described, *(one for one in found if one.file != described.file)], [])
        proven = _chain(folder, described)
        is_whole = after_in(described) is None
        told = ToldRules(proven.told, whole=is_whole)
        links = LinkRules()
        seen = MeaningRules() if is_whole else ChangeRules()
        rules: list[Rules] = [seen, BlobRules(folder)]
        if is_whole:
            rules += [links, JudgementRules()]
        if proven.fault is None:  # else it is not known what the records have to be
            rules.append(told)
        files: dict[str, FileFacts] = {}
        for table in tables():
            file = TableFile(folder, table)
            for line in file.lines():
                found.extend(line.violations)
                if line.document is not None and line.violations:
                    links.note(table, line.document)
                    told.note(table, line.document)
                elif line.document is not None:
                    found.extend(
                        fault for rule in rules for fault in rule.see(table, line.number, line.document)
                    )
            files[table.name] = file.facts
        for rule in rules:
            found.extend(rule.finish())
        found.extend(proven.violations())
        if seen.workspace is not None:
            # Where nothing happened since, the changes do not tell when the last thing did.
            as_of = seen.times.last or (None if is_whole else described.get("as_of"))
            found.extend(check_descriptors(folder, described, files, seen.workspace, as_of))
    remark = seen.times.remark()
    return Checked(found, [] if remark is None else [remark])


def require_valid(folder: Path) -> dict[str, Any]:
    """Return the manifest of a valid export, be it whole or of changes.

    Raises:
        BadRequestError: it is none; carries the violations.
        UnavailableError: its files cannot be read.
    """
    if violations := check(folder):
        raise BadRequestError(
            f"{folder} is not a valid export: {len(violations)} violations, the first is {violations[0]}."
            " See all with: workbench export check.",
            details=[{"code": item.rule, "message": str(item)} for item in violations[:_SHOWN]],
        )
    return dict(_manifest(folder))


def workspace_of(folder: Path) -> str:
    """Return the id of the workspace that was exported.

    Raises:
        BadRequestError: the folder is not an export.
        UnavailableError: its files cannot be read.
    """
    with _readable(folder):
        workspace_id: str = _manifest(folder)["workspace"]["workspace_id"]
        return workspace_id


def end_of(folder: Path) -> chain.Anchor:
    """Return the end of the chain that an export names, which one of what changed since then follows.

    Raises:
        BadRequestError: the folder is not an export, or one of before the first event.
        UnavailableError: its files cannot be read.
    """
    with _readable(folder):
        end = _manifest(folder)["chain"]
    if not end["count"]:
        raise BadRequestError(f"{folder} was made before anything happened. Export all of it.")
    return chain.Anchor(end["count"], end["head_hash"])


class Proven(NamedTuple):
    """What the events of an export prove."""

    #: How the chain ends, as the manifest has it.
    end: chain.Anchor
    fault: chain.ChainFault | None
    told: Told

    def violations(self) -> Iterator[Violation]:
        """Yield the fault of the chain, if it has one."""
        if self.fault is not None:
            yield Violation("chain", f"{Event.spec.table}.jsonl", self.fault.seq, self.fault.message)


def verify_chain(folder: Path, anchors: Sequence[chain.Anchor] = ()) -> Proven:
    """Check the events of a whole export offline (D11), and that they pass through ``anchors``.

    Raises:
        BadRequestError: the folder is not a whole export.
        UnavailableError: its files cannot be read.
    """
    with _readable(folder):
        described = _manifest(folder)
        require_whole(folder, described)
        return _chain(folder, described, anchors)


def require_whole(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse an export of changes.

    Raises:
        BadRequestError: it is one.
    """
    if after := after_in(manifest):
        raise BadRequestError(
            f"{folder} holds only what changed after event {after.count}. Name a whole export: one made "
            "without --after and --since."
        )


def _manifest(folder: Path) -> Mapping[str, Any]:
    described = read_manifest(folder)
    if isinstance(described, Violation):
        raise BadRequestError(f"{folder} is not an export that can be verified. {described}.")
    return described


def _chain(folder: Path, manifest: Mapping[str, Any], anchors: Sequence[chain.Anchor] = ()) -> Proven:
    count, head_hash, after = (
        manifest["chain"]["count"],
        manifest["chain"]["head_hash"] or "",
        after_in(manifest),
    )
    told = Told(whole=after is None)
    events = told.listening(_events(folder))
    fault = chain.verify(events, count=count, head_hash=head_hash, anchors=anchors, after=after)
    return Proven(chain.Anchor(count, head_hash or chain.GENESIS), fault, told)


def _events(folder: Path) -> Iterator[dict[str, Any] | chain.Unreadable]:
    """Yield the events of an export; in place of a line that is not exactly what was written, why not."""
    table = next(table for table in tables() if table.record_type is Event)
    for line in TableFile(folder, table).lines():
        if line.violations or line.document is None:
            text = line.beginning.decode("ascii", "replace")
            yield chain.Unreadable(chain.id_in_text(text), line.violations[0].message)
        else:
            yield line.document


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
