"""The machine that lives a task's life at random: who tries what, and what is looked at after each step."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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
from engine.reference import service as reference
from engine.reference.training import set_training
from engine.tasks import assignment, update
from engine.tasks.models import Task
from engine.transaction import Transaction
from exports import validate, writer
from tests.conftest import NOW
from tests.engine import living
from tests.engine.ledger import LEADS, LOST, NOT_BEGUN, TABLES, Document, Ledger, content_hash
from tests.engine.living import CONTENT_VERBS, EMPLOYEES, PEOPLE, VERBS, World
from tests.verified import events_of_intact

WHO = st.sampled_from(sorted(PEOPLE))
PLACE = st.integers(0, 8)
CHOICE = st.integers(0, 11)
VERB = st.sampled_from(sorted([*VERBS, *CONTENT_VERBS]))
#: What a worker does most days, so that a life gets somewhere.
DAILY = st.sampled_from(
    [
        "start",
        "settle",
        "edit",
        "request",
        "complete",
        "new_version",
        "resubmit",
        "ask_help",
        "resume",
        "wait",
    ]
)
OUTCOME = st.sampled_from(["approved", "approved", "approved_pending_changes", "rejected", "rejected"])
ANY_OUTCOME = st.sampled_from(["approved", "approved_pending_changes", "rejected", "delighted"])
WORDS = st.sampled_from(["Change the title.", None, "  ", "x" * 10_001])
LOOK = st.sampled_from(["right", "right", "old", "nonsense"])
#: A life of so many is a long one.
MANY_STEPS = 40
#: No task is cloned for ever.
MOST_TASKS = 9


class Life(RuleBasedStateMachine):
    """Some people, seven tasks of theirs, and everything that can be tried with them."""

    #: Gives the URL of a copy of the prepared store, and takes it away afterwards.
    copy_of_store: ClassVar[Callable[[], Any]]
    world: ClassVar[World]
    catalog: ClassVar[Catalog]
    tally: ClassVar[Counter[str]]
    #: How many lives the short run has; a store on PostgreSQL takes longer to copy.
    short_run: ClassVar[int]

    @initialize(handed_over=st.lists(PLACE, min_size=2, max_size=4, unique=True), n=CHOICE)
    def begin(self, handed_over: Sequence[int] = (), n: int = 0) -> None:
        """Found the world, with some work in it that waits to be judged already."""
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
        for place in handed_over:
            self.the_assignee_hands_over(place, n)

    def teardown(self) -> None:
        """Read everything once more: the chain from its beginning, and a whole export."""
        if not hasattr(self, "ledger"):
            return
        try:
            self.every_gate_is_tried_once_more()
            self.everybody_judges_what_is_left()
            with self.workbench.reading(self.people["olga"]) as tx:
                assert events_of_intact(tx) == self.ledger.last_seq
            self.export()
            self.ledger.tally["lives"] += 1
            self.ledger.tally["a decision"] += bool(self.ledger.decisions)
            had = {name for name, number in self.ledger.tally.items() if number}
            type(self).tally += self.ledger.tally + Counter(f"lives with {name}" for name in had)
            if self.steps >= MANY_STEPS:
                type(self).tally += Counter(["long lives", *(f"long lives with {name}" for name in had)])
        finally:
            self.workbench.close()
            self.store.__exit__(None, None, None)
            shutil.rmtree(self.folder, ignore_errors=True)

    def every_gate_is_tried_once_more(self) -> None:
        """Wherever a life has led: not every one draws every rule."""
        n = self.ledger.last_seq
        self.the_clock_is_set_back(n % 50 + 1)
        for who in ("ana", "olga"):
            self.somebody_drops_a_dependency(who, n, "It is done elsewhere.")
        self.a_task_of_the_bundle_is_cloned_and_worked_on("olga", n % 2)
        for place in range(3):
            how = ("altered", "deleted", "emptied")[(n + place) % 3]
            self.what_is_handed_over_is_damaged_and_restored(n + place, n, how)

    def everybody_judges_what_is_left(self) -> None:
        """Whatever was done, let each person decide on all that still waits, and be right about who may."""
        for key in self.open_approvals():
            for who in PEOPLE:
                self.decide(who, key, "approved", None, self.right_look(key))

    # -- what is tried ---------------------------------------------------------------------------

    @rule(who=WHO, verb=VERB, place=PLACE, n=CHOICE)
    def anybody_tries_anything(self, who: str, verb: str, place: int, n: int) -> None:
        self.work(who, verb, place, n)

    @rule(verb=VERB, place=PLACE, n=CHOICE)
    def the_assignee_tries_anything(self, verb: str, place: int, n: int) -> None:
        self.work(self.worker(place), verb, place, n)

    @rule(who=st.sampled_from(sorted(LEADS)), verb=VERB, place=PLACE, n=CHOICE)
    def a_lead_tries_anything(self, who: str, verb: str, place: int, n: int) -> None:
        self.work(who, verb, place, n)

    @rule(verb=DAILY, place=PLACE, n=CHOICE)
    def the_assignee_works(self, verb: str, place: int, n: int) -> None:
        self.work(self.worker(place), verb, place, n)

    @rule(place=PLACE, n=CHOICE)
    def the_assignee_hands_over(self, place: int, n: int) -> None:
        """Give all that is owed, and ask."""
        for verb in ("start", "settle", "request"):
            self.work(self.worker(place), verb, place, n)

    @rule(place=PLACE, n=CHOICE, outcome=OUTCOME)
    def a_piece_is_handed_over_and_judged(self, place: int, n: int, outcome: str) -> None:
        self.the_assignee_hands_over(place, n)
        for key in self.open_approvals(self.task(place)["task_id"]):
            self.decide_well(n, outcome, key)

    @rule(place=PLACE, n=CHOICE)
    def the_assignee_hands_over_again(self, place: int, n: int) -> None:
        for verb in ("resubmit", "request"):
            self.work(self.worker(place), verb, place, n)

    @rule(who=WHO, n=CHOICE, outcome=ANY_OUTCOME, words=WORDS, look=LOOK)
    def anybody_decides_anything(self, who: str, n: int, outcome: str, words: str | None, look: str) -> None:
        key = self.some_approval(n)
        right = self.right_look(key)
        others = [content_hash(row) for row in self.ledger.docs["deliverables"].values()]
        seen = {"right": right, "old": living.pick(others, n), "nonsense": "abc"}[look]
        self.decide(who, key, outcome, words, seen)

    @rule(n=CHOICE, outcome=OUTCOME)
    def somebody_who_may_decides(self, n: int, outcome: str) -> None:
        self.decide_well(n, outcome)

    @rule(n=CHOICE, outcome=OUTCOME)
    def a_partner_decides(self, n: int, outcome: str) -> None:
        approvals_of = self.ledger.docs["task_approvals"]
        theirs = [key for key in self.open_approvals() if approvals_of[key]["source"] == "portal"]
        if theirs:
            self.decide_well(n, outcome, living.pick(theirs, n))

    @rule(n=CHOICE)
    def somebody_who_may_approves_to_the_end(self, n: int) -> None:
        """Approve whatever the same task asks next, too."""
        for _ in range(3):
            self.decide_well(n, "approved")

    @rule(n=CHOICE, verb=st.sampled_from(["edit", "edit", "show", "withdraw", "tick", "new_version"]))
    def an_approver_is_overtaken(self, n: int, verb: str) -> None:
        """Decide on what was there a moment ago."""
        key = self.some_approval(n)
        approval = self.ledger.docs["task_approvals"].get(key)
        if approval is None:
            return
        seen, place = self.right_look(key), self.place_of(approval["task_id"])
        self.work(self.worker(place), verb, place, n)
        who = living.pick(sorted(LEADS) if approval["source"] == "internal" else ["pat", "gil"], n)
        self.decide(who, key, "approved", None, seen)

    @rule(n=CHOICE, words=st.sampled_from([None, "", "  \n"]))
    def somebody_who_may_gives_no_reason(self, n: int, words: str | None) -> None:
        key = self.some_approval(n)
        right = self.right_look(key)
        for who in PEOPLE:
            if not self.ledger.faults(who, key, "rejected", "So.", right):
                self.decide(who, key, "rejected", words, right)

    @rule(who=st.sampled_from(sorted(LEADS)), verb=st.sampled_from(["permit", "forbid"]), n=CHOICE)
    def a_lead_reviews_what_asks_for_it(self, who: str, verb: str, n: int) -> None:
        for key, task in self.ledger.docs["tasks"].items():
            if task["requires_human_review"]:
                self.work(who, verb, self.place_of(key), n)

    @rule(who=st.sampled_from(sorted(LEADS)), name=st.sampled_from(EMPLOYEES))
    def a_lead_switches_training(self, who: str, name: str) -> None:
        key = str(self.people[name].employee_id)
        is_learning = self.ledger.training[key]
        self.attempt(who, lambda tx: set_training(tx, key, not is_learning, "talked about it"))

    @rule(who=st.sampled_from(sorted(LEADS)), whom=WHO, employee=st.sampled_from([*EMPLOYEES, ""]))
    def somebody_says_whom_another_stands_for(self, who: str, whom: str, employee: str) -> None:
        """Join somebody to another employee, or leave it to their e-mail; nobody does so for themselves."""
        told = {"employee": employee}
        joined = self.employee_id(employee or (whom if whom in EMPLOYEES else ""))
        if self.change(who, whom, told, self.ledger.stands_for[whom] != joined):
            self.ledger.joined(whom, joined)

    @rule(
        who=st.sampled_from(sorted(LEADS)),
        whom=st.sampled_from(["mara", "mona", "olga"]),
        role=st.sampled_from(["admin", "manager", "manager", "member", "agent"]),
    )
    def somebody_says_what_another_may_do(self, who: str, whom: str, role: str) -> None:
        if self.change(who, whom, {"roles": [role]}, self.ledger.roles[whom] != role):
            self.ledger.roles[whom] = role
            self.ledger.tally["roles changed"] += 1

    @rule(
        who=st.sampled_from(sorted(LEADS)),
        key=st.sampled_from(EMPLOYEES),
        change=st.sampled_from(
            [
                {},
                {"email": "new@example.com"},
                {"email": "mara@example.com"},
                {"kind": "agent"},
                {"kind": "human"},
            ]
        ),
    )
    def a_lead_loads_an_employee(self, who: str, key: str, change: Document) -> None:
        """Load somebody with another e-mail or kind, or with none; nobody does so for themselves."""
        employee = self.ledger.docs["employees"][str(self.employee_id(key))]
        same = {name: employee[name] for name in ("key", "name", "email", "roles")}
        is_own = employee["employee_id"] in self.ledger.ever[who]
        differs = any(employee[name] != value for name, value in change.items())
        code = self.attempt(who, lambda tx: reference.load(tx, {"employees": [{**same, **change}]}))
        self.ledger.tally[f"load: {code or 'made'}"] += 1
        if not self.ledger._leads(who):
            assert code == "FORBIDDEN"
        else:
            assert code == ("OWN_WORK" if is_own and differs else None)

    @rule(who=st.sampled_from(["mara", "mona"]), place=PLACE, n=CHOICE)
    def work_is_given_away_and_judged_by_who_did_it(self, who: str, place: int, n: int) -> None:
        """Have it, begin it, let another hand it over, and be joined to somebody else meanwhile."""
        task_id = self.task(place)["task_id"]
        self.work("olga", "put_back", place, n)
        self.attempt("olga", lambda tx: assignment.assign(tx, task_id, who))
        self.work(who, "start", place, n)
        self.attempt("olga", lambda tx: assignment.assign(tx, task_id, "ana"))
        if n % 2:
            self.somebody_says_whom_another_stands_for("olga", who, ("sam", "", "ana")[n % 3])
        self.the_assignee_hands_over(place, n)
        for key in self.open_approvals(task_id):
            self.decide(who, key, "approved", None, self.right_look(key))
            self.decide_well(n, "approved", key)

    @rule(place=PLACE, n=CHOICE, verb=st.sampled_from(["edit_in_app", "give_file"]))
    def the_assignee_hands_over_what_is_on_the_board(self, place: int, n: int, verb: str) -> None:
        for each in ("start", verb, "settle", "request"):
            self.work(self.worker(place), each, place, n)

    @rule(place=PLACE, n=CHOICE, who=st.sampled_from(["ana", "tia", "mara", "mona", "olga"]))
    def what_runs_is_changed_and_permitted(self, place: int, n: int, who: str) -> None:
        task_id = self.task(place)["task_id"]
        asked = {"requires_human_review": True}
        self.attempt("sam", lambda tx: update.update(tx, self.content, task_id, asked))
        self.attempt("mara", lambda tx: update.update(tx, self.content, task_id, asked))
        self.work(who, "run", place, n)
        for lead in ("mara", "mona", "olga"):
            self.work(lead, "permit", place, n)
        self.work(self.worker(place), "start", place, n)
        self.work(who, "run", place, n + 1)

    @rule(who=st.sampled_from(sorted(LEADS)), place=PLACE, n=CHOICE)
    def a_lead_clones_it(self, who: str, place: int, n: int) -> None:
        self.work(who, "clone", place, n)

    @rule(n=CHOICE, who=st.sampled_from(sorted(LEADS)))
    def a_lead_lends_a_hand_and_then_judges(self, n: int, who: str) -> None:
        key = self.some_approval(n)
        approval = self.ledger.docs["task_approvals"].get(key)
        if approval is not None:
            self.work(who, "edit", self.place_of(approval["task_id"]), n)
            self.decide(who, key, "approved", None, self.right_look(key))

    @rule(n=CHOICE, place=PLACE, times=st.integers(1, 2))
    def a_change_is_asked_for_and_made(self, n: int, place: int, times: int) -> None:
        """Make the one change that passes, and now and then a second one, which does not."""
        task_id = self.task(place)["task_id"]
        self.the_assignee_hands_over(place, n)
        for _ in range(times):
            for key in self.open_approvals(task_id):
                self.decide_well(n, "approved_pending_changes", key)
            self.work(self.worker(place), "new_version", place, n % 3)
        self.work(self.worker(place), "complete", place, n)

    @rule(
        who=st.sampled_from([*PEOPLE, *LEADS, *LEADS]),
        place=PLACE,
        reason=st.sampled_from(["It is done elsewhere.", "It is not needed.", "", " "]),
    )
    def somebody_drops_a_dependency(self, who: str, place: int, reason: str) -> None:
        """Let a task wait for one thing less, and be refused exactly where a gate would be gone around."""
        tasks = self.ledger.docs["tasks"]
        inside = [key for key, one in tasks.items() if one["bundle_id"] and one["status"] in NOT_BEGUN]
        others = [key for key, one in tasks.items() if one["status"] not in LOST and key not in inside]
        if not inside or not others:
            return
        task_id, asked = living.pick(inside, place), {"depends_on": [living.pick(others, place)]}
        if not tasks[task_id]["depends_on"]:
            self.attempt("olga", lambda tx: update.update(tx, self.content, task_id, asked))
        task = self.ledger.docs["tasks"][task_id]
        left = task["depends_on"][1:]
        faults = self.ledger.dropping_faults(who, task_id, left, reason)
        fewer = {"depends_on": left, "reason": reason}
        code = self.attempt(who, lambda tx: update.update(tx, self.content, task_id, fewer))
        self.ledger.tally[f"drop: {code or 'made'}"] += 1
        assert (code is None) == (not faults), (code, faults)
        assert code is None or code in faults, (code, faults)

    @rule(who=st.sampled_from(["mara", "olga", "ana"]), n=CHOICE)
    def a_task_of_the_bundle_is_cloned_and_worked_on(self, who: str, n: int) -> None:
        """The clone stands before the gates of its original: nobody completes it without them."""
        inside = [key for key, task in self.ledger.docs["tasks"].items() if task["bundle_id"]]
        known = set(self.ledger.docs["tasks"])
        self.work(who, "clone", self.place_of(living.pick(inside, n)), n)
        for key in self.ledger.docs["tasks"].keys() - known:
            for verb in ("start", "settle", "complete", "request"):
                self.work(self.worker(self.place_of(key)), verb, self.place_of(key), n)

    @rule(n=CHOICE, how=st.sampled_from(["altered", "deleted", "emptied"]))
    def bytes_are_damaged_on_the_disk(self, n: int, how: str) -> None:
        """From now on nobody decides on what shows them, until the backup is restored."""
        if n % 3 == 0:
            self.the_backup_is_restored()
        path = self.workbench.blobs.path(sha256_of(living.pick(living.BYTES, n)))
        path.unlink(missing_ok=True)
        if how != "deleted":
            path.write_bytes(b"x" if how == "altered" else b"")
        self.ledger.damaged.add(path.name)
        self.ledger.tally[how] += 1
        self.ledger.tally["damaged"] += 1

    def the_backup_is_restored(self) -> None:
        for byte in living.BYTES:
            path = self.workbench.blobs.path(sha256_of(byte))
            if path.name in self.ledger.damaged:
                path.unlink(missing_ok=True)
                path.write_bytes(byte)
        self.ledger.damaged.clear()

    @rule(place=PLACE, n=CHOICE, how=st.sampled_from(["altered", "deleted", "emptied"]))
    def what_is_handed_over_is_damaged_and_restored(self, place: int, n: int, how: str) -> None:
        """Nobody decides on bytes that are not there as they were; once they are, whoever may decides."""
        for verb in ("start", "give_file", "settle", "request"):
            self.work(self.worker(place), verb, place, n)
        self.bytes_are_damaged_on_the_disk(n, how)
        for key in self.open_approvals(self.task(place)["task_id"]):
            self.decide_well(n, "approved", key)
            self.the_backup_is_restored()
            self.decide_well(n, "approved", key)

    @rule(hours=st.integers(1, 90))
    def the_clock_is_set_back(self, hours: int) -> None:
        self.workbench.clock.advance(hours=-hours)
        self.ledger.tally["set back"] += 1

    @rule(hours=st.integers(0, 90))
    def time_passes(self, hours: int) -> None:
        self.workbench.clock.advance(hours=hours)
        if hours % 13 == 0:
            self.export()

    def employee_id(self, key: str) -> str | None:
        found = (one for one in self.ledger.docs["employees"].values() if one["key"] == key)
        return next((str(one["employee_id"]) for one in found), None)

    def change(self, who: str, whom: str, told: Document, is_change: bool) -> bool:
        """Change who somebody is, and be refused exactly where nobody may; return whether it was made."""
        user_id = self.people[whom].user_id
        code = self.attempt(who, lambda tx: change_user(tx, user_id, **told))
        self.ledger.tally[f"change: {code or 'made'}"] += 1
        if code in ("CONFLICT", "BAD_REQUEST"):  # the last admin stays; a partner's people stay theirs
            return False
        if self.ledger.roles[who] != "admin":
            assert code == "FORBIDDEN"
        else:
            assert (code is None) == (not is_change or self.ledger.may_change(who, whom))
            assert code in (None, "OWN_WORK")
        if code is None:
            self.refresh()
        return code is None

    def refresh(self) -> None:
        """Sign everybody in anew, as who they are now."""
        self.people = {who: self.workbench.actor_by_email(f"{who}@example.com") for who in self.people}

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
        if code == "STALE_VERSION" and self.ledger.may_be_out_of_sight(who, approval_id):
            faults.add(code)
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
            for key in self.ledger.docs["task_approvals"]
            if not self.ledger.faults(who, key, "approved", None, self.right_look(key))
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
        writer.write(self.workbench, self.people["olga"], target)
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
