"""Which tasks words lead to, and how well each matches them (LST-10).

What a bundle is found by, each of its tasks is found by.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import CTE, FromClause, func, select, union_all

from engine.fulltext import Rank, Sought, excerpt
from engine.store import Dialect, Hit, holding, rank_of
from engine.tasks.filters import TaskFilter
from engine.tasks.known import KnownTask
from engine.tasks.models import Task
from engine.tasks.read_models import Found
from engine.transaction import Transaction

#: More than any place, so that a task that has a further word comes before one that lacks it.
_LACKING = 100


def hits(tx: Transaction, word: Sought) -> CTE:
    """Return the read of the rows of tasks that have a word or phrase, each with the place of its best hit.

    The database is asked for each once, wherever in a statement it is used.
    """
    database = tx.database
    return _hits(database.dialect, database.sql_table(Task.spec.table), tx.workspace_id, word)


@lru_cache(maxsize=256)
def _hits(dialect: Dialect, table: FromClause, workspace_id: str, word: Sought) -> CTE:
    found = holding(dialect, workspace_id, word).cte()
    reads = (
        select(table.c.doc_id, found.c.place).select_from(found.join(table, column == found.c.owner))
        for column in (table.c.task_id, table.c.bundle_id)
    )
    every = union_all(*reads).subquery()
    return select(every.c.doc_id, func.min(every.c.place).label("place")).group_by(every.c.doc_id).cte()


def ranked(tx: Transaction, wanted: TaskFilter) -> FromClause:
    """Return the read of the rows of tasks that have any of the words, with what to sort them by."""
    places = union_all(*(select(found.c.doc_id, found.c.place) for found in _of(tx, wanted))).subquery()
    score = func.sum(places.c.place - _LACKING).label("score")
    return select(places.c.doc_id, score).group_by(places.c.doc_id).subquery()


def _of(tx: Transaction, wanted: TaskFilter) -> list[CTE]:
    return [hits(tx, word) for word in wanted.sought]


def shown(tx: Transaction, wanted: TaskFilter, rows: Sequence[KnownTask]) -> dict[str, Found]:
    """Return where words were found in tasks whose titles do not show it, by the tasks' ids.

    It is one statement; none where no words are looked for.
    """
    sought = wanted.sought
    if not rows or not sought:
        return {}
    owners = {row.task_id for row in rows} | {row.bundle_id for row in rows if row.bundle_id is not None}
    by_owner: dict[str, list[Hit]] = {}
    for hit in tx.database.pieces.of(owners, sought):
        by_owner.setdefault(hit.owner, []).append(hit)
    found = {
        row.task_id: _best([*by_owner.get(row.task_id, ()), *by_owner.get(row.bundle_id or "", ())], sought)
        for row in rows
    }
    return {task_id: one for task_id, one in found.items() if one is not None}


def _best(hits: Sequence[Hit], sought: Sequence[Sought]) -> Found | None:
    """Return the best hit of the first word that the title has not; None where it has all that was found."""
    for at in range(len(sought)):
        places = [(place, hit) for hit in hits if (place := hit.places[at]) is not None]
        place, hit = min(places, key=lambda one: one[0], default=(0, None))
        if hit is not None and rank_of(place) != Rank.TITLE:
            return Found(Rank(rank_of(place)), excerpt(hit.text, sought))
    return None
