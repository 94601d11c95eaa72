"""Which views an event concerns, so that only those are read afresh (decision 11, P2).

A view depends on some topics; its cursor is the number of the latest event that concerned any of them. What
an action may change on the board, in inboxes and in the names on every page stands in one table here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.audit.models import Action, Event
from engine.store import PAST as PAST_OF_POSITIONS

#: Every event concerns it: for pages that show a bit of everything, such as reports.
EVERYTHING = "everything"
#: Where an upgrade or a restore left the chain: no view that was open meanwhile takes what comes for older.
FLOOR = "floor"
#: Which past the positions of all topics are of; no event concerns it. After an older store was put back
#: under servers that run on, the same numbers stand for other events.
PAST = PAST_OF_POSITIONS
#: The board, lists, my work, the list of bundles, what is stuck: what a card or row shows, and its order.
BOARD = "board"
#: What may wait in anybody's inbox.
INBOX = "inbox"
#: What is said beside the work, which a chosen item of an inbox shows: notes, comments, files.
REMARKS = "remarks"
#: Names, roles and places of people, partners and campaigns, which stand on most pages.
REFERENCE = "reference"
#: What begins by itself, and what became of it.
SCHEDULES = "schedules"
#: Changes of the content that somebody writes or offers.
PROPOSALS = "proposals"

#: What programs run, what waits for them, and who does it.
QUEUE = "queue"
#: What clients may read about a week, and its drafts.
WORKLOGS = "worklogs"
#: Where people are signed in.
SESSIONS = "sessions"

#: Tables of what a bundle is beside its tasks; a task may fill a link.
_OF_BUNDLES = frozenset({"bundles", "bundle_links"})
#: What says whose a task is (CNF-17).
_WHOSE = frozenset({"owner_id", "assignee_id", "assignee_role", "assigned_to_bot"})
_QUIET = frozenset[str]()
_WORK = frozenset({BOARD, INBOX})
_NAMES = frozenset({BOARD, INBOX, REFERENCE})
#: Everything that a view of many tasks or people may show of an action; every action has its line.
CONCERNS: dict[Action, frozenset[str]] = {
    Action.WORKSPACE_CREATED: _NAMES,
    Action.DEMO_TOLD: _QUIET,
    Action.USER_ADDED: _NAMES,
    Action.USER_CHANGED: _NAMES,
    Action.SIGN_IN_LINK_MADE: _QUIET,
    Action.SIGN_IN_LINK_USED: _QUIET,
    Action.USER_SIGNED_IN: frozenset({SESSIONS}),
    Action.SECOND_FACTOR_ADDED: frozenset({SESSIONS}),
    Action.SECOND_FACTOR_RENAMED: frozenset({SESSIONS}),
    Action.SECOND_FACTOR_REMOVED: frozenset({SESSIONS}),
    Action.SECOND_FACTORS_RESET: frozenset({SESSIONS}),
    Action.SECOND_FACTOR_PROVED: _QUIET,
    Action.RECOVERY_CODES_MADE: _QUIET,
    Action.SESSION_ENDED: frozenset({SESSIONS}),
    Action.EMPLOYEE_CHANGED: _NAMES,
    Action.ABSENCE_ENTERED: _NAMES,
    Action.ABSENCE_REMOVED: _NAMES,
    Action.PARTNER_CHANGED: _NAMES,
    Action.CAMPAIGN_CHANGED: _NAMES,
    Action.ATTACHMENT_ADDED: frozenset({REFERENCE}),
    Action.ATTACHMENT_REMOVED: frozenset({REFERENCE}),
    Action.STORE_SEALED: _NAMES,
    Action.TEMPLATE_PINNED: _QUIET,
    Action.BUNDLE_CREATED: _WORK,
    Action.BUNDLE_UPDATED: _WORK,
    Action.BUNDLE_STAGE_CHANGED: _WORK,
    Action.BUNDLE_REANCHORED: _WORK,
    Action.BUNDLE_MIGRATED: _WORK,
    Action.BUNDLE_COMPLETED: _WORK,
    Action.BUNDLE_CANCELLED: _WORK,
    Action.BUNDLE_HANDED_OVER: _WORK,
    Action.SCHEDULE_STARTED: frozenset({SCHEDULES, INBOX}),
    Action.SCHEDULE_PAUSED: frozenset({SCHEDULES}),
    Action.SCHEDULE_CHANGED: frozenset({SCHEDULES, INBOX}),
    Action.SCHEDULED_START: frozenset({SCHEDULES, INBOX}),
    Action.PROPOSAL_BEGUN: frozenset({PROPOSALS}),
    Action.PROPOSAL_CHANGED: frozenset({PROPOSALS}),
    Action.PROPOSAL_OFFERED: frozenset({PROPOSALS}),
    Action.PROPOSAL_PUSHED: frozenset({PROPOSALS}),
    Action.PROPOSAL_WITHDRAWN: frozenset({PROPOSALS}),
    Action.PROPOSAL_MERGED: frozenset({PROPOSALS}),
    Action.FEED_MADE: _QUIET,
    Action.FEED_REVOKED: _QUIET,
    Action.TOKEN_MADE: _QUIET,
    Action.TOKEN_ROTATED: _QUIET,
    Action.TOKEN_REVOKED: _QUIET,
    Action.LINK_FILLED: frozenset({BOARD}),
    Action.LINK_WAIVED: frozenset({BOARD}),
    Action.TASK_CREATED: _WORK,
    Action.TASK_UPDATED: _WORK,
    Action.TASK_STATUS_CHANGED: _WORK,
    Action.TASK_ASSIGNED: frozenset({BOARD}),  # and the inboxes that ``engine.tasks.assignment`` names
    Action.TASK_RELEASED: _WORK,
    Action.TASK_BLOCKER_LOST: _QUIET,
    Action.TASK_CORRECTED: _WORK,
    Action.CHANGE_UNDONE: _WORK,
    Action.STEP_COMPLETED: frozenset({BOARD}),
    Action.STEP_REOPENED: frozenset({BOARD}),
    Action.STEP_ADDED: frozenset({BOARD}),
    Action.STEP_LEFT_OUT: frozenset({BOARD}),
    Action.NOTE_ADDED: frozenset({REMARKS}),
    Action.NOTE_EDITED: frozenset({REMARKS}),
    Action.PROOF_GIVEN: frozenset({BOARD}),
    Action.DELIVERABLE_CREATED: _WORK,
    Action.DELIVERABLE_EDITED: _WORK,
    Action.DELIVERABLE_FROZEN: _WORK,
    Action.DELIVERABLE_DELIVERED: _WORK,
    Action.DELIVERABLE_TAKEN_BACK: _WORK,
    Action.DELIVERABLE_COMMENTED: frozenset({REMARKS}),
    Action.APPROVAL_REQUESTED: _WORK,
    Action.APPROVAL_DECIDED: _WORK,
    Action.APPROVAL_WITHDRAWN: _WORK,
    Action.APPROVAL_ESCALATED: _WORK,
    Action.REMINDER_SENT: _QUIET,
    Action.REMINDER_WITHHELD: _QUIET,
    Action.REMINDER_ANSWERED: _QUIET,
    Action.HUMAN_REVIEW_APPROVED: _WORK,
    Action.HUMAN_REVIEW_REJECTED: _WORK,
    Action.HUMAN_REVIEW_VOIDED: _WORK,
    Action.EXECUTION_TRIMMED: _QUIET,
    **dict.fromkeys(
        (
            Action.EXECUTION_QUEUED,
            Action.EXECUTION_STARTED,
            Action.EXECUTION_CANCEL_ASKED,
            Action.EXECUTION_ENDED,
            Action.EXECUTION_SETTLED,
            Action.EXECUTION_MOVED_UP,
            Action.EXECUTOR_PAUSED,
            Action.EXECUTOR_RESUMED,
            Action.EXECUTOR_LIMITED,
            Action.AUTOMATION_STOPPED,
            Action.AUTOMATION_STARTED,
            Action.WORKER_DRAINED,
            Action.WORKER_UNDRAINED,
        ),
        frozenset({QUEUE}),
    ),
    Action.WATCH_CHANGED: _QUIET,
    Action.NOTIFICATION_MADE: _QUIET,
    Action.NOTIFICATION_SENT: _QUIET,
    Action.NOTIFICATION_OVER: _QUIET,
    Action.MESSAGES_CHOSEN: _QUIET,
    Action.MESSAGES_PAUSED: _QUIET,
    Action.SECRET_SET: _QUIET,
    Action.SECRET_REMOVED: _QUIET,
    Action.WEBHOOK_MADE: _QUIET,
    Action.WEBHOOK_CHANGED: _QUIET,
    Action.WEBHOOK_ROTATED: _QUIET,
    Action.WEBHOOK_PAUSED: _QUIET,
    Action.WEBHOOK_RESUMED: _QUIET,
    Action.WEBHOOK_REDELIVERED: _QUIET,
    Action.WEBHOOK_REMOVED: _QUIET,
    Action.CONTENT_FETCHED: _QUIET,
    Action.CONTENT_REWRITTEN: _QUIET,
    Action.CONTENT_IN_USE: _QUIET,
    Action.QA_ROLLED: _QUIET,
    Action.QA_FLAGGED: _WORK,
    Action.QA_REVIEWED: _WORK,
    Action.WORKLOG_MADE: frozenset({WORKLOGS, INBOX}),
    Action.WORKLOG_EDITED: frozenset({WORKLOGS, INBOX}),
    Action.WORKLOG_SENT: frozenset({WORKLOGS, INBOX}),
    Action.ARTIFACT_ADDED: frozenset({REMARKS}),
    Action.ARTIFACT_APPROVED: frozenset({REMARKS}),
}


def task(task_id: str) -> str:
    """Name the topic of one task, with all its parts."""
    return f"task/{task_id}"


def progress(task_id: str) -> str:
    """Name the position of the journal of a task that runs: it rises with each write, and by no event."""
    return f"progress/{task_id}"


def deliverable(deliverable_id: str) -> str:
    """Name the topic of one deliverable; nothing raises it: what happens to it concerns its task."""
    return f"deliverable/{deliverable_id}"


def bundle(bundle_id: str) -> str:
    """Name the topic of one bundle, with all its tasks and theirs."""
    return f"bundle/{bundle_id}"


def bundle_itself(bundle_id: str) -> str:
    """Name the topic of what a bundle is beside its tasks: title, stage, dates, links."""
    return f"bundle/{bundle_id}/itself"


def people_of_bundle(bundle_id: str) -> str:
    """Name the topic of whose the tasks of a bundle are: who works on one of them sees the others too."""
    return f"bundle/{bundle_id}/people"


def sessions_of(user_id: str) -> str:
    """Name the topic of where one user is signed in (S5)."""
    return f"{SESSIONS}/{user_id}"


def tokens_of(user_id: str) -> str:
    """Name the topic of the API tokens of one user."""
    return f"tokens/{user_id}"


def inbox_of(whom: str) -> str:
    """Name the topic of the remarks that call one employee, or one user who is none."""
    return f"inbox/{whom}"


def followed(names: Collection[str]) -> tuple[str, ...]:
    """Name the positions that a view of these topics follows from; one that names none, from everything."""
    return (FLOOR, *(names or (EVERYTHING,)))


def concerned(event: Event) -> Iterator[str]:
    """Yield the topics that an event concerns by its action, its task and its bundle."""
    yield EVERYTHING
    yield from CONCERNS[event.action]
    if event.task_id is not None:
        yield task(event.task_id)
    if event.bundle_id is not None:
        yield bundle(event.bundle_id)
        if event.task_id is None or event.entity_type in _OF_BUNDLES:
            yield bundle_itself(event.bundle_id)
        if event.entity_type == "tasks" and not _WHOSE.isdisjoint(event.after or ()):
            yield people_of_bundle(event.bundle_id)
