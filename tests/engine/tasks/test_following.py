"""What comes next for the same person in the same bundle (D14)."""

from __future__ import annotations

from datetime import date

import pytest

from engine.tasks import lifecycle
from engine.tasks.following import following
from engine.tasks.models import Task
from tests.factories import make_bundle, make_people, make_task
from tests.told import saved


@pytest.fixture
def bench(either_workbench):
    people = make_people(either_workbench)
    bundle = make_bundle(either_workbench, "blog_post", actor=people["mara"], parameters={"topic": "Tents"})

    def make(title, assignee="ana", *, inside=True, position=0, **fields):
        task = make_task(either_workbench, actor=people["mara"], title=title, assignee=assignee, **fields)
        with either_workbench.transaction(people["mara"]) as tx:
            kept = tx.get(Task, task.task_id)
            kept.bundle_id, kept.position = bundle.bundle_id if inside else None, position
            saved(tx, kept)
        return task.task_id

    def after(task_id, who="ana"):
        with either_workbench.reading(people[who]) as tx:
            found = following(tx, tx.get(Task, task_id))
        return found.title if found is not None else None

    def work(verb, task_id):
        with either_workbench.transaction(people["ana"]) as tx:
            verb(tx, task_id)

    return make, after, work


def test_the_next_task_is_ones_own_of_the_bundle_that_can_be_worked_now(bench):
    make, after, work = bench
    done = make("Done")
    make("Of Ben", "ben", due_date=date(2026, 11, 1))
    make("Elsewhere", inside=False, due_date=date(2026, 11, 1))
    first = make("First", due_date=date(2026, 12, 1))
    held = make("Held", depends_on=[first], due_date=date(2026, 11, 2))
    late = make("Later", due_date=date(2026, 12, 2))
    work(lifecycle.complete, done)
    assert after(done) == "First"
    work(lifecycle.start, late)
    assert after(done) == "Later"
    work(lifecycle.complete, late)
    work(lifecycle.complete, first)
    assert after(first) == "Held"
    work(lifecycle.complete, held)
    assert after(held) is None


def test_what_is_due_first_comes_next_whatever_its_place_in_the_template(bench):
    make, after, _ = bench
    done = make("Done", position=1)
    make("Without a date", position=2)
    make("Due later", position=3, due_date=date(2026, 12, 2))
    make("Due first", position=4, due_date=date(2026, 12, 1))
    assert after(done) == "Due first"


def test_without_a_date_the_order_of_the_template_decides_and_outside_of_a_bundle_nothing_follows(bench):
    make, after, _ = bench
    make("Third", position=3)
    make("Second", position=2)
    make("Added later")
    assert after(make("First", position=1)) == "Second"
    assert after(make("Alone", inside=False)) is None
    assert after(make("Of nobody", position=9), "sam") is None
