"""Filled stores to measure pages on: made once, kept on request, copied for each run."""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import fill, judging
from benchmarks import stand as stands
from benchmarks.over_http import serving
from benchmarks.over_http.serving import Store

_PEOPLE = Path(__file__).with_name("people.py")
_DATABASE = "workbench.db"


@dataclass(frozen=True)
class Prepared:
    """A store with people who may sign in, and the records that are asked for."""

    store: Store
    tasks: int
    #: E-mail -> a token that signs in once.
    tokens: dict[str, str]
    admin: str
    member: str
    #: The token of another admin: for the session that writes.
    writer: str
    #: The ids of the task and the bundle whose pages are measured, of other open tasks, and of employees.
    task: str
    bundle: str
    people: list[str]
    #: By which the employees sign in, in the same order.
    emails: list[str]
    others: list[str]


def filled(
    tasks: int, place: Path, keep: Path | None, *, finished_in_ten: float = fill.FINISHED_IN_TEN
) -> Path:
    """Return a folder with a store of at least that many tasks and its content; made anew unless it was kept.

    Of ten of its bundles so many are finished. What is kept is found again as long as neither the shape of
    stores nor what fills them has changed.
    """
    name = str(tasks) if finished_in_ten == fill.FINISHED_IN_TEN else f"{tasks}-{finished_in_ten:g}-finished"
    home = keep / f"{name}-{_mark()}" if keep else place / name
    if not (home / _DATABASE).exists():
        unfinished = home.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        with stands.folder() as made:
            shutil.copytree(made / "repository", unfinished / "repository")
        with stands.stand(unfinished, f"sqlite:///{unfinished}/{_DATABASE}") as stand:
            fill.fill(stand, tasks, finished_in_ten=finished_in_ten)
        unfinished.rename(home)
    return home


def copied(home: Path, place: Path, name: str = "copy") -> Store:
    """Return a copy of a filled store, to be written to; one of that name is gone then."""
    target = place / f"{home.name}-{name}"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(home, target)
    return Store(f"sqlite:///{target}/{_DATABASE}", target / "repository", target)


def prepared(store: Store, tasks: int, code: Path = serving.ROOT, python: str = sys.executable) -> Prepared:
    """Let people into a store, by the code of the tree at ``code``."""
    found: dict[str, Any] = json.loads(said_by([python, "-P", str(_PEOPLE)], store, code))
    others = found.pop("tasks")
    return Prepared(store=store, tasks=tasks, others=others, **found)


def said_by(command: Sequence[str], store: Store, code: Path) -> str:
    """Run a program of the tree at ``code`` on a store; return what it printed."""
    done = subprocess.run(
        command, cwd=store.place, env=store.environment(code), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return done.stdout


@cache
def _mark() -> str:
    """Name the shape of a store and what fills it."""
    every = "SELECT sql FROM sqlite_master ORDER BY name"
    with stands.folder() as made, stands.stand(made) as one, one.workbench.database.read() as connection:
        shape = connection.exec_driver_sql(every).fetchall()
    digest = hashlib.sha256(repr([tuple(row) for row in shape]).encode())
    for module in (fill, judging):
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()[:12]
