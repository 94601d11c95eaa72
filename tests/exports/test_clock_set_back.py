"""What is recorded never goes back in time, whatever the clock does; and old stores where it does (S10)."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit import history
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock, HindsightClock, to_text
from engine.config import Settings
from engine.deliverables.models import Deliverable
from engine.errors import BadRequestError, InvalidTransitionError
from engine.tasks import lifecycle, notes
from engine.tasks.models import Task
from exports import restore, validate, writer
from tests.conftest import NOW, highest_side
from tests.exports import lived
from tests.exports.conftest import Copy, contents, rows
from tests.factories import make_task

A_MINUTE = timedelta(minutes=1)


def _turned_back(clock: FixedClock) -> FixedClock:
    """Let a clock go a minute back whenever it is looked at."""

    class TurnedBack(FixedClock):
        def now(self) -> datetime:
            self.set(super().now() - A_MINUTE)
            return super().now()

    return TurnedBack(clock.now())


@pytest.fixture
def old_export(
    settings: Settings, shipped_catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The export of a store of old, whose clock was set back between two decisions on a version."""
    clock = HindsightClock(NOW)
    workbench = Workbench(settings, clock=clock, catalog=shipped_catalog, dice=highest_side)
    decide, hand_over_again = lived._decide, lived._hand_over_again

    def approved_by_an_earlier_clock(workbench: Workbench, actor: Actor, *rest: Any) -> None:
        clock.advance(hours=-1 if actor.name == "Pat" else 2)
        given = (rest[0], "approved") if actor.name == "Pat" else rest
        decide(workbench, actor, *given)

    def once(workbench: Workbench, task_id: str) -> None:
        with workbench.reading(workbench.operator()) as tx:
            is_first = tx.count(Deliverable, task_id=task_id) == 1
        if is_first:
            hand_over_again(workbench, task_id)

    monkeypatch.setattr(lived, "_decide", approved_by_an_earlier_clock)
    monkeypatch.setattr(lived, "_hand_over_again", once)
    with pytest.raises(InvalidTransitionError, match="from “Done” to “Done”"):
        lived.live(workbench)  # the partner's approval completed the task already
    writer.write(workbench, workbench.operator(), tmp_path / "old")
    workbench.close()
    return tmp_path / "old"


def _times(workbench: Workbench) -> list[datetime]:
    with workbench.reading(workbench.operator()) as tx, history.events(tx) as events:
        return [datetime.fromisoformat(event["occurred_at"]) for event in events]


def test_by_a_clock_that_runs_back_all_the_time_the_work_of_a_month_is_a_valid_export(
    either_workbench: Workbench, tmp_path: Path
) -> None:
    either_workbench.clock = _turned_back(FixedClock(NOW))
    lived.live(either_workbench)
    times = _times(either_workbench)
    assert times == sorted(times)
    writer.write(either_workbench, either_workbench.operator(), tmp_path / "out")
    assert validate.examine(tmp_path / "out") == ([], [])
    for table in ("tasks", "bundles", "deliverables", "task_approvals"):
        told = {row["created_at"] <= row["updated_at"] for row in rows(tmp_path / "out", table)}
        assert told == {True}, table


def test_what_is_done_after_the_clock_was_set_back_follows_in_single_milliseconds_until_it_has_caught_up(
    either_workbench: Workbench,
) -> None:
    clock: Any = either_workbench.clock
    first = make_task(either_workbench)
    clock.advance(hours=-3)
    second, third = make_task(either_workbench), make_task(either_workbench)
    clock.advance(hours=4)
    fourth = make_task(either_workbench)
    made = [task.created_at - NOW for task in (first, second, third, fourth)]
    a_millisecond = timedelta(milliseconds=1)
    assert made == [timedelta(0), a_millisecond, 2 * a_millisecond, timedelta(hours=1)]


def test_of_two_servers_the_one_whose_clock_is_behind_records_after_the_other(
    either_workbench: Workbench, shipped_catalog: Catalog
) -> None:
    behind = FixedClock(NOW - timedelta(minutes=5))
    other = Workbench(either_workbench.settings, clock=behind, catalog=shipped_catalog)
    try:
        for number in range(6):
            make_task((either_workbench, other)[number % 2], title=f"Task {number}")
    finally:
        other.close()
    with either_workbench.reading(either_workbench.operator()) as tx:
        made = sorted(tx.find(Task), key=lambda task: (task.created_at, task.task_number))
    assert [task.title for task in made] == [f"Task {number}" for number in range(6)]


def test_dates_go_by_the_clock_after_an_event_of_the_year_2099(
    either_workbench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    clock: Any = either_workbench.clock
    clock.set(datetime(2099, 5, 1, tzinfo=UTC))
    task = make_task(either_workbench)
    clock.set(NOW)
    operator = either_workbench.operator()
    with caplog.at_level(logging.WARNING), either_workbench.transaction(operator) as tx:
        assert tx.today == NOW.date()
        lifecycle.start(tx, task.task_id)
        waiting = lifecycle.wait(tx, task.task_id, "the bank")
    assert waiting.waiting_since is not None
    assert waiting.waiting_since.year == 2099
    assert waiting.follow_up_at is not None
    assert NOW < waiting.follow_up_at < NOW + timedelta(days=30)
    with either_workbench.transaction(operator) as tx:
        notes.add(tx, task.task_id, "still here")
    said = [record.getMessage() for record in caplog.records if "2099" in record.getMessage()]
    assert len(said) == 1, "it is told once"
    assert "This machine's clock says 2026-11-21T" in said[0]


def test_doctor_says_that_the_clock_is_behind_what_is_recorded(
    settings: Settings, shipped_catalog: Catalog, cli: Any
) -> None:
    ahead = FixedClock(datetime(2099, 5, 1, tzinfo=UTC))
    workbench = Workbench(settings, clock=ahead, catalog=shipped_catalog)
    make_task(workbench)
    workbench.close()
    found = {one["check"]: one for one in cli("doctor", "--json").json["checks"]}
    assert found["recorded times"]["ok"] is False
    assert "2099-05-01T00:00:00.000Z is recorded already" in found["recorded times"]["message"]


@pytest.mark.wide  # exports, and restores
def test_an_old_export_whose_times_run_back_is_named_as_that_and_comes_back(
    old_export: Path, settings: Settings, tmp_path: Path, cli: Any
) -> None:
    frozen = {row["deliverable_id"]: row["frozen_at"] for row in rows(old_export, "deliverables")}
    decided = [row for row in rows(old_export, "task_approvals") if row["decided_at"]]
    assert any(row["decided_at"] < frozen[row["deliverable_id"]] for row in decided), "times run back"
    said = cli("export", "check", str(old_export))
    assert said.code == 0
    assert "events tell an earlier time than the one before them, the first is event " in said.out
    there = replace(settings, database=f"sqlite:///{tmp_path}/there/store.db", blobs=str(tmp_path / "b"))
    restore.restore(there, old_export)
    workbench = Workbench(there, clock=FixedClock(NOW - timedelta(days=1)))
    try:
        writer.write(workbench, workbench.operator(), tmp_path / "again")
        assert contents(tmp_path / "again") == contents(old_export)
        make_task(workbench)
        times = _times(workbench)
        assert times[-1] > max(times[:-1]), "nothing new runs back"
    finally:
        workbench.close()


def test_a_version_that_was_frozen_after_it_was_decided_on_is_still_a_fault(copy: Copy) -> None:
    decision = next(row for row in copy.rows("task_approvals") if row["decided_at"])
    version = decision["deliverable_id"]
    later = to_text(datetime.fromisoformat(decision["decided_at"]) + timedelta(hours=1))
    copy.change("deliverables", lambda row: row["deliverable_id"] == version, frozen_at=later)
    copy.write(
        "audit_events",
        [
            row
            for row in copy.rows("audit_events")
            if not (row["action"] == "deliverable_frozen" and row["entity_id"] == version)
        ],
    )
    copy.rechain()
    copy.reseal()
    assert "approval_content" in {one.rule for one in validate.check(copy.folder)}
    with pytest.raises(BadRequestError):
        restore.restore(Settings(database=f"sqlite:///{copy.folder}/../x.db"), copy.folder)
