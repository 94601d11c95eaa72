"""The start of commands: the processor time of ``workbench`` beside that of a bare interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import Figure, Samples
from benchmarks.over_http.serving import Store

_TOPIC = "Commands"
_BARE = [sys.executable, "-c", "pass"]
_PROGRAM = str(Path(sys.executable).with_name("workbench"))
#: What is typed, and what it may cost of a bare interpreter's start.
_TYPED = {"workbench --help": (["--help"], 15), "workbench task list": (["task", "list"], 25)}


def start_up(store: Store, rounds: int) -> list[Figure]:
    """Compare, in turns, what commands cost with the start of an interpreter that does nothing."""
    cases = {"bare": _BARE, **{name: [_PROGRAM, *words] for name, (words, _) in _TYPED.items()}}
    found = {name: Samples() for name in cases}
    for turn in range(rounds + 1):
        for name, words in cases.items():
            seconds = _processor_seconds(words, store)
            if turn:  # the first one compiles and warms the files
                found[name].cpu.append(seconds)
    return [
        measure.at_most(
            _TOPIC,
            f"{name} : python -c pass",
            found[name].busy / found["bare"].busy,
            target,
            f"busy {measure.ms(found[name].busy)} against {measure.ms(found['bare'].busy)}",
        )
        for name, (_, target) in _TYPED.items()
    ]


def _processor_seconds(words: Sequence[str], store: Store) -> float:
    """Run a program to its end; return what it used of a processor."""
    process = subprocess.Popen(
        words, cwd=store.place, env=store.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    with process.stderr as stream:
        said = stream.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}: {said.decode()[-500:]}")
    return usage.ru_utime + usage.ru_stime
