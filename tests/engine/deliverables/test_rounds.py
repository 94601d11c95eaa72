"""Which approvals a task needs and has, told from histories in words (APR-12, D5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.access import ApprovalSource
from engine.deliverables import rounds
from engine.deliverables.models import Approval, ApprovalReason, ApprovalStatus, Deliverable
from engine.deliverables.rounds import ApprovalState, Lineage, Standing
from tests.engine.conftest import NOW

INTERNAL, PORTAL = ApprovalSource.INTERNAL, ApprovalSource.PORTAL
SOURCES = {"internal": INTERNAL, "portal": PORTAL}
#: As histories say it.
STATUSES = {
    "asked": ApprovalStatus.PENDING,
    "withdrawn": ApprovalStatus.PENDING,
    "approved": ApprovalStatus.APPROVED,
    "changes": ApprovalStatus.APPROVED_PENDING_CHANGES,
    "rejected": ApprovalStatus.REJECTED,
    "void": ApprovalStatus.APPROVED,
}


def version(number: int = 1, ref: str = "draft", **fields) -> Deliverable:
    base = {
        "deliverable_id": f"dlv_{ref}_{number}",
        "workspace_id": "wsp_1",
        "task_id": "tsk_1",
        "type": "text",
        "created_by": "usr_1",
        "created_at": NOW,
        "updated_at": NOW,
        "deliverable_url": f"https://docs.example/{number}",
        "visible_in_portal": True,
    }
    return Deliverable(**{**base, "ref": ref, "version_number": number, **fields})


def lineage(history: str, ref: str = "draft", **fields) -> Lineage:
    """Read "internal changes | internal asked": decisions on version 1, then on version 2, in their order."""
    versions, approvals = [], []
    for number, words in enumerate(history.split("|"), start=1):
        row = version(number, ref, **fields)
        versions.append(row)
        for source, what in zip(*[iter(words.split())] * 2, strict=True):
            at = NOW + timedelta(minutes=len(approvals))
            base = {"workspace_id": "wsp_1", "task_id": "tsk_1", "round_number": 1, "requested_by": "usr_1"}
            approvals.append(
                Approval(
                    **base,
                    task_approval_id=f"apr_{len(approvals)}",
                    deliverable_id=row.deliverable_id,
                    source=SOURCES[source],
                    reason=ApprovalReason.PROCESS,
                    status=STATUSES[what],
                    requested_at=NOW,
                    decided_at=None if what in ("asked", "withdrawn") else at,
                    withdrawn_at=at if what in ("withdrawn", "void") else None,
                    created_at=NOW,
                    updated_at=NOW,
                )
            )
    return Lineage(versions=versions, approvals=approvals)


def state(*lineages: Lineage, sources: str = "internal portal", **fields) -> ApprovalState:
    asked = [SOURCES[name] for name in sources.split()]
    return ApprovalState(**{"sources": asked, "lineages": lineages, "has_partner": True, **fields})


@pytest.mark.parametrize(
    ("history", "inside", "partner"),
    [
        ("", "missing", "missing"),
        ("internal asked", "pending", "missing"),
        ("internal withdrawn", "missing", "missing"),
        ("internal approved", "granted", "missing"),
        ("internal changes", "granted", "missing"),
        ("internal rejected", "rejected", "missing"),
        ("internal approved portal rejected", "granted", "rejected"),
        ("internal approved portal asked", "granted", "pending"),
        # The latest word counts, and a request is heard before any word.
        ("internal rejected internal approved", "granted", "missing"),
        ("internal approved internal rejected", "rejected", "missing"),
        ("internal approved internal asked", "pending", "missing"),
        ("internal void", "missing", "missing"),
        ("internal approved internal void", "granted", "missing"),
        # A new version has none of the words on the one before...
        ("internal approved |", "stale", "missing"),
        ("internal rejected |", "missing", "missing"),
        ("internal approved internal rejected |", "missing", "missing"),
        ("internal approved | |", "stale", "missing"),
        ("internal approved | internal rejected |", "missing", "missing"),
        ("portal approved |", "missing", "stale"),
        # ...but after "go ahead, and change this one thing", for those who said that or yes.
        ("internal changes |", "changed", "missing"),
        ("internal changes | |", "stale", "missing"),
        ("internal approved portal changes |", "changed", "changed"),
        ("internal changes portal approved |", "stale", "stale"),
        ("internal changes portal rejected |", "stale", "missing"),
        ("internal approved internal changes portal changes |", "changed", "changed"),
        ("internal approved internal rejected portal changes |", "missing", "changed"),
        ("internal changes | internal rejected", "rejected", "missing"),
        ("internal changes | internal asked", "pending", "missing"),
    ],
)
def test_where_the_newest_version_stands_follows_from_what_was_said_of_it(history, inside, partner):
    found = lineage(history)
    assert (found.standing(INTERNAL), found.standing(PORTAL)) == (Standing(inside), Standing(partner))


def test_only_a_decision_on_this_content_or_the_change_that_it_let_pass_is_enough():
    assert {standing for standing in Standing if standing.is_enough} == {Standing.GRANTED, Standing.CHANGED}


def test_of_two_decisions_at_one_moment_the_later_request_is_the_last():
    found = lineage("internal approved internal rejected")
    for item in found.approvals:
        item.decided_at = NOW
    assert found.standing(INTERNAL) is Standing.REJECTED


@pytest.mark.parametrize(
    ("histories", "sources", "following", "judged"),
    [
        ([""], "internal portal", "internal", ["draft"]),
        (["internal asked"], "internal portal", "internal", []),
        (["internal rejected"], "internal portal", "internal", []),
        (["internal approved"], "internal portal", "portal", ["draft"]),
        (["internal approved"], "internal", None, []),
        (["internal approved", ""], "internal portal", "internal", ["text1"]),
        (["internal approved", "internal approved |"], "internal portal", "internal", ["text1"]),
        (["internal approved portal approved"], "internal portal", None, []),
        ([""], "portal internal", "portal", ["draft"]),
        ([], "internal", "internal", []),
        ([""], "", None, []),
    ],
)
def test_the_next_round_asks_the_first_source_that_has_something_left(histories, sources, following, judged):
    refs = ["draft", *(f"text{number}" for number in range(1, len(histories)))]
    found = state(*map(lineage, histories, refs), sources=sources)
    assert found.next_source == (SOURCES[following] if following else None)
    assert found.is_complete is (following is None)
    assert [row.ref for row in found.to_judge] == judged


def test_what_is_rejected_needs_its_next_version_before_anybody_is_asked_again():
    assert state(lineage("internal rejected"), lineage("", "photo")).has_rejected
    assert not state(lineage("internal asked"), lineage("", "photo")).has_rejected
    assert not state(lineage("internal approved portal approved")).has_rejected
    assert not state(lineage("portal rejected"), sources="internal").has_rejected


def test_the_partner_judges_only_what_is_visible_to_them():
    shown, kept = lineage("internal approved"), lineage("internal approved", "notes", visible_in_portal=False)
    found = state(shown, kept)
    assert found.relevant(INTERNAL) == [shown, kept]
    assert found.relevant(PORTAL) == [shown]
    assert [row.ref for row in found.to_judge] == ["draft"]
    assert state(lineage("internal approved portal approved"), kept).is_complete


@pytest.mark.parametrize(
    ("required", "in_training", "reason"),
    [
        ("internal", False, "process"),
        ("internal", True, "process"),
        ("", True, "training"),
        ("", False, "process"),
    ],
)
def test_somebody_is_asked_for_training_where_nothing_else_asks(required, in_training, reason):
    found = state(required=[SOURCES[name] for name in required.split()], in_training=in_training)
    assert found.reason(INTERNAL) == ApprovalReason(reason)


@pytest.mark.parametrize(
    ("required", "history", "in_training", "needed"),
    [
        ("", "", False, ""),
        ("internal", "", False, "internal"),
        ("portal internal", "", False, "portal internal"),
        ("", "", True, "internal"),
        ("portal", "", True, "internal portal"),
        ("portal internal", "", True, "portal internal"),
        # Whom the worker asked on their own account is not walked past.
        ("", "portal approved internal asked", False, "internal portal"),
        ("internal", "portal asked", False, "internal portal"),
        ("portal", "internal rejected", False, "portal internal"),
        ("internal", "portal withdrawn", False, "internal"),
    ],
)
def test_whose_decisions_are_needed(required, history, in_training, needed):
    sources = [SOURCES[name] for name in required.split()]
    found = rounds.needed(sources, lineage(history).approvals, in_training=in_training)
    assert [str(source) for source in found] == needed.split()
    assert [str(source) for source in sources] == required.split(), "what the definition says stays"


def test_versions_are_grouped_by_what_they_are_of_oldest_first():
    first, second, photo = version(1), version(2), version(1, "photo")
    step = version(1, task_step_id="stp_1")
    found = rounds.lineages(
        [second, photo, first, step], lineage("internal approved internal withdrawn").approvals
    )
    assert [item.versions for item in found] == [[photo], [first, second], [step]]
    for item in found:
        assert [one.task_approval_id for one in item.approvals] == ["apr_0"], (
            "what was taken back says nothing"
        )
    assert rounds.newest([second, photo, first, step]) == [second, photo, step]
    assert rounds.newest([first, second]) == [second]


def test_what_nothing_was_handed_over_of_is_nobodys_to_judge():
    empty = version(deliverable_url=None)
    assert rounds.lineages([empty], []) == []
    assert rounds.lineages([version(1), version(2, deliverable_url=None)], []) == []


def told(found: ApprovalState) -> list[str]:
    return [violation.message for violation in found.violations()]


NO_PARTNER = "It needs the partner's approval, but belongs to no partner: start a new one for a partner."
NOTHING = (
    "It needs {}, and nothing {} is handed over yet: hand it over, or add a deliverable where it owes none."
)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (state(lineage("")), ["“draft”, version 1 needs an internal approval: request it."]),
        (
            state(lineage("internal asked")),
            ["“draft”, version 1 waits for an internal approval: it is being decided."],
        ),
        (
            state(lineage("internal approved |")),
            ["“draft”, version 2 came after an internal approval: request a new one."],
        ),
        (
            state(lineage("internal rejected")),
            ["“draft”, version 1 was rejected: hand over the next version."],
        ),
        (
            state(lineage("internal approved")),
            ["“draft”, version 1 needs the partner's approval: request it."],
        ),
        (state(lineage("internal approved portal changes")), []),
        (
            state(lineage("internal approved"), lineage("internal asked", "photo"), sources="internal"),
            ["“photo”, version 1 waits for an internal approval: it is being decided."],
        ),
        (
            state(lineage("internal approved"), has_partner=False),
            [NO_PARTNER, "“draft”, version 1 needs the partner's approval: request it."],
        ),
        (state(has_partner=False, sources="internal"), [NOTHING.format("an internal approval", "to judge")]),
        (state(), [NOTHING.format("an internal approval", "to judge")]),
        (state(sources="portal"), [NOTHING.format("the partner's approval", "to judge")]),
        (
            state(lineage("", visible_in_portal=False), sources="portal"),
            [NOTHING.format("the partner's approval", "visible to the partner")],
        ),
        (
            state(lineage("", visible_in_portal=False)),
            [
                "It needs the partner's approval, and nothing is visible to the partner: mark it so.",
                "“draft”, version 1 needs an internal approval: request it.",
            ],
        ),
        (
            state(lineage(""), hidden={"dlv_draft_1": "#7"}),
            [
                "“draft”, version 1 leads to #7, which the partner may not see: hand over the file itself.",
                "“draft”, version 1 needs an internal approval: request it.",
            ],
        ),
        (state(lineage("portal approved internal approved"), hidden={"dlv_draft_1": "task #7"}), []),
        (
            state(lineage(""), hidden={"dlv_draft_1": "task #7"}, sources="internal"),
            ["“draft”, version 1 needs an internal approval: request it."],
        ),
    ],
)
def test_what_keeps_a_task_from_completion_is_said_with_what_to_do(given: ApprovalState, words: list[str]):
    assert told(given) == words


def test_each_of_them_says_which_version_or_whose_decision_it_is_about():
    [about_a_version] = state(lineage("internal approved |"), sources="internal").violations()
    assert about_a_version.as_detail() == {
        "code": "APPROVAL_STALE",
        "message": "“draft”, version 2 came after an internal approval: request a new one.",
        "area": "approval",
        "subject": "draft",
        "deliverable_id": "dlv_draft_2",
        "ref": "draft",
    }
    [about_none] = state().violations()
    assert (about_none.code, about_none.area) == ("APPROVAL_MISSING", "approval")
    assert (about_none.subject, about_none.extra) == (
        "internal, portal",
        {"sources": ["internal", "portal"], "lacks": "deliverable"},
    )
    [none_that_partners_see, _] = state(lineage("", visible_in_portal=False)).violations()
    assert none_that_partners_see.extra["lacks"] == "deliverable"


def test_what_keeps_the_next_request_back_is_told_without_the_decisions_that_it_would_bring():
    assert state(lineage("")).obstacles_to_request() == []
    [done] = state(lineage("internal approved"), sources="internal").obstacles_to_request()
    assert done.message == "Everything it hands over was approved already: complete it."
    [rejected] = state(lineage("internal rejected")).obstacles_to_request()
    assert rejected.code == "APPROVAL_MISSING"
    assert rejected.message == "“draft”, version 1 was rejected: hand over the next version."
