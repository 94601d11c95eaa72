"""A record that cannot be read is named, and leaves the rest usable (S11)."""

# ruff: noqa: S311, S608 - chance is no secret here, and the names are ours

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.access import Actor
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.deliverables.models import Approval, Deliverable
from engine.entities import RECORD_TYPES, table_specs
from engine.errors import UnavailableError, UnreadableRecordError
from engine.qa.models import QaReview
from engine.record import Record
from engine.tasks import lifecycle, notes
from engine.tasks.models import Note, Task
from exports import writer
from tests.conftest import NOW, opened
from tests.databases import PostgresStores
from tests.factories import make_people, make_task
from tests.web.conftest import Visitor
from tests.web.forgetting import forget
from tests.web.populated import PopulatedStore, Subjects, populate
from tests.web.test_statements import PAGES
from web.context import hold_workbench

Document = dict[str, Any]


def _without_a_field(document: Document, kind: type[Record]) -> str:
    name = next(name for name, field in reversed(kind.model_fields.items()) if field.is_required())
    return json.dumps({key: value for key, value in document.items() if key != name})


def _of_a_wrong_type(document: Document, kind: type[Record]) -> str:
    name = list(kind.model_fields)[-1]
    return json.dumps({**document, name: {"not": ["this"]}})


#: What somebody makes of a document who writes past Workbench.
BREAKS: dict[str, Callable[[Document, type[Record]], str]] = {
    "no JSON": lambda document, _: json.dumps(document)[:-7],
    "null": lambda _, __: "null",
    "a list": lambda document, _: json.dumps([document]),
    "a field less": _without_a_field,
    "a wrong type": _of_a_wrong_type,
    "an unknown field": lambda document, _: json.dumps({**document, "surprise": 1}),
    "nothing": lambda _, __: "",
}
#: A manager, a member and a partner's user.
LOOKERS = ("mara", "ana", "pat")
TABLES = RECORD_TYPES
#: Which records chance breaks, and how; two are tried by `make test-wide`.
SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))]
#: Without these nobody can tell who asks: whose own cannot be read has no pages, and is told which it is.
_WHO_ASKS = ("workspaces", "users", "sessions", "employees")


def break_one(workbench: Workbench, kind: type[Record], how: str, dice: random.Random) -> str | None:
    """Break a random record of a table by SQL; return its id, None where the table is empty."""
    broken = _break(workbench, kind, how, lambda rows: [dice.choice(rows)])
    return broken[0] if broken else None


def _break(
    workbench: Workbench, kind: type[Record], how: str, choose: Callable[[list[Any]], list[Any]]
) -> list[str]:
    """Break the records of a table that are chosen of its ids and documents; return their ids."""
    table = kind.spec.table
    with workbench.database.write() as connection:
        rows = connection.exec_driver_sql(
            f'SELECT doc_id, document FROM "{table}" ORDER BY doc_id'
        ).fetchall()
        if not rows:
            return []
        if kind.spec.append_only:
            spec = next(spec for spec in table_specs() if spec.name == table)
            for statement in workbench.database.dialect.drop_triggers_ddl(spec):
                connection.exec_driver_sql(statement)
        mark = workbench.database.dialect.mark
        update = f'UPDATE "{table}" SET document = {mark} WHERE doc_id = {mark}'
        chosen = [(doc_id, json.loads(text)) for doc_id, text in choose(list(rows))]
        for doc_id, document in chosen:
            connection.exec_driver_sql(update, (BREAKS[how](document, kind), doc_id))
    return [str(document[kind.spec.id_field]) for _, document in chosen]


@pytest.mark.parametrize("kind", TABLES[::16], ids=lambda kind: kind.spec.table)
def test_every_page_but_that_of_the_record_itself_goes_on(
    kind: type[Record], app: Flask, populated: Workbench, populated_store: PopulatedStore
) -> None:
    """Each page is opened by one of those who look, whom chance chooses; below by all, for every table."""
    people, subjects = populated_store.people, populated_store.subjects
    _every_other_page_goes_on(kind, app, populated, people, subjects, seed=0, lookers=1)


@pytest.fixture(scope="session")
def populated_postgres(
    postgres_url_factory: Callable[[], str],
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[PostgresStores, list[PopulatedStore]]:
    """The same as ``populated_store`` on PostgreSQL, and what was made in each; the last is the one lent."""
    made: list[PopulatedStore] = []

    def make(url: str) -> None:
        folder, clock = tmp_path_factory.mktemp("populated"), FixedClock(NOW)
        with opened(url, folder, shipped_repository, shipped_catalog, clock) as workbench:
            people = make_people(workbench)
            subjects = populate(workbench, people, 2)
        made.append(PopulatedStore(folder=folder, people=people, subjects=subjects, moment=clock.now()))

    return PostgresStores(postgres_url_factory(), make), made


@pytest.fixture
def populated_on_postgres(
    populated_postgres: tuple[PostgresStores, list[PopulatedStore]],
    shipped_repository: Path,
    shipped_catalog: Catalog,
) -> Iterator[tuple[Workbench, PopulatedStore]]:
    stores, made = populated_postgres
    with stores.lent() as url:
        store = made[-1]
        clock = FixedClock(store.moment)
        with opened(url, store.folder, shipped_repository, shipped_catalog, clock) as workbench:
            yield workbench, store


@pytest.mark.wide
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", TABLES, ids=[kind.spec.table for kind in TABLES])
def test_every_page_goes_on_however_a_record_is_broken(
    kind: type[Record], app: Flask, populated: Workbench, populated_store: PopulatedStore, seed: int
) -> None:
    people, subjects = populated_store.people, populated_store.subjects
    _every_other_page_goes_on(kind, app, populated, people, subjects, seed, lookers=len(LOOKERS))


@pytest.mark.wide
@pytest.mark.parametrize("seed", SEEDS[1:])
@pytest.mark.parametrize("kind", TABLES, ids=[kind.spec.table for kind in TABLES])
def test_every_page_goes_on_however_a_record_is_broken_on_postgresql(
    kind: type[Record], app: Flask, populated_on_postgres: tuple[Workbench, PopulatedStore], seed: int
) -> None:
    """Who looks is chosen by chance: what each of them sees does not hang on the database."""
    workbench, store = populated_on_postgres
    _every_other_page_goes_on(kind, app, workbench, store.people, store.subjects, seed, lookers=1)


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("kind", [Bundle, Task])
def test_a_proposal_tells_what_it_changes_without_the_work_that_cannot_be_read(
    kind: type[Record], how: str, app: Flask, populated: Workbench, populated_store: PopulatedStore
) -> None:
    """Running work is read past its records there, which is faster; that must not make it less careful."""
    hold_workbench(app.extensions, populated)
    assert _break(populated, kind, how, lambda rows: rows)
    mara = Visitor.signed_in(app, populated_store.people["mara"].user_id)
    page = mara.get(f"/proposals/{populated_store.subjects.proposal}")
    assert page.status_code == 200
    assert "Running bundles" in page.text


def _every_other_page_goes_on(
    kind: type[Record],
    app: Flask,
    workbench: Workbench,
    people: dict[str, Actor],
    subjects: Subjects,
    seed: int,
    lookers: int,
) -> None:
    dice = random.Random(f"{kind.spec.table} {seed}")
    hold_workbench(app.extensions, workbench)
    visitors = {who: Visitor.signed_in(app, people[who].user_id) for who in LOOKERS}
    how = dice.choice(sorted(BREAKS))
    broken = break_one(workbench, kind, how, dice)
    if broken is None:
        unfilled = {"idempotency_keys", "kept_answers", "sign_in_links"}
        assert kind.spec.table in unfilled, "populate fills every other table"
        return
    failed = []
    for page in PAGES:
        for who in dice.sample(LOOKERS, lookers):
            answer = visitors[who].get(page.format(**asdict(subjects)))
            # No list may end because of a record in it; but who asks must be known.
            is_of_one = "{" in page or kind.spec.table in _WHO_ASKS
            own = is_of_one and "cannot be read" in answer.text and broken in answer.text
            if answer.status_code >= 500 and not own:
                failed.append((who, page, how, answer.status_code))
    assert failed == []


def _break_note(workbench: Workbench) -> tuple[Task, str]:
    """Break the first of two notes on a task; return the task and the note's id."""
    task = make_task(workbench, title="Knit socks")
    with workbench.transaction(workbench.operator()) as tx:
        first = notes.add(tx, task.task_id, "the first remark")
        notes.add(tx, task.task_id, "the second remark")
    with workbench.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE task_notes SET document = '' WHERE task_note_id = '" + first.task_note_id + "'"
        )
    return task, first.task_note_id


def test_a_page_names_what_it_leaves_out_and_shows_the_rest(app: Flask, either_workbench: Workbench) -> None:
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    task, note_id = _break_note(either_workbench)
    page = Visitor.signed_in(app, people["mara"].user_id).get(f"/tasks/{task.task_id}")
    assert page.status_code == 200
    assert f"One record could not be read and is left out here: task_notes {note_id}" in page.text
    assert "the second remark" in page.text
    assert "could not be read" not in Visitor.signed_in(app, people["mara"].user_id).get("/bundles").text


def test_records_that_are_broken_alike_are_each_named(app: Flask, either_workbench: Workbench) -> None:
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    task, _ = _break_note(either_workbench)
    with either_workbench.reading(either_workbench.operator()) as tx:
        rows = tx.database.run("SELECT task_note_id FROM task_notes")
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql("UPDATE task_notes SET document = ''")
    page = Visitor.signed_in(app, people["mara"].user_id).get(f"/tasks/{task.task_id}").text
    assert "2 records could not be read" in page
    assert len(rows) == 2
    assert [f"task_notes {name}" in page for (name,) in rows] == [True, True]


def test_a_record_of_another_workspace_is_not_there_though_it_cannot_be_read(
    app: Flask, either_workbench: Workbench
) -> None:
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    subjects = populate(either_workbench, people, 2)
    mara = Visitor.signed_in(app, people["mara"].user_id)
    for table, address in (
        ("deliverables", f"/deliverables/{subjects.shown}/view"),
        ("bundles", f"/bundles/{subjects.bundle}"),
    ):
        with either_workbench.database.write() as connection:
            connection.exec_driver_sql(f"UPDATE {table} SET document = '[]'")
        assert mara.get(address).status_code == 500, "its own cannot be read, and is named"
        with either_workbench.database.write() as connection:
            connection.exec_driver_sql(f"UPDATE {table} SET workspace_id = 'wsp_other'")
        forget(app)
        answer = mara.get(address)
        assert answer.status_code == 404
        assert "could not be read" not in answer.text


@pytest.fixture(scope="module")
def filled(shared_workbench: Workbench) -> tuple[Workbench, dict[str, Actor]]:
    people = make_people(shared_workbench)
    populate(shared_workbench, people, 2)
    return shared_workbench, people


@contextmanager
def all_broken(workbench: Workbench, table: str) -> Iterator[None]:
    """Break every record of a table by SQL, until the block ends."""
    mark = workbench.database.dialect.mark
    with workbench.database.write() as connection:
        rows = connection.exec_driver_sql(f"SELECT document, doc_id FROM {table}").fetchall()
        connection.exec_driver_sql(f"UPDATE {table} SET document = '{{}}'")
    try:
        yield
    finally:
        with workbench.database.write() as connection:
            for row in rows:
                put_back = f"UPDATE {table} SET document = {mark} WHERE doc_id = {mark}"
                connection.exec_driver_sql(put_back, tuple(row))


@pytest.mark.few(3)
@pytest.mark.parametrize("kind", [Task, Deliverable, Approval, QaReview, Note])
def test_an_inbox_goes_on_where_what_an_item_is_about_cannot_be_read(
    kind: type[Record], app: Flask, filled: tuple[Workbench, dict[str, Actor]]
) -> None:
    workbench, people = filled
    hold_workbench(app.extensions, workbench)
    forget(app)
    visitors = {who: Visitor.signed_in(app, people[who].user_id) for who in LOOKERS}
    places = {
        (who, path + key)
        for who, visitor in visitors.items()
        for path in ("/inbox?item=", "/inbox?seen=1&item=")
        for key in ("", *re.findall(r'id="item-(\w+)"', visitor.get(path).text))
    }
    with all_broken(workbench, kind.spec.table):
        forget(app)
        failed = [(who, path) for who, path in sorted(places) if visitors[who].get(path).status_code != 200]
    assert failed == []
    assert len(places) > 10


def test_the_page_of_the_record_itself_says_that_it_cannot_be_read_and_a_partner_that_there_is_none(
    app: Flask, either_workbench: Workbench
) -> None:
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    subjects = populate(either_workbench, people, 2)
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql("UPDATE deliverables SET document = '[]'")
    address = f"/deliverables/{subjects.shown}/view"
    answer = Visitor.signed_in(app, people["mara"].user_id).get(address)
    assert answer.status_code == 500
    assert f"deliverables {subjects.shown} in the store cannot be read" in answer.text
    assert "Traceback" not in answer.text
    partners = Visitor.signed_in(app, people["pat"].user_id)
    assert partners.get(address).status_code == 404
    inbox = partners.get("/inbox").text
    assert subjects.shown not in inbox


def test_the_command_line_shows_the_rest_and_names_the_record_on_standard_error(
    workbench: Workbench, cli: Callable[..., Any]
) -> None:
    task, note_id = _break_note(workbench)
    workbench.close()
    shown = cli("task", "show", str(task.task_number))
    assert shown.code == 0
    assert "the second remark" in shown.out
    assert f"task_notes {note_id} could not be read and is left out. Run: workbench doctor" in shown.err


def test_what_would_be_written_on_a_record_that_cannot_be_read_is_refused(
    either_workbench: Workbench,
) -> None:
    task = make_task(either_workbench)
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql("UPDATE tasks SET document = '{'")
    operator = either_workbench.operator()
    with either_workbench.reading(operator) as tx:
        assert tx.find(Task) == []
    refusal = pytest.raises(UnreadableRecordError, match=f"tasks {task.task_id} in the store cannot be read")
    with refusal, either_workbench.transaction(operator) as tx:
        tx.find(Task)
    again = pytest.raises(UnreadableRecordError, match=task.task_id)
    with again, either_workbench.transaction(operator) as tx:
        lifecycle.start(tx, task.task_id)


def test_an_export_names_all_records_that_cannot_be_read_and_writes_nothing(
    either_workbench: Workbench, tmp_path: Path
) -> None:
    task, note_id = _break_note(either_workbench)
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql("UPDATE tasks SET document = 'null'")
    with pytest.raises(UnavailableError, match="2 records cannot be read") as refused:
        writer.write(either_workbench, either_workbench.operator(), tmp_path / "out")
    told = " ".join(detail["message"] for detail in refused.value.details)
    assert note_id in told
    assert task.task_id in told
    assert list(tmp_path.glob("out*")) == []
