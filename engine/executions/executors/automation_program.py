"""Runs an automation of another package in a process of its own; the other end is ``custom``.

It is run by its path, with the standard library alone, by whichever Python has the automations: nothing of
Workbench is imported here. Two processes: a *keeper*, and the *program*, which is its child.

- The program sets its limits, then loads the entry point, and says line by line, as JSON, what it wants:
  ``step``, ``ended``, ``log``, ``result``, ``error``. What it prints goes elsewhere.
- The keeper inherits whatever the program leaves behind (PR_SET_CHILD_SUBREAPER), counts it, and kills all of
  it at the end, or as soon as the leash, a pipe that Workbench holds, is let go of. So nothing outlives an
  attempt, however its worker ends, unless it turns on its keeper: then its worker sees to it
  (``automation_process``), if that lives. It removes the folder.

An automation is a function that takes an ``Attempt``::

    def run(attempt):
        invoice = attempt.step("send the invoice", lambda call: send(call.key), request=attempt.input)
        return {"summary": "Sent.", "outputs": {"invoice": invoice}}
"""

from __future__ import annotations

import ctypes
import errno
import importlib.metadata
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

GROUP = "workbench.executors"
#: How the keeper says what it ended the program for; the program itself ends with 0.
TOO_MANY_PROCESSES, TOO_MUCH_MEMORY = 91, 92
_LOOKS_EVERY = 0.05
_PAGE = os.sysconf("SC_PAGESIZE")
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class FailedError(Exception):
    """It did not come to its end, and what was begun outside is known."""

    def __init__(self, code: str, message: str) -> None:
        """Say it by a code in capitals, and in a sentence."""
        super().__init__(message)
        self.code, self.message = code, message


class UndoneError(FailedError):
    """A step failed, and it is known that nothing happened outside."""


class Call:
    """What a step gets when it is done."""

    def __init__(self, key: str, seconds: float) -> None:
        """Begin a step."""
        #: What the other side takes, so that it does the same thing once; the same in all attempts.
        self.key = key
        #: By then it has to have ended.
        self.seconds = seconds


class Attempt:
    """An attempt at a task, as the automation sees it."""

    FailedError, UndoneError = FailedError, UndoneError

    def __init__(self, reads: TextIO, writes: TextIO, begun: Mapping[str, Any]) -> None:
        """Begin with what Workbench has sent."""
        self._reads, self._writes = reads, writes
        #: What the task's settings give it.
        self.input: dict[str, Any] = begun["input"]
        #: The secrets that the settings name, by their names.
        self.secrets: dict[str, str] = begun["secrets"]
        #: The task: ``task_id``, ``task_uuid``.
        self.task: dict[str, str] = begun["task"]

    def step(self, name: str, do: Callable[[Call], Any], request: Any = None) -> Any:
        """Do a step that the settings name, or return what was kept of it where it was done before.

        ``do`` gets a ``Call`` and returns JSON data. Where it raises ``UndoneError``, nothing has
        happened; by any other error the step is in doubt if it changes something. ``request`` is what makes
        it this step and no other: the same request is made once.
        """
        answer = self._ask({"type": "step", "name": name, "request": request})
        if answer["type"] == "go":
            try:
                came = {"type": "ended", "value": do(Call(answer["key"], answer["seconds"]))}
            except UndoneError as error:
                self._ask({"type": "ended", "undone": [error.code, error.message]})
                raise
            answer = self._ask(came)
        if answer["type"] == "failed":
            raise FailedError(answer["code"], answer["message"])
        return answer["value"]

    def log(self, text: object) -> None:
        """Keep a line for whoever reads what happened."""
        self.say({"type": "log", "text": str(text)})

    def _ask(self, said: Mapping[str, Any]) -> Any:
        self.say(said)
        line = self._reads.readline()
        if not line:
            os._exit(0)  # nobody is there any more
        return json.loads(line)

    def say(self, said: Mapping[str, Any]) -> None:
        """Send Workbench a line."""
        self._writes.write(json.dumps(said, allow_nan=False) + "\n")
        self._writes.flush()


# -- the program ---------------------------------------------------------------------------


def _program(begun: Mapping[str, Any], answers: int, says: int) -> None:
    """Be the program: with its limits, load the automation, run it, and say what came of it."""
    reads, writes = os.fdopen(answers, "r", encoding="utf-8"), os.fdopen(says, "w", encoding="utf-8")
    attempt = Attempt(reads, writes, begun)
    try:
        _set_limits(begun["limits"])
        try:
            found = _run(attempt, begun["automation"])
        finally:
            sys.stdout.flush()  # what it printed before it failed says why
        attempt.say({"type": "result", "value": {} if found is None else found})
    except FailedError as error:
        attempt.say({"type": "error", "code": error.code, "message": error.message})
    except MemoryError:
        attempt.say(_error("MEMORY_LIMIT", "It took more memory than memory_mb gives it."))
    except OSError as error:
        if error.errno == errno.EFBIG:
            attempt.say(_error("FILE_LIMIT", "It wrote a larger file than file_mb gives it."))
        else:
            _broke(attempt, error)
    except Exception as error:
        _broke(attempt, error)


def _set_limits(limits: Mapping[str, int]) -> None:
    cpu = limits["cpu_seconds"]
    for kind, soft, hard in (
        (resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"], limits["file_bytes"]),
        (resource.RLIMIT_CPU, cpu, cpu + 1),  # a second for SIGXCPU to end it, which says why
        (resource.RLIMIT_NOFILE, limits["open_files"], limits["open_files"]),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))


def _run(attempt: Attempt, name: str) -> Any:
    """Run the automation of that name; return what it returned.

    Raises:
        FailedError: ``AUTOMATION_MISSING``, or what the automation raises.
    """
    found = list(importlib.metadata.entry_points(group=GROUP, name=name))
    if len(found) != 1:
        how = "No installed package has" if not found else "Several installed packages have"
        raise FailedError("AUTOMATION_MISSING", f"{how} the automation {name} (entry points {GROUP}).")
    return found[0].load()(attempt)


def _broke(attempt: Attempt, error: BaseException) -> None:
    frames = traceback.extract_tb(error.__traceback__)[-3:]  # where, without what stood there
    attempt.log("; ".join(f"{frame.filename}, line {frame.lineno}, in {frame.name}" for frame in frames))
    attempt.say(_error("AUTOMATION_BROKE", f"The automation broke: {type(error).__name__}."))


def _error(code: str, message: str) -> dict[str, str]:
    return {"type": "error", "code": code, "message": message}


# -- the keeper ----------------------------------------------------------------------------


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _descendants() -> list[int]:
    """Return the ids of all processes below this one that there were a moment ago."""
    found, waiting = list[int](), [os.getpid()]
    while waiting:
        below = _children(waiting.pop())
        found += below
        waiting += below
    return found


def _children(pid: int) -> list[int]:
    found = list[int]()
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, thread.read_text().split())
        except OSError:  # it has ended meanwhile
            continue
    return found


def _resident_bytes(pids: Iterable[int]) -> int:
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):  # it has ended meanwhile
            continue
    return total


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # it has ended meanwhile
            continue


def _kill_all() -> None:
    """Kill everything below this process, until nothing is: what its parent leaves becomes a child of it."""
    while True:
        _signal(_descendants(), signal.SIGSTOP)  # what cannot run makes no further ones
        _signal(_descendants(), signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


def _keep(program: int, leash: int, limits: Mapping[str, int], grace: float) -> int:
    """Watch over the program until it ends or is to end; return the code to end with."""
    polite_until = None
    while True:
        ready, _, _ = select.select([leash], [], [], _LOOKS_EVERY)
        if ready:
            said = os.read(leash, 1)
            if said != b"t":
                return 0
            _signal([program], signal.SIGTERM)
            polite_until = time.monotonic() + grace
        if (code := _code_of(program)) is not None:
            return code
        if polite_until is not None and time.monotonic() >= polite_until:
            return 0
        pids = _descendants()
        if len(pids) > limits["processes"]:
            return TOO_MANY_PROCESSES
        if _resident_bytes(pids) > limits["memory_bytes"]:
            return TOO_MUCH_MEMORY


def _code_of(program: int) -> int | None:
    """Bury whatever has ended; return the code of the program if it is among that."""
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == program:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if not ended:
            return None


def main(argv: list[str]) -> int:
    """Read what is to be run, run it, and leave nothing behind."""
    answers, says, leash = (int(one) for one in argv[1:4])
    folder = Path.cwd()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    begun = json.load(sys.stdin)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for one in (answers, says, leash):
        os.set_inheritable(one, False)
    keeper = os.getpid()
    program = os.fork()
    if program == 0:
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(0)
        os.close(leash)
        try:
            _program(begun, answers, says)
        finally:
            os._exit(0)
    os.close(answers)
    os.close(says)
    os.close(1)
    os.close(2)
    try:
        return _keep(program, leash, begun["limits"], begun["grace_seconds"])
    finally:
        _kill_all()
        with suppress(RecursionError):  # what cannot be removed is its worker's to see
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
