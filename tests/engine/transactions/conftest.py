"""Who works in the tests of a unit of work, and on what."""

from __future__ import annotations

import pytest

from engine.access import Actor
from engine.app import Workbench
from tests.engine.transactions.samples import partner


@pytest.fixture
def operator(workbench: Workbench) -> Actor:
    return workbench.operator()


@pytest.fixture
def acme(workbench: Workbench, operator: Actor) -> str:
    with workbench.transaction(operator) as tx:
        return partner(tx).partner_id
