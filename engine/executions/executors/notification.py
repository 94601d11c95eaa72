"""Tells people something once, in their inboxes and by the ways that they have chosen (TYP-07, CNF-47).

Nothing is done outside: what is told is handed over, and written with the end of the attempt (``base``, 10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from engine.executions.executors.base import Executor, Message, Result, Run, Step

_RELATIONS = {"assignee": "its assignee", "owner": "its owner", "managers": "the managers"}


class Notification(Executor):
    """One message to some people of the team."""

    key: ClassVar[str] = "notification"

    def plan(self, config: Mapping[str, Any]) -> Sequence[Step]:  # noqa: ARG002 - as of every executor
        """Name no step: nothing is done outside."""
        return ()

    def dry_run(self, config: Mapping[str, Any]) -> list[str]:
        """Say who would be told, and in which words."""
        told = [f"{said_of(config)} would be told “{config['subject']}”, {by_ways(config)}."]
        return [*told, f"Below that: {config['body']}"] if config.get("body") else told

    def run(self, run: Run) -> Result:
        """Hand over what is to be told."""
        config = run.config
        message = Message(
            recipients=config["recipients"],
            title=config["subject"],
            lines=[line for line in config.get("body", "").splitlines() if line.strip()],
            goes_out=goes_out(config),
        )
        return Result(summary="The message was written.", messages=[message])


def said_of(config: Mapping[str, Any]) -> str:
    """Say to whom a message of these settings goes."""
    names = [_said(next(iter(one.items()))) for one in config["recipients"]]
    said = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{said[0].upper()}{said[1:]}"


def by_ways(config: Mapping[str, Any]) -> str:
    """Say where a message of these settings is read."""
    return f"in their inboxes{' and by the ways that each has chosen' if goes_out(config) else ' alone'}"


def goes_out(config: Mapping[str, Any]) -> bool:
    """Whether more than inboxes tell it."""
    return bool(config.get("channel", "chosen") == "chosen")


def _said(named: tuple[str, str]) -> str:
    how, whom = named
    if how == "relation":
        return _RELATIONS[whom]
    return f"everybody who is {whom}" if how == "role" else whom
