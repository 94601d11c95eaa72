"""The small workspace that reminds."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Bench
from tests.engine.reminders.office import Office


@pytest.fixture
def office(bench: Bench) -> Office:
    return Office(bench)
