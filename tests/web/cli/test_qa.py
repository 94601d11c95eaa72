"""``workbench qa``: the queue, flags, scores and feedback; every refusal says why and changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.qa import service
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.conftest import NOW
from tests.factories import make_people, make_task


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


@pytest.fixture
def done(workbench: Workbench, people: dict[str, Actor]) -> list[Task]:
    """Four tasks that Ana completed; the first three are flagged, as hers."""
    found = []
    for number in range(4):
        workbench.clock.set(NOW + timedelta(hours=number))
        task = make_task(workbench, actor=people["mara"], title=f"Task {number}", assignee="ana")
        with workbench.transaction(people["ana"]) as tx:
            found.append(lifecycle.complete(tx, task.task_id))
    return found


def refused(cli, *words: str, code: int = 1) -> dict:
    answer = cli("qa", *words, "--json")
    assert answer.code == code, answer.out
    return answer.json["error"]


def test_the_queue_is_listed_with_why_each_task_is_there(cli, done):
    answer = cli("qa", "list")
    assert answer.code == 0
    assert "first_three" in answer.out
    assert answer.out.rstrip().endswith("3 of 3; 3 to score")
    listed = cli("qa", "list", "--state", "open", "--limit", "2", "--json").json
    assert ([item["title"] for item in listed["tasks"]], listed["total"]) == (["Task 0", "Task 1"], 3)
    assert listed["tasks"][0]["latest_review"] is None
    assert cli("qa", "list", "--state", "reviewed", "--json").json == {"tasks": [], "total": 0}


def test_a_task_is_flagged_scored_and_its_feedback_read(cli, done):
    number = str(done[3].task_number)
    flagged = cli("qa", "flag", number, "--reason", "complaint", "--comment", "A typo.", "--json").json
    assert (flagged["qa_type"], flagged["qa_reasons"]) == ("complaint", ["complaint"])
    assert flagged["notes"][-1]["body"].endswith("A typo.")
    scored = cli(
        "qa", "review", number, "--fail", "--score", "2", "--feedback", "Read it aloud.", "--json"
    ).json
    assert (scored["passed"], scored["score"], scored["review_type"]) == (False, 2, "complaint")
    reviewed = cli("qa", "list", "--state", "reviewed", "--json").json
    assert [item["latest_review"] for item in reviewed["tasks"]] == [scored]
    own = cli("--as", "ana@example.com", "qa", "feedback", "--json").json
    assert own == {"reviews": [scored]}
    assert cli("qa", "feedback", "--employee", "ana", "--json").json == own
    assert "Read it aloud." in cli("--as", "ana@example.com", "qa", "feedback").out


@pytest.mark.parametrize(
    ("words", "passed", "score"),
    [(("--pass",), True, None), (("--fail",), False, None), (("--score", "5"), None, 5)],
)
def test_pass_fail_and_score_each_stand_alone(cli, done, words, passed, score):
    made = cli("qa", "review", done[0].task_id, *words, "--type", "process", "--json").json
    assert (made["passed"], made["score"], made["review_type"]) == (passed, score, "process")


def test_without_json_each_verb_says_what_it_did(cli, done):
    assert "manual" in cli("qa", "flag", done[3].task_id, "--reason", "manual").out
    assert "Scored (process)" in cli("qa", "review", done[3].task_id, "--pass").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("review",), "BAD_REQUEST"),
        (("review", "--score", "6"), "BAD_REQUEST"),
        (("review", "--score", "good"), "BAD_REQUEST"),
        (("review", "--pass", "--type", "manual"), "BAD_REQUEST"),
        (("review", "--pass", "--deliverable", "dlv_none"), "BAD_REQUEST"),
        (("flag", "--reason", "random"), "BAD_REQUEST"),
        (("flag",), "BAD_REQUEST"),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_nothing(cli, workbench, done, words, code):
    verb, *options = words
    before = cli("task", "show", done[0].task_id, "--json").json
    assert refused(cli, verb, done[0].task_id, *options)["code"] == code
    assert cli("task", "show", done[0].task_id, "--json").json == before


def test_what_comes_at_the_wrong_moment_is_a_conflict(cli, workbench, done, people):
    assert "Flag it first" in refused(cli, "review", done[3].task_id, "--pass")["message"]
    open_task = make_task(workbench, actor=people["mara"])
    assert refused(cli, "flag", open_task.task_id, "--reason", "manual")["code"] == "CONFLICT"


def test_members_neither_see_the_queue_nor_flag_nor_score(cli, done):
    ana = ("--as", "ana@example.com")
    for words in (
        ("list",),
        ("flag", done[3].task_id, "--reason", "manual"),
        ("review", done[0].task_id, "--pass"),
    ):
        assert refused(cli, *words, *ana, code=4)["code"] == "FORBIDDEN"
    assert refused(cli, "feedback", "--employee", "ben", *ana, code=4)["code"] == "FORBIDDEN"


def test_nobody_scores_their_own_work(cli, workbench, people):
    task = make_task(workbench, actor=people["mara"], assignee="mara")
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.complete(tx, task.task_id)
    error = refused(cli, "review", task.task_id, "--pass", "--as", "mara@example.com", code=4)
    assert error["code"] == "OWN_WORK"
    with workbench.reading(people["mara"]) as tx:
        assert service.reviews_of(tx, task.task_id) == []


def test_who_is_no_employee_is_told_so(cli, done):
    assert "--employee" in refused(cli, "feedback")["message"]


def test_tasks_are_listed_by_their_state_of_qa(cli, done):
    assert cli("task", "list", "--qa", "open", "--json").json["total"] == 3
    assert cli("task", "list", "--qa", "reviewed", "--json").json["total"] == 0
    answer = cli("task", "list", "--qa", "bad", "--json")
    assert (answer.code, answer.json["error"]["details"][0]["field"]) == (1, "qa")


@pytest.mark.parametrize(
    "words",
    [
        ("qa", "review", "1", "--pass", "--fail"),
        ("task", "deliverable", "1", "--ref", "draft", "--visible-in-portal", "--no-visible-in-portal"),
        ("user", "change", "ana@example.com", "--active", "--inactive"),
        ("employee", "training", "ana", "--on", "--off"),
        ("task", "review", "1", "--approve", "--reject"),
    ],
)
def test_who_says_both_of_two_opposites_is_asked_which(cli, words: tuple[str, ...]):
    answer = cli(*words)
    assert answer.code == 1
    assert f"Say either {words[-2]} or {words[-1]}." in answer.err
