"""The form that makes a task from one line, alone or in a bundle, and the one for another of a template.

What is made from My work, and by the key ``t`` on pages that have no place for a task of their own, is for
whoever makes it unless they say otherwise: they write down what they mean to do, and a task that belongs to
nobody is on nobody's list. The board and a bundle plan for all: there a task is nobody's until it says whose.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.access import Permission, require
from engine.bundles import add_task, pins, service
from engine.bundles.add_task import Another
from engine.bundles.models import Bundle
from engine.bundles.visibility import BundleChange, get_changeable
from engine.catalog.parameters import render
from engine.errors import BadRequestError
from engine.reference.models import Campaign, Employee
from engine.tasks import create, dependencies, quick, quick_add
from engine.tasks.quick_add import Kind, Understood
from engine.transaction import Transaction
from web.pages import choices, parameter_fields
from web.pages.choices import Choices, People
from web.pages.parameter_fields import PREFIX, ParameterField

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: Where the piece begins that shall be text.
AS_TEXT = "as_text"
#: Whose the task shall be, by a press below the line: one of the following.
WHOSE = "whose"
MINE, NOBODYS, SOMEBODYS = "mine", "nobodys", "somebodys"
#: What stands on the form beside the line, in its order.
MORE = (
    "task_type", "description", "assignee", "due_date", "deadline", "priority", "urgency", "tags", "campaign",
    "phase", "depends_on",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AnotherForm:
    """What another task of the template asks for, and what it would be."""

    ref: str
    #: The parameters that make it what it is.
    fields: list[ParameterField]
    #: What they start with, by input: as the bundle has them, or as they were typed.
    values: Mapping[str, str]
    #: What would be made; None while something is wrong.
    found: Another | None = None
    #: Who would do it: a name, or a role.
    who: str = ""
    #: What is wrong, in the form's words.
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewTaskPage:
    """The form as it stands now."""

    #: What was typed, by field.
    typed: Mapping[str, str]
    #: What the line says; None while there is none.
    understood: Understood | None
    #: What a second press of the same form is known by.
    idempotency_key: str
    #: Where the form was opened, and leads back to.
    back: str
    people: People
    #: What may be chosen, by field.
    options: Mapping[str, Choices]
    #: The bundle that the task joins; None where it stands alone.
    bundle: Bundle | None = None
    #: Another task of the bundle's template, once one is chosen.
    another: AnotherForm | None = None
    #: Whether it may be for whoever makes it, who is an employee then.
    may_be_mine: bool = False

    @property
    def address(self) -> str:
        """Where the form is; its preview is below it."""
        return f"/bundles/{self.bundle.bundle_id}/add-task" if self.bundle else "/tasks/new"

    @property
    def kept(self) -> dict[str, str]:
        """What stays while somebody is searched for: where it leads back to, and whose it is till then."""
        return {name: value for name in ("back", "mine") if (value := self.typed.get(name, ""))}

    @property
    def is_more_open(self) -> bool:
        """Whether anything is filled in beside the line, or shall be."""
        return self.asks_who or any(self.typed.get(name) for name in MORE)

    @property
    def asks_who(self) -> bool:
        """Whether who does it is to be chosen now."""
        return self.typed.get(WHOSE) == SOMEBODYS

    @property
    def is_mine(self) -> bool:
        """Whether it is for whoever makes it, where neither the line nor a choice names somebody."""
        return self.may_be_mine and self.typed.get("mine") == "true"

    @property
    def is_named(self) -> bool:
        """Whether the line says who does it."""
        return self.understood is not None and any(
            piece.kind is Kind.PERSON for piece in self.understood.pieces
        )

    @property
    def chosen(self) -> str:
        """The name of whoever was chosen to do it; empty where nobody was."""
        key = self.typed.get("assignee", "")
        return dict(self.people.options).get(key, "") if key else ""


def load(tx: Transaction, content: Content, typed: Mapping[str, str], find: str = "") -> NewTaskPage:
    """Return the form with what was typed, and one of its pieces taken as text where that was asked for.

    Raises:
        ForbiddenError: the actor makes no tasks; a refusal shows them no form either.
    """
    require(tx.actor, Permission.WORK_OWN, "make tasks")
    typed = _with_whose(with_piece_as_text(tx, typed))
    return NewTaskPage(
        typed=typed,
        understood=understood(tx, typed),
        idempotency_key=typed.get("idempotency_key") or secrets.token_urlsafe(12),
        back=typed.get("back", ""),
        people=choices.assignees(tx, typed.get("assignee"), find),
        options={"task_type": _types(content), "campaign": _campaigns(tx)},
        may_be_mine=tx.actor.employee_id is not None,
    )


def load_for_bundle(
    tx: Transaction, content: Content, bundle_id: str, typed: Mapping[str, str], find: str = ""
) -> NewTaskPage:
    """Return the form for a task of a running bundle, and that for another of its template.

    Raises:
        NotFoundError: there is no such bundle, or the actor may not see it.
        ForbiddenError: the actor may not add to it.
        ConflictError: it is closed.
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.ADD_TASK)
    service.require_active(bundle, BundleChange.ADD_TASK.value)
    page = load(tx, content, typed, find)
    template = pins.resolved_of(tx, bundle).template
    rows = dependencies.of_bundle(tx, bundle_id).inside
    options: dict[str, Choices] = {
        **page.options,
        "phase": [("", "none"), *((phase.key, phase.name) for phase in template.phases)],
        "depends_on": [("", "nothing"), *((row.task_id, f"#{row.task_number} {row.title}") for row in rows)],
        "ref": [
            ("", "Choose one"),
            *((task.ref, render(task.title, bundle.parameters)) for task in template.tasks),
        ],
    }
    is_known = typed.get("ref") in [task.ref for task in template.tasks]
    another = _another(tx, content, bundle, typed) if is_known else None
    return replace(page, bundle=bundle, options=options, another=another)


def given_parameters(tx: Transaction, bundle_id: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the typed values of the parameters that the form for another task carries.

    Raises:
        NotFoundError: there is no such bundle, or the actor may not see it.
    """
    template = pins.resolved_of(tx, tx.get(Bundle, bundle_id)).template
    if typed.get("ref") not in [task.ref for task in template.tasks]:
        return {}
    return parameter_fields.read(add_task.parameters_of(template, typed["ref"]), typed)


def labels_of(tx: Transaction, bundle_id: str) -> dict[str, str]:
    """Return what people call the parameters of a bundle, by their names."""
    schema = pins.resolved_of(tx, tx.get(Bundle, bundle_id)).template.parameters
    return {asked.name: asked.label for asked in parameter_fields.fields_of(schema)}


def _another(tx: Transaction, content: Content, bundle: Bundle, typed: Mapping[str, str]) -> AnotherForm:
    ref = typed["ref"]
    asked = parameter_fields.fields_of(add_task.parameters_of(pins.resolved_of(tx, bundle).template, ref))
    has_values = any(name.startswith(PREFIX) for name in typed)
    values = {
        field.key: typed.get(field.key, "") if has_values else _start(bundle.parameters.get(field.name))
        for field in asked
    }
    given = given_parameters(tx, bundle.bundle_id, {**values, "ref": ref})
    try:
        title = typed.get("title", "").strip() or None
        found = add_task.plan(tx, bundle, ref, given, title, calendars=content.calendars)
    except BadRequestError as error:
        labels = {field.name: field.label for field in asked}
        details = [parameter_fields.at_input(detail, labels) for detail in error.details]
        troubles = tuple(str(detail["message"]) for detail in details) or (error.message,)
        return AnotherForm(ref=ref, fields=asked, values=values, troubles=troubles)
    return AnotherForm(ref=ref, fields=asked, values=values, found=found, who=_who(tx, found))


def _start(value: object) -> str:
    return "true" if value is True else "" if value is False else parameter_fields.text_of(value)


def _who(tx: Transaction, found: Another) -> str:
    person = tx.find_by_key(Employee, found.planned.assignee_id) if found.planned.assignee_id else None
    role = found.planned.assignee_role
    return person.name if person else f"any {role.replace('_', ' ')}" if role else ""


def understood(tx: Transaction, typed: Mapping[str, str]) -> Understood | None:
    """Return what the line says, as far as there is one of a length that is read."""
    line = typed.get("line", "").strip()
    return quick.understand(tx, line) if 0 < len(line) <= quick.LONGEST_LINE else None


def with_piece_as_text(tx: Transaction, typed: Mapping[str, str]) -> Mapping[str, str]:
    """Return what was typed with that piece of its line in quotes which the form names by its place."""
    found = understood(tx, typed) if AS_TEXT in typed else None
    for piece in found.pieces if found else ():
        if str(piece.start) == typed[AS_TEXT]:
            return {**typed, "line": quick_add.as_text(typed["line"].strip(), piece)}
    return typed


def _with_whose(typed: Mapping[str, str]) -> Mapping[str, str]:
    """Return what was typed with whose it shall be by the button pressed; what was chosen gives way."""
    if typed.get(WHOSE) not in (MINE, NOBODYS):
        return typed
    return {**typed, "mine": "true" if typed[WHOSE] == MINE else "false", "assignee": ""}


def _types(content: Content) -> Choices:
    """List the types of what people do: a task made here is a person's; a program's asks for more."""
    simplest = create.simplest_type(content)
    others = sorted(
        (kind.name, kind.key)
        for kind in content.task_types.values()
        if kind.is_active and kind.executor == "human" and kind != simplest
    )
    return [("", simplest.name), *((key, name) for name, key in others)]


def _campaigns(tx: Transaction) -> Choices:
    active = [item for item in tx.find(Campaign, order_by=("key",)) if item.is_active]
    return [("", "none"), *((item.key, item.name) for item in active)]
