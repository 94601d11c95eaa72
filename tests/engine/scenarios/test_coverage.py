"""Coverage names what a template makes possible and no scenario does, as its author's declarations tell."""

from __future__ import annotations

from engine.catalog.models import TaskDefinition
from engine.config import Settings
from engine.scenarios import coverage, running
from engine.scenarios.exercised import Possibility
from tests.engine.scenarios.conftest import scenario

#: All that the template of these tests makes possible.
POSSIBLE = [
    "started with filmed: true",
    "started with filmed: false",
    "write: completed",
    "write: refused with an open step",
    "write: refused without the deliverable text",
    "write: approved by the team",
    "write: rejected by the team",
    "write: waited for somebody",
    "cut: completed",
    "cut: made",
    "cut: left out by its `when`",
    "publish: completed",
    "publish: refused without the proof Recap",
    "publish: refused before write",
    "publish: skipped: nobody came",
]


def test_each_field_of_a_task_is_known_to_open_moves_or_to_open_none():
    """Whoever adds a field to tasks decides it: in OF_TASK with what it opens, else in OPENS_NOTHING."""
    known = coverage.OF_TASK.keys() | coverage.OPENS_NOTHING
    assert set(TaskDefinition.model_fields) - known == set()
    assert not coverage.OF_TASK.keys() & coverage.OPENS_NOTHING


def test_without_any_scenario_all_is_never_exercised(content):
    found = coverage.covered("recap", content, [])
    assert [one.said for one in found.never] == POSSIBLE
    assert found.said == "recap: 15 of 15 moves are never exercised"


def never(content, read, steps: str, parameters: str = "") -> list[str]:
    text = scenario(steps).replace("    actors:", f"    parameters: {{{parameters}}}\n    actors:")
    played = list(running.play_all([read(text)], content, Settings()))
    assert [one.failures for one in played] == [()]
    return [one.said for one in coverage.covered("recap", content, played).never]


#: Steps -> what they exercise beside what the start alone does.
EXERCISED = {
    "- {complete: write, by: mara, refused: MISSING_DELIVERABLE}": [
        "write: refused with an open step",
        "write: refused without the deliverable text",
    ],
    "- {start: publish, by: mara, refused: DEPENDENCY_UNMET}": ["publish: refused before write"],
    "- {complete: publish, by: mara, refused: MISSING_PROOF}": [
        "publish: refused before write",
        "publish: refused without the proof Recap",
    ],
    "- {skip: publish, by: mara, reason: nobody came}": ["publish: skipped: nobody came"],
    "- {wait: write, by: mara, waiting_for: her}": ["write: waited for somebody"],
    "- {finish: write, by: ana}\n- {decide: write, by: mara, outcome: rejected, feedback: No.}": [
        "write: rejected by the team"
    ],
    "- {finish: write, by: ana}\n- {decide: write, by: mara, outcome: approved}": [
        "write: approved by the team",
        "write: completed",
    ],
}


def test_what_is_done_and_what_is_refused_is_exercised(content, read):
    start = {"started with filmed: false", "cut: left out by its `when`"}
    for steps, exercised in EXERCISED.items():
        assert set(POSSIBLE) - set(never(content, read, steps)) == start | set(exercised), steps


def test_the_other_fork_makes_the_task(content, read):
    done = set(POSSIBLE) - set(never(content, read, "- {complete: cut, by: mara}", "filmed: true"))
    assert done == {"started with filmed: true", "cut: made", "cut: completed"}


def test_an_override_opens_moves_of_its_own(shipped_catalog):
    content = shipped_catalog.content()
    found = coverage.covered("blog_post", content, []).possible
    assert Possibility("", "started for", "the campaign acme_spring") in found
    assert Possibility("draft", "rejected by the partner") in found
    assert Possibility("engineer_check", "completed") in found


def test_a_deliverable_that_sleeps_is_exercised_where_an_override_wakes_it(shipped_catalog):
    found = coverage.covered("indexing_check", shipped_catalog.content(), []).possible
    assert Possibility("check", "handed over:", "indexing_proof") in found
