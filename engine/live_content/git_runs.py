"""Runs Git for a clone of our own, against another repository or alone (SEC-08).

Git runs without a prompt, without hooks, submodules and helpers, over the one protocol that the address
names, for a bounded time and a bounded number of bytes. What opens the other side stands in the environment,
and not on a command line, and in no message.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from engine.budgets import BYTES_OF_A_FETCH, SECONDS_OF_A_FETCH

_LOOKED_AFTER = 0.2
_LONGEST_REASON = 500
#: Whom an address names: some forges take a token there.
_USER = re.compile(r"(?<=://)[^/@\s]+@")
#: So many bytes Git may say: the other side is heard in it.
_MOST_SAID = 1_000_000
_SETTLED = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.helper=", "http.followRedirects=false",
    "gc.auto=0", "maintenance.auto=false", "transfer.fsckObjects=true", "protocol.version=2",
    "commit.gpgSign=false", "push.gpgSign=false", "push.followTags=false", "push.recurseSubmodules=no",
    "i18n.commitEncoding=UTF-8",
)  # fmt: skip


class GitRunError(Exception):
    """Git did not do it, in its words, without what opens the other repository."""


@dataclass(frozen=True)
class Credentials:
    """What opens the other repository; empty where it is open. In no text, address or command line."""

    token: str = field(default="", repr=False)
    ssh_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Remote:
    """The other repository."""

    address: str
    credentials: Credentials = Credentials()


def run(folder: Path, *words: str, remote: Remote | None = None, given: bytes = b"") -> str:
    """Run Git in a clone and return what it printed; without ``remote`` it reaches no other repository.

    It runs in a process group of its own, which is ended where it is too much.

    Raises:
        GitRunError: it failed, took too long, brought or said too much; says why.
    """
    settled = [part for setting in _SETTLED for part in ("-c", setting)]
    with contextlib.ExitStack() as stack:
        environment = stack.enter_context(environment_of(remote))
        said, printed, told = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        told.write(given)
        told.seek(0)
        process = subprocess.Popen(  # noqa: S603 - the program is ours, and nothing of it is a shell's
            ["git", *settled, *words],  # noqa: S607 - Git of the PATH, as everywhere
            cwd=folder,
            env={**without_git(os.environ), **environment},
            stdin=told,
            stdout=printed,
            stderr=said,
            start_new_session=True,
        )
        try:
            with process:
                try:
                    _watch(process, folder, (said, printed))
                finally:
                    if process.poll() is None:
                        os.killpg(process.pid, signal.SIGKILL)
        finally:
            for part in folder.glob("objects/pack/tmp_*"):  # of a run that was ended
                part.unlink(missing_ok=True)
        if process.returncode:
            raise GitRunError(_reason(_text(said), remote))
        return _text(printed)


def _watch(process: subprocess.Popen[bytes], folder: Path, said: tuple[IO[bytes], ...]) -> None:
    """Wait until Git has ended.

    Raises:
        GitRunError: it takes too long, or brings too much, or the other side says too much.
    """
    ends_at, most = time.monotonic() + SECONDS_OF_A_FETCH, _size(folder) + BYTES_OF_A_FETCH
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_LOOKED_AFTER)
            return
        if time.monotonic() > ends_at:
            raise GitRunError(f"it took more than {SECONDS_OF_A_FETCH} seconds")
        if any(os.fstat(one.fileno()).st_size > _MOST_SAID for one in said):
            raise GitRunError(f"it said more than {_MOST_SAID:,} bytes")
        if _size(folder) > most:
            raise GitRunError(f"it brought more than {BYTES_OF_A_FETCH:,} bytes")


def _size(folder: Path) -> int:
    total = 0
    for file in (folder / "objects").rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a part that became a pack meanwhile
            total += file.lstat().st_size
    return total


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(_MOST_SAID).decode("utf-8", "replace")


def without_git(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would lead Git elsewhere: a server may be started by a hook."""
    return {name: value for name, value in environ.items() if not name.startswith("GIT_")}


@contextlib.contextmanager
def environment_of(remote: Remote | None) -> Iterator[dict[str, str]]:
    """Give the environment of a run: what opens the other side stands there, and not on a command line."""
    found = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
    if remote is None:
        yield found
        return
    parts = urlsplit(remote.address)
    found["GIT_ALLOW_PROTOCOL"] = parts.scheme or "file"
    with tempfile.TemporaryDirectory(prefix="workbench-git-") as private:
        if parts.scheme == "https" and remote.credentials.token:
            found |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.https://{parts.netloc.rpartition('@')[2]}/.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: Basic {_basic(remote)}",
            }
        if parts.scheme == "ssh":
            found["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes"
            if remote.credentials.ssh_key:
                key = Path(private) / "key"
                key.touch(0o600)
                key.write_text(remote.credentials.ssh_key.rstrip("\n") + "\n", encoding="ascii")
                found["GIT_SSH_COMMAND"] += f" -o IdentitiesOnly=yes -i {key}"
        yield found


def without_users(text: str) -> str:
    """Return a text with its addresses as they may be shown: without the users that they name."""
    return _USER.sub("", text)


def _basic(remote: Remote) -> str:
    """Return a token as the other side gets it, which may say it back."""
    token = remote.credentials.token
    who = urlsplit(remote.address).username or "x-access-token"
    return base64.b64encode(f"{who}:{token}".encode()).decode() if token else ""


def _reason(said: str, remote: Remote | None) -> str:
    """Return what Git said in one line, without what opens the other side and without users of addresses."""
    if remote is not None:
        for secret in (remote.credentials.token, _basic(remote), remote.credentials.ssh_key):
            said = said.replace(secret, "…") if secret else said
    said = without_users(said)
    return " ".join(said.split())[:_LONGEST_REASON].rstrip(".") or "Git said nothing"
