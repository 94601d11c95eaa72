"""``workbench mcp`` as a process: only the protocol is on its output; what cannot work is said at once."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import stdio_client

from tests.conftest import ROOT
from tests.web.agents.conftest import Board, parameters
from web.agents.tools import TOOLS
from web.cli import agents

TOKEN = "wbt_" + "a" * 43
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "a client of another language", "version": "1"},
}


def asked(number: int, method: str, **sent: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": sent})


@dataclass
class Conversation:
    """What a process that was started as programs do has said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def answers(self) -> dict[int, Any]:
        """The answers by the numbers of what was asked."""
        said = [json.loads(line) for line in self.out.splitlines()]
        assert all(one["jsonrpc"] == "2.0" for one in said)
        return {one["id"]: one for one in said if isinstance(one.get("id"), int)}


def converse(address: str, secret: str, lines: list[str], folder: Path) -> Conversation:
    """Say all of this, wait until each question is answered, and close its input."""
    environment = {
        **os.environ,
        "WORKBENCH_PUBLIC_URL": address,
        "WORKBENCH_TOKEN": secret,
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "err").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", "mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            env=environment,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{line}\n" for line in lines))
        process.stdin.flush()
        out = ""
        for _ in range(sum('"id"' in line for line in lines)):
            out += process.stdout.readline()
        rest, _ = process.communicate(timeout=120)
        errors.seek(0)
        return Conversation(process.returncode, out + rest, errors.read())


def test_its_output_is_the_protocol_and_nothing_else_whatever_it_is_told(told: Board, tmp_path: Path):
    _, secret = told.token("work")
    lines = [
        asked(1, "initialize", **HELLO),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        "this is no JSON",
        asked(2, "tools/list"),
        asked(3, "tools/call", name="my_work", arguments={}),
        asked(4, "tools/call", name="read_task", arguments={"task_id": "999999"}),
        asked(5, "no/such/method"),
    ]
    ended = converse(told.address, secret, lines, tmp_path)
    assert ended.code == 0, ended.err
    assert ended.answers[1]["result"]["serverInfo"]["name"] == "workbench"
    assert [tool["name"] for tool in ended.answers[2]["result"]["tools"]] == [*TOOLS]
    assert ended.answers[3]["result"]["structuredContent"]["total"] >= 0
    assert ended.answers[4]["result"]["isError"] is True
    assert "error" in ended.answers[5]
    assert secret not in ended.out + ended.err


@pytest.mark.wide
def test_a_client_that_shakes_hands_the_older_way_gets_the_same_tools(told: Board, tmp_path: Path):
    async def run() -> list[str]:
        with (tmp_path / "log").open("w") as log:
            started = stdio_client(parameters(told.address, told.token("read")[1], tmp_path), errlog=log)
            async with Client(started, mode="legacy") as client:
                return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(run) == [*TOOLS]


@pytest.mark.parametrize(
    ("version", "has_data"), [("2024-11-05", False), ("2025-03-26", False), ("2025-06-18", True)]
)
def test_the_data_are_told_once_in_the_way_that_the_version_of_the_protocol_has(
    told: Board, tmp_path: Path, version: str, has_data: bool
):
    lines = [
        asked(1, "initialize", **{**HELLO, "protocolVersion": version}),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        asked(2, "tools/call", name="my_work", arguments={}),
        asked(3, "tools/call", name="read_task", arguments={"task_id": "999999"}),
    ]
    ended = converse(told.address, told.token("read")[1], lines, tmp_path)
    for number, word in ((2, "total"), (3, "error")):
        result = ended.answers[number]["result"]
        texts = [one["text"] for one in result["content"]]
        assert len(texts) == (1 if has_data else 2)
        data = result["structuredContent"] if has_data else json.loads(texts[1])
        assert word in data
        assert ("structuredContent" in result) == has_data


@pytest.mark.wide
def test_where_no_board_is_the_agent_is_told_and_the_tools_stay(told: Board, tmp_path: Path):
    lines = [
        asked(1, "initialize", **HELLO),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        asked(2, "tools/call", name="my_work", arguments={}),
    ]
    ended = converse("http://127.0.0.1:9", TOKEN, lines, tmp_path)
    error = ended.answers[2]["result"]["structuredContent"]["error"]
    assert error["code"] == "UNAVAILABLE"
    assert error["message"].startswith("Nobody answers at http://127.0.0.1:9")


def test_the_runbook_starts_the_tools_as_these_tests_do():
    text = (ROOT / "web/RUNBOOK.md").read_text(encoding="utf-8").partition("\n### Agents\n")[2]
    (block,) = re.findall(r"```json\n(.+?)```", text.partition("\n### ")[0], flags=re.DOTALL)
    started = json.loads(block)["mcpServers"]["workbench"]
    assert (Path(started["command"]).name, started["args"]) == ("workbench", ["mcp"])
    assert started["env"].keys() == (parameters("", "", ROOT).env or {}).keys() - {"PYTHONPATH"}


def test_the_document_of_the_api_names_every_tool_and_none_that_is_not():
    text = (
        (ROOT / "web/API.md").read_text(encoding="utf-8").partition("\n## Agents\n")[2].partition("\n## ")[0]
    )
    table = "".join(line for line in text.splitlines() if line.startswith("| "))
    assert set(re.findall(r"`(\w+)`", table)) - {"guidance"} == TOOLS.keys()


@pytest.mark.parametrize(
    ("address", "secret", "words"),
    [
        ("https://board.example.com", "", "WORKBENCH_TOKEN holds no API token"),
        (
            "http://board.example.com",
            TOKEN,
            "is not asked with a token, which everybody on the way could read",
        ),
    ],
)
def test_what_cannot_work_is_said_at_once_and_not_on_its_output(
    address: str, secret: str, words: str, cli, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WORKBENCH_PUBLIC_URL", address)
    monkeypatch.setenv("WORKBENCH_TOKEN", secret)
    answer = cli("mcp")
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.err


def test_without_the_package_it_says_what_to_install(cli, monkeypatch: pytest.MonkeyPatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(agents, "find_spec", lambda name: None if name == "mcp" else find(name))
    answer = cli("mcp")
    assert (answer.code, answer.out) == (3, "")
    assert f"pip install '{agents.SDK}'" in answer.err
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert agents.SDK in project["optional-dependencies"]["agents"]


def test_it_opens_no_store(cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An agent that has its tools has no way past them to the records."""
    served: list[object] = []
    monkeypatch.setenv("WORKBENCH_DATABASE", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("WORKBENCH_TOKEN", TOKEN)
    monkeypatch.setattr("anyio.run", lambda _, api: served.append(api))
    assert cli("mcp").code == 0
    assert len(served) == 1
    assert not (tmp_path / "none.db").exists()
