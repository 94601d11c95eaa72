"""An export of what changed since another one: all that it takes to go on, at that cost (T4)."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.audit.chain import Anchor
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import BadRequestError, ConflictError
from engine.store.rows import DocumentTable
from engine.tasks import files, lifecycle, notes
from engine.tasks.models import Task
from exports import load, manifest, restore, validate, writer
from exports.records import tables
from tests.exports.conftest import Copy
from tests.exports.test_load import assert_holds, database  # noqa: F401 - the fixture
from tests.factories import make_bundle, make_task


def whole(workbench: Workbench, folder: Path) -> Path:
    writer.write(workbench, workbench.operator(), folder)
    return folder


def changes(workbench: Workbench, folder: Path, before: Path) -> Path:
    writer.write(workbench, workbench.operator(), folder, validate.end_of(before))
    return folder


def lines(folder: Path) -> set[tuple[str, bytes]]:
    return {
        (table.name, line)
        for table in tables()
        for line in (folder / table.file_name).read_bytes().splitlines()
    }


def do_a_day(workbench: Workbench, day: int) -> None:
    """Move a task, say something, give a file, start a bundle of a new template."""
    with workbench.transaction(workbench.operator()) as tx:
        pending = [task for task in tx.find(Task) if task.status == "pending" and not task.blocked_by]
        first = min(pending, key=lambda task: task.task_number)
        lifecycle.start(tx, first.task_id)
        notes.add(tx, first.task_id, f"Begun on day {day}")
    blob = workbench.blobs.put(io.BytesIO(b"%PDF day " + bytes([65 + day])), 1000)
    task = make_task(workbench, title=f"Day {day}")
    with workbench.transaction(workbench.operator()) as tx:
        files.add(tx, task.task_id, blob, type="scan", label="Scan", file_name="scan.pdf")
    if day == 1:
        make_bundle(workbench, "newsletter", campaign="acme_spring")


def test_it_holds_what_differs_from_the_export_before_and_what_is_new(lived: Workbench, tmp_path: Path):
    before = whole(lived, tmp_path / "before")
    do_a_day(lived, 1)
    day, after = changes(lived, tmp_path / "day", before), whole(lived, tmp_path / "after")
    assert lines(after) - lines(before) <= lines(day) <= lines(after)
    assert len(lines(day)) < len(lines(after)) / 2
    told = json.loads((day / "manifest.json").read_text())
    assert told["after"] == json.loads((before / "manifest.json").read_text())["chain"]
    assert told["chain"] == json.loads((after / "manifest.json").read_text())["chain"]
    assert told["as_of"] == json.loads((after / "manifest.json").read_text())["as_of"]
    new = {path.name for path in (after / "blobs").iterdir()} - {
        path.name for path in (before / "blobs").iterdir()
    }
    assert {path.name for path in (day / "blobs").iterdir()} == new
    assert validate.examine(day).violations == []


@pytest.mark.wide  # a week of exports
def test_a_week_of_changes_on_a_whole_export_is_the_whole_export_of_its_end(
    lived: Workbench, clock: FixedClock, database: str, tmp_path: Path  # noqa: F811
):  # fmt: skip
    last = whole(lived, tmp_path / "whole")
    load.load(database, last)
    for day in range(7):
        clock.advance(days=1)
        do_a_day(lived, day)
        last = changes(lived, tmp_path / f"day-{day}", last)
        load.load(database, last)
    end = whole(lived, tmp_path / "end")
    assert_holds(database, end)
    assert load.load(database, end).total() == (0, 0, 0)


def test_nothing_that_happened_makes_an_export_of_the_workspace_alone(
    lived: Workbench, database: str, tmp_path: Path  # noqa: F811
):  # fmt: skip
    before = whole(lived, tmp_path / "before")
    nothing = changes(lived, tmp_path / "nothing", before)
    assert [table for table, _ in lines(nothing)] == ["workspaces"]
    assert validate.check(nothing) == []
    load.load(database, before)
    assert load.load(database, nothing).total() == (0, 0, 0)
    assert_holds(database, before)


# On top of what it may be loaded


def test_it_is_loaded_on_top_of_the_export_that_it_follows_and_of_no_other(
    lived: Workbench, database: str, tmp_path: Path  # noqa: F811
):  # fmt: skip
    first = whole(lived, tmp_path / "first")
    do_a_day(lived, 1)
    second = changes(lived, tmp_path / "second", first)
    do_a_day(lived, 2)
    third = changes(lived, tmp_path / "third", second)
    with pytest.raises(ConflictError, match=r"holds nothing yet\. Load a whole export first"):
        load.load(database, second)
    load.load(database, first)
    with pytest.raises(ConflictError, match="Load what is between first, or a whole export"):
        load.load(database, third)
    assert_holds(database, first)
    load.load(database, second)
    assert load.load(database, second).total() == (0, 0, 0), "the same one twice changes nothing"
    load.load(database, third)
    with pytest.raises(ConflictError, match="holds a newer export"):
        load.load(database, second)
    assert_holds(database, whole(lived, tmp_path / "end"))


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (Anchor(3, "f" * 64), "Event 3 of the store is not the one that 3:f+ names.* Export all of it"),
        (Anchor(99_999, "f" * 64), "The store goes to event .* after event 99999 was asked for"),
    ],
)
def test_an_end_that_the_store_never_had_is_refused(lived: Workbench, tmp_path: Path, end: Anchor, told: str):
    with pytest.raises(ConflictError, match=told):
        writer.write(lived, lived.operator(), tmp_path / "day", end)
    assert not (tmp_path / "day").exists()


def test_changes_alone_are_neither_restored_nor_verified_as_a_whole(
    lived: Workbench, settings: Settings, tmp_path: Path
):
    before = whole(lived, tmp_path / "before")
    do_a_day(lived, 1)
    day = changes(lived, tmp_path / "day", before)
    for refused in (lambda: restore.restore(settings, day), lambda: validate.verify_chain(day)):
        with pytest.raises(
            BadRequestError, match=r"holds only what changed after event .* Name a whole export"
        ):
            refused()


# Its check


def _first(table: str) -> Callable[[Copy], None]:
    def drop(copy: Copy) -> None:
        copy.write(table, copy.rows(table)[1:])

    return drop


def _sealed(copy: Copy) -> None:
    """Make the descriptors anew for the files as they are."""
    described = json.loads(copy.path("manifest.json").read_text())
    copy.reseal()
    made = json.loads(copy.path("manifest.json").read_text())
    made["chain"], made["after"] = described["chain"], described["after"]
    copy.path("manifest.json").write_text(manifest.to_text(made))


TAMPERING: list[tuple[str, Callable[[Copy], None], str]] = [
    ("a title", lambda copy: copy.change("tasks", lambda _: True, title="Forged"), "told"),
    ("a task less", _first("tasks"), "told"),
    ("a note less", _first("task_notes"), "told"),
    ("a task twice as another", lambda copy: copy.write(
        "tasks", [*copy.rows("tasks"), {**copy.rows("tasks")[-1], "task_id": "tsk_zzz", "task_number": 999}]
    ), "told"),
    ("an event less", _first("audit_events"), "chain"),
    ("another event", lambda copy: copy.change("audit_events", lambda _: True, summary="Nothing"), "chain"),
    ("no workspace", lambda copy: copy.write("workspaces", []), "workspace"),
    ("no file", lambda copy: next(copy.path("blobs").iterdir()).unlink(), "missing_blob"),
]  # fmt: skip


@pytest.mark.few(2)
@pytest.mark.parametrize(("harm", "rule"), [(harm, rule) for _, harm, rule in TAMPERING],
                         ids=[name for name, *_ in TAMPERING])  # fmt: skip
def test_its_check_names_what_was_changed_although_its_descriptors_were_made_anew(
    lived: Workbench, tmp_path: Path, harm: Callable[[Copy], None], rule: str
):
    before = whole(lived, tmp_path / "before")
    do_a_day(lived, 1)
    copy = Copy(changes(lived, tmp_path / "day", before))
    harm(copy)
    if copy.rows("workspaces"):
        _sealed(copy)
    assert rule in {violation.rule for violation in validate.check(copy.folder)}


@pytest.mark.few(2)
@pytest.mark.parametrize("after", [None, [], {}, {"count": 0, "head_hash": "f" * 64},
                                   {"count": 1, "head_hash": ""},
                                   {"count": True, "head_hash": "f" * 64}])  # fmt: skip
def test_a_manifest_that_does_not_say_what_it_follows_is_named(copy: Copy, after: Any):
    described = json.loads(copy.path("manifest.json").read_text())
    copy.path("manifest.json").write_text(json.dumps({**described, "after": after}))
    (violation,) = [one for one in validate.check(copy.folder) if one.file == "manifest.json"]
    assert violation.message == "after: count must be a number from 1, head_hash a hash"


def test_a_whole_export_that_is_passed_off_as_changes_is_found_out(copy: Copy):
    described = json.loads(copy.path("manifest.json").read_text())
    copy.path("manifest.json").write_text(
        manifest.to_text({**described, "after": {"count": 5, "head_hash": "f" * 64}})
    )
    assert "chain" in {violation.rule for violation in validate.check(copy.folder)}


# What it costs


def _read(workbench: Workbench, folder: Path, end: Anchor, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    read: Counter[str] = Counter()
    select, one = DocumentTable.select_rows, DocumentTable.read_row

    def selected(self: DocumentTable, *given: Any, **more: Any) -> list[str]:
        found = select(self, *given, **more)
        read["documents"] += len(found)
        return found

    def row(self: DocumentTable, *key: Any) -> str | None:
        read["documents"] += 1
        return one(self, *key)

    def no_stream(*_: Any, **__: Any) -> Any:
        raise AssertionError("a whole table was read")

    with monkeypatch.context() as patched:
        patched.setattr(DocumentTable, "select_rows", selected)
        patched.setattr(DocumentTable, "read_row", row)
        patched.setattr(DocumentTable, "_stream", no_stream)
        writer.write(workbench, workbench.operator(), folder, end)
    return read


@pytest.mark.wide
def test_it_reads_what_changed_however_much_else_is_there(
    lived: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    read = []
    for more in (0, 100):
        for number in range(more):
            make_task(lived, title=f"Old work {number}")
        before = whole(lived, tmp_path / f"before-{more}")
        make_task(lived, title="New work")
        end = validate.end_of(before)
        read.append(_read(lived, tmp_path / f"day-{more}", end, monkeypatch))
    assert read[0] == read[1]
    assert read[0]["documents"] < 30


# The command


def test_the_command_takes_an_export_or_the_end_of_its_chain(lived: Workbench, cli: Any, tmp_path: Path):
    assert cli("export", str(tmp_path / "whole")).code == 0
    do_a_day(lived, 1)
    end = validate.end_of(tmp_path / "whole")
    by_folder = cli("export", str(tmp_path / "one"), "--after", str(tmp_path / "whole"))
    by_end = cli("export", str(tmp_path / "two"), "--since", str(end))
    now = validate.end_of(tmp_path / "one")
    records = len(lines(tmp_path / "one"))
    assert by_folder.out == (
        f"Exported {records} records that changed after event {end.count} to {tmp_path}/one."
        f" It ends with {now}.\n"
    )
    assert by_end.code == 0
    assert lines(tmp_path / "one") == lines(tmp_path / "two")
    assert cli("export", "check", str(tmp_path / "two")).code == 0
    both = cli("export", str(tmp_path / "x"), "--since", str(end), "--after", str(tmp_path / "one"))
    assert (both.code != 0, "Give one of them" in both.err) == (True, True)
    assert "not the end of a chain" in cli("export", str(tmp_path / "x"), "--since", "yesterday").err
    shutil.rmtree(tmp_path / "one")
    assert "There is no folder" in cli("export", str(tmp_path / "x"), "--after", str(tmp_path / "one")).err
