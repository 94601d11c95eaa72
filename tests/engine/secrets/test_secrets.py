"""Secrets: sealed by a key file, opened by the product alone, told by name."""

from __future__ import annotations

import io
import json
import logging
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.audit.models import Event
from engine.config import Settings
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError, UnavailableError
from engine.secrets import sealing, service
from engine.secrets.models import Secret
from exports import writer
from exports.validate import check
from tests.factories import do, make_people, set_up_factor

VALUE = "correct horse battery"


@pytest.fixture
def keeper(workbench: Workbench, tmp_path: Path) -> Workbench:
    workbench.settings = replace(workbench.settings, secrets_key=str(tmp_path / "secrets.key"))
    return workbench


def found(workbench: Workbench, name: str = "smtp_password") -> str | None:
    with workbench.reading(workbench.system_actor()) as tx:
        return service.open_secret(workbench, tx, name)


def keep(workbench: Workbench, value: str = VALUE, name: str = "smtp_password") -> None:
    do(workbench, workbench.operator(), "secrets set", name=name, value=value)


def test_what_was_set_is_there_for_the_product_until_it_is_set_again_or_removed(keeper: Workbench):
    assert found(keeper) is None
    keep(keeper)
    assert found(keeper) == VALUE
    keep(keeper, " another \n")
    assert found(keeper) == " another \n"
    do(keeper, keeper.operator(), "secrets remove", name="smtp_password")
    assert found(keeper) is None
    with pytest.raises(NotFoundError, match="There is no secret"):
        do(keeper, keeper.operator(), "secrets remove", name="smtp_password")
    keep(keeper)
    assert found(keeper) == VALUE


def test_no_record_no_event_no_export_and_no_log_holds_the_value(
    keeper: Workbench, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    keep(keeper)
    found(keeper)
    with keeper.reading(keeper.operator()) as tx:
        told = [event.model_dump_json() for event in tx.find(Event)]
        [secret] = tx.find(Secret)
    writer.write(keeper, keeper.operator(), tmp_path / "export")
    assert check(tmp_path / "export") == []
    exported = [path.read_bytes() for path in (tmp_path / "export").rglob("*") if path.is_file()]
    assert VALUE not in secret.model_dump_json() + "".join(told) + caplog.text
    assert not any(VALUE.encode() in text or (secret.sealed or "").encode() in text for text in exported)
    assert any("smtp_password" in text for text in told)


def test_the_key_file_is_its_owners_alone_and_is_kept(keeper: Workbench, tmp_path: Path):
    keep(keeper)
    file = tmp_path / "secrets.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    make_people(keeper)
    keep(keeper, "json://127.0.0.1/", name="chat:ana@example.com")
    assert file.read_bytes() == before


def test_a_key_file_that_others_may_read_opens_and_seals_nothing(keeper: Workbench, tmp_path: Path):
    keep(keeper)
    (tmp_path / "secrets.key").chmod(0o640)
    for use in (lambda: found(keeper), lambda: keep(keeper)):
        with pytest.raises(UnavailableError, match="chmod 600"):
            use()


@pytest.mark.parametrize(
    ("becomes", "refusal", "words"),
    [
        (None, UnavailableError, "Put it back from its backup"),
        (b"no key", ConflictError, "workbench secrets set smtp_password"),
        (b"A" * 43 + b"=", ConflictError, "sealed with another key"),
    ],
    ids=["lost", "broken", "another"],
)
def test_without_its_key_a_secret_says_what_to_do(
    keeper: Workbench, tmp_path: Path, becomes: bytes | None, refusal: type[Exception], words: str
):
    keep(keeper)
    file = tmp_path / "secrets.key"
    file.unlink() if becomes is None else file.write_bytes(becomes)
    with pytest.raises(refusal, match=words):
        found(keeper)


def test_no_second_key_is_made_where_the_first_one_is_missed(keeper: Workbench, tmp_path: Path):
    people, file = make_people(keeper), tmp_path / "secrets.key"
    sealed_by = [
        lambda: keep(keeper),
        lambda: set_up_factor(keeper, people["ana"]),
        lambda: do(keeper, keeper.operator(), "webhook make", name="B", url="https://b.example", kinds=[]),
    ]
    keep(keeper)
    do(keeper, keeper.operator(), "secrets remove", name="smtp_password")
    for seals in sealed_by:
        seals()
        file.unlink(missing_ok=True)
        with pytest.raises(UnavailableError, match="make an empty file there"):
            keep(keeper)
        assert not file.exists()
        file.touch(mode=0o600)  # the operator says that it is lost
    keep(keeper)
    assert found(keeper) == VALUE


def test_a_new_key_goes_into_no_file_that_others_may_read(keeper: Workbench, tmp_path: Path):
    keep(keeper)
    file = tmp_path / "secrets.key"
    file.write_bytes(b"")
    file.chmod(0o644)
    with pytest.raises(UnavailableError, match="chmod 600"):
        keep(keeper)
    assert file.read_bytes() == b""


def test_the_key_lies_beside_the_file_of_sqlite_and_has_to_be_named_with_postgresql():
    beside = Settings(database="sqlite:////data/workbench.db").key_file
    assert beside == Path("/data/secrets.key")
    with pytest.raises(BadRequestError, match="WORKBENCH_SECRETS_KEY"):
        _ = Settings(database="postgresql://there/workbench").key_file


def test_only_admins_set_and_see_them(keeper: Workbench):
    people = make_people(keeper)
    with pytest.raises(ForbiddenError):
        do(keeper, people["mara"], "secrets set", name="smtp_password", value=VALUE)
    with keeper.reading(people["mara"]) as tx, pytest.raises(ForbiddenError):
        service.list_all(tx)


def test_the_same_value_is_sealed_differently_each_time(keeper: Workbench):
    assert sealing.seal(keeper, VALUE) != sealing.seal(keeper, VALUE)


def test_the_command_line_reads_the_value_and_lists_names_and_dates_alone(
    cli, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{VALUE}\n"))
    made = cli("secrets", "set", "smtp_password")
    assert made.code == 0, made
    listed = cli("secrets", "list", "--json")
    assert [set(one) for one in json.loads(listed.out)["secrets"]] == [{"name", "set_at"}]
    assert VALUE not in made.out + made.err + listed.out
    assert "smtp_password" in cli("secrets", "list").out
    assert cli("secrets", "remove", "smtp_password").code == 0
    assert "No secrets." in cli("secrets", "list").out


@pytest.mark.parametrize("name", ["smtp_password", "content_token", "content_ssh_key"])
def test_whatever_is_read_without_being_about_anybody_can_be_set(keeper: Workbench, name: str):
    do(keeper, keeper.operator(), "secrets set", name=name, value=VALUE)
    with keeper.reading(keeper.operator()) as tx:
        assert service.open_secret(keeper, tx, name) == VALUE


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "smtp_pasword",
            VALUE,
            "nothing reads a secret smtp_pasword. There are smtp_password, content_token, content_ssh_key",
        ),
        ("chat:nobody@example.com", "json://127.0.0.1/", "nobody signs in as nobody@example.com"),
        ("chat:ana@example.com", "https://what is this", "it is no address of a chat"),
        ("chat:ana@example.com", "ana", "it is no address of a chat"),
    ],
)
def test_what_nothing_reads_or_what_cannot_be_right_is_refused(
    keeper: Workbench, name: str, value: str, words: str
):
    make_people(keeper)
    with pytest.raises(BadRequestError, match=words) as refused:
        keep(keeper, value, name)
    assert VALUE not in str(refused.value)
    with keeper.reading(keeper.operator()) as tx:
        assert service.list_all(tx) == []


def test_the_address_of_somebodys_chat_is_kept(keeper: Workbench):
    make_people(keeper)
    keep(keeper, "json://bot:word@127.0.0.1/", "chat:ana@example.com")
    assert found(keeper, "chat:ana@example.com") == "json://bot:word@127.0.0.1/"
