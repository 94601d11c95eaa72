"""Types the blocks of a document into a terminal of its own, and compares what it shows."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.documents.fenced import Block, Fence

ANYTHING = "…"
#: How long a block may take, and a server until it says its address.
_SECONDS = 300
_SERVES = re.compile(r"^(?:\S*/)?workbench\b.*? serve\b")
_ADDRESS = re.compile(r"^Workbench is at http://\S+\n.*\n", re.MULTILINE)
_IN_DOCUMENTS = "127.0.0.1:8000"
#: What a shell does around a block: it goes on where the one before ended, and keeps where it ends itself.
_AROUND = """\
set -eu
. "{kept}/variables"
cd "$(cat "{kept}/folder")"
trap 'export -p > "{kept}/variables"; pwd > "{kept}/folder"' EXIT
{typed}"""


def follow(blocks: Iterable[Block], shell: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Do what a document says: run its blocks, in their order, in ``folder``.

    ``shell`` is the name of a program, ``sh`` or ``bash``; ``environment`` is all that it gets.

    Raises:
        AssertionError: a command failed, or showed other than the document promises; names document and line.
    """
    with _Terminal(shell, folder, environment) as terminal:
        for block in blocks:
            terminal.type_block(block)


class _Terminal:
    """One after another, what a person types; and the server that they left running in another window."""

    def __init__(self, shell: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._shell = shell
        self._address = f"127.0.0.1:{_free_port()}"
        self._environment = {
            **environment,
            "WORKBENCH_PORT": self._address.rpartition(":")[2],
            # A terminal that neither pages nor colours: what is shown is compared.
            "TERM": "dumb",
            "NO_COLOR": "1",
            "PAGER": "cat",
            "GIT_PAGER": "cat",
            "PIP_PROGRESS_BAR": "off",
        }
        self._kept = Path(tempfile.mkdtemp(prefix="followed-"))
        (self._kept / "variables").touch()
        (self._kept / "folder").write_text(f"{folder}\n", encoding="utf-8")
        self._server: _Program | None = None

    def __enter__(self) -> _Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._end_server()
        finally:
            shutil.rmtree(self._kept)

    def type_block(self, block: Block) -> None:
        """Run one block."""
        *typed, last = block.typed.text.replace(_IN_DOCUMENTS, self._address).splitlines()
        serves = bool(_SERVES.match(last))
        if serves or (typed and typed[0].startswith("#") and "Ctrl-C" in typed[0]):
            self._end_server()
        said = self._run(block, typed if serves else [*typed, last])
        if serves:
            self._server = self._begin([f"exec {last}"])
            said += self._server.say_until(_ADDRESS, str(block))
        if block.promised is not None:
            compare(block.promised, said.replace(self._address, _IN_DOCUMENTS))

    def _run(self, block: Block, lines: list[str]) -> str:
        program = self._begin(lines)
        said, code = program.say_all(str(block))
        assert code == 0, f"{block}: under {self._shell} this ended with {code}:\n{block.typed.text}\n{said}"
        return said

    def _begin(self, lines: list[str]) -> _Program:
        script = _AROUND.format(kept=self._kept, typed="\n".join(lines))
        return _Program([self._shell, "-c", script], self._environment)

    def _end_server(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.interrupt()
            said, code = server.say_all("a server that was to end")
            assert code == 0, f"a server ended with {code}:\n{said}"


class _Program:
    """A program that sits at a terminal: it shows there what it would not write into a file (S22)."""

    def __init__(self, words: list[str], environment: Mapping[str, str]) -> None:
        self._screen, theirs = pty.openpty()
        self._process = subprocess.Popen(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._shown = b""

    def say_all(self, place: str) -> tuple[str, int]:
        """Wait for its end; give what it showed since it was last asked, and its exit code."""
        until = time.monotonic() + _SECONDS
        while self._process.poll() is None:
            self._look(0.05)
            if time.monotonic() > until:
                self._kill()
                raise AssertionError(f"{place}: this does not end:\n{self._take()}")
        while self._look(0):
            pass
        os.close(self._screen)
        return self._take(), self._process.returncode

    def say_until(self, pattern: re.Pattern[str], place: str) -> str:
        """Wait until it shows something; give that and what it showed before."""
        until = time.monotonic() + _SECONDS
        while not pattern.search(_text(self._shown)):
            self._look(0.05)
            if self._process.poll() is not None or time.monotonic() > until:
                self._kill()
                raise AssertionError(f"{place}: the server does not say its address:\n{self._take()}")
        return self._take()

    def interrupt(self) -> None:
        """End it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def _kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _look(self, seconds: float) -> bool:
        """Read what is there, waiting so long for something; say whether there was anything."""
        readable, _, _ = select.select([self._screen], [], [], seconds)
        if not readable:
            return False
        try:
            read = os.read(self._screen, 65536)
        except OSError:  # Linux: nobody has the other end open any more
            read = b""
        self._shown += read
        if not read:
            time.sleep(seconds)
        return bool(read)

    def _take(self) -> str:
        shown, self._shown = self._shown, b""
        return _text(shown)


def compare(promised: Fence, said: str) -> None:
    """Hold what was shown against what a document promises.

    Raises:
        AssertionError: names the first line of the document that does not agree.
    """
    lines = promised.text.splitlines()
    whole = "".join(f"{line.rstrip()}\n" for line in said.splitlines())
    for count in range(1, len(lines) + 1):
        if not re.match(_pattern(lines[:count]), whole):
            place = f"{promised.document}:{promised.line + count - 1}"
            raise AssertionError(f"{place}: promised is\n  {lines[count - 1]}\nand this is shown:\n{whole}")
    if not re.fullmatch(_pattern(lines), whole):
        place = f"{promised.document}:{promised.line + len(lines)}"
        raise AssertionError(f"{place}: nothing more is promised, and this is shown:\n{whole}")


def _pattern(lines: list[str]) -> str:
    return "".join(
        r"(?:.*\n)*?"
        if line.strip() == ANYTHING
        else ".*?".join(re.escape(part) for part in line.rstrip().split(ANYTHING)) + r"\n"
        for line in lines
    )


def _text(shown: bytes) -> str:
    return shown.decode("utf-8", "replace").replace("\r\n", "\n")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
