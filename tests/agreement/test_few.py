"""A few cases of a test are left to `make test`; the others are for `make test-wide` or `make test-long`."""

from __future__ import annotations

import pytest

from tests.few import pytest_collection_modifyitems


def left(module: pytest.Module, few: int, cases: int, *, wide: int = 0) -> list[int]:
    """Name those of so many cases that `make test` runs; the first ``wide`` are marked so by themselves."""
    found = []
    for number in range(cases):
        one = pytest.Function.from_parent(module, name=f"test_it[{number}]", callobj=lambda: None)
        one.add_marker(pytest.mark.few(few))
        if number < wide:
            one.add_marker(pytest.mark.wide)
        found.append(one)
    pytest_collection_modifyitems(found)
    return [number for number, one in enumerate(found) if not one.get_closest_marker("wide")]


@pytest.mark.parametrize(
    ("few", "cases", "expected"),
    [
        (1, 5, [0]),
        (2, 5, [0, 2]),
        (3, 9, [0, 3, 6]),
        (4, 6, [0, 1, 3, 4]),
        (3, 3, [0, 1, 2]),
        (9, 3, [0, 1, 2]),
    ],
)
def test_so_many_are_left_and_they_are_spread_over_all(
    request: pytest.FixtureRequest, few: int, cases: int, expected: list[int]
):
    assert left(request.node.parent, few, cases) == expected


def test_what_is_wide_by_itself_is_none_of_the_few(request: pytest.FixtureRequest):
    assert left(request.node.parent, 2, 6, wide=2) == [2, 4]


def test_what_is_beyond_the_wide_ones_is_for_the_long_run(request: pytest.FixtureRequest):
    found = [
        pytest.Function.from_parent(request.node.parent, name=f"test_it[{number}]", callobj=lambda: None)
        for number in range(9)
    ]
    for one in found:
        one.add_marker(pytest.mark.few(1, wide=4))
    pytest_collection_modifyitems(found)
    marks = [{mark.name for mark in one.iter_markers()} - {"few"} for one in found]
    assert [number for number, of in enumerate(marks) if not of] == [0]
    assert [number for number, of in enumerate(marks) if of == {"wide"}] == [1, 3, 5, 7]
    assert [number for number, of in enumerate(marks) if of == {"wide", "long"}] == [2, 4, 6, 8]


def test_a_test_without_it_keeps_all_its_cases(request: pytest.FixtureRequest):
    alone = pytest.Function.from_parent(request.node.parent, name="test_it[0]", callobj=lambda: None)
    pytest_collection_modifyitems([alone])
    assert not alone.get_closest_marker("wide")


def test_it_is_asked_by_each_run(pytestconfig: pytest.Config):
    hooks = pytestconfig.hook.pytest_collection_modifyitems.get_hookimpls()
    assert pytest_collection_modifyitems in [hook.function for hook in hooks]
