"""Lists that go on from a place: what follows it in the whole list, read in either way (LST-11, LST-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from engine.tasks import queries
from engine.tasks.filters import SORTS, TaskFilter, place_of
from engine.tasks.models import TaskStatus
from engine.tasks.queries import pages
from tests.conftest import NOW
from tests.factories import make_people, make_task
from tests.statements import counted

FILTERS = {
    "all": TaskFilter(limit=100),
    "open": TaskFilter(limit=100, open=True),
    "one status": TaskFilter(limit=100, status=(TaskStatus.PENDING,)),
    "a tag": TaskFilter(limit=100, tag="x"),
}


@pytest.fixture
def filled(either_workbench):
    """Tasks with equal values, and with none, of what lists are sorted by."""
    people = make_people(either_workbench)
    for number in range(12):
        day = str((NOW + timedelta(days=number // 3)).date())
        make_task(
            either_workbench,
            title=f"Task {number % 4}",
            assignee="ana",
            priority=("low", "high", "critical")[number % 3],
            tags=["x"] if number % 2 else [],
            **({"due_date": day} if number % 4 else {}),
        )
    return either_workbench, people


@pytest.mark.few(1)
@pytest.mark.parametrize("who", ["mara", "ana"])
@pytest.mark.parametrize("walks", [False, True], ids=["sorted", "walked"])
def test_what_follows_a_place_is_the_rest_of_the_list(filled, monkeypatch, who, walks):
    if walks:  # as in a workspace with many tasks
        monkeypatch.setattr(pages, "_MOST_SORTED", 0)
    workbench, people = filled
    with workbench.reading(people[who]) as tx:
        for name, sort in product(FILTERS, (*SORTS, *(f"-{one}" for one in SORTS))):
            wanted = replace(FILTERS[name], sort=sort)
            whole = queries.list_documents(tx, wanted)
            ids = [task.task_id for task in whole.tasks]
            assert ids == [row.task_id for row in queries.list_tasks(tx, wanted).items]
            for place, task in [*enumerate(whole.tasks, 1)][::2]:
                rest = queries.list_documents(tx, replace(wanted, limit=4), after=place_of(task, wanted))
                assert [one.task_id for one in rest.tasks] == ids[place : place + 4], (name, sort)
                assert rest.total == whole.total == len(ids)


def test_a_walk_from_a_place_reads_no_more_than_the_page(filled, monkeypatch):
    """It begins at the value, by the index of the order, and sorts nothing."""
    monkeypatch.setattr(pages, "_MOST_SORTED", 0)
    workbench, people = filled
    if workbench.database.dialect.name != "sqlite":
        return
    with workbench.reading(people["mara"]) as tx:
        for sort in ("due_date", "-due_date", "title", "-updated_at"):
            wanted = TaskFilter(sort=sort, limit=2)
            place = place_of(queries.list_documents(tx, wanted).tasks[0], wanted)
            with counted() as statements:
                queries.list_documents(tx, wanted, after=place)
            [walk] = [one for one in statements if "LIMIT" in one and (">=" in one or "<=" in one)]
            plan = tx.database.run(f"EXPLAIN QUERY PLAN {walk}", walk.params)
            told = " ".join(str(row[-1]) for row in plan)
            assert "TEMP B-TREE" not in told, (sort, told)
            assert "SEARCH" in told, (sort, told)
