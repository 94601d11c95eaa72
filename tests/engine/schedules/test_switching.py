"""A manager switches a schedule on and off, sees what it would bring, and starts or leaves out a day."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from engine.audit.models import Action
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from engine.schedules import looking
from engine.schedules.commands import SwitchedOn
from engine.schedules.models import ScheduledStart, ScheduleState, StartState
from engine.tasks.models import Task
from tests.engine.schedules.conftest import TRIGGER, Desk
from tests.factories import do


def preview(desk: Desk, **given: object) -> SwitchedOn:
    given = {"template": "letter", "dry_run": True, **given}
    found = do(desk.workbench, desk.people["mara"], "schedule start", **given)
    assert isinstance(found, SwitchedOn)
    return found


def test_the_next_five_starts_are_shown_before_anything_is_switched_on(desk: Desk):
    desk.publish({"lead_days": 10})
    done = preview(desk)
    assert done.message == "Nothing is switched on. The first bundle would be for Mon 7 Dec 2026."
    assert [f"{one.due.anchor:%d %b}" for one in done.upcoming] == [
        "07 Dec", "14 Dec", "21 Dec", "28 Dec", "04 Jan",
    ]  # fmt: skip
    first = done.upcoming[0]
    assert first.plan is not None
    dates = {task.ref: task.due_date for task in first.plan.tasks}
    # Friday 4 December is the office's holiday; the thanks count from the day on which it begins.
    assert dates == {"write": date(2026, 12, 2), "send": date(2026, 12, 7), "thank": date(2026, 11, 28)}
    assert first.due_dates == (date(2026, 11, 28), date(2026, 12, 7))
    assert (desk.bundles(), desk.rows(), desk.events(Action.SCHEDULE_STARTED)) == ([], [], [])


def test_what_is_shown_is_what_begins(desk: Desk):
    desk.publish({"lead_days": 10})
    planned = preview(desk).upcoming[0].as_json()
    desk.switch_on()
    desk.look("2026-11-27T09:00")
    [bundle] = desk.bundles()
    with desk.workbench.reading(desk.people["mara"]) as tx:
        made = {task.template_task_ref: str(task.due_date) for task in tx.find(Task)}
    assert {task["ref"]: task["due_date"] for task in planned["tasks"]} == made
    assert (planned["anchor_date"], planned["title"]) == (str(bundle.anchor_date), bundle.title)


def test_each_campaign_and_the_house_has_a_schedule_of_its_own(desk: Desk):
    ids = {
        desk.switch_on(**given).schedule_id
        for given in ({}, {"campaign": "acme_spring"}, {"partner": "acme"})
    }
    again = desk.switch_on(campaign="acme_spring")
    assert len(ids) == 3
    assert again.schedule_id in ids
    desk.look("2026-11-23T09:00")
    assert {(bundle.partner_id is None, bundle.campaign_id is None) for bundle in desk.bundles()} == {
        (True, True), (False, True), (False, False),
    }  # fmt: skip


def test_an_override_has_days_of_its_own(desk: Desk):
    override = {
        "overrides": "letter",
        "campaign": "acme_spring",
        "trigger": {**TRIGGER, "schedule": "30 6 * * 3"},
    }
    desk.repo.put("task_templates/campaigns/acme_spring/letter.yaml", override)
    desk.repo.commit()
    schedule = desk.switch_on(campaign="acme_spring", parameters={"day": "each week"})
    assert (schedule.next_anchor, f"{schedule.next_at:%H:%M}") == (date(2026, 11, 25), "06:30")


def test_parameters_that_a_start_would_refuse_are_refused_at_once(desk: Desk):
    with pytest.raises(BadRequestError, match="more than 20 characters"):
        desk.switch_on(parameters={"day": "a day of which much is to be said"})
    desk.switch_on(parameters={"day": "week {{ anchor_week }}"})
    desk.look("2026-11-23T09:00")
    assert desk.bundles()[0].title == "Letter of week 48"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"trigger": {"enabled": False}}, "its trigger says enabled: false"),
        ({"trigger": {"mode": "manual"}}, "its trigger is not of mode schedule"),
        ({"status": "draft"}, "only active ones are started"),
        ({"trigger": {"schedule": "0 9 30 2 *"}}, "names no day to come"),
    ],
)
def test_a_template_from_which_nothing_begins_cannot_be_switched_on(desk: Desk, fields, words):
    desk.publish(**fields)
    with pytest.raises(ConflictError, match=words):
        desk.switch_on()


@pytest.mark.parametrize("who", ["sam", "ana", "bot", "pat"])
def test_only_managers_switch_on_pause_start_and_leave_out(desk: Desk, who: str):
    schedule = desk.switch_on()
    with pytest.raises(ForbiddenError):
        desk.switch_on(who)
    for verb in ("pause", "run", "skip"):
        assert "may not" in desk.refusal(verb, schedule, who)
    assert desk.schedule() == schedule


def test_an_owner_must_be_able_to_own_bundles(desk: Desk):
    for email, words in (("pat@example.com", "may not start bundles"), ("zoe@example.com", "no active user")):
        with pytest.raises(BadRequestError, match=words):
            desk.switch_on(owner=email)


def test_a_schedule_is_paused_once(desk: Desk):
    schedule = desk.switch_on()
    paused = desk.act("pause", schedule)
    assert (paused.state, paused.next_at, paused.next_anchor) == (ScheduleState.PAUSED, None, None)
    assert desk.refusal("pause", schedule) == "This schedule is paused already."
    with pytest.raises(NotFoundError):
        do(desk.workbench, desk.people["mara"], "schedule pause", schedule_id="sch_nothing")


def test_the_next_start_can_be_made_now_and_is_not_made_again_at_its_time(desk: Desk):
    schedule = desk.switch_on()
    row = desk.act("run", schedule)
    assert isinstance(row, ScheduledStart)
    assert (row.anchor_date, row.state, row.reason) == (
        date(2026, 11, 23),
        StartState.STARTED,
        "Started by Mara",
    )
    assert desk.schedule().next_anchor == date(2026, 11, 30)
    assert desk.look("2026-11-23T09:00") == "Nothing is due."
    assert desk.look("2026-11-30T09:00") == "1 started."
    assert len(desk.bundles()) == 2


def test_a_day_is_started_by_hand_once_also_one_that_the_schedule_does_not_name(desk: Desk):
    schedule = desk.switch_on()
    desk.act("run", schedule, anchor_date="2026-11-25")
    assert desk.refusal("run", schedule, anchor_date="2026-11-25") == (
        "The bundle of 2026-11-25 was started already; choose another day."
    )
    assert desk.schedule().next_anchor == date(2026, 11, 23)
    for day in ("0001-01-01", "9999-12-31"):
        assert "anchor_date" in desk.refusal("run", schedule, anchor_date=day)


def test_a_day_is_left_out_with_a_reason(desk: Desk):
    schedule = desk.switch_on()
    desk.act("skip", schedule, reason="Holidays")
    desk.act("skip", schedule, anchor_date="2026-12-07")
    assert desk.schedule().next_anchor == date(2026, 11, 30)
    desk.look("2026-12-08T12:00")
    assert desk.starts() == [("23 Nov", "skipped"), ("30 Nov", "started"), ("07 Dec", "skipped")]
    assert desk.rows()[0].reason == "Left out by Mara: Holidays"
    assert "was skipped already" in desk.refusal("skip", schedule, anchor_date="2026-12-07")


def test_a_day_that_was_left_out_and_is_started_all_the_same_keeps_why_it_was_left_out(desk: Desk):
    schedule = desk.switch_on()
    desk.act("skip", schedule, reason="Holidays")
    row = desk.act("run", schedule, anchor_date="2026-11-23")
    assert row.reason == "Started by Mara. Before that it was skipped: Left out by Mara: Holidays"


@pytest.mark.parametrize("state", ["refused", "missed", "skipped", "waiting"])
def test_what_was_not_started_can_be_started_by_hand_afterwards(desk: Desk, state: str):
    triggers = {"missed": {"missed": "skip"}, "skipped": {"overlap": "skip"}, "waiting": {"overlap": "queue"}}
    desk.publish(triggers.get(state, {}))
    schedule = desk.switch_on()
    if state in ("skipped", "waiting"):
        desk.act("run", schedule, anchor_date="2026-11-20")
    if state == "refused":
        desk.publish({"parameters": {}})
    desk.look("2026-11-23T12:00" if state == "missed" else "2026-11-23T09:00")
    assert ("23 Nov", state) in desk.starts()
    desk.publish()
    desk.act("run", schedule, anchor_date="2026-11-23")
    assert ("23 Nov", "started") in desk.starts()
    assert desk.look() == "Nothing is due."


def test_two_workers_that_look_at_once_start_one_bundle(desk: Desk):
    schedule = desk.switch_on()
    desk.clock.advance(days=3)
    workbench, content, ready = desk.workbench, desk.workbench.content(), threading.Barrier(4)
    found = list[int]()

    def look() -> None:
        ready.wait()
        with workbench.transaction(workbench.system_actor()) as tx:
            found.append(len(looking.step(tx, content, schedule.schedule_id)))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 0, 1]
    assert len(desk.bundles()) == 1
