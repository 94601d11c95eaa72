"""SC5: the export is migration-safe."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.entities import NOT_IMPLEMENTED
from tests.exports.lived import live
from tests.stories.conftest import rows

SNAKE = re.compile(r"[a-z][a-z0-9_]*")
#: What makes a business id; everything that points at a record has this form or is a content key.
ID = re.compile(r"[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}")


@pytest.fixture
def folder(workbench, ask, tmp_path: Path) -> Path:
    """Given a bundle with tasks, proof metadata, artifacts and audit references; when it is exported."""
    live(workbench)
    ask("export", str(tmp_path / "out"))
    return tmp_path / "out"


def test_the_export_is_valid_with_stable_ids_explicit_relations_and_an_honest_manifest(folder, ask):
    assert ask("export", "check", str(folder)) == {"violations": [], "valid": True, "remarks": []}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))

    written = {name: entry for name, entry in manifest["tables"].items() if "file" in entry}
    records = {name: rows(folder, name) for name in written}
    for name in ("bundles", "tasks", "task_proofs", "artifacts", "task_artifact_links", "audit_events"):
        assert records[name], f"the story has {name}"
    assert any(proof["facts"] for proof in records["task_proofs"])

    for name, documents in records.items():
        for document in documents:
            assert "doc_id" not in document, "the store's own key"
            assert all(SNAKE.fullmatch(field) for field in document), name
    ids = {value for documents in records.values() for row in documents for value in _ids(row)}
    assert {bool(ID.fullmatch(one)) for one in ids} == {True}

    resources = {item["name"]: item["schema"] for item in package["resources"]}
    assert set(resources) == set(written)
    relations = [
        (
            name,
            _names(key["fields"]),
            key["reference"]["resource"] or name,
            _names(key["reference"]["fields"]),
        )
        for name, schema in resources.items()
        for key in schema.get("foreignKeys", [])
    ]
    targets = {(name, fields): target for name, fields, target, _ in relations}
    assert targets["tasks", ("bundle_id",)] == "bundles"
    assert targets["task_proofs", ("task_id",)] == "tasks"
    assert targets["task_artifact_links", ("artifact_id",)] == "artifacts"
    assert targets["audit_events", ("task_id",)] == "tasks"
    for name, fields, target, its_fields in relations:
        known = {tuple(row[field] for field in its_fields) for row in records[target]}
        pointed = {tuple(row[field] for field in fields) for row in records[name]}
        assert {one for one in pointed if None not in one} <= known, f"{name}.{fields} points at {target}"

    tables = manifest["tables"]
    for name in NOT_IMPLEMENTED:
        assert tables[name] == {"implemented": False}
        assert not (folder / f"{name}.jsonl").exists()
    assert tables["assistant_jobs"] == {"implemented": True, "represented_by": "task_executions"}


def _names(fields: str | list[str]) -> tuple[str, ...]:
    return (fields,) if isinstance(fields, str) else tuple(fields)


def _ids(row: dict[str, Any]) -> list[str]:
    """Give the values of the record's id fields; templates, types and docs are named by their key."""
    keyed = {"template_id", "task_type_id", "instruction_doc_id", "instruction_step_id", "entity_id"}
    return [row[name] for name in row if name.endswith("_id") and name not in keyed and row[name]]
