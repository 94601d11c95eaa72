"""What the accounts contribute: who somebody is outlives the e-mail that said so (S3)."""

from __future__ import annotations

from engine.accounts import actors
from engine.accounts.models import User
from engine.audit.models import Action
from engine.reference.models import Employee
from engine.reference.readdressed import Readdressed
from engine.transaction import Transaction
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.on(Readdressed, keep_joins)
    wiring.oneself = actors.oneself


def keep_joins(tx: Transaction, fact: Readdressed) -> None:
    """Write down who was an employee by an e-mail alone, now that employees' addresses changed (a reaction).

    So nobody becomes somebody else because an address was loaded; a user who was nobody yet is joined by
    their e-mail as ever.
    """
    for address, employee_id in fact.led_to.items():
        employee = tx.get(Employee, employee_id)
        for user in tx.find(User, email=address, employee_id=None):
            user.employee_id = employee_id
            tx.save(user)
            summary = f"{user.name} stands for {employee.name}, whatever e-mail employees have"
            tx.record(Action.USER_CHANGED, user, summary)
