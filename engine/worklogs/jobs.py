"""What is done regularly with worklogs: drafts of the last week, each Monday morning (WLG-01, OPQ-24)."""

from __future__ import annotations

import logging
from collections import Counter

from engine.access import Actor
from engine.command import Services
from engine.errors import WorkbenchError
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.plurals import plural
from engine.worklogs import service
from engine.worklogs.models import WorkLogStatus

_log = logging.getLogger(__name__)

MAKE = Regular(
    name="make_worklogs",
    when="0 6 * * 1",
    purpose="makes drafts of what clients may read about the last week",
)


def making(services: Services, system: Actor) -> Kind:
    """Give the job that makes what is missing, each in a transaction of its own: a crash leaves what is done.

    One that cannot be made keeps no other from being made; the job fails by it once the others are there.
    """

    def make(context: Context) -> str:
        content = services.content()
        with services.reading(system) as tx:
            missing = service.missing(tx)
        made, failed = Counter[WorkLogStatus](), list[WorkbenchError]()
        for campaign_id, monday in missing:
            context.renew()
            try:
                with services.transaction(system) as tx:
                    worklog = service.make_missing(tx, content, campaign_id, monday)
            except WorkbenchError as error:
                _log.warning("no worklog of campaign %s for the week of %s: %s", campaign_id, monday, error)
                failed.append(error)
                continue
            if worklog is not None:
                made[worklog.status] += 1
        if failed:
            raise failed[0]
        return said(made[WorkLogStatus.DRAFT], made[WorkLogStatus.EMPTY])

    return Kind(name=MAKE.name, handle=make)


def said(drafts: int, empty: int) -> str:
    """Say what was made."""
    if not drafts and not empty:
        return "No worklog was missing."
    return f"{plural(drafts, 'draft')} to send, {empty} empty."
