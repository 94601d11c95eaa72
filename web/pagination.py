"""Pages of a list, and addresses of the same view with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request
from werkzeug.datastructures import MultiDict

from engine.inputs import whole_number
from web.format import at_least

_MOST_OFFSET = 1_000_000_000


@dataclass(frozen=True)
class Pages:
    """Where a list stands: ``limit`` items from ``offset`` of ``total``, or of more than were counted."""

    total: int
    limit: int
    offset: int
    is_exact: bool = True

    @property
    def first(self) -> int:
        """The number of the first item shown, from 1; 0 where nothing is."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """The number of the last item shown."""
        return min(self.offset + self.limit, self.total)

    @property
    def number(self) -> str:
        """How many there are: ``1,234``, or ``500+``."""
        return at_least(self.total, is_exact=self.is_exact)

    @property
    def previous_offset(self) -> int | None:
        """Where the page before starts; None on the first page."""
        return max(0, self.offset - self.limit) if self.offset > 0 else None

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts; None on the last page."""
        return self.offset + self.limit if self.offset + self.limit < self.total else None


def offset_of(name: str) -> int:
    """Return where a list of this page begins, as the address says; at 0 where that is no number."""
    return whole_number(request.args.get(name), 0, _MOST_OFFSET) or 0


def same_view(**changes: Any) -> str:
    """Return this page's address with some of its query changed; None takes a key out."""
    return query_at(request.path, **changes)


def query_at(path: str, **changes: Any) -> str:
    """Return the address of another page with the query of this one, some of it changed."""
    query: MultiDict[str, str] = MultiDict(request.args)
    for name, value in changes.items():
        query.poplist(name)
        if value not in (None, ""):
            query.add(name, str(value))
    pairs = urlencode(list(query.items(multi=True)))
    return f"{path}?{pairs}" if pairs else path


def searching(text: str, path: str = "/board", **changes: Any) -> str:
    """Return the address of a search of tasks, in the view and order of this page; ``changes`` as above."""
    kept = {name: request.args.get(name) for name in ("view", "sort", "limit")}
    given = {"q": text, **kept, "columns": named_columns(), **changes}
    pairs = urlencode([(name, str(value)) for name, value in given.items() if value not in (None, "")])
    return f"{path}?{pairs}" if pairs else path


def named_columns() -> str:
    """Return the columns that this page's address names, as one value; a form names each by itself."""
    return ",".join(request.args.getlist("columns"))


def sort_link(field: str, now: str | None) -> str:
    """Return the address of this list sorted by ``field``; the other way round when it already is."""
    return same_view(sort=f"-{field}" if now == field else field, offset=None)


def sort_state(field: str, now: str | None) -> str:
    """Return the ``aria-sort`` value of a column in a list that is sorted by ``now``, None for no column."""
    return {field: "ascending", f"-{field}": "descending"}.get(now or "", "none")


def register(app: Flask) -> None:
    """Offer the addresses to the templates of ``app``."""
    app.jinja_env.globals.update(
        same_view=same_view,
        query_at=query_at,
        searching=searching,
        named_columns=named_columns,
        sort_link=sort_link,
        sort_state=sort_state,
    )
