"""Whatever is changed in an export, though all hashes are made again, contradicts its events (S8, T3)."""

# ruff: noqa: S311 - what is drawn is no secret
from __future__ import annotations

import json
import random

import pytest

from engine.verification import AUDITED
from exports import validate
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
    for field in draw.sample(fields, min(4, len(fields))):
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


@pytest.mark.parametrize("table", ["tasks", "task_steps"])
def test_a_removed_record_is_found(copy: Copy, table: str):
    rows = copy.rows(table)
    copy.write(table, rows[:-1])
    copy.reseal()
    assert (f"{table}.jsonl", 0) in told(copy)


def test_an_added_record_is_found(copy: Copy):
    rows = copy.rows("task_notes")
    added = {**rows[-1], "task_note_id": rows[-1]["task_note_id"][:-1] + "Z", "body": "Never said."}
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
