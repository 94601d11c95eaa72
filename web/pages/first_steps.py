"""What leads from an empty workspace to its first bundle, each step as the reader takes it or asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Permission, may
from engine.bundles.models import Bundle
from engine.reference.models import Employee, Partner
from engine.transaction import Transaction


@dataclass(frozen=True)
class FirstStep:
    """One step to the first bundle."""

    title: str
    #: What it is for.
    why: str
    #: Whether the workspace has what it leads to.
    is_done: bool
    #: Where it is done, as an endpoint; None where the reader may not.
    endpoint: str | None
    #: What the way there says.
    label: str
    #: Whom to ask, for who may not.
    ask: str = ""


def load(tx: Transaction) -> list[FirstStep]:
    """Return the steps; nothing once the workspace has a bundle, whoever sees it. Asks the store once."""
    bundles, people, partners = tx.find_first_together(
        *((kind, {}, (), 1) for kind in (Bundle, Employee, Partner))
    )
    if bundles:
        return []

    def place(endpoint: str, permission: Permission) -> str | None:
        return endpoint if may(tx.actor, permission) else None

    return [
        FirstStep(
            "Add the people who do the work",
            "Tasks are assigned to employees, by name or by role. Who signs in is added there, too.",
            bool(people),
            place("people.index", Permission.ADMINISTER),
            "Add people",
            "Ask an admin to add them.",
        ),
        FirstStep(
            "Add whom the work is for",
            "A partner is a client, a campaign what is done for one over a time; own work needs neither.",
            bool(partners),
            place("partners.index", Permission.LOAD_REFERENCE),
            "Add a partner",
            "Ask a manager to add them.",
        ),
        FirstStep(
            "Start something",
            "A template and a date make a bundle: its tasks, dated and assigned. They appear on this board.",
            False,
            place("start.gallery", Permission.START_BUNDLE),
            "Choose a template",
            "Ask a colleague to start it.",
        ),
    ]
