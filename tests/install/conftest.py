"""Workbench as somebody has it who never saw the sources: built, and installed in an empty environment."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.documents import blocks, follow
from tests.documents.machines import new_machine

#: The steps of installing, as the document has them, and all that follows them.
INSTALL, *WORK = blocks("web/RUNBOOK.md")


@dataclass(frozen=True)
class Elsewhere:
    """A folder of another machine, as far as one machine can be another."""

    folder: Path
    environment: dict[str, str]

    def sh(self, script: str) -> str:
        """Run what a person types; give what it prints."""
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def inside(self, name: str) -> Elsewhere:
        """Go into a folder, made if it is not there."""
        (self.folder / name).mkdir(exist_ok=True)
        return Elsewhere(self.folder / name, self.environment)

    @contextmanager
    def serving(self, command: str) -> Iterator[str]:
        """Run a command that serves; give its address, and end it as Ctrl-C does."""
        server = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=self.folder,
            env={**self.environment, "WORKBENCH_PORT": "0"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            said = server.stdout.readline() + server.stdout.readline()
            address = re.search(r"Workbench is at (http://127\.0\.0\.1:\d+)", said)
            assert address, said
            yield address[1]
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=30)
        assert server.returncode == 0


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of this checkout, and the wheel that is built from that."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, source / path)
    backend = f"from setuptools import build_meta; build_meta.build_sdist({str(out)!r})"
    subprocess.run([sys.executable, "-c", backend], cwd=source, check=True, capture_output=True)
    (sdist,) = out.glob("*.tar.gz")
    words = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(out), str(sdist)]
    subprocess.run([sys.executable, "-m", "pip", *words], cwd=out, check=True, capture_output=True)
    shutil.rmtree(source)
    shutil.copy(ROOT / "requirements.txt", out)
    return out


@pytest.fixture(scope="package")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """A folder in which somebody has followed the first steps of the runbook, and no other file."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for path in [*built.glob("*.whl"), built / "requirements.txt"]:
        shutil.copy(path, folder)
    machine = new_machine(tmp_path_factory.mktemp("bin"))
    follow([INSTALL], "sh", folder, machine)
    yield Elsewhere(folder, {**machine, "PATH": f"{folder}/.venv/bin:{machine['PATH']}"})
    shutil.rmtree(folder)  # a hundred megabytes, which pytest would keep for three runs


def tracked(*folders: str) -> list[str]:
    """Name the files of the checkout that Git has, or would take, below some folders."""
    words = ["git", "ls-files", "-co", "--exclude-standard", "-z", *folders]
    found = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for path in found.split("\0") if path and (ROOT / path).is_file()]
