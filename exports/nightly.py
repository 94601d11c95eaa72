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
from engine.jobs import exporting
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from exports import contract, validate, writer
from exports.layout import MANIFEST

EXPORT = Regular(name="export", when="10 2 * * *", purpose="writes an export of everything")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ASKED = re.compile(r"job_[0-9A-Z]{26}", re.ASCII)
_UNPUBLISHED = re.compile(rf"(?:{_DAY.pattern}|{_ASKED.pattern})-unpublished", re.ASCII)
_SHOWN = 5


def export(workbench: Workbench) -> Kind:
    """Give the job that writes the export of a day into the folder of the settings, and lets old ones go."""

    def write(context: Context) -> str:
        folder = Path(workbench.settings.export_folder)
        now = workbench.clock.now()
        day = folder / day_of(now, workbench.workspace.timezone)
        if (day / MANIFEST).exists():  # written by an attempt that was lost before it said so
            return f"{day} is there already."
        return _written(workbench, context, day, is_promised=True)

    return Kind(name=EXPORT.name, handle=write)


def asked(workbench: Workbench) -> Kind:
    """Give the job that writes an export that somebody asked for beside those of the days, by its own id."""

    def write(context: Context) -> str:
        place = Path(workbench.settings.export_folder) / context.job_id
        if (place / MANIFEST).exists():  # as above
            return f"{place} is there already."
        return _written(workbench, context, place, is_promised=False)

    return Kind(name=exporting.KIND, handle=write)


def _written(workbench: Workbench, context: Context, place: Path, *, is_promised: bool) -> str:
    """Write an export and let old ones go; say what came of it."""
    with context.kept():
        manifest = _publish(workbench, place, is_promised=is_promised)
    gone = let_go(place.parent, workbench.settings.exports_kept)
    count = sum(table.get("count", 0) for table in manifest["tables"].values())
    return f"{count} records in {place}." + (f" Let go: {', '.join(gone)}." if gone else "")


def day_of(moment: datetime, zone: str) -> str:
    """Name the folder of a moment: its day in the workspace's zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def let_go(folder: Path, kept: int) -> list[str]:
    """Delete the oldest exports until ``kept`` are left; return their names.

    So many are kept of the days, of those that were asked for, and of unpublished ones. Whatever has another
    name, or is no export, is left alone.
    """
    old = [path for names in (_DAY, _ASKED, _UNPUBLISHED) for path in _exports(folder, names)[:-kept]]
    for path in old:
        shutil.rmtree(path)
    return [path.name for path in old]


def _exports(folder: Path, names: re.Pattern[str]) -> list[Path]:
    """Return the exports with such names, the oldest first."""
    return sorted(path for path in folder.iterdir() if names.fullmatch(path.name) and _is_export(path))


def _is_export(path: Path) -> bool:
    return not path.is_symlink() and (path / MANIFEST).is_file()


def _publish(workbench: Workbench, place: Path, *, is_promised: bool) -> dict[str, Any]:
    """Write an export under another name, and give it its own if it may have it.

    One that ``is_promised`` is held against the last of a day.

    Raises:
        ConflictError: it fails its own check, or would break whoever reads the last one.
    """
    draft = place.with_name(f"{place.name}-unpublished")
    if _is_export(draft):  # of an attempt before
        shutil.rmtree(draft)
    manifest = writer.write(workbench, workbench.system_actor(), draft)
    before = _exports(place.parent, _DAY) if is_promised else []
    if faults := _faults(draft, before[-1] if before else None):
        more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise ConflictError(
            f"The export of {place.name} was not published: {'; '.join(faults[:_SHOWN])}{more}. It is in "
            f"{draft}. If readers can do with it, rename it to {place.name}: the next are compared with it."
        )
    draft.rename(place)
    return manifest


def _faults(draft: Path, before: Path | None) -> list[str]:
    """Say what is wrong with an export, and what readers of the one before could not rely on in it."""
    if faults := [str(violation) for violation in validate.check(draft)]:
        return faults
    if before is None:
        return []
    changes = contract.compare(contract.read_package(before), contract.read_package(draft))
    return [f"{change} (as it is in {before.name})" for change in contract.breaking(changes)]
