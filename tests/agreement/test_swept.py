"""A sweep is one test that tries every case and names those that fail."""

from __future__ import annotations

import inspect

import pytest

from tests.swept import swept


def test_every_case_is_tried_and_all_that_fail_are_named():
    tried = []

    @swept("number, word", [(1, "one"), (2, "two"), (3, "three")])
    def over_numbers(number: int, word: str) -> None:
        tried.append(word)
        assert number == 2, word

    with pytest.raises(AssertionError, match="2 of 3 cases fail") as found:
        over_numbers()
    assert tried == ["one", "two", "three"]
    assert "\n1, 'one': AssertionError" in str(found.value)
    assert "\n3, 'three': AssertionError" in str(found.value)


def test_a_case_that_breaks_stops_no_other():
    @swept("number", [0, 1])
    def over_numbers(number: int) -> None:
        assert 1 / number == 1

    with pytest.raises(AssertionError, match="1 of 2 cases fail") as found:
        over_numbers()
    assert isinstance(found.value.__cause__, ZeroDivisionError)


def test_a_sweep_over_nothing_fails():
    @swept("number", [])
    def over_nothing(number: int) -> None:
        assert number

    with pytest.raises(AssertionError, match="there is nothing to look at"):
        over_nothing()


def test_what_is_no_case_is_a_fixture():
    @swept("number", [1, 2])
    def over_numbers(tmp_path: object, number: int) -> None:
        assert tmp_path == number

    assert list(inspect.signature(over_numbers).parameters) == ["tmp_path"]
    with pytest.raises(AssertionError, match="1 of 2 cases fail"):
        over_numbers(tmp_path=2)
