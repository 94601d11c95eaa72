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
from engine.jobs import exporting
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from exports import contract, shelves, validate, writer
from exports.shelves import Shelf

EXPORT = Regular(name="export", when="10 2 * * *", purpose="writes an export of everything")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ASKED = re.compile(r"job_[0-9A-Z]{26}", re.ASCII)
_UNPUBLISHED = re.compile(rf"(?:{_DAY.pattern}|{_ASKED.pattern})-unpublished", re.ASCII)
_SHOWN = 5


def export(workbench: Workbench) -> Kind:
    """Give the job that writes the export of a day where the settings say, and lets old ones go."""

    def write(context: Context) -> str:
        day = day_of(workbench.clock.now(), workbench.workspace.timezone)
        return _written(workbench, context, day, is_promised=True)

    return Kind(name=EXPORT.name, handle=write)


def asked(workbench: Workbench) -> Kind:
    """Give the job that writes an export that somebody asked for beside those of the days, by its own id."""
    return Kind(
        name=exporting.KIND,
        handle=lambda context: _written(workbench, context, context.job_id, is_promised=False),
    )


def _written(workbench: Workbench, context: Context, name: str, *, is_promised: bool) -> str:
    """Write an export, unless it is there, and let old ones go; say what came of it."""
    shelf = shelves.shelf_of(workbench.settings)
    place = shelf.place(name)
    if shelf.has(name):  # written by an attempt that was lost before it said so
        return f"{place} is there already."
    with context.kept():
        manifest = _publish(workbench, shelf, name, is_promised=is_promised)
    gone = let_go(shelf, workbench.settings.exports_kept)
    count = sum(table.get("count", 0) for table in manifest["tables"].values())
    return f"{count} records in {place}." + (f" Let go: {', '.join(gone)}." if gone else "")


def day_of(moment: datetime, zone: str) -> str:
    """Name the export of a moment: its day in the workspace's zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def let_go(shelf: Shelf, kept: int) -> list[str]:
    """Delete the oldest exports until ``kept`` are left; return their names.

    So many are kept of the days, of those that were asked for, and of unpublished ones. Whatever has another
    name, or is no export, is left alone.
    """
    old = [name for names in (_DAY, _ASKED, _UNPUBLISHED) for name in shelf.exports(names)[:-kept]]
    for name in old:
        shelf.remove(name)
    return old


def _publish(workbench: Workbench, shelf: Shelf, name: str, *, is_promised: bool) -> dict[str, Any]:
    """Make an export, and give it its name if it may have it.

    One that ``is_promised`` is held against the last of a day.

    Raises:
        ConflictError: it fails its own check, or would break whoever reads the last one.
    """
    unpublished = f"{name}-unpublished"
    with shelf.draft(unpublished) as draft:
        manifest = writer.write(workbench, workbench.system_actor(), draft)
        faults = _faults(draft, shelf, is_promised=is_promised)
        shelf.keep(draft, unpublished if faults else name)
    if faults:
        more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        next_ones = ": the next are compared with it" if is_promised else ""
        raise ConflictError(
            f"The export of {name} was not published: {'; '.join(faults[:_SHOWN])}{more}. It is in "
            f"{shelf.place(unpublished)}. If readers can do with it, give it the name {name}{next_ones}."
        )
    return manifest


def _faults(draft: Path, shelf: Shelf, *, is_promised: bool) -> list[str]:
    """Say what is wrong with an export, and what readers of the one before could not rely on in it."""
    if faults := [str(violation) for violation in validate.check(draft)]:
        return faults
    before = shelf.exports(_DAY) if is_promised else []
    if not before:
        return []
    changes = contract.compare(shelf.package(before[-1]), contract.read_package(draft))
    return [f"{change} (as it is in {before[-1]})" for change in contract.breaking(changes)]
