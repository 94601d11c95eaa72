"""What a Prometheus may read of a server: counted by its workers together, or asked of the store.

Each worker counts in files that all of them share (the client library's multiprocess mode), so whichever
is asked tells of all, and of those that have ended. What only one of them knows now, such as connections and
requests that wait, stands in memory that they share (``serving.loads``). What the store knows, such as jobs,
messages and reminders, is read when it is asked for, so it is right however many servers and workers run.

Labels are few and known: the rule of an address, never the address; a method, a status, a kind.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app import Workbench
from engine.errors import WorkbenchError
from engine.jobs.claims import Claims
from engine.notifications.service import JOBS
from engine.reminders.queries import looking
from web.secret_addresses import told_method

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from web.serving.loads import Loads

#: Where the library looks for the files, when it is imported.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "workbench-metrics-"
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
#: In seconds: most pages take less than the first, nobody waits longer than the last.
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: Where a 401 is somebody who wanted to sign in, and how.
_SIGN_INS = {"accounts.check_password": "password", "accounts.link": "link", "accounts.redeem": "link"}


def share_between_processes() -> None:
    """Let the workers of this server count together from now on; nothing may have been counted before.

    A server that begins anew counts from nothing, as one that was started does. Its workers of before still
    count in their files until they have left; those of the program before that are gone, and so are those of
    servers that were killed. The files lie in memory: no disk that is full ends whoever counts.
    """
    before = os.environ.get(_FOLDER)
    base = Path(before).parent if before else _new_place()
    number = int(Path(before).name) + 1 if before else 0
    for old in base.iterdir():
        if int(old.name) < number - 1:
            shutil.rmtree(old, ignore_errors=True)
    (base / str(number)).mkdir()
    os.environ[_FOLDER] = str(base / str(number))


def _new_place() -> Path:
    """Make a folder for this server, and remove those of servers that did not end by themselves."""
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for other in memory.glob(f"{_PREFIX}*-*"):
        pid = other.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not _is_alive(int(pid)):
            shutil.rmtree(other, ignore_errors=True)  # that of another user stays
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def count_alone() -> None:
    """Leave the files of the server to it that this process is a rehearsal of."""
    os.environ.pop(_FOLDER, None)


def forget_what_was_shared() -> None:
    """Delete what the workers counted, when the server ends."""
    if folder := os.environ.pop(_FOLDER, None):
        shutil.rmtree(Path(folder).parent, ignore_errors=True)


class Metrics:
    """What one server counts, and how it is told."""

    def __init__(self, workbench: Workbench) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415 - see ``_FOLDER``

        self._workbench = workbench
        #: What all workers do now; known once the server begins.
        self.loads: Loads | None = None
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "workbench_http_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "workbench_http_request_seconds",
            "How long answers took, from the first line of the board on.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._statements = Counter(
            "workbench_database_statements",
            "Statements that requests sent to the database.",
            registry=registry,
        )
        self._database_seconds = Counter(
            "workbench_database_seconds", "How long requests waited for the database.", registry=registry
        )
        self._slow = Counter(
            "workbench_database_slow_statements",
            "Statements of requests that were logged as slow.",
            registry=registry,
        )
        self._errors = Counter(
            "workbench_errors", "Requests that were refused or failed, by code.", ["code"], registry=registry
        )
        self._sign_ins = Counter(
            "workbench_sign_in_failures", "Sign-ins that were refused.", ["how"], registry=registry
        )
        self._refused = Counter(
            "workbench_http_refused",
            "Requests that were refused before the board saw them: malformed, too large, too many.",
            ["status"],
            registry=registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        known = told_method(method)
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def count_error(self, status: int, endpoint: str | None, code: str | None) -> None:
        """Count an answer of an error, with its code where the product has one, and what gave it."""
        if code is not None:
            self._errors.labels(code).inc()
        if status == 401 and (how := _SIGN_INS.get(endpoint or "")):
            self._sign_ins.labels(how).inc()

    def count_database(self, statements: int, seconds: float, slow: int) -> None:
        """Count what an answer took of the database."""
        self._statements.inc(statements)
        self._database_seconds.inc(seconds)
        if slow:
            self._slow.inc(slow)

    def count_refused(self, status: int) -> None:
        """Count a request that the board never saw."""
        self._refused.labels(str(status)).inc()

    def exposition(self) -> tuple[bytes, str]:
        """Return all of it in Prometheus's text form, and the type of that."""
        from prometheus_client import CollectorRegistry, multiprocess  # noqa: PLC0415 - see ``_FOLDER``
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest  # noqa: PLC0415

        told = CollectorRegistry() if _FOLDER in os.environ else self._registry
        if told is not self._registry:
            multiprocess.MultiProcessCollector(told)  # type: ignore[no-untyped-call]
        known = CollectorRegistry()
        known.register(_Known(self))
        return generate_latest(told) + generate_latest(known), CONTENT_TYPE_PLAIN_0_0_4

    def known_now(self) -> Iterator[Metric]:
        """Give what is not counted but known."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - see ``_FOLDER``

        release = version("workbench")
        build = GaugeMetricFamily(
            "workbench_build_info", "What runs.", labels=["version", "python", "database"]
        )
        build.add_metric([release, platform.python_version(), str(self._workbench.database.dialect)], 1)
        yield build
        yield from self._of_workers()
        try:
            found = list(self._of_store())
        except WorkbenchError:
            found = []
        up = GaugeMetricFamily("workbench_database_up", "Whether the database answered this request.")
        up.add_metric([], 1 if found else 0)
        yield up
        yield from found

    def _of_workers(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - see ``_FOLDER``

        if self.loads is None:
            return
        now = self.loads.now()
        for name, text, value in (
            ("workers", "Processes that answer.", len(now)),
            (
                "http_connections",
                "Connections of clients that are open.",
                sum(one.connections for one in now),
            ),
            (
                "http_requests_in_flight",
                "Requests that are being answered.",
                sum(one.answering for one in now),
            ),
            ("http_requests_waiting", "Requests that wait for a thread.", sum(one.waiting for one in now)),
        ):
            yield GaugeMetricFamily(f"workbench_{name}", text, value)
        pool = GaugeMetricFamily(
            "workbench_database_connections", "Connections to the database that are open.", labels=["state"]
        )
        pool.add_metric(["in_use"], sum(one.database_in_use for one in now))
        pool.add_metric(["kept"], sum(one.database_kept for one in now))
        yield pool

    def _of_store(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - see ``_FOLDER``

        workbench, now = self._workbench, self._workbench.clock.now()
        with workbench.reading(workbench.system_actor()) as tx:
            claims = Claims(tx.database)
            jobs = GaugeMetricFamily(
                "workbench_jobs", "What is done by itself, by how it stands.", labels=["kind", "status"]
            )
            for kind, status, count in claims.count_by_kind():
                jobs.add_metric([kind, status], count)
            waiting = GaugeMetricFamily(
                "workbench_messages_waiting", "Messages whose time has come and that wait.", labels=["way"]
            )
            oldest = GaugeMetricFamily(
                "workbench_messages_oldest_seconds", "For how long the oldest of them waits.", labels=["way"]
            )
            for way, kind in JOBS.items():
                count, seconds = claims.backlog(kind)
                waiting.add_metric([way.value], count)
                oldest.add_metric([way.value], seconds)
            reminders = GaugeMetricFamily(
                "workbench_reminders_due", "Reminders whose time has come and that wait."
            )
            # Where they are off nobody sends what has come: it is not due.
            reminders.add_metric([], looking.count_due(tx, now) if workbench.settings.reminders else 0)
        yield from (jobs, waiting, oldest, reminders)


class _Known:
    """Asks for what is known when it is collected."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Give it."""
        return self._metrics.known_now()

    def describe(self) -> Iterator[Metric]:
        """Give nothing: the store is not asked for names."""
        return iter(())
