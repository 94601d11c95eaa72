"""Bundles begin by themselves: once, at their time, whoever looks, however late, and whatever goes wrong."""

from __future__ import annotations

from datetime import date

import pytest

from engine.audit.models import Action
from engine.bundles import instantiate
from engine.bundles.models import BundleStatus
from engine.errors import ConflictError, NotFoundError, UnavailableError
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.schedules import looking
from engine.schedules.models import Schedule, StartState
from engine.tasks.models import Task
from tests.engine.schedules.conftest import Desk
from tests.factories import do


def test_nothing_begins_before_a_manager_switches_it_on(desk: Desk):
    assert desk.look("2026-11-23T09:00") == "Nothing is due."
    assert desk.bundles() == []


def test_a_bundle_begins_at_its_time_and_is_its_owners(desk: Desk):
    desk.switch_on(owner="ana@example.com")
    assert desk.look("2026-11-23T08:59") == "Nothing is due."
    assert desk.look("2026-11-23T09:00") == "1 started."
    [bundle] = desk.bundles()
    assert (bundle.title, bundle.anchor_date, bundle.owner_id) == (
        "Letter of 23 November 2026", date(2026, 11, 23), desk.people["ana"].user_id,
    )  # fmt: skip
    [row] = desk.rows()
    assert (row.bundle_id, row.state, row.reason) == (bundle.bundle_id, StartState.STARTED, None)
    with desk.workbench.reading(desk.people["ana"]) as tx:
        assert {task.owner_id for task in tx.find(Task)} == {bundle.owner_id}
    [made] = desk.events(Action.BUNDLE_CREATED)
    assert (made.actor_kind, made.actor_id, made.actor_name) == ("system", None, "Workbench")
    assert desk.schedule().next_anchor == date(2026, 11, 30)


def test_lead_days_begin_it_so_long_before_its_anchor_date(desk: Desk):
    desk.publish({"lead_days": 10})
    schedule = desk.switch_on()
    assert (schedule.next_anchor, f"{schedule.next_at:%d %H:%M}") == (date(2026, 12, 7), "27 09:00")
    desk.look("2026-11-27T09:00")
    assert desk.anchors() == [date(2026, 12, 7)]


def test_whoever_looks_again_starts_nothing_again(desk: Desk):
    desk.switch_on()
    desk.look("2026-11-23T09:00")
    assert [desk.look() for _ in range(3)] == ["Nothing is due."] * 3
    assert len(desk.bundles()) == 1


def test_a_clock_that_goes_back_starts_nothing_again(desk: Desk):
    desk.switch_on()
    desk.look("2026-11-23T09:00")
    for moment in ("2026-11-23T07:00", "2026-11-20T09:00", "2026-11-23T09:30"):
        assert desk.look(moment) == "Nothing is due."
    assert desk.look("2026-11-30T09:00") == "1 started."
    assert desk.anchors() == [date(2026, 11, 23), date(2026, 11, 30)]


def test_another_time_of_day_or_more_lead_starts_no_day_twice(desk: Desk):
    desk.switch_on()
    desk.look("2026-11-23T09:00")
    desk.publish({"schedule": "0 15 * * 1", "lead_days": 0})
    assert desk.look("2026-11-23T15:00") == "Nothing is due."
    desk.publish({"lead_days": 9})
    desk.look("2026-11-23T15:05")
    assert desk.anchors() == [date(2026, 11, 23), date(2026, 11, 30)]


MISSED = {
    "skip": ["missed", "missed", "missed"],
    "last": ["missed", "missed", "started"],
    "all": ["started", "started", "started"],
}


@pytest.mark.parametrize("policy", MISSED)
def test_of_three_weeks_without_a_worker_the_template_says_what_is_made_up_for(desk: Desk, policy: str):
    desk.publish({"missed": policy})
    desk.switch_on()
    desk.look("2026-12-09T12:00")
    assert [state for _, state in desk.starts()] == MISSED[policy]
    for row in desk.rows():
        is_missed = row.state is StartState.MISSED
        told = f"(missed: {policy})" if is_missed else "It began late"
        assert told in (row.reason or "")
    assert desk.schedule().next_anchor == date(2026, 12, 14)
    assert desk.look() == "Nothing is due."


def test_a_start_on_time_is_made_whatever_was_missed_before(desk: Desk):
    desk.publish({"missed": "skip"})
    desk.switch_on()
    desk.look("2026-11-30T09:40")
    assert desk.starts() == [("23 Nov", "missed"), ("30 Nov", "started")]


def test_many_missed_days_are_told_one_by_one(desk: Desk):
    desk.publish({"schedule": "0 9 * * *"})
    desk.switch_on()
    desk.look("2027-06-01T12:00")
    states = [state for _, state in desk.starts()]
    assert (len(states), set(states[:-1]), states[-1]) == (192, {"missed"}, "started")


OVERLAP = {
    "allow": [("23 Nov", "started"), ("30 Nov", "started")],
    "skip": [("23 Nov", "started"), ("30 Nov", "skipped")],
    "queue": [("23 Nov", "started"), ("30 Nov", "waiting")],
}


@pytest.mark.parametrize("policy", OVERLAP)
def test_while_the_bundle_before_it_is_open_the_template_says_what_becomes_of_the_next(
    desk: Desk, policy: str
):
    desk.publish({"overlap": policy})
    desk.switch_on()
    desk.look("2026-11-23T09:00")
    desk.look("2026-11-30T09:00")
    assert desk.starts() == OVERLAP[policy]
    reason = desk.rows()[-1].reason
    assert reason == (None if policy == "allow" else "“Letter of 23 November 2026” was still open")


def test_what_waits_begins_once_the_bundle_before_it_is_closed_one_after_the_other(desk: Desk):
    desk.publish({"overlap": "queue"})
    desk.switch_on()
    for day in ("11-23", "11-30", "12-07"):
        desk.look(f"2026-{day}T09:00")
    assert [state for _, state in desk.starts()] == ["started", "waiting", "waiting"]
    desk.close(desk.bundles()[0])
    assert desk.look() == "1 started."
    assert [state for _, state in desk.starts()] == ["started", "started", "waiting"]
    assert desk.look() == "Nothing is due."
    desk.close(desk.bundles()[1])
    desk.look()
    assert desk.anchors() == [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7)]


def test_a_bundle_that_somebody_started_by_hand_holds_up_nothing(desk: Desk):
    desk.publish({"overlap": "skip"})
    desk.switch_on()
    given = {"template": "letter", "anchor_date": "2026-11-20", "parameters": {"day": "today"}}
    do(desk.workbench, desk.people["mara"], "bundle create", **given)
    assert desk.look("2026-11-23T09:00") == "1 started."


def test_a_start_that_is_refused_is_told_and_the_next_is_tried(desk: Desk):
    desk.switch_on()
    desk.publish(
        parameters={**_of("topic"), "required": ["topic"]}, trigger={"parameters": {}}, bundle_title=None
    )
    desk.look("2026-11-23T09:00")
    [row] = desk.rows()
    assert (row.state, row.bundle_id) == (StartState.REFUSED, None)
    assert "topic is missing" in (row.reason or "")
    desk.publish()
    desk.look("2026-11-30T09:00")
    assert desk.starts() == [("23 Nov", "refused"), ("30 Nov", "started")]


def test_a_start_that_is_refused_in_the_middle_leaves_its_row_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.switch_on()

    def refuse(*_: object) -> None:
        raise ConflictError("The tasks cannot be made.")

    monkeypatch.setattr(instantiate, "_add_tasks", refuse)
    assert desk.look("2026-11-23T09:00") == "1 refused."
    assert (desk.bundles(), desk.events(Action.BUNDLE_CREATED)) == ([], [])
    assert [row.reason for row in desk.rows()] == ["The tasks cannot be made."]


def _of(name: str) -> dict[str, object]:
    return {"type": "object", "properties": {name: {"type": "string", "title": name}}}


def test_a_template_that_broke_holds_its_starts_until_it_is_mended(desk: Desk):
    desk.switch_on()
    desk.publish(task_type="nope")
    assert desk.look("2026-11-23T09:00") == "Nothing is due."
    assert "nope" in (desk.schedule().problem or "")
    before = len(desk.events(Action.SCHEDULE_CHANGED))
    desk.look("2026-11-23T09:05")
    assert len(desk.events(Action.SCHEDULE_CHANGED)) == before
    desk.publish()
    assert desk.look("2026-11-23T09:10") == "1 started."
    assert desk.schedule().problem is None


def test_a_template_that_was_retired_owes_nothing(desk: Desk):
    desk.switch_on()
    desk.publish(status="retired")
    desk.look("2026-11-23T09:00")
    assert "only active ones are started" in (desk.schedule().problem or "")
    desk.publish()
    assert desk.look("2026-11-23T09:10") == "Nothing is due."
    assert desk.schedule().next_anchor == date(2026, 11, 30)


def test_a_template_that_is_gone_is_told_and_other_schedules_go_on(desk: Desk):
    desk.repo.put("task_templates/gone.yaml", _GONE)
    desk.repo.commit()
    desk.switch_on(template="gone")
    desk.switch_on(template="letter")
    (desk.repo.folder / "content/task_templates/gone.yaml").unlink()
    desk.repo.commit()
    assert desk.look("2026-11-23T09:00") == "1 started."
    with desk.workbench.reading(desk.people["mara"]) as tx:
        problems = {one.template_id: one.problem for one in tx.find(Schedule)}
    assert problems["letter"] is None
    assert "gone" in (problems["gone"] or "")


_GONE = {
    "key": "gone",
    "name": "Gone",
    "task_type": "work",
    "trigger": {"mode": "schedule", "schedule": "0 9 * * 1"},
    "tasks": [{"ref": "one", "title": "One"}],
}


def test_what_a_template_that_was_switched_off_left_out_is_not_owed(desk: Desk):
    desk.switch_on()
    desk.publish({"enabled": False})
    desk.look("2026-11-23T09:00")
    schedule = desk.schedule()
    assert schedule.next_at is None
    assert "enabled: false" in (schedule.problem or "")
    desk.publish({"missed": "all"})
    desk.look("2026-12-01T12:00")
    assert (desk.starts(), desk.schedule().next_anchor) == ([], date(2026, 12, 7))


def test_nothing_begins_for_an_owner_who_left(desk: Desk):
    desk.switch_on(owner="ana@example.com")
    do(
        desk.workbench,
        desk.workbench.operator(),
        "user change",
        user_id=desk.people["ana"].user_id,
        is_active=False,
    )
    desk.look("2026-11-23T09:00")
    assert desk.schedule().problem == (
        "Ana is not active any more. Switch the schedule on with another owner."
    )
    desk.switch_on(owner="ben@example.com")
    assert desk.look("2026-11-23T09:30") == "1 started."


def test_a_database_that_is_away_loses_nothing_and_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.switch_on()
    desk.switch_on(campaign="acme_spring")
    real, failed = instantiate.start, list[str]()

    def away(tx, content, new, **given):
        if new.campaign is None and not failed:
            failed.append(new.template)
            raise UnavailableError("The database is away.")
        return real(tx, content, new, **given)

    monkeypatch.setattr(instantiate, "start", away)
    assert desk.look("2026-11-23T09:00") == "The database is away."
    assert len(desk.bundles()) == 1
    assert desk.look() == "1 started."
    assert [row.state for row in desk.rows()] == [StartState.STARTED, StartState.STARTED]


def test_a_step_that_ends_in_the_middle_leaves_neither_bundle_nor_row(desk: Desk):
    schedule = desk.switch_on()
    desk.clock.advance(days=3)
    before = desk.schedule()
    made = list[object]()

    def die() -> None:
        with desk.workbench.transaction(desk.workbench.system_actor()) as tx:
            made.extend(looking.step(tx, desk.workbench.content(), schedule.schedule_id))
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        die()
    assert len(made) == 1
    assert (desk.bundles(), desk.rows(), desk.schedule()) == ([], [], before)
    desk.look()
    assert len(desk.bundles()) == len(desk.rows()) == 1


def test_a_paused_schedule_starts_nothing_and_owes_nothing_afterwards(desk: Desk):
    schedule = desk.switch_on()
    desk.act("pause", schedule)
    desk.look("2026-12-01T12:00")
    desk.switch_on()
    desk.look()
    assert (desk.rows(), desk.schedule().next_anchor) == ([], date(2026, 12, 7))
    assert desk.schedule().schedule_id == schedule.schedule_id


def test_closed_bundles_count_as_closed_whichever_way(desk: Desk):
    desk.publish({"overlap": "skip"})
    desk.switch_on()
    desk.look("2026-11-23T09:00")
    [bundle] = desk.bundles()
    with desk.workbench.reading(desk.people["mara"]) as tx:
        ids = [task.task_id for task in tx.find(Task)]
    for task_id in ids:
        do(desk.workbench, desk.people["mara"], "task complete", task_id=task_id)
    do(desk.workbench, desk.people["mara"], "bundle complete", bundle_id=bundle.bundle_id)
    assert desk.bundles()[0].status is BundleStatus.COMPLETED
    assert desk.look("2026-11-30T09:00") == "1 started."


@pytest.mark.parametrize("why", ["refused", "missed", "broken"])
def test_the_owner_finds_in_their_inbox_what_has_not_begun_until_they_have_seen_it(desk: Desk, why: str):
    schedule = desk.switch_on(owner="ana@example.com")
    if why == "refused":
        desk.publish(
            parameters={**_of("topic"), "required": ["topic"]}, trigger={"parameters": {}}, bundle_title=None
        )
    elif why == "broken":
        desk.publish(task_type="nope")
    else:
        desk.publish({"missed": "skip"})
    desk.look("2026-11-23T12:00" if why == "missed" else "2026-11-23T09:00")
    told = {"refused": "topic is missing", "missed": "Missed: 2026-11-23", "broken": "nope"}
    [item] = news(desk, "ana")
    assert (item.key, item.title, item.kind) == (schedule.schedule_id, "Letter", Kind.NOT_BEGUN)
    assert told[why] in (item.description or "")
    assert news(desk, "mara") == []
    with desk.workbench.reading(desk.people["ana"]) as tx:
        assert tx.get(Schedule, schedule.schedule_id).trouble == item.description
    with desk.workbench.reading(desk.people["ben"]) as tx, pytest.raises(NotFoundError):
        tx.get(Schedule, schedule.schedule_id)
    desk.clock.advance(minutes=1)
    do(desk.workbench, desk.people["ana"], "inbox seen")
    assert news(desk, "ana") == []


def news(desk: Desk, who: str) -> list:
    with desk.workbench.reading(desk.people[who]) as tx:
        return [item for item in inbox.load(tx).items if item.kind is Kind.NOT_BEGUN]


def test_whoever_switches_it_on_for_another_owner_moves_the_item_and_what_both_inboxes_count(desk: Desk):
    desk.switch_on(owner="ana@example.com")
    desk.publish({"missed": "skip"})
    desk.look("2026-11-23T12:00")
    assert (waiting(desk, "ana"), waiting(desk, "mara")) == (1, 0)
    desk.switch_on(owner="mara@example.com")
    assert (news(desk, "ana"), len(news(desk, "mara"))) == ([], 1)
    assert (waiting(desk, "ana"), waiting(desk, "mara")) == (0, 1)


def waiting(desk: Desk, who: str) -> int:
    with desk.workbench.reading(desk.people[who]) as tx:
        return inbox.count(tx, inbox.positions(tx))
