"""What a server and its children used: processor time to the nanosecond, and memory. Linux only."""

from __future__ import annotations

import sys
import time
from pathlib import Path

#: ``CPUCLOCK_SCHED`` of the kernel: the clock that a process's identity is made into (clock_getcpuclockid).
_SCHEDULED = 2


def tree(pid: int) -> list[int]:
    """List a process and everything below it that still runs."""
    if not sys.platform.startswith("linux"):
        raise SystemExit("The pages are measured on Linux: the processor time of others is read from /proc.")
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for thread in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in thread.read_text(encoding="ascii").split()]
            except OSError:
                continue  # the thread ended while the folder was read
    return found


def processor_seconds(pid: int) -> dict[int, float]:
    """Give the processor time of a process and of each below it so far, in seconds, by process id."""
    found = {}
    for one in tree(pid):
        try:
            found[one] = time.clock_gettime((~one << 3) | _SCHEDULED)
        except OSError:
            continue  # it ended meanwhile
    return found


def used(before: dict[int, float], after: dict[int, float]) -> dict[int, float]:
    """Give what each process used between two readings, in seconds."""
    return {pid: seconds - before.get(pid, 0.0) for pid, seconds in after.items()}


def peak_memory(pid: int) -> dict[int, int]:
    """Give the most memory that a process and each below it ever held, in bytes, by process id."""
    found: dict[int, int] = {}
    for one in tree(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue  # it ended meanwhile
        line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), None)
        if line is not None:
            found[one] = int(line.split()[1]) * 1024
    return found
