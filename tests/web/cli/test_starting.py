"""A command imports what it needs and no more: starting is most of what a short command costs (P5)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from web.cli import groups, workbench

ROOT = Path(__file__).resolve().parents[3]
#: What only the board, the content, a link copy or another database need.
_FOR_OTHERS = (
    "flask",
    "jinja2",
    "waitress",
    "git",
    "apscheduler",
    "httpcore",
    "markdown_it",
    "psycopg",
    "tinydb",
)
#: What only those need who change something, besides.
_TO_CHANGE = ("jsonschema", "yaml", "argon2", "filetype", "engine.commands", "engine.areas")


def imported(tmp_path: Path, *words: str) -> set[str]:
    """Run a command in a process of its own; return the modules that it ended with."""
    script = f"""
import sys
from web.cli import run
code = run({["--database", f"sqlite:///{tmp_path}/store.db", *words]!r}, as_json=False)
sys.stderr.write(" ".join([str(code), *sys.modules]))
"""
    run_it = [sys.executable, "-c", script]
    done = subprocess.run(run_it, check=True, capture_output=True, text=True, cwd=ROOT)
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code in ("0", "2"), done.stderr
    return set(modules)


@pytest.mark.parametrize("words", [["--help"], ["dance"]], ids=" ".join)
def test_help_and_a_wrong_word_come_without_the_engine_and_the_board(tmp_path: Path, words: list[str]):
    needless = {*_FOR_OTHERS, *_TO_CHANGE, "pydantic", "sqlalchemy", "engine.app", "web.application"}
    assert imported(tmp_path, *words) & needless == set()


@pytest.mark.wide
@pytest.mark.few(1)
@pytest.mark.parametrize("words", [["task", "list"], ["task", "list", "--help"]], ids=" ".join)
def test_tasks_are_listed_without_the_board_the_content_and_the_registry(
    tmp_path: Path, new_store: Path, words: list[str]
):
    shutil.copy(new_store, tmp_path / "store.db")
    found = imported(tmp_path, *words)
    assert "engine.tasks.queries" in found
    assert found & {*_FOR_OTHERS, *_TO_CHANGE} == set()


@pytest.mark.wide  # starts a process
@pytest.mark.parametrize("words", [["task", "--help"], ["task", "start", "--help"]], ids=" ".join)
def test_what_is_done_to_tasks_is_told_without_the_board_git_and_the_network(
    tmp_path: Path, words: list[str]
):
    found = imported(tmp_path, *words)
    assert "engine.commands" in found
    assert found & set(_FOR_OTHERS) == set()


def test_of_the_registry_only_the_command_that_is_asked_for_is_made():
    made: list[str] = []

    def maker(verb: str) -> click.Command:
        made.append(verb)
        return click.Command(verb)

    group = groups.Registered(
        "work", registered=lambda: {verb: lambda verb=verb: maker(verb) for verb in ("start", "stop")}
    )
    group.add_command(click.Command("list"))
    context = click.Context(group)
    assert group.get_command(context, "list") is not None
    assert made == []
    assert [group.get_command(context, "stop") for _ in range(2)] == [group.commands["stop"]] * 2
    assert made == ["stop"]
    assert group.list_commands(context) == ["list", "start", "stop"]
    assert group.get_command(context, "dance") is None


def test_the_help_of_a_made_command_names_its_options():
    group = workbench.get_command(click.Context(workbench), "task")
    assert isinstance(group, click.Group)
    start = group.get_command(click.Context(group), "wait")
    assert start is not None
    assert {"task_id", "waiting_for"} <= {param.name for param in start.get_params(click.Context(start))}
