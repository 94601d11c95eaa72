"""Take the README's picture: ``python -m tests.browser.screenshot_board [OUT]``."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from tests.browser.chromium import chromium, window
from tests.browser.png import shrink
from tests.browser.serving import serving
from web.demo import story

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / ".github" / "board.png"
MOST_BYTES = 250_000
#: The demo ends on this morning, a Tuesday, so that the picture is the same whenever it is taken.
_MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def take(target: Path) -> int:
    """Write a 1440x900 picture of the demo's board in light colours; return its size in bytes."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        settings = Settings(content=str(ROOT), database=f"sqlite:///{folder}/workbench.db")
        workbench = Workbench(settings, clock=FixedClock(_MORNING))
        try:
            story.tell(workbench)
            with serving(workbench) as site, window(browser, site) as opened:
                picture = opened.sign_in("mara").screenshot(animations="disabled")
        finally:
            workbench.close()
    target.write_bytes(shrink(picture))
    return target.stat().st_size


def main(words: list[str]) -> int:
    """Take the picture; say where it is and whether it is small enough for a README."""
    target = Path(words[0]) if words else TARGET
    size = take(target)
    print(f"{target}: {size:,} bytes")
    return 0 if size < MOST_BYTES else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
