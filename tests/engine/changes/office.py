"""People who do random things, and what their pages would show each of them of it, asked record by record."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.access import Actor, Permission, may
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.changes.feed import Changes
from engine.deliverables import comments
from engine.deliverables.entitlement import judged_of
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.errors import NotFoundError, WorkbenchError
from engine.notifications.models import MessageSettings, Notification
from engine.proposals.models import Proposal
from engine.record import Record
from engine.reference.models import Campaign, Employee, Partner
from engine.schedules.models import Schedule
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.watching.models import Watch
from engine.worklogs.models import WorkLog
from tests.desk import BOTH, PORTAL, Desk
from tests.factories import do

#: Words in tasks and records that nobody else may read of.
SECRET = "Secret"
_TEAM = ("mara", "sam", "ana", "ben", "bot", "max")
READERS = (*_TEAM, "pat", "gil", "olga")
_OF_APPROVALS = {Action.APPROVAL_REQUESTED, Action.APPROVAL_DECIDED, Action.APPROVAL_WITHDRAWN}
_OF_REFERENCE = {
    "employees",
    "absences",
    "partners",
    "campaigns",
    "campaign_attachments",
    "task_templates",
    "task_types",
}
_OWN: dict[str, type[Record]] = {kind.spec.table: kind for kind in (Watch, Notification, MessageSettings)}
_READ: dict[str, type[Record]] = {kind.spec.table: kind for kind in (Schedule, Proposal, WorkLog)}


@dataclass
class Reader:
    """Somebody who follows the feed from its beginning."""

    actor: Actor
    cursor: str = ""
    told: list[str] = field(default_factory=list)
    #: How many events there were at each of their looks, and which of them their board showed.
    looks: list[tuple[int, set[str]]] = field(default_factory=list)


@dataclass
class Office:
    """An engine, its people, and what they do."""

    desk: Desk
    draw: random.Random
    tasks: list[str] = field(default_factory=list)
    bundles: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, workbench: Workbench, seed: int) -> Office:
        desk = Desk.set_up(workbench)
        desk.people["olga"] = workbench.operator()
        return cls(desk, random.Random(seed))  # noqa: S311 - no secret

    @property
    def workbench(self) -> Workbench:
        return self.desk.workbench

    def actor(self, name: str) -> Actor:
        """Return somebody as they are by now."""
        return self.workbench.actor_for(self.desk.people[name].user_id)

    def act(self) -> None:
        """Have somebody do something, which may be refused."""
        act = self.draw.choice(_ACTS)
        try:
            act(self)
        except WorkbenchError:
            return

    def somebody(self) -> str:
        return self.draw.choice(_TEAM)

    def do(self, name: str, command: str, /, **given: Any) -> Any:
        return do(self.workbench, self.actor(name), command, **given)

    def read(self, name: str, limit: int, cursor: str | None = None) -> Changes:
        feed, actor = self.workbench.changes, self.actor(name)
        with self.workbench.reading(actor) as tx:
            return feed.after(tx, cursor or feed.start(tx), limit)

    def read_on(self, reader: Reader, limit: int) -> Changes:
        """Let somebody read the next page."""
        feed = self.workbench.changes
        with self.workbench.reading(reader.actor) as tx:
            found = feed.after(tx, reader.cursor or feed.start(tx), limit)
        reader.cursor = found.cursor
        reader.told += [one.change_id for one in found.events]
        return found

    def whole(self, name: str) -> list[str]:
        """Return what the feed tells somebody from its beginning, read in pages of random size."""
        reader = Reader(self.actor(name))
        while not (found := self.read_on(reader, self.draw.randint(1, 40))).is_all or found.events:
            pass
        return reader.told

    def everything(self) -> list[str]:
        """Name all events, in their order."""
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            events = tx.find(Event, order_by=("seq",))
        return [self.workbench.changes._cursors.name(one.audit_event_id) for one in events]

    def shown(self, name: str) -> list[str]:
        """Name the events that somebody's board shows, or would, in their order."""
        feed, actor = self.workbench.changes, self.actor(name)
        with self.workbench.reading(self.workbench.system_actor()) as tx:
            events = tx.find(Event, order_by=("seq",))
        with self.workbench.reading(actor) as tx:
            return [feed._cursors.name(one.audit_event_id) for one in events if _is_shown(tx, one)]

    def sees(self, name: str, task_id: str) -> bool:
        with self.workbench.reading(self.actor(name)) as tx:
            return _gets(tx, Task, task_id)


def _gets(tx: Transaction, kind: type[Record], record_id: str | None) -> bool:
    if record_id is None:
        return False
    try:
        tx.get(kind, record_id)
    except NotFoundError:
        return False
    return True


def _is_shown(tx: Transaction, event: Event) -> bool:
    is_team = may(tx.actor, Permission.SEE_OWN_WORK)
    if event.task_id is not None or event.bundle_id is not None:
        if is_team:
            return _gets(tx, Task, event.task_id) or _gets(tx, Bundle, event.bundle_id)
        return event.task_id is not None and _is_shown_to_partner(tx, event)
    return _is_shown_otherwise(tx, event, is_team=is_team)


def _is_shown_to_partner(tx: Transaction, event: Event) -> bool:
    task = tx.find_by_key(Task, event.task_id or "")
    assert task is not None
    seen = judged_of(tx, task)
    rows = {row.deliverable_id: row for row in seen.rows}
    if event.entity_type == Approval.spec.table:
        is_theirs = event.entity_id in {one.task_approval_id for one in seen.approvals}
        return is_theirs and event.action in _OF_APPROVALS
    if event.entity_type == DeliverableComment.spec.table:
        readable = [one for row in rows.values() for one in comments.readable(tx, row, is_team=False)]
        return event.entity_id in {one.deliverable_comment_id for one in readable}
    if event.action not in (Action.DELIVERABLE_DELIVERED, Action.DELIVERABLE_EDITED):
        return False
    row: Deliverable | None = rows.get(event.entity_id)
    if row is None or row.delivered_at is None:
        return False
    if event.action is Action.DELIVERABLE_DELIVERED:
        return event.occurred_at >= row.delivered_at
    return event.occurred_at > row.delivered_at


def _is_shown_otherwise(tx: Transaction, event: Event, *, is_team: bool) -> bool:
    kind = event.entity_type
    if kind in _OF_REFERENCE:
        return tx.actor.sees_everything
    if kind == "workspaces":
        return may(tx.actor, Permission.ADMINISTER)
    if kind == User.spec.table:
        return event.entity_id == tx.actor.user_id or may(tx.actor, Permission.ADMINISTER)
    if kind in _OWN:
        record: Any = tx.find_by_key(_OWN[kind], event.entity_id)
        return record is not None and record.user_id == tx.actor.user_id
    assert kind in _READ, kind
    return _gets(tx, _READ[kind], event.entity_id) and (is_team or event.action is Action.WORKLOG_SENT)


# -- what people do ------------------------------------------------------------------------------


def _task(office: Office) -> str:
    return office.draw.choice(office.tasks) if office.tasks else _make(office)


def _make(office: Office) -> str:
    assignee = office.draw.choice(["", "ana", "ben", "bot"])
    given = {"assignee": assignee} if assignee else {}
    made = office.do(office.somebody(), "task create", title=f"{SECRET} task", task_type="untyped", **given)
    office.tasks.append(made.task_id)
    if not assignee:
        role = office.draw.choice(["writer", "operator", ""])
        office.desk.change(made.task_id, assignee_role=role or None)
    task_id: str = made.task_id
    return task_id


def _bundle(office: Office) -> None:
    if len(office.bundles) < 3:
        key = office.draw.choice(["podcast_episode", "newsletter"])
        made = office.do(
            office.somebody(), "bundle create", template=key, anchor_date="2026-11-27", campaign="acme_spring"
        )
        bundle_id = made.bundle.bundle_id
        office.bundles.append(bundle_id)
        with office.workbench.reading(office.actor("mara")) as tx:
            inside = tx.find(Task, bundle_id=bundle_id)
        office.tasks += [task.task_id for task in office.draw.sample(inside, min(3, len(inside)))]
        return
    command = office.draw.choice(["watch", "update", "cancel", "stage"])
    more = {"update": {"title": f"{SECRET} title"}, "stage": {"stage": "production"}}.get(command, {})
    office.do(office.somebody(), f"bundle {command}", bundle_id=office.draw.choice(office.bundles), **more)


def _work(office: Office) -> None:
    command, more = office.draw.choice(
        [
            ("start", {}),
            ("complete", {}),
            ("claim", {}),
            ("note", {"body": f"{SECRET} note @ben"}),
            ("help", {"question": f"{SECRET}?"}),
            ("watch", {}),
            ("cancel", {}),
            ("add-step", {"title": f"{SECRET} step"}),
            ("assign", {"assignee": "ben"}),
            ("assign", {"assignee": "ana"}),
            ("assign", {"assignee": ""}),
            ("update", {"title": f"{SECRET} other title"}),
            ("qa flag", {"reason": "random"}),
        ]
    )
    name = command if " " in command else f"task {command}"
    office.do(office.somebody(), name, task_id=_task(office), **more)


def _hand_over(office: Office) -> None:
    policy, partner = office.draw.choice([PORTAL, BOTH]), office.draw.choice(["acme", "globex"])
    office.tasks.append(office.desk.hand_over(f"{SECRET} article", policy=policy, partner=partner))


def _decide(office: Office) -> None:
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        waiting = [one for one in tx.find(Approval) if one.is_open]
    if not waiting:
        _hand_over(office)
        return
    approval = office.draw.choice(waiting)
    outcome = office.draw.choice(["approved", "approved", "rejected"])
    who = office.draw.choice(["mara", "max", "pat", "gil"])
    seen = office.desk.seen(approval)
    given = {"outcome": outcome, "feedback": f"{SECRET} feedback", "seen": seen}
    office.do(who, "task decide", task_approval_id=approval.task_approval_id, **given)


def _on_versions(office: Office) -> None:
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        rows = tx.find(Deliverable)
    if not rows:
        _hand_over(office)
        return
    row = office.draw.choice(rows)
    what = office.draw.choice(["comment", "again", "withdraw"])
    if what == "comment":
        is_visible = office.draw.random() < 0.5
        who = office.draw.choice(["pat", "gil", "ana", "mara"])
        given = {"body": f"{SECRET} remark", "visible_in_portal": is_visible}
        office.do(who, "deliverable comment", deliverable_id=row.deliverable_id, **given)
    elif what == "again":
        url = f"https://docs.example/{office.draw.randint(1, 99)}"
        office.do("ana", "task resubmit", deliverable_id=row.deliverable_id, url=url)
    else:
        office.do("ana", "task withdraw", task_id=row.task_id, reason="Wait")


def _beside(office: Office) -> None:
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        [partner, *_] = tx.find(Partner)
        [campaign, *_] = tx.find(Campaign)
        employee = tx.find_one(Employee, key="ben")
    assert employee is not None
    someone = office.actor(office.somebody())
    wishes: list[Callable[[], Any]] = [
        lambda: office.do(
            "mara", "partner update", partner_id=partner.partner_id, name=f"P{office.draw.random()}"
        ),
        lambda: office.do(
            "mara",
            "campaign attach",
            campaign_id=campaign.campaign_id,
            label=SECRET,
            url="https://x.example/a",
        ),
        lambda: office.do("olga", "user link", user_id=someone.user_id),
        lambda: office.do("olga", "message pause"),
        lambda: office.do(office.somebody(), "schedule start", template="newsletter"),
        lambda: office.do(office.somebody(), "feed make"),
        lambda: office.do("pat", "message settings", is_daily=office.draw.random() < 0.5),
        lambda: office.do("mara", "worklog make", campaign="acme_spring", week="2026-11-09"),
        lambda: _send_worklog(office),
        lambda: office.do(
            "mara",
            "employee away",
            employee_id=employee.employee_id,
            first_day="2026-12-01",
            last_day="2026-12-02",
        ),
        lambda: office.do("sam", "proposal begin", template="newsletter"),
    ]
    office.draw.choice(wishes)()


def _send_worklog(office: Office) -> None:
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        for worklog in tx.find(WorkLog, limit=1):
            sent = worklog.worklog_id
            break
        else:
            return
    office.do("mara", "worklog send", worklog_id=sent)


_ACTS: tuple[Callable[[Office], Any], ...] = (
    _make,
    _bundle,
    _work,
    _work,
    _work,
    _hand_over,
    _decide,
    _decide,
    _on_versions,
    _beside,
)


def pages(office: Office, name: str) -> Iterator[Changes]:
    """Yield the pages of somebody's feed from its beginning."""
    reader = Reader(office.actor(name))
    while (found := office.read_on(reader, 100)).events:
        yield found
