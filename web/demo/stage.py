"""Where the demo plays: a store and content of its own, and the mark that tells it from real work (N2)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from engine.accounts import passwords
from engine.accounts.models import User, Workspace
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.catalog.layout import CONTENT
from engine.config import EMBEDDED, Settings
from engine.errors import ConflictError
from engine.folder_lock import alone_in
from engine.loading import load_all
from engine.reference.models import Campaign, Employee, Partner
from engine.store import DocumentStore
from engine.tasks.models import Task
from engine.transaction import Transaction
from web import starter

#: What the demo keeps lies here, apart from the records of real work.
FOLDER = Path("var/demo")
#: The same for everybody in the demo, and published in the README.
PASSWORD = "workbench-demo"  # noqa: S105 - no secret
#: Whom the link that `serve --demo` prints signs in.
MANAGER = "mara@example.com"
#: Everybody who gets the password.
PEOPLE = frozenset(f"{key}@example.com" for key in ("mara", "sam", "ana", "ben", "chloe", "ravi", "pia"))
#: What is said after somebody was added who is not of the story.
NOTE = (
    "This is done, in the store of the demo, whose passwords anybody can read: real work belongs into a "
    "workspace of its own, which `workbench init DIR` makes."
)
#: The store keeps what it is served as, whoever is first: of a demo and a server that begin together, too.
_PURPOSE, _DEMO, _WORK = "served as", "demo", "work"
#: What somebody has put into a store that is in use.
_WORKS = (Bundle, Task, Employee, Partner, Campaign)


def settings(settings: Settings, options: dict[str, object]) -> Settings:
    """Give the demo its own store and content, unless the options of this command name others.

    Variables and the settings file say where real work is kept, and who opens it: there the demo does not
    ask them. Nor does it mail, call, remind or export into the folder of real work (G4).
    """
    database = str(options.get("database") or f"sqlite:///{FOLDER}/workbench.db")
    own = replace(
        settings,
        database=database,
        blobs="",
        public_url="",
        export_folder="",
        smtp_host="",
        call_hosts="",
        private_calls=False,
        reminders=False,
        jobs=EMBEDDED,  # its own store is SQLite's
        automation_python="",  # its own automation comes with this release
    )
    if own.database_file is None:
        # Servers of one demo share a folder of files as those of real work do, and never that one (G4).
        files = f"{settings.blobs.rstrip('/')}/demo" if settings.blobs else FOLDER.absolute() / "blobs"
        own = replace(own, blobs=str(files))
    if {"content", "content_ref", "worktree"} & options.keys():
        return own
    return replace(own, content=str(_content()), content_ref="HEAD", worktree=False)


def left_alone(given: Settings, own: Settings) -> str | None:
    """Say that the demo does not use the database that the settings name; None where it does, or none is."""
    if given.database in (Settings().database, own.database):
        return None
    return (
        "The demo leaves the database alone that WORKBENCH_DATABASE or workbench.toml names for work of your "
        f"own: it has a store of its own, {own.database}. Another is named with --database."
    )


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
    """Record, for good, that this store is the demo's; return False where that is recorded already.

    Raises:
        ConflictError: a server that is not the demo has begun to serve it.
    """
    if _has_mark(tx.database):
        return False
    if tx.database.words.keep(_PURPOSE, _DEMO) != _DEMO:
        raise _not_the_demos(tx.database.url)
    workspace = tx.get(Workspace, tx.workspace_id)
    tx.record(Action.DEMO_TOLD, workspace, "Filled by the demo, whose passwords anybody can read")
    return True


def _has_mark(database: DocumentStore) -> bool:
    return database.table(Event.spec.table).count_rows({"action": Action.DEMO_TOLD}) > 0


def is_marked(database: DocumentStore) -> bool:
    """Say whether the demo made this store: it says so, or somebody there has the published password.

    Demos of before 0.4.0 left no mark; the password is what makes them dangerous, and what tells them.
    """
    if _has_mark(database):
        return True
    users = load_all(User, database.table(User.spec.table).select_rows({"email": sorted(PEOPLE)}), database)
    hashes = {user.password_hash for user in users}  # the demo made one for all
    return any(passwords.matches(PASSWORD, known) for known in hashes if known)


def warning(url: str) -> str:
    """Say what a store of the demo is not for, and where real work goes."""
    return (
        f"The store {url} was made by the demo, whose passwords anybody can read. Show it with "
        f"`workbench serve --demo --database {url}`. Give your own work another store: --database, "
        "WORKBENCH_DATABASE, or a workspace that `workbench init DIR` makes."
    )


def claim_for_work(workbench: Workbench) -> None:
    """Let this store be served as real work from now on, and never as the demo.

    Raises:
        ConflictError: the demo made it; says how to show it, and where real work goes.
    """
    database = workbench.database
    if is_marked(database) or database.words.keep(_PURPOSE, _WORK) != _WORK:
        raise ConflictError(warning(database.url))


def refuse_real_work(workbench: Workbench) -> None:
    """Refuse to put the demo's people and work among real ones.

    Raises:
        ConflictError: the store was served as real work, or holds people or work that the demo did not make;
            nothing was changed.
    """
    with workbench.reading(workbench.system_actor()) as tx:  # another demo may be at work in this store
        if is_marked(tx.database):
            return
        holds_work = any(tx.count(kind) for kind in _WORKS) or tx.count(User) > 1
        if holds_work or tx.database.words.find(_PURPOSE) == _WORK:
            raise _not_the_demos(workbench.database.url)


def _not_the_demos(url: str) -> ConflictError:
    return ConflictError(
        f"The store {url} is for work of your own, and the demo would add its people to it; nothing was "
        "changed. Leave --database out: the demo has a store of its own."
    )
