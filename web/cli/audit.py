"""``workbench audit ...``: whether the store still says what was written to it, and anchors outside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engine.audit import anchors
from engine.audit.chain import Anchor, ChainFault
from engine.audit.told import Altered
from engine.errors import ConflictError, StoreVersionError
from engine.transaction import Transaction
from engine.verification import Verdict
from engine.verification import verify as verify_store
from exports import validate
from web.cli.context import Session

#: Altered records that are named one by one.
_MOST_NAMED = 100
_EXPECT = click.option(
    "--expect",
    "expected",
    metavar="COUNT:HASH",
    multiple=True,
    help="An end that the chain had, as this command or a manifest told it: it must pass through it.",
)
_ANCHORS = click.option(
    "--anchors",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Hold the chain against every end that `audit anchor FILE` noted.",
)


@click.group("audit")
def audit() -> None:
    """The hash-chained record of everything that happened."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [audit]


@audit.command("verify")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@_EXPECT
@_ANCHORS
@click.pass_obj
def verify(session: Session, folder: Path | None, expected: tuple[str, ...], file: Path | None) -> None:
    """Check the chain of events and every record of the store; or offline the events of an exported folder.

    What was changed, added or removed by anything other than Workbench is named. To prove that the chain as
    a whole is not another one, give an end of it that was kept elsewhere. Of a folder the events alone are
    looked at: `workbench export check DIR` holds its records against them.
    """
    given = [Anchor.parse(text) for text in expected]
    if folder is not None:
        given += anchors.read(file, validate.workspace_of(folder)) if file else []
        proven = validate.verify_chain(folder, given)
        _refuse_broken(proven.fault)
        end, records, remark = proven.end, None, None
    else:
        with session.reading() as tx:
            given += anchors.read(file, tx.workspace_id) if file else []
            verdict = _intact(tx, given)
        end, records, remark = verdict.end, verdict.records, verdict.remark
    data = {"events": end.count, "head": str(end), "intact": True, "anchors": len(given)}
    told = f"{end.count} events, the chain is intact. It ends with {end}"
    if given:
        told += (
            f", and passes through {'one end' if len(given) == 1 else f'{len(given)} ends'} kept elsewhere"
        )
    if records is not None:
        data["records"] = records
        told += f".\n{records} records, all as the events tell"
    else:
        told += (
            f".\nOnly events were looked at: `workbench export check {folder}` holds the records against them"
        )
    if remark is not None:
        data["remark"] = remark
        told += f".\n{remark.rstrip('.')}"
    session.answer(data, f"{told}.")


@audit.command("anchor")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def anchor(session: Session, file: Path) -> None:
    """Note the end of the chain in FILE, a line for each time, once everything before it was verified.

    Keep FILE where whoever can write to the store cannot: on another machine, or in a Git repository.
    """
    with session.reading() as tx:
        end = _intact(tx, anchors.noted(file, tx.workspace_id)).end
        anchors.append(file, tx.workspace_id, end, tx.now)
    session.answer({"file": str(file), "head": str(end)}, f"Noted {end} in {file}.")


def _intact(tx: Transaction, given: Sequence[Anchor]) -> Verdict:
    """Verify the store.

    Raises:
        ConflictError: it does not say what was written; names where.
        StoreVersionError: a newer release upgraded it.
    """
    if tx.database.look_again():
        raise StoreVersionError(
            f"The store {tx.database.url} was upgraded by a newer release, which may file records in another "
            "way: this one cannot prove them. Nothing was found, for or against. Verify with the newer "
            "release; if nobody upgraded it, somebody changed its version past Workbench."
        )
    verdict = verify_store(tx, given)
    _refuse_broken(verdict.fault)
    if verdict.altered:
        raise ConflictError(_altered_text(verdict.altered), details=_altered_details(verdict.altered))
    return verdict


def _refuse_broken(fault: ChainFault | None) -> None:
    if fault is None:
        return
    raise ConflictError(
        f"The audit chain is broken at {fault.place}: {fault.message}. "
        "Restore from a backup taken before it.",
        details=[
            {
                "code": "CHAIN_BROKEN",
                "message": fault.message,
                "seq": fault.seq,
                "audit_event_id": fault.audit_event_id,
            }
        ],
    )


def _altered_text(altered: Sequence[Altered]) -> str:
    if len(altered) == 1:
        told = f"A record is not what the events tell: {altered[0]}."
    else:
        named = f" The first {_MOST_NAMED} are named." if len(altered) > _MOST_NAMED else ""
        told = f"{len(altered)} records are not what the events tell.{named}"
    return f"{told} Keep the store as evidence, and restore the last backup or export that verifies."


def _altered_details(altered: Sequence[Altered]) -> list[dict[str, Any]]:
    return [
        {"code": "RECORD_ALTERED", "field": f"{found.table}/{found.key}", **found.as_dict()}
        for found in altered[:_MOST_NAMED]
    ]
