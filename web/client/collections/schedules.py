"""The calls of schedules; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import ScheduledStartId, ScheduleId


class Schedules(Collection):
    """The calls of schedules."""

    def list(self, *, limit: int | None = None) -> Listing[models.ListedSchedule]:
        """List: What begins by itself, the next first; one of them with its next five starts.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.ListedSchedule, "schedules", "/api/schedules", {}, limit)

    def start(
        self,
        *,
        template: str,
        campaign: str | Unset | None = UNSET,
        dry_run: bool | Unset = UNSET,
        owner: str | Unset | None = UNSET,
        parameters: Mapping[str, Any] | Unset = UNSET,
        partner: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.SwitchedOn]:
        """Have a template begin by itself from now on, as its trigger says.

        Args:
            template: The template's key.
            campaign: The key of a campaign; implies its partner.
            dry_run: Only say which bundles would begin next, and switch nothing on.
            owner: The e-mail of the user whose the bundles are; left out, they are yours.
            parameters: What its bundles are started with, over what the template says; texts may hold {{
                anchor_date }}.
            partner: The key of a partner.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.SwitchedOn,
            "POST",
            "/api/schedules/start",
            {
                "campaign": campaign,
                "dry_run": dry_run,
                "owner": owner,
                "parameters": parameters,
                "partner": partner,
                "template": template,
            },
            key=idempotency_key,
        )

    def get(self, schedule_id: ScheduleId) -> models.ScheduleAsRead:
        """Get one: What begins by itself, the next first; one of them with its next five starts.

        Args:
            schedule_id: Its id, in any of its forms.
        """
        return self._get(models.ScheduleAsRead, f"/api/schedules/{in_path(schedule_id, 'schedule_id')}", {})

    def pause(
        self, schedule_id: ScheduleId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.Schedule]:
        """Have nothing begin by a schedule until it is started again.

        Args:
            schedule_id: Its id.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Schedule,
            "POST",
            f"/api/schedules/{in_path(schedule_id, 'schedule_id')}/pause",
            {},
            revision=revision_of(schedule_id, revision),
            key=idempotency_key,
        )

    def run(
        self,
        schedule_id: ScheduleId,
        *,
        anchor_date: date | str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.ScheduledStart]:
        """Start the next bundle of a schedule now, or that of a day.

        Args:
            schedule_id: Its id.
            anchor_date: The anchor date of the bundle, as YYYY-MM-DD; left out, it is the next one.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ScheduledStart,
            "POST",
            f"/api/schedules/{in_path(schedule_id, 'schedule_id')}/run",
            {"anchor_date": anchor_date},
            revision=revision_of(schedule_id, revision),
            key=idempotency_key,
        )

    def skip(
        self,
        schedule_id: ScheduleId,
        *,
        anchor_date: date | str | Unset | None = UNSET,
        reason: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.ScheduledStart]:
        """Leave out the next start of a schedule, or that of a day.

        Args:
            schedule_id: Its id.
            anchor_date: Its anchor date, as YYYY-MM-DD; left out, it is the next one.
            reason: Why; it stands beside the day.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.ScheduledStart,
            "POST",
            f"/api/schedules/{in_path(schedule_id, 'schedule_id')}/skip",
            {"anchor_date": anchor_date, "reason": reason},
            revision=revision_of(schedule_id, revision),
            key=idempotency_key,
        )

    def list_starts(
        self, schedule_id: ScheduleId, *, limit: int | None = None
    ) -> Listing[models.ScheduledStart]:
        """List: What became of the days of a schedule, the newest first.

        Args:
            schedule_id: Its id, in any of its forms.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.ScheduledStart,
            "starts",
            f"/api/schedules/{in_path(schedule_id, 'schedule_id')}/starts",
            {},
            limit,
        )

    def get_start(
        self, schedule_id: ScheduleId, scheduled_start_id: ScheduledStartId
    ) -> models.ScheduledStart:
        """Get one: What became of the days of a schedule, the newest first.

        Args:
            schedule_id: Its id, in any of its forms.
            scheduled_start_id: Its id, in any of its forms.
        """
        return self._get(
            models.ScheduledStart,
            f"/api/schedules/{in_path(schedule_id, 'schedule_id')}/starts/{in_path(scheduled_start_id, 'scheduled_start_id')}",
            {},
        )
