"""The small repository of the catalog's tests, for those of its proposals."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.catalog.conftest import ContentRepo, fill


@pytest.fixture
def repo(tmp_path: Path) -> ContentRepo:
    """One type, one template, one doc, one calendar; not committed yet."""
    found = ContentRepo(tmp_path / "repo")
    fill(found)
    return found
