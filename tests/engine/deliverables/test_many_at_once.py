"""What is decided for many tasks at once is what is decided for each alone, whoever asks (H5)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import visibility as bundle_visibility
from engine.bundles.models import Bundle
from engine.deliverables import actions, entitlement
from engine.deliverables.models import Approval
from engine.errors import WorkbenchError
from engine.tasks import dependencies, facts, queries, visibility
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests.engine.lives import living
from tests.factories import make_bundle
from tests.statements import counted

#: As many things as are tried with each world.
_TRIED = 250
#: What brings work before its judges, tried more often than the rest.
_OFTEN = ("start", "settle", "settle", "request", "request", "new_version") * 3


@pytest.fixture(params=[6, 2])
def lived(request: pytest.FixtureRequest, either_workbench: Workbench) -> dict[str, Actor]:
    """A world in which much was tried at random, in bundles and beside them; return who lives in it."""
    world = living.found(either_workbench)
    chance = random.Random(request.param)  # noqa: S311 - the same lives each time
    content = either_workbench.content()
    make_bundle(either_workbench, "blog_post", actor=world.people["mara"], parameters={"topic": "Tents"})
    make_bundle(either_workbench, "podcast_episode", actor=world.people["ana"])
    verbs: dict[str, Callable[..., Any]] = {**living.VERBS, **living.CONTENT_VERBS}
    for _ in range(_TRIED):
        name, n = chance.choice([*verbs, *_OFTEN]), chance.randrange(12)
        who = world.people[chance.choice((*living.EMPLOYEES, "mara", "mona"))]
        further = (content,) if name in living.CONTENT_VERBS else ()
        try:
            with either_workbench.transaction(who) as tx:
                task = chance.choice(_tasks(tx) if n % 3 else [tx.get(Task, one) for one in world.tasks])
                verbs[name](tx, task, n, *further)
        except WorkbenchError:
            continue  # a refusal is an answer, and changes nothing
    return world.people


def _tasks(tx: Transaction) -> list[Task]:
    return tx.find(Task, order_by=("task_number",))


def _alone(workbench: Workbench, actor: Actor, ask: Callable[[Transaction, Task], Any]) -> Iterator[Any]:
    """Give the answer for each task, asked in a transaction that knows nothing else."""
    with workbench.reading(actor) as tx:
        ids = [task.task_id for task in _tasks(tx)]
    for task_id in ids:
        with workbench.reading(actor) as tx:
            task = tx.find_by_key(Task, task_id)
            assert task is not None
            yield task_id, ask(tx, task)


def _actions_and_sight_agree(either_workbench: Workbench, lived: dict[str, Actor]) -> None:
    offered: set[str] = set()
    for actor in (*lived.values(), either_workbench.operator()):
        with either_workbench.reading(actor) as tx:
            together = actions.allowed_for(tx, _tasks(tx))
            # Columns tell what the documents tell.
            assert actions.allowed_for(tx, queries.rows_of(tx, _tasks(tx))) == together, actor.name
            seen = visibility.seen_among(tx, _tasks(tx))
        assert together == dict(_alone(either_workbench, actor, actions.allowed)), actor.name
        assert seen == {
            task_id for task_id, sees in _alone(either_workbench, actor, visibility.sees) if sees
        }, actor.name
        offered |= {action.name for found in together.values() for action in found}
    # Who never met these would prove nothing by having them right.
    assert {"start", "complete", "resume", "request_approval", "withdraw", "help", "skip", "clone"} <= offered


def _blockers_agree(either_workbench: Workbench, lived: dict[str, Actor]) -> None:
    areas: set[str] = set()
    for name in ("mara", "ana", "tia"):
        with either_workbench.reading(lived[name]) as tx:
            cases = facts.load_all(tx, _tasks(tx))
            together = {task_id: dependencies.redact(tx, case.violations) for task_id, case in cases.items()}
        assert together == dict(_alone(either_workbench, lived[name], facts.blockers))
        areas |= {item.area for found in together.values() for item in found}
    assert {"steps", "dependencies", "approval"} <= areas


def _what_holds_back_is_told_by_its_column(either_workbench: Workbench) -> None:
    with either_workbench.reading(either_workbench.operator()) as tx:
        open_tasks = [task for task in _tasks(tx) if not task.is_terminal]
        held = {task.task_id for task in open_tasks if task.is_blocked}
        assert held == {task.task_id for task in open_tasks if dependencies.open_ones(tx, task)}
        assert held


def _refusals_agree(either_workbench: Workbench, lived: dict[str, Actor]) -> None:
    found: set[Any] = set()
    for actor in lived.values():
        with either_workbench.reading(actor) as tx:
            together = entitlement.refusals(tx, tx.find(Approval))
        alone = {}
        for approval_id in together:
            with either_workbench.reading(actor) as tx:
                approval = tx.find_by_key(Approval, approval_id)
                assert approval is not None
                alone[approval_id] = entitlement.why_not(tx, approval)
        assert together == alone, actor.name
        found |= set(together.values())
    assert len(found) > 2


def _statements_do_not_grow(either_workbench: Workbench, lived: dict[str, Actor]) -> None:
    for actor in lived.values():
        taken = []
        for share in (4, 1):
            with either_workbench.reading(actor) as tx:
                tasks = _tasks(tx)[::share]
                with counted() as statements:
                    actions.allowed_for(tx, tasks)
                    visibility.seen_among(tx, tasks)
                taken.append(len(statements))
        assert max(taken) <= 7, (actor.name, taken)


def _seen_bundles_agree(either_workbench: Workbench, lived: dict[str, Actor]) -> None:
    for actor in lived.values():
        with either_workbench.reading(actor) as tx:
            bundles = tx.find(Bundle)
            together = bundle_visibility.seen_among(tx, bundles)
            assert together == {bundle.bundle_id for bundle in bundles if bundle_visibility.sees(tx, bundle)}


@pytest.mark.wide  # decides everything twice, by chance
def test_what_is_decided_for_all_at_once_is_what_is_decided_for_each_alone(
    either_workbench: Workbench, lived: dict[str, Actor]
):
    # One life for all of it: living takes longer than asking.
    _actions_and_sight_agree(either_workbench, lived)
    _blockers_agree(either_workbench, lived)
    _what_holds_back_is_told_by_its_column(either_workbench)
    _refusals_agree(either_workbench, lived)
    _seen_bundles_agree(either_workbench, lived)
    _statements_do_not_grow(either_workbench, lived)
