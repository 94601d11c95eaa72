"""What the tests of the store share: an open store of each kind, and declared tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.store import Database, DocumentStore, DocumentTable
from engine.store.tinydb import TinyTable
from tests.store.samples import LEDGER, THINGS


@pytest.fixture
def plain(database_url: str) -> Iterator[Database]:
    """A database that makes tables on first use, with three documents in its default table."""
    with Database(database_url) as database:
        database.insert_multiple({"int": 1, "char": letter} for letter in "abc")
        yield database


@pytest.fixture
def tiny(database_url: str) -> Iterator[Database]:
    """TinyDB's API over a store with the declared tables of the samples, empty."""
    with Database(database_url, [THINGS, LEDGER]) as database:
        yield database


@pytest.fixture
def tiny_things(tiny: Database) -> TinyTable:
    """The table ``things`` with TinyDB's API."""
    return tiny.table("things")


@pytest.fixture
def declared(tiny: Database) -> DocumentStore:
    """The store itself."""
    return tiny.store


@pytest.fixture
def things(declared: DocumentStore) -> DocumentTable:
    """The table ``things``, empty."""
    return declared.table("things")
