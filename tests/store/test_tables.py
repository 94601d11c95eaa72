"""What TinyDB's tables do, tables of documents do too, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from tinydb import Query, where
from tinydb.table import Document

from engine.store import Database


class Custom(Mapping):
    def __init__(self, data: dict) -> None:
        self.data = data

    def __getitem__(self, key: str) -> object:
        return self.data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


def test_insert_returns_ascending_ids(plain: Database):
    assert plain.insert({"int": 1, "char": "d"}) == 4
    assert plain.insert({"int": 1, "char": "e"}) == 5
    assert plain.insert_multiple({"int": 1} for _ in range(3)) == [6, 7, 8]
    assert plain.count(where("int") == 1) == 8


def test_a_document_may_bring_its_id(plain: Database):
    assert plain.insert(Document({"own": 1}, 12)) == 12
    assert plain.insert(Document({"own": 2}, doc_id=77)) == 77
    assert plain.insert({"next": 1}) == 78
    assert plain.insert_multiple([Document({}, 90), {}, Document({}, 85), {}]) == [90, 91, 85, 92]
    assert plain.get(doc_id=12) == {"own": 1}


@pytest.mark.parametrize("doc_ids", [[1], [50, 1], [60, 60]])
def test_an_id_that_is_taken_is_refused_and_nothing_is_inserted(plain: Database, doc_ids: list[int]):
    with pytest.raises(ValueError, match=rf"Document with ID {doc_ids[-1]} already exists"):
        plain.insert_multiple([Document({"x": 1}, doc_id) for doc_id in doc_ids])
    assert len(plain) == 3


@pytest.mark.parametrize("bad", [object(), [1, 2], {"bark"}, "text", None])
def test_only_mappings_are_documents(plain: Database, bad: object):
    with pytest.raises(ValueError, match="Document is not a Mapping"):
        plain.insert(bad)
    with pytest.raises(ValueError, match="Document is not a Mapping"):
        plain.insert_multiple([{"ok": 1}, bad])
    assert len(plain) == 3


def test_what_json_cannot_say_is_refused(plain: Database):
    with pytest.raises(TypeError):
        plain.insert({"int": {"bark"}})
    assert len(plain) == 3
    assert plain.insert({"int": 3}) == 4


def test_any_mapping_can_be_stored(plain: Database):
    doc_id = plain.insert(Custom({"int": 7, "char": "z"}))
    assert plain.get(where("int") == 7) == {"int": 7, "char": "z"}
    plain.update(Custom({"int": 8}), doc_ids=[doc_id])
    assert plain.get(doc_id=doc_id) == {"int": 8, "char": "z"}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"z": 1, "a": 2, "m": {"y": [1, {"x": None}]}},
        {"text": "Größe 😀 \x00 \ud800 \" ' % %s ?"},
        {"numbers": [0, -1, 2**80, 1e300, 0.1, True, False]},
        {"": {"": ""}},
    ],
    ids=["empty", "order", "odd text", "numbers", "empty names"],
)
def test_a_document_comes_back_as_it_was_with_its_keys_in_order(plain: Database, document: dict):
    back = plain.get(doc_id=plain.insert(document))
    assert back == document
    assert list(back) == list(document)


def test_search_returns_copies_with_ids(plain: Database):
    found = plain.search(where("char") == "b")
    assert [(document, document.doc_id) for document in found] == [({"int": 1, "char": "b"}, 2)]
    found[0]["char"] = "changed"
    assert plain.search(where("char") == "b") == [{"int": 1, "char": "b"}]
    assert plain.search(where("missing") == 1) == []


def test_search_sees_every_write_because_nothing_is_cached(plain: Database):
    query = where("int") == 2
    assert plain.search(query) == []
    plain.insert({"int": 2})
    assert plain.search(query) == [{"int": 2}]
    plain.clear_cache()
    limit = 1
    moving = where("int").map(lambda value: value > limit) == True  # noqa: E712
    assert plain.count(moving) == 1
    limit = 0
    assert plain.count(moving) == 4


def test_get_finds_by_id_by_ids_and_by_query(plain: Database):
    assert plain.get(doc_id=2) == {"int": 1, "char": "b"}
    assert plain.get(doc_id=99) is None
    assert plain.get(doc_id=float("nan")) is None
    assert plain.get(doc_id=2**70) is None
    assert [document.doc_id for document in plain.get(doc_ids=[3, 1, 99])] == [1, 3]
    assert plain.get(doc_ids=[]) == []
    assert plain.get(where("int") == 1).doc_id == 1
    assert plain.get(where("int") == 9) is None
    with pytest.raises(RuntimeError):
        plain.get()


def test_contains_answers_for_ids_and_queries(plain: Database):
    assert plain.contains(where("char") == "a")
    assert plain.contains(doc_id=3)
    assert not plain.contains(where("char") == "z")
    assert not plain.contains(doc_id=4)
    with pytest.raises(RuntimeError):
        plain.contains()


def test_iteration_may_write(plain: Database):
    for document in plain:
        plain.update({"seen": True}, doc_ids=[document.doc_id])
    assert plain.count(where("seen") == True) == 3  # noqa: E712


def test_update_by_query_by_ids_and_everything(plain: Database):
    assert plain.update({"int": 2}, where("char") == "a") == [1]
    assert plain.update({"int": 3}, doc_ids=[3, 99, 2]) == [3, 2]
    assert [document["int"] for document in plain] == [2, 3, 3]
    assert plain.update({"int": 4}) == [1, 2, 3]
    assert plain.count(where("int") == 4) == 3
    assert plain.update({"int": 5}, where("char") == "z") == []


def test_update_takes_a_function(plain: Database):
    def double(document: dict) -> None:
        document["char"] *= 2
        del document["int"]

    assert plain.update(double, where("char") == "b") == [2]
    assert plain.get(doc_id=2) == {"char": "bb"}


def test_update_multiple_applies_each_change_to_its_matches(plain: Database):
    changes = [
        ({"int": 2}, where("char") == "a"),
        (lambda document: document.update(int=document["int"] + 10), where("int") == 2),
        ({"int": 4}, where("char") == "b"),
    ]
    assert plain.update_multiple(changes) == [1, 1, 2]
    assert [document["int"] for document in plain] == [12, 4, 1]


def test_upsert_updates_all_matches_or_inserts(plain: Database):
    assert plain.upsert({"int": 9}, where("char").one_of(["a", "b"])) == [1, 2]
    assert plain.upsert({"int": 5, "char": "n"}, where("char") == "n") == [4]
    assert plain.count(where("int") == 9) == 2


def test_upsert_by_id_updates_or_inserts_with_that_id(plain: Database):
    assert plain.upsert(Document({"char": "v"}, doc_id=1)) == [1]
    assert plain.get(doc_id=1) == {"int": 1, "char": "v"}
    assert plain.upsert(Document({"char": "w"}, doc_id=100)) == [100]
    assert plain.insert({}) == 101
    with pytest.raises(ValueError, match=r"(?=.*\bdoc_id\b)(?=.*\bquery\b)"):
        plain.upsert({"no": "query"})


def test_remove_by_query_and_by_ids(plain: Database):
    assert plain.remove(where("char") == "b") == [2]
    assert plain.remove(doc_ids=[3, 99]) == [3]
    assert plain.all() == [{"int": 1, "char": "a"}]
    assert plain.remove(where("char") == "z") == []
    with pytest.raises(RuntimeError, match="truncate"):
        plain.remove()


def test_an_id_is_not_given_twice(plain: Database):
    plain.remove(doc_ids=[3])
    assert plain.insert({}) == 4


def test_truncate_empties_the_table_and_starts_ids_again(plain: Database):
    plain.truncate()
    assert len(plain) == 0
    assert plain.insert({}) == 1


def test_nested_fields_fragments_and_lists_can_be_queried(plain: Database):
    plain.insert({"deep": {"er": 5, "list": [{"f": 1}, {"f": 2}]}})
    assert plain.count(Query().deep.er == 5) == 1
    assert plain.count(Query().deep.list.any(Query().f == 2)) == 1
    assert plain.count(Query().fragment({"int": 1, "char": "c"})) == 1
    assert plain.count(~(where("char") == "a")) == 3
    assert plain.count(where("char").matches("[ab]")) == 2
    with pytest.raises(RuntimeError, match="Empty query"):
        plain.search(Query())


def test_document_and_id_classes_can_be_replaced(database_url: str):
    class Mine(Document):
        pass

    with Database(database_url) as database:
        table = database.table("mine")
        table.document_class = Mine
        doc_id = table.insert(Mine({"a": 1}, 5))
        assert (doc_id, type(table.get(doc_id=5))) == (5, Mine)


def test_the_process_gives_no_ids(plain: Database):
    with pytest.raises(RuntimeError, match="given by the database"):
        plain._get_next_id()
