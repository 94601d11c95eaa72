"""Makes a copy of this program that is one release further: tasks have one more field, column and index."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_ROOMS = ("engine", "exports", "web")
#: The field follows the id; it is promoted and has an index, and a step adds its column.
_FIELD = "    mood: str | None = None\n"
_SPEC = """

_old = Task.spec
Task.spec = __import__("dataclasses").replace(
    _old, promoted=(*_old.promoted, "mood"), indexes=(*_old.indexes, ("workspace_id", "mood"))
)
"""
_STEP = """

def _add_mood(connection: Connection) -> None:
    add_column(connection, "tasks", "mood", "text")


MIGRATIONS = (
    *MIGRATIONS,
    Migration(MIGRATIONS[-1].version + 1, "tasks have a mood", _add_mood, release="next"),
)
"""


def make(folder: Path) -> Path:
    """Copy the program into ``folder`` and take it one release further; return the folder."""
    for room in _ROOMS:
        shutil.copytree(_ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    models = folder / "engine" / "tasks" / "models.py"
    text, count = re.subn(
        r"(\nclass Task\(.*?\n    task_id: str\n)",
        rf"\1{_FIELD}",
        models.read_text(encoding="utf-8"),
        count=1,
        flags=re.DOTALL,
    )
    if not count:
        raise SystemExit("engine/tasks/models.py has no class Task with a task_id any more; mend this file.")
    models.write_text(text + _SPEC, encoding="utf-8")
    upgrades = folder / "engine" / "upgrades.py"
    upgrades.write_text(upgrades.read_text(encoding="utf-8") + _STEP, encoding="utf-8")
    return folder
