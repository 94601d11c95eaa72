"""Has a report made by ``program``, within bounds, and stops it once nobody wants it any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from engine.budgets import BYTES_OF_A_REPORTS_PROGRAM, SECONDS_OF_A_REPORT
from engine.executions.executors.base import ExecutorError

#: How often it is asked whether anybody still wants it.
_LOOKS_EVERY = 0.05


def made(
    title: str,
    text: str,
    told: Mapping[str, Any],
    formats: Sequence[str],
    *,
    seconds: float,
    check: Callable[[], None],
) -> list[bytes]:
    """Return the files of a report, in the order of the formats; ``check`` raises once it is not wanted.

    Raises:
        ExecutorError: ``REPORT_TEXT``, the template is not right; ``REPORT_TOO_LARGE``, it takes more time or
            memory than a report may; ``REPORT_BROKE``, a format could not be written; ``NOT_INSTALLED``, what
            writes a format is missing here.
    """
    asked = {"title": title, "text": text, "told": told, "formats": formats}
    out = _run(json.dumps(asked).encode(), time.monotonic() + min(seconds, SECONDS_OF_A_REPORT), check)
    head, _, rest = out.partition(b"\n")
    answer = json.loads(head)
    if "error" in answer:
        raise ExecutorError(answer["code"], answer["error"])
    files = list[bytes]()
    for size in answer["sizes"]:
        files.append(rest[:size])
        rest = rest[size:]
    return files


def _run(asked: bytes, ends_at: float, check: Callable[[], None]) -> bytes:
    limits = str(int(SECONDS_OF_A_REPORT)), str(int(BYTES_OF_A_REPORTS_PROGRAM))
    words = [sys.executable, "-I", "-m", "engine.executions.reports.program", *limits]
    # It needs no settings of ours, some of which are secret; each thread would reserve memory of its own.
    known = {name: value for name, value in os.environ.items() if not name.startswith("WORKBENCH_")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, env={**known, "RAYON_NUM_THREADS": "1"}, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603 - a program of ours
        given: bytes | None = asked
        try:
            while True:
                check()
                if time.monotonic() >= ends_at:
                    raise _too_large()
                with suppress(subprocess.TimeoutExpired):
                    out: bytes = process.communicate(given, timeout=_LOOKS_EVERY)[0]
                    break
                given = None  # it has been sent, or is being sent
        finally:
            process.kill()
    if process.returncode or not out:
        raise _too_large()
    return out


def _too_large() -> ExecutorError:
    return ExecutorError(
        "REPORT_TOO_LARGE", "The report takes more time or memory than one may. Let its text tell less."
    )
