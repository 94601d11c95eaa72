"""A board that is served, an agent of it with a token, and the program that gives the agent its tools."""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from tests.browser.serving import serving
from tests.compiled import compiled_once  # noqa: F401 - a fixture
from tests.conftest import NOW, ROOT
from tests.factories import do
from web.agents import calls, server
from web.demo import story

#: Who sees and does no more than a member.
AGENT = "indexer@example.com"


@dataclass
class Board:
    """A board that is served, with its engine."""

    workbench: Workbench
    address: str

    def token(self, *scopes: str, email: str = AGENT, days: int = 90) -> tuple[str, str]:
        """Make a token of somebody's; give its id and its secret."""
        operator = self.workbench.operator()
        named = {"name": f"Helper {secrets.token_hex(4)}", "user_id": email, "days": days}
        made = do(self.workbench, operator, "token make", **named, scopes=[*scopes])
        if made.secret is None:
            person = self.workbench.actor_by_email(email)
            made = do(self.workbench, person, "token rotate", api_token_id=made.token.api_token_id)
        return made.token.api_token_id, made.secret


@dataclass
class Agent:
    """Somebody who has the tools, and knows nothing but what they say."""

    client: Client

    async def ask(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool; the client holds what comes back against the tool's output schema."""
        return await self.client.call_tool(tool, arguments)

    async def do(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that is not to refuse; give what it tells."""
        answer = await self.ask(tool, **arguments)
        assert not answer.is_error, answer.content
        (sentence,) = answer.content
        assert isinstance(sentence, TextContent)
        assert 0 < len(sentence.text) <= 2_000
        assert answer.structured_content is not None
        return answer.structured_content

    async def refusal_of(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that is to refuse; give what it says, whose code and words the text says, too."""
        answer = await self.ask(tool, **arguments)
        assert answer.is_error, answer.structured_content
        (text,) = answer.content
        assert isinstance(text, TextContent)
        assert answer.structured_content is not None
        error: dict[str, Any] = answer.structured_content["error"]
        assert set(error) == {"code", "message", "details"}
        assert text.text == f"{error['code']}: {error['message']}"
        assert "Traceback" not in text.text
        return error


@pytest.fixture(scope="package")
def told(shipped_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The demo workspace, served, with an agent among its people; tests make what they need in it."""
    folder = tmp_path_factory.mktemp("agents")
    settings = Settings(content=str(shipped_repository), database=f"sqlite:///{folder}/workbench.db")
    workbench = Workbench(settings, clock=FixedClock(NOW))
    try:
        story.tell(workbench)
        add_agent(workbench)
        with serving(workbench) as site:
            yield Board(workbench, site.address)
    finally:
        workbench.close()


def add_agent(workbench: Workbench) -> None:
    """Let an automated colleague in, who is assigned work."""
    operator = workbench.operator()
    roles = ["seo_specialist", "writer"]
    do(workbench, operator, "employee add", key="indexer", name="Index checker", kind="agent", roles=roles)
    named = {"email": AGENT, "name": "Index checker", "role": ["agent"], "employee": "indexer"}
    do(workbench, operator, "user add", **named)


def parameters(address: str, secret: str, folder: Path) -> StdioServerParameters:
    """Say how a program for agents starts the tools: with no more in its environment than it is given."""
    environment = {"WORKBENCH_PUBLIC_URL": address, "WORKBENCH_TOKEN": secret, "PYTHONPATH": str(ROOT)}
    return StdioServerParameters(
        command=sys.executable, args=["-m", "web.cli", "mcp"], env=environment, cwd=folder
    )


@asynccontextmanager
async def tools(address: str, secret: str, folder: Path) -> AsyncIterator[Agent]:
    """Start ``workbench mcp``, as a process of its own, and speak with it."""
    with (folder / "agent.log").open("a") as log:
        async with Client(stdio_client(parameters(address, secret, folder), errlog=log)) as client:
            yield Agent(client)


@asynccontextmanager
async def tools_here(address: str, secret: str) -> AsyncIterator[Agent]:
    """Speak with the tools in this process, which starts none for each test."""
    api = calls.Api.at(address, secret)
    async with api.client, Client(server.make(api)) as client:
        yield Agent(client)


#: Lets a story happen: ``agent(told.token("work"), a_story)`` is given the agent's tools.
Tell = Callable[[tuple[str, str], Callable[[Agent], Any]], None]


@pytest.fixture
def agent(told: Board) -> Iterator[Tell]:
    yield from _telling(told, tools_here)


@pytest.fixture
def agent_process(told: Board, tmp_path: Path) -> Iterator[Tell]:
    """The same by ``workbench mcp`` as a process of its own."""
    yield from _telling(told, lambda address, secret: tools(address, secret, tmp_path))


def _telling(told: Board, having: Callable[[str, str], AbstractAsyncContextManager[Agent]]) -> Iterator[Tell]:
    used: set[str] = set()

    def happen(token: tuple[str, str], happens: Callable[[Agent], Any]) -> None:
        failures: list[Exception] = []
        used.add(token[0])

        async def run() -> None:
            async with having(told.address, token[1]) as one:
                try:
                    await happens(one)
                except Exception as error:
                    failures.append(error)  # it would come out in groups of groups

        anyio.run(run)
        for failure in failures:
            raise failure

    yield happen
    for one in used:  # nobody has more than a few
        do(told.workbench, told.workbench.operator(), "token revoke", api_token_id=one)
