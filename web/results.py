"""What came of a command as JSON data: where the command line's ``--json`` and the API both take it from.

It is read in the transaction or snapshot that ``described`` is given, and holds no secret that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.bundles import describe as bundle_data
from engine.bundles.models import Bundle
from engine.command import AnyCommand, Done
from engine.deliverables import describe as task_data
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval
from engine.record import Record
from engine.tasks import lookup
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.worklogs import service as worklogs

#: Gives what came of a command; gets what was asked for, and what was done.
Describe: TypeAlias = Callable[[Transaction, Any, Done[Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How what came of a command is described."""

    #: The name of its shape, as ``web.api.shapes`` has it.
    shape: str
    describe: Describe
    #: Whether it shows what is kept nowhere and shown to nobody again.
    is_shown_once: bool = False


def described(tx: Transaction, command: AnyCommand, request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return what came of a command.

    Raises:
        NotFoundError: the actor does not see it any more, as by handing their own task to others.
    """
    return of(command).describe(tx, request, done)


def of(command: AnyCommand) -> Result:
    """Return how what came of a command is described."""
    found = _OWN.get(command.name) or _OF_AREA.get(command.area)
    if found is None:
        raise LookupError(f"nothing says how what came of {command.name!r} is described")
    return found


def plain(record: Record, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return a record without its secrets."""
    return record.model_dump(mode="json", exclude=set(record.spec.secret | left_out))


def approval(tx: Transaction, one: Approval) -> dict[str, Any]:
    """Return an approval with its version, and the hash that a decision on it must name."""
    row, _ = judged(tx, one)
    return {
        **plain(one),
        "deliverable": row.ref,
        "version_number": row.version_number,
        "deliverable_url": row.deliverable_url,
        "content_hash": one.content_hash or row.content_hash,
    }


def _record(_tx: Transaction, _request: Any, done: Done[Record]) -> dict[str, Any]:
    return plain(done.result)


def _message(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"message": done.message}


def _as_json(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    found: dict[str, Any] = done.result.as_json()
    return found


def _task(tx: Transaction, request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return the task that a command has changed or made."""
    made = done.result if isinstance(done.result, Task) else lookup.find(tx, request.task_id)
    return task_data.describe(tx, tx.get(Task, made.task_id))


def _linked(tx: Transaction, request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a task with the link of its bundle that was filled for it."""
    return {**task_data.describe(tx, lookup.find(tx, request.task_id)), "link": plain(done.result)}


def _quick(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return what a line was understood to say, and the task that was made of it."""
    made = done.result.task
    task = task_data.describe(tx, tx.get(Task, made.task_id)) if made else {}
    return {**task, "understood": done.result.understood.as_json(), "dry_run": made is None}


def _added(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return the task that was added to a bundle, or what would be."""
    added = done.result
    task = task_data.describe(tx, tx.get(Task, added.task.task_id)) if added.task else {}
    understood = added.understood.as_json() if added.understood else None
    return {**task, "understood": understood, "dry_run": added.task is None, "said": done.message}


def _decided(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return an approval as whoever decided it reads it; a partner's user is told no more than before."""
    return task_data.approvals(tx, [done.result])[0]


def _remarked(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a remark as whoever made it reads it."""
    return task_data.comments(tx, [done.result])[0]


def _escalated(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"approvals": [approval(tx, one) for one in done.result]}


def _resubmitted(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    row = done.result.row
    return {**plain(row), "content_hash": row.content_hash}


def _bundle(tx: Transaction, request: Any, _done: Done[Any]) -> dict[str, Any]:
    """Return the bundle that a command has changed."""
    return bundle_data.describe(tx, tx.get(Bundle, request.bundle_id))


def _started(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return the bundle that was started, and what to look at among its dates."""
    warnings = [warned.as_json() for warned in done.result.warnings]
    return {**bundle_data.describe(tx, done.result.bundle), "warnings": warnings}


def _reanchored(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a bundle with what moved with its days, what stayed and why, or would."""
    moves = done.result.moves
    return {
        **bundle_data.describe(tx, tx.get(Bundle, done.result.bundle.bundle_id)),
        "changes": [change.as_json() for change in moves.changes],
        "kept": [task.as_json() for task in moves.kept],
        "warnings": [warned.as_json() for warned in moves.warnings],
        "notes": list(moves.notes),
        "dry_run": done.result.dry_run,
    }


def _migrated(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return what is other in the newer template, with what became of it, or would."""
    migrated = done.result
    items = migrated.migration.items if migrated.migration else ()
    return {
        "bundle_id": migrated.bundle.bundle_id,
        "dry_run": migrated.dry_run,
        "said": done.message,
        "closure_hash": migrated.migration.after.closure_hash if migrated.migration else None,
        "items": [item.as_json() for item in items],
    }


def _migrated_all(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"dry_run": done.result.dry_run, "bundles": [one.as_json() for one in done.result.results]}


def _scored(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return plain(done.result.review)


def _invited(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a user with the path of their link, this once."""
    return {**plain(done.result.user), "sign_in_path": done.result.path}


def _feed(tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a feed with its address, this once."""
    return {**plain(done.result.feed), "address": f"{tx.settings.site}{done.result.path}"}


def _token(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a token with its secret, this once; None where its user has yet to take it."""
    return {**plain(done.result.token), "token": done.result.secret}


def _webhook(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a webhook with its secret, this once."""
    return {**plain(done.result.webhook), "secret": done.result.secret}


def _delivery(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return plain(done.result.delivery)


def _redelivered(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"webhook_id": done.result.webhook.webhook_id, "count": done.result.count}


def _loaded(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"counts": done.result.counts}


def _job(_tx: Transaction, request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"job_id": request.job_id, "status": done.result}


def _reminder(_tx: Transaction, request: Any, _done: Done[Any]) -> dict[str, Any]:
    return {"reminder_id": request.reminder_id}


def _secret(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"name": done.result.name}


def _switched_on(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return what begins next by the schedule that was switched on, or would."""
    found = done.result
    return {
        "schedule": plain(found.schedule) if found.schedule else None,
        "upcoming": [one.as_json() for one in found.upcoming],
    }


def _proposal(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    """Return a proposal, or a file of one."""
    return plain(done.result, frozenset({"workspace_id"}))


def _caught_up(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    found = done.result
    return {
        "proposal_id": found.proposal.proposal_id,
        "taken": [*found.taken],
        "conflicts": [*found.conflicts],
    }


def worklog(found: Any) -> dict[str, Any]:
    """Return a worklog with its title and what is read of it."""
    return {**plain(found), "title": worklogs.title_of(found), "body": found.body}


def _worklog(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return worklog(done.result)


def _asked_export(_tx: Transaction, _request: Any, done: Done[Any]) -> dict[str, Any]:
    return {"export_id": done.result.job_id, "status": done.result.status}


_MESSAGE = Result(shape="Message", describe=_message)
_TASK = Result(shape="Task", describe=_task)
_BULK = Result(shape="Bulk", describe=_as_json)
_HANDED_OVER = Result(shape="HandedOver", describe=_as_json)
_INVITED = Result(shape="Invited", describe=_invited, is_shown_once=True)
_MADE_TOKEN = Result(shape="MadeToken", describe=_token, is_shown_once=True)
_MADE_WEBHOOK = Result(shape="MadeWebhook", describe=_webhook, is_shown_once=True)
_PROPOSED_FILE = Result(shape="ProposedFile", describe=_proposal)
_SCHEDULED_START = Result(shape="ScheduledStart", describe=_record)
_ABSENCE = Result(shape="Absence", describe=_record)
_ATTACHMENT = Result(shape="CampaignAttachment", describe=_record)

_OF_AREA: Mapping[str, Result] = {
    "act": _MESSAGE,
    "bundle": Result(shape="Bundle", describe=_bundle),
    "campaign": Result(shape="Campaign", describe=_record),
    "deliverable": Result(shape="DeliverableComment", describe=_remarked),
    "employee": Result(shape="Employee", describe=_record),
    "export": Result(shape="AskedExport", describe=_asked_export),
    "execution": Result(shape="Execution", describe=_record),
    "feed": Result(shape="Feed", describe=_record),
    "inbox": _MESSAGE,
    "job": Result(shape="JobStatus", describe=_job),
    "message": _MESSAGE,
    "partner": Result(shape="Partner", describe=_record),
    "proposal": Result(shape="Proposal", describe=_proposal),
    "queue": _MESSAGE,
    "recipe": Result(shape="StartedRecipe", describe=_as_json),
    "reference": Result(shape="Loaded", describe=_loaded),
    "reminders": Result(shape="ReminderName", describe=_reminder),
    "schedule": Result(shape="Schedule", describe=_record),
    "secrets": Result(shape="SecretName", describe=_secret),
    "session": _MESSAGE,
    "task": _TASK,
    "token": Result(shape="ApiToken", describe=_record),
    "user": Result(shape="User", describe=_record),
    "webhook": Result(shape="Webhook", describe=_record),
    "worklog": Result(shape="WorkLog", describe=_worklog),
}
_OWN: Mapping[str, Result] = {
    "bundle add-task": Result(shape="AddedTask", describe=_added),
    "bundle create": Result(shape="StartedBundle", describe=_started),
    "bundle migrate": Result(shape="Migrated", describe=_migrated),
    "bundle migrate-all": Result(shape="MigratedAll", describe=_migrated_all),
    "bundle reanchor": Result(shape="Reanchored", describe=_reanchored),
    "campaign attach": _ATTACHMENT,
    "campaign detach": _ATTACHMENT,
    "employee away": _ABSENCE,
    "employee deactivate": _HANDED_OVER,
    "employee hand-over": _HANDED_OVER,
    "employee not-away": _ABSENCE,
    "feed make": Result(shape="MadeFeed", describe=_feed, is_shown_once=True),
    "proposal catch-up": Result(shape="CaughtUp", describe=_caught_up),
    "proposal add-file": _PROPOSED_FILE,
    "proposal edit": _PROPOSED_FILE,
    "proposal settle": _PROPOSED_FILE,
    "proposal write": _PROPOSED_FILE,
    "qa flag": _TASK,
    "qa review": Result(shape="QaReview", describe=_scored),
    "schedule run": _SCHEDULED_START,
    "schedule skip": _SCHEDULED_START,
    "schedule start": Result(shape="SwitchedOn", describe=_switched_on),
    "task bulk": _BULK,
    "task bulk-watch": _BULK,
    "task decide": Result(shape="Approval", describe=_decided),
    "task escalate": Result(shape="Escalated", describe=_escalated),
    "task link": Result(shape="LinkedTask", describe=_linked),
    "task quick": Result(shape="QuickTask", describe=_quick),
    "task resubmit": Result(shape="Deliverable", describe=_resubmitted),
    "token make": _MADE_TOKEN,
    "token rotate": _MADE_TOKEN,
    "user add": _INVITED,
    "user link": _INVITED,
    "user invite": _INVITED,
    "user invite-again": _INVITED,
    "webhook make": _MADE_WEBHOOK,
    "webhook redeliver": Result(shape="Redelivered", describe=_redelivered),
    "webhook rotate": _MADE_WEBHOOK,
    "webhook test": Result(shape="WebhookDelivery", describe=_delivery),
}
