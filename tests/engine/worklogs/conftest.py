"""A house that works for a partner, on SQLite alone and on both databases."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.engine.worklogs.house import House


@pytest.fixture
def house(workbench: Workbench) -> House:
    return House.set_up(workbench)


@pytest.fixture
def either_house(either_workbench: Workbench) -> House:
    """The same on SQLite, then on PostgreSQL."""
    return House.set_up(either_workbench)
