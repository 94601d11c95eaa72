"""Whatever anybody does, everybody is told of exactly what their board shows, once and in order."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from tests.conftest import NOW, opened
from tests.engine.changes.office import READERS, Office, Reader


@contextmanager
def _copied(store: Path, repository: Path, catalog: Catalog) -> Iterator[Workbench]:
    folder = Path(tempfile.mkdtemp(prefix="feed-"))
    try:
        url = f"sqlite:///{shutil.copyfile(store, folder / 'store.db')}"
        with opened(url, folder, repository, catalog, FixedClock(NOW)) as engine:
            yield engine
    finally:
        shutil.rmtree(folder)


@pytest.mark.wide
@settings(
    max_examples=3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(seed=st.integers(0, 2**32))
def test_the_feed_tells_what_the_board_shows(
    new_store: Path, shipped_repository: Path, shipped_catalog: Catalog, seed: int
):
    with _copied(new_store, shipped_repository, shipped_catalog) as workbench:
        _live(Office.of(workbench, seed))


@pytest.mark.wide
def test_so_it_does_on_either_database(either_workbench: Workbench):
    _live(Office.of(either_workbench, 11))


def _live(office: Office) -> None:
    """Let people act, and some of them read meanwhile."""
    draw: random.Random = office.draw
    early = {name: Reader(office.actor(name)) for name in READERS}
    for _ in range(45):
        office.workbench.clock.advance(seconds=draw.randint(0, 3))  # type: ignore[attr-defined]
        office.act()
        if draw.random() < 0.5:
            continue
        reader = early[draw.choice(READERS)]
        shown = set(office.shown(_name(office, reader)))
        reader.looks.append((len(office.everything()), shown))
        told = [one.change_id for one in office.read_on(reader, draw.randint(1, 9)).events]
        assert set(told) <= shown, "nobody is told of what they may not see at that moment"
    every = office.everything()
    for name, reader in early.items():
        expected = office.shown(name)
        assert expected
        assert office.whole(name) == expected, name
        reader.looks.append((len(every), set(expected)))
        while office.read_on(reader, draw.randint(1, 40)).events:
            pass
        assert [one for one, times in Counter(reader.told).items() if times > 1] == [], "told twice"
        order = [place for place, one in enumerate(every) if one in set(reader.told)]
        assert reader.told == [every[place] for place in order], "told in another order"
        always = {
            one
            for place, one in enumerate(every)
            if all(one in shown for count, shown in reader.looks if place < count)
        }
        assert always <= set(reader.told), "what could be seen whenever they looked was passed over"


def _name(office: Office, reader: Reader) -> str:
    return next(name for name, one in office.desk.people.items() if one.user_id == reader.actor.user_id)


def test_what_is_told_to_a_partner_says_nothing_of_the_team(workbench: Workbench):
    office = Office.of(workbench, 3)
    for _ in range(80):
        office.act()
    for name in ("pat", "gil"):
        told = json.dumps([one.as_data() for one in office.read(name, 100).events])
        assert len(told) > 500
        assert [
            word for word in ("Secret", "Mara", "Ana", "tsk_", "bnd_", "seq", "hash") if word in told
        ] == []
