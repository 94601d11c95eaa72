"""Several processes write to one store and lose nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.store import DocumentStore
from tests.store.samples import LEDGER, THINGS, thing

pytestmark = pytest.mark.wide

ROOT = Path(__file__).resolve().parents[2]
OPEN = """
import json, sys
from engine.store import DocumentStore
from tests.store.samples import LEDGER, THINGS, thing
database = DocumentStore(sys.argv[1], [THINGS, LEDGER])
things, me = database.table("things"), sys.argv[2]
"""
#: Reads a document, then writes what it read plus one: wrong as soon as two do it at a time.
COUNT = (
    OPEN
    + """
for _ in range(30):
    with database.write("w"):
        text = things.read_row("hall", "t0")
        number = json.loads(text)["count"] if text else 0
        values, _ = thing(0)
        document = json.dumps({"count": number + 1})
        if not things.replace_row(values, document):
            things.add_rows([(values, document)])
        first = database.take_numbers("n")
        head = database.head("w")
        database.advance_head("w", head.position + 1, me)
        database.table("ledger").add_rows([({"entry_id": f"{head.position + 1}"}, json.dumps(first))])
"""
)
CLAIM = (
    OPEN
    + """
claimed = []
for number in range(60):
    values, document = thing(number, colour=me)
    if things.replace_row(values, document, {"colour": "free"}):
        claimed.append(number)
print(json.dumps(claimed))
"""
)
#: Says each row's number after its commit; the test kills it in the middle.
ACKNOWLEDGE = (
    OPEN
    + """
for number in range(100_000):
    things.add_rows([thing(number)])
    print(number, flush=True)
"""
)


def start(script: str, url: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, url, name], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return outputs


def test_processes_that_also_create_the_store_lose_no_update(database_url: str):
    finish([start(COUNT, database_url, f"p{n}") for n in range(2)])
    with DocumentStore(database_url, [THINGS, LEDGER]) as database:
        assert json.loads(database.table("things").read_row("hall", "t0") or "{}") == {"count": 60}
        assert database.head("w").position == 60
        entries = database.table("ledger").select_rows({})
        assert sorted(json.loads(entry) for entry in entries) == list(range(1, 61))


def test_every_row_is_claimed_by_exactly_one_process(database_url: str):
    with DocumentStore(database_url, [THINGS, LEDGER]) as database:
        database.table("things").add_rows([thing(number, colour="free") for number in range(60)])
    outputs = finish([start(CLAIM, database_url, f"p{n}") for n in range(2)])
    assert sorted(number for output in outputs for number in json.loads(output)) == list(range(60))


def test_a_killed_process_loses_nothing_it_acknowledged(database_url: str):
    process = start(ACKNOWLEDGE, database_url, "p")
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()
    with DocumentStore(database_url, [THINGS, LEDGER]) as database:
        kept = {json.loads(text)["number"] for text in database.table("things").select_rows({})}
    assert set(acknowledged) <= kept
    assert kept == set(range(len(kept)))
