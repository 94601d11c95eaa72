"""Triggers, views and rules: by them a database may change or show what nobody wrote (S8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from engine.store.dialects import Dialect
from engine.store.schema import TableSpec

_MAKES_TRIGGER = re.compile(
    r'CREATE (?:OR REPLACE )?TRIGGER (?:IF NOT EXISTS )?"?(?P<name>\w+)"?(?P<rest>.*)', re.S
)


def find_faults(connection: Connection, specs: Iterable[TableSpec], dialect: Dialect) -> Iterator[str]:
    """Say which of them a store has beside its own, and which of its own it lacks or has otherwise."""
    statements = [*dialect.piece_ddl(), *(made for spec in specs for made in _made_for(spec, dialect))]
    expected = dict(_triggers(statements))
    for kind, name, text in dialect.hooks(connection):
        if kind != "trigger" or name not in expected:
            yield f"the {kind} {name[:80]} is none of Workbench"
            continue
        own = expected.pop(name)
        if text is not None and _told(text) != own:
            yield f"the trigger {name} does something other than Workbench made it for"
    yield from (f"the trigger {name} is missing or disabled" for name in sorted(expected))


def _made_for(spec: TableSpec, dialect: Dialect) -> list[str]:
    statements = dialect.append_only_ddl(spec.name) if spec.append_only else []
    statements += dialect.tally_ddl(spec) if spec.tallied else []
    return statements + [made for column in spec.listed for made in dialect.listing_ddl(spec.name, column)]


def _triggers(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        if found := _MAKES_TRIGGER.match(statement):
            yield found["name"], found["rest"].strip()


def _told(text: str) -> str:
    found = _MAKES_TRIGGER.match(text)
    return found["rest"].strip() if found else text
