"""The machine of somebody who follows a document: a shell, an empty folder, and little else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(params=["sh", "bash"])
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell that a document must work in."""
    name: str = request.param
    return name


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a new machine has, and ``workbench``, which is this checkout's."""
    programs = tmp_path_factory.mktemp("bin")
    program = programs / "workbench"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path[:0] = [{str(ROOT)!r}]\nfrom web.cli import main\nmain()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return new_machine(programs)


def new_machine(programs: Path) -> dict[str, str]:
    """Give what a new machine has: this run's Python as ``python3``, no Git identity, nothing of ours."""
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    ours = ("WORKBENCH_", "GIT_", "PYTHON", "VIRTUAL_ENV", "PYTEST_", "COV_", "PG", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **kept,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
