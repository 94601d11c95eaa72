"""The documents agree with the code: settings, commands, error tree, words, pins."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from engine import errors
from engine.config import Settings
from engine.entities import RECORD_TYPES
from tests.swept import swept
from web.cli import workbench

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "web" / "RUNBOOK.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@swept("setting", fields(Settings))
def test_the_runbook_lists_every_setting_with_its_default_and_help(setting):
    default = f" `{setting.default}` " if setting.default != "" else " "
    row = f"| `WORKBENCH_{setting.name.upper()}` |{default}| {setting.metadata['help']} |"
    assert row in RUNBOOK


def test_the_runbook_lists_no_setting_that_does_not_exist():
    named = set(re.findall(r"^\| `WORKBENCH_([A-Z_]+)`", RUNBOOK, re.MULTILINE))
    assert named == {setting.name.upper() for setting in fields(Settings)}


def commands(group: click.Group, path: str = "workbench") -> list[str]:
    """Every command that a person may type, as a path."""
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if command.hidden:
            continue
        here = f"{path} {name}"
        found += commands(command, here) if isinstance(command, click.Group) else [here]
    return found


@swept("command", commands(workbench))
def test_the_runbook_shows_every_command(command: str):
    place = "web/RUNBOOK.md, section Commands, first block"
    assert command in RUNBOOK, f"{place}: add `{command} ...` beside the other verbs of its first word"


def test_the_error_tree_in_the_module_docstring_names_every_class():
    drawn = set(re.findall(r"(\w+Error)\b", errors.__doc__ or ""))
    defined = {
        name
        for name, item in vars(errors).items()
        if isinstance(item, type) and issubclass(item, errors.WorkbenchError)
    }
    assert drawn == defined


def test_the_runbook_lists_every_error_code():
    kinds = [item for item in vars(errors).values() if isinstance(item, type)]
    codes = {errors.code_of(item) for item in kinds if issubclass(item, errors.WorkbenchError)}
    codes.remove(errors.code_of(errors.WorkbenchError))
    assert len(codes) > 10
    assert [code for code in sorted(codes) if f"`{code}`" not in RUNBOOK] == []


def test_the_readme_explains_the_words_that_the_record_classes_use():
    """One word per thing: every record class of the product is in the README's glossary."""
    glossary = README.split("## The words")[1].split("\n## ")[0]
    internal = {
        "PinnedTaskType",
        "PinnedTemplate",
        "Session",
        "SignInLink",
        "IdempotencyKey",
        "KeptAnswer",
        "ArtifactLink",
    }
    internal |= {"ReminderClock", "ReminderCursor"}
    for record_type in RECORD_TYPES:
        if record_type.__name__ not in internal:
            assert f"**{record_type.__name__}**" in glossary


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_pin_every_version_and_name_no_host(name: str):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert pinned
    for line in pinned:
        assert re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.+!]+", line), line
