"""What differs between the databases is in one place, and the same is asked of both."""

from __future__ import annotations

import inspect
import re

import pytest

from engine.store import DocumentStore
from engine.store.dialects import Dialect, PostgreSQL, SQLite, dialect_named
from tests.conftest import ROOT

#: How a connection is opened is the one other thing that a database's name decides; settings explain it.
ELSEWHERE = {"engine/store/connections.py", "engine/config.py"}


def test_nobody_else_asks_which_database_it_is():
    asks = re.compile(r"""["'](sqlite|postgresql)["']|dialect\.name|is_postgres|backend_name""")
    for room in ("engine", "exports", "web"):
        files = sorted((ROOT / room).rglob("*.py"))
        assert files
        for path in files:
            name = path.relative_to(ROOT).as_posix()
            if name not in ELSEWHERE and not name.startswith("engine/store/dialects/"):
                found = [
                    line.strip()
                    for line in path.read_text(encoding="utf-8").splitlines()
                    if asks.search(line) and "dialect_named(" not in line
                ]
                assert found == [], name


@pytest.mark.parametrize("dialect", [SQLite(), PostgreSQL()], ids=str)
def test_each_database_answers_everything_and_is_found_by_its_name(dialect: Dialect):
    assert dialect_named(dialect.name) is dialect_named(str(dialect))
    assert type(dialect_named(dialect.name)) is type(dialect)
    for name in Dialect.__annotations__:
        assert hasattr(dialect, name), name
    assert not inspect.isabstract(type(dialect))


def test_a_long_read_is_planned_once_for_any_values_and_a_short_one_as_the_database_likes(
    declared: DocumentStore,
):
    mark = declared.dialect.mark
    short = f"SELECT doc_id FROM things WHERE doc_id > {mark}"  # noqa: S608 - a mark
    long = f"{short} AND {' AND '.join(['doc_id > 0'] * 400)}"
    with declared.read() as connection:
        for text in (short, long):
            assert [declared.run(text, (number,)) for number in range(9)] == [[]] * 9
        if declared.dialect.name == "postgresql":
            [(mode,)] = declared.run("SELECT current_setting('plan_cache_mode')")
            planned = connection.exec_driver_sql(
                "SELECT length(statement) > 4000, custom_plans = 0 FROM pg_prepared_statements"
                " WHERE statement LIKE 'SELECT doc_id FROM things%%'"
            )
            assert mode == "auto"
            assert sorted(map(tuple, planned)) == [(False, False), (True, True)]
