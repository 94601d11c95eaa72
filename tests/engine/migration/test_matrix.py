"""What a kind of change means for a task, by where that stands: the table and the rules before it (D4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.migration.matrix import MATRIX, Kind, State, Verdict, judge, state_of, worst
from engine.tasks.states import TaskStatus
from tests.engine.migration.document import cells

CELLS = cells()
U, S, D, B = Verdict


def test_the_table_of_the_document_has_every_kind_of_change_in_every_state():
    assert CELLS.keys() == {(kind, state) for kind in Kind for state in State}
    assert MATRIX.keys() == CELLS.keys()


@pytest.mark.parametrize(("kind", "state"), CELLS, ids=lambda one: one.value)
def test_a_cell_is_as_the_document_says(kind, state):
    assert judge(kind, state).verdict is CELLS[kind, state]


def test_every_status_stands_in_one_column():
    stand = {status: state_of(status) for status in TaskStatus}
    assert {status for status, state in stand.items() if state is State.NOT_STARTED} == {
        TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.DEFERRED, TaskStatus.BLOCKED, TaskStatus.FAILED,
    }  # fmt: skip
    assert {status for status, state in stand.items() if not state.is_open} == {
        TaskStatus.COMPLETED, TaskStatus.SKIPPED, TaskStatus.CANCELLED,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "by_hand", "collected", "verdict"),
    [
        (None, False, 0, S),
        ("keep", False, 0, U),
        ("keep", True, 0, U),
        ("ask", False, 0, D),
        ("recompute", False, 0, S),
        ("recompute", True, 0, D),
        (None, True, 0, D),
        (None, False, 3, S),
    ],
)
def test_what_goes_before_the_table_for_a_due_day_that_nobody_works_towards_yet(
    policy, by_hand, collected, verdict
):
    found = judge(Kind.DUE, State.NOT_STARTED, policy=policy, by_hand=by_hand, collected=collected)
    assert found.verdict is verdict


@pytest.mark.parametrize("kind", [Kind.TASK_REMOVED, Kind.CONDITION, Kind.DELIVERABLE_REMOVED])
def test_what_takes_something_away_asks_where_something_was_collected(kind):
    assert judge(kind, State.NOT_STARTED).verdict is S
    assert judge(kind, State.NOT_STARTED, collected=1) == judge(kind, State.NOT_STARTED, collected=9)
    assert judge(kind, State.NOT_STARTED, collected=1).verdict is D


@given(
    kind=st.sampled_from(Kind),
    state=st.sampled_from(State),
    policy=st.sampled_from([None, "keep", "ask", "recompute"]),
    by_hand=st.booleans(),
    collected=st.integers(0, 3),
)
def test_nothing_overrides_what_is_closed_or_blocked(kind, state, policy, by_hand, collected):
    found = judge(kind, state, policy=policy, by_hand=by_hand, collected=collected)
    assert found.why
    if not state.is_open or CELLS[kind, state] is B:
        assert found.verdict is CELLS[kind, state]
    if by_hand and policy != "keep":
        assert found.verdict is not S or not state.is_open


@given(st.lists(st.sampled_from(Verdict)))
def test_the_worst_of_several_verdicts_is_the_last_in_their_order(verdicts):
    order = [U, S, D, B]
    assert worst(verdicts) is order[max(map(order.index, verdicts), default=0)]
