"""What rows tell beside its columns: what it waits for, as its reader may know it; what was sent back."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from engine.app import Workbench
from engine.deliverables import approvals, versions
from engine.deliverables.state import approval_state
from engine.errors import WorkbenchError
from engine.tasks import lifecycle, queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Task, TaskStatus
from engine.tasks.read_models import Blocker, TaskRow
from tests import judged
from tests.factories import do, make_bundle, make_people, make_task
from tests.told import saved


def row_of(workbench: Workbench, who, task: Task) -> TaskRow:
    with workbench.reading(who) as tx:
        found = queries.list_tasks(tx, TaskFilter(number=task.task_number)).items
    assert len(found) == 1
    return found[0]


def blocker_of(workbench: Workbench, who, task: Task) -> Blocker:
    found = row_of(workbench, who, task).blocker
    assert found is not None
    return found


def test_a_row_names_what_its_task_waits_for_until_that_is_done(either_workbench: Workbench):
    people = make_people(either_workbench)
    first = make_task(either_workbench, title="Write the brief", assignee="ben")
    second = make_task(either_workbench, depends_on=[first.task_id])
    assert blocker_of(either_workbench, people["mara"], second) == Blocker(
        task_id=first.task_id,
        task_number=first.task_number,
        title="Write the brief",
        status=TaskStatus.PENDING,
        assignee_name="Ben Brandt",
        assignee_role=None,
        assigned_to_bot=False,
    )
    assert row_of(either_workbench, people["mara"], first).blocker is None
    do(either_workbench, people["mara"], "task complete", task_id=first.task_id)
    assert row_of(either_workbench, people["mara"], second).blocker is None


@pytest.mark.parametrize(
    ("who", "given", "is_named"),
    [
        ("mara", {"assignee": "ben"}, True),
        ("sam", {"assignee": "ben"}, True),
        ("ana", {"assignee": "ana"}, True),
        ("ana", {"assignee": "ben"}, False),
        ("ana", {"assigned_to_bot": True}, False),
    ],
)
def test_of_a_task_that_its_reader_may_not_see_a_row_tells_the_number_alone(
    workbench: Workbench, who: str, given: dict[str, object], is_named: bool
):
    people = make_people(workbench)
    first = make_task(workbench, title="A secret", **given)
    second = make_task(workbench, assignee="ana", depends_on=[first.task_id])
    found = blocker_of(workbench, people[who], second)
    assert found.task_number == first.task_number
    told = (found.title, found.assignee_name, found.assignee_role, found.assigned_to_bot)
    assert (told != (None, None, None, False)) is is_named
    assert (found.title == "A secret") is is_named


def test_in_a_bundle_of_theirs_a_member_learns_who_has_what_comes_first(workbench: Workbench):
    people = make_people(workbench)
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    with workbench.reading(people["ana"]) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
    waiting = next(task for task in tasks if task.blocked_by is not None)
    found = blocker_of(workbench, people["ana"], waiting)
    first = next(task for task in tasks if task.task_id == waiting.blocked_by)
    assert (found.title, found.assignee_role) == (first.title, first.assignee_role)


class Handing:
    """A task whose worker and judges do what they like; refusals change nothing."""

    def __init__(self, workbench: Workbench, seed: int) -> None:
        self.workbench, self.people = workbench, make_people(workbench)
        self.chance = random.Random(seed)  # noqa: S311 - a life that can be told again
        sources = self.chance.choice([("internal",), ("internal", "portal"), ()])
        self.task, _ = judged.begin(workbench, self.people["mara"], sources)
        with workbench.transaction(self.people["ana"]) as tx:
            versions.add(tx, self.task.task_id, "banner", type="image", visible_in_portal=True)
            lifecycle.start(tx, self.task.task_id)

    def step(self) -> None:
        """Do one thing, or be refused."""
        deed = self.chance.choice(
            [self.edit, self.edit, self.hand_over_again, self.ask, self.judge, self.judge, self.move]
        )
        try:
            deed()
        except WorkbenchError:
            return

    def edit(self) -> None:
        row = self.chance.choice(judged.versions_of(self.workbench, self.task))
        with self.workbench.transaction(self.people["ana"]) as tx:
            versions.edit(tx, row.deliverable_id, url=judged.DRAFT)

    def hand_over_again(self) -> None:
        row = self.chance.choice(judged.versions_of(self.workbench, self.task))
        with self.workbench.transaction(self.people["ana"]) as tx:
            versions.new_version(tx, row.deliverable_id)

    def ask(self) -> None:
        with self.workbench.transaction(self.people["ana"]) as tx:
            approvals.request(tx, self.task.task_id)

    def judge(self) -> None:
        if waiting := judged.open_ones(self.workbench, self.task):
            outcome = self.chance.choice(["approved", "rejected", "approved_pending_changes"])
            who = self.people["mara" if waiting[0].source == "internal" else "pat"]
            judged.decide(self.workbench, who, self.chance.choice(waiting), outcome, "Bluer.")

    def move(self) -> None:
        verb = self.chance.choice(
            [lifecycle.put_back, lifecycle.resume, lifecycle.complete, approvals.withdraw]
        )
        with self.workbench.transaction(self.people["ana"]) as tx:
            verb(tx, self.task.task_id)

    def agrees(self) -> bool:
        """Say whether it counts as sent back, having looked that the row and the rule say the same."""
        with self.workbench.reading(self.people["mara"]) as tx:
            task = tx.get(Task, self.task.task_id)
            is_back = task.is_open == 1 and task.status is not TaskStatus.PENDING_APPROVAL
            is_back = is_back and bool(approval_state(tx, task).sent_back)
        assert row_of(self.workbench, self.people["mara"], self.task).is_sent_back is is_back
        return is_back


@pytest.mark.parametrize(
    "seed", [3, 4, *(pytest.param(seed, marks=pytest.mark.wide) for seed in (2, 5, 7, 9, 11, 12, 13, 14))]
)
def test_a_row_says_sent_back_as_the_rule_of_approvals_does_whatever_happens(
    either_workbench: Workbench, seed: int
):
    life, met = Handing(either_workbench, seed), Counter[bool]()
    for _ in range(60):
        life.step()
        either_workbench.clock.advance(minutes=1)
        met[life.agrees()] += 1
    assert met[True]
    assert met[False]


def test_what_was_rejected_is_sent_back_until_its_next_version_is_handed_over(either_workbench: Workbench):
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"])
    approval = judged.hand_over(either_workbench, people["ana"], task, row)
    seen = [row_of(either_workbench, people["mara"], task).is_sent_back]
    judged.decide(either_workbench, people["mara"], approval, "rejected", "Bluer.")
    seen.append(row_of(either_workbench, people["mara"], task).is_sent_back)
    with either_workbench.transaction(people["ana"]) as tx:
        versions.new_version(tx, row.deliverable_id)
    seen.append(row_of(either_workbench, people["mara"], task).is_sent_back)
    assert seen == [False, True, False]


def test_as_many_are_told_to_be_more_as_there_are_for_everybody(either_workbench: Workbench):
    """Of what is of one's role and was made by oneself, too, each task counts once."""
    people = make_people(either_workbench)
    for _, who in zip(range(12), ["ana", "ben", "mara"] * 4, strict=True):
        make_task(either_workbench, actor=people[who])
    make_bundle(either_workbench, actor=people["ana"])
    make_bundle(either_workbench, "blog_post", actor=people["ben"], parameters={"topic": "Tents"})
    with either_workbench.transaction(either_workbench.operator()) as tx:
        for task in tx.find(Task, assignee_id=None, bundle_id=None)[::2]:
            task.assignee_role = "writer"
            saved(tx, task)
    for actor in people.values():
        with either_workbench.reading(actor) as tx:
            rows = queries.mine(tx, 1000)
            mine = sum(row.assignee_id is not None for row in rows)
            assert queries.count_mine(tx) == (mine, len(rows) - mine)
