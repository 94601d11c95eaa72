"""A task's life at random: who tries what. How it is tried, and what must hold, is the machine's."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from engine.reference import service as reference
from engine.reference.training import set_training
from engine.tasks import assignment, lifecycle, update
from tests.engine.lives import living
from tests.engine.lives.documents import LOST, NOT_BEGUN, Document, content_hash
from tests.engine.lives.living import CONTENT_VERBS, EMPLOYEES, PEOPLE, VERBS
from tests.engine.lives.machine import Machine, sha256_of
from tests.engine.lives.people import LEADS

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


class Life(Machine):
    """Everything that can be tried with them."""

    @initialize(handed_over=st.lists(PLACE, min_size=2, max_size=4, unique=True), n=CHOICE)
    def begin(self, handed_over: Sequence[int] = (), n: int = 0) -> None:
        """Found the world, with some work in it that waits to be judged already."""
        self.open_world()
        for place in handed_over:
            self.the_assignee_hands_over(place, n)

    def teardown(self) -> None:
        """Go around whatever this life did not come to, then read everything once more."""
        if not hasattr(self, "ledger"):
            return
        try:
            self.every_gate_is_tried_once_more()
            self.everybody_judges_what_is_left()
            self.read_everything()
        finally:
            self.close_world()

    def everybody_judges_what_is_left(self) -> None:
        """Whatever was done, let each person decide on all that still waits, and be right about who may."""
        for key in self.open_approvals():
            for who in PEOPLE:
                self.decide(who, key, "approved", None, self.right_look(key))

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
        joined = self.employee_id(employee) if employee else None
        is_change = self.ledger.docs["users"][self.people[whom].user_id]["employee_id"] != joined
        self.change(who, whom, {"employee": employee}, is_change=is_change)

    @rule(
        who=st.sampled_from(sorted(LEADS)),
        whom=st.sampled_from(["mara", "mona", "olga"]),
        role=st.sampled_from(["admin", "manager", "manager", "member", "agent"]),
    )
    def somebody_says_what_another_may_do(self, who: str, whom: str, role: str) -> None:
        if self.change(who, whom, {"roles": [role]}, is_change=self.ledger.roles[whom] != role):
            self.ledger.roles[whom] = role
            self.ledger.tally["roles changed"] += 1

    @rule(
        who=st.sampled_from(sorted(LEADS)),
        key=st.sampled_from(EMPLOYEES),
        change=st.sampled_from(
            [
                {},
                {"email": "new@example.com"},
                *({"email": f"{who}@example.com"} for who in ("mara", "mona", "olga", "pat", "ana")),
                {"email": None},
                {"kind": "agent"},
                {"kind": "human"},
            ]
        ),
    )
    def a_lead_loads_an_employee(self, who: str, key: str, change: Document) -> None:
        """Load somebody with another e-mail or kind, or with none; nobody does so for themselves."""
        employee = self.ledger.docs["employees"][str(self.employee_id(key))]
        same = {name: employee[name] for name in ("key", "name", "email", "roles")}
        is_own = employee["employee_id"] in self.ledger.employees_of(who)
        differs = any(employee[name] != value for name, value in change.items())
        code = self.attempt(who, lambda tx: reference.load(tx, {"employees": [{**same, **change}]}))
        self.ledger.tally[f"load: {code or 'made'}"] += 1
        if not self.ledger.leads(who):
            assert code == "FORBIDDEN"
        else:
            assert code == ("OWN_WORK" if is_own and differs else self._to_change(who) if differs else None)

    def _to_change(self, who: str) -> str | None:
        """What a change of an employee is answered with: people are an admin's."""
        return None if self.ledger.roles[who] == "admin" else "FORBIDDEN"

    @rule(who=st.sampled_from(["mara", "mona"]), place=PLACE, n=CHOICE)
    def work_is_given_away_and_judged_by_who_did_it(self, who: str, place: int, n: int) -> None:
        """Have it, begin it, let another hand it over, and be joined to somebody else meanwhile."""
        employee = ("sam", "", "ana")[n % 3] if n % 2 else None
        for key in self.work_is_given_away(who, place, n, employee):
            self.decide(who, key, "approved", None, self.right_look(key))
            self.decide_well(n, "approved", key)

    def work_is_given_away(self, who: str, place: int, n: int, employee: str | None) -> list[str]:
        """Begin it, become that employee while another hands it over, and return what asks to be judged."""
        task_id = self.task(place)["task_id"]
        self.work("olga", "put_back", place, n)
        self.attempt("olga", lambda tx: assignment.assign(tx, task_id, who))
        self.work(who, "start", place, n)
        self.attempt("olga", lambda tx: assignment.assign(tx, task_id, "ana"))
        if employee is not None:
            self.somebody_says_whom_another_stands_for("olga", who, employee)
        self.the_assignee_hands_over(place, n)
        return self.open_approvals(task_id)

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
        if task_id := self.one_that_waits(place):
            self.drop_the_first_dependency(who, task_id, reason)

    @rule(who=st.sampled_from(["ana", "mara"]), place=PLACE)
    def somebody_calls_off_what_a_task_waits_for(self, who: str, place: int) -> None:
        """Whoever calls it off and then lets nobody wait for it has gone around its approval in two steps."""
        task_id = self.one_that_waits(place)
        if task_id is None or not self.ledger.docs["tasks"][task_id]["depends_on"]:
            return
        first = self.ledger.docs["tasks"][task_id]["depends_on"][0]
        self.attempt(who, lambda tx: lifecycle.cancel(tx, first, "It is not needed."))
        code = self.drop_the_first_dependency(who, task_id, "It is not needed.")
        if self.ledger.called_off(who, [first]):
            self.ledger.tally[f"drop of what they called off: {code or 'made'}"] += 1

    def drop_the_first_dependency(self, who: str, task_id: str, reason: str) -> str | None:
        left = self.ledger.docs["tasks"][task_id]["depends_on"][1:]
        faults = self.ledger.dropping_faults(who, task_id, left, reason)
        fewer = {"depends_on": left, "reason": reason}
        code = self.attempt(who, lambda tx: update.update(tx, self.content, task_id, fewer))
        self.ledger.tally[f"drop: {code or 'made'}"] += 1
        assert (code is None) == (not faults), (code, faults)
        assert code is None or code in faults, (code, faults)
        return code

    def one_that_waits(self, place: int) -> str | None:
        """Return a task of the bundle that has not begun and waits for another; make it wait for one."""
        tasks = self.ledger.docs["tasks"]
        inside = [key for key, one in tasks.items() if one["bundle_id"] and one["status"] in NOT_BEGUN]
        others = [key for key, one in tasks.items() if one["status"] not in LOST and key not in inside]
        if not inside or not others:
            return None
        task_id, asked = living.pick(inside, place), {"depends_on": [living.pick(others, place)]}
        if not tasks[task_id]["depends_on"]:
            self.attempt("olga", lambda tx: update.update(tx, self.content, task_id, asked))
        return str(task_id)

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
