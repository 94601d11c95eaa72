"""All running bundles of a template are migrated at once, and each says what became of it (D4)."""

from __future__ import annotations

import pytest

from engine.bundles.models import Bundle
from engine.errors import TemplateNotFoundError
from engine.migration.matrix import Kind
from engine.tasks.models import TaskStatus
from tests.engine.migration import articles
from tests.engine.migration.one_task import CASES, ONE, One
from tests.factories import do


@pytest.fixture
def repository(tmp_path):
    return articles.make(tmp_path / "one", ONE)


def run(running, actor="mara", template="one", to="change", **given):
    who = running.people[actor]
    return do(running.workbench, who, "bundle migrate-all", template=template, to=to, **given)


def migrate_all(running, actor="mara", **given):
    found = run(running, actor, **given)
    return {one.bundle_id: (one.outcome, one.why) for one in found.results}


def hashes(running, bundles):
    with running.workbench.reading(running.people["mara"]) as tx:
        return {one.bundle_id: tx.get(Bundle, one.bundle_id).template_hash for one in bundles}


@pytest.fixture
def three(running, repository):
    """One that nobody has begun, one that somebody works on, one that waits for an approval."""
    bundles = [One(running) for _ in range(3)]
    for one, status in zip(bundles, ("pending", "in_progress", "pending_approval"), strict=True):
        running.stand(one.bundle_id, "main", TaskStatus(status))
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.PROOF].change})
    return bundles


def test_each_bundle_says_what_became_of_it_and_none_holds_up_another(running, three):
    before = hashes(running, three)
    free, begun, blocked = (one.bundle_id for one in three)
    told = migrate_all(running)
    assert told == {
        free: ("migrated", ""),
        begun: ("needs a decision", "main.proof: somebody works on it"),
        blocked: ("blocked", "main.proof: its approval is open: have it decided, or withdraw it"),
    }
    after = hashes(running, three)
    assert {key for key in after if after[key] != before[key]} == {free}
    assert {key: outcome for key, (outcome, _) in migrate_all(running, choice="keep").items()} == {
        free: "unchanged", begun: "migrated", blocked: "blocked",
    }  # fmt: skip


def test_a_dry_run_over_all_changes_nothing_and_a_limit_leaves_the_rest(running, three):
    before = hashes(running, three)
    assert len(migrate_all(running, dry_run=True, choice="take")) == 3
    assert hashes(running, three) == before
    assert [*migrate_all(running, limit=1, choice="take")] == [three[0].bundle_id]


def test_who_may_migrate_none_of_them_migrates_none(running, three):
    assert migrate_all(running, actor="ana", to=None) == {}


def test_what_needs_a_decision_is_counted_with_what_shows_it(running, repository):
    for _ in range(2):
        running.stand(One(running).bundle_id, "main", TaskStatus.IN_PROGRESS)
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.PROOF].change})
    told = "2 need a decision. `workbench bundle migrate ID --dry-run` shows what needs a decision."
    assert run(running).message == told
    assert run(running, choice="keep").message == "2 migrated."


def test_a_template_that_there_is_not_is_no_template_without_bundles(running, repository):
    articles.change(repository, {"task_templates/one.yaml": CASES[Kind.PROOF].change})
    assert run(running).message == "No running bundle."
    with pytest.raises(TemplateNotFoundError, match="onee"):
        run(running, template="onee")
