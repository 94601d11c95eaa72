"""The questions in the RUNBOOK are asked as they stand there, of a real store (H10)."""

from __future__ import annotations

from datetime import date

import pytest

from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.errors import ConflictError
from engine.reference.models import Employee
from engine.store import Database
from engine.tasks.models import Note, Task
from engine.upgrades import open_store
from tests.documents import fences
from tests.golden.stores import RELEASES, put

URL = "sqlite:///var/workbench.db"


def examples() -> list[str]:
    return [fence.text for fence in fences("web/RUNBOOK.md") if fence.tag == "python"]


@pytest.fixture
def url(database_url: str) -> str:
    """The store of the release before, upgraded."""
    put(RELEASES[-1], database_url)
    open_store(database_url, migrate=True).close()
    return database_url


def say(number: int, url: str, capsys: pytest.CaptureFixture[str], **changes: str) -> list[str]:
    """Run an example on a store; return the lines that it prints."""
    code = examples()[number]
    for old, new in {URL: url, **changes}.items():
        assert old in code
        code = code.replace(old, new)
    exec(compile(code, f"RUNBOOK example {number + 1}", "exec"), {})  # noqa: S102 - it is our own document
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def records(url: str, settings) -> dict[type, list]:
    from dataclasses import replace

    workbench = Workbench(replace(settings, database=url, blobs=str(settings.blob_folder)))
    with workbench.reading(workbench.operator()) as tx:
        found = {kind: tx.find(kind) for kind in (Task, Note, Bundle, Employee)}
    workbench.close()
    return found


def test_there_are_three():
    assert len(examples()) == 3


@pytest.mark.few(1)
def test_tasks_that_are_late_are_counted_by_who_has_them(url: str, records, capsys):
    today = date(2026, 12, 1)
    said = say(0, url, capsys, **{"date.today().isoformat()": repr(today.isoformat())})
    names = {row.employee_id: row.name for row in records[Employee]}
    late = [row for row in records[Task] if row.is_active and row.due_date and row.due_date < today]
    expected = dict.fromkeys({names.get(row.assignee_id, "nobody") for row in late}, 0)
    for row in late:
        expected[names.get(row.assignee_id, "nobody")] += 1
    assert len(expected) > 2
    assert dict(line.split(": ") for line in said) == {name: str(n) for name, n in expected.items()}


@pytest.mark.few(1)
def test_notes_with_a_word_are_found_with_their_task(url: str, records, capsys):
    said = say(1, url, capsys)
    numbers = {row.task_id: row.task_number for row in records[Task]}
    notes = [row for row in records[Note] if "guest" in row.body.lower()]
    assert notes
    assert sorted(said) == sorted(
        f"#{numbers[row.task_id]} {row.created_at.date()}: {row.body}" for row in notes
    )


@pytest.mark.few(1)
def test_bundles_of_a_template_are_told_with_how_far_they_are(url: str, records, capsys):
    said = say(2, url, capsys)
    bundles = [row for row in records[Bundle] if row.template_id == "newsletter" and row.status == "active"]
    assert bundles
    expected = []
    for bundle in bundles:
        tasks = [row for row in records[Task] if row.bundle_id == bundle.bundle_id]
        done = sum(row.status == "completed" for row in tasks)
        expected.append(f"{bundle.title}, {bundle.anchor_date}: {done} of {len(tasks)} completed")
    assert sorted(said) == sorted(expected)


@pytest.mark.few(1)
def test_nothing_in_the_store_of_workbench_is_changed_that_way(url: str, records):
    with Database(url) as db:
        with pytest.raises(ConflictError, match="only read"):
            db.table("tasks").update({"status": "completed"})
        assert {row["status"] for row in db.table("tasks")} == {row.status for row in records[Task]}
