"""Reminds people at a moment, and again until somebody has done the task (TYP-07, RMD-08).

Each time is an attempt that tells them and asks to be run again (``base``, 10): the task is queued meanwhile.
Whoever takes it on, moves or closes it calls the next time off, as with any attempt that waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from engine.catalog.message_settings import moment_of
from engine.clock import in_zone
from engine.executions.executors.base import (
    Executor,
    ExecutorError,
    Facts,
    Message,
    Result,
    Run,
    Step,
)
from engine.executions.executors.notification import by_ways, goes_out, said_of

_FROM = {"deadline": "its deadline", "follow_up_at": "its follow-up", "created_at": "it was made"}


class Reminder(Executor):
    """One message, some times over."""

    key: ClassVar[str] = "reminder"

    def plan(self, config: Mapping[str, Any]) -> Sequence[Step]:  # noqa: ARG002 - as of every executor
        """Name no step: nothing is done outside."""
        return ()

    def dry_run(self, config: Mapping[str, Any]) -> list[str]:
        """Say who would be reminded, of what, when, and how often."""
        told = [
            f"{said_of(config)} would be reminded {_when(config)}, {by_ways(config)}: “{config['message']}”."
        ]
        if (most := config.get("max_times", 1)) > 1:
            hours = config["repeat_every_hours"]
            told.append(f"Again every {hours} hours until somebody has done the task, {most} times in all.")
        return told

    def run(self, run: Run) -> Result:
        """Hand over what people are told now, and when the next time is.

        Raises:
            ExecutorError: ``DATE_MISSING``, the task has no date to count from.
        """
        config, facts = run.config, run.facts
        before = facts.outputs_before
        times = before["times"] if before.get("is_again") else 0
        begins_at = _begins_at(config, facts)
        if not times and facts.now < begins_at:
            shown = f"{in_zone(begins_at, facts.zone):%Y-%m-%d %H:%M}"
            waits = {"times": 0, "is_again": True}
            return Result(summary=f"It reminds on {shown}.", outputs=waits, again_at=begins_at)
        times, most = times + 1, config.get("max_times", 1)
        message = Message(recipients=config["recipients"], title=config["message"], goes_out=goes_out(config))
        is_again = times < most
        return Result(
            summary=f"Reminded, time {times} of {most}.",
            outputs={"times": times, "is_again": is_again},
            messages=[message],
            again_at=facts.now + timedelta(hours=config["repeat_every_hours"]) if is_again else None,
        )


def _when(config: Mapping[str, Any]) -> str:
    if "at" in config:
        return f"at {config['at']}"
    if (offset := config.get("offset")) is None:
        return "as soon as it runs"
    amount, what = offset["amount"], _FROM[offset["from"]]
    if not amount:
        return f"at {what}" if offset["from"] != "created_at" else f"when {what}"
    return f"{abs(amount)} {offset['unit']} {'before' if amount < 0 else 'after'} {what}"


def _begins_at(config: Mapping[str, Any], facts: Facts) -> datetime:
    """Return the moment before which nobody is reminded."""
    if (at := moment_of(config.get("at", ""))) is not None:
        return at.astimezone(UTC)
    if (offset := config.get("offset")) is None:
        return facts.now
    base: datetime | None = getattr(facts, offset["from"])
    if base is None:
        what = "deadline" if offset["from"] == "deadline" else "follow-up"
        raise ExecutorError(
            "DATE_MISSING", f"The task has no {what} to count from. Give it one, then run it."
        )
    if offset["unit"] == "hours":
        return base + timedelta(hours=offset["amount"])
    # A day before 9:00 is 9:00, though clocks change in between.
    return (in_zone(base, facts.zone) + timedelta(days=offset["amount"])).astimezone(UTC)
