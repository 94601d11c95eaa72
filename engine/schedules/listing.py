"""Schedules as lists and pages tell of them, and what could be switched on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.access import Permission, require
from engine.accounts.models import User
from engine.bundles.models import Bundle
from engine.errors import UnavailableError, WorkbenchError
from engine.reference.models import Campaign, Partner
from engine.schedules import starting
from engine.schedules.models import HOUSE, Schedule, ScheduledStart
from engine.schedules.timetable import Timetable
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: As many starts of the past stand on the page of a schedule.
MOST_STARTS = 50


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A schedule with the names of what it is about."""

    schedule: Schedule
    #: What people call the template; its key where it is gone.
    template_name: str
    #: For whom, as people call them; None for the house.
    whom: str | None
    owner_name: str
    #: What became of its last day; None before the first.
    last: ScheduledStart | None

    def as_json(self) -> dict[str, Any]:
        """Return it as data for programs."""
        last = self.last.model_dump(mode="json") if self.last else None
        return {
            **self.schedule.model_dump(mode="json"),
            "template_name": self.template_name,
            "for": self.whom,
            "owner": self.owner_name,
            "last": last,
        }


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A template that could begin by itself for somebody, and does not yet."""

    template: str
    template_name: str
    #: As a form says it: ``campaign:KEY``, ``partner:KEY``, or nothing for the house.
    subject: str
    whom: str | None
    timetable: Timetable


def load_all(tx: Transaction, content: Content) -> list[Listed]:
    """Return all schedules: those that begin next first, then those that are paused.

    Raises:
        ForbiddenError: the actor sees only their own work.
    """
    require(tx.actor, Permission.SEE_ALL_WORK, "see what begins by itself")
    found = tx.find(Schedule)
    tx.read_ahead(
        {
            User: (one.owner_id for one in found),
            Partner: (one.partner_id for one in found),
            Campaign: (one.campaign_id for one in found),
        }
    )
    lasts = tx.find_first_together(
        *((ScheduledStart, {"schedule_id": one.schedule_id}, ("-anchor_date",), 1) for one in found)
    )
    listed = [
        _listed(tx, content, one, next(iter(last), None)) for one, last in zip(found, lasts, strict=True)
    ]
    return sorted(listed, key=_place)


def load_one(tx: Transaction, content: Content, schedule_id: str) -> tuple[Listed, list[ScheduledStart]]:
    """Return a schedule with what became of its last days, the newest first.

    Raises:
        NotFoundError: there is none that the actor may see.
    """
    schedule = tx.get(Schedule, schedule_id)
    rows = tx.find(ScheduledStart, schedule_id=schedule_id, order_by=("-anchor_date",), limit=MOST_STARTS)
    tx.read_ahead({Bundle: (row.bundle_id for row in rows)})
    return _listed(tx, content, schedule, next(iter(rows), None)), rows


def offers(tx: Transaction, content: Content, listed: Sequence[Listed]) -> list[Offer]:
    """Return what templates are meant for and nobody has switched on, by the templates' names."""
    known = {(one.schedule.template_id, one.schedule.subject) for one in listed}
    partners = {one.key: one for one in tx.find(Partner) if one.is_active}
    campaigns = {one.key: one for one in tx.find(Campaign) if one.is_active}
    found = []
    for key, template in sorted(content.templates.items(), key=lambda item: item[1].name.lower()):
        if not template.is_active or Timetable.of(template.trigger, tx.workspace_zone) is None:
            continue
        for partner, campaign in _meant(content, key):
            one = campaigns.get(campaign or "") or partners.get(partner or "")
            if (partner or campaign) and one is None:
                continue
            subject_id = one.record_id if one else HOUSE
            timetable = _timetable(tx, content, key, partner, campaign)
            if timetable is not None and (key, subject_id) not in known:
                subject = f"campaign:{campaign}" if campaign else f"partner:{partner}" if partner else ""
                whom = one.name if one else None
                found.append(
                    Offer(
                        template=key,
                        template_name=template.name,
                        subject=subject,
                        whom=whom,
                        timetable=timetable,
                    )
                )
    return found


def _meant(content: Content, key: str) -> Iterator[tuple[str | None, str | None]]:
    """Yield the keys of partner and campaign that a trigger names; none of both, where it names nobody."""
    trigger = content.templates[key].trigger
    partners, campaigns = (trigger.partners, trigger.campaigns) if trigger else ([], [])
    yield from ((partner, None) for partner in partners)
    yield from ((None, campaign) for campaign in campaigns)
    if not partners and not campaigns:
        yield None, None


def _timetable(
    tx: Transaction, content: Content, key: str, partner: str | None, campaign: str | None
) -> Timetable | None:
    try:
        return starting.scheduled_for(tx, content, key, partner=partner, campaign=campaign).timetable
    except UnavailableError:
        raise
    except WorkbenchError:  # its page of the templates tells what is wrong
        return None


def _listed(tx: Transaction, content: Content, schedule: Schedule, last: ScheduledStart | None) -> Listed:
    template = content.templates.get(schedule.template_id)
    partner, campaign = starting.subject_of(tx, schedule)
    owner = tx.find_by_key(User, schedule.owner_id)
    named = campaign or partner
    return Listed(
        schedule=schedule,
        template_name=template.name if template else schedule.template_id,
        whom=named.name if named else None,
        owner_name=owner.name if owner else "somebody who is gone",
        last=last,
    )


def _place(one: Listed) -> tuple[bool, str, str, str]:
    next_at = one.schedule.next_at
    return (
        not one.schedule.is_active,
        next_at.isoformat() if next_at else "~",
        one.template_name,
        one.whom or "",
    )
