"""Sessions, passwords and links set by SQL are found, and stay found; what is over may be forgotten."""

# ruff: noqa: S608 - the statements, and what is drawn, are those of the tests
from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.accounts import passwords, service, sessions
from engine.accounts.models import BegunWith, EndedBy, Session, User
from engine.app import Workbench
from engine.verification import verify
from exports import validate, writer
from tests.engine.test_verification import by_sql, first, names, quoted
from tests.factories import make_people


def test_a_session_that_is_of_another_workspace_than_its_user_signs_nobody_in_and_is_found(
    either_workbench: Workbench, signed_in: User
):
    """Ending all sessions of a user would not find it."""
    token, row = "of my choice", first(either_workbench, "sessions")
    forged = {
        **row,
        "session_id": "ses_forged",
        "workspace_id": "wsp_other",
        "token_hash": passwords.hash_token(token),
    }
    [found] = by_sql(
        either_workbench,
        "INSERT INTO sessions (session_id, workspace_id, user_id, token_hash, ended_at, document) VALUES "
        f"('ses_forged', 'wsp_other', '{row['user_id']}', '{forged['token_hash']}', NULL, "
        f"{quoted(json.dumps(forged))})",
    )
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert sessions.find(tx, token) is None
    assert (
        found
        == f"sessions ses_forged is of another workspace and points at users {row['user_id']} of this one"
    )


@pytest.fixture
def signed_in(either_workbench: Workbench) -> User:
    """Ben, with a password, a session and a link."""
    people = make_people(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        ben = service.set_password(tx, people["ben"].user_id, "$argon2id$of-a-password")
        sessions.begin(tx, ben, BegunWith.PASSWORD)
        service.make_sign_in_link(tx, ben)
    return ben


def test_a_session_that_nobody_began_is_found_though_its_rows_are_like_those_of_workbench(
    either_workbench: Workbench, signed_in: User
):
    row = first(either_workbench, "sessions")
    forged = {**row, "session_id": "ses_forged", "token_hash": "f" * 64}
    found = by_sql(
        either_workbench,
        "INSERT INTO sessions (session_id, workspace_id, user_id, token_hash, ended_at, document) VALUES "
        f"('ses_forged', '{row['workspace_id']}', '{row['user_id']}', '{'f' * 64}', NULL, "
        f"{quoted(json.dumps(forged))})",
    )
    assert found == ["sessions ses_forged was added: no event tells of it"]


@pytest.mark.parametrize("field", ["user_id", "token_hash", "expires_at"])
def test_a_session_that_was_made_another_is_found(either_workbench: Workbench, signed_in: User, field: str):
    row = first(either_workbench, "sessions")
    with either_workbench.reading(either_workbench.operator()) as tx:
        operator = tx.actor.user_id
    value = {"user_id": operator, "token_hash": "f" * 64, "expires_at": "2099-01-01T00:00:00.000Z"}[field]
    column = "" if field == "expires_at" else f"{field} = '{value}', "
    text = quoted(json.dumps({**row, field: value}))
    [found] = by_sql(either_workbench, f"UPDATE sessions SET {column}document = {text}")
    assert found.startswith(f"sessions {row['session_id']} was changed")


def test_a_password_that_was_set_by_sql_is_found_and_stays_found(
    either_workbench: Workbench, signed_in: User
):
    with either_workbench.reading(either_workbench.operator()) as tx:
        row = json.loads(tx.get(User, signed_in.user_id).to_json())
    text = quoted(json.dumps({**row, "password_hash": "$argon2id$of-another"}))
    [found] = by_sql(
        either_workbench, f"UPDATE users SET document = {text} WHERE user_id = '{row['user_id']}'"
    )
    assert found.startswith(f"users {row['user_id']} was changed")
    with either_workbench.transaction(either_workbench.operator()) as tx:
        service.set_password(tx, signed_in.user_id, "$argon2id$of-a-third")
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert names(verify(tx)) == [f"users/{row['user_id']}"]


def test_a_password_for_whom_had_none_is_found(either_workbench: Workbench):
    people = make_people(either_workbench)
    with either_workbench.reading(either_workbench.operator()) as tx:
        row = json.loads(tx.get(User, people["ana"].user_id).to_json())
    assert row["password_hash"] is None
    text = quoted(json.dumps({**row, "password_hash": "$argon2id$of-another"}))
    [found] = by_sql(
        either_workbench, f"UPDATE users SET document = {text} WHERE user_id = '{row['user_id']}'"
    )
    assert found.startswith(f"users {row['user_id']} was changed")


def test_a_link_that_was_added_or_revived_is_found_and_its_hash_is_not_told(
    either_workbench: Workbench, signed_in: User
):
    row = first(either_workbench, "sign_in_links")
    text = quoted(json.dumps({**row, "expires_at": "2099-01-01T00:00:00.000Z"}))
    [revived] = by_sql(either_workbench, f"UPDATE sign_in_links SET document = {text}")
    assert revived.startswith("sign_in_links ")
    assert "was changed" in revived
    assert row["token_hash"] not in revived
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql(
            f"UPDATE sign_in_links SET document = {quoted(json.dumps(row)).replace('%', '%%')}"
        )
    text = quoted(json.dumps({**row, "token_hash": "f" * 64}))
    [added] = by_sql(
        either_workbench,
        "INSERT INTO sign_in_links (token_hash, workspace_id, user_id, document) VALUES "
        f"('{'f' * 64}', '{row['workspace_id']}', '{row['user_id']}', {text})",
    )
    assert added.startswith("sign_in_links ")
    assert added.endswith("was added: no event tells of it")


def test_what_is_over_may_be_forgotten(either_workbench: Workbench, signed_in: User, tmp_path: Path):
    """Sessions and links that sign nobody in any more are deleted with the next; exports have none."""
    with either_workbench.transaction(either_workbench.operator()) as tx:
        ben = tx.get(User, signed_in.user_id)
        sessions.end_all(tx, ben, EndedBy.CHOICE)
        service.make_sign_in_link(tx, ben)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        ben = tx.get(User, signed_in.user_id)
        sessions.begin(tx, ben, BegunWith.PASSWORD)
        service.make_sign_in_link(tx, ben)
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.count(Session) == 1
        assert verify(tx).is_intact
    writer.write(either_workbench, either_workbench.operator(), tmp_path / "out")
    assert [str(one) for one in validate.check(tmp_path / "out")] == []
