"""``workbench upgrade``: what it would do, what it asks for before, and what it says it did."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.config import Settings
from engine.upgrades import MIGRATIONS
from tests.conftest import ROOT
from tests.golden.stores import OLDER, put
from web.cli import hoist, run
from web.serving import restarting

OLDEST = OLDER[0]
NEWEST = len(MIGRATIONS) + 1


@pytest.fixture
def old_file(settings: Settings) -> Path:
    """The store of the oldest release, where the command line looks for one."""
    file = Path(settings.database.removeprefix("sqlite:///"))
    file.unlink()
    put(OLDEST, settings.database)
    return file


def test_with_nothing_to_do_the_check_says_so_and_is_0(cli):
    answer = cli("upgrade", "--check")
    assert answer.code == 0
    assert answer.out == f"Nothing to do.\nThe store is at version {NEWEST}.\n"
    data = cli("upgrade", "--check", "--json")
    assert (data.code, data.json["steps"], data.json["backup"]) == (0, [], None)
    assert (data.json["schema_version"], data.json["target_version"]) == (NEWEST, NEWEST)


def test_the_check_refuses_what_the_upgrade_would_refuse_columns_that_no_step_brings(cli, settings: Settings):
    file = settings.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as connection, connection:
        text = connection.execute("SELECT declaration FROM store_tables WHERE name = 'tasks'").fetchone()[0]
        declared = json.loads(text)
        declared["columns"]["former"] = declared["columns"]["task_id"]
        connection.execute(
            "UPDATE store_tables SET declaration = ? WHERE name = 'tasks'", (json.dumps(declared),)
        )
    checked, done = cli("upgrade", "--check"), cli("upgrade")
    assert checked.code == done.code == 3
    assert checked.err == done.err
    assert "The stored table tasks has other columns than this program declares" in checked.err


def test_the_check_tells_steps_backup_and_servers_changes_nothing_and_is_1(cli, old_file: Path):
    before = old_file.read_bytes()
    answer = cli("upgrade", "--check")
    assert answer.code == 1
    assert f"at version 1; an upgrade brings it to {NEWEST}" in answer.out
    assert "2: approvals, QA (release 0.2.0)" in answer.out
    assert f"copied to {old_file}.version-1.<time>.backup" in answer.out
    assert "Stop the servers that run now first" in answer.out
    data = cli("upgrade", "--check", "--json")
    assert data.code == 1
    assert [step["version"] for step in data.json["steps"]] == list(range(2, NEWEST + 1))
    assert data.json["older_servers_may_go_on"] is False
    assert data.json["backup_by_hand"] is False
    assert old_file.read_bytes() == before
    assert [path.name for path in old_file.parent.iterdir()] == [old_file.name]


def test_a_store_that_is_not_there_is_not_made_by_the_check(cli, old_file: Path):
    old_file.unlink()
    answer = cli("upgrade", "--check")
    assert answer.code == 0
    assert "no store" in answer.out
    assert not old_file.exists()


def test_the_upgrade_names_the_copy_it_made(cli, old_file: Path):
    done = cli("upgrade", "--json").json
    assert done["schema_version"] == NEWEST
    with closing(sqlite3.connect(done["backup"])) as copy:
        assert copy.execute("SELECT max(version) FROM store_migrations").fetchone() == (1,)
    again = cli("upgrade")
    assert again.out == f"Nothing to do.\nThe store is at version {NEWEST}.\n"
    assert cli("upgrade", "--json").json["backup"] is None


#: Where nobody can listen: a server that began after all would end at once.
NOWHERE = ("serve", "--host", "203.0.113.1")


@pytest.mark.wide
@pytest.mark.parametrize("command", [("upgrade",), NOWHERE], ids=["upgrade", "serve"])
def test_a_postgresql_store_is_upgraded_only_once_it_was_backed_up(
    postgres_url_factory: Callable[[], str],
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
):
    url = postgres_url_factory()
    put(OLDEST, url)
    monkeypatch.setenv("WORKBENCH_BLOBS", str(settings.blob_folder))
    words = ["--database", url, "--content", settings.content, *command]
    assert run(words, as_json=False) == 1
    said = capsys.readouterr().err
    assert "workbench backup version-1.backup" in said
    assert "--backed-up" in said
    if command == ("upgrade",):
        assert run([*words, "--check"], as_json=False) == 1
        assert "run workbench backup FILE first" in capsys.readouterr().out
        assert run([*words, "--backed-up"], as_json=False) == 0
        assert f"The store is at version {NEWEST}." in capsys.readouterr().out


def test_the_runbook_tells_of_the_exit_code_and_the_option():
    text = (ROOT / "web" / "RUNBOOK.md").read_text(encoding="utf-8")
    assert "workbench upgrade [--check] [--backed-up]" in text
    assert hoist(["upgrade", "--check"]) == ["upgrade", "--check"]


@pytest.mark.wide
def test_a_server_that_begins_anew_upgrades_no_store_away_from_under_its_workers(
    cli, old_file: Path, monkeypatch: pytest.MonkeyPatch
):
    before = old_file.read_bytes()
    monkeypatch.setenv(restarting._REHEARSAL, "1")
    answer = cli("serve")
    assert answer.code == 1
    assert "Stop it, then start it again. Nothing was changed." in answer.err
    assert old_file.read_bytes() == before
    assert cli("upgrade").code == 0
    assert "Stop it" not in cli("serve").err, "it has nothing to upgrade"
