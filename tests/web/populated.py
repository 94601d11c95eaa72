"""A workspace with as many of each kind as one asks for, and the records that its pages are opened for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.artifacts.blobs import Blob
from engine.bundles import service as bundles
from engine.bundles.models import Bundle, BundleLink
from engine.qa import service as qa
from engine.reference import service as reference
from engine.reference.models import Employee
from engine.tasks import (
    approvals,
    clone,
    comments,
    decisions,
    deliverables,
    files,
    help,  # noqa: A004
    lifecycle,
    notes,
    proof,
    steps,
)
from engine.tasks.models import Approval, Deliverable, Proof, ProofKind, Step, Task, TaskStatus
from engine.transaction import Transaction
from tests.factories import make_bundle, make_task

INTERNAL = {"required": True, "sources": ["internal"]}
PORTAL = {"required": True, "sources": ["portal"]}


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What the pages and verbs are about."""

    #: A task of a bundle, of Ana's, in progress, with everything that a task can have.
    task: str
    bundle: str
    #: The newest version of what that task hands over.
    version: str
    #: A completed task that waits for a score.
    to_score: str
    #: A task with an approval that the team decides, and one that the partner does, with its version.
    judged: str
    shown_task: str
    shown: str
    #: Tasks of Ana's that were not begun: one that nothing holds up, one whose blocker is lost.
    pending: str
    lost: str
    #: A task whose worker asks for help, one that may be skipped, one that waits for somebody outside.
    help: str
    skippable: str
    waiting: str
    #: A task that any writer may claim, and two that run only once a manager permits it.
    claimable: str
    permitted: str
    refused: str


@dataclass
class Maker:
    """Makes ``n`` of everything; what is made together is made in one transaction."""

    workbench: Workbench
    people: dict[str, Actor]
    n: int

    def act(self, who: str, use_case: Any, *given: Any, **named: Any) -> Any:
        """Let somebody do something."""
        with self.workbench.transaction(self.people[who]) as tx:
            return use_case(tx, *given, **named)

    def set(self, task_id: str, **fields: Any) -> None:
        """Set fields directly, as a template would have."""
        with self.workbench.transaction(self.people["mara"]) as tx:
            task = tx.get(Task, task_id)
            for name, value in fields.items():
                setattr(task, name, value)
            tx.save(task)

    def make(self, title: str, who: str = "ana", **fields: Any) -> str:
        return make_task(
            self.workbench, actor=self.people["mara"], title=title, assignee=who, **fields
        ).task_id

    def hand_over(self, title: str, approval: dict[str, Any], *, ask: bool = True, who: str = "ana") -> str:
        """Let somebody start, hand over and, with ``ask``, request the approval."""
        task_id = self.make(title, who)
        self.set(task_id, approval=approval, partner_id=self.acme)
        with self.workbench.transaction(self.people[who]) as tx:
            lifecycle.start(tx, task_id)
            row = deliverables.add(tx, task_id, "draft", type="text", visible_in_portal=True)
            deliverables.edit(tx, row.deliverable_id, url="https://docs.example/draft")
            if ask:
                approvals.request(tx, task_id)
        return task_id

    @property
    def acme(self) -> str:
        found = self.people["pat"].partner_id
        assert found is not None
        return found

    def decide(self, task_id: str, outcome: str, feedback: str | None = None) -> None:
        with self.workbench.transaction(self.people["mara"]) as tx:
            waiting = next(item for item in approvals.of_task(tx, task_id) if item.is_open)
            row = tx.get(Deliverable, waiting.deliverable_id)
            decisions.decide(tx, waiting.task_approval_id, outcome, feedback, seen=row.content_hash)

    def approval(self, task_id: str) -> Approval:
        with self.workbench.reading(self.people["mara"]) as tx:
            return next(item for item in approvals.of_task(tx, task_id) if item.is_open)


def populate(workbench: Workbench, people: dict[str, Actor], n: int) -> Subjects:
    """Fill a workspace whose people ``make_people`` made, and return what its pages are about."""
    maker = Maker(workbench, people, n)
    workbench.dice = lambda _sides: 1  # every completed task is chosen for QA
    _people(maker)
    bundle = _bundles(maker)
    done = [_one_of_each_status(maker, place) for place in range(n)]
    task, version = _full_task(maker, bundle)
    for place, made in enumerate(done[:-1]):
        if place % 2 == 0:
            maker.act("mara", qa.review, made["completed"], passed=True, feedback="Well done.")
    last = done[-1]
    return Subjects(
        task=task,
        bundle=bundle,
        version=version,
        to_score=last["completed"],
        judged=last["internal"],
        shown_task=last["portal"],
        shown=maker.approval(last["portal"]).deliverable_id,
        pending=last["pending"],
        lost=last["lost"],
        help=last["help"],
        skippable=last["blocked"],
        waiting=last["waiting"],
        claimable=last["nobody"],
        permitted=last["review"],
        refused=done[0]["review"],
    )


def _people(maker: Maker) -> None:
    names = [f"w{place}" for place in range(maker.n)]
    employees = [
        {
            "key": name,
            "name": name.title(),
            "email": f"{name}@example.com",
            "roles": ["writer"],
            "training": place % 2 == 0,
        }
        for place, name in enumerate(names)
    ]
    partners = [{"key": f"p{place}", "name": f"Partner {place}"} for place in range(maker.n)]
    campaigns = [
        {"key": f"c{place}", "name": f"Campaign {place}", "partner": f"p{place}"} for place in range(maker.n)
    ]
    campaigns.append(
        {
            "key": "acme_spring",
            "partner": "acme",
            "name": "Acme spring",
            "primary_url": "https://acme.example",
            "people": {"writer": "ana"},
            "attachments": [
                {"label": f"Guide {place}", "url": f"https://acme.example/{place}", "type": "guidelines"}
                for place in range(maker.n)
            ],
        }
    )
    with maker.workbench.transaction(maker.workbench.operator()) as tx:
        reference.load(tx, {"employees": employees, "partners": partners, "campaigns": campaigns})
        for place, name in enumerate(names):
            role = ("member", "manager")[place % 2]
            accounts.add_user(tx, f"{name}@example.com", name.title(), [role])
    for name in names:
        maker.people[name] = maker.workbench.actor_by_email(f"{name}@example.com")


def _bundles(maker: Maker) -> str:
    made: list[Bundle] = []
    for place in range(maker.n):
        maker.workbench.clock.advance(minutes=1)
        fields = {"campaign": "acme_spring"} if place == 0 else {"partner": f"p{place}"}
        made.append(
            make_bundle(
                maker.workbench,
                "blog_post",
                actor=maker.people["mara"],
                title=f"Post {place}",
                parameters={"topic": "Tents"},
                **fields,
            )
        )
    return made[0].bundle_id


def _one_of_each_status(maker: Maker, place: int) -> dict[str, str]:
    """Make a task of every sort that lists, inboxes and reasons tell apart."""
    maker.workbench.clock.advance(minutes=1)
    who = f"w{place}"
    made = {
        "ready": maker.hand_over("To request", INTERNAL, ask=False, who=who),
        "internal": maker.hand_over("To decide", INTERNAL),
        "portal": maker.hand_over("For the partner", PORTAL),
        "rejected": maker.hand_over("To do again", INTERNAL),
        "pending": maker.make("To begin"),
    }
    for name in ("waiting", "blocked", "deferred", "help", "failed", "completed", "lost", "review"):
        made[name] = maker.make(f"{name.title()} work", who if name == "completed" else "ana")
    made["nobody"] = make_task(
        maker.workbench, actor=maker.people["mara"], title="Anybody's", due_date="2026-11-23"
    ).task_id
    maker.set(made["nobody"], assignee_role="writer")
    maker.decide(made["rejected"], "rejected", "The figures are missing.")
    maker.set(made["failed"], status=TaskStatus.FAILED, last_error="Timed out")
    maker.set(made["lost"], depends_on=[made["failed"]], blocked_by=made["failed"])
    maker.set(made["review"], requires_human_review=True)
    maker.set(made["blocked"], skip={"reasons": [{"text": "not needed"}], "comment_required": False})
    with maker.workbench.transaction(maker.people["mara"]) as tx:
        lifecycle.start(tx, made["waiting"])
        lifecycle.wait(tx, made["waiting"], "the editor")
        lifecycle.block(tx, made["blocked"], "No access")
        lifecycle.defer(tx, made["deferred"], tx.today)
        lifecycle.complete(tx, made["completed"])
        steps.add_step(tx, made["pending"], "Do it")
        notes.add(tx, made["pending"], "See here @ana and @mara")
    maker.act("ana", help.ask, made["help"], "Which feed?")
    return made


def _full_task(maker: Maker, bundle_id: str) -> tuple[str, str]:
    """Give Ana a task of the bundle with many of everything, and the bundle more tasks."""
    content = maker.workbench.content()
    with maker.workbench.transaction(maker.people["mara"]) as tx:
        last = max(tx.find(Task, bundle_id=bundle_id), key=lambda task: task.position)
        for place in range(maker.n):
            clone.clone(tx, content, last.task_id, {"title": f"Once more {place}"})
    with maker.workbench.transaction(maker.people["mara"]) as tx:
        [draft] = [task for task in tx.find(Task, bundle_id=bundle_id) if task.template_task_ref == "draft"]
        others = tx.find(Task, status=TaskStatus.COMPLETED, order_by=("task_id",))[: maker.n]
        task = _prepared(tx, maker, draft, [other.task_id for other in others])
        lifecycle.start(tx, task.task_id)
        bundles.fill_link(
            tx, bundle_id, tx.find(BundleLink, bundle_id=bundle_id)[0].name, "https://x.example"
        )
        for label in ("One", "Two"):
            proof.give(tx, task.task_id, label, "https://proof.example")
    task_id = task.task_id
    for place in range(maker.n):
        maker.workbench.clock.advance(minutes=1)
        author = maker.people[f"w{place}"]
        with maker.workbench.transaction(maker.people["ana"]) as tx:
            name = f"report-{place}.csv"
            files.add(tx, task_id, Blob(sha256="a" * 64, size=3), type="t", label=name, file_name=name)
            steps.complete_step(tx, task_id, f"s{place}")
        with maker.workbench.transaction(author) as tx:
            if author.sees_everything:
                notes.add(tx, task_id, f"Seen by @w{place}")
        maker.act("ana", notes.add, task_id, f"For @w{place} and @mara")
    return task_id, _versions(maker, task_id)


def _prepared(tx: Transaction, maker: Maker, task: Task, depends_on: list[str]) -> Task:
    task.depends_on, task.blocked_by = depends_on, None
    task.assignee_id = tx.find(Employee, key="ana")[0].employee_id
    task.approval, task.needs_links, task.ordered_steps = INTERNAL, [], False
    common = {"workspace_id": tx.workspace_id, "task_id": task.task_id, "created_at": tx.now}
    for place in range(maker.n):
        given = {"ref": f"s{place}", "title": f"Step {place}", "position": 100 + place}
        tx.add(Step(task_step_id=tx.new_id(Step), updated_at=tx.now, **given, **common))
    for place, label in enumerate(["One", "Two", *(f"Proof {item}" for item in range(maker.n))]):
        given = {"label": label, "kind": ProofKind.URL, "position": 100 + place}
        tx.add(Proof(task_proof_id=tx.new_id(Proof), updated_at=tx.now, **given, **common))
    return tx.save(task)


def _versions(maker: Maker, task_id: str) -> str:
    """Let managers reject version after version; return the newest, handed over and not judged."""
    maker.act("ana", deliverables.add, task_id, "picture", type="text", visible_in_portal=True)
    with maker.workbench.transaction(maker.people["ana"]) as tx:
        rows = tx.find(Deliverable, task_id=task_id)
        newest = next(row for row in rows if row.ref == "picture")
        deliverables.edit(tx, newest.deliverable_id, url="https://docs.example/1")
        for place in range(maker.n):
            _judge(tx, maker, newest, place)
            newest = deliverables.new_version(tx, newest.deliverable_id, url=f"https://docs.example/v{place}")
            comments.add(tx, newest.deliverable_id, f"Now better, @w{place}", {"page": place + 1})
    for place in range(maker.n):
        name = f"w{place}"
        if maker.people[name].sees_everything:
            maker.act(name, comments.add, newest.deliverable_id, "I see @ana")
    return newest.deliverable_id


def _judge(tx: Transaction, maker: Maker, row: Deliverable, place: int) -> None:
    """Write a decision of one of the managers as it would be stored."""
    row.frozen_at = tx.now
    tx.save(row)
    approver = maker.people[f"w{place}"]
    tx.add(
        Approval(
            task_approval_id=tx.new_id(Approval),
            workspace_id=tx.workspace_id,
            task_id=row.task_id,
            deliverable_id=row.deliverable_id,
            source="internal",
            status="rejected",
            reason="process",
            feedback="Again.",
            round_number=place + 1,
            requested_by=tx.actor.user_id,
            assignee_ids=[],
            approver_id=approver.user_id,
            requested_at=tx.now,
            decided_at=tx.now,
            created_at=tx.now,
            updated_at=tx.now,
            content_hash=row.content_hash,
        )
    )
