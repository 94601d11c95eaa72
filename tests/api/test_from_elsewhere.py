"""Programs elsewhere, on a real server: one that only saw the docs, and those of `workbench.client`."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from workbench.client import Client

from tests.api.demo import Demo, demo  # noqa: F401 - a fixture
from tests.conftest import ROOT
from tests.documents import fences

STRANGER = Path(__file__).with_name("stranger.py")


def program() -> str:
    """Return the program that API.md writes in its chapter From Python, piece by piece."""
    chapter = (ROOT / "web" / "API.md").read_text(encoding="utf-8").splitlines().index("## From Python")
    own = [one for one in fences("web/API.md") if one.tag == "python" and one.line > chapter]
    return "\n".join(one.text for one in own)


def run(file: Path, there: Demo) -> list[str]:
    """Run a program for Mara in an environment that has the two variables; give the lines that it prints."""
    done = subprocess.run(
        [sys.executable, file],
        cwd=there.folder,
        env={**os.environ, **there.environment_of("mara")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.wide
def test_who_only_saw_the_docs_starts_a_bundle_works_a_task_and_follows_the_feed(demo: Demo):  # noqa: F811
    tree = ast.parse(STRANGER.read_text(encoding="utf-8"))
    imports = {name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in [one.names[0].name]}
    assert imports == {"os", "sys", "uuid", "requests"}
    assert not any(isinstance(one, ast.ImportFrom) for one in ast.walk(tree))
    bundle, task, events = run(STRANGER, demo)
    assert bundle.startswith("bundle bnd_")
    assert task.endswith(" completed")
    for kind in ("bundle_created", "task_assigned", "proof_given", "step_completed", "task_status_changed"):
        assert kind in events


@pytest.mark.wide
def test_the_program_of_the_documentation_does_what_it_says(demo: Demo):  # noqa: F811
    (demo.folder / "badges.txt").write_text("Ana\nBen\n", encoding="utf-8")
    (demo.folder / "program.py").write_text(program(), encoding="utf-8")
    said, *tasks, file = run(demo.folder / "program.py", demo)
    assert "Newsletter" in said
    assert len(tasks) > 10
    assert file == "badges.txt 8"


@pytest.mark.wide
def test_the_program_of_the_documentation_has_the_types_that_it_is_given(tmp_path: Path):
    """As mypy sees it where the client is installed; a word that no field takes is seen, too."""
    (tmp_path / "workbench").mkdir()
    (tmp_path / "workbench" / "client").symlink_to(ROOT / "web" / "client")
    (tmp_path / "program.py").write_text(program(), encoding="utf-8")
    wrong = ["client.tasks.create(title='A', task_type='untyped', priority='vital')", "client.qa.titel"]
    (tmp_path / "wrong.py").write_text("\n".join(["from program import client", *wrong]), encoding="utf-8")
    command = ["-m", "mypy", "--strict", "--cache-dir", ROOT / ".mypy_cache" / "client", "-p"]
    seen = {"program": ["Success"], "wrong": ["\"Literal['low', ", 'has no attribute "titel"']}
    for name, told in seen.items():
        done = subprocess.run(
            [sys.executable, *command, name],
            cwd=tmp_path,
            env={**os.environ, "MYPYPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        for words in told:
            assert words in done.stdout, done.stdout + done.stderr


@pytest.mark.wide
def test_whoever_follows_is_woken_by_what_another_program_does(demo: Demo):  # noqa: F811
    secret = demo.token_of("ben")
    with Client(demo.address, secret) as follower, Client(demo.address, secret) as worker:
        events = follower.events()
        with ThreadPoolExecutor() as pool:
            told = pool.submit(next, events)
            made = worker.tasks.create(title="Order badges", task_type="untyped").result
            assert told.result(timeout=20).task_id == made.task_id
        assert follower.tasks.get(made).title == "Order badges"
