"""``workbench mcp``: gives an agent its tools by the Model Context Protocol."""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec

import click

from engine.errors import UnavailableError
from web.cli.context import Session

#: What it needs: the extra ``agents`` of Workbench.
SDK = "mcp>=2.3,<3"


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [mcp]


@click.command("mcp")
@click.pass_obj
def mcp(session: Session) -> None:
    """Give an agent its tools: the Model Context Protocol, over standard input and output.

    It asks the board at `public_url`, else the one on this machine, by the API token in WORKBENCH_TOKEN, and
    can do what that may. Programs for agents start it; it ends when they close its input.
    """
    if find_spec("mcp") is None:
        raise UnavailableError(f"Agents need one package more. Install it: pip install '{SDK}'")
    import anyio  # noqa: PLC0415 - an extra that others do without

    from web.agents import calls, server  # noqa: PLC0415 - as above

    settings = session.settings
    site = settings.site or f"http://127.0.0.1:{settings.port}"
    token = os.environ.get("WORKBENCH_TOKEN", "")
    calls.check_place(site, token)
    logging.basicConfig(format="%(name)s: %(message)s")
    anyio.run(server.serve, calls.Api.at(site, token))
