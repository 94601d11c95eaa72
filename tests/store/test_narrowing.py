"""SQL narrows, TinyDB decides: narrowing never changes what a query finds."""

from __future__ import annotations

from typing import Any

import pytest
import tinydb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import Query, where
from tinydb.queries import QueryInstance
from tinydb.storages import MemoryStorage

from engine.store import Database
from engine.store.tinydb.narrowing import narrow
from tests.store.samples import THINGS

FIELDS = ["colour", "room", "number", "done", "loose"]
texts = st.sampled_from(
    ["red", "Red", "", "1", "true", "null", "a\x00", "\ud800", "é", "x' OR 1=1 --"]
) | st.text(max_size=3)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([1.0, 0.5, float("nan"), 2**70]) | texts,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=3,
)
documents = st.lists(st.dictionaries(st.sampled_from(FIELDS), values, max_size=4), max_size=8)
simple = st.one_of(
    st.builds(lambda field, value: where(field) == value, st.sampled_from(FIELDS), texts),
    st.builds(lambda field, value: where(field) == value, st.sampled_from(FIELDS), values),
    st.builds(lambda field, value: where(field) != value, st.sampled_from(FIELDS), values),
    st.builds(lambda field: where(field).exists(), st.sampled_from(FIELDS)),
    st.builds(
        lambda field, items: where(field).one_of(items), st.sampled_from(FIELDS), st.lists(values, max_size=2)
    ),
    st.builds(lambda field, value: where(field)["a"] == value, st.sampled_from(FIELDS), texts),
    st.builds(lambda field, value: where(field).test(lambda v: v == value), st.sampled_from(FIELDS), texts),
    st.builds(lambda field, value: where(field).map(str) == value, st.sampled_from(FIELDS), texts),
    st.builds(lambda value: Query().fragment({"colour": value}), texts),
)
queries = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=documents, asked=st.lists(queries, min_size=1, max_size=4))
def test_any_query_on_any_documents_finds_what_tinydb_finds(tiny: Database, documents, asked):
    table = tiny.table("things")
    reference = tinydb.TinyDB(storage=MemoryStorage)
    complete = [
        {"room": "hall", **document, "thing_id": str(number), "number": None}
        for number, document in enumerate(documents)
    ]
    for document in complete:
        if (
            not isinstance(document["room"], str)
            or "\x00" in document["room"]
            or "\ud800" in document["room"]
        ):
            document["room"] = "hall"
    with tiny.write():
        table.truncate()
        table.insert_multiple(complete)
        reference.insert_multiple(complete)
        assert asked
        for query in asked:
            expected = [document["thing_id"] for document in reference.search(query)]
            assert [document["thing_id"] for document in table.search(query)] == expected
            assert table.count(query) == len(expected)
            first = table.get(query)
            assert (first and first["thing_id"]) == (expected[0] if expected else None)


@pytest.mark.parametrize(
    ("query", "clause"),
    [
        (where("colour") == "red", '"colour" = ?'),
        ((where("colour") == "red") & (where("colour") == "red"), '("colour" = ?)'),
        ((where("colour") == "red") & (where("number") > 3), '("colour" = ?)'),
        (where("colour") == 5, None),
        (where("number") == "5", None),
        (where("loose") == "red", None),
        (where("colour")["a"] == "red", None),
        (where("colour") == "a\x00", None),
        (where("colour") != "red", None),
        (~(where("colour") == "red"), None),
        ((where("colour") == "red") | (where("number") > 3), None),
        (where("colour").map(str) == "red", None),
        (bool, None),
    ],
)
def test_only_what_is_exactly_safe_narrows(query, clause):
    narrowed = narrow(query, THINGS, "?")
    assert (None if narrowed is None else narrowed[0]) == clause


def test_and_and_or_of_equalities_narrow_by_all_of_them():
    clause, params = narrow(
        ((where("colour") == "red") | (where("colour") == "blue")) & (where("room") == "hall"), THINGS, "?"
    )
    assert sorted(params) == ["blue", "hall", "red"]
    assert clause.count("OR") == 1
    assert clause.count("AND") == 1


def test_a_query_class_of_ones_own_is_applied_and_never_read():
    class Lying(QueryInstance):
        pass

    query = Lying(bool, ("==", ("colour",), "red"))
    assert narrow(query, THINGS, "?") is None


def test_a_narrowed_query_reads_few_documents_and_uses_the_index(tiny: Database):
    table = tiny.table("things")
    table.insert_multiple(
        {"room": f"room {n}", "thing_id": str(n), "colour": "red" if n % 50 else "blue"} for n in range(500)
    )
    seen = []
    query = (where("room") == "room 50") & where("colour").test(lambda value: seen.append(value) or True)
    assert [document["thing_id"] for document in table.search(query)] == ["50"]
    assert seen == ["blue"]
