"""The store of a release that does not exist yet: one version ahead, as the one after this may leave it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.audit.models import Event
from engine.audit.sealing import find_untrue, seal
from engine.clock import SystemClock
from engine.entities import table_specs
from engine.ids import IdSource
from engine.store import Connection, DocumentStore, Migration, TableSpec, add_column, rewrite_documents
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.upgrades import MIGRATIONS

NEXT = len(MIGRATIONS) + 2


def newer_specs() -> list[TableSpec]:
    """What a newer release declares: tasks with a mood, found by it."""
    return [
        replace(spec, columns={**spec.columns, "mood": "text"}, indexes=(*spec.indexes, ("mood",)))
        if spec.name == Task.spec.table
        else spec
        for spec in table_specs()
    ]


def upgrade(url: str, *changes: Callable[[Connection], None]) -> None:
    """Bring a store to the version of that newer release, whose step also does ``changes``."""

    def apply(connection: Connection) -> None:
        add_column(connection, "tasks", "mood", "text")
        for change in changes:
            change(connection)

    steps = (*MIGRATIONS, Migration(NEXT, "tasks have a mood", apply, release="9.9"))
    DocumentStore(url, newer_specs(), migrations=steps, migrate=True).close()


def give_moods(connection: Connection) -> None:
    """Rewrite every task, and seal what was rewritten, as each step that rewrites records does."""
    tasks = {Task.spec.table: Task.spec.key}
    untrue = find_untrue(connection, tasks, secrets={})
    rewrite_documents(connection, "tasks", lambda _: {"mood": "glad", "moods": {"before": ["sad"]}})
    seal(connection, tasks, secrets={}, untrue=untrue, now=SystemClock().now(), ids=IdSource())


def add_stranger(tx: Transaction, event: Event) -> dict[str, Any]:
    """Store an event like another, of a kind and with a field that only the newer release knows."""
    stranger = {
        **json.loads(event.to_json()),
        "audit_event_id": f"{event.audit_event_id}x",
        "seq": event.seq + 100,
        "action": "task_nudged",
        "nudges": 3,
        "summary": "Nudged Ana",
    }
    known = {name: stranger[name] for name in Event.spec.columns}
    tx.database.table(Event.spec.table).add_rows([(known, json.dumps(stranger))])
    return stranger
