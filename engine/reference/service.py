"""Loading reference data from a file, repeatably: the use cases of its records in turn (REF-07)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from engine.access import Permission, require
from engine.errors import bad_field, bad_fields, lines_of
from engine.inputs import hidden_in
from engine.reference import campaigns, employees, records
from engine.reference.campaigns import identity
from engine.reference.inputs import AttachmentInput, CampaignInput, ReferenceInput
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.transaction import Transaction

#: What becomes of a record that a file names.
OUTCOMES = ("created", "updated", "unchanged", "removed", "dropped")
_REFUSED = "The reference file cannot be loaded."
#: What to do where a file names what there is not.
_HINTS = {"partner": "list it under `partners`", "people": "list them under `employees`"}


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
    that is gone from it is marked removed, with the time. Who or what is not active stays so, named or not:
    a file that somebody forgot to change gives nobody work again (R20).

    Raises:
        BadRequestError: the document has another shape, or names an unknown partner or
            employee; nothing is loaded then.
        ForbiddenError: it adds or changes employees, and the actor is no admin; nothing is loaded then.
        OwnWorkError: it changes the actor's own kind, e-mail, roles or training (S3); nothing is loaded then.
    """
    require(tx.actor, Permission.LOAD_REFERENCE, "load reference data")
    given = _parse(document)
    report = LoadReport()
    _load_employees(tx, report, given)
    for partner in given.partners:
        known = tx.find_one(Partner, key=partner.key)
        _, outcome = records.bring(tx, Partner, known, partner.model_dump())
        report.count(Partner.spec.table, outcome)
    _refuse_unknown_categories(given, categories)
    for index, campaign in enumerate(given.campaigns):
        _load_campaign(tx, report, campaign, f"campaigns[{index}].")
    return report


def _parse(document: Mapping[str, Any]) -> ReferenceInput:
    try:
        given = ReferenceInput.model_validate(document)
    except ValidationError as error:
        faults = [(".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors()]
        raise bad_fields(faults, f"{_REFUSED} {lines_of(faults)}") from error
    if hidden := list(hidden_in(given)):
        raise bad_fields(hidden, f"{_REFUSED} {lines_of(hidden)}")
    for name, items in (
        ("employees", given.employees),
        ("partners", given.partners),
        ("campaigns", given.campaigns),
    ):
        _refuse_repeats(name, [item.key for item in items])
    return given


def _refuse_unknown_categories(given: ReferenceInput, known: Collection[str]) -> None:
    for place, campaign in enumerate(given.campaigns):
        for number, item in enumerate(campaign.attachments):
            where = f"campaigns.{place}.attachments.{number}.category"
            campaigns.check_category(item, known, where, _REFUSED)


def _refuse_repeats(name: str, keys: list[str]) -> None:
    """Refuse a key that stands twice: each load would change the record to and fro."""
    for index, key in enumerate(keys):
        if key in keys[:index]:
            where, message = f"{name}.{index}.key", f"{key!r} stands there twice; keep one of them"
            raise bad_field(where, message, f"{_REFUSED} {where}: {message}.")


def _load_employees(tx: Transaction, report: LoadReport, given: ReferenceInput) -> None:
    if not given.employees:
        return
    known = {item.key: item for item in tx.find(Employee, key=[item.key for item in given.employees])}
    had = {key: item.email for key, item in known.items()}
    earlier = employees.before(tx, [(had.get(item.key), item.email) for item in given.employees])
    for index, employee in enumerate(given.employees):
        fields = employee.model_dump(exclude_none=True) | {"email": employee.email}
        where = f"employees[{index}]."
        _, outcome = employees.put(tx, earlier, known.get(employee.key), fields, where)
        report.count(Employee.spec.table, outcome)


def _load_campaign(tx: Transaction, report: LoadReport, given: CampaignInput, where: str) -> None:
    known = tx.find_one(Campaign, key=given.key)
    fields = given.model_dump(exclude={"attachments"})
    campaign, outcome = campaigns.put(tx, known, fields, where, _HINTS)
    report.count(Campaign.spec.table, outcome)
    _load_attachments(tx, report, campaign, given.attachments)


def _load_attachments(
    tx: Transaction, report: LoadReport, campaign: Campaign, given: list[AttachmentInput]
) -> None:
    """Keep added and removed times: a changed label or category is a new attachment (ATT-07, OPQ-52)."""
    table = CampaignAttachment.spec.table
    current = {identity(item): item for item in campaigns.attached(tx, campaign)}
    wanted = {identity(item): item for item in given if not item.is_dropped}
    for _ in filter(lambda item: item.is_dropped, given):
        report.count(table, "dropped")
    for one, item in wanted.items():
        if one in current:
            report.count(table, "unchanged")
            continue
        campaigns.add_attachment(tx, campaign, item)
        report.count(table, "created")
    for one, attachment in current.items():
        if one not in wanted:
            campaigns.remove_attachment(tx, campaign, attachment)
            report.count(table, "removed")
