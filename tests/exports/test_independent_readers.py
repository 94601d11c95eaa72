"""Others can read an export without us: the frictionless package, and PostgreSQL with constraints on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import frictionless
import psycopg
import pytest
from psycopg import sql

from engine.app import Workbench
from exports import writer
from exports.records import tables
from tests.exports.conftest import Copy, rows
from tests.exports.lived import HARD_TEXT, live

_FAULT = ["name", "rowNumber", "fieldName", "type", "message"]


@pytest.mark.wide  # reads the whole of an export by a library that takes its time
def test_frictionless_finds_no_fault_with_the_tasks_and_what_they_point_at(lived_export: Path) -> None:
    report = frictionless.validate(str(lived_export / "datapackage.json"), name="tasks")
    assert report.flatten(_FAULT) == []
    assert report.tasks[0].stats["rows"] == len(rows(lived_export, "tasks"))


@pytest.mark.wide
def test_frictionless_finds_no_fault_with_the_three_real_workflows(
    workbench: Workbench, tmp_path: Path
) -> None:
    live(workbench, "newsletter", "podcast_episode")
    writer.write(workbench, workbench.operator(), tmp_path / "export")
    report = frictionless.validate(str(tmp_path / "export/datapackage.json"))
    assert report.flatten(_FAULT) == []
    assert report.stats["tasks"] == len(tables())


@pytest.mark.wide
def test_frictionless_finds_what_is_broken(copy: Copy) -> None:
    copy.change("tasks", lambda _: True, status="finished", due_date="soon", owner_id="usr_nobody")
    report = frictionless.validate(str(copy.path("datapackage.json")), name="tasks")
    found = {kind for [kind] in report.flatten(["type"])}
    assert {"hash-count", "constraint-error", "type-error", "foreign-key"} <= found


def load(connection: psycopg.Connection, folder: Path) -> None:
    """Load an export as the head of its schema says, in one transaction."""
    script = (folder / "schema.postgresql.sql").read_text()
    (copy_line,) = re.findall(r"-- +\\copy (line) from '\S+' with (.*)", script)
    (insert,) = re.findall(r"-- +(INSERT INTO tasks .*;)", script)
    with connection.transaction():
        connection.execute(script.encode())
        connection.execute("CREATE TEMP TABLE line (body text)")
        for path in sorted(folder.glob("*.jsonl")):
            with connection.cursor().copy(f"COPY {copy_line[0]} FROM STDIN WITH {copy_line[1]}") as target:
                target.write(path.read_bytes())
            connection.execute(re.sub(r"\btasks\b", path.stem, insert).encode())
            connection.execute("TRUNCATE line")


def test_postgresql_takes_every_record_with_constraints_on(
    lived_export: Path, postgres_url_factory: Callable[[], str]
) -> None:
    with psycopg.connect(postgres_url_factory()) as connection:
        load(connection, lived_export)
        for table in tables():
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
            assert connection.execute(count).fetchone() == (len(rows(lived_export, table.name)),), table.name
        titles = [row[0] for row in connection.execute("SELECT title FROM tasks WHERE metadata ? 'x'")]
        assert titles == ["A" + HARD_TEXT]
        exported = rows(lived_export, "tasks")
        assert len(exported) > 10
        (shape,) = (table for table in tables() if table.name == "tasks")
        plain = [field.name for field in shape.fields if field.kind != "datetime"]
        for row, (stored,) in zip(
            exported, connection.execute("SELECT to_jsonb(t) FROM tasks t ORDER BY task_id"), strict=True
        ):
            assert {name: stored[name] for name in plain} == {name: row[name] for name in plain}
        late = connection.execute(
            "SELECT count(*) FROM tasks WHERE deadline < '2027-01-01T00:00:00Z'"
        ).fetchone()
        assert late is not None
        assert late[0] > 5


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"status": "finished"}, psycopg.errors.CheckViolation),
        ({"owner_id": "usr_nobody"}, psycopg.errors.ForeignKeyViolation),
        ({"title": None}, psycopg.errors.NotNullViolation),
        ({"due_date": "2026-02-30"}, psycopg.errors.DatetimeFieldOverflow),
    ],
)
def test_postgresql_refuses_what_is_broken(
    copy: Copy, postgres_url_factory: Callable[[], str], fields: dict[str, object], error: type[Exception]
) -> None:
    copy.change("tasks", lambda _: True, **fields)
    with psycopg.connect(postgres_url_factory()) as connection, pytest.raises(error):
        load(connection, copy.folder)
