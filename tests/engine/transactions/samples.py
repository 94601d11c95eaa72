"""What the tests of a unit of work make, refuse and read again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.app import Workbench
from engine.audit.models import Event
from engine.reference.models import Partner
from engine.transaction import Transaction
from tests.told import added


def partner(tx: Transaction, key: str = "acme") -> Partner:
    made = Partner(
        partner_id=tx.new_id(Partner),
        workspace_id=tx.workspace_id,
        key=key,
        name=key.title(),
        created_at=tx.now,
        updated_at=tx.now,
    )
    return added(tx, made)


def refused(
    workbench: Workbench,
    change: Callable[[Transaction], None],
    error: type[Exception],
    match: str | None = None,
) -> None:
    """Make a change in a transaction that must fail."""

    def attempt() -> None:
        with workbench.transaction(workbench.operator()) as tx:
            change(tx)

    with pytest.raises(error, match=match):
        attempt()


def events(workbench: Workbench) -> list[Event]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Event, order_by=("seq",))
