"""``export load``: one PostgreSQL schema holds the export of each day, one after another (EXP-12, T4)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from engine.app import Workbench
from engine.clock import FixedClock
from engine.errors import BadRequestError, ConflictError, UnavailableError, WorkbenchError
from engine.tasks import assignment, lifecycle, notes
from engine.tasks.models import Task
from exports import load, postgresql, views, writer
from exports.records import tables
from tests.exports.conftest import Copy, rows
from tests.exports.lived import live

Rows = list[dict[str, Any]]


@pytest.fixture
def database(postgres_url_factory: Callable[[], str]) -> str:
    """An empty database of whoever makes reports."""
    return postgres_url_factory()


@contextmanager
def asked(database: str) -> Iterator[psycopg.Connection]:
    """Give a reader's connection."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET search_path TO workbench_export; SET timezone TO 'Asia/Tokyo'")
        yield connection


def ask(database: str, query: str, *params: Any) -> list[tuple[Any, ...]]:
    with asked(database) as connection:
        cursor = connection.execute(query.encode(), params)
        return cursor.fetchall() if cursor.description else []


def written(workbench: Workbench, folder: Path) -> Path:
    writer.write(workbench, workbench.operator(), folder)
    return folder


def held(database: str, table: str) -> Rows:
    """Return what a table holds, as a reader who writes times as exports do."""
    (shape,) = (one for one in tables() if one.name == table)
    with asked(database) as connection:
        connection.execute("SET timezone TO 'UTC'")
        query = sql.SQL("SELECT to_jsonb(record) FROM {} AS record ORDER BY {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.SQL('{} COLLATE "C"').format(sql.Identifier(name)) for name in shape.key),
        )
        found = [row for (row,) in connection.execute(query)]
    moments = {field.name for field in shape.fields if field.kind == "datetime"}
    return [
        {name: value and _moment(value) if name in moments else value for name, value in row.items()}
        for row in found
    ]


def _moment(text: str) -> str:
    """Write PostgreSQL's ``2026-11-21T09:00:00.5+00:00`` as exports do."""
    second, _, rest = text.removesuffix("+00:00").partition(".")
    return f"{second}.{rest.ljust(3, '0')}Z"


def assert_holds(database: str, folder: Path) -> None:
    """Every table holds exactly the records of the files, field by field."""
    for table in tables():
        exported = sorted(rows(folder, table.name), key=lambda row: [row[name] for name in table.key])
        assert held(database, table.name) == exported, table.name


def _work(workbench: Workbench, day: int) -> None:
    """Do what is done on a day: a task moves on, another changes hands, somebody says something."""
    with workbench.transaction(workbench.operator()) as tx:
        by_ref = {(task.bundle_id, task.template_task_ref): task for task in tx.find(Task)}
        open_tasks = [task for task in by_ref.values() if task.status == "pending" and not task.blocked_by]
        first, *others = sorted(open_tasks, key=lambda task: task.task_number)
        lifecycle.start(tx, first.task_id)
        notes.add(tx, first.task_id, f"Begun on day {day}")
        if others:
            assignment.assign(tx, others[-1].task_id, employee="ben")


@pytest.mark.wide  # a week of exports, each loaded into PostgreSQL
def test_a_week_of_nights_is_loaded_one_after_another_and_readers_keep_their_views_and_rights(
    workbench: Workbench, clock: FixedClock, database: str, tmp_path: Path
):
    live(workbench, "newsletter")
    role = f"reporters_{uuid4().hex[:8]}"
    for day in range(7):
        _work(workbench, day)
        night = written(workbench, tmp_path / f"day-{day}")
        done = load.load(database, night)
        assert_holds(database, night)
        assert done.as_of == json.loads((night / "manifest.json").read_text())["as_of"]
        if day == 0:
            assert done.total() == (sum(len(rows(night, table.name)) for table in tables()), 0, 0)
            ask(database, f"CREATE ROLE {role}")
            ask(database, f"GRANT SELECT ON tasks, punctuality TO {role}")
            ask(database, "CREATE SCHEMA ours")
            ask(database, "CREATE VIEW ours.notes AS SELECT body FROM task_notes JOIN tasks USING (task_id)")
        else:
            assert 3 <= done.total().added < 20
            assert 1 <= done.total().changed < 20
        assert ask(database, "SELECT count(*) FROM ours.notes WHERE body LIKE 'Begun on day%%'") == [
            (day + 1,)
        ]
        may = "has_table_privilege(%s, %s, 'SELECT')"
        both = [role, "workbench_export.tasks", role, "workbench_export.punctuality"]
        assert ask(database, f"SELECT {may}, {may}", *both) == [(True, True)]
        clock.advance(days=1)
    ask(database, f"DROP OWNED BY {role}")
    ask(database, f"DROP ROLE {role}")


def test_keys_references_and_words_are_still_enforced_after_many_loads(lived_export: Path, database: str):
    for _ in range(2):
        load.load(database, lived_export)
    kinds = dict(
        ask(
            database,
            "SELECT contype::text, count(*) FROM pg_constraint"
            " WHERE connamespace = 'workbench_export'::regnamespace AND convalidated GROUP BY 1",
        )
    )
    foreign = sum(one.is_foreign_key for table in tables() for one in table.references)
    words = sum(bool(field.choices) for table in tables() for field in table.fields)
    assert {kind: kinds[kind] for kind in "pfcu"} == {
        "p": len(tables()),
        "f": foreign,
        "c": words,
        "u": sum(len(table.unique) for table in tables()),
    }
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        ask(database, "UPDATE tasks SET owner_id = 'usr_nobody'")
    with pytest.raises(psycopg.errors.CheckViolation):
        ask(database, "UPDATE tasks SET status = 'finished'")


def test_what_the_export_has_not_any_more_is_removed_and_what_was_changed_by_hand_is_put_right(
    lived_export: Path, database: str
):
    load.load(database, lived_export)
    number = rows(lived_export, "tasks")[0]["task_number"]
    ask(
        database,
        'INSERT INTO task_notes SELECT (jsonb_populate_record(note, \'{"task_note_id": "nte_other"}\')).*'
        " FROM task_notes AS note LIMIT 1",
    )
    ask(database, "UPDATE tasks SET title = 'Forged' WHERE task_number = %s", number)
    assert load.load(database, lived_export).total() == (0, 1, 1)
    assert_holds(database, lived_export)


@pytest.mark.wide
def test_two_records_may_exchange_what_only_one_may_have(lived_export: Path, database: str):
    load.load(database, lived_export)
    one, other = (row["task_number"] for row in rows(lived_export, "tasks")[:2])
    ask(
        database,
        "UPDATE tasks SET task_number = %s + %s - task_number WHERE task_number IN (%s, %s)",
        one, other, one, other,
    )  # fmt: skip
    assert load.load(database, lived_export).tables["tasks"] == (0, 2, 0)
    assert_holds(database, lived_export)


def test_tables_fields_and_views_say_in_the_database_what_they_mean(lived_export: Path, database: str):
    load.load(database, lived_export)
    untold = ask(
        database,
        "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relnamespace = 'workbench_export'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0"
        " AND (col_description(attrelid, attnum) IS NULL OR obj_description(attrelid) IS NULL)",
    )
    assert untold == []
    told = "SELECT col_description('tasks'::regclass, attnum) FROM pg_attribute"
    (first,) = ask(database, f"{told} WHERE attrelid = 'tasks'::regclass AND attname = 'first_deadline'")
    assert first[0].startswith("The first deadline that the task was ever given")
    for view in views.VIEWS:
        with asked(database) as connection:
            columns = connection.execute(f"SELECT * FROM {view.name}".encode()).description  # noqa: S608
        assert [column.name for column in columns or ()] == list(view.columns), view.name


# What is refused, and leaves everything as it was


@pytest.mark.parametrize(
    "harm",
    [
        lambda copy: copy.path("task_qa_reviews.jsonl").unlink(),
        lambda copy: copy.change("tasks", lambda _: True, title="Forged"),
        lambda copy: copy.path("manifest.json").unlink(),
    ],
    ids=["no file", "a title", "no manifest"],
)
def test_an_export_that_fails_its_check_is_not_loaded(
    lived_export: Path, copy: Copy, database: str, harm: Callable[[Copy], None]
):
    load.load(database, lived_export)
    harm(copy)
    with pytest.raises(BadRequestError, match=r"is not a valid export: .*export check"):
        load.load(database, copy.folder)
    assert_holds(database, lived_export)


def test_a_file_that_changes_while_it_is_loaded_is_noticed(
    lived_export: Path, copy: Copy, database: str, monkeypatch: pytest.MonkeyPatch
):
    described = json.loads(copy.path("manifest.json").read_text())
    copy.change("tasks", lambda _: True, title="Forged")
    monkeypatch.setattr("exports.validate.require_valid", lambda _: described)
    with pytest.raises(ConflictError, match=r"tasks\.jsonl changed while it was loaded"):
        load.load(database, copy.folder)
    assert ask(database, "SELECT to_regnamespace('workbench_export')") == [(None,)]


@pytest.mark.wide
def test_an_older_export_is_not_loaded_over_a_newer_one(
    workbench: Workbench, clock: FixedClock, database: str, tmp_path: Path
):
    live(workbench)
    old = written(workbench, tmp_path / "old")
    clock.advance(days=1)
    _work(workbench, 1)
    new = written(workbench, tmp_path / "new")
    load.load(database, new)
    events = [len(rows(folder, "audit_events")) for folder in (new, old)]
    with pytest.raises(
        ConflictError, match=f"newer export: it goes to event {events[0]} .* event {events[1]} "
    ):
        load.load(database, old)
    assert_holds(database, new)


def test_another_workspace_has_a_schema_of_its_own(
    lived_export: Path, workbench: Workbench, database: str, tmp_path: Path
):
    load.load(database, lived_export)
    other = written(workbench, tmp_path / "other")
    theirs, mine = (rows(folder, "workspaces")[0]["workspace_id"] for folder in (lived_export, other))
    with pytest.raises(
        ConflictError, match=rf"holds the workspace .* \({theirs}\), the export is of .*{mine}"
    ):
        load.load(database, other)
    load.load(database, other, schema="the other's")
    assert ask(database, 'SELECT workspace_id FROM "the other\'s".workspaces') == [(mine,)]
    assert_holds(database, lived_export)


@pytest.mark.wide
def test_a_store_that_went_another_way_after_a_backup_is_not_mixed_with_what_was_before(
    workbench: Workbench, database: str, tmp_path: Path
):
    live(workbench)
    whole = written(workbench, tmp_path / "whole")
    load.load(database, whole)
    ask(database, "UPDATE manifest SET body = jsonb_set(body, '{chain,head_hash}', %s)", Jsonb("f" * 64))
    _work(workbench, 1)
    later = written(workbench, tmp_path / "later")
    with pytest.raises(ConflictError, match=r"are of different histories: event \d+ is not the same"):
        load.load(database, later)


def test_a_schema_that_holds_something_else_is_left_alone(lived_export: Path, database: str):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA workbench_export; CREATE TABLE workbench_export.tasks (ours text)")
    with pytest.raises(ConflictError, match="holds tables that `workbench export load` did not make"):
        load.load(database, lived_export)
    assert ask(database, "SELECT count(*) FROM tasks") == [(0,)]


def test_an_empty_schema_that_somebody_made_for_it_is_used(lived_export: Path, database: str):
    ask(database, "CREATE SCHEMA workbench_export")
    load.load(database, lived_export)
    assert_holds(database, lived_export)


@pytest.mark.parametrize("schema", ["", "pg_temp", "pg_x", "information_schema", 'a"b', "x" * 64, "a\nb"])
def test_a_name_that_no_schema_for_an_export_can_have_is_refused(
    lived_export: Path, database: str, schema: str
):
    with pytest.raises(BadRequestError, match="cannot be the name of a schema"):
        load.load(database, lived_export, schema=schema)


# Releases


def _as_of_an_earlier_release(database: str) -> None:
    """Make the schema one that a release has loaded whose tasks had neither lateness nor all words."""
    ask(database, "DROP VIEW punctuality")
    ask(database, "ALTER TABLE tasks DROP COLUMN first_late_seconds, DROP COLUMN worked_seconds")
    ask(database, "ALTER TABLE tasks DROP CONSTRAINT tasks_status_check")
    ask(database, "ALTER TABLE tasks ADD CONSTRAINT tasks_status_check CHECK (status <> 'skipped') NOT VALID")
    ask(database, "DROP TABLE watches")
    ((package,),) = ask(database, "SELECT package FROM manifest")
    package["resources"] = [one for one in package["resources"] if one["name"] != "watches"]
    for resource in package["resources"]:
        if resource["name"] == "tasks":
            fields = resource["schema"]["fields"]
            fields[:] = [one for one in fields if one["name"] not in ("first_late_seconds", "worked_seconds")]
    ask(database, "UPDATE manifest SET package = %s, shape = 'earlier'", Jsonb(package))


def test_new_fields_tables_and_words_are_added_and_the_views_of_readers_live_on(
    lived_export: Path, database: str
):
    load.load(database, lived_export)
    ask(database, "CREATE SCHEMA ours")
    ask(database, "CREATE VIEW ours.titles AS SELECT title, status FROM tasks")
    _as_of_an_earlier_release(database)
    load.load(database, lived_export)
    assert_holds(database, lived_export)
    assert len(ask(database, "SELECT * FROM ours.titles")) == len(rows(lived_export, "tasks"))
    required = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'tasks'::regclass AND attname = %s"
    assert ask(database, required, "worked_seconds") == [(True,)]
    assert ask(database, required, "first_late_seconds") == [(False,)]
    assert ask(database, "SELECT count(*) FROM punctuality") != [(0,)]
    assert any(row["status"] == "skipped" for row in rows(lived_export, "tasks"))
    ((told,),) = ask(
        database,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'tasks_status_check'",
    )
    assert "'skipped'" in told


def test_what_readers_rely_on_does_not_go_away_under_them(lived_export: Path, database: str):
    load.load(database, lived_export)
    ((package,),) = ask(database, "SELECT package FROM manifest")
    fields = next(one for one in package["resources"] if one["name"] == "tasks")["schema"]["fields"]
    fields.append({"name": "mood", "type": "string", "description": "How it feels."})
    ask(database, "UPDATE manifest SET package = %s, shape = 'other'", Jsonb(package))
    with pytest.raises(ConflictError, match=r"tasks\.mood is gone") as refused:
        load.load(database, lived_export)
    assert refused.value.details == [
        {"code": "CONTRACT", "message": "tasks.mood is gone: there is no such field any more"}
    ]


# Readers and loads at the same time


@pytest.mark.wide  # loads twice while somebody reads
def test_whoever_reads_for_long_sees_one_night_whole_and_holds_nobody_up(
    workbench: Workbench, database: str, tmp_path: Path
):
    live(workbench)
    first = written(workbench, tmp_path / "first")
    load.load(database, first)
    _work(workbench, 1)
    second = written(workbench, tmp_path / "second")
    notes_and_events = "(SELECT count(*) FROM task_notes), (SELECT count(*) FROM audit_events)"
    query = f"SELECT {notes_and_events}, count(*) FROM punctuality"  # noqa: S608
    with asked(database) as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        before = reader.execute(query).fetchone()
        load.load(database, second)  # would wait for the reader if it altered what is read
        assert reader.execute(query).fetchone() == before
        reader.execute("COMMIT")
        after = reader.execute(query).fetchone()
    assert before is not None
    assert after is not None
    assert before[:2] == (len(rows(first, "task_notes")), len(rows(first, "audit_events")))
    assert after[:2] == (len(rows(second, "task_notes")), len(rows(second, "audit_events")))
    assert before != after


@pytest.mark.wide
def test_nothing_of_a_load_is_seen_before_all_of_it_and_a_second_one_is_refused_meanwhile(
    workbench: Workbench, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    live(workbench)
    first = written(workbench, tmp_path / "first")
    load.load(database, first)
    _work(workbench, 1)
    second = written(workbench, tmp_path / "second")
    leave = postgresql.Schema.leave
    seen: list[str] = []

    def look_then_leave(self: postgresql.Schema, *given: Any) -> None:
        assert_holds(database, first)
        monkeypatch.setattr(postgresql.Schema, "leave", leave)
        with pytest.raises(ConflictError, match="Another load into the schema workbench_export is under way"):
            load.load(database, second)
        seen.append("the night before")
        leave(self, *given)

    monkeypatch.setattr(postgresql.Schema, "leave", look_then_leave)
    load.load(database, second)
    assert seen == ["the night before"]
    assert_holds(database, second)


def test_a_load_that_must_alter_what_is_read_gives_up_in_words(
    lived_export: Path, database: str, monkeypatch: pytest.MonkeyPatch
):
    load.load(database, lived_export)
    _as_of_an_earlier_release(database)
    monkeypatch.setattr(load, "_SECONDS_TO_ALTER", 1)
    with asked(database) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT title FROM tasks")
        with pytest.raises(ConflictError, match=r"did not stop for 1 seconds\. Nothing was changed"):
            load.load(database, lived_export)


# The address


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://me:s3cret@db/reports", "not the address of a PostgreSQL database"),
        ("reports s3cret", "not the address of a PostgreSQL database"),
        ("postgresql://me:s3cr@et@db/reports", "more than one @"),
        ("postgresql://me:s3c%zzret@db/reports", "cannot be read"),
        ("postgresql://me:s3cret/x@127.0.0.1:1/reports", ""),
        ("postgresql://me:s3cret@127.0.0.1:1/reports", "Connection refused"),
        ("postgresql://me@127.0.0.1:1/reports?password=s3cret", "Connection refused"),
        ("postgresql://me:s3cret@127.0.0.1:s3cret/reports", ""),
    ],
)
def test_no_message_tells_the_password(lived_export: Path, url: str, told: str, capfd: Any):
    with pytest.raises(WorkbenchError) as refused:
        load.load(url, lived_export)
    assert told in refused.value.message
    assert "s3c" not in refused.value.message
    assert "s3c" not in "".join(capfd.readouterr())


def test_a_user_who_may_not_make_a_schema_is_told_what_is_missing(lived_export: Path, database: str):
    role = f"loader_{uuid4().hex[:8]}"
    ask(database, f"CREATE ROLE {role} LOGIN")
    try:
        with pytest.raises(UnavailableError, match="must own the schema, or may make one"):
            load.load(database.replace("//postgres:", f"//{role}:"), lived_export)
    finally:
        ask(database, f"DROP ROLE {role}")


def test_the_command_says_what_was_done(lived_export: Path, database: str, cli: Any, tmp_path: Path):
    shutil.copytree(lived_export, tmp_path / "tonight")
    count = sum(len(rows(lived_export, table.name)) for table in tables())
    said = cli("export", "load", database, str(tmp_path / "tonight"))
    assert said.code == 0
    assert f"as of 2026-11-21T09:00:00.000Z: {count} records added, 0 changed, 0 removed." in said.out
    answer = cli("export", "load", database, str(tmp_path / "tonight"), "--schema", "two", "--json").json
    assert (answer["schema"], answer["tables"]["workspaces"]) == (
        "two",
        {"added": 1, "changed": 0, "removed": 0},
    )
    assert cli("export", "load", database, str(tmp_path / "nothing")).code != 0
