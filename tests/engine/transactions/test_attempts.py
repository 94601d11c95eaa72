"""An attempt within a unit of work: what is refused in it is as if nobody had tried."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import ConflictError
from engine.reference.models import Partner
from engine.transaction import Transaction
from engine.wiring import Fact
from tests.verified import events_of_intact

Write = Callable[[Transaction], None]
#: What brings what is pending into the store, or leaves it for the end.
WRITES: tuple[Write, ...] = (lambda _: None, Transaction.flush, Transaction.tell)


@pytest.fixture
def actor(either_workbench: Workbench) -> Actor:
    return either_workbench.operator()


@pytest.fixture
def acme(either_workbench: Workbench, actor: Actor) -> str:
    with either_workbench.transaction(actor) as tx:
        return add(tx, "acme").partner_id


def add(tx: Transaction, key: str) -> Partner:
    made = tx.add(partner(tx, key))
    tx.record(Action.PARTNER_CHANGED, made, f"added {key}", after={"key": key})
    return made


def partner(tx: Transaction, key: str) -> Partner:
    return Partner(
        partner_id=tx.new_id(Partner),
        workspace_id=tx.workspace_id,
        key=key,
        name=key.title(),
        created_at=tx.now,
        updated_at=tx.now,
    )


def rename(tx: Transaction, partner_id: str, name: str, fact: Fact | None = None) -> None:
    found = tx.get(Partner, partner_id)
    found.name = name
    tx.save(found)
    tx.record(Action.PARTNER_CHANGED, found, f"renamed to {name}", fact=fact)


@pytest.mark.parametrize("before", WRITES)
@pytest.mark.parametrize("within", WRITES)
def test_what_is_refused_leaves_nothing_and_what_is_done_before_and_after_stays(
    either_workbench: Workbench, actor: Actor, acme: str, before: Write, within: Write
):
    called: list[str] = []
    with either_workbench.transaction(actor) as tx:
        rename(tx, acme, "First")
        add(tx, "globex")
        before(tx)
        known = tx.get(Partner, acme)
        with suppress(ConflictError), tx.attempt():
            rename(tx, acme, "Refused")
            add(tx, "initech")
            tx.say("It is refused.")
            tx.after_commit(lambda: called.append("refused"))
            within(tx)
            raise ConflictError("no")
        assert known.name == "First"
        assert tx.find(Partner, key="initech") == []
        rename(tx, acme, "Last")
    assert (tx.asides, called) == ((), [])
    with either_workbench.reading(actor) as tx:
        assert sorted(one.name for one in tx.find(Partner)) == ["Globex", "Last"]
        told = [event.summary for event in tx.find(Event, order_by=("-seq",), limit=3)]
        assert told == ["renamed to Last", "added globex", "renamed to First"]
        events_of_intact(tx)


def test_an_event_from_before_tells_of_nothing_that_was_refused(
    either_workbench: Workbench, actor: Actor, acme: str
):
    with either_workbench.transaction(actor) as tx:
        rename(tx, acme, "First")
        with suppress(ConflictError), tx.attempt():
            tx.add(partner(tx, "initech"))
            tx.tell()  # by the event from before, which is the last
            raise ConflictError("no")
    with either_workbench.reading(actor) as tx:
        events_of_intact(tx)


@dataclass(frozen=True)
class Renamed(Fact):
    """A partner has another name."""


def test_what_a_reaction_refuses_is_refused_at_the_end_of_the_attempt(
    either_workbench: Workbench, actor: Actor, acme: str
):
    def refuse(tx: Transaction, fact: Renamed) -> None:
        raise ConflictError("no")

    with either_workbench.transaction(actor) as tx:
        tx.wiring.on(Renamed, refuse)
        with pytest.raises(ConflictError), tx.attempt():
            rename(tx, acme, "Refused", Renamed())
        assert tx.get(Partner, acme).name == "Acme"
        add(tx, "globex")
    with either_workbench.reading(actor) as tx:
        assert sorted(one.name for one in tx.find(Partner)) == ["Acme", "Globex"]


@pytest.mark.parametrize("within", WRITES)
def test_what_is_not_kept_was_done_while_it_lasted(
    either_workbench: Workbench, actor: Actor, acme: str, within: Write
):
    with either_workbench.transaction(actor) as tx:
        with tx.attempt(keeps=False):
            with tx.attempt():
                rename(tx, acme, "Tried")
                within(tx)
            with suppress(ConflictError), tx.attempt():
                rename(tx, acme, "Refused")
                within(tx)
                raise ConflictError("no")
            assert tx.get(Partner, acme).name == "Tried"
        assert tx.get(Partner, acme).name == "Acme"
        assert tx.act_id is None
    with either_workbench.reading(actor) as tx:
        assert tx.get(Partner, acme).name == "Acme"
        events_of_intact(tx)
