"""A search index leads to every row that holds a text, whatever has happened to the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import Database, searching
from tests.store.samples import THINGS, thing

SEARCHED = replace(THINGS, searched="colour", unique=())
PARTS = ["red", 'a "red" door', "rédélé", "red\ngreen", "green", "", "a\x00b", "re", "redgreen", "日本語の本"]
words = st.lists(st.sampled_from(PARTS), max_size=3).map(" ".join) | st.text(max_size=6)
#: What is done to the rows: (verb, which, text).
deeds = st.lists(
    st.tuples(st.sampled_from(["add", "add", "add", "change", "touch", "take"]), st.integers(0, 30), words),
    max_size=40,
)


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Iterator[Things]:
    """A searched table of SQLite that enters rows in fours."""
    monkeypatch.setattr(searching, "_TOGETHER", 4)
    with Database("sqlite://", [SEARCHED]) as database:
        yield Things(database)


class Things:
    """A table of things, each of a colour that is searched."""

    def __init__(self, database: Database) -> None:
        self.store, self.table, self._number = database.store, database.table("things"), 0

    def add(self, *colours: str) -> list[int]:
        """Add things of these colours; return their ids."""
        rows = []
        for colour in colours:
            self._number += 1
            rows.append(thing(self._number, thing_id=f"{uuid4()}", colour=colour)[0])
        return self.table.insert_multiple(rows)

    def entered(self) -> int:
        """Return how many rows the index itself leads to as they are now."""
        query = "SELECT (SELECT doc_id FROM store_search_things_done), count(*) FROM store_search_things_due"
        [(done, due)] = self.store.run(query)
        return int(done) - int(due)

    def found(self, text: str, most: int = 1000) -> list[int] | None:
        """Return the candidates."""
        listed = self.store.candidates("things", [text], most)
        return None if listed is None else sorted(set(listed))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(deeds, words)
def test_all_rows_with_a_text_are_among_the_candidates(things: Things, done: list, text: str):
    things.table.truncate()
    for verb, which, words_of in done:
        ids = [row.doc_id for row in things.table]
        one = [ids[which % len(ids)]] if ids else []
        if verb == "add" or not one:
            things.add(words_of)
        elif verb == "change":
            things.table.update({"colour": words_of}, doc_ids=one)
        elif verb == "touch":
            things.table.update({"done": True}, doc_ids=one)
        else:
            things.table.remove(doc_ids=one)
    listed = things.found(text)
    # What no column can hold (a NUL) no scan of the column finds either.
    holding = {row.doc_id for row in things.table if text in row["colour"] and "\0" not in row["colour"]}
    assert listed is None if len(text) < 3 or "\0" in text else holding <= set(listed)


def test_rows_are_entered_together_and_found_before_that(things: Things):
    things.add("red", "green", "dark red")
    assert things.entered() == 0
    assert things.found("red") == [1, 2, 3]
    things.add("blue")
    assert things.entered() == 4
    assert things.found("red") == [1, 3]
    assert things.found("ark") == [3]
    assert things.found("pink") == []


def test_a_text_that_has_changed_is_found_by_what_it_says_now(things: Things):
    things.add("red", "green", "blue", "white")
    things.table.update({"colour": "pink"}, doc_ids=[2])
    assert things.found("pink") == [2]
    assert things.entered() == 3
    for doc_id in (1, 3, 4):
        things.table.update({"colour": f"pink {doc_id}"}, doc_ids=[doc_id])
    assert things.entered() == 4
    assert things.found("pink") == [1, 2, 3, 4]
    things.table.update({"done": True}, doc_ids=[1])
    assert things.entered() == 4


def test_an_id_that_is_used_again_leads_to_the_row_that_has_it_now(things: Things):
    things.add("red", "green", "blue", "white")
    things.table.remove(doc_ids=[4])
    assert things.add("pink") == [4]
    assert things.found("pink") == [4]


def test_more_candidates_than_are_wanted_are_none(things: Things):
    things.add(*["red"] * 6)
    assert things.found("red", most=5) is None
    assert things.found("red", most=6) == [1, 2, 3, 4, 5, 6]


def test_an_index_of_a_store_that_had_none_holds_the_rows_there_are(tmp_path: Path):
    url, without = f"sqlite:///{tmp_path}/things.db", replace(SEARCHED, searched=None)
    with Database(url, [without]) as database:
        Things(database).add("red", "green", "dark red")
    for _ in range(2):
        with Database(url, [SEARCHED]) as database:
            assert Things(database).entered() == 3
            assert Things(database).found("red") == [1, 3]
    with Database(url, [without]) as database:
        Things(database).add("infrared")
    with Database(url, [SEARCHED]) as database:
        assert Things(database).found("red") == [1, 3, 4]


@pytest.mark.parametrize("text", ['say "red"', "red AND blue", "red*", "-red", "(red", "col: red", "^red"])
def test_what_means_something_to_the_index_is_taken_as_it_stands(things: Things, text: str):
    things.add(text, "red", "blue", "white")
    assert things.found(text) == [1]


def test_postgresql_says_that_it_cannot_tell(database_url: str):
    with Database(database_url, [SEARCHED]) as database:
        things = Things(database)
        things.add("red")
        assert things.found("red") == (None if database_url.startswith("postgresql") else [1])
