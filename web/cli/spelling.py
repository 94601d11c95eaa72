"""How the command line spells what a command asks for, where that is not the field's own name.

The spellings are fixed by the people who type them; everything else follows from the input model.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Commands that are not offered on the command line, with the reason.
BOARD_ONLY = {
    "user password": "what stands on a command line is read by others, and kept in its history",
    "export make": "who is at a command line writes one where they want it: `export DIR`",
    "proposal add-file": "who is at a command line changes files with an editor, and commits them",
    "proposal fork": "as above",
    "proposal settle": "as above",
    "proposal write": "as above",
    "proposal suggest": "as above",
    "proposal from-bundle": "as above",
    "proposal from-task": "as above",
    "proposal begin": "as above",
    "proposal create": "as above",
    "proposal edit": "as above",
}

#: Fields that stand on the line without an option, with their word on the help page.
ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "task step": {"task_id": "ID", "ref": "REF"},
    "task edit-note": {"task_id": "ID", "task_note_id": "NOTE_ID"},
    "task drop-step": {"task_id": "ID", "ref": "REF"},
    "task approve-file": {"task_id": "ID", "artifact_id": "FILE_ID"},
    "task drop-dependency": {"task_id": "ID", "other_id": "OTHER_ID"},
    "task resubmit": {"deliverable_id": "DELIVERABLE_ID"},
    "task decide": {"task_approval_id": "APPROVAL_ID"},
    "task quick": {"line": "LINE"},
    "task bulk": {"tasks": "ID..."},
    "task bulk-watch": {"tasks": "ID..."},
    "bundle create": {"template": "KEY"},
    "recipe start": {"recipe": "KEY"},
    "bundle link": {"bundle_id": "ID", "name": "NAME", "url": "URL"},
    "bundle stage": {"bundle_id": "ID", "stage": "STAGE"},
    "bundle migrate-all": {"template": "KEY"},
    "bundle reanchor": {"bundle_id": "ID", "anchor_date": "DATE"},
    "deliverable comment": {"deliverable_id": "DELIVERABLE_ID"},
    "user add": {"email": "EMAIL"},
    "user change": {"user_id": "USER_ID"},
    "user forget-openid": {"user_id": "EMAIL"},
    "user invite": {"email": "EMAIL"},
    "user invite-again": {"user_id": "EMAIL"},
    "user uninvite": {"user_id": "EMAIL"},
    "user link": {"user_id": "EMAIL"},
    "user reset-factors": {"user_id": "EMAIL"},
    "user unlock": {"user_id": "EMAIL"},
    "user timezone": {"user_id": "EMAIL", "timezone": "ZONE"},
    "session end": {"session_id": "SESSION_ID"},
    "session end-all": {"user_id": "EMAIL"},
    "employee add": {"key": "KEY"},
    "employee update": {"employee_id": "KEY"},
    "employee deactivate": {"employee_id": "KEY"},
    "employee activate": {"employee_id": "KEY"},
    "employee hand-over": {"employee_id": "KEY"},
    "employee training": {"employee_id": "KEY"},
    "employee away": {"employee_id": "KEY", "first_day": "FROM", "last_day": "TO"},
    "employee not-away": {"employee_id": "KEY", "absence_id": "ABSENCE_ID"},
    "partner add": {"key": "KEY"},
    "partner update": {"partner_id": "KEY"},
    "partner deactivate": {"partner_id": "KEY"},
    "partner activate": {"partner_id": "KEY"},
    "campaign add": {"key": "KEY"},
    "campaign update": {"campaign_id": "KEY"},
    "campaign attach": {"campaign_id": "KEY"},
    "campaign detach": {"campaign_id": "KEY", "attachment_id": "ATTACHMENT_ID"},
    "campaign deactivate": {"campaign_id": "KEY"},
    "campaign activate": {"campaign_id": "KEY"},
    "secrets set": {"name": "NAME"},
    "secrets remove": {"name": "NAME"},
    "act undo": {"act_id": "ACT_ID"},
    "feed make": {},
    "feed revoke": {"feed_id": "FEED_ID"},
    "token make": {"name": "NAME"},
    "token rotate": {"api_token_id": "TOKEN_ID"},
    "token revoke": {"api_token_id": "TOKEN_ID"},
    "webhook make": {"name": "NAME", "url": "URL"},
    **{
        f"webhook {verb}": {"webhook_id": "WEBHOOK_ID"}
        for verb in ("change", "pause", "resume", "rotate", "remove", "test", "redeliver")
    },
    "schedule start": {"template": "KEY"},
    "schedule pause": {"schedule_id": "ID"},
    "schedule run": {"schedule_id": "ID"},
    "schedule skip": {"schedule_id": "ID"},
    "proposal offer": {"proposal_id": "ID"},
    "proposal withdraw": {"proposal_id": "ID"},
    "proposal edit-again": {"proposal_id": "ID"},
    "proposal catch-up": {"proposal_id": "ID"},
    "proposal revert": {"proposal_id": "ID"},
    "reminders dismiss": {"reminder_id": "REMINDER_ID"},
    "reminders snooze": {"reminder_id": "REMINDER_ID"},
    "execution cancel": {"execution_id": "EXECUTION_ID"},
    "execution retry": {"execution_id": "EXECUTION_ID"},
    "execution settle": {"execution_id": "EXECUTION_ID", "settlement": "happened|did_not_happen"},
    "queue pause": {"executor": "EXECUTOR"},
    "queue resume": {"executor": "EXECUTOR"},
    "queue limit": {"executor": "EXECUTOR"},
    "queue drain": {"worker": "WORKER"},
    "queue undrain": {"worker": "WORKER"},
    "job retry": {"job_id": "JOB_ID"},
    "job cancel": {"job_id": "JOB_ID"},
    "job resolve": {"job_id": "JOB_ID", "ending": "done|again"},
    "worklog make": {"campaign": "KEY"},
    "worklog edit": {"worklog_id": "ID"},
    "worklog send": {"worklog_id": "ID"},
}
#: What stands without an option where nothing else is said.
USUAL_ARGUMENTS = {"task_id": "ID", "bundle_id": "ID"}

#: (command, field) -> option.
OPTIONS: Mapping[tuple[str, str], str] = {
    ("message settings", "is_daily"): "--daily",
    ("task wait", "waiting_for"): "--for",
    ("task note", "body"): "--text",
    ("task edit-note", "body"): "--text",
    ("task help", "question"): "--text",
    ("task answer", "body"): "--text",
    ("task assign", "assignee"): "--employee",
    ("task create", "task_type"): "--type",
    ("task create", "tags"): "--tag",
    ("task quick", "task_type"): "--type",
    ("task quick", "tags"): "--tag",
    ("task update", "task_type"): "--type",
    ("task update", "assignee_id"): "--employee",
    ("task update", "campaign_id"): "--campaign",
    ("task clone", "changes"): "--set",
    ("task bulk", "assignee_id"): "--employee",
    ("task bulk", "waiting_for"): "--for",
    ("deliverable comment", "body"): "--text",
    ("bundle create", "parameters"): "--param",
    ("recipe start", "parameters"): "--param",
    ("bundle reanchor", "parameters"): "--param",
    ("bundle migrate", "choices"): "--choice",
    ("bundle migrate-all", "bundles"): "--bundle",
    ("schedule start", "parameters"): "--param",
    ("feed make", "bundle_id"): "--bundle",
    ("token make", "user_id"): "--user",
    ("token make", "scopes"): "--scope",
    ("webhook make", "user_id"): "--user",
    ("webhook make", "kinds"): "--kind",
    ("webhook change", "kinds"): "--kind",
    ("webhook redeliver", "webhook_delivery_id"): "--message",
    ("employee add", "roles"): "--role",
    ("employee update", "roles"): "--role",
    ("campaign add", "people"): "--person",
    ("campaign update", "people"): "--person",
    ("bundle add-task", "parameters"): "--param",
    ("bundle add-task", "task_type"): "--type",
    ("bundle add-task", "tags"): "--tag",
    ("qa review", "review_type"): "--type",
    ("qa review", "deliverable_id"): "--deliverable",
    ("worklog edit", "body"): "--text",
}
#: A choice that is spelled as one flag per word; who types both is asked what they mean (R18).
FLAGS: Mapping[tuple[str, str], Mapping[str | bool, str]] = {
    ("task update", "assigned_to_bot"): {True: "--assigned-to-bot", False: "--no-assigned-to-bot"},
    ("task update", "requires_human_review"): {
        True: "--requires-human-review",
        False: "--no-requires-human-review",
    },
    ("task review", "verdict"): {"approve": "--approve", "reject": "--reject"},
    ("qa review", "passed"): {True: "--pass", False: "--fail"},
    ("user change", "is_active"): {True: "--active", False: "--inactive"},
    ("employee training", "training"): {True: "--on", False: "--off"},
    ("recipe start", "async"): {True: "--no-wait", False: "--wait"},
    ("feed make", "with_events"): {True: "--events", False: "--no-events"},
}
#: Values by name that are read elsewhere, by the template's or the deliverable's schema; or that are texts.
AS_TYPED = frozenset(
    {
        ("bundle create", "parameters"),
        ("recipe start", "parameters"),
        ("schedule start", "parameters"),
        ("task deliverable", "meta"),
        ("task resubmit", "meta"),
        ("campaign add", "people"),
        ("campaign update", "people"),
        ("bundle add-task", "parameters"),
    }
)
#: Values by name that a schema of JSON is held against, and nothing reads a text as a number for.
NUMERALS = frozenset({"config", "execution_config"})
#: What is not asked for here: a revision is what a page has shown.
LEFT_OUT = frozenset({"revision"})
LEFT_OUT_OF: Mapping[str, frozenset[str]] = {"task resubmit": frozenset({"task_id"})}
#: What stands for a value on the help page, where the shape of the field does not say it.
METAVARS = {
    "assignee": "KEY",
    "assignee_id": "KEY",
    "employee": "KEY",
    "to": "KEY",
    "substitute": "KEY",
    "calendar": "KEY",
    "partner": "KEY",
    "campaign": "KEY",
    "owner": "EMAIL",
    "campaign_id": "KEY",
    "task_type": "KEY",
    "seen": "HASH",
    "url": "URL",
    "idempotency_key": "K",
    "depends_on": "ID",
}
#: The same for one command alone.
METAVARS_OF = {
    ("bundle migrate", "to"): "REF",
    ("bundle migrate-all", "to"): "REF",
    ("bundle migrate-all", "bundles"): "ID",
}


def arguments_of(command: str, fields: Mapping[str, object]) -> dict[str, str]:
    """Give the fields that stand without an option, in their order, with their words."""
    if command in ARGUMENTS:
        return dict(ARGUMENTS[command])
    return {name: word for name, word in USUAL_ARGUMENTS.items() if name in fields}


def option_of(command: str, field: str) -> str:
    """Give the option of a field."""
    if (command, field) in FLAGS:
        return " or ".join(FLAGS[command, field].values())
    return OPTIONS.get((command, field), f"--{field.replace('_', '-')}")


def is_left_out(command: str, field: str) -> bool:
    """Whether the command line does not ask for a field."""
    return field in LEFT_OUT or field in LEFT_OUT_OF.get(command, ())
