"""The reads of tasks use indexes, as the plans of the database say."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import TaskStatus
from engine.tasks.search.reading import from_options
from engine.transaction import Transaction
from tests.engine.conftest import Bench
from tests.engine.tasks.test_queries import fill
from tests.statements import counted


@pytest.fixture(scope="module")
def filled():
    bench = Bench("sqlite://")
    yield bench, fill(bench)
    bench.database.close()


PLANNED = [
    TaskFilter(),
    TaskFilter(open=True),
    TaskFilter(sort="-created_at"),
    TaskFilter(sort="-updated_at"),
    TaskFilter(sort="-priority"),
    TaskFilter(sort="title"),
    TaskFilter(status=(TaskStatus.WAITING,)),
    TaskFilter(mine=True, open=True),
    TaskFilter(bundle_id="bnd_1"),
    TaskFilter(overdue=True),
    TaskFilter(template_id="podcast", open=True),
    TaskFilter(unassigned=True, open=True),
]


@pytest.mark.parametrize("name", ["mara", "ana"])
def test_the_common_reads_use_indexes_and_never_scan_the_tasks(filled, name: str):
    bench, _ = filled
    with bench.reading(name) as tx:
        with counted() as statements:
            for wanted in PLANNED:
                queries.list_tasks(tx, wanted)
            queries.board(tx, TaskFilter())
            queries.mine(tx, 100)
            queries.statistics(tx)
            queries.is_involved(tx, "bnd_1")
        plans = [f"{step}   <- {text}" for text, steps in plans_of(tx, statements).items() for step in steps]
    assert len(plans) > 30
    assert [plan for plan in plans if re.match(r"SCAN (t|tasks|own|beside)\b", plan)] == []


#: What one term is answered by: the column that leads to its tasks, or to what belongs to each.
TERMS = {
    "assignee:ana": "assignee_id=?",
    "assignee:ana,ben": "assignee_id=?",
    "assignee:nobody": "assignee_id=?",
    "is:mine": "assignee_id=?",
    "status:open": "is_open=?",
    "is:late": "is_open=? AND deadline<?",
    "due:today": "deadline>? AND deadline<?",
    "due:<7d": "deadline<?",
    "due:>7d": "deadline>?",
    "due:none": "deadline=?",
    "scheduled:today": "scheduled_for>? AND scheduled_for<?",
    "is:free": "lane=?",
    "is:stuck": "lane=?",
    "priority:high": "priority_rank=?",
    "template:podcast": "template_id=?",
    "campaign:none": "campaign_id=?",
    "partner:none": "partner_id=?",
    "qa:open": "qa_state=?",
    "#7": "task_number=?",
    "has:proof": "task_proofs USING INDEX .* [(]task_id=?",
    "has:note": "task_notes USING INDEX .* [(]task_id=?",
    "has:file": "task_artifact_links USING INDEX .* [(]workspace_id=[?] AND task_id=?",
}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_alone_is_answered_by_an_index_of_it(filled, term: str):
    bench, _ = filled
    with bench.reading() as tx:
        wanted = from_options(tx, {"text": term})
        with counted() as statements:
            queries.list_tasks(tx, wanted)
        steps = [step for found in plans_of(tx, statements).values() for step in found]
    pattern = TERMS[term].replace("?", "[?]").replace("[[?]]", "[?]")
    assert [step for step in steps if re.search(pattern, step)], steps
    assert [step for step in steps if re.match(r"SCAN (t|tasks|task_\w+)\b", step)] == []


def plans_of(tx: Transaction, statements: Iterable[str]) -> dict[str, list[str]]:
    """Return the plan of each statement that reads tasks; what it binds plays no part in SQLite's."""
    connection = tx.connection.connection.dbapi_connection
    return {
        text: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?"))]
        for text in dict.fromkeys(statements)
        if text.upper().startswith(("SELECT", "WITH")) and "tasks" in text
    }


def test_what_a_member_sees_is_reached_by_ids_and_read_from_one_index(filled):
    bench, _ = filled
    with bench.reading("ana") as tx:
        with counted() as statements:
            for wanted in (TaskFilter(), TaskFilter(open=True, sort="-updated_at"), TaskFilter(sort="title")):
                queries.list_tasks(tx, wanted)
            queries.statistics(tx)
            queries.board(tx, TaskFilter())
        plans = plans_of(tx, statements)
    steps = [step for found in plans.values() for step in found if re.match(r"(SEARCH|SCAN) tasks", step)]
    through_bundles = [step for step in steps if "(bundle_id=?" in step]
    assert len(through_bundles) >= 5
    assert [step for step in through_bundles if "USING COVERING INDEX ix_tasks_bundle_id" not in step] == []
    # Whose the tasks are is asked of covering indexes too; the workspace alone leads nowhere.
    whose = [step for step in steps if "workspace_id=?" in step]
    assert [step for step in whose if "COVERING" not in step or "(workspace_id=?)" in step] == []
