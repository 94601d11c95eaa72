"""A store says its version: newer ones are refused, older ones refused or migrated (store.md, rule 10)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from engine.errors import StoreVersionError
from engine.store import Database, Migration
from tests.store.samples import THINGS, thing


def add_extra(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE extra (word TEXT)")


def fail(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE half_done (word TEXT)")
    raise RuntimeError("power cut")


SECOND = (Migration(2, "adds extra", add_extra),)
THIRD = (*SECOND, Migration(3, "fails", fail))


@pytest.fixture
def old_store(database_url: str) -> str:
    with Database(database_url, [THINGS]) as database:
        database.table("things").add_rows([thing(1)])
    return database_url


def test_a_new_store_has_the_newest_version_and_nothing_to_upgrade(database_url: str):
    with Database(database_url, migrations=SECOND) as database:
        assert database.schema_version == 2
        assert database.upgrade() == []
        assert database.migrated == []


def test_a_newer_store_is_refused_even_when_migrating(database_url: str):
    Database(database_url, migrations=SECOND).close()
    for migrate in (False, True):
        with pytest.raises(StoreVersionError, match="version 2; this program knows versions up to 1"):
            Database(database_url, migrate=migrate)


def test_an_older_store_is_refused_and_left_alone(old_store: str):
    with pytest.raises(StoreVersionError, match=r"version 1; this program needs 2.*workbench upgrade"):
        Database(old_store, [THINGS], migrations=SECOND)
    with Database(old_store, [THINGS]) as database:
        assert database.schema_version == 1


def test_an_older_store_is_migrated_on_request_and_keeps_its_rows(old_store: str):
    with Database(old_store, [THINGS], migrations=SECOND, migrate=True) as database:
        assert database.migrated == ["2: adds extra"]
        assert database.schema_version == 2
        assert database.table("things").count_rows({"number": 1}) == 1
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM extra").scalar() == 0
            rows = connection.exec_driver_sql("SELECT * FROM store_migrations ORDER BY version").all()
    assert [(row.version, row.description) for row in rows] == [(1, "initial shape"), (2, "adds extra")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", row.applied_at) for row in rows)
    with Database(old_store, [THINGS], migrations=SECOND, migrate=True) as again:
        assert again.migrated == []


def test_a_migration_that_fails_leaves_no_trace_but_the_ones_before_stay(old_store: str):
    with pytest.raises(RuntimeError, match="power cut"):
        Database(old_store, [THINGS], migrations=THIRD, migrate=True)
    with Database(old_store, [THINGS], migrations=SECOND) as database:
        assert database.schema_version == 2
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE half_done (word TEXT)")


def test_other_columns_without_a_migration_are_refused(old_store: str):
    other = replace(THINGS, columns={**THINGS.columns, "extra": "text"})
    with pytest.raises(StoreVersionError, match="things has other columns"):
        Database(old_store, [other])
    with Database(old_store, [THINGS]) as database:
        assert database.table("things").count_rows({}) == 1
