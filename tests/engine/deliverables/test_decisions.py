"""What a decision keeps and tells, in which words it is refused, and where the task goes (APR-03)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.access import Outcome
from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.link_copies import LinkCopy
from engine.artifacts.models import ArtifactLink
from engine.audit.models import Action, Event
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.errors import (
    AlreadyDecidedError,
    BadRequestError,
    FeedbackRequiredError,
    ForbiddenError,
    NotFoundError,
    OwnWorkError,
    StaleVersionError,
)
from engine.tasks.models import Step, TaskStatus
from tests.engine.conftest import NOW, Bench
from tests.engine.deliverables.rounds import (
    BOTH,
    INTERNAL,
    PORTAL,
    all_of,
    ask,
    decide,
    decide_all,
    open_ones,
    rows,
    with_deliverable,
)
from tests.statements import counted
from tests.told import saved

CHANGES = "approved_pending_changes"
STEPS = {CHANGES: ["Change asked for: Bluer."]}


def asked(bench: Bench, approval: dict = INTERNAL, *refs: str) -> str:
    task_id = with_deliverable(bench, approval, *(refs or ("draft",)))
    bench.change(task_id, bundle_id="bnd_1")
    ask(bench, task_id)
    bench.clock.advance(hours=1)
    return task_id


def told(bench: Bench, task_id: str, action: Action) -> list[Event]:
    return [event for event in bench.events(task_id) if event.action is action]


@pytest.mark.parametrize(
    ("outcome", "words", "feedback"),
    [
        ("approved", "approved", None),
        ("approved", "approved", "Lovely."),
        (CHANGES, "approved with a change to make", "Bluer."),
        ("rejected", "rejected", "Why so long?"),
    ],
)
def test_a_decision_keeps_who_when_what_and_why_and_tells_it(bench: Bench, outcome, words, feedback):
    task_id = asked(bench)
    [approval] = open_ones(bench, task_id)
    given = None if feedback is None else f"  {feedback}\n"
    decide(bench, approval, outcome, given)
    [kept], [row] = all_of(bench, task_id), rows(bench, task_id)
    now = NOW + timedelta(hours=1)
    assert (kept.status, kept.feedback) == (ApprovalStatus(outcome), feedback)
    assert (kept.approver_id, kept.decided_at) == (bench.actors["mara"].user_id, now)
    assert kept.approved_at == (None if outcome == "rejected" else now)
    assert (kept.content_hash, row.frozen_at) == (row.content_hash, now)
    name = bench.task(task_id).name
    [decided], [frozen] = (
        told(bench, task_id, action) for action in (Action.APPROVAL_DECIDED, Action.DELIVERABLE_FROZEN)
    )
    assert decided.summary == f"“draft”, version 1 of {name} was {words} by Mara"
    assert (decided.reason, decided.bundle_id) == (feedback, "bnd_1")
    assert frozen.summary == f"“draft”, version 1 of {name} was frozen as it was judged"
    assert frozen.bundle_id == "bnd_1"


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        ("approved", TaskStatus.COMPLETED, "Approved"),
        (CHANGES, TaskStatus.IN_PROGRESS, "Approved, with a change to make: Bluer."),
        ("rejected", TaskStatus.IN_PROGRESS, "Rejected: Bluer."),
    ],
)
def test_the_task_goes_where_the_decision_sends_it(bench: Bench, outcome: str, status, reason: str):
    task_id = asked(bench)
    decide_all(bench, task_id, outcome, "Bluer.")
    task = bench.task(task_id)
    assert (task.status, task.status_reason) == (status, reason)
    with bench.reading() as tx:
        assert [step.title for step in tx.find(Step, task_id=task_id)] == STEPS.get(outcome, [])


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        (["rejected", "approved", CHANGES], "Rejected: No."),
        ([CHANGES, "rejected", "approved"], "Rejected: No."),
        (["approved", CHANGES, CHANGES], "Approved, with a change to make: Bluer."),
        (["approved", "approved", "approved"], "Approved"),
    ],
)
def test_a_round_of_several_waits_for_all_and_follows_the_worst(bench: Bench, outcomes, reason: str):
    task_id = asked(bench, INTERNAL, "one", "two", "three")
    words = {"rejected": "No.", CHANGES: "Bluer.", "approved": None}
    for approval, outcome in zip(open_ones(bench, task_id), outcomes, strict=True):
        assert bench.task(task_id).status is TaskStatus.PENDING_APPROVAL
        decide(bench, approval, outcome, words[outcome])
    assert bench.task(task_id).status_reason == reason


def test_an_outcome_of_an_earlier_round_sends_nobody_back(bench: Bench):
    task_id = asked(bench, BOTH)
    decide_all(bench, task_id, "rejected", "No.")
    with bench.writing("ana") as tx:
        versions.new_version(tx, rows(bench, task_id)[0].deliverable_id, url="https://docs.example/2")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved")
    assert bench.task(task_id).status is TaskStatus.PENDING_APPROVAL
    [partners] = open_ones(bench, task_id)
    assert partners.requested_by == bench.actors["ana"].user_id
    decide_all(bench, task_id, CHANGES, "Bluer.", by="pat")
    assert bench.task(task_id).status_reason == "Approved, with a change to make: Bluer."


def test_what_is_still_owed_sends_an_approved_task_back_and_says_what(bench: Bench):
    task_id = asked(bench, BOTH)
    bench.parts(task_id, {"ref": "print"}, {"ref": "fold"})
    decide_all(bench, task_id, "approved")
    task = bench.task(task_id)
    assert task.status is TaskStatus.IN_PROGRESS
    steps = "The step “Print” is open: do it and tick it. The step “Fold” is open: do it and tick it."
    assert task.status_reason.startswith(f"Approved. {steps} ")
    assert open_ones(bench, task_id) == [], "the partner is not asked about what is not ready"


def test_a_partner_who_can_see_nothing_is_not_asked_and_the_task_says_why(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft", visible=False)
    ask(bench, task_id)
    bench.change(task_id, approval=BOTH)
    decide_all(bench, task_id, "approved")
    task = bench.task(task_id)
    assert task.status is TaskStatus.IN_PROGRESS
    assert task.status_reason.startswith("Approved. It needs the partner's approval, and nothing visible")


def test_a_long_reason_is_cut_to_what_a_status_takes(bench: Bench):
    task_id = asked(bench)
    decide_all(bench, task_id, "rejected", "x" * 10_000)
    assert bench.task(task_id).status_reason == "Rejected: " + "x" * 2589 + "…"
    assert all_of(bench, task_id)[0].feedback == "x" * 10_000


def refused(bench: Bench, kind: type[Exception], approval, *given, **more) -> Exception:
    state = bench.state()
    with pytest.raises(kind) as caught:
        decide(bench, approval, *given, **more)
    assert bench.state() == state
    return caught.value


def test_feedback_has_a_limit(bench: Bench):
    [approval] = open_ones(bench, asked(bench))
    error = refused(bench, BadRequestError, approval, "approved", "x" * 10_001)
    assert error.message == "The feedback has 10001 characters; 10000 is the most."
    assert [(one["field"], one["message"]) for one in error.details] == [("feedback", "too long")]


@pytest.mark.parametrize(
    ("outcome", "what"), [(CHANGES, "what to change"), ("rejected", "why, and what to do")]
)
def test_who_asks_for_more_says_what(bench: Bench, outcome: str, what: str):
    [approval] = open_ones(bench, asked(bench))
    error = refused(bench, FeedbackRequiredError, approval, outcome, " ")
    assert error.message == f"Say {what}: this decision needs feedback."
    assert error.details == [{"code": "FEEDBACK_REQUIRED", "field": "feedback", "message": f"say {what}"}]


def test_there_are_three_outcomes(bench: Bench):
    [approval] = open_ones(bench, asked(bench))
    error = refused(bench, BadRequestError, approval, "noted")
    known = "approved, approved_pending_changes, rejected"
    assert error.message == f"'noted' is not an outcome. Use one of: {known}."
    assert [(one["field"], one["message"]) for one in error.details] == [("outcome", f"one of {known}")]
    decide(bench, approval, Outcome.APPROVED)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("approved", "approved"), (CHANGES, "approved pending changes"), ("rejected", "rejected")],
)
def test_who_comes_second_is_told_who_decided_what(bench: Bench, outcome: str, words: str):
    [approval] = open_ones(bench, asked(bench))
    decide(bench, approval, outcome, "Bluer.")
    error = refused(bench, AlreadyDecidedError, approval, "approved", by="olga")
    assert error.message == (f"Mara has decided on “draft”, version 1 already: {words}. Load the page again.")


def test_what_was_decided_by_nobody_who_is_known_is_decided_all_the_same(bench: Bench):
    task_id = asked(bench)
    [approval] = open_ones(bench, task_id)
    decide(bench, approval, "approved")
    for approver_id in ("usr_gone", None):
        with bench.writing() as tx:
            kept = tx.get(Approval, approval.task_approval_id)
            kept.approver_id = approver_id
            saved(tx, kept)
        with pytest.raises(AlreadyDecidedError, match=r"^Somebody has decided on “draft”"):
            decide(bench, approval, "approved", by="olga")


def test_what_was_withdrawn_is_decided_by_nobody(bench: Bench):
    task_id = asked(bench)
    [approval] = open_ones(bench, task_id)
    with bench.writing("ana") as tx:
        approvals.withdraw(tx, task_id)
    assert refused(bench, AlreadyDecidedError, approval, "approved").message == (
        "The request to decide on “draft”, version 1 was withdrawn. There is nothing to decide any more."
    )


def test_only_what_was_looked_at_is_decided(bench: Bench):
    task_id = asked(bench)
    [approval], [row] = open_ones(bench, task_id), rows(bench, task_id)
    assert refused(bench, StaleVersionError, approval, "approved", seen="x").message == (
        "“draft”, version 1 changed since you looked at it. "
        "Look at it again, then decide on what is there now."
    )
    decide(bench, approval, "approved", seen=f" {row.content_hash}\n")


def test_a_version_that_has_a_newer_one_is_decided_by_nobody(bench: Bench):
    task_id = asked(bench)
    [approval] = open_ones(bench, task_id)
    bench.parts(
        task_id, {"ref": "draft", "type": "text", "version_number": 2, "deliverable_url": "https://x.example"}
    )
    assert refused(bench, StaleVersionError, approval, "approved").message == (
        "“draft”, version 1 is outdated: version 2 was handed over. Decide on that one."
    )


def test_what_leads_to_what_may_still_change_is_not_judged(bench: Bench):
    """S4."""
    task_id = with_deliverable(bench, INTERNAL, "draft", "photo")
    draft, photo = rows(bench, task_id)
    with bench.writing() as tx:
        kept = tx.get(Deliverable, draft.deliverable_id)
        kept.deliverable_url = f"/deliverables/{photo.deliverable_id}/file"
        saved(tx, kept)
    ask(bench, task_id)
    [approval] = [one for one in open_ones(bench, task_id) if one.deliverable_id == draft.deliverable_id]
    message = refused(bench, StaleVersionError, approval, "approved").message
    assert message == (
        f"“draft”, version 1 cannot be judged: '/deliverables/{photo.deliverable_id}/file' leads to a "
        "version without a stored file; hand over the file itself, or an address elsewhere. Ask for that."
    )


def test_all_that_a_decision_looks_at_is_read_in_two_statements(bench: Bench):
    task_id = asked(bench)
    [approval], [row] = open_ones(bench, task_id), rows(bench, task_id)
    with bench.reading("olga") as tx, counted() as statements:
        decisions.check(tx, approval.task_approval_id, "approved", seen=row.content_hash)
        approvals.of_task(tx, task_id)
    assert len(statements) == 2


def test_a_version_is_frozen_at_its_first_decision(bench: Bench):
    task_id = asked(bench, BOTH)
    decide_all(bench, task_id, "approved")
    bench.clock.advance(hours=1)
    decide_all(bench, task_id, "approved", by="pat")
    assert rows(bench, task_id)[0].frozen_at == NOW + timedelta(hours=1)
    assert len(told(bench, task_id, Action.DELIVERABLE_FROZEN)) == 1


@pytest.mark.parametrize(
    ("approval", "by", "words"),
    [
        (INTERNAL, "olga", "Olga worked on this, so somebody else decides. Ask another manager."),
        (PORTAL, "pat", "Pat worked on this, so somebody else at the partner decides."),
    ],
)
def test_who_worked_on_it_is_told_who_decides_instead(bench: Bench, approval: dict, by: str, words: str):
    task_id = with_deliverable(bench, approval, "draft")
    with bench.writing() as tx:
        row = tx.get(Deliverable, rows(bench, task_id)[0].deliverable_id)
        row.authors = [*row.authors, bench.actors[by].user_id]
        saved(tx, row)
    ask(bench, task_id)
    [one] = open_ones(bench, task_id)
    assert refused(bench, OwnWorkError, one, "approved", by=by).message == words


@pytest.mark.parametrize(
    ("approval", "by", "words"),
    [
        (INTERNAL, "ana", "Ana may not decide this approval. It takes a manager or admin, and no agent."),
        (INTERNAL, "sam", "Sam may not decide this approval. It takes a manager or admin, and no agent."),
        (PORTAL, "mara", "Mara may not decide this approval. It takes a user of its partner, and no agent."),
    ],
)
def test_who_may_not_decide_is_told_who_may(bench: Bench, approval: dict, by: str, words: str):
    [one] = open_ones(bench, asked(bench, approval))
    assert refused(bench, ForbiddenError, one, "approved", by=by).message == words


def test_what_the_store_has_lost_is_not_decided(bench: Bench):
    [one] = open_ones(bench, asked(bench))
    lost = one.model_copy(update={"deliverable_id": "dlv_gone"})
    with bench.reading() as tx, pytest.raises(NotFoundError) as caught:
        decisions.judged(tx, lost)
    assert caught.value.message == (
        f"What approval {one.task_approval_id} judges is not in the store. Restore it from a backup."
    )
    with bench.reading() as tx, pytest.raises(NotFoundError):
        decisions.judged(tx, one.model_copy(update={"task_id": "tsk_gone"}))


@pytest.mark.parametrize(
    ("url", "has_file", "address"),
    [
        ("https://docs.example/a", False, "https://docs.example/a"),
        ("http://docs.example/a", False, "http://docs.example/a"),
        ("https://docs.example/a", True, None),
        (None, True, None),
    ],
)
def test_what_lives_elsewhere_is_copied_from_there(bench: Bench, url, has_file: bool, address):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    [row] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        blob = Blob("a" * 64, 5) if has_file else None
        versions.edit(tx, row.deliverable_id, url=url or "", blob=blob, file_name="a.pdf")
    ask(bench, task_id)
    [approval], [row] = open_ones(bench, task_id), rows(bench, task_id)
    with bench.reading("mara") as tx:
        found = decisions.check(tx, approval.task_approval_id, "approved", seen=row.content_hash)
    assert found.outside_address == address
    assert found.sha256 == ("a" * 64 if has_file else None)


@pytest.mark.parametrize(
    ("final", "url"), [(None, "https://a.example"), ("https://b.example", "https://b.example")]
)
def test_what_an_address_served_is_kept_as_it_came(bench: Bench, final: str | None, url: str):
    task_id, blob = asked(bench), Blob("b" * 64, 12)
    copy = LinkCopy(
        url="https://a.example", blob=blob, file_name="a.html", content_type="text/html", final_url=final
    )
    [approval] = open_ones(bench, task_id)
    decided = decide(bench, approval, "approved", copy=copy)
    with bench.reading() as tx:
        [kept] = artifacts.of_task(tx, task_id)
        [tie] = tx.find(ArtifactLink, artifact_id=kept.artifact_id)
    assert decided.evidence_artifact_id == kept.artifact_id
    assert decided.evidence_failure is None
    assert (kept.role, kept.type, kept.label) == ("evidence", "link_copy", "draft")
    assert (kept.file_name, kept.content_type, kept.url) == ("a.html", "text/html", url)
    assert (kept.sha256, kept.size_bytes) == ("b" * 64, 12)
    assert (tie.task_id, tie.bundle_id) == (task_id, "bnd_1")


@pytest.mark.parametrize(("failure", "kept"), [("It hung up.", "It hung up."), (None, "nothing was served")])
def test_why_there_is_no_copy_is_kept(bench: Bench, failure: str | None, kept: str):
    [approval] = open_ones(bench, asked(bench))
    decided = decide(bench, approval, "approved", copy=LinkCopy(url="https://a.example", failure=failure))
    assert (decided.evidence_failure, decided.evidence_artifact_id) == (kept, None)
