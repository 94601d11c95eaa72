"""An automation, as other packages bring theirs (``workbench.executors``): it takes most of an hour.

It stands in for a program that renders a film, so that the demo has something to follow while it runs, and to
stop. It changes nothing outside. What is done of it is kept: the next attempt goes on with the scene that the
one before it was in.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.executions.executors.automation_program import Attempt, Call

#: The scenes, each of which is a step, and how long one of them takes.
SCENES = ("Arrival", "The tents", "The evening", "Titles")
MINUTES = 12
_TOLD_EVERY = 20.0


def render(attempt: Attempt) -> dict[str, Any]:
    """Render scene by scene; say how far it is."""
    for scene in SCENES:
        attempt.step(scene, partial(_render, attempt, scene), request=scene)
    return {"summary": f"{len(SCENES)} scenes are rendered.", "outputs": {"scenes": list(SCENES)}}


def _render(attempt: Attempt, scene: str, _: Call) -> str:
    seconds = float(attempt.input.get("minutes", MINUTES)) * 60
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0:
        attempt.log(f"{scene}: {100 * (1 - left / seconds):.0f} %")
        time.sleep(min(left, _TOLD_EVERY))
    return f"{scene}, rendered"
