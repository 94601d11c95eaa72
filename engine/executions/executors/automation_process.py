"""A process that runs an automation, as Workbench holds it: lines of JSON both ways, within a budget.

The other end is ``automation_program``, which keeps the limits; letting go of the leash ends all of it.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.executions.executors import automation_program, leftovers
from engine.executions.executors.base import ExecutorError, StepError, StoppedError

_log = logging.getLogger(__name__)
#: So much may come as lines of JSON in all, in one line, and as what the program prints.
BYTES_OF_LINES, BYTES_OF_A_LINE, BYTES_PRINTED = 8 * 1024 * 1024, 1024 * 1024, 1024 * 1024
_LOOKS_EVERY = 0.05
#: The keeper kills whatever there is; it has so long for that, and to see that the program has ended.
_KEEPER_SECONDS, _LONGEST_SILENCE = 10.0, 1.0
_REMOVAL_SECONDS = 60.0
#: Why the keeper ended it, or the kernel did; by the code that it ended with.
_ENDED_FOR: Mapping[int, tuple[str, str]] = {
    automation_program.TOO_MANY_PROCESSES: (
        "PROCESS_LIMIT",
        "It had more processes than `processes` gives it, and was ended.",
    ),
    automation_program.TOO_MUCH_MEMORY: (
        "MEMORY_LIMIT",
        "It took more memory than memory_mb gives it, all its processes together, and was ended.",
    ),
    128 + signal.SIGXCPU: ("CPU_LIMIT", "It took more processor time than cpu_seconds gives it."),
}


class Process:
    """A running automation; ``close`` leaves nothing of it behind.

    That holds against whatever goes wrong in it, and where it stops or kills its keeper; not where it kills
    its keeper and leaves a process behind that was begun without the environment it was given.
    """

    def __init__(
        self, python: str, begun: Mapping[str, Any], *, check: Callable[[], None], grace: float
    ) -> None:
        """Start it.

        ``check`` raises ``StoppedError`` once it is to end. It is told so then, and has ``grace`` seconds for
        what it is doing.

        Raises:
            ExecutorError: ``AUTOMATION_MISSING``, there is no such Python.
        """
        self._check, self._grace, self._ends_at = check, grace, float("inf")
        self._has_ended = False
        self._buffer, self._read, self._printed = b"", 0, bytearray()
        self._folder = Path(tempfile.mkdtemp(prefix="workbench-automation-"))
        answers, self._answers = os.pipe()
        self._says, says = os.pipe()
        leash, self._leash = os.pipe()
        self._prints, prints = os.pipe()
        self._pipes = [self._answers, self._says, self._leash, self._prints]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - an operator's setting, without a shell
                [python, "-I", automation_program.__file__, str(answers), str(says), str(leash)],
                stdin=subprocess.PIPE,
                stdout=prints,
                stderr=prints,
                cwd=self._folder,
                env=_environment(self._folder),
                pass_fds=(answers, says, leash),
                start_new_session=True,
                umask=0o077,
            )
        except OSError as error:
            self._let_go()
            self._folder.rmdir()
            said = f"{python} cannot be started: {error.strerror}. Correct `automation_python`."
            raise ExecutorError("AUTOMATION_MISSING", said) from error
        finally:
            for one in (answers, says, leash, prints):
                os.close(one)
        os.set_blocking(self._answers, False)
        self._begin({**begun, "grace_seconds": grace})

    def _begin(self, begun: Mapping[str, Any]) -> None:
        stream = self._process.stdin
        try:
            if stream is not None:
                with stream:
                    stream.write(json.dumps(begun).encode())
        except BrokenPipeError:
            _log.warning("an automation ended before it was told what to do")  # its code says why

    def say(self, said: Mapping[str, Any]) -> None:
        """Send it a line; nothing where it has ended, or nobody keeps it any more.

        Raises:
            StoppedError: it is to end, and did not take it.
        """
        left = json.dumps(said).encode() + b"\n"
        while left and self._is_kept:
            self._look()
            _, ready, _ = select.select([], [self._answers], [], _LOOKS_EVERY)
            if ready:
                try:
                    left = left[os.write(self._answers, left[:65536]) :]
                except BrokenPipeError:  # what it said last says why
                    return

    def listen(self, until: float = float("inf")) -> dict[str, Any] | None:
        """Return the next line that it sends; None where it has ended, or nobody keeps it any more.

        ``until`` is by the clock of this machine that only goes on.

        Raises:
            StepError: ``STEP_TIMED_OUT``, that moment came.
            StoppedError: it is to end, and had its time for that.
            ExecutorError: ``OUTPUT_TOO_LARGE``, ``AUTOMATION_BROKE``: it says too much, or nonsense.
        """
        while b"\n" not in self._buffer:
            self._look()
            if time.monotonic() >= until:
                said = "A step took longer than it may (step_seconds); the automation was ended."
                raise StepError("STEP_TIMED_OUT", said, is_undone=False)
            is_kept = self._is_kept  # before it is listened to: what was said by then is heard
            ready, _, _ = select.select(self._heard, [], [], _LOOKS_EVERY)
            if self._prints in ready:
                self._hear_printed()
            if self._says in ready:
                came = os.read(self._says, 65536)
                if not came:
                    self._has_ended = True
                    return None
                self._take(came)
            elif not is_kept:  # what its program left behind may hold the pipe open for good
                self._has_ended = True
                return None
        line, _, self._buffer = self._buffer.partition(b"\n")
        return _parsed(line)

    def close(self) -> int | None:
        """End it and everything that it began, whatever it does; return the code that it ended with.

        None where its keeper could not be seen to end.
        """
        while self._prints in self._heard and select.select([self._prints], [], [], 0)[0]:
            try:
                self._hear_printed()
            except ExecutorError:
                break
        if self._has_ended:
            self._hear_why()
        self._let_go()
        try:
            return self._wait_for_keeper()
        finally:
            self._remove_folder()

    @property
    def printed(self) -> str:
        """What it printed; where that is too much, its beginning."""
        return self._printed.decode("utf-8", "replace")

    # -- inside --------------------------------------------------------------------------

    def _remove_folder(self) -> None:
        """Remove its folder where its keeper could not, however deep it is."""
        if not self._folder.exists():
            return
        words = ["/bin/rm", "-rf", "--", str(self._folder)]  # Python goes no deeper than its stack
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(words, check=False, stderr=subprocess.DEVNULL, timeout=_REMOVAL_SECONDS)  # noqa: S603 - a path of our own
        if self._folder.exists():
            _log.warning("the folder %s of an automation is left behind", self._folder)

    def _look(self) -> None:
        """See whether it is to end; let it know, and pass that on once its time for that is over."""
        self._wake_keeper()
        try:
            self._check()
        except StoppedError:
            if self._ends_at == float("inf"):
                self._ends_at = time.monotonic() + self._grace
                try:
                    os.write(self._leash, b"t")
                except BrokenPipeError:  # it has ended
                    raise StoppedError from None
            if time.monotonic() >= self._ends_at:
                raise

    @property
    def _is_kept(self) -> bool:
        """Whether its keeper runs, or is stopped: with it, the program ends."""
        return self._process.poll() is None

    @property
    def _heard(self) -> list[int]:
        return [one for one in (self._says, self._prints) if one in self._pipes]

    def _wait_for_keeper(self) -> int | None:
        until = time.monotonic() + _KEEPER_SECONDS
        while (code := self._process.poll()) is None and time.monotonic() < until:
            self._wake_keeper()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOKS_EVERY)
        if code is None:
            _log.error("the keeper %s of an automation does not end; it is killed", self._process.pid)
            leftovers.kill_all(lambda: leftovers.below(self._process.pid))
            self._process.kill()
            self._process.wait()
        if code is None or code < 0:  # it could not end what there was, or was killed itself
            mark = f"HOME={self._folder}".encode()
            leftovers.kill_all(lambda: leftovers.marked(mark))
        return code

    def _wake_keeper(self) -> None:
        """Let the keeper go on: what it keeps runs as the same user, and may have stopped it."""
        if self._is_kept:
            self._process.send_signal(signal.SIGCONT)

    def _hear_why(self) -> None:
        """Let the keeper see by itself what it ended with; it need not have, where it but fell silent."""
        self._wake_keeper()
        try:
            self._process.wait(_LONGEST_SILENCE)
        except subprocess.TimeoutExpired:
            _log.info("an automation says nothing more, and goes on; it is ended")

    def _hear_printed(self) -> None:
        came = os.read(self._prints, 65536)
        if not came:
            os.close(self._prints)
            self._pipes.remove(self._prints)
        self._printed += came
        if len(self._printed) > BYTES_PRINTED:
            raise ExecutorError("OUTPUT_TOO_LARGE", f"It printed more than {BYTES_PRINTED} bytes.")

    def _take(self, came: bytes) -> None:
        self._read += len(came)
        self._buffer += came
        if self._read > BYTES_OF_LINES or len(self._buffer.partition(b"\n")[0]) > BYTES_OF_A_LINE:
            raise ExecutorError("OUTPUT_TOO_LARGE", "It sends more than Workbench reads.")

    def _let_go(self) -> None:
        for one in self._pipes:
            os.close(one)
        self._pipes = []


def ended_for(code: int | None) -> ExecutorError:
    """Say why a process ended that did not say so itself."""
    if code is not None and code in _ENDED_FOR:
        return ExecutorError(*_ENDED_FOR[code])
    if code is not None and code > 128:
        return ExecutorError("AUTOMATION_BROKE", f"It was ended by signal {code - 128}.")
    return ExecutorError("AUTOMATION_BROKE", "It ended without saying what came of it.")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise ExecutorError("AUTOMATION_BROKE", "It wrote something else than its lines to Workbench.")
    return said


def _no_number(said: str) -> float:
    raise ValueError(f"{said} is no number in JSON")


def _environment(folder: Path) -> dict[str, str]:
    """Give what a program needs to run, and nothing of Workbench's own environment."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
    }
