"""Fills a store with realistic work, fast: copies of instantiated bundles at every stage of their life."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from benchmarks.judging import judge
from benchmarks.stand import Stand
from engine.audit.models import Action
from engine.bundles import instantiate
from engine.bundles.models import Bundle, BundleLink, BundleStatus, LinkState
from engine.bundles.request import NewBundle
from engine.tasks import punctuality
from engine.tasks.models import Priority, Proof, Step, Task, TaskStatus
from engine.tasks.states import SATISFYING, TERMINAL
from engine.transaction import Transaction

TEMPLATES = ("podcast_episode", "newsletter", "monthly_tax_report")
_BUNDLES_PER_TRANSACTION = 50
#: So many of the 40 people work on one bundle: each of them sees 5 in 100 bundles.
_CREW = 2
#: In one of five bundles that are not finished, some tasks have nobody yet.
_WITH_GAPS, _GAPS = 0.2, 0.4
#: Of ten bundles these many are finished, unless asked otherwise.
FINISHED_IN_TEN = 7
#: How likely each status is for a task that is not done.
_OPEN = {
    TaskStatus.IN_PROGRESS: 15,
    TaskStatus.WAITING: 8,
    TaskStatus.BLOCKED: 4,
    TaskStatus.PENDING: 72,
    TaskStatus.FAILED: 1,
}


_PARTS: tuple[type[Step] | type[Proof], ...] = (Step, Proof)


@dataclass(frozen=True)
class Part:
    """A step or a proof of an original: as it is at first, and as it is once its task is done."""

    open: Step | Proof
    done: Step | Proof

    def copy(self, tx: Transaction, task_id: str, *, done: bool) -> Step | Proof:
        """Return a copy with its own id, of another task."""
        part = self.done if done else self.open
        return part.model_copy(update={part.spec.id_field: tx.new_id(type(part)), "task_id": task_id})


@dataclass(frozen=True)
class Original:
    """An instantiated bundle that copies are made of."""

    bundle: Bundle
    links: list[BundleLink]
    tasks: list[Task]
    parts: list[Part]


def fill(stand: Stand, tasks: int, *, seed: int = 7, finished_in_ten: float = FINISHED_IN_TEN) -> None:
    """Add bundles, of ten so many finished, until the store holds at least ``tasks`` tasks."""
    chance = random.Random(seed + tasks)
    originals = [_original(stand, key) for key in TEMPLATES]
    present = stand.count_tasks()
    while present < tasks:
        with stand.workbench.transaction(stand.admin) as tx:
            tx.wiring = replace(tx.wiring, reactions={})  # copies stand as they are
            for _ in range(_BUNDLES_PER_TRANSACTION):
                if present < tasks:
                    original = chance.choice(originals)
                    finished = chance.random() * 10 < finished_in_ten
                    present += _copy(tx, stand, original, chance, finished=finished)


def _original(stand: Stand, key: str) -> Original:
    with stand.workbench.transaction(stand.admin) as tx:
        request = NewBundle(template=key, anchor_date=tx.today)
        bundle = instantiate.create(tx, stand.content, request)
    with stand.workbench.reading(stand.admin) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id)
        ids = [task.task_id for task in tasks]
        return Original(
            bundle,
            tx.find(BundleLink, bundle_id=bundle.bundle_id),
            sorted(tasks, key=lambda task: task.position),
            [_part(tx, part) for kind in _PARTS for part in tx.find(kind, task_id=ids)],
        )


def _part(tx: Transaction, part: Step | Proof) -> Part:
    if isinstance(part, Step):
        ticked = {"is_completed": True, "completed_at": tx.now, "completed_by": tx.actor.user_id}
        return Part(part, part.model_copy(update=ticked))
    given = {"given_at": tx.now, "given_by": tx.actor.user_id, "value": "https://example.com/proof"}
    return Part(part, part.model_copy(update=given))


def _copy(tx: Transaction, stand: Stand, original: Original, chance: random.Random, *, finished: bool) -> int:
    """Add one copy; return its number of tasks."""
    days = chance.randrange(-400, -45) if finished else chance.randrange(-10, 60)
    campaign = chance.choice(stand.campaigns)
    bundle = original.bundle.model_copy(
        update={
            "bundle_id": tx.new_id(Bundle),
            "title": f"{original.bundle.title} {chance.randrange(1, 9999)}",
            "anchor_date": original.bundle.anchor_date + timedelta(days=days),
            "campaign_id": campaign.campaign_id,
            "partner_id": campaign.partner_id,
            "status": BundleStatus.COMPLETED if finished else BundleStatus.ACTIVE,
            "completed_at": tx.now if finished else None,
            "completed_by": tx.actor.user_id if finished else None,
        }
    )
    tx.add(bundle)
    tx.record(Action.BUNDLE_CREATED, bundle, f"{bundle.title} was started", after={"title": bundle.title})
    _copy_links(tx, bundle, original, finished=finished)
    done = len(original.tasks) if finished else chance.randrange(len(original.tasks))
    return _copy_tasks(tx, stand, bundle, original, chance, done=done, days=days)


def _copy_links(tx: Transaction, bundle: Bundle, original: Original, *, finished: bool) -> None:
    filled: dict[str, Any] = {
        "state": LinkState.FILLED,
        "url": "https://example.com/there",
        "filled_at": tx.now,
    }
    for link in original.links:
        ids = {"bundle_link_id": tx.new_id(BundleLink), "bundle_id": bundle.bundle_id}
        tx.add(link.model_copy(update={**ids, **(filled if finished else {})}))


def _copy_tasks(
    tx: Transaction,
    stand: Stand,
    bundle: Bundle,
    original: Original,
    chance: random.Random,
    *,
    done: int,
    days: int,
) -> int:
    crew = chance.sample(stand.employees, _CREW)
    gaps = _GAPS if chance.random() < _WITH_GAPS else 0.0
    number = tx.take_numbers("task_number", len(original.tasks))
    ids = {task.task_id: tx.new_id(Task) for task in original.tasks}
    status = {task.task_id: _status(task, place < done, chance) for place, task in enumerate(original.tasks)}
    for place, task in enumerate(original.tasks):
        held = next((other for other in task.depends_on if status[other] not in SATISFYING), None)
        if held and status[task.task_id] not in TERMINAL:
            status[task.task_id] = TaskStatus.PENDING
        copy = task.model_copy(
            update={
                "task_id": ids[task.task_id],
                "task_uuid": str(uuid5(NAMESPACE_URL, ids[task.task_id])),
                "task_number": number + place,
                "bundle_id": bundle.bundle_id,
                "campaign_id": bundle.campaign_id,
                "partner_id": bundle.partner_id,
                "title": f"{task.title} {chance.randrange(1, 9999)}",
                "priority": chance.choice(list(Priority)),
                "depends_on": [ids[other] for other in task.depends_on],
                "blocked_by": ids[held] if held else None,
                "due_date": _moved(task.due_date, days),
                "deadline": task.deadline + timedelta(days=days) if task.deadline else None,
                "assignee_id": None
                if status[task.task_id] not in TERMINAL and chance.random() < gaps
                else chance.choice(crew).employee_id,
                **_state(tx, task, status[task.task_id], chance),
            }
        )
        copy.first_deadline = copy.deadline
        if copy.completed_at is not None:
            punctuality.keep_lateness(copy, copy.completed_at)
        tx.add(copy)
        after = {"title": copy.title, "status": copy.status, "assignee_role": copy.assignee_role}
        tx.record(Action.TASK_CREATED, copy, f"Made {copy.name} with {bundle.title}", after=after)
        judge(tx, stand, copy, chance)
    _copy_parts(tx, original, ids, status)
    return len(original.tasks)


def _status(task: Task, done: bool, chance: random.Random) -> TaskStatus:
    if done:
        return TaskStatus.SKIPPED if task.skip and chance.random() < 0.3 else TaskStatus.COMPLETED
    return chance.choices(list(_OPEN), weights=list(_OPEN.values()))[0]


def _state(tx: Transaction, task: Task, status: TaskStatus, chance: random.Random) -> dict[str, Any]:
    """Return the fields that go with a status."""
    before = tx.now - timedelta(hours=chance.randrange(1, 9000))
    fields: dict[str, Any] = {"status": status, "updated_at": before}
    if status in TERMINAL:
        fields["closed_at"] = before
    if status is TaskStatus.COMPLETED:
        fields |= {"completed_at": before, "completed_by": tx.actor.user_id}
    elif status is TaskStatus.SKIPPED:
        fields["skip_reason"] = (task.skip or {})["reasons"][0]["text"]
    elif status is TaskStatus.WAITING:
        fields |= {"waiting_for": "an answer", "waiting_since": before, "follow_up_at": before}
    elif status is TaskStatus.IN_PROGRESS:
        fields |= {"started_at": before, "first_started_at": before}
    return fields


def _copy_parts(
    tx: Transaction, original: Original, ids: dict[str, str], status: dict[str, TaskStatus]
) -> None:
    for part in original.parts:
        task_id = part.open.task_id
        tx.add(part.copy(tx, ids[task_id], done=status[task_id] is TaskStatus.COMPLETED))


def _moved(day: date | None, days: int) -> date | None:
    return day + timedelta(days=days) if day else None
