"""How an export is checked: each file and rule is asked once, and what is said of it (EXP-05, EXP-06, D11).

A small workspace is enough: one task with a note. Each test changes one thing of its export.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.audit import chain
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import BadRequestError, UnavailableError
from engine.tasks import lifecycle, notes, update
from exports import validate, writer
from exports.told import ToldRules
from tests.conftest import NOW, highest_side
from tests.exports.conftest import Copy
from tests.factories import make_task

NOBODY = "usr_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"


@pytest.fixture(scope="session")
def exported(
    shipped_repository: Path, shipped_catalog: Any, new_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a whole export, one of a note and another title, and one of after nothing happened."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copy(new_store, folder / "store.db")
    settings = Settings(content=str(shipped_repository), database=f"sqlite:///{folder}/store.db")
    workbench = Workbench(settings, clock=FixedClock(NOW), catalog=shipped_catalog, dice=highest_side)
    try:
        task = make_task(workbench)
        with workbench.transaction(workbench.operator()) as tx:
            lifecycle.start(tx, task.task_id)
            notes.add(tx, task.task_id, "Nearly done")
        writer.write(workbench, workbench.operator(), folder / "export")
        with workbench.transaction(workbench.operator()) as tx:
            notes.add(tx, task.task_id, "Done")
            update.update(tx, workbench.content(), task.task_id, {"title": "Write it once more"})
        for before, after in (("export", "changes"), ("changes", "nothing")):
            end = validate.end_of(folder / before)
            writer.write(workbench, workbench.operator(), folder / after, end)
    finally:
        workbench.close()
    return folder


@pytest.fixture(scope="session")
def small_export(exported: Path) -> Path:
    return exported / "export"


@pytest.fixture
def small(small_export: Path, tmp_path: Path) -> Copy:
    """A copy of that export to change."""
    shutil.copytree(small_export, tmp_path / "copy")
    return Copy(tmp_path / "copy")


def edit_manifest(copy: Copy, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads(copy.path("manifest.json").read_text())
    change(manifest)
    copy.path("manifest.json").write_text(json.dumps(manifest))


def anything(_: dict[str, Any]) -> bool:
    return True


def faults(copy: Copy) -> list[str]:
    """Return what is found, one line each."""
    return [str(one) for one in validate.check(copy.folder)]


def test_a_valid_export_has_no_fault_and_nothing_to_remark(small_export: Path) -> None:
    assert validate.examine(small_export) == ([], [])
    assert validate.check(small_export) == []


#: Table, fields of its first record, and what is said; ``…`` stands for an id, a hash or a time.
CHANGES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("tasks", {"title": ""}, ["tasks.jsonl:1: value: title: String should have at least 1 character"]),
    ("tasks", {"status": "pending"}, ["tasks.jsonl:1: status_without_event: …", "tasks.jsonl:1: told: …"]),
    ("tasks", {"title": "Other"}, ["tasks.jsonl:1: told: tasks … tells of another state"]),
    ("tasks", {"completed_by": NOBODY}, [
        "tasks.jsonl:1: completed_without_time: …",
        "tasks.jsonl:1: reference: …",
        "tasks.jsonl:1: told: …",
    ]),
    ("tasks", {"qa_flagged": True}, ["tasks.jsonl:1: qa_state: …", "tasks.jsonl:1: told: …"]),
    ("task_notes", {"body": "Done"}, ["task_notes.jsonl:1: told: …"]),
    ("task_notes", {"body": ""}, ["task_notes.jsonl:1: value: …"]),
    ("audit_events", {"summary": "Nothing"}, [
        "audit_events.jsonl:1: chain: …",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "fields", "said"), CHANGES)
def test_each_change_is_told_once_by_each_rule_that_it_breaks(
    small: Copy, table: str, fields: dict[str, Any], said: list[str]
) -> None:
    small.change(table, anything, **fields)
    small.reseal()
    found = sorted(faults(small))
    assert len(found) == len(said), found
    for fault, words in zip(found, sorted(said), strict=True):
        beginning, _, rest = words.partition("…")
        assert fault.startswith(beginning)
        assert fault.endswith(rest.rpartition("…")[2])


def test_a_record_that_is_refused_is_there_for_those_that_point_at_it(small: Copy) -> None:
    """Neither its note nor its events point at nothing, and it is not called removed."""
    small.change("tasks", anything, title="")
    small.reseal()
    assert {one.rule for one in validate.check(small.folder)} == {"value"}


def test_a_record_that_is_gone_is_told_of(small: Copy) -> None:
    small.write("task_notes", [])
    small.reseal()
    found, pointing = sorted(validate.check(small.folder), key=lambda one: one.rule, reverse=True)
    assert (pointing.rule, pointing.file) == ("reference", "audit_events.jsonl")
    assert (found.rule, found.file, found.line) == ("told", "task_notes.jsonl", 0)
    assert "was removed: event " in found.message


def test_a_record_that_no_event_tells_of_is_told_of(small: Copy) -> None:
    [note] = small.rows("task_notes")
    small.write("task_notes", [note, {**note, "task_note_id": note["task_note_id"][:-8] + "Z" * 8}])
    small.reseal()
    [found] = validate.check(small.folder)
    assert (found.rule, found.file, found.line) == ("told", "task_notes.jsonl", 2)
    assert found.message.endswith("was added: no event tells of it")


def test_a_change_that_a_later_event_went_on_from_is_told_at_that_event(small: Copy) -> None:
    rows = small.rows("audit_events")
    place, event = next(
        (place, row)
        for place, row in enumerate(rows)
        if any(name.startswith("was:") for name in row["record_hashes"])
    )
    hashes = {
        name: "0" * 64 if name.startswith("was:") else told for name, told in event["record_hashes"].items()
    }
    rows[place] = {**event, "record_hashes": hashes}
    small.write("audit_events", rows)
    small.rechain()
    small.reseal()
    found = validate.check(small.folder)
    assert {(one.rule, one.file, one.line) for one in found} == {("told", "audit_events.jsonl", event["seq"])}
    assert "goes on from another state" in found[0].message


def test_where_the_chain_is_broken_its_fault_is_told_and_records_are_held_against_nothing(
    small: Copy,
) -> None:
    rows = small.rows("audit_events")
    small.write("audit_events", [rows[0], {**rows[1], "summary": "Nothing"}, *rows[2:]])
    small.change("task_notes", anything, body="Done")
    small.reseal()
    [found] = validate.check(small.folder)
    assert (found.rule, found.file, found.line) == ("chain", "audit_events.jsonl", 2)
    proven = validate.verify_chain(small.folder)
    assert proven.fault is not None
    assert found.message == proven.fault.message


def test_a_manifest_that_says_otherwise_is_told(small: Copy) -> None:
    text = small.path("manifest.json").read_text()
    for before, after, words in (
        ('"count": 1,', '"count": 2,', ["manifest"]),
        ('"as_of": "2026', '"as_of": "2025', ["manifest"]),
        ('"schema_version": 4', '"schema_version": 3', ["schema_version"]),
    ):
        assert before in text
        small.path("manifest.json").write_text(text.replace(before, after, 1))
        assert [one.rule for one in validate.check(small.folder)] == words


def test_without_a_manifest_that_is_said_once_with_what_else_is_missing(small: Copy) -> None:
    small.path("manifest.json").unlink()
    small.path("tasks.jsonl").unlink()
    assert faults(small) == [
        "manifest.json: missing_file: is missing: this is not an export, or not a whole one",
        "tasks.jsonl: missing_file: is missing",
    ]
    assert validate.examine(small.folder).remarks == []


def test_files_are_looked_at_too(small: Copy) -> None:
    small.path("extra").write_text("")
    small.path("blobs").joinpath("0").write_text("")
    assert faults(small) == [
        "extra: unexpected_file: does not belong to an export",
        "blobs/0: blob: belongs to no artifact",
    ]


def test_a_folder_without_a_workspace_says_so(small: Copy) -> None:
    small.write("workspaces", [])
    found = {(one.rule, one.file) for one in validate.check(small.folder)}
    assert ("workspace", "workspaces.jsonl") in found
    assert "manifest" not in {rule for rule, _ in found}  # of which workspace it should be, is not known


def test_no_event_at_all_is_an_export_of_no_time(small: Copy) -> None:
    small.write("audit_events", [])
    text = small.path("manifest.json").read_text()
    assert "manifest" in {one.rule for one in validate.check(small.folder)}
    said = [one.message for one in validate.check(small.folder) if one.file == "manifest.json"]
    assert any(
        message.startswith("as_of is 2026-11-21") and message.endswith("give empty") for message in said
    ), text


def test_a_clock_that_was_set_back_is_remarked_and_no_fault(small: Copy) -> None:
    rows = small.rows("audit_events")
    rows[-1]["occurred_at"] = "2026-11-20T09:00:00.000Z"
    small.write("audit_events", rows)
    small.rechain()
    small.reseal()
    checked = validate.examine(small.folder)
    assert checked.violations == []
    [remark] = checked.remarks
    assert remark.startswith(
        f"1 events tell an earlier time than the one before them, the first is event {len(rows)}"
    )


# -- the chain alone ---------------------------------------------------------------------------------


def test_the_chain_is_verified_to_its_end_and_through_anchors(small: Copy) -> None:
    rows = small.rows("audit_events")
    proven = validate.verify_chain(small.folder)
    assert (proven.fault, list(proven.violations())) == (None, [])
    assert proven.end == chain.Anchor(len(rows), rows[-1]["hash"])
    assert proven.told.tells_of("tasks", small.rows("tasks")[0]["task_id"])
    through = [chain.Anchor(1, rows[0]["hash"]), proven.end]
    assert validate.verify_chain(small.folder, through).fault is None
    other = validate.verify_chain(small.folder, [chain.Anchor(1, "0" * 64)])
    assert other.fault is not None
    assert other.fault.seq == 1


def test_a_line_of_the_chain_that_cannot_be_read_is_named_with_its_id(small: Copy) -> None:
    path = small.path("audit_events.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    id_of_second = small.rows("audit_events")[1]["audit_event_id"]
    for broken in (
        lines[1][:80] + b"\xff\n",
        lines[1].replace(b":", b": ", 1),
        lines[1].rstrip(b"\n}") + b"\n",
    ):
        path.write_bytes(b"".join([lines[0], broken, *lines[2:]]))
        proven = validate.verify_chain(small.folder)
        assert proven.fault is not None
        assert (proven.fault.seq, proven.fault.audit_event_id) == (2, id_of_second)
        [violation] = proven.violations()
        assert str(violation) == f"audit_events.jsonl:2: chain: {proven.fault.message}"


def test_why_a_line_cannot_be_read_is_part_of_the_fault(small: Copy) -> None:
    small.path("audit_events.jsonl").write_bytes(b"[]\n")
    fault = validate.verify_chain(small.folder).fault
    assert fault is not None
    assert "is not an object" in fault.message


def test_an_empty_chain_ends_where_it_begins(small: Copy) -> None:
    text = small.path("manifest.json").read_text()
    head = small.rows("audit_events")[-1]["hash"]
    count = len(small.rows("audit_events"))
    small.path("audit_events.jsonl").write_bytes(b"")
    text = text.replace(f'"head_hash": "{head}"', '"head_hash": null')
    small.path("manifest.json").write_text(
        text.replace(f'"count": {count},\n    "head', '"count": 0,\n    "head')
    )
    proven = validate.verify_chain(small.folder)
    assert proven.fault is None
    assert proven.end == chain.Anchor(0, chain.GENESIS)


# -- what is no export -------------------------------------------------------------------------------

ASKED: list[Callable[[Path], Any]] = [
    validate.check,
    validate.examine,
    validate.workspace_of,
    validate.verify_chain,
]


@pytest.mark.parametrize("ask", ASKED)
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, ask: Callable[[Path], Any]) -> None:
    with pytest.raises(BadRequestError) as refused:
        ask(tmp_path / "nowhere")
    assert refused.value.message == (
        f"There is no folder {tmp_path / 'nowhere'}. Name the folder of an export."
    )


@pytest.mark.parametrize("ask", [validate.workspace_of, validate.verify_chain])
def test_a_folder_that_is_no_export_is_named_with_the_reason(
    tmp_path: Path, ask: Callable[[Path], Any]
) -> None:
    with pytest.raises(BadRequestError) as refused:
        ask(tmp_path)
    assert refused.value.message == (
        f"{tmp_path} is not an export that can be verified. "
        "manifest.json: missing_file: is missing: this is not an export, or not a whole one."
    )


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize(
    ("error", "why"),
    [(PermissionError(13, "Permission denied"), "Permission denied"), (OSError("gone"), "gone")],
)
def test_an_export_that_cannot_be_read_is_named_with_the_reason(
    small: Copy, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Path], Any], error: OSError, why: str
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(validate, "read_manifest", fail)
    with pytest.raises(UnavailableError) as refused:
        ask(small.folder)
    assert refused.value.message == (
        f"The export in {small.folder} cannot be read: {why}. Check who may read it."
    )


def test_the_workspace_of_an_export_is_that_of_its_manifest(small: Copy) -> None:
    assert validate.workspace_of(small.folder) == small.rows("workspaces")[0]["workspace_id"]


def test_what_no_event_tells_of_is_not_held_against_events() -> None:
    """Of sign-ins and of events themselves no event tells."""
    rules = ToldRules(validate.Told(), whole=True)
    assert "audit_events" not in rules._files
    assert rules._files["tasks"] == "tasks.jsonl"
    assert list(rules.finish()) == []


# -- what changed since another export --------------------------------------------------------


@pytest.mark.parametrize("name", ["changes", "nothing"])
def test_a_valid_export_of_changes_has_no_fault_and_names_what_it_follows(exported: Path, name: str) -> None:
    assert validate.examine(exported / name) == ([], [])
    manifest = validate.require_valid(exported / name)
    assert manifest == json.loads((exported / name / "manifest.json").read_text())
    assert manifest["after"] == json.loads((exported / "export" / "manifest.json").read_text())["chain"] or (
        name == "nothing"
    )


def test_an_export_of_changes_is_held_against_the_end_that_it_follows(exported: Path, tmp_path: Path) -> None:
    shutil.copytree(exported / "changes", tmp_path / "copy")
    copy = Copy(tmp_path / "copy")
    edit_manifest(copy, lambda manifest: manifest["after"].update(head_hash="f" * 64))
    [fault] = [one for one in faults(copy) if ": chain: " in one]
    assert fault == "audit_events.jsonl:5: chain: event 5 was rewritten: the one after it follows another"


def test_of_changes_a_record_that_its_last_event_tells_otherwise_is_found_and_one_that_came_along_is_not(
    exported: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported / "changes", tmp_path / "copy")
    copy = Copy(tmp_path / "copy")
    copy.change("workspaces", anything, name="Another")
    copy.change("task_notes", anything, body="Never said")
    assert [fault.partition(": told: ")[0] for fault in faults(copy) if ": told: " in fault] == [
        "task_notes.jsonl:1"
    ]


def test_of_changes_a_record_that_none_of_their_events_tells_of_is_found(
    exported: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported / "changes", tmp_path / "copy")
    copy, before = Copy(tmp_path / "copy"), Copy(exported / "export").rows("task_notes")
    copy.write("task_notes", [*before, *copy.rows("task_notes")])
    [fault] = [one for one in faults(copy) if ": told: " in one]
    assert fault.endswith("was added: no event tells of it")


def test_the_end_of_an_export_is_what_changes_are_written_after(exported: Path) -> None:
    chained = json.loads((exported / "export" / "manifest.json").read_text())["chain"]
    assert validate.end_of(exported / "export") == chain.Anchor(chained["count"], chained["head_hash"])


def test_an_export_of_before_the_first_event_has_no_end_to_go_on_from(small: Copy) -> None:
    edit_manifest(small, lambda manifest: manifest["chain"].update(count=0, head_hash=None))
    with pytest.raises(BadRequestError) as refused:
        validate.end_of(small.folder)
    assert refused.value.message == f"{small.folder} was made before anything happened. Export all of it."


def test_what_needs_a_valid_export_says_the_first_fault_and_carries_all(small: Copy) -> None:
    small.change("tasks", anything, completed_by=NOBODY)
    small.reseal()
    found = validate.check(small.folder)
    with pytest.raises(BadRequestError) as refused:
        validate.require_valid(small.folder)
    assert refused.value.message == (
        f"{small.folder} is not a valid export: {len(found)} violations, the first is {found[0]}. "
        "See all with: workbench export check."
    )
    assert refused.value.details == [{"code": one.rule, "message": str(one)} for one in found]
    assert len(found) > 1


def test_what_needs_a_whole_export_says_how_one_is_made(exported: Path) -> None:
    validate.require_whole(exported / "export", validate.require_valid(exported / "export"))
    with pytest.raises(BadRequestError) as refused:
        validate.require_whole(exported / "changes", validate.require_valid(exported / "changes"))
    assert refused.value.message.endswith(
        f"holds only what changed after event {validate.end_of(exported / 'export').count}. Name a whole "
        "export: one made without --after and --since."
    )
