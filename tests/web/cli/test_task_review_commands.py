"""``workbench task help, answer, review, clone, submit, ...``: the words, the answers, the exit codes."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.deliverables.models import Deliverable
from tests.factories import make_people, make_task
from tests.told import added

ANA, MARA = ("--as", "ana@example.com"), ("--as", "mara@example.com")


def done(cli, *words: str) -> dict:
    answer = cli("task", *words, "--json")
    assert answer.code == 0, answer.out + answer.err
    return answer.json


def refused(cli, *words: str, code: int = 1) -> dict:
    answer = cli("task", *words, "--json")
    assert answer.code == code, answer.out + answer.err
    return answer.json["error"]


@pytest.fixture
def draft(workbench: Workbench, cli) -> str:
    """A task of Ana's, in progress, that hands over one thing."""
    people = make_people(workbench)
    task = make_task(workbench, actor=people["ana"], title="Write it")
    with workbench.transaction(people["ana"]) as tx:
        row = Deliverable(
            deliverable_id=tx.new_id(Deliverable),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            ref="draft",
            type="article_draft",
            created_by=tx.actor.user_id,
            created_at=tx.now,
            updated_at=tx.now,
        )
        added(tx, row)
    done(cli, "start", task.task_id, *ANA)
    done(cli, "deliverable", task.task_id, "--ref", "draft", "--url", "https://files.example/draft-1", *ANA)
    return task.task_id


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--approve", "--reject"),
        ("--approve", "--reason", "x"),
        ("--reject", "--notes", "x", "--reason", "y"),
        ("--reject",),
    ],
)
def test_a_review_takes_exactly_one_decision_with_its_own_words(workbench: Workbench, cli, words):
    task = make_task(workbench, requires_human_review=True)
    assert refused(cli, "review", task.task_id, *words)["code"] == "BAD_REQUEST"
    assert done(cli, "show", task.task_id)["status"] == "pending"


def test_a_review_is_printed_as_text_too(workbench: Workbench, cli):
    ana = make_people(workbench)["ana"]
    task = make_task(workbench, actor=ana, requires_human_review=True)
    answer = cli("task", "review", task.task_id, "--approve")
    assert answer.code == 0
    assert "queued" in answer.out


def test_help_without_its_text_is_refused(cli, draft):
    assert refused(cli, "help", draft)["code"] == "BAD_REQUEST"
    assert refused(cli, "help", draft, "--text", " ", *ANA)["details"][0]["field"] == "question"


def test_a_version_is_submitted_rejected_resubmitted_and_approved(cli, draft):
    assert done(cli, "submit", draft, *ANA)["status"] == "pending_approval"
    (first,) = done(cli, "approvals", draft, *ANA)["approvals"]
    assert (first["deliverable"], first["version_number"], first["status"]) == ("draft", 1, "pending")
    (waiting,) = done(cli, "approvals", *MARA)["approvals"]
    assert waiting == first
    words = ("decide", first["task_approval_id"], "--seen", first["content_hash"])
    assert refused(cli, *words, "--outcome", "approved", *ANA, code=4)["code"] == "FORBIDDEN"
    assert refused(cli, *words, "--outcome", "rejected", *MARA)["code"] == "FEEDBACK_REQUIRED"
    assert refused(cli, *words, "--outcome", "fine", *MARA)["code"] == "BAD_REQUEST"
    stale = ("decide", first["task_approval_id"], "--seen", "0" * 64, "--outcome", "approved", *MARA)
    assert refused(cli, *stale)["code"] == "STALE_VERSION"
    judged = done(cli, *words, "--outcome", "rejected", "--feedback", "Too long", *MARA)
    assert (judged["status"], judged["feedback"]) == ("rejected", "Too long")
    assert refused(cli, *words, "--outcome", "approved", *MARA)["code"] == "ALREADY_DECIDED"

    second = done(cli, "resubmit", first["deliverable_id"], "--url", "https://files.example/draft-2", *ANA)
    assert (second["version_number"], second["previous_deliverable_id"]) == (2, first["deliverable_id"])
    assert done(cli, "submit", draft, *ANA)["status"] == "pending_approval"
    (_, last) = done(cli, "approvals", draft, *ANA)["approvals"]
    assert (last["version_number"], last["content_hash"]) == (2, second["content_hash"])
    answer = cli(
        "task", "decide", last["task_approval_id"], "--seen", last["content_hash"],
        "--outcome", "approved", *MARA,
    )  # fmt: skip
    assert (answer.code, answer.out) == (0, "draft, version 2: approved\n")
    assert done(cli, "show", draft)["status"] == "completed"
    assert done(cli, "approvals", *MARA)["approvals"] == []
    listed = cli("task", "approvals", draft).out
    assert listed.splitlines()[0].split() == [
        "approval", "source", "round", "deliverable", "version", "status", "content",
    ]  # fmt: skip
    assert [line.split()[5] for line in listed.splitlines()[1:]] == ["rejected", "approved"]


def test_a_file_is_resubmitted_too(cli, draft, tmp_path):
    done(cli, "submit", draft, *ANA)
    (first,) = done(cli, "approvals", draft)["approvals"]
    done(
        cli, "decide", first["task_approval_id"], "--seen", first["content_hash"],
        "--outcome", "rejected", "--feedback", "Send the file", *MARA,
    )  # fmt: skip
    file = tmp_path / "draft.txt"
    file.write_text("The second draft", encoding="utf-8")
    row = done(cli, "resubmit", first["deliverable_id"], "--file", str(file), *ANA)
    assert (row["version_number"], row["deliverable_url"]) == (2, None)
    assert (row["artifact_id"] is None, len(row["sha256"])) == (False, 64)
    assert refused(cli, "resubmit", first["deliverable_id"], "--url", "/x", *ANA)["code"] == "CONFLICT"


def test_a_request_is_withdrawn_with_its_reason(cli, draft):
    assert refused(cli, "withdraw", draft, *ANA)["code"] == "CONFLICT"
    done(cli, "submit", draft, *ANA)
    back = done(cli, "withdraw", draft, "--reason", "One more look", *ANA)
    assert (back["status"], back["status_reason"]) == ("in_progress", "One more look")
    assert "withdrawn" in cli("task", "approvals", draft).out


def test_nothing_is_escalated_before_its_time_and_nobody_but_a_manager_does(cli, draft):
    done(cli, "submit", draft, *ANA)
    assert done(cli, "escalate", *MARA)["approvals"] == []
    assert refused(cli, "escalate", *ANA, code=4)["code"] == "FORBIDDEN"


def test_a_clone_is_printed(workbench: Workbench, cli):
    task = make_task(workbench)
    answer = cli("task", "clone", task.task_id, "--title", "Again")
    assert answer.code == 0
    assert "Again" in answer.out
