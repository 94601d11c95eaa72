"""Two releases share a store while the newer one upgrades it, and nothing is lost (issue 7, done when 5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import next_release, two_releases

pytestmark = pytest.mark.wide


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return next_release.make(tmp_path_factory.mktemp("releases") / "next")


def test_both_write_and_read_while_the_newer_upgrades(newer: Path, database_url: str, tmp_path: Path):
    outcome = two_releases.share(database_url, newer, tmp_path / "shared", writes=6, seed=7, crowd=1)
    assert outcome.faults == []
    assert outcome.counts["title"] > 5
    assert outcome.counts["mood"] > 2
    assert outcome.counts["created"] > 5
