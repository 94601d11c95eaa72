"""Help is not approval: a junior asks, is answered in the notes, and resumes; no version, no score.

The question is counted in the readiness report.
"""

from __future__ import annotations

from engine.app import Workbench
from engine.deliverables.models import Approval, Deliverable
from engine.qa.models import QaReview
from engine.reports import registry
from tests.factories import make_people, make_task

ANA, MARA = "ana@example.com", "mara@example.com"


def test_a_junior_asks_is_answered_and_goes_on_with_nothing_judged(workbench: Workbench, ask, cli):
    people = make_people(workbench)
    task_id = make_task(workbench, actor=people["mara"], assignee="ana").task_id
    ask("task", "start", task_id, "--as", ANA)
    asked = ask("task", "help", task_id, "--text", "Which logo is the new one?", "--as", ANA)
    assert asked["status"] == "help_needed"

    early = cli("task", "answer", task_id, "--text", "The blue one", "--as", ANA, "--json")
    assert (early.code, early.json["error"]["code"]) == (4, "FORBIDDEN")
    answered = ask("task", "answer", task_id, "--text", "The blue one.", "--as", MARA)
    assert [(note["kind"], note["body"]) for note in answered["notes"]] == [
        ("help_request", "Which logo is the new one?"),
        ("help_answer", "The blue one."),
    ]
    assert answered["notes"][1]["mentions"] == [people["ana"].employee_id]
    assert answered["status"] == "help_needed"

    going_on = ask("task", "resume", task_id, "--as", ANA)
    assert going_on["status"] == "in_progress"
    assert going_on["deliverables"] == going_on["approvals"] == []
    with workbench.reading(people["mara"]) as tx:
        assert tx.find(Deliverable) == tx.find(Approval) == tx.find(QaReview) == []
    assert ask("task", "complete", task_id, "--as", ANA)["qa_reviewed_at"] is None
    with workbench.reading(people["mara"]) as tx:
        (row,) = registry.run(tx, "readiness", {"employee": "ana"}).rows
    assert (row["employee"], row["tasks"], row["help_requests"], row["judged"]) == ("Ana Alvarez", 1, 1, 0)
