"""US-013: repeat a task with the same configuration, edited on the way; the original stays as it is."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.factories import make_bundle, make_people


@pytest.fixture
def original(workbench: Workbench, ask):
    make_people(workbench)
    words = ("--type", "untyped", "--tag", "print", "--assignee", "ben", "--priority", "high")
    made = ask("task", "create", "--title", "Call the printer", *words)
    ask("task", "note", made["task_id"], "--text", "They open at nine")
    return ask("task", "complete", made["task_id"])


def test_a_clone_is_pending_fresh_and_names_its_original(original, ask):
    made = ask("task", "clone", original["task_id"])
    assert (made["status"], made["source_type"], made["cloned_from"]) == (
        "pending",
        "clone",
        original["task_id"],
    )
    same = ("title", "task_type", "tags", "assignee_id", "priority", "config")
    assert {name: made[name] for name in same} == {name: original[name] for name in same}
    for name in ("task_id", "task_uuid", "task_number"):
        assert made[name] != original[name]
    assert (made["completed_at"], made["started_at"], made["notes"]) == (None, None, [])
    assert ask("task", "show", original["task_id"]) == original


def test_values_are_changed_before_saving(original, ask):
    made = ask(
        "task", "clone", original["task_id"], "--title", "Call again", "--set", "priority=low",
        "--set", 'tags=["later"]', "--set", "due_date=2026-12-24", "--set", "assignee_id=",
    )  # fmt: skip
    assert (made["title"], made["priority"], made["tags"]) == ("Call again", "low", ["later"])
    assert (made["due_date"], made["assignee_id"]) == ("2026-12-24", None)


def test_a_wrong_value_makes_nothing(original, ask, refused):
    for words, code in (
        (("--set", "priority=huge"), "BAD_REQUEST"),
        (("--set", "colour=red"), "UNKNOWN_FIELD"),
        (("--set", "status=completed"), "BAD_REQUEST"),
        (("--set", "tags=[1,"), "BAD_REQUEST"),
        (("--set", "priority"), "BAD_REQUEST"),
    ):
        assert refused("task", "clone", original["task_id"], *words)["code"] == code
    assert ask("task", "list")["total"] == 1


def test_a_task_of_a_running_bundle_is_repeated_within_it(workbench: Workbench, ask):
    bundle = make_bundle(workbench)
    tasks = ask("bundle", "show", bundle.bundle_id)["tasks"]
    made = ask("task", "clone", tasks[0]["task_id"])
    assert (made["bundle_id"], made["template_task_ref"], made["fills_link"]) == (
        bundle.bundle_id,
        None,
        None,
    )
    assert made["position"] == len(tasks) + 1
    assert len(made["proof"]) == len(tasks[0]["proof"])
    assert ask("bundle", "show", bundle.bundle_id)["tasks"][-1]["task_id"] == made["task_id"]
