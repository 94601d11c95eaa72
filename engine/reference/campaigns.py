"""What is done for a partner: adding and changing campaigns and their material (REF-04, ATT-07)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.access import Permission, require
from engine.audit.models import Action
from engine.errors import ConflictError, bad_field
from engine.reference import attachments, records
from engine.reference.inputs import AddCampaign, Attach, AttachmentInput, ChangeCampaign, Detach
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.reference.records import Outcome
from engine.transaction import Transaction


def add(tx: Transaction, request: AddCampaign) -> Campaign:
    """Add a campaign.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        BadRequestError: the key is taken, or there is no such partner or employee, or they are not active.
    """
    records.refuse_taken(tx, Campaign, request.key)
    return put(tx, None, request.model_dump())[0]


def change(tx: Transaction, request: ChangeCampaign) -> Campaign:
    """Change what is said of a campaign; of its people only those in roles that are named.

    Raises:
        NotFoundError: there is none.
        ForbiddenError: the actor is neither manager nor admin.
        BadRequestError: there is no such partner or employee, or they are not active.
        StaleWriteError: somebody changed it since it was read.
    """
    known = records.find(tx, Campaign, request.campaign_id, revision=request.revision)
    fields = request.model_dump(exclude={"campaign_id", "revision"}, exclude_none=True)
    if "primary_url" in fields:
        fields["primary_url"] = fields["primary_url"] or None
    if "people" in fields:
        fields["people"] = {**known.people, **fields["people"]}
    return put(tx, known, fields)[0]


def put(
    tx: Transaction,
    known: Campaign | None,
    fields: Mapping[str, Any],
    where: str = "",
    hints: Mapping[str, str] | None = None,
) -> tuple[Campaign, Outcome]:
    """Make a campaign, or give the ``known`` one these fields; ``where`` they stand goes before their names.

    ``partner`` and ``people`` name records by key or id; ``hints`` say what to do where there are none. Who
    is named anew must be active; who was named before may stay (R20).

    Raises:
        ForbiddenError: something would change, and the actor is neither manager nor admin.
        BadRequestError: there is no such partner or employee, or they are not active.
    """
    values = dict(fields)
    hints = hints or {}
    if "partner" in values:
        partner = records.named(
            tx, Partner, values.pop("partner"), f"{where}partner", hints.get("partner", "")
        )
        values["partner_id"] = partner.partner_id
        if known is None or known.partner_id != partner.partner_id:
            records.must_be_active(partner, f"{where}partner")
    if "people" in values:
        before = known.people if known is not None else {}
        values["people"] = _people(tx, values["people"], before, f"{where}people", hints.get("people", ""))
    return records.bring(tx, Campaign, known, values)


def _people(
    tx: Transaction, named: Mapping[str, str], before: Mapping[str, str], where: str, hint: str
) -> dict[str, str]:
    found: dict[str, str] = {}
    for role, given in named.items():
        if not given:
            continue
        if before.get(role) == given:
            found[role] = given
            continue
        employee = records.named(tx, Employee, given, f"{where}.{role}", hint)
        if before.get(role) != employee.employee_id:
            records.must_be_active(employee, f"{where}.{role}")
        found[role] = employee.employee_id
    return found


# -- material ----------------------------------------------------------------------------------


def attach(tx: Transaction, request: Attach, known: Collection[str]) -> CampaignAttachment:
    """Attach material to a campaign; ``known`` are the categories of task types.

    Raises:
        NotFoundError: there is no such campaign.
        BadRequestError: it would show on no task: its category is unknown, or it is internal (R15, ATT-06).
        ConflictError: the very same is attached already.
    """
    require(tx.actor, Permission.LOAD_REFERENCE, "attach material to campaigns")
    campaign = records.find(tx, Campaign, request.campaign_id)
    item = AttachmentInput(**request.model_dump(exclude={"campaign_id"}))
    if item.is_dropped:
        raise bad_field(
            "type",
            "what is internal is shown to nobody who does the work; choose another type, or none",
        )
    check_category(item, known, "category")
    if identity(item) in {identity(one) for one in attached(tx, campaign)}:
        raise ConflictError(f"{item.label} is attached to {campaign.name} already. Load the page again.")
    return add_attachment(tx, campaign, item)


def detach(tx: Transaction, request: Detach) -> CampaignAttachment:
    """Take material off a campaign; when it was there stays known (ATT-07).

    Raises:
        NotFoundError: there is no such campaign or attachment.
        ConflictError: it was taken off already.
    """
    require(tx.actor, Permission.LOAD_REFERENCE, "take material off campaigns")
    campaign = records.find(tx, Campaign, request.campaign_id)
    found = tx.get(CampaignAttachment, request.attachment_id)
    if found.campaign_id != campaign.campaign_id:
        raise bad_field("attachment_id", f"it is attached to another campaign than {campaign.name}")
    if found.removed_at is not None:
        raise ConflictError(f"{found.label} was taken off {campaign.name} already. Load the page again.")
    return remove_attachment(tx, campaign, found)


def attached(tx: Transaction, campaign: Campaign) -> list[CampaignAttachment]:
    """Return the material that is attached now, in the order in which it was."""
    found = tx.find(CampaignAttachment, campaign_id=campaign.campaign_id)
    return sorted(
        (item for item in found if item.removed_at is None),
        key=lambda item: (item.added_at, item.attachment_id),
    )


def identity(item: AttachmentInput | CampaignAttachment) -> tuple[str, str, str | None, str]:
    """Return what makes it the same attachment: however its category was spelled before."""
    category = attachments.category_of(item.category) or ""
    return item.url, item.label, item.type, category.casefold()


def check_category(item: AttachmentInput, known: Collection[str], where: str, summary: str = "") -> None:
    """Give an attachment the spelling of the task types' category, and refuse one that there is not (R15).

    Raises:
        BadRequestError: no task type has it; names the ones that there are.
    """
    item.category = attachments.category_of(item.category, known)
    if item.is_dropped or item.category is None or not known or item.category in known:
        return
    message = (
        f"no task type has the category {item.category!r}; use one of: {', '.join(sorted(known))}; "
        "or leave it out, to show the attachment on every task"
    )
    raise bad_field(where, message, f"{summary} {where}: {message}.".strip())


def add_attachment(tx: Transaction, campaign: Campaign, item: AttachmentInput) -> CampaignAttachment:
    """Keep new material of a campaign."""
    facts = item.model_dump(exclude={"internal"})
    made = tx.add(
        CampaignAttachment(
            attachment_id=tx.new_id(CampaignAttachment),
            workspace_id=tx.workspace_id,
            campaign_id=campaign.campaign_id,
            **facts,
            added_at=tx.now,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    tx.record(Action.ATTACHMENT_ADDED, made, f"{item.label} attached to {campaign.name}", after=facts)
    return made


def remove_attachment(tx: Transaction, campaign: Campaign, item: CampaignAttachment) -> CampaignAttachment:
    """Mark material as taken off, with the time."""
    item.removed_at = tx.now
    tx.save(item)
    tx.record(Action.ATTACHMENT_REMOVED, item, f"{item.label} taken off {campaign.name}")
    return item


def partner_keys(tx: Transaction) -> dict[str, str]:
    """Return the key of each campaign's partner, by the campaign's key.

    A campaign whose partner's record cannot be read is left out.
    """
    keys = {partner.partner_id: partner.key for partner in tx.find(Partner)}
    return {one.key: keys[one.partner_id] for one in tx.find(Campaign) if one.partner_id in keys}
