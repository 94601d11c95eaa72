"""What waits and what is stuck is found by indexes: no read walks through a whole workspace."""

from __future__ import annotations

import re

import pytest

from engine.inbox import people, service, stuck
from engine.tasks import help as help_requests
from engine.tasks import human_review, lifecycle
from tests.desk import Desk
from tests.factories import do
from tests.statements import counted

#: Records that there are many of; a step that names only the workspace reads all of them.
_MANY = (
    r"(tasks|audit_events|task_notes|task_approvals|deliverables|bundles|watches|notifications|store_positions)"
    r"(_\d+)?"
)
_WHOLE = re.compile(rf"SCAN {_MANY}\b(?! USING INTEGER)|SEARCH {_MANY} USING INDEX \S+ \(workspace_id=\?\)$")
_READS = {
    "badge": lambda tx: service.count_afresh(tx, service.positions(tx)),
    "inbox": service.load,
    "stuck": stuck.load,
    "people": people.load,
    "questions": help_requests.unanswered,
    "permissions": human_review.awaiting,
}


@pytest.mark.parametrize("name", ["mara", "ana"])
def test_what_waits_is_found_by_indexes_and_never_by_walking_through_everything(desk: Desk, clock, name: str):
    task_id = desk.make()
    for verb, words in ((help_requests.ask, "Which brief holds?"), (help_requests.answer, "The second")):
        who = "ana" if verb is help_requests.ask else "mara"
        with desk.workbench.transaction(desk.people[who]) as tx:
            verb(tx, task_id, words)
    waiting = desk.make("Write the second article")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.wait(tx, waiting, waiting_for="the client")
    for watched in (task_id, waiting):
        do(desk.workbench, desk.people[name], "task watch", task_id=watched)
    clock.advance(days=5)
    plans: list[str] = []
    for what, read in _READS.items():
        if what == "people" and name != "mara":
            continue
        statements: list[str] = []
        with desk.workbench.reading(desk.people[name]) as tx:
            database = tx.connection.connection.driver_connection
            assert database is not None
            database.set_trace_callback(statements.append)
            read(tx)
            database.set_trace_callback(None)
            for statement in statements:
                if statement.startswith(("SELECT", "WITH")):
                    steps = database.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
                    plans += [f"{step[3]}   <- {what}: {statement}" for step in steps]
    assert len(plans) > 30
    assert [plan for plan in plans if _WHOLE.search(plan.partition("   <- ")[0])] == []


@pytest.mark.parametrize("name", ["mara", "ana", "max"])
def test_decisions_on_the_work_of_others_are_not_looked_through(desk: Desk, name: str):
    desk.decide(desk.hand_over(), "rejected", "Name the source.")
    with desk.workbench.reading(desk.people[name]) as tx, counted() as sent:
        service.count(tx, service.positions(tx))
        service.load(tx)
    with desk.workbench.database.read() as connection:
        steps = [
            str(row[3])
            for one in sent
            if "task_approvals" in one
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", tuple(one.params))
        ]
    decided = [step for step in steps if step.startswith("SEARCH task_approvals") and "decided_at>?" in step]
    assert len(decided) > 4
    assert [step for step in decided if "(workspace_id=? AND decided_at>?)" in step] == []


def test_what_may_be_claimed_is_looked_for_among_what_nobody_has(desk: Desk):
    """Next to all tasks need no permission: the index of that would lead to all of them."""
    with desk.workbench.reading(desk.people["ana"]) as tx, counted() as sent:
        service.count(tx, service.positions(tx))
        service.load(tx)
    with desk.workbench.database.read() as connection:
        steps = [
            str(row[3])
            for one in sent
            if "awaits_review" in one
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", tuple(one.params))
        ]
    of_tasks = [step for step in steps if step.startswith("SEARCH tasks USING")]
    assert len(of_tasks) > 2
    assert [step for step in of_tasks if "awaits_review=?" in step] == []


def test_single_items_that_were_seen_are_looked_for_by_those_alone_who_marked_some_of_late(
    either_desk: Desk, clock
):
    desk, ledgers = either_desk, either_desk.workbench.ledger
    ana = desk.people["ana"]
    desk.decide(desk.hand_over(), "rejected", "Name the source.")

    def told() -> tuple[int, bool]:
        with desk.workbench.reading(ana) as tx, counted() as sent:
            found = service.count(tx, service.positions(tx))
        return found, any("store_positions" in one for one in sent if "task_approvals" in one)

    assert told() == (1, False)
    with desk.workbench.reading(ana) as tx:
        [item] = service.load(tx).items
    service.mark_seen(ledgers(ana), items=[item.name])
    assert told() == (0, True)
    clock.advance(days=2)
    service.mark_seen(ledgers(ana))
    assert told() == (0, False)
