"""The start form: what it asks, what was typed, and what starting would make."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from engine.bundles import instantiate
from engine.bundles.plan import BundlePlan, PlannedTask
from engine.bundles.request import NewBundle
from engine.bundles.subjects import Subject, find_subject
from engine.catalog.calendars import WEEKDAYS
from engine.catalog.catalog import Content
from engine.catalog.models import TaskTemplate
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import BadRequestError, IdempotencyKeyReusedError, WorkbenchError
from engine.reference.models import Campaign, Employee, Partner
from engine.transaction import Transaction
from web.forms import NAME_FIELD
from web.pages import gallery, parameter_fields
from web.pages.parameter_fields import PREFIX, ParameterField

_SUBJECT = "for"


@dataclass(frozen=True)
class StartPage:
    """The form for one template, as it stands now."""

    tx: Transaction = field(repr=False)
    content: Content = field(repr=False)
    resolved: ResolvedTemplate
    #: What was typed; empty for a fresh form.
    typed: Mapping[str, str]

    @property
    def template(self) -> TaskTemplate:
        """What is started, as it is for the chosen partner or campaign."""
        return self.resolved.template

    @cached_property
    def fields(self) -> list[ParameterField]:
        """The parameters."""
        return parameter_fields.fields_of(self.template.parameters)

    def value(self, name: str, otherwise: str = "") -> str:
        """Return what an input shows: what was typed, else what it starts with."""
        return self.typed.get(name, otherwise)

    def is_ticked(self, asked: ParameterField) -> bool:
        """Whether a box is ticked: as it was sent, else as it starts; an unticked box sends nothing."""
        return bool(self.typed.get(asked.key, "" if self._was_sent else asked.start))

    @property
    def subject(self) -> str:
        """Whom it is for, as the choice says it."""
        partner, campaign = subject_of(self.typed)
        return f"campaign:{campaign}" if campaign else f"partner:{partner}" if partner else ""

    @cached_property
    def subjects(self) -> list[tuple[str, str]]:
        """Whom it can be for: nobody, a partner as a whole, or one of its campaigns."""
        partners = [item for item in self.tx.find(Partner, order_by=("key",)) if item.is_active]
        campaigns = [item for item in self.tx.find(Campaign, order_by=("key",)) if item.is_active]
        choices = [("", "our own work")]
        for partner in partners:
            choices.append((f"partner:{partner.key}", partner.name))
            choices += [
                (f"campaign:{item.key}", f"{partner.name}, campaign {item.name}")
                for item in campaigns
                if item.partner_id == partner.partner_id
            ]
        return choices

    @cached_property
    def suggested_anchor(self) -> date:
        """The first working day on which no task would be due in the past."""
        span = gallery.span_of(self.template.tasks)
        day = self.tx.today + timedelta(days=max(0, -span.first) if span else 0)
        return (self.resolved.calendar or WEEKDAYS).add_business_days(day, 0)

    @cached_property
    def idempotency_key(self) -> str:
        """What makes a double submit start one bundle; new for each fresh form."""
        return self.typed.get("idempotency_key") or secrets.token_urlsafe(18)

    @cached_property
    def plan(self) -> BundlePlan | WorkbenchError:
        """What starting would make now, or why it cannot be started yet."""
        form = {"anchor_date": self.suggested_anchor.isoformat(), **self._start_values(), **self.typed}
        try:
            return instantiate.preview(self.tx, self.content, requested(self.resolved, form))
        except WorkbenchError as error:
            return named(error, self.resolved)

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

    @cached_property
    def names(self) -> dict[str, str]:
        """The employees' names by id."""
        return {item.employee_id: item.name for item in self.tx.find(Employee)}

    @property
    def _was_sent(self) -> bool:
        """Whether the form itself was sent, rather than its address opened."""
        return NAME_FIELD in self.typed

    def _start_values(self) -> dict[str, str]:
        return {} if self._was_sent else {asked.key: asked.start for asked in self.fields}


def load(tx: Transaction, content: Content, key: str, typed: Mapping[str, str]) -> StartPage:
    """Return the form of a template for whom ``typed`` names.

    Raises:
        TemplateNotFoundError: there is no such template.
        ContentError: it cannot be used for this partner or campaign.
    """
    return StartPage(tx, content, resolve(tx, content, key, typed), typed)


def resolve(tx: Transaction, content: Content, key: str, form: Mapping[str, str]) -> ResolvedTemplate:
    """Return the template as it is for whom the form names; for everybody where that is nobody we know."""
    try:
        subject = find_subject(tx, *subject_of(form))
    except BadRequestError:
        subject = Subject()  # the plan and the refusal name the field
    return content.resolve(key, partner=subject.partner_key, campaign=subject.campaign_key)


def subject_of(form: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return (partner key, campaign key) of a form or an address."""
    kind, _, key = form.get(_SUBJECT, "").partition(":")
    if kind in ("partner", "campaign"):
        return (key, None) if kind == "partner" else (None, key)
    return form.get("partner") or None, form.get("campaign") or None


def requested(resolved: ResolvedTemplate, form: Mapping[str, str]) -> NewBundle:
    """Return the wish that the form expresses.

    Raises:
        BadRequestError: a field cannot be right, whatever the store holds.
    """
    partner, campaign = subject_of(form)
    wish: dict[str, Any] = {name: form.get(name) for name in ("title", "idempotency_key")}
    return NewBundle(
        template=resolved.key,
        anchor_date=form.get("anchor_date", ""),  # type: ignore[arg-type]  # the model reads days from text
        partner=partner,
        campaign=campaign,
        parameters=parameter_fields.read(resolved.template.parameters, form),
        **wish,
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
    is_parameter = detail.get("code") == "INVALID_PARAMETER" or name.startswith("parameters.")
    bare = name.removeprefix("parameters.")
    if is_parameter and bare in labels:
        said = f"{labels[bare]}{message.removeprefix(bare)}" if message.startswith(bare) else message
        return {**detail, "field": f"{PREFIX}{bare}", "message": said}
    if name == "anchor_date" and not message.startswith("Anchor"):
        return {**detail, "message": f"Anchor date: {message}"}
    return detail
