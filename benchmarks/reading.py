"""Lists, search, statistics, the board, what waits and the reports, as the engine gives them to a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from benchmarks import measure
from benchmarks.measure import Figure, Samples
from benchmarks.stand import Stand
from engine.access import Actor
from engine.inbox import people, stuck
from engine.inbox import service as inbox
from engine.qa import service as qa
from engine.reports import registry
from engine.tasks import help as help_requests
from engine.tasks import human_review, queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Priority, TaskStatus
from engine.transaction import Transaction

_TOPIC = "Reading"
_LIMIT_MS = 20
#: What Kanboard was measured at with 10,000 tasks (product.md).
_KANBOARD_SEARCH_MS, _KANBOARD_BOARD_MS = 31, 327
_RARE = "guest editing"
_REPORT_LIMIT_MS = 2000
_Read = Callable[[Transaction], object]
_BOTH, _MANAGER = ("manager", "member"), ("manager",)
#: What says what waits, its limit in milliseconds, and whose page it is on.
_WAITING: dict[str, tuple[_Read, int, tuple[str, ...]]] = {
    "inbox badge": (lambda tx: inbox.count(tx, inbox.positions(tx)), 5, _BOTH),
    "inbox": (inbox.load, 200, _BOTH),
    "what is stuck": (stuck.load, 60, _BOTH),
    "people and their load": (people.load, 100, _MANAGER),
    "tasks that wait for a permission": (human_review.awaiting, 20, _MANAGER),
    "questions without an answer": (help_requests.unanswered, 20, _MANAGER),
    "QA queue": (qa.queue, 20, _MANAGER),
}


def lists(stand: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how long one page of 50 takes for an admin and for a member, the slowest list by name."""
    return [
        _slowest(stand, stand.admin, _wishes(stand), f"list page of 50, admin{database}", times),
        _slowest(stand, stand.member, _wishes(stand), f"list page of 50, member{database}", times),
    ]


def board_and_statistics(stand: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how long the board and the statistics take for an admin and for a member."""
    found = []
    for name, actor in (("admin", stand.admin), ("member", stand.member)):
        for what, read in (("board", _board), ("statistics", queries.statistics)):
            samples = _read(stand, actor, read, times)
            found.append(
                measure.under(_TOPIC, _titled(stand, f"{what}, {name}{database}"), samples, _LIMIT_MS)
            )
    return found


def waiting(stand: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how long it takes to say what waits: the badge on every page, the inbox, what is stuck."""
    return [
        measure.under(
            _TOPIC,
            _titled(stand, f"{what}, {name}{database}"),
            _read(stand, actor, read, times),
            limit,
        )
        for what, (read, limit, names) in _WAITING.items()
        for name, actor in (("manager", stand.admin), ("member", stand.member))
        if name in names
    ]


def reported(stand: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how long each report over the whole workspace takes; they are asked for, never waited with."""
    return [
        measure.under(
            _TOPIC,
            _titled(stand, f"report {name}{database}"),
            _read(stand, stand.admin, _report(name), times),
            _REPORT_LIMIT_MS,
        )
        for name in registry.REPORTS
    ]


def beside_kanboard(stand: Stand, times: int) -> list[Figure]:
    """Return search and board at 10,000 tasks beside what Kanboard was measured at."""
    reads: dict[str, tuple[_Read, int]] = {
        "search for rare words": (_search(_RARE), _KANBOARD_SEARCH_MS),
        "search for a common word": (_search("podcast"), _KANBOARD_SEARCH_MS),
        "board": (_board, _KANBOARD_BOARD_MS),
    }
    return [
        measure.under(
            _TOPIC,
            _titled(stand, f"{what}; Kanboard {limit} ms"),
            _read(stand, stand.admin, read, times),
            limit,
        )
        for what, (read, limit) in reads.items()
    ]


def _wishes(stand: Stand) -> dict[str, TaskFilter]:
    with stand.workbench.reading(stand.admin) as tx:
        today = tx.today
    return {
        "no filter": TaskFilter(),
        "open, soonest due": TaskFilter(open=True),
        "in progress, latest change": TaskFilter(status=(TaskStatus.IN_PROGRESS,), sort="-updated_at"),
        "two statuses, by title": TaskFilter(status=(TaskStatus.WAITING, TaskStatus.BLOCKED), sort="title"),
        "completed, newest": TaskFilter(status=(TaskStatus.COMPLETED,), sort="-created_at"),
        "one person's open work": TaskFilter(assignee_id=stand.employees[1].employee_id, open=True),
        "mine": TaskFilter(mine=True, open=True),
        "unassigned": TaskFilter(unassigned=True, open=True),
        "one campaign": TaskFilter(campaign_id=stand.campaigns[3].campaign_id, open=True, sort="-priority"),
        "one template": TaskFilter(template_id="newsletter", open=True),
        "critical": TaskFilter(priority=(Priority.CRITICAL,), open=True, sort="deadline"),
        "overdue": TaskFilter(overdue=True, sort="deadline"),
        "due this fortnight": TaskFilter(due_after=today, due_before=today + timedelta(days=14)),
        "a tag": TaskFilter(tag="Podcast", open=True),
        "text among open": TaskFilter(text=_RARE, open=True),
        "highest priority": TaskFilter(sort="-priority"),
        "by title": TaskFilter(sort="title"),
        "page 20": TaskFilter(offset=950, open=True),
    }


def _slowest(stand: Stand, actor: Actor, requests: dict[str, TaskFilter], what: str, times: int) -> Figure:
    found = {
        name: _read(stand, actor, lambda tx, request=request: queries.list_tasks(tx, request), times)  # type: ignore[misc]
        for name, request in requests.items()
    }
    by_time = sorted(found, key=lambda name: found[name].median, reverse=True)
    slow = [name for name in by_time if found[name].median * 1000 >= _LIMIT_MS]
    named = ", ".join(f"{name} {measure.ms(found[name].median)}" for name in (slow[:6] or by_time[:3]))
    every = Samples(
        [t for one in found.values() for t in one.wall], [t for one in found.values() for t in one.cpu]
    )
    overall = f"median {measure.ms(every.median)}, busy {measure.ms(every.busy)}"
    detail = f"slowest of {len(found)} filters; all: {overall}"
    return measure.under(
        _TOPIC,
        _titled(stand, what),
        found[by_time[0]],
        _LIMIT_MS,
        f"{detail}; {len(slow)} over the limit; {named}",
    )


def _search(text: str) -> _Read:
    return lambda tx: queries.list_tasks(tx, TaskFilter(text=text))


def _report(name: str) -> _Read:
    return lambda tx: registry.run(tx, name, {})


def _board(tx: Transaction) -> object:
    return queries.board(tx, TaskFilter())


def _read(stand: Stand, actor: Actor, read: _Read, times: int) -> Samples:
    def case() -> None:
        with stand.workbench.reading(actor) as tx:
            read(tx)

    return measure.sample(case, times, warm=2)


def _titled(stand: Stand, what: str) -> str:
    return f"{what}, {round(stand.count_tasks(), -2):,} tasks"
