"""An office for the tests of what people are told, on one database or on each."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.desk import Desk


@pytest.fixture
def desk(workbench: Workbench) -> Desk:
    return Desk.set_up(workbench)


@pytest.fixture
def either_desk(either_workbench: Workbench) -> Desk:
    return Desk.set_up(either_workbench)
