"""A unit of work is all or nothing, with what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine.app import Workbench
from engine.audit.models import Action
from engine.errors import WorkbenchError
from engine.reference.models import Partner
from engine.transaction import Transaction
from engine.wiring import Fact
from tests.engine.transactions.samples import partner, refused


def snapshot(workbench: Workbench) -> tuple[list[str], int]:
    texts = [
        text
        for name in sorted(workbench.database.tables())
        for text in workbench.database.table(name).select_rows({})
    ]
    return texts, workbench.database.head(workbench.workspace.workspace_id).position


@pytest.mark.parametrize("flushed", [False, True])
def test_any_error_rolls_everything_back(workbench, operator, acme, flushed: bool):
    before, called = snapshot(workbench), []

    def change(tx: Transaction) -> None:
        partner(tx, "globex")
        tx.get(Partner, acme).name = "changed"
        tx.save(tx.get(Partner, acme))
        tx.take_numbers("n")
        tx.after_commit(lambda: called.append("told"))
        if flushed:
            tx.tell()
        raise ZeroDivisionError

    refused(workbench, change, ZeroDivisionError)
    assert snapshot(workbench) == before
    assert called == []


@dataclass(frozen=True)
class Renamed(Fact):
    partner: Partner
    name: str


def rename(tx: Transaction, partner_id: str, name: str) -> None:
    found = tx.get(Partner, partner_id)
    found.name = name
    tx.save(found)
    tx.record(Action.PARTNER_CHANGED, found, f"renamed to {name}", fact=Renamed(found, name))


def test_an_error_of_a_reaction_rolls_back_what_caused_it(workbench, operator, acme):
    def refuse(tx: Transaction, fact: Renamed) -> None:
        raise WorkbenchError("a later layer says no")

    workbench._wiring.on(Renamed, refuse)
    before = snapshot(workbench)
    refused(workbench, lambda tx: rename(tx, acme, "Acme Ltd"), WorkbenchError, "later layer")
    assert snapshot(workbench) == before


def test_reactions_run_once_the_use_case_is_done_and_see_the_change(workbench, operator, acme):
    seen = []
    workbench._wiring.on(Renamed, lambda tx, fact: seen.append((fact.name, tx.find_one(Partner).name)))
    with workbench.transaction(operator) as tx:
        rename(tx, acme, "Acme Ltd")
        assert seen == []
    assert seen == [("Acme Ltd", "Acme Ltd")]


def test_facts_are_followed_up_first_in_first_out_and_each_by_the_areas_in_their_order(
    workbench, operator, acme
):
    """H7: breadth first; what a follow-up does is followed up after what was done before it."""
    said: list[str] = []

    def first(tx: Transaction, fact: Renamed) -> None:
        said.append(f"first {fact.name}")
        if len(fact.name) == 1:
            rename(tx, acme, fact.name * 2)

    workbench._wiring.on(Renamed, first)
    workbench._wiring.on(Renamed, lambda _tx, fact: said.append(f"second {fact.name}"))
    with workbench.transaction(operator) as tx:
        rename(tx, acme, "A")
        rename(tx, acme, "B")
    order = ("A", "B", "AA", "BB")
    assert said == [f"{area} {name}" for name in order for area in ("first", "second")]


def test_whoever_does_several_use_cases_in_one_transaction_settles_between_them(workbench, operator, acme):
    seen: list[str] = []
    workbench._wiring.on(Renamed, lambda _tx, fact: seen.append(fact.name))
    with workbench.transaction(operator) as tx:
        rename(tx, acme, "One")
        tx.settle()
        assert seen == ["One"]
        rename(tx, acme, "Two")
    assert seen == ["One", "Two"]


def test_follow_ups_that_go_round_in_a_circle_are_refused(workbench, operator, acme):
    def once_more(tx: Transaction, fact: Renamed) -> None:
        assert len(fact.name) < 1_000, "nobody stops it"
        rename(tx, acme, fact.name + "x")

    workbench._wiring.on(Renamed, once_more)
    before = snapshot(workbench)
    refused(workbench, lambda tx: rename(tx, acme, "A"), RuntimeError, "round in a circle")
    assert snapshot(workbench) == before
