"""A store with tasks alone: people of every role, made and worked without content from Git or bundles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.access import Actor, Role
from engine.accounts.models import User, Workspace
from engine.audit.models import Event
from engine.catalog.content import Content
from engine.catalog.models import TaskType
from engine.clock import FixedClock, not_before
from engine.config import Settings
from engine.deliverables import wiring as deliverables
from engine.deliverables.models import Deliverable
from engine.entities import table_specs
from engine.fulltext import NO_TEXT
from engine.ids import IdSource
from engine.reference.models import Employee, EmployeeKind
from engine.reminders import resting
from engine.tasks import create, update
from engine.tasks import wiring as tasks
from engine.tasks.models import Proof, ProofKind, Step, Task
from engine.transaction import Transaction
from engine.upgrades import open_store
from engine.wiring import Wiring
from tests.told import added, saved

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

#: name -> access roles, assignee roles; None means: no employee.
PEOPLE: dict[str, tuple[set[Role], set[str] | None]] = {
    "olga": ({Role.ADMIN}, None),
    "mara": ({Role.MANAGER}, set()),
    "sam": ({Role.STRATEGIST}, {"writer"}),
    "ana": ({Role.MEMBER}, {"writer", "producer"}),
    "ben": ({Role.MEMBER}, {"operator"}),
    "bot": ({Role.AGENT}, {"crawler"}),
    "pat": ({Role.PARTNER}, None),
}

TYPES = [
    {"key": "untyped", "name": "Untyped"},
    {"key": "old_type", "name": "Old", "status": "retired"},
    {
        "key": "article",
        "name": "Article",
        "config_schema": {
            "type": "object",
            "properties": {"word_target": {"type": "integer", "minimum": 100}},
        },
        "deliverables": [
            {"ref": "draft", "type": "article_draft", "meta_schema": {"word_count": "integer"}},
            {"ref": "extra", "type": "note", "required": False},
        ],
    },
    {"key": "judged", "name": "Judged", "approval": {"required": True, "sources": ["internal"]}},
]


class Bench:
    """A small engine: one store, one workspace, a clock that stands still."""

    def __init__(self, url: str | Bench, *, timezone: str = "UTC") -> None:
        """Open a store with its people, or share that of another bench."""
        self.clock = FixedClock(NOW)
        self.database = open_store(url) if isinstance(url, str) else url.database
        self.ids = IdSource(7)
        self.timezone = timezone
        self.settings = Settings(timezone=timezone)
        self.wiring = Wiring()
        for area in (deliverables, tasks):
            area.register(self.wiring)
        self.content = Content(
            commit=None,
            dirty=False,
            problems=(),
            task_types={item["key"]: TaskType.model_validate(item) for item in TYPES},
            templates={},
            process_docs={},
            calendars={},
            overrides={},
            files={},
        )
        if isinstance(url, Bench):
            self.workspace_id, self.actors, self.ids = url.workspace_id, url.actors, url.ids
            return
        self.workspace_id = self.ids.new("wsp", NOW)
        self.actors: dict[str, Actor] = {}
        self._add_people()

    @contextmanager
    def writing(self, name: str = "mara") -> Iterator[Transaction]:
        with self.database.write(lock=self.workspace_id) as connection:
            tx = self._transaction(connection, self.actors[name], writes=True)
            yield tx
            tx.finish()
        tx.committed()

    @contextmanager
    def reading(self, name: str = "mara") -> Iterator[Transaction]:
        with self.database.read() as connection:
            yield self._transaction(connection, self.actors[name], writes=False)

    def make(self, name: str = "mara", **fields: Any) -> str:
        """Make a task and return its id."""
        new = create.NewTask.parse({"title": "Call the printer", "task_type": "untyped", **fields})
        with self.writing(name) as tx:
            return create.create(tx, self.content, new).task_id

    def change(self, task_id: str, **fields: Any) -> None:
        """Set fields directly, as a bundle or a later layer would have."""
        with self.writing() as tx:
            task = tx.find_by_key(Task, task_id)
            for name, value in fields.items():
                setattr(task, name, value)
            saved(tx, task)

    def task(self, task_id: str) -> Task:
        with self.reading() as tx:
            return tx.find_by_key(Task, task_id)

    def parts(self, task_id: str, *rows: dict[str, Any]) -> None:
        """Add steps (``ref``), proof (``label``) or deliverables (``type``) to a task."""
        with self.writing() as tx:
            for place, row in enumerate(rows, start=1):
                base = {
                    "workspace_id": self.workspace_id,
                    "task_id": task_id,
                    "created_at": NOW,
                    "updated_at": NOW,
                }
                if "label" in row:
                    base |= {"kind": ProofKind.URL, "position": place, "task_proof_id": tx.new_id(Proof)}
                    added(tx, Proof(**{**base, **row}))
                elif "type" in row:
                    base |= {"deliverable_id": tx.new_id(Deliverable), "created_by": tx.actor.user_id}
                    added(tx, Deliverable(**{**base, **row}))
                else:
                    base |= {"title": row["ref"].title(), "position": place, "task_step_id": tx.new_id(Step)}
                    added(tx, Step(**{**base, **row}))

    def events(self, task_id: str) -> list[Event]:
        with self.reading() as tx:
            return tx.find(Event, task_id=task_id, order_by=("seq",))

    def state(self) -> tuple[int, list[str]]:
        """Return the number of events and every stored document, to show that nothing changed."""
        texts = []
        for spec in table_specs():
            if not spec.append_only:
                texts += self.database.table(spec.name).select_rows({}, spec.key)
        return self.database.head(self.workspace_id).position, texts

    def employee_id(self, name: str) -> str:
        found = self.actors[name].employee_id
        assert found is not None
        return found

    def _add_people(self) -> None:
        common = {"workspace_id": self.workspace_id, "created_at": NOW, "updated_at": NOW}
        system = Actor(
            user_id="", workspace_id=self.workspace_id, name="Set-up", roles=frozenset({Role.ADMIN})
        )
        self.actors["system"] = system
        with self.writing("system") as tx:
            added(tx, Workspace(key="default", name="W", timezone=self.timezone, **common))
            for name, (roles, assignee_roles) in PEOPLE.items():
                employee_id = None
                if assignee_roles is not None:
                    employee_id = tx.new_id(Employee)
                    added(
                        tx,
                        Employee(
                            employee_id=employee_id,
                            key=name,
                            name=name.title(),
                            email=f"{name}@example.com",
                            kind=EmployeeKind.HUMAN,
                            roles=sorted(assignee_roles),
                            **common,
                        ),
                    )
                user = added(
                    tx,
                    User(
                        user_id=tx.new_id(User),
                        email=f"{name}@example.com",
                        name=name.title(),
                        roles=sorted(roles),
                        employee_id=employee_id,
                        **common,
                    ),
                )
                self.actors[name] = Actor(
                    user_id=user.user_id,
                    workspace_id=self.workspace_id,
                    name=name.title(),
                    roles=frozenset(roles),
                    employee_id=employee_id,
                    assignee_roles=frozenset(assignee_roles or ()),
                )

    def _transaction(self, connection: Any, actor: Actor, *, writes: bool) -> Transaction:
        return Transaction(
            database=self.database,
            connection=connection,
            actor=actor,
            now=not_before(self.clock.now(), self.database.held_head(actor.workspace_id).latest),
            wall_clock=self.clock.now(),
            ids=self.ids,
            wiring=lambda: self.wiring,
            settings=self.settings,
            timezone=self.timezone,
            writes=writes,
            text_of=lambda *_: NO_TEXT,
        )


@pytest.fixture(scope="session")
def pristine() -> Iterator[tuple[Bench, sqlite3.Connection, sqlite3.Connection]]:
    """A store in memory with its people, and a copy to go back to; making one outlasts most tests."""
    made = Bench("sqlite://")
    with made.database.read() as connection:
        live = connection.connection.driver_connection
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    live.backup(copy)
    yield made, live, copy
    copy.close()
    made.database.close()


@pytest.fixture
def bench(pristine: tuple[Bench, sqlite3.Connection, sqlite3.Connection]) -> Bench:
    made, live, copy = pristine
    copy.backup(live)
    resting._kept.clear()  # it was known of what this store was before
    return Bench(made)


def change(bench: Bench, task_id: str, fields, *, by: str = "mara", revision: int | None = None) -> Task:
    """Change fields of a task as somebody, in a transaction of its own."""
    with bench.writing(by) as tx:
        return update.update(tx, bench.content, task_id, fields, revision=revision)
