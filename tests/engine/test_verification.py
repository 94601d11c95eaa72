"""Whoever changes a record by anything but Workbench is found out by ``audit verify`` (AUD-08, S8)."""

# ruff: noqa: S311, S608 - the statements, and what is drawn, are those of the tests
from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.accounts import service, sessions
from engine.accounts.models import BegunWith, User
from engine.app import Workbench
from engine.audit.chain import Anchor
from engine.audit.models import Event
from engine.audit.told import Told
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import UnavailableError
from engine.openid import people as openid
from engine.openid.provider import Person
from engine.record import Record, digests_of
from engine.tasks.models import Task
from engine.verification import AUDITED, Verdict, verify
from exports import validate, writer
from tests.changed import edited, reordered
from tests.conftest import NOW, highest_side
from tests.exports.lived import live
from tests.factories import make_people, make_task
from tests.told import saved

TABLES = {record_type.spec.table: record_type for record_type in AUDITED}
#: Without its workspace nobody can ask, and another one is another tenant with a chain of its own. Sessions
#: and links are looked at below: they are rows of no work, and forgotten when they are over.
WITHIN = [table for table, kind in TABLES.items() if table != "workspaces" and not kind.spec.forgotten]


def _few(tables: list[str]) -> list[Any]:
    """Leave every fifth table to `make test`, and the others to `make test-wide`."""
    return [
        pytest.param(table, marks=pytest.mark.wide if at % 5 else ())
        for at, table in enumerate(sorted(tables))
    ]


class _Undo(Exception):  # noqa: N818 - it is no error
    pass


@pytest.fixture(scope="module")
def lived(
    shipped_repository: Path,
    shipped_catalog: Catalog,
    new_store: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workbench]:
    """A workspace with records of every kind; every change to it is taken back."""
    file = tmp_path_factory.mktemp("lived") / "workbench.db"
    shutil.copyfile(new_store, file)
    made = Settings(content=str(shipped_repository), database=f"sqlite:///{file}", copy_links=False)
    engine = Workbench(made, clock=FixedClock(NOW), catalog=shipped_catalog, dice=highest_side)
    live(engine, "newsletter")
    with engine.transaction(engine.operator()) as tx:
        operator = tx.get(User, tx.actor.user_id)
        service.make_sign_in_link(tx, operator)
        told = {
            "issuer": "https://id.example.com",
            "subject": "o-1",
            "name": "",
            "email": None,
            "groups": None,
        }
        openid.join(tx, operator, Person(**told))
        sessions.begin(tx, operator, BegunWith.PASSWORD)
    yield engine
    engine.close()


def verdict_after(
    workbench: Workbench, change: Callable[[Callable[..., Any]], object], anchors: Sequence[Anchor] = ()
) -> Verdict:
    """Say what is found after a change by SQL, which is taken back then."""
    found: list[Verdict] = []

    def try_out() -> None:
        with workbench.transaction(workbench.operator()) as tx:
            change(tx.connection.exec_driver_sql)
            found.append(verify(tx, anchors))
            raise _Undo

    with pytest.raises(_Undo):
        try_out()
    return found[0]


def a_row(workbench: Workbench, record_type: type[Record], draw: random.Random) -> dict[str, Any]:
    with workbench.reading(workbench.operator()) as tx:
        rows = tx.database.table(record_type.spec.table).select_rows({"workspace_id": tx.workspace_id}, ())
    return json.loads(draw.choice(rows))


def where(record_type: type[Record], row: dict[str, Any]) -> str:
    return " AND ".join(f"{name} = {quoted(row[name])}" for name in record_type.spec.key)


def quoted(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def name_of(record_type: type[Record], row: dict[str, Any]) -> str:
    return f"{record_type.spec.table}/{record_type.spec.key_in(row)}"


def names(verdict: Verdict) -> list[str]:
    assert verdict.fault is None
    return [f"{found.table}/{found.key}" for found in verdict.altered]


def test_untouched_records_are_all_told_of(lived: Workbench):
    with lived.reading(lived.operator()) as tx:
        verdict = verify(tx)
        count = sum(tx.count(record_type) for record_type in AUDITED)
        events = tx.count(Event)
    assert verdict.is_intact
    assert (verdict.records, verdict.end.count) == (count, events)


@pytest.mark.few(8)
@pytest.mark.parametrize("at_most", [1, pytest.param(1000, marks=pytest.mark.wide)])
@pytest.mark.parametrize("table", TABLES)
def test_any_edited_field_of_a_record_is_found(lived: Workbench, table: str, at_most: int):
    record_type, draw = TABLES[table], random.Random(f"edit {table}")
    row = a_row(lived, record_type, draw)
    fields = sorted(row.keys() - record_type.spec.secret - set(record_type.spec.key))
    assert fields, table
    for field in draw.sample(fields, min(at_most, len(fields))):
        text = json.dumps({**row, field: edited(row[field])}, ensure_ascii=False)
        statement = f"UPDATE {table} SET document = {quoted(text)} WHERE {where(record_type, row)}"
        found = verdict_after(lived, lambda run, sent=statement: run(sent))
        assert names(found) == [name_of(record_type, row)], field
        assert found.altered[0].seq > 0


def test_another_order_of_nested_keys_is_found(lived: Workbench):
    tried = []
    for table, record_type in TABLES.items():
        with lived.reading(lived.operator()) as tx:
            texts = tx.database.table(table).select_rows({"workspace_id": tx.workspace_id}, ())
        rows = [(row, json.dumps(reordered(row), ensure_ascii=False)) for row in map(json.loads, texts)]
        turned = [(row, text) for row, text in rows if text != json.dumps(row, ensure_ascii=False)]
        if not turned:
            continue
        row, text = turned[0]
        statement = f"UPDATE {table} SET document = {quoted(text)} WHERE {where(record_type, row)}"
        found = verdict_after(lived, lambda run, sent=statement: run(sent))
        assert names(found) == [name_of(record_type, row)]
        tried.append(table)
    assert {"tasks", "task_templates", "bundles", "deliverables"} <= set(tried)


def test_another_order_stays_found_when_workbench_goes_on_from_it(
    either_workbench: Workbench, tmp_path: Path
):
    task = make_task(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        kept = tx.get(Task, task.task_id)
        kept.execution_config = {"first": 1, "second": [{"b": 0.5, "a": 1e30}]}
        saved(tx, kept)
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert verify(tx).is_intact
    where_it_is = f"WHERE task_id = '{task.task_id}'"
    with either_workbench.database.write() as connection:
        text = connection.exec_driver_sql(f"SELECT document FROM tasks {where_it_is}").scalar()
        other = text.replace('{"b":0.5,"a":1e+30}', '{"a":1e+30,"b":0.5}')
        assert other != text
        connection.exec_driver_sql(f"UPDATE tasks SET document = {quoted(other)} {where_it_is}")
    with either_workbench.transaction(either_workbench.operator()) as tx:
        kept = tx.get(Task, task.task_id)
        kept.title = "Another"
        saved(tx, kept)
    with either_workbench.reading(either_workbench.operator()) as tx:
        found = verify(tx)
    assert names(found) == [f"tasks/{task.task_id}"]
    assert "goes on from another state" in found.altered[0].message


def test_events_of_earlier_releases_tell_no_order_and_blame_none():
    spec, document = Task.spec, {"task_id": "tsk_1", "title": "One", "proof": {"b": 1, "a": 2}}
    digests = digests_of(document)
    for order, blamed in ({}, False), ({"order:tasks/tsk_1": digests.order}, True):
        told = Told()
        list(told.listening([{"seq": 1, "record_hashes": {"tasks/tsk_1": digests.content, **order}}]))
        assert (told.altered(spec, reordered(document)) is not None) is blamed


@pytest.mark.parametrize("table", _few(WITHIN))
def test_a_removed_record_is_found(lived: Workbench, table: str):
    record_type, draw = TABLES[table], random.Random(f"remove {table}")
    row = a_row(lived, record_type, draw)
    found = verdict_after(lived, lambda run: run(f"DELETE FROM {table} WHERE {where(record_type, row)}"))
    assert names(found) == [name_of(record_type, row)]
    assert "removed" in found.altered[0].message


@pytest.mark.parametrize("table", _few(WITHIN))
def test_an_added_record_is_found(lived: Workbench, table: str):
    record_type, draw = TABLES[table], random.Random(f"add {table}")
    row = a_row(lived, record_type, draw)
    key = record_type.spec.key[0]
    other = {**row, key: f"{row[key]}2"}

    found = verdict_after(lived, lambda run: copy_of(run, record_type, row, other))
    assert names(found) == [f"{table}/" + name_of(record_type, other).partition("/")[2]]
    assert "added" in found.altered[0].message


def copy_of(
    run: Callable[..., Any],
    record_type: type[Record],
    row: dict[str, Any],
    other: dict[str, Any],
    **as_sql: str,
) -> None:
    """Add a row with the document ``other`` beside that of ``row``, with its columns but for ``as_sql``."""
    table, key = record_type.spec.table, record_type.spec.key[0]
    copy = run(f"SELECT * FROM {table} WHERE {where(record_type, row)}")
    columns, [values] = list(copy.keys()), copy.fetchall()
    kept = {**dict(zip(columns, values, strict=True)), key: other[key], "document": json.dumps(other)}
    kept |= {name: f"{kept[name]}2" for unique in record_type.spec.unique for name in unique[-1:]}
    kept.pop("doc_id", None)
    sent = {name: "NULL" if value is None else literal(value) for name, value in kept.items()} | as_sql
    run(f"INSERT INTO {table} ({', '.join(sent)}) VALUES ({', '.join(sent.values())})".replace("%", "%%"))


def literal(value: object) -> str:
    return str(value) if isinstance(value, bool | int) else quoted(value)


def test_a_record_that_is_filed_elsewhere_is_found(lived: Workbench):
    found = verdict_after(lived, lambda run: run("UPDATE tasks SET status = 'cancelled'"))
    with lived.reading(lived.operator()) as tx:
        count = tx.database.table("tasks").count_rows({})
    assert 0 < len(found.altered) <= count
    assert {one.message for one in found.altered} == {"is filed under another status than it says"}


def test_a_text_that_is_no_record_is_found(lived: Workbench):
    row = a_row(lived, TABLES["task_notes"], random.Random(1))
    for text in ("", "[]", "{", '{"body": NaN}'):
        sent = f"UPDATE task_notes SET document = '{text}' WHERE {where(TABLES['task_notes'], row)}"
        found = verdict_after(lived, lambda run, sent=sent: run(sent))
        assert names(found) == [name_of(TABLES["task_notes"], row)], text


def test_a_chain_that_was_cut_together_with_its_head_is_found_by_an_end_kept_elsewhere(workbench: Workbench):
    make_task(workbench)
    with workbench.reading(workbench.operator()) as tx:
        end, before = verify(tx).end, tx.find(Event, order_by=("seq",))[-2]

    def cut(run: Callable[..., Any]) -> None:
        for verb in ("update", "delete"):
            run(f"DROP TRIGGER audit_events_no_{verb}")
        run(f"DELETE FROM audit_events WHERE seq = {end.count}")
        run(f"UPDATE store_heads SET position = {before.seq}, digest = '{before.hash}'")
        run("DELETE FROM tasks")

    found = verdict_after(workbench, cut)
    assert found.is_intact, "the store alone cannot tell"
    assert found.end == Anchor(before.seq, before.hash)

    fault = verdict_after(workbench, cut, [end]).fault
    assert fault is not None
    assert "was anchored" in fault.message


def test_the_command_line_names_each_altered_record(workbench: Workbench, cli):
    tasks = [make_task(workbench, title=f"Task {number}") for number in range(2)]
    with workbench.database.write() as connection:
        connection.exec_driver_sql("UPDATE tasks SET document = replace(document, 'Task ', 'Job ')")
    answer = cli("audit", "verify", "--json")
    assert answer.code == 1
    details = answer.json["error"]["details"]
    assert [detail["code"] for detail in details] == ["RECORD_ALTERED"] * 2
    assert {detail["key"] for detail in details} == {task.task_id for task in tasks}
    text = cli("audit", "verify").err
    assert "2 records are not what the events tell." in text
    for task in tasks:
        assert f"tasks/{task.task_id}: was changed: event" in text


@pytest.mark.parametrize("elsewhere", ["'wsp_other'", pytest.param("NULL", marks=pytest.mark.wide)])
@pytest.mark.parametrize("table", _few(WITHIN))
def test_an_added_record_is_found_though_it_is_filed_under_another_workspace(
    lived: Workbench, table: str, elsewhere: str
):
    """Whoever looks a record up by its id, or by what it belongs to, finds it there all the same."""
    record_type, draw = TABLES[table], random.Random(f"hide {table}")
    row = a_row(lived, record_type, draw)
    key = record_type.spec.key[0]
    other = {**row, key: f"{row[key]}2"}

    def hide(run: Callable[..., Any]) -> None:
        copy_of(run, record_type, row, other, workspace_id=elsewhere)

    if elsewhere == "NULL" and "workspace_id" in record_type.spec.key:
        return  # a key is never empty
    found = verdict_after(lived, hide)
    assert [name.split("/")[:2] for name in names(found)] == [[table, other[key]]]


@pytest.mark.parametrize("table", _few([table for table in TABLES if table != "workspaces"]))
def test_an_added_record_is_found_though_it_says_to_be_of_a_workspace_that_nobody_verifies(
    lived: Workbench, table: str
):
    """What belongs to a task, a bundle or a user is looked for by that, and would be shown with it."""
    record_type, draw = TABLES[table], random.Random(f"abroad {table}")
    row = a_row(lived, record_type, draw)
    key = record_type.spec.key[0]
    points = [name for name in record_type.spec.references if name != "workspace_id" and row[name]]
    other = {**row, "workspace_id": "wsp_other", key: f"{row[key]}2"}
    columns = {"workspace_id": "'wsp_other'"}
    if "token_hash" in row:
        other["token_hash"] = f"{row['token_hash']}2"
        columns["token_hash"] = quoted(other["token_hash"])
    found = verdict_after(lived, lambda run: copy_of(run, record_type, row, other, **columns))
    assert names(found) == ([name_of(record_type, other)] if points else []), (
        "nobody finds what belongs to none"
    )
    told = {"is of another workspace and points at" in one.message for one in found.altered}
    assert told == ({True} if points else set())


def test_a_row_of_another_workspace_whose_columns_alone_point_here_is_found(lived: Workbench):
    record_type = TABLES["task_notes"]
    row = a_row(lived, record_type, random.Random("columns"))
    other = {**row, "workspace_id": "wsp_other", "task_note_id": "nte_2", "task_id": "tsk_other"}
    abroad = {"workspace_id": "'wsp_other'"}
    found = verdict_after(lived, lambda run: copy_of(run, record_type, row, other, **abroad))
    assert names(found) == ["task_notes/nte_2"]


@pytest.mark.wide  # makes a store of another release
def test_a_column_of_a_field_that_was_taken_out_is_found(lived: Workbench):
    """What is empty stays out of the hash, so the field itself may go; its column may not say otherwise."""
    told = 0
    for table, record_type in TABLES.items():
        row = a_row(lived, record_type, random.Random(f"empty {table}"))
        for field in sorted(set(record_type.spec.promoted) & {name for name in row if row[name] is None}):
            text = json.dumps({name: value for name, value in row.items() if name != field})
            value = 7 if field in ("wanted", "position") else "'x'"
            sent = f"UPDATE {table} SET document = {quoted(text)}, {field} = {value} "
            sent += f"WHERE {where(record_type, row)}"
            found = verdict_after(lived, lambda run, sent=sent: run(sent))
            assert names(found) == [name_of(record_type, row)], field
            assert f"filed under another {field}" in found.altered[0].message
            told += 1
    assert told > 5


def test_a_head_that_tells_another_time_than_its_chain_is_found(lived: Workbench):
    for latest in ("", "2026-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z", "yesterday"):
        found = verdict_after(
            lived, lambda run, latest=latest: run(f"UPDATE store_heads SET latest = '{latest}'")
        )
        assert [one.table for one in found.altered] == ["store_heads"], latest
        assert "as the latest time" in found.altered[0].message


def test_it_is_remarked_that_the_clock_was_set_back(workbench: Workbench, cli):
    """Whoever may set the clock and the store's latest time back leaves events that go back in time."""
    make_task(workbench)
    with workbench.database.write() as connection:
        connection.exec_driver_sql("UPDATE store_heads SET latest = ''")
    workbench.clock.set(NOW - timedelta(days=30))
    make_task(workbench)
    with workbench.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE store_heads SET latest = (SELECT max(occurred_at) FROM audit_events)"
        )
    told = cli("audit", "verify", "--json").json
    assert told["intact"]
    assert "tell an earlier time than the one before them" in told["remark"]
    assert "an earlier time" in cli("audit", "verify").out


def test_nothing_is_proven_about_a_store_that_says_it_is_of_a_newer_release(
    workbench: Workbench, cli, tmp_path
):
    """Such a store may file records in another way, so columns could not be held against them."""
    with workbench.database.write() as connection:
        version = workbench.database.known_version + 1
        row = f"{version}, 'more', '2026-11-28T00:00:00.000Z', '9.0.0', {version - 1}"
        connection.exec_driver_sql(f"INSERT INTO store_migrations VALUES ({row})")
        connection.exec_driver_sql("UPDATE users SET former_list = '[]'")
    for words in (("verify",), ("anchor", str(tmp_path / "anchors"))):
        answer = cli("audit", *words)
        assert answer.code == 3, answer.out
        assert "Verify with the newer release" in answer.err
    assert not (tmp_path / "anchors").exists()


def test_what_was_changed_by_sql_stays_found_when_workbench_goes_on_from_it(
    either_workbench: Workbench, tmp_path: Path
):
    """Whoever gives themselves a role and has their name corrected then has not had the role told of."""
    people = make_people(either_workbench)
    with either_workbench.reading(either_workbench.operator()) as tx:
        ben = tx.get(User, people["ben"].user_id)
        assert verify(tx).is_intact
    with either_workbench.database.write() as connection:
        row = connection.exec_driver_sql(
            f"SELECT document FROM users WHERE user_id = '{ben.user_id}'"
        ).scalar()
        forged = json.dumps({**json.loads(row), "roles": ["admin"]})
        connection.exec_driver_sql(
            f"UPDATE users SET document = {quoted(forged)} WHERE user_id = '{ben.user_id}'"
        )
    with either_workbench.transaction(either_workbench.operator()) as tx:
        service.set_password(tx, ben.user_id, "$argon2id$of-another-password")
    with either_workbench.reading(either_workbench.operator()) as tx:
        found = verify(tx)
    assert names(found) == [f"users/{ben.user_id}"]
    assert "goes on from another state" in found.altered[0].message
    writer.write(either_workbench, either_workbench.operator(), tmp_path / "out")
    told = [one for one in validate.check(tmp_path / "out") if one.rule == "told"]
    assert [(one.file, one.line) for one in told] == [("audit_events.jsonl", found.end.count)]


def by_sql(workbench: Workbench, statement: str) -> list[str]:
    """Run a statement as somebody with a shell does; return the records that are named then."""
    with workbench.reading(workbench.operator()) as tx:
        assert verify(tx).is_intact
    with workbench.database.write() as connection:
        connection.exec_driver_sql(statement.replace("%", "%%"))
    with workbench.reading(workbench.operator()) as tx:
        return [str(one) for one in verify(tx).altered]


def first(workbench: Workbench, table: str) -> dict[str, Any]:
    [text] = workbench.database.table(table).select_rows({}, limit=1)
    return json.loads(text)


@pytest.mark.parametrize("latest", ["9999-12-31T23:59:59.999Z", "yesterday"])
def test_a_latest_time_that_none_can_follow_is_named_by_whoever_needs_it(
    workbench: Workbench, cli, latest: str
):
    with workbench.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE store_heads SET latest = '{latest}'")
    with pytest.raises(UnavailableError, match="no time can follow"):
        make_task(workbench)
    assert "no time can follow" in cli("doctor").out
    assert "as the latest time in the chain" in cli("audit", "verify").err
