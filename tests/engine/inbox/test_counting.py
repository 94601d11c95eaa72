"""What the badge counts, what the page shows and what the rules say of each record is one and the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.access import ApprovalSource, Outcome, Permission, may
from engine.accounts import actors, judging
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Event
from engine.clock import to_text
from engine.deliverables import approvals, comments, versions
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.errors import WorkbenchError
from engine.inbox import details, service
from engine.inbox.queries.watched import TOLD
from engine.inbox.read_models import Inbox
from engine.qa import service as qa
from engine.qa.models import QaReview
from engine.tasks import assignment, human_review, lifecycle, notes, update, visibility
from engine.tasks import help as help_requests
from engine.tasks.models import Note, Task
from engine.transaction import Transaction
from engine.watching import service as watching
from engine.watching.models import Watch, WatchMode
from tests.desk import BOTH, INTERNAL, PORTAL, Desk

PEOPLE = ("mara", "max", "sam", "ana", "ben", "pat", "gil", "mara2")
_STEPS = 120


class Life:
    """A workspace in which anything may happen next."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.tasks = desk, [desk.make("Begin")]
        self.chance = random.Random(seed)  # noqa: S311 - a life that can be told again
        with desk.workbench.transaction(desk.workbench.operator()) as tx:
            accounts.add_user(tx, "mara2@example.com", "Mara too", ["manager"], employee="mara")
        desk.people["mara2"] = desk.workbench.actor_by_email("mara2@example.com")

    def go_on(self) -> None:
        """Let something happen; what is refused here would be refused to anybody."""
        things: list[Callable[[], object]] = [
            self._new, self._hand_over, self._hand_over, self._decide, self._decide, self._again, self._ask,
            self._answer, self._remark, self._remark, self._comment, self._reassign, self._reassign,
            self._complete, self._score, self._permit, self._refuse, self._give_up, self._give_up,
            self._escalate, self._look, self._lend_a_hand, self._be_alone, self._wait_for, self._due,
            self._start, self._watch, self._watch, self._see,
        ]  # fmt: skip
        with suppress(WorkbenchError):
            self.chance.choice(things)()
        self.desk.workbench.clock.advance(minutes=self.chance.choice([1, 1, 1, 60, 60 * 24 * 3]))

    def _new(self) -> None:
        who = self.chance.choice(["ana", "ben", "mara", None])
        self.tasks.append(self.desk.make("Task", who, role=self.chance.choice(["", "writer"])))
        if self.chance.random() < 0.3:
            self.desk.change(self.tasks[-1], requires_human_review=True)

    def _hand_over(self) -> None:
        policy, partner = self.chance.choice([INTERNAL, PORTAL, BOTH]), self.chance.choice(["acme", "globex"])
        self.tasks.append(self.desk.hand_over("Article", policy=policy, partner=partner))

    def _decide(self) -> None:
        for task_id in self._shuffled():
            outcome = self.chance.choice(["approved", "rejected", "approved_pending_changes"])
            try:
                self.desk.decide(task_id, outcome, "Because.", by=self._anybody())
            except (StopIteration, WorkbenchError):
                continue
            return

    def _again(self) -> None:
        for task_id in self._shuffled():
            with self.desk.workbench.transaction(self.desk.people[self._anybody()]) as tx:
                rows = sorted(tx.find(Deliverable, task_id=task_id), key=lambda row: row.version_number)
                if rows and rows[-1].is_frozen:
                    versions.new_version(tx, rows[-1].deliverable_id, url="https://docs.example/again")
                    approvals.request(tx, task_id)
                    return

    def _lend_a_hand(self) -> None:
        """Give content to a version that waits."""
        for task_id in self._shuffled():
            with self.desk.workbench.transaction(self.desk.people["mara2"]) as tx:
                rows = [row for row in tx.find(Deliverable, task_id=task_id) if not row.is_frozen]
                if rows:
                    versions.edit(tx, rows[0].deliverable_id, url=f"https://docs.example/{len(self.tasks)}")
                    return

    def _ask(self) -> None:
        for task_id in self._shuffled():
            with suppress(WorkbenchError):
                self._do("ana", help_requests.ask, task_id, "How?")
                return

    def _answer(self) -> None:
        with self.desk.workbench.reading(self.desk.people["mara"]) as tx:
            asked = help_requests.unanswered(tx)
        if asked:
            self._do("max", help_requests.answer, asked[0][0].task_id, "So.")

    def _remark(self) -> None:
        called = self.chance.choice(["@ana", "@ben", "@mara", "@ana and @mara", "@max", "`@max`"])
        self._do(self._anybody(), notes.add, self._task(), f"See this, {called}")

    def _comment(self) -> None:
        with self.desk.workbench.reading(self.desk.people["mara"]) as tx:
            rows = tx.find(Deliverable)
        if rows:
            row = self.chance.choice(rows)
            self._do(self._anybody(), comments.add, row.deliverable_id, "The logo, @ana")

    def _reassign(self) -> None:
        who = self.chance.choice(["ana", "ben", "mara"])
        for task_id in self._shuffled():
            if self.desk.task(task_id).status == "pending_approval" or self.chance.random() < 0.2:
                self._do(self.chance.choice(["mara", "max"]), assignment.assign, task_id, who)
                return

    def change_hands(self) -> None:
        """Give a task to somebody else, or to nobody."""
        manager, task_id = self.desk.people[self.chance.choice(["mara", "max"])], self._task()
        with suppress(WorkbenchError), self.desk.workbench.transaction(manager) as tx:
            assignment.assign(tx, task_id, self.chance.choice(["ana", "ben", "mara", ""]))

    def _complete(self) -> None:
        self._do("mara", lifecycle.complete, self._task())

    def _score(self) -> None:
        for task_id in self._shuffled():
            if self.desk.task(task_id).status == "completed":
                self._do("max", qa.flag, task_id, "manual")
                self._do("max", qa.review, task_id, score=4)
                return

    def _permit(self) -> None:
        self._do("max", human_review.approve, self._task())

    def _refuse(self) -> None:
        waiting = [task_id for task_id in self.tasks if self.desk.task(task_id).awaits_review]
        if waiting:
            self._do("max", human_review.reject, self.chance.choice(waiting), "It writes to everybody.")

    def _give_up(self) -> None:
        """Leave a task to whoever has its role, so that they may claim it; or let one of them claim one."""
        role, task_id = self.chance.choice(["writer", "operator"]), self._task()
        if self.desk.task(task_id).assignee_role is None:
            self.desk.change(task_id, assignee_role=role)
        with suppress(WorkbenchError):
            if self.chance.random() < 0.5:
                self._do(self.chance.choice(["mara", "max"]), assignment.assign, task_id, None)
            else:
                self._do(self.chance.choice(["ana", "ben"]), assignment.claim, task_id)

    def _escalate(self) -> None:
        self._do("mara", approvals.escalate)

    def _look(self) -> None:
        service.mark_seen(self.desk.workbench.ledger(self.desk.people[self.chance.choice(["ana", "mara"])]))

    def _wait_for(self) -> None:
        """Let a task come after another, or after nothing any more."""
        after = self.chance.choice([[], [self._task()]])
        content = self.desk.workbench.content()
        self._do("mara", update.update, content, self._task(), {"depends_on": after})

    def _due(self) -> None:
        day = self.desk.workbench.clock.now() + timedelta(days=self.chance.choice([-3, -1, 0, 0, 1, 3]))
        content = self.desk.workbench.content()
        self._do("mara", update.update, content, self._task(), {"due_date": day.date().isoformat()})

    def _start(self) -> None:
        self._do("mara", lifecycle.start, self._task())

    def _watch(self) -> None:
        mode = self.chance.choice([WatchMode.WATCHING, WatchMode.WATCHING, WatchMode.MUTED, WatchMode.NORMAL])
        who = self.chance.choice(["ana", "ben", "mara", "max"])
        with self.desk.workbench.transaction(self.desk.people[who]) as tx:
            watching.set_mode(tx, tx.get(Task, self._task()), mode)

    def _see(self) -> None:
        """Say of one item of the news that it was seen."""
        actor = self.desk.people[self.chance.choice(["ana", "ben", "mara"])]
        with self.desk.workbench.reading(actor) as tx:
            found = [item for item in service.load(tx, shown=200).items if not item.kind.is_to_decide]
        if found:
            service.mark_seen(self.desk.workbench.ledger(actor), items=[self.chance.choice(found).name])

    def _be_alone(self) -> None:
        """Let a team of one judge its own work, or no longer."""
        settings = self.desk.workbench.settings
        self.desk.workbench.settings = replace(settings, own_approval=not settings.own_approval)

    def _do(self, who: str, verb: Callable[..., object], *words: object, **named: object) -> None:
        with self.desk.workbench.transaction(self.desk.people[who]) as tx:
            verb(tx, *words, **named)

    def _task(self) -> str:
        return self.chance.choice(self.tasks)

    def _shuffled(self) -> list[str]:
        return self.chance.sample(self.tasks, len(self.tasks))

    def _anybody(self) -> str:
        return self.chance.choice(PEOPLE)


def naive(tx: Transaction) -> set[str]:
    """List the keys of what an inbox should hold, each record asked about by the rules of its area."""
    found = {item.task_approval_id for item in approvals.waiting(tx)}
    if may(tx.actor, Permission.DECIDE):
        found |= {task.task_id for task, _ in help_requests.unanswered(tx)}
        found |= {task.task_id for task in tx.find(Task) if task.awaits_review and _may_permit(tx, task)}
    if may(tx.actor, Permission.SEE_OWN_WORK):
        found |= set(_news(tx))
    return found


def _may_permit(tx: Transaction, task: Task) -> bool:
    between = judging.relation(tx, human_review._whose(task), task.partner_id)
    return judging.why_not(tx, ApprovalSource.INTERNAL, Outcome.APPROVED, between) is None


def _news(tx: Transaction) -> Iterator[str]:
    marked = service.positions(tx).get(f"inbox_seen/{tx.actor.user_id}", 0)
    since = tx.now - timedelta(days=30)
    me, own = tx.actor.employee_id, {tx.actor.user_id}
    users = [user.user_id for user in tx.find(User)]
    own |= {user_id for user_id, of in actors.employees_of(tx, users).items() if me is not None and of == me}

    def is_new(moment) -> bool:
        return moment is not None and moment > since and moment.timestamp() * 1000 > marked

    def is_unseen(key: str, moment: datetime) -> bool:
        name = f"{tx.workspace_id}/inbox_item/{tx.actor.user_id}/{key}@{to_text(moment)}"
        return is_new(moment) and not tx.database.positions.read([name])

    for approval in tx.find(Approval):
        if approval.approver_id not in own and approval.decided_at is not None:
            row, task = judged(tx, approval)
            involved = {approval.requested_by, *row.authors} & own
            is_theirs = involved or (me is not None and task.assignee_id == me)
            is_over = approval.status != "approved" and _is_over(tx, approval, task)
            if is_theirs and not is_over and is_unseen(approval.record_id, approval.decided_at):
                yield approval.task_approval_id
    scores = tx.find(QaReview, employee_id=me) if me is not None else []
    yield from (item.record_id for item in scores if is_unseen(item.record_id, item.reviewed_at))
    for task in tx.find(Task, status="cancelled"):
        is_refused = task.human_reviewed_at == task.closed_at and task.human_reviewed_by not in own
        if task.owner_id in own and is_refused and is_unseen(task.task_id, task.closed_at):
            yield task.task_id
    free = [task for task in tx.find(Task, assignee_id=None) if visibility.is_claimable(tx, task)]
    for task in [*tx.find(Task, assignee_id=me), *free] if me is not None else []:
        moments = [moment for moment in _causes(tx, task, own) if moment is not None]
        if moments and is_unseen(task.task_id, max(moments)):
            yield task.task_id
    yield from (key for key, moment in _changed(tx, own) if is_unseen(key, moment))
    for remark in (*tx.find(Note), *tx.find(DeliverableComment)):
        is_call = me in remark.mentions or tx.actor.user_id in remark.user_mentions
        if (
            is_call
            and remark.created_by not in own
            and is_unseen(remark.record_id, remark.created_at)
            and visibility.sees(tx, _task(tx, remark.task_id))
        ):
            yield remark.record_id


def _changed(tx: Transaction, own: set[str]) -> Iterator[tuple[str, datetime]]:
    """Yield what the reader watches and others have changed, with the newest change of it."""
    for watch in tx.find(Watch, user_id=tx.actor.user_id, mode="watching"):
        if not visibility.sees(tx, _task(tx, watch.watched_task_id)):
            continue
        events = tx.find(Event, task_id=watch.watched_task_id, order_by=("seq",))
        told = [event for event in events if event.action in TOLD and event.actor_id not in own]
        if told and told[-1].occurred_at > watch.since:
            yield watch.watch_id, told[-1].occurred_at


def _is_over(tx: Transaction, decided: Approval, task: Task) -> bool:
    """Whether what a decision asked for was done, or is wanted no more."""
    later = [one for one in tx.find(Approval, task_id=task.task_id) if one.requested_at > decided.decided_at]
    return bool(later) or task.is_terminal or task.status == "pending_approval"


def _causes(tx: Transaction, task: Task, own: set[str]) -> Iterator[datetime | None]:
    """Yield since when somebody's task tells them that it is theirs, free to begin, late or due today."""
    if task.is_terminal:
        return
    muted = {watch.watched_task_id for watch in tx.find(Watch, user_id=tx.actor.user_id, mode="muted")}
    is_muted = task.task_id in muted
    if task.assignee_id is None:
        if task.unassigned_at is not None and not task.is_blocked and task.status in ("pending", "queued"):
            kept = [(task.unassigned_at, task.unassigned_by), (task.freed_at, task.freed_by)]
            since, by = max((one for one in kept if one[0] is not None), key=lambda one: one[0])
            if by not in own and not is_muted and not task.awaits_review:
                yield since
        return
    told = [(task.assigned_at, task.assigned_by)]
    if task.is_blocked and task.assigned_at == task.created_at:
        told = []
    if task.freed_at is not None and not task.is_blocked:
        told.append((task.freed_at, task.freed_by))
    last = max((one for one in told if one[0] is not None), default=None, key=lambda one: one[0])
    is_wanted = not is_muted or (last is not None and last[0] == task.assigned_at)
    if task.status in ("pending", "queued") and last is not None and last[1] not in own and is_wanted:
        yield last[0]
    is_theirs = task.status not in ("pending_approval", "help_needed", "failed") and not task.is_blocked
    if is_theirs and not is_muted and task.deadline is not None:
        today = tx.wall_clock.astimezone(ZoneInfo(tx.timezone)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        if task.deadline < tx.wall_clock:
            yield task.deadline
        elif task.deadline.astimezone(today.tzinfo).date() == today.date():
            yield today


@pytest.mark.wide  # what happens by chance, and is counted after each
@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 7))]
)
def test_the_count_the_page_and_the_rules_agree_whatever_has_happened(either_workbench: Workbench, seed: int):
    desk = Desk.set_up(either_workbench)
    life, kinds = Life(desk, seed), set()
    for step in range(_STEPS):
        life.go_on()
        if step % 6 and step != _STEPS - 1:
            continue
        for name in PEOPLE:
            with desk.workbench.reading(desk.people[name]) as tx:
                found: Inbox = service.load(tx, shown=200)
                assert {item.key for item in found.items} == naive(tx), (seed, step, name)
                theirs = [item for item in found.items if not item.kind.is_offer]
                assert found.total == len(theirs) == service.count(tx, service.positions(tx))
                kinds |= {item.kind for item in found.items}
                for item in found.items:
                    assert details.load(tx, item).item is item
    assert len(kinds) >= 8, "enough has happened to tell"


def _task(tx: Transaction, task_id: str) -> Task:
    task = tx.find_by_key(Task, task_id)
    assert task is not None
    return task
