"""What is told of running work: what was changed by hand, what was collected, what an index may not say."""

from __future__ import annotations

import json

import pytest

from engine.errors import BadRequestError, ForbiddenError
from engine.migration import index
from engine.migration.hands import NAMES
from engine.migration.impact import impact
from engine.migration.matrix import State
from engine.migration.queries import StoredWork
from engine.tasks import steps
from engine.tasks.models import Step, TaskStatus
from tests.engine.migration import articles
from tests.factories import do


def facts(running, bundle_id):
    """Return the facts about one bundle's tasks by ref."""
    with running.workbench.reading(running.people["mara"]) as tx:
        work = StoredWork(tx)
        (bundle,) = [one for one in work.bundles() if one.bundle_id == bundle_id]
        sides, names = {bundle_id: work.pinned(bundle)}, {bundle_id: NAMES}
        (found,) = work.with_tasks([bundle], sides, names, counts=True)
        return found.by_ref


def test_nothing_is_changed_by_hand_in_a_bundle_that_was_just_started(running):
    found = facts(running, running.start(partner="acme", parameters={"sponsored": True}))
    assert [*found] == ["brief", "draft", "check", "publish", "thank"]
    assert {one.by_hand for one in found.values()} == {frozenset()}
    assert {one.collected for one in found.values()} == {0}


@pytest.mark.few(4)
@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"title": "Other"}, {"title"}),
        ({"description": "More"}, {"description"}),
        ({"due_date": "2027-02-01"}, {"due_date"}),
        ({"deadline": "2027-02-24T09:00:00Z"}, {"due_date"}),
        ({"priority": "high"}, {"priority"}),
        ({"urgency": "soon"}, {"urgency"}),
        ({"planned_minutes": 30}, {"planned_minutes"}),
        ({"tags": ["late"]}, {"tags"}),
        ({"assignee_id": "ben"}, {"assignee"}),
        ({"depends_on": [], "reason": "not needed"}, {"depends_on"}),
    ],
)
def test_what_a_person_changes_is_told_by_its_name_in_on_change(running, changes, names):
    bundle_id = running.start()
    running.by_hand(bundle_id, "draft", **changes)
    found = facts(running, bundle_id)
    assert found["draft"].by_hand == names
    assert found["brief"].by_hand == frozenset()


def test_a_claim_is_a_change_by_hand_and_a_moved_bundle_is_none(running):
    bundle_id = running.start(campaign=None)
    do(
        running.workbench,
        running.people["mara"],
        "bundle reanchor",
        bundle_id=bundle_id,
        anchor_date="2027-04-01",
    )
    assert facts(running, bundle_id)["publish"].by_hand == frozenset()
    publish = running.tasks(bundle_id)["publish"]
    do(running.workbench, running.people["ana"], "task claim", task_id=publish.task_id)
    assert facts(running, bundle_id)["publish"].by_hand == {"assignee"}


def test_what_is_collected_counts_in_tasks_that_nobody_has_begun(running):
    bundle_id = running.start()
    running.note(bundle_id, "brief")
    with running.workbench.transaction(running.people["mara"]) as tx:
        task = running.tasks(bundle_id)["brief"]
        (step,) = tx.find(Step, task_id=task.task_id)
        steps.complete_step(tx, task.task_id, step.ref)
    before = facts(running, bundle_id)["brief"]
    assert (before.collected, facts(running, bundle_id)["draft"].collected) == (2, 0)
    running.stand(bundle_id, "brief", TaskStatus.WAITING)
    assert facts(running, bundle_id)["brief"].state is State.WAITING
    assert facts(running, bundle_id)["brief"].collected == 0


def test_who_does_not_see_all_work_is_refused(running):
    with running.workbench.reading(running.people["ana"]) as tx, pytest.raises(ForbiddenError):
        StoredWork(tx)


def _index(running):
    with running.workbench.reading(running.people["mara"]) as tx:
        return json.loads(json.dumps(index.write(tx)))


def test_an_index_is_the_same_for_the_same_work(running):
    running.start(partner="acme")
    assert _index(running) == _index(running)


def test_an_override_that_a_pull_request_adds_is_matched_with_the_bundles_of_its_partner(running, repository):
    running.start("plain", partner="globex")
    other = running.start("plain", partner="acme")
    articles.git(repository, "checkout", "-q", "-b", "change")
    articles.write(repository, {
        "task_templates/partners/globex/plain.yaml": """
            overrides: plain
            partner: globex
            reason: They want it early.
            tasks: [{ref: do, offset_days: -3}]
        """
    })  # fmt: skip
    articles.commit_all(repository, "Globex wants it early")
    data, contents = _index(running), (running.content("main"), running.content("change"))
    found = impact(*contents, index.IndexedWork(data, contents))
    assert [(one.partner, one.verdict) for one in found.bundles] == [("globex", "safe")]
    assert other not in {one.bundle_id for one in found.bundles}
    assert found.as_json() == running.impact().as_json()


def test_a_condition_on_a_parameter_that_the_index_may_not_tell_is_a_decision_that_names_it(
    running, repository
):
    bundle_id = running.start()
    articles.change(
        repository,
        {"task_templates/article.yaml": [("{sponsored: {const: true}}", "{topic: {const: Tents}}")]},
    )
    data, contents = _index(running), (running.content("main"), running.content("change"))
    (found,) = impact(*contents, index.IndexedWork(data, contents)).bundles
    (thank,) = [one for one in found.findings if one.ref == "thank"]
    assert (found.bundle_id, thank.verdict) == (bundle_id, "decision")
    assert thank.why == "it depends on topic, which the index does not tell"
    (stored,) = running.impact().bundles
    assert [one.verdict for one in stored.findings if one.ref == "thank"] == ["safe"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: [], "the whole"),
        (lambda data: data | {"version": 2}, "version"),
        (lambda data: data | {"format": "other"}, "format"),
        (lambda data: data | {"titles": []}, "titles"),
        (lambda data: data | {"pins": []}, "has no template article"),
    ],
)
def test_a_file_that_is_no_index_is_refused_in_words(running, repository, change, words):
    running.start()
    articles.change(repository, articles.PULL_REQUEST)
    contents = running.content("main"), running.content("change")
    with pytest.raises(BadRequestError, match=words) as refused:
        impact(*contents, index.IndexedWork(change(_index(running)), contents))
    assert "workbench content index" in refused.value.message
