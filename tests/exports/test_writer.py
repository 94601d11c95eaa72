"""What an export holds, and that it appears whole or not at all."""

from __future__ import annotations

import json
import resource
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.access import Actor
from engine.accounts import actors, bootstrap
from engine.accounts.models import User
from engine.app import Workbench
from engine.errors import ConflictError, ForbiddenError, UnavailableError
from exports import validate, writer
from exports.records import tables
from tests.exports.conftest import contents, rows
from tests.exports.lived import live
from tests.factories import make_people, make_task
from tests.told import saved


def test_two_exports_of_the_same_store_are_identical_on_both_databases(
    either_workbench: Workbench, tmp_path: Path
) -> None:
    live(either_workbench)
    for name in ("one", "two"):
        writer.write(either_workbench, either_workbench.operator(), tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert validate.check(tmp_path / "one") == []


def test_the_folder_holds_a_file_per_table_and_the_descriptions(lived_export: Path) -> None:
    names = {path.name for path in lived_export.iterdir()}
    descriptions = {"manifest.json", "datapackage.json", "schema.postgresql.sql", "blobs"}
    assert names == {f"{table.name}.jsonl" for table in tables()} | descriptions
    assert {path.name for path in (lived_export / "blobs").iterdir()} == {
        row["sha256"] for row in rows(lived_export, "artifacts")
    }


def test_every_record_has_every_field_in_declared_order_and_null_where_empty(lived_export: Path) -> None:
    found = {table.name: rows(lived_export, table.name) for table in tables()}
    assert [name for name, records in found.items() if not records] == []
    for table in tables():
        for record in found[table.name]:
            assert list(record) == [field.name for field in table.fields]
            assert {name for name, value in record.items() if value is None} <= {
                field.name for field in table.fields if field.nullable
            }


def test_secrets_and_keys_of_the_store_never_leave(workbench: Workbench, tmp_path: Path) -> None:
    live(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        user = tx.find_one(User, email="ana@example.com")
        assert user is not None
        user.password_hash = "$argon2id$secret"
        saved(tx, user)
    writer.write(workbench, workbench.operator(), tmp_path / "export")
    names = {path.name for path in (tmp_path / "export").iterdir()}
    assert not names & {"sign_in_links.jsonl", "idempotency_keys.jsonl", "kept_answers.jsonl"}
    manifest = json.loads((tmp_path / "export/manifest.json").read_text())
    assert manifest["tables"]["users"]["redactions"] == ["password_hash"]
    for table in tables():
        text = (tmp_path / "export" / table.file_name).read_text()
        assert "argon2id" not in text
        assert '"password_hash"' not in text
        assert '{"doc_id"' not in text


def test_records_of_another_workspace_never_appear(workbench: Workbench, tmp_path: Path) -> None:
    make_people(workbench)
    other = actors.system("wsp_01K9ZQ3V5M8Y7C2R4T6W8X0B1D")
    with workbench.transaction(other) as tx:
        workspace = bootstrap.add_default_workspace(tx)
        workspace.key = "other"
        saved(tx, workspace)
    with workbench.reading(other) as tx:
        admin = actors.actor_of(tx, tx.find(User)[0])
    make_task(workbench, actor=admin, title="Of the other workspace")
    make_task(workbench, title="Of this workspace")
    for name, actor, title in (("this", workbench.operator(), "this"), ("other", admin, "the other")):
        writer.write(workbench, actor, tmp_path / name)
        assert validate.check(tmp_path / name) == []
        (task,) = rows(tmp_path / name, "tasks")
        assert (task["title"], task["workspace_id"]) == (f"Of {title} workspace", actor.workspace_id)


def test_the_manifest_says_what_is_not_built_and_what_stands_for_what(lived_export: Path) -> None:
    manifest = json.loads((lived_export / "manifest.json").read_text())
    entries = manifest["tables"]
    assert entries["documents"] == {"implemented": False}
    assert entries["recipes"] == {"implemented": True, "represented_by": "task_templates"}
    assert entries["assistant_jobs"] == {"implemented": True, "represented_by": "task_executions"}
    asked = """
        employees partners campaigns plan_items task_types task_templates workflow_definitions recipes
        bundles tasks task_steps task_notes deliverables task_approvals task_qa_reviews artifacts
        task_artifact_links task_executions reminders notifications audit_events assistant_jobs
        work_requests work_tickets work_outputs documents blocks schemas runs block_overlays worklogs
        inbound_messages webhooks sync_messages users"""
    assert set(asked.split()) <= set(entries)
    assert len(manifest["content_commit"]) == 40
    events = rows(lived_export, "audit_events")
    assert manifest["as_of"] == events[-1]["occurred_at"]
    assert manifest["chain"] == {"count": len(events), "head_hash": events[-1]["hash"]}


def test_an_export_survives_the_loss_of_the_content_repository(workbench: Workbench, tmp_path: Path) -> None:
    live(workbench)
    gone = replace(workbench.settings, content=str(tmp_path / "gone"))
    again = Workbench(gone)
    try:
        assert writer.write(again, again.operator(), tmp_path / "export")["content_commit"] is None
    finally:
        again.close()
    assert validate.check(tmp_path / "export") == []


def test_an_empty_folder_is_filled_and_a_full_one_refused(workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    inode = (tmp_path / "empty").stat().st_ino
    writer.write(workbench, workbench.operator(), tmp_path / "empty")
    assert (tmp_path / "empty").stat().st_ino == inode
    assert validate.check(tmp_path / "empty") == []
    before = contents(tmp_path / "empty")
    for place in (tmp_path / "empty", tmp_path / "empty/manifest.json"):
        with pytest.raises(ConflictError, match="not an empty folder"):
            writer.write(workbench, workbench.operator(), place)
    assert contents(tmp_path / "empty") == before


def test_only_admins_and_managers_may_export(workbench: Workbench, tmp_path: Path) -> None:
    people: dict[str, Actor] = make_people(workbench)
    with pytest.raises(ForbiddenError):
        writer.write(workbench, people["ana"], tmp_path / "export")
    assert not (tmp_path / "export").exists()
    writer.write(workbench, people["mara"], tmp_path / "export")


@contextmanager
def largest_file(size: int):
    """Let no file of this process grow beyond ``size``, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("place", ["new", "a/new/one", "empty"])
def test_a_full_disk_leaves_nothing_behind(workbench: Workbench, tmp_path: Path, place: str) -> None:
    (tmp_path / "target/empty").mkdir(parents=True)
    actor = workbench.operator()
    workbench.content()
    with largest_file(300), pytest.raises(UnavailableError, match="cannot be written"):
        writer.write(workbench, actor, tmp_path / "target" / place)
    assert [path.name for path in (tmp_path / "target").rglob("*")] == ["empty"]


@pytest.mark.parametrize("place", ["/proc/export", "/proc/a/b", "file/export"])
def test_a_folder_that_cannot_be_made_is_unavailable(
    workbench: Workbench, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        writer.write(workbench, workbench.operator(), tmp_path / place)


def test_a_blob_that_rots_on_the_disk_after_it_was_looked_at_stops_the_export(
    workbench: Workbench, tmp_path: Path
) -> None:
    live(workbench)
    (sha256,) = workbench.blobs.iterate()
    path = workbench.blobs.path(sha256)
    path.write_bytes(b"rotten")
    found = path.stat()  # the disk itself tells nobody
    workbench.blobs._intact[sha256] = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    with pytest.raises(UnavailableError, match="missing or damaged"):
        writer.write(workbench, workbench.operator(), tmp_path / "export")


def test_a_lost_blob_stops_the_export(workbench: Workbench, tmp_path: Path) -> None:
    live(workbench)
    (sha256,) = workbench.blobs.iterate()
    workbench.blobs.path(sha256).unlink()
    with pytest.raises(UnavailableError, match="missing or damaged"):
        writer.write(workbench, workbench.operator(), tmp_path / "export")
    assert not (tmp_path / "export").exists()
