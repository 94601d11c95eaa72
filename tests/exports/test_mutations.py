"""An export is a contract (D7): whatever is changed is caught, also when the hashes are mended after it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadRequestError
from exports import validate
from exports.manifest import SCHEMA_VERSION
from tests.exports.conftest import Copy

pytestmark = pytest.mark.wide

#: Tables whose lines are moved about; the others are read by the same code.
FULL = "tasks", "audit_events", "users", "artifacts"
#: One entry of the manifest of each kind: plain, with redactions, not implemented, represented by another.
ENTRIES = "tasks", "users", "plan_items", "recipes"


def rules(copy: Copy) -> set[str]:
    """Return the rules that were broken; each violation is one printable line."""
    found = validate.check(copy.folder)
    assert all(str(one).isprintable() for one in found)
    return {one.rule for one in found}


def status(word: str) -> Callable[[dict[str, Any]], bool]:
    return lambda row: row["status"] == word


def anything(row: dict[str, Any]) -> bool:
    return True


def test_an_untouched_export_has_no_violation(lived_export: Path) -> None:
    assert validate.check(lived_export) == []


# -- bytes, lines, files: the hashes tell ----------------------------------------------------


@pytest.fixture(scope="module")
def whole(lived_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("bytes") / "copy"
    shutil.copytree(lived_export, folder)
    return Copy(folder)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_flipping_any_byte_of_any_file_is_caught(whole: Copy, data: st.DataObject) -> None:
    files = sorted(path for path in whole.folder.rglob("*") if path.is_file() and path.stat().st_size)
    path = data.draw(st.sampled_from(files), label="file")
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1), label="byte")
    mask = data.draw(st.integers(1, 255), label="mask")
    path.write_bytes(before[:place] + bytes([before[place] ^ mask]) + before[place + 1 :])
    try:
        assert rules(whole)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("table", FULL)
@pytest.mark.parametrize(
    "mutate",
    [
        lambda lines: lines[1:],
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[0]],
        lambda lines: [*lines[1:], lines[0]] if len(lines) > 1 else [],
        lambda lines: [lines[0].rstrip(b"\n"), *lines[1:]],
        lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]],
        lambda lines: [lines[0].replace(b":", b": ", 1), *lines[1:]],
        lambda lines: [lines[0].replace(b"\n", b"\r\n"), *lines[1:]],
        lambda lines: [*lines, b"\n"],
    ],
    ids=["first gone", "last gone", "twice", "moved", "joined", "BOM", "spaces", "CRLF", "blank line"],
)
def test_changed_lines_are_caught(
    copy: Copy, table: str, mutate: Callable[[list[bytes]], list[bytes]]
) -> None:
    path = copy.path(f"{table}.jsonl")
    path.write_bytes(b"".join(mutate(path.read_bytes().splitlines(keepends=True))))
    assert rules(copy)


@pytest.mark.parametrize(
    "name", ["manifest.json", "datapackage.json", "schema.postgresql.sql", "tasks.jsonl", "blobs"]
)
def test_a_missing_a_renamed_and_a_linked_file_are_caught(copy: Copy, name: str, tmp_path: Path) -> None:
    copy.path(name).rename(tmp_path / "aside")
    assert "missing_file" in rules(copy)
    (tmp_path / "aside").rename(copy.path(f"{name}.old"))
    assert {"missing_file", "unexpected_file"} <= rules(copy)
    copy.path(f"{name}.old").rename(tmp_path / "aside")
    copy.path(name).symlink_to(tmp_path / "aside")
    assert {"missing_file", "wrong_kind"} & rules(copy)


@pytest.mark.parametrize("name", ["extra.jsonl", ".hidden", "blobs/0", "line\nbreak", "users.jsonl.bak"])
def test_an_extra_file_is_caught(copy: Copy, name: str) -> None:
    copy.path(name).write_text("{}\n")
    assert rules(copy) & {"unexpected_file", "blob"}


def test_blobs_that_are_missing_changed_or_folders_are_caught(copy: Copy) -> None:
    (blob,) = copy.path("blobs").iterdir()
    blob.write_bytes(b"other")
    assert "blob" in rules(copy)
    blob.unlink()
    assert "missing_blob" in rules(copy)
    blob.mkdir()
    assert "blob" in rules(copy)


# -- values, with manifest and data package made to fit: only what records mean can tell -------


@pytest.mark.parametrize(
    ("rule", "table", "match", "fields"),
    [
        ("value", "tasks", anything, {"status": "finished"}),
        ("value", "tasks", anything, {"status": None}),
        ("value", "tasks", anything, {"title": ""}),
        ("value", "tasks", anything, {"due_date": "2026-02-30"}),
        ("value", "tasks", anything, {"task_number": "many"}),
        ("value", "campaigns", anything, {"people": {"writer": 5}}),
        ("value", "users", anything, {"roles": ["owner"]}),
        ("form", "tasks", anything, {"created_at": "2026-11-21T10:00:00+01:00"}),
        ("form", "tasks", anything, {"created_at": "2026-11-21T09:00:00Z"}),
        ("form", "tasks", anything, {"task_number": 1.0}),
        ("form", "tasks", anything, {"doc_id": 5}),
        ("form", "users", anything, {"password_hash": "x"}),
        ("id", "tasks", anything, {"task_id": "tsk_5"}),
        ("id", "bundles", anything, {"bundle_id": "tsk_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"}),
        ("reference", "tasks", anything, {"owner_id": "usr_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"}),
        ("reference", "tasks", anything, {"bundle_id": "bnd_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"}),
        ("reference", "tasks", anything, {"depends_on": ["tsk_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"]}),
        ("reference", "tasks", lambda row: row["template_id"], {"template_hash": "0"}),
        ("reference", "bundles", anything, {"template_hash": "0"}),
        ("reference", "campaigns", anything, {"people": {"writer": "emp_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"}}),
        ("reference", "task_proofs", anything, {"task_id": "tsk_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"}),
        ("unique", "tasks", lambda row: row["task_number"] > 1, {"task_number": 1}),
        ("unique", "users", lambda row: row["name"] == "Pat", {"email": "ana@example.com"}),
        ("workspace", "task_steps", anything, {"workspace_id": "wsp_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"}),
        ("task_number", "tasks", anything, {"task_number": 0}),
        ("completed_without_proof", "task_proofs", lambda row: row["given_at"], {"given_at": None}),
        ("completed_without_time", "tasks", status("completed"), {"completed_at": None}),
        ("completed_without_time", "tasks", status("pending"), {"completed_by": "usr_x"}),
        ("closed_without_time", "tasks", status("completed"), {"closed_at": None}),
        ("lateness", "tasks", lambda row: row["deadline"], {"first_deadline": None}),
        ("lateness", "tasks", lambda row: row["late_seconds"], {"late_seconds": None}),
        ("lateness", "tasks", lambda row: row["late_seconds"], {"first_late_seconds": 1}),
        ("lateness", "tasks", status("pending"), {"late_seconds": 0}),
        ("waiting_without_fields", "tasks", status("waiting"), {"waiting_for": None}),
        ("waiting_without_fields", "tasks", status("waiting"), {"follow_up_at": None}),
        ("waiting_without_status", "tasks", status("pending"), {"waiting_for": "Godot"}),
        ("skipped_without_reason", "tasks", status("skipped"), {"skip_reason": None}),
        ("status_without_event", "tasks", status("pending"), {"status": "in_progress"}),
        ("bundle_closed", "bundles", anything, {"status": "completed"}),
        ("link_state", "bundle_links", lambda row: row["state"] == "filled", {"url": None}),
        ("link_state", "bundle_links", lambda row: row["state"] == "waived", {"state": "empty"}),
        ("proof_state", "task_proofs", lambda row: row["given_at"], {"value": None}),
        ("step_state", "task_steps", anything, {"is_completed": True}),
        ("artifact_state", "artifacts", anything, {"size_bytes": None}),
        ("blob", "artifacts", anything, {"size_bytes": 1}),
        ("missing_blob", "artifacts", anything, {"sha256": "../../../etc/passwd"}),
        ("chain", "audit_events", anything, {"summary": "Nothing happened"}),
        ("reference", "audit_events", anything, {"entity_id": "tsk_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"}),
        ("reference", "audit_events", anything, {"entity_type": "secrets"}),
        ("secret", "audit_events", anything, {"after": {"password_hash": "$argon2id$"}}),
    ],
)
def test_changed_values_are_caught_though_the_hashes_fit(
    copy: Copy, rule: str, table: str, match: Callable[[dict[str, Any]], bool], fields: dict[str, Any]
) -> None:
    copy.change(table, match, **fields)
    copy.reseal()
    found = validate.check(copy.folder)
    assert rule in {one.rule for one in found}
    assert any(one.file.startswith((f"{table}.", "blobs/", "tasks.")) for one in found if one.rule == rule)


@pytest.mark.parametrize("table", [*FULL, "campaigns", "task_templates"])
def test_a_key_too_few_too_many_or_out_of_order_is_caught(copy: Copy, table: str) -> None:
    first, *others = copy.rows(table)
    name = list(first)[-1]
    short = {key: value for key, value in first.items() if key != name}
    for changed in (short, {**first, "Extra": 1}, {name: first[name], **short}):
        copy.write(table, [changed, *others])
        assert "form" in rules(copy)


def test_records_out_of_order_are_caught_though_the_hashes_fit(copy: Copy) -> None:
    copy.write("tasks", copy.rows("tasks")[::-1])
    copy.reseal()
    assert rules(copy) == {"order"}


def test_events_that_were_chained_anew_without_the_last_contradict_the_tasks(copy: Copy) -> None:
    rows = copy.rows("audit_events")
    last_move = max(place for place, row in enumerate(rows) if row["action"] == "task_status_changed")
    copy.write("audit_events", rows[:last_move])
    copy.rechain()
    copy.reseal()
    assert rules(copy) == {"status_without_event", "told"}


# -- descriptors -------------------------------------------------------------------------------


def _places(described: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the way to every entry, the same kind of table only once."""
    tables_of = described["tables"]
    return [
        *((name,) for name in described),
        *(("workspace", name) for name in described["workspace"]),
        *(("chain", name) for name in described["chain"]),
        *(("tables", table) for table in ENTRIES),
        *(("tables", table, name) for table in ENTRIES for name in tables_of[table]),
    ]


def test_every_entry_of_the_manifest_counts(copy: Copy) -> None:
    path = copy.path("manifest.json")
    text = path.read_text()
    assert list(_places(json.loads(text)))
    for place in _places(json.loads(text)):
        for change in ("remove", "replace"):
            described = json.loads(text)
            inner = described
            for name in place[:-1]:
                inner = inner[name]
            if change == "remove":
                del inner[place[-1]]
            else:
                inner[place[-1]] = "other"
            path.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n")
            assert rules(copy), (place, change)


@pytest.mark.parametrize("place", [(), ("workspace",), ("chain",), ("tables",), ("tables", "tasks")], ids=str)
def test_an_unknown_entry_of_the_manifest_is_caught(copy: Copy, place: tuple[str, ...]) -> None:
    described = json.loads(copy.path("manifest.json").read_text())
    inner = described
    for name in place:
        inner = inner[name]
    inner["more"] = 1
    copy.path("manifest.json").write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n")
    assert rules(copy) == {"manifest"}


def test_a_manifest_written_in_another_way_is_caught(copy: Copy) -> None:
    copy.path("manifest.json").write_text(json.dumps(json.loads(copy.path("manifest.json").read_text())))
    assert rules(copy) == {"descriptor"}


@pytest.mark.parametrize("name", ["datapackage.json", "schema.postgresql.sql"])
def test_an_edited_description_is_caught(copy: Copy, name: str) -> None:
    path = copy.path(name)
    path.write_text(path.read_text().replace("task_id", "task", 1))
    assert rules(copy) == {"descriptor"}


@pytest.mark.parametrize(
    "version",
    [0, 1, SCHEMA_VERSION - 1, SCHEMA_VERSION + 1, str(SCHEMA_VERSION), None, 1.5, [SCHEMA_VERSION]],
)
def test_another_version_of_the_format_is_named(copy: Copy, version: Any) -> None:
    described = json.loads(copy.path("manifest.json").read_text())
    copy.path("manifest.json").write_text(json.dumps({**described, "schema_version": version}))
    assert rules(copy) == {"schema_version"}


# -- hostile input -------------------------------------------------------------------------------

HOSTILE = {
    "empty": b"",
    "zero bytes": b"\0" * 100,
    "not UTF-8": b'{"task_id": "\xff\xfe"}\n',
    "NaN": b'{"task_id": NaN, "x": Infinity}\n',
    "deep lists": b"[" * 100_000 + b"\n",
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"\n",
    "huge number": b'{"task_id": ' + b"9" * 5_000 + b"}\n",
    "a number": b"5\n",
    "null": b"null\n",
    "a list": b"[{}]\n",
    "lone surrogate": b'{"task_id": "\\ud800"}\n',
    "control signs": b'{"\\u001b[2J\\n": 1}\n',
    "no end": b'{"task_id": "tsk',
}


@pytest.mark.parametrize("file", ["tasks.jsonl", "workspaces.jsonl", "manifest.json"])
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_give_violations_and_no_traceback(copy: Copy, file: str, content: bytes) -> None:
    copy.path(file).write_bytes(content)
    assert rules(copy)


@pytest.mark.parametrize("depth", [150, 260, 700])
def test_deep_nesting_inside_a_record_is_caught(copy: Copy, depth: int) -> None:
    nested: Any = "\ud800"
    for _ in range(depth):
        nested = {"x": nested}
    rows = copy.rows("tasks")
    rows[0]["config"] = nested
    copy.path("tasks.jsonl").write_text(
        "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    )
    assert "form" in rules(copy)


def test_ids_of_any_kind_give_violations_and_no_traceback(copy: Copy) -> None:
    rows = copy.rows("tasks")
    for number, value in enumerate([5, None, [], {}, True, [[]], 1.5, ""]):
        rows[number]["task_id"] = rows[number]["bundle_id"] = rows[-1 - number]["depends_on"] = value
    copy.write("tasks", rows)
    assert {"value", "form", "id"} & rules(copy)


def test_a_folder_that_is_not_there_is_bad_input_and_an_empty_one_no_export(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="no folder"):
        validate.check(tmp_path / "nowhere")
    assert "missing_file" in {one.rule for one in validate.check(tmp_path)}


def test_a_pipe_in_place_of_a_file_is_not_waited_for(copy: Copy) -> None:
    copy.path("tasks.jsonl").unlink()
    os.mkfifo(copy.path("tasks.jsonl"))
    assert "wrong_kind" in rules(copy)
