"""Loading reference data from a file, repeatably: only differences become changes (REF-04, REF-07)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engine import urls
from engine.access import Permission, require
from engine.audit.models import Action
from engine.errors import BadRequestError, OwnWorkError, bad_field, bad_fields, lines_of
from engine.inputs import hidden_in
from engine.record import Revised
from engine.reference import attachments
from engine.reference.addresses import by_address
from engine.reference.models import Campaign, CampaignAttachment, Employee, EmployeeKind, Partner
from engine.reference.readdressed import Readdressed
from engine.transaction import Transaction
from engine.wiring import Fact

_KEY = r"^[a-z][a-z0-9_]*$"
#: What of one's own employee somebody else loads.
_NOT_BY_ONESELF = ("email", "kind", "roles", "training")
_IN_WORDS = {"email": "e-mail"}


def _web_address(url: str) -> str:
    if not urls.is_address(url.strip()):
        raise ValueError(f"{url[:80]!r} is not an address; give one that starts with https:// or http://")
    return url.strip()


def _email(given: str | None) -> str | None:
    return (given or "").strip().lower() or None


WebAddress = Annotated[str, AfterValidator(_web_address)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EmployeeInput(_Input):
    """An employee as the file has it."""

    key: str = Field(pattern=_KEY)
    name: str = Field(min_length=1)
    email: Annotated[str | None, AfterValidator(_email)] = None
    #: Left out, it stays as it is; somebody new is human then.
    kind: EmployeeKind | None = None
    roles: list[str] = []
    #: Workbench's own field: left out, it stays as managers have set it (REF-03).
    training: bool | None = None


class PartnerInput(_Input):
    """A partner as the file has it."""

    key: str = Field(pattern=_KEY)
    name: str = Field(min_length=1)


class AttachmentInput(_Input):
    """Guidance of a campaign as the file has it; its URL tells whether it is the same one."""

    label: str = Field(min_length=1)
    url: WebAddress
    type: str | None = None
    #: A category of task types, in any case; all of them where it is left out, empty or ``all``.
    category: str | None = None
    #: True, like ``type: internal_fyi``, for what is not meant for whoever does the work: not kept (ATT-06).
    internal: bool = False

    @property
    def is_dropped(self) -> bool:
        """Whether it is not kept."""
        return self.internal or attachments.is_internal(self.type)


class CampaignInput(_Input):
    """A campaign as the file has it; people are assignee role -> employee key."""

    key: str = Field(pattern=_KEY)
    partner: str
    name: str = Field(min_length=1)
    primary_url: WebAddress | None = None
    people: dict[str, str] = {}
    attachments: list[AttachmentInput] = []


class ReferenceInput(_Input):
    """The whole file."""

    employees: list[EmployeeInput] = []
    partners: list[PartnerInput] = []
    campaigns: list[CampaignInput] = []


#: What becomes of a record that a file names.
OUTCOMES = ("created", "updated", "unchanged", "removed", "dropped")


@dataclass
class LoadReport:
    """What a load did, by table: counts of created, updated, unchanged, removed and dropped.

    Dropped is what is internal, and so not kept (ATT-06).
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, table: str, outcome: str) -> None:
        """Count one record's outcome."""
        outcomes = self.counts.setdefault(table, dict.fromkeys(OUTCOMES, 0))
        outcomes[outcome] += 1

    @property
    def dropped(self) -> int:
        """How many attachments were not kept."""
        return self.counts.get(CampaignAttachment.spec.table, {}).get("dropped", 0)


def load(tx: Transaction, document: Mapping[str, Any], categories: Collection[str] = ()) -> LoadReport:
    """Bring employees, partners and campaigns to what the document says.

    ``categories`` are those of the task types; material of another one would show on no task, and is refused
    (R15). Without any, nothing is known of them, and none is refused.

    Records that the document does not name stay as they are: several files may be loaded
    one after the other. Only the attachments of a named campaign are a full list, so one
    that is gone from it is marked removed, with the time.

    Raises:
        BadRequestError: the document has another shape, or names an unknown partner or
            employee; nothing is loaded then.
        OwnWorkError: it changes the actor's own kind, e-mail, roles or training (S3); nothing is loaded then.
    """
    require(tx.actor, Permission.LOAD_REFERENCE, "load reference data")
    given = _parse(document)
    report = LoadReport()
    led_to = _led_to(tx, given.employees)
    own = frozenset[str]() if tx.settings.own_approval else tx.wiring.oneself(tx)
    for index, employee in enumerate(given.employees):
        _load_employee(tx, report, employee, f"employees[{index}]", led_to, own=own)
    for partner in given.partners:
        _bring(tx, report, Partner, partner.model_dump())
    _refuse_unknown_categories(given, categories)
    for index, campaign in enumerate(given.campaigns):
        _load_campaign(tx, report, campaign, f"campaigns[{index}]")
    return report


def _parse(document: Mapping[str, Any]) -> ReferenceInput:
    try:
        given = ReferenceInput.model_validate(document)
    except ValidationError as error:
        faults = [(".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors()]
        raise bad_fields(faults, f"The reference file cannot be loaded. {lines_of(faults)}") from error
    if hidden := list(hidden_in(given)):
        raise bad_fields(hidden, f"The reference file cannot be loaded. {lines_of(hidden)}")
    for name, items in (
        ("employees", given.employees),
        ("partners", given.partners),
        ("campaigns", given.campaigns),
    ):
        _refuse_repeats(name, [item.key for item in items])
    return given


def _refuse_unknown_categories(given: ReferenceInput, known: Collection[str]) -> None:
    """Give attachments the spelling of the task types' categories, and refuse one that there is not (R15)."""
    for place, campaign in enumerate(given.campaigns):
        for number, item in enumerate(campaign.attachments):
            item.category = attachments.category_of(item.category, known)
            if item.is_dropped or item.category is None or not known or item.category in known:
                continue
            where = f"campaigns.{place}.attachments.{number}.category"
            message = (
                f"no task type has the category {item.category!r}; use one of: {', '.join(sorted(known))}; "
                "or leave it out, to show the attachment on every task"
            )
            raise bad_field(where, message, f"The reference file cannot be loaded. {where}: {message}.")


def _refuse_repeats(name: str, keys: list[str]) -> None:
    """Refuse a key that stands twice: each load would change the record to and fro."""
    for index, key in enumerate(keys):
        if key in keys[:index]:
            where, message = f"{name}.{index}.key", f"{key!r} stands there twice; keep one of them"
            raise bad_field(where, message, f"The reference file cannot be loaded. {where}: {message}.")


def _led_to(tx: Transaction, given: Sequence[EmployeeInput]) -> dict[str, str]:
    """Say to which employee each address led that is about to be another one's, or one's no more."""
    known = {item.key: item.email for item in tx.find(Employee, key=[item.key for item in given])}
    moved: set[str] = set()
    for item in given:
        if (before := known.get(item.key)) != item.email:
            moved |= {address for address in (before, item.email) if address}
    holders = by_address(tx.find(Employee, email=sorted(moved)))
    return {address: employee.employee_id for address, employee in holders.items()}


def _load_employee(
    tx: Transaction,
    report: LoadReport,
    given: EmployeeInput,
    where: str,
    led_to: Mapping[str, str],
    *,
    own: frozenset[str],
) -> None:
    fields = given.model_dump(exclude_none=True) | {"email": given.email}
    known = tx.find_one(Employee, key=given.key)
    before = known.email if known is not None else None
    if known is None:
        fields = {"kind": EmployeeKind.HUMAN, **fields}
    elif known.employee_id in own:
        _refuse_oneself(tx, known, fields, where)
    moved = {address: led_to[address] for address in (before, given.email) if address and address in led_to}
    fact = Readdressed(moved) if given.email != before and moved else None
    _bring(tx, report, Employee, fields, fact)


def _refuse_oneself(tx: Transaction, employee: Employee, fields: Mapping[str, Any], where: str) -> None:
    """Refuse what decides who the actor is and what they may do or judge; repeating it is no change (S3)."""
    for name in _NOT_BY_ONESELF:
        if name in fields and fields[name] != getattr(employee, name):
            raise OwnWorkError(
                f"{where}.{name}: {employee.name} is who {tx.actor.name} is or was, and nobody changes their "
                f"own {_IN_WORDS.get(name, name)}. Leave it as it is, or ask another manager to load it."
            )


def _load_campaign(tx: Transaction, report: LoadReport, given: CampaignInput, where: str) -> None:
    partner = tx.find_one(Partner, key=given.partner)
    if partner is None:
        raise BadRequestError(
            f"{where}.partner: there is no partner {given.partner!r}; list it under `partners`."
        )
    people: dict[str, str] = {}
    for role, key in given.people.items():
        employee = tx.find_one(Employee, key=key)
        if employee is None:
            raise BadRequestError(
                f"{where}.people.{role}: there is no employee {key!r}; list them under `employees`."
            )
        people[role] = employee.employee_id
    fields = {
        "key": given.key,
        "name": given.name,
        "partner_id": partner.partner_id,
        "primary_url": given.primary_url,
        "people": people,
    }
    campaign = _bring(tx, report, Campaign, fields)
    _load_attachments(tx, report, campaign, given.attachments)


def _load_attachments(
    tx: Transaction, report: LoadReport, campaign: Campaign, given: list[AttachmentInput]
) -> None:
    """Keep added and removed times: a changed label or category is a new attachment (ATT-07, OPQ-52)."""
    current = {
        _identity(item): item
        for item in tx.find(CampaignAttachment, campaign_id=campaign.campaign_id)
        if item.removed_at is None
    }
    wanted = {_identity(item): item for item in given if not item.is_dropped}
    for _ in filter(lambda item: item.is_dropped, given):
        report.count("campaign_attachments", "dropped")
    for identity, item in wanted.items():
        if identity in current:
            report.count("campaign_attachments", "unchanged")
            continue
        attachment = tx.add(
            CampaignAttachment(
                attachment_id=tx.new_id(CampaignAttachment),
                workspace_id=tx.workspace_id,
                campaign_id=campaign.campaign_id,
                **item.model_dump(exclude={"internal"}),
                added_at=tx.now,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
        tx.record(
            Action.ATTACHMENT_ADDED,
            attachment,
            f"{item.label} attached to {campaign.name}",
            after=item.model_dump(exclude={"internal"}),
        )
        report.count("campaign_attachments", "created")
    for identity, attachment in current.items():
        if identity not in wanted:
            attachment.removed_at = tx.now
            tx.save(attachment)
            tx.record(Action.ATTACHMENT_REMOVED, attachment, f"{attachment.label} taken off {campaign.name}")
            report.count("campaign_attachments", "removed")


def _identity(item: AttachmentInput | CampaignAttachment) -> tuple[str, str, str | None, str]:
    """Return what makes it the same attachment: however its category was spelled before."""
    category = attachments.category_of(item.category) or ""
    return item.url, item.label, item.type, category.casefold()


T = TypeVar("T", Employee, Partner, Campaign)
_ACTIONS: dict[type[Revised], Action] = {
    Employee: Action.EMPLOYEE_CHANGED,
    Partner: Action.PARTNER_CHANGED,
    Campaign: Action.CAMPAIGN_CHANGED,
}


def _bring(
    tx: Transaction,
    report: LoadReport,
    record_type: type[T],
    fields: dict[str, Any],
    fact: Fact | None = None,
) -> T:
    """Create the record with this key, or change it where it differs, with the ``fact`` of that."""
    table, action = record_type.spec.table, _ACTIONS[record_type]
    record = tx.find_one(record_type, key=fields["key"])
    if record is None:
        ids: dict[str, Any] = {record_type.spec.id_field: tx.new_id(record_type)}
        times: dict[str, Any] = {"created_at": tx.now, "updated_at": tx.now}
        record = tx.add(record_type(workspace_id=tx.workspace_id, **ids, **fields, **times))
        tx.record(action, record, f"{record.name} added", after=_plain(record, fields), fact=fact)
        report.count(table, "created")
        return record
    fields = {**fields, "is_active": True}
    if all(getattr(record, name) == value for name, value in fields.items()):
        report.count(table, "unchanged")
        return record
    for name, value in fields.items():
        setattr(record, name, value)
    tx.save(record)
    tx.record(action, record, f"{record.name} changed", fact=fact)
    report.count(table, "updated")
    return record


def _plain(record: Revised, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields in their stored form."""
    document = record.model_dump(mode="json")
    return {name: document[name] for name in fields}
