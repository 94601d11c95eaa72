"""Starts a recipe, and says which task of a bundle is its ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.bundles import instantiate
from engine.bundles.instantiate import Started
from engine.bundles.models import Bundle
from engine.bundles.request import NewBundle
from engine.bundles.subjects import find_subject
from engine.bundles.warned import Warned
from engine.errors import TemplateNotFoundError
from engine.executions import service
from engine.executions.models import Execution, Trigger
from engine.idempotency import once
from engine.recipes import gallery
from engine.recipes.inputs import StartRecipe
from engine.tasks.models import Task, TaskStatus
from engine.tasks.read_models import in_order
from engine.tasks.states import StateClass
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content
    from engine.catalog.resolved import ResolvedTemplate

_ACTION = "recipe_start"
_BEGUN = frozenset({TaskStatus.QUEUED, TaskStatus.IN_PROGRESS})


@dataclass(frozen=True, kw_only=True)
class StartedRecipe:
    """What came of starting a recipe, as far as it is known."""

    recipe: str
    bundle: Bundle
    #: The task that a program does first; None where people begin.
    ticket: Task | None
    #: The last attempt at it; None where it waits for something else, such as a human review.
    execution: Execution | None
    #: What to look at among the dates.
    warnings: list[Warned]

    @property
    def message(self) -> str:
        """What is said about it."""
        if self.ticket is None:
            return f"“{self.bundle.title}” is started."
        if self.ticket.status is TaskStatus.QUEUED:
            return f"“{self.bundle.title}” is queued: a worker runs it."
        return f"“{self.bundle.title}” is started; its task is {self.ticket.status.said}."

    @property
    def is_under_way(self) -> bool:
        """Whether a program is at it, or will be without anybody's doing."""
        is_live = self.execution is not None and self.execution.is_live
        return self.ticket is not None and is_live and self.ticket.status in _BEGUN

    @property
    def is_unsuccessful(self) -> bool:
        """Whether a program was to do it, and has not done it."""
        return self.ticket is not None and self.ticket.ticket_state is not StateClass.SUCCEEDED

    def as_json(self) -> Mapping[str, Any]:
        """Return it as JSON data; ``work_ticket_id`` is what earlier systems call the ticket (TKT-02)."""
        task, one = self.ticket, self.execution
        return {
            "recipe": self.recipe,
            "bundle_id": self.bundle.bundle_id,
            "title": self.bundle.title,
            "parameters": self.bundle.parameters,
            "work_ticket_id": task.task_id if task else None,
            "status": task.status if task else None,
            "state_class": task.ticket_state if task else None,
            "execution_id": one.execution_id if one else None,
            "execution_status": one.status if one else None,
            "error": one.error if one else None,
            "result": task.result if task else None,
            "result_summary": task.result_summary if task else None,
            "warnings": [warned.as_json() for warned in self.warnings],
        }


def start(tx: Transaction, content: Content, request: StartRecipe) -> StartedRecipe:
    """Start the bundle of a recipe, or give the one made before under its idempotency key (RCP-06, TKT-02).

    Its first task, where that is a program's, is queued in the same transaction, unless something must come
    before it.

    Raises:
        TemplateNotFoundError: no such recipe, or it is retired or a draft (RCP-09).
        Others as ``instantiate.start``.
    """
    made: list[Started] = []

    def make() -> Bundle:
        made.append(instantiate.start(tx, content, _new_bundle(tx, content, request)))
        return made[0].bundle

    bundle = once(tx, Bundle, key=request.idempotency_key, action=_ACTION, body=request.body(), make=make)
    if made and (ticket := ticket_of(tx, bundle.bundle_id)) is not None:
        # The reaction to its making would do the same, after the answer is put together.
        service.begin(tx, ticket, Trigger.CREATION)
    return known(tx, bundle, made[0].warnings if made else [])


def known(tx: Transaction, bundle: Bundle, warnings: list[Warned]) -> StartedRecipe:
    """Return what is known by now of a recipe that was started."""
    tx.flush()
    ticket = ticket_of(tx, bundle.bundle_id)
    return StartedRecipe(
        recipe=bundle.template_id,
        bundle=bundle,
        ticket=ticket,
        execution=service.last_of(tx, ticket) if ticket is not None else None,
        warnings=warnings,
    )


def ticket_of(tx: Transaction, bundle_id: str) -> Task | None:
    """Return the bundle's first task, where a program does it; None where people begin."""
    first = min(tx.find(Task, bundle_id=bundle_id), key=in_order, default=None)
    return first if first is not None and first.execution_type is not None else None


def find_recipe(
    tx: Transaction, content: Content, key: str, *, partner: str | None = None, campaign: str | None = None
) -> ResolvedTemplate:
    """Return a recipe that can be started, as it is for a partner or campaign.

    Raises:
        TemplateNotFoundError: there is none with that key, or it cannot be started any more, or not yet.
        BadRequestError: a key of a partner or campaign is unknown.
        ContentError: it cannot be used as it is.
    """
    template = content.templates.get(key)
    if key in gallery.current(content):
        subject = find_subject(tx, partner, campaign)
        return content.resolve(key, partner=subject.partner_key, campaign=subject.campaign_key)
    if template is None:
        raise TemplateNotFoundError(f"There is no recipe {key}. workbench recipe list shows which there are.")
    if template.recipe is None:
        raise TemplateNotFoundError(
            f"{key} is a template and no recipe: it has no recipe: block. workbench bundle create starts it."
        )
    raise TemplateNotFoundError(
        f"The recipe {key} is {template.status}; only active ones can be started. Choose another, or ask "
        f"{template.owner or 'its owner'} to make it active."
    )


def _new_bundle(tx: Transaction, content: Content, request: StartRecipe) -> NewBundle:
    resolved = find_recipe(tx, content, request.recipe, partner=request.partner, campaign=request.campaign)
    return NewBundle(
        template=request.recipe,
        anchor_date=request.anchor_date or gallery.suggested_anchor(tx, resolved),
        title=request.title,
        partner=request.partner,
        campaign=request.campaign,
        parameters=request.parameters,
    )
