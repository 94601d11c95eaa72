"""``workbench doctor`` reads every record, and looks for every file that one names (S9, S11)."""

from __future__ import annotations

import io
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.app import Workbench
from engine.artifacts.models import Artifact
from engine.config import Settings
from engine.jobs.workers import Workers
from engine.store.driver import execute
from engine.upgrades import plan_upgrade
from engine.webhooks import service as webhooks
from engine.webhooks.inputs import MakeWebhook
from engine.webhooks.models import PauseReason, Webhook
from tests.databases import PostgresStores
from tests.exports.lived import live
from tests.factories import make_bundle, make_task
from web.cli import doctor, operations


def findings(cli, check: str) -> list[dict[str, Any]]:
    return [row for row in cli("doctor", "--json").json["checks"] if row["check"] == check]


def by_sql(workbench: Workbench, statement: str) -> None:
    with workbench.database.write() as connection:
        connection.exec_driver_sql(statement)


def test_a_lived_workspace_is_well(workbench: Workbench, cli):
    live(workbench)
    [records] = findings(cli, "records")
    assert records["ok"], records
    assert int(records["message"].split()[0]) > 200
    assert {row["ok"] for row in findings(cli, "blobs")} == {True}


def test_a_record_that_cannot_be_read_is_named(workbench: Workbench, cli):
    task = make_task(workbench)
    by_sql(workbench, "UPDATE tasks SET document = replace(document, 'pending', 'pondering')")
    [finding] = findings(cli, "records")
    assert not finding["ok"]
    assert task.task_id in finding["message"]
    assert "status" in finding["message"]
    assert cli("doctor").code == 1


def test_a_record_that_points_at_nothing_is_named(workbench: Workbench, cli):
    bundle = make_bundle(workbench)
    by_sql(workbench, f"DELETE FROM bundles WHERE bundle_id = '{bundle.bundle_id}'")  # noqa: S608 - ours
    found = findings(cli, "records")
    assert not any(row["ok"] for row in found)
    told = f": bundle_id {bundle.bundle_id} is not in bundles"
    assert any(row["message"].startswith("tasks tsk_") and row["message"].endswith(told) for row in found)
    assert "more. Restore a backup" in found[-1]["message"], "not all of them are listed"


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_file_that_is_gone_or_changed_is_named(workbench: Workbench, cli, *, is_gone: bool):
    live(workbench)
    with workbench.reading(workbench.operator()) as tx:
        artifact = next(row for row in tx.find(Artifact) if row.sha256)
    assert artifact.sha256
    path = workbench.blobs.path(artifact.sha256)
    path.chmod(0o600)
    if is_gone:
        path.unlink()
    else:
        path.write_bytes(b"another")
    bad = [row for row in findings(cli, "blobs") if not row["ok"]]
    assert len(bad) == 1
    fault = "is not there" if is_gone else "does not match its hash"
    assert bad[0]["message"].startswith(f"1 file {fault}, first {artifact.sha256}")


def test_a_folder_of_files_that_is_another_stores_is_told_as_one_of_files(
    workbench: Workbench, cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """It was told as a second line about the database, below the one that it answers."""
    live(workbench)
    workbench.claim_blob_folder()
    monkeypatch.setenv("WORKBENCH_BLOBS", str(tmp_path / "other"))
    assert [row["ok"] for row in findings(cli, "database")] == [True]
    told = findings(cli, "blobs")[0]
    assert not told["ok"]
    assert "all its servers must share one folder" in told["message"]


def test_the_disk_of_uploaded_files_is_looked_at_where_it_is_another_one(
    workbench: Workbench, cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    assert len(findings(cli, "disk")) == 1
    monkeypatch.setenv("WORKBENCH_BLOBS", str(tmp_path / "shared"))
    monkeypatch.setattr(doctor, "_disk_of", lambda folder: folder.name == "shared")
    assert [row["message"].rpartition(" at ")[2] for row in findings(cli, "disk")] == [
        str(workbench.settings.data_folder),
        str(tmp_path / "shared"),
    ]


def test_a_file_that_no_record_names_is_no_trouble(workbench: Workbench, cli):
    workbench.blobs.put(io.BytesIO(b"left by a crash"), 100)
    assert {row["ok"] for row in findings(cli, "blobs")} == {True}


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"WORKBENCH_CONTENT_REF": "nosuch"}, "nosuch names no commit of the repository"),
        ({"WORKBENCH_CONTENT": "/nowhere"}, "There is no content in /nowhere/content"),
    ],
)
def test_content_that_cannot_be_read_is_not_said_to_be_outside_of_git(
    cli, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
):
    """N6: of a mistyped reference it said that the folder was not in Git."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    [git], [content] = findings(cli, "git"), findings(cli, "content")
    assert (git["ok"], told in git["message"], "not in Git" in git["message"]) == (False, True, False)
    assert told in content["message"]
    assert content["message"].startswith("1 error, first ")
    assert ".." not in content["message"]
    made = cli("task", "create", "--title", "Call the printer", "--type", "untyped")
    assert "no task type 'untyped'; there is none: `workbench content check` says why" in made.err


COMMANDS = ["doctor", "export out", "upgrade", "audit verify", "bundle list", "serve --host 203.0.113.1"]


@pytest.mark.parametrize("command", COMMANDS)
def test_on_postgresql_no_command_guesses_where_files_are(
    postgres_stores: PostgresStores, cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
):
    """N3: from another folder `doctor` found every file, and `export` missed one."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with postgres_stores.lent() as url:
        monkeypatch.setenv("WORKBENCH_DATABASE", url)
        answer = cli(*command.split())
    assert (answer.code, "set WORKBENCH_BLOBS" in answer.out + answer.err) == (1, True)
    assert list(Path().rglob("blobs")) == []


@pytest.mark.parametrize("command", [*COMMANDS[:-1], "user list", "session list"])
def test_in_an_empty_database_of_postgresql_no_command_makes_a_store_but_those_that_are_to(
    database_url: str, cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
):
    """One `task list` before `restore` made a store that was then in the way, in the wrong zone for good."""
    if database_url.startswith("sqlite"):
        database_url = "sqlite:///nothing.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_DATABASE", database_url)
    monkeypatch.setenv("WORKBENCH_BLOBS", str(tmp_path / "files"))
    answer = cli(*command.split())
    assert answer.code == 1
    assert "There is no store in" in answer.out + answer.err
    assert plan_upgrade(database_url).version is None


ELSEWHERE = [
    *("doctor", "export out", "upgrade", "audit verify", "audit anchor ends", "bundle list", "report list"),
    *("user add a@example.com --name A --role manager", "task escalate", "session list"),
]


@pytest.mark.parametrize("command", ELSEWHERE)
def test_in_another_folder_no_command_makes_a_store_and_finds_nothing_in_it(
    cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
):
    """A timer that exports in the wrong folder would keep empty exports, and say that all is well."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("WORKBENCH_DATABASE")
    answer = cli(*command.split())
    told = f"There is no store in {tmp_path}/elsewhere/var/workbench.db. Go to the folder of your workspace"
    assert (answer.code, told in answer.out + answer.err) == (1, True)
    assert [path for path in Path().rglob("*") if path.is_file()] == []


def test_who_looks_for_a_store_beside_that_of_the_demo_is_told_of_it(
    cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    demo = tmp_path / "elsewhere/var/demo/workbench.db"
    demo.parent.mkdir(parents=True)
    demo.touch()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("WORKBENCH_DATABASE")
    answer = cli("bundle", "list")
    assert f"There is one in {demo}: --database sqlite:///{demo}." in answer.err


@pytest.mark.wide  # fills a database
def test_a_full_disk_of_postgresql_is_told_though_what_is_small_can_still_be_written(
    postgres_url_factory: Callable[[], str], settings: Settings, cli, monkeypatch: pytest.MonkeyPatch
):
    """Its pages have gaps for a while; a table that is new finds no room."""
    monkeypatch.setenv("WORKBENCH_DATABASE", url := postgres_url_factory())
    monkeypatch.setenv("WORKBENCH_BLOBS", str(settings.blob_folder))
    Workbench(replace(settings, database=url, blobs=str(settings.blob_folder))).close()
    full = "BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END"
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (
            f"CREATE FUNCTION no_room() RETURNS event_trigger LANGUAGE plpgsql AS $$ {full} $$",
            "CREATE EVENT TRIGGER no_room ON ddl_command_end EXECUTE FUNCTION no_room()",
        ):
            assert [finding["ok"] for finding in findings(cli, "writing")] == [True]
            connection.execute(statement)
    [finding] = findings(cli, "writing")
    assert not finding["ok"]
    assert " is full. " in finding["message"]


def test_a_database_that_may_only_be_read_is_no_place_to_work(
    postgres_stores: PostgresStores, settings: Settings, cli, monkeypatch: pytest.MonkeyPatch
):
    with postgres_stores.lent() as url:
        monkeypatch.setenv("WORKBENCH_DATABASE", f"{url}%20-cdefault_transaction_read_only%3Don")
        monkeypatch.setenv("WORKBENCH_BLOBS", str(settings.blob_folder))
        [finding] = findings(cli, "writing")
        assert not finding["ok"]
        assert "can only be read" in finding["message"]
        answer = cli("serve", "--port", "0")
    assert answer.code == 3
    assert answer.out == "", "it names an address that nobody will answer at"
    assert "can only be read" in answer.err


def test_a_clock_that_differs_from_the_database_s_is_named(workbench: Workbench):
    now = datetime.now(UTC)
    assert operations.clocks(workbench.database, now).ok
    late = operations.clocks(workbench.database, now + timedelta(minutes=5))
    assert not late.ok
    assert "differs by 300 seconds" in late.message


@pytest.mark.wide  # its server is started for it
def test_the_clock_of_postgresql_is_asked(either_workbench: Workbench):
    assert operations.clocks(either_workbench.database, datetime.now(UTC)).ok


def test_the_room_that_a_backup_takes_is_told(workbench: Workbench, cli):
    workbench.blobs.put(io.BytesIO(b"x" * 3 * 1024 * 1024), 10**9)
    [finding] = findings(cli, "backup")
    megabytes = int(finding["message"].split(" MiB")[0].rpartition(" ")[2])
    assert finding["ok"]
    assert 3 <= megabytes < 20


def test_programs_that_a_backup_lacks_are_named(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    there = replace(settings, database="postgresql://board@db.example/work", blobs="/nowhere")
    (finding,) = operations.backup(there)
    assert not finding.ok
    assert finding.message.startswith("pg_dump and pg_restore are not installed here")


@pytest.mark.parametrize(
    ("token", "said"), [("", "no metrics_token"), ("x" * 20, "answers who has the token")]
)
def test_whether_metrics_are_told_is_told_without_the_token(settings: Settings, token: str, said: str):
    (finding,) = operations.metrics(replace(settings, metrics_token=token))
    assert finding.ok
    assert said in finding.message
    assert "xxxx" not in finding.message


def test_how_servers_log_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    (finding,) = operations.log(replace(settings, log_format="json", slow_statement_ms=0))
    assert finding.message == "as json, to standard error; slow statements are not named"
    monkeypatch.setattr("sys.__stderr__", open(os.devnull))  # noqa: PTH123, SIM115 - it is closed at once
    sys.__stderr__.close()
    (finding,) = operations.log(settings)
    assert not finding.ok


def test_a_webhook_that_was_paused_by_itself_is_named_and_one_that_an_admin_paused_is_not(
    workbench: Workbench, cli
):
    assert findings(cli, "webhooks") == []
    operator = workbench.operator()
    with workbench.transaction(operator) as tx:
        for name in ("Shop", "Ledger"):
            new = MakeWebhook(name=name, url=f"https://{name.lower()}.example/hook")
            made = webhooks.make(tx, new, "whsec_", "sealed").webhook
        webhooks.pause_by_hand(tx, made.webhook_id)
    [well] = findings(cli, "webhooks")
    assert (well["ok"], well["message"]) == (True, "2 webhooks, none paused by itself")
    with workbench.transaction(operator) as tx:
        [shop] = [one for one in tx.find(Webhook) if one.name == "Shop"]
        webhooks.pause(tx, shop, PauseReason.FAILING)
    [faulty] = findings(cli, "webhooks")
    assert (faulty["ok"], "“Shop” sends nothing: nothing was taken for three days." in faulty["message"]) == (
        False,
        True,
    )


def test_workers_that_are_lost_or_of_another_release_are_named(workbench: Workbench, cli):
    [nobody] = findings(cli, "workers")
    assert (nobody["ok"], nobody["message"]) == (True, "0 processes do what is put")
    workers = Workers(workbench.database)
    for name, release in (
        ("lost:1", "0.4.0"),
        ("older:2", "0.3.0"),
        ("well:3", "0.4.0"),
        ("well:4", "0.4.0"),
    ):
        workers.enter(name, "token", release=release, threads=2, does=[])
    with workbench.database.write() as connection:
        execute(connection, "UPDATE job_workers SET seen_at = seen_at - 60000 WHERE name = 'lost:1'")
        workers.drain(connection, "well:4", is_draining=True)
    lost, older, all_of_them = findings(cli, "workers")
    assert not lost["ok"]
    assert lost["message"].startswith("WORKER_LOST: nothing was seen of lost:1 for 60 seconds.")
    assert not older["ok"]
    assert older["message"].startswith("WORKER_OF_ANOTHER_RELEASE: older:2 runs 0.3.0, and this is 0.4.0.")
    assert (all_of_them["ok"], all_of_them["message"]) == (
        True,
        "2 processes do what is put, and 1 is drained",
    )


def test_a_provider_that_does_not_answer_is_named(workbench: Workbench, cli):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    [away] = [
        one
        for one in doctor.examine(replace(workbench.settings, oidc_issuer=f"http://127.0.0.1:{port}"))
        if one.check == "openid"
    ]
    assert (away.ok, "does not answer" in away.message) == (False, True)
