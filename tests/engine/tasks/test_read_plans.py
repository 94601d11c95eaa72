"""Lists, searches and the inbox badge are answered by indexes on both databases, for who sees all or a part.

PostgreSQL would rather read a table of a few rows from end to end. Where that is forbidden it does so only
for want of an index that tells what is asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from engine.access import Actor
from engine.app import Workbench
from engine.inbox import service as inbox
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Priority, TaskStatus
from engine.transaction import Transaction
from tests.engine.tasks.test_reads_on_both import looked_for, make_people, make_tasks
from tests.statements import Sent, counted

#: Records that there are many of.
_MANY = ("tasks", "store_pieces", "task_approvals", "deliverables", "task_notes", "bundles", "audit_events")
_MANY += ("store_positions", "watches", "task_qa_reviews", "deliverable_comments")
_SORTS = re.compile(r'USE TEMP B-TREE FOR ORDER BY|"Sort Key": \[[^]]*task_id[^]]*\]')
_SCAN = re.compile(rf"SCAN (t|{'|'.join(_MANY)})(_\d+)?\b(?! USING INTEGER)")


def _list(**wanted: Any) -> Callable[[Transaction], object]:
    return lambda tx: queries.list_tasks(tx, TaskFilter(**wanted), counted=500)


READS: dict[str, Callable[[Transaction], object]] = {
    "list": _list(),
    "open, soonest due": _list(open=True, sort="deadline"),
    "by title": _list(sort="title"),
    "two statuses, latest change": _list(
        status=(TaskStatus.WAITING, TaskStatus.IN_PROGRESS), sort="-updated_at"
    ),
    "one person's": _list(assignee_id="emp_none", open=True),
    "unassigned": _list(unassigned=True, open=True),
    "critical": _list(priority=(Priority.CRITICAL,), open=True),
    "one campaign": _list(campaign_id="cmp_none", open=True),
    "one template": _list(template_id="blog_post", open=True),
    "overdue": _list(overdue=True),
    "a tag": _list(tag="blue", open=True),
    "a category, by title": _list(category="general", sort="title"),
    "a task type": _list(task_type="untyped"),
    "due in a time": lambda tx: queries.list_tasks(tx, TaskFilter(due_after=tx.today), counted=500),
    "a word": _list(words=looked_for("printer")),
    "a word of the open, by title": _list(words=looked_for("printer"), open=True, sort="title"),
    "a phrase": _list(words=looked_for("call printer")),
    "badge": lambda tx: inbox.count_afresh(tx, inbox.positions(tx)),
}

#: What is shown from its beginning on, for who sees everything.
WALKS: dict[str, Callable[[Transaction], object]] = {
    "list": _list(limit=9),
    "by title": _list(limit=9, sort="title"),
    "latest change": _list(limit=9, sort="-updated_at"),
    "highest priority": _list(limit=9, sort="-priority"),
    "open, soonest due": _list(limit=9, open=True, sort="deadline"),
    # So many that they would be sorted if what is closed were met on the way.
    "overdue": _list(limit=5, overdue=True, sort="deadline"),
    "board": lambda tx: queries.board(tx, TaskFilter()),
}

#: What leads to the tasks of a filter on SQLite, rather than the order in which they are shown.
FOUND_BY: dict[str, tuple[Callable[[Transaction], object], str]] = {
    "a tag": (_list(limit=2, tag="blue"), "store_listing_tasks_tag_list USING PRIMARY KEY (entry=?)"),
    "a category": (_list(category="none", sort="title"), "(workspace_id=? AND category=?)"),
    "a task type": (_list(task_type="none", sort="title"), "(workspace_id=? AND task_type=?)"),
    "due after a day": (_list(limit=2, due_after=date(2026, 11, 20)), "(workspace_id=? AND deadline>?)"),
    "due before a day, the last first": (
        _list(limit=2, due_before=date(2026, 12, 2), sort="-due_date"),
        "(workspace_id=? AND deadline<?)",
    ),
}
_ORDERS = re.compile(r"SEARCH tasks USING (COVERING )?INDEX ix_tasks_workspace_id_(due_date|title_key)_")


@pytest.mark.few(2)
@pytest.mark.parametrize("name", list(FOUND_BY))
def test_a_filter_that_an_index_answers_is_not_looked_for_in_the_order_of_the_list(
    workbench: Workbench, name: str
):
    operator, member = make_people(workbench)
    make_tasks(workbench, operator, member)
    read, step = FOUND_BY[name]
    sent = [one for one in _sent(workbench, operator, read) if "FROM tasks" in one or "store_listing" in one]
    with workbench.database.read() as connection:
        steps = [found for one in sent for found in _plan(connection, one)]
    assert [found for found in steps if found.endswith(step)] != []
    assert [found for found in steps if _ORDERS.match(found)] == []


@pytest.mark.parametrize("who", ["admin", "member"])
def test_lists_searches_and_the_badge_read_no_table_from_end_to_end(either_workbench: Workbench, who: str):
    operator, member = make_people(either_workbench)
    make_tasks(either_workbench, operator, member)
    plans = []
    for name, read in READS.items():
        sent = _sent(either_workbench, operator if who == "admin" else member, read)
        assert sent != [], name
        with either_workbench.database.read() as connection:
            plans += [(name, step) for one in sent for step in _whole(connection, one)]
    assert plans == []


@pytest.mark.few(3)
@pytest.mark.parametrize("name", list(WALKS))
def test_a_list_and_a_board_are_read_in_the_order_of_an_index_and_nothing_is_sorted(
    either_workbench: Workbench, name: str
):
    operator, member = make_people(either_workbench)
    make_tasks(either_workbench, operator, member)
    sent = [one for one in _sent(either_workbench, operator, WALKS[name]) if "ORDER BY" in one]
    assert sent != []
    with either_workbench.database.read() as connection:
        if connection.dialect.name == "postgresql":
            # Of a few rows it would sort them: what it still sorts, it has no index for.
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
        plans = [json.dumps(_plan(connection, one)) for one in sent]
    assert [found for plan in plans for found in _SORTS.findall(plan)] == []


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_of_what_a_member_sees_rows_are_read_of_the_page_alone(either_workbench: Workbench):
    """The index of a bundle's tasks tells the rest on SQLite with their ids; PostgreSQL keeps these apart."""
    operator, member = make_people(either_workbench)
    make_tasks(either_workbench, operator, member)
    sent = _sent(either_workbench, member, _list(limit=9, sort="title"))
    [page] = [one for one in sent if "LIMIT" in one]
    told = re.findall(r"SELECT ([^()]+) FROM tasks WHERE", page)
    assert told == ["tasks.title_key AS place, tasks.task_id AS task_id"]


def _sent(workbench: Workbench, actor: Actor, read: Callable[[Transaction], object]) -> list[Sent]:
    with workbench.reading(actor) as tx, counted() as sent:
        read(tx)
    return [one for one in sent if one.startswith(("SELECT", "WITH"))]


def _whole(connection: Connection, one: Sent) -> Iterator[str]:
    """Give the steps of a statement that read a whole table."""
    plan = _plan(connection, one)
    if isinstance(plan, list):
        yield from filter(_SCAN.match, plan)
    else:
        yield from _without_condition(plan)


def _plan(connection: Connection, one: Sent) -> Any:
    """Return the steps on SQLite, the first node on PostgreSQL."""
    params = tuple(one.params) if isinstance(one.params, list) else one.params
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", params)]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {one}", params or None).scalar_one()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def _without_condition(node: dict[str, Any]) -> Iterator[str]:
    table, kind = node.get("Relation Name"), node["Node Type"]
    if table in _MANY and (kind == "Seq Scan" or ("Index" in kind and "Index Cond" not in node)):
        yield f"{kind} of {table}"
    for inner in node.get("Plans", ()):
        yield from _without_condition(inner)
