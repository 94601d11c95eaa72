"""The calls of worklogs; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from datetime import date

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import WorklogId


class Worklogs(Collection):
    """The calls of worklogs."""

    def list(
        self, *, campaign: str | None = None, status: str | None = None, limit: int | None = None
    ) -> Listing[models.WorkLog]:
        """List: What a client may read about a week of a campaign, the newest week first.

        Args:
            campaign: A key or id of a campaign.
            status: draft, sent or empty; all by default.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.WorkLog, "worklogs", "/api/worklogs", {"campaign": campaign, "status": status}, limit
        )

    def make(
        self,
        *,
        campaign: str,
        discard_edits: bool | Unset = UNSET,
        week: date | str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.WorkLog]:
        """Make the worklog of a week of a campaign, or make a draft again.

        Args:
            campaign: The key or id of the campaign.
            discard_edits: Make it again though somebody edited it: what they wrote is gone.
            week: Any day of the week; the last week that is over, if it is left out.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.WorkLog,
            "POST",
            "/api/worklogs",
            {"campaign": campaign, "discard_edits": discard_edits, "week": week},
            key=idempotency_key,
        )

    def get(self, worklog_id: WorklogId) -> models.WorkLog:
        """Get one: What a client may read about a week of a campaign, the newest week first.

        Args:
            worklog_id: Its id, in any of its forms.
        """
        return self._get(models.WorkLog, f"/api/worklogs/{in_path(worklog_id, 'worklog_id')}", {})

    def edit(
        self,
        worklog_id: WorklogId,
        *,
        body: str,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.WorkLog]:
        """Give a worklog other words before it is sent.

        Args:
            worklog_id: The id of the worklog.
            body: What the client reads, in Markdown.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.WorkLog,
            "POST",
            f"/api/worklogs/{in_path(worklog_id, 'worklog_id')}/edit",
            {"body": body},
            revision=revision_of(worklog_id, revision),
            key=idempotency_key,
        )

    def send(
        self, worklog_id: WorklogId, *, revision: int | None = None, idempotency_key: str | None = None
    ) -> Answer[models.WorkLog]:
        """Send a worklog to the partner's people, once.

        Args:
            worklog_id: The id of the worklog.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.WorkLog,
            "POST",
            f"/api/worklogs/{in_path(worklog_id, 'worklog_id')}/send",
            {},
            revision=revision_of(worklog_id, revision),
            key=idempotency_key,
        )
