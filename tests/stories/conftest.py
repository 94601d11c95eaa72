"""A team, and the words in which stories are told: run a command, find a task, look into an export."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import areas
from engine.wiring import Wiring
from tests.factories import PEOPLE

Document = dict[str, Any]


@pytest.fixture(autouse=True, params=["stated", pytest.param("reversed", marks=pytest.mark.wide)])
def order_of_follow_ups(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell every story twice: with the follow-ups in their stated order, and each kind of them backwards.

    No reaction relies on another's having run before it, so nobody can tell the difference (decision 17).
    """
    if request.param == "reversed":
        stated = areas.join

        def backwards() -> Wiring:
            wiring = stated()
            for reactions in wiring.reactions.values():
                reactions.reverse()
            return wiring

        monkeypatch.setattr(areas, "join", backwards)


@pytest.fixture
def team(cli, tmp_path: Path) -> None:
    """Load employees, a partner and a campaign by the command line."""
    file = tmp_path / "reference.yaml"
    file.write_text(yaml.safe_dump(PEOPLE), encoding="utf-8")
    assert cli("reference", "load", str(file)).code == 0


@pytest.fixture
def ask(cli) -> Callable[..., Document]:
    """Run a command that must succeed; return its JSON."""

    def run(*words: str) -> Document:
        answer = cli(*words, "--json")
        assert answer.code == 0, answer.out + answer.err
        return answer.json

    return run


@pytest.fixture
def refused(cli) -> Callable[..., Document]:
    """Run a command that must be refused with exit code 1; return the error."""

    def run(*words: str) -> Document:
        answer = cli(*words, "--json")
        assert answer.code == 1, answer.out + answer.err
        return answer.json["error"]

    return run


def by_ref(bundle: Document) -> dict[str, Document]:
    """Return a bundle's tasks by the ref of their definition."""
    return {task["template_task_ref"]: task for task in bundle["tasks"]}


def rows(folder: Path, table: str) -> list[Document]:
    """Return the records of one exported file."""
    lines = (folder / f"{table}.jsonl").read_bytes().split(b"\n")
    return [json.loads(line) for line in lines if line]
