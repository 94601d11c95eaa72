"""Pieces are found by their words in the same way on both databases, whatever becomes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from engine.fulltext import Piece, Sought, analysed
from engine.store import Database, DocumentStore, holding, rank_of
from tests.store.samples import THINGS

WORDS = ("red", "redo", "tent", "tents", "a", "東京会議", "Größe", "12", "o'clock")


@pytest.fixture
def store(database_url: str) -> Iterator[DocumentStore]:
    with Database(database_url, [THINGS]) as database:
        yield database.store


def piece(
    source: str, text: str, *, rank: int = 0, owner: str = "", part: int = 0, realm: str = "w"
) -> Piece:
    return Piece(source, rank, part, owner or source, realm, text, analysed(text))


def found(store: DocumentStore, wanted: Sought, realm: str = "w") -> list[tuple[str, int]]:
    with store.read() as connection:
        return sorted(tuple(row) for row in connection.execute(holding(store.dialect, realm, wanted)))


def naive(pieces: list[Piece], wanted: Sought) -> list[tuple[str, int]]:
    whole = f" {' '.join(wanted.tokens)} "
    return sorted(
        (one.owner, one.rank * 2 + (whole not in one.tokens)) for one in pieces if wanted.text in one.tokens
    )


WANTED = [
    Sought(("red",)), Sought(("red",), is_whole=True), Sought(("red", "ten")), Sought(("red", "tent"), True),
    Sought(("tent", "red")), Sought(("t",)), Sought(("会",)), Sought(("会議",)), Sought(("東京", "京会")),
    Sought(("groesse",)), Sought(("grosse", "12")), Sought(("o", "clock")), Sought(("nowhere",)),
    Sought(("1",)),
]  # fmt: skip


def test_every_way_to_ask_agrees_with_a_naive_reading_while_pieces_come_change_and_go(store: DocumentStore):
    chance = random.Random(7)  # noqa: S311 - test data
    kept: dict[tuple[str, int, int], Piece] = {}
    for _ in range(30):
        made = []
        for _ in range(chance.randrange(1, 6)):
            text = " ".join(chance.choices(WORDS, k=chance.randrange(5)))
            made.append(
                piece(
                    f"s{chance.randrange(12)}",
                    text,
                    rank=chance.randrange(3),
                    owner=f"o{chance.randrange(4)}",
                )
            )
        latest = {(one.source, one.rank, one.part): one for one in made}
        store.pieces.put(list(latest.values()))
        kept |= latest
        for wanted in WANTED:
            assert found(store, wanted) == naive(list(kept.values()), wanted), wanted
    told = [one for one in kept.values() if one.tokens]
    assert len(told) > 15
    assert sorted(store.pieces.everything()) == sorted(told)
    assert store.pieces.count() == len(told)


def test_a_piece_that_tells_nothing_any_more_is_found_by_nothing(store: DocumentStore):
    store.pieces.put([piece("s1", "red tent")])
    store.pieces.put([piece("s1", "")])
    assert found(store, Sought(("red",))) == []
    assert list(store.pieces.everything()) == []


def test_pieces_go_with_the_transaction_that_writes_them(store: DocumentStore):
    class ChangedOurMindError(Exception):
        pass

    def change_and_roll_back() -> None:
        with store.write():
            store.pieces.put([piece("s1", "blue"), piece("s2", "blue")])
            assert found(store, Sought(("blue",))) == [("s1", 0), ("s2", 0)]
            raise ChangedOurMindError

    store.pieces.put([piece("s1", "red")])
    with pytest.raises(ChangedOurMindError):
        change_and_roll_back()
    assert found(store, Sought(("blue",))) == []
    assert found(store, Sought(("red",))) == [("s1", 0)]


def test_nothing_of_another_realm_is_found(store: DocumentStore):
    store.pieces.put([piece("s1", "red"), piece("s2", "red", realm="other")])
    assert found(store, Sought(("red",))) == [("s1", 0)]


def test_all_are_replaced_by_others(store: DocumentStore):
    store.pieces.put([piece("s1", "red")])
    others = [piece(f"s{number}", "blue tent") for number in range(1200)]
    store.pieces.replace_all(iter(others))
    assert found(store, Sought(("red",))) == []
    assert len(found(store, Sought(("tent",)))) == 1200
    assert sorted(store.pieces.everything()) == sorted(others)


def test_the_hits_of_some_owners_tell_the_place_of_each_word(store: DocumentStore):
    store.pieces.put([
        piece("s1", "red tent", owner="a"),
        piece("s2", "redo it", rank=4, owner="a"),
        piece("s3", "red", owner="b"),
        piece("s4", "blue", owner="a"),
    ])  # fmt: skip
    hits = store.pieces.of({"a", "c"}, [Sought(("red",)), Sought(("tent",))])
    assert [(hit.owner, hit.text, hit.places) for hit in hits] == [
        ("a", "red tent", (0, 0)),
        ("a", "redo it", (9, None)),
    ]
    assert rank_of(9) == 4


def test_words_are_found_through_an_index_of_either_database(store: DocumentStore):
    store.pieces.replace_all(
        piece(f"s{number}", f"number {number} {'rare' if number == 7 else 'often'}") for number in range(5000)
    )
    is_sqlite = store.dialect.name == "sqlite"
    for wanted in (Sought(("rare",)), Sought(("number", "7")), Sought(("rar",), is_whole=True)):
        with store.read() as connection:
            if not is_sqlite:
                connection.exec_driver_sql("ANALYZE store_pieces")
            read = holding(store.dialect, "w", wanted).compile(dialect=connection.dialect)
            explain = f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{read}"
            given = tuple(read.params[name] for name in read.positiontup or ()) or read.params
            plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain, given))
        if is_sqlite:
            assert "VIRTUAL TABLE INDEX" in plan
            assert "SEARCH store_pieces USING INTEGER PRIMARY KEY" in plan
        elif wanted.tokens[0] != "number":
            assert "ix_store_pieces_tokens" in plan
