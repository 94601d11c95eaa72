"""When the database cannot do its part, the error says what happened and what to do."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import BadRequestError, UnavailableError
from engine.store import DocumentStore, TableSpec, plan
from engine.store.connections import parse_url
from engine.store.failures import as_workbench_error
from tests.store.samples import LEDGER, THINGS, thing


class Impatient(DocumentStore):
    patience_seconds = 0.1


def test_a_full_disk_refuses_the_write_and_keeps_the_store(tmp_path: Path):
    with DocumentStore(f"sqlite:///{tmp_path}/store.db", [THINGS]) as database:
        things = database.table("things")
        things.add_rows([thing(1)])
        with database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        for write in (
            lambda: things.add_rows([thing(2, filler="x" * 100_000)]),
            lambda: things.add_rows([(thing(3)[0], f'"{"x" * 100_000}"')]),
        ):
            with pytest.raises(
                UnavailableError, match=r"disk that holds .*store\.db is full.*Free some space"
            ):
                write()
        assert things.count_rows({}) == 1
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=100000")
        things.add_rows([thing(2, filler="x" * 100_000)])
        assert things.count_rows({}) == 2


def test_whoever_opens_a_store_beside_a_full_disk_is_told_that_it_is_full():
    """SQLite calls it a failure of the disk: the index of its log finds no place, so not even reads work."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    meant = as_workbench_error(error, parse_url("sqlite:///var/work.db"))
    assert meant.message == (
        "The disk that holds the database sqlite:///var/work.db is full. Nothing was changed. Free some "
        "space and try again."
    )


def test_a_store_that_is_only_looked_at_is_named_as_its_operator_does(tmp_path: Path):
    """`serve` looks before it opens; SQLite wants another spelling of the address for that."""
    store = tmp_path / "store.db"
    store.write_text("no database at all")
    with pytest.raises(
        UnavailableError, match=re.escape(f"The database sqlite:///{store} is not a database")
    ):
        plan(f"sqlite:///{store}", [])


def test_a_store_that_can_only_be_read_says_so_and_can_be_read(tmp_path: Path):
    path = tmp_path / "store.db"
    with DocumentStore(f"sqlite:///{path}", [THINGS]) as database:
        database.table("things").add_rows([thing(1)])
    with DocumentStore(f"sqlite:///file:{path}?mode=ro&uri=true", [THINGS]) as database:
        things = database.table("things")
        with pytest.raises(UnavailableError, match=r"can only be read: .*read-only.*try again"):
            things.add_rows([thing(2)])
        assert things.count_rows({}) == 1


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path):
    with pytest.raises(UnavailableError, match=r"cannot be opened: it is a folder or another user's"):
        DocumentStore(f"sqlite:///{tmp_path}")


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"folder .*file.* cannot be made"):
        DocumentStore(f"sqlite:///{tmp_path}/file/deeper/store.db")


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("shopping list\n" * 200)
    with pytest.raises(UnavailableError, match=r"notes\.txt is not a database file"):
        DocumentStore(f"sqlite:///{path}")
    assert path.read_text() == "shopping list\n" * 200


def test_a_store_locked_by_another_process_says_so(tmp_path: Path):
    with Impatient(f"sqlite:///{tmp_path}/store.db", [THINGS]) as database:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match=r"Something else writes to the database.*Try again"):
            database.table("things").add_rows([thing(1)])
        assert database.table("things").count_rows({}) == 0
        other.execute("ROLLBACK")
        other.close()
        database.table("things").add_rows([thing(1)])


def test_a_server_that_is_not_there_says_so_without_the_password():
    with pytest.raises(UnavailableError, match="cannot be reached") as caught:
        DocumentStore("postgresql://someone:secret@127.0.0.1:1/workbench")
    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_says_so(postgres_url_factory: Callable[[], str]):
    url = postgres_url_factory().replace("/test_", "/missing_")
    with pytest.raises(UnavailableError, match=r"missing_\w+.* does not exist|cannot be reached"):
        DocumentStore(url)


def test_a_read_block_cannot_write_on_postgresql(postgres_url_factory: Callable[[], str]):
    with (
        DocumentStore(postgres_url_factory(), [THINGS]) as database,
        pytest.raises(UnavailableError, match="can only be read"),
        database.read() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM things")


def test_a_missing_right_is_named(postgres_url_factory: Callable[[], str]):
    url = postgres_url_factory()
    with DocumentStore(url, [THINGS]) as database, database.write() as connection:
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    try:
        with DocumentStore(url.replace("postgres:@", "reader:@"), [THINGS]) as database:
            assert database.table("things").count_rows({}) == 0
            with pytest.raises(
                UnavailableError, match=r"user reader .* lacks a right \(permission denied for table things\)"
            ):
                database.table("things").add_rows([thing(1)])
    finally:
        with DocumentStore(url, [THINGS]) as database, database.write() as connection:
            connection.exec_driver_sql("DROP OWNED BY reader")
            connection.exec_driver_sql("DROP ROLE reader")


def test_a_connection_that_the_server_ended_is_replaced(postgres_url_factory: Callable[[], str]):
    with DocumentStore(postgres_url_factory(), [THINGS]) as database:
        things = database.table("things")
        with pytest.raises(UnavailableError, match="ended the conn"), database.write() as connection:  # noqa: PT012
            things.add_rows([thing(1)])
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        things.add_rows([thing(2)])
        assert things.count_rows({}) == 1


def test_connections_that_are_all_in_use_are_waited_for_only_so_long():
    from tests.store.test_transactions import in_thread

    with Impatient("sqlite://") as database, database.write():
        [error] = in_thread(lambda: database.table("t").add_rows([({}, "{}")]))
    assert isinstance(error, UnavailableError)
    assert "All connections of this process to the database sqlite:// are in use" in error.message


@pytest.mark.parametrize(
    "url", ["", "workbench.db", "mysql://host/db", "sqlite://relative.db", "http://example.com", "sqlite"]
)
def test_a_url_that_is_not_understood_shows_the_forms_that_are(url: str):
    with pytest.raises(BadRequestError, match=r"sqlite:///folder/file\.db.*postgresql://"):
        DocumentStore(url)


def test_a_relative_path_and_missing_folders_are_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with DocumentStore("sqlite:///var/deep/store.db") as database:
        database.table("t").add_rows([({}, "{}")])
    assert (tmp_path / "var" / "deep" / "store.db").is_file()


def test_sqlite_is_set_to_lose_nothing(tmp_path: Path):
    with DocumentStore(f"sqlite:///{tmp_path}/store.db") as database, database.read() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert found == ["wal", 2, 1, 5_000]


def test_what_is_written_gathers_in_the_log_before_it_is_copied(tmp_path: Path):
    """What many writes touch is copied into the file once: ten megabytes of writes leave it as it was."""
    with DocumentStore(f"sqlite:///{tmp_path}/store.db") as database:
        database.table("t").add_rows([({}, "{}")])
        with database.read() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        size = (tmp_path / "store.db").stat().st_size
        for _ in range(100):
            database.table("t").add_rows([({}, '{"text": "' + "x" * 100_000 + '"}')])
        assert (tmp_path / "store.db").stat().st_size == size
        assert (tmp_path / "store.db-wal").stat().st_size > 10_000_000


def test_an_open_database_answers_a_ping(declared: DocumentStore):
    declared.ping()
    declared.close()
    with pytest.raises(UnavailableError, match="closed"):
        declared.ping()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Upper"},
        {"name": "store_heads"},
        {"name": 'a"b'},
        {"columns": {"entry_id": "text", "document": "text"}},
        {"columns": {"entry_id": "text", "a b": "text"}},
        {"key": ("missing",)},
        {"indexes": (("missing",),)},
    ],
    ids=str,
)
def test_a_declaration_that_sql_would_take_differently_is_refused(change: dict):
    with pytest.raises(ValueError, match=r"cannot be the name|not among the promoted columns"):
        TableSpec(**{"name": LEDGER.name, "key": LEDGER.key, "columns": LEDGER.columns, **change})
