"""A team, and the words in which stories are told: run a command, find a task, look into an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from engine import areas
from engine.access import Actor
from engine.app import Workbench
from engine.executions import orphans
from engine.wiring import Wiring
from tests import receiver
from tests.api.conftest import ApiClient
from tests.factories import PEOPLE, make_people
from tests.receiver import Receiver
from tests.web.conftest import any_app, app  # noqa: F401 - fixtures
from web import auth
from web.serving import background

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


@dataclass
class Automation:
    """People at the API, the program that tasks call, and a worker."""

    workbench: Workbench
    app: Flask
    people: dict[str, Actor]
    program: Receiver

    def by(self, name: str) -> ApiClient:
        return ApiClient(self.app.test_client(), self.people[name])

    def make(self, by: str = "ana", *, config: Document | None = None, **given: Any) -> str:
        """Make a task that the program does; return its id."""
        settings = {"executor": "api_call", "url": f"http://127.0.0.1:{self.program.port}/cards"}
        task = {
            "title": "Publish the card",
            "task_type": "untyped",
            "execution_type": "manual_trigger",
            "execution_config": {**settings, **(config or {})},
            **given,
        }
        answer = self.by(by).post("/tasks", task)
        assert answer.status_code == 201, answer.json
        return str(answer.json["task_id"])

    def run(self, task_id: str, by: str = "ana") -> tuple[int, Document]:
        """Ask for it to be run; return the status and the answer."""
        answer = self.by(by).post(f"/tasks/{task_id}/execute")
        return answer.status_code, answer.json

    def work(self) -> None:
        """Let the worker do what is due."""
        engine = background.engine_of(self.workbench)
        while engine.do_one("worker"):
            pass

    def look(self) -> None:
        """Let the regular look begin what is due by now."""
        with self.workbench.transaction(self.workbench.system_actor()) as tx:
            background.engine_of(self.workbench).enqueue(tx, orphans.LOOK.name, max_attempts=1)
        self.work()

    def task(self, task_id: str) -> Document:
        found: Document = self.by("mara").get(f"/tasks/{task_id}").json
        return found

    def attempts(self, task_id: str) -> list[Document]:
        """The attempts at a task, the newest first."""
        answer = self.by("mara").get(f"/tasks/{task_id}/executions")
        found: list[Document] = answer.json["executions"]
        return found


@pytest.fixture
def automation(
    workbench: Workbench,
    app: Flask,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Automation]:
    """A workspace that may call a program on this machine."""
    workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
    monkeypatch.setattr(auth, "refuse_if_withdrawn", lambda _tx: None)
    with receiver.opened() as program:
        yield Automation(workbench, app, make_people(workbench), program)
