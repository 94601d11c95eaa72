"""Two servers on one PostgreSQL while everything fails in turn: nothing acknowledged is lost, nobody hangs.

Two `serve` of two processes each share a database and a folder of files. People write notes by form and by
JSON, start bundles with an idempotency key, and read pages; at each server one program writes through the
API, and another follows its feed from the beginning. Meanwhile, in an order that the seed gives, a server or
a worker is killed, and the database is stopped, ended at once, silenced, made read-only, or has all its
connections taken. At the end it is compared what was answered with what is there: each acknowledged write
once, no refused one, every text that was refused in the answer, no error but in our own words, no answer
later than the stated timeouts allow, a chain of events that verifies, and each of them told by the feed to
each follower once, in its order.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import psycopg

from benchmarks.guard import Guard
from benchmarks.postgres import Postgres, postgres
from benchmarks.programs import Follower, Heard, Writer
from benchmarks.writers import PASSWORD, Outcome, Person, allowed, work
from engine.accounts import passwords
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.changes.telling import Change
from engine.config import Settings
from engine.tasks.create import NewTask, create
from engine.tasks.models import Note
from engine.tokens import service as tokens
from engine.tokens.inputs import MakeToken
from engine.tokens.models import Scope
from engine.transaction import Transaction
from engine.verification import verify
from web import starter

_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 90.0
_CONNECTIONS = 40


def main(arguments: list[str]) -> int:
    """Run it, print the table; return 1 if anything was lost, bare or late."""
    parser = argparse.ArgumentParser(prog="benchmarks.two_servers", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(arguments)
    outcome = run(seconds=chosen.minutes * 60, seed=chosen.seed)
    print(f"{chosen.minutes:g} minutes, seed {chosen.seed}")
    for what, count in sorted(outcome.counts.items()):
        print(f"  {count:7d}  {what}")
    for what, seconds in sorted(outcome.slowest.items()):
        print(f"  {seconds:7.1f}  seconds: the slowest {what} (allowed: {allowed(what):.0f})")
    print("nothing lost, nothing bare, nothing late" if not outcome.faults else "FAULTS")
    for fault in outcome.faults:
        print(f"  {fault}")
    return 1 if outcome.faults else 0


# --- servers -----------------------------------------------------------------------------------------


class Served:
    """One server, which is started again whenever it ends."""

    def __init__(self, name: str, place: Path, settings: Settings) -> None:
        self.name, self._settings = name, settings
        self._place = place / name
        self._place.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._ended = threading.Event()
        self._running = self._start()
        self._guard = Guard(self._running.pid)
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def kill(self) -> None:
        """Kill it and its workers without warning."""
        with suppress(ProcessLookupError):
            os.killpg(self._running.pid, signal.SIGKILL)

    def kill_worker(self, chance: random.Random) -> None:
        """Kill one of its workers."""
        with suppress(psutil.NoSuchProcess, IndexError):
            chance.choice(psutil.Process(self._running.pid).children()).kill()

    def end(self) -> None:
        """Let it end for good."""
        self._ended.set()
        self._running.terminate()
        self._keeper.join(60)
        self._guard.let_go()
        self.kill()
        self._running.wait(10)

    def wait_until_it_answers(self) -> None:
        """Wait until it says that all is well.

        Raises:
            TimeoutError: it does not.
        """
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with (
                suppress(OSError, HTTPException),
                closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as to,
            ):
                to.request("GET", "/healthz")
                if to.getresponse().status == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError(f"server {self.name} does not answer; its log is {self.log_end()}")

    def log_end(self) -> str:
        """Give the last of what it logged."""
        return (self._place / "log").read_text(encoding="utf-8")[-2000:]

    def _start(self) -> subprocess.Popen[bytes]:
        settings = self._settings
        words = ["--content", settings.content, "--database", settings.database, "--port", str(self.port)]
        with (self._place / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "web.cli", "serve", "--processes", "2", *words],
                cwd=self._place,
                env={**os.environ, "PYTHONPATH": str(_ROOT), "WORKBENCH_BLOBS": settings.blobs},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _keep(self) -> None:
        while not self._ended.wait(0.2):
            if self._running.poll() is not None:
                self._guard.let_go()
                self.kill()  # workers that are left would hold its port
                time.sleep(0.5)
                self._running = self._start()
                self._guard = Guard(self._running.pid)
        self._running.wait(60)


# --- faults ------------------------------------------------------------------------------------------


class Faults:
    """What goes wrong, one after the other, each for a while."""

    def __init__(self, database: Postgres, servers: list[Served], outcome: Outcome, seed: int) -> None:
        self._database, self._servers, self._outcome = database, servers, outcome
        self._chance = random.Random(seed)
        self._all: dict[str, Callable[[float], None]] = {
            "a server killed": lambda _: self._chance.choice(servers).kill(),
            "a worker killed": lambda _: self._chance.choice(servers).kill_worker(self._chance),
            "the database stopped": lambda seconds: self._ended(signal.SIGINT, seconds),
            "the database ended at once": lambda _: self._ended(signal.SIGQUIT, 0.0),
            "the database silent": self._silent,
            "the database read-only": self._read_only,
            "the database out of connections": self._full,
        }

    def go_on(self, until: float, *, lasting: float, between: float) -> None:
        """Do all in an order of chance, again and again."""
        while time.monotonic() < until:
            for name in self._chance.sample(sorted(self._all), len(self._all)):
                seconds = lasting * self._chance.uniform(0.7, 1.5)
                if time.monotonic() + seconds > until:
                    return
                self._all[name](seconds)
                self._outcome.count(f"fault: {name}")
                time.sleep(between)

    def _ended(self, number: int, seconds: float) -> None:
        self._database.end(number)
        time.sleep(seconds)
        self._database.begin()

    def _silent(self, seconds: float) -> None:
        self._database.signal_all(signal.SIGSTOP)
        try:
            time.sleep(2 * seconds)
        finally:
            self._database.signal_all(signal.SIGCONT)

    def _read_only(self, seconds: float) -> None:
        with psycopg.connect(self._database.uri, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            admin.execute("SELECT pg_reload_conf()")
            time.sleep(seconds)
            admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
            admin.execute("SELECT pg_reload_conf()")

    def _full(self, seconds: float) -> None:
        """Take every connection, those of the servers too."""
        until = time.monotonic() + seconds
        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'workbench %'"
        )
        with ExitStack() as stack:
            admin = stack.enter_context(psycopg.connect(self._database.uri, autocommit=True))
            admin.execute(end)
            while time.monotonic() < until:
                try:
                    stack.enter_context(psycopg.connect(self._database.uri))
                except psycopg.OperationalError:
                    time.sleep(0.05)


# --- the run -----------------------------------------------------------------------------------------


def run(*, seconds: float, seed: int, people: int = 3, lasting: float = 4.0, between: float = 4.0) -> Outcome:
    """Let everything fail for so long; return what came of it. ``people`` are those at each server."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="workbench-servers-") as name, postgres() as database:
        database.ask(f"ALTER SYSTEM SET max_connections = {_CONNECTIONS}")
        database.end(signal.SIGINT)
        database.begin()
        place = Path(name)
        starter.make_repository(place / "content", starter.shipped_files(), "Content")
        settings = Settings(
            content=str(place / "content"),
            database=database.fresh(),
            blobs=str(place / "blobs"),
            copy_links=False,
        )
        tasks, token = _begin(settings)
        with _serving(place, settings) as servers:
            until = time.monotonic() + seconds
            followers = [Follower(served.port, outcome, token) for served in servers]
            doing: list[Callable[[], None]] = [partial(one.follow, until) for one in followers]
            for at, served in enumerate(servers * people):
                person = Person(served.port, outcome, seed + at)
                doing.append(partial(work, person, tasks, random.Random(seed + at), until))
            for at, served in enumerate(servers):
                program = Writer(served.port, outcome, token)
                doing.append(partial(program.work, tasks, random.Random(seed + at), until))
            threads = [threading.Thread(target=one) for one in doing]
            for thread in threads:
                thread.start()
            Faults(database, servers, outcome, seed).go_on(until, lasting=lasting, between=between)
            for thread in threads:
                thread.join()
            for served in servers:
                try:
                    served.wait_until_it_answers()
                except TimeoutError as error:
                    outcome.fault(str(error))
            for one in followers:  # what was written while some had caught up already
                one.follow(time.monotonic())
        _compare(settings, outcome, [one.heard for one in followers])
    return outcome


def _begin(settings: Settings) -> tuple[list[str], str]:
    """Make the store, tasks, a password for people and a token for programs; give tasks and token."""
    with closing(Workbench(settings)) as workbench, workbench.transaction(workbench.operator()) as tx:
        accounts.set_password(tx, tx.actor.user_id, passwords.hash_password(PASSWORD))
        wanted = [NewTask.parse({"title": f"Task {at}", "task_type": "untyped"}) for at in range(5)]
        made = tokens.make(tx, MakeToken(name="Programs", scopes=list(Scope)))
        if made.secret is None:
            raise RuntimeError("an own token comes with its secret")
        return [create(tx, workbench.content(), one).task_id for one in wanted], made.secret


@contextmanager
def _serving(place: Path, settings: Settings) -> Iterator[list[Served]]:
    servers: list[Served] = []
    try:
        for name in ("one", "two"):
            servers.append(Served(name, place, settings))
        for served in servers:
            served.wait_until_it_answers()
        yield servers
    finally:
        for served in servers:
            served.end()


def _compare(settings: Settings, outcome: Outcome, heard: list[Heard]) -> None:
    """Compare what was answered with what is there."""
    with closing(Workbench(settings)) as workbench, workbench.reading(workbench.operator()) as tx:
        there = Counter(note.body for note in tx.find(Note))
        there.update(bundle.title for bundle in tx.find(Bundle))
        verdict = verify(tx)
        told = [one.change_id for one in _all_told(workbench, tx)]
    for one in heard:
        outcome.counts["events told to a follower, each once, in their order"] += len(one.events)
        outcome.counts["looks at the feed that were asked again"] += one.asked_again
        if one.events != told:
            outcome.faults.append(_difference(one.events, told))
    if not outcome.kept:
        outcome.faults.append("nothing was acknowledged at all, so nothing is proved")
    for text in outcome.kept:
        if there[text] != 1:
            outcome.faults.append(f"{text!r} was acknowledged and is there {there[text]} times")
    outcome.faults += [f"{text!r} was refused and is there" for text in outcome.refused if there[text]]
    outcome.faults += [f"{text!r} is there {times} times" for text, times in there.items() if times > 1]
    outcome.faults += verdict.told()
    outcome.counts["acknowledged writes, all there once"] = len(outcome.kept)


def _all_told(workbench: Workbench, tx: Transaction) -> Iterator[Change]:
    """Yield what the feed tells whoever reads it in peace, from its beginning."""
    cursor = workbench.changes.start(tx)
    while page := workbench.changes.after(tx, cursor, 100):
        yield from page.events
        if page.cursor == cursor:
            return
        cursor = page.cursor


def _difference(heard: list[str], told: list[str]) -> str:
    """Say what a follower missed, or heard too often."""
    missed = [one for one in told if one not in set(heard)]
    twice = [one for one, times in Counter(heard).items() if times > 1]
    return (
        f"a follower heard {len(heard)} of {len(told)} events: {len(missed)} were skipped, the first "
        f"{missed[:1]}; {len(twice)} were told twice, the first {twice[:1]}; or their order is another"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
