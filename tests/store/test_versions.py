"""A store says its version: newer ones are refused, older ones refused or migrated (store.md, rule 10)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy
from sqlalchemy import Connection

from engine.errors import StoreVersionError
from engine.store import DocumentStore, Migration, TableSpec, add_column, drop_column
from tests.store.samples import THINGS, thing


def add_extra(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE extra (word TEXT)")


def fail(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE half_done (word TEXT)")
    raise RuntimeError("power cut")


SECOND = (Migration(2, "adds extra", add_extra),)
AHEAD_BY_TWO = (*SECOND, Migration(3, "does nothing", lambda _: None))
THIRD = (*SECOND, Migration(3, "fails", fail))


@pytest.fixture
def old_store(database_url: str) -> str:
    with DocumentStore(database_url, [THINGS]) as database:
        database.table("things").add_rows([thing(1)])
    return database_url


def test_a_new_store_has_the_newest_version_and_nothing_to_upgrade(database_url: str):
    with DocumentStore(database_url, [THINGS], migrations=SECOND) as database:
        assert database.schema_version == 2
        assert database.upgrade() == []
        assert database.migrated == []


@pytest.mark.parametrize("migrate", [False, True])
def test_a_store_two_versions_ahead_is_refused_even_when_migrating(database_url: str, migrate: bool):
    DocumentStore(database_url, [THINGS], migrations=AHEAD_BY_TWO).close()
    with pytest.raises(StoreVersionError, match=r"version 3; .* up to 1 and works with stores up to 2"):
        DocumentStore(database_url, [THINGS], migrate=migrate)
    with DocumentStore(database_url, [THINGS], migrations=SECOND) as between:
        assert between.is_ahead


def test_an_older_store_is_refused_and_left_alone(old_store: str):
    with pytest.raises(StoreVersionError, match=r"version 1; this program needs 2.*workbench upgrade"):
        DocumentStore(old_store, [THINGS], migrations=SECOND)
    with DocumentStore(old_store, [THINGS]) as database:
        assert database.schema_version == 1


def test_an_older_store_is_migrated_on_request_and_keeps_its_rows(old_store: str):
    with DocumentStore(old_store, [THINGS], migrations=SECOND, migrate=True) as database:
        assert database.migrated == ["2: adds extra"]
        assert database.schema_version == 2
        assert database.table("things").count_rows({"number": 1}) == 1
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM extra").scalar() == 0
            rows = connection.exec_driver_sql("SELECT * FROM store_migrations ORDER BY version").all()
    assert [(row.version, row.description) for row in rows] == [(1, "initial shape"), (2, "adds extra")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", row.applied_at) for row in rows)
    with DocumentStore(old_store, [THINGS], migrations=SECOND, migrate=True) as again:
        assert again.migrated == []


def test_a_migration_that_fails_leaves_no_trace_but_the_ones_before_stay(old_store: str):
    with pytest.raises(RuntimeError, match="power cut"):
        DocumentStore(old_store, [THINGS], migrations=THIRD, migrate=True)
    with DocumentStore(old_store, [THINGS], migrations=SECOND) as database:
        assert database.schema_version == 2
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE half_done (word TEXT)")


def test_other_columns_without_a_migration_are_refused(old_store: str):
    other = replace(THINGS, columns={**THINGS.columns, "extra": "text"})
    with pytest.raises(StoreVersionError, match="things has other columns"):
        DocumentStore(old_store, [other])
    with DocumentStore(old_store, [THINGS]) as database:
        assert database.table("things").count_rows({}) == 1


#: What a newer release declares: one more column, one more table, and another index.
GROWN = replace(THINGS, columns={**THINGS.columns, "mood": "text"}, indexes=(("mood",),))
EXTRA = TableSpec(name="extra", key=("extra_id",), columns={"extra_id": "text"})


def add_mood(connection: Connection) -> None:
    add_column(connection, "things", "mood", "text")


NEWER = (Migration(2, "things have a mood", add_mood, release="9.1"),)
CLOSING = (Migration(2, "colours are gone", add_mood, release="9.1", closes_door=True),)


def index_names(store: DocumentStore) -> set[str]:
    with store.read() as connection:
        return {str(index["name"]) for index in sqlalchemy.inspect(connection).get_indexes("things")}


def test_a_store_one_version_ahead_is_read_and_written_and_nothing_is_taken_away(old_store: str):
    with DocumentStore(old_store, [GROWN, EXTRA], migrations=NEWER, migrate=True) as newer:
        newer.table("things").add_rows([thing(2, mood="glad")])
        newer.table("extra").add_rows([({"extra_id": "x"}, "{}")])
        before = index_names(newer)
    with DocumentStore(old_store, [THINGS]) as older:
        assert older.is_ahead
        older.table("things").add_rows([thing(3)])
        assert older.table("things").replace_row(*thing(2, colour="blue"))
        assert index_names(older) == before >= {"ix_things_mood", "ix_things_room_colour"}
    with DocumentStore(old_store, [GROWN, EXTRA], migrations=NEWER) as newer:
        things = newer.table("things")
        assert things.count_rows({"mood": "glad", "colour": "blue"}) == 1
        assert things.count_rows({"mood": None}) == 2
        assert newer.table("extra").count_rows({}) == 1


def test_a_running_program_goes_on_when_the_store_is_upgraded_by_one_and_stops_at_two(old_store: str):
    with DocumentStore(old_store, [THINGS]) as running:
        running.table("things").add_rows([thing(2)])
        DocumentStore(old_store, [GROWN], migrations=NEWER, migrate=True).close()
        running.table("things").add_rows([thing(3)])
        assert running.is_ahead
        both = (*NEWER, Migration(3, "does nothing", lambda _: None))
        DocumentStore(old_store, [GROWN], migrations=both, migrate=True).close()
        with pytest.raises(StoreVersionError, match="version 3"):
            running.table("things").add_rows([thing(4)])
        assert running.table("things").count_rows({}) == 3


def test_a_step_may_close_the_door_behind_it(old_store: str):
    with DocumentStore(old_store, [THINGS]) as running:
        DocumentStore(old_store, [GROWN], migrations=CLOSING, migrate=True).close()
        with pytest.raises(StoreVersionError, match=r"step 2 \(colours are gone\) took away.*release 9\.1"):
            running.table("things").add_rows([thing(2)])
    with pytest.raises(StoreVersionError, match=r"Use release 9\.1 or a later one"):
        DocumentStore(old_store, [THINGS], migrate=True)


def test_a_new_store_has_its_doors_closed_too(database_url: str):
    DocumentStore(database_url, [GROWN], migrations=CLOSING).close()
    with pytest.raises(StoreVersionError, match="colours are gone"):
        DocumentStore(database_url, [THINGS])


def test_a_newer_store_that_lacks_what_this_program_needs_is_refused(old_store: str):
    def lose_colour(connection: Connection) -> None:
        drop_column(connection, "things", "colour")

    bare = replace(THINGS, columns={k: v for k, v in THINGS.columns.items() if k != "colour"}, indexes=())
    steps = (Migration(2, "forgot to close the door", lose_colour),)
    DocumentStore(old_store, [bare], migrations=steps, migrate=True).close()
    with pytest.raises(StoreVersionError, match="table things lacks what this program needs"):
        DocumentStore(old_store, [THINGS])


def test_two_releases_of_one_version_keep_each_others_indexes(old_store: str):
    other = replace(THINGS, indexes=(("weight",),), unique=())
    with DocumentStore(old_store, [other]) as store:
        both = index_names(store)
        assert both >= {"ix_things_weight", "ix_things_room_colour", "uq_things_number"}
    for spec in (THINGS, other, THINGS):
        with DocumentStore(old_store, [spec]) as store:
            assert index_names(store) == both


def test_tables_that_are_not_declared_have_no_version_to_be_refused_for(database_url: str):
    DocumentStore(database_url, [THINGS], migrations=AHEAD_BY_TWO).close()
    with DocumentStore(database_url) as store:
        assert store.tables() == {"things"}
