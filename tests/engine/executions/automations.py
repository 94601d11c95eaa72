"""A Python that has the sample automations installed, as an operator would have it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from venv import EnvBuilder

from tests.engine.executions import sample_automations

_NAMES = ("calls", "tells", "steps", "misbehaves")


def install(folder: Path) -> str:
    """Make a virtual environment with the sample automations in it; return its Python."""
    EnvBuilder(symlinks=True, with_pip=False).create(folder)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    shutil.copy(sample_automations.__file__, packages / "sample_automations.py")
    described = packages / "sample_automations-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-automations\nVersion: 1.0\n")
    points = [f"{name} = sample_automations:{name}" for name in _NAMES]
    (described / "entry_points.txt").write_text("\n".join(["[workbench.executors]", *points, ""]))
    return str(folder / "bin" / "python")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not buried yet does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
