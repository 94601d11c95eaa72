"""Whether an attempt is followed by another, and when; what becomes of one that ended (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.executions.models import Execution, ExecutionStatus

#: An attempt whose worker was lost is no failure of the executor; so many in a row are one all the same.
MOST_LOST = 10
WORKER_LOST = "WORKER_LOST"
#: What no repetition mends: settings, permissions, answers that do not fit.
FOR_GOOD = frozenset(
    {
        "CONFIG_INVALID",
        "SECRET_FORBIDDEN",
        "SECRET_MISSING",
        "HOST_NOT_ALLOWED",
        "PRIVATE_ADDRESS",
        "REDIRECTED",
        "ANSWER_UNFIT",
        "ANSWER_TOO_LARGE",
        "HTTP_REFUSED",
        "OUTPUT_UNFIT",
        "NOT_INSTALLED",
        "NOTHING_TO_TELL",
        "REPORT_BROKE",
        "REPORT_TEXT",
        "REPORT_TOO_LARGE",
        "RECIPIENT_UNKNOWN",
        "NOBODY_TO_TELL",
        "DATE_MISSING",
        "AUTOMATION_MISSING",
        "STEP_UNPLANNED",
        "OUTPUT_TOO_LARGE",
        "FILE_LIMIT",
        "MEMORY_LIMIT",
        "PROCESS_LIMIT",
    }
)
#: Only an attempt that ended so may be followed by another by itself.
TRIED_AGAIN = frozenset({ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT})
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
#: By so much longer at most, so that what failed together is not tried again together.
_JITTER = 0.2


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long things may take, and what is tried again; from ``execution_config``."""

    step_seconds: float = 60
    attempt_seconds: float = 300
    total_seconds: float = 86_400
    #: Only these codes are tried again; None for all but those of ``FOR_GOOD``.
    retry_on: frozenset[str] | None = None
    never_retry: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Limits:
        """Read them from the settings of a task."""
        given = {
            name: config[name]
            for name in ("step_seconds", "attempt_seconds", "total_seconds")
            if name in config
        }
        retry_on = frozenset(config["retry_on"]) if "retry_on" in config else None
        return cls(**given, retry_on=retry_on, never_retry=frozenset(config.get("never_retry", ())))


def next_time(
    ended: Execution, limits: Limits, config_retries: int, now: datetime, chance: float
) -> datetime | None:
    """Say when the next attempt begins after one that ended; None where a person has to look.

    ``chance`` is from 0 to 1, and spreads what failed together.
    """
    code = ended.error_code
    if code == WORKER_LOST and ended.status is ExecutionStatus.FAILED:
        return now if ended.lost_before < MOST_LOST else None
    if ended.status not in TRIED_AGAIN or not ended.retries_left:
        return None
    if code in limits.never_retry or (
        code not in limits.retry_on if limits.retry_on is not None else code in FOR_GOOD
    ):
        return None
    made = max(0, config_retries - ended.retries_left)
    wait = min(_FIRST_WAIT * 4**made, _LONGEST_WAIT) * (1 + _JITTER * chance)
    when = now + wait
    return when if when - ended.run_began_at <= timedelta(seconds=limits.total_seconds) else None


def doubt(steps: list[dict[str, Any]], *, is_repeated: bool) -> dict[str, Any] | None:
    """Return the step that was begun, has no end, and may have changed something.

    What the other side does once only is in no doubt where another attempt repeats it by itself.
    """
    harmless = {"none", "keyed"} if is_repeated else {"none"}
    return next((one for one in steps if one["state"] == "begun" and one["effect"] not in harmless), None)


def outcome(
    steps: list[dict[str, Any]], *, is_done: bool, is_cancelled: bool, is_late: bool
) -> ExecutionStatus:
    """Say what became of an attempt: what is in doubt outweighs all else, and what was done all but that.

    Another attempt may follow; where none does, what that would repeat is in doubt, too (``ending.close``).
    """
    if doubt(steps, is_repeated=True) is not None:
        return ExecutionStatus.UNKNOWN
    if is_done:
        return ExecutionStatus.COMPLETED
    if is_cancelled:
        return ExecutionStatus.CANCELLED
    return ExecutionStatus.TIMED_OUT if is_late else ExecutionStatus.FAILED
