"""A small world in which a task's life is lived at random: its people, its tasks, and what they may try."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.artifacts.blobs import Blob
from engine.artifacts.models import Artifact
from engine.bundles.models import Bundle, PinnedTemplate
from engine.catalog.content import Content
from engine.deliverables import approvals, comments, resubmission, versions
from engine.deliverables.models import Deliverable
from engine.qa import service as qa
from engine.reference import service as reference
from engine.reference.models import Partner
from engine.reference.training import set_training
from engine.tasks import assignment, clone, create, human_review, lifecycle, notes, proof, steps, update
from engine.tasks import help as help_requests
from engine.tasks.models import Proof, ProofKind, Step, Task, TaskStatus
from engine.transaction import Transaction
from tests.told import added, saved

#: name -> access role, partner.
PEOPLE: dict[str, tuple[str, str | None]] = {
    "olga": ("admin", None),
    "mara": ("manager", None),
    "mona": ("manager", None),
    "sam": ("strategist", None),
    "ana": ("member", None),
    "tia": ("member", None),
    "pat": ("partner", "acme"),
    "gil": ("partner", "globex"),
}
EMPLOYEES = ("mara", "mona", "sam", "ana", "tia")
TRAINEE = "tia"
BY_EMAIL = "mona"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one of the first tasks is."""

    title: str
    assignee: str
    #: Whose approval its definition asks for, in order.
    sources: tuple[str, ...] = ()
    partner: str | None = None
    #: ref -> whether the partner sees it.
    hands_over: dict[str, bool]
    reviewed: bool = False
    #: The place of the task that it waits for.
    after: int | None = None
    #: Whether it belongs to the bundle.
    in_bundle: bool = False


PLANS = (
    Plan(
        title="Article",
        assignee="ana",
        sources=("internal",),
        hands_over={"text": True, "note": False},
        in_bundle=True,
    ),
    Plan(
        title="Page",
        assignee="ana",
        sources=("internal", "portal"),
        partner="acme",
        hands_over={"page": True},
    ),
    Plan(
        title="Advert",
        assignee="tia",
        sources=("portal",),
        partner="acme",
        hands_over={"advert": True, "sketch": False},
    ),
    Plan(title="Index check", assignee="ana", hands_over={"picture": False}, after=0, in_bundle=True),
    Plan(
        title="Crawl",
        assignee="tia",
        hands_over={"report": True},
        partner="acme",
        reviewed=True,
        in_bundle=True,
    ),
    Plan(title="Offer", assignee="mara", sources=("internal",), hands_over={"offer": False}),
    Plan(
        title="Letter",
        assignee="mona",
        sources=("internal", "portal"),
        partner="globex",
        hands_over={"letter": True, "envelope": True},
    ),
)


@dataclass(frozen=True)
class World:
    """Who lives in it, and its first tasks in the order of ``PLANS``."""

    people: dict[str, Actor]
    tasks: tuple[str, ...]


def found(workbench: Workbench) -> World:
    """Make the people and the first tasks in a new store."""
    _let_in(workbench)
    people = {name: workbench.actor_by_email(f"{name}@example.com") for name in PEOPLE}
    content, made = workbench.content(), list[str]()
    with workbench.transaction(people["mara"]) as tx:
        bundle_id = _add_bundle(tx)
    for plan in PLANS:
        new = create.NewTask.parse({"title": plan.title, "task_type": "untyped", "assignee": plan.assignee})
        with workbench.transaction(people["mara"]) as tx:
            partner = tx.find_one(Partner, key=plan.partner) if plan.partner else None
            task = create.create(tx, content, new)
            task.approval = {"required": True, "sources": list(plan.sources)} if plan.sources else {}
            task.partner_id = partner.partner_id if partner else None
            task.bundle_id = bundle_id if plan.in_bundle else None
            task.requires_human_review = plan.reviewed
            task.depends_on = [] if plan.after is None else [made[plan.after]]
            task.blocked_by = None if plan.after is None else made[plan.after]
            task.skip = {"reasons": [{"text": "not needed"}], "comment_required": False}
            saved(tx, task)
            _add_parts(tx, task, plan)
        made.append(task.task_id)
    return World(people, tuple(made))


def _let_in(workbench: Workbench) -> None:
    employees = [
        {"key": name, "name": name.title(), "email": f"{name}@example.com", "training": name == TRAINEE}
        for name in EMPLOYEES
    ]
    partners = [{"key": key, "name": key.title()} for key in ("acme", "globex")]
    with workbench.transaction(workbench.operator()) as tx:  # her e-mail alone joins her
        accounts.add_user(tx, f"{BY_EMAIL}@example.com", BY_EMAIL.title(), [PEOPLE[BY_EMAIL][0]])
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, {"employees": employees, "partners": partners})
    with workbench.transaction(workbench.operator()) as tx:
        for name, (role, partner) in PEOPLE.items():
            if name != BY_EMAIL:
                accounts.add_user(tx, f"{name}@example.com", name.title(), [role], partner=partner)


def _add_bundle(tx: Transaction) -> str:
    """Start a bundle without tasks, as its template would have pinned it."""
    pinned = PinnedTemplate(
        template_id="spring",
        closure_hash="0" * 64,
        workspace_id=tx.workspace_id,
        name="Spring",
        commit=None,
        content={"calendar": None},
        created_at=tx.now,
    )
    bundle = Bundle(
        bundle_id=tx.new_id(Bundle),
        workspace_id=tx.workspace_id,
        template_id=pinned.template_id,
        template_hash=pinned.closure_hash,
        commit=None,
        title="Spring",
        anchor_date=tx.today,
        stage="preparation",
        owner_id=tx.actor.user_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    added(tx, pinned)
    return added(tx, bundle).bundle_id


def _add_parts(tx: Transaction, task: Task, plan: Plan) -> None:
    common = {
        "workspace_id": tx.workspace_id,
        "task_id": task.task_id,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    added(tx, Step(task_step_id=tx.new_id(Step), ref="do_it", title="Do it", position=1, **common))
    if plan.title == "Advert":
        label = {"kind": ProofKind.URL, "label": "Where it runs", "position": 1}
        added(tx, Proof(task_proof_id=tx.new_id(Proof), **label, **common))
    for place, (ref, is_visible) in enumerate(plan.hands_over.items()):
        added(
            tx,
            Deliverable(
                deliverable_id=tx.new_id(Deliverable),
                ref=ref,
                type="text",
                required=place == 0 and bool(plan.sources),
                visible_in_portal=is_visible,
                created_by=tx.actor.user_id,
                **common,
            ),
        )


# -- what anybody may try with a task; the number chooses among a few ways ------------------------------

ADDRESSES = ("https://docs.example/1", "https://docs.example/2", "/deliverables/x", "https://docs.example/3")
#: All that files hold; a life has them in its blobs.
BYTES = [b"1", b"2", b"3"]
FAULTS = ("", "javascript:alert(1)", "not an address")
DAYS = ("2026-11-21", "2026-11-30", "2020-01-01")


def pick(items: list[Any], n: int) -> Any:
    """Return one of the items, None where there is none."""
    return items[n % len(items)] if items else None


def rows_of(tx: Transaction, task: Task) -> list[Deliverable]:
    """Return all versions, the newest last."""
    return sorted(tx.find(Deliverable, task_id=task.task_id), key=lambda row: (row.version_number, row.ref))


def settle(tx: Transaction, task: Task, n: int) -> None:
    """Give all that is owed, so that a decision is within reach."""
    for step in tx.find(Step, task_id=task.task_id, order_by=("position",)):
        steps.complete_step(tx, task.task_id, step.ref)
    for owed in tx.find(Proof, task_id=task.task_id):
        proof.give(tx, task.task_id, owed.label, ADDRESSES[0])
    for row in rows_of(tx, task):
        if not row.is_submitted and (row.required or n % 2):
            versions.edit(tx, row.deliverable_id, url=ADDRESSES[n % len(ADDRESSES)])


def _edit(tx: Transaction, task: Task, n: int) -> None:
    row = pick(rows_of(tx, task)[::-1], n // 4)
    given = {"meta": {"words": n}} if n % 5 == 0 else {"url": pick([*ADDRESSES, *FAULTS], n)}
    versions.edit(tx, row.deliverable_id if row else "dlv_none", **given)


def _show(tx: Transaction, task: Task, n: int) -> None:
    row = pick(rows_of(tx, task), n // 2)
    versions.edit(tx, row.deliverable_id if row else "dlv_none", visible_in_portal=bool(n % 2))


def _new_version(tx: Transaction, task: Task, n: int) -> None:
    row = pick(rows_of(tx, task)[::-1], n // 3)
    url = pick([None, *ADDRESSES], n)
    versions.new_version(tx, row.deliverable_id if row else "dlv_none", url=url)


def _resubmit(tx: Transaction, task: Task, n: int) -> None:
    judged = [row for row in rows_of(tx, task)[::-1] if row.is_frozen]
    row = pick(judged, n // 4)
    resubmission.resubmit(tx, row.deliverable_id if row else "dlv_none", url=ADDRESSES[n % len(ADDRESSES)])


def _tick(tx: Transaction, task: Task, n: int) -> None:
    step = pick(tx.find(Step, task_id=task.task_id, order_by=("position",)), n // 2)
    change = steps.complete_step if n % 2 else steps.reopen_step
    change(tx, task.task_id, step.ref if step else "none")


def _edit_in_app(tx: Transaction, task: Task, n: int) -> None:
    """Hand over an address of the board: a version, or a file, of any task."""
    row = pick(rows_of(tx, task)[::-1], 0)
    others = sorted(tx.find(Deliverable), key=lambda one: (one.sha256 is None, one.deliverable_id))
    found = tx.find(Artifact)
    target = pick(found, n) if n % 2 else None
    url = (
        f"/artifacts/{target.artifact_id}"
        if target
        else f"/deliverables/{pick(others, n // 2).deliverable_id}/view"
    )
    versions.edit(tx, row.deliverable_id if row else "dlv_none", url=url)


def _give_file(tx: Transaction, task: Task, n: int) -> None:
    """Hand over bytes, of which there are a few kinds: the same may come from several people."""
    row = pick(rows_of(tx, task)[::-1], 0)
    blob = Blob(sha256=hashlib.sha256(pick(BYTES, n)).hexdigest(), size=1)
    versions.edit(tx, row.deliverable_id if row else "dlv_none", blob=blob, file_name="draft.bin")


def _run(tx: Transaction, task: Task, n: int, content: Content) -> None:
    """Change what an automated run would do."""
    update.update(tx, content, task.task_id, {"execution_config": {"command": n % 3}})


def _comment(tx: Transaction, task: Task, n: int) -> None:
    row = pick(rows_of(tx, task), n)
    comments.add(tx, row.deliverable_id if row else "dlv_none", ("Well done @ana", "")[n % 2])


def _depend(tx: Transaction, task: Task, n: int, content: Content) -> None:
    others = [other.task_number for other in tx.find(Task, order_by=("task_number",))]
    update.update(tx, content, task.task_id, {"depends_on": [pick(others, n)] if n % 3 else []})


def _change(tx: Transaction, task: Task, n: int, content: Content) -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"title": "Another"},
        {"status": "done"},
        {"status": "pending_partner_approval"},
        {"requires_human_review": True},
        {"requires_human_review": False},
        {"due_date": "2026-12-24", "priority": "high"},
        {"assignee_id": "mona"},
        {"status": "in_progress", "requires_human_review": False},
        {"approval": {}},
        {"colour": "red"},
    )
    update.update(tx, content, task.task_id, changes[n % len(changes)], revision=1 if n == 11 else None)


#: What is asked of a clone besides: some of it would let it do without the gates of the original.
CLONED_WITH: tuple[dict[str, Any], ...] = (
    {},
    {"title": "Again"},
    {"status": "done"},
    {"depends_on": []},
    {"depends_on": [], "reason": "It is the second one."},
    {"approval": {}},
)
Verb = Callable[[Transaction, Task, int], Any]
ContentVerb = Callable[[Transaction, Task, int, Content], Any]

VERBS: dict[str, Verb] = {
    "start": lambda tx, task, _n: lifecycle.start(tx, task.task_id),
    "complete": lambda tx, task, _n: lifecycle.complete(tx, task.task_id),
    "wait": lambda tx, task, n: lifecycle.wait(tx, task.task_id, ("the editor", "")[n % 2]),
    "block": lambda tx, task, n: lifecycle.block(tx, task.task_id, ("no access", " ")[n % 2]),
    "defer": lambda tx, task, n: lifecycle.defer(tx, task.task_id, date.fromisoformat(DAYS[n % 3])),
    "put_back": lambda tx, task, _n: lifecycle.put_back(tx, task.task_id),
    "resume": lambda tx, task, _n: lifecycle.resume(tx, task.task_id),
    "skip": lambda tx, task, n: lifecycle.skip(tx, task.task_id, "not needed") if n == 3 else None,
    "cancel": lambda tx, task, n: lifecycle.cancel(tx, task.task_id, "over") if n == 4 else None,
    "delete": lambda tx, task, n: lifecycle.delete(tx, task.task_id) if n == 5 else None,
    "status": lambda tx, task, n: lifecycle.change_status(
        tx, task.task_id, list(TaskStatus)[n], waiting_for="x"
    ),
    "settle": settle,
    "edit": _edit,
    "edit_in_app": _edit_in_app,
    "give_file": _give_file,
    "show": _show,
    "new_version": _new_version,
    "resubmit": _resubmit,
    "add_deliverable": lambda tx, task, n: versions.add(
        tx, task.task_id, ("extra", "more", "Not a name")[n % 3], type="text", visible_in_portal=n > 6
    ),
    "tick": _tick,
    "add_step": lambda tx, task, n: steps.add_step(tx, task.task_id, ("More", "")[n % 2], required=n > 6),
    "prove": lambda tx, task, n: proof.give(
        tx, task.task_id, "Where it runs", pick([*ADDRESSES, *FAULTS], n)
    ),
    "request": lambda tx, task, _n: approvals.request(tx, task.task_id),
    "withdraw": lambda tx, task, n: approvals.withdraw(tx, task.task_id, ("wait", None)[n % 2]),
    "ask_help": lambda tx, task, n: help_requests.ask(tx, task.task_id, ("How?", "")[n % 2]),
    "answer_help": lambda tx, task, n: help_requests.answer(tx, task.task_id, ("So.", "")[n % 2]),
    "permit": lambda tx, task, _n: human_review.approve(tx, task.task_id),
    "forbid": lambda tx, task, n: human_review.reject(tx, task.task_id, "No.") if n == 6 else None,
    "note": lambda tx, task, n: notes.add(tx, task.task_id, ("Well, @mara", "")[n % 2]),
    "comment": _comment,
    "assign": lambda tx, task, n: assignment.assign(
        tx, task.task_id, ("ana", "tia", "mara", "mona", None, "nobody")[n % 6]
    ),
    "flag": lambda tx, task, n: qa.flag(tx, task.task_id, ("manual", "complaint", "random")[n % 3]),
    "score": lambda tx, task, n: qa.review(
        tx, task.task_id, passed=(True, False, None)[n % 3], feedback="Again."
    ),
    "escalate": lambda tx, _task, _n: approvals.escalate(tx),
    "train": lambda tx, task, n: set_training(
        tx, str(task.assignee_id or "emp_none"), bool(n % 2), ("learning", None)[n % 3 == 0]
    ),
}
CONTENT_VERBS: dict[str, ContentVerb] = {
    "change": _change,
    "run": _run,
    "depend": _depend,
    "clone": lambda tx, task, n, content: clone.clone(tx, content, task.task_id, CLONED_WITH[n % 6]),
}
