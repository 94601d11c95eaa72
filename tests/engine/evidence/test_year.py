"""A year of work with three planted faults: the evidence names them, and nothing that is not so (D13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.bundles import instantiate
from engine.bundles.request import NewBundle
from engine.config import Settings
from engine.errors import ForbiddenError, TemplateNotFoundError
from engine.evidence.figures import RevisionFigures
from engine.evidence.findings import Finding, Kind, compare, stand_out
from engine.evidence.gather import of_template
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.conftest import commit_all
from tests.engine.bundles.conftest import write_content
from tests.engine.evidence.year import Year


@pytest.fixture
def year(store_url: str, settings: Settings, tmp_path: Path) -> Iterator[Year]:
    """Work on SQLite, then on PostgreSQL."""
    found = Year(
        replace(settings, database=store_url, blobs=str(tmp_path / "blobs")), write_content(tmp_path / "own")
    )
    yield found
    found.engine.close()


def _named(findings: list[Finding]) -> set[tuple[Kind, str, str | None]]:
    return {(one.kind, one.task, one.step) for one in findings}


_PLANTED = {
    (Kind.STEP_NOT_NEEDED, "prepare", "print"),
    (Kind.TOO_SHORT, "write", None),
    (Kind.SENT_BACK, "agree", None),
}


def test_three_planted_faults_are_named_and_nothing_else_and_after_the_change_whether_it_helped(year: Year):
    year.work(bundles=20)
    [revision] = year.evidence().revisions
    assert revision.bundles == 20
    found = stand_out(revision)
    assert _named(found) == _PLANTED
    [short] = [one for one in found if one.kind is Kind.TOO_SHORT]
    assert short.words == (
        "“Write the paper” took longer than the template gives in 20 of 20 runs: "
        f"{short_days(revision)} working days on average, where it gives 3."
    )
    assert short.days == 4
    year.say(WRITE="1", **{"- {ref: print, title: Print the file, required: false}": ""})
    year.work(bundles=12)
    newest, earlier = year.evidence().revisions
    assert earlier.bundles == 20
    assert _named(stand_out(newest)) == {(Kind.SENT_BACK, "agree", None)}
    assert {(one.finding.kind, one.helped) for one in compare(earlier, newest)} == {
        (Kind.TOO_SHORT, True),
        (Kind.SENT_BACK, False),
    }, "the step is gone, so nothing is left to compare"


def short_days(revision: RevisionFigures) -> str:
    """Return how long the task took on average, worked out again from its runs."""
    task = revision.task("write")
    assert task is not None
    took = sum(days for days, _ in task.days) / len(task.days)
    return f"{took:.1f}".removesuffix(".0")


@pytest.mark.wide
def test_few_runs_say_nothing(year: Year):
    year.work(bundles=9)
    [revision] = year.evidence().revisions
    assert {task.is_few for task in revision.tasks} == {True}
    assert stand_out(revision) == []


def test_a_run_that_is_not_over_yet_is_none_of_those_that_waited(year: Year):
    year.work(bundles=1)
    new = NewBundle(template="visit", anchor_date=year.clock.now().date())
    with year.engine.transaction(year.case.people["mara"]) as tx:
        bundle = instantiate.create(tx, year.engine.content(), new)
        [prepare] = tx.find(Task, bundle_id=bundle.bundle_id, title="Prepare the visit")
        lifecycle.start(tx, prepare.task_id)
        lifecycle.wait(tx, prepare.task_id, "the file")
    [revision] = year.evidence().revisions
    task = revision.task("prepare")
    assert task is not None
    assert (task.runs, task.closed, task.waited, task.waited_for) == (2, 1, 0, {})


def test_whoever_may_not_see_all_work_is_refused_and_what_never_ran_says_nothing(year: Year):
    with pytest.raises(ForbiddenError):
        year.evidence("ana")
    assert year.evidence().revisions == ()
    with pytest.raises(TemplateNotFoundError, match="There is no template other, and no bundle was ever"):
        year.case.ask("mara", of_template, year.engine.content(), "other")


def test_what_an_override_makes_other_is_named_and_never_held_against_what_is_for_everybody(year: Year):
    year.work(bundles=1)
    file = year.folder / "content/task_templates/partners/acme/visit.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("overrides: visit\npartner: acme\ntasks: [{ref: write, offset_days: 1}]\n")
    commit_all(year.folder)
    content = year.engine.content()
    with year.engine.transaction(year.case.people["mara"]) as tx:
        new = NewBundle(template="visit", anchor_date=date(2027, 6, 7), partner="acme")
        instantiate.create(tx, content, new)
    found = year.evidence()
    assert [one.whom for one in found.revisions] == ["partner acme", ""]
    assert [found.newest(one.whom) is one for one in found.revisions] == [True, True]
