"""What a workspace knows clients and people by, to be taken out of what is said for everybody."""

from __future__ import annotations

from engine.accounts.models import User
from engine.proposals.taken_out import TakenOut
from engine.reference.models import Campaign, Employee, Partner
from engine.transaction import Transaction


def clients_in(tx: Transaction) -> list[str]:
    """Return what all clients and campaigns are called: work for one may speak of another."""
    return [one.name for one in tx.find(Partner)] + [one.name for one in tx.find(Campaign)]


def people_in(tx: Transaction) -> list[str]:
    """Return what all people are called, those of clients included."""
    of_clients = [one.name for one in tx.find(User) if one.partner_id is not None]
    return [one.name for one in tx.find(Employee)] + of_clients


def for_everybody(tx: Transaction) -> TakenOut:
    """Return what takes clients and people out of a text that is of no run."""
    return TakenOut(parameters={}, clients=clients_in(tx), people=people_in(tx))
