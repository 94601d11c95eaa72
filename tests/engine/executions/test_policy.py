"""What becomes of an attempt, and when the next one begins: the rules alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.executions.models import Execution, ExecutionStatus, Trigger
from engine.executions.policy import MOST_LOST, WORKER_LOST, Limits, doubt, next_time, outcome

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_S = ExecutionStatus


def _step(effect: str, state: str) -> dict[str, str]:
    return {"name": effect, "effect": effect, "state": state}


@pytest.mark.parametrize(
    ("steps", "done", "cancelled", "late", "expected"),
    [
        ([], True, False, False, _S.COMPLETED),
        ([], False, False, False, _S.FAILED),
        ([], False, True, False, _S.CANCELLED),
        ([], False, False, True, _S.TIMED_OUT),
        ([], True, True, True, _S.COMPLETED),  # a cancelled attempt that finishes anyway is finished
        ([("none", "begun")], False, True, False, _S.CANCELLED),
        ([("keyed", "begun")], False, False, True, _S.TIMED_OUT),
        ([("unkeyed", "done")], False, False, False, _S.FAILED),
        ([("unkeyed", "undone")], False, True, False, _S.CANCELLED),
        ([("unkeyed", "begun")], False, False, False, _S.UNKNOWN),
        ([("unkeyed", "begun")], False, True, False, _S.UNKNOWN),
        ([("unkeyed", "begun")], False, False, True, _S.UNKNOWN),
    ],
)
def test_what_became_of_an_attempt(steps, done, cancelled, late, expected):
    found = outcome([_step(*one) for one in steps], is_done=done, is_cancelled=cancelled, is_late=late)
    assert found is expected


@pytest.mark.parametrize(
    ("effect", "state", "repeated", "in_doubt"),
    [
        ("unkeyed", "begun", True, True),
        ("unkeyed", "begun", False, True),
        ("keyed", "begun", True, False),
        ("keyed", "begun", False, True),
        ("none", "begun", False, False),
        ("unkeyed", "undone", False, False),
        ("keyed", "done", False, False),
    ],
)
def test_what_was_begun_is_in_doubt_unless_it_is_repeated_under_its_key(effect, state, repeated, in_doubt):
    step = _step(effect, state)
    assert doubt([step], is_repeated=repeated) == (step if in_doubt else None)


def _ended(status: ExecutionStatus, code: str, **fields) -> Execution:
    given = {"retries_left": 3, "run_began_at": NOW, "error_code": code, **fields}
    return Execution(
        execution_id="exe_1", workspace_id="wsp_1", task_id="tsk_1", execution_uuid="u", status=status,
        executor="api_call", triggered_by=Trigger.MANUAL, not_before=NOW, created_at=NOW, updated_at=NOW,
        **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ended", "limits", "seconds"),
    [
        (_ended(_S.FAILED, "HTTP_BUSY"), Limits(), 10),
        (_ended(_S.FAILED, "HTTP_BUSY", retries_left=2), Limits(), 40),
        (_ended(_S.FAILED, "HTTP_BUSY", retries_left=1), Limits(), 160),
        (_ended(_S.FAILED, "HTTP_BUSY", retries_left=0), Limits(), None),
        (_ended(_S.TIMED_OUT, "TIMED_OUT"), Limits(), 10),
        (_ended(_S.UNKNOWN, "HTTP_STATUS"), Limits(), None),
        (_ended(_S.CANCELLED, "X"), Limits(), None),
        (_ended(_S.FAILED, "ANSWER_UNFIT"), Limits(), None),
        (_ended(_S.FAILED, "ANSWER_UNFIT"), Limits(retry_on=frozenset({"ANSWER_UNFIT"})), 10),
        (_ended(_S.FAILED, "HTTP_BUSY"), Limits(retry_on=frozenset({"ANSWER_UNFIT"})), None),
        (_ended(_S.FAILED, "HTTP_BUSY"), Limits(never_retry=frozenset({"HTTP_BUSY"})), None),
        (_ended(_S.FAILED, "HTTP_BUSY"), Limits(total_seconds=5), None),
        (_ended(_S.FAILED, WORKER_LOST, retries_left=0), Limits(), 0),
        (_ended(_S.FAILED, WORKER_LOST, lost_before=MOST_LOST), Limits(), None),
        (_ended(_S.UNKNOWN, WORKER_LOST), Limits(), None),
        (_ended(_S.CANCELLED, WORKER_LOST), Limits(), None),
    ],
)
def test_when_the_next_attempt_begins(ended: Execution, limits: Limits, seconds: int | None):
    found = next_time(ended, limits, 3, NOW, 0.0)
    assert found == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_what_failed_together_is_spread():
    first, last = (next_time(_ended(_S.FAILED, "X"), Limits(), 3, NOW, chance) for chance in (0.0, 1.0))
    assert first is not None
    assert last == NOW + timedelta(seconds=12)
