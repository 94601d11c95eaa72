"""One field for everything: what of each kind has all the words that were typed (issue 11, part 4).

Tasks are found as everywhere, by the language of searches. Of all else every word must stand in what it is
called, in any order. What can be done is in ``find_verbs``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from engine.access import Permission, may
from engine.bundles import queries as bundles
from engine.catalog.content import Content
from engine.errors import NotFoundError
from engine.inbox import service as inbox
from engine.inputs import whole_number
from engine.reference.models import Employee
from engine.tasks import lookup, queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Task
from engine.tasks.queries import named
from engine.tasks.read_models import Found, TaskRow
from engine.tasks.search import reading
from engine.transaction import Transaction
from web import addresses, navigation
from web.pages import find_verbs
from web.pages.find_hits import MOST, Here, Hit, best, is_called
from web.wording import chip_of

#: Nothing is called so long; a longer text finds nothing.
LONGEST = 200
_MOST_NUMBER = 10**18
#: So many of the tasks that changed last are looked at, so that closed ones do not hide those to be done.
_LOOKED_AT = 3 * MOST
#: Pages that no entry of the navigation leads to, each with its key.
_FURTHER = (
    ("Help", "guides.own", ""),
    ("Keys", "guides.keys", "?"),
    ("Your account", "accounts.password", ""),
)


@dataclass(frozen=True)
class Kind:
    """The hits of one kind, the best first."""

    label: str
    hits: list[Hit]


@dataclass(frozen=True)
class Everything:
    """What one text finds."""

    text: str
    #: Those with a hit.
    kinds: Sequence[Kind]

    @property
    def total(self) -> int:
        """How many hits are shown."""
        return sum(len(kind.hits) for kind in self.kinds)


def find(tx: Transaction, content: Content, text: str, task_name: str = "") -> Everything:
    """Return what the actor may see, or do, that has all words of ``text``; at most ``MOST`` of a kind.

    What is called exactly so comes first: ``people`` is the page before all tasks with people in them.

    Without a text that is what can be done with the task that is open, if they see it, and where one can go.
    """
    text = " ".join(text.split())
    if len(text) > LONGEST:
        return Everything(text, ())
    belongs = may(tx.actor, Permission.SEE_OWN_WORK)
    is_asked = bool(text) and belongs
    known = named.everybody(tx, employees_alone=not tx.actor.sees_everything) if is_asked else ()
    here = Here(content, text, _open_task(tx, task_name) if belongs else None, known)
    kinds = [Kind("Actions", find_verbs.with_task(tx, here))]
    if is_asked:
        kinds += _recorded(tx, here)
    elif not belongs:
        kinds.append(Kind("For your approval", best(_for_partner(tx), text)))
        if text:
            kinds.append(Kind("Decided before", best(_for_partner(tx, seen=1), text)))
    kinds.append(Kind("Pages", best(_pages(tx), text)))
    if is_asked:
        new = Kind("New", find_verbs.anywhere(tx, here))
        kinds.insert(1 if find_verbs.are_meant(new.hits, text) else len(kinds), new)
    kinds.sort(key=lambda kind: not any(is_called(hit, text) for hit in kind.hits))
    return Everything(text, [kind for kind in kinds if kind.hits])


def _recorded(tx: Transaction, here: Here) -> list[Kind]:
    """Return what was found of what the workspace has."""
    return [
        Kind("Tasks", _tasks(tx, here)),
        Kind("Bundles", _bundles(tx, here)),
        Kind("People", best(_people(tx, here), here.text)),
        Kind("Partners and campaigns", best(_partners(here), here.text)),
        Kind("Templates", best(_templates(tx, here), here.text)),
    ]


def _open_task(tx: Transaction, name: str) -> Task | None:
    try:
        return lookup.find(tx, name) if name else None
    except NotFoundError:  # nothing is offered of what they do not see
        return None


def _tasks(tx: Transaction, here: Here) -> list[Hit]:
    """Return the best of the tasks that the text finds as a search, those that are open first."""
    number = whole_number(here.text, 0, _MOST_NUMBER)
    search = reading.search(tx, here.text if number is None else f"#{number} or {number}")
    if search.wanted == TaskFilter():  # nothing of it is understood yet
        return []
    wanted = replace(search.wanted, limit=_LOOKED_AT)
    page = queries.list_tasks(tx, wanted, counted=_LOOKED_AT)
    rows = sorted(page.items, key=lambda row: (row.task_number != number, row.is_terminal))
    hits = [_task(row, page.found.get(row.task_id)) for row in rows[:MOST]]
    if len(rows) <= MOST:
        return hits
    query = urlencode({"view": "list", "status": "all", "q": search.said.text})
    every = Hit(label="All that it finds, as a list", address=f"{_board()}?{query}")
    return [*hits[:-1], every]


def _task(row: TaskRow, found: Found | None) -> Hit:
    told = (f"#{row.task_number}", chip_of(row.status).word, row.assignee_name, row.bundle_title)
    beside = " · ".join(one for one in told if one)
    return Hit(label=row.title, address=addresses.task(row.task_id), beside=beside, found=found)


def _board() -> str:
    return navigation.fixed_address("board.show")


def _bundles(tx: Transaction, here: Here) -> list[Hit]:
    return [
        Hit(label=one.title, address=addresses.bundle(one.bundle_id), beside=chip_of(one.status).word)
        for one in bundles.titled(tx, MOST, here.text)
    ]


def _people(tx: Transaction, here: Here) -> Iterator[Hit]:
    """Yield the people, each with their page; with their tasks for whoever may not open that."""
    opens_pages = tx.actor.sees_everything
    for one in here.named:
        if one.kind is not Employee:
            continue
        query = urlencode({"view": "list", "assignee": one.record_id})
        address = (
            f"/people/employees/{quote(one.record_id, safe='')}" if opens_pages else f"{_board()}?{query}"
        )
        yield Hit(label=one.name, address=address, beside="" if opens_pages else "their tasks", also=one.key)


def _partners(here: Here) -> Iterator[Hit]:
    for one in here.named:
        if one.kind is not Employee:
            noun = one.kind.__name__.lower()
            address = f"/{noun}s/{quote(one.record_id, safe='')}"
            yield Hit(label=one.name, address=address, beside=noun, also=one.key)


def _templates(tx: Transaction, here: Here) -> Iterator[Hit]:
    if may(tx.actor, Permission.BROWSE_TEMPLATES):
        for key, template in here.content.templates.items():
            address = navigation.fixed_address("templates.show", key=key)
            yield Hit(label=template.name, address=address, also=key)


def _for_partner(tx: Transaction, **seen: int) -> Iterator[Hit]:
    """Yield what waits for the decision of a partner's user; with ``seen``, what they decided before."""
    for section in inbox.load(tx, with_seen=bool(seen)).sections:
        for item in section.items:
            query = urlencode({**seen, "item": item.key})
            address = f"{navigation.fixed_address('inbox.show')}?{query}"
            yield Hit(label=item.title, address=address, beside=item.where or "")


def _pages(tx: Transaction) -> Iterator[Hit]:
    for place in navigation.places_of(tx.actor):
        yield Hit(label=place.label, address=place.address, keys=place.keys)
    for label, endpoint, keys in _FURTHER:
        yield Hit(label=label, address=navigation.fixed_address(endpoint), keys=keys)
