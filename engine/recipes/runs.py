"""What the latest runs of a recipe came to: how many succeeded, and how long those took."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from engine.executions.models import LIVE, ExecutionStatus, Settlement
from engine.recipes import queries
from engine.recipes.queries import Attempt
from engine.transaction import Transaction

#: So many of the latest attempts of a recipe are looked at; several of them may be one run.
_SAMPLE = 60


@dataclass(frozen=True)
class Runs:
    """The latest runs of one recipe that came to an end."""

    #: How many; what was called off, and what still goes on, is not among them.
    count: int
    succeeded: int
    #: The median of those that succeeded, from being asked for to their end; None where none did.
    seconds: float | None

    @property
    def percent(self) -> int:
        """How many of a hundred succeeded, rounded down."""
        return self.succeeded * 100 // self.count


def latest(tx: Transaction, keys: Collection[str]) -> dict[str, Runs]:
    """Return what the latest runs of these templates came to, by key; absent where none has ended."""
    by_key: dict[str, list[Attempt]] = {}
    for attempt in queries.latest_attempts(tx, keys, _SAMPLE):
        by_key.setdefault(attempt.template_id, []).append(attempt)
    found = {key: summed_up(attempts) for key, attempts in by_key.items()}
    return {key: runs for key, runs in found.items() if runs is not None}


def summed_up(attempts: Iterable[Attempt]) -> Runs | None:
    """Sum up attempts, the newest first: of each run the last one tells how it ended; None where none did."""
    ends: dict[tuple[str, str], Attempt] = {}
    for attempt in attempts:
        ends.setdefault((attempt.task_id, attempt.run_began_at), attempt)
    left_out = {*LIVE, ExecutionStatus.CANCELLED}
    over = [end for end in ends.values() if end.status not in left_out]
    lengths = [_seconds(end) for end in over if _succeeded(end)]
    return Runs(len(over), len(lengths), median(lengths) if lengths else None) if over else None


def _succeeded(end: Attempt) -> bool:
    """Whether what was asked for was done; of what was in doubt, whether somebody found that it was."""
    return end.status == ExecutionStatus.COMPLETED or end.settlement == Settlement.HAPPENED


def _seconds(end: Attempt) -> float:
    if end.completed_at is None:
        raise ValueError(f"the run of {end.task_id} that began at {end.run_began_at} has no end")
    return (
        datetime.fromisoformat(end.completed_at) - datetime.fromisoformat(end.run_began_at)
    ).total_seconds()
