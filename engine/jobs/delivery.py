"""The tables by which Procrastinate delivers jobs: made, and brought up to date, as those of the store are.

They are in the schema of the store, so that a job and the news of it are one transaction, and a backup has
both. How far they are is a position of the store: the number of Procrastinate's newest step that was taken.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from engine.errors import ConflictError, StoreVersionError, UnavailableError
from engine.store import DocumentStore, execute_script, raise_positions

_log = logging.getLogger(__name__)
#: What it needs: the extra ``cluster`` of Workbench.
PACKAGE = "procrastinate>=3.10,<3.11"
_POSITION = "procrastinate"
#: Whoever listens shows itself every ten seconds.
_LISTENING = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'"
#: A step is called by the release that brought it, and its place among those.
_STEP = re.compile(r"(\d+)\.(\d+)\.(\d+)_(\d+)_\w+\.sql")


def lacking(database: DocumentStore) -> list[str]:
    """Say in words what a store lacks for delivering by Procrastinate; nothing where it has all.

    Raises:
        UnavailableError: Procrastinate is not installed; says how it is, and what goes without it.
    """
    if find_spec("procrastinate") is None:
        raise UnavailableError(
            "WORKBENCH_JOBS is procrastinate, and the package of that name is not installed here. Install "
            f"it: pip install '{PACKAGE}'. Or set WORKBENCH_JOBS to embedded, which needs nothing."
        )
    taken = _taken(database)
    if taken is None:
        return [f"the tables of Procrastinate {version('procrastinate')}"]
    return [f"step {path.stem} of Procrastinate's tables" for path in _later_than(taken, _steps())]


def prepare(database: DocumentStore, *, migrate: bool) -> list[str]:
    """Let a store have what delivering by Procrastinate takes; return what was made, in words.

    Tables that are not there are made, as those of new records are; an upgrade alone changes them.

    Raises:
        StoreVersionError: they are of an older release, and ``migrate`` is false; nothing is changed.
        ConflictError: tables of that name are there, and are none of Workbench.
        UnavailableError: Procrastinate is not installed, or the database refuses.
    """
    if not (missing := lacking(database)):
        return []
    if not migrate and _taken(database) is not None:
        raise StoreVersionError(
            f"The store at {database.url} lacks {missing[0]}, which delivers jobs. Run `workbench upgrade`, "
            "or set WORKBENCH_JOBS to embedded. Nothing was changed."
        )
    with database.write() as connection:
        database.dialect.lock_creation(connection)
        taken, steps = _taken(database), _steps()  # others may have been faster
        if taken is None:
            _refuse_others(database)
        scripts = [_folder() / "schema.sql"] if taken is None else _later_than(taken, steps)
        for script in scripts:
            execute_script(connection, script.read_text(encoding="utf-8"))
        raise_positions(connection, {_POSITION: max(steps)})
    for what in missing:
        _log.info("made %s", what)
    return missing


def listening(database: DocumentStore) -> int:
    """Count the workers that Procrastinate wakes, of all machines."""
    ((count,),) = database.run(_LISTENING)
    return int(count)


def _taken(database: DocumentStore) -> int | None:
    """Return the number of the newest step that a store has taken; None where it has no such tables."""
    return database.positions.read([_POSITION]).get(_POSITION)


def _refuse_others(database: DocumentStore) -> None:
    ((there,),) = database.run("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
    if there:
        raise ConflictError(
            f"The database at {database.url} holds tables of Procrastinate that Workbench has not made. "
            "Nothing was changed. Give Workbench a schema of its own (?options=-csearch_path=...), or set "
            "WORKBENCH_JOBS to embedded."
        )


def _steps() -> dict[int, Path]:
    """Return Procrastinate's steps by their numbers, which rise with its releases."""
    found = ((_STEP.fullmatch(path.name), path) for path in (_folder() / "migrations").iterdir())
    return {int("".join(step.groups())): path for step, path in found if step}


def _later_than(taken: int, steps: Mapping[int, Path]) -> list[Path]:
    return [steps[number] for number in sorted(steps) if number > taken]


def _folder() -> Path:
    from procrastinate.schema import migrations_path  # noqa: PLC0415 - an extra that others do without

    return migrations_path.parent
