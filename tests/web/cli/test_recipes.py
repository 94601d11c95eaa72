"""``workbench recipe``: what can be started, started, and waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.config import Settings
from engine.executions import running
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from tests.conftest import commit_all
from tests.receiver import Receiver, opened, says

VALUES = ("--param", "day=2026-11-20", "--param", "from_currency=USD", "--param", "to_currency=EUR")
Cli = Callable[..., Any]


@pytest.fixture
def program() -> Iterator[Receiver]:
    with opened() as receiver:
        yield receiver


@pytest.fixture
def here(content_repo: Path, program: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the shipped recipe ask a program on this machine."""
    file = content_repo / "content" / "task_templates" / "exchange_rate.yaml"
    text = file.read_text(encoding="utf-8")
    asked = text.replace("https://api.frankfurter.dev", f"http://127.0.0.1:{program.port}")
    assert asked != text
    file.write_text(asked, encoding="utf-8")
    commit_all(content_repo)
    monkeypatch.setenv("WORKBENCH_CONTENT", str(content_repo))


@contextmanager
def worker(settings: Settings) -> Iterator[None]:
    """Do what is queued meanwhile, in a process that is another one as far as the store knows."""
    there = replace(settings, private_calls=True, call_hosts="127.0.0.1")
    is_over = threading.Event()

    def work() -> None:
        with closing(Workbench(there)) as workbench:
            kinds = Kinds([running.running(workbench)])
            engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
            while not is_over.wait(0.02):
                engine.do_one("worker")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_the_list_has_every_recipe_with_its_category_and_what_comes_out(cli: Cli) -> None:
    answer = cli("recipe", "list")
    line = next(line for line in answer.out.splitlines() if line.startswith("exchange_rate"))
    assert line.split() == ["exchange_rate", "research", "json", "Exchange", "rate", "of", "a", "day"]
    assert not any(line.startswith("untyped_work") for line in answer.out.splitlines())
    content = cli("recipe", "list", "--category", "content", "--json").json
    assert {one["category"] for one in content["recipes"]} == {"content"}
    assert content["total"] == len(content["recipes"]) > 0


def test_a_start_answers_at_once_with_the_ticket(cli: Cli) -> None:
    answer = cli("recipe", "start", "exchange_rate", *VALUES, "--json")
    assert answer.code == 0, answer.out
    found = answer.json
    assert (found["recipe"], found["status"], found["state_class"]) == ("exchange_rate", "queued", "waiting")
    assert found["parameters"] == {"day": "2026-11-20", "from_currency": "USD", "to_currency": "EUR"}
    assert cli("task", "show", found["work_ticket_id"], "--json").json["status"] == "queued"
    assert f"ticket {found['work_ticket_id']}, waiting" not in answer.out
    text = cli("recipe", "start", "exchange_rate", *VALUES).out
    assert "is queued: a worker runs it." in text


def test_whoever_waits_is_told_what_came_out(
    cli: Cli, here: None, program: Receiver, settings: Settings
) -> None:
    program.usual = says({"date": "2026-11-20", "rates": {"EUR": 0.95}})
    with worker(settings):
        answer = cli("recipe", "start", "exchange_rate", *VALUES, "--wait", "--json")
    assert (answer.code, answer.json["state_class"]) == (0, "succeeded"), answer.out
    assert answer.json["result"] == {"rate": 0.95, "rate_of": "2026-11-20"}
    runs = next(
        one for one in cli("recipe", "list", "--json").json["recipes"] if one["key"] == "exchange_rate"
    )
    assert (runs["runs"], runs["runs_succeeded"]) == (1, 1)
    assert runs["median_seconds"] > 0
    assert "1 of 1 succeeded, about " in cli("recipe", "list").out


def test_whoever_waits_for_what_fails_is_told_why_and_the_exit_code_is_1(
    cli: Cli, here: None, program: Receiver, settings: Settings
) -> None:
    program.usual = 404
    with worker(settings):
        answer = cli("recipe", "start", "exchange_rate", *VALUES, "--wait")
    assert answer.code == 1
    assert "answered with status 404: it does not take the call." in answer.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no_such_recipe",), "There is no recipe no_such_recipe."),
        (("untyped_work",), "untyped_work is a template and no recipe"),
        (("exchange_rate", "--param", "day=never"), "day"),
        (("exchange_rate", *VALUES, "--partner", "nobody"), "nobody"),
    ],
)
def test_what_cannot_be_started_is_refused_in_words(cli: Cli, words: tuple[str, ...], said: str) -> None:
    answer = cli("recipe", "start", *words)
    assert answer.code == 1
    assert said in answer.err
    assert cli("bundle", "list", "--json").json["total"] == 0
