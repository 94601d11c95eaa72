"""One-time links go to a terminal or a private file; sessions are ended on the server too (S16, S22)."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from engine.accounts import service as accounts
from engine.accounts import sessions
from engine.accounts.models import BegunWith, SignInLink, User
from engine.errors import UnauthorizedError
from engine.throttle import FREE_TRIES, Attempt
from tests.factories import make_people
from web.cli import links, server

ANA = "ana@example.com"


@pytest.fixture
def in_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "is_terminal", lambda: True)


@pytest.fixture
def people(workbench):
    return make_people(workbench)


def test_links_name_the_address_that_people_open(cli, people, in_terminal, monkeypatch, tmp_path):
    """N5: behind a proxy they named the address that the board listens at."""
    monkeypatch.setenv("WORKBENCH_PUBLIC_URL", "https://board.example.com/")
    assert re.search(
        r"within 24 hours: https://board\.example\.com/sign-in/[\w-]{40,}\n", cli("user", "link", ANA).out
    )
    added = cli("user", "add", "new@example.com", "--name", "New", "--role", "member").out
    assert re.search(r"within 24 hours: https://board\.example\.com/sign-in/[\w-]{40,}\n", added)
    file = tmp_path / "link"
    told = cli("user", "link", ANA, "--link-file", str(file)).out
    assert file.read_text().startswith("https://board.example.com/sign-in/")
    assert told.endswith("Their link, good for 24 hours, is in the file.\n")
    assert cli("user", "link", ANA, "--json").json["sign_in_path"].startswith("/sign-in/")


def test_a_link_is_shown_in_a_terminal(cli, people, in_terminal, workbench):
    told = cli("user", "link", ANA).out
    token = re.findall(r"<address of the board>/sign-in/([\w-]+)\n", told)[0]
    assert told.endswith(
        "Put the address that people open before the link; public_url in workbench.toml does it for you.\n"
    )
    with workbench.transaction(workbench.system_actor()) as tx:
        user = accounts.redeem(tx, token)
        sessions.begin(tx, user, BegunWith.LINK)
        assert user.email == ANA
    assert cli("user", "link", people["ana"].user_id, "--json").json["sign_in_path"].startswith("/sign-in/")


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_link_that_would_go_to_a_pipe_is_not_made(cli, people, workbench, words):
    answer = cli("user", "link", ANA, *words)
    assert answer.code == 1
    assert "--link-file" in answer.out + answer.err
    with workbench.reading(workbench.operator()) as tx:
        assert tx.count(SignInLink) == 0


def test_a_link_is_written_into_a_new_file_that_its_owner_alone_may_read(
    cli, people, tmp_path: Path, workbench
):
    file = tmp_path / "link"
    told = cli("user", "link", ANA, "--link-file", str(file))
    assert "/sign-in/" not in told.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    path = file.read_text()
    assert path.startswith("/sign-in/")
    nowhere = tmp_path / "nowhere"
    for taken, why in (
        (file, f"{file} is there already"),
        (nowhere / "link", f"There is no folder {nowhere}"),
    ):
        refused = cli("user", "link", ANA, "--link-file", str(taken))
        assert (refused.code, why in refused.err, "Nothing was changed" in refused.err) == (1, True, True)
    assert file.read_text() == path
    with workbench.reading(workbench.system_actor()) as tx:
        assert accounts.whose_link(tx, path.strip().removeprefix("/sign-in/")).email == ANA


def test_somebody_is_added_without_a_terminal_and_their_link_is_not_printed(cli, people):
    told = cli("user", "add", "new@example.com", "--name", "New", "--role", "member").out
    assert "/sign-in/" not in told
    assert "workbench user link new@example.com" in told
    made = cli("user", "add", "b@example.com", "--name", "B", "--role", "member", "--json").json
    assert made["sign_in_path"] is None


@pytest.mark.parametrize("demo", [True, False])
def test_what_serve_says_to_a_log_holds_no_link(workbench, people, demo):
    said = server._where(workbench, "http://127.0.0.1:8000", demo=demo)
    assert "/sign-in/" not in said
    assert said.startswith("Workbench is at http://127.0.0.1:8000\n")
    assert ("workbench user link operator@localhost" in said) is not demo
    with workbench.reading(workbench.operator()) as tx:
        assert tx.count(SignInLink) == 0


def test_what_serve_says_in_a_terminal_signs_in(workbench, in_terminal):
    said = server._where(workbench, "http://127.0.0.1:8000", demo=False)
    with workbench.reading(workbench.system_actor()) as tx:
        assert accounts.whose_link(tx, said.rpartition("/sign-in/")[2].strip()).email == "operator@localhost"


def test_serve_says_the_address_that_people_open_and_its_link_names_it(workbench, in_terminal):
    workbench.settings = workbench.settings.with_options(public_url="https://board.example.com")
    said = server._where(workbench, "http://127.0.0.1:8000", demo=False)
    assert said.startswith("Workbench is at http://127.0.0.1:8000 (for people: https://board.example.com)\n")
    assert "with https://board.example.com/sign-in/" in said


def test_users_are_listed_as_on_the_page_people_without_their_secrets(cli, people, workbench):
    with workbench.transaction(workbench.operator()) as tx:
        accounts.set_password(tx, people["ana"].user_id, "the hash of a password")
    cli("user", "change", people["ben"].user_id, "--inactive")
    text = cli("user", "list").out
    heads, *lines = text.splitlines()
    assert re.split(r"\s{2,}", heads) == ["user", "email", "name", "roles", "stands for"]
    (hers,) = (line for line in lines if ANA in line)
    assert re.split(r"\s{2,}", hers) == [people["ana"].user_id, ANA, "Ana", "member", "ana"]
    assert "ben@example.com" in lines[-1], "those who may not sign in any more are last"
    assert lines[-1].endswith("not active")
    assert any(line.endswith("acme (partner)") for line in lines)
    listed = cli("user", "list", "--json")
    (ana,) = (one for one in listed.json["users"] if one["email"] == ANA)
    assert (ana["employee"], ana["partner"], ana["roles"]) == ("ana", None, ["member"])
    assert "hash" not in listed.out + text
    assert cli("user", "list", "--as", ANA).code == 4


def test_sessions_are_listed_without_their_secrets_and_ended(cli, people, workbench):
    tokens = []
    for name in ("ana", "ana", "ben"):
        with workbench.transaction(workbench.system_actor()) as tx:
            user = tx.get(User, people[name].user_id)
            tokens.append(sessions.begin(tx, user, BegunWith.PASSWORD, browser="Firefox on Linux"))
    everybody, hers = cli("session", "list", "--json"), cli("session", "list", ANA, "--json").json["sessions"]
    assert len(everybody.json["sessions"]) == 3
    assert [one["user_id"] for one in hers] == [people["ana"].user_id] * 2
    assert "token" not in everybody.out
    assert "Firefox on Linux" in cli("session", "list", ANA).out
    assert cli("session", "end", hers[0]["session_id"]).code == 0
    assert "1 session was ended" in cli("session", "end-all", ANA).out
    with workbench.reading(workbench.system_actor()) as tx:
        assert [sessions.find(tx, token) is not None for token in tokens] == [False, False, True]
    assert cli("session", "list", "--as", "mara@example.com").code == 4
    assert cli("session", "end-all", ANA, "--as", "mara@example.com").code == 4
    assert cli("session", "list", "nobody@example.com").code == 1


def test_an_admin_who_waits_for_wrong_passwords_gets_in_again_by_the_command_line(
    cli, people, workbench, clock
):
    def attempt() -> None:
        with workbench.sign_in_throttle.trying(Attempt(ANA), clock.now()):
            raise UnauthorizedError("wrong")

    for _ in range(FREE_TRIES + 1):
        with pytest.raises(UnauthorizedError) as refused:
            attempt()
    assert "Try again in" in str(refused.value)
    assert cli("user", "unlock", ANA, "--as", "mara@example.com").code == 4
    assert "may try their password again" in cli("user", "unlock", ANA).out
    with pytest.raises(UnauthorizedError, match=r"^wrong$"):
        attempt()
