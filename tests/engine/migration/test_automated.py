"""A newer template changes a task whose attempt waits: what runs it, and how much it matters."""

from __future__ import annotations

import pytest

from engine.executions import running, service
from engine.executions.models import Execution
from engine.jobs.claims import Claims
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import Job
from engine.jobs.port import Kinds
from tests.engine.migration import articles
from tests.engine.migration.one_task import One, undo
from tests.factories import do

_EXECUTION = 'execution: {mode: manual_trigger, executor: api_call, config: {url: "https://example.com/x"}}'
TEMPLATE = {
    "task_types/work.yaml": "key: work\nname: Work\n",
    "task_templates/one.yaml": f"""
        key: one
        name: One
        task_type: work
        tasks:
          - ref: main
            title: Main
            offset_days: 0
            priority: low
            {_EXECUTION}
          - {{ref: last, title: Last, offset_days: 9}}
    """,
}


@pytest.fixture
def repository(tmp_path):
    return articles.make(tmp_path / "one", TEMPLATE)


@pytest.fixture
def one(running):
    made = One(running)
    do(running.workbench, running.people["mara"], "task execute", task_id=made.task("main").task_id)
    return made


def _last(one: One) -> tuple[Execution, Job]:
    with one.running.workbench.reading(one.running.people["mara"]) as tx:
        last = service.last_of(tx, one.task("main"))
        assert last is not None
        job = Claims(tx.database).find(str(last.job))
        assert job is not None
        return last, job


def _ranks(one: One) -> list[tuple[int, int]]:
    return [tuple(row) for row in one.running.workbench.database.run(
        "SELECT priority, ordinal FROM jobs WHERE status = 'ready' AND kind = 'execute'"
    )]  # fmt: skip


def _migrate(one: One) -> None:
    asked = one.migrate(dry_run=True).migration.items
    one.migrate(choices={item.key: "take" for item in asked if str(item.verdict) == "decision"})


def test_what_waits_is_called_off_where_a_person_does_the_task_in_the_newer_template(one: One, repository):
    articles.change(repository, {"task_templates/one.yaml": [(_EXECUTION, "assignee: {employee: ana}")]})
    _migrate(one)
    workbench = one.running.workbench
    kinds = Kinds([running.running(workbench)])
    assert not EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids).do_one("worker")
    last, job = _last(one)
    assert (last.status, job.status) == ("cancelled", "cancelled")
    task = one.task("main")
    assert (task.execution_type, task.status, task.last_error) == (None, "pending", None)


def test_its_undo_leaves_no_task_queued_that_nothing_runs(one: One, repository):
    articles.change(repository, {"task_templates/one.yaml": [(_EXECUTION, "assignee: {employee: ana}")]})
    _migrate(one)
    undo(one)
    task = one.task("main")
    assert (task.execution_type, task.assignee_id, task.status) == ("manual_trigger", None, "pending")
    assert _last(one)[0].status == "cancelled"


def test_what_waits_takes_the_place_that_its_task_has_by_now_and_by_the_undo(one: One, repository):
    """CNF-21."""
    before = _ranks(one)
    articles.change(repository, {"task_templates/one.yaml": [("priority: low", "priority: critical")]})
    _migrate(one)
    assert _ranks(one) == [service.place_of(one.task("main"))] != before
    undo(one)
    assert _ranks(one) == before
