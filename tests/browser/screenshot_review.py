"""Take the README's picture of a pull request: ``python -m tests.browser.screenshot_review [OUT]``.

It makes the pull request, a branch that changes the content of this repository, has ``workbench content
review`` say what that means for the bundles of the demo, and shows that as the comment that CI posts.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from tests.browser.chromium import chromium
from tests.browser.png import shrink
from tests.conftest import commit_all, git
from web import markdown
from web.demo import story

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / ".github" / "review.png"
MOST_BYTES = 150_000
_MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_TEMPLATE = "content/task_templates/newsletter.yaml"
#: What stands there, and what takes its place, the first time that it does.
_CHANGES = (
    (
        'the complete figures of Mailchimp, LinkedIn and X", follow_up_days: 1',
        'the complete figures of Mailchimp, LinkedIn and X", follow_up_days: 3',
    ),
    (
        "- {kind: comment, label: Figures sent to the sponsor, required: true}",
        "- {kind: file, label: The figures as they were sent, required: true}",
    ),
)
_WHY = """Ask less often for figures, and keep those that were sent

Clicks come in for days, and of two sponsors nobody knew any more what they had been sent.
"""
#: As a forge shows a comment: whose it is, and its Markdown in light colours.
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 16px; width: 828px; background: #fff; color: #1f2328;
       font: 14px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.comment { border: 1px solid #d1d9e0; border-radius: 6px; }
.by { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0;
      color: #59636e; }
.by b { color: #1f2328; } .text { padding: 4px 16px 12px; }
h2, h3, h4, h5, h6 { margin: 16px 0 8px; line-height: 1.25; }
h2 { font-size: 21px; padding-bottom: 6px; border-bottom: 1px solid #d1d9e0; }
h3 { font-size: 17px; } h4 { font-size: 15px; } h5, h6 { font-size: 14px; } p, ul { margin: 0 0 10px; }
ul { padding-left: 24px; } code { padding: 1px 5px; background: #eff1f3; border-radius: 6px;
     font: 12px/1.5 "Liberation Mono", "DejaVu Sans Mono", monospace; }
table { border-collapse: collapse; margin-bottom: 10px; }
th, td { padding: 5px 12px; border: 1px solid #d1d9e0; text-align: left; }
</style><div class="comment"><div class="by"><b>github-actions</b> bot commented</div>
<div class="text">%s</div></div>"""


def change(folder: Path) -> None:
    """Make the pull request: a branch with one commit, in a repository of the content as it is here."""
    shutil.copytree(ROOT / "content", folder / "content")
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "The content")
    git(folder, "switch", "-q", "-c", "figures")
    file = folder / _TEMPLATE
    for before, after in _CHANGES:
        text = file.read_text(encoding="utf-8")
        if before not in text:
            raise SystemExit(f"{_TEMPLATE} has no {before!r} any more: write another change here.")
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
    commit_all(folder, _WHY)


def review(folder: Path) -> str:
    """Return the review of the pull request for the bundles of the demo, as Markdown."""
    settings = Settings(content=str(folder), content_ref="main", database=f"sqlite:///{folder}/workbench.db")
    workbench = Workbench(settings, clock=FixedClock(_MORNING))
    try:
        story.tell(workbench)
    finally:
        workbench.close()
    words = ["--content", str(folder), "--database", settings.database]
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "web.cli",
            *words,
            "content",
            "review",
            "main...figures",
            "--format",
            "markdown",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise SystemExit(told.stdout + told.stderr)
    return told.stdout


def take(target: Path) -> int:
    """Write a picture of the comment in light colours; return its size in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        change(Path(folder))
        html = markdown.render(review(Path(folder)), below=1, is_document=True)
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 860, "height": 400}, color_scheme="light")
        page.set_content(_PAGE % html)
        picture = page.screenshot(full_page=True, animations="disabled")
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
