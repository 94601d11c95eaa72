"""``workbench export``, ``restore`` and ``audit``: work goes out, comes back, and is proved unchanged."""

from __future__ import annotations

from pathlib import Path

import click

from engine.audit import history
from engine.errors import ConflictError
from exports import restore as restoring
from exports import validate, writer
from web.cli.context import Session


class _FolderOrCommand(click.Group):
    """A group whose unknown first word is a folder: ``export DIR`` beside ``export check DIR``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["to", *args]
        return super().parse_args(ctx, args)


@click.group("export", cls=_FolderOrCommand)
def export() -> None:
    """Write the workspace to a new folder with `export DIR`; validate one with `export check DIR`."""


@click.group("audit")
def audit() -> None:
    """The hash-chained record of everything that happened."""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [export, restore, audit]


@export.command("to", hidden=True)
@click.argument("folder", metavar="DIR")
@click.pass_obj
def write(session: Session, folder: str) -> None:
    """Write the workspace to DIR, which must be absent or empty."""
    workbench = session.workbench
    manifest = writer.write(workbench, session.actor, Path(folder))
    counts = {name: entry["count"] for name, entry in manifest["tables"].items() if "count" in entry}
    session.answer(
        {"folder": folder, "manifest": manifest},
        f"Exported {sum(counts.values())} records of {len(counts)} tables to {folder}.",
    )


@export.command("check")
@click.argument("folder", metavar="DIR")
@click.pass_obj
def check(session: Session, folder: str) -> int:
    """Validate an export; one line per violation."""
    violations = validate.check(Path(folder))
    rows = [violation.as_dict() for violation in violations]
    text = "\n".join(str(violation) for violation in violations) or f"{folder} is a valid export."
    session.answer({"violations": rows, "valid": not rows}, text)
    return 1 if rows else 0


@click.command("restore")
@click.argument("folder", metavar="DIR")
@click.pass_obj
def restore(session: Session, folder: str) -> None:
    """Bring an export into a store that holds no records yet."""
    counts = restoring.restore(session.settings, Path(folder))
    session.answer(
        {"folder": folder, "counts": counts}, f"Restored {sum(counts.values())} records from {folder}."
    )


@audit.command("verify")
@click.argument("folder", metavar="[DIR]", required=False)
@click.pass_obj
def verify(session: Session, folder: str | None) -> None:
    """Check the chain of events, in the store or offline in an exported folder."""
    if folder is not None:
        count, fault = validate.verify_chain(Path(folder))
    else:
        with session.reading() as tx:
            count, fault = history.verify(tx)
    if fault is not None:
        where = (
            f"event {fault.seq} ({fault.audit_event_id})" if fault.audit_event_id else f"event {fault.seq}"
        )
        raise ConflictError(
            f"The audit chain is broken at {where}: {fault.message}. Restore from a backup taken before it.",
            details=[
                {
                    "code": "CHAIN_BROKEN",
                    "message": fault.message,
                    "seq": fault.seq,
                    "audit_event_id": fault.audit_event_id,
                }
            ],
        )
    session.answer({"events": count, "intact": True}, f"{count} events, the chain is intact.")
