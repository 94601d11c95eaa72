"""What is wrong with the content as it would be, beside what is wrong with it already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog.catalog import judged
from engine.catalog.check import people_problems
from engine.catalog.check_overrides import subject_problems
from engine.catalog.problems import Problem
from engine.reference.campaigns import partner_keys
from engine.reference.models import Employee, Partner
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


def problems_among_those_there(tx: Transaction, content: Content) -> list[Problem]:
    """Return what is wrong for the people, partners and campaigns that a store can name (R11)."""
    employees, partners = tx.find(Employee), tx.find(Partner)
    active = [employee for employee in employees if employee.is_active]
    held = {role for employee in active for role in employee.roles}
    found = people_problems(content, held, {employee.key for employee in active}) if employees else []
    if partners:
        found += subject_problems(content, {partner.key for partner in partners}, partner_keys(tx))
    return found


def new_problems(tx: Transaction, live: Content, proposed: Content) -> list[Problem]:
    """Return what is wrong with the content as proposed that is not wrong with what is live."""
    known = {one.identity for one in judged(live, problems_among_those_there(tx, live))}
    found = judged(proposed, problems_among_those_there(tx, proposed))
    return [one for one in found if one.identity not in known]
