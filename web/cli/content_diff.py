"""``workbench content diff``, ``preview`` and ``copies``: what a change changes, and what is said twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

import click

from engine.catalog.catalog import content_of
from engine.catalog.diff import report
from engine.catalog.diff.contents import Scope
from engine.catalog.diff.contents import diff as compare_contents
from engine.catalog.diff.copies import as_json, as_text, find_copies
from engine.catalog.diff.effective import work_of
from engine.catalog.diff.sides import sides, told_what_is_lacking
from engine.catalog.diff.wording import Style
from engine.catalog.parameters import parse_texts
from engine.clock import SystemClock
from engine.errors import BadRequestError
from engine.reference.campaigns import partner_keys
from engine.reminders import schedule_diff
from engine.reminders.preview import Occasion, occasions, schedule
from engine.reminders.rules import RuleBook
from web.cli.context import Session, check_style, key_values, to_json
from web.cli.refusals import NAME_VALUE, Naming

_JSON = "json"
_FORMATS = (*Style, _JSON)
_OPTION = click.option(
    "--format", "style", default="text", metavar="text|markdown|json", help="How it is printed."
)


@click.command("diff")
@click.argument("revisions", metavar="BASE..HEAD")
@_OPTION
@click.option("--schedule", "with_schedule", is_flag=True, help="Also when work is due, before and after.")
@click.pass_obj
def diff(session: Session, revisions: str, style: str, with_schedule: bool) -> int:
    """Tell what changed in the content from BASE to HEAD: what authors wrote, and what work gets.

    BASE...HEAD begins where HEAD parted from BASE, BASE alone goes to HEAD; with --worktree it goes to the
    files on disk. With --schedule it exits with 1 where a date cannot be kept.
    """
    check_style(style, _FORMATS)
    folder, _ = session.settings.content_place
    with told_what_is_lacking(folder):
        base, head = sides(folder, revisions, worktree=session.settings.worktree)
        found = compare_contents(base, head, partner_of=partners_of_campaigns(session))
        schedules = schedule_diff.compare_schedules(found, *here(session)) if with_schedule else []
    data = report.as_json(found)
    if with_schedule:
        data["schedules"] = schedule_diff.as_json(schedules)
    if style == _JSON:
        session.answer(data, to_json(data))
    else:
        text = report.as_text(found, Style(style))
        if with_schedule:
            text = f"{text}\n\n{schedule_diff.as_text(schedules, Style(style))}"
        session.answer(data, text)
    return 1 if any(one.faults for one in schedules) else 0


@click.command("preview", cls=Naming)
@click.argument("key", metavar="KEY")
@click.option("--partner", metavar="P")
@click.option("--campaign", metavar="C")
@click.option(
    "--anchor-date", "anchor_date", metavar="DATE", help="One day alone, in place of the hard ones."
)
@click.option("--param", "parameters", metavar=NAME_VALUE, multiple=True, help="What the start asks for.")
@click.pass_obj
def preview(
    session: Session,
    key: str,
    partner: str | None,
    campaign: str | None,
    anchor_date: str | None,
    parameters: tuple[str, ...],
) -> int:
    """Tell when the work of the template KEY would be due, and who would be reminded, on days that are hard.

    It exits with 1 where a date cannot be kept. What a start asks for and nobody gives is filled in.
    """
    live = content_of(session.settings)
    scope = Scope(partner or (partners_of_campaigns(session).get(campaign) if campaign else None), campaign)
    work = work_of(live.resolve(key, partner=scope.partner, campaign=scope.campaign))
    zone, today = here(session)
    days = occasions(work.resolved.calendar, zone, today)
    if anchor_date is not None:
        days = [Occasion("the day that was asked for", _day(anchor_date))]
    given = parse_texts(work.resolved.template.parameters, key_values(parameters))
    book = RuleBook(live, zone)
    found = [schedule(work, book, day, zone, parameters=given) for day in days]
    faults = {fault.ref: fault for one in found for fault in reversed(one.faults)}
    problems = schedule_diff.placed(live, key, scope, work.resolved.template, faults.values())
    data = {
        "key": key,
        "partner": scope.partner,
        "campaign": scope.campaign,
        "schedules": [schedule_diff.schedule_json(one) for one in found],
        "problems": [problem.as_detail() for problem in problems],
    }
    session.answer(data, lambda: schedule_diff.preview_text(found, problems))
    return 1 if problems else 0


@click.command("copies")
@click.pass_obj
def copies(session: Session) -> None:
    """List what overrides repeat, or nearly repeat, of their template or of one another, and what to do."""
    found = find_copies(content_of(session.settings))
    session.answer(as_json(found), lambda: as_text(found))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError(f"--anchor-date: {text!r} is no day; write one as 2026-12-01.") from error


def here(session: Session) -> tuple[str, date]:
    """Return the zone of the workspace, and which day it is there; without a store as settings say."""
    if session.has_store:
        with session.reading() as tx:
            return tx.workspace_zone, tx.today
    zone = session.settings.timezone
    return zone, SystemClock().now().astimezone(ZoneInfo(zone)).date()


def partners_of_campaigns(session: Session) -> Mapping[str, str]:
    """Return the partners of campaigns by key, as far as a store is at hand that knows them."""
    if not session.has_store:
        return {}
    with session.reading() as tx:
        return partner_keys(tx)


#: What ``workbench content`` has of this module.
COMMANDS = (diff, preview, copies)
