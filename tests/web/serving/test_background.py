"""``serve`` does by itself what is due, unless it is told not to, and ends in order (decision 9)."""

from __future__ import annotations

import shutil
import signal
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.clock import SystemClock
from engine.jobs import tidying
from engine.jobs.claims import Claims
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import JobStatus, NewJob
from engine.jobs.port import Kind
from engine.upgrades import open_store
from exports import nightly
from tests.web.serving.served import serving, wait_until
from web.cli import doctor
from web.serving import background


@pytest.mark.wide  # starts a server and waits
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_server_does_what_is_put_and_gives_the_clock_away_when_it_ends(
    tmp_path: Path, new_store: Path, shipped_repository: Path, processes: str
):
    place = tmp_path / "var"
    place.mkdir()
    shutil.copyfile(new_store, place / "workbench.db")
    words = ["--processes", processes, "--content", str(shipped_repository)]
    with closing(open_store(f"sqlite:///{place}/workbench.db")) as store, serving(tmp_path, *words) as served:
        claims = Claims(store)
        wait_until(lambda: claims.holder("clock") is not None)
        with store.write() as connection:
            claims.put(connection, NewJob(job_id="job_1", kind="forget_jobs", args={}))
        wait_until(lambda: claims.find("job_1").status is JobStatus.DONE)
        assert "has the clock" in doctor._clock_of_jobs(claims).message
        assert served.end(signal.SIGTERM) == 0
        assert claims.holder("clock") is None
        assert "Traceback" not in served.said()
        assert "nobody has the clock" in doctor._clock_of_jobs(claims).message


@pytest.mark.wide  # starts a server and waits
def test_a_server_that_is_told_to_do_nothing_by_itself_does_nothing(
    tmp_path: Path, new_store: Path, shipped_repository: Path
):
    place = tmp_path / "var"
    place.mkdir()
    shutil.copyfile(new_store, place / "workbench.db")
    words = ["--processes", "1", "--content", str(shipped_repository), "--no-scheduler"]
    with closing(open_store(f"sqlite:///{place}/workbench.db")) as store, serving(tmp_path, *words) as served:
        claims = Claims(store)
        with store.write() as connection:
            claims.put(connection, NewJob(job_id="job_1", kind="forget_jobs", args={}))
        served.sign_in()
        began = SystemClock().now()
        wait_until(lambda: (SystemClock().now() - began).total_seconds() > 3)
        assert claims.find("job_1").status is JobStatus.READY
        assert claims.holder("clock") is None


def test_what_takes_long_beside_the_board_holds_up_nothing_else(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
):
    is_other_done = threading.Event()
    work = [
        (nightly.EXPORT, Kind(name=nightly.EXPORT.name, handle=lambda _: str(is_other_done.wait(10)))),
        (tidying.FORGET, Kind(name=tidying.FORGET.name, handle=lambda _: is_other_done.set())),
    ]
    monkeypatch.setattr(background, "regular_work", lambda _: work)
    claims = Claims(workbench.database)
    with workbench.database.write() as connection:
        for number, (_, kind) in enumerate(work):
            claims.put(connection, NewJob(job_id=f"job_{number}", kind=kind.name, args={}, priority=9))
    with background.beside(workbench, background.Does.ALL):
        wait_until(lambda: claims.find("job_0").status is JobStatus.DONE)
    assert claims.find("job_0").outcome == "True"


def test_what_is_done_beside_the_board_begins_anew_when_it_broke(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(background, "_AGAIN_AFTER", timedelta(milliseconds=10))
    do_one, breaks = EmbeddedEngine.do_one, iter([KeyError("nobody foresaw it")])

    def breaks_once(engine: EmbeddedEngine, worker: str, **how: bool) -> bool:
        for error in breaks:
            raise error
        return do_one(engine, worker, **how)

    monkeypatch.setattr(EmbeddedEngine, "do_one", breaks_once)
    claims = Claims(workbench.database)
    with background.beside(workbench, background.Does.ALL):
        wait_until(lambda: "it begins anew" in caplog.text)
        with workbench.database.write() as connection:
            claims.put(connection, NewJob(job_id="job_1", kind=tidying.FORGET.name, args={}))
        wait_until(lambda: claims.find("job_1").status is JobStatus.DONE)
