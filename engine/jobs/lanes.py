"""What is said of lanes while they are used: held back, how many at a time, how many in a minute or a day.

A rule is about one lane, or about all whose names begin so. ``choosing`` obeys it: nothing is begun from the
moment on at which it was written. What runs goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.jobs.claims import RULES
from engine.store import Connection, DocumentStore
from engine.store.driver import execute

_COLUMNS = ", ".join(column.name for column in RULES.columns)
_LIST = f"SELECT {_COLUMNS} FROM job_lanes ORDER BY name"  # noqa: S608 - constants
#: Make a lane's rule, which says nothing yet.
_MAKE = """
INSERT INTO job_lanes (name, is_prefix, is_held) VALUES (?, ?, FALSE) ON CONFLICT (name) DO NOTHING
"""
_HOLD = """
UPDATE job_lanes SET is_held = ?, why = ?, said_by = ?, said_at = {clock} WHERE name = ? AND is_held <> ?
RETURNING name
"""
_LIMIT = "UPDATE job_lanes SET seats = ?, per_minute = ?, per_day = ? WHERE name = ?"
#: How many of a lane were begun within so many milliseconds, and how soon one of them is that long ago: the
#: one after so many that are newer.
_BEGUN = """
SELECT count(*), (SELECT begun_at FROM jobs WHERE lane = ? AND begun_at > {clock} - ?
                   ORDER BY begun_at DESC LIMIT 1 OFFSET ?) + ? - {clock}
  FROM jobs WHERE lane = ? AND begun_at > {clock} - ?
"""
MINUTE, DAY = 60_000, 86_400_000


class Rule(NamedTuple):
    """What is said of a lane; times are milliseconds since 1970."""

    name: str
    #: Whether it is about all lanes whose names begin so.
    is_prefix: bool = False
    #: Whether nothing in it is begun.
    is_held: bool = False
    #: Who said so last, or the opposite, in words.
    said_by: str | None = None
    said_at: int | None = None
    #: In their words, why.
    why: str | None = None
    #: How many run at the same time. None: as many as whoever puts jobs says.
    seats: int | None = None
    #: How many are begun within any minute at most. None: any number.
    per_minute: int | None = None
    #: The same of 24 hours.
    per_day: int | None = None

    def is_about(self, lane: str) -> bool:
        """Whether it is said of that lane."""
        return lane.startswith(self.name) if self.is_prefix else lane == self.name


class Lanes:
    """The rules of one store; they are ledger state: none is exported, and a restored store has none."""

    def __init__(self, database: DocumentStore) -> None:
        self._database = database

    def rules(self) -> list[Rule]:
        """Return all rules, by name."""
        return [_rule(row) for row in self._database.run(_LIST)]

    def find(self, name: str) -> Rule:
        """Return the rule of that very name; where there is none, one that says nothing."""
        return next((rule for rule in self.rules() if rule.name == name), Rule(name=name))

    def hold(
        self,
        connection: Connection,
        name: str,
        *,
        is_held: bool,
        by: str,
        why: str | None,
        is_prefix: bool = False,
    ) -> bool:
        """Let nothing of a lane be begun, or anything again, in somebody's transaction; False if it is so."""
        execute(connection, self._text(_MAKE), (name, is_prefix))
        return bool(execute(connection, self._text(_HOLD), (is_held, why, by, name, is_held)).fetchall())

    def limit(
        self,
        connection: Connection,
        name: str,
        *,
        seats: int | None,
        per_minute: int | None,
        per_day: int | None,
    ) -> None:
        """Say how much of a lane is done at most, in somebody's transaction; None takes a limit away."""
        execute(connection, self._text(_MAKE), (name, False))
        execute(connection, self._text(_LIMIT), (seats, per_minute, per_day, name))

    def begun_within(self, lane: str, length: int, most: int) -> tuple[int, int]:
        """Return how many jobs of a lane were begun within so many milliseconds, and when it is fewer.

        That is when it is fewer than ``most``, in milliseconds from now; 0 where it is.
        """
        values = (lane, length, most - 1, length, lane, length)
        ((count, left),) = self._database.run(self._text(_BEGUN), values)
        return int(count), max(0, int(left or 0))

    def _text(self, statement: str) -> str:
        dialect = self._database.dialect
        return statement.replace("?", dialect.mark).replace("{clock}", dialect.clock)


def _rule(row: Sequence[Any]) -> Rule:
    rule = Rule(*row)
    return rule._replace(is_prefix=bool(rule.is_prefix), is_held=bool(rule.is_held))
