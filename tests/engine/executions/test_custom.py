"""Automations of another package: each in a process of its own, told step by step, which leaves nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import executors as schemas
from engine.executions.executors.custom import Custom
from engine.ids import IdSource
from engine.tasks.models import Task
from tests.engine.executions.automations import is_alive
from tests.engine.executions.conftest import Office, keep

#: What it may take to start two processes, on a machine that is busy.
_PATIENCE = 10.0


def _make(office: Office, automation: str, given: Mapping[str, Any] | None = None, **config: Any) -> Task:
    retries = config.pop("retries", 0)
    settings = {"executor": "custom", "automation": automation, "input": dict(given or {}), **config}
    task = office.make(config=settings, max_retries=retries)
    if config.get("secrets"):
        office.permit(task)
    office.execute(task)
    return task


def _run(office: Office, automation: str, given: Mapping[str, Any] | None = None, **config: Any):
    task = _make(office, automation, given, **config)
    office.work()
    return office.last(task)


def _steps(office: Office, *steps: tuple[str, str], effect: str = "unkeyed", **given: Any):
    named = [{"name": name, "effect": effect} for name, _ in steps]
    return _run(office, "steps", {"steps": steps, **given}, steps=named)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A folder in which processes of an automation leave their ids."""
    folder = tmp_path / "words"
    folder.mkdir()
    return folder


def _wait(condition) -> None:
    until = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not come to that in time"
        time.sleep(0.01)


def _pids(folder: Path) -> list[int]:
    return [int(entry.name) for entry in folder.iterdir()]


def test_it_is_given_its_input_and_an_environment_that_holds_nothing_else(office: Office, monkeypatch):
    monkeypatch.setenv("WORKBENCH_TOKEN", "hush-hush")
    done = _run(office, "tells", {"campaign": "spring"})
    assert done.status == "completed", done.error
    task = office.task_of(done)
    assert done.output["input"] == {"campaign": "spring"}
    assert done.output["environment"] == ["HOME", "LANG", "PATH", "TMPDIR"]
    assert done.output["task"] == {"task_id": task.task_id, "task_uuid": task.task_uuid}
    assert task.result_summary == "Told."
    assert [line["text"] for line in done.logs] == ["A word on the way."]


def test_its_folder_is_its_own_and_is_gone_after_it(office: Office):
    folders = [_run(office, "tells").output["folder"] for _ in range(2)]
    assert len(set(folders)) == 2
    assert not any(Path(folder).exists() for folder in folders)


def test_each_step_is_kept_with_its_effect_and_the_keys_are_those_of_any_executor(office: Office):
    done = _steps(office, ("send", "act"), ("file", "act"), effect="keyed")
    assert done.status == "completed", done.error
    keys = [step["key"] for step in done.step_results]
    assert done.output == {"done": keys}
    assert [(step["name"], step["effect"], step["state"]) for step in done.step_results] == [
        ("send", "keyed", "done"),
        ("file", "keyed", "done"),
    ]
    assert len(set(keys)) == 2


def test_a_step_that_the_settings_do_not_name_is_not_done(office: Office):
    done = _run(office, "steps", {"steps": [("pay", "act")]}, steps=[{"name": "send", "effect": "none"}])
    assert (done.status, done.error_code, done.step_results) == ("failed", "STEP_UNPLANNED", [])
    assert "“pay”" in done.error


def test_what_was_done_is_not_done_again_by_the_attempt_after_it(office: Office):
    """The second step breaks off without harm; the next attempt gets what came of the first."""
    given = {"steps": [("send", "act"), ("file", "undone")]}
    named = [{"name": name, "effect": "unkeyed"} for name in ("send", "file")]
    task = _make(office, "steps", given, steps=named, retries=1)
    office.work()
    office.workbench.clock.advance(minutes=5)
    office.work()
    first, second = office.attempts(task)
    assert [one.error_code for one in (first, second)] == ["TAKEN", "TAKEN"]
    assert [[step["state"] for step in one.step_results] for one in (first, second)] == [
        ["done", "undone"]
    ] * 2
    assert first.step_results[0] == second.step_results[0]


@pytest.mark.parametrize("effect", ["none", "keyed", "unkeyed"])
def test_one_that_dies_in_the_middle_of_a_step_leaves_it_in_doubt_where_it_changes_something(
    office: Office, effect: str
):
    done = _steps(office, ("send", "die"), effect=effect)
    assert done.status == ("failed" if effect == "none" else "unknown")
    assert [step["state"] for step in done.step_results] == ["begun"]
    assert done.error_code == "AUTOMATION_BROKE"


def test_one_that_breaks_in_a_step_says_only_what_kind_of_error_it_was(office: Office):
    done = _steps(office, ("send", "break"))
    assert (done.status, done.error_code) == ("unknown", "AUTOMATION_BROKE")
    assert "hush-hush" not in str(done.model_dump(mode="json"))


def test_a_step_of_which_it_knows_that_nothing_happened_is_in_no_doubt(office: Office):
    done = _steps(office, ("send", "undone"))
    assert (done.status, done.error_code, done.error) == ("failed", "TAKEN", "Somebody else has it.")


def test_it_may_go_on_after_a_step_of_which_nothing_happened(office: Office):
    done = _steps(office, ("send", "undone"), ("file", "act"), goes_on=True)
    assert done.status == "completed", done.error
    assert [step["state"] for step in done.step_results] == ["undone", "done"]


def test_what_comes_of_a_step_and_is_too_large_to_keep_fails_after_it_was_done(office: Office):
    done = _steps(office, ("send", "large"))
    assert (done.status, done.error_code) == ("failed", "ANSWER_TOO_LARGE")
    assert done.step_results[0]["state"] == "done"


@pytest.mark.few(5)
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("memory", "MEMORY_LIMIT"),
        ("memory together", "MEMORY_LIMIT"),
        ("forks", "PROCESS_LIMIT"),
        ("file", "FILE_LIMIT"),
        ("prints", "OUTPUT_TOO_LARGE"),
        ("says", "OUTPUT_TOO_LARGE"),
        ("processor", "CPU_LIMIT"),
        ("nonsense", "AUTOMATION_BROKE"),
        ("exits", "AUTOMATION_BROKE"),
        ("raises", "AUTOMATION_BROKE"),
        ("fails", "NO_STOCK"),
        ("returns", "AUTOMATION_BROKE"),
        ("returns proof", "AUTOMATION_BROKE"),
    ],
)
def test_what_it_must_not_do_ends_it_with_a_code(office: Office, words: Path, how: str, code: str):
    """It holds for all of its processes together, wherever they went."""
    done = _run(
        office,
        "misbehaves",
        {"how": how, "words": str(words)},
        memory_mb=160,
        file_mb=5,
        cpu_seconds=1,
        processes=6,
    )
    assert (done.status, done.error_code) == ("failed", code), done.error
    assert not any(map(is_alive, _pids(words)))
    assert "hush-hush" not in str(done.model_dump(mode="json"))


def test_what_it_leaves_behind_is_gone_when_the_attempt_has_ended(office: Office, words: Path):
    """One that left its group, its session and its parent, and does not hear SIGTERM."""
    done = _run(office, "misbehaves", {"how": "escapes", "words": str(words)})
    assert done.status == "completed", done.error
    [pid] = _pids(words)
    assert not is_alive(pid)


def test_one_that_says_nothing_ends_with_its_time(office: Office):
    began = time.monotonic()
    done = _run(office, "misbehaves", {"how": "silence"}, attempt_seconds=0.5)
    assert (done.status, done.error_code) == ("timed_out", "TIMED_OUT")
    assert time.monotonic() - began < 2


def test_a_step_that_takes_longer_than_it_may_is_ended_and_in_doubt(office: Office):
    named = [{"name": "send", "effect": "unkeyed"}]
    done = _run(office, "steps", {"steps": [("send", "wait")]}, steps=named, step_seconds=0.3)
    assert (done.status, done.error_code) == ("unknown", "STEP_TIMED_OUT")


def test_one_that_does_not_hear_that_it_is_to_stop_is_killed(office: Office, words: Path, monkeypatch):
    monkeypatch.setattr("engine.executions.executors.custom.GRACE_SECONDS", 0.3)
    task = _make(office, "misbehaves", {"how": "deaf", "words": str(words)})
    worker = threading.Thread(target=office.work)
    worker.start()
    _wait(lambda: _pids(words))
    [pid] = _pids(words)
    office.do("execution cancel", execution_id=office.last(task).execution_id)
    worker.join(_PATIENCE)
    assert office.last(task).status == "cancelled"
    _wait(lambda: not is_alive(pid))


def test_one_that_is_told_to_stop_may_finish_what_it_is_doing(office: Office, tmp_path: Path):
    """Cancel is first a word (SIGTERM): a step that ends within its time is known to be done."""
    office.grace, mark = timedelta(seconds=5), tmp_path / "mark"
    office.engine = office.engine_of(timedelta(minutes=1))
    given = {"steps": [("send", "finish when told")], "mark": str(mark)}
    task = _make(office, "steps", given, steps=[{"name": "send", "effect": "unkeyed"}])
    worker = threading.Thread(target=office.work)
    worker.start()
    _wait(mark.exists)
    office.do("execution cancel", execution_id=office.last(task).execution_id)
    worker.join(_PATIENCE)
    done = office.last(task)
    assert [step["state"] for step in done.step_results] == ["done"]
    assert done.status in ("completed", "cancelled")


@pytest.mark.wide
def test_nothing_of_it_outlives_a_worker_that_is_killed(office: Office, words: Path):
    task = _make(office, "misbehaves", {"how": "deaf", "words": str(words)})
    office.workbench.database.disconnect()
    worker = os.fork()
    if worker == 0:
        office.workbench.ids = IdSource()
        office.engine_of(timedelta(milliseconds=400)).do_one("killed")
        os._exit(0)
    _wait(lambda: _pids(words))
    [pid] = _pids(words)
    folder = Path(f"/proc/{pid}/cwd").readlink()
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    _wait(lambda: not is_alive(pid) and not folder.exists())
    time.sleep(0.6)  # its lease runs out, by the clock of the database
    office.engine.claims.reap()
    office.engine.do_one("worker")  # it takes the job up, and finds that it was begun
    assert office.attempts(task)[0].error_code == "WORKER_LOST"


def test_it_is_given_the_secrets_that_its_settings_name_and_none_stands_in_what_is_kept(office: Office):
    keep(office, token="hush-hush", other="sh-sh-sh")
    given = {"url": office.url, "method": "GET"}
    named = [{"name": "call", "effect": "none"}]
    done = _run(office, "calls", given, steps=named, secrets={"token": "127.0.0.1"})
    assert done.status == "completed", done.error
    assert [got.headers["authorization"] for got in office.program.got] == ["Bearer hush-hush"]
    assert [line["text"] for line in done.logs] == ["It has the secrets [('token', '[secret token]')]."]


@pytest.mark.parametrize(
    ("secret", "after"),
    [
        ("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----", 1),
        ("hush-hush-1234567890", 3990),
        ("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----", 3990),
    ],
)
def test_no_part_of_a_secret_stands_in_what_it_printed(office: Office, secret: str, after: int):
    """Neither where it has several lines, nor where it lies across the end of what is kept."""
    keep(office, token=secret)
    done = _run(
        office, "misbehaves", {"how": "prints secret", "after": after}, secrets={"token": "127.0.0.1"}
    )
    assert done.status == "completed", done.error
    assert [line["text"] for line in done.logs] == ["x" * min(after, 1000), "[secret token]"]


def test_no_part_of_a_secret_stands_in_the_step_that_it_asked_for(office: Office):
    keep(office, token="hush-hush-1234567890")
    done = _run(office, "misbehaves", {"how": "asks for secret"}, secrets={"token": "127.0.0.1"})
    assert done.error_code == "STEP_UNPLANNED"
    assert "hush" not in done.error


def test_a_secret_that_it_gives_as_its_code_is_not_kept(office: Office):
    keep(office, token="HUSH_HUSH")
    done = _run(office, "misbehaves", {"how": "fails by secret"}, secrets={"token": "127.0.0.1"})
    assert (done.status, done.error_code) == ("failed", "[secret token]")


@pytest.mark.parametrize("fails", [False, True])
def test_what_cannot_be_kept_of_a_line_is_replaced_and_ends_nothing(office: Office, fails: bool):
    """Colours, as programs write them on a terminal, and half characters."""
    named = [{"name": "send", "effect": "unkeyed"}]
    done = _run(office, "misbehaves", {"how": "colours", "fails": fails}, steps=named)
    assert done.step_results[0]["state"] == "done"
    assert [line["text"] for line in done.logs] == ["ok", "half \N{REPLACEMENT CHARACTER}", "ok"]
    came = (done.status, done.error_code, done.error)
    assert came == (("failed", "NO_STOCK", "ok") if fails else ("completed", None, None))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"outputs": {"a": "s" * 300_000}}, "ANSWER_TOO_LARGE"),
        ({"proof": 51}, "ANSWER_TOO_LARGE"),
        ({"links": 51}, "ANSWER_TOO_LARGE"),
        ({"deliverables": 51}, "ANSWER_TOO_LARGE"),
        ({"deliverables": 50}, None),
    ],
)
def test_what_it_returns_has_a_size(office: Office, given: dict[str, Any], code: str | None):
    done = _run(office, "misbehaves", {"how": "returns what is given", "given": given})
    assert (done.status, done.error_code) == ("failed" if code else "completed", code)


def test_a_summary_is_cut_where_it_is_long_and_says_no_part_of_a_secret(office: Office):
    keep(office, token="hush-hush-1234567890")
    given = {"how": "returns a summary", "before": 990}
    done = _run(office, "misbehaves", given, secrets={"token": "127.0.0.1"})
    assert office.task_of(done).result_summary == "s" * 990 + "[secret to"


def test_folders_within_each_other_are_removed_however_deep(office: Office, words: Path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(words))
    done = _run(office, "misbehaves", {"how": "deep"})
    assert (done.status, done.error_code) == ("completed", None)
    assert list(words.iterdir()) == []


def test_limits_may_be_written_with_a_point(office: Office):
    done = _run(office, "tells", memory_mb=256.0, file_mb=5.0, cpu_seconds=10.0, processes=4.0)
    assert done.status == "completed", done.error


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGKILL"])
def test_one_that_turns_on_its_keeper_leaves_nothing_behind(office: Office, words: Path, name: str):
    began = time.monotonic()
    _run(office, "misbehaves", {"how": "against keeper", "words": str(words), "signal": name})
    [pid] = _pids(words)
    assert not is_alive(pid)
    assert time.monotonic() - began < 30, "the process that it left behind sleeps for 60"


def test_one_that_ends_with_the_keeper_it_kills_is_not_waited_for(office: Office, words: Path):
    """What it leaves behind holds its end of the pipes open."""
    began = time.monotonic()
    given = {"how": "against keeper", "words": str(words), "signal": "SIGKILL", "stays": 60}
    done = _run(office, "misbehaves", given)
    assert (done.status, done.error_code) == ("failed", "AUTOMATION_BROKE")
    [pid] = _pids(words)
    assert not is_alive(pid)
    assert time.monotonic() - began < 30


def test_a_secret_for_a_host_that_the_type_does_not_name_is_refused_before_it_is_started(office: Office):
    keep(office, ["api.example.com"], token="hush-hush")
    done = _run(office, "tells", secrets={"token": "127.0.0.1"})
    assert (done.status, done.error_code, done.logs) == ("failed", "SECRET_FORBIDDEN", [])


@pytest.mark.parametrize(
    ("python", "code"),
    [
        ("/nowhere/bin/python", "AUTOMATION_MISSING"),
        ("", "AUTOMATION_MISSING"),
        ("/bin/false", "AUTOMATION_BROKE"),
    ],
)
def test_where_it_cannot_be_run_the_code_says_so_and_no_folder_stays(
    office: Office, words: Path, monkeypatch: pytest.MonkeyPatch, python: str, code: str
):
    """Where no Python is set, it is Workbench's own, which has none of these automations."""
    monkeypatch.setattr("tempfile.tempdir", str(words))
    office.workbench.settings = replace(office.workbench.settings, automation_python=python)
    done = _run(office, "tells")
    assert (done.status, done.error_code) == ("failed", code)
    if code == "AUTOMATION_MISSING":
        assert (python or "tells") in done.error
    assert list(words.iterdir()) == []


def test_two_steps_of_one_name_are_refused_with_the_settings():
    twice = [{"name": "send", "effect": "none"}, {"name": "send", "effect": "keyed"}]
    config = {"executor": "custom", "automation": "tells", "steps": twice}
    [fault] = schemas.faults("custom", config)
    assert (list(fault.absolute_path), fault.message) == (
        ["steps"],
        "the step “send” is named 2 times; name it once",
    )


def test_a_dry_run_says_what_is_run_with_what_and_what_that_changes():
    config = {
        "automation": "sends",
        "input": {"to": "Acme"},
        "steps": [{"name": "send", "effect": "unkeyed"}, {"name": "look", "effect": "none"}],
        "secrets": {"token": "api.example.com"},
    }
    assert Custom().dry_run(config) == [
        'The automation sends would be run, with {"to": "Acme"}.',
        "“send” changes something outside each time that it is done.",
        "“look” changes nothing outside.",
        "It is given the secret token, for api.example.com.",
    ]
