"""The commands of worklogs: make one, edit it, send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.access import Permission
from engine.command import AnyCommand, Command, command, with_content
from engine.transaction import Transaction
from engine.worklogs import inputs, service
from engine.worklogs.models import WorkLog, WorkLogStatus

if TYPE_CHECKING:
    from engine.catalog.content import Content


def _make(tx: Transaction, request: inputs.Make, content: Content) -> WorkLog:
    return service.make(tx, content, request.campaign, request.week, discard_edits=request.discard_edits)


def _send(tx: Transaction, request: inputs.OnWorkLog, content: Content) -> WorkLog:
    return service.send(tx, content, request.worklog_id, revision=request.revision)


def _made(worklog: WorkLog) -> str:
    if worklog.status is WorkLogStatus.EMPTY:
        return f"{service.name_of(worklog)} is empty: nothing of the week may be told."
    return f"{service.name_of(worklog)} is a draft: read it, then send it."


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="worklog make",
        help="Make the worklog of a week of a campaign, or make a draft again.",
        input=inputs.Make,
        permission=Permission.DECIDE,
        prepare=with_content,
        run=_make,
        message=_made,
    ),
    command(
        "worklog edit",
        "Give a worklog other words before it is sent.",
        input=inputs.Edit,
        permission=Permission.DECIDE,
        run=lambda tx, request: service.edit(tx, request.worklog_id, request.body, revision=request.revision),
        message="Saved.",
    ),
    Command(
        name="worklog send",
        help="Send a worklog to the partner's people, once.",
        input=inputs.OnWorkLog,
        permission=Permission.DECIDE,
        prepare=with_content,
        run=_send,
        message=lambda _: "Sent: the partner's people read it from now on.",
    ),
)
