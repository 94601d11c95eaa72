"""A benchmark that is killed leaves nothing behind that it has started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from benchmarks.guard import Guard

#: Starts a program that starts another one, watches over it, and waits.
_BENCHMARK = """
import subprocess, sys
from benchmarks.guard import Guard
command = ["/bin/sh", "-c", "sleep 300 & echo $!; wait"]
child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
Guard(child.pid)
print(child.pid, child.stdout.readline(), end="", flush=True)
sys.stdin.read()
"""
_PATIENCE_SECONDS = 20


@pytest.fixture
def program() -> Iterator[psutil.Process]:
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as started:
        yield psutil.Process(started.pid)
        started.kill()


def test_what_a_killed_benchmark_has_started_ends_with_it_and_so_does_what_that_started():
    words = [sys.executable, "-c", _BENCHMARK]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as benchmark:
        assert benchmark.stdout is not None
        started = [psutil.Process(int(pid)) for pid in benchmark.stdout.readline().split()]
        assert len(started) == 2
        assert all(process.is_running() for process in started)
        benchmark.kill()
    gone, alive = psutil.wait_procs(started, timeout=_PATIENCE_SECONDS)
    assert alive == [], "they outlive it"
    assert len(gone) == 2


def test_a_process_that_is_let_go_is_left_alone(program: psutil.Process):
    guard = Guard(program.pid)
    guard.let_go()
    with pytest.raises(psutil.TimeoutExpired):
        program.wait(timeout=0.2)


def test_a_process_that_was_silenced_ends_too(program: psutil.Process):
    guard = Guard(program.pid, with_group=False, signal="TERM")
    program.suspend()
    assert guard._shell.stdin is not None
    guard._shell.stdin.close()
    guard._shell.wait(_PATIENCE_SECONDS)
    assert program.wait(timeout=_PATIENCE_SECONDS) is not None
