"""The shapes of answers as JSON Schema, by name: made from the records and the comments of their fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from engine.accounts.models import User
from engine.artifacts.models import Artifact
from engine.bundles.models import Bundle, BundleLink
from engine.deliverables import describe
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.executions.models import Execution
from engine.feeds.models import Feed
from engine.jobs.models import JobStatus
from engine.proposals.models import Proposal, ProposedFile
from engine.qa.models import QaReview
from engine.record import Record
from engine.reference.models import Absence, Campaign, CampaignAttachment, Employee, Partner
from engine.schedules.models import Schedule, ScheduledStart
from engine.tasks.models import Note, Proof, Step, Task
from engine.tokens.models import ApiToken
from engine.webhooks.models import Webhook, WebhookDelivery
from engine.worklogs.models import WorkLog
from web.api import schemas
from web.api.schemas import (
    ANYTHING,
    DAY,
    NUMBER,
    OPTIONAL_DAY,
    OPTIONAL_TEXT,
    TEXT,
    YES_NO,
    Schema,
    maybe,
    said,
    shape,
    some,
)

WITHOUT_WORKSPACE = frozenset({"workspace_id"})


def ref(name: str) -> Schema:
    """Point at a shape."""
    return {"$ref": f"#/components/schemas/{name}"}


def _told_to_team(record: type[Record], told: frozenset[str]) -> Collection[str]:
    """Return the fields of a record that a partner's user, who is ``told`` the others, is not answered."""
    return record.model_fields.keys() - told


def _with(base: Schema, more: Mapping[str, Schema], title: str, optional: Collection[str] = ()) -> Schema:
    return shape(title, {**base["properties"], **more}, optional)


@cache
def components() -> Mapping[str, Schema]:
    """Return every shape that comes of a command, by its name, with those that they are made of."""
    warned = shape("What to look at in a task.", {"ref": TEXT, "title": TEXT, "warnings": some(TEXT)})
    approval = _with(
        schemas.of(Approval),
        {
            "deliverable": said(TEXT, "The name of the deliverable in its task."),
            "version_number": NUMBER,
            "deliverable_url": OPTIONAL_TEXT,
            "content_hash": said(OPTIONAL_TEXT, "What a decision must name as `seen`."),
        },
        "An approval with the version that it judges.",
        _told_to_team(Approval, describe.OF_APPROVAL),
    )
    version = schemas.of(
        Deliverable, more={"content_hash": said(OPTIONAL_TEXT, "What a decision on it must name as `seen`.")}
    )
    task = _with(
        schemas.of(Task),
        {
            "is_blocked": said(YES_NO, "Whether a task that it depends on is still open."),
            "proof": some(ref("Proof")),
            "steps": some(ref("Step")),
            "deliverables": some(ref("Deliverable")),
            "approvals": some(schemas.of(Approval)),
            "notes": some(ref("Note")),
            "files": some(ref("Artifact")),
        },
        "A task with all that belongs to it.",
    )
    bundle = _with(
        schemas.of(Bundle),
        {
            "partner": said(OPTIONAL_TEXT, "The key of the partner."),
            "campaign": said(OPTIONAL_TEXT, "The key of the campaign."),
            "pin": shape(
                "Which content it was made from; `commit` is null without Git.",
                {
                    "template_id": TEXT,
                    "name": TEXT,
                    "commit": OPTIONAL_TEXT,
                    "closure_hash": TEXT,
                    "dirty": YES_NO,
                    "closure": ANYTHING,
                },
            ),
            "progress": shape(
                "Its tasks, counted.", {"total": NUMBER, "done": NUMBER, "open": NUMBER, "late": NUMBER}
            ),
            "links": some(ref("BundleLink")),
            "tasks": some(ref("Task")),
        },
        "A bundle with its links, and its tasks in the template's order.",
    )
    understood = shape(
        "What a line was understood to say.",
        {
            "title": TEXT,
            "pieces": some(shape("A piece of it.", {"kind": TEXT, "text": TEXT, "means": ANYTHING})),
        },
    )
    dry_run = said(YES_NO, "Whether it was only tried: nothing is changed.")
    schedule = schemas.of(Schedule)
    proposal = schemas.of(Proposal, without=WITHOUT_WORKSPACE)
    day_moved = {"task_id": TEXT, "task_number": NUMBER, "title": TEXT}
    upcoming = shape(
        "A start to come.",
        {
            "anchor_date": DAY,
            "starts_at": TEXT,
            "title": OPTIONAL_TEXT,
            "refused": said(OPTIONAL_TEXT, "Why nothing would begin."),
            "tasks": some(
                shape(
                    "A task of it.",
                    {"ref": TEXT, "title": TEXT, "due_date": OPTIONAL_DAY, "warnings": some(TEXT)},
                )
            ),
        },
    )
    optional_task = tuple(task["properties"])
    return {
        "Done": DONE,
        "Proof": schemas.of(Proof),
        "Step": schemas.of(Step),
        "Note": schemas.of(Note),
        "Artifact": schemas.of(Artifact),
        "Deliverable": version,
        "Approval": approval,
        "Task": task,
        "LinkedTask": _with(
            task, {"link": ref("BundleLink")}, "A task with the link of its bundle that was filled for it."
        ),
        "QuickTask": _with(
            task,
            {"understood": understood, "dry_run": dry_run},
            "What a line was understood to say, and the task that was made of it.",
            optional_task,
        ),
        "AddedTask": _with(
            task,
            {"understood": maybe(understood), "dry_run": dry_run, "said": TEXT},
            "The task that was added to a bundle, or what would be.",
            optional_task,
        ),
        "Bulk": shape(
            "What became of many tasks, one by one.",
            {
                "dry_run": dry_run,
                "changed": said(NUMBER, "How many were changed, or would be."),
                "left_out": NUMBER,
                "tasks": some(
                    shape(
                        "What became of one.",
                        {
                            "task_id": TEXT,
                            "task_number": maybe(NUMBER),
                            "title": OPTIONAL_TEXT,
                            "outcome": {"type": "string", "enum": ["done", "left_out"]},
                            "reasons": some(TEXT),
                            "remarks": some(TEXT),
                            "changes": some(
                                shape(
                                    "What was changed.",
                                    {"field": TEXT, "before": ANYTHING, "after": ANYTHING},
                                )
                            ),
                        },
                    )
                ),
            },
        ),
        "Escalated": shape("The approvals that were escalated.", {"approvals": some(ref("Approval"))}),
        "BundleLink": schemas.of(BundleLink),
        "Bundle": bundle,
        "StartedBundle": _with(
            bundle, {"warnings": some(warned)}, "A bundle that was started, and what to look at in its dates."
        ),
        "StartedRecipe": shape(
            "A recipe that was started, as far as it is known what came of it.",
            {
                "recipe": said(TEXT, "Its key."),
                "bundle_id": TEXT,
                "title": TEXT,
                "parameters": ANYTHING,
                "work_ticket_id": said(
                    OPTIONAL_TEXT, "The task that a program does first; null where people begin."
                ),
                "status": said(OPTIONAL_TEXT, "Where that task stands."),
                "state_class": said(
                    OPTIONAL_TEXT, "The same more coarsely: waiting, active, succeeded, failed or cancelled."
                ),
                "execution_id": said(
                    OPTIONAL_TEXT, "The last attempt at it; null where it waits for something else."
                ),
                "execution_status": said(OPTIONAL_TEXT, "How that attempt stands."),
                "error": said(OPTIONAL_TEXT, "Why that attempt did not come to an end as it should."),
                "result": said(maybe(ANYTHING), "What came out, name to value; null until it is done."),
                "result_summary": said(OPTIONAL_TEXT, "The same in a sentence."),
                "warnings": said(some(warned), "What to look at in the dates; of the first answer alone."),
            },
        ),
        "Reanchored": _with(
            bundle,
            {
                "changes": some(
                    shape("A day that moved.", {**day_moved, "before": OPTIONAL_DAY, "after": OPTIONAL_DAY})
                ),
                "kept": some(
                    shape("A day that stays.", {**day_moved, "due_date": OPTIONAL_DAY, "why": TEXT})
                ),
                "warnings": some(warned),
                "notes": some(TEXT),
                "dry_run": dry_run,
            },
            "A bundle with what moved with its days, what stayed and why, or would.",
        ),
        "Migrated": shape(
            "What is other in the newer template, with what became of it, or would.",
            {
                "bundle_id": TEXT,
                "dry_run": dry_run,
                "said": TEXT,
                "closure_hash": OPTIONAL_TEXT,
                "items": some(
                    shape(
                        "One thing that is other.",
                        {
                            "key": TEXT,
                            "verdict": TEXT,
                            "why": TEXT,
                            "changes": some(shape("A change.", {"kind": TEXT, "what": TEXT})),
                            "has": ANYTHING,
                            "newer": ANYTHING,
                            "pinned": ANYTHING,
                        },
                    )
                ),
            },
        ),
        "MigratedAll": shape(
            "What became of each running bundle of a template, or would.",
            {
                "dry_run": dry_run,
                "bundles": some(
                    shape("One bundle.", {"bundle_id": TEXT, "title": TEXT, "outcome": TEXT, "why": TEXT})
                ),
            },
        ),
        "DeliverableComment": schemas.of(
            DeliverableComment, optional=_told_to_team(DeliverableComment, describe.OF_COMMENT)
        ),
        "QaReview": schemas.of(QaReview),
        "Employee": schemas.of(Employee),
        "Absence": schemas.of(Absence),
        "Partner": schemas.of(Partner),
        "Campaign": schemas.of(Campaign),
        "CampaignAttachment": schemas.of(CampaignAttachment),
        "User": schemas.of(User),
        "Invited": _with(
            schemas.of(User),
            {"sign_in_path": said(TEXT, "Where they sign in for the first time: shown this once.")},
            "Somebody who signs in, with a link for it.",
        ),
        "HandedOver": shape(
            "What became of somebody's open work.",
            {
                "employee": TEXT,
                "is_active": YES_NO,
                "to": OPTIONAL_TEXT,
                "tasks": some(
                    shape(
                        "A task of it.",
                        {"task_id": TEXT, "task_number": NUMBER, "title": TEXT, "refused": OPTIONAL_TEXT},
                    )
                ),
                "bundles": some(TEXT),
                "kept_bundles": some(TEXT),
                "schedules": some(TEXT),
                "kept_schedules": some(TEXT),
                "campaigns": some(TEXT),
            },
        ),
        "Feed": schemas.of(Feed),
        "MadeFeed": _with(
            schemas.of(Feed),
            {"address": said(TEXT, "Where calendar programs read it: shown this once.")},
            "A calendar feed with its address.",
        ),
        "ApiToken": schemas.of(ApiToken),
        "MadeToken": _with(
            schemas.of(ApiToken),
            {"token": said(OPTIONAL_TEXT, "The secret: shown this once. Null where its user is to take it.")},
            "An API token with its secret.",
        ),
        "Webhook": schemas.of(Webhook),
        "MadeWebhook": _with(
            schemas.of(Webhook),
            {"secret": said(TEXT, "What messages are signed with: shown this once.")},
            "A webhook with its secret.",
        ),
        "WebhookDelivery": schemas.of(WebhookDelivery),
        "Redelivered": shape("What is sent again.", {"webhook_id": TEXT, "count": NUMBER}),
        "Execution": schemas.of(Execution),
        "JobStatus": shape(
            "A job as it stands now.",
            {"job_id": TEXT, "status": {"type": "string", "enum": [one.value for one in JobStatus]}},
        ),
        "AskedExport": shape(
            "An export that was asked for.",
            {
                "export_id": said(TEXT, "By which `GET /api/exports/{export_id}` tells of it."),
                "status": {"type": "string", "enum": [one.value for one in JobStatus]},
            },
        ),
        "Message": shape("What is said about it.", {"message": TEXT}),
        "Proposal": proposal,
        "ProposedFile": schemas.of(ProposedFile, without=WITHOUT_WORKSPACE),
        "CaughtUp": shape(
            "A draft that was brought up to what is live.",
            {
                "proposal_id": TEXT,
                "taken": said(some(TEXT), "Files in which others' changes are now, too."),
                "conflicts": said(some(TEXT), "Files in which both changed the same lines."),
            },
        ),
        "Loaded": shape(
            "What a load did.",
            {
                "counts": {
                    "type": "object",
                    "description": "By table: created, updated, unchanged, removed and dropped.",
                    "additionalProperties": {"type": "object", "additionalProperties": NUMBER},
                }
            },
        ),
        "ReminderName": shape("Which reminder it was.", {"reminder_id": TEXT}),
        "Schedule": schedule,
        "ScheduledStart": schemas.of(ScheduledStart),
        "SwitchedOn": shape(
            "A schedule that was switched on, or would be, and what begins by it.",
            {"schedule": maybe(ref("Schedule")), "upcoming": some(upcoming)},
        ),
        "SecretName": shape("Which secret it was.", {"name": TEXT}),
        "WorkLog": schemas.of(WorkLog, more={"title": TEXT, "body": said(TEXT, "What is read of it.")}),
    }


DONE: Schema = shape(
    "What is said about what was done.",
    {
        "message": said(TEXT, "All that is said about it."),
        "asides": said(some(TEXT), "What whoever asked should know besides, a sentence each."),
        "act_id": said(
            OPTIONAL_TEXT, "What `POST /api/acts/{act_id}/undo` takes back, where that is possible."
        ),
    },
)


def answered(name: str) -> Schema:
    """Return the shape of an operation's answer: what came of it, and what is said about it.

    Whoever does not see any more what they have changed is told only the second.
    """
    done: Schema = {"type": "object", "properties": {"done": ref("Done")}, "required": ["done"]}
    return {"anyOf": [{"allOf": [ref(name), done]}, done]}
