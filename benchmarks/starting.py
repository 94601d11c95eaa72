"""Starting a podcast episode of 42 tasks and completing one of them, beside an engine that keeps nothing."""

from __future__ import annotations

from benchmarks import measure, peer_spiff, raw_writes
from benchmarks.measure import Figure
from benchmarks.stand import Stand
from engine.bundles import instantiate
from engine.bundles.request import NewBundle
from engine.tasks import lifecycle, proof, steps
from engine.tasks.models import Proof, ProofKind, Step, Task

_TOPIC = "A bundle of 42 tasks"
_TEMPLATE, _TASKS = "podcast_episode", 42
#: What was measured elsewhere for product.md: context.
_SPIFF_BUILDS_MS, _SPIFF_COMPLETES_MS = 10.8, 12.0


def beside_spiff(stand: Stand, rounds: int) -> list[Figure]:
    """Compare, in turns: theirs builds, loads and serialises in memory, ours commits durably."""
    peer = peer_spiff.peer(_TASKS)
    text = peer.build()
    ready = [_ready(stand) for _ in range(rounds + 1)]
    found = measure.interleave(
        {
            "build": peer.build,
            "start": lambda: start(stand),
            "load and complete": lambda: peer.complete_one(text),
            "complete": lambda: _complete(stand, ready.pop()),
        },
        rounds=rounds,
    )
    who = peer_spiff.name()
    return [
        _beside(
            f"start, durably : {who} builds and serialises, in memory",
            found["start"],
            found["build"],
            _SPIFF_BUILDS_MS,
        ),
        _beside(
            f"complete one, loaded fresh, durably : {who} loads, completes, serialises, in memory",
            found["complete"],
            found["load and complete"],
            _SPIFF_COMPLETES_MS,
        ),
    ]


def beside_raw(stand: Stand, rounds: int, copy_url: str | None = None, database: str = "") -> list[Figure]:
    """Compare the start with plain SQL that writes the same rows into a copy of the same store."""
    with raw_writes.raw(stand, copy_url) as copy:
        sides = raw_writes.beside(copy, lambda: start(stand), rounds)
    what = f"start : {copy.name} writing the same rows, {round(stand.count_tasks(), -3):,} tasks present"
    return raw_writes.figures(_TOPIC, what, sides, 3, database)


def growth(small: Stand, large: Stand, rounds: int, database: str = "") -> list[Figure]:
    """Compare a start in a store of few tasks with one in a store of many, in turns."""
    cases = {"small": lambda: start(small), "large": lambda: start(large)}
    what = f"start with {large.count_tasks():,} tasks present : with {small.count_tasks():,}{database}"
    found = measure.interleave(cases, rounds=rounds, warm=2)
    few, many = found["small"], found["large"]
    return [measure.at_most(_TOPIC, what, measure.ratio(many, few, database), 1.5, measure.pair(many, few))]


def start(stand: Stand) -> str:
    """Start a podcast episode; return its id."""
    content = stand.workbench.content()
    with stand.workbench.transaction(stand.admin) as tx:
        request = NewBundle(template=_TEMPLATE, anchor_date=tx.today, campaign=stand.campaigns[0].key)
        return instantiate.create(tx, content, request).bundle_id


def _beside(what: str, ours: measure.Samples, theirs: measure.Samples, published: float) -> Figure:
    detail = f"{measure.pair(ours, theirs)}; elsewhere {published} ms"
    return measure.at_most(_TOPIC, what, ours.median / theirs.median, 1, detail)


def _ready(stand: Stand) -> str:
    """Start a bundle and do all that its first free task with proof needs; return the task's id."""
    bundle_id = start(stand)
    with stand.workbench.transaction(stand.admin) as tx:
        tasks = tx.find(Task, bundle_id=bundle_id, order_by=("task_number",))
        free = (task for task in tasks if not task.depends_on and not task.needs_links)
        task = next(task for task in free if tx.count(Proof, task_id=task.task_id))
        for step in tx.find(Step, task_id=task.task_id, order_by=("position",)):
            steps.complete_step(tx, task.task_id, step.ref)
        for asked in tx.find(Proof, task_id=task.task_id):
            value = "https://example.com/done" if asked.kind is ProofKind.URL else "It is done."
            proof.give(tx, task.task_id, asked.label, value)
    return task.task_id


def _complete(stand: Stand, task_id: str) -> None:
    with stand.workbench.transaction(stand.admin) as tx:
        lifecycle.complete(tx, task_id)
