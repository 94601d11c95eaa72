"""What TinyDB's database does, ``Database(url)`` does too; with declared tables it refuses others."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import tinydb
from tinydb import where

from engine.errors import BadRequestError, ConflictError, UnavailableError
from engine.store import Database, DocumentStore
from engine.store.tinydb import TinyTable
from tests.conftest import ROOT
from tests.store.samples import LEDGER, THINGS, thing


def test_it_is_a_tinydb_whose_tables_are_tinydb_tables(plain: Database):
    assert isinstance(plain, tinydb.TinyDB)
    assert isinstance(plain.table("other"), tinydb.table.Table)


def test_the_default_table_answers_for_the_database(plain: Database):
    assert len(plain) == 3
    assert [document["char"] for document in plain] == ["a", "b", "c"]
    assert plain.count(where("int") == 1) == 3
    assert plain.table("_default").all() == plain.all()


def test_a_table_exists_from_its_first_write_on(plain: Database):
    assert plain.tables() == {"_default"}
    other = plain.table("other")
    assert other.all() == []
    assert not other.contains(where("a") == 1)
    assert other.get(doc_id=1) is None
    assert plain.tables() == {"_default"}
    other.insert({"a": 1})
    assert plain.tables() == {"_default", "other"}


@pytest.mark.parametrize("write", ["insert_multiple", "update", "remove"])
def test_a_write_that_changes_nothing_also_makes_the_table(plain: Database, write: str):
    table = plain.table("other")
    calls = {
        "insert_multiple": lambda: table.insert_multiple([]),
        "update": lambda: table.update({"a": 1}),
        "remove": lambda: table.remove(where("a") == 1),
    }
    assert calls[write]() == []
    assert plain.tables() == {"_default", "other"}


def test_an_empty_table_can_be_asked_to_persist(plain: Database):
    plain.table("kept", persist_empty=True)
    plain.table("not_kept", persist_empty=False)
    assert plain.tables() == {"_default", "kept"}


def test_persisting_a_table_keeps_what_it_holds(database_url: str):
    with Database(database_url) as first:
        first.table("kept").insert({"a": 1})
    with Database(database_url) as second:
        assert second.table("kept", persist_empty=True).all() == [{"a": 1}]


def test_the_same_name_gives_the_same_table(plain: Database):
    assert plain.table("other") is plain.table("other")


@pytest.mark.parametrize(
    "name",
    [
        "some-other-table",
        "Größe %s",
        "",
        "UPPER",
        'quo"te',
        "store_heads",
        "sqlite_master",
        "pg_class",
        "n" * 200,
    ],
)
def test_a_table_may_have_any_name(plain: Database, name: str):
    plain.table(name).insert({"name": name})
    plain.table(name.lower() + "2").insert({"other": 1})
    assert plain.table(name).all() == [{"name": name}]
    assert name in plain.tables()
    plain.drop_table(name)
    assert name not in plain.tables()


def test_tables_do_not_share_documents(plain: Database):
    one, two = plain.table("one"), plain.table("two")
    one.insert({"only": "one"})
    two.insert_multiple([{"only": "two"}, {"only": "two"}])
    assert (len(one), len(two)) == (1, 2)
    one.truncate()
    assert (len(one), len(two)) == (0, 2)


def test_dropping_a_table_forgets_documents_and_ids(plain: Database):
    plain.drop_table("_default")
    assert plain.tables() == set()
    assert plain.insert({"a": 1}) == 1
    plain.drop_table("never existed")
    assert plain.tables() == {"_default"}


def test_dropping_all_tables_leaves_an_empty_database(plain: Database):
    plain.table("other").insert({})
    plain.drop_tables()
    assert plain.tables() == set()
    assert len(plain) == 0
    assert plain.insert({}) == 1


def test_documents_are_there_after_reopening(database_url: str):
    with Database(database_url) as first:
        first.insert({"x": 1})
    with Database(database_url) as second:
        second.insert({"x": 1})
        assert [document.doc_id for document in second.all()] == [1, 2]


def test_two_open_databases_see_each_other(database_url: str):
    with Database(database_url) as one, Database(database_url) as two:
        one.insert({"x": 1})
        assert two.all() == [{"x": 1}]
        two.drop_tables()
        assert one.all() == []
        assert one.insert({"x": 2}) == 1


def test_leaving_the_block_closes_the_database(database_url: str):
    with Database(database_url) as database:
        database.close()
    with pytest.raises(UnavailableError, match="closed"):
        database.insert({})


def test_the_storage_shows_everything_and_takes_everything_back(plain: Database):
    plain.table("other").insert({"a": 1})
    everything = plain.storage.read()
    assert everything == {
        "_default": {str(n): {"int": 1, "char": c} for n, c in ((1, "a"), (2, "b"), (3, "c"))},
        "other": {"1": {"a": 1}},
    }
    plain.drop_tables()
    assert plain.storage.read() is None
    plain.storage.write(everything)
    assert plain.storage.read() == everything


def test_a_store_in_memory_is_shared_by_the_threads_of_its_database():
    with Database("sqlite://") as database:
        thread = threading.Thread(target=lambda: database.insert({"from": "thread"}))
        thread.start()
        thread.join()
        assert database.all() == [{"from": "thread"}]


def test_an_attribute_nobody_has_is_an_attribute_error(database_url: str):
    for tables in (None, [THINGS]):
        with Database(database_url, tables) as database, pytest.raises(AttributeError):
            database.no_such_thing  # noqa: B018


def test_its_text_names_the_class_and_hides_the_password(plain: Database):
    assert re.fullmatch(r"<Database \S+>", repr(plain))
    assert "'other'" in repr(plain.table("other"))


def test_a_declared_database_has_its_tables_and_refuses_others(tiny: Database):
    assert tiny.tables() == {"things", "ledger"}
    assert isinstance(tiny.table("things"), TinyTable)
    with pytest.raises(BadRequestError, match=r"no table 'other'.*ledger, things"):
        tiny.table("other")
    with pytest.raises(BadRequestError, match="_default"):
        len(tiny)


@pytest.mark.parametrize("drop", ["drop_tables", "drop_table"])
def test_declared_tables_are_not_dropped(tiny: Database, drop: str):
    with pytest.raises(BadRequestError, match="not dropped"):
        getattr(tiny, drop)(*(["things"] if drop == "drop_table" else []))
    assert tiny.tables() == {"things", "ledger"}


def test_a_store_that_was_made_for_declared_tables_is_read_by_their_columns(database_url: str):
    with DocumentStore(database_url, [THINGS, LEDGER]) as store:
        store.table("things").add_rows([thing(1), thing(2, colour="blue")])
    with Database(database_url) as found:
        assert found.tables() == {"things", "ledger"}
        assert [row["number"] for row in found.table("things").search(where("colour") == "blue")] == [2]
        assert len(found.table("things")) == 2
        assert set(found.storage.read()) == {"things", "ledger"}


@pytest.mark.parametrize(
    "write",
    [
        lambda db: db.table("things").insert({"room": "hall", "thing_id": "t9"}),
        lambda db: db.table("things").update({"colour": "green"}),
        lambda db: db.table("things").upsert({"room": "hall", "thing_id": "t1"}, where("number") == 1),
        lambda db: db.table("things").remove(where("number") == 1),
        lambda db: db.table("things").truncate(),
        lambda db: db.table("new").insert({"a": 1}),
        lambda db: db.table("new", persist_empty=True),
        lambda db: db.drop_table("things"),
        lambda db: db.drop_tables(),
        lambda db: db.write(),
        lambda db: db.storage.write({}),
    ],
)
def test_such_a_store_is_never_written_past_the_program_that_made_it(database_url: str, write):
    with DocumentStore(database_url, [THINGS, LEDGER]) as store:
        store.table("things").add_rows([thing(1)])
    with Database(database_url) as found, pytest.raises(ConflictError, match=r"only read.*workbench"):
        write(found)
    with DocumentStore(database_url, [THINGS, LEDGER]) as store:
        assert store.table("things").select_rows({}) == [thing(1)[1]]
    with DocumentStore(database_url) as store:
        assert store.tables() == {"things", "ledger"}


@pytest.mark.wide
def test_the_store_itself_needs_no_tinydb():
    code = "import engine.app, exports.writer, sys; sys.exit('tinydb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_what_a_connection_keeps_of_a_file_in_memory_does_not_grow_with_it(tmp_path: Path):
    """A process has one connection for each thread: what they keep counts as often (P5)."""
    with DocumentStore(f"sqlite:///{tmp_path}/store.db") as database, database.read() as connection:
        kibibytes = -connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
        assert 0 < kibibytes <= 4 * 1024
        assert connection.exec_driver_sql("PRAGMA mmap_size").scalar_one() == 0


def test_what_is_kept_for_a_block_is_let_go_with_it(declared: DocumentStore):
    for block in (declared.read, declared.write):
        with block():
            declared.kept["found"] = block
            with block():
                assert declared.kept == {"found": block}
        with block():
            assert declared.kept == {}
    with pytest.raises(RuntimeError, match="in no block"):
        _ = declared.kept


def test_the_connection_given_back_last_is_taken_first(tmp_path: Path):
    """What it keeps in memory is about what was asked just now; the others stay small (P5)."""
    with DocumentStore(f"sqlite:///{tmp_path}/store.db") as database:
        with database.read_apart() as one:
            first = one.connection.driver_connection
            with database.read_apart() as other:
                second = other.connection.driver_connection
        assert first is not second
        with database.read_apart() as again:
            assert again.connection.driver_connection is first
