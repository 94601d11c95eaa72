"""The export of each night: a folder per day, and as many of them as are to be kept (EXP-11)."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.app import Workbench
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from exports import writer
from exports.layout import MANIFEST

EXPORT = Regular(name="export", when="10 2 * * *", purpose="writes an export into `export_folder`")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def export(workbench: Workbench) -> Kind:
    """Give the job that writes the export of a day into the folder of the settings, and lets old ones go."""

    def write(context: Context) -> str:
        folder = Path(workbench.settings.export_folder)
        now = workbench.clock.now()
        day = folder / day_of(now, workbench.workspace.timezone)
        if (day / MANIFEST).exists():  # written by an attempt that was lost before it said so
            return f"{day} is there already."
        with context.kept():
            manifest = writer.write(workbench, workbench.system_actor(), day)
        gone = let_go(folder, workbench.settings.exports_kept)
        count = sum(table.get("count", 0) for table in manifest["tables"].values())
        return f"{count} records in {day}." + (f" Let go: {', '.join(gone)}." if gone else "")

    return Kind(name=EXPORT.name, handle=write)


def day_of(moment: datetime, zone: str) -> str:
    """Name the folder of a moment: its day in the workspace's zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def let_go(folder: Path, kept: int) -> list[str]:
    """Delete the oldest exports of days until ``kept`` are left; return their names.

    Whatever has no day for a name, or is no export, is left alone.
    """
    days = sorted(path for path in folder.iterdir() if _DAY.fullmatch(path.name) and _is_export(path))
    old = days[: max(0, len(days) - kept)]
    for path in old:
        shutil.rmtree(path)
    return [path.name for path in old]


def _is_export(path: Path) -> bool:
    return not path.is_symlink() and (path / MANIFEST).is_file()
