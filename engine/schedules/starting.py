"""What a schedule starts: its template for whom it is, with the parameters of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from engine.accounts.models import User
from engine.bundles.request import NewBundle
from engine.bundles.subjects import Subject, find_subject
from engine.catalog import schedules
from engine.catalog.parameters import render
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import ConflictError
from engine.reference.models import Campaign, Partner
from engine.schedules.models import Schedule
from engine.schedules.timetable import Timetable
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """A template with its timetable, as it is for somebody now."""

    resolved: ResolvedTemplate
    subject: Subject
    #: None where nothing begins by it: it is not of mode schedule, or not enabled.
    timetable: Timetable | None

    def request(self, anchor: date, own: Mapping[str, Any]) -> NewBundle:
        """Return the request for the bundle of a day; ``own`` are the schedule's parameters."""
        trigger = self.resolved.template.trigger
        words = schedules.words_of(anchor)
        values = {**(trigger.parameters if trigger else {}), **own}
        campaign = self.subject.campaign_key
        return NewBundle(
            template=self.resolved.key,
            anchor_date=anchor,
            partner=None if campaign else self.subject.partner_key,
            campaign=campaign,
            parameters={
                name: render(value, words) if isinstance(value, str) else value
                for name, value in values.items()
            },
        )


def scheduled_for(
    tx: Transaction, content: Content, template: str, *, partner: str | None, campaign: str | None
) -> Scheduled:
    """Return a template with its timetable for a partner, a campaign or the house.

    Raises:
        TemplateNotFoundError, ContentError: it cannot be used as it is.
        BadRequestError: the partner or campaign is unknown, or not active any more.
    """
    subject = find_subject(tx, partner, campaign)
    resolved = content.resolve(template, partner=subject.partner_key, campaign=subject.campaign_key)
    timetable = Timetable.of(resolved.template.trigger, tx.workspace_zone)
    return Scheduled(resolved=resolved, subject=subject, timetable=timetable)


def scheduled_by(tx: Transaction, content: Content, schedule: Schedule) -> Scheduled:
    """Return what a schedule starts, as it is now.

    Raises:
        WorkbenchError: nothing can be started by it; says why.
    """
    partner, campaign = subject_of(tx, schedule)
    found = scheduled_for(
        tx,
        content,
        schedule.template_id,
        partner=partner.key if partner and campaign is None else None,
        campaign=campaign.key if campaign else None,
    )
    owner = tx.find_by_key(User, schedule.owner_id)
    if owner is None or not owner.is_active:
        name = owner.name if owner else "Whoever owned it"
        raise ConflictError(f"{name} is not active any more. Switch the schedule on with another owner.")
    return found


def subject_of(tx: Transaction, schedule: Schedule) -> tuple[Partner | None, Campaign | None]:
    """Return the partner and the campaign that a schedule is for."""
    tx.read_ahead({Partner: [schedule.partner_id], Campaign: [schedule.campaign_id]})
    partner = tx.find_by_key(Partner, schedule.partner_id) if schedule.partner_id else None
    return partner, tx.find_by_key(Campaign, schedule.campaign_id) if schedule.campaign_id else None
