"""The pages of a list: how many, from where on, and the cursor that leads to the next one.

A cursor is the place of the last item that its holder was given, so that what is made or taken away before
it moves nothing: what follows is neither skipped nor given twice. Where an order is not stable, as what fits
a search best is not, it is how many were given. It is signed, and good for the list, the filters and the
person that it was made for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BeforeValidator, Field

from engine.errors import BadCursorError, bad_field
from engine.inputs import Input, whole_number

T = TypeVar("T")
#: Where an item stands in its list, as JSON data.
Place = Sequence[Any]

MOST, USUAL = 100, 50
LONGEST_WAY = 2**31 - 1
_LONGEST_CURSOR = 4_000
#: Fields of a list's filters that say which page of it is asked for, and not of what.
PAGE = frozenset({"limit", "offset", "cursor"})


def _whole(value: object) -> object:
    """Take digits alone for a number; pydantic would take ``1.0`` too."""
    return whole_number(value, -LONGEST_WAY, LONGEST_WAY) if isinstance(value, str) else value


#: A number of the query.
Whole = Annotated[int, BeforeValidator(_whole)]


class Listing(Input):
    """What every list may be asked for; the lists add their filters."""

    limit: Whole = Field(USUAL, ge=1, le=MOST, description="How many items, 1 to 100.")
    offset: Whole = Field(0, ge=0, le=LONGEST_WAY, description="How many items are passed over first.")
    cursor: str | None = Field(
        None, max_length=_LONGEST_CURSOR, description="`next` of the page before, to go on from there."
    )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody asks of a list."""

    #: The filters that were given, by their names, as they were read; nothing of the page.
    filters: Mapping[str, Any] = field(default_factory=dict)
    limit: int = USUAL
    offset: int = 0
    #: The place of the last item of the page before; None at the beginning, or where an offset is given.
    after: Place | None = None
    #: The record to which the list belongs, where it belongs to one.
    parent: Any = None

    @property
    def begin(self) -> int:
        """How many items come before the page, where places are counted."""
        return int(self.after[0]) if self.after else self.offset


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some items of a list, in its order."""

    items: Sequence[Any]
    #: How many there are in all.
    total: int
    #: The place of the last of these, where more follow; None where they do not.
    last: Place | None = None
    #: What is told beside an item, by its id.
    beside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def cut(
    items: Sequence[T], asked: Asked, place_of: Callable[[T], tuple[Any, ...]], *, descending: bool = False
) -> Page:
    """Return the page that is asked for of a whole list that stands in the order of its places."""
    rest = items[asked.offset :]
    if asked.after is not None:
        after = tuple(asked.after)
        rest = [one for one in items if (place_of(one) < after if descending else place_of(one) > after)]
    shown = rest[: asked.limit]
    last = place_of(shown[-1]) if len(rest) > len(shown) else None
    return Page(items=shown, total=len(items), last=last)


def cut_behind(items: Sequence[T], asked: Asked, id_of: Callable[[T], str]) -> Page:
    """Do as ``cut`` does for a list in whose order items only ever come in behind one that was given.

    Raises:
        BadCursorError: the item that the cursor stands for is not in the list any more.
    """
    first = asked.offset
    if asked.after is not None:
        place = next((at for at, one in enumerate(items) if [id_of(one)] == list(asked.after)), None)
        if place is None:
            raise _refused("what it goes on from is not in this list any more")
        first = place + 1
    shown = items[first : first + asked.limit]
    last = [id_of(shown[-1])] if shown and first + len(shown) < len(items) else None
    return Page(items=shown, total=len(items), last=last)


def counted(items: Sequence[T], total: int, asked: Asked) -> Page:
    """Return a page of a list whose order is not stable; its cursor counts."""
    end = asked.begin + asked.limit
    return Page(items=items, total=total, last=[end] if end < total else None)


def seal(place: Place, of: str) -> str:
    """Return the cursor that leads on from a place of the list that ``of`` names."""
    sealed = _serializer().dumps([_digest(of), list(place)])
    return sealed if isinstance(sealed, str) else sealed.decode()


def unseal(cursor: str, of: str) -> Place:
    """Return the place that a cursor of the list that ``of`` names leads on from.

    Raises:
        BadCursorError: this list did not give it to this person, with these filters.
    """
    try:
        digest, place = _serializer().loads(cursor)
    except (BadData, ValueError, TypeError) as error:
        raise _refused("it is not one that this list gave") from error
    if digest != _digest(of):
        raise _refused("it belongs to another list, to other filters or to another person")
    return list(place)


def check_page(offset: int, cursor: str | None) -> None:
    """Refuse a page that is given twice, and a cursor that says nothing.

    Raises:
        BadRequestError: both the cursor and an offset are given.
        BadCursorError: the cursor is empty.
    """
    if cursor == "":  # else whoever lost theirs would begin anew, and never know
        raise _refused("it is empty")
    if cursor is not None and offset:
        raise bad_field("offset", "leave it out: the cursor says where the page begins")


def _refused(why: str) -> BadCursorError:
    message = f"This cursor leads nowhere: {why}. Begin again without a cursor."
    return BadCursorError(message, details=[{"code": "BAD_CURSOR", "field": "cursor", "message": why}])


def _digest(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:16]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(
        str(current_app.secret_key), salt="cursor", signer_kwargs={"digest_method": hashlib.sha256}
    )
