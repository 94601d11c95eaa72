"""``workbench token``: a secret goes to a terminal or a private file, and to nobody but whose it is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from engine.access import Scope
from engine.app import Workbench
from engine.tokens import service
from engine.tokens.models import ApiToken
from tests.factories import make_people
from web.cli import links

MARA = ("--as", "mara@example.com")


@pytest.fixture
def people(workbench: Workbench):
    return make_people(workbench)


@pytest.fixture
def in_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "is_terminal", lambda: True)


def whose(workbench: Workbench, secret: str) -> str | None:
    with workbench.reading(workbench.system_actor()) as tx:
        found = service.find(tx, secret.strip())
    return found.actor.name if found else None


def test_a_token_of_an_agent_is_made_shown_rotated_and_revoked(cli, people, in_terminal, workbench):
    words = ("--user", "bot@example.com", "--scope", "work", "--days", "30")
    shown, told = cli("token", "make", "crawler", *words).out.splitlines()
    assert whose(workbench, shown) == "Bot"
    assert told == "The token “crawler” is made. Copy it now: it is not shown again."
    [listed] = cli("token", "list", "--everybody", "--json").json["tokens"]
    assert (listed["name"], listed["scopes"], listed["last_used_at"]) == ("crawler", ["read", "work"], None)
    assert not {"token_hash", "previous_hash"} & set(listed)
    assert shown not in cli("token", "list", "--everybody").out
    made = cli("token", "rotate", listed["api_token_id"], "--overlap-hours", "48", "--json").json
    assert (whose(workbench, shown), whose(workbench, made["token"])) == ("Bot", "Bot")
    assert "lets nobody in any more" in cli("token", "revoke", listed["api_token_id"]).out
    assert whose(workbench, made["token"]) is None
    assert cli("token", "list", "--everybody").out == "No API tokens.\n"


def test_a_secret_that_would_go_to_a_pipe_is_not_made(cli, people, workbench):
    answer = cli("token", "make", "reporting")
    assert answer.code == 1
    assert "--token-file" in answer.err
    with workbench.reading(workbench.operator()) as tx:
        assert tx.count(ApiToken) == 0


def test_a_secret_is_written_into_a_new_file_that_its_owner_alone_may_read(
    cli, people, tmp_path: Path, workbench
):
    file = tmp_path / "token"
    told = cli("token", "make", "reporting", "--token-file", str(file)).out
    assert told == "The token “reporting” is in the file. Give it to nobody but the program.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert whose(workbench, file.read_text()) == "Local operator"
    again = cli("token", "make", "other", "--token-file", str(file))
    assert (again.code, "a token goes into a new file" in again.err) == (1, True)


def test_the_secret_of_another_person_is_theirs_to_take(cli, people, tmp_path: Path, workbench):
    told = cli("token", "make", "sheet", "--user", "mara@example.com", "--json").json
    assert told["token"] is None
    assert told["scopes"] == [Scope.READ, Scope.WORK]
    file = tmp_path / "token"
    place = ("--token-file", str(file))
    refused = cli("token", "rotate", told["api_token_id"], *place)
    assert (refused.code, "Mara's alone" in refused.err) == (4, True)
    assert cli("token", "rotate", told["api_token_id"], *place, *MARA).code == 0
    assert whose(workbench, file.read_text()) == "Mara"
    assert [one["name"] for one in cli("token", "list", "--json", *MARA).json["tokens"]] == ["sheet"]
    assert cli("token", "make", "own", "--token-file", str(tmp_path / "own"), *MARA).code == 4
