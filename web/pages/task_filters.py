"""What the board and the list are narrowed by: one search, kept in the address (web/QUERY.md).

``q`` holds it. Every field may stand in the address by its own name as well (``?assignee=me&tag=seo``): links
and lists add a term so, and it becomes a part of the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.tasks.filters import PAGE, TaskFilter
from engine.tasks.models import TaskStatus
from engine.tasks.search import reading
from engine.tasks.search.fields import FIELDS, WHOLE
from engine.tasks.search.language import Either, Mistake, Named, Piece, parse, written
from engine.transaction import Transaction

#: What an address may add to the search.
ADDED = tuple(name for name in FIELDS if name not in PAGE)
#: What the list offers for ``status``.
STATUS_CHOICES = (
    ("", "open"),
    ("all", "all"),
    *((status.value, status.word) for status in TaskStatus),
)
DUE_CHOICES = (
    ("late", "late"),
    ("today", "today"),
    ("tomorrow", "tomorrow"),
    ("<7d", "within 7 days"),
    ("<30d", "within 30 days"),
)


@dataclass(frozen=True)
class Part:
    """A part of a search that can be taken out."""

    piece: Piece
    text: str
    #: The field with its values, where it is one.
    term: Named | None
    #: The search without it.
    rest: str
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Asked:
    """What a view shows: the search in its address, understood, with order and page."""

    search: reading.Search
    wanted: TaskFilter
    is_list: bool

    @property
    def text(self) -> str:
        """The whole search."""
        return self.search.said.text

    @property
    def parts(self) -> list[Part]:
        """The parts of the search, in its order, each with what was left out of it."""
        said = self.search.said
        return [
            Part(
                piece,
                said.text[piece.start : piece.end],
                said.term_at(piece),
                said.without(piece),
                tuple(one for one in self.search.mistakes if piece.start <= one.start < max(piece.end, 1)),
            )
            for piece in said.pieces
        ]

    @property
    def number(self) -> int | None:
        """The number of the task that the search names alone, as ``#46``."""
        number = self.search.wanted.number
        return (
            number if self.search.wanted == TaskFilter(number=number) and not self.search.mistakes else None
        )


def text_of(arguments: Mapping[str, str]) -> str:
    """Return the search that an address expresses."""
    said = arguments.get("q", "").strip()
    added = [_term(name, value) for name in ADDED if (value := arguments.get(name, "").strip())]
    if added and isinstance(parse(said, FIELDS, WHOLE).tree, Either):
        said = f"({said})"
    return " ".join(filter(None, [said, *added]))


def _term(name: str, value: str) -> str:
    if name == "text":
        return value
    values = [value] if name in WHOLE else [one.strip() for one in value.split(",") if one.strip()]
    return f"{name}:" + ",".join(written(name, one).removeprefix(f"{name}:") for one in values)


def read(tx: Transaction, arguments: Mapping[str, str], *, is_list: bool = False) -> Asked:
    """Return what an address asks for; the board takes no order or page of its own.

    A list without a status shows open work; ``status:all`` shows everything.

    Raises:
        BadRequestError: an order or a page has the wrong form; says which. Whatever of the search cannot be
            understood is left out, and is among its mistakes.
    """
    search = reading.search(tx, text_of(arguments))
    wanted = search.wanted
    if not is_list:
        return Asked(search, wanted, is_list)
    if not search.said.names() & {"status", "qa"}:  # QA begins where work has ended
        wanted = wanted.and_also(TaskFilter(open=True))
    given = {name: value for name in PAGE if (value := arguments.get(name))}
    page = reading.from_options(tx, given)
    return Asked(search, replace(wanted, **{name: getattr(page, name) for name in given}), is_list)


@dataclass(frozen=True)
class Choosing:
    """A search with the place of some fields in it, so that another value can be chosen for them."""

    #: The values that stand there now, as they are written.
    chosen: Mapping[str, str]
    #: The search without these terms.
    rest: str


def choosing(text: str, *names: str) -> Choosing:
    """Take the first plain term of each of some fields out of a search."""
    chosen: dict[str, str] = {}
    for name in names:
        said = parse(text, FIELDS, WHOLE)
        for piece in said.pieces:
            term = said.term_at(piece)
            if term is not None and term.name == name:
                chosen[name] = ",".join(value.text for value in term.values)
                text = said.without(piece)
                break
    return Choosing(chosen, text)
