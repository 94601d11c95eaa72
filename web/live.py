"""Views that stay fresh: a cursor in the page, an ETag on the answer, 304 when nothing changed (decision 11).

A view says what it follows from (``follows``). How far all of that has come is read before the view runs,
with who asks: one indexed read answers whoever holds the view already (P2). The cursor is the number of the
latest event that concerned the view. The page's script asks for its own address again with ``If-None-Match``;
an answer with a smaller cursor than the page's is never shown: a view never rewinds. The journal of a task
that runs is written without events: its page follows the position of that, too (``progress``), and the cursor
of such a page is both numbers, ``812.7``. Its log is told once: the script says with ``X-Live-After`` which
line it has, and adds those that come after it. Nor has it an event that a worker comes or is lost, and that
a limit is over: whoever follows the queue follows the workers and the minute, too (``of_queue``).

What was rendered last is kept for a while under its ETag: asked for again, by another tab or by a page whose
reader is in the middle of typing, it is not rendered again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from flask import Flask, Response, current_app, g, make_response, request, session

from engine.access import Actor, Permission, may
from engine.app import Workbench
from engine.audit import history, topics
from engine.inbox import service as inbox
from engine.jobs.workers import Workers
from engine.ledger import milliseconds
from engine.transaction import Transaction
from web import forms
from web import frame as frames
from web.context import current_actor, current_today, current_workbench, workbench_of
from web.errors import wants_json
from web.readers import Positions
from web.rendering import render

View = TypeVar("View", bound=Callable[..., Any])
#: Names the topics of everything that the view of one record shows beside the record itself.
Others = Callable[[Transaction, str], Collection[str]]
#: What views of many tasks or bundles follow from: cards and rows, and the names on them.
WORK = (topics.BOARD, topics.REFERENCE)

_FLASHES = "_flashes"
#: A word of its own for each start of a server, which its processes, forked after it, share. Servers that
#: share a PostgreSQL have none, as they must call the same page unchanged.
_STARTED = "STARTED"
#: Of so many records it is kept what their views follow from; no record has a longer id.
_MOST_RECORDS, _LONGEST_ID = 10_000, 100
#: Pages kept per process, and how long one may be; compressed, a board of 120 cards has about 15 KiB.
MOST_PAGES, LONGEST_PAGE = 128, 64 * 1024


def follows(*names: str, shows_inbox: bool = False) -> Callable[[View], View]:
    """Say which topics a view follows from, every one that may change what it shows; none means anything.

    One that ``shows_inbox`` also follows from what is told to its reader alone, and what they marked as seen.
    """
    return _following(Followed(names or (topics.EVERYTHING,), shows_inbox=shows_inbox))


def follows_record(
    own: Callable[[str], str], others: Others, progress: Callable[[str], str] | None = None
) -> Callable[[View], View]:
    """Say what the view of the one record in its address follows from: its own topic, and some others.

    Which ``others`` may only change with an event of the record's own topic; they are kept until then.
    ``progress`` names a position that is moved by no event, which it follows besides.
    """
    return _following(FollowedRecord(own, others, progress))


def _following(followed: Followed | FollowedRecord) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.followed = followed  # type: ignore[attr-defined]  # functions take attributes
        return view

    return mark


@dataclass(frozen=True)
class Followed:
    """The topics of a view of many records."""

    own: tuple[str, ...]
    #: Whether its reader's inbox is shown, which follows from what no other view does.
    shows_inbox: bool = False

    def known(self, _args: dict[str, Any]) -> Collection[str]:
        """Name the topics, as far as nothing has to be read for it."""
        return topics.followed(self.own)

    def names(self, _args: dict[str, Any], _positions: Positions) -> Collection[str]:
        """Name all of them."""
        return topics.followed(self.own)

    def progress(self, _args: dict[str, Any]) -> str | None:
        """Name the position that no event moves; there is none."""
        return None


class FollowedRecord:
    """The topics of the view of one record, which follow from the record."""

    shows_inbox = False

    def __init__(
        self, own: Callable[[str], str], others: Others, progress: Callable[[str], str] | None = None
    ) -> None:
        self._own, self._others, self._progress = own, others, progress
        #: Per engine and record: the position of its own topic when the others were read, its past, and they.
        self._kept: WeakKeyDictionary[Workbench, OrderedDict[str, tuple[tuple[int, int], Collection[str]]]]
        self._kept = WeakKeyDictionary()

    def known(self, args: dict[str, Any]) -> Collection[str]:
        """Name the topics, as far as nothing has to be read for it."""
        record_id, progress = _record_of(args), self.progress(args)
        others = self._of_engine().get(record_id, (None, ()))[1]
        return (*topics.followed((self._own(record_id), *others)), *([progress] if progress else []))

    def progress(self, args: dict[str, Any]) -> str | None:
        """Name the position that it follows beside its topics and that no event moves; None without one."""
        return self._progress(_record_of(args)) if self._progress else None

    def names(self, args: dict[str, Any], positions: Positions) -> Collection[str]:
        """Name all of them; reads the record if something happened to it since they were read last."""
        record_id, kept = _record_of(args), self._of_engine()
        now = positions.get(self._own(record_id), 0), positions.get(topics.PAST, 0)
        as_of, others = kept.get(record_id, (None, ()))
        if as_of != now:
            with current_workbench().reading(current_actor()) as tx:
                others = self._others(tx, record_id)
            if len(record_id) <= _LONGEST_ID:
                kept[record_id] = now, others
            if len(kept) > _MOST_RECORDS:
                kept.popitem(last=False)
        return topics.followed((self._own(record_id), *others))

    def forget(self) -> None:
        """Keep nothing any more."""
        self._kept.clear()

    def _of_engine(self) -> OrderedDict[str, tuple[tuple[int, int], Collection[str]]]:
        return self._kept.setdefault(current_workbench(), OrderedDict())


def _record_of(args: dict[str, Any]) -> str:
    """Give the id that stands in the address; such views have one."""
    (record_id,) = args.values()
    return str(record_id)


def followed_by(view: object) -> Followed | FollowedRecord | None:
    """Give what a view follows from; None for one that does not stay fresh."""
    found: Followed | FollowedRecord | None = getattr(view, "followed", None)
    return found


@dataclass(frozen=True)
class Mark:
    """How far a view has seen what happened."""

    #: What its page carries: the number of the latest event, or a partner's stand-in for it; behind a dot
    #: how far the journal has come that it shows.
    cursor: str
    #: What identifies the answer: its events and their past, its reader and what they are told, the hour,
    #: who works where that is shown, the content, this release, and the start of the server, because an older
    #: file is put back between two.
    tag: str


def answer_unchanged(
    followed: Followed | FollowedRecord, positions: Positions, asked: Collection[str]
) -> Response | None:
    """Mark this request's view, and answer at once if the caller holds it, or it was rendered before.

    ``positions`` are those of this moment: the reader's, and those of the topics that were ``asked`` for.
    """
    names = followed.names(request.view_args or {}, positions)
    if missing := set(names) - set(asked):
        with current_workbench().reading(current_actor()) as tx:
            positions |= history.positions(tx, missing)
    cursor = max(positions.get(name, 0) for name in names)
    waiting = frames.waiting(current_actor(), positions)
    of_reader = inbox.topics_of(current_actor()) if followed.shows_inbox else ()
    told = [positions.get(name, 0) for name in of_reader]
    progress = followed.progress(request.view_args or {})
    journal = positions.get(progress, 0) if progress else None
    queue = of_queue() if topics.QUEUE in names else None
    tag = _tag(cursor, positions.get(topics.PAST, 0), waiting, told, (journal, queue))
    g.mark = mark = Mark(f"{_shown(cursor)}{'' if journal is None else f'.{journal}'}", tag)
    if wants_json() or (_FLASHES in session and not is_poll()) or forms.refused_form() is not None:
        return None
    held = request.if_none_match
    if not held.star_tag and held.contains_weak(mark.tag):  # whether there is a page for them, the view says
        return _marked(make_response("", 304), mark)
    return None if lines_after() else _rendered(mark)


def _shown(cursor: int) -> int:
    """Give what a page carries as its cursor: to a partner the time, for how much happens here is not theirs.

    It rises as the number of events does, which their pages would tell otherwise (S23).
    """
    if may(current_actor(), Permission.SEE_OWN_WORK):
        return cursor
    return milliseconds(current_workbench().clock.now())


def page(template: str, status: int = 200, /, **facts: Any) -> Response:
    """Render the page of a view that stays fresh, and answer with its mark.

    A page with messages, and one with a refused form, is shown once: it carries no tag and is not kept.
    One that answers a form has no cursor either, so it does not ask for itself: the address that a form is
    sent to gives no page, and what is shown once, or was typed, stays.
    """
    mark: Mark | None = g.get("mark") if forms.refused_form() is None else None
    shown = render(template, **({"cursor": mark.cursor} if mark else {}), **facts)
    response = make_response(shown, status)
    if mark is None or status != 200 or 'class="message' in shown:
        response.headers["Cache-Control"] = "no-store"
        return response
    g.keeps = not lines_after()  # what has a part of a log is of use to nobody else
    return _marked(response, mark)


def lines_after() -> str:
    """Return which line of a log the page's script has, as the page told it; empty for all of them."""
    return request.headers.get("X-Live-After", "") if is_poll() else ""


def is_poll() -> bool:
    """Whether the page's script asks, and not a person: messages wait for the page that a person opens."""
    return "X-Live" in request.headers


def register(app: Flask) -> None:
    """Keep what views of ``app`` render, as it is sent, and offer ``is_poll`` to its templates.

    What is registered before this sees answers after they were kept; so compression comes after it.
    """
    app.jinja_env.globals.update(is_poll=is_poll)
    app.extensions[_PAGES] = KeptPages()
    app.config[_STARTED] = "" if workbench_of(app).database.dialect.is_shared else secrets.token_hex(8)
    app.after_request(_keep)


def _marked(response: Response, mark: Mark) -> Response:
    response.set_etag(mark.tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def of_queue() -> object:
    """Give what says why programs' work waits and is no event: who works, and what is over by the minute."""
    workbench = current_workbench()
    return Workers(workbench.database).standing(), workbench.clock.now().strftime("%Y%m%d%H%M")


def _tag(cursor: int, past: int, waiting: int, told: Sequence[int], without_event: tuple[object, ...]) -> str:
    return tag(
        cursor,
        without_event,
        past,
        waiting,
        told,
        request.headers.get("HX-Target", ""),  # a view may answer with a part of itself
        current_workbench().clock.now().strftime("%Y%m%d%H"),
        frames.trouble_of_fetch(),
        session.get("csrf_token", ""),
    )


def tag(*follows_from: object) -> str:
    """Identify an answer by what it follows from, beside its request, its reader, the day and the release."""
    parts = (
        follows_from,
        _identity(current_actor()),
        request.root_path,
        request.full_path,
        current_today(),
        current_app.config["ASSET_VERSION"],
        current_app.config[_STARTED],
        current_workbench().content_token(),
        current_app.secret_key,  # else whoever knows the rest could find the number of events by trying
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _identity(actor: Actor) -> tuple[object, ...]:
    """Give everything about an actor that their pages follow from, the same in every process."""
    roles, works_as = sorted(actor.roles), sorted(actor.assignee_roles)
    scopes = None if actor.scopes is None else sorted(actor.scopes)
    who = actor.user_id, actor.name, actor.kind, actor.employee_id, actor.partner_id
    return *who, roles, works_as, scopes


# -- what was rendered -------------------------------------------------------------------------

_PAGES = "kept_pages"


@dataclass(frozen=True)
class KeptPage:
    """A page as it was sent."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


class KeptPages:
    """The pages that were rendered last, as they were sent; safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: OrderedDict[tuple[str, str], KeptPage] = OrderedDict()

    def find(self, tag: str, encodings: str) -> KeptPage | None:
        """Give the page with this tag, as it was sent to somebody who takes these encodings."""
        with self._lock:
            found = self._pages.get((tag, encodings))
            if found is not None:
                self._pages.move_to_end((tag, encodings))
            return found

    def keep(self, tag: str, encodings: str, page: KeptPage) -> None:
        """Keep a page, unless it is long; the one that was not asked for longest goes."""
        if len(page.body) > LONGEST_PAGE:
            return
        with self._lock:
            self._pages[tag, encodings] = page
            if len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)


def forget(app: Flask) -> None:
    """Keep nothing any more of what views of ``app`` rendered and follow from; for tests."""
    app.extensions[_PAGES] = KeptPages()
    for view in app.view_functions.values():
        if isinstance(followed := followed_by(view), FollowedRecord):
            followed.forget()


def _keep(response: Response) -> Response:
    if g.pop("keeps", False) and response.status_code == 200:
        names = ("Content-Type", "Content-Encoding", "Vary", "Content-Security-Policy")
        headers = tuple((name, response.headers[name]) for name in names if name in response.headers)
        kept: KeptPages = current_app.extensions[_PAGES]
        kept.keep(g.mark.tag, _encodings(), KeptPage(response.get_data(), headers))
    return response


def _rendered(mark: Mark) -> Response | None:
    kept: KeptPages = current_app.extensions[_PAGES]
    found = kept.find(mark.tag, _encodings())
    if found is None:
        return None
    response = make_response(found.body)
    response.headers.update(found.headers)
    return _marked(response, mark)


def _encodings() -> str:
    return request.headers.get("Accept-Encoding", "")
