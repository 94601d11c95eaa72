"""The calls of webhooks; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import WebhookDeliveryId, WebhookId


class Webhooks(Collection):
    """The calls of webhooks."""

    def list(self, *, limit: int | None = None) -> Listing[models.Webhook]:
        """List: Where what happens is sent, by name; for admins. A secret was shown as it was made.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.Webhook, "webhooks", "/api/webhooks", {}, limit)

    def make(
        self,
        *,
        name: str,
        url: str,
        kinds: Sequence[
            Literal[
                "workspace_created",
                "demo_told",
                "user_added",
                "user_changed",
                "sign_in_link_made",
                "sign_in_link_used",
                "user_signed_in",
                "second_factor_added",
                "second_factor_renamed",
                "second_factor_removed",
                "second_factors_reset",
                "second_factor_proved",
                "recovery_codes_made",
                "session_ended",
                "employee_changed",
                "absence_entered",
                "absence_removed",
                "partner_changed",
                "campaign_changed",
                "attachment_added",
                "attachment_removed",
                "store_sealed",
                "template_pinned",
                "bundle_created",
                "bundle_updated",
                "bundle_stage_changed",
                "bundle_reanchored",
                "bundle_migrated",
                "bundle_completed",
                "bundle_cancelled",
                "bundle_handed_over",
                "schedule_started",
                "schedule_paused",
                "schedule_changed",
                "scheduled_start",
                "proposal_begun",
                "proposal_changed",
                "proposal_offered",
                "proposal_pushed",
                "proposal_withdrawn",
                "proposal_merged",
                "feed_made",
                "feed_revoked",
                "token_made",
                "token_rotated",
                "token_revoked",
                "link_filled",
                "link_waived",
                "task_created",
                "task_updated",
                "task_status_changed",
                "task_assigned",
                "task_released",
                "task_blocker_lost",
                "task_corrected",
                "change_undone",
                "step_completed",
                "step_reopened",
                "step_added",
                "step_left_out",
                "note_edited",
                "note_added",
                "proof_given",
                "deliverable_created",
                "deliverable_edited",
                "deliverable_frozen",
                "deliverable_delivered",
                "deliverable_taken_back",
                "deliverable_commented",
                "approval_requested",
                "approval_decided",
                "approval_withdrawn",
                "approval_escalated",
                "reminder_sent",
                "reminder_withheld",
                "reminder_answered",
                "human_review_approved",
                "human_review_rejected",
                "human_review_voided",
                "execution_queued",
                "execution_started",
                "execution_cancel_asked",
                "execution_ended",
                "execution_moved_up",
                "executor_paused",
                "executor_resumed",
                "executor_limited",
                "automation_stopped",
                "automation_started",
                "worker_drained",
                "worker_undrained",
                "execution_trimmed",
                "execution_settled",
                "watch_changed",
                "notification_made",
                "notification_sent",
                "notification_over",
                "messages_chosen",
                "messages_paused",
                "secret_set",
                "secret_removed",
                "webhook_made",
                "webhook_changed",
                "webhook_rotated",
                "webhook_paused",
                "webhook_resumed",
                "webhook_redelivered",
                "webhook_removed",
                "content_fetched",
                "content_rewritten",
                "content_in_use",
                "qa_rolled",
                "qa_flagged",
                "qa_reviewed",
                "worklog_made",
                "worklog_edited",
                "worklog_sent",
                "artifact_added",
                "artifact_approved",
            ]
        ]
        | Unset = UNSET,
        query: str | Unset | None = UNSET,
        user_id: str | Unset | None = UNSET,
    ) -> Answer[models.MadeWebhook]:
        """Send what happens to a program elsewhere, from now on.

        Args:
            name: Which program it tells; events name it.
            url: Where messages are sent: an address that begins with https.
            kinds: The kinds of events that are sent; none named, all.
            query: A search for tasks, as on the board: only events of tasks that it finds are sent.
            user_id: Whose sight it has: their id, or the e-mail they sign in with. Left out, yours.
        """
        return self._change(
            models.MadeWebhook,
            "POST",
            "/api/webhooks",
            {"kinds": kinds, "name": name, "query": query, "url": url, "user_id": user_id},
            takes_key=False,
        )

    def get(self, webhook_id: WebhookId) -> models.Webhook:
        """Get one: Where what happens is sent, by name; for admins. A secret was shown as it was made.

        Args:
            webhook_id: Its id, in any of its forms.
        """
        return self._get(models.Webhook, f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}", {})

    def change(
        self,
        webhook_id: WebhookId,
        *,
        kinds: Sequence[
            Literal[
                "workspace_created",
                "demo_told",
                "user_added",
                "user_changed",
                "sign_in_link_made",
                "sign_in_link_used",
                "user_signed_in",
                "second_factor_added",
                "second_factor_renamed",
                "second_factor_removed",
                "second_factors_reset",
                "second_factor_proved",
                "recovery_codes_made",
                "session_ended",
                "employee_changed",
                "absence_entered",
                "absence_removed",
                "partner_changed",
                "campaign_changed",
                "attachment_added",
                "attachment_removed",
                "store_sealed",
                "template_pinned",
                "bundle_created",
                "bundle_updated",
                "bundle_stage_changed",
                "bundle_reanchored",
                "bundle_migrated",
                "bundle_completed",
                "bundle_cancelled",
                "bundle_handed_over",
                "schedule_started",
                "schedule_paused",
                "schedule_changed",
                "scheduled_start",
                "proposal_begun",
                "proposal_changed",
                "proposal_offered",
                "proposal_pushed",
                "proposal_withdrawn",
                "proposal_merged",
                "feed_made",
                "feed_revoked",
                "token_made",
                "token_rotated",
                "token_revoked",
                "link_filled",
                "link_waived",
                "task_created",
                "task_updated",
                "task_status_changed",
                "task_assigned",
                "task_released",
                "task_blocker_lost",
                "task_corrected",
                "change_undone",
                "step_completed",
                "step_reopened",
                "step_added",
                "step_left_out",
                "note_edited",
                "note_added",
                "proof_given",
                "deliverable_created",
                "deliverable_edited",
                "deliverable_frozen",
                "deliverable_delivered",
                "deliverable_taken_back",
                "deliverable_commented",
                "approval_requested",
                "approval_decided",
                "approval_withdrawn",
                "approval_escalated",
                "reminder_sent",
                "reminder_withheld",
                "reminder_answered",
                "human_review_approved",
                "human_review_rejected",
                "human_review_voided",
                "execution_queued",
                "execution_started",
                "execution_cancel_asked",
                "execution_ended",
                "execution_moved_up",
                "executor_paused",
                "executor_resumed",
                "executor_limited",
                "automation_stopped",
                "automation_started",
                "worker_drained",
                "worker_undrained",
                "execution_trimmed",
                "execution_settled",
                "watch_changed",
                "notification_made",
                "notification_sent",
                "notification_over",
                "messages_chosen",
                "messages_paused",
                "secret_set",
                "secret_removed",
                "webhook_made",
                "webhook_changed",
                "webhook_rotated",
                "webhook_paused",
                "webhook_resumed",
                "webhook_redelivered",
                "webhook_removed",
                "content_fetched",
                "content_rewritten",
                "content_in_use",
                "qa_rolled",
                "qa_flagged",
                "qa_reviewed",
                "worklog_made",
                "worklog_edited",
                "worklog_sent",
                "artifact_added",
                "artifact_approved",
            ]
        ]
        | Unset
        | None = UNSET,
        name: str | Unset | None = UNSET,
        query: str | Unset | None = UNSET,
        url: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Webhook]:
        """Change where messages are sent, or what of all that happens.

        Args:
            webhook_id: Its id.
            kinds: The kinds of events that are sent from now on; an empty list for all.
            name: Which program it tells.
            query: A search for tasks, as on the board; empty, events of all tasks and of what is no task are
                sent.
            url: Where messages are sent: an address that begins with https.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Webhook,
            "PATCH",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}",
            {"kinds": kinds, "name": name, "query": query, "url": url},
            revision=revision_of(webhook_id, revision),
            key=idempotency_key,
        )

    def list_deliveries(
        self,
        webhook_id: WebhookId,
        *,
        status: Literal["waiting", "delivered", "failed", "withheld"] | None = None,
        limit: int | None = None,
    ) -> Listing[models.WebhookDelivery]:
        """List: The messages of a webhook with their attempts, the newest first; those of the last weeks are
           kept.

        Args:
            webhook_id: Its id, in any of its forms.
            status: Those of which this became alone.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.WebhookDelivery,
            "deliveries",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/deliveries",
            {"status": status},
            limit,
        )

    def get_deliverie(
        self, webhook_id: WebhookId, webhook_delivery_id: WebhookDeliveryId
    ) -> models.WebhookDelivery:
        """Get one: The messages of a webhook with their attempts, the newest first; those of the last weeks
           are kept.

        Args:
            webhook_id: Its id, in any of its forms.
            webhook_delivery_id: Its id, in any of its forms.
        """
        return self._get(
            models.WebhookDelivery,
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/deliveries/{in_path(webhook_delivery_id, 'webhook_delivery_id')}",
            {},
        )

    def pause(self, webhook_id: WebhookId, *, idempotency_key: str | None = None) -> Answer[models.Webhook]:
        """Send nothing for now; what happens meanwhile is made up for.

        Args:
            webhook_id: Its id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Webhook,
            "POST",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/pause",
            {},
            key=idempotency_key,
        )

    def redeliver(
        self,
        webhook_id: WebhookId,
        *,
        failed_only: bool | Unset = UNSET,
        since: datetime | str | Unset | None = UNSET,
        webhook_delivery_id: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Redelivered]:
        """Send one message again, or all that were made since a moment.

        Args:
            webhook_id: Its id.
            failed_only: Of these, only those that were given up.
            since: All that were made at this moment or later, in ISO 8601.
            webhook_delivery_id: The id of one message.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Redelivered,
            "POST",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/redeliver",
            {"failed_only": failed_only, "since": since, "webhook_delivery_id": webhook_delivery_id},
            key=idempotency_key,
        )

    def remove(self, webhook_id: WebhookId, *, idempotency_key: str | None = None) -> Answer[models.Webhook]:
        """Send nothing to that program any more.

        Args:
            webhook_id: Its id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Webhook,
            "POST",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/remove",
            {},
            key=idempotency_key,
        )

    def resume(self, webhook_id: WebhookId, *, idempotency_key: str | None = None) -> Answer[models.Webhook]:
        """Go on with what waits, and with what has happened meanwhile.

        Args:
            webhook_id: Its id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Webhook,
            "POST",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/resume",
            {},
            key=idempotency_key,
        )

    def rotate(
        self, webhook_id: WebhookId, *, overlap_hours: int | Unset = UNSET
    ) -> Answer[models.MadeWebhook]:
        """Give a webhook a new secret, and sign with the present one too for a while.

        Args:
            webhook_id: Its id.
            overlap_hours: Hours for which messages are signed with the present secret too: 0 to 168.
        """
        return self._change(
            models.MadeWebhook,
            "POST",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/rotate",
            {"overlap_hours": overlap_hours},
            takes_key=False,
        )

    def test(
        self, webhook_id: WebhookId, *, idempotency_key: str | None = None
    ) -> Answer[models.WebhookDelivery]:
        """Send a test message at once, and see what is answered.

        Args:
            webhook_id: Its id.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.WebhookDelivery,
            "POST",
            f"/api/webhooks/{in_path(webhook_id, 'webhook_id')}/test",
            {},
            key=idempotency_key,
        )
