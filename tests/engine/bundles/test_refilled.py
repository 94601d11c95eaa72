"""What automated tasks send when a day among their bundle's parameters moves (R3)."""

from __future__ import annotations

import textwrap
from datetime import date

import pytest

from engine.audit.models import Action, Event
from engine.bundles import service
from engine.catalog.catalog import Catalog
from engine.catalog.layout import editor_line
from engine.executions.models import Execution, ExecutionStatus, Trigger
from engine.tasks import human_review, update
from engine.tasks.models import TaskStatus
from tests.conftest import commit_all

LAUNCH = """
    key: launch
    name: Launch
    task_type: work
    parameters:
      type: object
      required: [launch_day]
      properties:
        launch_day: {type: string, format: date, title: Launch day}
        topic: {type: string, title: City}
    tasks:
      - {ref: fly, title: Fly, due: {from: "parameter:launch_day"}}
      - ref: book
        title: Book the hall
        execution: &call
          mode: manual_trigger
          executor: api_call
          config:
            method: POST
            url: "https://halls.example/{{ topic }}/{{ launch_day }}"
            body: {days: ["{{ launch_day }}"]}
      - {ref: hire, title: Hire chairs, execution: *call}
      - ref: ask
        title: Ask for a price
        execution:
          {mode: manual_trigger, executor: api_call, config: {url: "https://halls.example/{{ topic }}"}}
"""
TOWN = "https://halls.example/Old%20Town"
GIVEN = {"launch_day": "2026-12-20", "topic": "Old Town"}


@pytest.fixture(scope="session")
def small_repository(tmp_path_factory):
    """The small content, and a template that calls a program with a day among what it sends."""
    from tests.engine.bundles.conftest import write_content

    folder = write_content(tmp_path_factory.mktemp("launch"))
    path = "content/task_templates/launch.yaml"
    text = textwrap.dedent(LAUNCH).lstrip("\n")
    (folder / path).write_text(f"{editor_line(path, 'task_template')}\n{text}")
    commit_all(folder)
    return folder


@pytest.fixture(scope="session")
def loaded_catalog(small_repository) -> Catalog:
    return Catalog(small_repository)


@pytest.fixture
def launch(start, work):
    return work(start("launch", anchor_date=date(2026, 12, 20), parameters=GIVEN))


def move(on, *, dry_run: bool = False):
    given = {"launch_day": "2027-01-15"}
    return on.do(lambda tx, key: service.reanchor(tx, key, "2026-12-20", dry_run, parameters=given))


def sent(on, ref: str) -> tuple[str, object]:
    config = on.task(ref).execution_config
    return config["url"], config.get("body")


def test_what_a_program_is_sent_has_the_new_day_as_a_start_would_give_it(launch):
    before = sent(launch, "book")
    moves = move(launch, dry_run=True)
    assert sent(launch, "book") == before
    assert "“Book the hall” is run with the new days." in moves.notes
    move(launch)
    assert sent(launch, "book") == (f"{TOWN}/2027-01-15", {"days": ["2027-01-15"]})
    told = [event.summary for event in launch.find(Event, action=Action.TASK_UPDATED)]
    assert sum("is run with the new days of its bundle" in summary for summary in told) == 2


def test_what_names_no_moved_day_is_not_written(launch):
    before = launch.task("ask").revision
    assert not [one for one in move(launch).refills if one.title == "Ask for a price"]
    assert launch.task("ask").revision == before


def test_settings_that_somebody_wrote_stay_and_it_is_told(launch):
    own = {**launch.task("hire").execution_config, "url": "https://chairs.example"}
    launch.do(
        lambda tx, _: update.update(
            tx, launch.workbench.content(), launch.task("hire").task_id, {"execution_config": own}
        )
    )
    moves = move(launch)
    assert sent(launch, "hire")[0] == "https://chairs.example"
    why = "“Hire chairs” is run with the days that it was made with: somebody changed its settings."
    assert why in moves.notes


def test_what_runs_meanwhile_is_left_alone(launch):
    task_id = launch.task("book").task_id
    launch.do(lambda tx, _: update.update(tx, None, task_id, {"status": "in_progress"}))
    before = sent(launch, "book")
    why = f"the days that it was made with: it is {TaskStatus.IN_PROGRESS.said}."
    assert f"“Book the hall” is run with {why}" in move(launch).notes
    assert sent(launch, "book") == before


def test_a_permission_to_run_it_with_another_day_is_void(launch):
    """S28."""
    task_id = launch.task("book").task_id

    def permitted(tx, _):
        task = tx.get(type(launch.task("book")), task_id)
        task.human_reviewed_at, task.human_review_hash = tx.now, human_review.reviewed.content_hash(tx, task)
        tx.save(task)
        tx.record(Action.HUMAN_REVIEW_APPROVED, task, "It may run")

    launch.do(permitted)
    move(launch)
    after = launch.task("book")
    assert (after.requires_human_review, after.status) == (True, TaskStatus.PENDING)


def begin(launch, ref: str, effect: str, state: str) -> None:
    """Have an attempt at a task begin a step, and end without completing it."""
    one = launch.task(ref)
    for status in ("in_progress", "failed"):
        launch.do(lambda tx, _, s=status: update.update(tx, None, one.task_id, {"status": s}))
    now = launch.workbench.clock.now()
    step = {"name": "POST halls.example", "effect": effect, "state": state, "request_hash": "0" * 64}
    attempt = Execution(
        execution_id=f"exe_{ref}",
        workspace_id=one.workspace_id,
        task_id=one.task_id,
        execution_uuid="",
        status=ExecutionStatus.FAILED,
        executor="api_call",
        triggered_by=Trigger.MANUAL,
        not_before=now,
        run_began_at=now,
        retries_left=0,
        step_results=[step],
        created_at=now,
        updated_at=now,
    )

    def add(tx, _):
        tx.add(attempt)
        tx.record(Action.EXECUTION_ENDED, attempt, "It failed", bundle_id=one.bundle_id)

    launch.do(add)


@pytest.mark.parametrize(
    ("effect", "state", "is_kept"),
    [
        ("unkeyed", "done", True),
        ("keyed", "begun", True),
        ("unkeyed", "undone", False),
        ("none", "done", False),
    ],
)
@pytest.mark.parametrize("after", ["failed", "pending"])
def test_what_a_program_has_changed_outside_is_not_done_again_with_the_new_days(
    launch, effect, state, is_kept, after
):
    """With another day its steps are others, which would be done beside those that were."""
    before = sent(launch, "book")
    begin(launch, "book", effect, state)
    if after == "pending":
        task_id = launch.task("book").task_id
        launch.do(lambda tx, _: update.update(tx, None, task_id, {"status": "pending"}))
    notes = move(launch).notes
    why = "is run with the days that it was made with: a program has done, or begun, part of it."
    assert (f"“Book the hall” {why}" in notes, sent(launch, "book") == before) == (is_kept, is_kept)
