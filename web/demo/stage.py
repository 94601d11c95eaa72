"""Where the demo plays: a store and content of its own, and the mark that tells it from real work (N2)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from engine.accounts import passwords
from engine.accounts.models import User, Workspace
from engine.app import Workbench
from engine.audit import history
from engine.audit.models import Action
from engine.bundles.models import Bundle
from engine.catalog.layout import CONTENT
from engine.config import Settings
from engine.errors import ConflictError
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.transaction import Transaction
from web import starter
from web.folder_lock import alone_in

#: What the demo keeps lies here, apart from the records of real work.
FOLDER = Path("var/demo")
#: The same for everybody in the demo, and published in the README.
PASSWORD = "workbench-demo"  # noqa: S105 - no secret
#: Whom the link that `serve --demo` prints signs in.
MANAGER = "mara@example.com"


def settings(settings: Settings, options: dict[str, object]) -> Settings:
    """Give the demo its own store and content, unless the options of this command name others.

    Variables and the settings file say where real work is kept: for these two the demo does not ask them.
    """
    database = str(options.get("database") or f"sqlite:///{FOLDER}/workbench.db")
    own = replace(settings, database=database, blobs="")
    if own.database_file is None:
        # Servers of one demo share a folder of files as those of real work do, and never that one (G4).
        own = replace(own, blobs=str(Path(settings.blobs) / "demo" if settings.blobs else FOLDER / "blobs"))
    if {"content", "content_ref", "worktree"} & options.keys():
        return own
    return replace(own, content=str(_content()), content_ref="HEAD", worktree=False)


def _content() -> Path:
    """Keep a repository of the content that comes with this release."""
    folder, files = FOLDER / "content-repository", starter.shipped_files()
    with alone_in(FOLDER):  # two demos that start together keep the same one
        there = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in (folder / CONTENT).rglob("*")
            if path.is_file()
        }
        if there != files or not (folder / ".git").is_dir():
            shutil.rmtree(folder, ignore_errors=True)
            starter.make_repository(folder, files, "The content that comes with Workbench")
    return folder


def put_mark(tx: Transaction) -> bool:
    """Record, for good, that this store is the demo's; return False where that is recorded already."""
    if _has_mark(tx):
        return False
    workspace = tx.get(Workspace, tx.workspace_id)
    tx.record(Action.DEMO_TOLD, workspace, "Filled by the demo, whose passwords anybody can read")
    return True


def _has_mark(tx: Transaction) -> bool:
    events = history.timeline(tx, entity_id=tx.workspace_id)
    return any(event.action is Action.DEMO_TOLD for event in events)


def is_marked(workbench: Workbench) -> bool:
    """Say whether the demo made this store: it says so, or its manager still has the published password.

    Demos of 0.1.0 left no mark; the password is what makes them dangerous, and what tells them.
    """
    with workbench.reading(workbench.system_actor()) as tx:
        return _is_marked(tx)


def _is_marked(tx: Transaction) -> bool:
    if _has_mark(tx):
        return True
    manager = tx.find_one(User, email=MANAGER)
    return manager is not None and passwords.matches(PASSWORD, manager.password_hash)


def refuse_demo(workbench: Workbench) -> None:
    """Refuse to serve the demo's store as anything but the demo.

    Raises:
        ConflictError: says how to serve it, and where real work goes.
    """
    if is_marked(workbench):
        url = workbench.database.url
        raise ConflictError(
            f"The store {url} was made by the demo, whose passwords anybody can read. Show it with "
            f"`workbench serve --demo --database {url}`. Give your own work another store: --database, "
            "WORKBENCH_DATABASE, or a workspace that `workbench init DIR` makes."
        )


def refuse_real_work(workbench: Workbench) -> None:
    """Refuse to put the demo's people and work among real ones.

    Raises:
        ConflictError: the store holds people or work that the demo did not make; nothing was changed.
    """
    with workbench.reading(workbench.system_actor()) as tx:  # another demo may be at work in this store
        if _is_marked(tx):
            return
        holds_work = any(tx.count(kind) for kind in (Bundle, Task, Employee)) or tx.count(User) > 1
    if holds_work:
        raise ConflictError(
            f"The store {workbench.database.url} holds work of your own, and the demo would add its "
            "people to it; nothing was changed. Leave --database out: the demo has a store of its own."
        )
