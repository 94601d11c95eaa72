"""The export of each night: one per day, and as many of them as are to be kept (EXP-11, D7).

It is made under another name, checked, held against what the last one promised its readers, and only then
takes the name of its day. One that fails stays there as ``<day>-unpublished``, for somebody to look at.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.app import Workbench
from engine.errors import ConflictError
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from exports import contract, shelves, validate, writer
from exports.shelves import Shelf

EXPORT = Regular(name="export", when="10 2 * * *", purpose="writes an export of everything")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNPUBLISHED = re.compile(rf"{_DAY.pattern}-unpublished", re.ASCII)
_SHOWN = 5


def export(workbench: Workbench) -> Kind:
    """Give the job that writes the export of a day where the settings say, and lets old ones go."""

    def write(context: Context) -> str:
        shelf = shelves.shelf_of(workbench.settings)
        day = day_of(workbench.clock.now(), workbench.workspace.timezone)
        place = shelf.place(day)
        if shelf.has(day):  # written by an attempt that was lost before it said so
            return f"{place} is there already."
        with context.kept():
            manifest = _publish(workbench, shelf, day)
        gone = let_go(shelf, workbench.settings.exports_kept)
        count = sum(table.get("count", 0) for table in manifest["tables"].values())
        return f"{count} records in {place}." + (f" Let go: {', '.join(gone)}." if gone else "")

    return Kind(name=EXPORT.name, handle=write)


def day_of(moment: datetime, zone: str) -> str:
    """Name the export of a moment: its day in the workspace's zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def let_go(shelf: Shelf, kept: int) -> list[str]:
    """Delete the oldest exports of days until ``kept`` are left, unpublished ones apart; return their names.

    Whatever has no day for a name, or is no export, is left alone.
    """
    old = [name for names in (_DAY, _UNPUBLISHED) for name in shelf.exports(names)[:-kept]]
    for name in old:
        shelf.remove(name)
    return old


def _publish(workbench: Workbench, shelf: Shelf, day: str) -> dict[str, Any]:
    """Make an export, and give it the name of its day if it may have it.

    Raises:
        ConflictError: it fails its own check, or would break whoever reads the last one.
    """
    unpublished = f"{day}-unpublished"
    with shelf.draft(unpublished) as draft:
        manifest = writer.write(workbench, workbench.system_actor(), draft)
        faults = _faults(draft, shelf)
        shelf.keep(draft, unpublished if faults else day)
    if faults:
        more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise ConflictError(
            f"The export of {day} was not published: {'; '.join(faults[:_SHOWN])}{more}. It is in "
            f"{shelf.place(unpublished)}. If readers can do with it, rename it to {day}: the next are "
            "compared with it."
        )
    return manifest


def _faults(draft: Path, shelf: Shelf) -> list[str]:
    """Say what is wrong with an export, and what readers of the one before could not rely on in it."""
    if faults := [str(violation) for violation in validate.check(draft)]:
        return faults
    before = shelf.exports(_DAY)
    if not before:
        return []
    changes = contract.compare(shelf.package(before[-1]), contract.read_package(draft))
    return [f"{change} (as it is in {before[-1]})" for change in contract.breaking(changes)]
