"""What somebody is told who has no work yet: the steps to a first bundle, and how work comes to whom.

An empty workspace leads to its first bundle, each step as its reader takes it or asks for it. In one that has
work, whoever has none of it reads what will appear where they look, who gives it, and what they can do now.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Actor, Permission, may
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


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """What a page says to somebody for whom it is empty."""

    title: str
    #: What will appear here, and who gives work.
    words: tuple[str, ...]
    #: What they can do now: what the way there says, and its endpoint.
    ways: tuple[tuple[str, str], ...]


def welcome(actor: Actor, *, to_board: bool) -> Welcome:
    """Return what the board, or My work, says to somebody while it is empty, as their roles have it."""
    if to_board and actor.sees_everything:
        title, what = "No work is open", "Every open task of the team appears here by its status."
    elif to_board:
        title = "Nothing here is yours yet"
        what = "Your tasks appear here by their status, with the others of the bundles that they belong to."
    else:
        title = "Nothing is yours to do"
        what = "What is assigned to you appears here by when it is due, and what you may claim."
    ways = (
        ("Start something", "start.gallery", Permission.START_BUNDLE),
        ("Look at the templates", "templates.index", Permission.BROWSE_TEMPLATES),
        ("Read the guide", "guides.own", Permission.BELONG),
    )
    here = () if to_board else (("Look at the board", "board.show"),)
    return Welcome(
        title=title,
        words=(what, _who_gives(actor)),
        ways=(*here, *((label, endpoint) for label, endpoint, takes in ways if may(actor, takes))),
    )


def _who_gives(actor: Actor) -> str:
    if may(actor, Permission.WORK_ALL):
        return "You give work: start something, make a task, or assign what nobody has."
    if actor.employee_id is None:
        return (
            "Managers give work, to employees. You are none yet, so nobody can give you any: ask an admin to "
            "add you under People."
        )
    given = "Managers give you work; you hear of it in your inbox."
    if not may(actor, Permission.CLAIM):
        return given
    if not actor.assignee_roles:
        return f"{given} You have no assignee role, so there is nothing to claim: an admin gives you one."
    roles = " or ".join(sorted(role.replace("_", " ") for role in actor.assignee_roles))
    return f"{given} What waits for any {roles} you claim yourself, as soon as nobody has it."


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
