"""What every test may ask for: a clock that stands still, content in Git, an engine, the command line."""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher

from engine.accounts import passwords
from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from tests.databases import PostgresStores, database_url, postgres_url_factory  # noqa: F401 - fixtures
from tests.few import pytest_collection_modifyitems  # noqa: F401 - a hook
from tests.object_storage import bucket, object_storage  # noqa: F401 - fixtures
from tests.processor_time import (  # noqa: F401 - hooks
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.sharing_out import pytest_xdist_make_scheduler  # noqa: F401 - a hook

ROOT = Path(__file__).resolve().parent.parent
_MEMORY = Path("/dev/shm")  # noqa: S108 - as safe as any other folder for temporary files

if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2**31:
    # Tests commit a hundred thousand times; on a disk each commit waits twenty times longer.
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# An example that takes long tells of a busy machine, and of no fault. A change is judged by the same examples
# everywhere, so that none is refused for what an earlier one left: few of each property at once, more of them
# by `make test-wide`. `make test-long` draws others each time.
hypothesis.settings.register_profile("few", deadline=None, derandomize=True, max_examples=25)
hypothesis.settings.register_profile("thorough", deadline=None, derandomize=True)
hypothesis.settings.register_profile("exploring", deadline=None)
hypothesis.settings.load_profile("few")


class _Failing(logging.Handler):
    """What a server logs of a check of content that broke down, and goes on, fails the test that did it."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage()) from (record.exc_info or (None, None))[1]


logging.getLogger("engine.catalog.findings").addHandler(_Failing())

#: A Saturday; the demo and most examples are read against it.
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


#: A server has them about so rare (``web.serving.warming``); Python's own take a fifteenth of the time.
_OBJECTS_BETWEEN_ROUNDS = (100_000, 20, 100)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave the garbage collector's rounds out while tests are collected, and what was collected ever after.

    They would search hundreds of thousands of objects again and again, all of which stay.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*_OBJECTS_BETWEEN_ROUNDS)
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def slow_hasher() -> Iterator[PasswordHasher]:
    """How the product hashes passwords; all tests but those of ``test_passwords.py`` have a quick way."""
    slow = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield slow


def git(folder: Path, *words: str) -> str:
    """Run git in a folder as a fixed author."""
    who = {"NAME": "Sam Strategist", "EMAIL": "sam@example.com", "DATE": "2026-11-01T10:00:00Z"}
    environment = {
        f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()
    }
    done = subprocess.run(
        ["git", "-c", "commit.gpgsign=false", *words],
        cwd=folder,
        env={**os.environ, **environment, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit_all(folder: Path, message: str = "Change content") -> str:
    """Commit everything in the folder; return the full SHA."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="session")
def shipped_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content as a Git repository of its own; read-only for tests."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copytree(ROOT / "content", folder / "content")
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "Shipped content")
    return folder


@pytest.fixture
def content_repo(shipped_repository: Path, tmp_path: Path) -> Path:
    """A Git repository with the shipped content that a test may change."""
    folder = tmp_path / "repository"
    shutil.copytree(shipped_repository, folder)
    return folder


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def shipped_catalog(shipped_repository: Path) -> Catalog:
    """The shipped content, read once for all tests."""
    return Catalog(shipped_repository)


@pytest.fixture(scope="session")
def new_store(
    shipped_repository: Path, shipped_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A store as it is when it was just made; tests copy it, as making one takes its time."""
    file = tmp_path_factory.mktemp("store") / "workbench.db"
    made = Settings(content=str(shipped_repository), database=f"sqlite:///{file}")
    Workbench(made, clock=FixedClock(NOW), catalog=shipped_catalog).close()
    return file


@pytest.fixture
def first_store(new_store: Path) -> Path:
    """The store that a test begins with; folders whose tests share more than that give their own."""
    return new_store


@pytest.fixture
def settings(shipped_repository: Path, first_store: Path, tmp_path: Path) -> Settings:
    file = tmp_path / "var" / "workbench.db"
    file.parent.mkdir()
    shutil.copy(first_store, file)
    return Settings(content=str(shipped_repository), database=f"sqlite:///{file}", copy_links=False)


def highest_side(sides: int) -> int:
    """A die that chooses nothing for QA."""
    return sides


@pytest.fixture
def workbench(settings: Settings, clock: FixedClock, shipped_catalog: Catalog):
    """An engine on a new SQLite store, with the shipped content."""
    engine = Workbench(settings, clock=clock, catalog=shipped_catalog, dice=highest_side)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def postgres_stores(
    postgres_url_factory: Callable[[], str],  # noqa: F811
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path_factory: pytest.TempPathFactory,
) -> PostgresStores:
    """Stores as they are when they were just made, on PostgreSQL."""

    def make(url: str) -> None:
        files = str(tmp_path_factory.mktemp("blobs"))
        made = Settings(content=str(shipped_repository), database=url, blobs=files)
        Workbench(made, clock=FixedClock(NOW), catalog=shipped_catalog).close()

    return PostgresStores(postgres_url_factory(), make)


@contextmanager
def lent_store(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Give the URL of a store that was just made, on the database that is the fixture's parameter."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("new_store"), folder / "store.db")
        yield f"sqlite:///{folder}/store.db"
        return
    with request.getfixturevalue("postgres_stores").lent() as url:
        yield url


@contextmanager
def opened(
    url: str, folder: Path, repository: Path, catalog: Catalog, clock: FixedClock
) -> Iterator[Workbench]:
    """Open an engine on a store, with the shipped content and the files in a folder."""
    settings = Settings(
        content=str(repository),
        database=url,
        blobs=str(folder / "blobs"),
        copy_links=False,  # tests look nothing up outside
    )
    with closing(Workbench(settings, clock=clock, catalog=catalog, dice=highest_side)) as engine:
        yield engine


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store that was just made, once per database; on PostgreSQL by `make test-wide`."""
    with lent_store(request, tmp_path) as url:
        yield url


@pytest.fixture
def either_workbench(
    store_url: str, shipped_repository: Path, shipped_catalog: Catalog, tmp_path: Path, clock: FixedClock
) -> Iterator[Workbench]:
    """An engine on SQLite, then on PostgreSQL."""
    with opened(store_url, tmp_path, shipped_repository, shipped_catalog, clock) as engine:
        yield engine


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def shared_workbench(
    request: pytest.FixtureRequest,
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workbench]:
    """The same for a whole module, whose tests leave nothing behind in it."""
    folder = tmp_path_factory.mktemp("shared")
    with (
        lent_store(request, folder) as url,
        opened(url, folder, shipped_repository, shipped_catalog, FixedClock(NOW)) as engine,
    ):
        yield engine


@dataclass
class Answer:
    """What a run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


@pytest.fixture
def cli(
    settings: Settings,
    shipped_repository: Path,
    shipped_catalog: Catalog,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Run ``workbench`` in this process, against the test's store and content."""
    from web.cli import hoist, run

    read = Workbench.__dict__["catalog"].func

    def catalog(engine: Workbench) -> Catalog:
        """Begin with the shipped content as it was read for all tests: reading it is most of a command."""
        place = (*engine.settings.content_place, engine.settings.worktree)
        return copy(shipped_catalog) if place == (shipped_repository, "HEAD", False) else read(engine)

    kept = cached_property(catalog)
    kept.__set_name__(Workbench, "catalog")
    monkeypatch.setattr(Workbench, "catalog", kept)
    monkeypatch.setenv("WORKBENCH_CONTENT", settings.content)
    monkeypatch.setenv("WORKBENCH_DATABASE", settings.database)

    def call(*words: str) -> Answer:
        capsys.readouterr()
        arguments = hoist(words)
        code = run(arguments, as_json="--json" in arguments)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call
