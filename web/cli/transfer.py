"""``workbench export`` and ``restore``: work goes out, is validated, and comes back."""

from __future__ import annotations

from pathlib import Path

import click

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


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [export, restore]


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
    """Validate an export; one line per violation, then anything else worth knowing."""
    found = validate.examine(Path(folder))
    rows = [violation.as_dict() for violation in found.violations]
    lines = [str(violation) for violation in found.violations] or [f"{folder} is a valid export."]
    lines += [f"Note: {remark}" for remark in found.remarks]
    session.answer({"violations": rows, "valid": not rows, "remarks": found.remarks}, "\n".join(lines))
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
