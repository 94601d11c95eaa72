"""The event: an append-only fact of who did what to which record, before and after (AUD-01)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from engine.access import ActorKind
from engine.record import Moment, Record, RecordSpec


class Action(StrEnum):
    """Every kind of event, subject first, past tense. Members are never removed."""

    WORKSPACE_CREATED = "workspace_created"  #: a tenant was set up
    DEMO_TOLD = "demo_told"  #: the store was filled by the demo, whose passwords anybody can read
    USER_ADDED = "user_added"  #: somebody may sign in
    USER_CHANGED = "user_changed"  #: name, roles or employee of a user changed
    SIGN_IN_LINK_MADE = "sign_in_link_made"  #: a one-time link was given out; never says which
    SIGN_IN_LINK_USED = "sign_in_link_used"  #: somebody followed one, and is asked for their second factor
    USER_SIGNED_IN = "user_signed_in"  #: a session began
    SECOND_FACTOR_ADDED = "second_factor_added"  #: somebody is asked for it from now on, after the password
    SECOND_FACTOR_RENAMED = "second_factor_renamed"  #: its person calls it something else
    SECOND_FACTOR_REMOVED = "second_factor_removed"  #: its person is not asked for it any more
    SECOND_FACTORS_RESET = "second_factors_reset"  #: an admin took all of somebody's, who had lost them
    SECOND_FACTOR_PROVED = "second_factor_proved"  #: its person proved by it that they set up another one
    RECOVERY_CODES_MADE = "recovery_codes_made"  #: somebody has ten new ones; never says which
    SESSION_ENDED = "session_ended"  #: a session ended before its time; says by what
    EMPLOYEE_CHANGED = "employee_changed"  #: an employee was added or changed
    ABSENCE_ENTERED = "absence_entered"  #: somebody is away on some days, and who stands in
    ABSENCE_REMOVED = "absence_removed"  #: somebody is there on those days after all
    PARTNER_CHANGED = "partner_changed"  #: a partner was added or changed
    CAMPAIGN_CHANGED = "campaign_changed"  #: a campaign was added or changed
    ATTACHMENT_ADDED = "attachment_added"  #: guidance was attached to a campaign
    ATTACHMENT_REMOVED = "attachment_removed"  #: guidance was taken off a campaign
    STORE_SEALED = "store_sealed"  #: an upgrade told the hashes of the records as it left them
    TEMPLATE_PINNED = "template_pinned"  #: a template revision was stored for its first bundle
    BUNDLE_CREATED = "bundle_created"  #: a template was started
    BUNDLE_UPDATED = "bundle_updated"  #: the bundle has another title
    BUNDLE_STAGE_CHANGED = "bundle_stage_changed"  #: the bundle moved to another stage
    BUNDLE_REANCHORED = "bundle_reanchored"  #: the anchor date or a parameter's day moved, open tasks too
    BUNDLE_MIGRATED = "bundle_migrated"  #: the run, or a part of it, follows a newer template
    BUNDLE_COMPLETED = "bundle_completed"  #: all tasks terminal, all links filled or waived
    BUNDLE_CANCELLED = "bundle_cancelled"  #: the run was called off, its open tasks with it
    BUNDLE_HANDED_OVER = "bundle_handed_over"  #: another user owns the run
    SCHEDULE_STARTED = "schedule_started"  #: bundles of a template begin by themselves from now on
    SCHEDULE_PAUSED = "schedule_paused"  #: none of them begins by itself any more
    SCHEDULE_CHANGED = "schedule_changed"  #: its next start is another, or something keeps it from starting
    SCHEDULED_START = "scheduled_start"  #: one of its days was started, left out, missed or refused, or waits
    PROPOSAL_BEGUN = "proposal_begun"  #: somebody began to write a change of the content
    PROPOSAL_CHANGED = "proposal_changed"  #: it says something else, or about another base
    PROPOSAL_OFFERED = "proposal_offered"  #: it is offered for review, as a branch
    PROPOSAL_PUSHED = "proposal_pushed"  #: the remote has its branch, or could not take it; says why
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"  #: its author took it back
    PROPOSAL_MERGED = "proposal_merged"  #: what it says is live
    FEED_MADE = "feed_made"  #: somebody lets a calendar program read their work; never says where
    FEED_REVOKED = "feed_revoked"  #: no calendar program reads it any more
    TOKEN_MADE = "token_made"  # noqa: S105 #: a program may act for somebody; never says with what secret
    TOKEN_ROTATED = "token_rotated"  # noqa: S105 #: an API token has a new secret
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 #: an API token was ended
    LINK_FILLED = "link_filled"  #: a bundle link got its URL
    LINK_WAIVED = "link_waived"  #: a skipped task made a bundle link unnecessary
    TASK_CREATED = "task_created"  #: a task was made, in a bundle or alone
    TASK_UPDATED = "task_updated"  #: fields other than the status changed
    TASK_STATUS_CHANGED = "task_status_changed"  #: one move of the status table
    TASK_ASSIGNED = "task_assigned"  #: another person or role does the task
    TASK_RELEASED = "task_released"  #: its last open dependency was satisfied
    TASK_BLOCKER_LOST = "task_blocker_lost"  #: a task that it waits for failed or was cancelled
    TASK_CORRECTED = "task_corrected"  #: it was closed by mistake: that was taken back, with what followed
    CHANGE_UNDONE = "change_undone"  #: whoever changed it took that back a moment later
    STEP_COMPLETED = "step_completed"  #: a checklist item was ticked
    STEP_REOPENED = "step_reopened"  #: a checklist item was unticked
    STEP_ADDED = "step_added"  #: an ad hoc checklist item
    STEP_LEFT_OUT = "step_left_out"  #: a checklist item does not apply here, or an ad hoc one is taken back
    NOTE_EDITED = "note_edited"  #: its author gave a remark another text
    NOTE_ADDED = "note_added"  #: a dated remark on a task
    PROOF_GIVEN = "proof_given"  #: evidence was given or replaced
    DELIVERABLE_CREATED = "deliverable_created"  #: a row of what is owed or offered
    DELIVERABLE_EDITED = "deliverable_edited"  #: URL or facts of an undecided version changed
    DELIVERABLE_FROZEN = "deliverable_frozen"  #: a decision was made on the version, so it never changes
    DELIVERABLE_DELIVERED = "deliverable_delivered"  #: the partner got this version
    DELIVERABLE_TAKEN_BACK = "deliverable_taken_back"  #: withdrawn before the partner judged it
    DELIVERABLE_COMMENTED = "deliverable_commented"  #: a dated remark on a version
    APPROVAL_REQUESTED = "approval_requested"  #: a version waits for a decision
    APPROVAL_DECIDED = "approval_decided"  #: approved, approved with changes, or rejected
    APPROVAL_WITHDRAWN = "approval_withdrawn"  #: the request was taken back before a decision
    APPROVAL_ESCALATED = "approval_escalated"  #: it waited too long; nothing was approved by that
    REMINDER_SENT = "reminder_sent"  #: somebody was reminded of something
    REMINDER_WITHHELD = "reminder_withheld"  #: a reminder was not sent, or waits for the morning; says why
    REMINDER_ANSWERED = "reminder_answered"  #: whom it was for dismissed it, or put it off
    HUMAN_REVIEW_APPROVED = "human_review_approved"  #: an automated task may run
    HUMAN_REVIEW_REJECTED = "human_review_rejected"  #: an automated task must not run
    HUMAN_REVIEW_VOIDED = "human_review_voided"  #: what was permitted to run has changed
    EXECUTION_QUEUED = "execution_queued"  #: an attempt at an automated task waits for a worker
    EXECUTION_STARTED = "execution_started"  #: a worker began it
    EXECUTION_CANCEL_ASKED = "execution_cancel_asked"  #: somebody calls off an attempt that runs
    EXECUTION_ENDED = "execution_ended"  #: it is over; says how, and what is known
    EXECUTION_MOVED_UP = "execution_moved_up"  #: somebody let it be the next that its executor begins
    EXECUTOR_PAUSED = "executor_paused"  #: it begins nothing more in the workspace; says why
    EXECUTOR_RESUMED = "executor_resumed"  #: it begins what waits again
    EXECUTOR_LIMITED = "executor_limited"  #: how much of it is begun at most was changed
    AUTOMATION_STOPPED = "automation_stopped"  #: no executor begins anything more; says why
    AUTOMATION_STARTED = "automation_started"  #: they go on
    WORKER_DRAINED = "worker_drained"  #: a worker begins nothing more
    WORKER_UNDRAINED = "worker_undrained"  #: it goes on
    EXECUTION_TRIMMED = "execution_trimmed"  #: what it said on its way is old, and was forgotten
    EXECUTION_SETTLED = "execution_settled"  #: somebody found out whether what was in doubt happened
    WATCH_CHANGED = "watch_changed"  #: somebody watches, mutes or no longer watches a task or a bundle
    NOTIFICATION_MADE = "notification_made"  #: somebody is told something, in their inbox or outside
    NOTIFICATION_SENT = "notification_sent"  #: a message went out to somebody
    NOTIFICATION_OVER = "notification_over"  #: what somebody was told in their inbox holds no more
    MESSAGES_CHOSEN = "messages_chosen"  #: somebody is told of other things, by other ways or at other times
    MESSAGES_PAUSED = "messages_paused"  #: an admin holds back all messages, or lets them go out again
    SECRET_SET = "secret_set"  # noqa: S105 #: a password or an address was sealed; never says which
    SECRET_REMOVED = "secret_removed"  # noqa: S105 #: a password or an address was forgotten
    WEBHOOK_MADE = "webhook_made"  #: what happens is sent to a program elsewhere from now on
    WEBHOOK_CHANGED = "webhook_changed"  #: it is sent elsewhere, or other things of it are
    WEBHOOK_ROTATED = "webhook_rotated"  #: its messages are signed with a new secret
    WEBHOOK_PAUSED = "webhook_paused"  #: nothing is sent for now; says why
    WEBHOOK_RESUMED = "webhook_resumed"  #: what waited is sent, and what happens from now on
    WEBHOOK_REDELIVERED = "webhook_redelivered"  #: an admin had messages sent again
    WEBHOOK_REMOVED = "webhook_removed"  #: nothing is sent any more
    CONTENT_FETCHED = "content_fetched"  #: the branch that content is fetched from went on
    CONTENT_REWRITTEN = "content_rewritten"  #: what was fetched before is no longer part of its history
    CONTENT_IN_USE = "content_in_use"  #: people were told what a commit of the content means for them
    QA_ROLLED = "qa_rolled"  #: the die that chooses tasks for QA, with its sides and its result
    QA_FLAGGED = "qa_flagged"  #: a completed task is to be looked at again, and why
    QA_REVIEWED = "qa_reviewed"  #: a completed task was scored
    WORKLOG_MADE = "worklog_made"  #: what a client may read about a week was put together, perhaps again
    WORKLOG_EDITED = "worklog_edited"  #: somebody gave a worklog other words before it was sent
    WORKLOG_SENT = "worklog_sent"  #: the partner's people read it from now on
    ARTIFACT_ADDED = "artifact_added"  #: supporting material or a file was stored
    ARTIFACT_APPROVED = "artifact_approved"  #: an artifact may serve as proof


class Event(Record):
    """Who did what to which record, and when; never changed afterwards (AUD-01).

    The hash covers the canonical JSON of all other fields (D11).
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="audit_events",
        key=("audit_event_id",),
        prefix="evt",
        promoted=("workspace_id", "seq", "entity_id", "task_id", "bundle_id", "action", "occurred_at"),
        indexes=(
            ("workspace_id", "entity_id", "seq"),
            ("workspace_id", "task_id", "seq"),
            ("workspace_id", "bundle_id", "seq"),
        ),
        unique=(("workspace_id", "seq"),),
        references={
            "workspace_id": "workspaces",
            "actor_id": "users",
            "task_id": "tasks",
            "bundle_id": "bundles",
            "act_id": "audit_events",
        },
        append_only=True,
        open_words=frozenset({"action"}),
    )

    #: The event's id: `evt_`, then 26 digits and capitals that sort by the time of making.
    audit_event_id: str
    workspace_id: str
    #: Numbers the events of the workspace from 1 without gaps: their order (decision 11).
    seq: int
    #: When it happened; all events of one act have the same moment.
    occurred_at: Moment
    #: The act that it belongs to, all that was done at once: the `audit_event_id` of the first event of it,
    #: whose events follow one another. Null in events of releases before 0.4.0.
    act_id: str | None = None
    #: What happened.
    action: Action
    #: What stands behind it.
    actor_kind: ActorKind
    #: The user who acted. Null for the system.
    actor_id: str | None
    #: The name of whoever acted, as it was then.
    actor_name: str
    #: The table of the record that it is about.
    entity_type: str
    #: The id of the record that it is about.
    entity_id: str
    #: The task whose history it belongs to, also where it is about a step, note or proof of it. Null
    #: where it is about no task.
    task_id: str | None
    #: The bundle whose history it belongs to. Null where it is about no bundle.
    bundle_id: str | None
    #: What happened, in a sentence for a timeline.
    summary: str
    #: The fields that changed, as they were; never secrets (AUD-10). Null where the record was made.
    before: dict[str, Any] | None
    #: The fields that changed, as they became; what matters about it where the record was made. Null
    #: where no field changed.
    after: dict[str, Any] | None
    #: Why, in the words of whoever acted. Null where nobody said.
    reason: str | None
    #: Hashes of the records that this act wrote: name to hash; exports/FORMAT.md says how.
    #: Null in events of releases before 0.3.0.
    record_hashes: dict[str, str] | None = None
    #: The `hash` of the event before; 64 zeros in the first.
    previous_hash: str
    #: The SHA-256 over all other fields of this event, as hexadecimal digits.
    hash: str
