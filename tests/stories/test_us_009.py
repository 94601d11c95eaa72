"""US-009: a task waits for others, is released when they are done, and somebody hears when they are lost."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.factories import make_people


@pytest.fixture
def make(workbench: Workbench, ask):
    make_people(workbench)

    def run(title: str, *words: str):
        return ask("task", "create", "--title", title, "--type", "untyped", *words)

    return run


def test_a_dependent_neither_starts_nor_completes_until_all_it_waits_for_is_done(make, ask, refused):
    draft, photo = make("Draft"), make("Photo")
    print_it = make("Print", "--depends-on", draft["task_id"], "--depends-on", photo["task_id"])
    assert (print_it["status"], print_it["is_blocked"]) == ("pending", True)
    assert print_it["blocked_by"] == draft["task_id"]
    for verb in ("start", "complete"):
        error = refused("task", verb, print_it["task_id"])
        assert {one["code"] for one in error["details"]} == {"DEPENDENCY_UNMET"}
        assert "Draft" in error["message"]
    ask("task", "complete", draft["task_id"])
    assert ask("task", "show", print_it["task_id"])["blocked_by"] == photo["task_id"]
    ask("task", "complete", photo["task_id"])
    free = ask("task", "show", print_it["task_id"])
    assert (free["is_blocked"], free["blocked_by"], free["status"]) == (False, None, "pending")
    assert ask("task", "complete", print_it["task_id"])["status"] == "completed"


def test_a_lost_blocker_releases_nobody_and_tells_the_assignee_what_to_do(make, ask, refused, workbench):
    draft = make("Draft")
    print_it = make("Print", "--depends-on", draft["task_id"], "--assignee", "ben")
    ask("task", "cancel", draft["task_id"], "--reason", "The author is ill")
    after = ask("task", "show", print_it["task_id"])
    assert (after["blocked_by"], after["is_blocked"]) == (draft["task_id"], True)
    (note,) = after["notes"]
    assert note["kind"] == "system"
    assert f"#{draft['task_number']}" in note["body"]
    assert "cancel it" in note["body"]
    assert note["mentions"] == [workbench.actor_by_email("ben@example.com").employee_id]
    assert refused("task", "start", print_it["task_id"])["code"] == "DEPENDENCY_UNMET"
    assert ask("task", "cancel", print_it["task_id"])["status"] == "cancelled"


def test_a_dependency_on_an_unknown_or_hidden_task_is_not_found(make, refused, cli):
    hidden = make("Hidden")
    words = ("task", "create", "--title", "Print", "--type", "untyped", "--depends-on")
    assert refused(*words, "99")["code"] == "NOT_FOUND"
    assert refused(*words, hidden["task_id"], "--as", "ben@example.com")["code"] == "NOT_FOUND"
    assert cli("task", "list", "--json").json["total"] == 1
