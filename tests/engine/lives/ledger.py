"""What a life of a task must look like, kept by hand from the stored documents; the engine is not asked.

The rules are those of product.md (decisions 5, 12 and 13) and of definitions.md section 4, written down a
second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.engine.lives.documents import (
    LOST,
    MOVES,
    PAST,
    POSITIVE,
    REVIEWED_ONLY,
    Document,
    content_hash,
    event_hash,
    is_submitted,
    lineage_key,
    record_hash,
    what_runs,
)
from tests.engine.lives.living import PLANS
from tests.engine.lives.people import People


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
class Ledger(People):
    """All that is known about a world from the outside."""

    #: ``table/id`` -> the hash of the record in the last event that told of it.
    told: dict[str, str] = field(default_factory=dict)
    #: deliverable -> users who gave it content themselves.
    gave: dict[str, set[str]] = field(default_factory=dict)
    #: person -> the employee that they were when it was looked last.
    stood: dict[str, str | None] = field(default_factory=dict)
    #: task -> the people who made it, asked for its review or changed what runs.
    prepared: dict[str, set[str]] = field(default_factory=dict)
    #: task -> what of it was permitted to run.
    permitted: dict[str, Document] = field(default_factory=dict)
    #: task -> whose approvals its definition asks for.
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: employee -> whether they are in training.
    training: dict[str, bool] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    #: What never changes any more: (table, id) -> the document.
    final: dict[tuple[str, str], Document] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
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
        self.stood = {who: self.stands_for(who) for who in self.world.people}
        self.ever = {who: {one} if one else set() for who, one in self.stood.items()}
        self.roles = {who: next(iter(person.roles)) for who, person in self.world.people.items()}
        self.prepared = {
            key: {who for who in self.world.people if self.user_of(who) == task["owner_id"]}
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
        self._follow_moves(who, events)
        self._every_record_is_as_its_last_event_says(before)
        self._every_change_has_its_event(before, events)
        self._remember_joins(before)
        self._remember_who_had_it(before)
        self._remember_authors(who, before)
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
                assert told == (decision.outcome, self.user_of(decision.who), decision.content)
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
            self._check_authors(row)
        assert all(row["frozen_at"] is not None for row in versions[:-1])
        assert all(is_submitted(row) for row in versions if row["frozen_at"]), "nothing was judged"
        if any(row["delivered_at"] for row in versions):
            assert all(row["visible_in_portal"] for row in versions), "what was delivered was hidden"

    def _check_authors(self, row: Document) -> None:
        """A version names those who gave it content, and of those whose work that was before only such."""
        known, written = self.authors.get(row["deliverable_id"], set()), set(row["authors"])
        assert self.gave.get(row["deliverable_id"], set()) <= written <= known, row["ref"]

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
        assert not self.is_out_of_sight(approval), "the partner is asked about what they may not see"
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
        authors = set().union(*(row["authors"] for row in newest))
        people = {task["assignee_id"], *(self.stands_for(who) for who in self.named(authors))}
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
        """S2: nobody but a lead who says why lets a task of a bundle wait no longer for what is alive.

        Nor, but a lead, for what they called off themselves.
        """
        for key, task in self.docs["tasks"].items():
            old = before["tasks"].get(key) or before["tasks"].get(task["cloned_from"] or "")
            if old is None or task["bundle_id"] is None or old["depends_on"] == task["depends_on"]:
                continue
            gone = [one for one in old["depends_on"] if one not in task["depends_on"]]
            if alive := [one for one in gone if before["tasks"][one]["status"] not in LOST]:
                assert self.leads(who), f"{who} let {key} wait no longer for {alive}"
                told = [event["reason"] for event in events if event["entity_id"] == key]
                assert any((reason or "").strip() for reason in told), "nobody said why"
                self.tally["dependency dropped"] += 1
            if off := self.called_off(who, gone):
                assert self.judges(who), f"{who} called {off} off, and let {key} wait no longer for it"

    def _every_record_is_as_its_last_event_says(self, before: dict[str, dict[str, Document]]) -> None:
        for table, documents in self.docs.items():
            for key, document in documents.items():
                if before[table].get(key) is not document:
                    assert self.told[f"{table}/{key}"] == record_hash(document), f"{table}/{key}"

    def _follow_moves(self, who: str, events: list[Document]) -> None:
        for event in events:
            if event["action"] == "task_created":
                self.status[event["entity_id"]] = "pending"
            elif event["action"] == "task_status_changed":
                before, after = event["before"]["status"], event["after"]["status"]
                assert self.status[event["entity_id"]] == before
                assert after in MOVES[before].split(), f"{before} to {after}"
                self.status[event["entity_id"]] = after
                if after in LOST:
                    self.lost_by[event["entity_id"]] = who
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

    def _remember_joins(self, before: dict[str, dict[str, Document]]) -> None:
        """Note whom people stand for now; nobody becomes another by what is told of employees (S3)."""
        for who, was in self.stood.items():
            now = self.stood[who] = self.stands_for(who)
            if now == was:
                continue
            joins = [docs["users"][self.user_of(who)]["employee_id"] for docs in (before, self.docs)]
            assert was is None or joins[0] != joins[1], f"{who} became another by an e-mail"
            self.tally["joined"] += 1
            if now is not None:
                self.ever[who].add(now)

    def _remember_authors(self, who: str, before: dict[str, dict[str, Document]]) -> None:
        for key, row in self.docs["deliverables"].items():
            old = before["deliverables"].get(key)
            is_given = row["version_number"] > 1 if old is None else content_hash(old) != content_hash(row)
            if is_given:
                self.gave.setdefault(key, set()).add(self.user_of(who))
                self.authors.setdefault(key, set()).update({self.user_of(who), *self.whose_bytes(row, old)})
                for shown in self.shown_by(row):
                    had = self.had_it.get(shown["task_id"], set())
                    self.had_it.setdefault(row["task_id"], set()).update(had)

    def _remember_who_had_it(self, before: dict[str, dict[str, Document]]) -> None:
        """Note whoever is the assignee of a task that is worked on, or was when that began."""
        handed_over = {
            row["task_id"]
            for key, row in self.docs["deliverables"].items()
            if is_submitted(row) and row is not before["deliverables"].get(key)
        }
        for key, task in self.docs["tasks"].items():
            if task["first_started_at"] is None and key not in handed_over and not self.had_it.get(key):
                continue
            had = {one["assignee_id"] for one in (task, before["tasks"].get(key, task))} - {None}
            self.had_it.setdefault(key, set()).update(had)

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
                assert self.judges(who), "a human review was lifted by somebody who may not"
                accounts, employees = self.accounts_of(who), self.employees_of(who)
                assert not accounts & self.prepared[key], "they prepared what runs"
                did = self.had_it.get(key, set()) | {task["assignee_id"]}
                assert not employees & did, "it was their own to run"
                self.permitted[key] = what_runs(task)
                self.tally["permitted to run"] += 1
            elif old is not None and what_runs(old) != what_runs(task):
                if task["requires_human_review"] or key in self.permitted:
                    self.prepared[key].add(who)
            elif old is not None and task["requires_human_review"] and not old["requires_human_review"]:
                self.prepared[key].add(who)
            if task["requires_human_review"] and self.permitted.pop(key, None):
                self.tally["permission void"] += 1
            if key in self.permitted and self.status[key] in REVIEWED_ONLY:
                assert self.permitted[key] == what_runs(task), "something else runs than was permitted"

    def _check_training(self, who: str) -> None:
        for key, person in self.docs["employees"].items():
            if person["training"] != self.training[key]:
                assert self.leads(who)
                self.training[key] = person["training"]
                self.tally["training switched"] += 1
