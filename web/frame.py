"""What the frame around every page shows: its reader, their places, what waits for them; plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.access import Actor, Permission, may
from engine.inbox import service as inbox
from engine.inbox.read_models import MOST_COUNTED
from engine.live_content import trouble
from engine.live_content.trouble import Trouble
from web import navigation, snapshot
from web.context import current_workbench, find_actor
from web.keys import Shortcut, shortcuts_of
from web.navigation import Place


@dataclass(frozen=True)
class Frame:
    """The frame of one answer, read before anything is rendered."""

    #: None for strangers, who get no frame.
    actor: Actor | None = None
    workspace_name: str = ""
    places: Sequence[Place] = ()
    #: How much waits in the inbox, as far as it is counted.
    waiting: int = 0
    #: Table and id of what could not be read, and is left out of the page (S11).
    left_out: Sequence[tuple[str, str]] = ()
    #: How many faults the content has; for those who see to it that somebody mends them (R24).
    faults_of_content: int = 0
    #: Why the content could not be fetched the last time; for the same people. None where it could.
    trouble_of_fetch: Trouble | None = None

    @property
    def home(self) -> str:
        """Where its reader begins."""
        return navigation.fixed_address(navigation.landing_of(self.actor))

    @property
    def makes_tasks(self) -> bool:
        """Whether its reader may make tasks."""
        return self.actor is not None and may(self.actor, Permission.WORK_OWN)

    @property
    def administers(self) -> bool:
        """Whether its reader looks after people and settings."""
        return self.actor is not None and may(self.actor, Permission.ADMINISTER)

    @property
    def shortcuts(self) -> tuple[Shortcut, ...]:
        """The keys that its reader has."""
        return shortcuts_of(self.actor, tuple(self.places)) if self.actor else ()


def load() -> Frame:
    """Give the frame for whoever is signed in, of this request's snapshot, else of now."""
    actor = find_actor()
    if actor is None:
        return Frame()
    name = current_workbench().workspace.name
    frame = Frame(actor, name, navigation.places_of(actor), waiting(actor, snapshot.positions()))
    if not actor.sees_everything:
        return frame
    return replace(frame, faults_of_content=_faults_of_content(), trouble_of_fetch=trouble_of_fetch())


def trouble_of_fetch() -> Trouble | None:
    """Say why the content could not be fetched the last time; None where it could, or is not fetched."""
    return trouble.current(current_workbench().settings)


def _faults_of_content() -> int:
    return sum(found.is_error for found in current_workbench().content().problems)


def without_store() -> Frame:
    """Return the frame of a page that says that the store cannot be asked."""
    actor = find_actor()
    return Frame() if actor is None else Frame(actor, places=navigation.places_of(actor))


def waiting(actor: Actor, positions: Mapping[str, int] | None) -> int:
    """Say how much waits in somebody's inbox; ``positions`` are those of this moment, if they were read."""
    with current_workbench().reading(actor) as tx:
        known = inbox.positions(tx) if positions is None else positions
        return min(inbox.count(tx, known), MOST_COUNTED + 1)
