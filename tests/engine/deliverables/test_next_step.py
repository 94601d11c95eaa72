"""The one step that comes next with a task, as its page and My work name it."""

from __future__ import annotations

import pytest

from engine.deliverables import actions
from engine.deliverables.actions import TaskAction
from engine.deliverables.next_step import next_step
from engine.deliverables.rounds import ApprovalState
from engine.errors import Violation
from tests.engine.deliverables.test_rounds import lineage, state


def owed(area: str, **extra: str) -> Violation:
    return Violation(code="ANY", message=area, area=area, subject=area, extra=extra)


def offering(primary: str | None) -> list[TaskAction]:
    """What is offered with a primary verb, and others beside it."""
    return [
        *([TaskAction(primary, actions.LABELS[primary], is_primary=True)] if primary else []),
        TaskAction("wait", "Wait"),
    ]


STEP, DELIVERABLE, PROOF, LINK = (owed(area) for area in ("steps", "deliverables", "proof", "links"))
APPROVAL = owed("approval", deliverable_id="dlv_draft_1")
INTERNAL = "internal"


@pytest.mark.parametrize(
    ("primary", "violations", "approvals", "label", "verb"),
    [
        (None, [STEP], None, None, None),
        ("claim", [STEP], None, "Claim", "claim"),
        ("start", [STEP, PROOF], None, "Start", "start"),
        ("resume", [STEP], None, "Resume work", "resume"),
        ("put_back", [STEP], None, "Put back", "put_back"),
        ("review_approve", [STEP], None, "Permit it to run", "review_approve"),
        ("complete", [], None, "Complete", "complete"),
        ("complete", [STEP], None, "Tick what is left", None),
        ("complete", [PROOF, DELIVERABLE, STEP, LINK], None, "Tick what is left", None),
        ("complete", [PROOF, DELIVERABLE, LINK], None, "Hand over", None),
        ("complete", [PROOF, LINK], None, "Give proof", None),
        ("complete", [LINK], None, "Fill the link", None),
        ("complete", [STEP, APPROVAL], state(lineage(""), sources=INTERNAL), "Tick what is left", None),
        (
            "request_approval",
            [APPROVAL],
            state(lineage(""), sources=INTERNAL),
            "Request approval",
            "request_approval",
        ),
        ("complete", [], state(lineage("internal approved"), sources=INTERNAL), "Complete", "complete"),
        ("complete", [APPROVAL], state(sources=INTERNAL), "Hand over", None),
        (
            "complete",
            [STEP, APPROVAL],
            state(lineage("internal rejected"), sources=INTERNAL),
            "Hand over version 2",
            None,
        ),
        (
            "complete",
            [APPROVAL],
            state(lineage(""), sources="portal", has_partner=False),
            "Complete",
            "complete",
        ),
        (
            "complete",
            [APPROVAL],
            state(lineage(""), sources="portal", hidden={"dlv_draft_1": "task #7"}),
            "Hand over",
            None,
        ),
    ],
)
def test_it_is_what_is_owed_first_and_no_verb_that_would_be_refused(
    primary: str | None,
    violations: list[Violation],
    approvals: ApprovalState | None,
    label: str | None,
    verb: str | None,
):
    found = next_step(offering(primary), violations, approvals)
    assert (found and found.label, found and found.verb) == (label, verb)
