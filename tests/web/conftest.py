"""A browser without a browser: clients that sign in and send forms with their token."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.access import Actor
from engine.accounts import passwords, sessions
from engine.accounts.models import BegunWith, User
from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.tasks.models import Task
from tests.compiled import compiled_once  # noqa: F401 - a fixture
from tests.conftest import NOW, opened
from tests.factories import PASSWORD, make_bundle, make_people
from tests.told import saved
from tests.web.approval_desk import Desk
from tests.web.populated import PopulatedStore, populate
from web import create_app, observing
from web.context import hold_workbench, workbench_of

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


@dataclass
class Visitor:
    """Somebody with a browser."""

    client: FlaskClient

    @classmethod
    def signed_in(cls, app: Flask, user_id: str) -> Visitor:
        """Return a visitor with a session, as signing in gives one."""
        visitor = cls(app.test_client())
        with visitor.client.session_transaction() as session:
            session.update(token=begun(workbench_of(app), user_id), csrf_token=secrets.token_urlsafe(32))
        return visitor

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, buffered=True, **options)

    def token(self) -> str:
        """Return the token of this session, as its pages carry it."""
        with self.client.session_transaction() as session:
            known: str | None = session.get("csrf_token")
        if known:
            return known
        found = _TOKEN.search(self.client.get("/sign-in").text)
        assert found, "the page for signing in carries no token"
        return found[1]

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form with its token."""
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **options)

    def follow(self, token: str) -> TestResponse:
        """Open a one-time link, and say yes."""
        assert self.get(f"/sign-in/{token}").status_code == 200
        return self.post(f"/sign-in/{token}")

    def sign_in(self, name: str, **fields: str) -> TestResponse:
        given = {"email": f"{name}@example.com", "password": PASSWORD, "form": "sign_in", **fields}
        return self.post("/sign-in", given)


def begun(workbench: Workbench, user_id: str) -> str:
    """Begin a session as a password does; return its token."""
    with workbench.transaction(workbench.system_actor()) as tx:
        return sessions.begin(tx, tx.get(User, user_id), BegunWith.PASSWORD)


@pytest.fixture(scope="session")
def password_hash() -> str:
    """A hash of ``PASSWORD``."""
    return passwords.hash_password(PASSWORD)


@pytest.fixture(scope="session")
def store_with_people(
    new_store: Path,
    shipped_repository: Path,
    shipped_catalog: Catalog,
    password_hash: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, Actor]]:
    """A store with users of every role, of whom Ana has a password: what most tests begin with."""
    file = shutil.copyfile(new_store, tmp_path_factory.mktemp("people") / "workbench.db")
    made = Settings(content=str(shipped_repository), database=f"sqlite:///{file}")
    with closing(Workbench(made, clock=FixedClock(NOW), catalog=shipped_catalog)) as workbench:
        actors = make_people(workbench)
        with workbench.transaction(actors["ana"]) as tx:
            ana = tx.get(User, actors["ana"].user_id)
            ana.password_hash = password_hash
            saved(tx, ana)
    return file, actors


@pytest.fixture
def first_store(request: pytest.FixtureRequest, new_store: Path) -> Path:
    """Begin with people where a test asks for them."""
    if "store_with_people" not in request.fixturenames:
        return new_store
    file: Path = request.getfixturevalue("store_with_people")[0]
    return file


@pytest.fixture
def people(workbench: Workbench, store_with_people: tuple[Path, dict[str, Actor]]) -> dict[str, Actor]:
    """Users of every role; Ana has a password."""
    return dict(store_with_people[1])


@pytest.fixture(scope="session")
def any_app() -> dict[str, Flask]:
    """The application, made once: its templates compile only then."""
    return {}


@pytest.fixture
def app(workbench: Workbench, any_app: dict[str, Flask]) -> Flask:
    """The application, around this test's engine."""
    if not any_app:
        any_app["app"] = create_app(workbench, secret_key="only for tests")
    hold_workbench(any_app["app"].extensions, workbench)
    observing.hold(any_app["app"], workbench)
    return any_app["app"]


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def as_user(app: Flask, people: dict[str, Actor]) -> Callable[[str], Visitor]:
    """Give somebody of ``people`` a session, as signing in does."""

    def begin(name: str) -> Visitor:
        return Visitor.signed_in(app, people[name].user_id)

    return begin


@pytest.fixture
def mara(as_user: Callable[[str], Visitor]) -> Visitor:
    """A manager."""
    return as_user("mara")


@pytest.fixture
def ana(as_user: Callable[[str], Visitor]) -> Visitor:
    """A member who writes."""
    return as_user("ana")


@pytest.fixture(scope="session")
def populated_store(
    new_store: Path,
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path_factory: pytest.TempPathFactory,
) -> PopulatedStore:
    folder = tmp_path_factory.mktemp("populated")
    shutil.copyfile(new_store, folder / "store.db")
    url, clock = f"sqlite:///{folder}/store.db", FixedClock(NOW)
    with opened(url, folder, shipped_repository, shipped_catalog, clock) as workbench:
        people = make_people(workbench)
        subjects = populate(workbench, people, 2)
    return PopulatedStore(folder=folder, people=people, subjects=subjects, moment=clock.now())


@pytest.fixture
def populated(
    populated_store: PopulatedStore, shipped_repository: Path, shipped_catalog: Catalog, tmp_path: Path
) -> Iterator[Workbench]:
    """An engine on a workspace with two of each kind (``populate``), on SQLite."""
    folder = shutil.copytree(populated_store.folder, tmp_path / "populated")
    url, clock = f"sqlite:///{folder}/store.db", FixedClock(populated_store.moment)
    with opened(url, folder, shipped_repository, shipped_catalog, clock) as workbench:
        yield workbench


@pytest.fixture
def find(workbench):
    """Read one task of a bundle, or the parts of a task, from the store."""

    def read(record_type, **where):
        with workbench.reading(workbench.operator()) as tx:
            return tx.find(record_type, **where)

    return read


@pytest.fixture
def article(workbench, find):
    """The writing task of an article: steps, a deliverable with facts, rules, instructions."""
    bundle = make_bundle(workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    return next(task for task in find(Task, bundle_id=bundle.bundle_id) if task.template_task_ref == "draft")


@pytest.fixture
def desk(workbench, people, monkeypatch):
    """Put a task on Ana's desk: ``desk(INTERNAL, "draft")``. No address outside is asked for a copy."""
    object.__setattr__(workbench.settings, "copy_links", False)
    return lambda approval, *refs: Desk(workbench, people, approval, *refs)
