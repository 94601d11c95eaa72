"""A backup is put back under servers that run on: nobody sees, or may do, what was only in the lost past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from engine.access import Actor, Role
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.audit import history, topics
from tests.databases import PostgresStores
from tests.factories import make_people, make_task
from tests.web.conftest import Visitor
from web.context import hold_workbench


@pytest.fixture
def store_url(postgres_stores: PostgresStores) -> Iterator[str]:
    """Only PostgreSQL: with SQLite a server refuses to go on with another file (S24)."""
    with postgres_stores.lent() as url:
        yield url


@pytest.fixture
def people(either_workbench: Workbench, app: Flask) -> dict[str, Actor]:
    hold_workbench(app.extensions, either_workbench)
    return make_people(either_workbench)


@contextmanager
def backup(url: str) -> Iterator[Callable[[], None]]:
    """Keep every row as it is now; give what puts them back, in one transaction, as a restored dump does."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        pairs = [(sql.Identifier(name), sql.Identifier(f"{name}_kept")) for (name,) in found.fetchall()]
        for table, kept in pairs:
            connection.execute(sql.SQL("CREATE TEMPORARY TABLE {} AS TABLE {}").format(kept, table))

        def put_back() -> None:
            every = sql.SQL(", ").join(table for table, _ in pairs)
            with connection.transaction():
                connection.execute("SET LOCAL session_replication_role = replica")
                connection.execute(sql.SQL("TRUNCATE {}").format(every))
                for table, kept in pairs:
                    connection.execute(sql.SQL("INSERT INTO {} TABLE {}").format(table, kept))

        yield put_back


def position(workbench: Workbench, topic: str) -> int:
    with workbench.reading(workbench.system_actor()) as tx:
        return history.positions(tx, [topic])[topic]


def test_a_page_of_the_lost_past_is_shown_to_nobody_again(
    app: Flask, either_workbench: Workbench, people: dict[str, Actor], store_url: str
):
    mara, again = (Visitor.signed_in(app, people["mara"].user_id) for _ in range(2))
    with backup(store_url) as put_back:
        make_task(either_workbench, title="Only in the lost past")
        was = position(either_workbench, topics.BOARD)
        seen = mara.get("/board")
        assert "Only in the lost past" in seen.text
        put_back()
        make_task(either_workbench, title="Only in the present")
        assert position(either_workbench, topics.BOARD) == was, "the numbers are the same"
        for visitor, headers in ((mara, {"If-None-Match": seen.headers["ETag"]}), (mara, {}), (again, {})):
            page = visitor.get("/board", headers=headers)
            assert page.status_code == 200
            assert "Only in the present" in page.text
            assert "Only in the lost past" not in page.text


def test_rights_of_the_lost_past_are_gone(
    app: Flask, either_workbench: Workbench, people: dict[str, Actor], store_url: str
):
    ben = Visitor.signed_in(app, people["ben"].user_id)
    link = f"/people/users/{people['ana'].user_id}/link"

    def change(name: str, role: Role) -> int:
        with either_workbench.transaction(either_workbench.operator()) as tx:
            accounts.change_user(tx, people[name].user_id, roles=[role])
        return position(either_workbench, topics.REFERENCE)

    with backup(store_url) as put_back:
        was = change("ben", Role.ADMIN)
        assert ben.post(link).status_code == 200
        put_back()
        assert change("ana", Role.MANAGER) == was, "the numbers are the same"
        assert ben.post(link).status_code == 403, "Ben is no admin in the store that was put back"
