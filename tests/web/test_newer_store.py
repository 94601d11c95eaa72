"""The board goes on when a newer release upgrades the store under it, and shows what it does not know."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.audit import history
from engine.tasks import create
from engine.tasks.models import Task
from tests.newer_store import add_stranger, give_moods, upgrade


@pytest.fixture
def task(workbench: Workbench, people) -> Task:
    with workbench.transaction(people["mara"]) as tx:
        new = create.NewTask.parse({"title": "Write the letter", "task_type": "untyped"})
        made = create.create(tx, workbench.content(), new)
    upgrade(workbench.settings.database, give_moods)
    with workbench.transaction(people["mara"]) as tx:
        add_stranger(tx, history.timeline(tx, task_id=made.task_id, limit=1)[0])
    return made


@pytest.mark.parametrize("path", ["/board", "/my-work", "/inbox", "/stuck", "/tasks/{}", "/tasks/{}/story"])
def test_every_page_with_such_records_is_shown(mara, task: Task, path: str):
    page = mara.get(path.format(task.task_id))
    assert page.status_code == 200
    if "{}" in path:
        assert "Nudged Ana" in page.text


def test_a_verb_works_and_keeps_what_it_does_not_know(mara, task: Task, workbench: Workbench):
    assert mara.post(f"/tasks/{task.task_id}/start").status_code == 303
    with workbench.reading(workbench.operator()) as tx:
        saved = tx.get(Task, task.task_id)
        assert (saved.status, saved.to_data()["mood"]) == ("in_progress", "glad")


def test_doctor_and_upgrade_say_that_the_store_is_ahead(cli, task: Task):
    assert "one ahead of this program" in cli("doctor").out
    for words in (("upgrade",), ("upgrade", "--check")):
        answer = cli(*words)
        assert answer.code == 0
        assert answer.out.startswith("Nothing to do.")
        assert "one ahead of this program" in answer.out
    assert cli("task", "list").code == 0
    assert cli("export", "out").code == 3
