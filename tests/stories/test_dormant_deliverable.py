"""The dormant deliverable: an indexing check owes no picture by default; acme's override makes it owe one.

Its shape and gold standard were defined all along.
"""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.factories import make_bundle, make_people

REF = "indexing_proof"
PICTURE = "https://files.example/inspection.png"


@pytest.fixture
def check(workbench: Workbench, ask):
    """Return the one task of a fresh indexing check."""

    def start(**subject: str):
        bundle = make_bundle(workbench, "indexing_check", **subject)
        [task] = ask("bundle", "show", bundle.bundle_id)["tasks"]
        return task

    make_people(workbench)
    return start


def tick_required_steps(task, ask) -> None:
    for step in task["steps"]:
        if step["required"]:
            ask("task", "step", task["task_id"], step["ref"])


def test_by_default_nothing_is_owed(check, ask):
    for subject in ({}, {"partner": "globex"}):
        task = check(**subject)
        assert (task["proof"], task["deliverables"]) == ([], [])
        tick_required_steps(task, ask)
        assert ask("task", "complete", task["task_id"])["status"] == "completed"


def test_its_shape_and_gold_standard_were_defined_all_along(workbench):
    plain = workbench.content().resolve("indexing_check")
    acme = workbench.content().resolve("indexing_check", partner="acme")
    [dormant], [awake] = (one.template.tasks[0].deliverables for one in (plain, acme))
    assert (dormant.required, awake.required) == (False, True)
    assert dormant.meta_schema == awake.meta_schema == {"screenshot_url": "url", "indexed_date": "date"}
    assert dormant.gold_standard == awake.gold_standard
    assert dormant.gold_standard.example_url
    assert acme.origins["/tasks/0/deliverables/0/required"].level == "partner"
    assert acme.origins["/tasks/0/deliverables/0/gold_standard/example_url"].level == "global"


@pytest.mark.parametrize("subject", [{"partner": "acme"}, {"campaign": "acme_spring"}])
def test_for_acme_the_picture_is_owed_with_that_shape(check, ask, refused, subject):
    task = check(**subject)
    [owed] = task["deliverables"]
    assert (owed["ref"], owed["required"], owed["deliverable_url"]) == (REF, True, None)
    assert owed["meta_schema"] == {"screenshot_url": "url", "indexed_date": "date"}
    assert owed["gold_standard"]["example_url"]
    assert owed["task_step_id"] in {
        step["task_step_id"] for step in task["steps"] if step["ref"] == "screenshot"
    }
    tick_required_steps(task, ask)
    error = refused("task", "complete", task["task_id"])
    assert (error["code"], [one["ref"] for one in error["details"]]) == ("MISSING_DELIVERABLE", [REF])

    hand_over = ("task", "deliverable", task["task_id"], "--ref", REF, "--url", PICTURE)
    assert refused(*hand_over, "--meta", "indexed_date=soon")["code"] == "BAD_REQUEST"
    ask(*hand_over, "--meta", "indexed_date=2026-11-20")
    assert ask("task", "complete", task["task_id"])["status"] == "completed"
