"""How something is tried in a life, and what is looked at after each step."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from hypothesis.stateful import RuleBasedStateMachine, invariant

from engine import commands
from engine.accounts.service import change_user
from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock, to_text
from engine.config import Settings
from engine.deliverables import approvals
from engine.deliverables.inputs import Decide
from engine.errors import WorkbenchError
from engine.ids import IdSource
from engine.tasks.models import Task
from engine.transaction import Transaction
from exports import validate, writer
from tests.conftest import NOW
from tests.engine.lives import living
from tests.engine.lives.documents import TABLES, Document, content_hash
from tests.engine.lives.ledger import Ledger
from tests.engine.lives.living import CONTENT_VERBS, EMPLOYEES, PEOPLE, VERBS, World
from tests.engine.lives.people import LEADS
from tests.verified import events_of_intact

#: A life of so many is a long one.
MANY_STEPS = 40
#: No task is cloned for ever.
MOST_TASKS = 9


class Machine(RuleBasedStateMachine):
    """Some people and seven tasks of theirs, in a store of their own."""

    #: Gives the URL of a copy of the prepared store, and takes it away afterwards.
    copy_of_store: ClassVar[Callable[[], Any]]
    world: ClassVar[World]
    catalog: ClassVar[Catalog]
    tally: ClassVar[Counter[str]]
    #: How many lives the short run has; a store on PostgreSQL takes longer to copy.
    short_run: ClassVar[int]

    def open_world(self) -> None:
        """Open a store of its own, and learn what is in it."""
        self.store = self.copy_of_store()
        url = self.store.__enter__()
        self.steps = 0
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        self.workbench = open_at(url, self.catalog, self.folder, seed=11)
        for byte in living.BYTES:
            self.workbench.blobs.put(BytesIO(byte), 1)
        self.people = dict(self.world.people)
        self.content = self.workbench.content()
        self.texts: dict[str, Document] = {}
        self.ledger = Ledger(self.world, self.documents())
        self.ledger.begin(self.events())

    def close_world(self) -> None:
        self.workbench.close()
        self.store.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read_everything(self) -> None:
        """Read the chain from its beginning, and a whole export; then count what was seen."""
        with self.workbench.reading(self.people["olga"]) as tx:
            assert events_of_intact(tx) == self.ledger.last_seq
        self.export()
        self.ledger.tally["lives"] += 1
        self.ledger.tally["a decision"] += bool(self.ledger.decisions)
        had = {name for name, number in self.ledger.tally.items() if number}
        type(self).tally += self.ledger.tally + Counter(f"lives with {name}" for name in had)
        if self.steps >= MANY_STEPS:
            type(self).tally += Counter(["long lives", *(f"long lives with {name}" for name in had)])

    # -- how it is tried -------------------------------------------------------------------------

    def worker(self, place: int) -> str:
        assignee = self.task(place)["assignee_id"]
        return next((name for name in EMPLOYEES if self.people[name].employee_id == assignee), "mara")

    def task(self, place: int) -> Document:
        tasks = list(self.ledger.docs["tasks"].values())
        return tasks[place % len(tasks)]

    def work(self, who: str, verb: str, place: int, n: int) -> None:
        task_id = self.task(place)["task_id"]
        if verb == "clone" and len(self.ledger.docs["tasks"]) >= MOST_TASKS:
            return

        def act(tx: Transaction) -> None:
            task = tx.find_by_key(Task, task_id)
            if verb in VERBS:
                VERBS[verb](tx, task, n)
            else:
                CONTENT_VERBS[verb](tx, task, n, self.content)

        self.attempt(who, act)

    def some_approval(self, n: int) -> str:
        """Return the id of an approval, of an open one more often, or of none."""
        waiting = self.open_approvals()
        return living.pick([*waiting, *waiting, *self.ledger.docs["task_approvals"], "apr_none"], n)

    def open_approvals(self, task_id: str | None = None) -> list[str]:
        return [
            key
            for key, item in self.ledger.docs["task_approvals"].items()
            if item["status"] == "pending" and not item["withdrawn_at"] and task_id in (None, item["task_id"])
        ]

    def decide_well(self, n: int, outcome: str, approval_id: str | None = None) -> None:
        """Let somebody decide who may, where there is anybody."""
        key = approval_id or self.some_approval(n)
        right = self.right_look(key)
        able = [who for who in PEOPLE if not self.ledger.faults(who, key, outcome, "So.", right)]
        if able:
            self.decide(living.pick(able, n), key, outcome, "So.", right)

    def right_look(self, approval_id: str) -> str:
        approval = self.ledger.docs["task_approvals"].get(approval_id)
        return content_hash(self.ledger.docs["deliverables"][approval["deliverable_id"]]) if approval else ""

    def place_of(self, task_id: str) -> int:
        return list(self.ledger.docs["tasks"]).index(task_id)

    def decide(self, who: str, approval_id: str, outcome: str, words: str | None, seen: str) -> None:
        """Decide, and be refused for exactly the reasons that there are."""
        faults = self.ledger.faults(who, approval_id, outcome, words, seen)

        if self.ledger.shows_damaged(approval_id):
            faults.add("UNAVAILABLE")
        command = commands.get("task decide")
        request = Decide.model_construct(
            task_approval_id=approval_id, outcome=outcome, feedback=words, seen=seen
        )

        def act() -> None:
            actor = self.people[who]
            prepared = command.prepare(self.workbench, actor, request)
            with self.workbench.transaction(actor) as tx:
                command.run(tx, request, prepared)
            self.ledger.decided(who, approval_id, outcome)

        code = self.tried(who, act)
        self.ledger.tally[f"decision: {code or 'made'}"] += 1
        assert (code is None) == (not faults), (who, code, faults)
        assert code is None or code in faults, (who, code, faults)

    def attempt(self, who: str, act: Callable[[Transaction], None]) -> str | None:
        """Do something in one transaction, and look at what came of it; return the code of a refusal."""

        def in_transaction() -> None:
            with self.workbench.transaction(self.people[who]) as tx:
                act(tx)

        return self.tried(who, in_transaction)

    def tried(self, who: str, act: Callable[[], None]) -> str | None:
        """Do something; where it is refused nothing may have changed. Return the refusal's code."""
        try:
            act()
        except WorkbenchError as error:
            assert self.documents() == self.ledger.docs, "a refused action changed something"
            assert self.events() == [], "a refused action left an event"
            self.ledger.tally[error.code] += 1
            return error.code
        is_late = to_text(self.workbench.clock.now()) < self.ledger.last_moment
        self.ledger.happened(who, self.documents(), self.events())
        self.ledger.tally["recorded by a clock that was set back"] += is_late
        self.refresh()
        return None

    def employee_id(self, key: str) -> str | None:
        found = (one for one in self.ledger.docs["employees"].values() if one["key"] == key)
        return next((str(one["employee_id"]) for one in found), None)

    def change(self, who: str, whom: str, told: Document, *, is_change: bool) -> bool:
        """Change who somebody is, and be refused exactly where nobody may; return whether it was made."""
        user_id, may = self.people[whom].user_id, self.ledger.may_change(who, whom)
        expected = "FORBIDDEN" if self.ledger.roles[who] != "admin" else "OWN_WORK" if not may else None
        code = self.attempt(who, lambda tx: change_user(tx, user_id, **told))
        self.ledger.tally[f"change: {code or 'made'}"] += 1
        if code in ("CONFLICT", "BAD_REQUEST"):  # the last admin stays; a partner's people stay theirs
            return False
        if expected == "OWN_WORK" and not is_change:  # to say it again is no change
            expected = None
        assert code == expected, (who, whom, code)
        return code is None

    def refresh(self) -> None:
        """Sign everybody in anew, as who they are now."""
        self.people = {who: self.workbench.actor_by_email(f"{who}@example.com") for who in self.people}

    def the_backup_is_restored(self) -> None:
        for byte in living.BYTES:
            path = self.workbench.blobs.path(sha256_of(byte))
            if path.name in self.ledger.damaged:
                path.unlink(missing_ok=True)
                path.write_bytes(byte)
        self.ledger.damaged.clear()

    # -- what is looked at -----------------------------------------------------------------------

    @invariant()
    def the_rules_hold(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.check()
            self.steps += 1

    @invariant()
    def what_waits_for_somebody_is_what_they_may_decide(self) -> None:
        if not hasattr(self, "ledger"):
            return
        who = living.pick(list(PEOPLE), self.ledger.last_seq)
        with self.workbench.reading(self.people[who]) as tx:
            waiting = {item.task_approval_id for item in approvals.waiting(tx)}
        right = {
            key
            for key, approval in self.ledger.docs["task_approvals"].items()
            if not self.ledger.faults(who, key, "approved", None, self.right_look(key))
            - ({"STALE_VERSION"} if self.ledger.is_out_of_sight(approval) else set())
        }
        assert waiting == right, (who, waiting ^ right)

    def documents(self) -> dict[str, dict[str, Document]]:
        """Return every document as it is stored; what did not change is not read again."""
        found, texts = {}, {}
        for table, key in TABLES.items():
            rows = [
                (text, texts.setdefault(text, self.texts.get(text) or json.loads(text)))
                for text in self.workbench.database.table(table).select_rows({}, (key,))
            ]
            found[table] = {document[key]: document for _, document in rows}
        self.texts = texts
        return found

    def events(self) -> list[Document]:
        """Return the events since last looked, oldest first, as they are stored."""
        workspace_id = self.people["olga"].workspace_id
        fresh = self.workbench.database.head(workspace_id).position - self.ledger_seq()
        if fresh == 0:
            return []
        rows = self.workbench.database.table("audit_events").select_rows({}, ("-seq",), fresh)
        return [json.loads(text) for text in reversed(rows)]

    def ledger_seq(self) -> int:
        return self.ledger.last_seq if hasattr(self, "ledger") else 0

    def export(self) -> None:
        self.the_backup_is_restored()
        target = self.folder / f"export_{uuid4().hex[:8]}"
        lead = next(who for who in LEADS if self.ledger.leads(who))
        writer.write(self.workbench, self.people[lead], target)
        assert validate.check(target) == []
        shutil.rmtree(target)
        self.ledger.tally["exported"] += 1


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def open_at(url: str, catalog: Catalog, folder: Path, *, seed: int) -> Workbench:
    where = Settings(database=url, blobs=str(folder / "blobs"), copy_links=False)
    return Workbench(
        where, clock=FixedClock(NOW), ids=IdSource(seed), catalog=catalog, dice=lambda sides: sides // 2
    )
