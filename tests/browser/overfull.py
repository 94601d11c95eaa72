"""A workspace at the limits that pages must bear: a full column, long titles, long lists."""

from __future__ import annotations

from io import BytesIO

from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.deliverables import comments, versions
from engine.tasks import create, notes, steps
from engine.tasks.models import Task
from tests.factories import make_bundle, make_task

#: 120 characters with nowhere to break.
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
LONG_TITLE = (
    "Write up what the readers of the spring issue asked us about the long way "
    "round the lake, and what we answered them all"
)


def fill(workbench: Workbench) -> tuple[Task, Bundle]:
    """Make 200 tasks in one column and a task with 40 steps; return both it and a bundle."""
    content = workbench.content()
    titles = [UNBROKEN[:120] if number % 7 == 0 else f"{number} {LONG_TITLE}"[:120] for number in range(200)]
    with workbench.transaction(workbench.operator()) as tx:
        for title in titles:
            create.create(tx, content, create.NewTask.parse({"title": title, "task_type": "untyped"}))
    busy = make_task(workbench, title=UNBROKEN[:120], description=UNBROKEN * 3)
    with workbench.transaction(workbench.operator()) as tx:
        for number in range(40):
            steps.add_step(
                tx, busy.task_id, f"{number} {UNBROKEN}"[:120] if number % 5 else LONG_TITLE, UNBROKEN
            )
        notes.add(tx, busy.task_id, f"{UNBROKEN} https://example.com/{UNBROKEN}")
        row = versions.add(tx, busy.task_id, "draft", type="text", description=LONG_TITLE)
        blob = workbench.blobs.put(BytesIO(f"{UNBROKEN}\n{LONG_TITLE}\n".encode()), 10_000)
        name = f"{UNBROKEN[:80]}.txt"
        versions.edit(tx, row.deliverable_id, blob=blob, file_name=name, content_type="text/plain")
        for number in range(40):
            remark = f"{number} {UNBROKEN if number % 9 == 0 else LONG_TITLE}"
            comments.add(tx, row.deliverable_id, remark, {"line": 1} if number % 2 else None)
    return busy, make_bundle(workbench, "local_grid_scan", title=UNBROKEN[:120])
