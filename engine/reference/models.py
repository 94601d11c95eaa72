"""Reference data mirrored from the Portal, or loaded from a file where there is none (REF-01, REF-04)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar

from engine.record import Moment, RecordSpec, Revised


class EmployeeKind(StrEnum):
    """Who does the work (REF-06)."""

    HUMAN = "human"  #: a person
    AGENT = "agent"  #: an automated colleague


class Employee(Revised):
    """Somebody who is assigned work."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="employees",
        key=("employee_id",),
        prefix="emp",
        promoted=("workspace_id", "key", "email", "name"),
        unique=(("workspace_id", "key"),),
        references={"workspace_id": "workspaces"},
    )

    #: The employee's id: `emp_`, then 26 digits and capitals that sort by the time of making.
    employee_id: str
    workspace_id: str
    #: A short word for the person, unique in the workspace; remarks call somebody by it, as in @ana.
    key: str
    #: The person's name, as pages show it.
    name: str
    #: The address by which reference data knows the person. Null where none is known.
    email: str | None
    #: Whether it is a person or a program.
    kind: EmployeeKind
    #: Assignee roles, such as `writer`: which unassigned tasks this employee may claim.
    roles: list[str]
    #: The key of the calendar whose days and holidays are theirs, in `content/calendars`. Null where they
    #: work on those of whatever they work on.
    calendar: str | None = None
    #: In training: everything they hand over needs an approval (REF-03).
    training: bool = False
    #: Whether they are still given work.
    is_active: bool = True
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class AbsenceKind(StrEnum):
    """Why somebody is away; who may not see that sees only that they are."""

    HOLIDAY = "holiday"  #: free days that they chose
    SICK = "sick"  #: they are ill
    OTHER = "other"  #: anything else: a training, a journey, another job


class Absence(Revised):
    """Days on which an employee does no work; taken back, the row is kept."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="absences",
        key=("absence_id",),
        prefix="abs",
        promoted=("workspace_id", "employee_id", "first_day", "last_day", "removed_at"),
        indexes=(("workspace_id", "last_day"), ("employee_id",)),
        references={"workspace_id": "workspaces", "employee_id": "employees", "substitute_id": "employees"},
    )

    #: The absence's id: `abs_`, then 26 digits and capitals that sort by the time of making.
    absence_id: str
    workspace_id: str
    #: Who is away.
    employee_id: str
    #: The first day on which they are away, a day of the calendar.
    first_day: date
    #: The last day on which they are away; the same as the first for one day.
    last_day: date
    #: Why, in one word.
    kind: AbsenceKind
    #: What is said of it, for the person and managers. Null where nothing is.
    note: str | None = None
    #: The employee who hears of their work meanwhile; the work stays theirs. Null where nobody does.
    substitute_id: str | None = None
    #: When it was taken back: they are not away then after all. Null where it holds.
    removed_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class Partner(Revised):
    """A client that work is done for."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="partners",
        key=("partner_id",),
        prefix="prt",
        promoted=("workspace_id", "key"),
        unique=(("workspace_id", "key"),),
        references={"workspace_id": "workspaces"},
    )

    #: The client's id: `prt_`, then 26 digits and capitals that sort by the time of making.
    partner_id: str
    workspace_id: str
    #: A short word for the client, unique in the workspace.
    key: str
    #: What the client is called, as pages show it.
    name: str
    #: Whether work is still done for the client.
    is_active: bool = True
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class Campaign(Revised):
    """What is done for a partner over a time; implies its partner."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="campaigns",
        key=("campaign_id",),
        prefix="cmp",
        promoted=("workspace_id", "key", "partner_id"),
        unique=(("workspace_id", "key"),),
        references={"workspace_id": "workspaces", "partner_id": "partners", "people": "employees"},
    )

    #: The campaign's id: `cmp_`, then 26 digits and capitals that sort by the time of making.
    campaign_id: str
    workspace_id: str
    #: A short word for it, unique in the workspace.
    key: str
    #: The client that it is done for.
    partner_id: str
    #: What people call it.
    name: str
    #: The website that it is about (REF-05). Null where none is known.
    primary_url: str | None = None
    #: Who does what in it: assignee role to `employee_id`.
    people: dict[str, str]
    #: Whether new work is still started in it.
    is_active: bool = True
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class CampaignAttachment(Revised):
    """Reference material of a campaign, read by people, never spawning anything (ATT-03)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="campaign_attachments",
        key=("attachment_id",),
        prefix="att",
        promoted=("workspace_id", "campaign_id"),
        indexes=(("workspace_id", "campaign_id"),),
        references={"workspace_id": "workspaces", "campaign_id": "campaigns"},
    )

    #: The attachment's id: `att_`, then 26 digits and capitals that sort by the time of making.
    attachment_id: str
    workspace_id: str
    #: The campaign whose tasks show it.
    campaign_id: str
    #: What the material is called.
    label: str
    #: Where the material is.
    url: str
    #: What kind of material it is, a free word such as `style_guide`. Null where nobody said.
    type: str | None = None
    #: It is shown on tasks whose type has this category (ATT-05). Null: on all tasks of the campaign.
    category: str | None = None
    #: When it was attached.
    added_at: Moment
    #: When it was taken off; the row is kept to show what was there at the time (ATT-07). Null while it
    #: is attached.
    removed_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
