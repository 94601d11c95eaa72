"""A walk of random verbs by several people over bundles and tasks that stand alone, on one store."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Event
from engine.entities import RECORD_TYPES
from engine.errors import WorkbenchError
from engine.record import read_json
from engine.tasks import bulk, notes
from engine.tasks.models import Note, Task, TaskStatus
from engine.transaction import Transaction
from tests.engine.lives import living
from tests.engine.test_every_verb import BUNDLE_VERBS, CHANGES, TASK_VERBS, settle
from tests.factories import make_bundle, make_people, make_task
from tests.told import saved

Document = dict[str, Any]
Documents = dict[tuple[str, str], Document]
Verb = Callable[[Transaction, Task, int], Any]
#: What says when and how often a record was saved, and nothing else.
_SILENT = ("revision", "updated_at")
#: Those of another walk whose names are the same do the same.
VERBS: dict[str, Verb] = {**living.VERBS, **TASK_VERBS}
#: What is tried more often than the rest.
_OFTEN = ("start", "start", "put_back", "assign", "block", "defer", "wait", "wait")
#: What is asked of all tasks at once.
BULKS: tuple[dict[str, Any], ...] = (
    {"assignee_id": "ben"},
    {"assignee_id": ""},
    {"priority": "high", "tag": ["tax"]},
    {"days": 3},
    {"status": "blocked", "reason": "No access"},
    {"status": "pending"},
)
WHO = (*["mara"] * 6, "ana", "ben", "sam")


@dataclass
class Walk:
    """A store in which people do what comes to their minds."""

    workbench: Workbench
    dice: random.Random
    people: dict[str, Actor] = field(init=False)
    #: What was done, by verb, and how often.
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Let people in, and start work."""
        self.people = make_people(self.workbench)
        self.content = self.workbench.content()
        self.start()

    def start(self) -> None:
        """Start fresh work, when most of the old is over."""
        mara = self.people["mara"]
        request = {"campaign": "acme_spring", "parameters": {"target_url": "https://acme.example"}}
        made = [
            make_bundle(self.workbench, "link_placement", actor=mara, **request),
            make_bundle(self.workbench, "blog_post", actor=mara, parameters={"topic": "Tents"}),
        ]
        self.bundles = [bundle.bundle_id for bundle in made]
        with self.workbench.transaction(mara) as tx:  # what is judged has lives of its own
            for task in tx.find(Task, bundle_id=self.bundles):
                task.approval = {}
                saved(tx, task)
        alone = [make_task(self.workbench, actor=mara, assignee=name) for name in ("ana", "ben", "ana")]
        with self.workbench.reading(mara) as tx:
            found = tx.find(Task, bundle_id=self.bundles, order_by=("task_number",))
        self.tasks = [task.task_id for task in (*found, *alone)]

    def documents(self) -> Documents:
        """Return every record but events and notes, without what every save changes."""
        database, found = self.workbench.database, Documents()
        for kind in RECORD_TYPES:
            if kind in (Event, Note):
                continue
            for text in database.table(kind.spec.table).select_rows({}, ()):
                document = read_json(text)
                key = kind.spec.table, str([document[name] for name in kind.spec.key])
                found[key] = {name: value for name, value in document.items() if name not in _SILENT}
        return found

    def step(self) -> tuple[str, Actor, list[Event]]:
        """Let somebody try something; return what, who, and the events where it was done."""
        who, n = self.people[self.dice.choice(WHO)], self.dice.randrange(8)
        name, verb = self._choose(n)
        if name == "finish":
            self._settle()
        try:
            with self.workbench.transaction(who) as tx:
                verb(tx)
        except WorkbenchError:
            return name, who, []
        self.tally[name] += bool(tx.told)
        self.workbench.clock.advance(seconds=self.dice.choice((1, 30, 400)))  # type: ignore[attr-defined]
        return name, who, tx.told

    def go_on(self) -> None:
        """Close the next task of a bundle, as a manager may, so that much comes to its end."""
        bundle_id = self.dice.choice(self.bundles)
        with self.workbench.reading(self.people["mara"]) as tx:
            found = tx.find(Task, bundle_id=bundle_id, is_open=1, blocked_by=None)
        if not found:
            return
        self.finished = min(found, key=lambda task: task.position).task_id
        self._settle()
        try:
            with self.workbench.transaction(self.people["mara"]) as tx:
                self._close(tx, tx.get(Task, self.finished))
        except WorkbenchError:
            self.tally["not closed"] += 1
        self.workbench.clock.advance(seconds=self.dice.choice((1, 400)))  # type: ignore[attr-defined]

    def _close(self, tx: Transaction, task: Task) -> None:
        how = self.dice.random()
        if how < 0.1:
            living.lifecycle.cancel(tx, task.task_id)
        elif how < 0.5 and task.skip:
            reason = self.dice.choice(task.skip["reasons"])["text"]
            living.lifecycle.skip(tx, task.task_id, reason, "They said so.")
        else:
            living.lifecycle.complete(tx, task.task_id)

    def _choose(self, n: int) -> tuple[str, Callable[[Transaction], Any]]:
        kind = self.dice.random()
        if kind < 0.15:
            name, bundle_id = self.dice.choice(sorted(BUNDLE_VERBS)), self.dice.choice(self.bundles)
            return f"bundle {name}", lambda tx: BUNDLE_VERBS[name](tx, bundle_id, n)
        task_id = self.dice.choice(self.tasks)
        if kind < 0.29:
            name = self.dice.choice(sorted(living.CONTENT_VERBS.keys() - {"clone"}))
            verb = living.CONTENT_VERBS[name]
            return name, lambda tx: verb(tx, tx.get(Task, task_id), n, self.content)
        if kind < 0.31:
            return "bulk", lambda tx: self._change_many(tx, n)
        if kind < 0.34:
            return "change", lambda tx: self._change(tx, task_id, n)
        if kind < 0.4:
            self.finished = task_id
            return "finish", lambda tx: self._finish(tx, task_id)
        name = self.dice.choice(_OFTEN if kind < 0.85 else sorted(VERBS))
        if name == "put_back":
            with self.workbench.reading(self.people["mara"]) as tx:
                begun = tx.find(Task, task_id=self.tasks, status=TaskStatus.IN_PROGRESS)
            task_id = self.dice.choice([task.task_id for task in begun] or self.tasks)
        return name, lambda tx: VERBS[name](tx, tx.get(Task, task_id), n)

    def _change(self, tx: Transaction, task_id: str, n: int) -> None:
        living.update.update(tx, self.content, task_id, CHANGES[n])

    def _change_many(self, tx: Transaction, n: int) -> None:
        bulk.change(tx, self.content, bulk.BulkChange(tasks=list(self.tasks), **BULKS[n % len(BULKS)]))

    def _settle(self) -> None:
        """Give what a task owes before somebody completes it."""
        try:
            with self.workbench.transaction(self.people["mara"]) as tx:
                settle(tx, tx.get(Task, self.finished), 0)
        except WorkbenchError:
            self.tally["not settled"] += 1

    def _finish(self, tx: Transaction, task_id: str) -> None:
        """Leave a note behind, so that an act is more than its move."""
        notes.add(tx, task_id, "Done, I think.")
        living.lifecycle.complete(tx, task_id)
