"""Stores for jobs: once per database, and once with what delivering by Procrastinate takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import EMBEDDED, PROCRASTINATE, Settings
from tests.conftest import NOW, highest_side, lent_store
from tests.databases import PostgresStores
from tests.engine.jobs.desk import Desk


@pytest.fixture(scope="session")
def cluster_stores(
    postgres_url_factory: Callable[[], str],
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path_factory: pytest.TempPathFactory,
) -> PostgresStores:
    """Stores on PostgreSQL that have the tables of Procrastinate."""

    def make(url: str) -> None:
        files = str(tmp_path_factory.mktemp("blobs"))
        made = Settings(content=str(shipped_repository), database=url, blobs=files, jobs=PROCRASTINATE)
        Workbench(made, clock=FixedClock(NOW), catalog=shipped_catalog, migrate=True).close()

    return PostgresStores(postgres_url_factory(), make)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.wide),
        pytest.param(PROCRASTINATE, marks=pytest.mark.wide),
    ]
)
def job_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A store's URL and what delivers its jobs, in each of the three ways."""
    if request.param == PROCRASTINATE:
        with request.getfixturevalue("cluster_stores").lent() as url:
            yield url, PROCRASTINATE
        return
    with lent_store(request, tmp_path) as url:
        yield url, EMBEDDED


@pytest.fixture
def job_workbench(
    job_store: tuple[str, str],
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path: Path,
    clock: FixedClock,
) -> Iterator[Workbench]:
    """An engine on such a store, whose settings say what delivers jobs."""
    url, jobs = job_store
    settings = Settings(
        content=str(shipped_repository), database=url, blobs=str(tmp_path / "blobs"), jobs=jobs
    )
    with closing(Workbench(settings, clock=clock, catalog=shipped_catalog, dice=highest_side)) as workbench:
        yield workbench


@pytest.fixture
def desk(job_workbench: Workbench, clock: FixedClock) -> Desk:
    return Desk(job_workbench, clock)


@pytest.fixture
def cluster_workbench(
    cluster_stores: PostgresStores,
    shipped_repository: Path,
    shipped_catalog: Catalog,
    tmp_path: Path,
    clock: FixedClock,
) -> Iterator[Workbench]:
    """An engine whose jobs are delivered by Procrastinate."""
    with cluster_stores.lent() as url:
        settings = Settings(
            content=str(shipped_repository), database=url, blobs=str(tmp_path / "blobs"), jobs=PROCRASTINATE
        )
        with closing(Workbench(settings, clock=clock, catalog=shipped_catalog)) as workbench:
            yield workbench
