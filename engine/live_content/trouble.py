"""That the last fetch of the content failed: since when and why, beside the clone, for all who share it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from engine.clock import to_text
from engine.config import Settings

_FILE = "workbench-fetch-failed.json"


@dataclass(frozen=True)
class Trouble:
    """Why nothing newer comes."""

    #: The moment of the first fetch that failed, since the last that did not.
    since: datetime
    #: What the last one said.
    why: str


def current(settings: Settings) -> Trouble | None:
    """Return why the last fetch failed; None where it did not, or nothing is fetched. Asks no store."""
    if not settings.content_remote:
        return None
    try:
        told = json.loads((settings.clone_folder / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Trouble(datetime.fromisoformat(told["since"]), told["why"])


def note(settings: Settings, why: str, now: datetime) -> None:
    """Keep that a fetch failed.

    Raises:
        OSError: there is no room for it.
    """
    known = current(settings)
    told = {"since": to_text(known.since if known else now), "why": why}
    settings.clone_folder.mkdir(parents=True, exist_ok=True)
    written = settings.clone_folder / f"{_FILE}.part"
    written.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    written.replace(settings.clone_folder / _FILE)


def clear(settings: Settings) -> None:
    """Keep that the last fetch did not fail."""
    (settings.clone_folder / _FILE).unlink(missing_ok=True)
