"""The tools: which operations of the API an agent has, by what names, and what it is told of each answer.

What judges is none of them (approvals, permissions to run, files as proof, scores), whatever a token may.
Answers are cut to what an agent needs, as it pays for every word; lists go on by ``next``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: What of an object is told: the names of its fields, each whole or in part; of a list, of each item.
Told: TypeAlias = "Mapping[str, Told | None]"


def told(*names: str, **parts: Told) -> Told:
    """Say which fields are told: ``names`` whole, ``parts`` in part."""
    return {**dict.fromkeys(names), **parts}


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One operation of the API as agents have it."""

    name: str
    #: What the API calls it.
    operation: str
    told: Told
    #: What it does and when to use it; else what the API says.
    help: str = ""
    #: The arguments that it takes; None for all of the operation's.
    takes: tuple[str, ...] | None = None
    #: What is always sent.
    fixed: Mapping[str, Any] = field(default_factory=dict)
    #: A second operation about the same record, whose answer is told under this name.
    beside: tuple[str, str, Told] | None = None
    #: Whether a file is sent with it.
    sends_file: bool = False
    #: Whether it puts something in the place of what was there.
    is_destructive: bool = False
    #: Whether doing it again changes nothing more.
    is_idempotent: bool = False


_NAMED = ("task_id", "task_number", "title", "status")
_WHEN = ("priority", "due_date", "deadline", "is_blocked")
_LISTED = told(*_NAMED, *_WHEN, "task_type", "assignee_id", "assignee_role", "bundle_id", found=told("text"))
_STEP = told("ref", "title", "description", "required", "is_completed", "left_out_reason")
_PROOF = told("task_proof_id", "label", "kind", "required", "value", "artifact_id", "given_at")
_VERSION = told("deliverable_id", "ref", "version_number", "deliverable_url", "artifact_id", "meta")
_ASKED_VERSION = told(
    *_VERSION, "type", "description", "required", "meta_schema", "gold_standard", "frozen_at", "delivered_at"
)
_APPROVAL = told("deliverable_id", "source", "status", "round_number", "decided_at", "feedback")
_FILE = told("artifact_id", "label", "type", "version_number", "file_name", "url", "approved_at")
_TASK = told(
    *_NAMED,
    *_WHEN,
    *("description", "status_reason", "task_type", "phase", "tags", "assignee_id", "assignee_role"),
    *("bundle_id", "template_id", "systems", "validation", "config", "tools", "rules", "expected_artifacts"),
    *("ordered_steps", "needs_links", "fills_link", "approval", "waiting_for", "follow_up_at"),
    *("requires_human_review", "revision"),
    steps=_STEP,
    proof=_PROOF,
    deliverables=_ASKED_VERSION,
    approvals=_APPROVAL,
    files=_FILE,
)
_GUIDANCE = told("instruction", "material", "links", "comes_after", "in_the_way", "can_do", "next")
_NOTE = told("task_note_id", "kind", "body", "created_by", "created_at")
_EVENT = told("at", "actor_name", "actor_kind", "action", "words", "changes")
_ITEM = told("section", "kind", "title", "why", "since", "deadline", "who", "task_id", "bundle_id")
_BUNDLE = told("bundle_id", "title", "template_id", "anchor_date", "stage", "status")
_LINK = told("name", "required", "state", "url")
_WHOLE_BUNDLE = told(
    *_BUNDLE,
    "partner",
    "campaign",
    "parameters",
    "progress",
    "revision",
    links=_LINK,
    tasks=told(*_NAMED, *_WHEN),
)
#: What is told of a task that was changed.
_CHANGED = told(*_NAMED, "status_reason", "is_blocked", "revision")
_PAGE = ("limit", "cursor")

READING = (
    Tool(
        name="who_am_i",
        operation="get_users",
        help="Say for whom you act, and with which roles.",
        takes=(),
        fixed={"user_id": "me"},
        told=told("user_id", "name", "roles", "employee_id", "timezone"),
    ),
    Tool(
        name="my_work",
        operation="list_tasks",
        help="List your own open tasks, what is due first standing first. Begin here.",
        takes=_PAGE,
        fixed={"assignee": "me", "status": "open"},
        told=told("total", "next", tasks=_LISTED),
    ),
    Tool(
        name="my_inbox",
        operation="list_inbox",
        takes=_PAGE,
        told=told("total", "next", inbox=_ITEM),
    ),
    Tool(
        name="find_tasks",
        operation="list_tasks",
        help="Search the tasks that you see, with words and fields: `assignee:me is:late "
        '"guest bio" -tag:paid`, `status:in_progress`, `bundle:bnd_…`, `assignee:nobody`.',
        takes=("q", "sort", *_PAGE),
        told=told("total", "next", tasks=_LISTED),
    ),
    Tool(
        name="read_task",
        operation="get_tasks",
        help="Read a task before you work on it: steps, proof that is asked for, what to hand over with its "
        "gold standard, decisions; and under `guidance` its instruction, its material, what stands in the "
        "way of its completion and what you can do now.",
        told=_TASK,
        beside=("guidance", "get_guidance", _GUIDANCE),
    ),
    Tool(
        name="task_notes",
        operation="list_tasks_notes",
        takes=("task_id", *_PAGE),
        told=told("total", "next", notes=_NOTE),
    ),
    Tool(
        name="task_history",
        operation="list_tasks_history",
        takes=("task_id", *_PAGE),
        told=told("total", "next", history=_EVENT),
    ),
    Tool(
        name="follow_task",
        operation="get_tasks_track",
        help="Follow an automated task while a program runs it: its steps, what was said since `after`, and "
        "what can be done. Ask again, with `next` as `after`, while `is_live`; a few seconds apart.",
        told=told(
            *("task_id", "task_status", "is_live", "not_begun", "next", "can_do", "refusal", "execution"),
            steps=told("name", "state", "seconds"),
            lines=told("at", "text"),
        ),
    ),
    Tool(
        name="find_bundles",
        operation="list_bundles",
        takes=("status", "template", "partner", "campaign", "text", *_PAGE),
        told=told("total", "next", bundles=told(*_BUNDLE, "tasks_total", "tasks_done", "tasks_late")),
    ),
    Tool(name="read_bundle", operation="get_bundles", told=_WHOLE_BUNDLE),
    Tool(
        name="list_templates",
        operation="list_templates",
        takes=_PAGE,
        told=told("total", "next", templates=told("key", "name", "description", "is_active")),
    ),
    Tool(
        name="read_template",
        operation="get_templates",
        help="Read a template: what it is for, the parameters that a start asks for, and its tasks.",
        told=told("key", "template"),
    ),
    Tool(
        name="preview_bundle",
        operation="get_previews",
        help="Say what starting a template would make, and store nothing. Show it before `bundle_create`.",
        told=told("key", "title", "anchor_date", "parameters", "links", "tasks", "left_out"),
    ),
    Tool(
        name="follow_events",
        operation="list_events",
        help="Read what happened since a cursor. The first call, without `after`, gives the cursor of now.",
        takes=("after", "limit"),
        told=told("events", "next"),
    ),
)
WRITING = (
    Tool(name="task_claim", operation="task_claim", told=_CHANGED, is_idempotent=True),
    Tool(name="task_start", operation="task_start", told=_CHANGED, is_idempotent=True),
    Tool(
        name="task_step",
        operation="task_step",
        told=told(*_CHANGED, steps=told("ref", "title", "is_completed", "left_out_reason")),
        is_destructive=True,
        is_idempotent=True,
    ),
    Tool(name="task_add_step", operation="task_add_step", told=told(*_CHANGED, steps=told("ref", "title"))),
    Tool(
        name="task_proof",
        operation="task_proof",
        help="Give evidence: a value, or with the `artifact_id` of a file of the task that file.",
        told=told(*_CHANGED, proof=_PROOF),
        is_destructive=True,
    ),
    Tool(
        name="task_file",
        operation="task_file",
        help="Add a file to a task; one of the same type and label is its next version. Hand it over with "
        "`task_deliverable` and its `artifact_id`, or give it as proof.",
        sends_file=True,
        told=told(*_CHANGED, files=_FILE),
    ),
    Tool(name="task_add_link", operation="task_add_link", told=told(*_CHANGED, files=_FILE)),
    Tool(
        name="task_deliverable",
        operation="task_deliverable",
        help="Hand over a deliverable that nobody has judged: an address, or a file that the task has "
        "(`artifact_id`), and the facts about it. Nothing is asked of anybody by that: see `task_submit`.",
        told=told(*_CHANGED, deliverables=_VERSION),
        is_destructive=True,
    ),
    Tool(
        name="task_add_deliverable",
        operation="task_add_deliverable",
        told=told(*_CHANGED, deliverables=_VERSION),
    ),
    Tool(name="task_resubmit", operation="task_resubmit", told=_VERSION),
    Tool(name="task_submit", operation="task_submit", told=told(*_CHANGED, approvals=_APPROVAL)),
    Tool(
        name="task_withdraw",
        operation="task_withdraw",
        told=_CHANGED,
        is_destructive=True,
        is_idempotent=True,
    ),
    Tool(name="task_link", operation="task_link", told=told(*_CHANGED, link=_LINK), is_destructive=True),
    Tool(name="task_note", operation="task_note", told=_CHANGED),
    Tool(name="task_help", operation="task_help", told=_CHANGED),
    Tool(name="task_wait", operation="task_wait", told=_CHANGED),
    Tool(name="task_block", operation="task_block", told=_CHANGED),
    Tool(name="task_resume", operation="task_resume", told=_CHANGED, is_idempotent=True),
    Tool(
        name="task_complete",
        operation="task_complete",
        told=_CHANGED,
        is_idempotent=True,
    ),
    Tool(
        name="bundle_create",
        operation="bundle_create",
        told=told(
            *_BUNDLE, "parameters", "warnings", links=_LINK, tasks=told(*_NAMED, "due_date", "is_blocked")
        ),
    ),
    Tool(name="bundle_link", operation="bundle_link", told=told(*_BUNDLE, links=_LINK), is_destructive=True),
    Tool(
        name="act_undo",
        operation="act_undo",
        help="Undo what you have just done, within a minute: the `act_id` of `done` says what.",
        told=told("message"),
        is_destructive=True,
    ),
)
TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in (*READING, *WRITING)}
