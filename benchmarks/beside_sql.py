"""What a list page, a search and the inbox badge cost beside plain SQL, and with more tasks but as many hits.

Plain SQL is what the driver takes: statements of fixed text on a connection of its own, with no regard to who
may see what.

- Beside a list page of 50 it reads the documents of the same 50 tasks by their ids and decodes the JSON, as
  nothing can be shown of a document before that. Finding them, sorting them and counting all that match are
  the page's work alone; so are the titles of bundles, the names of people, and the steps and proofs.
- Beside a search it asks the index for the same word and reads the documents of the tasks that it leads to,
  decoded too. Ranking, whose tasks they are, and the sentence that a hit stands in are the search's work.
- Beside the inbox badge it takes as many counts as the badge has sorts of things, one after the other in one
  snapshot: each the plain count of an index by its first columns, up to as many as the badge counts. A page
  asks for the badge as it is kept; what it costs after something happened stands beside it.

Growth is asked of reads with as many hits in both stores: of tasks that are made here, of which each store
has the same; a newcomer sees these and no others, and an admin finds them among all.

Processor time counts, that of the database included where it runs in processes of its own.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import psycopg

from benchmarks import measure
from benchmarks.measure import Figure, Samples
from benchmarks.over_http.processes import processor_seconds
from benchmarks.reading import case, looking_for, wishes
from benchmarks.stand import Stand, database_file
from engine.access import Actor, Permission, may
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.clock import to_text
from engine.inbox import service as inbox
from engine.inbox.read_models import MOST_COUNTED
from engine.reference import service as reference
from engine.reference.models import Campaign
from engine.tasks import create, queries
from engine.tasks.filters import TaskFilter
from engine.transaction import Transaction
from web.pages.board import MOST_COUNTED as COUNTED

_TOPIC = "Beside plain SQL"
#: What a read may cost beside plain SQL, and with more tasks beside fewer.
_LIST, _SEARCH, _BADGE, _GROWTH = 4, 3, 3, 1.5
#: The word that all tasks have which are the same in every store, how many they are, and whose.
_WORD, _HITS, _NEWCOMER = "zeppelin", 50, "newcomer"
_FIRST_DUE = date(2099, 1, 1)

_BY_IDS = {
    "sqlite": "SELECT document FROM tasks WHERE task_id IN (SELECT value FROM json_each(?))",
    "postgresql": "SELECT document FROM tasks WHERE task_id = ANY(%s)",
}
_MATCH = {
    "sqlite": (
        "SELECT tasks.document FROM store_piece_tokens"
        " JOIN store_pieces ON piece_id = store_piece_tokens.rowid"
        " JOIN tasks ON tasks.task_id = owner WHERE store_piece_tokens MATCH ? AND realm = ?"
    ),
    "postgresql": (
        "SELECT tasks.document FROM store_pieces JOIN tasks ON tasks.task_id = owner"
        " WHERE array_to_tsvector(string_to_array(btrim(store_pieces.tokens), ' ')) @@ %s::tsquery"
        " AND realm = %s"
    ),
}
_ASKED = {"sqlite": f'"{_WORD}" *', "postgresql": f"'{_WORD}':*"}
#: The first columns of an index for each sort of things in an inbox: for whoever decides, for employees, and
#: for all of the team.
_TO_DECIDE = (
    "task_approvals WHERE workspace_id = :workspace AND is_open = TRUE AND source = 'internal'",
    "tasks WHERE workspace_id = :workspace AND status = 'help_needed'",
    "tasks WHERE workspace_id = :workspace AND awaits_review = TRUE",
)
_OF_EMPLOYEE = (
    "tasks WHERE workspace_id = :workspace AND assignee_id = :employee AND is_open = 1",
    "task_qa_reviews WHERE workspace_id = :workspace AND employee_id = :employee AND reviewed_at > :since",
)
_WATCHES = "watches WHERE workspace_id = :workspace AND user_id = :user AND mode = 'watching'"
_OF_TEAM = (
    "task_approvals WHERE workspace_id = :workspace AND decided_at > :since",
    "bundles WHERE workspace_id = :workspace AND owner_id = :user AND completed_at > :since",
    f"{_WATCHES} AND watched_task_id IS NOT NULL",
    f"{_WATCHES} AND watched_bundle_id IS NOT NULL",
    "task_notes WHERE workspace_id = :workspace AND has_mentions = TRUE AND created_at > :since",
    "deliverable_comments WHERE workspace_id = :workspace AND has_mentions = TRUE AND created_at > :since",
)


def figures(few: Stand, many: Stand, times: int, database: str = "") -> list[Figure]:
    """Return what each read costs beside plain SQL in the store with many, and beside itself with few."""
    of_few, of_many = (make_the_same(stand) for stand in (few, many))
    with ExitStack() as opened:
        asks = [opened.enter_context(_plain(stand)) for stand in (few, many)]
        busy = _busy([few, many])
        beside = _Beside(times, database, busy)
        return [
            *beside.plain_sql(many, of_many, asks[1]),
            *beside.fewer_tasks((few, of_few), (many, of_many)),
        ]


@dataclass(frozen=True)
class _Beside:
    """Compares two reads at a time."""

    times: int
    database: str
    busy: measure.Busy

    def plain_sql(self, stand: Stand, newcomer: Actor, ask: Ask) -> Iterator[Figure]:
        """Yield what each read costs beside plain SQL."""
        tasks = f"{_count(stand)} tasks{self.database}"
        for name, actor in (("admin", stand.admin), ("member", stand.member)):
            costs = {}
            for wish, request in wishes(stand).items():
                ids = _page(stand, actor, request)
                if len(ids) == request.limit and not request.words:
                    plain = _documents(ask, _BY_IDS, ask.listed(ids))
                    costs[wish] = self._both(case(stand, actor, _list(request)), plain)
            if costs:
                yield _worst(f"list page of 50 : its documents, {name}, {tasks}", costs, _LIST)
        for name, actor in (("admin", stand.admin), ("member", newcomer)):
            both = self._both(
                case(stand, actor, _list(_SOUGHT)),
                _documents(ask, _MATCH, _ASKED[ask.database], actor.workspace_id),
            )
            yield _figure(f"search with {_HITS} hits : the bare match, {name}, {tasks}", both, _SEARCH)
        for name, actor in (("admin", stand.admin), ("member", stand.member)):
            plain, counts = (
                _counts(ask, stand, actor),
                f"{len(_sorts(actor))} indexed counts, {name}, {tasks}",
            )
            yield _figure(f"inbox badge : {counts}", self._both(case(stand, actor, _badge), plain), _BADGE)
            yield _beside(
                f"the same counted afresh : {counts}", self._both(case(stand, actor, _fresh), plain)
            )

    def fewer_tasks(self, few: tuple[Stand, Actor], many: tuple[Stand, Actor]) -> Iterator[Figure]:
        """Yield what each read costs with more tasks and as many hits."""
        tasks = f"{_count(many[0])} : {_count(few[0])} tasks{self.database}"
        admins = ((few[0], few[0].admin), (many[0], many[0].admin))
        for name, (one, other) in {"admin": admins, "member": (few, many)}.items():
            asked = _same_hits(few[0], few[1]), _same_hits(many[0], many[1])
            costs = {
                wish: self._both(case(*other, _list(asked[1][wish])), case(*one, _list(asked[0][wish])))
                for wish in asked[0]
            }
            yield _worst(f"list page and search of {_HITS} hits, {name}, {tasks}", costs, _GROWTH)
        both = self._both(case(*many, _badge), case(*few, _badge))
        yield _figure(f"inbox badge of {_HITS} things, member, {tasks}", both, _GROWTH)
        both = self._both(case(*many, _fresh), case(*few, _fresh))
        yield _beside(f"the same counted afresh, member, {tasks}", both)

    def _both(self, ours: measure.Case, other: measure.Case) -> tuple[Samples, Samples]:
        cases = {"ours": ours, "other": other}
        found = measure.interleave(cases, rounds=self.times, warm=2, busy=self.busy)
        return found["ours"], found["other"]


def make_the_same(stand: Stand) -> Actor:
    """Make the tasks that every store has, unless they are there; return whose they are."""
    email = f"{_NEWCOMER}@example.com"
    with stand.workbench.transaction(stand.admin) as tx:
        if tx.find_one(User, email=email) is None:
            reference.load(tx, _DOCUMENTS)
            accounts.add_user(tx, email, "Newcomer", ["member"])
            for number in range(_HITS):
                create.create(tx, stand.content, create.NewTask.parse(_task(number)))
    return stand.workbench.actor_by_email(email)


_DOCUMENTS: dict[str, list[dict[str, object]]] = {
    "employees": [
        {"key": _NEWCOMER, "name": "Newcomer", "email": f"{_NEWCOMER}@example.com", "roles": ["translator"]}
    ],
    "partners": [{"key": _WORD, "name": _WORD.title()}],
    "campaigns": [{"key": _WORD, "partner": _WORD, "name": _WORD.title()}],
}


def _task(number: int) -> dict[str, object]:
    return {
        "title": f"{number} {_WORD}",
        "task_type": "untyped",
        "assignee": _NEWCOMER,
        "campaign": _WORD,
        "tags": [_WORD],
        "category": _WORD,
        "due_date": (_FIRST_DUE + timedelta(days=number)).isoformat(),
    }


def _same_hits(stand: Stand, newcomer: Actor) -> dict[str, TaskFilter]:
    """Return filters that the tasks of ``make_the_same`` match, and no others."""
    with stand.workbench.reading(stand.admin) as tx:
        campaign = tx.find_one(Campaign, key=_WORD)
    assert campaign is not None
    theirs = TaskFilter(assignee_id=newcomer.employee_id)
    return {
        "words": _SOUGHT,
        "words, by title": replace(_SOUGHT, sort="title"),
        "a tag": TaskFilter(tag=_WORD),
        "one campaign": TaskFilter(campaign_id=campaign.campaign_id, sort="-priority"),
        "one person's": theirs,
        "one person's open, latest change": replace(theirs, open=True, sort="-updated_at"),
        "a category, by title": TaskFilter(category=_WORD, sort="title"),
        "due in a time": TaskFilter(due_after=_FIRST_DUE - timedelta(days=7)),
    }


_SOUGHT = looking_for(_WORD)


class Ask:
    """A connection of the driver."""

    def __init__(self, connection: Any, database: str) -> None:
        self.run, self.database = connection.execute, database

    def rows(self, text: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of a statement in which ``?`` stands for what is given."""
        found: list[tuple[Any, ...]] = self.run(text, given).fetchall()
        return found

    def listed(self, ids: list[str]) -> Any:
        """Return a list as one parameter."""
        return json.dumps(ids) if self.database == "sqlite" else ids


@contextmanager
def _plain(stand: Stand) -> Iterator[Ask]:
    """Give a connection to the store, as its engine would open it but with nothing of ours around it."""
    url = stand.workbench.settings.database
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(database_file(stand.workbench), isolation_level=None)) as connection:
            yield Ask(connection, "sqlite")
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            yield Ask(connection, "postgresql")


def _busy(stands: Sequence[Stand]) -> measure.Busy:
    """Return what tells the processor time of this process and of all that a server does for it."""
    urls = [stand.workbench.settings.database for stand in stands]
    if urls[0].startswith("sqlite"):
        return time.process_time
    serving: set[int] = set()
    for url in urls:
        with psycopg.connect(url) as connection:
            rows = connection.execute(_SERVING).fetchall()
            serving |= {pid for (pid,) in rows}

    def busy() -> float:
        return time.process_time() + sum(sum(processor_seconds(pid).values()) for pid in serving)

    return busy


_SERVING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _documents(ask: Ask, texts: Mapping[str, str], *given: Any) -> measure.Case:
    text = texts[ask.database]
    return lambda: [json.loads(document) for (document,) in ask.rows(text, given)]


def _counts(ask: Ask, stand: Stand, actor: Actor) -> measure.Case:
    """Return the case of as many counts, in one snapshot."""
    with stand.workbench.reading(actor) as tx:
        since = to_text(tx.now - timedelta(days=30))
    known = {
        "workspace": actor.workspace_id,
        "user": actor.user_id,
        "employee": actor.employee_id,
        "since": since,
    }
    mark, most = "?" if ask.database == "sqlite" else "%s", MOST_COUNTED + 1
    counts = [
        (
            f"SELECT count(*) FROM (SELECT 1 FROM {_NAMED.sub(mark, rows)} LIMIT {most}) AS found",
            [known[name] for name in _NAMED.findall(rows)],
        )
        for rows in _sorts(actor)
    ]

    def count() -> None:
        ask.run("BEGIN")
        for text, given in counts:
            ask.rows(text, given)
        ask.run("COMMIT")

    return count


_NAMED = re.compile(r"(?<!:):(workspace|user|employee|since)\b")


def _sorts(actor: Actor) -> tuple[str, ...]:
    decides = _TO_DECIDE if may(actor, Permission.DECIDE) else ()
    return (*decides, *(_OF_EMPLOYEE if actor.employee_id else ()), *_OF_TEAM)


def _page(stand: Stand, actor: Actor, request: TaskFilter) -> list[str]:
    with stand.workbench.reading(actor) as tx:
        return [row.task_id for row in queries.list_tasks(tx, request, counted=COUNTED).items]


def _list(request: TaskFilter) -> Callable[[Transaction], object]:
    return lambda tx: queries.list_tasks(tx, request, counted=COUNTED)


def _badge(tx: Transaction) -> int:
    return inbox.count(tx, inbox.positions(tx))


def _fresh(tx: Transaction) -> object:
    return inbox.count_afresh(tx, inbox.positions(tx))


def _count(stand: Stand) -> str:
    return f"{round(stand.count_tasks(), -2):,}"


def _figure(what: str, both: tuple[Samples, Samples], target: float) -> Figure:
    return measure.at_most(_TOPIC, what, measure.ratio(*both), target, measure.pair(*both))


def _beside(what: str, both: tuple[Samples, Samples]) -> Figure:
    """Return a figure of which nothing is asked."""
    value = f"{measure.ratio(*both):.2f}x ({measure.pair(*both)})"
    return Figure(topic=_TOPIC, what=what, value=value)


def _worst(what: str, costs: Mapping[str, tuple[Samples, Samples]], target: float) -> Figure:
    ratios = {wish: measure.ratio(*both) for wish, both in costs.items()}
    by_ratio = sorted(ratios, key=lambda wish: ratios[wish], reverse=True)
    over = [wish for wish in by_ratio if ratios[wish] > target]
    named = ", ".join(f"{wish} {ratios[wish]:.2f}x" for wish in (over or by_ratio[:3]))
    detail = f"the worst of {len(costs)} filters: {measure.pair(*costs[by_ratio[0]])}; {named}"
    return measure.at_most(_TOPIC, what, ratios[by_ratio[0]], target, detail)
