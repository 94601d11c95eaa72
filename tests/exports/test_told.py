"""Whatever is changed in an export, though all hashes are made again, contradicts its events (S8, T3)."""

# ruff: noqa: S311 - what is drawn is no secret
from __future__ import annotations

import hashlib
import json
import random

import pytest

from engine.verification import AUDITED
from exports import descriptors, reading, validate
from exports.records import tables
from tests.changed import edited, reordered
from tests.exports.conftest import Copy

TABLES = [record_type.spec.table for record_type in AUDITED if record_type.spec.exported]


def told(copy: Copy) -> list[tuple[str, int]]:
    """Return where records are not what the events tell: file and line."""
    return [(one.file, one.line) for one in validate.check(copy.folder) if one.rule == "told"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.wide
def test_an_edited_field_is_found_unless_the_record_is_refused_anyway(copy: Copy, table: str):
    draw, rows = random.Random(table), copy.rows(table)
    place = draw.randrange(len(rows))
    found = []
    fields = sorted(rows[place])[1:]
    for number, field in enumerate(draw.sample(fields, len(fields))):
        if number >= 4 and found:
            break
        changed = {**rows[place], field: edited(rows[place][field])}
        copy.write(table, [*rows[:place], changed, *rows[place + 1 :]])
        copy.reseal()
        violations = validate.check(copy.folder)
        assert violations, field
        found += [one for one in violations if (one.rule, one.line) == ("told", place + 1)]
        assert {one.rule for one in violations} & {"told", "value", "form", "order", "reference", "unique"}
    assert found or table == "workspaces", "no change was told of by the events"


def test_another_order_of_nested_keys_is_found(copy: Copy):
    rows = copy.rows("tasks")
    changed = [reordered(row) for row in rows]
    pairs = enumerate(zip(rows, changed, strict=True), 1)
    other = [number for number, pair in pairs if len(set(map(json.dumps, pair))) > 1]
    assert other
    copy.write("tasks", changed)
    copy.reseal()
    assert told(copy) == [("tasks.jsonl", number) for number in other]


def test_a_line_that_is_longer_than_any_record_is_a_fault_and_is_not_kept(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
):
    """The hash of the file is still right, and the lines after it are still read."""
    lines = copy.path("task_notes.jsonl").read_bytes().splitlines(keepends=True)
    long = json.loads(lines[0]) | {"body": "x" * 300_000}
    copy.write("task_notes", [long, *map(json.loads, lines[1:])])
    copy.reseal()
    monkeypatch.setattr(reading, "BYTES_OF_AN_EXPORTED_LINE", 100_000)
    monkeypatch.setattr(reading, "_PIECE", 1_000)
    found = validate.check(copy.folder)
    assert [(one.file, one.line, one.message) for one in found if one.rule == "form"] == [
        ("task_notes.jsonl", 1, "is longer than 100000 bytes, which no record is")
    ]
    assert {one.rule for one in found} <= {"form", "told", "reference"}
    file = reading.TableFile(copy.folder, next(one for one in tables() if one.name == "task_notes"))
    assert [len(line.beginning) for line in file.lines()] == [100] * len(lines)
    assert file.facts.sha256 == hashlib.sha256(copy.path("task_notes.jsonl").read_bytes()).hexdigest()


def test_a_manifest_that_is_longer_than_any_is_not_read(copy: Copy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(descriptors, "BYTES_OF_AN_EXPORTED_LINE", 1_000)
    [found] = [one for one in validate.check(copy.folder) if one.file == "manifest.json"]
    assert "is longer than 1000 bytes" in found.message


@pytest.mark.parametrize("table", ["tasks", "task_steps"])
def test_a_removed_record_is_found(copy: Copy, table: str):
    rows = copy.rows(table)
    copy.write(table, rows[:-1])
    copy.reseal()
    assert (f"{table}.jsonl", 0) in told(copy)


def test_an_added_record_is_found(copy: Copy):
    rows = copy.rows("task_notes")
    added = {**rows[-1], "task_note_id": rows[-1]["task_note_id"][:-8] + "Z" * 8, "body": "Never said."}
    copy.write("task_notes", [*rows, added])
    copy.reseal()
    assert told(copy) == [("task_notes.jsonl", len(rows) + 1)]


def test_feedback_proof_remarks_and_roles_are_covered(copy: Copy):
    """What a review of 25c47c5 changed without being noticed."""
    cases = {
        "task_qa_reviews": "feedback",
        "task_notes": "body",
        "deliverable_comments": "body",
        "task_proofs": "value",
        "users": "roles",
    }
    for table, field in cases.items():
        rows = copy.rows(table)
        changed = json.loads(json.dumps(rows))
        row = next(row for row in changed if row[field])
        row[field] = ["strategist"] if field == "roles" else "Not what was said."
        copy.write(table, changed)
        copy.reseal()
        assert (f"{table}.jsonl", changed.index(row) + 1) in told(copy), table
        copy.write(table, rows)
