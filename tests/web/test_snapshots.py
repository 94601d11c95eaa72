"""One snapshot and one read of positions per answer; what a process keeps is never older than it says."""

from __future__ import annotations

import gc
import re
import shutil
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, template_rendered
from sqlalchemy import Connection, event

from engine.access import Actor, Role
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks import help as help_requests
from engine.tasks import update
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests.factories import make_bundle, make_people, make_task
from tests.web.conftest import Visitor, begun
from tests.web.forgetting import forget
from tests.web.populated import PopulatedStore, Subjects
from web import create_app, live
from web.context import hold_workbench
from web.pages import task_loading

PAGES = (
    "/board", "/my-work", "/inbox", "/bundles", "/bundles/{bundle}", "/tasks/{task}", "/tasks/{task}/story",
    "/stuck", "/reports", "/templates",
)  # fmt: skip


@contextmanager
def counted_blocks(workbench: Workbench) -> Iterator[list[str]]:
    """Give a list that grows with each block that is opened on the store."""
    engine, begun = workbench.database._transactions.engine, list[str]()

    def note(_connection: Connection) -> None:
        begun.append("block")

    event.listen(engine, "begin", note)
    try:
        yield begun
    finally:
        event.remove(engine, "begin", note)


@contextmanager
def rendered(app: Flask) -> Iterator[list[str]]:
    """Give a list that grows with the name of each template that is rendered."""
    names: list[str] = []

    def note(_app: Flask, template: Any, **_: object) -> None:
        names.append(template.name)

    with template_rendered.connected_to(note, app):
        yield names


@pytest.fixture
def workbench(populated: Workbench) -> Workbench:
    return populated


@pytest.fixture
def people(populated_store: PopulatedStore) -> dict[str, Actor]:
    return populated_store.people


@pytest.fixture
def subjects(populated_store: PopulatedStore) -> Subjects:
    return populated_store.subjects


@pytest.fixture
def elsewhere(workbench: Workbench, shipped_catalog: Catalog) -> Iterator[Workbench]:
    """Another process's engine on the same store."""
    engine = Workbench(workbench.settings, clock=workbench.clock, catalog=shipped_catalog)
    yield engine
    engine.close()


# -- one snapshot ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_in_one_block_with_who_asks_and_what_waits(
    app: Flask, workbench: Workbench, mara: Visitor, subjects: Subjects, page: str
):
    forget(app)
    with counted_blocks(workbench) as begun:
        assert mara.get(page.format(**asdict(subjects))).status_code == 200
    assert begun == ["block"]


def test_what_a_page_shows_and_the_count_beside_it_are_of_one_moment(
    app: Flask,
    elsewhere: Workbench,
    people: dict[str, Actor],
    mara: Visitor,
    subjects: Subjects,
    monkeypatch: pytest.MonkeyPatch,
):
    read, before = task_loading.load, _waiting(mara.get("/board").text)

    def read_while_ana_asks(*given: Any, **named: Any) -> Any:
        page = read(*given, **named)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(ask, elsewhere, people["ana"], subjects.pending).result()
        return page

    monkeypatch.setattr(task_loading, "load", read_while_ana_asks)
    forget(app)
    page = mara.get(f"/tasks/{subjects.pending}")
    monkeypatch.undo()
    assert ("Is this the right tone?" in page.text, _waiting(page.text)) == (False, before)
    again = mara.get(f"/tasks/{subjects.pending}", headers={"If-None-Match": page.headers["ETag"]})
    assert ("Is this the right tone?" in again.text, _waiting(again.text)) == (True, before + 1)


def _waiting(text: str) -> int:
    found = re.search(r'id="inbox-count"[^>]*>(\d+)', text)
    assert found
    return int(found[1])


def ask(workbench: Workbench, actor: Actor, task_id: str) -> None:
    with workbench.transaction(actor) as tx:
        help_requests.ask(tx, task_id, "Is this the right tone?")


def test_what_a_reader_found_in_a_snapshot_is_known_to_the_next_block_in_it_and_to_nobody_else(
    workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(workbench, actor=people["mara"])
    with workbench.reading(people["mara"]) as outer:
        found = outer.get(Task, task.task_id)
        with workbench.reading(people["mara"]) as inner, workbench.reading(people["sam"]) as other:
            assert inner.get(Task, task.task_id) is found
            assert other.get(Task, task.task_id) is not found
    with workbench.reading(people["mara"]) as later:
        assert later.get(Task, task.task_id) is not found


def test_what_was_read_for_an_answer_is_let_go_with_it(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    """A process lives for months: what each page leaves behind is never found by anybody again (P5)."""
    task = make_task(workbench, actor=people["mara"])
    gc.collect(1)  # from here on, what is made is of the youngest generation
    gc.disable()  # nothing may wait for it either
    try:
        with workbench.reading(people["mara"]) as tx:
            tx.get(Task, task.task_id)
            read = weakref.ref(tx)
        del tx
        for address in ("/board", f"/tasks/{task.task_id}", "/inbox"):
            assert mara.get(address).status_code == 200
        left = [one for one in gc.get_objects(0) if isinstance(one, Transaction)]
    finally:
        gc.enable()
    assert read() is None
    assert left == []


@pytest.mark.wide
def test_a_page_of_a_store_that_was_replaced_by_an_older_copy_is_not_called_unchanged(
    clock: FixedClock, shipped_catalog: Catalog, tmp_path: Path
):
    """As many things happened in both, and not the same ones; a server starts between them (P2)."""
    kept, tag = tmp_path / "kept.db", ""
    settings = Settings(content="", database=f"sqlite:///{tmp_path}/store.db")
    with closing(Workbench(settings, clock=clock, catalog=shipped_catalog)):
        pass
    for name in ("The first", "Another one"):
        with closing(Workbench(settings, clock=clock, catalog=shipped_catalog)) as engine:
            if not tag:
                with (
                    closing(sqlite3.connect(tmp_path / "store.db")) as store,
                    closing(sqlite3.connect(kept)) as copy,
                ):
                    store.backup(copy)
            make_task(engine, actor=engine.operator(), title=name)
            visitor = Visitor(create_app(engine, secret_key="x").test_client())
            with visitor.client.session_transaction() as session:
                session.update(token=begun(engine, engine.operator().user_id), csrf_token="x" * 43)
            page = visitor.get("/board", headers={"If-None-Match": tag})
            assert page.status_code == 200
            assert name in page.text
            tag = page.headers["ETag"]
            assert visitor.get("/board", headers={"If-None-Match": tag}).status_code == 304
        shutil.copy(kept, tmp_path / "store.db")


# -- whom a process knows ----------------------------------------------------------------------


def test_somebody_whom_another_process_shuts_out_is_out_with_their_next_request(
    elsewhere: Workbench, people: dict[str, Actor], app: Flask
):
    ben = Visitor.signed_in(app, people["ben"].user_id)
    assert ben.get("/board").status_code == 200
    with elsewhere.transaction(elsewhere.operator()) as tx:
        accounts.change_user(tx, people["ben"].user_id, is_active=False)
    answer = ben.get("/board")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/board")


def test_a_role_that_another_process_takes_away_opens_no_page_that_was_rendered_before(
    elsewhere: Workbench, people: dict[str, Actor], app: Flask
):
    sam = Visitor.signed_in(app, people["sam"].user_id)
    shown = sam.get("/people")
    assert shown.status_code == 200
    with elsewhere.transaction(elsewhere.operator()) as tx:
        accounts.change_user(tx, people["sam"].user_id, roles=[Role.MEMBER])
    held = {"If-None-Match": shown.headers["ETag"]}
    assert [sam.get("/people", headers=headers).status_code for headers in ({}, held)] == [403, 403]


def test_a_task_of_a_bundle_that_is_nobody_of_ones_own_any_more_is_not_shown_again(
    elsewhere: Workbench, people: dict[str, Actor], app: Flask
):
    bundle = make_bundle(elsewhere, "blog_post", actor=people["mara"], parameters={"topic": "Tents"})
    with elsewhere.reading(people["mara"]) as tx:
        own, other = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))[:2]
    ben = Visitor.signed_in(app, people["ben"].user_id)
    _assign(elsewhere, people["mara"], own.task_id, people["ben"].employee_id)
    shown = ben.get(f"/tasks/{other.task_id}")
    assert shown.status_code == 200
    _assign(elsewhere, people["mara"], own.task_id, people["ana"].employee_id)
    held = {"If-None-Match": shown.headers["ETag"]}
    answers = [ben.get(f"/tasks/{other.task_id}", headers=headers).status_code for headers in ({}, held)]
    assert answers == [404, 404]


def _assign(workbench: Workbench, actor: Actor, task_id: str, employee: str | None) -> None:
    with workbench.transaction(actor) as tx:
        update.update(tx, workbench.content(), task_id, {"assignee_id": employee})


# -- what was rendered -------------------------------------------------------------------------


def test_a_page_that_is_asked_for_again_is_not_rendered_again(app: Flask, mara: Visitor, subjects: Subjects):
    first = mara.get("/board", headers={"Accept-Encoding": "gzip"})
    with rendered(app) as names:
        again = mara.get("/board", headers={"Accept-Encoding": "gzip"})
        unpacked = mara.get("/board")
    assert again.data == first.data
    assert again.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in unpacked.headers
    assert names == ["board/show.html"], "for the reader that takes no gzip, and for nobody else"
    for header in ("ETag", "Cache-Control", "Content-Type", "Content-Security-Policy", "Vary"):
        assert again.headers.get(header) == first.headers.get(header)


def test_nobody_gets_the_page_that_was_rendered_for_somebody_else_or_another_session(
    app: Flask, people: dict[str, Actor], mara: Visitor, subjects: Subjects
):
    mara.get("/board")
    with rendered(app) as names:
        other = Visitor.signed_in(app, people["mara"].user_id)
        assert other.token() in other.get("/board").text
        assert Visitor.signed_in(app, people["ana"].user_id).get("/board").text.count("Ana") > 0
    assert len(names) == 2


def test_a_message_is_shown_once_and_with_a_page_of_its_own(app: Flask, mara: Visitor, subjects: Subjects):
    path = f"/tasks/{subjects.pending}"
    mara.get(path)
    mara.post(f"{path}/notes", {"body": "A word."})
    told = mara.get(path)
    assert 'class="message' in told.text
    assert "ETag" not in told.headers
    assert 'class="message' not in mara.get(path).text


def test_a_story_asked_for_as_data_is_not_the_page_that_was_rendered(mara: Visitor, subjects: Subjects):
    path = f"/tasks/{subjects.task}/story"
    assert mara.get(path).mimetype == "text/html"
    assert mara.get(path, headers={"Accept": "application/json"}).mimetype == "application/json"


def test_few_pages_are_kept_and_long_ones_are_not():
    kept = live.KeptPages()
    for number in range(1000):
        kept.keep(f"tag {number}", "gzip", live.KeptPage(b"page", ()))
    found = [number for number in range(1000) if kept.find(f"tag {number}", "gzip")]
    assert found == list(range(1000 - live.MOST_PAGES, 1000))
    kept.keep("long", "gzip", live.KeptPage(b"x" * (live.LONGEST_PAGE + 1), ()))
    assert kept.find("long", "gzip") is None


# -- whom a change reaches ---------------------------------------------------------------------


def test_a_change_of_one_task_reaches_the_views_that_show_it_and_no_others(
    app: Flask, either_workbench: Workbench
):
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    mara = Visitor.signed_in(app, people["mara"].user_id)
    first, second = (make_bundle(either_workbench, actor=people["mara"]) for _ in "12")
    alone = make_task(either_workbench, actor=people["mara"])
    follower = make_task(either_workbench, actor=people["mara"], depends_on=[alone.task_id])
    one, another = (
        _first_task(either_workbench, people["mara"], bundle.bundle_id) for bundle in (first, second)
    )
    views = {
        "the board": "/board",
        "its page": f"/tasks/{one}",
        "its story": f"/tasks/{one}/story",
        "its bundle": f"/bundles/{first.bundle_id}",
        "the other bundle": f"/bundles/{second.bundle_id}",
        "the other's page": f"/tasks/{another}",
        "the other's story": f"/tasks/{another}/story",
        "the task alone": f"/tasks/{alone.task_id}",
        "what waits for it": f"/tasks/{follower.task_id}",
    }
    assert _reached(mara, views, lambda: _retitle(either_workbench, people["mara"], one)) == {
        "the board", "its page", "its story", "its bundle",
    }  # fmt: skip
    assert _reached(mara, views, lambda: _retitle(either_workbench, people["mara"], alone.task_id)) == {
        "the board", "the task alone", "what waits for it",
    }  # fmt: skip
    with either_workbench.transaction(people["mara"]) as tx:
        update.update(tx, either_workbench.content(), one, {"depends_on": [alone.task_id]})
    assert _reached(mara, views, lambda: _retitle(either_workbench, people["mara"], alone.task_id)) == {
        "the board", "the task alone", "what waits for it", "its page", "its story", "its bundle",
    }  # fmt: skip


def _reached(visitor: Visitor, views: dict[str, str], change: Callable[[], None]) -> set[str]:
    """Return which of these views are no longer what they were."""
    tags = {name: visitor.get(path).headers["ETag"] for name, path in views.items()}
    change()
    polls = {
        name: visitor.get(path, headers={"If-None-Match": tags[name], "X-Live": "1"}).status_code
        for name, path in views.items()
    }
    return {name for name, status in polls.items() if status == 200}


def _first_task(workbench: Workbench, actor: Actor, bundle_id: str) -> str:
    with workbench.reading(actor) as tx:
        return tx.find(Task, bundle_id=bundle_id, order_by=("task_number",))[0].task_id


_titles = iter(range(1000))


def _retitle(workbench: Workbench, actor: Actor, task_id: str) -> None:
    with workbench.transaction(actor) as tx:
        update.update(tx, workbench.content(), task_id, {"title": f"Renamed {next(_titles)}"})


def test_servers_that_share_a_database_call_the_same_page_unchanged(either_workbench: Workbench):
    """Whoever balances between them may send each poll to another one. SQLite has one server."""
    make_task(either_workbench, actor=either_workbench.operator())
    tags, token = set(), begun(either_workbench, either_workbench.operator().user_id)
    for _ in range(2):
        visitor = Visitor(create_app(either_workbench, secret_key="x").test_client())
        with visitor.client.session_transaction() as session:
            session.update(token=token, csrf_token="x" * 43)
        tags.add(visitor.get("/board").headers["ETag"])
    assert len(tags) == (1 if either_workbench.database.dialect.is_shared else 2)
