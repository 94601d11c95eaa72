"""What differs between the databases is in one place, and the same is asked of both."""

from __future__ import annotations

import inspect
import re

import pytest

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
