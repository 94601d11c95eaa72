"""The contract of the named operations on rows, on both databases."""

from __future__ import annotations

import json
import re
import tracemalloc

import pytest
from tinydb import where

from engine.errors import BadRequestError, ConflictError
from engine.store import Database, DocumentStore, DocumentTable
from engine.store.tinydb import TinyTable
from tests.statements import counted
from tests.store.samples import thing


def numbers(documents: list[str]) -> list[int | None]:
    return [json.loads(document)["number"] for document in documents]


def test_a_row_is_read_back_by_its_whole_key_as_the_text_that_was_given(things: DocumentTable):
    values, _ = thing(1)
    text = '{"z": 1,   "a": "é \\u00e9"}'
    things.add_rows([(values, text)])
    assert things.read_row("hall", "t1") == text
    assert things.read_row("attic", "t1") is None
    with pytest.raises(BadRequestError, match="room, thing_id"):
        things.read_row("hall")


def test_adding_no_rows_does_nothing(things: DocumentTable):
    things.add_rows([])
    assert things.count_rows({}) == 0


def test_rows_are_added_all_or_none(things: DocumentTable):
    things.add_rows([thing(2)])
    with pytest.raises(ConflictError, match=r"things already holds a record with the same room, thing_id"):
        things.add_rows([thing(1), thing(9, thing_id="t2"), thing(3)])
    assert numbers(things.select_rows({})) == [2]


def test_many_rows_are_added_as_few_are(declared: DocumentStore, things: DocumentTable):
    """PostgreSQL takes many with COPY, whose form of texts and empty values is another."""
    odd = 'a\tb\\N\r\n"é😀, \\.'
    rows = [thing(number, colour=odd, done=number % 2 == 0, weight=number / 3) for number in range(20)]
    rows += [thing(None, thing_id="", colour=None, weight=None, done=None), thing(-(2**63), thing_id="\\N")]
    with counted() as statements:
        things.add_rows(rows)
    verb = "COPY" if declared.dialect.name == "postgresql" else "INSERT"
    assert [text.split()[0] for text in statements if "store_" not in text] == [verb]
    found = list(things.stream_whole_rows({}, ()))
    assert sorted(found, key=str) == sorted(rows, key=str)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"number": 7}, "things already holds a record with the same number"),
        ({"number": 2**63}, "cannot be kept"),
        ({"colour": "half a \ud83d"}, "cannot be kept"),
    ],
)
def test_of_many_rows_with_a_wrong_one_none_is_added(things: DocumentTable, wrong, message):
    with pytest.raises((ConflictError, BadRequestError), match=message):
        things.add_rows([*(thing(number) for number in range(20)), (thing(20)[0] | wrong, "{}")])
    assert things.count_rows({}) == 0
    things.add_rows([thing(1)])


def test_a_unique_column_is_kept_unique_and_empty_ones_may_repeat(things: DocumentTable):
    things.add_rows([thing(1), thing(None), thing(None, thing_id="other")])
    with pytest.raises(ConflictError, match="the same number"):
        things.add_rows([thing(1, thing_id="another")])
    assert things.count_rows({"number": None}) == 2


def test_a_row_without_all_promoted_values_is_refused(things: DocumentTable):
    values, document = thing(1)
    del values["colour"]
    with pytest.raises(BadRequestError, match="colour"):
        things.add_rows([(values, document)])
    assert things.count_rows({}) == 0


def test_many_rows_are_replaced_in_one_statement_which_counts_those_that_were_there(things: DocumentTable):
    things.add_rows([thing(1), thing(2), thing(3)])
    with counted() as statements:
        assert things.replace_rows([thing(number, colour="blue") for number in (1, 3, 4)]) == 2
    assert [text.split()[0] for text in statements if "store_" not in text] == ["UPDATE"]
    assert things.count_rows({"colour": "blue"}) == 2
    assert things.replace_rows([]) == 0


def test_many_rows_are_replaced_as_few_are(things: DocumentTable):
    """PostgreSQL gets many as arrays, whose form of texts and empty values is another."""
    things.add_rows([thing(number) for number in range(1, 41)])
    odd = 'a\tb\\N\r\n"é😀, {NULL}'
    fresh = [thing(number, colour=odd, done=number % 2 == 0, weight=number / 3) for number in range(11, 50)]
    fresh += [thing(-(2**63), thing_id="t1", colour=None, weight=None, done=None), thing(None, thing_id="t2")]
    with counted() as statements:
        assert things.replace_rows(fresh) == 32
    assert [text.split()[0] for text in statements if "store_" not in text] == ["UPDATE"]
    there = {values["thing_id"]: (values, text) for values, text in things.stream_whole_rows({}, ())}
    assert len(there) == 40
    assert [there[values["thing_id"]] for values, _ in fresh if values["thing_id"] in there] == [
        row for row in fresh if row[0]["thing_id"] in there
    ]
    assert there["t3"] == thing(3)


def test_replacing_needs_the_key_and_the_expected_values(things: DocumentTable):
    things.add_rows([thing(1), thing(2)])
    values, document = thing(1, colour="blue", done=True)
    assert not things.replace_row(values, document, {"colour": "green"})
    assert not things.replace_row(values, document, {"weight": None})
    assert things.count_rows({"colour": "blue"}) == 0
    assert things.replace_row(values, document, {"colour": "red", "done": [False, None]})
    assert things.read_row("hall", "t1") == document
    assert numbers(things.select_rows({"colour": "blue", "done": True})) == [1]
    assert not things.replace_row(*thing(3))
    assert things.count_rows({}) == 2


def test_replacing_may_leave_promoted_columns_as_they_are(things: DocumentTable):
    things.add_rows([thing(1)])
    assert things.replace_row({"room": "hall", "thing_id": "t1"}, '{"number": 1}')
    assert things.select_rows({"colour": "red", "number": 1}) == ['{"number": 1}']


@pytest.mark.parametrize(
    ("where_", "expected"),
    [
        ({}, [1, 2, 3, None]),
        ({"number": 2}, [2]),
        ({"number": [1, 3, 99]}, [1, 3]),
        ({"number": [1, None]}, [1, None]),
        ({"number": []}, []),
        ({"number": None}, [None]),
        ({"number": [None]}, [None]),
        ({"done": True}, [2]),
        ({"done": [True, False]}, [1, 2, 3]),
        ({"done": None}, [None]),
        ({"weight": 0.5}, [1]),
        ({"weight": [0.5, 2.5]}, [1, 3]),
        ({"colour": "a' OR 1=1 --"}, []),
        ({"colour": ["red", "blue"], "number": [1, 2, 3]}, [1, 2]),
        ({"room": "hall", "colour": "red"}, [1]),
    ],
    ids=str,
)
def test_where_means_equal_one_of_or_empty(things: DocumentTable, where_: dict, expected: list):
    things.add_rows(
        [
            thing(1, weight=0.5),
            thing(2, colour="blue", done=True),
            thing(3, colour="green", weight=2.5),
            thing(None, done=None, colour=None),
        ]
    )
    found = numbers(things.select_rows(where_, ["thing_id"]))
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert things.count_rows(where_) == len(expected)
    assert numbers(list(things.stream_rows(where_, ["thing_id"]))) == found


def test_a_list_may_be_long(things: DocumentTable):
    things.add_rows([thing(n) for n in range(5)])
    assert things.count_rows({"number": list(range(3, 40_000))}) == 2
    assert things.count_rows({"thing_id": [f"t{n}" for n in range(3, 40_000)]}) == 2


def test_order_is_by_code_point_with_empty_values_smallest(things: DocumentTable):
    colours = ["b", "B", "a", "é", "z", "_", "ab", None]
    things.add_rows([thing(n, colour=colour) for n, colour in enumerate(colours)])
    ascending = [json.loads(text)["colour"] for text in things.select_rows({}, ["colour"])]
    assert ascending == [None, "B", "_", "a", "ab", "b", "z", "é"]
    descending = [json.loads(text)["colour"] for text in things.select_rows({}, ["-colour"])]
    assert descending == ascending[::-1]


def test_order_limit_and_offset_cut_a_page(things: DocumentTable):
    things.add_rows([thing(n, colour="red" if n % 2 else "blue") for n in range(10)])
    assert numbers(things.select_rows({}, ["colour", "-number"], limit=3, offset=4)) == [0, 9, 7]
    assert numbers(things.select_rows({"colour": "red"}, ["number"], offset=3)) == [7, 9]
    assert things.select_rows({}, ["number"], limit=0) == []


@pytest.mark.parametrize("name", ["nothing", "document", "doc_id", 'x" OR 1=1 --'])
def test_unknown_columns_are_refused_by_name(things: DocumentTable, name: str):
    for call in (
        lambda: things.select_rows({name: 1}),
        lambda: things.select_rows({}, [f"-{name}"]),
        lambda: things.count_rows({name: None}),
        lambda: list(things.stream_rows({}, [name])),
        lambda: things.replace_row(thing(1)[0], "{}", {name: 1}),
        lambda: things.replace_row({**thing(1)[0], name: 1}, "{}"),
    ):
        with pytest.raises(BadRequestError, match="has no promoted column"):
            call()


def test_rows_stream_in_constant_memory_from_one_snapshot(declared: DocumentStore, things: DocumentTable):
    filler = "x" * 2_000
    things.add_rows([(thing(n)[0], filler) for n in range(6_000)])
    stream = things.stream_rows({}, ["number"])
    tracemalloc.start()
    try:
        assert next(stream) == filler
        things.add_rows([thing(6_000)])
        assert sum(1 for _ in stream) == 5_999
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000
    assert things.count_rows({}) == 6_001


def test_streaming_inside_a_block_reads_what_the_block_wrote(declared: DocumentStore, things: DocumentTable):
    with declared.write():
        things.add_rows([thing(1), thing(2)])
        stream = things.stream_rows({}, ["number"])
        assert json.loads(next(stream))["number"] == 1
        assert things.read_row("hall", "t2") is not None
        assert numbers(list(stream)) == [2]


def test_a_store_in_memory_may_be_written_while_it_streams():
    with DocumentStore("sqlite://") as database:
        table = database.table("t")
        table.add_rows([({}, str(n)) for n in range(3)])
        seen = []
        for text in table.stream_rows({}, []):
            seen.append(text)
            table.add_rows([({}, "new")])
        assert seen == ["0", "1", "2"]


def test_tables_made_on_first_use_take_rows_too(plain: Database):
    table = plain.store.table("other")
    assert table.select_rows({}) == []
    assert table.count_rows({}) == 0
    assert list(table.stream_rows({}, [])) == []
    assert table.read_row("x") is None
    table.add_rows([({}, '{"a": 1}')])
    assert plain.table("other").all() == [{"a": 1}]
    with pytest.raises(BadRequestError, match="key"):
        table.read_row("x")


def test_documents_written_with_tinydb_fill_the_promoted_columns(
    things: DocumentTable, tiny_things: TinyTable
):
    document = json.loads(thing(1)[1])
    tiny_things.insert(document)
    tiny_things.insert({"room": "hall", "thing_id": "t2"})
    assert things.count_rows({"number": 1, "colour": "red", "done": False, "weight": 1.5}) == 1
    assert things.count_rows({"number": None, "colour": None}) == 1
    tiny_things.update({"number": 7, "colour": None}, where("thing_id") == "t1")
    assert numbers(things.select_rows({"number": 7, "colour": None})) == [7]
    tiny_things.upsert({"room": "attic", "thing_id": "t3", "done": True}, where("thing_id") == "t3")
    assert things.read_row("attic", "t3") is not None


@pytest.mark.parametrize(
    "values",
    [
        {"number": "7"},
        {"number": True},
        {"number": 2**63},
        {"done": 1},
        {"colour": 5},
        {"colour": "a\x00b"},
        {"colour": "\ud800"},
        {"weight": "1"},
        {"weight": 2**63 + 1},
        {"weight": 10**400},
        {"number": 1.5},
    ],
    ids=repr,
)
def test_a_value_its_column_cannot_hold_stays_in_the_document_only(
    things: DocumentTable, tiny_things: TinyTable, values: dict
):
    tiny_things.insert({"room": "hall", "thing_id": "t1", **values})
    [name] = values
    assert things.count_rows({name: None}) == 1
    assert tiny_things.all() == [{"room": "hall", "thing_id": "t1", **values}]
    assert tiny_things.search(where(name) == values[name]) == tiny_things.all()


@pytest.mark.parametrize("key", [{}, {"thing_id": 7}, {"thing_id": None}])
def test_a_document_without_its_key_is_refused(tiny_things: TinyTable, key: dict):
    with pytest.raises(BadRequestError, match="needs thing_id as text"):
        tiny_things.insert({"room": "hall", **key})
    assert len(tiny_things) == 0


def test_numbers_are_taken_once_each(declared: DocumentStore):
    assert declared.take_numbers("a") == 1
    assert declared.take_numbers("a", 5) == 2
    assert declared.take_numbers("b") == 1
    assert declared.take_numbers("a") == 7
    with pytest.raises(BadRequestError, match="at least 1"):
        declared.take_numbers("a", 0)


def test_a_head_only_moves_forward(declared: DocumentStore):
    assert (declared.head("w").position, declared.head("w").digest) == (0, "")
    declared.advance_head("w", 1, "one")
    declared.advance_head("w", 4, "four")
    for position in (4, 3):
        with pytest.raises(ConflictError, match="position"):
            declared.advance_head("w", position, "fork")
    assert (declared.head("w").position, declared.head("w").digest) == (4, "four")
    assert declared.head("other").position == 0


@pytest.mark.parametrize(
    ("where_", "order_by"),
    [
        ({"room": "hall", "thing_id": "t1"}, []),
        ({"room": "hall", "colour": ["red", "blue"]}, []),
        ({"room": "hall"}, ["number"]),
        ({"room": "hall"}, ["-number"]),
        ({"number": 5}, []),
    ],
    ids=str,
)
def test_common_reads_search_an_index_and_sort_nothing(
    declared: DocumentStore, where_: dict, order_by: list[str]
):
    declared.table("things").add_rows([thing(n, colour=f"c{n % 7}", room=f"r{n % 50}") for n in range(2_000)])
    with declared.write() as connection:
        connection.exec_driver_sql("ANALYZE things")
        statements = declared.statements(connection, "things")
        text, params = statements.select("document", where_, order_by, limit=5)
        explain = "EXPLAIN QUERY PLAN" if declared.dialect.name == "sqlite" else "EXPLAIN"
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {text}", params))
    assert "uq_things" in plan or "ix_things" in plan, plan
    assert not re.search(r"SCAN things|Seq Scan|TEMP B-TREE|Sort", plan), plan


def test_several_searches_together_are_one_statement_and_give_what_each_gives_alone(declared: Database):
    things = declared.table("things")
    things.add_rows([thing(n, colour=("red", "blue")[n % 2]) for n in range(6)])
    declared.table("ledger").add_rows([({"entry_id": "e1"}, '{"entry_id": "e1"}')])
    searches = [
        ("things", {"room": "hall", "colour": "blue"}),
        ("ledger", {"entry_id": ["e1", "e2"]}),
        ("things", {"number": [0, 5]}),
        ("things", {"colour": "green"}),
    ]
    with counted() as statements:
        found = declared.select_together(searches)
    assert len(statements) == 1
    alone = [declared.table(name).select_rows(where) for name, where in searches]
    assert [sorted(rows) for rows in found] == [sorted(rows) for rows in alone]
    assert [len(rows) for rows in found] == [3, 1, 2, 0]
    assert declared.select_together([]) == []


def test_a_table_that_nobody_has_written_to_yet_gives_nothing_among_others(database_url: str):
    with DocumentStore(database_url) as plain:
        assert plain.select_together([("unwritten", {}), ("another", {})]) == [[], []]


def test_the_first_of_several_searches_come_with_one_statement(declared: Database):
    things = declared.table("things")
    things.add_rows([thing(n, colour=("red", "blue")[n % 2]) for n in range(6)])
    declared.table("ledger").add_rows([({"entry_id": "e1"}, '{"entry_id": "e1"}')])
    searches = [
        ("things", {"colour": "blue"}, ("-number",), 2),
        ("ledger", {}, ("entry_id",), 5),
        ("things", {"colour": "green"}, ("number",), 2),
    ]
    with counted() as statements:
        found = declared.select_first_together(searches)
    assert len(statements) == 1
    alone = [declared.table(name).select_rows(where, order, limit) for name, where, order, limit in searches]
    assert [sorted(rows) for rows in found] == [sorted(rows) for rows in alone]
    assert [len(rows) for rows in found] == [2, 1, 0]
    assert declared.select_first_together([]) == []
