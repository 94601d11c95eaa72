"""Whatever people do at random: what offers Undo, undone, leaves every record as it was before."""

# ruff: noqa: S311 - chance is no secret here

from __future__ import annotations

import random
from collections import Counter

import pytest

from engine.app import Workbench
from engine.corrections import undo
from tests.engine.corrections.walk import Walk
from tests.verified import events_of_intact

#: What a walk must have taken back, so that it says something.
UNDONE = (
    "assign",
    "block",
    "bulk",
    "change",
    "defer",
    "depend",
    "put_back",
    "wait",
    "bundle reanchor",
    "bundle stage",
)
_STEPS = 420


@pytest.mark.wide  # one command after the other
def test_undo_after_whatever_offers_it_gives_the_records_before(either_workbench: Workbench):
    walk, undone = Walk(either_workbench, random.Random(4)), Counter[str]()
    before = walk.documents()
    for number in range(_STEPS):
        if number % 60 == 59:
            walk.start()
            before = walk.documents()
        name, who, told = walk.step()
        if not told and name != "finish":
            continue
        if undo.is_offered(told) and walk.dice.random() < 0.7:
            act_id = told[0].audit_event_id
            either_workbench.clock.set(told[0].occurred_at)  # type: ignore[attr-defined]
            with either_workbench.transaction(who) as tx:
                undo.undo(tx, act_id)
            assert walk.documents() == before, f"{name}: {[event.summary for event in told]}"
            undone[name] += 1
        before = walk.documents()
    assert [name for name in UNDONE if not undone[name]] == [], undone
    with either_workbench.reading(walk.people["mara"]) as tx:
        events_of_intact(tx)
