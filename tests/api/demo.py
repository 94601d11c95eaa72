"""A demo workspace on a real server, as somebody elsewhere meets it: an address, and a token."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

WORKBENCH = Path(sys.executable).with_name("workbench")


@dataclass(frozen=True)
class Demo:
    """A running server, and the folder in which it runs."""

    address: str
    folder: Path

    def token_of(self, name: str) -> str:
        """Return a token of somebody's, who took its secret."""
        file = self.folder / f"{name}.token"
        if file.exists():
            return file.read_text(encoding="utf-8").strip()
        email = f"{name}@example.com"
        self._sh("token", "make", f"of {name}", "--user", email, "--scope", "work", "--scope", "decide")
        [made] = json.loads(self._sh("--as", email, "--json", "token", "list"))["tokens"]
        self._sh("--as", email, "token", "rotate", made["api_token_id"], "--token-file", file.name)
        return self.token_of(name)

    def environment_of(self, name: str) -> dict[str, str]:
        """Return the two variables that the documentation asks for."""
        return {"WORKBENCH": self.address, "TOKEN": self.token_of(name)}

    def _sh(self, *words: str) -> str:
        database = f"sqlite:///{self.folder}/var/demo/workbench.db"
        command = [str(WORKBENCH), "--database", database, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Serve the demo for the tests of a module."""
    folder = tmp_path_factory.mktemp("demo")
    server = subprocess.Popen(
        [str(WORKBENCH), "serve", "--demo"],
        cwd=folder,
        env={**os.environ, "WORKBENCH_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address, said
        yield Demo(address[0], folder)
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
