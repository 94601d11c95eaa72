"""Work with a history, on SQLite alone and on both databases."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.reported import Case


@pytest.fixture
def case(workbench: Workbench) -> Case:
    return Case.set_up(workbench)


@pytest.fixture
def either_case(either_workbench: Workbench) -> Case:
    """The same on SQLite, then on PostgreSQL."""
    return Case.set_up(either_workbench)
