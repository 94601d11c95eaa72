"""The shapes of answers; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from .given import Shape


class Escalated(Shape):
    """The approvals that were escalated."""

    approvals: list[Approval]


class Loaded(Shape):
    """What a load did."""

    #: By table: created, updated, unchanged, removed and dropped.
    counts: dict[str, dict[str, int]]


class Message(Shape):
    """What is said about it."""

    message: str


class ReminderName(Shape):
    """Which reminder it was."""

    reminder_id: str


class SecretName(Shape):
    """Which secret it was."""

    name: str


class AddedTaskUnderstood(Shape):
    """What a line was understood to say."""

    title: str
    pieces: list[AddedTaskUnderstoodPiece]


class AskedExport(Shape):
    """An export that was asked for."""

    #: By which `GET /api/exports/{export_id}` tells of it.
    export_id: str
    status: Literal["ready", "running", "done", "failed", "cancelled", "unknown"] | str


class EventSubject(Shape):
    """The record that it is about, by the table that it is in and its id."""

    type: str
    id: str


class JobStatus(Shape):
    """A job as it stands now."""

    job_id: str
    status: Literal["ready", "running", "done", "failed", "cancelled", "unknown"] | str


class MigratedAll(Shape):
    """What became of each running bundle of a template, or would."""

    #: Whether it was only tried: nothing is changed.
    dry_run: bool
    bundles: list[MigratedAllBundle]


class MigratedItemChange(Shape):
    """A change."""

    kind: str
    what: str


class Redelivered(Shape):
    """What is sent again."""

    webhook_id: str
    count: int


class SwitchedOn(Shape):
    """A schedule that was switched on, or would be, and what begins by it."""

    schedule: Schedule | None
    upcoming: list[SwitchedOnUpcoming]


class TaskType(Shape):
    """A task type."""

    #: What bundles and addresses call it.
    key: str
    #: All that it says: its words, and what tasks of it need.
    task_type: dict[str, Any]


class AddedTaskUnderstoodPiece(Shape):
    """A piece of it."""

    kind: str
    text: str
    means: Any


class BulkTaskChange(Shape):
    """What was changed."""

    field: str
    before: Any
    after: Any


class CaughtUp(Shape):
    """A draft that was brought up to what is live."""

    proposal_id: str
    #: Files in which others' changes are now, too.
    taken: list[str]
    #: Files in which both changed the same lines.
    conflicts: list[str]


class Done(Shape):
    """What is said about what was done."""

    #: All that is said about it.
    message: str
    #: What whoever asked should know besides, a sentence each.
    asides: list[str]
    #: What `POST /api/acts/{act_id}/undo` takes back, where that is possible.
    act_id: str | None


class EventBy(Shape):
    """Who did it, as they were called then; null where the reader's own pages do not name them."""

    kind: Literal["user", "partner_user", "agent", "system", "sync"] | str
    user_id: str | None
    name: str


class EventChange(Shape):
    """EventChange"""

    field: str
    before: str | None
    after: str


class GuidanceMaterial(Shape):
    """Reference material of a campaign, read by people, never spawning anything."""

    #: What the material is called.
    label: str
    #: Where the material is.
    url: str
    #: What kind of material it is, a free word such as `style_guide`. Null where nobody said.
    type: str | None


class HistoryEntryChange(Shape):
    """HistoryEntryChange"""

    field: str
    before: str | None
    after: str


class ListedTaskFound(Shape):
    """Where the words of a search were found, unless the title shows it."""

    #: What the words were found in: a note, a step, a reason.
    in_: str = Field(alias="in")
    #: The sentence with the hit.
    text: str
    #: Where the words begin and end in it.
    marks: list[list[int]]


class QueueCount(Shape):
    """How many run, wait and are planned."""

    running: int
    pending: int
    scheduled: int


class ReanchoredWarning(Shape):
    """What to look at in a task."""

    ref: str
    title: str
    warnings: list[str]


class ReportColumn(Shape):
    """A column."""

    name: str
    title: str
    kind: str


class StartedRecipeWarning(Shape):
    """What to look at in a task."""

    ref: str
    title: str
    warnings: list[str]


class TaskTemplate(Shape):
    """A template as it is for whom it was asked for."""

    #: What bundles and addresses call it.
    key: str
    #: All that it says, merged. `parameters` is the JSON Schema of what a start asks for, null where that is
    #: nothing; `tasks` are what it makes.
    template: dict[str, Any]
    #: Of each value, by its JSON pointer: level, file, line and commit.
    origins: dict[str, Any]


class Bulk(Shape):
    """What became of many tasks, one by one."""

    #: Whether it was only tried: nothing is changed.
    dry_run: bool
    #: How many were changed, or would be.
    changed: int
    left_out: int
    tasks: list[BulkTask]


class BundleProgress(Shape):
    """Its tasks, counted."""

    total: int
    done: int
    open: int
    late: int


class ExportFile(Shape):
    """A file of an export."""

    name: str
    path: str
    size_bytes: int
    sha256: str | None


class GuidanceComesAfter(Shape):
    """A piece of work; belongs to a bundle or stands alone."""

    #: The task's id: `tsk_`, then 26 digits and capitals that sort by the time of making.
    task_id: str
    #: A positive number, unique in the workspace: what people say aloud and pages show as #12.
    task_number: int
    #: What is to be done, in a line.
    title: str
    #: Where the task stands. One of: pending (to do; nobody has begun); queued (lined up to start next);
    #: deferred (put off to a later day on purpose); in_progress (somebody is working on it); waiting (for an
    #: answer from outside; a follow-up date is set); blocked (an obstacle that the team must clear);
    #: help_needed (the worker asked a manager for help); pending_approval (handed over; an approver decides
    #: next); completed (done, with everything it owed); skipped (not needed this time, with the reason);
    #: failed (an automated attempt ended in an error); cancelled (called off).
    status: (
        Literal[
            "pending",
            "queued",
            "deferred",
            "in_progress",
            "waiting",
            "blocked",
            "help_needed",
            "pending_approval",
            "completed",
            "skipped",
            "failed",
            "cancelled",
        ]
        | str
    )


class GuidanceInTheWay(Shape):
    """One thing that is missing."""

    code: str
    #: What is missing, and what to do.
    message: str
    #: proof, deliverables, steps, links, dependencies or approval.
    area: str
    #: The id or name of what is missing.
    subject: str


class GuidanceInstruction(Shape):
    """How the work is done."""

    #: The title of its process doc. Null without one.
    document: str | None
    #: The part of it that is meant. Null for all of it.
    part: str | None
    #: What it says, in Markdown. Null without a process doc.
    text: str | None
    #: An address with instructions. Null without one.
    url: str | None


class GuidanceLink(Shape):
    """A named link that a bundle must eventually fill."""

    #: What the link leads to, such as “Accountant email thread”; unique in the bundle.
    name: str
    #: Whether the bundle can be completed only once it is filled or waived.
    required: bool
    #: Whether the address is there. One of: empty (a placeholder); filled (it has its URL); waived (a skipped
    #: task made it unnecessary; filling it replaces that).
    state: Literal["empty", "filled", "waived"] | str
    #: The address. Null until it is filled.
    url: str | None


class HandedOverTask(Shape):
    """A task of it."""

    task_id: str
    task_number: int
    title: str
    refused: str | None


class ListedTaskTemplate(Shape):
    """A template."""

    #: What bundles and addresses call it.
    key: str
    #: What people call it.
    name: str
    #: What it is for.
    description: str | None
    #: Whether bundles may be started from it.
    is_active: bool


class MigratedAllBundle(Shape):
    """One bundle."""

    bundle_id: str
    title: str
    outcome: str
    why: str


class SwitchedOnUpcomingTask(Shape):
    """A task of it."""

    ref: str
    title: str
    due_date: date | None
    warnings: list[str]


class TrackLine(Shape):
    """Something that was said."""

    #: Which attempt said it.
    attempt_number: int
    #: Which line of that attempt it is, from 1.
    number: int
    at: datetime
    text: str


class ListedReport(Shape):
    """A report that you may read."""

    #: What its address calls it.
    name: str
    #: What people call it.
    title: str
    #: What it answers.
    description: str
    #: What it may be narrowed by.
    filters: list[str]
    #: What its rows may stand for, the usual one first.
    by: list[str]


class Migrated(Shape):
    """What is other in the newer template, with what became of it, or would."""

    bundle_id: str
    #: Whether it was only tried: nothing is changed.
    dry_run: bool
    said: str
    closure_hash: str | None
    items: list[MigratedItem]


class Queue(Shape):
    """The queue as it stands."""

    #: The tasks.
    queue: list[QueueQueue]
    #: How many run, wait and are planned.
    counts: QueueCount
    #: What runs tasks.
    executors: list[QueueExecutor]
    #: Who does it; nobody for who sees a part alone.
    workers: list[QueueWorker]
    #: Why no automated work is begun at all. Null unless it was stopped.
    stopped: str | None


class ReanchoredChange(Shape):
    """A day that moved."""

    task_id: str
    task_number: int
    title: str
    before: date | None
    after: date | None


class ReanchoredKept(Shape):
    """A day that stays."""

    task_id: str
    task_number: int
    title: str
    due_date: date | None
    why: str


class Statistics(Shape):
    """Live counts of what the actor sees; zeros included."""

    #: One of: pending (to do; nobody has begun); queued (lined up to start next); deferred (put off to a
    #: later day on purpose); in_progress (somebody is working on it); waiting (for an answer from outside; a
    #: follow-up date is set); blocked (an obstacle that the team must clear); help_needed (the worker asked a
    #: manager for help); pending_approval (handed over; an approver decides next); completed (done, with
    #: everything it owed); skipped (not needed this time, with the reason); failed (an automated attempt
    #: ended in an error); cancelled (called off).
    by_status: dict[str, int]
    #: One of: low (when there is time); medium (the normal case); high (before other work); critical (before
    #: everything else).
    by_priority: dict[str, int]
    #: Waiting for a manager's permission to run.
    pending_review: int
    #: Active and past the deadline.
    overdue: int
    #: ``scheduled_for`` lies in today's day of the workspace.
    scheduled_today: int


class SwitchedOnUpcoming(Shape):
    """A start to come."""

    anchor_date: date
    starts_at: datetime | str
    title: str | None
    #: Why nothing would begin.
    refused: str | None
    #: What it would make: ref, title, due_date and warnings.
    tasks: list[SwitchedOnUpcomingTask] | list[dict[str, Any]]


class BundlePin(Shape):
    """Which content it was made from; `commit` is null without Git."""

    template_id: str
    name: str
    #: The commit of the content. Null without Git.
    commit: str | None
    closure_hash: str
    #: Whether what was used was not committed yet.
    dirty: bool
    #: The files that it was made of, each with its hash.
    closure: Any


class BulkTask(Shape):
    """What became of one."""

    task_id: str
    task_number: int | None
    title: str | None
    outcome: Literal["done", "left_out"] | str
    reasons: list[str]
    remarks: list[str]
    changes: list[BulkTaskChange]


class MigratedItem(Shape):
    """One thing that is other."""

    key: str
    verdict: str
    why: str
    changes: list[MigratedItemChange]
    has: Any
    newer: Any
    pinned: Any


class Preview(Shape):
    """A bundle as it would be made."""

    #: The template.
    key: str
    #: What the bundle would be called.
    title: str
    #: The day that offsets count from.
    anchor_date: date
    #: Those that were given, and the others' defaults.
    parameters: dict[str, Any]
    #: The names of the links that it would have to fill.
    links: list[str]
    #: The tasks that would be made, in the template's order.
    tasks: list[PreviewTask]
    #: The refs of tasks that are not needed with these parameters.
    left_out: list[str]


class QueueWorker(Shape):
    """A process that does what waits."""

    worker: str
    #: The release of Workbench that it runs.
    release: str
    #: How many jobs it does at the same time.
    threads: int
    #: Whose tasks it begins; none named, those of all.
    executors: list[str]
    #: Since when.
    since: datetime
    #: Whether it begins nothing more.
    is_draining: bool
    #: Whether nothing was seen of it for 30 seconds.
    is_lost: bool


class ReminderOfTask(Shape):
    """One reminder, and what is to be said of it."""

    #: One of: due (a task is due soon); overdue (a task is late, or a decision or an answer is); follow-up-
    #: due (the follow-up of a task that waits has come); missing-evidence (a task reached its deadline
    #: without its proof); recurring (a schedule says so); stage-change (a bundle moved to another stage);
    #: automation-failure (an automated task has failed).
    type: (
        Literal[
            "due",
            "overdue",
            "follow-up-due",
            "missing-evidence",
            "recurring",
            "stage-change",
            "automation-failure",
        ]
        | str
    )
    #: Whom it is for, by name.
    whom: str
    #: What it says.
    text: str
    verdict: str
    #: Why, in sentences.
    reason: str
    #: When it was, or is, meant to be sent. UTC.
    send_at: datetime
    #: Its id. Null where it was not made yet.
    reminder_id: str | None


class Report(Shape):
    """A report that was run."""

    #: Its name.
    report: str
    #: What people call it.
    title: str
    #: What it answers.
    description: str
    #: What each row says, in order.
    columns: list[ReportColumn]
    #: The rows: a value for each column's name.
    rows: list[dict[str, Any]]
    #: Totals or averages, by column, where they mean something.
    totals: dict[str, Any]
    #: What the numbers leave out, in sentences.
    remarks: list[str]


class TrackStep(Shape):
    """A step of it."""

    #: What is done, such as `POST api.example.com/cards`.
    name: str
    #: to_do: it comes later. begun: it is being done; where the attempt is over, nobody saw its end. done: it
    #: was done. undone: it was begun, and did not happen.
    state: Literal["to_do", "begun", "done", "undone"] | str
    #: Whether it changes something outside: none, keyed (once, by a key), unkeyed.
    effect: Literal["none", "keyed", "unkeyed"] | str
    #: Null before that.
    began_at: datetime | None
    #: Null before that.
    ended_at: datetime | None
    #: How long it took. Null until it has ended.
    seconds: float | None
    #: Whether an attempt before began it, and this one did not do so again.
    is_from_before: bool


class Export(Shape):
    """An export: one that is there, or one that was asked for."""

    export_id: str
    #: One of: ready (waits for its time, a free seat and a worker); running (a worker holds it until its
    #: lease runs out); done (finished); failed (its last attempt failed); cancelled (somebody called it off);
    #: unknown (its worker was lost after it began an effect: somebody has to look).
    status: Literal["ready", "running", "done", "failed", "cancelled", "unknown"] | str
    #: UTC.
    asked_at: datetime | None
    #: UTC.
    made_at: datetime | None
    as_of: str | None
    count: int | None
    form: str | None
    is_whole: bool | None


class Guidance(Shape):
    """What one reads before working a task."""

    #: The task.
    task_id: str
    #: How the work is done.
    instruction: GuidanceInstruction
    #: The material of its campaign for this work.
    material: list[GuidanceMaterial]
    #: The links of its bundle that it needs or fills.
    links: list[GuidanceLink]
    #: The tasks that it comes after, as far as you see them.
    comes_after: list[GuidanceComesAfter]
    #: Everything that stands in the way of its completion.
    in_the_way: list[GuidanceInTheWay]
    #: What you can do with it now, the step forward first.
    can_do: list[str]
    #: What comes next, in words. Null where nothing does.
    next: str | None


class Partner(Shape):
    """A client that work is done for."""

    #: The client's id: `prt_`, then 26 digits and capitals that sort by the time of making.
    partner_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: A short word for the client, unique in the workspace.
    key: str
    #: What the client is called, as pages show it.
    name: str
    #: Whether work is still done for the client.
    is_active: bool
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class PreviewTask(Shape):
    """A task that would be made."""

    #: What the template calls it.
    ref: str
    #: What it would be called.
    title: str
    #: When it would be due. Null without a date.
    due_date: date | None
    #: The moment at which that day is over. UTC.
    deadline: datetime | None
    #: The key of who would do it. Null for nobody yet.
    assignee: str | None
    #: The role that it would wait for. Null without.
    assignee_role: str | None
    #: The refs of the tasks that it would come after.
    depends_on: list[str]
    #: What a person should know of its date.
    warnings: list[str]


class ProposedFile(Shape):
    """One content file that a proposal changes, adds or takes away."""

    #: The id of the row: `pfl_`, then 26 digits and capitals that sort by the time of making.
    proposed_file_id: str
    #: The proposal that changes it.
    proposal_id: str
    #: Where it lies, from the folder that holds `content/` on.
    path: str
    #: What it said when the change began, or when it last caught up. Null where it was not there.
    before: str | None
    #: What it shall say. Null takes it away.
    text: str | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class QueueExecutor(Shape):
    """An executor, and what is said of it."""

    executor: str
    #: How many run.
    running: int
    #: How many wait, of those you see; 1001 stands for more than 1,000.
    pending: int
    is_paused: bool
    #: How many run at the same time. Null for four.
    seats: int | None
    #: How many are begun within a minute at most. Null for any number.
    per_minute: int | None
    #: The same of 24 hours.
    per_day: int | None
    #: Why nothing of it is begun now. Null where nothing is in the way.
    waits_because: str | None


class HandedOver(Shape):
    """What became of somebody's open work."""

    employee: str
    is_active: bool
    to: str | None
    tasks: list[HandedOverTask]
    bundles: list[str]
    kept_bundles: list[str]
    schedules: list[str]
    kept_schedules: list[str]
    campaigns: list[str]


class ProposedFileAsRead(ProposedFile):
    """One content file that a proposal changes, adds or takes away."""

    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str


class Feed(Shape):
    """An address at which a calendar program reads what one user sees; its token is kept as a hash alone."""

    #: The feed's id: `fed_`, then 26 digits and capitals that sort by the time of making.
    feed_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: Whose view of the work it is.
    user_id: str
    #: Which tasks it has. One of: person (what is assigned to them); bundle (the tasks of one bundle);
    #: workspace (all that they see).
    kind: Literal["person", "bundle", "workspace"] | str
    #: The bundle, where it is of one. Null where it is not.
    bundle_id: str | None
    #: Whether each task is an all-day event, too, for programs that show no to-dos.
    with_events: bool
    #: When it was revoked. Null while it is read. UTC.
    revoked_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Job(Shape):
    """Something that is done by itself."""

    #: Its id.
    job_id: str
    #: What is done.
    kind: str
    #: Where it stands.
    status: Literal["ready", "running", "done", "failed", "cancelled", "unknown"] | str
    #: How often it was begun.
    attempt: int
    #: The effect that was begun last.
    effect: str | None
    #: What came of it, in words.
    outcome: str | None
    #: It is begun no earlier. UTC.
    not_before: datetime | None
    #: When it was put. UTC.
    put_at: datetime | None
    #: When it was begun last. UTC.
    begun_at: datetime | None
    #: When it ended. UTC.
    ended_at: datetime | None


class MessageSettings(Shape):
    """What one person wants to be told outside of the inbox, by which ways, and when; a row per user."""

    #: Whose they are.
    user_id: str
    #: Of what they are told. One of: to_decide (something waits until they decide, answer, permit or send
    #: it); sent_back (a change is asked for on what they handed over); mentioned (somebody calls them by
    #: name); answered (their question was answered); assigned (a task is theirs, or theirs is free to start);
    #: decided (what they handed over was approved); bundle_done (a bundle of theirs is completed); reminder
    #: (something is due, late or to be followed up); worklog (a worklog was sent to them; for a partner's
    #: people); job_failed (what is done by itself could not be done; for admins); webhook_failed (a webhook
    #: is paused, or gave a message up; for admins); automation (a task of theirs that runs by itself ended,
    #: or nobody knows how); message (a task that tells people something has run, and they are among those);
    #: requests_fail (more than one request of a hundred fails; for admins); content_rewritten (the history of
    #: the content was rewritten; for managers); content_broken (a file of the content that they changed has
    #: an error); template_changed (running bundles of theirs have a newer version of their template);
    #: proposal (what became of a change of templates that they proposed); account (how they sign in was
    #: changed, by themselves or by somebody else).
    kinds: list[
        Literal[
            "to_decide",
            "sent_back",
            "mentioned",
            "answered",
            "assigned",
            "decided",
            "bundle_done",
            "reminder",
            "worklog",
            "job_failed",
            "webhook_failed",
            "automation",
            "message",
            "requests_fail",
            "content_rewritten",
            "content_broken",
            "template_changed",
            "proposal",
            "account",
        ]
        | str
    ]
    #: By which ways they are told; empty for none. One of: mail (an e-mail to the address that they sign in
    #: with); chat (a message to the chat address that is kept for them).
    ways: list[Literal["mail", "chat"] | str]
    #: Whether they get the messages of a day together, at `daily_hour`.
    is_daily: bool
    #: The hour of their day, in their time zone, at which the messages of a day go out, 0 to 23.
    daily_hour: int
    #: The hour of their day at which quiet hours begin, 0 to 23. Null where they have none.
    quiet_from: int | None
    #: The hour of their day at which quiet hours end, 0 to 23. Null where they have none.
    quiet_until: int | None
    #: The address that their mail server said it does not know; nothing more is sent there. Null where none
    #: was refused.
    refused_address: str | None
    #: What their mail server said. Null where it refused nothing.
    refusal: str | None
    #: Whether a mail server is set.
    is_mail_set: bool


class Track(Shape):
    """How an automated task comes along."""

    #: The task.
    task_id: str
    #: Where the task stands.
    task_status: (
        Literal[
            "pending",
            "queued",
            "deferred",
            "in_progress",
            "waiting",
            "blocked",
            "help_needed",
            "pending_approval",
            "completed",
            "skipped",
            "failed",
            "cancelled",
        ]
        | str
    )
    #: Whether an attempt waits or runs: ask again while so.
    is_live: bool
    #: The newest attempt. Null where it was never run.
    execution: TrackExecution | None
    #: Its steps: those that were begun, in order, then those to come.
    steps: list[TrackStep]
    #: How many steps an attempt that has ended never began.
    not_begun: int
    #: What was said since, over all attempts, the oldest first.
    lines: list[TrackLine]
    #: What to send as `after` of the next request.
    next: str
    #: What you can do now: task execute, execution cancel, execution retry, execution settle.
    can_do: list[str]
    #: Why it cannot be run now. Null where it can.
    refusal: str | None


class Campaign(Shape):
    """What is done for a partner over a time; implies its partner."""

    #: The campaign's id: `cmp_`, then 26 digits and capitals that sort by the time of making.
    campaign_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: A short word for it, unique in the workspace.
    key: str
    #: The client that it is done for.
    partner_id: str
    #: What people call it.
    name: str
    #: The website that it is about. Null where none is known.
    primary_url: str | None
    #: Who does what in it: assignee role to `employee_id`.
    people: dict[str, str]
    #: Whether new work is still started in it.
    is_active: bool
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class DeliverableComment(Shape):
    """A dated remark on one version, where it belongs; never edited."""

    #: The remark's id: `dcm_`, then 26 digits and capitals that sort by the time of making.
    deliverable_comment_id: str
    #: The version that it is about.
    deliverable_id: str
    #: Which part is meant: an object with `line` of a text, `page` of a document, or `quote` of the words.
    #: Null: all of it.
    anchor: dict[str, Any] | None
    #: What it says.
    body: str
    #: When it was written; it never changes. UTC.
    created_at: datetime
    #: The user who wrote it.
    created_by: str | None = None
    #: The employees whom it calls, by @key, or whom the engine tells of it.
    mentions: list[str] | None = None
    #: The task that handed the version over.
    task_id: str | None = None
    #: The users who are no employee and whom it calls, by @ and the beginning of their e-mail.
    user_mentions: list[str] | None = None
    #: Whether the partner reads it too; what a partner's person writes always is.
    visible_in_portal: bool | None = None
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str | None = None


class MadeFeed(Feed):
    """A calendar feed with its address."""

    #: Where calendar programs read it: shown this once.
    address: str


class Note(Shape):
    """A dated remark on a task; its author may add a better text, and each earlier one stays."""

    #: The note's id: `nte_`, then 26 digits and capitals that sort by the time of making.
    task_note_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The task that it is about.
    task_id: str
    #: What the note is for: questions to a manager are `help_request`, answers `help_answer`. One of: note (a
    #: remark by a person); help_request (the question of a worker who is stuck); help_answer (what a manager
    #: said to such a question); feedback (what a judge said); proof_comment (said while giving proof); system
    #: (written by the engine, for example with a skip or a wait).
    kind: Literal["note", "help_request", "help_answer", "feedback", "proof_comment", "system"] | str
    #: What it says, in Markdown.
    body: str
    #: The employees whom it calls, by @key, or whom the engine tells of something.
    mentions: list[str]
    #: The users who are no employee and whom it calls, by @ and the beginning of their e-mail.
    user_mentions: list[str]
    #: The user who wrote it, or whose act made the engine write it.
    created_by: str
    #: When it was written; it never changes. UTC.
    created_at: datetime
    #: When its author wrote the present text. Null where that is the first. UTC.
    edited_at: datetime | None
    #: The texts that it had before, oldest first. Null where the present one is the first.
    earlier_bodies: list[str] | None


class ScheduledStart(Shape):
    """What became of one anchor date of a schedule; there is one row for each."""

    #: The id of the row: `sst_`, then 26 digits and capitals that sort by the time of making.
    scheduled_start_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The schedule whose day it is.
    schedule_id: str
    #: The anchor date that the bundle has or was to have.
    anchor_date: date
    #: When it was to begin by the template. UTC.
    due_at: datetime
    #: What became of it. One of: started (the bundle is there); waiting (it begins once the bundle before it
    #: is closed); skipped (left out: somebody said so, or an earlier bundle was still open); missed (nothing
    #: looked at its time, and the template says not to make up for it); refused (it could not be started; the
    #: reason says why).
    state: Literal["started", "waiting", "skipped", "missed", "refused"] | str
    #: Why it was not started, or later than it was due, in words. Null where it began as it should.
    reason: str | None
    #: The bundle that it made. Null where it made none.
    bundle_id: str | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Absence(Shape):
    """Days on which an employee does no work; taken back, the row is kept."""

    #: The absence's id: `abs_`, then 26 digits and capitals that sort by the time of making.
    absence_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: Who is away.
    employee_id: str
    #: The first day on which they are away, a day of the calendar.
    first_day: date
    #: The last day on which they are away; the same as the first for one day.
    last_day: date
    #: Why, in one word. One of: holiday (free days that they chose); sick (they are ill); other (anything
    #: else: a training, a journey, another job).
    kind: Literal["holiday", "sick", "other"] | str | None
    #: What is said of it, for the person and managers. Null where nothing is.
    note: str | None
    #: The employee who hears of their work meanwhile; the work stays theirs. Null where nobody does.
    substitute_id: str | None
    #: When it was taken back: they are not away then after all. Null where it holds. UTC.
    removed_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class CampaignAttachment(Shape):
    """Reference material of a campaign, read by people, never spawning anything."""

    #: The attachment's id: `att_`, then 26 digits and capitals that sort by the time of making.
    attachment_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The campaign whose tasks show it.
    campaign_id: str
    #: What the material is called.
    label: str
    #: Where the material is.
    url: str
    #: What kind of material it is, a free word such as `style_guide`. Null where nobody said.
    type: str | None
    #: It is shown on tasks whose type has this category. Null: on all tasks of the campaign.
    category: str | None
    #: When it was attached. UTC.
    added_at: datetime
    #: When it was taken off; the row is kept to show what was there at the time. Null while it is attached.
    #: UTC.
    removed_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Event(Shape):
    """One event, as somebody may read it."""

    #: Names the event to every reader alike; the same event has the same name each time, so that whoever got
    #: an answer twice can tell.
    change_id: str
    #: What happened. One of: workspace_created (a tenant was set up); demo_told (the store was filled by the
    #: demo, whose passwords anybody can read); user_added (somebody may sign in); user_changed (name, roles
    #: or employee of a user changed); sign_in_link_made (a one-time link was given out; never says which);
    #: sign_in_link_used (somebody followed one, and is asked for their second factor); user_signed_in (a
    #: session began); second_factor_added (somebody is asked for it from now on, after the password);
    #: second_factor_renamed (its person calls it something else); second_factor_removed (its person is not
    #: asked for it any more); second_factors_reset (an admin took all of somebody's, who had lost them);
    #: second_factor_proved (its person proved by it that they set up another one); recovery_codes_made
    #: (somebody has ten new ones; never says which); session_ended (a session ended before its time; says by
    #: what); employee_changed (an employee was added or changed); absence_entered (somebody is away on some
    #: days, and who stands in); absence_removed (somebody is there on those days after all); partner_changed
    #: (a partner was added or changed); campaign_changed (a campaign was added or changed); attachment_added
    #: (guidance was attached to a campaign); attachment_removed (guidance was taken off a campaign);
    #: store_sealed (an upgrade told the hashes of the records as it left them); template_pinned (a template
    #: revision was stored for its first bundle); bundle_created (a template was started); bundle_updated (the
    #: bundle has another title); bundle_stage_changed (the bundle moved to another stage); bundle_reanchored
    #: (the anchor date or a parameter's day moved, open tasks too); bundle_migrated (the run, or a part of
    #: it, follows a newer template); bundle_completed (all tasks terminal, all links filled or waived);
    #: bundle_cancelled (the run was called off, its open tasks with it); bundle_handed_over (another user
    #: owns the run); schedule_started (bundles of a template begin by themselves from now on);
    #: schedule_paused (none of them begins by itself any more); schedule_changed (its next start is another,
    #: or something keeps it from starting); scheduled_start (one of its days was started, left out, missed or
    #: refused, or waits); proposal_begun (somebody began to write a change of the content); proposal_changed
    #: (it says something else, or about another base); proposal_offered (it is offered for review, as a
    #: branch); proposal_pushed (the remote has its branch, or could not take it; says why);
    #: proposal_withdrawn (its author took it back); proposal_merged (what it says is live); feed_made
    #: (somebody lets a calendar program read their work; never says where); feed_revoked (no calendar program
    #: reads it any more); token_made (a program may act for somebody; never says with what secret);
    #: token_rotated (an API token has a new secret); token_revoked (an API token was ended); link_filled (a
    #: bundle link got its URL); link_waived (a skipped task made a bundle link unnecessary); task_created (a
    #: task was made, in a bundle or alone); task_updated (fields other than the status changed);
    #: task_status_changed (one move of the status table); task_assigned (another person or role does the
    #: task); task_released (its last open dependency was satisfied); task_blocker_lost (a task that it waits
    #: for failed or was cancelled); task_corrected (it was closed by mistake: that was taken back, with what
    #: followed); change_undone (whoever changed it took that back a moment later); step_completed (a
    #: checklist item was ticked); step_reopened (a checklist item was unticked); step_added (an ad hoc
    #: checklist item); step_left_out (a checklist item does not apply here, or an ad hoc one is taken back);
    #: note_edited (its author gave a remark another text); note_added (a dated remark on a task); proof_given
    #: (evidence was given or replaced); deliverable_created (a row of what is owed or offered);
    #: deliverable_edited (URL or facts of an undecided version changed); deliverable_frozen (a decision was
    #: made on the version, so it never changes); deliverable_delivered (the partner got this version);
    #: deliverable_taken_back (withdrawn before the partner judged it); deliverable_commented (a dated remark
    #: on a version); approval_requested (a version waits for a decision); approval_decided (approved,
    #: approved with changes, or rejected); approval_withdrawn (the request was taken back before a decision);
    #: approval_escalated (it waited too long; nothing was approved by that); reminder_sent (somebody was
    #: reminded of something); reminder_withheld (a reminder was not sent, or waits for the morning; says
    #: why); reminder_answered (whom it was for dismissed it, or put it off); human_review_approved (an
    #: automated task may run); human_review_rejected (an automated task must not run); human_review_voided
    #: (what was permitted to run has changed); execution_queued (an attempt at an automated task waits for a
    #: worker); execution_started (a worker began it); execution_cancel_asked (somebody calls off an attempt
    #: that runs); execution_ended (it is over; says how, and what is known); execution_moved_up (somebody let
    #: it be the next that its executor begins); executor_paused (it begins nothing more in the workspace;
    #: says why); executor_resumed (it begins what waits again); executor_limited (how much of it is begun at
    #: most was changed); automation_stopped (no executor begins anything more; says why); automation_started
    #: (they go on); worker_drained (a worker begins nothing more); worker_undrained (it goes on);
    #: execution_trimmed (what it said on its way is old, and was forgotten); execution_settled (somebody
    #: found out whether what was in doubt happened); watch_changed (somebody watches, mutes or no longer
    #: watches a task or a bundle); notification_made (somebody is told something, in their inbox or outside);
    #: notification_sent (a message went out to somebody); notification_over (what somebody was told in their
    #: inbox holds no more); messages_chosen (somebody is told of other things, by other ways or at other
    #: times); messages_paused (an admin holds back all messages, or lets them go out again); secret_set (a
    #: password or an address was sealed; never says which); secret_removed (a password or an address was
    #: forgotten); webhook_made (what happens is sent to a program elsewhere from now on); webhook_changed (it
    #: is sent elsewhere, or other things of it are); webhook_rotated (its messages are signed with a new
    #: secret); webhook_paused (nothing is sent for now; says why); webhook_resumed (what waited is sent, and
    #: what happens from now on); webhook_redelivered (an admin had messages sent again); webhook_removed
    #: (nothing is sent any more); content_fetched (the branch that content is fetched from went on);
    #: content_rewritten (what was fetched before is no longer part of its history); content_in_use (people
    #: were told what a commit of the content means for them); qa_rolled (the die that chooses tasks for QA,
    #: with its sides and its result); qa_flagged (a completed task is to be looked at again, and why);
    #: qa_reviewed (a completed task was scored); worklog_made (what a client may read about a week was put
    #: together, perhaps again); worklog_edited (somebody gave a worklog other words before it was sent);
    #: worklog_sent (the partner's people read it from now on); artifact_added (supporting material or a file
    #: was stored); artifact_approved (an artifact may serve as proof).
    kind: (
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
        | str
    )
    #: The record that it is about, by the table that it is in and its id.
    subject: EventSubject
    #: The task whose history it belongs to; null where there is none, and to partners.
    task_id: str | None
    #: The bundle whose history it belongs to; null where there is none, and to partners.
    bundle_id: str | None
    #: When it happened. UTC.
    at: datetime
    #: Who did it, as they were called then; null where the reader's own pages do not name them.
    by: EventBy | None
    #: The names of the record's fields that changed; to partners none.
    fields: list[str]
    #: The status that the task came into by it; null where it came into none, and to partners. One of:
    #: pending (to do; nobody has begun); queued (lined up to start next); deferred (put off to a later day on
    #: purpose); in_progress (somebody is working on it); waiting (for an answer from outside; a follow-up
    #: date is set); blocked (an obstacle that the team must clear); help_needed (the worker asked a manager
    #: for help); pending_approval (handed over; an approver decides next); completed (done, with everything
    #: it owed); skipped (not needed this time, with the reason); failed (an automated attempt ended in an
    #: error); cancelled (called off).
    status: (
        Literal[
            "pending",
            "queued",
            "deferred",
            "in_progress",
            "waiting",
            "blocked",
            "help_needed",
            "pending_approval",
            "completed",
            "skipped",
            "failed",
            "cancelled",
        ]
        | str
        | None
    )
    #: What happened, in the sentence of the history; null where no history has it.
    what: str | None
    #: What was said with it; null where nothing was, or no history has it.
    words: str | None
    #: What changed, in words for people: a program reads the record instead. Empty where no history has it.
    changes: list[EventChange]


class QaReview(Shape):
    """A score given after completion; never edited, and a task may have several."""

    #: The id of this score: `qar_`, then 26 digits and capitals that sort by the time of making.
    task_qa_review_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The completed task that was looked at.
    task_id: str
    #: The version that was looked at. Null where it was the task as a whole.
    deliverable_id: str | None
    #: Who did the task when it was scored: the feedback is for them. Null where nobody was assigned.
    employee_id: str | None
    #: The user who gave the score.
    reviewer_id: str
    #: What the second look was for. One of: random (the die chose it); process (to see how the process
    #: works); training (to help somebody learn); complaint (a client complained).
    review_type: Literal["random", "process", "training", "complaint"] | str
    #: Whether the work was good enough. Null where only a score was given.
    passed: bool | None
    #: From 1 (poor) to 5 (excellent). Null where only pass or fail was said.
    score: int | None
    #: What the reviewer said. Null where nothing was said.
    feedback: str | None
    #: When the score was given. UTC.
    reviewed_at: datetime
    #: When the row was made: the same moment. UTC.
    created_at: datetime


class Session(Shape):
    """A browser in which a user is signed in; only the hash of its token is kept."""

    #: The session's id: `ses_`, then 26 digits and capitals that sort by the time of making.
    session_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: Who is signed in.
    user_id: str
    #: What the person signed in with. One of: password (what they chose and typed); link (a one-time address
    #: that somebody sent them); openid (an OpenID provider that vouched for them).
    begun_with: Literal["password", "link", "openid"] | str
    #: The second factor that they proved after that. Null where none was asked for. One of: app (a code that
    #: an authenticator app shows for half a minute); passkey (a key that a phone, a computer or a security
    #: key keeps, and signs with); recovery_code (one of ten codes for the day on which none of those is at
    #: hand).
    second_factor: Literal["app", "passkey", "recovery_code"] | str | None
    #: Which browser it is, in a few words, as far as that can be told.
    browser: str
    #: From then on it signs nobody in, whatever was done with it. UTC.
    expires_at: datetime
    #: When it ended before its time. Null while it holds or has just run out. UTC.
    ended_at: datetime | None
    #: What ended it before its time. Null where nothing did. One of: sign_out (its person signed out in that
    #: browser); choice (its person or an admin ended it from elsewhere); new_password (the password was
    #: changed or set); deactivation (the account was closed); too_many (the same person began many others
    #: since); second_factor (the person set up their first second factor, or an admin took theirs).
    ended_by: (
        Literal["sign_out", "choice", "new_password", "deactivation", "too_many", "second_factor"]
        | str
        | None
    )
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class TrackExecution(Shape):
    """The newest attempt. Null where it was never run."""

    #: The execution's id: `exe_`, then 26 digits and capitals that sort by the time of making.
    execution_id: str
    #: Which attempt at the task this is, from 1.
    attempt_number: int
    #: Where it stands, or what became of it. One of: queued (waits for its time and a worker); running (a
    #: worker does it); completed (the executor did all of it); failed (it met an error, and what was begun
    #: outside is known); cancelled (it was called off, and nothing outside is in doubt); timed_out (it took
    #: too long, and nothing outside is in doubt); unknown (something was begun outside, and nobody knows
    #: whether it happened).
    status: Literal["queued", "running", "completed", "failed", "cancelled", "timed_out", "unknown"] | str
    #: What runs the task.
    executor: str
    #: It is begun no earlier. UTC.
    not_before: datetime
    #: What came out, name to value. Null until it is completed.
    output: dict[str, Any] | None
    #: Why it did not come to an end as it should, in words. Null where it did, or still may.
    error: str | None
    #: The same as a code, such as `HTTP_STATUS`. Null where `error` is.
    error_code: str | None
    #: How long it ran, in seconds. Null until it ends, and where it never began.
    duration: float | None
    #: When a worker began it. Null until then. UTC.
    started_at: datetime | None
    #: When it ended, whatever became of it. Null until then. UTC.
    completed_at: datetime | None
    #: When somebody asked to call it off. Null where nobody did. UTC.
    cancel_asked_at: datetime | None


class ApiToken(Shape):
    """A program's right to act for one user; only hashes of its secrets are kept."""

    #: The token's id: `tok_`, then 26 digits and capitals that sort by the time of making.
    api_token_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: For whom it acts.
    user_id: str
    #: What people call it: which program uses it, and what for.
    name: str
    #: What it may be used for, as a list of words. One of: read (see what its user sees; every token has it);
    #: work (change work: tasks and bundles, notes, what is watched); decide (judge: approvals, human reviews,
    #: answers to help, QA); content (write changes of templates, and offer them); admin (people, tokens,
    #: settings, reference data, exports; it leads to all the rest).
    scopes: list[Literal["read", "work", "decide", "content", "admin"] | str]
    #: The first characters of its secret, to recognise it by. Null until there is one.
    starts_with: str | None
    #: From then on the secret before lets nobody in. Null where it was never rotated. UTC.
    previous_ends_at: datetime | None
    #: The user who made it.
    made_by: str
    #: From then on it lets nobody in, whichever secret. UTC.
    expires_at: datetime
    #: When it was revoked. Null while it was not. UTC.
    revoked_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Employee(Shape):
    """Somebody who is assigned work."""

    #: The employee's id: `emp_`, then 26 digits and capitals that sort by the time of making.
    employee_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: A short word for the person, unique in the workspace; remarks call somebody by it, as in @ana.
    key: str
    #: The person's name, as pages show it.
    name: str
    #: The address by which reference data knows the person. Null where none is known.
    email: str | None
    #: Whether it is a person or a program. One of: human (a person); agent (an automated colleague).
    kind: Literal["human", "agent"] | str
    #: Assignee roles, such as `writer`: which unassigned tasks this employee may claim.
    roles: list[str]
    #: The key of the calendar whose days and holidays are theirs, in `content/calendars`. Null where they
    #: work on those of whatever they work on.
    calendar: str | None
    #: In training: everything they hand over needs an approval.
    training: bool
    #: Whether they are still given work.
    is_active: bool
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class HistoryEntry(Shape):
    """Who did what, when, and what changed by it."""

    audit_event_id: str
    #: UTC.
    at: datetime
    actor_name: str
    #: One of: user (a person of the team); partner_user (a person of a client); agent (an automated
    #: colleague); system (a scheduled job or a set-up step); sync (the exchange with the Portal).
    actor_kind: Literal["user", "partner_user", "agent", "system", "sync"] | str
    #: One of: workspace_created (a tenant was set up); demo_told (the store was filled by the demo, whose
    #: passwords anybody can read); user_added (somebody may sign in); user_changed (name, roles or employee
    #: of a user changed); sign_in_link_made (a one-time link was given out; never says which);
    #: sign_in_link_used (somebody followed one, and is asked for their second factor); user_signed_in (a
    #: session began); second_factor_added (somebody is asked for it from now on, after the password);
    #: second_factor_renamed (its person calls it something else); second_factor_removed (its person is not
    #: asked for it any more); second_factors_reset (an admin took all of somebody's, who had lost them);
    #: second_factor_proved (its person proved by it that they set up another one); recovery_codes_made
    #: (somebody has ten new ones; never says which); session_ended (a session ended before its time; says by
    #: what); employee_changed (an employee was added or changed); absence_entered (somebody is away on some
    #: days, and who stands in); absence_removed (somebody is there on those days after all); partner_changed
    #: (a partner was added or changed); campaign_changed (a campaign was added or changed); attachment_added
    #: (guidance was attached to a campaign); attachment_removed (guidance was taken off a campaign);
    #: store_sealed (an upgrade told the hashes of the records as it left them); template_pinned (a template
    #: revision was stored for its first bundle); bundle_created (a template was started); bundle_updated (the
    #: bundle has another title); bundle_stage_changed (the bundle moved to another stage); bundle_reanchored
    #: (the anchor date or a parameter's day moved, open tasks too); bundle_migrated (the run, or a part of
    #: it, follows a newer template); bundle_completed (all tasks terminal, all links filled or waived);
    #: bundle_cancelled (the run was called off, its open tasks with it); bundle_handed_over (another user
    #: owns the run); schedule_started (bundles of a template begin by themselves from now on);
    #: schedule_paused (none of them begins by itself any more); schedule_changed (its next start is another,
    #: or something keeps it from starting); scheduled_start (one of its days was started, left out, missed or
    #: refused, or waits); proposal_begun (somebody began to write a change of the content); proposal_changed
    #: (it says something else, or about another base); proposal_offered (it is offered for review, as a
    #: branch); proposal_pushed (the remote has its branch, or could not take it; says why);
    #: proposal_withdrawn (its author took it back); proposal_merged (what it says is live); feed_made
    #: (somebody lets a calendar program read their work; never says where); feed_revoked (no calendar program
    #: reads it any more); token_made (a program may act for somebody; never says with what secret);
    #: token_rotated (an API token has a new secret); token_revoked (an API token was ended); link_filled (a
    #: bundle link got its URL); link_waived (a skipped task made a bundle link unnecessary); task_created (a
    #: task was made, in a bundle or alone); task_updated (fields other than the status changed);
    #: task_status_changed (one move of the status table); task_assigned (another person or role does the
    #: task); task_released (its last open dependency was satisfied); task_blocker_lost (a task that it waits
    #: for failed or was cancelled); task_corrected (it was closed by mistake: that was taken back, with what
    #: followed); change_undone (whoever changed it took that back a moment later); step_completed (a
    #: checklist item was ticked); step_reopened (a checklist item was unticked); step_added (an ad hoc
    #: checklist item); step_left_out (a checklist item does not apply here, or an ad hoc one is taken back);
    #: note_edited (its author gave a remark another text); note_added (a dated remark on a task); proof_given
    #: (evidence was given or replaced); deliverable_created (a row of what is owed or offered);
    #: deliverable_edited (URL or facts of an undecided version changed); deliverable_frozen (a decision was
    #: made on the version, so it never changes); deliverable_delivered (the partner got this version);
    #: deliverable_taken_back (withdrawn before the partner judged it); deliverable_commented (a dated remark
    #: on a version); approval_requested (a version waits for a decision); approval_decided (approved,
    #: approved with changes, or rejected); approval_withdrawn (the request was taken back before a decision);
    #: approval_escalated (it waited too long; nothing was approved by that); reminder_sent (somebody was
    #: reminded of something); reminder_withheld (a reminder was not sent, or waits for the morning; says
    #: why); reminder_answered (whom it was for dismissed it, or put it off); human_review_approved (an
    #: automated task may run); human_review_rejected (an automated task must not run); human_review_voided
    #: (what was permitted to run has changed); execution_queued (an attempt at an automated task waits for a
    #: worker); execution_started (a worker began it); execution_cancel_asked (somebody calls off an attempt
    #: that runs); execution_ended (it is over; says how, and what is known); execution_moved_up (somebody let
    #: it be the next that its executor begins); executor_paused (it begins nothing more in the workspace;
    #: says why); executor_resumed (it begins what waits again); executor_limited (how much of it is begun at
    #: most was changed); automation_stopped (no executor begins anything more; says why); automation_started
    #: (they go on); worker_drained (a worker begins nothing more); worker_undrained (it goes on);
    #: execution_trimmed (what it said on its way is old, and was forgotten); execution_settled (somebody
    #: found out whether what was in doubt happened); watch_changed (somebody watches, mutes or no longer
    #: watches a task or a bundle); notification_made (somebody is told something, in their inbox or outside);
    #: notification_sent (a message went out to somebody); notification_over (what somebody was told in their
    #: inbox holds no more); messages_chosen (somebody is told of other things, by other ways or at other
    #: times); messages_paused (an admin holds back all messages, or lets them go out again); secret_set (a
    #: password or an address was sealed; never says which); secret_removed (a password or an address was
    #: forgotten); webhook_made (what happens is sent to a program elsewhere from now on); webhook_changed (it
    #: is sent elsewhere, or other things of it are); webhook_rotated (its messages are signed with a new
    #: secret); webhook_paused (nothing is sent for now; says why); webhook_resumed (what waited is sent, and
    #: what happens from now on); webhook_redelivered (an admin had messages sent again); webhook_removed
    #: (nothing is sent any more); content_fetched (the branch that content is fetched from went on);
    #: content_rewritten (what was fetched before is no longer part of its history); content_in_use (people
    #: were told what a commit of the content means for them); qa_rolled (the die that chooses tasks for QA,
    #: with its sides and its result); qa_flagged (a completed task is to be looked at again, and why);
    #: qa_reviewed (a completed task was scored); worklog_made (what a client may read about a week was put
    #: together, perhaps again); worklog_edited (somebody gave a worklog other words before it was sent);
    #: worklog_sent (the partner's people read it from now on); artifact_added (supporting material or a file
    #: was stored); artifact_approved (an artifact may serve as proof).
    action: (
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
        | str
    )
    #: One of: work (the work itself: made, moved, assigned, its steps); version (what was handed over and
    #: delivered, version by version); decision (approvals asked for and decided, reviews before a run);
    #: remark (notes, questions, answers, comments); evidence (proof, files and links); guidance (what the
    #: campaign attached or took off meanwhile); qa (chosen for a second look, and its score); bundle (the run
    #: as a whole: stage, dates, closing).
    kind: Literal["work", "version", "decision", "remark", "evidence", "guidance", "qa", "bundle"] | str
    #: What happened, in a sentence.
    what: str
    #: What was said with it: the note, the feedback, the reason.
    words: str | None
    changes: list[HistoryEntryChange]
    #: The table and id of the record it is about, and what it belongs to: where a link leads.
    entity_type: str
    entity_id: str
    task_id: str | None
    bundle_id: str | None


class StartedRecipe(Shape):
    """A recipe that was started, as far as it is known what came of it."""

    #: Its key.
    recipe: str
    bundle_id: str
    title: str
    parameters: Any
    #: The task that a program does first; null where people begin.
    work_ticket_id: str | None
    #: Where that task stands.
    status: str | None
    #: The same more coarsely: waiting, active, succeeded, failed or cancelled.
    state_class: str | None
    #: The last attempt at it; null where it waits for something else.
    execution_id: str | None
    #: How that attempt stands.
    execution_status: str | None
    #: Why that attempt did not come to an end as it should.
    error: str | None
    #: What came out, name to value; null until it is done.
    result: Any
    #: The same in a sentence.
    result_summary: str | None
    #: What to look at in the dates; of the first answer alone.
    warnings: list[StartedRecipeWarning]


class WebhookDelivery(Shape):
    """One message of a webhook, its attempts, and what became of it; forgotten after a while."""

    #: The message's id, `msg_`, then 26 digits and capitals: the header `webhook-id` of each of its attempts.
    webhook_delivery_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The webhook that sends it.
    webhook_id: str
    #: The number of the event that it tells, by which messages are in order. Null for a test.
    event_seq: int | None
    #: The kind of the event, or `webhook.test`.
    kind: str
    #: What is sent, as JSON text: the same bytes in each attempt, as long as the webhook's user may read as
    #: much of it. Empty where it is withheld.
    body: str
    #: What became of it. One of: waiting (it is still to be sent, or to be tried again); delivered (the
    #: receiver took it); failed (it was given up after its last attempt); withheld (it is not sent: the
    #: webhook's user does not see any more what it tells).
    status: Literal["waiting", "delivered", "failed", "withheld"] | str
    #: How often it was tried since it was made, or sent again by hand.
    tries: int
    #: The moment before which it is not tried again. Null where it is not tried again. UTC.
    next_at: datetime | None
    #: The latest attempts, the last one last: objects with `at` (UTC), `status` and `answer` of the receiver
    #: (null where there was none), `failure` (why it was not taken, null where it was) and `milliseconds`.
    attempts: list[dict[str, Any]]
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class ApiTokenAsRead(ApiToken):
    """A program's right to act for one user; only hashes of its secrets are kept."""

    #: When it was used last, to the minute; null where it never was. UTC.
    last_used_at: datetime | None


class MadeToken(ApiToken):
    """An API token with its secret."""

    #: The secret: shown this once. Null where its user is to take it.
    token: str | None


class QueueQueue(Shape):
    """A task of the queue."""

    task_id: str
    task_number: int
    title: str
    #: Where it stands.
    status: (
        Literal[
            "pending",
            "queued",
            "deferred",
            "in_progress",
            "waiting",
            "blocked",
            "help_needed",
            "pending_approval",
            "completed",
            "skipped",
            "failed",
            "cancelled",
        ]
        | str
    )
    #: How much it matters.
    priority: Literal["low", "medium", "high", "critical"] | str
    #: How soon it must happen.
    urgency: Literal["normal", "soon", "urgent", "immediate"] | str
    created_at: datetime
    #: Whether it is in progress.
    is_running: bool
    #: Its place in the line of its executor, from 1. Null where it waits for no worker, and far behind.
    queue_position: int | None
    #: When it is begun, or tried again. Null where no moment is named.
    begins_at: datetime | None
    #: What runs it. Null where no attempt waits or runs.
    executor: str | None
    #: The attempt that waits or runs. Null where none does.
    execution_id: str | None
    #: The worker that runs it. Null where none does, and for who sees a part alone.
    worker: str | None
    #: Why it is not begun yet. Null where it waits for no worker.
    waits_because: str | None


class User(Shape):
    """Who signs in; joined to an employee, who is assigned work."""

    #: The account's id: `usr_`, then 26 digits and capitals that sort by the time of making.
    user_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The address that the person signs in with, in lower case; unique in the workspace.
    email: str
    #: The person's name, as pages show it.
    name: str
    #: What the account may do, as a list of words. One of: admin (everything, and people and settings);
    #: manager (sees and works everything, decides, starts bundles); strategist (sees everything, owns
    #: templates, works own tasks); member (works own, assigned and claimable tasks); partner (a client's
    #: person: approves what is visible to them); agent (an automated colleague with a member's rights).
    roles: list[Literal["admin", "manager", "strategist", "member", "partner", "agent"] | str]
    #: The employee who this person is: work is assigned to employees. Null for people of a partner, and for
    #: whoever does no tasks.
    employee_id: str | None
    #: Employees who this person was before that was changed: what those did stays their own work, for ever.
    #: Empty for nearly everybody.
    former_employee_ids: list[str]
    #: The partner that the person belongs to and decides for. Null for the team's own people.
    partner_id: str | None
    #: The IANA time zone, such as America/New_York, in which they read and write times. Null for the
    #: workspace's.
    timezone: str | None
    #: Whether the person may sign in; false once the account is closed.
    is_active: bool
    #: Since when an invitation waits for them: they may not sign in yet. Null once they came, and for whoever
    #: was not invited, or not any more. UTC.
    invited_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Invited(User):
    """Somebody who signs in, with a link for it."""

    #: Where they sign in for the first time: shown this once.
    sign_in_path: str


class Recipe(Shape):
    """A recipe: a template that is started by filling in a form."""

    #: What bundles and addresses call it.
    key: str
    #: What people call it.
    name: str
    #: The group of the gallery that it stands in.
    category: str
    icon: str | None
    description: str
    when_to_use: str
    #: What comes out, such as docx.
    output_format: str | None
    #: The types of what is handed over.
    deliverables: list[str]
    #: The JSON Schema of what a start asks for; null: nothing.
    parameters: dict[str, Any] | None
    #: How many tasks it has.
    tasks: int
    #: Whether a program does its first task.
    runs_by_itself: bool
    #: How many of its latest runs by itself are told of here.
    runs: int
    #: How many of them succeeded.
    runs_succeeded: int
    #: How long those took that succeeded, from being asked for; null where none did.
    median_seconds: float | None
    #: How long its latest bundles took; null where none is completed.
    median_days: int | None


class Ticket(Shape):
    """A task that a program does, with how far it is and what came out."""

    task_id: str
    task_number: int
    title: str
    #: Where the task stands.
    status: str
    #: The same more coarsely, as `status` of the list asks for it.
    state_class: str
    #: What it belongs to; null: it stands alone.
    bundle_id: str | None
    #: The key of its template.
    recipe: str | None
    #: The group of the gallery that its recipe stands in.
    category: str | None
    #: What its recipe was started with; empty where it stands alone.
    parameters: dict[str, Any]
    #: The last attempt; null where there was none.
    last_execution: Execution | None
    steps_done: int
    #: 0 where that is not known.
    steps_total: int
    #: How many files its runs made.
    output_count: int
    #: What the last failed run said.
    error_message: str | None
    created_at: str


class UserAsRead(User):
    """Who signs in; joined to an employee, who is assigned work."""

    #: The key of the partner they belong to.
    partner: str | None


class Webhook(Shape):
    """An address to which it is sent what happens, as far as one user sees it; its secrets are sealed."""

    #: The webhook's id: `whk_`, then 26 digits and capitals that sort by the time of making.
    webhook_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The user whose sight it has: what they do not see is not sent.
    user_id: str
    #: What people call it: which program it tells.
    name: str
    #: Where messages are sent.
    url: str
    #: The kinds of events that are sent, as a list of words; empty for all.
    kinds: list[str]
    #: A search for tasks: only events of tasks that it finds are sent. Null for all events.
    query: str | None
    #: From then on messages are signed with the present secret alone. Null where it was never rotated. UTC.
    previous_ends_at: datetime | None
    #: When it was paused. Null while it is not. UTC.
    paused_at: datetime | None
    #: Why it is paused. Null while it is not. One of: by_hand (an admin paused it); gone (the receiver
    #: answered 410: it wants nothing any more); failing (nothing was taken for days); closed (the user whose
    #: sight it has may not sign in any more); query (its query says something that there is no more, such as
    #: a partner).
    pause_reason: Literal["by_hand", "gone", "failing", "closed", "query"] | str | None
    #: When it was removed. Null while it was not. UTC.
    removed_at: datetime | None
    #: The user who made it.
    made_by: str
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class BundleLink(Shape):
    """A named link that a bundle must eventually fill."""

    #: The link's id: `lnk_`, then 26 digits and capitals that sort by the time of making.
    bundle_link_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The bundle that must fill it.
    bundle_id: str
    #: Its place among the links of the bundle, from 1.
    position: int
    #: What the link leads to, such as “Accountant email thread”; unique in the bundle.
    name: str
    #: Whether the bundle can be completed only once it is filled or waived.
    required: bool
    #: Whether the address is there. One of: empty (a placeholder); filled (it has its URL); waived (a skipped
    #: task made it unnecessary; filling it replaces that).
    state: Literal["empty", "filled", "waived"] | str
    #: The address. Null until it is filled.
    url: str | None
    #: When the address was given last. Null until then. UTC.
    filled_at: datetime | None
    #: The user who gave the address. Null until then.
    filled_by: str | None
    #: The task whose proof is the address. Null where it was filled in by hand, or not yet.
    filled_by_task_id: str | None
    #: When a skipped task made it unnecessary. Null where none did. UTC.
    waived_at: datetime | None
    #: The skipped task that made it unnecessary. Null where none did.
    waived_by_task_id: str | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class MadeWebhook(Webhook):
    """A webhook with its secret."""

    #: What messages are signed with: shown this once.
    secret: str


class Output(Shape):
    """A file that an attempt at an automated task has made."""

    #: Its id, as of all files.
    artifact_id: str
    #: The task.
    task_id: str
    #: The attempt that made it.
    execution_id: str
    #: Which attempt at the task that was, from 1.
    attempt_number: int
    #: What ran the task.
    executor: str
    #: What people call it.
    title: str
    #: What kind of thing it is, such as `report`.
    output_type: str
    #: Counts those of the same title and type, from 1.
    version_number: int
    #: The version before it. Null for the first.
    previous_artifact_id: str | None
    #: The name under which it is downloaded.
    file_name: str
    #: The ending of that name, such as `pdf`.
    file_format: str
    #: The media type that its bytes prove.
    content_type: str
    #: How large it is, in bytes.
    size_bytes: int
    #: The SHA-256 of its bytes, as hexadecimal digits.
    sha256: str
    #: `text`: it was made as text; `skill`: as a file of its format.
    generation_method: Literal["skill", "text"] | str
    #: When the attempt that made it ended.
    created_at: datetime


class Proof(Shape):
    """Evidence that a task needs before it can be completed; empty until given."""

    #: The id of the piece of evidence: `prf_`, then 26 digits and capitals that sort by the time of making.
    task_proof_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The task that needs it.
    task_id: str
    #: Its place among the evidence of the task, from 1.
    position: int
    #: What counts as evidence here. One of: url (an http, https or mailto address); file (an uploaded file,
    #: or the facts about one); artifact (an approved artifact); comment (a sentence); external_status (the
    #: state of a record in another system).
    kind: Literal["url", "file", "artifact", "comment", "external_status"] | str
    #: What is asked for, in words; unique within the task.
    label: str
    #: Whether the task can be completed only once it is given.
    required: bool
    #: Whether it was planned. One of: template (from the task definition); ad_hoc (added by a worker).
    source: Literal["template", "ad_hoc"] | str
    #: The address, the sentence, or the name of the file. Null until it is given.
    value: str | None
    #: Facts of a file (`file_name`, `size_bytes`, `content_type`, `sha256`) or of an external status
    #: (`system`, `reference`, `status`, `checked_at`). Null for other kinds, and until it is given.
    facts: dict[str, Any] | None
    #: The stored file or material that is the evidence. Null for other kinds, and until it is given.
    artifact_id: str | None
    #: When the evidence was given last. Null until then. UTC.
    given_at: datetime | None
    #: The user who gave it. Null until then.
    given_by: str | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Schedule(Shape):
    """A template that is started by itself, for a partner, a campaign or the house; switched on by hand."""

    #: The schedule's id: `sch_`, then 26 digits and capitals that sort by the time of making.
    schedule_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The key of the template that is started, such as `newsletter`.
    template_id: str
    #: The client that it is started for. Null for work of the house itself.
    partner_id: str | None
    #: The campaign that it is started in. Null where it is none.
    campaign_id: str | None
    #: The campaign's id, else the partner's, else `house`: there is one schedule for each.
    subject: str
    #: What its bundles are started with, name to value, over what the template says.
    parameters: dict[str, Any]
    #: The user whose the bundles are.
    owner_id: str
    #: Whether bundles begin by it. One of: active (they begin on the days of its template); paused (none
    #: begins until somebody switches it on again).
    state: Literal["active", "paused"] | str
    #: The last anchor date that was dealt with; later ones are still to come.
    handled_until: date
    #: The anchor date of the next start. Null while it is paused, and where there is none to come.
    next_anchor: date | None
    #: When that begins. Null as `next_anchor` is. UTC.
    next_at: datetime | None
    #: Why nothing begins by it although it is active, in words. Null where all is well.
    problem: str | None
    #: What its owner should know: the last start that was refused or missed, or why nothing begins, in words.
    #: Null while there was nothing of the kind.
    trouble: str | None
    #: Since when they should. Null as `trouble` is. UTC.
    trouble_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Step(Shape):
    """A checklist item of a task."""

    #: The step's id: `stp_`, then 26 digits and capitals that sort by the time of making.
    task_step_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The task whose checklist it is on.
    task_id: str
    #: The step's name in the template, unique within the task.
    ref: str
    #: Its place in the checklist, from 1.
    position: int
    #: What is to be done, in a line.
    title: str
    #: More about it. Null where nothing more is said.
    description: str | None
    #: Whether the task can be completed only once it is ticked or left out.
    required: bool
    #: Whether it was planned. One of: template (from the task definition); ad_hoc (added by a worker).
    source: Literal["template", "ad_hoc"] | str
    #: Whether it is ticked.
    is_completed: bool
    #: When it was ticked. Null while it is open. UTC.
    completed_at: datetime | None
    #: The user who ticked it. Null while it is open.
    completed_by: str | None
    #: Why it does not apply here. Null where it does, and of a step added here that was taken back.
    left_out_reason: str | None
    #: When it was said not to apply here, or was taken back. Null while it is to be done. UTC.
    left_out_at: datetime | None
    #: The user who said so. Null while it is to be done.
    left_out_by: str | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class InboxItem(Shape):
    """One thing that waits for the reader, or that they should know; what columns tell of it."""

    #: One of: approval (a version waits for a decision); help (a worker waits for an answer); review (an
    #: automated task waits for permission to run); decision (somebody decided on what the reader handed
    #: over); answer (a question of the reader was answered); feedback (a completed task of the reader was
    #: scored); lost (a task that the reader's task waits for has failed or was cancelled); mention (somebody
    #: calls the reader by name); sent_back (a change is asked for on what the reader handed over); assigned
    #: (somebody gave the reader a task); free (what a task of the reader comes after is done); claimable (a
    #: task that the reader may claim is free to begin); refused (an automated task that the reader made must
    #: not run); due (a task of the reader is due today); late (a task of the reader is past its deadline);
    #: changed (somebody changed what the reader watches); done (a bundle of the reader is completed);
    #: reminder (the reader is reminded of something); not_begun (what should have begun by a schedule of the
    #: reader has not); to_send (the draft of a worklog waits to be read and sent); worklog (a worklog was
    #: sent to the reader); notice (something that nothing else in the inbox tells).
    kind: (
        Literal[
            "approval",
            "help",
            "review",
            "decision",
            "answer",
            "feedback",
            "lost",
            "mention",
            "sent_back",
            "assigned",
            "free",
            "claimable",
            "refused",
            "due",
            "late",
            "changed",
            "done",
            "reminder",
            "not_begun",
            "to_send",
            "worklog",
            "notice",
        ]
        | str
    )
    #: Unique in the inbox: the id of the record that it is about.
    key: str
    title: str
    #: Why it is here, in words.
    why: str
    #: UTC.
    since: datetime
    #: Whether it waited so long that it goes before everything else.
    is_escalated: bool
    #: What it is about; None for a partner's user, to whom tasks are none of their business.
    task_id: str | None
    bundle_id: str | None
    #: Who asked, decided or wrote.
    who: str | None
    #: What it belongs to: a bundle, a campaign or a partner.
    where: str | None
    #: What is or was judged, which version of it, and what it is.
    ref: str | None
    version_number: int | None
    description: str | None
    #: The version that is judged, was judged or is remarked on.
    deliverable_id: str | None
    #: How it was decided. One of: pending (asked for, not decided); approved (right as it is);
    #: approved_pending_changes (go ahead, and change this one thing); rejected (back to work; the next one is
    #: a new version).
    outcome: Literal["pending", "approved", "approved_pending_changes", "rejected"] | str | None
    #: The remark or the question that it is about.
    remark_id: str | None
    #: When the task is due, where it is the reader's own. UTC.
    deadline: datetime | None
    #: approvals, help, reviews, news, free or seen: where it stands.
    section: str
    #: The item as it stands, for `POST /api/inbox/seen`.
    name: str


class Proposal(Shape):
    """A change of content files, from the first word to the merge."""

    #: The proposal's id: `prp_`, then 26 digits and capitals that sort by the time of making.
    proposal_id: str
    #: The key of the template that it is about, which may be one that it adds.
    template_id: str
    #: What it does, in one line: the subject of its commit.
    title: str
    #: Why: the rest of the commit's message. Suggestions put their figures here.
    description: str
    #: The user who writes it, and whose commit it becomes.
    author_id: str
    #: How far it is, from a draft to the merge. One of: draft (its author is writing it); proposed (it is
    #: offered: a branch holds it, to be reviewed); merged (what it says is live); withdrawn (its author took
    #: it back, as a draft or offered).
    state: Literal["draft", "proposed", "merged", "withdrawn"] | str
    #: What it was begun from, such as the editor or a task as it was done. One of: editor (the editor of
    #: templates); evidence (what the work says about a template); task (a task as it was done); bundle (a
    #: bundle as it was done); revert (a proposal that is to be taken back).
    source: Literal["editor", "evidence", "task", "bundle", "revert"] | str
    #: What the work said that it answers: a list of objects with `revision` (the `closure_hash`), `kind`,
    #: `task` and `step`. Empty where it answers nothing that was counted.
    answers: list[dict[str, Any]]
    #: The proposal that it takes back. Null where it takes none back.
    reverts: str | None
    #: The commit whose files it began from. Null where the content is in no commit.
    base_commit: str | None
    #: The branch that holds it, such as `proposal/…`. Null while it never was offered.
    branch: str | None
    #: The last commit of that branch. Null while there is none.
    commit: str | None
    #: The last commit that the remote has. Null where none was pushed.
    pushed_commit: str | None
    #: Why it could not be pushed, in words. Null where all is well.
    problem: str | None
    #: When it was last offered. Null while it never was, and where it was discarded as a draft. UTC.
    proposed_at: datetime | None
    #: When it was merged or withdrawn. Null while it is open. UTC.
    closed_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Artifact(Shape):
    """One version of a file, or a link to material; the bytes of files are kept beside the records."""

    #: The id of this version of the file or link: `art_`, then 26 digits and capitals that sort by the time
    #: of making.
    artifact_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: What it is to its task. One of: support (material to work with); proof (evidence that the work was
    #: done); output (what the work made); evidence (what an address served when a decision was made on it).
    role: Literal["support", "proof", "output", "evidence"] | str
    #: What kind of material it is, a free word such as `invoice` or `screenshot`.
    type: str
    #: What people call it.
    label: str
    #: Counts the artifacts of the same type and label on the same task, from 1.
    version_number: int
    #: The version before this one. Null for the first.
    previous_artifact_id: str | None
    #: The name of the file that was uploaded. Null for a link.
    file_name: str | None
    #: The media type of the file, such as `application/pdf`. Null for a link.
    content_type: str | None
    #: How large the file is, in bytes. Null for a link.
    size_bytes: int | None
    #: The SHA-256 of the file's bytes, as hexadecimal digits: the file in `blobs` that has this name. Null
    #: for a link.
    sha256: str | None
    #: Where material lives that is kept elsewhere. Null for a file.
    url: str | None
    #: The user who brought it. Of what an automated task made: who set that off, or else answers for it.
    created_by: str
    #: When it was accepted as evidence. Null until then. UTC.
    approved_at: datetime | None
    #: The user who accepted it as evidence. Null until then.
    approved_by: str | None
    #: The attempt at an automated task that made it. Null where somebody brought it.
    execution_id: str | None
    #: How that made it. Null where `execution_id` is. One of: skill (as a file of its format, such as a PDF
    #: or a picture); text (as text, which is read as it is).
    generation_method: Literal["skill", "text"] | str | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Reminder(Shape):
    """One intended message to one person, and what became of it; a row per person."""

    #: The reminder's id: `rem_`, then 26 digits and capitals that sort by the time of making.
    reminder_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: Subject, type, step, the moment that the clock of it started at, and whom it is for: unique.
    key: str
    #: What it reminds of. One of: due (a task is due soon); overdue (a task is late, or a decision or an
    #: answer is); follow-up-due (the follow-up of a task that waits has come); missing-evidence (a task
    #: reached its deadline without its proof); recurring (a schedule says so); stage-change (a bundle moved
    #: to another stage); automation-failure (an automated task has failed).
    type: (
        Literal[
            "due",
            "overdue",
            "follow-up-due",
            "missing-evidence",
            "recurring",
            "stage-change",
            "automation-failure",
        ]
        | str
    )
    #: The rule's step that it comes of, in words, such as `1 business day before`.
    step: str
    #: The task that it is about. Null where it is about a bundle.
    task_id: str | None
    #: The bundle that it is about, or that its task belongs to. Null where there is none.
    bundle_id: str | None
    #: The approval that waits. Null for all others.
    task_approval_id: str | None
    #: Whom it is for. Null where nobody could be told.
    user_id: str | None
    #: Whether it goes before everything else in inboxes: the last step of an escalation.
    is_flag: bool
    #: What it says, in a sentence.
    text: str
    #: The moment that the rule gives, before quiet hours and free days move it. UTC.
    due_at: datetime
    #: When it was meant to be sent; of one that was put off, when it comes back. UTC.
    send_at: datetime
    #: What became of it. One of: planned (its cause has happened, and it waits for the end of the quiet
    #: hours); sent (it is in the inbox of whom it is for); late (the same, later than it was meant to be);
    #: coalesced (another one at the same time says it); suppressed (it was pointless, unwanted, or for
    #: nobody); snoozed (whom it is for put it off); dismissed (whom it is for is done with it).
    state: Literal["planned", "sent", "late", "coalesced", "suppressed", "snoozed", "dismissed"] | str
    #: Why, in words.
    reason: str
    #: When it came into the inbox, the last time. Null while it did not. UTC.
    sent_at: datetime | None
    #: The reminder that says it too. Null where it was not coalesced.
    told_by: str | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class WorkLog(Shape):
    """What a client may read about a week of a campaign; one per campaign and week."""

    #: The id of the row: `wlg_`, then 26 digits and capitals that sort by the time of making.
    worklog_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str | None = None
    #: The campaign that it tells of.
    campaign_id: str
    #: The client who may read it once it is sent: the campaign's, as it was made.
    partner_id: str
    #: What the campaign was called then: the worklog's title has it.
    campaign_name: str
    #: The Monday that the week begins with; a calendar day in the zone of the workspace.
    week: date
    #: How it stands. One of: draft (to be looked at and sent); sent (the partner's people read it; it never
    #: changes again); empty (nothing of the week can be told; nobody gets a message).
    status: Literal["draft", "sent", "empty"] | str
    #: What it tells, in the order of the events: a list of objects with `event_id`, `event` (a word of
    #: `worklog.include`), `day`, `task_id`, `task`, `what`, `bundle_id`, `bundle`, `stage`, `address` and
    #: `words`, as they were when it was made. Its words can be made from them again.
    entries: list[dict[str, Any]] | None = None
    #: The words that were made from the entries, in Markdown.
    made_body: str | None = None
    #: The words that somebody wrote instead, in Markdown. Null where nobody did.
    edited_body: str | None = None
    #: When it was made, the last time. UTC.
    made_at: datetime | None = None
    #: When somebody wrote other words, the last time. Null where nobody did. UTC.
    edited_at: datetime | None = None
    #: The user who did. Null where nobody did.
    edited_by: str | None = None
    #: When it was sent. Null until then. UTC.
    sent_at: datetime | None
    #: The user who sent it. Null until then.
    sent_by: str | None = None
    #: When the record was made. UTC.
    created_at: datetime | None = None
    #: When anything in the record changed last. UTC.
    updated_at: datetime | None = None
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int
    #: Its campaign and week.
    title: str
    #: What is read of it.
    body: str


class ProposalAsRead(Proposal):
    """A change of content files, from the first word to the merge."""

    #: Who writes it.
    author: str
    #: The files that it changes.
    files: list[str]


class ListedSchedule(Schedule):
    """A template that is started by itself, for a partner, a campaign or the house; switched on by hand."""

    #: What people call the template.
    template_name: str
    #: For whom, as people call them. Null for the house.
    for_: str | None = Field(alias="for")
    #: Whose the bundles are.
    owner: str
    #: What became of its last day.
    last: ScheduledStart | None


class ScheduleAsRead(ListedSchedule):
    """A template that is started by itself, for a partner, a campaign or the house; switched on by hand."""

    #: The next starts.
    upcoming: list[SwitchedOnUpcoming]
    #: Why none is to come, in words.
    upcoming_problem: str | None


class TaskApproval(Shape):
    """A decision on exactly one deliverable version, asked for and then made once."""

    #: The id of this question for a decision: `apr_`, then 26 digits and capitals that sort by the time of
    #: making.
    task_approval_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The task that handed the version over.
    task_id: str
    #: The version that is judged: exactly one.
    deliverable_id: str
    #: Whose decision it is. One of: internal (the team's own managers); portal (the partner's people).
    source: Literal["internal", "portal"] | str
    #: The partner whose people decide. Null where the team decides.
    partner_id: str | None
    #: Why a decision is asked for. One of: process (the template, type or partner wants it, or the worker
    #: does); training (the worker is still in training).
    reason: Literal["process", "training"] | str
    #: Counts the task's requests of this source, from 1; those of one round were asked for together.
    round_number: int
    #: What was decided, if anything. One of: pending (asked for, not decided); approved (right as it is);
    #: approved_pending_changes (go ahead, and change this one thing); rejected (back to work; the next one is
    #: a new version).
    status: Literal["pending", "approved", "approved_pending_changes", "rejected"] | str
    #: The user who asked.
    requested_by: str
    #: The employees who had the task at this request or one before, for the record.
    assignee_ids: list[str]
    #: When it was asked for. UTC.
    requested_at: datetime
    #: The user who decided. Null until then.
    approver_id: str | None
    #: When it was decided, whatever was decided. Null until then. UTC.
    decided_at: datetime | None
    #: The same moment where the decision was positive. Null until then, and where it was rejected. UTC.
    approved_at: datetime | None
    #: What the judge said about the version. Null where nothing was said.
    feedback: str | None
    #: What the judge saw: the SHA-256 over the version's address, bytes and facts. Null until it is decided.
    content_hash: str | None
    #: A copy of what the address served at the decision. Null where none was made.
    evidence_artifact_id: str | None
    #: Why there is no such copy, in words. Null where there is one, or none was tried.
    evidence_failure: str | None
    #: When the request was taken back, or its task left the round: nobody decides it any more. Null
    #: otherwise. UTC.
    withdrawn_at: datetime | None
    #: When it had waited so long that admins were told; that approves nothing. Null where it had not. UTC.
    escalated_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Approval(Shape):
    """An approval with the version that it judges."""

    #: The id of this question for a decision: `apr_`, then 26 digits and capitals that sort by the time of
    #: making.
    task_approval_id: str
    #: The version that is judged: exactly one.
    deliverable_id: str
    #: Whose decision it is. One of: internal (the team's own managers); portal (the partner's people).
    source: Literal["internal", "portal"] | str
    #: Counts the task's requests of this source, from 1; those of one round were asked for together.
    round_number: int
    #: What was decided, if anything. One of: pending (asked for, not decided); approved (right as it is);
    #: approved_pending_changes (go ahead, and change this one thing); rejected (back to work; the next one is
    #: a new version).
    status: Literal["pending", "approved", "approved_pending_changes", "rejected"] | str
    #: When it was asked for. UTC.
    requested_at: datetime
    #: When it was decided, whatever was decided. Null until then. UTC.
    decided_at: datetime | None
    #: The same moment where the decision was positive. Null until then, and where it was rejected. UTC.
    approved_at: datetime | None
    #: What the judge said about the version. Null where nothing was said.
    feedback: str | None
    #: What a decision must name as `seen`.
    content_hash: str | None
    #: When the request was taken back, or its task left the round: nobody decides it any more. Null
    #: otherwise. UTC.
    withdrawn_at: datetime | None
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int
    #: The name of the deliverable in its task.
    deliverable: str
    #: Which version of it.
    version_number: int
    #: Where it is. Null for a file.
    deliverable_url: str | None
    #: The user who decided. Null until then.
    approver_id: str | None = None
    #: The employees who had the task at this request or one before, for the record.
    assignee_ids: list[str] | None = None
    #: When the record was made. UTC.
    created_at: datetime | None = None
    #: When it had waited so long that admins were told; that approves nothing. Null where it had not. UTC.
    escalated_at: datetime | None = None
    #: A copy of what the address served at the decision. Null where none was made.
    evidence_artifact_id: str | None = None
    #: Why there is no such copy, in words. Null where there is one, or none was tried.
    evidence_failure: str | None = None
    #: The partner whose people decide. Null where the team decides.
    partner_id: str | None = None
    #: Why a decision is asked for. One of: process (the template, type or partner wants it, or the worker
    #: does); training (the worker is still in training).
    reason: Literal["process", "training"] | str | None = None
    #: The user who asked.
    requested_by: str | None = None
    #: The task that handed the version over.
    task_id: str | None = None
    #: When anything in the record changed last. UTC.
    updated_at: datetime | None = None
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str | None = None


class Deliverable(Shape):
    """One version of what is handed over; a new version is a new record."""

    #: The id of this version: `dlv_`, then 26 digits and capitals that sort by the time of making.
    deliverable_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str | None = None
    #: The task that hands it over.
    task_id: str | None = None
    #: The step that hands it over. Null where the task as a whole does.
    task_step_id: str | None = None
    #: Its name in the template, the same in every run; all rows of a task and step with the same name are
    #: versions of one thing.
    ref: str
    #: What kind of thing it is, a free word such as `text` or `spreadsheet`.
    type: str
    #: What is expected, in words. Null where nothing more is said.
    description: str | None
    #: Whether the task can be completed only once it is handed over.
    required: bool | None = None
    #: Whether it was planned. One of: template (from the task definition); ad_hoc (added by a worker).
    source: Literal["template", "ad_hoc"] | str | None = None
    #: Counts the versions of one thing, from 1.
    version_number: int
    #: The version before this one. Null for the first.
    previous_deliverable_id: str | None = None
    #: Whether it followed a positive decision on the version before it.
    post_decision_change: bool | None = None
    #: Where it is. Null until it is handed over, and for files.
    deliverable_url: str | None
    #: The stored file that is handed over. Null until then, and for addresses.
    artifact_id: str | None = None
    #: The SHA-256 of the file's bytes, as hexadecimal digits. Null for addresses, and until it is handed
    #: over.
    sha256: str | None
    #: Facts about the deliverable, such as its number of words, name to value.
    meta: dict[str, Any]
    #: Which facts are asked for, as the template defines them: name to `integer`, `number`, `string`,
    #: `boolean`, `date`, `array`, `object` or `url`. Or a JSON Schema, which says `properties`.
    meta_schema: dict[str, Any] | None = None
    #: A finished example and why it is good: an object with `example_url`, `loom_video` and `notes`. Null
    #: where there is none.
    gold_standard: dict[str, Any] | None = None
    #: Whether the partner sees it and is asked to approve it.
    visible_in_portal: bool
    #: The users who gave its address, file or facts: it is their own work.
    authors: list[str] | None = None
    #: When a decision was first made on this version; it never changes afterwards, but for its delivery. Null
    #: until then. UTC.
    frozen_at: datetime | None = None
    #: When the partner got it: as they were asked to decide, else as the task was completed. Null until then.
    #: UTC.
    delivered_at: datetime | None
    #: The user who made the row; those who gave its content are in `authors`.
    created_by: str | None = None
    #: When the record was made. UTC.
    created_at: datetime | None = None
    #: When anything in the record changed last. UTC.
    updated_at: datetime | None = None
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int
    #: What a decision on it must name as `seen`.
    content_hash: str | None


class ListedBundle(Shape):
    """One run of a task template, anchored on a date."""

    #: The bundle's id: `bnd_`, then 26 digits and capitals that sort by the time of making.
    bundle_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The key of the template that was started, such as `blog_post`.
    template_id: str
    #: Which revision of the template it was: the `closure_hash` of a row of `task_templates`.
    template_hash: str
    #: The Git commit that holds the template, and what it depends on, as they were read. Null where no one
    #: commit does: without a Git repository, from files that are not committed, and with the older version of
    #: a file beside a newer one.
    commit: str | None
    #: What people call this run.
    title: str
    #: A sign shown beside the title. Null where the template has none.
    icon: str | None
    #: The day that the dates of its tasks are counted from, such as the day of publication; a calendar day
    #: without a time.
    anchor_date: date
    #: How far the run is, in a word of its template, such as `preparation`; it moves with completed tasks or
    #: by hand.
    stage: str
    #: Where the run stands. One of: active (work goes on); completed (all tasks terminal, all required links
    #: filled or waived); cancelled (called off); archived (put away).
    status: Literal["active", "completed", "cancelled", "archived"] | str
    #: What was filled into the start form, name to value.
    parameters: dict[str, Any]
    #: The client that the work is for. Null for work of the house itself.
    partner_id: str | None
    #: The campaign that it belongs to. Null where it belongs to none.
    campaign_id: str | None
    #: Further reading from the template: a list of objects with `name` and `url`. The word is reserved in
    #: SQL, so write it in double quotes there.
    references: list[dict[str, Any]]
    #: The ids of the process documents behind the template.
    source_doc_ids: list[str]
    #: Free words to find it by.
    tags: list[str]
    #: The user who started it, or whoever took it over since.
    owner_id: str
    #: When the last thing that it owed was done. Null until then, and for runs that were called off. UTC.
    completed_at: datetime | None
    #: The user whose act completed it. Null until then, and where the system did.
    completed_by: str | None
    #: Why it was called off, in words. Null where it was not.
    cancel_reason: str | None
    #: When it was put away from the lists. Null while it was not. UTC.
    archived_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int
    #: How many tasks it has.
    tasks_total: int
    #: How many of them are over.
    tasks_done: int
    #: How many are not.
    tasks_open: int
    #: How many of those are past their deadline.
    tasks_late: int
    #: When it or a task of it was changed last. UTC.
    changed_at: datetime


class Bundle(Shape):
    """A bundle with its links, and its tasks in the template's order."""

    #: The bundle's id: `bnd_`, then 26 digits and capitals that sort by the time of making.
    bundle_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The key of the template that was started, such as `blog_post`.
    template_id: str
    #: Which revision of the template it was: the `closure_hash` of a row of `task_templates`.
    template_hash: str
    #: The Git commit that holds the template, and what it depends on, as they were read. Null where no one
    #: commit does: without a Git repository, from files that are not committed, and with the older version of
    #: a file beside a newer one.
    commit: str | None
    #: What people call this run.
    title: str
    #: A sign shown beside the title. Null where the template has none.
    icon: str | None
    #: The day that the dates of its tasks are counted from, such as the day of publication; a calendar day
    #: without a time.
    anchor_date: date
    #: How far the run is, in a word of its template, such as `preparation`; it moves with completed tasks or
    #: by hand.
    stage: str
    #: Where the run stands. One of: active (work goes on); completed (all tasks terminal, all required links
    #: filled or waived); cancelled (called off); archived (put away).
    status: Literal["active", "completed", "cancelled", "archived"] | str
    #: What was filled into the start form, name to value.
    parameters: dict[str, Any]
    #: The client that the work is for. Null for work of the house itself.
    partner_id: str | None
    #: The campaign that it belongs to. Null where it belongs to none.
    campaign_id: str | None
    #: Further reading from the template: a list of objects with `name` and `url`. The word is reserved in
    #: SQL, so write it in double quotes there.
    references: list[dict[str, Any]]
    #: The ids of the process documents behind the template.
    source_doc_ids: list[str]
    #: Free words to find it by.
    tags: list[str]
    #: The user who started it, or whoever took it over since.
    owner_id: str
    #: When the last thing that it owed was done. Null until then, and for runs that were called off. UTC.
    completed_at: datetime | None
    #: The user whose act completed it. Null until then, and where the system did.
    completed_by: str | None
    #: Why it was called off, in words. Null where it was not.
    cancel_reason: str | None
    #: When it was put away from the lists. Null while it was not. UTC.
    archived_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int
    #: The key of the partner.
    partner: str | None
    #: The key of the campaign.
    campaign: str | None
    #: Which content it was made from; `commit` is null without Git.
    pin: BundlePin
    #: Its tasks, counted.
    progress: BundleProgress
    #: Its links, in the template's order.
    links: list[BundleLink]
    #: Its tasks, in the template's order.
    tasks: list[Task]


class StartedBundle(Bundle):
    """A bundle that was started, and what to look at in its dates."""

    warnings: list[ReanchoredWarning]


class Reanchored(StartedBundle):
    """A bundle with what moved with its days, what stayed and why, or would."""

    changes: list[ReanchoredChange]
    kept: list[ReanchoredKept]
    notes: list[str]
    #: Whether it was only tried: nothing is changed.
    dry_run: bool


class Execution(TrackExecution):
    """One attempt at running an automated task, with what it did and what became of it."""

    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: The task that is run.
    task_id: str
    #: The key of the template that the task was made from. Null: it stands alone.
    template_id: str | None
    #: A UUID that never changes, for other systems.
    execution_uuid: str
    #: What made it begin. One of: manual (somebody asked for it); review_approved (a human review permitted
    #: it); dependency_released (the last task that it comes after was done); scheduled_time (the moment that
    #: it was planned for came); creation (it was made, and nothing held it back); retry (the attempt before
    #: failed, and may be repeated); settled (somebody found that what was in doubt did not happen).
    triggered_by: (
        Literal[
            "manual",
            "review_approved",
            "dependency_released",
            "scheduled_time",
            "creation",
            "retry",
            "settled",
        ]
        | str
    )
    #: The user whose act that was; of an attempt that follows another by itself, whose act began the first.
    #: Null where it was nobody's.
    triggered_by_user_id: str | None
    #: When the first attempt of this run was asked for; an attempt that is a retry keeps it. UTC.
    run_began_at: datetime
    #: How many more attempts may follow by themselves where this one fails.
    retries_left: int
    #: How many attempts of this run lost their worker before this one; they are no failures of the executor.
    lost_before: int
    #: The id of the job by which it is run, for operators: `workbench job list` shows it. Null where that was
    #: put by another release.
    job: str | None
    #: The session of a browser. Null: it used none.
    browser_session_id: str | None
    #: Where that session can be looked into. Null: nowhere.
    debug_url: str | None
    #: Where a recording of it is. Null: there is none.
    recording_url: str | None
    #: How many steps the executor said it has.
    steps_total: int
    #: How many of them were done, those of earlier attempts that were not repeated included.
    steps_completed: int
    #: The step that was being done when it ended. Null where none was.
    current_step: str | None
    #: What became of each step that was begun, in order: objects with `name`, `effect` (none, keyed,
    #: unkeyed), `request_hash`, `key` (null where none was sent), `state` (begun, done, undone), `began_at`,
    #: `ended_at` and `kept` (what came of it, where it changes something).
    step_results: list[dict[str, Any]]
    #: What the executor said on its way: objects with `at` and `text`. Empty once that is
    #: `execution_logs_kept_days` ago.
    logs: list[dict[str, Any]]
    #: The ids of artifacts with pictures of what it saw.
    screenshots: list[str]
    #: Where in the program it broke. Null where it did not.
    error_stack: str | None
    #: What it used, name to number. Null where nothing was measured.
    resource_usage: dict[str, Any] | None
    #: The user who did. Null where `cancel_asked_at` is, and where the system did.
    cancel_asked_by: str | None
    #: What somebody found out where the outcome was unknown. Null until then, and for all others. One of:
    #: happened (what was begun outside was done); did_not_happen (it was not; it may be run again).
    settlement: Literal["happened", "did_not_happen"] | str | None
    #: In their words, how they know. Null where `settlement` is.
    settled_as: str | None
    #: The user who did. Null where `settlement` is.
    settled_by: str | None
    #: When they said so. Null where `settlement` is. UTC.
    settled_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int


class Task(Shape):
    """A task with all that belongs to it."""

    #: The task's id: `tsk_`, then 26 digits and capitals that sort by the time of making.
    task_id: str
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str
    #: A positive number, unique in the workspace: what people say aloud and pages show as #12.
    task_number: int
    #: A UUID that never changes, for other systems.
    task_uuid: str
    #: What is to be done, in a line.
    title: str
    #: More about it, in Markdown. Null where nothing more is said.
    description: str | None
    #: A free word to sort tasks by; `general` where nobody said.
    category: str
    #: The key of a task type, such as `blog_article`.
    task_type: str
    #: The category of its task type when it was made: which of its campaign's material it shows. Null in
    #: tasks that were made before 0.4.0.
    type_category: str | None
    #: Where the task stands. One of: pending (to do; nobody has begun); queued (lined up to start next);
    #: deferred (put off to a later day on purpose); in_progress (somebody is working on it); waiting (for an
    #: answer from outside; a follow-up date is set); blocked (an obstacle that the team must clear);
    #: help_needed (the worker asked a manager for help); pending_approval (handed over; an approver decides
    #: next); completed (done, with everything it owed); skipped (not needed this time, with the reason);
    #: failed (an automated attempt ended in an error); cancelled (called off).
    status: (
        Literal[
            "pending",
            "queued",
            "deferred",
            "in_progress",
            "waiting",
            "blocked",
            "help_needed",
            "pending_approval",
            "completed",
            "skipped",
            "failed",
            "cancelled",
        ]
        | str
    )
    #: Why it has this status, in words. Null where nobody said.
    status_reason: str | None
    #: How much it matters. One of: low (when there is time); medium (the normal case); high (before other
    #: work); critical (before everything else).
    priority: Literal["low", "medium", "high", "critical"] | str
    #: How soon it must happen. One of: normal (by its date); soon (this week); urgent (today); immediate
    #: (now).
    urgency: Literal["normal", "soon", "urgent", "immediate"] | str
    #: Free words to find it by.
    tags: list[str]
    #: Facts of other systems about it, name to value.
    metadata: dict[str, Any]
    #: Where it came from. One of: manual (made by hand); bundle (made with its bundle from a template); clone
    #: (repeats another task).
    source_type: Literal["manual", "bundle", "clone"] | str
    #: The task that this one repeats. Null for all others.
    cloned_from: str | None
    #: The closed task whose work this one does again. Null where it is no rework.
    rework_of: str | None
    #: The bundle that it is part of. Null where it stands alone.
    bundle_id: str | None
    #: The key of the template that it was made from. Null where it was made by hand.
    template_id: str | None
    #: Which revision of the template it was: the `closure_hash` of a row of `task_templates`. Null where it
    #: was made by hand.
    template_hash: str | None
    #: The task's name in the template, the same in every run: group by it to compare runs. A run has several
    #: of one name where others were added; they have `cloned_from`. Null where it is in no template.
    template_task_ref: str | None
    #: The key of the bundle's phase that it belongs to. Null where there are no phases.
    phase: str | None
    #: Its place within the bundle, from 1; of several at one place the one with the lower number is first. 0
    #: where it stands alone.
    position: int
    #: Whether it marks a point that people plan by.
    milestone: bool
    #: The stage that the bundle moves to when this task is completed. Null where it moves to none.
    stage_on_complete: str | None
    #: The client that the work is for. Null for work of the house itself.
    partner_id: str | None
    #: The campaign that it belongs to. Null where it belongs to none.
    campaign_id: str | None
    #: The user who made it, or started its bundle.
    owner_id: str
    #: The employee who does it, or did it last. Null while nobody has it, and for the bot's tasks.
    assignee_id: str | None
    #: The assignee role, such as `writer`, whose members may claim it while nobody has it. Null where it is
    #: for no role.
    assignee_role: str | None
    #: When whoever has it got it. Null while nobody has it, and where that was before 0.4.0. UTC.
    assigned_at: datetime | None
    #: The user who gave it to them; they themselves where they claimed it. Null where `assigned_at` is, and
    #: where the system did.
    assigned_by: str | None
    #: Since when nobody has it: when it was made so, or taken from whoever had it. Null while somebody has
    #: it, and where that was before 0.4.0. UTC.
    unassigned_at: datetime | None
    #: The user who made it so. Null where `unassigned_at` is, and where the system did.
    unassigned_by: str | None
    #: Whether a program does it, and no employee.
    assigned_to_bot: bool
    #: The employees whose own work it stays, which they may not approve: those who had it while it was worked
    #: on, and those of tasks from which it hands something over.
    worked_by: list[str]
    #: The day it is due; a calendar day in the zone of its template's calendar, else of the workspace. It can
    #: be moved. Null where it is due on no day, or not known yet.
    due_date: date | None
    #: The moment at which work on `due_date` ends, by the `cut_off` of its calendar, else with the day: the
    #: task is late after it. It can be moved, so measure promises by `first_deadline`. Null where it has no
    #: due date. UTC.
    deadline: datetime | None
    #: The first deadline that the task was ever given; it stays when the deadline is moved or taken away.
    #: Null where it never had one. UTC.
    first_deadline: datetime | None
    #: How the due date is counted: an object with `offset`, `unit` and `from`. Null where it was set by hand.
    due_rule: dict[str, Any] | None
    #: When it is planned to begin; it cannot be begun before. Null where that is not planned. UTC.
    scheduled_for: datetime | None
    #: The day to which it was put off; a calendar day in the zone of the workspace. Null where it was not.
    deferred_until: date | None
    #: How long it is expected to take, in minutes. Null where nobody said.
    planned_minutes: int | None
    #: When it was lined up to start next. Null where it never was. UTC.
    queued_at: datetime | None
    #: When work on it began last; set again on each start, the first is in `first_started_at`. Null until
    #: then. UTC.
    started_at: datetime | None
    #: When work on it began for the first time. Null until then. UTC.
    first_started_at: datetime | None
    #: How long it was in progress so far, in seconds, waits and rests left out; the spell that runs counts
    #: when it ends.
    worked_seconds: int
    #: When it was completed. Null until then, also for skipped and cancelled tasks. UTC.
    completed_at: datetime | None
    #: The user who completed it. Null until then, and where the system did.
    completed_by: str | None
    #: How many seconds after its deadline it was completed; 0 or less is on time, negative is before it. Null
    #: until it is completed, and without a deadline.
    late_seconds: int | None
    #: The same against `first_deadline`: how many seconds later than first promised. Null until it is
    #: completed, and where it never had a deadline.
    first_late_seconds: int | None
    #: When it was completed, skipped or cancelled. Null while it is open. UTC.
    closed_at: datetime | None
    #: The id of the process document that tells how it is done. Null where none does.
    instruction_doc_id: str | None
    #: The step of that document which is meant. Null: the whole document.
    instruction_step_id: str | None
    #: An address with instructions, shown only where there is no process document. Null where there is none.
    instructions_url: str | None
    #: The names of the other systems that the work is done in.
    systems: list[str]
    #: What makes it right, as a text or an object of texts. Null where nothing is said.
    validation: dict[str, Any] | str | None
    #: Settings of the work, name to value, as its type defines them.
    config: dict[str, Any]
    #: The tools that the work uses, with their settings.
    tools: list[dict[str, Any]]
    #: Guidance to read before starting, topic to text.
    rules: dict[str, Any]
    #: The material that should come out: a list of objects with `type` and `label`.
    expected_artifacts: list[dict[str, Any]]
    #: Whether its steps must be ticked in their order.
    ordered_steps: bool
    #: The names of the bundle links that must be filled or waived before it is completed.
    needs_links: list[str]
    #: The name of the bundle link that its completion fills from the proof. Null where it fills none.
    fills_link: str | None
    #: Whether results need a decision, and whose: an object with `required`, `sources` and `reason`.
    approval: dict[str, Any]
    #: How it may be skipped: an object with `reasons`, `note` and `comment_required`. Null: it may not be
    #: skipped.
    skip: dict[str, Any] | None
    #: Why it was skipped, in words. Null where it was not.
    skip_reason: str | None
    #: Why it was called off, in words. Null where it was not, or nobody said.
    cancel_reason: str | None
    #: Whom or what it waits for, in words. Null while it is not waiting.
    waiting_for: str | None
    #: When to ask again. Null while it is not waiting. UTC.
    follow_up_at: datetime | None
    #: Since when it waits. Null while it is not waiting. UTC.
    waiting_since: datetime | None
    #: What the form for waiting offers: an object with `for`, `follow_up_days` and `comment_required`. Null
    #: where the template says nothing.
    waiting_defaults: dict[str, Any] | None
    #: The ids of the tasks that must be completed or skipped before this one begins.
    depends_on: list[str]
    #: The first of those that is not done yet. Null where nothing holds it back.
    blocked_by: str | None
    #: When the last of those was done, so that it could begin. Null where it comes after nothing or could not
    #: begin yet, and where that was before 0.4.0. UTC.
    freed_at: datetime | None
    #: The user whose act that was. Null where `freed_at` is, and where it was the system's.
    freed_by: str | None
    #: Whether a manager must permit it before a program runs it.
    requires_human_review: bool
    #: The manager who permitted or refused it. Null until then.
    human_reviewed_by: str | None
    #: When it was permitted to run. Null until then, and again once that is void. UTC.
    human_reviewed_at: datetime | None
    #: A hash over what was permitted to run; the permission is void as soon as it differs. Null until then.
    human_review_hash: str | None
    #: The users who prepared what runs, besides the owner: they may not permit it.
    prepared_by: list[str]
    #: How a program's task starts. Null for people's tasks. One of: automatic (by itself, once nothing stands
    #: in its way); manual_trigger (when somebody starts it); scheduled (at `scheduled_for`).
    execution_type: Literal["automatic", "manual_trigger", "scheduled"] | str | None
    #: How a program runs it, name to value.
    execution_config: dict[str, Any]
    #: How many times a failed run may be tried again.
    max_retries: int
    #: How many runs failed so far.
    error_count: int
    #: What the last failed run said. Null where none failed.
    last_error: str | None
    #: What a run gave back, as JSON. Null until then.
    result: dict[str, Any] | None
    #: The result in a sentence. Null until there is one.
    result_summary: str | None
    #: Whether its owner wants to hear of its completion.
    notify_on_complete: bool
    #: Whether its owner wants to hear of a failed run.
    notify_on_failure: bool
    #: How tasks are chosen for a second look, from the task type: an object with `die_sides`, `first_n` and
    #: `over_planned_factor`.
    qa: dict[str, Any]
    #: Whether it was chosen for a second look after completion; it stays true once it was scored.
    qa_flagged: bool
    #: The first reason that it was chosen for; all of them are in `qa_reasons`. Null where it was not chosen.
    #: One of: random (the die fell on 1); first_three (among the first completed tasks of the person);
    #: over_duration (took much longer than planned); complaint (a client complained); manual (a manager asked
    #: for it).
    qa_type: Literal["random", "first_three", "over_duration", "complaint", "manual"] | str | None
    #: Why it was chosen for a second look, as a list of words; empty where it was not. What chose it before
    #: its completion was corrected stays here, and chooses it again when it is completed. One of: random (the
    #: die fell on 1); first_three (among the first completed tasks of the person); over_duration (took much
    #: longer than planned); complaint (a client complained); manual (a manager asked for it).
    qa_reasons: list[Literal["random", "first_three", "over_duration", "complaint", "manual"] | str]
    #: When it was chosen. Null where it was not. UTC.
    qa_flagged_at: datetime | None
    #: When it was scored last. Null until then. UTC.
    qa_reviewed_at: datetime | None
    #: When it was put away from the lists. Null while it was not. UTC.
    archived_at: datetime | None
    #: When the record was made. UTC.
    created_at: datetime
    #: When anything in the record changed last. UTC.
    updated_at: datetime
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int
    #: Whether a task that it depends on is still open.
    is_blocked: bool
    #: The evidence that it needs, and what was given.
    proof: list[Proof]
    #: Its checklist.
    steps: list[Step]
    #: What it hands over, version by version.
    deliverables: list[Deliverable]
    #: The decisions that were asked for.
    approvals: list[TaskApproval]
    #: Its notes, oldest first.
    notes: list[Note]
    #: Its files and links, oldest first.
    files: list[Artifact]


class LinkedTask(Task):
    """A task with the link of its bundle that was filled for it."""

    link: BundleLink


class ListedTask(Task):
    """A piece of work; belongs to a bundle or stands alone."""

    #: Where the words of a search were found, unless the title shows it.
    found: ListedTaskFound | None = None


class TaskToScore(Task):
    """A piece of work; belongs to a bundle or stands alone."""

    #: Its newest score. Null where it has none.
    latest_review: QaReview | None


class QuickTask(Shape):
    """What a line was understood to say, and the task that was made of it."""

    #: What a line was understood to say.
    understood: AddedTaskUnderstood
    #: Whether it was only tried: nothing is changed.
    dry_run: bool
    #: Whether results need a decision, and whose: an object with `required`, `sources` and `reason`.
    approval: dict[str, Any] | None = None
    approvals: list[TaskApproval] | None = None
    #: When it was put away from the lists. Null while it was not. UTC.
    archived_at: datetime | None = None
    #: When whoever has it got it. Null while nobody has it, and where that was before 0.4.0. UTC.
    assigned_at: datetime | None = None
    #: The user who gave it to them; they themselves where they claimed it. Null where `assigned_at` is, and
    #: where the system did.
    assigned_by: str | None = None
    #: Whether a program does it, and no employee.
    assigned_to_bot: bool | None = None
    #: The employee who does it, or did it last. Null while nobody has it, and for the bot's tasks.
    assignee_id: str | None = None
    #: The assignee role, such as `writer`, whose members may claim it while nobody has it. Null where it is
    #: for no role.
    assignee_role: str | None = None
    #: The first of those that is not done yet. Null where nothing holds it back.
    blocked_by: str | None = None
    #: The bundle that it is part of. Null where it stands alone.
    bundle_id: str | None = None
    #: The campaign that it belongs to. Null where it belongs to none.
    campaign_id: str | None = None
    #: Why it was called off, in words. Null where it was not, or nobody said.
    cancel_reason: str | None = None
    #: A free word to sort tasks by; `general` where nobody said.
    category: str | None = None
    #: The task that this one repeats. Null for all others.
    cloned_from: str | None = None
    #: When it was completed, skipped or cancelled. Null while it is open. UTC.
    closed_at: datetime | None = None
    #: When it was completed. Null until then, also for skipped and cancelled tasks. UTC.
    completed_at: datetime | None = None
    #: The user who completed it. Null until then, and where the system did.
    completed_by: str | None = None
    #: Settings of the work, name to value, as its type defines them.
    config: dict[str, Any] | None = None
    #: When the record was made. UTC.
    created_at: datetime | None = None
    #: The moment at which work on `due_date` ends, by the `cut_off` of its calendar, else with the day: the
    #: task is late after it. It can be moved, so measure promises by `first_deadline`. Null where it has no
    #: due date. UTC.
    deadline: datetime | None = None
    #: The day to which it was put off; a calendar day in the zone of the workspace. Null where it was not.
    deferred_until: date | None = None
    deliverables: list[Deliverable] | None = None
    #: The ids of the tasks that must be completed or skipped before this one begins.
    depends_on: list[str] | None = None
    #: More about it, in Markdown. Null where nothing more is said.
    description: str | None = None
    #: The day it is due; a calendar day in the zone of its template's calendar, else of the workspace. It can
    #: be moved. Null where it is due on no day, or not known yet.
    due_date: date | None = None
    #: How the due date is counted: an object with `offset`, `unit` and `from`. Null where it was set by hand.
    due_rule: dict[str, Any] | None = None
    #: How many runs failed so far.
    error_count: int | None = None
    #: How a program runs it, name to value.
    execution_config: dict[str, Any] | None = None
    #: How a program's task starts. Null for people's tasks. One of: automatic (by itself, once nothing stands
    #: in its way); manual_trigger (when somebody starts it); scheduled (at `scheduled_for`).
    execution_type: Literal["automatic", "manual_trigger", "scheduled"] | str | None = None
    #: The material that should come out: a list of objects with `type` and `label`.
    expected_artifacts: list[dict[str, Any]] | None = None
    files: list[Artifact] | None = None
    #: The name of the bundle link that its completion fills from the proof. Null where it fills none.
    fills_link: str | None = None
    #: The first deadline that the task was ever given; it stays when the deadline is moved or taken away.
    #: Null where it never had one. UTC.
    first_deadline: datetime | None = None
    #: The same against `first_deadline`: how many seconds later than first promised. Null until it is
    #: completed, and where it never had a deadline.
    first_late_seconds: int | None = None
    #: When work on it began for the first time. Null until then. UTC.
    first_started_at: datetime | None = None
    #: When to ask again. Null while it is not waiting. UTC.
    follow_up_at: datetime | None = None
    #: When the last of those was done, so that it could begin. Null where it comes after nothing or could not
    #: begin yet, and where that was before 0.4.0. UTC.
    freed_at: datetime | None = None
    #: The user whose act that was. Null where `freed_at` is, and where it was the system's.
    freed_by: str | None = None
    #: A hash over what was permitted to run; the permission is void as soon as it differs. Null until then.
    human_review_hash: str | None = None
    #: When it was permitted to run. Null until then, and again once that is void. UTC.
    human_reviewed_at: datetime | None = None
    #: The manager who permitted or refused it. Null until then.
    human_reviewed_by: str | None = None
    #: The id of the process document that tells how it is done. Null where none does.
    instruction_doc_id: str | None = None
    #: The step of that document which is meant. Null: the whole document.
    instruction_step_id: str | None = None
    #: An address with instructions, shown only where there is no process document. Null where there is none.
    instructions_url: str | None = None
    #: Whether a task that it depends on is still open.
    is_blocked: bool | None = None
    #: What the last failed run said. Null where none failed.
    last_error: str | None = None
    #: How many seconds after its deadline it was completed; 0 or less is on time, negative is before it. Null
    #: until it is completed, and without a deadline.
    late_seconds: int | None = None
    #: How many times a failed run may be tried again.
    max_retries: int | None = None
    #: Facts of other systems about it, name to value.
    metadata: dict[str, Any] | None = None
    #: Whether it marks a point that people plan by.
    milestone: bool | None = None
    #: The names of the bundle links that must be filled or waived before it is completed.
    needs_links: list[str] | None = None
    notes: list[Note] | None = None
    #: Whether its owner wants to hear of its completion.
    notify_on_complete: bool | None = None
    #: Whether its owner wants to hear of a failed run.
    notify_on_failure: bool | None = None
    #: Whether its steps must be ticked in their order.
    ordered_steps: bool | None = None
    #: The user who made it, or started its bundle.
    owner_id: str | None = None
    #: The client that the work is for. Null for work of the house itself.
    partner_id: str | None = None
    #: The key of the bundle's phase that it belongs to. Null where there are no phases.
    phase: str | None = None
    #: How long it is expected to take, in minutes. Null where nobody said.
    planned_minutes: int | None = None
    #: Its place within the bundle, from 1; of several at one place the one with the lower number is first. 0
    #: where it stands alone.
    position: int | None = None
    #: The users who prepared what runs, besides the owner: they may not permit it.
    prepared_by: list[str] | None = None
    #: How much it matters. One of: low (when there is time); medium (the normal case); high (before other
    #: work); critical (before everything else).
    priority: Literal["low", "medium", "high", "critical"] | str | None = None
    proof: list[Proof] | None = None
    #: How tasks are chosen for a second look, from the task type: an object with `die_sides`, `first_n` and
    #: `over_planned_factor`.
    qa: dict[str, Any] | None = None
    #: Whether it was chosen for a second look after completion; it stays true once it was scored.
    qa_flagged: bool | None = None
    #: When it was chosen. Null where it was not. UTC.
    qa_flagged_at: datetime | None = None
    #: Why it was chosen for a second look, as a list of words; empty where it was not. What chose it before
    #: its completion was corrected stays here, and chooses it again when it is completed. One of: random (the
    #: die fell on 1); first_three (among the first completed tasks of the person); over_duration (took much
    #: longer than planned); complaint (a client complained); manual (a manager asked for it).
    qa_reasons: (
        list[Literal["random", "first_three", "over_duration", "complaint", "manual"] | str] | None
    ) = None
    #: When it was scored last. Null until then. UTC.
    qa_reviewed_at: datetime | None = None
    #: The first reason that it was chosen for; all of them are in `qa_reasons`. Null where it was not chosen.
    #: One of: random (the die fell on 1); first_three (among the first completed tasks of the person);
    #: over_duration (took much longer than planned); complaint (a client complained); manual (a manager asked
    #: for it).
    qa_type: Literal["random", "first_three", "over_duration", "complaint", "manual"] | str | None = None
    #: When it was lined up to start next. Null where it never was. UTC.
    queued_at: datetime | None = None
    #: Whether a manager must permit it before a program runs it.
    requires_human_review: bool | None = None
    #: What a run gave back, as JSON. Null until then.
    result: dict[str, Any] | None = None
    #: The result in a sentence. Null until there is one.
    result_summary: str | None = None
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int | None = None
    #: The closed task whose work this one does again. Null where it is no rework.
    rework_of: str | None = None
    #: Guidance to read before starting, topic to text.
    rules: dict[str, Any] | None = None
    #: When it is planned to begin; it cannot be begun before. Null where that is not planned. UTC.
    scheduled_for: datetime | None = None
    #: How it may be skipped: an object with `reasons`, `note` and `comment_required`. Null: it may not be
    #: skipped.
    skip: dict[str, Any] | None = None
    #: Why it was skipped, in words. Null where it was not.
    skip_reason: str | None = None
    #: Where it came from. One of: manual (made by hand); bundle (made with its bundle from a template); clone
    #: (repeats another task).
    source_type: Literal["manual", "bundle", "clone"] | str | None = None
    #: The stage that the bundle moves to when this task is completed. Null where it moves to none.
    stage_on_complete: str | None = None
    #: When work on it began last; set again on each start, the first is in `first_started_at`. Null until
    #: then. UTC.
    started_at: datetime | None = None
    #: Where the task stands. One of: pending (to do; nobody has begun); queued (lined up to start next);
    #: deferred (put off to a later day on purpose); in_progress (somebody is working on it); waiting (for an
    #: answer from outside; a follow-up date is set); blocked (an obstacle that the team must clear);
    #: help_needed (the worker asked a manager for help); pending_approval (handed over; an approver decides
    #: next); completed (done, with everything it owed); skipped (not needed this time, with the reason);
    #: failed (an automated attempt ended in an error); cancelled (called off).
    status: (
        Literal[
            "pending",
            "queued",
            "deferred",
            "in_progress",
            "waiting",
            "blocked",
            "help_needed",
            "pending_approval",
            "completed",
            "skipped",
            "failed",
            "cancelled",
        ]
        | str
        | None
    ) = None
    #: Why it has this status, in words. Null where nobody said.
    status_reason: str | None = None
    steps: list[Step] | None = None
    #: The names of the other systems that the work is done in.
    systems: list[str] | None = None
    #: Free words to find it by.
    tags: list[str] | None = None
    #: The task's id: `tsk_`, then 26 digits and capitals that sort by the time of making.
    task_id: str | None = None
    #: A positive number, unique in the workspace: what people say aloud and pages show as #12.
    task_number: int | None = None
    #: The key of a task type, such as `blog_article`.
    task_type: str | None = None
    #: A UUID that never changes, for other systems.
    task_uuid: str | None = None
    #: Which revision of the template it was: the `closure_hash` of a row of `task_templates`. Null where it
    #: was made by hand.
    template_hash: str | None = None
    #: The key of the template that it was made from. Null where it was made by hand.
    template_id: str | None = None
    #: The task's name in the template, the same in every run: group by it to compare runs. A run has several
    #: of one name where others were added; they have `cloned_from`. Null where it is in no template.
    template_task_ref: str | None = None
    #: What is to be done, in a line.
    title: str | None = None
    #: The tools that the work uses, with their settings.
    tools: list[dict[str, Any]] | None = None
    #: The category of its task type when it was made: which of its campaign's material it shows. Null in
    #: tasks that were made before 0.4.0.
    type_category: str | None = None
    #: Since when nobody has it: when it was made so, or taken from whoever had it. Null while somebody has
    #: it, and where that was before 0.4.0. UTC.
    unassigned_at: datetime | None = None
    #: The user who made it so. Null where `unassigned_at` is, and where the system did.
    unassigned_by: str | None = None
    #: When anything in the record changed last. UTC.
    updated_at: datetime | None = None
    #: How soon it must happen. One of: normal (by its date); soon (this week); urgent (today); immediate
    #: (now).
    urgency: Literal["normal", "soon", "urgent", "immediate"] | str | None = None
    #: What makes it right, as a text or an object of texts. Null where nothing is said.
    validation: dict[str, Any] | str | None = None
    #: What the form for waiting offers: an object with `for`, `follow_up_days` and `comment_required`. Null
    #: where the template says nothing.
    waiting_defaults: dict[str, Any] | None = None
    #: Whom or what it waits for, in words. Null while it is not waiting.
    waiting_for: str | None = None
    #: Since when it waits. Null while it is not waiting. UTC.
    waiting_since: datetime | None = None
    #: The employees whose own work it stays, which they may not approve: those who had it while it was worked
    #: on, and those of tasks from which it hands something over.
    worked_by: list[str] | None = None
    #: How long it was in progress so far, in seconds, waits and rests left out; the spell that runs counts
    #: when it ends.
    worked_seconds: int | None = None
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str | None = None


class AddedTask(Shape):
    """The task that was added to a bundle, or what would be."""

    #: What a line was understood to say.
    understood: AddedTaskUnderstood | None
    #: Whether it was only tried: nothing is changed.
    dry_run: bool
    said: str
    #: Whether results need a decision, and whose: an object with `required`, `sources` and `reason`.
    approval: dict[str, Any] | None = None
    approvals: list[TaskApproval] | None = None
    #: When it was put away from the lists. Null while it was not. UTC.
    archived_at: datetime | None = None
    #: When whoever has it got it. Null while nobody has it, and where that was before 0.4.0. UTC.
    assigned_at: datetime | None = None
    #: The user who gave it to them; they themselves where they claimed it. Null where `assigned_at` is, and
    #: where the system did.
    assigned_by: str | None = None
    #: Whether a program does it, and no employee.
    assigned_to_bot: bool | None = None
    #: The employee who does it, or did it last. Null while nobody has it, and for the bot's tasks.
    assignee_id: str | None = None
    #: The assignee role, such as `writer`, whose members may claim it while nobody has it. Null where it is
    #: for no role.
    assignee_role: str | None = None
    #: The first of those that is not done yet. Null where nothing holds it back.
    blocked_by: str | None = None
    #: The bundle that it is part of. Null where it stands alone.
    bundle_id: str | None = None
    #: The campaign that it belongs to. Null where it belongs to none.
    campaign_id: str | None = None
    #: Why it was called off, in words. Null where it was not, or nobody said.
    cancel_reason: str | None = None
    #: A free word to sort tasks by; `general` where nobody said.
    category: str | None = None
    #: The task that this one repeats. Null for all others.
    cloned_from: str | None = None
    #: When it was completed, skipped or cancelled. Null while it is open. UTC.
    closed_at: datetime | None = None
    #: When it was completed. Null until then, also for skipped and cancelled tasks. UTC.
    completed_at: datetime | None = None
    #: The user who completed it. Null until then, and where the system did.
    completed_by: str | None = None
    #: Settings of the work, name to value, as its type defines them.
    config: dict[str, Any] | None = None
    #: When the record was made. UTC.
    created_at: datetime | None = None
    #: The moment at which work on `due_date` ends, by the `cut_off` of its calendar, else with the day: the
    #: task is late after it. It can be moved, so measure promises by `first_deadline`. Null where it has no
    #: due date. UTC.
    deadline: datetime | None = None
    #: The day to which it was put off; a calendar day in the zone of the workspace. Null where it was not.
    deferred_until: date | None = None
    deliverables: list[Deliverable] | None = None
    #: The ids of the tasks that must be completed or skipped before this one begins.
    depends_on: list[str] | None = None
    #: More about it, in Markdown. Null where nothing more is said.
    description: str | None = None
    #: The day it is due; a calendar day in the zone of its template's calendar, else of the workspace. It can
    #: be moved. Null where it is due on no day, or not known yet.
    due_date: date | None = None
    #: How the due date is counted: an object with `offset`, `unit` and `from`. Null where it was set by hand.
    due_rule: dict[str, Any] | None = None
    #: How many runs failed so far.
    error_count: int | None = None
    #: How a program runs it, name to value.
    execution_config: dict[str, Any] | None = None
    #: How a program's task starts. Null for people's tasks. One of: automatic (by itself, once nothing stands
    #: in its way); manual_trigger (when somebody starts it); scheduled (at `scheduled_for`).
    execution_type: Literal["automatic", "manual_trigger", "scheduled"] | str | None = None
    #: The material that should come out: a list of objects with `type` and `label`.
    expected_artifacts: list[dict[str, Any]] | None = None
    files: list[Artifact] | None = None
    #: The name of the bundle link that its completion fills from the proof. Null where it fills none.
    fills_link: str | None = None
    #: The first deadline that the task was ever given; it stays when the deadline is moved or taken away.
    #: Null where it never had one. UTC.
    first_deadline: datetime | None = None
    #: The same against `first_deadline`: how many seconds later than first promised. Null until it is
    #: completed, and where it never had a deadline.
    first_late_seconds: int | None = None
    #: When work on it began for the first time. Null until then. UTC.
    first_started_at: datetime | None = None
    #: When to ask again. Null while it is not waiting. UTC.
    follow_up_at: datetime | None = None
    #: When the last of those was done, so that it could begin. Null where it comes after nothing or could not
    #: begin yet, and where that was before 0.4.0. UTC.
    freed_at: datetime | None = None
    #: The user whose act that was. Null where `freed_at` is, and where it was the system's.
    freed_by: str | None = None
    #: A hash over what was permitted to run; the permission is void as soon as it differs. Null until then.
    human_review_hash: str | None = None
    #: When it was permitted to run. Null until then, and again once that is void. UTC.
    human_reviewed_at: datetime | None = None
    #: The manager who permitted or refused it. Null until then.
    human_reviewed_by: str | None = None
    #: The id of the process document that tells how it is done. Null where none does.
    instruction_doc_id: str | None = None
    #: The step of that document which is meant. Null: the whole document.
    instruction_step_id: str | None = None
    #: An address with instructions, shown only where there is no process document. Null where there is none.
    instructions_url: str | None = None
    #: Whether a task that it depends on is still open.
    is_blocked: bool | None = None
    #: What the last failed run said. Null where none failed.
    last_error: str | None = None
    #: How many seconds after its deadline it was completed; 0 or less is on time, negative is before it. Null
    #: until it is completed, and without a deadline.
    late_seconds: int | None = None
    #: How many times a failed run may be tried again.
    max_retries: int | None = None
    #: Facts of other systems about it, name to value.
    metadata: dict[str, Any] | None = None
    #: Whether it marks a point that people plan by.
    milestone: bool | None = None
    #: The names of the bundle links that must be filled or waived before it is completed.
    needs_links: list[str] | None = None
    notes: list[Note] | None = None
    #: Whether its owner wants to hear of its completion.
    notify_on_complete: bool | None = None
    #: Whether its owner wants to hear of a failed run.
    notify_on_failure: bool | None = None
    #: Whether its steps must be ticked in their order.
    ordered_steps: bool | None = None
    #: The user who made it, or started its bundle.
    owner_id: str | None = None
    #: The client that the work is for. Null for work of the house itself.
    partner_id: str | None = None
    #: The key of the bundle's phase that it belongs to. Null where there are no phases.
    phase: str | None = None
    #: How long it is expected to take, in minutes. Null where nobody said.
    planned_minutes: int | None = None
    #: Its place within the bundle, from 1; of several at one place the one with the lower number is first. 0
    #: where it stands alone.
    position: int | None = None
    #: The users who prepared what runs, besides the owner: they may not permit it.
    prepared_by: list[str] | None = None
    #: How much it matters. One of: low (when there is time); medium (the normal case); high (before other
    #: work); critical (before everything else).
    priority: Literal["low", "medium", "high", "critical"] | str | None = None
    proof: list[Proof] | None = None
    #: How tasks are chosen for a second look, from the task type: an object with `die_sides`, `first_n` and
    #: `over_planned_factor`.
    qa: dict[str, Any] | None = None
    #: Whether it was chosen for a second look after completion; it stays true once it was scored.
    qa_flagged: bool | None = None
    #: When it was chosen. Null where it was not. UTC.
    qa_flagged_at: datetime | None = None
    #: Why it was chosen for a second look, as a list of words; empty where it was not. What chose it before
    #: its completion was corrected stays here, and chooses it again when it is completed. One of: random (the
    #: die fell on 1); first_three (among the first completed tasks of the person); over_duration (took much
    #: longer than planned); complaint (a client complained); manual (a manager asked for it).
    qa_reasons: (
        list[Literal["random", "first_three", "over_duration", "complaint", "manual"] | str] | None
    ) = None
    #: When it was scored last. Null until then. UTC.
    qa_reviewed_at: datetime | None = None
    #: The first reason that it was chosen for; all of them are in `qa_reasons`. Null where it was not chosen.
    #: One of: random (the die fell on 1); first_three (among the first completed tasks of the person);
    #: over_duration (took much longer than planned); complaint (a client complained); manual (a manager asked
    #: for it).
    qa_type: Literal["random", "first_three", "over_duration", "complaint", "manual"] | str | None = None
    #: When it was lined up to start next. Null where it never was. UTC.
    queued_at: datetime | None = None
    #: Whether a manager must permit it before a program runs it.
    requires_human_review: bool | None = None
    #: What a run gave back, as JSON. Null until then.
    result: dict[str, Any] | None = None
    #: The result in a sentence. Null until there is one.
    result_summary: str | None = None
    #: Counts the changes of the record, from 1; a write that names an older one is refused as stale.
    revision: int | None = None
    #: The closed task whose work this one does again. Null where it is no rework.
    rework_of: str | None = None
    #: Guidance to read before starting, topic to text.
    rules: dict[str, Any] | None = None
    #: When it is planned to begin; it cannot be begun before. Null where that is not planned. UTC.
    scheduled_for: datetime | None = None
    #: How it may be skipped: an object with `reasons`, `note` and `comment_required`. Null: it may not be
    #: skipped.
    skip: dict[str, Any] | None = None
    #: Why it was skipped, in words. Null where it was not.
    skip_reason: str | None = None
    #: Where it came from. One of: manual (made by hand); bundle (made with its bundle from a template); clone
    #: (repeats another task).
    source_type: Literal["manual", "bundle", "clone"] | str | None = None
    #: The stage that the bundle moves to when this task is completed. Null where it moves to none.
    stage_on_complete: str | None = None
    #: When work on it began last; set again on each start, the first is in `first_started_at`. Null until
    #: then. UTC.
    started_at: datetime | None = None
    #: Where the task stands. One of: pending (to do; nobody has begun); queued (lined up to start next);
    #: deferred (put off to a later day on purpose); in_progress (somebody is working on it); waiting (for an
    #: answer from outside; a follow-up date is set); blocked (an obstacle that the team must clear);
    #: help_needed (the worker asked a manager for help); pending_approval (handed over; an approver decides
    #: next); completed (done, with everything it owed); skipped (not needed this time, with the reason);
    #: failed (an automated attempt ended in an error); cancelled (called off).
    status: (
        Literal[
            "pending",
            "queued",
            "deferred",
            "in_progress",
            "waiting",
            "blocked",
            "help_needed",
            "pending_approval",
            "completed",
            "skipped",
            "failed",
            "cancelled",
        ]
        | str
        | None
    ) = None
    #: Why it has this status, in words. Null where nobody said.
    status_reason: str | None = None
    steps: list[Step] | None = None
    #: The names of the other systems that the work is done in.
    systems: list[str] | None = None
    #: Free words to find it by.
    tags: list[str] | None = None
    #: The task's id: `tsk_`, then 26 digits and capitals that sort by the time of making.
    task_id: str | None = None
    #: A positive number, unique in the workspace: what people say aloud and pages show as #12.
    task_number: int | None = None
    #: The key of a task type, such as `blog_article`.
    task_type: str | None = None
    #: A UUID that never changes, for other systems.
    task_uuid: str | None = None
    #: Which revision of the template it was: the `closure_hash` of a row of `task_templates`. Null where it
    #: was made by hand.
    template_hash: str | None = None
    #: The key of the template that it was made from. Null where it was made by hand.
    template_id: str | None = None
    #: The task's name in the template, the same in every run: group by it to compare runs. A run has several
    #: of one name where others were added; they have `cloned_from`. Null where it is in no template.
    template_task_ref: str | None = None
    #: What is to be done, in a line.
    title: str | None = None
    #: The tools that the work uses, with their settings.
    tools: list[dict[str, Any]] | None = None
    #: The category of its task type when it was made: which of its campaign's material it shows. Null in
    #: tasks that were made before 0.4.0.
    type_category: str | None = None
    #: Since when nobody has it: when it was made so, or taken from whoever had it. Null while somebody has
    #: it, and where that was before 0.4.0. UTC.
    unassigned_at: datetime | None = None
    #: The user who made it so. Null where `unassigned_at` is, and where the system did.
    unassigned_by: str | None = None
    #: When anything in the record changed last. UTC.
    updated_at: datetime | None = None
    #: How soon it must happen. One of: normal (by its date); soon (this week); urgent (today); immediate
    #: (now).
    urgency: Literal["normal", "soon", "urgent", "immediate"] | str | None = None
    #: What makes it right, as a text or an object of texts. Null where nothing is said.
    validation: dict[str, Any] | str | None = None
    #: What the form for waiting offers: an object with `for`, `follow_up_days` and `comment_required`. Null
    #: where the template says nothing.
    waiting_defaults: dict[str, Any] | None = None
    #: Whom or what it waits for, in words. Null while it is not waiting.
    waiting_for: str | None = None
    #: Since when it waits. Null while it is not waiting. UTC.
    waiting_since: datetime | None = None
    #: The employees whose own work it stays, which they may not approve: those who had it while it was worked
    #: on, and those of tasks from which it hands something over.
    worked_by: list[str] | None = None
    #: How long it was in progress so far, in seconds, waits and rests left out; the spell that runs counts
    #: when it ends.
    worked_seconds: int | None = None
    #: The workspace that it belongs to: the same in all records of an export.
    workspace_id: str | None = None
