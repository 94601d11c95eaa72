"""Who is who in a life, whose work something is, and what each may do: written down a second time.

The rules are those of definitions.md section 4 and of decisions 5 and 12 of product.md; the engine is not
asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.engine.lives.documents import (
    LOST,
    NOT_BEGUN,
    OUTCOMES,
    Document,
    content_hash,
    lineage_key,
)
from tests.engine.lives.living import World

#: Those of the people who lead when a life begins.
LEADS = {"olga", "mara", "mona"}


@dataclass
class People:
    """What is known about people, and about whose work is whose."""

    world: World
    #: table -> id -> the document as it is stored.
    docs: dict[str, dict[str, Document]]
    #: person -> every employee that they ever stood for.
    ever: dict[str, set[str]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    #: deliverable -> users who gave it content.
    authors: dict[str, set[str]] = field(default_factory=dict)
    #: task -> the employees it was assigned to once it was worked on, or when it was handed over, and those
    #: of the tasks from which it hands over something by an address.
    had_it: dict[str, set[str]] = field(default_factory=dict)
    #: task -> who called it off, or let it fail, last.
    lost_by: dict[str, str] = field(default_factory=dict)
    #: The bytes that somebody altered or deleted on the disk, by their SHA-256.
    damaged: set[str] = field(default_factory=set)

    # -- who is who ------------------------------------------------------------------------------

    def stands_for(self, who: str) -> str | None:
        """Return the employee that somebody is: as they were joined, else the only one with their e-mail."""
        user = self.docs["users"][self.user_of(who)]
        same = [key for key, one in self.docs["employees"].items() if one["email"] == user["email"]]
        return user["employee_id"] or (same[0] if len(same) == 1 else None)

    def leads(self, who: str) -> bool:
        """Whether they have a role that sees, works and loads everything."""
        return self.roles[who] in ("admin", "manager")

    def judges(self, who: str) -> bool:
        """Whether they may make a judgement of the team's."""
        return self.leads(who) and not self._is_agent(who)

    def may_change(self, who: str, whom: str) -> bool:
        """Whether somebody may say who another is, and what they may do: never of themselves."""
        return self.roles[who] == "admin" and whom not in self.accounts_of(who)

    def user_of(self, who: str) -> str:
        """Return the id of the account of somebody."""
        return self.world.people[who].user_id

    def _is_agent(self, who: str) -> bool:
        employee = self.docs["employees"].get(self.stands_for(who) or "")
        return self.roles[who] == "agent" or (employee is not None and employee["kind"] == "agent")

    def _is_of_partner(self, who: str, task: Document) -> bool:
        return task["partner_id"] is not None and self.world.people[who].partner_id == task["partner_id"]

    def _is_of(self, who: str, task: Document) -> bool:
        employee_id = self.stands_for(who)
        is_assigned = employee_id is not None and task["assignee_id"] == employee_id
        return task["owner_id"] == self.user_of(who) or is_assigned

    # -- what may be done ------------------------------------------------------------------------

    def faults(self, who: str, approval_id: str, outcome: str, feedback: str | None, look: str) -> set[str]:
        """Return every reason for which this decision must be refused; empty where it must be made."""
        approval = self.docs["task_approvals"].get(approval_id)
        if approval is None or not self._sees(who, approval):
            return {"NOT_FOUND"}
        row = self.docs["deliverables"][approval["deliverable_id"]]
        found = set()
        if outcome not in OUTCOMES:
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
        if look != content_hash(row) or self.lineage(row)[-1] is not row or self.is_out_of_sight(approval):
            found.add("STALE_VERSION")
        return found

    def dropping_faults(self, who: str, task_id: str, left: list[str], reason: str) -> set[str]:
        """Return every reason for which this task may not wait for these alone; empty where it may (S2)."""
        task = self.docs["tasks"][task_id]
        found = set()
        if self.roles[who] == "partner" or not self._sees_task(who, task):
            return {"NOT_FOUND", "FORBIDDEN"}
        if not self.leads(who) and not self._is_of(who, task):
            found.add("FORBIDDEN")
        if task["status"] not in NOT_BEGUN:
            found.add("CONFLICT")
        gone = [one for one in task["depends_on"] if one not in left]
        alive = [one for one in gone if self.docs["tasks"][one]["status"] not in LOST]
        if task["bundle_id"] is not None:
            if (alive or self.called_off(who, gone)) and not self.judges(who):
                found.add("FORBIDDEN")
            if alive and not reason.strip():
                found.add("BAD_REQUEST")
        return found

    def called_off(self, who: str, tasks: Iterable[str]) -> list[str]:
        """Return those of the tasks that are lost by the same person, under whatever account."""
        lost = [one for one in tasks if self.docs["tasks"][one]["status"] in LOST]
        return [one for one in lost if self.lost_by[one] in self.accounts_of(who)]

    def _sees(self, who: str, approval: Document) -> bool:
        task = self.docs["tasks"][approval["task_id"]]
        if self.roles[who] == "partner":
            return approval["source"] == "portal" and self._is_of_partner(who, task)
        return self._sees_task(who, task)

    def _sees_task(self, who: str, task: Document) -> bool:
        bundle_id = task["bundle_id"]
        inside = [one for one in self.docs["tasks"].values() if bundle_id and one["bundle_id"] == bundle_id]
        sees_all = self.leads(who) or self.roles[who] == "strategist"
        return sees_all or any(self._is_of(who, one) for one in [task, *inside])

    def _is_entitled(self, who: str, approval: Document) -> bool:
        if approval["source"] == "internal":
            return self.judges(who)
        task = self.docs["tasks"][approval["task_id"]]
        return self._is_of_partner(who, task) and not self._is_agent(who)

    def _is_own_work(self, who: str, approval: Document) -> bool:
        row = self.docs["deliverables"][approval["deliverable_id"]]
        accounts, employees = self.accounts_of(who), self.employees_of(who)
        assignee = self.docs["tasks"][approval["task_id"]]["assignee_id"]
        did = self.had_it.get(approval["task_id"], set()) | {assignee}
        return bool(accounts & self.named(self._whose_versions(row)) or employees & did)

    def accounts_of(self, who: str) -> set[str]:
        """Return everybody who is the same person: they are, or ever were, an employee that these were (S3).

        However far that leads: who shares an employee with one of them is the same person, too.
        """
        known = {who}
        while more := {one for one in self.ever if self.ever[one] & self._employees_of(known)} - known:
            known |= more
        return known

    def employees_of(self, who: str) -> set[str]:
        """Return every employee that a person is or ever was, under any of their accounts."""
        return self._employees_of(self.accounts_of(who))

    def _employees_of(self, accounts: Iterable[str]) -> set[str]:
        return set().union(*(self.ever[one] for one in accounts))

    def named(self, users: set[str]) -> set[str]:
        """Return the names of those people who have one of these accounts."""
        return {name for name in self.ever if self.user_of(name) in users}

    # -- whose work it is ------------------------------------------------------------------------

    def lineage(self, row: Document) -> list[Document]:
        """Return the versions of the same thing, oldest first."""
        key = lineage_key(row)
        same = [other for other in self.docs["deliverables"].values() if lineage_key(other) == key]
        return sorted(same, key=lambda other: other["version_number"])

    def _whose_versions(self, row: Document) -> set[str]:
        """Return the users who gave content to any version of the same thing."""
        return set().union(*(self.authors.get(one["deliverable_id"], set()) for one in self.lineage(row)))

    def whose_bytes(self, row: Document, old: Document | None) -> set[str]:
        """Return the users whose work an address of the board shows, and who brought a new file before."""
        kind, target = self._target(row)
        found = set().union(*(self._whose_versions(one) for one in self.shown_by(row)))
        if kind == "artifacts":
            found.add(self.docs["artifacts"][target]["created_by"])
        is_new = row["sha256"] is not None and row["sha256"] != (old or {}).get("sha256")
        return found | self._brought(row) if is_new else found

    def _brought(self, row: Document) -> set[str]:
        """Return who brought these bytes to the task, or any version of a file that holds them (APR-16)."""
        ties = self.docs["task_artifact_links"].values()
        files = [
            self.docs["artifacts"][tie["artifact_id"]] for tie in ties if tie["task_id"] == row["task_id"]
        ]
        same = {(one["type"], one["label"]) for one in files if one["sha256"] == row["sha256"]}
        return {one["created_by"] for one in files if (one["type"], one["label"]) in same}

    def shown_by(self, row: Document) -> list[Document]:
        """Return the versions that an address of the board shows.

        Of a file these are the ones that hand its bytes over in the tasks that it belongs to: the same bytes
        that somebody brought to another task are not this file.
        """
        kind, target = self._target(row)
        if kind == "deliverables":
            return [self.docs["deliverables"][target]]
        if kind is None:
            return []
        sha256 = self.docs["artifacts"][target]["sha256"]
        ties = self.docs["task_artifact_links"].values()
        where = {tie["task_id"] for tie in ties if tie["artifact_id"] == target}
        same = (one for one in self.docs["deliverables"].values() if one["sha256"] == sha256)
        return [one for one in same if one["task_id"] in where]

    # -- what is shown ---------------------------------------------------------------------------

    def shows_damaged(self, approval_id: str) -> bool:
        """Whether the bytes that would be judged are not there as they were kept (S9)."""
        approval = self.docs["task_approvals"].get(approval_id)
        if approval is None:
            return False
        row = self.docs["deliverables"][approval["deliverable_id"]]
        kind, target = self._target(row)
        shown = self.docs[kind][target] if kind and row["sha256"] is None else row
        return shown["sha256"] in self.damaged

    def _target(self, row: Document) -> tuple[str | None, str]:
        """Return the table and the id of the record that an address of the board leads to."""
        kind, _, rest = (row["deliverable_url"] or "").strip("/").partition("/")
        return (kind if kind in ("deliverables", "artifacts") else None), rest.partition("/")[0]

    def is_out_of_sight(self, approval: Document) -> bool:
        """Whether it shows, by an address of the board, what the partner who is asked may not see (S4)."""
        row = self.docs["deliverables"][approval["deliverable_id"]]
        kind, target = self._target(row)
        if approval["source"] == "internal" or kind is None or row["sha256"] is not None:
            return False
        shown = self.docs["deliverables"].get(target)
        if shown is None or not shown["visible_in_portal"] or shown["delivered_at"] is None:
            return True
        tasks = self.docs["tasks"]
        return tasks[shown["task_id"]]["partner_id"] != tasks[approval["task_id"]]["partner_id"]
