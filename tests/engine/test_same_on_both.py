"""Every filter and every order of a list means the same on SQLite and on PostgreSQL (G7)."""

# ruff: noqa: S311 - chance is no secret here

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from engine.app import Workbench
from engine.bundles import queries as bundles
from engine.bundles.filters import SORTS as BUNDLE_SORTS
from engine.bundles.filters import BundleFilter
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.config import Settings
from engine.ids import IdSource
from engine.tasks.filters import SORTS as TASK_SORTS
from engine.tasks.queries.lists import list_tasks
from engine.tasks.search.reading import from_options
from tests.conftest import NOW, highest_side
from tests.databases import PostgresStores
from tests.factories import make_bundle, make_people, make_task

WORDS = (
    "Seo", "SEO", "seo", "Élan", "élan", "ÉLAN", "straße", "STRASSE", "İstanbul", "naïve", "50 %", "a_b",
    "aXb",
    "back\\slash", "漢字", "😀 smile", "~tilde", "Zoo", "zoo", "ärger", "'quote'", "[x]", "*", "?",
)  # fmt: skip
#: Those that a search can look for; the signs of each part words.
FOUND_BY = [word for word in WORDS if any(map(str.isalnum, word[:3]))]
Both = tuple[Workbench, Workbench]


@pytest.fixture
def both(
    settings: Settings, postgres_stores: PostgresStores, shipped_catalog: Catalog, tmp_path: Path
) -> Iterator[Both]:
    """Two engines with the same records, one on each database."""
    with postgres_stores.lent() as url:
        where = (settings, Settings(content=settings.content, database=url, blobs=str(tmp_path / "blobs")))
        engines = [
            Workbench(one, clock=FixedClock(NOW), ids=IdSource(7), catalog=shipped_catalog, dice=highest_side)
            for one in where
        ]
        for engine in engines:
            _fill(engine, random.Random(7))
        yield engines[0], engines[1]
        for engine in engines:
            engine.close()


def _fill(workbench: Workbench, dice: random.Random) -> None:
    make_people(workbench)
    clock: Any = workbench.clock
    for number in range(60):
        words = dice.sample(WORDS, 2)
        tags = [word for word in dice.sample(WORDS, 2) if dice.random() < 0.7]
        days = dice.choice([None, *range(-5, 9)])
        make_task(
            workbench,
            title=" ".join(words) if number % 3 else f"{words[0]} x",
            description=dice.choice([None, *WORDS]),
            tags=tags,
            due_date=None if days is None else (NOW + timedelta(days=days)).date(),
            priority=dice.choice(["low", "medium", "high"]),
            assignee=dice.choice([None, "ana", "ben"]),
            campaign=dice.choice([None, "acme_spring"]),
        )
        clock.advance(seconds=dice.choice([0, 1]))
    for word in WORDS:
        make_bundle(workbench, "monthly_tax_report", title=f"{word} report")


def _tasks(workbench: Workbench, wanted: dict[str, str]) -> list[int]:
    with workbench.reading(workbench.operator()) as tx:
        page = list_tasks(tx, from_options(tx, wanted))
        return [page.total or 0, *(row.task_number for row in page.items)]


def _bundles(workbench: Workbench, wanted: dict[str, str]) -> list[Any]:
    with workbench.reading(workbench.operator()) as tx:
        page = bundles.list_bundles(tx, BundleFilter.parse(wanted))
        return [page.total, *(row.bundle.title for row in page.items)]


def _cases(dice: random.Random) -> Iterator[dict[str, str]]:
    """Yield each filter by itself, then random ones together."""
    for word in WORDS:
        yield {"tag": word, "limit": "100"}
    for word in FOUND_BY:
        yield {"text": f'"{word}"', "limit": "100"}
        yield {"text": f'"{word.swapcase()}"'}
    orders = [f"{sign}{name}" for name in TASK_SORTS for sign in ("", "-")]
    for order in orders:
        yield {"sort": order, "limit": "100"}
    for _ in range(120):
        wanted = {
            "tag": dice.choice(WORDS),
            "text": f'"{dice.choice(FOUND_BY)[:3]}"',
            "priority": dice.choice(["low", "high", "medium,high"]),
            "assignee": dice.choice(["ana", "ben"]),
            "campaign": "acme_spring",
            "due_before": (NOW + timedelta(days=dice.randrange(-5, 9))).date().isoformat(),
            "overdue": dice.choice(["yes", "no"]),
        }
        chosen = dice.sample(sorted(wanted), dice.randrange(0, 3))
        yield {
            **{name: wanted[name] for name in chosen},
            "sort": dice.choice(orders),
            "limit": str(dice.choice([5, 100])),
            "offset": str(dice.choice([0, 3])),
        }


@pytest.mark.wide  # both databases are filled for it; tests/store compares them statement by statement
@pytest.mark.parametrize("each", [6, pytest.param(1, marks=pytest.mark.wide)])
def test_every_list_gives_the_same_rows_in_the_same_order_on_both_databases(both: Both, each: int) -> None:
    """Of bundles every order and every word, though not each with each."""
    sqlite, postgresql = both
    found = 0
    for wanted in _cases(random.Random(11)):
        rows = _tasks(sqlite, wanted)
        assert rows == _tasks(postgresql, wanted), wanted
        found += len(rows) > 1
    assert found > 100, "most of them find something"
    pairs = _orders_and_words()[::each]
    assert {order for order, _ in pairs} == {order for order, _ in _orders_and_words()}
    assert {word for _, word in pairs} == {word for _, word in _orders_and_words()}
    for order, word in pairs:
        wanted = {"sort": order, "text": word}
        assert _bundles(sqlite, wanted) == _bundles(postgresql, wanted), wanted


def _orders_and_words() -> list[tuple[str, str]]:
    """Return every order of bundles with every word."""
    orders = [f"{sign}{name}" for name in BUNDLE_SORTS for sign in ("", "-")]
    return list(product(orders, ("", *WORDS, *(word.swapcase() for word in WORDS))))


@pytest.mark.parametrize(
    ("tag", "others"), [("seo", ("Seo", "SEO")), ("élan", ("Élan", "ÉLAN")), ("straße", ("Straße",))]
)
def test_capitals_do_not_matter_in_a_tag_of_any_alphabet(
    either_workbench: Workbench, tag: str, others: tuple[str, ...]
) -> None:
    task = make_task(either_workbench, tags=[tag])
    make_task(either_workbench, tags=[f"{tag}s"])
    for other in (tag, *others):
        assert _tasks(either_workbench, {"tag": other}) == [1, task.task_number], other
    assert _tasks(either_workbench, {"tag": "strasse"}) == [0]
