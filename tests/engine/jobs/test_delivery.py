"""What delivering by Procrastinate takes is in the store, and is brought up to date with it (issue 15)."""

from __future__ import annotations

import asyncio
import re
import threading
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import EMBEDDED, PROCRASTINATE, Settings
from engine.errors import ConflictError, StoreVersionError, UnavailableError
from engine.jobs import delivery, tickets
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.distributed import DistributedEngine
from engine.jobs.models import JobStatus, Lane, NewJob
from engine.jobs.port import Kind, Kinds
from engine.jobs.workers import Workers
from engine.store import DocumentStore, execute_script, raise_positions
from engine.store.dialects.postgresql import DELIVERY_HOOKS
from tests.conftest import NOW, ROOT
from tests.databases import PostgresStores
from tests.web.serving.served import wait_until
from web.cli import doctor, operations


@pytest.fixture
def bare(postgres_stores: PostgresStores, tmp_path: Path, shipped_repository: Path) -> Iterator[Settings]:
    """Settings of a store on PostgreSQL that has nothing of Procrastinate yet."""
    with postgres_stores.lent() as url:
        yield Settings(
            content=str(shipped_repository), database=url, blobs=str(tmp_path / "blobs"), jobs=PROCRASTINATE
        )


@pytest.fixture
def on_it(cli, bare: Settings, monkeypatch: pytest.MonkeyPatch):
    """The command line, on that store."""
    for name in ("database", "blobs", "jobs"):
        monkeypatch.setenv(f"WORKBENCH_{name.upper()}", getattr(bare, name))
    return cli


def _of_an_older_release(settings: Settings) -> None:
    """Make the tables as Procrastinate 3.3 had them: by its own steps, one after another."""
    with closing(DocumentStore(settings.database)) as store, store.write() as connection:
        taken = {number: path for number, path in delivery._steps().items() if number < 3_040_000}
        for number in sorted(taken):
            execute_script(connection, taken[number].read_text())
        raise_positions(connection, {"procrastinate": max(taken)})


@contextmanager
def _working(engine: DistributedEngine) -> Iterator[None]:
    """Work in two threads while the block lasts."""
    stop = threading.Event()
    worker = threading.Thread(target=engine.work, args=(stop, 2))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(20)
    assert not worker.is_alive()


@contextmanager
def _no_tickets(workbench: Workbench) -> Iterator[None]:
    """Let no ticket be fetched while the block lasts."""
    renamed = "ALTER FUNCTION {}(varchar[], bigint) RENAME TO {}"
    fetch, gone = "procrastinate_fetch_job_v2", "gone"
    with psycopg.connect(**workbench.database.connecting(), autocommit=True) as connection:
        connection.execute(renamed.format(fetch, gone))
        try:
            yield
        finally:
            connection.execute(renamed.format(gone, fetch))


def test_the_extra_installs_what_it_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["cluster"] == [delivery.PACKAGE]


def test_the_triggers_that_are_procrastinates_own_are_those_of_the_release_that_is_installed():
    schema = (files("procrastinate") / "sql" / "schema.sql").read_text()
    assert set(DELIVERY_HOOKS) == set(re.findall(r"CREATE TRIGGER (\w+)", schema))


def test_where_it_is_not_installed_doctor_says_how_it_is(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "find_spec", lambda _: None)
    finding = operations.delivery_of_jobs(
        Settings(database="postgresql:///x", jobs=PROCRASTINATE), workbench.database
    )
    assert not finding.ok
    assert "pip install 'procrastinate>=3.10,<3.11'" in finding.message
    assert "set WORKBENCH_JOBS to embedded" in finding.message


@pytest.mark.wide  # PostgreSQL
def test_a_start_without_it_is_refused(bare: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delivery, "find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match="is not installed here"):
        Workbench(bare)


def test_doctor_says_that_workers_look_into_the_store_where_nothing_is_set(workbench: Workbench):
    found = operations.delivery_of_jobs(workbench.settings, workbench.database)
    assert (found.ok, found.message) == (True, "workers look into the store for jobs (embedded)")


@pytest.mark.wide  # PostgreSQL
def test_the_first_start_makes_its_tables_and_nobody_takes_their_triggers_for_strange(bare: Settings):
    with closing(Workbench(bare)) as workbench:
        assert delivery.lacking(workbench.database) == []
        assert doctor._hooks(workbench.database).ok
        found = operations.delivery_of_jobs(bare, workbench.database)
        assert (found.ok, found.message) == (True, "Procrastinate wakes workers; 0 workers listen now")


@pytest.mark.wide  # PostgreSQL
def test_a_trigger_of_somebody_else_on_its_tables_is_strange(bare: Settings):
    with closing(Workbench(bare)) as workbench:
        with workbench.database.write() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER procrastinate_trigger_mine AFTER INSERT ON procrastinate_jobs FOR EACH ROW "
                "EXECUTE FUNCTION procrastinate_unlink_periodic_defers_v1()"
            )
        assert "procrastinate_trigger_mine" in doctor._hooks(workbench.database).message


@pytest.mark.wide  # PostgreSQL
def test_upgrade_says_what_it_would_make_and_makes_it(on_it):
    planned = on_it("upgrade", "--check")
    assert (planned.code, planned.out) == (1, "An upgrade makes the tables of Procrastinate 3.10.0.\n")
    assert on_it("upgrade").out.startswith("Made the tables of Procrastinate 3.10.0.\n")
    assert on_it("upgrade", "--check", "--json").json["jobs"] == []


@pytest.mark.wide  # PostgreSQL
def test_tables_of_an_older_release_are_changed_by_an_upgrade_alone_and_then_deliver(
    on_it, bare: Settings, clock: FixedClock
):
    _of_an_older_release(bare)
    with pytest.raises(
        StoreVersionError, match=r"lacks step 03\.04\.00_01_\w+ of .* Run `workbench upgrade`"
    ):
        Workbench(bare)
    assert len(on_it("upgrade", "--json").json["jobs"]) == 2
    with closing(Workbench(bare, clock=clock)) as workbench:
        engine = DistributedEngine(
            workbench.database, Kinds([Kind(name="try", handle=lambda _: "said")]), clock, workbench.ids
        )
        with workbench.transaction(workbench.operator()) as tx:
            job_id = engine.enqueue(tx, "try")
        with _working(engine):
            wait_until(lambda: engine.claims.find(job_id).status is JobStatus.DONE)
            assert delivery.listening(workbench.database) == 2
        assert delivery.listening(workbench.database) == 0


@pytest.mark.wide  # PostgreSQL
def test_tables_of_procrastinate_that_somebody_else_made_are_left_alone(bare: Settings):
    with psycopg.connect(bare.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE procrastinate_jobs (id bigint)")
    with pytest.raises(ConflictError, match="that Workbench has not made"):
        Workbench(bare)


@pytest.mark.wide  # PostgreSQL
def test_a_store_that_was_switched_back_is_as_well_as_before(bare: Settings):
    Workbench(bare).close()
    with closing(Workbench(Settings(**{**vars(bare), "jobs": EMBEDDED}))) as workbench:
        assert doctor._hooks(workbench.database).ok


@pytest.mark.wide  # PostgreSQL
def test_of_a_lane_that_is_full_and_of_what_is_due_later_nobody_is_told(cluster_workbench: Workbench):
    database, now = cluster_workbench.database, int(NOW.timestamp() * 1000)
    claims, lane = Claims(database), Lane(name="one")
    with database.write() as connection:
        for number in range(2):
            claims.put(connection, NewJob(job_id=f"job_{number}", kind="try", args={}, lane=lane))
        claims.put(connection, NewJob(job_id="later", kind="try", args={}, not_before=now + 1))
    running = claims.begin("somebody", ["try"], now=now, lease=60_000)
    assert running is not None
    assert not tickets.put_missing(database, ["try"], now)
    claims.finish(running)
    assert tickets.put_missing(database, ["try"], now + 1)
    assert not tickets.put_missing(database, ["try"], now + 1), "each has one"
    with database.write() as connection:
        claims.put(connection, NewJob(job_id="new", kind="try", args={}))
    assert tickets.put_missing(database, ["try"], now + 1)
    told = database.run("SELECT args ->> 'job_id' FROM procrastinate_jobs ORDER BY 1")
    assert told == [("job_1",), ("later",), ("new",)]


@pytest.mark.wide  # PostgreSQL
def test_workers_go_on_when_the_database_has_ended_their_connections(cluster_workbench: Workbench):
    workbench, done = cluster_workbench, threading.Semaphore(0)
    engine = DistributedEngine(
        workbench.database,
        Kinds([Kind(name="try", handle=lambda _: done.release())]),
        workbench.clock,
        workbench.ids,
        looks_every=timedelta(milliseconds=50),
    )
    with _working(engine):
        for _ in range(3):
            with workbench.transaction(workbench.operator()) as tx:
                engine.enqueue(tx, "try")
            assert done.acquire(timeout=20)
            with psycopg.connect(**workbench.database.connecting()) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.mark.wide  # PostgreSQL
def test_what_takes_long_while_tickets_cannot_be_fetched_holds_up_nothing_else(
    cluster_workbench: Workbench,
):
    workbench, begun, end, done = cluster_workbench, threading.Event(), threading.Event(), threading.Event()

    def takes_long(_: Context) -> None:
        begun.set()
        end.wait(30)

    engine = DistributedEngine(
        workbench.database,
        Kinds(
            [
                Kind(name="long", handle=takes_long, is_slow=True),
                Kind(name="quick", handle=lambda _: done.set()),
            ]
        ),
        workbench.clock,
        workbench.ids,
        looks_every=timedelta(milliseconds=50),
    )
    with _working(engine):
        try:
            with workbench.transaction(workbench.operator()) as tx:
                engine.enqueue(tx, "long")
            assert begun.wait(20)
            wait_until(lambda: delivery.listening(workbench.database) == 2)
            with _no_tickets(workbench):  # whoever is free notices, and ends
                wait_until(lambda: delivery.listening(workbench.database) < 2)
            with workbench.transaction(workbench.operator()) as tx:
                engine.enqueue(tx, "quick")
            assert done.wait(10)
        finally:
            end.set()


@pytest.mark.wide  # PostgreSQL
def test_workers_go_on_when_tickets_could_not_be_fetched_for_a_while(
    cluster_workbench: Workbench, caplog: pytest.LogCaptureFixture
):
    workbench, done = cluster_workbench, threading.Event()
    engine = DistributedEngine(
        workbench.database,
        Kinds([Kind(name="try", handle=lambda _: done.set())]),
        workbench.clock,
        workbench.ids,
        looks_every=timedelta(milliseconds=50),
    )
    with _working(engine):
        with _no_tickets(workbench):
            with workbench.transaction(workbench.operator()) as tx:
                engine.enqueue(tx, "try")
            wait_until(lambda: "tickets cannot be fetched" in caplog.text)
            assert not done.is_set()
        assert done.wait(20)


@pytest.mark.wide  # PostgreSQL
def test_tickets_of_a_worker_that_was_lost_are_thrown_away_and_its_job_is_done(cluster_workbench: Workbench):
    workbench, done = cluster_workbench, threading.Event()
    engine = DistributedEngine(
        workbench.database,
        Kinds([Kind(name="try", handle=lambda _: done.set())]),
        workbench.clock,
        workbench.ids,
    )
    with workbench.transaction(workbench.operator()) as tx:
        engine.enqueue(tx, "try")
    with workbench.database.write() as connection:  # whoever took the ticket began nothing, and is gone
        connection.exec_driver_sql("UPDATE procrastinate_jobs SET status = 'doing'")
    with _working(engine):
        assert done.wait(20)
        wait_until(lambda: workbench.database.run("SELECT count(*) FROM procrastinate_jobs") == [(0,)])


@pytest.mark.wide  # PostgreSQL
def test_what_missed_that_it_is_to_end_is_told_again(
    cluster_workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    """A wait for a connection may forget that it was cancelled; nothing would end the worker any more."""
    began = threading.Event()

    async def misses_it_once(*_: object) -> None:
        began.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(600)
        await asyncio.sleep(600)

    monkeypatch.setattr(DistributedEngine, "_tidy", misses_it_once)
    workbench = cluster_workbench
    kinds = Kinds([Kind(name="try", handle=lambda _: None)])
    with _working(DistributedEngine(workbench.database, kinds, workbench.clock, workbench.ids)):
        assert began.wait(20)


@pytest.mark.wide  # PostgreSQL
def test_a_worker_that_is_drained_leaves_tickets_to_others_and_puts_none(cluster_workbench: Workbench):
    workbench, begun, end, done = (
        cluster_workbench,
        threading.Event(),
        threading.Event(),
        threading.Semaphore(0),
    )

    def act(_: Context) -> None:
        begun.set()
        end.wait(30)
        done.release()

    database, often = workbench.database, timedelta(milliseconds=50)
    kinds, clock, ids = Kinds([Kind(name="try", handle=act)]), workbench.clock, workbench.ids
    engine = DistributedEngine(
        database, kinds, clock, ids, looks_every=often, reaps_every=often, name="machine:1"
    )

    def put() -> None:
        with workbench.transaction(workbench.operator()) as tx:
            engine.enqueue(tx, "try")

    def drain(*, is_draining: bool) -> None:
        with workbench.transaction(workbench.operator()) as tx:
            assert Workers(database).drain(tx.connection, "machine:1", is_draining=is_draining)

    def put_so_far() -> int:
        ((number,),) = database.run("SELECT last_value FROM procrastinate_jobs_id_seq")
        return int(number)

    with _working(engine):
        put()
        assert begun.wait(20)
        drain(is_draining=True)
        end.set()
        assert done.acquire(timeout=20), "what it does goes on"
        wait_until(lambda: delivery.listening(database) == 0)
        for _ in range(3):
            put()
        number = put_so_far()
        assert not done.acquire(timeout=0.5)
        assert put_so_far() == number
        assert database.run("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == [(3,)]
        drain(is_draining=False)
        assert all(done.acquire(timeout=20) for _ in range(3))
