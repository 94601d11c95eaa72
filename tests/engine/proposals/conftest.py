"""The small repository of the catalog's tests, and a team that proposes to a remote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import FixedClock
from engine.config import Settings
from tests.engine.catalog.conftest import ContentRepo, fill
from tests.engine.proposals.team import Team, team_at


@pytest.fixture
def repo(tmp_path: Path) -> ContentRepo:
    """One type, one template, one doc, one calendar; not committed yet."""
    found = ContentRepo(tmp_path / "repo")
    fill(found)
    return found


@pytest.fixture
def team(settings: Settings, content_repo: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Team]:
    """People who propose, the remote that they propose to, and somebody's clone of it."""
    with team_at(settings, content_repo, tmp_path, clock) as found:
        yield found
