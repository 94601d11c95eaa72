"""Brings a branch of another repository into a bare clone of our own, and nothing else.

Git runs without a prompt, without hooks and submodules, over the one protocol that the setting names, for a
bounded time and a bounded number of bytes. What lies in the clone stays readable throughout: the branch moves
at the end, in one step, so that nobody sees half of a revision.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import git
from git.exc import GitError

from engine.budgets import BYTES_OF_A_FETCH, SECONDS_OF_A_FETCH
from engine.catalog.git_objects import open_repo
from engine.config import Settings
from engine.errors import UnavailableError

#: Where what was fetched lies until the branch moves, and where commits stay that a rewrite left behind.
_ARRIVED, _LEFT_BEHIND = "refs/workbench/arrived", "refs/workbench/left_behind"
_LOOKED_AFTER = 0.2
_LONGEST_REASON = 500
#: So many bytes a fetch may say: the other side is heard in it.
_MOST_SAID = 1_000_000


@dataclass(frozen=True)
class Credentials:
    """What opens the other repository; empty where it is open. In no text, address or command line."""

    token: str = field(default="", repr=False)
    ssh_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought."""

    #: Where the branch was; None for the first fetch.
    before: str | None
    #: Where it is now.
    after: str
    #: Whether what was there before is no longer part of its history.
    is_rewritten: bool

    @property
    def is_news(self) -> bool:
        """Whether the branch has moved."""
        return self.before != self.after


def fetch(
    settings: Settings, credentials: Credentials, *, record: Callable[[Fetched], None] = lambda _: None
) -> Fetched:
    """Fetch the branch of the settings into their clone, which is made at the first time.

    ``record`` is called with news before the branch moves: what a kill cuts off is news again at the next.

    Raises:
        UnavailableError: it cannot be fetched; says why, without what opens it. The clone is as it was.
    """
    folder, branch = settings.clone_folder, f"refs/heads/{settings.content_branch}"
    try:
        if not (folder / "HEAD").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            git.Repo.init(folder, bare=True).close()
        with open_repo(folder) as repo:
            _run(settings, credentials, f"+{branch}:{_ARRIVED}")
            after = repo.git.rev_parse("--verify", f"{_ARRIVED}^{{commit}}")
            before = _commit_of(repo, branch)
            is_rewritten = before is not None and not repo.is_ancestor(
                repo.commit(before), repo.commit(after)
            )
            if is_rewritten:
                repo.git.update_ref(f"{_LEFT_BEHIND}/{before}", before)
            found = Fetched(before, after, is_rewritten)
            if found.is_news:
                record(found)
                repo.git.update_ref(branch, after, *([before] if before else []))
            repo.git.symbolic_ref("HEAD", branch)  # so that HEAD is what is live here, too
            return found
    except (GitError, OSError) as error:
        raise _refusal(settings, str(error)) from error


def _commit_of(repo: git.Repo, ref: str) -> str | None:
    found: str = repo.git.for_each_ref("--format=%(objectname)", ref)
    return found or None


def _run(settings: Settings, credentials: Credentials, refspec: str) -> None:
    """Run the fetch in a process group of its own, and end that where it is too much."""
    command = [
        "git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "credential.helper=",
        "-c", "http.followRedirects=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
        "-c", "transfer.fsckObjects=true", "-c", "protocol.version=2",
        "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force",
        "--end-of-options", settings.content_remote, refspec,
    ]  # fmt: skip
    folder = settings.clone_folder
    with _environment(settings, credentials) as environment, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - the program is ours, and nothing of it is a shell's
            command,
            cwd=folder,
            env={**_without_git(os.environ), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            with process:
                try:
                    _watch(process, folder, said)
                finally:
                    if process.poll() is None:
                        os.killpg(process.pid, signal.SIGKILL)
        finally:
            for part in folder.glob("objects/pack/tmp_*"):  # of a fetch that was ended
                part.unlink(missing_ok=True)
        if process.returncode:
            said.seek(0)
            raise _refusal(settings, said.read(_MOST_SAID).decode("utf-8", "replace"), credentials)


def _watch(process: subprocess.Popen[bytes], folder: Path, said: IO[bytes]) -> None:
    """Wait until the fetch has ended.

    Raises:
        OSError: it takes too long, or brings too much, or the other side says too much.
    """
    ends_at, most = time.monotonic() + SECONDS_OF_A_FETCH, _size(folder) + BYTES_OF_A_FETCH
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_LOOKED_AFTER)
            return
        if time.monotonic() > ends_at:
            raise OSError(f"it took more than {SECONDS_OF_A_FETCH} seconds")
        if os.fstat(said.fileno()).st_size > _MOST_SAID:
            raise OSError(f"it said more than {_MOST_SAID:,} bytes")
        if _size(folder) > most:
            raise OSError(f"it brought more than {BYTES_OF_A_FETCH:,} bytes")


def _size(folder: Path) -> int:
    total = 0
    for file in (folder / "objects").rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a part that became a pack meanwhile
            total += file.lstat().st_size
    return total


def _without_git(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would lead Git elsewhere: a server may be started by a hook."""
    return {name: value for name, value in environ.items() if not name.startswith("GIT_")}


@contextlib.contextmanager
def _environment(settings: Settings, credentials: Credentials) -> Iterator[dict[str, str]]:
    """Give the environment of a fetch: what opens the other side stands there, and not on a command line."""
    remote = urlsplit(settings.content_remote)
    found = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_ALLOW_PROTOCOL": remote.scheme or "file",
        "LC_ALL": "C",
    }
    with tempfile.TemporaryDirectory(prefix="workbench-fetch-") as private:
        if remote.scheme == "https" and credentials.token:
            found |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.https://{remote.netloc.rpartition('@')[2]}/.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: Basic {_basic(settings, credentials)}",
            }
        if remote.scheme == "ssh":
            found["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes"
            if credentials.ssh_key:
                key = Path(private) / "key"
                key.touch(0o600)
                key.write_text(credentials.ssh_key.rstrip("\n") + "\n", encoding="ascii")
                found["GIT_SSH_COMMAND"] += f" -o IdentitiesOnly=yes -i {key}"
        yield found


def _basic(settings: Settings, credentials: Credentials) -> str:
    """Return a token as the other side gets it, which may say it back."""
    who = urlsplit(settings.content_remote).username or "x-access-token"
    return base64.b64encode(f"{who}:{credentials.token}".encode()).decode() if credentials.token else ""


def _refusal(settings: Settings, reason: str, credentials: Credentials = Credentials()) -> UnavailableError:
    for secret in (credentials.token, _basic(settings, credentials), credentials.ssh_key):
        reason = reason.replace(secret, "…") if secret else reason
    said = " ".join(reason.split())[:_LONGEST_REASON].rstrip(".")
    return UnavailableError(
        f"The branch {settings.content_branch} of {settings.content_remote} cannot be fetched: {said}. "
        "What was fetched before stays in use.",
        public="The content cannot be fetched at this moment. What was fetched before stays in use.",
    )
