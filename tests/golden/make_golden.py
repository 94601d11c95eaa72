"""Makes the golden store of a release: run once, with the release checked out, before it is published.

``python -m tests.golden.make_golden`` writes ``tests/golden/<version>/``: what the demo tells and what it
leaves out, as SQLite's file with its blobs, and as PostgreSQL's tables after a restore of that store's
export. It is committed and never made again: what matters about it is that the released program wrote it
(D12).
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import sqlite3
import tempfile
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import sqlalchemy
from psycopg import sql

from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.clock import FixedClock
from engine.config import Settings
from engine.deliverables import approvals, comments, versions
from engine.deliverables.models import Approval
from engine.qa import service as qa
from engine.tasks import assignment, create, human_review, lifecycle, steps
from engine.tasks.models import Step, Task
from exports import restore, writer
from tests.conftest import ROOT
from tests.databases import _running_server
from tests.golden.stores import BLOBS, HOME, POSTGRESQL, SQLITE
from web.demo import story

#: The moment at which the demo ends; a Friday afternoon.
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ZONE = "Europe/Berlin"
_AUTOMATED = {"title": "Send the list", "task_type": "untyped", "requires_human_review": True}


def main() -> None:
    """Write the store of the version that pyproject.toml names."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    print(f"Wrote {make(HOME / version)}")


def make(folder: Path) -> Path:
    """Write the golden store of this program to a folder, which must not exist.

    Raises:
        FileExistsError: the release has its golden store; it stays what it is.
    """
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        _tell_the_story(work)
        shutil.copytree(work / BLOBS, folder / BLOBS)
        _pack(folder / SQLITE, _whole_file(work / "workbench.db"))
        _pack(folder / POSTGRESQL, json.dumps(_as_postgresql(work), indent=1).encode())
    return folder


def _tell_the_story(work: Path) -> None:
    """Make a store with bundles in every state, and a file among what is handed over; export it."""
    settings = Settings(database=f"sqlite:///{work}/workbench.db", content=str(ROOT), timezone=ZONE)
    workbench = Workbench(settings, clock=FixedClock(NOW))
    try:
        assert story.tell(workbench)
        _hand_over_a_file(workbench)
        _judge_and_take_back(workbench)
        _change_plans(workbench)
        writer.write(workbench, workbench.operator(), work / "export")
    finally:
        workbench.close()


def _hand_over_a_file(workbench: Workbench) -> None:
    """Make a task with a file that nobody has judged: what D12 goes on from."""
    content = workbench.content()
    blob = workbench.blobs.put(io.BytesIO(b"The draft, as it was handed over.\n"), 1000)
    with workbench.transaction(workbench.actor_by_email("mara@example.com")) as tx:
        new = create.NewTask.parse({"title": "Write the letter to members", "task_type": "untyped"})
        task = create.create(tx, content, new)
        lifecycle.start(tx, task.task_id)
        row = versions.add(tx, task.task_id, "letter", type="text", required=True)
        versions.edit(tx, row.deliverable_id, blob=blob, file_name="draft.txt", content_type="text/plain")


def _judge_and_take_back(workbench: Workbench) -> None:
    """Make what the demo does not tell: a remark on a version, a request taken back, complaints, reviews."""
    with workbench.transaction(workbench.actor_by_email("mara@example.com")) as tx:
        waiting = tx.find(Approval, is_open=True, source="internal")[0]
        comments.add(tx, waiting.deliverable_id, "Is the second date right?", {"quote": "on Tuesday"})
        approvals.withdraw(tx, waiting.task_id, "A date is wrong")
        approvals.request(tx, waiting.task_id)
        done = tx.find(Task, status="completed", order_by=("task_id",))[:3]
        for task in done:
            qa.flag(tx, task.task_id, "complaint", "The client saw an old price.")
        permitted, refused = (
            create.create(tx, workbench.content(), create.NewTask.parse(_AUTOMATED)) for _ in range(2)
        )
        human_review.approve(tx, permitted.task_id, "It may run.")
        human_review.reject(tx, refused.task_id, "The list is not final.")
    with workbench.transaction(workbench.operator()) as tx:
        qa.review(tx, done[0].task_id, passed=False, score=2, feedback="Compare with the price list first.")


def _change_plans(workbench: Workbench) -> None:
    """Move a bundle, give a task to somebody else, take a step back, change what somebody may do."""
    with workbench.transaction(workbench.actor_by_email("mara@example.com")) as tx:
        bundle = tx.find(Bundle, status="active", order_by=("bundle_id",))[0]
        bundles.reanchor(tx, bundle.bundle_id, bundle.anchor_date + timedelta(days=7))
        task = tx.find(Task, bundle_id=bundle.bundle_id, is_open=1, order_by=("task_id",))[0]
        assignment.assign(tx, task.task_id, "ravi")
        steps.add_step(tx, task.task_id, "Ask whether the date still holds")
        ref = tx.find(Step, task_id=task.task_id)[-1].ref
        steps.complete_step(tx, task.task_id, ref)
        steps.reopen_step(tx, task.task_id, ref)
    with workbench.transaction(workbench.operator()) as tx:
        ravi = tx.find_one(User, email="ravi@example.com")
        assert ravi is not None
        accounts.change_user(tx, ravi.user_id, roles=["member", "strategist"])


def _whole_file(path: Path) -> bytes:
    """Return the file of a store with everything in it, nothing beside it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("VACUUM")
    connection.close()
    return path.read_bytes()


def _as_postgresql(work: Path) -> dict[str, object]:
    """Restore the export into PostgreSQL; return the statements that made the tables, and their rows."""
    ddl: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if re.match(r"\s*(CREATE|ALTER)", statement):
            ddl.append(statement.replace("%%", "%"))

    with _running_server() as url:
        sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", keep)
        try:
            settings = Settings(database=url, blobs=str(work / "restored"), content=str(ROOT), timezone=ZONE)
            restore.restore(settings, work / "export")
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", keep)
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            ).fetchall()
            return {"ddl": ddl, "tables": {name: _rows(connection, name) for (name,) in found}}


def _rows(connection: psycopg.Connection, table: str) -> str:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy).decode()


def _pack(path: Path, content: bytes) -> None:
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(content)


if __name__ == "__main__":
    main()
