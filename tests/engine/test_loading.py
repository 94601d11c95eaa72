"""A store one version ahead keeps what a newer release wrote; in our own a stray field is named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from engine.app import Workbench
from engine.audit import history
from engine.audit.models import Event
from engine.entities import RECORD_TYPES
from engine.errors import StoreVersionError, UnreadableRecordError
from engine.reports import story
from engine.tasks import create, lifecycle, notes
from engine.tasks.models import Note, Task
from exports import writer
from tests.conftest import ROOT
from tests.newer_store import add_stranger, give_moods, upgrade
from tests.verified import events_of_intact


def models_in(annotation: Any) -> set[type[BaseModel]]:
    """The models among the types that a field may hold, however deep."""
    found = {annotation} if isinstance(annotation, type) and issubclass(annotation, BaseModel) else set()
    return found.union(*(models_in(part) for part in get_args(annotation)))


@pytest.fixture
def task(either_workbench: Workbench) -> Task:
    with either_workbench.transaction(either_workbench.operator()) as tx:
        new = create.NewTask.parse({"title": "Write", "task_type": "untyped"})
        return create.create(tx, either_workbench.content(), new)


@pytest.fixture
def restarted(either_workbench: Workbench, task: Task) -> Iterator[Workbench]:
    """A program that was started after the store was upgraded."""
    upgrade(either_workbench.settings.database, give_moods)
    engine = Workbench(either_workbench.settings, catalog=either_workbench.catalog)
    yield engine
    engine.close()


def document_of(workbench: Workbench, task: Task) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(workbench.database.table("tasks").read_row(task.task_id) or "")
    return document


def test_what_never_changes_is_made_once_for_all_who_read_it_and_what_does_for_each(
    either_workbench: Workbench, task: Task
):
    read: list[tuple[Task, list[Event]]] = []
    for _ in range(2):
        with either_workbench.reading(either_workbench.operator()) as tx:
            read.append((tx.get(Task, task.task_id), history.timeline(tx, task_id=task.task_id)))
    (first, events), (second, again) = read
    assert events
    assert list(map(id, events)) == list(map(id, again))
    assert first == second
    assert first is not second


@pytest.mark.parametrize("when", ["running", "restarted"])
def test_fields_and_columns_of_a_newer_release_survive_a_save(
    either_workbench: Workbench, restarted: Workbench, task: Task, when: str
):
    workbench = restarted if when == "restarted" else either_workbench
    with workbench.transaction(workbench.operator()) as tx:
        lifecycle.start(tx, task.task_id)
    saved = document_of(workbench, task)
    assert (saved["status"], saved["mood"], saved["moods"]) == ("in_progress", "glad", {"before": ["sad"]})
    with workbench.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tasks WHERE mood = 'glad'").scalar() == 1
    with workbench.reading(workbench.operator()) as tx:
        event = history.timeline(tx, task_id=task.task_id, limit=1)[0]
        assert set(event.after or {}) & {"mood", "moods"} == set()
        assert events_of_intact(tx)


def test_what_an_older_release_adds_has_nothing_in_the_new_column(restarted: Workbench):
    with restarted.transaction(restarted.operator()) as tx:
        new = create.NewTask.parse({"title": "Also", "task_type": "untyped"})
        added = create.create(tx, restarted.content(), new)
    assert "mood" not in document_of(restarted, added)


def test_words_of_events_that_a_newer_release_has_are_told_and_kept(restarted: Workbench, task: Task):
    with restarted.transaction(restarted.operator()) as tx:
        event = history.timeline(tx, task_id=task.task_id, limit=1)[0]
        stranger = add_stranger(tx, event)
    with restarted.reading(restarted.operator()) as tx:
        newest = history.timeline(tx, task_id=task.task_id, limit=1)[0]
        assert (newest.action, str(newest.action), newest.action.value) == ("task_nudged",) * 3
        assert json.loads(newest.to_json()) == stranger
        assert newest.to_data() == stranger
        told = story.of_task(tx, task.task_id)
        assert "Nudged Ana" in {entry.what for entry in told.entries}


def test_it_is_not_exported_by_a_release_that_would_leave_fields_out(restarted: Workbench, tmp_path):
    with pytest.raises(StoreVersionError, match=r"Nothing was written\. Export with the newer release"):
        writer.write(restarted, restarted.operator(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_stray_field_in_a_store_of_our_own_version_is_named_with_its_record(
    either_workbench: Workbench, task: Task
):
    document = {**document_of(either_workbench, task), "mood": "glad"}
    table = either_workbench.database.table("tasks")
    table.replace_row({"task_id": task.task_id}, json.dumps(document))
    with (
        pytest.raises(
            UnreadableRecordError, match=rf"tasks {task.task_id} .* field mood.*drop_field"
        ) as caught,
        either_workbench.reading(either_workbench.operator()) as tx,
    ):
        tx.get(Task, task.task_id)
    assert caught.value.code == "UNREADABLE_RECORD"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": None}, "its field title cannot be right"),
        ({"task_type": 7}, "its field task_type cannot be right"),
        ({"status": "napping"}, "its field status cannot be right"),
    ],
)
def test_a_value_that_cannot_be_right_is_named_in_either_version(
    either_workbench: Workbench, task: Task, change: dict[str, Any], said: str
):
    document = {**document_of(either_workbench, task), **change}
    either_workbench.database.table("tasks").replace_row({"task_id": task.task_id}, json.dumps(document))
    for ahead in (False, True):
        if ahead:
            upgrade(either_workbench.settings.database)
        with (
            pytest.raises(UnreadableRecordError, match=f"tasks {task.task_id} .*{said}"),
            either_workbench.reading(either_workbench.operator()) as tx,
        ):
            tx.get(Task, task.task_id)


def test_what_is_no_document_at_all_is_said_to_be_unreadable(either_workbench: Workbench, task: Task):
    for text in ("{", "[]"):
        either_workbench.database.table("tasks").replace_row({"task_id": task.task_id}, text)
        with (
            pytest.raises(UnreadableRecordError, match=r"tasks .* cannot be read"),
            either_workbench.reading(either_workbench.operator()) as tx,
        ):
            tx.get(Task, task.task_id)


def test_lists_take_the_same_way(restarted: Workbench, task: Task):
    with restarted.transaction(restarted.operator()) as tx:
        notes.add(tx, task.task_id, "A remark")
        assert [row.mood for row in tx.find(Task)] == ["glad"]  # type: ignore[attr-defined]
        assert [row.body for row in tx.find(Note)] == ["A remark"]


def test_no_record_holds_a_model_of_its_own_whose_unknown_fields_would_be_lost():
    assert models_in(list[dict[str, Task | None]]) == {Task}
    for record_type in RECORD_TYPES:
        for name, field in record_type.model_fields.items():
            assert not models_in(field.annotation), f"{record_type.__name__}.{name}"


def test_whoever_reads_a_stored_text_says_what_becomes_of_unknown_fields():
    for room in ("engine", "exports", "web"):
        files = sorted((ROOT / room).rglob("*.py"))
        assert files
        for path in files:
            calls = re.findall(r"\.model_validate_json\((.*)", path.read_text(encoding="utf-8"))
            assert [call for call in calls if "extra=" not in call] == [], path.name
