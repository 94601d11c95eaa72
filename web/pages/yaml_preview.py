"""The dated bundle that a start would make with a draft, beside what it makes now; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.budgets import TASKS_ON_HARD_DAYS
from engine.bundles import instantiate
from engine.bundles.plan import BundlePlan, PlannedTask
from engine.bundles.subjects import Subject, find_subject
from engine.catalog.content import Content
from engine.catalog.diff.compare import compare
from engine.catalog.diff.contents import Scope, ScopeDiff
from engine.catalog.diff.effective import Work, work_of
from engine.catalog.layout import kind_of
from engine.catalog.meta_schemas import kind_of as kind_of_parameter
from engine.catalog.parameters import label_of
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import (
    BadRequestError,
    ContentError,
    TemplateNotFoundError,
    UnavailableError,
    WorkbenchError,
)
from engine.proposals import drafting
from engine.proposals.models import Proposal
from engine.proposals.overlay import content_with
from engine.recipes import gallery
from engine.reference.models import Campaign, Employee, Partner
from engine.reminders import schedule_diff
from engine.reminders.schedule_diff import ScopeSchedule
from engine.transaction import Transaction
from web.pages import parameter_fields
from web.pages import start as start_page
from web.pages.choices import Choices
from web.pages.parameter_fields import ParameterField

_FORMATS = {"email": "name@example.com", "uri": "https://example.com/", "time": "09:00:00Z"}


@dataclass(frozen=True)
class Row:
    """One task, as it would be made now and with the draft."""

    title: str
    #: None where it is new, or is not made any more.
    before: PlannedTask | None
    after: PlannedTask | None

    @property
    def state(self) -> str:
        """``new``, ``gone``, ``moved`` or ``same``."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "same" if self.before.due_date == self.after.due_date else "moved"


@dataclass(frozen=True)
class PreviewPage:
    """What a start on a day would make of a draft."""

    proposal_id: str
    key: str
    values: Mapping[str, str]
    fields: Sequence[ParameterField] = ()
    subjects: Choices = field(default_factory=list)
    plan: BundlePlan | None = None
    rows: Sequence[Row] = ()
    #: Whether there is something to compare with: what is live can be planned with the same day.
    is_compared: bool = False
    #: Why there is no plan.
    trouble: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    #: What becomes of the dates on days that are hard; None where that was not asked for.
    hard: ScopeSchedule | None = None

    def count(self, state: str) -> int:
        """Say how many tasks are new, gone or moved."""
        return sum(row.state == state for row in self.rows)

    @property
    def hard_moves(self) -> list[tuple[str, str, str, str]]:
        """The occasion, the task, and when it is due now and with the draft, where that is not the same."""
        found = []
        for one in self.hard.moved if self.hard else ():
            before = schedule_diff.due_of(one.before, one.zone) if one.before else "not made"
            after = schedule_diff.due_of(one.after, one.zone)
            if before != after:
                found.append((one.occasion.name, one.after.title, before, after))
        return found


def load(
    tx: Transaction,
    content: Content,
    proposal_id: str,
    typed: Mapping[str, str],
    *,
    text: tuple[str, str] | None = None,
    with_hard_days: bool = False,
) -> PreviewPage:
    """Return the preview of a draft; ``text`` is the path and the text of a file that is not saved yet.

    Raises:
        NotFoundError: there is no such proposal to see.
    """
    tx.find_together((Partner, {}), (Campaign, {}), (Employee, {}))
    proposal = tx.get(Proposal, proposal_id)
    drafted = dict(drafting.texts_of(tx, proposal))
    if text is not None and text[0] in drafted:
        drafted[text[0]] = text[1]
    changed, key = content_with(content, drafted), proposal.template_id
    values = {"for": _whose(drafted), **typed}
    page = PreviewPage(proposal_id, key, values, subjects=start_page.subjects_of(tx))
    try:
        subject = find_subject(tx, *start_page.subject_of(values))
        resolved = _startable(changed, key, subject)
    except UnavailableError:
        raise
    except WorkbenchError as error:
        return replace(page, trouble=_said(error))
    fields = parameter_fields.fields_of(resolved.template.parameters)
    anchor = gallery.suggested_anchor(tx, resolved)
    values = {"anchor_date": anchor.isoformat(), **values}
    values |= {one.key: start for one in fields if (start := _start(one, resolved, values))}
    page = replace(page, fields=fields, values=values)

    def planned(of: Content) -> BundlePlan:
        found = _startable(of, key, subject)
        return instantiate.preview_of(tx, of, found, start_page.requested(key, found, values), subject)

    try:
        plan = planned(changed)
    except UnavailableError:
        raise
    except WorkbenchError as error:
        return replace(page, trouble=_said(start_page.named(error, resolved)))
    old = _live(content, planned)
    return replace(
        page,
        plan=plan,
        rows=_rows(old, plan),
        is_compared=old is not None,
        names={one.employee_id: one.name for one in tx.find(Employee)},
        hard=_hard_days(tx, (content, changed), key, subject, resolved) if with_hard_days else None,
    )


def _whose(drafted: Mapping[str, str | None]) -> str:
    """Return for whom the override is that a draft changes, as the form says it; nobody without one."""
    places = [place for path in drafted if (place := kind_of(path)) is not None and place.kind == "override"]
    return f"{places[0].level}:{places[0].scope_key}" if places else ""


def _startable(content: Content, key: str, subject: Subject) -> ResolvedTemplate:
    """Resolve a template as if it were active already: a draft is looked at before it is."""
    resolved = content.resolve(key, partner=subject.partner_key, campaign=subject.campaign_key)
    return replace(resolved, template=resolved.template.model_copy(update={"status": "active"}))


def _live(content: Content, plan: Callable[[Content], BundlePlan]) -> BundlePlan | None:
    """Plan what is live; None where that cannot be, as of a template that is new."""
    try:
        return plan(content)
    except (BadRequestError, ContentError, TemplateNotFoundError):
        return None


def _rows(old: BundlePlan | None, new: BundlePlan) -> list[Row]:
    was = {task.ref: task for task in old.tasks} if old else {}
    rows = [Row(task.title, was.pop(task.ref, None), task) for task in new.tasks]
    return rows + [Row(task.title, task, None) for task in was.values()]


def _said(error: WorkbenchError) -> list[str]:
    return [str(detail["message"]) for detail in error.details if detail.get("message")] or [error.message]


def _start(asked: ParameterField, resolved: ResolvedTemplate, values: Mapping[str, str]) -> str:
    """Return what a field of the preview holds: what was typed, its own start, or an example."""
    if asked.key in values:
        return values[asked.key]
    if asked.start or not asked.required:
        return asked.start
    schema = resolved.template.parameters or {}
    spec: Mapping[str, Any] = schema["properties"][asked.name]
    if spec.get("examples"):
        return str(spec["examples"][0])
    if asked.options:
        return next((value for value, _ in asked.options if value), "")
    kind, form = kind_of_parameter(spec), spec.get("format")
    if form in ("date", "date-time"):
        day = values["anchor_date"]
        return day if form == "date" else f"{day}T09:00:00Z"
    if kind in ("integer", "number"):
        return str(spec.get("minimum", 1))
    if kind != "string" or spec.get("pattern"):
        return ""
    return _FORMATS.get(str(form), f"({label_of(schema, asked.name)})")[: spec.get("maxLength", 500)]


def _hard_days(
    tx: Transaction,
    contents: tuple[Content, Content],
    key: str,
    subject: Subject,
    resolved: ResolvedTemplate,
) -> ScopeSchedule | None:
    scope, name = Scope(partner=subject.partner_key, campaign=subject.campaign_key), resolved.template.name
    if len(resolved.template.tasks) > TASKS_ON_HARD_DAYS:
        note = f"There are more than {TASKS_ON_HARD_DAYS} tasks; “workbench content preview” plans them all."
        return ScopeSchedule(key=key, name=name, scope=scope, moved=[], faults=[], note=note)
    before: Work | None = None
    try:
        after = work_of(resolved)
        before = work_of(_startable(contents[0], key, subject))
    except TemplateNotFoundError:
        pass  # it is new
    except ContentError:
        return None
    changes = list(compare(before.template, after.template)) if before else []
    found = ScopeDiff(scope=scope, before=before, after=after, changes=changes)
    return schedule_diff.compare_scope(contents, key, found, tx.workspace_zone, tx.today)
