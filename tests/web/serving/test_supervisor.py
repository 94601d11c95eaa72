"""What becomes of workers that cannot start, or do not move any more."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

#: A supervisor of two workers that do as ``WORK`` says; it ends itself after a while.
PROGRAM = """
import logging, os, signal, socket, threading, time
from engine.errors import UnavailableError
from web.serving import supervisor
from web.serving.loads import Loads
logging.basicConfig(level=logging.INFO)
loads = Loads(2)
def work(place):
    WORK
def end_soon():
    print("ready", flush=True)
    for seconds in (2.5, 3.0):
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM)).start()
try:
    listener = socket.create_server(("127.0.0.1", 0))
    supervisor._SILENT_SECONDS = 0.5
    supervisor.Supervisor(work, listener, loads, 2).run(predecessors=None, when_ready=end_soon)
except UnavailableError as error:
    print(error.message)
"""


def supervised(work: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", PROGRAM.replace("WORK", work)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_workers_that_cannot_start_end_the_server_with_an_error_and_not_in_a_circle():
    done = supervised('raise OSError("no disk")')
    assert done.stdout == "Workers end before they can answer: exit code 1. See what they logged.\n"
    assert "no disk" in done.stderr
    assert done.stderr.count("another one takes its place") <= 3


@pytest.mark.wide
def test_a_worker_that_does_not_move_any_more_is_replaced_and_a_second_signal_ends_it_all():
    done = supervised("loads.tell(place, 0); time.sleep(600)")
    assert (done.stdout, done.returncode) == ("ready\n", 0)
    assert "does not move any more and is ended" in done.stderr
    assert "SIGKILL; another one takes its place" in done.stderr
