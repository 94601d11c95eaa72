"""Whatever becomes of work, what is told is what plain records say may be, and all of that (WLG-05)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.corrections import correct, rework
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Deliverable
from engine.errors import WorkbenchError
from engine.reference import records
from engine.reference.models import Campaign
from engine.tasks import lifecycle
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.worklogs import criteria, prose, selection
from tests.desk import BOTH, INTERNAL, PORTAL
from tests.engine.worklogs.house import MONDAY, House

#: What each of the first tasks is: its type, whose approval it needs, and whether the partner sees its piece.
PLANS = (
    ("article", {}, True),
    ("article", PORTAL, True),
    ("article", BOTH, True),
    ("article", INTERNAL, False),
    ("untyped", PORTAL, True),
)
OUTCOMES = ("approved", "approved_pending_changes", "rejected")


def _decide(who: str) -> Callable[[House, str, int], None]:
    def decide(house: House, task_id: str, n: int) -> None:
        with house.workbench.reading(house.desk.people["mara"]) as tx:
            waiting = [one for one in approvals.of_task(tx, task_id) if one.is_open]
            if not waiting:
                return
            seen = tx.get(Deliverable, waiting[0].deliverable_id).content_hash
        house.act(who, decisions.decide, waiting[0].task_approval_id, OUTCOMES[n % 3], "So", seen=seen)

    return decide


def _again(house: House, task_id: str, n: int) -> None:
    rows = rows_of(house, task_id)
    house.act("ana", versions.new_version, rows[-1].deliverable_id, url=f"https://docs.example/{n}")


def _show(house: House, task_id: str, n: int) -> None:
    rows = rows_of(house, task_id)
    house.act("ana", versions.edit, rows[-1].deliverable_id, visible_in_portal=bool(n % 2))


def _skip(house: House, task_id: str, _: int) -> None:
    house.desk.change(task_id, skip={"reasons": [{"text": "x"}], "comment_required": False})
    house.act("mara", lifecycle.skip, task_id, "x")


def _move(house: House, task_id: str, n: int) -> None:
    """Let it be another partner's, or again theirs."""
    house.desk.change(task_id, partner_id=house.globex_id if n % 4 == 0 else house.campaign.partner_id)


VERBS: dict[str, Callable[[House, str, int], Any]] = {
    "start": lambda house, task_id, _: house.act("ana", lifecycle.start, task_id),
    "complete": lambda house, task_id, _: house.act("ana", lifecycle.complete, task_id),
    "request": lambda house, task_id, _: house.act("ana", approvals.request, task_id),
    "withdraw": lambda house, task_id, _: house.act("ana", approvals.withdraw, task_id),
    "decide": _decide("mara"),
    "answer": _decide("pat"),
    "cancel": lambda house, task_id, _: house.act("mara", lifecycle.cancel, task_id),
    "correct": lambda house, task_id, _: house.act("mara", correct.correct, task_id, "A slip"),
    "rework": lambda house, task_id, _: house.act("mara", rework.rework, house.content, task_id, "Anew"),
    "again": _again,
    "show": _show,
    "skip": _skip,
    "move": _move,
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, len(PLANS)), st.integers(0, 11)), max_size=40
)


def rows_of(house: House, task_id: str) -> list[Deliverable]:
    with house.workbench.reading(house.desk.people["mara"]) as tx:
        return sorted(tx.find(Deliverable, task_id=task_id), key=lambda row: row.version_number)


def may_be_told(tx: Transaction, house: House, task: Task) -> set[tuple[str, str, str | None]]:
    """Say by the records alone, as they are now, what of a task the partner may read."""
    if task.task_type != "article" or task.partner_id != house.campaign.partner_id:
        return set()
    if task.status in ("cancelled", "skipped"):
        return set()
    found = {("task_completed", task.title, None)} if task.status == "completed" else set()
    for row in tx.find(Deliverable, task_id=task.task_id):
        judged = [
            one for one in approvals.of_task(tx, task.task_id) if one.deliverable_id == row.deliverable_id
        ]
        if row.visible_in_portal and row.delivered_at and all(one.status != "rejected" for one in judged):
            found.add(("deliverable_delivered", task.title, "Piece"))
            if any(one.source == "portal" and one.is_positive for one in judged):
                found.add(("partner_approved", task.title, "Piece"))
    return found


@pytest.fixture
def house(house: House) -> House:
    house.policies(article={"include": ["task_completed", "deliverable_delivered", "partner_approved"]})
    return house


@pytest.mark.wide
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_what_is_told_of_random_lives_is_what_a_naive_reading_allows(house: House, steps: list[Any]):
    clock, bench = house.workbench.clock, house.workbench
    with bench.transaction(bench.operator()) as tx:
        key = f"c{tx.new_id(Campaign)[-12:].lower()}"
        fields = {"key": key, "name": key, "partner_id": house.campaign.partner_id, "people": {}}
        house.campaign, _ = records.bring(tx, Campaign, None, fields)
    tasks = []
    for number, (kind, policy, visible) in enumerate(PLANS):
        tasks.append(house.task(f"Task {number}", kind, approval=policy))
        house.act("ana", lifecycle.start, tasks[-1])
        house.piece(tasks[-1], "piece", visible=visible)
    for verb, place, n in steps:
        clock.advance(seconds=1)
        try:
            VERBS[verb](house, tasks[place % len(tasks)], n)
        except WorkbenchError:
            continue
    with bench.reading(house.desk.people["mara"]) as tx:
        given = house.campaign.campaign_id, house.campaign.partner_id, MONDAY, house.content.task_types
        entries = criteria.told(selection.read(tx, *given))
        own = tx.find(Task, campaign_id=house.campaign.campaign_id)
        allowed = set().union(*(may_be_told(tx, house, task) for task in own))
    assert {(entry.event, entry.task, entry.what) for entry in entries} == allowed
    said = prose.render(entries)
    assert {title for title in ("Task 3", "Task 4") if title in said} <= {title for _, title, _ in allowed}
