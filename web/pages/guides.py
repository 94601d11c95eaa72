"""The guides: one page for each of those who work with the board, kept as Markdown in ``web/guides`` (N7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.access import Actor, Permission, may
from engine.errors import NotFoundError

FOLDER = Path(__file__).resolve().parents[1] / "guides"
#: In the order in which they are offered, the reader's own apart, which comes first.
NAMES = ("member", "manager", "strategist", "partner")
_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Section:
    """What stands under one heading of a guide."""

    title: str
    #: Markdown.
    text: str

    @property
    def anchor(self) -> str:
        """The fragment that leads there, as Git hosts make it of the heading."""
        return _NO_WORD.sub("-", self.title.lower()).strip("-")


@dataclass(frozen=True)
class Guide:
    """The page of one person."""

    name: str
    title: str
    #: What stands above the first heading, Markdown.
    opening: str
    sections: tuple[Section, ...]


def readable_by(actor: Actor) -> list[Guide]:
    """Return the guides that somebody may read, the own first: of the team all, a partner's user theirs."""
    if not may(actor, Permission.SEE_OWN_WORK):
        return [load("partner")]
    proposes = may(actor, Permission.PROPOSE)
    own = "manager" if may(actor, Permission.DECIDE) else "strategist" if proposes else "member"
    return [load(name) for name in sorted(NAMES, key=lambda name: name != own)]


def read(actor: Actor, name: str = "") -> Guide:
    """Return a guide, without a name the actor's own.

    Raises:
        NotFoundError: there is none of that name, or it is not for the actor.
    """
    found = [guide for guide in readable_by(actor) if name in ("", guide.name)]
    if not found:
        raise NotFoundError(f"There is no guide “{name}” that you may read. Yours is under Help.")
    return found[0]


@cache
def load(name: str) -> Guide:
    """Read one of ``NAMES`` from its file."""
    return parse(name, (FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Guide:
    """Divide the Markdown of a guide at its headings: one of level 1, then those of level 2."""
    heading, _, rest = text.removeprefix("# ").partition("\n")
    opening, *parts = re.split(r"^## ", rest, flags=re.MULTILINE)
    return Guide(name, heading.strip(), opening.strip(), tuple(_sections(parts)))


def _sections(parts: list[str]) -> Iterator[Section]:
    for part in parts:
        title, _, text = part.partition("\n")
        yield Section(title.strip(), text.strip())
