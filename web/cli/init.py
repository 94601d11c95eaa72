"""``workbench init DIR``: a new workspace in a folder of its own, with content, settings and a store.

A set-up command of the edge: the one place, beside the demo, where a Git repository is made. From then on
it is the user's, and the running engine only reads it (decision 10).
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import click

from engine.app import Workbench
from engine.config import SETTINGS_FILE, Settings, as_toml
from engine.errors import BadRequestError, ConflictError, UnavailableError
from web import starter
from web.cli.context import Session

_STORE = "var/workbench.db"
_SETTINGS_HEAD = """\
# The settings of `workbench` when it is run in this folder. An option on the command line wins over a
# variable such as WORKBENCH_PORT, and that over this file. It is in Git: keep passwords out of it.

"""


def commands() -> list[click.Command]:
    """Return the commands of this module."""
    return [init]


@click.command("init")
@click.argument("folder", metavar="DIR")
@click.option("--timezone", metavar="ZONE", help="Where the team works: an IANA name such as Europe/Berlin.")
@click.pass_obj
def init(session: Session, folder: str, timezone: str | None) -> None:
    """Make a workspace in DIR: starter content in Git, settings and a store."""
    if session.options:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in session.options)
        raise BadRequestError(
            f"`init` makes content and a store of their own in {folder}; leave {names} out. Another database "
            f"is named in {SETTINGS_FILE} afterwards."
        )
    place = Path(folder)
    zone = Settings.read({}, timezone=timezone or session.settings.timezone).timezone
    with _new_folder(place):
        _fill(place, zone)
    session.answer(
        {"folder": folder, "templates": list(starter.TEMPLATES), "timezone": zone},
        f"Made a workspace in {folder}. Next:\n  cd {shlex.quote(folder)}\n  workbench serve",
    )


def _fill(place: Path, zone: str) -> None:
    """Write content and settings, commit both, and make the store with its default workspace."""
    settings_text = as_toml(content=".", database=f"sqlite:///{_STORE}", timezone=zone)
    files = {
        **starter.starter_files(),
        SETTINGS_FILE: (_SETTINGS_HEAD + settings_text).encode(),
        ".gitignore": b"# The store with the records, and uploaded files.\n/var/\n",
    }
    starter.make_repository(place, files, "Begin with the content that comes with Workbench")
    store = quote(str(place.resolve() / _STORE))
    settings = Settings(content=str(place), database=f"sqlite:///{store}", timezone=zone)
    Workbench(settings).close()


@contextmanager
def _new_folder(place: Path) -> Iterator[None]:
    """Make the folder for the block; if anything in it fails, nothing is left of what it made.

    Raises:
        ConflictError: something is there already.
        UnavailableError: it cannot be made or written.
    """
    existed = place.exists()
    if existed and (not place.is_dir() or any(place.iterdir())):
        what = "is not empty" if place.is_dir() else "is a file"
        raise ConflictError(f"{place} {what}; nothing was changed. Name a new or an empty folder.")
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        _clear(place, existed=existed)
        if isinstance(error, OSError):
            where = f": {error.filename}" if error.filename else ""  # who writes to a full disk is not told
            raise UnavailableError(
                f"{place} cannot be made: {error.strerror}{where}. Nothing was left behind."
            ) from error
        raise


def _clear(place: Path, *, existed: bool) -> None:
    for child in place.iterdir() if place.is_dir() else ():
        if child.is_dir():
            shutil.rmtree(child)
        else:
            child.unlink()
    if not existed and place.is_dir():
        place.rmdir()
