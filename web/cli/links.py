"""Where links and tokens are shown: to whoever sits at a terminal, else in a file of their own (S22).

What goes to a pipe ends in logs, which many read and keep.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from engine.errors import BadRequestError
from web.cli.context import Session


def _option(what: str) -> click.Option:
    return click.Option(
        [f"--{what}-file", f"{what}_file"],
        metavar="FILE",
        help=f"Write the {what} into a new file, which only you may read, instead of showing it.",
    )


#: Options of the commands that make a link, of those that make a token's secret, and a webhook's.
OPTION, OPTION_OF_TOKEN, OPTION_OF_SECRET = _option("link"), _option("token"), _option("secret")

#: What somebody is to do with a link that begins with no address.
ADDRESS_IS_MISSING = (
    "Put the address that people open before the link; public_url in workbench.toml does it for you."
)


def is_terminal() -> bool:
    """Whether somebody sees what is printed, and nobody keeps it."""
    return sys.stdout is not None and sys.stdout.isatty()


def require_place(_session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Refuse to make a link, or a token, that would be shown to nobody, before the one that is there is void.

    Raises:
        BadRequestError: there is neither terminal nor file; or the file is there, or its folder is not.
    """
    file, what = _file(), _what()
    if file is None and not is_terminal():
        raise BadRequestError(
            f"A {what} is shown in a terminal alone, and this goes elsewhere, where it would be kept. "
            f"Name a file for it: --{what}-file FILE. Nothing was changed."
        )
    if file is not None and file.exists():
        raise BadRequestError(
            f"{file} is there already, and a {what} goes into a new file. Name another. Nothing was changed."
        )
    if file is not None and not file.parent.is_dir():
        raise BadRequestError(
            f"There is no folder {file.parent} for {file.name}. Make it, or name another file. "
            "Nothing was changed."
        )
    return given


def show(path: str) -> str | None:
    """Write it into the file that was named; else give it to be shown, None where there is no terminal.

    Raises:
        BadRequestError: the file cannot be written.
    """
    file = _file()
    if file is None:
        return path if is_terminal() else None
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(f"{path}\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        file.unlink(missing_ok=True)
        raise BadRequestError(
            f"{file} cannot be written: {error.strerror}. Make another {_what()}."
        ) from error
    return None


def _file() -> Path | None:
    named = click.get_current_context().params.get(f"{_what()}_file")
    return Path(named) if named else None


def _what() -> str:
    """Say what the command makes."""
    given = click.get_current_context().params
    return next((what for what in ("token", "secret") if f"{what}_file" in given), "link")
