"""The RUNBOOK is followed as it stands there, and names every path, address and secret (N3, N4)."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from engine.access import Role
from engine.app import Workbench
from engine.artifacts.blobs import MARK
from engine.config import SETTINGS_FILE, Settings
from engine.errors import UnavailableError
from exports import backup
from tests.conftest import ROOT
from tests.documents import blocks, follow
from tests.documents.machines import postgresql_programs
from tests.factories import make_task
from web.demo import stage

RUNBOOK = "web/RUNBOOK.md"
TEXT = (ROOT / RUNBOOK).read_text(encoding="utf-8")
#: The first block installs a wheel; ``make wheel-test`` begins with it.
AFTER_INSTALLING = blocks(RUNBOOK)[1:]
#: Settings that say how it behaves, and neither where something is nor what is secret.
_BEHAVIOUR = {
    *("jobs", "log_format", "slow_statement_ms"),
    *("oidc_name", "oidc_scopes", "oidc_groups_claim", "oidc_roles", "oidc_assignee_roles"),
    *("oidc_new_domains", "oidc_passwords"),
    *("content_ref", "worktree", "timezone", "missing_template", "max_upload_mb", "own_approval"),
    *(
        "escalate_after_days",
        "reminders",
        "copy_links",
        "private_links",
        "private_webhooks",
        "automation_python",
        "call_hosts",
        "private_calls",
        "processes",
        "proxies",
        "second_factor",
        "secure_cookies",
        "api_requests_per_minute",
    ),
}


def places() -> list[list[str]]:
    """Give the cells of each row of the table that says where everything is."""
    section = TEXT.partition("\n## Where everything is\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.*) \|$", section, flags=re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows[2:]]


@pytest.mark.wide
def test_a_first_workspace_gets_its_people_as_the_runbook_says(shell, tmp_path: Path, environment):
    """The quick half of what follows."""
    *first, serve = AFTER_INSTALLING[:4]
    assert "workbench serve" in serve.typed.text
    follow(first, shell, tmp_path, environment)


def test_a_server_that_runs_while_a_backup_is_put_back_says_so_and_loses_nothing(
    workbench: Workbench, tmp_path: Path, environment: dict[str, str]
):
    (script,) = (
        block.typed.text
        for block in AFTER_INSTALLING
        if "mv var/workbench.db" in block.typed.text and "workbench restore" in block.typed.text
    )
    moving = "".join(f"{line}\n" for line in script.splitlines() if line.startswith(("mkdir ", "mv ")))
    work, store = tmp_path / "work", Path(workbench.settings.database.removeprefix("sqlite:///"))
    make_task(workbench)
    backup.write(workbench.settings, tmp_path / "one.backup")
    work.mkdir()
    (work / "var").symlink_to(store.parent)
    assert store.name == "workbench.db"
    subprocess.run(["sh", "-ec", moving], cwd=work, env=environment, check=True)
    backup.restore(workbench.settings, tmp_path / "one.backup")
    with pytest.raises(UnavailableError, match="was moved, deleted or replaced"):
        make_task(workbench)


@pytest.mark.wide  # half a minute, of which most is starting the program thirty times
def test_a_workspace_is_set_up_kept_and_brought_back_from_the_runbook_alone(
    shell: str, tmp_path: Path, environment: dict[str, str], postgres_url_factory: Callable[[], str]
):
    folder = tmp_path / "workbench"
    folder.mkdir()
    environment["DATABASE_URL"], environment["NEW_DATABASE_URL"] = (postgres_url_factory() for _ in range(2))
    environment["PATH"] = f"{postgresql_programs()}:{environment['PATH']}"
    follow(AFTER_INSTALLING, shell, folder, environment)
    work = folder / "our-work"
    named = [name for row in places() for cell in row for name in re.findall(r"`([^`]+)`", cell)]
    left = [*work.iterdir(), *(work / "var").iterdir(), *(work / "var/blobs").iterdir()]
    for path in left:
        name = str(path.relative_to(work)).replace("var/files", "var/blobs")
        known = any(fnmatch.fnmatch(name, one) or one in (path.name, f"{name}/") for one in named)
        assert known or re.fullmatch(r"\.git.*|people\.yaml|var|.*/[0-9a-f]{2}", name), f"{name} is in no row"


@pytest.mark.parametrize("setting", [item for item in fields(Settings) if item.name not in _BEHAVIOUR])
def test_a_setting_that_says_where_something_is_stands_in_the_table_with_its_default(setting):
    rows = [row for row in places() if f"`{setting.name}`" in row[1]]
    assert rows, f"{setting.name} says where something is, or how it behaves"
    assert setting.default == "" or any(str(setting.default) in row[2] for row in rows)


def test_the_table_names_what_the_program_calls_them():
    said = "\n".join("|".join(row) for row in places())
    for name in (
        SETTINGS_FILE,
        str(stage.FOLDER),
        MARK,
        str(Settings().blob_folder),
        str(Settings().key_file),
    ):
        assert f"`{name}`" in said
    assert {len(row) for row in places()} == {5}
    secret = [row[0] for row in places() if "secret" in row[3].lower()]
    assert len(secret) == 9, (
        "the database's password, the store, its copies, the key file, the unit's, a link, an API token, "
        "backups, the token of metrics"
    )


def test_each_role_is_told_in_the_words_of_the_source():
    rows = dict(
        re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", TEXT.partition("one or more of six roles")[2], flags=re.M)
    )
    source = (ROOT / "engine/access.py").read_text(encoding="utf-8")
    told = dict(
        re.findall(
            r'^    [A-Z]+ = "(\w+)"  #: (.*)$',
            source.partition("class Role")[2].partition("\nclass ")[0],
            flags=re.M,
        )
    )
    for role in Role:
        assert rows[role] == told[role]
