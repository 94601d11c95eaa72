"""Lists, search, statistics, the board, what waits and the reports, as the engine gives them to a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from benchmarks import measure
from benchmarks.measure import Figure, Samples
from benchmarks.stand import Stand
from engine.access import Actor
from engine.fulltext import sought
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
#: What reading may cost with ten times as many tasks, where as much is shown.
_GROWTH = 1.5
#: What Kanboard was measured at elsewhere with 10,000 tasks (product.md), in milliseconds: context.
_KANBOARD = {"search": 31, "board": 327}
_RARE = "guest editing"
_Read = Callable[[Transaction], object]
_BOTH, _MANAGER = ("manager", "member"), ("manager",)
#: What says what waits, and whose page it is on; what it costs follows from what waits.
_WAITING: dict[str, tuple[_Read, tuple[str, ...]]] = {
    "inbox badge": (lambda tx: inbox.count(tx, inbox.positions(tx)), _BOTH),
    "inbox": (inbox.load, _BOTH),
    "what is stuck": (stuck.load, _BOTH),
    "people and their load": (people.load, _MANAGER),
    "tasks that wait for a permission": (human_review.awaiting, _MANAGER),
    "questions without an answer": (help_requests.unanswered, _MANAGER),
    "QA queue": (qa.queue, _MANAGER),
}


def lists(some: Stand, many: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how much longer a full page of 50 takes with more tasks, for the filter that suffers most."""
    found = []
    for name, few, more in _people(some, many):
        grown: dict[str, float] = {}
        spent = Samples()
        for wish, request in wishes(some).items():
            other = wishes(many)[wish]
            if shown(some, few, request) == shown(many, more, other) == request.limit:
                pair = _compared(case(some, few, _list(request)), case(many, more, _list(other)), times)
                grown[wish] = measure.ratio(pair[1], pair[0], database)
                spent.cpu += pair[1].cpu
        if grown:
            found.append(_worst(f"list page of 50, {name}, {_counts(some, many)}{database}", grown, spent))
    return found


def board_and_statistics(some: Stand, many: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how much longer the board and the statistics take with more tasks.

    A member's board grows with the work that they see, so only the admin's is asked to stay as it is.
    """
    found = []
    for name, few, more in _people(some, many):
        for what, read in (("board", _board), ("statistics", queries.statistics)):
            pair = _compared(case(some, few, read), case(many, more, read), times)
            title = f"{what}, {name}, {_counts(some, many)}{database}"
            found.append(_grown(title, pair, database, asked=few.sees_everything))
    return found


def waiting(some: Stand, many: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how much longer it takes to say what waits: that may follow what waits, so nothing is asked."""
    people_of = {"manager": (some.admin, many.admin), "member": (some.member, many.member)}
    found = []
    for what, (read, names) in _WAITING.items():
        for name in names:
            few, more = people_of[name]
            pair = _compared(case(some, few, read), case(many, more, read), times)
            found.append(_grown(f"{what}, {name}, {_counts(some, many)}{database}", pair, asked=False))
    return found


def reported(some: Stand, many: Stand, times: int) -> list[Figure]:
    """Return how much longer each report over the whole workspace takes; it reads all there is."""
    found = []
    for name in registry.REPORTS:
        read = _report(name)
        pair = _compared(case(some, some.admin, read), case(many, many.admin, read), times)
        found.append(_grown(f"report {name}, {_counts(some, many)}", pair, asked=False))
    return found


def beside_kanboard(stand: Stand, times: int) -> list[Figure]:
    """Return search and board beside what Kanboard was measured at elsewhere: context, no target."""
    reads: dict[str, tuple[_Read, str]] = {
        "search for rare words": (_search(_RARE), "search"),
        "search for a common word": (_search("podcast"), "search"),
        "board": (_board, "board"),
    }
    found = []
    for what, (read, kind) in reads.items():
        samples = measure.sample(case(stand, stand.admin, read), times, warm=2)
        value = f"median {measure.ms(samples.median)}, busy {measure.ms(samples.busy)}"
        name = f"{what}, {round(stand.count_tasks(), -2):,} tasks; Kanboard elsewhere {_KANBOARD[kind]} ms"
        found.append(Figure(topic=_TOPIC, what=name, value=value))
    return found


def wishes(stand: Stand) -> dict[str, TaskFilter]:
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
        "text among open": looking_for(_RARE, open=True),
        "highest priority": TaskFilter(sort="-priority"),
        "by title": TaskFilter(sort="title"),
        "page 20": TaskFilter(offset=950, open=True),
    }


def _people(some: Stand, many: Stand) -> Iterable[tuple[str, Actor, Actor]]:
    yield "admin", some.admin, many.admin
    yield "member", some.member, many.member


def _counts(some: Stand, many: Stand) -> str:
    return " : ".join(f"{round(stand.count_tasks(), -2):,}" for stand in (many, some)) + " tasks"


def shown(stand: Stand, actor: Actor, request: TaskFilter) -> int:
    with stand.workbench.reading(actor) as tx:
        return len(queries.list_tasks(tx, request).items)


def _compared(few: measure.Case, many: measure.Case, times: int) -> tuple[Samples, Samples]:
    found = measure.interleave({"few": few, "many": many}, rounds=times, warm=2)
    return found["few"], found["many"]


def _grown(what: str, pair: tuple[Samples, Samples], database: str = "", *, asked: bool) -> Figure:
    some, many = pair
    ratio, detail = measure.ratio(many, some, database), measure.pair(many, some)
    if asked:
        return measure.at_most(_TOPIC, what, ratio, _GROWTH, detail)
    return Figure(topic=_TOPIC, what=what, value=f"{ratio:.2f}x ({detail})")


def _worst(what: str, grown: Mapping[str, float], spent: Samples) -> Figure:
    by_ratio = sorted(grown, key=lambda name: grown[name], reverse=True)
    over = [name for name in by_ratio if grown[name] > _GROWTH]
    named = ", ".join(f"{name} {grown[name]:.2f}x" for name in (over or by_ratio[:3]))
    detail = f"the worst of {len(grown)} filters; all: busy {measure.ms(spent.busy)}; {named}"
    return measure.at_most(_TOPIC, what, grown[by_ratio[0]], _GROWTH, detail)


def _list(request: TaskFilter) -> _Read:
    return lambda tx: queries.list_tasks(tx, request)


def _search(text: str) -> _Read:
    return _list(looking_for(text))


def looking_for(text: str, **asked: Any) -> TaskFilter:
    return TaskFilter(words=tuple(filter(None, [sought(text)])), **asked)


def _report(name: str) -> _Read:
    return lambda tx: registry.run(tx, name, {})


def _board(tx: Transaction) -> object:
    return queries.board(tx, TaskFilter())


def case(stand: Stand, actor: Actor, read: _Read) -> measure.Case:
    def case() -> None:
        with stand.workbench.reading(actor) as tx:
            read(tx)

    return case
