"""What somebody says of employees, partners and campaigns: whole files of them, and commands for one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from engine import urls
from engine.inputs import Clearable, Day, Input, Revision
from engine.reference import attachments
from engine.reference.models import AbsenceKind, EmployeeKind

_KEY = r"^[a-z][a-z0-9_]*$"
_LONGEST_KEY, _LONGEST_NAME = 100, 200


def _web_address(url: str) -> str:
    if not urls.is_address(url.strip()):
        raise ValueError(f"{url[:80]!r} is not an address; give one that starts with https:// or http://")
    return url.strip()


def _cleared_address(url: str | None) -> str | None:
    return _web_address(url) if url else url


def _email(given: str | None) -> str | None:
    return (given or "").strip().lower() or None


def _said(words: object) -> object:
    """Leave out what says nothing: a form sends an empty role for none."""
    return [word for word in words if word != ""] if isinstance(words, list) else words


WebAddress = Annotated[str, AfterValidator(_web_address)]
#: A short word that names a record, unique among its kind.
Key = Annotated[str, Field(pattern=_KEY, max_length=_LONGEST_KEY)]
Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)]
#: Assignee roles, each written as templates write it (definitions.md section 2).
Roles = Annotated[list[Key], BeforeValidator(_said)]


# -- a file ------------------------------------------------------------------------------------


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EmployeeInput(_Entry):
    """An employee as the file has it."""

    key: Key
    name: Name
    email: Annotated[str | None, AfterValidator(_email)] = None
    #: Left out, it stays as it is; somebody new is human then.
    kind: EmployeeKind | None = None
    roles: Roles = []
    #: Workbench's own field: left out, it stays as managers have set it (REF-03).
    training: bool | None = None


class PartnerInput(_Entry):
    """A partner as the file has it."""

    key: Key
    name: Name


class AttachmentInput(_Entry):
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


class CampaignInput(_Entry):
    """A campaign as the file has it; people are assignee role -> employee key."""

    key: Key
    partner: str
    name: Name
    primary_url: WebAddress | None = None
    people: dict[str, str] = {}
    attachments: list[AttachmentInput] = []


class ReferenceInput(_Entry):
    """The whole file."""

    employees: list[EmployeeInput] = []
    partners: list[PartnerInput] = []
    campaigns: list[CampaignInput] = []


# -- commands ----------------------------------------------------------------------------------


class Load(Input):
    """A whole file of reference data."""

    #: Employees, partners and campaigns, as the file has them.
    document: dict[str, Any]


class OnEmployee(Input):
    """Which employee is meant."""

    #: Their key or id.
    employee_id: str = Field(title="Employee", min_length=1)


class OnPartner(Input):
    """Which partner is meant."""

    #: Its key or id.
    partner_id: str = Field(title="Partner", min_length=1)


class OnCampaign(Input):
    """Which campaign is meant."""

    #: Its key or id.
    campaign_id: str = Field(title="Campaign", min_length=1)


class Training(OnEmployee):
    """Whether somebody is in training."""

    #: Whether everything that they hand over needs an approval.
    training: bool
    #: Why; it is kept with the change.
    reason: Annotated[str | None, Field(max_length=1000)] = None


class AddEmployee(Input):
    """Somebody who is to be assigned work."""

    #: A short word for them, which stays: templates and files name them by it, remarks call them by @key.
    key: Key
    #: What pages call them.
    name: Name
    #: Their address; a user who signs in with it is this employee.
    email: Annotated[str | None, AfterValidator(_email), Field(title="E-mail", max_length=254)] = None
    #: Whether they are a person or an automated colleague.
    kind: EmployeeKind = EmployeeKind.HUMAN
    #: What they may claim: the roles that templates give tasks to, such as writer.
    roles: Roles = Field(default=[], title="Assignee roles")
    #: Whether everything that they hand over needs an approval.
    training: bool = Field(default=False, title="In training")


class ChangeEmployee(OnEmployee):
    """What is to be different about an employee; what is left out stays as it is."""

    #: What pages call them.
    name: Name | None = None
    #: Their address; empty takes it away.
    email: Annotated[
        str | None, Field(title="E-mail", max_length=254, json_schema_extra={"clearable": True})
    ] = None
    #: Whether they are a person or an automated colleague.
    kind: EmployeeKind | None = None
    #: All that they may claim: the roles that templates give tasks to.
    roles: Annotated[Roles | None, Field(title="Assignee roles")] = None
    #: Whether everything that they hand over needs an approval.
    training: bool | None = Field(default=None, title="In training")
    #: The key of the calendar of their own working days and holidays; empty for that of their work.
    calendar: Clearable = Field(default=None, max_length=100, json_schema_extra={"clearable": True})
    #: As you have read them; refused where somebody changed them since.
    revision: Revision = None


class EnterAbsence(OnEmployee):
    """Days on which somebody is away."""

    #: The first day on which they are away.
    first_day: Day
    #: The last day on which they are away; the first one again for a single day.
    last_day: Day
    #: Why, in one word; they themselves and managers see it.
    kind: AbsenceKind = AbsenceKind.HOLIDAY
    #: What else to know; they themselves and managers see it.
    note: Annotated[str | None, Field(max_length=1000)] = None
    #: The key or id of who hears of their work meanwhile; left out, nobody does. The work stays theirs.
    substitute: str | None = Field(default=None, title="Stands in")


class RemoveAbsence(OnEmployee):
    """An absence that is to be taken back."""

    #: The id of the absence.
    absence_id: str = Field(title="Absence", min_length=1)


class AddPartner(Input):
    """A client to do work for."""

    #: A short word for them, which stays: templates, folders and files name them by it.
    key: Key
    #: What pages call them.
    name: Name


class ChangePartner(OnPartner):
    """What is to be different about a partner; what is left out stays as it is."""

    #: What pages call them.
    name: Name | None = None
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None


class AddCampaign(Input):
    """Something that is to be done for a partner over a time."""

    #: A short word for it, which stays: templates, folders and files name it by it.
    key: Key
    #: The key or id of whom it is done for.
    partner: Annotated[str, Field(min_length=1)]
    #: What pages call it.
    name: Name
    #: The website that it is about.
    primary_url: Annotated[str | None, AfterValidator(_cleared_address), Field(title="Website")] = None
    #: Who does what in it: the key or id of an employee by assignee role.
    people: dict[str, str] = {}


class ChangeCampaign(OnCampaign):
    """What is to be different about a campaign; what is left out stays as it is."""

    #: The key or id of whom it is done for.
    partner: Annotated[str | None, Field(min_length=1)] = None
    #: What pages call it.
    name: Name | None = None
    #: The website that it is about; empty takes it away.
    primary_url: Annotated[
        str | None,
        AfterValidator(_cleared_address),
        Field(title="Website", json_schema_extra={"clearable": True}),
    ] = None
    #: Who does what in it from now on, by assignee role; nobody takes the role away, others stay.
    people: dict[str, str] | None = None
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None


class Attach(OnCampaign):
    """Material of a campaign, for whoever does its work."""

    #: What the material is called.
    label: Annotated[str, Field(min_length=1, max_length=500)]
    #: Where it is.
    url: WebAddress
    #: What kind of material it is, a free word such as guideline.
    type: Annotated[str | None, Field(max_length=100)] = None
    #: On tasks of which category it is shown; left out, on all tasks of the campaign.
    category: Annotated[str | None, Field(max_length=100)] = None


class Detach(OnCampaign):
    """Material that is to be taken off a campaign."""

    #: The id of the attachment.
    attachment_id: str = Field(title="Attachment", min_length=1)
