"""Which file below ``content/`` is what: its kind, its scope and its name (content-format.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

from engine.budgets import FILES_OF_CONTENT

CONTENT = "content"
FileKind = Literal[
    "task_type", "task_template", "override", "calendar", "reminders", "process_doc", "scenario", "misplaced"
]
_SCENARIO = ".scenario.yaml"
_PLAYED = ("task_template", "override")

_ROOMS: dict[str, FileKind] = {
    "task_types": "task_type",
    "task_templates": "task_template",
    "calendars": "calendar",
    "reminders": "reminders",
}
_OVERRIDE_LEVELS = {"partners": "partner", "campaigns": "campaign"}


@dataclass(frozen=True)
class Place:
    """What a content file is, judged by its path alone."""

    kind: FileKind
    #: The file's name without its ending: the key or id that it must hold.
    name: str
    #: ``global``, ``partner`` or ``campaign``.
    level: str = "global"
    #: The key of the partner or campaign; empty for global files.
    scope_key: str = ""


@lru_cache(2 * FILES_OF_CONTENT)
def kind_of(path: str) -> Place | None:
    """Say what the file at ``path`` (below the folder that holds ``content/``) is; None for other files.

    Scenario files, schemas, README files and hidden files are no content of the catalog. A YAML or
    Markdown file in a place where no content belongs is ``misplaced``, so that nobody's work is
    ignored silently.
    """
    parts = PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] != CONTENT or any(part.startswith(".") for part in parts):
        return None
    file, room = PurePosixPath(parts[-1]), parts[1]
    if room == "schemas" or file.stem.upper() == "README" or file.name.endswith(_SCENARIO):
        return None
    if room == "process_docs" and len(parts) > 2:
        return Place("process_doc", file.stem) if file.suffix == ".md" else _stray(file)
    if file.suffix == ".yaml":
        if room in _ROOMS and len(parts) == 3:
            return Place(_ROOMS[room], file.stem)
        if room == "task_templates" and len(parts) == 5 and parts[2] in _OVERRIDE_LEVELS:
            return Place("override", file.stem, _OVERRIDE_LEVELS[parts[2]], parts[3])
    return _stray(file)


def scenario_at(path: str) -> Place | None:
    """Say which template, with which override, the scenario file at ``path`` plays; None for other files.

    It stands beside the template or the override. Anywhere else it is ``misplaced``.
    """
    if not path.endswith(_SCENARIO):
        return None
    played = kind_of(f"{path.removesuffix(_SCENARIO)}.yaml")
    if played is None:
        return None
    return replace(played, kind="scenario" if played.kind in _PLAYED else "misplaced")


def _stray(file: PurePosixPath) -> Place | None:
    return Place("misplaced", file.stem) if file.suffix in {".yaml", ".yml"} else None


def editor_line(path: str, kind: FileKind) -> str:
    """Return the first line that a YAML file needs for completion and hover help in editors."""
    up = "../" * (len(PurePosixPath(path).parts) - 2)
    return f"# yaml-language-server: $schema={up}schemas/{kind}.schema.json"
