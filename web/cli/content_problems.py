"""What is wrong with content, for all commands that say so: found with what a store knows, and printed."""

from __future__ import annotations

from collections.abc import Callable

from engine.catalog import catalog
from engine.catalog.check import people_problems
from engine.catalog.check_overrides import subject_problems
from engine.catalog.content import Content
from engine.catalog.problems import Problem
from engine.reference.models import Campaign, Employee, Partner
from web.cli import scenarios
from web.cli.context import Session


def problems_of(session: Session, live: Content) -> list[Problem]:
    """Return all that ``content check`` finds wrong, scenario files and what a store knows included."""
    return catalog.judged(live, [*problems_among_those_there(session, live), *scenarios.problems_of(live)])


def problems_among_those_there(session: Session, live: Content) -> list[Problem]:
    """Return what is wrong for the people, partners and campaigns that a store can name (R11)."""
    if not session.has_store:
        return []
    with session.reading() as tx:
        employees, partners, campaigns = tx.find(Employee), tx.find(Partner), tx.find(Campaign)
    active = [employee for employee in employees if employee.is_active]
    held = {role for employee in active for role in employee.roles}
    found = people_problems(live, held, {employee.key for employee in active}) if employees else []
    if partners:
        keys = {partner.partner_id: partner.key for partner in partners}
        of_campaigns = {campaign.key: keys[campaign.partner_id] for campaign in campaigns}
        found += subject_problems(live, keys.values(), of_campaigns)
    return found


def line_of(style: str) -> Callable[[Problem], str]:
    """Return what makes the line of a problem, as ``--format`` says."""
    return _github if style == "github" else str


def _github(problem: Problem) -> str:
    """Return the form that GitHub shows beside the changed line.

    It takes ``%25`` for a percent sign, and ends a property at a comma and a message at a line's end.
    """
    words = _escaped(f"{problem.message} {problem.hint}".rstrip(), "%\r\n")
    file = _escaped(problem.file, "%\r\n:,")
    return (
        f"::{problem.severity} file={file},line={problem.line},col={problem.column},"
        f"title={problem.code}::{words}"
    )


def _escaped(text: str, signs: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in signs else sign for sign in text)
