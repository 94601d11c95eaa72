"""When two searches are the same, what they find among records not yet written, and how that is sorted."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine import searches
from engine.searches import search_of
from engine.tasks.models import Step, Task, TaskStatus


@dataclass
class Row:
    """Stands for a record: what is looked for and sorted by."""

    name: str
    status: TaskStatus = TaskStatus.PENDING
    day: int | None = None


def test_two_searches_are_the_same_whatever_the_order_of_their_fields_and_values():
    one = search_of(Task, {"status": ["pending", None, "failed"], "bundle_id": "b"})
    assert one == search_of(Task, {"bundle_id": "b", "status": {"failed", "pending", None}})
    assert hash(one) == hash(search_of(Task, {"bundle_id": "b", "status": ("failed", None, "pending")}))


@pytest.mark.parametrize(
    "where", [{}, {"status": "failed"}, {"status": ["pending", "failed"]}, {"bundle_id": "pending"}]
)
def test_another_value_field_or_kind_is_another_search(where: dict):
    one = search_of(Task, {"status": "pending"})
    assert one != search_of(Task, where)
    assert one != search_of(Step, {"status": "pending"})


def test_what_is_looked_for_is_as_it_is_stored():
    assert search_of(Task, {"status": TaskStatus.FAILED}) == search_of(Task, {"status": "failed"})
    assert searches.plain((TaskStatus.FAILED,)) == ["failed"]
    assert searches.plain("failed") == "failed"


def test_records_that_are_not_written_are_laid_over_what_is_stored():
    kept, moved, new = Row("kept"), Row("moved", TaskStatus.FAILED), Row("new")
    search = search_of(Task, {"status": ["pending"]})
    assert searches.laid_over([kept, moved], [], search) == [kept, moved]
    assert searches.laid_over([kept, moved], [moved, new], search) == [kept, new]
    assert searches.laid_over([], [kept, moved], search_of(Task, {"status": "failed"})) == [moved]
    search = search_of(Task, {"status": ["pending"], "name": "moved"})
    assert searches.laid_over([], [kept, moved, new], search) == [], "every field has to fit"


@pytest.mark.parametrize(
    ("order_by", "names"),
    [
        (["name"], "a b c d"),
        (["-name"], "d c b a"),
        (["day", "name"], "b d c a"),  # empty values count as the smallest, both ways
        (["-day", "name"], "a c b d"),
        (["day", "-name"], "d b c a"),
        ([], "c a d b"),
    ],
)
def test_records_are_sorted_as_the_store_sorts_them(order_by: list[str], names: str):
    found = [Row("c", day=1), Row("a", day=2), Row("d"), Row("b")]
    assert [row.name for row in searches.in_order(iter(found), order_by)] == names.split()
