"""Which fields of a task keep what its definition says, by the names that ``on_change`` has for it."""

from __future__ import annotations

from collections.abc import Mapping

#: The first is what people read of it.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "description": ("description",),
    "task_type": ("task_type", "type_category", "category", "qa"),
    "phase": ("phase",),
    "milestone": ("milestone",),
    "stage_on_complete": ("stage_on_complete",),
    "due_date": ("due_date", "deadline", "due_rule"),
    "assignee": ("assignee_id", "assignee_role"),
    "priority": ("priority",),
    "urgency": ("urgency",),
    "planned_minutes": ("planned_minutes",),
    "tags": ("tags",),
    "systems": ("systems",),
    "instruction_doc_id": ("instruction_doc_id",),
    "instruction_step_id": ("instruction_step_id",),
    "instructions_url": ("instructions_url",),
    "validation": ("validation",),
    "ordered_steps": ("ordered_steps",),
    "fills_link": ("fills_link",),
    "needs_links": ("needs_links",),
    "expected_artifacts": ("expected_artifacts",),
    "waiting": ("waiting_defaults",),
    "skip": ("skip",),
    "execution": (
        "execution_type",
        "execution_config",
        "assigned_to_bot",
        "max_retries",
        "requires_human_review",
    ),
    "approval": ("approval",),
    "config": ("config",),
    "tools": ("tools",),
    "rules": ("rules",),
}
#: What is kept in records of its own, or told by the ids of other tasks.
OF_RECORDS = frozenset({"steps", "deliverables", "proof", "depends_on"})
#: What a task does not keep: it is read from the pinned template.
OF_PIN = frozenset({"icon", "reminders", "when"})
