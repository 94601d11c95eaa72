"""What a life of a task must look like, kept by hand from the stored documents; the engine is not asked.

The rules are those of product.md (decisions 5, 12 and 13) and of definitions.md section 4, written down a
second time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.engine.living import PLANS, World

Document = dict[str, Any]

#: The record tables that a life changes, and the field that names a record.
TABLES = {
    "tasks": "task_id",
    "task_steps": "task_step_id",
    "task_notes": "task_note_id",
    "task_proofs": "task_proof_id",
    "deliverables": "deliverable_id",
    "task_approvals": "task_approval_id",
    "deliverable_comments": "deliverable_comment_id",
    "task_qa_reviews": "task_qa_review_id",
    "employees": "employee_id",
    "users": "user_id",
    "bundles": "bundle_id",
    "artifacts": "artifact_id",
}
#: product.md, decision 5.
MOVES = {
    "pending": "queued in_progress waiting blocked deferred skipped cancelled",
    "queued": "pending in_progress blocked deferred failed cancelled",
    "deferred": "pending skipped cancelled",
    "in_progress": (
        "pending waiting blocked help_needed pending_approval completed failed deferred skipped cancelled"
    ),
    "waiting": "pending in_progress blocked deferred skipped failed cancelled",
    "blocked": "pending in_progress deferred skipped cancelled",
    "help_needed": "in_progress blocked cancelled",
    "pending_approval": "in_progress completed cancelled",
    "failed": "pending cancelled",
    "completed": "",
    "skipped": "",
    "cancelled": "",
}
#: As long as it is in one of these, what a task waits for can be changed.
NOT_BEGUN = {"pending", "queued", "deferred"}
#: What is in one of these is never met.
LOST = {"failed", "cancelled"}
LEADS = {"olga", "mara", "mona"}
PARTNERS_OF = {"acme": {"pat"}, "globex": {"gil"}}
#: What a task reaches only with the human review that it asks for.
REVIEWED_ONLY = {"queued", "in_progress", "help_needed", "pending_approval", "completed"}
#: The moments of a record that name when something was done, as the clock of that moment has it.
PAST = {
    "frozen_at",
    "delivered_at",
    "decided_at",
    "withdrawn_at",
    "requested_at",
    "completed_at",
    "closed_at",
}
POSITIVE = {"approved", "approved_pending_changes"}


@dataclass(frozen=True)
class Decision:
    """A decision that was seen to be made."""

    who: str
    outcome: str
    #: Over the content as it was a moment before.
    content: str
    #: Its place among all decisions.
    number: int


@dataclass
class Ledger:
    """All that is known about a world from the outside."""

    world: World
    docs: dict[str, dict[str, Document]]
    #: ``table/id`` -> the hash of the record in the last event that told of it.
    told: dict[str, str] = field(default_factory=dict)
    #: deliverable -> users who gave it content.
    authors: dict[str, set[str]] = field(default_factory=dict)
    #: task -> the employees it was assigned to once it was worked on, or when it was handed over.
    had_it: dict[str, set[str]] = field(default_factory=dict)
    #: task -> the people who stood for these then.
    workers: dict[str, set[str]] = field(default_factory=dict)
    #: task -> the people who made it, asked for its review or changed what runs.
    prepared: dict[str, set[str]] = field(default_factory=dict)
    #: task -> what of it was permitted to run.
    permitted: dict[str, Document] = field(default_factory=dict)
    #: person -> the employee that they stand for, and all that they ever stood for.
    stands_for: dict[str, str | None] = field(default_factory=dict)
    ever: dict[str, set[str]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    #: task -> whose approvals its definition asks for.
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: employee -> whether they are in training.
    training: dict[str, bool] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    #: What never changes any more: (table, id) -> the document.
    final: dict[tuple[str, str], Document] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    #: The bytes that somebody altered or deleted on the disk, by their SHA-256.
    damaged: set[str] = field(default_factory=set)
    last_seq: int = 0
    last_hash: str = ""
    #: When the last event occurred, as it is stored.
    last_moment: str = ""
    #: How often what happened, to know that it did.
    tally: Counter[str] = field(default_factory=Counter)

    def begin(self, events: Iterable[Document]) -> None:
        """Learn the first tasks; the chain goes on from the last event."""
        for task_id, plan in zip(self.world.tasks, PLANS, strict=True):
            self.sources[task_id] = plan.sources
        self.status = {key: task["status"] for key, task in self.docs["tasks"].items()}
        self.stands_for = {who: person.employee_id for who, person in self.world.people.items()}
        self.ever = {who: {one} if one else set() for who, one in self.stands_for.items()}
        self.roles = {who: next(iter(person.roles)) for who, person in self.world.people.items()}
        self.prepared = {
            key: {who for who in self.world.people if self._user(who) == task["owner_id"]}
            for key, task in self.docs["tasks"].items()
        }
        self.training = {key: person["training"] for key, person in self.docs["employees"].items()}
        for event in events:
            self.last_seq, self.last_hash = event["seq"], event["hash"]
            self.last_moment = event["occurred_at"]

    # -- what happened ---------------------------------------------------------------------------

    def happened(self, who: str, docs: dict[str, dict[str, Document]], events: list[Document]) -> None:
        """Take in what somebody's success changed, and check that it could be."""
        before, self.docs = self.docs, docs
        self._follow_chain(events)
        self._follow_moves(events)
        self._every_record_is_as_its_last_event_says(before)
        self._every_change_has_its_event(before, events)
        self._remember_authors(who, before)
        self._remember_who_had_it(before)
        self._remember_clones(before)
        self._check_dependencies(who, before, events)
        self._time_never_goes_back(before)
        for key in self.docs["tasks"].keys() - before["tasks"].keys():
            self.prepared[key] = {who}
        self._check_reviews(who, before)
        self._check_training(who)
        self._check_final()
        for task_id, status in self.status.items():
            was = before["tasks"].get(task_id, {}).get("status")
            if status == "completed" and was != "completed":
                self._check_completion(task_id, events)
        for key in self.docs["task_approvals"].keys() - before["task_approvals"].keys():
            self._check_request(self.docs["task_approvals"][key])

    def decided(self, who: str, approval_id: str, outcome: str) -> None:
        """Note a decision that is about to be checked in; what it was about is looked at first."""
        approval = self.docs["task_approvals"][approval_id]
        row = self.docs["deliverables"][approval["deliverable_id"]]
        number = len(self.decisions) + 1
        self.decisions[approval_id] = Decision(who, outcome, content_hash(row), number)
        self.tally[f"{approval['source']} {outcome}"] += 1

    # -- what may be -----------------------------------------------------------------------------

    def faults(self, who: str, approval_id: str, outcome: str, feedback: str | None, look: str) -> set[str]:
        """Return every reason for which this decision must be refused; empty where it must be made."""
        approval = self.docs["task_approvals"].get(approval_id)
        if approval is None or not self._sees(who, approval):
            return {"NOT_FOUND"}
        row = self.docs["deliverables"][approval["deliverable_id"]]
        found = set()
        if outcome not in ("approved", "approved_pending_changes", "rejected"):
            found.add("BAD_REQUEST")
        if not self._is_entitled(who, approval):
            found.add("FORBIDDEN")
        if self._is_own_work(who, approval):
            found.add("OWN_WORK")
        if approval["status"] != "pending" or approval["withdrawn_at"] is not None:
            found.add("ALREADY_DECIDED")
        if outcome != "approved" and not (feedback or "").strip():
            found.add("FEEDBACK_REQUIRED")
        if len(feedback or "") > 10_000:
            found.add("BAD_REQUEST")
        if look != content_hash(row) or self.lineage(row)[-1] is not row:
            found.add("STALE_VERSION")
        return found

    def shows_damaged(self, approval_id: str) -> bool:
        """Whether the bytes that would be judged are not there as they were kept (S9)."""
        approval = self.docs["task_approvals"].get(approval_id)
        if approval is None:
            return False
        row = self.docs["deliverables"][approval["deliverable_id"]]
        return self.bytes_of(row) in self.damaged

    def may_be_out_of_sight(self, who: str, approval_id: str) -> bool:
        """Whether it shows, by an address of the board, what a partner's people may not see (S4)."""
        approval = self.docs["task_approvals"].get(approval_id)
        if approval is None or self._role(who) != "partner":
            return False
        return str(self.docs["deliverables"][approval["deliverable_id"]]["deliverable_url"]).startswith("/")

    def bytes_of(self, row: Document) -> str | None:
        """Return the SHA-256 of what a version shows, as a file of its own or by an address of the board."""
        kind, _, rest = (row["deliverable_url"] or "").strip("/").partition("/")
        if row["sha256"] is None and kind in ("deliverables", "artifacts"):
            shown: str | None = self.docs[kind][rest.partition("/")[0]]["sha256"]
            return shown
        own: str | None = row["sha256"]
        return own

    def dropping_faults(self, who: str, task_id: str, left: list[str], reason: str) -> set[str]:
        """Return every reason for which this task may not wait for these alone; empty where it may (S2)."""
        task = self.docs["tasks"][task_id]
        found = set()
        if self._role(who) == "partner" or not self._sees_task(who, task):
            return {"NOT_FOUND", "FORBIDDEN"}
        if not self._leads(who) and not self._is_of(who, task):
            found.add("FORBIDDEN")
        if task["status"] not in NOT_BEGUN:
            found.add("CONFLICT")
        alive = [one for one in task["depends_on"] if one not in left and self.status[one] not in LOST]
        if task["bundle_id"] is not None and alive:
            if not self._leads(who):
                found.add("FORBIDDEN")
            if not reason.strip():
                found.add("BAD_REQUEST")
        return found

    def lineage(self, row: Document) -> list[Document]:
        """Return the versions of the same thing, oldest first."""
        key = lineage_key(row)
        same = [other for other in self.docs["deliverables"].values() if lineage_key(other) == key]
        return sorted(same, key=lambda other: other["version_number"])

    def _sees(self, who: str, approval: Document) -> bool:
        task = self.docs["tasks"][approval["task_id"]]
        if self._role(who) == "partner":
            return approval["source"] == "portal" and self._is_of_partner(who, task)
        return self._sees_task(who, task)

    def _sees_task(self, who: str, task: Document) -> bool:
        bundle_id = task["bundle_id"]
        inside = [one for one in self.docs["tasks"].values() if bundle_id and one["bundle_id"] == bundle_id]
        sees_all = self._leads(who) or self.roles[who] == "strategist"
        return sees_all or any(self._is_of(who, one) for one in [task, *inside])

    def _is_entitled(self, who: str, approval: Document) -> bool:
        if approval["source"] == "internal":
            return self._judges(who)
        return self._is_of_partner(who, self.docs["tasks"][approval["task_id"]])

    def _is_own_work(self, who: str, approval: Document) -> bool:
        rows = self.lineage(self.docs["deliverables"][approval["deliverable_id"]])
        wrote = {
            name
            for name in self.ever
            for row in rows
            if self._user(name) in self.authors.get(row["deliverable_id"], ())
        }
        wrote |= self.workers.get(approval["task_id"], set())
        theirs = self.had_it.get(approval["task_id"], set()).union(*(self.ever[name] for name in wrote))
        assignee = self.docs["tasks"][approval["task_id"]]["assignee_id"]
        return who in wrote or bool(self.ever[who] & (theirs | {assignee}))

    def _is_of_partner(self, who: str, task: Document) -> bool:
        return task["partner_id"] is not None and self.world.people[who].partner_id == task["partner_id"]

    def _is_of(self, who: str, task: Document) -> bool:
        return task["owner_id"] == self._user(who) or self._is_assigned(who, task)

    def _is_assigned(self, who: str, task: Document) -> bool:
        employee_id = self.stands_for[who]
        return employee_id is not None and task["assignee_id"] == employee_id

    def _user(self, who: str) -> str:
        return self.world.people[who].user_id

    def _role(self, who: str) -> str:
        return self.roles[who]

    def _leads(self, who: str) -> bool:
        return self.roles[who] in ("admin", "manager")

    def _is_agent(self, who: str) -> bool:
        employee = self.docs["employees"].get(self.stands_for[who] or "")
        return self.roles[who] == "agent" or (employee is not None and employee["kind"] == "agent")

    def _judges(self, who: str) -> bool:
        return self._leads(who) and not self._is_agent(who)

    def may_change(self, who: str, whom: str) -> bool:
        """Whether somebody may say who another is, and what they may do: never of themselves."""
        return self.roles[who] == "admin" and who != whom and not self.ever[who] & self.ever[whom]

    def joined(self, whom: str, employee_id: str | None) -> None:
        """Note that somebody stands for another employee from now on."""
        if self.stands_for[whom] != employee_id:
            self.tally["joined"] += 1
        self.stands_for[whom] = employee_id
        if employee_id is not None:
            self.ever[whom].add(employee_id)

    # -- what must hold --------------------------------------------------------------------------

    def check(self) -> None:
        """Check everything that can be seen in the documents as they are."""
        for task in self.docs["tasks"].values():
            assert task["status"] == self.status[task["task_id"]], "a status without its event"
            self._check_blocker(task)
        self._check_approvals()
        for versions in self._lineages():
            self._check_versions(versions)

    def _check_blocker(self, task: Document) -> None:
        waits_for = [one for one in task["depends_on"] if self.status[one] not in ("completed", "skipped")]
        assert task["blocked_by"] == (waits_for[0] if waits_for else None)
        if task["requires_human_review"]:
            assert task["status"] not in REVIEWED_ONLY, "it runs without its human review"

    def _check_approvals(self) -> None:
        decided = {key for key, item in self.docs["task_approvals"].items() if item["status"] != "pending"}
        assert decided == self.decisions.keys(), "something was decided by nobody"
        open_tasks = set()
        for key, item in self.docs["task_approvals"].items():
            if key in self.decisions:
                decision = self.decisions[key]
                told = (item["status"], item["approver_id"], item["content_hash"])
                assert told == (decision.outcome, self._user(decision.who), decision.content)
                assert (item["approved_at"] is not None) == (decision.outcome in POSITIVE)
            elif item["withdrawn_at"] is None:
                open_tasks.add(item["task_id"])
        judged = {key for key, status in self.status.items() if status == "pending_approval"}
        assert judged == open_tasks, "a task waits for no decision, or a decision for no task"

    def _lineages(self) -> Iterator[list[Document]]:
        groups: dict[tuple[str, ...], list[Document]] = {}
        for row in self.docs["deliverables"].values():
            groups.setdefault(lineage_key(row), []).append(row)
        for rows in groups.values():
            yield sorted(rows, key=lambda row: row["version_number"])

    def _check_versions(self, versions: list[Document]) -> None:
        assert [row["version_number"] for row in versions] == list(range(1, len(versions) + 1))
        before = [None, *(row["deliverable_id"] for row in versions[:-1])]
        assert [row["previous_deliverable_id"] for row in versions] == before
        for row in versions:
            assert (row["frozen_at"] is not None) == bool(self._decisions_on(row)), (
                "frozen if, and only if, judged"
            )
            assert set(row["authors"]) == self.authors.get(row["deliverable_id"], set())
        assert all(row["frozen_at"] is not None for row in versions[:-1])
        assert all(is_submitted(row) for row in versions if row["frozen_at"]), "nothing was judged"
        if any(row["delivered_at"] for row in versions):
            assert all(row["visible_in_portal"] for row in versions), "what was delivered was hidden"

    def _check_final(self) -> None:
        """Frozen versions keep all but a delivery that nobody judged; approvals keep everything."""
        places = [(name, key) for name in ("deliverables", "task_approvals") for key in self.docs[name]]
        for table, key in places:
            document = self.docs[table][key]
            is_final = document.get("frozen_at") or document.get("decided_at") or document.get("withdrawn_at")
            kept = self.final.get((table, key))
            if kept is not None:
                free = {"delivered_at", "revision", "updated_at"} if table == "deliverables" else set()
                if kept.get("delivered_at") is not None and self._was_judged_outside(key):
                    free -= {"delivered_at"}
                changed = {name for name, value in document.items() if value != kept[name]}
                assert changed <= free, f"{table} {key} changed after the decision: {changed}"
            if is_final:
                self.final[table, key] = document

    def _was_judged_outside(self, deliverable_id: str) -> bool:
        """Whether the partner has decided on a version: then it stays delivered as it is."""
        return any(
            item["deliverable_id"] == deliverable_id and item["source"] == "portal" and item["decided_at"]
            for item in self.docs["task_approvals"].values()
        )

    def _check_request(self, approval: Document) -> None:
        """Whatever is put before an approver is handed over, and nothing else of its task is owed."""
        task_id = approval["task_id"]
        row = self.docs["deliverables"][approval["deliverable_id"]]
        assert is_submitted(row)
        assert self.lineage(row)[-1] is row
        assert approval["source"] == "internal" or (row["visible_in_portal"] and row["delivered_at"])
        self._nothing_is_owed(task_id)

    def _nothing_is_owed(self, task_id: str) -> None:
        assert all(step["is_completed"] for step in self._of("task_steps", task_id) if step["required"])
        assert all(owed["value"] for owed in self._of("task_proofs", task_id) if owed["required"])
        newest = [rows[-1] for rows in self._lineages() if rows[0]["task_id"] == task_id]
        assert all(is_submitted(row) for row in newest if row["required"])
        depends_on = self.docs["tasks"][task_id]["depends_on"]
        assert all(self.status[one] in ("completed", "skipped") for one in depends_on)

    def _check_completion(self, task_id: str, events: list[Document]) -> None:
        """D5: nothing is completed that nobody entitled approved in exactly this content."""
        self._nothing_is_owed(task_id)
        task = self.docs["tasks"][task_id]
        rolled = [item for item in events if item["action"] == "qa_rolled" and item["task_id"] == task_id]
        assert len(rolled) == 1, "the die falls once, on every completion"
        newest = [
            rows[-1] for rows in self._lineages() if rows[0]["task_id"] == task_id and is_submitted(rows[-1])
        ]
        required = set(self.sources[task_id])
        for source in required | self._also_needed(task, newest):
            relevant = [row for row in newest if source == "internal" or row["visible_in_portal"]]
            assert relevant or source not in required, f"completed without anything for {source} to judge"
            for row in relevant:
                assert self._is_covered(row, source), f"{row['ref']} was completed without {source}"
                self.tally[f"completed with {source}"] += 1
        assert all(row["delivered_at"] for row in newest if row["visible_in_portal"])
        self.tally["completed"] += 1

    def _also_needed(self, task: Document, newest: list[Document]) -> set[str]:
        """Return who must decide beside those of the definition: the team in training, and who was asked."""
        found = {
            item["source"] for item in self._of("task_approvals", task["task_id"]) if not item["withdrawn_at"]
        }
        employees = {self._user(who): one for who, one in self.stands_for.items()}
        people = {task["assignee_id"]} | {
            employees.get(author) for row in newest for author in self.authors.get(row["deliverable_id"], ())
        }
        if newest and any(self.training.get(person) for person in people if person):
            found.add("internal")
        return found

    def _is_covered(self, row: Document, source: str) -> bool:
        """Whether the source said yes to exactly this, or to the one before with a change to make."""
        own = self._decisions_on(row, source)
        if own:
            assert own[-1].content == content_hash(row), "it changed after it was approved"
            return own[-1].outcome in POSITIVE
        versions = self.lineage(row)
        if len(versions) < 2:
            return False
        last = self._decisions_on(versions[-2])
        theirs = self._decisions_on(versions[-2], source)
        self.tally["the one allowed change"] += 1
        return (
            bool(last and theirs)
            and last[-1].outcome == "approved_pending_changes"
            and theirs[-1].outcome in POSITIVE
            and row["post_decision_change"] is True
        )

    def _decisions_on(self, row: Document, source: str | None = None) -> list[Decision]:
        found = [
            self.decisions[key]
            for key, item in self.docs["task_approvals"].items()
            if key in self.decisions
            and item["deliverable_id"] == row["deliverable_id"]
            and source in (None, item["source"])
        ]
        return sorted(found, key=lambda decision: decision.number)

    def _of(self, table: str, task_id: str) -> list[Document]:
        return [document for document in self.docs[table].values() if document["task_id"] == task_id]

    # -- what is remembered ----------------------------------------------------------------------

    def _follow_chain(self, events: list[Document]) -> None:
        for event in events:
            assert event["seq"] == self.last_seq + 1, "an event is missing"
            assert event["previous_hash"] == self.last_hash
            assert event["hash"] == event_hash(event)
            hashes = event["record_hashes"] or {}
            beside = ("was:", "order:", "secret:")
            self.told |= {name: told for name, told in hashes.items() if not name.startswith(beside)}
            self.last_seq, self.last_hash = event["seq"], event["hash"]
            assert event["occurred_at"] >= self.last_moment, "an event is older than the one before"
            self.last_moment = event["occurred_at"]

    def _time_never_goes_back(self, before: dict[str, dict[str, Document]]) -> None:
        """S10: whatever the clock says, what is recorded is no older than what was."""
        for table, documents in self.docs.items():
            for key, document in documents.items():
                old = before[table].get(key)
                if document is old:
                    continue
                changed = document.get("updated_at", document["created_at"])
                assert changed <= self.last_moment, f"{table}/{key} is newer than its event"
                assert old is None or changed >= old["updated_at"], f"{table}/{key} went back"
                for name in PAST & document.keys():
                    value = document[name]
                    if value and value != (old or {}).get(name):
                        assert document["created_at"] <= value <= changed, f"{table}/{key}: {name}"

    def _check_dependencies(
        self, who: str, before: dict[str, dict[str, Document]], events: list[Document]
    ) -> None:
        """S2: nobody but a lead who says why lets a task of a bundle wait no longer for what is alive."""
        for key, task in self.docs["tasks"].items():
            old = before["tasks"].get(key) or before["tasks"].get(task["cloned_from"] or "")
            if old is None or task["bundle_id"] is None or old["depends_on"] == task["depends_on"]:
                continue
            gone = [one for one in old["depends_on"] if one not in task["depends_on"]]
            if alive := [one for one in gone if before["tasks"][one]["status"] not in LOST]:
                assert self._leads(who), f"{who} let {key} wait no longer for {alive}"
                told = [event["reason"] for event in events if event["entity_id"] == key]
                assert any((reason or "").strip() for reason in told), "nobody said why"
                self.tally["dependency dropped"] += 1

    def _every_record_is_as_its_last_event_says(self, before: dict[str, dict[str, Document]]) -> None:
        for table, documents in self.docs.items():
            for key, document in documents.items():
                if before[table].get(key) is not document:
                    assert self.told[f"{table}/{key}"] == record_hash(document), f"{table}/{key}"

    def _follow_moves(self, events: list[Document]) -> None:
        for event in events:
            if event["action"] == "task_created":
                self.status[event["entity_id"]] = "pending"
            elif event["action"] == "task_status_changed":
                before, after = event["before"]["status"], event["after"]["status"]
                assert self.status[event["entity_id"]] == before
                assert after in MOVES[before].split(), f"{before} to {after}"
                self.status[event["entity_id"]] = after
                self.tally[f"to {after}"] += 1

    def _every_change_has_its_event(
        self, before: dict[str, dict[str, Document]], events: list[Document]
    ) -> None:
        told = {event[name] for event in events for name in ("entity_id", "task_id")}
        is_new = any(event["action"] == "task_created" for event in events)
        for table, documents in self.docs.items():
            assert before[table].keys() <= documents.keys(), f"a record of {table} is gone"
            changed = {key for key, document in documents.items() if document != before[table].get(key)}
            assert events or not changed, f"{table} changed without a word"
            if table in ("tasks", "deliverables", "task_approvals") and not is_new:
                assert changed <= told, f"{table} {changed - told} changed without an event"

    def _remember_authors(self, who: str, before: dict[str, dict[str, Document]]) -> None:
        for key, row in self.docs["deliverables"].items():
            old = before["deliverables"].get(key)
            is_given = row["version_number"] > 1 if old is None else content_hash(old) != content_hash(row)
            if is_given:
                self.authors.setdefault(key, set()).update({self._user(who), *self._whose_bytes(row)})
                task = before["tasks"].get(row["task_id"])
                if task is not None and task["assignee_id"] is not None:
                    self.had_it.setdefault(row["task_id"], set()).add(task["assignee_id"])

    def _whose_bytes(self, row: Document) -> set[str]:
        """Return who brought what an address of the board shows, or these bytes, to the task before."""
        kind, _, rest = (row["deliverable_url"] or "").strip("/").partition("/")
        if kind == "deliverables":
            return set(self.authors.get(rest.partition("/")[0], ()))
        found = {self.docs["artifacts"][rest]["created_by"]} if kind == "artifacts" else set()
        same = [
            other
            for other in self.docs["deliverables"].values()
            if other["task_id"] == row["task_id"] and other["sha256"] and other["sha256"] == row["sha256"]
        ]
        return found | {
            self.docs["artifacts"][other["artifact_id"]]["created_by"]
            for other in same
            if other["artifact_id"]
        }

    def _remember_who_had_it(self, before: dict[str, dict[str, Document]]) -> None:
        """Note whoever is the assignee of a task that is worked on, or was when that began."""
        for key, task in self.docs["tasks"].items():
            if task["first_started_at"] is None:
                continue
            found = self.had_it.setdefault(key, set())
            had = {one["assignee_id"] for one in (task, before["tasks"].get(key, task))} - {None}
            found |= had
            stood = {who for who, employee in self.stands_for.items() if employee in had}
            self.workers.setdefault(key, set()).update(stood)

    def _remember_clones(self, before: dict[str, dict[str, Document]]) -> None:
        """A clone stands before every gate of its original, in its bundle while that is active."""
        for key in self.docs["tasks"].keys() - before["tasks"].keys():
            task = self.docs["tasks"][key]
            original = before["tasks"][task["cloned_from"]]
            self.sources[key] = self.sources[original["task_id"]]
            assert task["status"] == "pending"
            assert task["approval"] == original["approval"]
            assert not any(is_submitted(row) for row in self._of("deliverables", key))
            assert self._of("task_approvals", key) == []
            was_reviewed = original["requires_human_review"] or original["human_reviewed_at"] is not None
            assert task["requires_human_review"] == was_reviewed, "a permission passed on to a clone"
            for table in ("task_steps", "deliverables", "task_proofs"):
                assert self._asked(table, key) >= self._asked(table, original["task_id"]), (
                    f"{table} are fewer"
                )
            bundle = before["bundles"].get(original["bundle_id"] or "")
            is_active = bundle is not None and bundle["status"] == "active"
            assert task["bundle_id"] == (original["bundle_id"] if is_active else None)
            self.tally["cloned in a bundle" if is_active else "cloned"] += 1

    def _asked(self, table: str, task_id: str) -> set[str]:
        """Name what a task requires of these, without the changes that its approvers asked for."""
        return {
            str(row.get("ref") or row.get("label"))
            for row in self._of(table, task_id)
            if row["required"] and row.get("version_number", 1) == 1
        }

    def _check_reviews(self, who: str, before: dict[str, dict[str, Document]]) -> None:
        for key, task in self.docs["tasks"].items():
            old = before["tasks"].get(key) or before["tasks"].get(task["cloned_from"] or "")
            if old is not None and old["requires_human_review"] and not task["requires_human_review"]:
                assert self._judges(who), "a human review was lifted by somebody who may not"
                own = set().union(*(self.ever[name] for name in self.prepared[key]))
                own |= self.had_it.get(key, set()) | {task["assignee_id"]}
                assert who not in self.prepared[key], "they prepared what runs"
                assert not self.ever[who] & own, "it was their own to run"
                self.permitted[key] = _what_runs(task)
                self.tally["permitted to run"] += 1
            elif old is not None and _what_runs(old) != _what_runs(task):
                if task["requires_human_review"] or key in self.permitted:
                    self.prepared[key].add(who)
            elif old is not None and task["requires_human_review"] and not old["requires_human_review"]:
                self.prepared[key].add(who)
            if task["requires_human_review"] and self.permitted.pop(key, None):
                self.tally["permission void"] += 1
            if key in self.permitted and self.status[key] in REVIEWED_ONLY:
                assert self.permitted[key] == _what_runs(task), "something else runs than was permitted"

    def _check_training(self, who: str) -> None:
        for key, person in self.docs["employees"].items():
            if person["training"] != self.training[key]:
                assert self._leads(who)
                self.training[key] = person["training"]
                self.tally["training switched"] += 1


def _what_runs(task: Document) -> Document:
    """Return what a permission to run is for, as far as lives change it."""
    return {name: task[name] for name in ("title", "description", "execution_config", "assigned_to_bot")}


def content_hash(row: Document) -> str:
    """Return the hash over what an approver sees: address, bytes and facts (D5)."""
    seen = {name: row[name] for name in ("deliverable_url", "meta", "sha256")}
    return hashlib.sha256(_canonical(seen)).hexdigest()


def event_hash(event: Document) -> str:
    """Return the hash of an event over all its other fields, the later ones where they are given (D11)."""
    told = {name: event[name] for name in event if name != "hash"}
    if told["record_hashes"] is None:
        del told["record_hashes"]
    return hashlib.sha256(_canonical(told)).hexdigest()


def record_hash(document: Document) -> str:
    """Return the hash that an event gives a record: over what is neither empty nor a secret."""
    told = {name: value for name, value in document.items() if value is not None and name != "password_hash"}
    return hashlib.sha256(_canonical(told)).hexdigest()


def lineage_key(row: Document) -> tuple[str, ...]:
    """Give what all versions of one thing share."""
    return row["task_id"], row["task_step_id"] or "", row["ref"]


def is_submitted(row: Document) -> bool:
    """Whether there is something to look at."""
    return bool(row["deliverable_url"] or row["artifact_id"])


def _canonical(document: Document) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
