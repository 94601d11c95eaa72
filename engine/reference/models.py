"""Reference data mirrored from the Portal, or loaded from a file where there is none (REF-01, REF-04)."""

from __future__ import annotations

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

    employee_id: str
    workspace_id: str
    key: str
    name: str
    email: str | None
    kind: EmployeeKind
    #: Assignee roles: what this employee may claim.
    roles: list[str]
    #: In training: everything they hand over needs approval (owned by Workbench, REF-03).
    training: bool = False
    is_active: bool = True
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class Partner(Revised):
    """A client."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="partners",
        key=("partner_id",),
        prefix="prt",
        promoted=("workspace_id", "key"),
        unique=(("workspace_id", "key"),),
        references={"workspace_id": "workspaces"},
    )

    partner_id: str
    workspace_id: str
    key: str
    name: str
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

    campaign_id: str
    workspace_id: str
    key: str
    partner_id: str
    name: str
    #: The site that automatic tools look at (REF-05).
    primary_url: str | None = None
    #: assignee role -> employee_id: the campaign's person for it.
    people: dict[str, str]
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

    attachment_id: str
    workspace_id: str
    campaign_id: str
    label: str
    url: str
    type: str | None = None
    #: Shown on tasks whose type has this category; None shows it on all (ATT-05).
    category: str | None = None
    added_at: Moment
    #: When it was taken off; kept, to show what was attached at the time (ATT-07).
    removed_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
