"""``workbench worker`` does what is due, and ``workbench job`` tells of it (issue 12)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.config import PROCRASTINATE, Settings
from engine.jobs import delivery, putting
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus, Lane, NewJob
from engine.jobs.workers import Workers
from exports.layout import MANIFEST
from tests.web.serving.served import wait_until

_PATIENCE = 60.0


def _put(workbench: Workbench, job_id: str, key: str | None = None) -> None:
    with workbench.database.write() as connection:
        Claims(workbench.database).put(connection, NewJob(job_id=job_id, kind="mail", args={}, key=key))


def _lose(workbench: Workbench, job_id: str) -> None:
    """Begin a job, begin its effect, and be lost."""
    claims = Claims(workbench.database)
    _put(workbench, job_id)
    claim = claims.begin("lost", ["mail"], now=1, lease=-1)
    assert claim is not None
    claims.mark_effect(claim, "mail/7")
    claims.reap()


def _done(cli) -> set[str]:
    """Name the kinds of the jobs that are done."""
    return {one["kind"] for one in cli("job", "list", "--status", "done", "--json").json["jobs"]}


@pytest.mark.wide  # PostgreSQL, and a program that starts
@pytest.mark.parametrize("command", [("worker",), ("serve", "--port", "0")], ids=["worker", "serve"])
def test_what_is_put_elsewhere_is_done_as_procrastinate_tells_of_it(
    postgres_url_factory: Callable[[], str], settings: Settings, tmp_path: Path, command: tuple[str, ...]
):
    there = Settings(
        content=settings.content,
        database=postgres_url_factory(),
        blobs=str(tmp_path / "blobs"),
        secrets_key=str(tmp_path / "key"),
        jobs=PROCRASTINATE,
    )
    told = {f"WORKBENCH_{name.upper()}": str(value) for name, value in vars(there).items()}
    with closing(Workbench(there)) as workbench:
        claims = Claims(workbench.database)
        running = subprocess.Popen(
            [sys.executable, "-m", "web.cli", *command],
            env={**os.environ, **told},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: delivery.listening(workbench.database) == 2)
            with workbench.transaction(workbench.system_actor()) as tx:
                how = {"not_before": tx.wall_clock, "lane": Lane(name="forget"), "max_attempts": 1}
                assert putting.put(tx, "forget_jobs", args={}, key="by hand", **how)
            [put] = [job for job in claims.list_jobs(list(JobStatus), 50) if job.kind == "forget_jobs"][:1]
            wait_until(lambda: claims.find(put.job_id).status is JobStatus.DONE)
        finally:
            running.send_signal(signal.SIGTERM)
            _, err = running.communicate(timeout=_PATIENCE)
        assert running.returncode == 0, err
        assert "Traceback" not in err
        assert delivery.listening(workbench.database) == 0


@pytest.mark.wide
def test_a_worker_makes_up_for_the_last_night_says_so_and_ends_in_order(
    settings: Settings, tmp_path: Path, cli
):
    folder = tmp_path / "exports"
    environment = {
        **os.environ,
        "WORKBENCH_CONTENT": settings.content,
        "WORKBENCH_DATABASE": settings.database,
        "WORKBENCH_EXPORT_FOLDER": str(folder),
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "web.cli", "worker"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + _PATIENCE
        while not {"export", "escalate_approvals"} <= _done(cli):
            assert time.monotonic() < until, "nothing was done"
            assert running.poll() is None, running.communicate()
            time.sleep(0.2)
    finally:
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=_PATIENCE)
    assert running.returncode == 0, err
    assert "export: writes an export of everything; next " in out
    assert [path.name for path in folder.glob(f"*/{MANIFEST}")] == [MANIFEST]
    told = {one["kind"]: one["outcome"] for one in cli("job", "list", "--json").json["jobs"]}
    assert told["escalate_approvals"] == "Nothing waits too long."
    assert told["remind"] == "Reminders are switched off."
    assert " records in " in told["export"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--executors", "api_call, robot"), "there is no executor “robot”; this release has "),
        (("--name", "two words"), "a name has up to 100 letters, digits"),
    ],
)
def test_a_worker_is_told_what_is_wrong_with_its_options_and_begins_nothing(
    workbench: Workbench, cli, words, said
):
    answer = cli("worker", *words)
    assert answer.code == 1
    assert said in answer.err
    assert Workers(workbench.database).listed() == []


@pytest.mark.wide  # a process
def test_a_second_worker_of_a_name_ends_and_says_why(workbench: Workbench, settings: Settings):
    Workers(workbench.database).enter("writer", "token", release="0.4.0", threads=2, does=[])
    environment = {
        **os.environ,
        "WORKBENCH_CONTENT": settings.content,
        "WORKBENCH_DATABASE": settings.database,
    }
    words = ["worker", "--name", "writer", "--executors", "api_call", "--json"]
    ended = subprocess.run(
        [sys.executable, "-m", "web.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    assert ended.returncode == 1, ended.stderr
    assert '"WORKER_NAME_TAKEN"' in ended.stdout
    assert [one.token for one in Workers(workbench.database).listed()] == ["token"]


def test_jobs_are_listed_newest_first_and_by_how_they_stand(workbench: Workbench, cli):
    for job_id in ("job_1", "job_2"):
        _put(workbench, job_id)
    _lose(workbench, "job_0")
    listed = cli("job", "list")
    assert [line.split()[:2] for line in listed.out.splitlines()[1:]] == [
        ["job_2", "ready"], ["job_1", "ready"], ["job_0", "unknown"],
    ]  # fmt: skip
    assert [one["job_id"] for one in cli("job", "list", "--status", "unknown", "--json").json["jobs"]] == [
        "job_0"
    ]
    assert cli("job", "list", "--status", "failed").out == "No jobs.\n"
    refused = cli("job", "list", "--as", "mara@example.com")
    assert refused.code != 0


def test_a_job_of_which_nobody_knew_is_resolved_with_who_says_so(workbench: Workbench, cli):
    _lose(workbench, "job_0")
    done = cli("job", "resolve", "job_0", "done", "--comment", "It is in the inbox.")
    assert (done.code, done.out) == (0, "It is done.\n")
    job = Claims(workbench.database).find("job_0")
    assert job is not None
    assert (job.status, job.outcome) == (JobStatus.DONE, "Local operator: It is in the inbox.")
    refused = cli("job", "resolve", "job_0", "again", "--comment", "No, it is not.")
    assert refused.code == 1
    assert "job_0 is done: nobody has to say how it ended." in refused.err


def test_a_waiting_job_is_cancelled_and_one_that_ended_is_not(workbench: Workbench, cli):
    _put(workbench, "job_1")
    assert cli("job", "cancel", "job_1").out == "Cancelled.\n"
    refused = cli("job", "cancel", "job_1")
    assert (refused.code, "job_1 is cancelled: there is nothing to cancel." in refused.err) == (1, True)
    missing = cli("job", "cancel", "job_9")
    assert (missing.code, "There is no job job_9. `workbench job list` shows them." in missing.err) == (
        1,
        True,
    )


def _fail(workbench: Workbench, job_id: str) -> None:
    claims = Claims(workbench.database)
    _put(workbench, job_id)
    claim = claims.begin("worker", ["mail"], now=1, lease=60_000)
    assert claim is not None
    claims.finish(claim, JobStatus.FAILED, "The server refused the connection.")


def _told_by_doctor(cli) -> tuple[bool, str]:
    (found,) = [row for row in cli("doctor", "--json").json["checks"] if row["check"] == "jobs"]
    return found["ok"], found["message"]


def test_doctor_names_what_failed_last_and_what_nobody_knows(workbench: Workbench, cli):
    assert _told_by_doctor(cli) == (True, "nothing failed that is done by itself")
    _fail(workbench, "job_1")
    assert _told_by_doctor(cli) == (False, "mail failed: The server refused the connection (job_1).")
    _put(workbench, "job_2")
    claims = Claims(workbench.database)
    claim = claims.begin("worker", ["mail"], now=1, lease=60_000)
    assert claim is not None
    claims.finish(claim)
    assert _told_by_doctor(cli)[0]
    _lose(workbench, "job_3")
    is_well, said = _told_by_doctor(cli)
    assert not is_well
    assert said == "job_3 (mail) is unknown: look whether it was done, then `workbench job resolve`."
