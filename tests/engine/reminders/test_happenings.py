"""Reminders of what has happened: a bundle's stage; in a workspace with its content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import text

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.catalog.content import Content
from engine.catalog.reminder_rules import WorkspaceReminders
from engine.clock import FixedClock
from engine.reminders.models import Reminder, ReminderState
from engine.reminders.tick import tick
from engine.watching import service as watching
from engine.watching.models import WatchMode
from tests.factories import make_bundle, make_people


class House:
    """A workspace with a bundle, on a Monday at noon in Berlin's winter."""

    def __init__(self, workbench: Workbench, clock: FixedClock) -> None:
        self.workbench, self.clock = workbench, clock
        self.people: dict[str, Actor] = make_people(workbench)
        self.bundle_id = make_bundle(workbench).bundle_id
        workbench.settings = replace(workbench.settings, reminders=True)
        self.says("watchers")
        clock.set(datetime(2026, 11, 30, 11, 0, tzinfo=UTC))
        self.tick()

    def says(self, stage_change: str) -> None:
        said = {"key": "workspace", "reminders": {"stage_change": stage_change}}
        self.content: Content = replace(
            self.workbench.content(), reminders=WorkspaceReminders.model_validate(said)
        )

    def tick(self) -> str:
        return tick(partial(self.workbench.transaction, self.workbench.system_actor()), self.content)

    def watch(self, name: str) -> None:
        with self.workbench.transaction(self.people[name]) as tx:
            watching.set_mode(tx, tx.get(Bundle, self.bundle_id), WatchMode.WATCHING)

    def move(self, name: str, stage: str) -> None:
        with self.workbench.transaction(self.people[name]) as tx:
            bundles.set_stage(tx, self.bundle_id, stage)

    def ledger(self) -> list[Reminder]:
        with self.workbench.reading(self.workbench.operator()) as tx:
            return [one for one in tx.find(Reminder, order_by=("reminder_id",)) if one.task_id is None]


@pytest.fixture
def house(workbench: Workbench, clock: FixedClock) -> Iterator[House]:
    return House(workbench, clock)


def test_a_move_to_another_stage_is_told_to_whoever_watches_but_for_who_made_it(house: House):
    house.watch("mara")
    house.watch("sam")
    house.move("mara", "announced")
    house.tick()
    [only] = house.ledger()
    assert (only.user_id, only.state) == (house.people["sam"].user_id, ReminderState.SENT)
    assert only.text == "It moved to announced."
    house.tick()
    assert len(house.ledger()) == 1


def test_a_move_at_night_waits_for_the_morning_in_the_ledger(house: House):
    house.watch("sam")
    house.clock.set(datetime(2026, 11, 30, 21, 0, tzinfo=UTC))
    house.move("mara", "announced")
    house.tick()
    [only] = house.ledger()
    assert (only.state, only.reason) == (
        ReminderState.PLANNED,
        "It happened in quiet hours, and waits for their end.",
    )
    house.clock.set(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
    house.tick()
    [only] = house.ledger()
    assert (only.state, only.reason) == (ReminderState.SENT, "The quiet hours are over.")


def test_nobody_is_told_of_stages_where_the_rules_say_so(house: House):
    house.says("nobody")
    house.watch("sam")
    house.move("mara", "announced")
    house.tick()
    assert house.ledger() == []


def test_a_bundle_that_cannot_be_read_is_named_in_the_log_and_the_others_are_told_of(
    house: House, caplog: pytest.LogCaptureFixture
):
    other = make_bundle(house.workbench).bundle_id
    with house.workbench.transaction(house.people["sam"]) as tx:
        watching.set_mode(tx, tx.get(Bundle, other), WatchMode.WATCHING)
    house.move("mara", "announced")
    with house.workbench.transaction(house.people["mara"]) as tx:
        bundles.set_stage(tx, other, "announced")
    with house.workbench.database.write() as connection:
        spoil = text("UPDATE bundles SET document = '{}' WHERE bundle_id = :value")
        connection.execute(spoil, {"value": house.bundle_id})
    house.tick()
    assert [one.bundle_id for one in house.ledger()] == [other]
    assert f"nobody is reminded of the stage of {house.bundle_id}: " in caplog.text
    house.tick()
    assert len(house.ledger()) == 1
