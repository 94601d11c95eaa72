"""The words for statuses, and the moves by which a verb reaches one; through the store: test_lifecycle.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.errors import BadRequestError, InvalidTransitionError
from engine.tasks import states
from engine.tasks.states import ALIASES, StateClass, TaskStatus, check_move, class_of, parse_status, walk_to

S = TaskStatus
KNOWN = (
    "pending, queued, deferred, in_progress, waiting, blocked, help_needed, pending_approval, completed, "
    "skipped, failed, cancelled"
)


@pytest.mark.parametrize("status", S)
def test_a_status_is_said_by_its_name(status: S):
    assert parse_status(str(status)) is status


@pytest.mark.parametrize("status", S)
def test_every_status_of_a_task_has_its_class(status: S):
    expected = {
        S.IN_PROGRESS: StateClass.ACTIVE,
        S.COMPLETED: StateClass.SUCCEEDED,
        S.FAILED: StateClass.FAILED,
        S.SKIPPED: StateClass.CANCELLED,
        S.CANCELLED: StateClass.CANCELLED,
    }
    assert class_of(status) is expected.get(status, StateClass.WAITING)


@pytest.mark.parametrize("word", ALIASES)
def test_words_of_the_source_systems_mean_one_of_the_twelve(word: str):
    assert parse_status(word) is ALIASES[word]


@pytest.mark.parametrize("word", ["", "Pending", "open", "finished"])
def test_another_word_is_refused_at_the_field_with_all_that_can_be_said(word: str):
    with pytest.raises(BadRequestError) as refused:
        parse_status(word)
    assert refused.value.message == f"{word!r} is not a status. Use one of: {KNOWN}."
    [detail] = refused.value.details
    assert (detail["field"], detail["message"]) == ("status", f"not one of {KNOWN}")


def test_a_move_that_the_table_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(InvalidTransitionError) as refused:
        check_move("Task #7", S.FAILED, S.COMPLETED)
    assert refused.value.message == (
        "Task #7 cannot go from “Failed” to “Done”. Allowed from “Failed”: “To do”, “Cancelled”."
    )
    check_move("Task #7", S.FAILED, S.PENDING)


@pytest.mark.parametrize(
    ("current", "target", "way"),
    [
        ("in_progress", "completed", "completed"),
        ("pending", "completed", "in_progress completed"),
        ("waiting", "completed", "in_progress completed"),
        ("pending_approval", "completed", "completed"),
        ("waiting", "blocked", "blocked"),
    ],
)
def test_a_verb_goes_straight_where_it_can_else_by_way_of_work(current: str, target: str, way: str):
    assert walk_to("Task #7", S(current), S(target)) == [S(step) for step in way.split()]


def test_a_verb_may_be_given_other_ways():
    through = frozenset({S.PENDING, S.IN_PROGRESS})
    assert walk_to("It", S.FAILED, S.COMPLETED, through=through) == [S.PENDING, S.IN_PROGRESS, S.COMPLETED]


def test_a_verb_goes_by_no_status_that_it_is_not_given():
    with pytest.raises(InvalidTransitionError):
        walk_to("It", S.DEFERRED, S.COMPLETED)  # by way of pending it would


@pytest.mark.parametrize(("current", "target"), [("completed", "pending"), ("waiting", "waiting")])
def test_where_no_way_leads_the_refusal_names_both_ends(current: str, target: str):
    through = frozenset(S)  # it looks everywhere, and no place twice
    with pytest.raises(InvalidTransitionError) as refused:
        walk_to("Task #7", S(current), S(target), through=through)
    here, there = S(current).said, S(target).said
    assert refused.value.message.startswith(
        f"Task #7 cannot go from {here} to {there}. Allowed from {here}: "
    )
    assert (refused.value.current, refused.value.target) == (current, target)


def test_no_sentence_of_the_engine_names_a_status_of_a_task_as_it_is_stored():
    """What people read is the word that pages have for it."""
    named = re.compile(r"""f".*\{(task|other|original|dependent|stored)\.status\}""")
    found = [
        f"{file.name}:{number}"
        for file in sorted(Path(states.__file__).parents[1].rglob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if named.search(line)
    ]
    assert found == ["dates.py:361"], "there it says what has happened: completed already"
