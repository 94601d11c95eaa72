"""TinyDB's update operations do to stored documents what they do to TinyDB's."""

from __future__ import annotations

import pytest
from tinydb import where
from tinydb.operations import add, decrement, delete, increment, subtract
from tinydb.operations import set as set_to

from engine.store import Database


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (delete("int"), {"char": "a"}),
        (add("int", 5), {"int": 6, "char": "a"}),
        (add("char", "xyz"), {"int": 1, "char": "axyz"}),
        (subtract("int", 5), {"int": -4, "char": "a"}),
        (set_to("char", "xyz"), {"int": 1, "char": "xyz"}),
        (increment("int"), {"int": 2, "char": "a"}),
        (decrement("int"), {"int": 0, "char": "a"}),
    ],
    ids=["delete", "add", "add text", "subtract", "set", "increment", "decrement"],
)
def test_an_operation_changes_the_matching_document_only(plain: Database, operation, expected):
    assert plain.update(operation, where("char") == "a") == [1]
    assert plain.all() == [expected, {"int": 1, "char": "b"}, {"int": 1, "char": "c"}]


def test_an_operation_that_fails_on_one_document_changes_none(plain: Database):
    plain.update(delete("int"), where("char") == "c")
    before = plain.all()
    with pytest.raises(KeyError):
        plain.update(increment("int"))
    assert plain.all() == before
