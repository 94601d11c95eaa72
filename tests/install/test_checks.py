"""What the checks around the tests say, above all when they could not look."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FINE = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD = {"name": "jinja2", "version": "3.1.6", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.7"]}]}
SKIPPED = {"name": "tinydb", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def check_deps(folder: Path, printed: str, code: int) -> subprocess.CompletedProcess[str]:
    """Run the check with a pip-audit that prints this, as the real one does with the index it reaches."""
    fake = folder / "pip-audit"
    fake.write_text(f"#!/bin/sh\ncat {folder}/printed\necho 'no way to the index' >&2\nexit {code}\n")
    fake.chmod(0o755)
    (folder / "printed").write_text(printed)
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "check_deps.py", "requirements-dev.txt"],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("found", "code", "told"),
    [
        ([FINE, FINE], 0, "No known vulnerability in the 2 pinned packages."),
        ([FINE, BAD], 1, "jinja2 3.1.6: PYSEC-1, fixed in 3.1.7"),
        ([FINE, SKIPPED], 2, "Could not look up 1 of 2 packages (tinydb)"),
        ([SKIPPED, BAD], 1, "Could not look up 1 of 2"),
    ],
)
def test_only_packages_that_were_all_looked_up_pass(tmp_path: Path, found: list[dict], code: int, told: str):
    done = check_deps(tmp_path, json.dumps({"dependencies": found, "fixes": []}), code=0)
    assert (done.returncode, told in done.stdout) == (code, True), done.stdout


def test_an_index_that_is_not_reached_fails_and_says_so(tmp_path: Path):
    done = check_deps(tmp_path, "", code=1)
    assert done.returncode == 2
    assert done.stdout == "Could not look for known vulnerabilities: no way to the index\n"


@pytest.mark.wide
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_processor_time_of_a_run_counts_workers_and_what_they_start(tmp_path: Path, workers: str):
    (tmp_path / "conftest.py").write_text(
        "from tests.processor_time import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown"
    )
    burn = "import time\nwhile time.process_time() < 2: pass"
    (tmp_path / "test_it.py").write_text(
        "import subprocess, sys, pytest\n"
        "@pytest.mark.parametrize('time', [1, 2])\n"
        f"def test_it(time): subprocess.run([sys.executable, '-c', {burn!r}], check=True)\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "xdist",
            "-n",
            workers,
            "-p",
            "no:cacheprovider",
            str(tmp_path),
        ],
        cwd=tmp_path,
        # Without the other plugins, which take as long to start as the tests of this run take.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"processor time of the tests: (\d+) s", done.stdout)
    assert found, done.stdout + done.stderr
    assert 4 <= int(found[1]) < 8


@pytest.mark.parametrize("file", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda f: f.name)
def test_the_workflow_names_actions_by_commit_and_keeps_no_credentials(file: Path):
    text = file.read_text(encoding="utf-8")
    used = re.findall(r"uses: *(\S+)(.*)", text)
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action} does not say which release it is"
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
