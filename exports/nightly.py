"""The export of each night: a folder per day, and as many of them as are to be kept (EXP-11, D7).

It is written beside the others, checked, held against what the last one promised its readers, and only then
takes the name of its day. One that fails stays there as ``<day>-unpublished``, for somebody to look at.
"""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.app import Workbench
from engine.errors import ConflictError
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from exports import contract, validate, writer
from exports.layout import MANIFEST

EXPORT = Regular(name="export", when="10 2 * * *", purpose="writes an export of everything")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNPUBLISHED = re.compile(rf"{_DAY.pattern}-unpublished", re.ASCII)
_SHOWN = 5


def export(workbench: Workbench) -> Kind:
    """Give the job that writes the export of a day into the folder of the settings, and lets old ones go."""

    def write(context: Context) -> str:
        folder = Path(workbench.settings.export_folder)
        now = workbench.clock.now()
        day = folder / day_of(now, workbench.workspace.timezone)
        if (day / MANIFEST).exists():  # written by an attempt that was lost before it said so
            return f"{day} is there already."
        with context.kept():
            manifest = _publish(workbench, day)
        gone = let_go(folder, workbench.settings.exports_kept)
        count = sum(table.get("count", 0) for table in manifest["tables"].values())
        return f"{count} records in {day}." + (f" Let go: {', '.join(gone)}." if gone else "")

    return Kind(name=EXPORT.name, handle=write)


def day_of(moment: datetime, zone: str) -> str:
    """Name the folder of a moment: its day in the workspace's zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def let_go(folder: Path, kept: int) -> list[str]:
    """Delete the oldest exports of days until ``kept`` are left, unpublished ones apart; return their names.

    Whatever has no day for a name, or is no export, is left alone.
    """
    old = [path for names in (_DAY, _UNPUBLISHED) for path in _exports(folder, names)[:-kept]]
    for path in old:
        shutil.rmtree(path)
    return [path.name for path in old]


def _exports(folder: Path, names: re.Pattern[str]) -> list[Path]:
    """Return the exports with such names, the oldest first."""
    return sorted(path for path in folder.iterdir() if names.fullmatch(path.name) and _is_export(path))


def _is_export(path: Path) -> bool:
    return not path.is_symlink() and (path / MANIFEST).is_file()


def _publish(workbench: Workbench, day: Path) -> dict[str, Any]:
    """Write an export under another name, and give it the name of its day if it may have it.

    Raises:
        ConflictError: it fails its own check, or would break whoever reads the last one.
    """
    draft = day.with_name(f"{day.name}-unpublished")
    if _is_export(draft):  # of an attempt before
        shutil.rmtree(draft)
    manifest = writer.write(workbench, workbench.system_actor(), draft)
    before = _exports(day.parent, _DAY)
    if faults := _faults(draft, before[-1] if before else None):
        more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise ConflictError(
            f"The export of {day.name} was not published: {'; '.join(faults[:_SHOWN])}{more}. It is in "
            f"{draft}. If readers can do with it, rename it to {day.name}: the next are compared with it."
        )
    draft.rename(day)
    return manifest


def _faults(draft: Path, before: Path | None) -> list[str]:
    """Say what is wrong with an export, and what readers of the one before could not rely on in it."""
    if faults := [str(violation) for violation in validate.check(draft)]:
        return faults
    if before is None:
        return []
    changes = contract.compare(contract.read_package(before), contract.read_package(draft))
    return [f"{change} (as it is in {before.name})" for change in contract.breaking(changes)]
