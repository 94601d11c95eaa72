"""Whatever is done to the events of a store past its triggers, the first bad one is named (AUD-08, D11)."""

# ruff: noqa: S608 - the statements are those of the tests
from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from engine.app import Workbench
from engine.audit import history
from engine.verification import verify
from tests.factories import make_people, make_task
from tests.verified import events_of_intact

pytestmark = pytest.mark.wide


@contextmanager
def past_the_triggers(workbench: Workbench) -> Iterator[Callable[[str], object]]:
    """Give a way to run SQL on the events that the database itself would refuse."""
    with workbench.database.write() as connection:
        if workbench.database.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER audit_events_no_{verb}")
        yield connection.exec_driver_sql


LAST = "SELECT max(seq) FROM audit_events"
EIGHTH = "SELECT other.document FROM audit_events other WHERE other.seq = 8"


def replaced(old: str, new: str) -> str:
    return f"UPDATE audit_events SET document = replace(document, '{old}', '{new}') WHERE seq = 7"


@pytest.mark.parametrize(
    ("statement", "seq", "told"),
    [
        (replaced('"summary":"', '"summary":"Not '), 7, True),
        (replaced('"actor_name":"', '"reason":null,"actor_name":"'), 7, True),
        (replaced('"summary"', '"summary":"x","summary"'), 7, True),
        (replaced('"summary":"', '"summary:"'), 7, True),
        (replaced('"audit_event_id"', '"event_id"'), 7, False),
        (replaced('"seq":7', '"seq":8'), 7, True),
        (replaced('"seq":7', '"seq":NaN'), 7, True),
        ("UPDATE audit_events SET document = '' WHERE seq = 7", 7, False),
        ("UPDATE audit_events SET document = '[7]' WHERE seq = 7", 7, False),
        (f"UPDATE audit_events SET document = ({EIGHTH}) WHERE seq = 7", 7, False),
        ("UPDATE audit_events SET entity_id = 'tsk_other' WHERE seq = 7", 7, True),
        ("UPDATE audit_events SET task_id = 'tsk_other' WHERE seq = 7", 7, True),
        ("UPDATE audit_events SET bundle_id = 'bnd_other' WHERE seq = 7", 7, True),
        ("UPDATE audit_events SET occurred_at = '2026-01-01T00:00:00.000Z' WHERE seq = 7", 7, True),
        ("UPDATE audit_events SET workspace_id = 'wsp_other' WHERE seq = 7", 7, False),
        ("UPDATE audit_events SET audit_event_id = 'evt_other' WHERE seq = 7", 7, False),
        ("UPDATE audit_events SET seq = -7 WHERE seq = 7", 1, False),
        ("UPDATE audit_events SET seq = 1000007 WHERE seq = 7", 7, False),
        (f"UPDATE audit_events SET seq = seq + 9 WHERE seq = ({LAST})", -1, True),
        ("DELETE FROM audit_events WHERE seq = 7", 7, False),
        ("DELETE FROM audit_events WHERE seq >= 7", 7, False),
        ("DELETE FROM audit_events", 1, False),
        ("UPDATE store_heads SET digest = 'x' WHERE position > 0", -1, True),
    ],
)  # fmt: skip
def test_what_is_changed_past_the_triggers_of_a_store_is_named(
    either_workbench: Workbench, statement: str, seq: int, told: bool
) -> None:
    live_in(either_workbench)
    with either_workbench.reading(either_workbench.operator()) as tx:
        events = history.timeline(tx, limit=10_000)[::-1]
        assert events_of_intact(tx) == len(events)
    with past_the_triggers(either_workbench) as run:
        run(statement)
    with either_workbench.reading(either_workbench.system_actor()) as tx:
        verdict = verify(tx)
    found = verdict.fault
    assert verdict.end.count == len(events)
    assert found is not None
    assert found.seq == (seq if seq > 0 else len(events))
    assert found.audit_event_id == (events[found.seq - 1].audit_event_id if told else "")


def live_in(workbench: Workbench) -> None:
    """Let a few things happen."""
    make_people(workbench)
    for number in range(3):
        make_task(workbench, title=f"Task {number}")


def test_the_command_names_the_event_and_exits_1(cli, workbench: Workbench) -> None:
    live_in(workbench)
    with past_the_triggers(workbench) as run:
        run(replaced('"summary":"', '"summary":"Not '))
    answer = cli("audit", "verify", "--json")
    assert answer.code == 1
    (detail,) = answer.json["error"]["details"]
    assert (detail["code"], detail["seq"]) == ("CHAIN_BROKEN", 7)
    assert detail["audit_event_id"].startswith("evt_")


def test_a_row_that_a_plain_client_of_the_file_replaces_past_the_triggers_is_named(
    workbench: Workbench,
) -> None:
    """SQLite deletes what it replaces without asking triggers, unless the connection says otherwise (T2)."""
    live_in(workbench)
    file = workbench.settings.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as plain, plain:
        plain.execute(
            "INSERT OR REPLACE INTO audit_events (doc_id, audit_event_id, workspace_id, seq, document) "
            "SELECT doc_id, audit_event_id, workspace_id, seq, replace(document, 'Task 0', 'Task 9') "
            "FROM audit_events WHERE seq = 7"
        )
    with workbench.reading(workbench.system_actor()) as tx:
        fault = verify(tx).fault
    assert fault is not None
    assert fault.seq == 7
