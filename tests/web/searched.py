"""The records that searches are asked of, made by chance that can be told again."""

from __future__ import annotations

import random
from datetime import timedelta

from engine.artifacts import service as artifacts
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval, ApprovalReason, ApprovalSource, DeliverableComment
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import dates
from engine.tasks.create import add_parts, take_identities
from engine.tasks.models import Note, Priority, Proof, ProofKind, Step, Task, TaskStatus
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction
from tests.conftest import NOW
from tests.told import added

WORDS = (
    "Red tent",
    "tent",
    "Größe",
    "100%",
    "under_score",
    "re-do",
    "call",
    "Call: Ana",
    "12:30",
    "Cafe\u0301",
)
BUNDLES = {"bnd_1": "Spring: Ordnung", "bnd_2": "The Größe"}
NOTES = ("Hello Ben, call ben@example.com", "Die Ordnung der Größe nach\n\nred", "A café in the tent")
FILES = ("Spring cafés", "briefing.md", "re do")
#: Said with a move, about a version of what is handed over, in steps and in proof.
REASONS = (None, "The tent is not ours", "Größe fehlt", "call ben@example.com first")
WAITS_FOR = ("Ana, who has the lantern", "the café")
STEPS = ("Red: look twice", "Pitch the tent", "Lantern")
REMARKS = ("The café is not a tent", "Größer, please: a red one")
TAGS = ("blue", "a b", "old")


def make_records(tx: Transaction, count: int = 90) -> None:
    """Store random tasks of every kind, some with proof, notes and files."""
    chance = random.Random(5)  # noqa: S311 - test data
    edges = [dates.start_of(tx.today + timedelta(days=days), tx.timezone) for days in (-1, 0, 1, 2)]
    runs = [None, *edges, *(NOW + timedelta(hours=12 * n) for n in range(-3, 18))]
    for bundle_id, title in BUNDLES.items():
        add_bundle(tx, bundle_id, title)
    people, partners, campaigns = tx.find(Employee), tx.find(Partner), tx.find(Campaign)
    for identity in take_identities(tx, count):
        assignee = chance.choice([None, None, *people])
        campaign = chance.choice([None, *campaigns])
        partner = chance.choice([None, *partners])
        deadline = chance.choice([None, *(NOW + timedelta(hours=9 * n) for n in range(-12, 30))])
        status = chance.choice(list(TaskStatus))
        flagged = status is TaskStatus.COMPLETED and chance.random() < 0.6
        task = Task(
            **identity,
            workspace_id=tx.workspace_id,
            title=" ".join(chance.sample(WORDS, 2)),
            description=chance.choice([None, "A RED one", "größer"]),
            task_type=chance.choice(["untyped", "article"]),
            category=chance.choice(["general", "content"]),
            status=status,
            status_reason=chance.choice(REASONS),
            waiting_for=chance.choice(WAITS_FOR) if status is TaskStatus.WAITING else None,
            skip_reason=chance.choice(REASONS) if status is TaskStatus.SKIPPED else None,
            cancel_reason=chance.choice(REASONS) if status is TaskStatus.CANCELLED else None,
            priority=chance.choice(list(Priority)),
            tags=chance.sample(TAGS, k=chance.randrange(3)),
            bundle_id=chance.choice([None, *BUNDLES]),
            template_id=chance.choice([None, "podcast"]),
            partner_id=partner.partner_id if partner else None,
            campaign_id=campaign.campaign_id if campaign else None,
            owner_id=tx.actor.user_id,
            assignee_id=assignee.employee_id if assignee else None,
            assigned_to_bot=assignee is None and chance.random() < 0.4,
            requires_human_review=chance.random() < 0.4,
            blocked_by="tsk_other" if chance.random() < 0.3 else None,
            deadline=deadline,
            due_date=deadline.date() if deadline else None,
            scheduled_for=chance.choice(runs),
            closed_at=NOW - timedelta(days=1) if status in TERMINAL else None,
            qa_flagged=flagged,
            qa_reviewed_at=NOW if flagged and chance.random() < 0.5 else None,
            created_at=NOW,
            updated_at=NOW,
        )
        add_parts(tx, task, summary="made")
        add_further(tx, task, chance)


def add_bundle(tx: Transaction, bundle_id: str, title: str) -> None:
    added(
        tx,
        Bundle(
            bundle_id=bundle_id,
            workspace_id=tx.workspace_id,
            template_id="podcast",
            template_hash="",
            commit=None,
            title=title,
            anchor_date=NOW.date(),
            stage="work",
            owner_id=tx.actor.user_id,
            created_at=NOW,
            updated_at=NOW,
        ),
    )


def add_further(tx: Transaction, task: Task, chance: random.Random) -> None:
    base = {"workspace_id": tx.workspace_id, "task_id": task.task_id, "created_at": NOW}
    if chance.random() < 0.6:
        given_at = NOW if chance.random() < 0.6 else None
        value = "https://example.com/launch" if given_at else None
        proof = {"kind": ProofKind.URL, "position": 1, "label": "Page", "given_at": given_at, "value": value}
        added(tx, Proof(task_proof_id=tx.new_id(Proof), updated_at=NOW, **base, **proof))
    if chance.random() < 0.4:
        note = {"body": chance.choice(NOTES), "created_by": tx.actor.user_id}
        added(tx, Note(task_note_id=tx.new_id(Note), **base, **note))
    if chance.random() < 0.5:
        is_left_out, why = chance.random() < 0.5, chance.choice(REASONS)
        left_out = {"left_out_at": NOW, "left_out_reason": why} if is_left_out else {}
        step = {"ref": "look", "position": 1, "title": chance.choice(STEPS), **left_out}
        added(tx, Step(task_step_id=tx.new_id(Step), updated_at=NOW, **base, **step))
    if chance.random() < 0.4:
        remark = {"body": chance.choice(REMARKS), "created_by": tx.actor.user_id, "deliverable_id": "dlv_1"}
        anchor = chance.choice([None, {"line": 3}, {"quote": "Lantern, under_score"}])
        key = tx.new_id(DeliverableComment)
        added(tx, DeliverableComment(deliverable_comment_id=key, anchor=anchor, **base, **remark))
    if chance.random() < 0.3:
        asked = {"requested_by": tx.actor.user_id, "requested_at": NOW, "updated_at": NOW, "round_number": 1}
        kind = {"source": ApprovalSource.INTERNAL, "reason": ApprovalReason.PROCESS}
        of = {"task_approval_id": tx.new_id(Approval), "deliverable_id": "dlv_1"}
        added(tx, Approval(**base, **asked, **kind, **of, feedback=chance.choice((None, *REMARKS))))
    if chance.random() < 0.4:
        label = chance.choice(FILES)
        artifacts.add(
            tx, task_id=task.task_id, bundle_id=None, blob=None, type="draft", label=label, file_name=None,
            content_type=None, url="https://example.com/calls/7",
        )  # fmt: skip
