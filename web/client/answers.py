"""What calls give: what came of a change, lists that page by themselves, and the feed of what happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from .given import Shape
from .models import Event
from .refusals import NotSeenError
from .sending import Call, Sender

ShapeT = TypeVar("ShapeT", bound=Shape)
#: How many items one page has at most.
_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[ShapeT]):
    """What came of a change, and what is said about it."""

    #: What came of it; None where whoever did it does not see any more what they have changed.
    seen: ShapeT | None
    #: All that is said about it.
    message: str
    #: The sentences in it that whoever asked should know besides.
    asides: Sequence[str]
    #: What ``client.acts.undo`` takes back; None where that is not possible.
    act_id: str | None

    @property
    def result(self) -> ShapeT:
        """What came of it.

        Raises:
            NotSeenError: it is done, but not yours to see any more.
        """
        if self.seen is None:
            raise NotSeenError(
                f"It is done, but you do not see any more what you have changed: {self.message}"
            )
        return self.seen


def answer_of(kind: type[ShapeT], data: Mapping[str, Any]) -> Answer[ShapeT]:
    """Read an answer."""
    done = data["done"]
    found = {name: value for name, value in data.items() if name != "done"}
    return Answer(
        seen=kind.model_validate(found) if found else None,
        message=done["message"],
        asides=tuple(done["asides"]),
        act_id=done["act_id"],
    )


class Listing(Iterator[ShapeT]):
    """The items of a list, one after another: the next page is read when it is asked for."""

    def __init__(
        self, sender: Sender, call: Call, read: Callable[[Mapping[str, Any]], list[ShapeT]], most: int | None
    ) -> None:
        self._sender, self._call, self._read = sender, call, read
        self._left = most
        self._cursor: str | None = None
        self._page: list[ShapeT] = []
        self._total: int | None = None

    @property
    def total(self) -> int:
        """How many there are in all, as the page says that was read last."""
        if self._total is None:
            self._turn()
        return self._total or 0

    def __next__(self) -> ShapeT:
        if self._left == 0:
            raise StopIteration
        while not self._page:
            if self._total is not None and self._cursor is None:
                raise StopIteration
            self._turn()
        if self._left is not None:
            self._left -= 1
        return self._page.pop(0)

    def _turn(self) -> None:
        limit = min(_PAGE, _PAGE if self._left is None else max(1, self._left))
        query = {**self._call.query, "limit": limit, "cursor": self._cursor}
        data, _ = self._sender.json(replace(self._call, query=query))
        self._page, self._cursor, self._total = self._read(data), data["next"], data["total"]


class Events(Iterator[Event]):
    """What happens, in its order, without an end: whoever asks for the next waits until there is one."""

    def __init__(self, sender: Sender, after: str | None, wait: int) -> None:
        self._sender, self._wait = sender, wait
        self._page: list[Event] = []
        self._after = self._now() if after is None else after
        #: Where to go on: after all events that were given out. While those of one answer are given out it
        #: stays before the first of them, and moves on with the last.
        self.cursor = self._after

    def __next__(self) -> Event:
        while not self._page:
            self._ask()
        event = self._page.pop(0)
        if not self._page:
            self.cursor = self._after
        return event

    def _ask(self) -> None:
        query = {"after": self._after, "wait": self._wait, "limit": _PAGE}
        call = Call(method="GET", path="/api/events", query=query, wait=self._wait)
        data, headers = self._sender.json(call, endless=True)
        self._page, self._after = [Event.model_validate(one) for one in data["events"]], data["next"]
        if not self._page:
            self.cursor = self._after
            time.sleep(float(headers.get("Retry-After", 0)))  # too many wait already

    def _now(self) -> str:
        data, _ = self._sender.json(Call(method="GET", path="/api/events"))
        return str(data["next"])
