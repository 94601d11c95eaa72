"""The shipped templates of the three real workflows agree with the expected tables, task by task."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog.catalog import Catalog, Content
from engine.catalog.models import TaskDefinition, TaskTemplate
from engine.catalog.parameters import placeholders
from tests.content import check_data
from tests.content.expected_workflows import (
    ALL_LINKS,
    MONTHLY_TAX_REPORT,
    WORKFLOWS,
    ExpectedTask,
    ExpectedWorkflow,
)

REPOSITORY = Path(__file__).resolve().parents[2]
BY_KEY = pytest.mark.parametrize("expected", WORKFLOWS, ids=lambda workflow: workflow.key)


@pytest.fixture(scope="module")
def content() -> Content:
    return Catalog(REPOSITORY, worktree=True).content()


def test_every_shipped_template_tells_its_bundles_apart_by_a_parameter(content: Content):
    """D12."""
    patterns = {key: template.bundle_title or "" for key, template in content.templates.items()}
    assert len(patterns) >= 11
    # What replaces a missing template is called after that, and asks for nothing.
    assert [key for key, pattern in patterns.items() if not placeholders(pattern)] == ["untyped_work"]
    assert all(patterns.values())


def row_of(template: TaskTemplate, task: TaskDefinition) -> ExpectedTask:
    assignee = task.assignee or template.default_assignee
    return ExpectedTask(
        ref=task.ref,
        offset_days=task.offset_days,
        phase=task.phase,
        proof=tuple((proof.kind, proof.required) for proof in task.proof),
        fills_link=task.fills_link,
        role=assignee.role if assignee else None,
        milestone=task.milestone,
        stage_on_complete=task.stage_on_complete,
        follow_up_days=task.waiting.follow_up_days if task.waiting else None,
        skip=tuple((reason.text, waived_links(reason)) for reason in task.skip.reasons) if task.skip else (),
    )


def waived_links(reason) -> tuple[str, ...]:
    if reason.waives is None:
        return ()
    return ALL_LINKS if reason.waives.links == "all" else tuple(reason.waives.links)


def table_of(template: TaskTemplate) -> ExpectedWorkflow:
    trigger = template.trigger
    lead_days = trigger.lead_days if trigger.mode == "schedule" else None
    return ExpectedWorkflow(
        key=template.key,
        phases=tuple((phase.key, phase.stage) for phase in template.phases),
        links=tuple(link.name for link in template.links if link.required),
        trigger=(trigger.mode, trigger.schedule, lead_days),
        tasks=tuple(row_of(template, task) for task in template.tasks),
    )


@BY_KEY
def test_the_template_has_exactly_the_figures_of_its_table(content: Content, expected: ExpectedWorkflow):
    found = table_of(content.resolve(expected.key).template)
    assert check_data.differences(expected, found) == []


@BY_KEY
def test_the_url_proof_of_a_link_carries_the_links_name(content: Content, expected: ExpectedWorkflow):
    tasks = content.resolve(expected.key).template.tasks
    assert len(tasks) == len(expected.tasks)
    for task in tasks:
        labels = [proof.label for proof in task.proof if proof.kind == "url"]
        assert labels == ([task.fills_link] if task.fills_link else [])


@BY_KEY
def test_a_needed_link_is_filled_by_an_earlier_task_or_by_hand(content: Content, expected: ExpectedWorkflow):
    tasks = sorted(content.resolve(expected.key).template.tasks, key=lambda task: task.offset_days)
    filled_later = {task.fills_link for task in tasks if task.fills_link}
    assert filled_later
    for task in tasks:
        too_early = filled_later & set(task.needs_links)
        assert not too_early, f"{task.ref} needs a link that only a later task fills"
        filled_later.discard(task.fills_link)


@BY_KEY
def test_only_an_anchor_date_is_needed_to_start(content: Content, expected: ExpectedWorkflow):
    template = content.resolve(expected.key).template
    assert not (template.parameters or {}).get("required")
    assert [task.ref for task in template.tasks if task.when is not None] == []


def test_the_tables_hold_15_42_and_9_tasks():
    assert {workflow.key: len(workflow.tasks) for workflow in WORKFLOWS} == {
        "newsletter": 15,
        "podcast_episode": 42,
        "monthly_tax_report": 9,
    }


def test_a_changed_figure_is_named_with_its_task():
    first, *others = MONTHLY_TAX_REPORT.tasks
    changed = MONTHLY_TAX_REPORT._replace(tasks=(first._replace(offset_days=1), *others))
    assert check_data.differences(MONTHLY_TAX_REPORT, changed) == [
        "open_bookkeeping_report.offset_days: the table has 0, the data file has 1"
    ]


def test_a_missing_data_file_is_said_and_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert check_data.main(tmp_path / "real_workflows.json") == 0
    assert "data file not present, nothing compared" in capsys.readouterr().out
