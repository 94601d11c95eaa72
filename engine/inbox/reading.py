"""Reads an inbox: the first items of its sections with what there is in all, and the item that is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.clock import to_text
from engine.inbox import items
from engine.inbox.queries import items as queries
from engine.inbox.queries.items import Row
from engine.inbox.queries.reader import Shape, values_of
from engine.inbox.read_models import MOST_COUNTED, Inbox, Item, Kind, Section
from engine.loading import readable
from engine.transaction import Transaction

#: The title of each section, by its key and in the order of the page.
_TITLES = {
    "approvals": "Waits for your decision",
    "help": "Needs your help",
    "reviews": "May it run?",
    "news": "For you",
    "free": "Free to claim",
}
_OF_PARTNER = {"approvals": "Waits for your approval", "news": "For you to read"}
#: The section of what waits until somebody acts, and of what is nobody's; everything else is news.
_SECTIONS = {Kind.APPROVAL: "approvals", Kind.HELP: "help", Kind.REVIEW: "reviews", Kind.CLAIMABLE: "free"}
_NEWS = "news"
_NEVER = datetime.max.replace(tzinfo=UTC)
#: A task is late from the first moment after its deadline.
_AFTER = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Count:
    """How many items there are: exact up to ``MOST_COUNTED``."""

    total: int
    #: When time changes it first, if nothing happens.
    until: datetime


@dataclass(frozen=True)
class Reader:
    """Whose inbox it is, as the reads ask for it."""

    shape: Shape
    values: Mapping[str, Any]

    @classmethod
    def of(cls, tx: Transaction, since: datetime | None, *, has_marked: bool = False) -> Reader:
        """Give the actor, whose news begin after a moment; None is for all that there ever were.

        ``has_marked`` says that they may have marked single ones of these as seen.
        """
        begins = "" if since is None else to_text(since)
        return cls(Shape.of(tx, has_marked=has_marked), {**values_of(tx), "since": begins})

    @property
    def is_partners(self) -> bool:
        """Whether it is a partner's user, who is told nothing of how the work came about."""
        return not self.shape.sees_own_work

    def count(self, tx: Transaction, news_for: timedelta) -> Count:
        """Count the items that are the reader's, shown or not, where news are none any more after a while."""
        if not self.shape.has_inbox:
            return Count(0, _NEVER)
        rows = queries.totals(tx, self.shape).rows(tx, **self.values)
        until = [datetime.fromisoformat(self.values["day_ends"])]
        until += [datetime.fromisoformat(oldest) + news_for for _, oldest, _ in rows if oldest]
        until += [datetime.fromisoformat(deadline) + _AFTER for _, _, deadline in rows if deadline]
        return Count(sum(int(count) for count, _, _ in rows), min(until))

    def load(self, tx: Transaction, named: str | None, shown: int) -> Inbox:
        """Load what waits, and what is new."""
        rows = self._read(tx, shown, seen=False)
        beside = [row.total for row in rows if row.kind == queries.TO_SCORE]
        found: dict[str, list[Row]] = {}
        for row in rows:
            if row.kind != queries.TO_SCORE:
                found.setdefault(_section_of(row), []).append(row)
        moments = [row.newest for row in found.get(_NEWS, ()) if row.newest]
        sections = {key: self._section(key, found[key], shown) for key in _TITLES if key in found}
        if (other := self._named(tx, named, sections.values(), seen=False)) is not None:
            key = _section_of(other)
            sections[key] = _with(sections[key], self._tell(other))
        return Inbox(
            sections=list(sections.values()),
            qa_open=sum(beside) if self.shape.decides else None,
            is_partners=self.is_partners,
            news_until=datetime.fromisoformat(max(moments)) if moments else None,
        )

    def load_seen(self, tx: Transaction, named: str | None, shown: int) -> Inbox:
        """Load the latest, whether it was seen or not: of a partner, what their people have decided."""
        rows = [row for row in self._read(tx, shown + 1, seen=True) if row.kind != queries.TO_SCORE]
        rows.sort(key=lambda row: (row.since, row.key), reverse=True)
        title = "Decided before" if self.is_partners else "The latest, seen or not"
        found = [self._tell(row) for row in rows[:shown]]
        section = Section(key="seen", title=title, items=found, total=None, has_more=len(rows) > shown)
        if (other := self._named(tx, named, [section], seen=True)) is not None:
            section = _with(section, self._tell(other))
        return Inbox(
            sections=[section] if section.items else [], is_partners=self.is_partners, shows_seen=True
        )

    def _section(self, key: str, rows: Sequence[Row], shown: int) -> Section:
        """Make a section of the first rows of each of its sources."""
        first = _together(sorted(rows, key=lambda row: (row.rank, row.since, row.key)))[:shown]
        total = sum({row.source: int(row.total) for row in rows}.values())
        title = (_OF_PARTNER if self.is_partners else _TITLES)[key]
        found = [self._tell(row) for row in first]
        return Section(
            key=key,
            title=title,
            items=found,
            total=total,
            has_more=total > len(found),
            is_offer=Kind(rows[0].kind).is_offer,
        )

    def _named(
        self, tx: Transaction, key: str | None, sections: Iterable[Section], *, seen: bool
    ) -> Row | None:
        """Find the item with a key where it is not among those shown."""
        if not key or any(item.key == key for section in sections for item in section.items):
            return None
        return next(iter(self._read(tx, 1, seen=seen, key=key)), None)

    def _read(self, tx: Transaction, most: int, *, seen: bool, key: str | None = None) -> list[Row]:
        """Read items of each source, ``most`` of each, or the one with a key."""
        if not (self.shape.decides_as_partner or self.shape.sees_own_work):
            return []
        find = queries.first_of_partner if self.is_partners else queries.first
        counted = {} if seen or key else {"counted": max(MOST_COUNTED, most) + 1}
        values = {**self.values, "most": most, "key": key, **counted}
        rows = find(tx, self.shape, seen, key is not None).rows(tx, **values)
        return list(readable((Row(*row) for row in rows), _checked, tx.database))

    def _tell(self, row: Row) -> Item:
        return items.of_partner(row) if self.is_partners else items.of_team(row)


def _together(rows: Sequence[Row]) -> list[Row]:
    """Put what is told of one bundle together, where the first of it stands; what waits keeps its order."""
    if Kind(rows[0].kind).is_to_decide:
        return list(rows)
    places: dict[str, int] = {}
    for row in rows:
        places.setdefault(row.bundle_id or row.key, len(places))
    return sorted(rows, key=lambda row: places[row.bundle_id or row.key])


def _checked(row: Row) -> Row:
    if row.kind == Kind.DECISION:
        items.outcome_of(row)
    return row


def _section_of(row: Row) -> str:
    return _SECTIONS.get(Kind(row.kind), _NEWS)


def _with(section: Section, item: Item) -> Section:
    """Add the named item to a section that does not show it."""
    found = [*section.items, item]
    has_more = section.has_more if section.total is None else section.total > len(found)
    return replace(section, items=found, has_more=has_more)
