"""The keyboard shortcuts: what the ``?`` dialog lists, and what pages mark with ``data-key``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engine.access import Actor, Permission, may
from web.navigation import PLACES, Place

#: Of so many people, those who were here last.
_REMEMBERED = 1024


@dataclass(frozen=True, eq=False)  # each is one of those below: what is kept of them is found at once
class Shortcut:
    """One key or sequence, and what it does."""

    keys: str
    does: str
    #: What it takes to use it; one that leads to a place takes what the place does.
    permission: Permission = Permission.BELONG


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("?", "show these keys"),
    Shortcut("Ctrl+K", "find anything, or do it by its name; Cmd+K on a Mac"),
    Shortcut("/", "search", Permission.SEE_OWN_WORK),
    Shortcut("g b", "go to the board"),
    Shortcut("g m", "go to my work"),
    Shortcut("g i", "go to the inbox"),
    Shortcut("g u", "go to the bundles"),
    Shortcut("g k", "go to the tickets: what programs do"),
    Shortcut("g q", "go to QA"),
    Shortcut("g y", "go to the queue"),
    Shortcut("g s", "go to what is stuck"),
    Shortcut("g e", "go to the reminders"),
    Shortcut("g r", "go to the reports"),
    Shortcut("g t", "go to the templates"),
    Shortcut("g o", "go to the proposals"),
    Shortcut("g h", "go to the schedules"),
    Shortcut("g w", "go to the worklogs"),
    Shortcut("g p", "go to the people"),
    Shortcut("g c", "go to partners and campaigns"),
    Shortcut("g j", "go to the jobs", Permission.ADMINISTER),
    Shortcut("g n", "after completing a task: go to the next one", Permission.SEE_OWN_WORK),
    Shortcut("n", "start something"),
    Shortcut(
        "t",
        "make a task: on a bundle one of it, on the board any, elsewhere one of yours",
        Permission.WORK_OWN,
    ),
    Shortcut("j", "next item of the list"),
    Shortcut("k", "item before"),
    Shortcut(
        "h", "on the board: the column before, also with the arrow to the left", Permission.SEE_OWN_WORK
    ),
    Shortcut("l", "the next column, also with the arrow to the right", Permission.SEE_OWN_WORK),
    Shortcut("Enter", "open the item"),
    Shortcut("d", "to the step forward, such as Complete; Enter takes it", Permission.SEE_OWN_WORK),
    Shortcut("e", "edit; in the inbox: the chosen news is seen", Permission.SEE_OWN_WORK),
    Shortcut("x", "in the list: choose the task, or not", Permission.WORK_OWN),
    Shortcut("X", "choose all from the one chosen last to this one", Permission.WORK_OWN),
    Shortcut("A", "choose all that are shown", Permission.WORK_OWN),
    Shortcut("b", "to what can be done with those that are chosen", Permission.WORK_OWN),
    Shortcut("c", "write a note or a comment"),
    Shortcut("a", "in the inbox: look and approve; on a version: approve", Permission.JUDGE),
    Shortcut("r", "in the inbox: reject; on a version: say what to change", Permission.JUDGE),
    Shortcut("a", "in the inbox: answer, or permit to run", Permission.DECIDE),
    Shortcut("r", "in the inbox: refuse to let it run", Permission.DECIDE),
    Shortcut("z", "undo what you have just done", Permission.SEE_OWN_WORK),
    Shortcut(".", "the actions of the item or the page", Permission.SEE_OWN_WORK),
    Shortcut("Ctrl+Enter", "send the form you are in"),
    Shortcut("Esc", "close what is open, leave the field"),
)
_LEADING = frozenset(place.keys for place in PLACES)


@lru_cache(_REMEMBERED)
def shortcuts_of(actor: Actor, places: tuple[Place, ...]) -> tuple[Shortcut, ...]:
    """Return the shortcuts of somebody who may go to ``places``; none leads where they may not (N7)."""
    open_to_them = {place.keys for place in places}
    return tuple(
        shortcut
        for shortcut in SHORTCUTS
        if may(actor, shortcut.permission)
        and (shortcut.keys in open_to_them or shortcut.keys not in _LEADING)
    )
