"""What one reads before work begins: the guidance of a task, and what starting a template would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from engine.bundles import instantiate, links, pins
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.plan import BundlePlan, PlannedTask
from engine.bundles.request import NewBundle
from engine.catalog.docs import ProcessDoc
from engine.clock import to_text
from engine.deliverables import actions, state
from engine.deliverables.next_step import next_step
from engine.errors import bad_field
from engine.inputs import Day, Input
from engine.reference.models import CampaignAttachment, Employee
from engine.reports.guidance import material_of
from engine.tasks import dependencies, facts, lookup, visibility
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.api import bodies, schemas
from web.api.resources.base import Described, Resource
from web.context import current_workbench

# -- guidance ------------------------------------------------------------------------------


def _guidance(tx: Transaction, tasks: Sequence[Task]) -> Described:
    return [_of_task(tx, task) for task in tasks]


def _of_task(tx: Transaction, task: Task) -> dict[str, Any]:
    case = facts.load(tx, task)
    allowed = actions.allowed_for(tx, [task], {task.task_id: case})[task.task_id]
    in_the_way = dependencies.redact(tx, case.violations) if task.is_active else []
    following = next_step(allowed, case.violations, state.of_case(tx, case).state)
    return {
        "task_id": task.task_id,
        "instruction": _instruction(tx, task),
        "material": [
            {name: getattr(one, name) for name in _OF_MATERIAL}
            for one in material_of(tx, task)
            if one.removed_at is None
        ],
        "links": [{name: getattr(one, name) for name in _OF_LINK} for one in _links(tx, task)],
        "comes_after": [{name: getattr(one, name) for name in _OF_TASK} for one in _earlier(tx, task)],
        "in_the_way": [violation.as_detail() for violation in in_the_way],
        "can_do": [action.name for action in allowed],
        "next": following.label if following else None,
    }


def _instruction(tx: Transaction, task: Task) -> dict[str, Any]:
    """Return what the task's process doc says: as its bundle pinned it, else as it is live."""
    document = _documents(tx, task).get(task.instruction_doc_id or "") if task.instruction_doc_id else None
    part = document.step(task.instruction_step_id or "") if document else None
    text = part.body if part else document.body if document else None
    return {
        "document": document.title if document else None,
        "part": part.title if part else None,
        "text": text,
        "url": task.instructions_url,
    }


def _documents(tx: Transaction, task: Task) -> Mapping[str, ProcessDoc]:
    if task.bundle_id is None:
        return current_workbench().content().process_docs
    bundle = tx.find_by_key(Bundle, task.bundle_id)
    return pins.resolved_of(tx, bundle).process_docs if bundle else {}


def _links(tx: Transaction, task: Task) -> Sequence[BundleLink]:
    """Return the links of its bundle that the task needs or fills."""
    wanted = {*task.needs_links, task.fills_link}
    return [one for one in links.links_of(tx, task.bundle_id) if one.name in wanted] if task.bundle_id else []


def _earlier(tx: Transaction, task: Task) -> Sequence[Task]:
    """Return the tasks that it comes after, as far as the actor sees them."""
    tx.read_ahead({Task: task.depends_on})
    known = [one for key in task.depends_on if (one := tx.find_by_key(Task, key)) is not None]
    seen = visibility.seen_among(tx, known)
    return [one for one in known if one.task_id in seen]


_OF_MATERIAL = ("label", "url", "type")
_OF_LINK = ("name", "required", "state", "url")
_OF_TASK = ("task_id", "task_number", "title", "status")
_INSTRUCTION = schemas.shape(
    "How the work is done.",
    {
        "document": schemas.said(schemas.OPTIONAL_TEXT, "The title of its process doc. Null without one."),
        "part": schemas.said(schemas.OPTIONAL_TEXT, "The part of it that is meant. Null for all of it."),
        "text": schemas.said(schemas.OPTIONAL_TEXT, "What it says, in Markdown. Null without a process doc."),
        "url": schemas.said(schemas.OPTIONAL_TEXT, "An address with instructions. Null without one."),
    },
)
_VIOLATION = {
    "type": "object",
    "description": "One thing that is missing.",
    "properties": {
        "code": schemas.TEXT,
        "message": schemas.said(schemas.TEXT, "What is missing, and what to do."),
        "area": schemas.said(schemas.TEXT, "proof, deliverables, steps, links, dependencies or approval."),
        "subject": schemas.said(schemas.TEXT, "The id or name of what is missing."),
    },
    "required": ["code", "message", "area", "subject"],
}
GUIDANCE = Resource(
    name="guidance",
    record=Task,
    called="Guidance",
    help="What one reads before working a task: how it is done, with what, and what stands in the way.",
    find=lookup.find,
    describe=_guidance,
    schema=schemas.shape(
        "What one reads before working a task.",
        {
            "task_id": schemas.said(schemas.TEXT, "The task."),
            "instruction": _INSTRUCTION,
            "material": schemas.some(
                schemas.of(CampaignAttachment, only=_OF_MATERIAL),
                "The material of its campaign for this work.",
            ),
            "links": schemas.some(
                schemas.of(BundleLink, only=_OF_LINK), "The links of its bundle that it needs or fills."
            ),
            "comes_after": schemas.some(
                schemas.of(Task, only=_OF_TASK), "The tasks that it comes after, as far as you see them."
            ),
            "in_the_way": schemas.some(_VIOLATION, "Everything that stands in the way of its completion."),
            "can_do": schemas.some(schemas.TEXT, "What you can do with it now, the step forward first."),
            "next": schemas.said(
                schemas.OPTIONAL_TEXT, "What comes next, in words. Null where nothing does."
            ),
        },
    ),
    id_field="task_id",
    item_topics=None,
)

# -- previews ------------------------------------------------------------------------------


class PreviewAsked(Input):
    """How a template would be started."""

    anchor_date: Day = Field(description="The day that offsets count from, YYYY-MM-DD.")
    title: str | None = Field(None, max_length=500, description="Another title than the template's.")
    partner: str | None = Field(None, description="The key of a partner.")
    campaign: str | None = Field(None, description="The key of a campaign; implies its partner.")
    parameters: str | None = Field(
        None,
        description="What the template asks for, by name, as a JSON object.",
        json_schema_extra={"contentMediaType": "application/json", "contentSchema": {"type": "object"}},
    )


@dataclass(frozen=True)
class Preview:
    """What a start would make, with the names of those who would do it."""

    key: str
    plan: BundlePlan


def _preview(tx: Transaction, key: str, asked: Mapping[str, Any]) -> Preview:
    new = NewBundle(template=key, **{**asked, "parameters": _parameters(asked.get("parameters"))})
    return Preview(key, instantiate.preview(tx, current_workbench().content(), new))


def _parameters(text: str | None) -> Any:
    """Return the parameters that a query says; a start refuses what is no object.

    Raises:
        BadRequestError: it is no JSON, as with the body of a start.
    """
    try:
        return bodies.values_of(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise bad_field("parameters", "is not JSON; write an object, with a value for each name") from error


def _told(tx: Transaction, previews: Sequence[Preview]) -> Described:
    return [_described(tx, one) for one in previews]


def _described(tx: Transaction, preview: Preview) -> dict[str, Any]:
    plan = preview.plan
    tx.read_ahead({Employee: (task.assignee_id for task in plan.tasks)})
    return {
        "key": preview.key,
        "title": plan.title,
        "anchor_date": plan.anchor_date,
        "parameters": plan.parameters,
        "links": [link.name for link in plan.links],
        "tasks": [_planned(tx, task) for task in plan.tasks],
        "left_out": [*plan.left_out],
    }


def _planned(tx: Transaction, task: PlannedTask) -> dict[str, Any]:
    who = tx.find_by_key(Employee, task.assignee_id) if task.assignee_id else None
    return {
        "ref": task.ref,
        "title": task.title,
        "due_date": task.due_date,
        "deadline": to_text(task.deadline) if task.deadline else None,
        "assignee": who.key if who else None,
        "assignee_role": task.assignee_role,
        "depends_on": [*task.depends_on],
        "warnings": [*task.warnings],
    }


_PLANNED = schemas.shape(
    "A task that would be made.",
    {
        "ref": schemas.said(schemas.TEXT, "What the template calls it."),
        "title": schemas.said(schemas.TEXT, "What it would be called."),
        "due_date": schemas.said(schemas.OPTIONAL_DAY, "When it would be due. Null without a date."),
        "deadline": schemas.said(schemas.OPTIONAL_MOMENT, "The moment at which that day is over. UTC."),
        "assignee": schemas.said(schemas.OPTIONAL_TEXT, "The key of who would do it. Null for nobody yet."),
        "assignee_role": schemas.said(
            schemas.OPTIONAL_TEXT, "The role that it would wait for. Null without."
        ),
        "depends_on": schemas.some(schemas.TEXT, "The refs of the tasks that it would come after."),
        "warnings": schemas.some(schemas.TEXT, "What a person should know of its date."),
    },
)
PREVIEWS = Resource(
    name="previews",
    record=Bundle,
    called="Preview",
    help="What starting a template would make: its tasks, dated and assigned. Nothing is stored.",
    find=lambda tx, key: _preview(tx, key, {}),
    find_with=_preview,
    item_filters=PreviewAsked,
    describe=_told,
    schema=schemas.shape(
        "A bundle as it would be made.",
        {
            "key": schemas.said(schemas.TEXT, "The template."),
            "title": schemas.said(schemas.TEXT, "What the bundle would be called."),
            "anchor_date": schemas.said(schemas.DAY, "The day that offsets count from."),
            "parameters": schemas.said(schemas.OBJECT, "Those that were given, and the others' defaults."),
            "links": schemas.some(schemas.TEXT, "The names of the links that it would have to fill."),
            "tasks": schemas.some(_PLANNED, "The tasks that would be made, in the template's order."),
            "left_out": schemas.some(
                schemas.TEXT, "The refs of tasks that are not needed with these parameters."
            ),
        },
    ),
    id_field="key",
    item_topics=None,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (GUIDANCE, PREVIEWS)}
