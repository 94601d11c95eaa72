"""Templates and task types as they are live: what ``content show`` prints, for a partner or campaign too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from engine.access import Permission, require
from engine.bundles.subjects import find_subject
from engine.catalog.content import Content
from engine.catalog.models import TaskTemplate, TaskType
from engine.errors import NotFoundError
from engine.inputs import Input
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Page, cut
from web.api.resources.base import Described, Resource
from web.context import current_workbench


@dataclass(frozen=True)
class Shown:
    """A template as it is for whom it was asked for."""

    key: str
    told: Mapping[str, Any]


class ForWhom(Input):
    """For whom a template is asked for."""

    partner: str | None = Field(None, description="The key of a partner, with whose override it is shown.")
    campaign: str | None = Field(None, description="The key of a campaign, which implies its partner.")


def _content(tx: Transaction) -> Content:
    require(tx.actor, Permission.BROWSE_TEMPLATES, "read templates")
    return current_workbench().content()


def _templates(tx: Transaction, asked: Asked) -> Page:
    content = _content(tx)
    return cut([content.templates[key] for key in sorted(content.templates)], asked, lambda one: (one.key,))


def _template(tx: Transaction, key: str, asked: Mapping[str, Any]) -> Shown:
    """Return a template with the origin of every value."""
    content, whom = _content(tx), find_subject(tx, asked.get("partner"), asked.get("campaign"))
    resolved = content.resolve(key, partner=whom.partner_key, campaign=whom.campaign_key)
    return Shown(key, resolved.as_json())


def _told(_: Transaction, shown: Sequence[Shown]) -> Described:
    return [{"key": one.key, **one.told} for one in shown]


def _line(_: Transaction, templates: Sequence[TaskTemplate]) -> Described:
    return [
        {"key": one.key, "name": one.name, "description": one.description, "is_active": one.is_active}
        for one in templates
    ]


def _types(tx: Transaction, asked: Asked) -> Page:
    kinds = _content(tx).task_types
    return cut([kinds[key] for key in sorted(kinds)], asked, lambda one: (one.key,))


def _type(tx: Transaction, key: str) -> TaskType:
    found = _content(tx).task_types.get(key)
    if found is None:
        raise NotFoundError(f"There is no task type {key!r}. Check the key.")
    return found


def _types_told(_: Transaction, kinds: Sequence[TaskType]) -> Described:
    return [{"key": one.key, "task_type": one.model_dump(mode="json")} for one in kinds]


_KEY = schemas.said(schemas.TEXT, "What bundles and addresses call it.")
TEMPLATES = Resource(
    name="templates",
    record=TaskTemplate,
    help="The templates that are live; one of them resolved, with the origin of every value.",
    find=lambda tx, key: _template(tx, key, {}),
    find_with=_template,
    item_filters=ForWhom,
    list=_templates,
    describe=_told,
    schema=schemas.shape(
        "A template as it is for whom it was asked for.",
        {
            "key": _KEY,
            "template": schemas.said(
                schemas.OBJECT,
                "All that it says, merged. `parameters` is the JSON Schema of what a start asks for, null "
                "where that is nothing; `tasks` are what it makes.",
            ),
            "origins": schemas.said(
                schemas.OBJECT, "Of each value, by its JSON pointer: level, file, line and commit."
            ),
        },
    ),
    describe_listed=_line,
    listed_schema=schemas.shape(
        "A template.",
        {
            "key": _KEY,
            "name": schemas.said(schemas.TEXT, "What people call it."),
            "description": schemas.said(schemas.OPTIONAL_TEXT, "What it is for."),
            "is_active": schemas.said(schemas.YES_NO, "Whether bundles may be started from it."),
        },
    ),
    id_field="key",
)
TASK_TYPES = Resource(
    name="task-types",
    record=TaskType,
    help="The shapes of kinds of work that are live.",
    find=_type,
    list=_types,
    describe=_types_told,
    schema=schemas.shape(
        "A task type.",
        {
            "key": _KEY,
            "task_type": schemas.said(
                schemas.OBJECT, "All that it says: its words, and what tasks of it need."
            ),
        },
    ),
    id_field="key",
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (TEMPLATES, TASK_TYPES)}
