"""Looks, while a quarter goes by, at whatever is written: is it what ``intended`` says it ought to be?

It reads the events after each commit, keeps what every task was by then, and judges a reminder by the moment
at which it was written: whom it is for, when, and what became of it. What was intended and is not in the
ledger although a look saw it in time is a fault at once; what no look saw has to be explained at the end.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval
from engine.reminders.models import Reminder
from engine.tasks.models import Proof, Task
from engine.transaction import Transaction
from tests.engine.reminders.quarter import intended
from tests.engine.reminders.quarter.intended import Asked, Hours, Moment, Seen

_LATE = timedelta(minutes=15)
_OF_WORK = ("due", "overdue", "missing-evidence")
#: Who sees every task.
_LEADS = {"admin", "manager", "strategist"}


@dataclass
class Look:
    """One look of a worker: when, and between which events."""

    wall: datetime
    begun: int
    #: None while it goes on, and where it was cut off.
    ended: int | None = None


@dataclass
class Person:
    """Somebody, as the sixth sense of the office knows them."""

    user_id: str
    employee_id: str | None
    roles: frozenset[str]
    is_active: bool = True
    #: First day, last day, and the employee who stands in.
    away: list[tuple[date, date, str | None]] = field(default_factory=list)
    muted: set[str] = field(default_factory=set)


class Watcher:
    """Follows one store."""

    def __init__(
        self,
        workbench: Workbench,
        people: Mapping[str, Person],
        rules_of: Callable[[str | None], tuple[Mapping[str, Any], Hours]],
    ) -> None:
        self.workbench, self.people, self._rules_of = workbench, people, rules_of
        self.seq = 0
        self.stories: dict[str, list[Seen]] = {}
        self.looks: list[Look] = []
        self.rows: dict[str, Reminder] = {}
        self.keys: set[str] = set()
        self.names: set[str] = set()
        self.tellings: Counter[str] = Counter()
        self.returns: Counter[str] = Counter()
        #: Moves of bundles: the event's number, its id, when, whose bundle, and who did it.
        self.stages: list[tuple[int, str, datetime, str | None, str | None]] = []
        self.faults: list[str] = []
        self.intended: set[str] = set()
        self.unseen: list[tuple[str, Moment]] = []
        self.on_since: datetime | None = None

    def position(self) -> int:
        return self.workbench.database.head(self.workbench.workspace.workspace_id).position

    def open_tasks(self) -> list[str]:
        return [task_id for task_id, story in self.stories.items() if story[-1].closed_at is None]

    def begin_look(self) -> Look:
        """Take in that a worker begins to look now."""
        look = Look(self.workbench.clock.now(), self.position())
        self.looks.append(look)
        return look

    def note(self, *, look: Look | None = None) -> None:
        """Take in what was committed since last time, by a look or by a person."""
        fresh = self.position() - self.seq
        if not fresh:
            return
        texts = self.workbench.database.table("audit_events").select_rows({}, ("-seq",), fresh)
        events = [json.loads(text) for text in reversed(texts)]
        self.seq = events[-1]["seq"]
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            self._note_stages(tx, events)
            self._note_tasks(tx, events)
            self._note_reminders(tx, events, look)

    def settle_all(self) -> None:
        """Look at what was intended of every task up to now."""
        for story in self.stories.values():
            self._settle(story)

    # -- facts -----------------------------------------------------------------------------------

    def _note_stages(self, tx: Transaction, events: Sequence[dict[str, Any]]) -> None:
        for event in events:
            if event["action"] == "bundle_stage_changed":
                bundle = tx.get(Bundle, event["entity_id"])
                at = datetime.fromisoformat(event["occurred_at"])
                found = (event["seq"], event["audit_event_id"], at, bundle.owner_id, event["actor_id"])
                self.stages.append(found)

    def _note_tasks(self, tx: Transaction, events: Sequence[dict[str, Any]]) -> None:
        at = {one["task_id"]: one for one in events if one["task_id"] and one["entity_type"] != "reminders"}
        if not at:
            return
        proofs, asked = defaultdict[str, list[Proof]](list), defaultdict[str, list[Approval]](list)
        for proof in tx.find(Proof, task_id=sorted(at)):
            proofs[proof.task_id].append(proof)
        for approval in tx.find(Approval, task_id=sorted(at), order_by=("task_approval_id",)):
            asked[approval.task_id].append(approval)
        for task in tx.find(Task, task_id=sorted(at)):
            event = at[task.task_id]
            seen = self._seen(task, event, proofs[task.task_id], asked[task.task_id])
            story = self.stories.setdefault(task.task_id, [])
            if story:
                self._settle(story)
            story.append(seen)

    def _seen(
        self, task: Task, event: Mapping[str, Any], proofs: Sequence[Proof], asked: Sequence[Approval]
    ) -> Seen:
        wanted = [one for one in proofs if one.required]
        return Seen(
            at=datetime.fromisoformat(event["occurred_at"]),
            wall=self.workbench.clock.now(),
            seq=event["seq"],
            task_id=task.task_id,
            bundle_id=task.bundle_id,
            template=task.template_id,
            status=task.status.value,
            created_at=task.created_at,
            closed_at=task.closed_at,
            due_date=task.due_date,
            deadline=task.deadline,
            follow_up_at=task.follow_up_at,
            assignee_id=task.assignee_id,
            owner_id=task.owner_id,
            is_held_up=task.blocked_by is not None,
            asks_for_proof=bool(wanted),
            lacks_proof=any(one.given_at is None for one in wanted),
            asked=tuple(
                Asked(
                    approval_id=one.task_approval_id,
                    source=one.source.value,
                    asked_at=one.requested_at,
                    asked_by=one.requested_by,
                    closed_at=one.decided_at or one.withdrawn_at,
                )
                for one in asked
            ),
        )

    # -- what was intended -----------------------------------------------------------------------

    def moments(self, story: Sequence[Seen]) -> list[Moment]:
        """Return all that follows from what a task is now."""
        now = story[-1]
        rules, hours = self._rules_of(now.template)
        found = intended.of_task(story, rules, hours)
        for asked in now.asked:
            found += intended.of_asked(asked, rules, hours)
        return found

    def _settle(self, story: Sequence[Seen]) -> None:
        """See that what a task was had its reminders; what comes just now is for what it becomes."""
        now, wall = story[-1], self.workbench.clock.now()
        if now.closed_at is not None or self.on_since is None:
            return
        since = max(now.wall, self.on_since)
        looks = [look for look in self.looks_from(now.seq) if look.ended]
        for one in self.moments(story):
            if not since <= one.send_at < wall:
                continue
            self.intended.add(one.name)
            if one.name in self.names:
                continue
            if any(look.wall >= one.send_at for look in looks):
                self.faults.append(f"seen by a look, and not written: {one}")
            self.unseen.append((now.task_id, one))

    def looks_from(self, seq: int) -> list[Look]:
        """Return the looks that began once an event had happened."""
        return self.looks[bisect_left(self.looks, seq, key=lambda look: look.begun) :]

    # -- what was written ------------------------------------------------------------------------

    def _note_reminders(self, tx: Transaction, events: Sequence[dict[str, Any]], look: Look | None) -> None:
        of_reminders = [one for one in events if one["entity_type"] == "reminders"]
        if not of_reminders:
            return
        ids = sorted({one["entity_id"] for one in of_reminders})
        found = {one.reminder_id: one for one in tx.find(Reminder, reminder_id=ids)}
        new = [found[one] for one in ids if one not in self.rows]
        for event in of_reminders:
            reminder_id, action = event["entity_id"], event["action"]
            was = self.rows.get(reminder_id)
            if was is not None and action != "reminder_answered":
                self.returns[reminder_id] += 1
                if was.state not in ("planned", "snoozed"):
                    self.faults.append(f"told again: {was.key}, {was.state}")
            self.tellings[reminder_id] += action == "reminder_sent"
        if new:
            if look is None:
                self.faults.append(f"written without a look: {new[0].key}")
            else:
                self._judge(new, look.wall)
        self.rows.update(found)
        for one in new:
            if one.key in self.keys:
                self.faults.append(f"written twice: {one.key}")
            self.keys.add(one.key)
            self.names.add(one.key.rpartition("/")[0] + "/")

    def _judge(self, rows: Sequence[Reminder], wall: datetime) -> None:
        by_name = defaultdict[str, list[Reminder]](list)
        for row in rows:
            by_name[row.key.rpartition("/")[0] + "/"].append(row)
        told = list[tuple[Reminder, Moment]]()
        for name, some in by_name.items():
            one, seen = self._named(name, some[0])
            if one is None:
                self.faults.append(f"never intended: {some[0].key} at {some[0].send_at}, looked at {wall}")
                continue
            for row in some:
                is_early = row.send_at > wall and one.type != "stage-change"
                if is_early or (row.due_at, row.send_at) != (one.due_at, one.send_at):
                    self.faults.append(f"at another time: {row.send_at}, looked at {wall}: {one}")
            whom = self._whom(one, seen, wall, rows=some)
            if {row.user_id for row in some} != whom:
                self.faults.append(f"to others than {whom}: {[row.key for row in some]}")
            for row in some:
                why = self._why_not(one, seen, row)
                if why:
                    self._expect(row, "suppressed", why)
                elif one.type == "stage-change":
                    self._expect(row, "planned" if one.send_at > wall else _sent(one, wall), "a stage")
                else:
                    told.append((row, one))
        self._judge_again([(row, one) for row, one in told if one.type == "recurring"], wall)
        self._judge_once([(row, one) for row, one in told if one.type != "recurring"], wall)

    def _named(self, name: str, row: Reminder) -> tuple[Moment | None, Seen | None]:
        if row.type == "stage-change":
            for _, event_id, at, _, _ in self.stages:
                if name.startswith(event_id):
                    hours = self._hours_of_bundle(row.bundle_id)
                    return _stage(event_id, at, hours), None
            return None, None
        story = self.stories[str(row.task_id)]
        return next((one for one in self.moments(story) if one.name == name), None), story[-1]

    def _hours_of_bundle(self, bundle_id: str | None) -> Hours:
        some = next(story[-1] for story in self.stories.values() if story[-1].bundle_id == bundle_id)
        return self._rules_of(some.template)[1]

    def _why_not(self, one: Moment, seen: Seen | None, row: Reminder) -> str | None:
        if row.user_id is None:
            return "there is nobody"
        if seen is None:
            return None
        if seen.closed_at is not None:
            return "it is closed"
        of_work = one.type in _OF_WORK and one.subject == seen.task_id and not one.step.startswith("help: ")
        if of_work and seen.status in ("pending_approval", "help_needed"):
            return "others move next"
        if of_work and seen.is_held_up:
            return "it is held up"
        if one.type == "missing-evidence" and not seen.lacks_proof:
            return "its proof is there"
        is_muted = any(p.user_id == row.user_id and seen.task_id in p.muted for p in self.people.values())
        return "it is muted" if is_muted and one.to != "flag" else None

    def _judge_again(self, told: Sequence[tuple[Reminder, Moment]], wall: datetime) -> None:
        """Of what a schedule names: ``overlap`` and ``missed``."""
        standing = {
            (row.task_id, row.step, row.user_id)
            for row in self.rows.values()
            if row.type == "recurring" and row.state in ("sent", "late")
        }
        left = defaultdict[tuple[Any, ...], list[tuple[Reminder, Moment]]](list)
        for row, one in told:
            place = (row.task_id, row.step, row.user_id)
            if one.overlap == "skip" and place in standing:
                self._expect(row, "coalesced", "the one before stands")
            else:
                left[place].append((row, one))
        for some in left.values():
            some.sort(key=lambda pair: pair[1].due_at)
            for row, one in some:
                if one.missed == "last" and row is not some[-1][0]:
                    self._expect(row, "coalesced", "a later one is sent")
                elif one.missed == "none" and _sent(one, wall) == "late":
                    self._expect(row, "suppressed", "it was missed")
                else:
                    self._expect(row, _sent(one, wall), "again")

    def _judge_once(self, told: Sequence[tuple[Reminder, Moment]], wall: datetime) -> None:
        """Of what goes to one person about one task at the same time, one is sent."""
        together = defaultdict[tuple[Any, ...], list[tuple[Reminder, Moment]]](list)
        for row, one in told:
            together[row.user_id, row.task_id].append((row, one))
        for some in together.values():
            said = [(row, one) for row, one in some if row.state in ("sent", "late")]
            if len(said) != 1:
                self.faults.append(f"{len(said)} of {[row.key for row, _ in some]} are sent")
                continue
            [(first, moment)] = said
            self._expect(first, _sent(moment, wall), "once")
            if any(one.to == "flag" for _, one in some) and moment.to != "flag":
                self.faults.append(f"the flag is told by another: {first.key}")
            for row, _ in some:
                if row is not first and (row.state, row.told_by) != ("coalesced", first.reminder_id):
                    self.faults.append(f"neither sent nor told by {first.key}: {row.key}")

    def _expect(self, row: Reminder, state: str, why: str) -> None:
        if row.state != state:
            self.faults.append(f"{row.key} is {row.state}, not {state}: {why}; it says {row.reason}")
        if not row.reason:
            self.faults.append(f"{row.key} has no reason")

    # -- whom ------------------------------------------------------------------------------------

    def _whom(
        self, one: Moment, seen: Seen | None, wall: datetime, *, rows: Sequence[Reminder]
    ) -> set[str | None]:
        if seen is None:
            _, _, _, owner, mover = next(item for item in self.stages if item[1] == one.subject)
            return {owner} - {mover}
        found: Iterable[str]
        if one.to in ("managers", "flag"):
            found = self._managers()
        elif one.to == "approvers":
            asked = next(item for item in seen.asked if item.approval_id == one.subject)
            own = {*self._users(seen.assignee_id), asked.asked_by}
            others = [user for user in self._managers() if user not in own]
            found = (others or self._managers()) if asked.source == "internal" else self._owner(seen)
        elif one.to == "assignee":
            found = self._worker(seen, max(one.send_at, wall), rows) or self._owner(seen)
        else:
            found = self._owner(seen)
        return set(found) or {None}

    def _worker(self, seen: Seen, at: datetime, rows: Sequence[Reminder]) -> list[str]:
        day = intended.local_day(at, self.workbench.workspace.timezone)
        whom, been = seen.assignee_id, set[str]()
        while whom is not None and (away := self._away(whom, day)) is not None:
            been.add(whom)
            whom = None if away[2] in been else away[2]
        if been:
            if not all("stands in" in row.text for row in rows):
                self.faults.append(f"does not say who is away: {rows[0].text}")
            if whom is None or not self._is_shown(whom, seen.bundle_id):
                return []
        return self._users(whom)

    def _away(self, employee_id: str, day: date) -> tuple[date, date, str | None] | None:
        every = (one for p in self.people.values() if p.employee_id == employee_id for one in p.away)
        return next((one for one in every if one[0] <= day <= one[1]), None)

    def _is_shown(self, employee_id: str, bundle_id: str | None) -> bool:
        """Whether somebody who stands in sees a task: as a lead, or by open work of theirs beside it."""
        leads = any(p.employee_id == employee_id and p.roles & _LEADS for p in self.people.values())
        return leads or any(
            story[-1].bundle_id == bundle_id is not None
            and story[-1].assignee_id == employee_id
            and story[-1].closed_at is None
            for story in self.stories.values()
        )

    def _users(self, employee_id: str | None) -> list[str]:
        every = self.people.values()
        return [
            one.user_id
            for one in every
            if one.is_active and employee_id is not None and one.employee_id == employee_id
            if one.roles != {"agent"}
        ]

    def _owner(self, seen: Seen) -> list[str]:
        return [p.user_id for p in self.people.values() if p.user_id == seen.owner_id and p.is_active]

    def _managers(self) -> list[str]:
        return [p.user_id for p in self.people.values() if p.is_active and "manager" in p.roles]


def _sent(one: Moment, wall: datetime) -> str:
    return "late" if wall - one.send_at > _LATE else "sent"


def _stage(event_id: str, at: datetime, hours: Hours) -> Moment:
    return Moment(
        subject=event_id,
        type="stage-change",
        step="at once",
        base=at,
        due_at=at,
        send_at=hours.told(at),
        to="owner",
    )
