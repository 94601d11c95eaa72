"""What a change of the content means for running bundles, beside reading those bundles (D1)."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from sqlalchemy import select

from benchmarks import measure
from benchmarks.fill import TEMPLATES
from benchmarks.measure import Figure
from benchmarks.stand import Stand, git
from engine.bundles.models import Bundle, BundleStatus
from engine.catalog.catalog import Catalog
from engine.catalog.content import Content
from engine.migration.impact import impact
from engine.migration.queries import StoredWork
from engine.tasks.models import Task
from engine.transaction import Transaction

_TOPIC = "Impact of a change of the content"


def beside_reading(stand: Stand, times: int, database: str = "") -> list[Figure]:
    """Compare the report on all running bundles with reading their documents and those of their tasks."""
    base, head = _contents(stand)
    with stand.workbench.reading(stand.admin) as tx:
        bundles = len(impact(base, head, StoredWork(tx)).bundles)
        cases = {
            "report": lambda: impact(base, head, StoredWork(tx)),
            "reading": lambda: _read(tx),
        }
        found = measure.interleave(cases, rounds=max(3, times // 4))
    ours, theirs = found["report"], found["reading"]
    what = f"report : reading the same {bundles:,} bundles and their tasks{database}"
    ratio = measure.ratio(ours, theirs, database)
    return [measure.at_most(_TOPIC, what, ratio, 2, measure.pair(ours, theirs))]


def _contents(stand: Stand) -> tuple[Content, Content]:
    """Return the content, and with every kind of change in the templates that stores are filled from."""
    folder = Path(stand.workbench.settings.content)
    if _has_branch(folder):
        return stand.content, Catalog(folder, ref="changed").content()
    git(folder, "checkout", "-q", "-b", "changed")
    for key in TEMPLATES:
        file = folder / "content" / "task_templates" / f"{key}.yaml"
        file.write_text(_changed(file.read_text(encoding="utf-8")), encoding="utf-8")
    git(folder, "commit", "-q", "-a", "-m", "Change everything")
    git(folder, "checkout", "-q", "-")
    return stand.content, Catalog(folder, ref="changed").content()


def _has_branch(folder: Path) -> bool:
    asked = ["git", "rev-parse", "--verify", "--quiet", "changed"]
    return subprocess.run(asked, cwd=folder, check=False, capture_output=True).returncode == 0


def _changed(text: str) -> str:
    """Return a template with other days, titles, persons and duties."""
    text = re.sub(r"offset_days: (-?\d+)", lambda found: f"offset_days: {int(found[1]) - 1}", text)
    text = re.sub(r"\{offset: (-?\d+)", lambda found: f"{{offset: {int(found[1]) - 1}", text)
    text = re.sub(r"^(    title: \"?)", r"\1Now ", text, flags=re.MULTILINE)
    text = re.sub(r"assignee: \{role: \w+\}", "assignee: {role: writer}", text)
    return text.replace("required: false", "required: true")


def _read(tx: Transaction) -> int:
    bundles, tasks = (tx.database.sql_table(kind.spec.table) for kind in (Bundle, Task))
    running = (bundles.c.workspace_id == tx.workspace_id, bundles.c.status == BundleStatus.ACTIVE.value)
    of_bundles = select(bundles.c.document).where(*running)
    of_tasks = (
        select(tasks.c.document).join(bundles, bundles.c.bundle_id == tasks.c.bundle_id).where(*running)
    )
    read = [
        json.loads(text)
        for chosen in (of_bundles, of_tasks)
        for text in tx.connection.execute(chosen).scalars()
    ]
    return len(read)
