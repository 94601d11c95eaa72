"""The commands about employees, partners and campaigns: one at a time, or a whole file of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from engine.access import Permission
from engine.command import AnyCommand, Command, command, with_content
from engine.plurals import plural
from engine.reference import absences, campaigns, employees, inputs, partners, records, service, training
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.catalog.content import Content

_LEAD = Permission.LOAD_REFERENCE
T = TypeVar("T", Employee, Partner, Campaign)


def _load(tx: Transaction, request: inputs.Load, content: Content) -> service.LoadReport:
    return service.load(tx, request.document, _categories(content))


def _attach(tx: Transaction, request: inputs.Attach, content: Content) -> CampaignAttachment:
    return campaigns.attach(tx, request, _categories(content))


def _categories(content: Content) -> Collection[str]:
    return {kind.category for kind in content.task_types.values()}


def _loaded(report: service.LoadReport) -> str:
    count = report.dropped
    what = plural(count, "internal attachment was", "internal attachments were")
    return f"The reference data is loaded; {what} dropped." if count else "The reference data is loaded."


def _trained(employee: Employee) -> str:
    in_training = "is in training: everything they hand over needs an approval"
    return f"{employee.name} {in_training if employee.training else 'is not in training'}."


def _set_active(tx: Transaction, record_type: type[T], key_or_id: str, value: bool) -> T:
    return records.set_active(tx, records.find(tx, record_type, key_or_id), value)


def _closed(record: Partner | Campaign) -> str:
    return f"Nothing new is started for {record.name}; what runs goes on."


def _opened(record: Partner | Campaign) -> str:
    return f"{record.name} is active again."


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="reference load",
        help="Make the reference data match a file; may be repeated.",
        input=inputs.Load,
        permission=_LEAD,
        run=_load,
        prepare=with_content,
        message=_loaded,
    ),
    command(
        "employee add",
        "Add somebody who is assigned work.",
        input=inputs.AddEmployee,
        permission=Permission.ADMINISTER,
        run=employees.add,
        message=lambda employee: f"{employee.name} can be assigned work.",
    ),
    Command(
        name="employee update",
        help="Change what is said of an employee.",
        input=inputs.ChangeEmployee,
        permission=Permission.ADMINISTER,
        prepare=with_content,
        run=lambda tx, request, content: employees.change(tx, request, content.calendars),
        message=lambda employee: f"{employee.name} was changed.",
    ),
    command(
        "employee activate",
        "Give an employee work again who was not active.",
        input=inputs.OnEmployee,
        permission=Permission.ADMINISTER,
        run=lambda tx, request: _set_active(tx, Employee, request.employee_id, True),
        message=lambda employee: f"{employee.name} can be assigned work again.",
    ),
    command(
        "employee training",
        "Say whether somebody is in training.",
        input=inputs.Training,
        permission=Permission.DECIDE,
        run=lambda tx, request: training.set_training(
            tx, request.employee_id, request.training, request.reason
        ),
        message=_trained,
    ),
    command(
        "employee away",
        "Say that somebody is away on some days, and who stands in.",
        input=inputs.EnterAbsence,
        permission=Permission.WORK_OWN,
        run=absences.enter,
        message="The absence is entered.",
    ),
    command(
        "employee not-away",
        "Take an absence back: they are there on those days.",
        input=inputs.RemoveAbsence,
        permission=Permission.WORK_OWN,
        run=absences.remove,
        message="The absence was taken back.",
    ),
    command(
        "partner add",
        "Add a client to do work for.",
        input=inputs.AddPartner,
        permission=_LEAD,
        run=partners.add,
        message=lambda partner: f"Work can be started for {partner.name}.",
    ),
    command(
        "partner update",
        "Change what is said of a partner.",
        input=inputs.ChangePartner,
        permission=_LEAD,
        run=partners.change,
        message=lambda partner: f"{partner.name} was changed.",
    ),
    command(
        "partner deactivate",
        "Start nothing new for a partner; what runs goes on.",
        input=inputs.OnPartner,
        permission=_LEAD,
        run=lambda tx, request: _set_active(tx, Partner, request.partner_id, False),
        message=_closed,
    ),
    command(
        "partner activate",
        "Start work for a partner again that was not active.",
        input=inputs.OnPartner,
        permission=_LEAD,
        run=lambda tx, request: _set_active(tx, Partner, request.partner_id, True),
        message=_opened,
    ),
    command(
        "campaign add",
        "Add a campaign of a partner.",
        input=inputs.AddCampaign,
        permission=_LEAD,
        run=campaigns.add,
        message=lambda campaign: f"Work can be started in {campaign.name}.",
    ),
    command(
        "campaign update",
        "Change what is said of a campaign, and who does what in it.",
        input=inputs.ChangeCampaign,
        permission=_LEAD,
        run=campaigns.change,
        message=lambda campaign: f"{campaign.name} was changed.",
    ),
    Command(
        name="campaign attach",
        help="Attach material to a campaign, for whoever does its work.",
        input=inputs.Attach,
        permission=_LEAD,
        prepare=with_content,
        run=_attach,
        message=lambda attachment: f"{attachment.label} is attached.",
    ),
    command(
        "campaign detach",
        "Take material off a campaign.",
        input=inputs.Detach,
        permission=_LEAD,
        run=campaigns.detach,
        message=lambda attachment: f"{attachment.label} was taken off.",
    ),
    command(
        "campaign deactivate",
        "Start nothing new in a campaign; what runs goes on.",
        input=inputs.OnCampaign,
        permission=_LEAD,
        run=lambda tx, request: _set_active(tx, Campaign, request.campaign_id, False),
        message=_closed,
    ),
    command(
        "campaign activate",
        "Start work in a campaign again that was not active.",
        input=inputs.OnCampaign,
        permission=_LEAD,
        run=lambda tx, request: _set_active(tx, Campaign, request.campaign_id, True),
        message=_opened,
    ),
)
