"""Write blocks commit whole or not at all, nested ones are savepoints, reads are snapshots."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from tinydb import where
from tinydb.operations import increment

from engine.errors import ConflictError, UnavailableError
from engine.store import DocumentStore, DocumentTable
from engine.store.tinydb import TinyTable
from tests.store.samples import LEDGER, THINGS, thing


class Impatient(DocumentStore):
    patience_seconds = 0.3


@pytest.fixture
def impatient(database_url: str) -> Iterator[DocumentStore]:
    with Impatient(database_url, [THINGS, LEDGER]) as database:
        yield database


def in_thread(work: Callable[[], object]) -> list[object]:
    """Run ``work`` in another thread to its end; return its result, or the exception it raised."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return outcome


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_any_exception_rolls_the_whole_block_back(
    declared: DocumentStore, things: DocumentTable, tiny_things: TinyTable, error
):
    with pytest.raises(error), declared.write("w"):  # noqa: PT012
        things.add_rows([thing(1)])
        tiny_things.insert({"room": "hall", "thing_id": "t2"})
        declared.advance_head("w", 1, "x")
        declared.take_numbers("n", 5)
        assert things.count_rows({}) == 2
        raise error
    assert things.count_rows({}) == 0
    assert declared.head("w").position == 0
    assert declared.take_numbers("n") == 1


def test_a_nested_block_is_a_savepoint(
    declared: DocumentStore, things: DocumentTable, tiny_things: TinyTable
):
    with declared.write("w") as outer:
        things.add_rows([thing(1)])
        with pytest.raises(ConflictError), declared.write() as inner:  # noqa: PT012
            assert inner is outer
            things.add_rows([thing(2)])
            things.add_rows([thing(1)])
        with declared.write():
            things.add_rows([thing(3)])
            with pytest.raises(ValueError, match="inner"), declared.write():  # noqa: PT012
                things.add_rows([thing(4)])
                raise ValueError("inner")
        things.add_rows([thing(5)])
    assert [document["number"] for document in tiny_things] == [1, 3, 5]


def test_a_refused_tinydb_write_leaves_the_block_usable(declared: DocumentStore, tiny_things: TinyTable):
    with declared.write():
        tiny_things.insert({"room": "hall", "thing_id": "t1"})
        with pytest.raises(ConflictError):
            tiny_things.insert({"room": "hall", "thing_id": "t1"})
        tiny_things.insert({"room": "hall", "thing_id": "t2"})
    assert len(tiny_things) == 2


def test_a_failed_block_leaves_the_thread_free_for_the_next(declared: DocumentStore, things: DocumentTable):
    for _ in range(60):
        with pytest.raises(ValueError, match="again"), declared.write():
            raise ValueError("again")
    things.add_rows([thing(1)])
    assert things.count_rows({}) == 1


def test_a_read_block_keeps_seeing_one_moment(
    declared: DocumentStore, things: DocumentTable, tiny_things: TinyTable
):
    things.add_rows([thing(1)])
    with declared.read():
        assert things.count_rows({}) == 1
        assert in_thread(lambda: things.add_rows([thing(2)])) == [None]
        assert things.count_rows({}) == 1
        assert things.read_row("hall", "t2") is None
        assert len(tiny_things.all()) == 1
    assert things.count_rows({}) == 2


def test_a_writer_sees_its_own_rows_and_others_do_not_yet(declared: DocumentStore, things: DocumentTable):
    with declared.write() as writing:
        things.add_rows([thing(1)])
        with declared.read() as reading:
            assert reading is writing
            assert things.count_rows({}) == 1
        assert in_thread(lambda: things.count_rows({})) == [0]
    assert in_thread(lambda: things.count_rows({})) == [1]


def test_writing_inside_a_read_block_is_a_clear_mistake(
    declared: DocumentStore, things: DocumentTable, tiny_things: TinyTable
):
    for write in (
        lambda: things.add_rows([thing(1)]),
        lambda: tiny_things.insert({"room": "hall", "thing_id": "t1"}),
        lambda: declared.take_numbers("n"),
        lambda: declared.write().__enter__(),
    ):
        with declared.read(), pytest.raises(RuntimeError, match=r"inside read\(\)"):
            write()
    assert things.count_rows({}) == 0


def test_a_second_writer_waits_and_gives_up_with_a_clear_error(impatient: DocumentStore):
    things = impatient.table("things")
    with impatient.write("w"):
        things.add_rows([thing(1)])
        [error] = in_thread(lambda: impatient.write("w").__enter__())
        assert isinstance(error, UnavailableError)
        assert "Nothing was changed" in error.message
    assert in_thread(lambda: things.add_rows([thing(2)])) == [None]


def test_the_same_lock_serialises_and_another_does_not_on_postgresql(
    postgres_url_factory: Callable[[], str],
):
    with Impatient(postgres_url_factory(), [THINGS, LEDGER]) as database:
        entered = threading.Event()

        def advance() -> int:
            with database.write("w"):
                entered.set()
                head = database.head("w")
                database.advance_head("w", head.position + 1, "x")
                return head.position

        with database.write("w"):
            other = threading.Thread(target=advance)
            other.start()
            assert not entered.wait(0.1)
            with_another_lock = in_thread(lambda: database.write("v").__enter__() and "entered")
            assert with_another_lock == ["entered"]
            database.advance_head("w", 7, "y")
        other.join()
        assert entered.is_set()
        assert database.head("w").position == 8


def test_threads_lose_no_update(declared: DocumentStore, tiny_things: TinyTable):
    tiny_things.insert({"room": "hall", "thing_id": "t1", "count": 0})

    def work() -> None:
        for _ in range(10):
            tiny_things.update(increment("count"), where("thing_id") == "t1")
            declared.take_numbers("n")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tiny_things.get(where("thing_id") == "t1")["count"] == 40
    assert declared.take_numbers("n") == 41


def test_threads_upserting_the_same_document_insert_it_once(declared: DocumentStore, tiny_things: TinyTable):
    document = {"room": "hall", "thing_id": "t1"}
    errors = []

    def work() -> None:
        try:
            tiny_things.upsert(document, where("thing_id") == "t1")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert tiny_things.all() == [document]


def test_nothing_is_asked_inside_a_sealed_block_and_the_refusal_says_what_is_done_there(
    declared: DocumentStore, things: DocumentTable
):
    things.add_rows([thing(1)])
    with declared.sealed("The page renders"):
        for ask in (lambda: things.count_rows({}), declared.ping, lambda: things.add_rows([thing(2)])):
            with pytest.raises(RuntimeError, match="The page renders and asks the store"):
                ask()
        assert in_thread(lambda: things.count_rows({})) == [1]  # other threads go on
    assert things.count_rows({}) == 1


def test_no_block_is_sealed_while_another_is_open(declared: DocumentStore):
    with (
        declared.read(),
        pytest.raises(RuntimeError, match="The page renders inside a transaction"),
        declared.sealed("The page renders"),
    ):
        pass
    declared.ping()


def test_statements_sent_together_do_what_they_do_one_by_one(declared: DocumentStore, things: DocumentTable):
    with declared.write("w"):
        with declared.sent_together(10):
            things.add_rows([thing(number) for number in (1, 2, 3, *range(10, 20))])
            assert things.replace_rows([thing(number, colour="blue") for number in (1, 3, 4)]) == 2
            assert things.replace_row(*thing(2, colour="green"), expected={"colour": "red"})
            assert not things.replace_row(*thing(2, colour="grey"), expected={"colour": "red"})
            declared.advance_head("w", 1, "x")
            assert declared.take_numbers("n", 5) == 1
        assert things.count_rows({"colour": "blue"}) == 2
        with pytest.raises(ConflictError, match="has reached position 1"):
            declared.advance_head("w", 1, "y")
    assert things.count_rows({"colour": "green"}) == 1


def test_what_is_refused_among_statements_sent_together_undoes_the_block(
    declared: DocumentStore, things: DocumentTable
):
    with pytest.raises(ConflictError, match="same number"), declared.write("w"), declared.sent_together(10):  # noqa: PT012
        things.add_rows([thing(1)])
        things.add_rows([thing(1, thing_id="another")])
        things.add_rows([thing(2)])
    assert things.count_rows({}) == 0
    things.add_rows([thing(1)])
