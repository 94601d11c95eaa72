"""Starts a template: makes bundle, links and tasks in one transaction, or nothing (BND-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.access import ApprovalSource, Permission, require
from engine.audit.models import Action, Event
from engine.bundles import pins
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.parts import parts_of
from engine.bundles.person_days import PersonDays
from engine.bundles.plan import BundlePlan, NewBundle, plan
from engine.bundles.subjects import Subject, find_subject, named_employees
from engine.bundles.warned import Warned
from engine.catalog.parameters import MAX_TITLE
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import ConflictError, TemplateNotFoundError, bad_field
from engine.idempotency import once
from engine.plurals import plural
from engine.tasks.create import add_parts, take_identities
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: The template that a missing one is replaced with, where the settings say so (RES-04).
UNTYPED = "untyped_work"
MISSING_TAG = "template_missing"
_ACTION = "bundle_create"


@dataclass(frozen=True)
class Started:
    """A bundle, and what its preview said of its dates."""

    bundle: Bundle
    warnings: list[Warned]


def create(tx: Transaction, content: Content, new: NewBundle) -> Bundle:
    """Return the bundle that ``start`` starts. Raises as it does."""
    return start(tx, content, new).bundle


def start(tx: Transaction, content: Content, new: NewBundle, *, owner_id: str | None = None) -> Started:
    """Start the bundle that ``new`` asks for, or give the one made before under its idempotency key.

    It and its tasks are the actor's, or those of the user ``owner_id`` for whom it is started.

    Raises:
        TemplateNotFoundError: no such template, and the settings do not replace it (RES-04).
        ConflictError: the template is a draft or retired (CNT-12).
        ContentError: it cannot be used as it is, for example because a task type is retired (TYP-08).
        BadRequestError: a parameter, the partner, the campaign or a date cannot be right.
        IdempotencyKeyReusedError: the key was used with another request.
    """
    require(tx.actor, Permission.START_BUNDLE, "start a bundle")
    made: list[Started] = []

    def make() -> Bundle:
        made.append(_make(tx, content, new, owner_id or tx.actor.user_id))
        return made[0].bundle

    bundle = once(tx, Bundle, key=new.idempotency_key, action=_ACTION, body=new.body(), make=make)
    return made[0] if made else Started(bundle, _told_at_start(tx, bundle))


def _told_at_start(tx: Transaction, bundle: Bundle) -> list[Warned]:
    """Return what was said of the dates when the bundle was started; nothing where that was not kept yet."""
    told = tx.find(Event, bundle_id=bundle.bundle_id, action=Action.BUNDLE_CREATED, limit=1)
    kept = (told[0].after or {}).get("warnings", []) if told else []
    return [Warned(entry["ref"], entry["title"], tuple(entry["warnings"])) for entry in kept]


def preview(tx: Transaction, content: Content, new: NewBundle) -> BundlePlan:
    """Plan what ``create`` would make, with warnings; stores nothing. Raises as ``create`` does."""
    require(tx.actor, Permission.START_BUNDLE, "start a bundle")
    subject = find_subject(tx, new.partner, new.campaign)
    return preview_of(tx, content, find_template(tx, content, new.template, subject), new, subject)


def preview_of(
    tx: Transaction,
    content: Content,
    resolved: ResolvedTemplate,
    new: NewBundle,
    subject: Subject,
    *,
    at: datetime | None = None,
) -> BundlePlan:
    """Plan what a start of a template for somebody would make now, or at a moment to come.

    Raises as ``create`` does.
    """
    _must_be_startable(resolved, subject)
    return _plan(tx, content, resolved, _as_taken(new, resolved), subject, at=at)


def asked_parameters(
    tx: Transaction, content: Content, key: str, *, partner: str | None, campaign: str | None
) -> dict[str, Any] | None:
    """Return the JSON Schema of what a start of ``key`` asks for. Raises as ``create`` does."""
    require(tx.actor, Permission.START_BUNDLE, "start a bundle")
    return find_template(tx, content, key, find_subject(tx, partner, campaign)).template.parameters


def find_template(tx: Transaction, content: Content, key: str, subject: Subject) -> ResolvedTemplate:
    """Return the template that a start of ``key`` uses: that one, or what replaces a missing one (RES-04).

    Raises:
        TemplateNotFoundError: no such template, and the settings do not replace it.
        ContentError: it cannot be used as it is.
    """
    try:
        return content.resolve(key, partner=subject.partner_key, campaign=subject.campaign_key)
    except TemplateNotFoundError:
        if tx.settings.missing_template != "default":
            raise
        return content.resolve(UNTYPED, partner=subject.partner_key, campaign=subject.campaign_key)


def _make(tx: Transaction, content: Content, new: NewBundle, owner_id: str) -> Started:
    subject = find_subject(tx, new.partner, new.campaign)
    resolved = find_template(tx, content, new.template, subject)
    _must_be_startable(resolved, subject)
    # Who mends the mapping finds what was asked for, whatever the bundle is called (RES-04).
    tags = [] if resolved.key == new.template else [MISSING_TAG, new.template]
    planned = _plan(tx, content, resolved, _as_taken(new, resolved), subject)
    pins.pin(tx, resolved)
    bundle = tx.add(_bundle(tx, resolved, planned, subject, tags, owner_id=owner_id))
    links = _add_links(tx, bundle, planned)
    _record(tx, bundle, planned, links, new)
    _add_tasks(tx, bundle, resolved, planned)
    return Started(bundle, planned.warnings)


def _plan(
    tx: Transaction,
    content: Content,
    resolved: ResolvedTemplate,
    new: NewBundle,
    subject: Subject,
    *,
    at: datetime | None = None,
) -> BundlePlan:
    employees = named_employees(tx, resolved.template)
    people = [*subject.people.values(), *employees.values()]
    return plan(
        resolved,
        new,
        now=at or tx.now,
        zone=tx.workspace_zone,
        people=subject.people,
        employees=employees,
        days=PersonDays(tx, people, content.calendars).warnings,
    )


def _as_taken(new: NewBundle, resolved: ResolvedTemplate) -> NewBundle:
    """Return the request as the found template takes it: one that replaces another has its own parameters."""
    if resolved.key == new.template:
        return new
    title = new.title or f"{resolved.template.name}: {new.template}"
    asked = (resolved.template.parameters or {}).get("properties", {})
    known = {name: value for name, value in new.parameters.items() if name in asked}
    return new.model_copy(update={"title": title[:MAX_TITLE], "parameters": known})


def _must_be_startable(resolved: ResolvedTemplate, subject: Subject) -> None:
    """Refuse a template that is not active, or does not fit whom it is for."""
    template = resolved.template
    if not template.is_active:
        raise ConflictError(
            f"The template {template.key} is {template.status}; only active templates can be started. "
            "Choose another template, or ask its owner to make it active."
        )
    _require_partner(resolved, subject)


def _require_partner(resolved: ResolvedTemplate, subject: Subject) -> None:
    """Refuse work that a partner must approve where there is none: nobody could ever decide it."""
    if subject.partner is not None:
        return
    asking = [
        definition.ref
        for definition in resolved.template.tasks
        if ApprovalSource.PORTAL in resolved.approval_of(definition).rounds
    ]
    if asking:
        message = f"{', '.join(asking)} must be approved by the partner: choose a partner or campaign"
        raise bad_field(
            "partner",
            message,
            f"The template {resolved.template.key} cannot be started for nobody: {message}.",
        )


def _bundle(
    tx: Transaction,
    resolved: ResolvedTemplate,
    planned: BundlePlan,
    subject: Subject,
    tags: list[str],
    *,
    owner_id: str,
) -> Bundle:
    template = resolved.template
    return Bundle(
        bundle_id=tx.new_id(Bundle),
        workspace_id=tx.workspace_id,
        template_id=template.key,
        template_hash=resolved.closure_hash,
        commit=resolved.commit,
        title=planned.title,
        icon=template.icon or None,
        anchor_date=planned.anchor_date,
        stage=planned.stage,
        parameters=planned.parameters,
        partner_id=subject.partner.partner_id if subject.partner else None,
        campaign_id=subject.campaign.campaign_id if subject.campaign else None,
        references=planned.references,
        source_doc_ids=list(template.source_doc_ids),
        tags=[*template.tags, *tags],
        owner_id=owner_id,
        created_at=tx.now,
        updated_at=tx.now,
    )


def _add_links(tx: Transaction, bundle: Bundle, planned: BundlePlan) -> list[BundleLink]:
    """Make the empty placeholders that the bundle must eventually fill (WFD-05)."""
    return [
        tx.add(
            BundleLink(
                bundle_link_id=tx.new_id(BundleLink),
                workspace_id=tx.workspace_id,
                bundle_id=bundle.bundle_id,
                position=position,
                name=link.name,
                required=link.required,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
        for position, link in enumerate(planned.links, start=1)
    ]


def _record(
    tx: Transaction, bundle: Bundle, planned: BundlePlan, links: list[BundleLink], new: NewBundle
) -> None:
    is_replaced = bundle.template_id != new.template
    asked_for = {"template": new.template, "parameters": new.parameters}
    tasks = plural(len(planned.tasks), "task")
    tx.record(
        Action.BUNDLE_CREATED,
        bundle,
        f"{bundle.title} was started for {bundle.anchor_date} with {tasks}",
        after={
            "title": bundle.title,
            "template_id": bundle.template_id,
            "template_hash": bundle.template_hash,
            "commit": bundle.commit,
            "anchor_date": bundle.anchor_date.isoformat(),
            "stage": bundle.stage,
            "parameters": bundle.parameters,
            "partner_id": bundle.partner_id,
            "campaign_id": bundle.campaign_id,
            "links": [link.name for link in links],
            "tasks": len(planned.tasks),
            "left_out": list(planned.left_out),
            "warnings": [warned.as_json() for warned in planned.warnings],
        }
        | ({"asked_for": asked_for} if is_replaced else {}),
    )


def _add_tasks(tx: Transaction, bundle: Bundle, resolved: ResolvedTemplate, planned: BundlePlan) -> None:
    if not planned.tasks:
        return
    identities = take_identities(tx, len(planned.tasks))
    ids = {task.ref: identity["task_id"] for task, identity in zip(planned.tasks, identities, strict=True)}
    for task, identity in zip(planned.tasks, identities, strict=True):
        made = parts_of(tx, bundle, resolved, task, identity, owner_id=bundle.owner_id)
        made.task.depends_on = [ids[ref] for ref in task.depends_on]
        # None of them is done yet, so the first one blocks it.
        made.task.blocked_by = next(iter(made.task.depends_on), None)
        add_parts(
            tx,
            made.task,
            made.steps,
            made.proofs,
            made.deliverables,
            summary=f"Made {made.task.name} with {bundle.title}",
        )
