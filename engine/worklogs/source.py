"""What a report tells of a week of a campaign: its worklog, as JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.access import Permission, may
from engine.errors import BadRequestError, ConflictError, ForbiddenError
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.worklogs import service, weeks
from engine.worklogs.models import WorkLog


def of_week(tx: Transaction, task: Task, asked: Mapping[str, str]) -> Any:
    """Return the worklog of a week of the campaign that a task is done for; ``week`` is a day of it.

    Raises:
        ForbiddenError: the actor may not read worklogs, of which most are drafts.
        ConflictError: the task is done for no campaign, or that week has no worklog.
        BadRequestError: ``week`` is no day.
    """
    if not may(tx.actor, Permission.SEE_ALL_WORK):
        raise ForbiddenError("You may not read worklogs; ask a manager to start this.")
    try:
        monday = weeks.monday_of(date.fromisoformat(asked.get("week", "").strip()))
    except ValueError as error:
        raise BadRequestError(f"week is no day, as 2027-03-01 is: {asked.get('week')!r}.") from error
    if task.campaign_id is None:
        raise ConflictError(
            f"Task {task.name} is done for no campaign. Start the recipe anew and choose a campaign under "
            "For whom."
        )
    found = tx.find_one(WorkLog, campaign_id=task.campaign_id, week=monday)
    if found is None:
        raise ConflictError(
            f"There is no worklog of the week of {monday} for this campaign. A manager makes it under "
            "Worklogs; then try again."
        )
    return {
        "worklog": {
            "title": service.title_of(found),
            "campaign": found.campaign_name,
            "week": found.week.isoformat(),
            "body": found.body,
            "is_sent": found.sent_at is not None,
            "entries": [
                {name: one.get(name) for name in ("day", "event", "task", "what", "bundle", "address")}
                for one in found.entries
            ],
        }
    }
