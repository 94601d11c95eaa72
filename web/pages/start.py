"""The start form: what it asks, what was typed, and what starting would make."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.bundles import instantiate
from engine.bundles.plan import BundlePlan, PlannedTask, title_of
from engine.bundles.request import NewBundle
from engine.bundles.subjects import Subject, find_subject
from engine.catalog.catalog import Content
from engine.catalog.models import TaskTemplate
from engine.catalog.parameters import label_of
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import BadRequestError, IdempotencyKeyReusedError, UnavailableError, WorkbenchError
from engine.recipes import gallery
from engine.reference.models import Campaign, Employee, Partner
from engine.transaction import Transaction
from web.forms import NAME_FIELD
from web.pages import parameter_fields
from web.pages.choices import Choices
from web.pages.parameter_fields import ParameterField

_SUBJECT = "for"


@dataclass(frozen=True)
class StartPage:
    """The form for one template, as it stands now."""

    #: What was asked for: the template's key, or one that is missing and replaced (RES-04).
    key: str
    resolved: ResolvedTemplate
    #: What was typed; empty for a fresh form.
    typed: Mapping[str, str]
    #: The parameters.
    fields: Sequence[ParameterField]
    #: Whom it can be for: nobody, a partner as a whole, or one of its campaigns.
    subjects: Choices
    #: The first working day on which no task would be due in the past.
    suggested_anchor: date
    #: What starting would make now, or why it cannot be started yet.
    plan: BundlePlan | WorkbenchError
    #: The employees' names by id.
    names: Mapping[str, str]
    #: What makes a double submit start one bundle; new for each fresh form.
    idempotency_key: str

    @property
    def is_replaced(self) -> bool:
        """Whether another template takes the place of a missing one."""
        return self.key != self.resolved.key

    @property
    def own_title(self) -> str:
        """The title that a bundle gets where none is given, with what it takes from the form by its label."""
        if self.is_replaced:
            return f"{self.template.name}: {self.key}"
        schema = self.template.parameters
        labels = {name: f"({label_of(schema, name)})" for name in (schema or {}).get("properties", {})}
        return title_of(self.template, labels)

    @property
    def template(self) -> TaskTemplate:
        """What is started, as it is for the chosen partner or campaign."""
        return self.resolved.template

    def value(self, name: str, otherwise: str = "") -> str:
        """Give the value that an input shows: what was typed, else what it starts with."""
        return self.typed.get(name, otherwise)

    def is_ticked(self, asked: ParameterField) -> bool:
        """Whether a box is ticked: as it was sent, else as it starts; an unticked box sends nothing."""
        return self.typed.get(asked.key, "" if _was_sent(self.typed) else asked.start) == "true"

    @property
    def subject(self) -> str:
        """Whom it is for, as the choice says it."""
        partner, campaign = subject_of(self.typed)
        return f"campaign:{campaign}" if campaign else f"partner:{partner}" if partner else ""

    @property
    def planned(self) -> BundlePlan | None:
        """The plan, if there is one."""
        return self.plan if isinstance(self.plan, BundlePlan) else None

    @property
    def trouble(self) -> list[str]:
        """What must be put right before there is a plan."""
        if isinstance(self.plan, BundlePlan):
            return []
        return [str(detail["message"]) for detail in self.plan.details] or [self.plan.message]

    @property
    def phases(self) -> list[tuple[str, list[PlannedTask]]]:
        """The planned tasks by the names of their phases, in the template's order; those without one last."""
        names: dict[str | None, str] = {phase.key: phase.name for phase in self.template.phases}
        tasks = self.planned.tasks if self.planned else ()
        groups = [
            (name, [task for task in tasks if task.definition.phase == key]) for key, name in names.items()
        ]
        groups.append(("", [task for task in tasks if task.definition.phase not in names]))
        return [(name, group) for name, group in groups if group]

    @property
    def warned(self) -> int:
        """How many tasks have a warning."""
        return sum(1 for task in self.planned.tasks if task.warnings) if self.planned else 0


def load(tx: Transaction, content: Content, key: str, typed: Mapping[str, str]) -> StartPage:
    """Return the form of a template for whom ``typed`` names.

    Raises:
        TemplateNotFoundError: there is no such template.
        ContentError: it cannot be used for this partner or campaign.
    """
    tx.find_together((Partner, {}), (Campaign, {}), (Employee, {}))
    resolved = resolve(tx, content, key, typed)
    fields = parameter_fields.fields_of(resolved.template.parameters)
    anchor = gallery.suggested_anchor(tx, resolved)
    start = {} if _was_sent(typed) else {asked.key: asked.start for asked in fields}
    return StartPage(
        key=key,
        resolved=resolved,
        typed=typed,
        fields=fields,
        subjects=subjects_of(tx),
        suggested_anchor=anchor,
        plan=_plan(tx, content, key, resolved, {"anchor_date": anchor.isoformat(), **start, **typed}),
        names={item.employee_id: item.name for item in tx.find(Employee)},
        idempotency_key=typed.get("idempotency_key") or secrets.token_urlsafe(18),
    )


def _was_sent(typed: Mapping[str, str]) -> bool:
    """Whether the form itself was sent, rather than its address opened."""
    return NAME_FIELD in typed


def subjects_of(tx: Transaction) -> Choices:
    """Return whom work can be done for: nobody, a partner as a whole, or one of its campaigns."""
    partners = [item for item in tx.find(Partner, order_by=("key",)) if item.is_active]
    campaigns = [item for item in tx.find(Campaign, order_by=("key",)) if item.is_active]
    choices = [("", "our own work")]
    for partner in partners:
        choices.append((f"partner:{partner.key}", partner.name))
        choices += [
            (f"campaign:{item.key}", f"{partner.name}, campaign {item.name}")
            for item in campaigns
            if item.partner_id == partner.partner_id
        ]
    return choices


def _plan(
    tx: Transaction, content: Content, key: str, resolved: ResolvedTemplate, form: Mapping[str, str]
) -> BundlePlan | WorkbenchError:
    try:
        return instantiate.preview(tx, content, requested(key, resolved, form))
    except UnavailableError:
        raise
    except WorkbenchError as error:
        return named(error, resolved)


def resolve(tx: Transaction, content: Content, key: str, form: Mapping[str, str]) -> ResolvedTemplate:
    """Resolve the template for whom the form names; the general one where it names nobody known."""
    try:
        subject = find_subject(tx, *subject_of(form))
    except BadRequestError:
        subject = Subject()  # the plan and the refusal name the field
    return instantiate.find_template(tx, content, key, subject)


def subject_of(form: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return (partner key, campaign key) of a form or an address."""
    kind, _, key = form.get(_SUBJECT, "").partition(":")
    if kind in ("partner", "campaign"):
        return (key, None) if kind == "partner" else (None, key)
    return form.get("partner") or None, form.get("campaign") or None


def requested(key: str, resolved: ResolvedTemplate, form: Mapping[str, str]) -> NewBundle:
    """Return the request for ``key`` that the form expresses; ``resolved`` says what its parameters are.

    Raises:
        BadRequestError: a field cannot be right, whatever the store holds.
    """
    partner, campaign = subject_of(form)
    request: dict[str, Any] = {name: form.get(name) for name in ("title", "idempotency_key")}
    return NewBundle(
        template=key,
        anchor_date=form.get("anchor_date", ""),  # type: ignore[arg-type]  # the model reads days from text
        partner=partner,
        campaign=campaign,
        parameters=parameter_fields.read(resolved.template.parameters, form),
        **request,
    )


def named(error: WorkbenchError, resolved: ResolvedTemplate) -> WorkbenchError:
    """Return the error with its details at the form's inputs, in the words that the form uses."""
    if isinstance(error, IdempotencyKeyReusedError):
        message = "This form has started a bundle already. Send it again to start another one."
        error.details = [{"code": error.code, "message": message}]
    labels = {asked.name: asked.label for asked in parameter_fields.fields_of(resolved.template.parameters)}
    error.details = [_at_input(detail, labels) for detail in error.details]
    return error


def _at_input(detail: dict[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    name, message = str(detail.get("field") or ""), str(detail.get("message", ""))
    if name in ("partner", "campaign"):
        return {**detail, "field": _SUBJECT}
    if name == "anchor_date" and not message.startswith("Anchor"):
        return {**detail, "message": f"Anchor date: {message}"}
    return parameter_fields.at_input(detail, labels)
