"""Ticks that are killed at random moments, again and again; ``test_kills.py`` runs it in its own process.

Two workers at a time look at the same workspace, in which a week has gone by. Once the kills are done a last
one looks in peace, and the ledger is printed as JSON: key, state, and how many events tell of it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta

from engine.audit.models import Action, Event
from engine.ids import IdSource
from engine.reminders import tick as module
from engine.reminders.models import Reminder
from engine.reminders.tick import tick
from engine.upgrades import open_store
from tests.engine.conftest import Bench
from tests.engine.reminders.office import Office

_WORKERS = 2
#: Seconds that a worker lives at most.
_LIFE = 0.25


def main(url: str, seed: str, tasks: str, kills: str) -> None:
    """Make ``tasks``, let a week go by, and kill ``kills`` workers while they look."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    module._BATCH = 5
    office = Office(Bench(url))
    bench = office.bench
    for _ in range(int(tasks)):
        office.task(due=f"2026-12-{chance.randrange(1, 9):02}", to=chance.choice(["ana", "ben"]))
    bench.clock.advance(days=7)
    bench.database.disconnect()
    running: list[int] = []
    left = int(kills)
    while left or running:
        while left and len(running) < _WORKERS:
            running.append(_fork(office, url))
            left -= 1
        time.sleep(chance.random() * _LIFE)
        victim = running.pop(chance.randrange(len(running)))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
    _reopen(bench, url)
    bench.clock.advance(minutes=5)
    office.tick()
    with bench.reading() as tx:
        told = Counter(one.entity_id for one in tx.find(Event) if one.action in _TELLING)
        found = [(one.key, one.state, told[one.reminder_id]) for one in tx.find(Reminder)]
    print(json.dumps(found))


_TELLING = (Action.REMINDER_SENT, Action.REMINDER_WITHHELD)


def _fork(office: Office, url: str) -> int:
    child = os.fork()
    if child == 0:
        _reopen(office.bench, url)
        while True:
            tick(office.open, office.bench.content)
            office.bench.clock.advance(minutes=5)
            time.sleep(timedelta(milliseconds=1).total_seconds())
    return child


def _reopen(bench: Bench, url: str) -> None:
    bench.database, bench.ids = open_store(url), IdSource()


if __name__ == "__main__":
    main(*sys.argv[1:])
