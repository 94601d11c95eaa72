"""Stages, completion, cancellation and re-anchoring of a running bundle, and what task moves mean for it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.audit.models import Action, Event
from engine.bundles import service
from engine.bundles.models import Bundle, BundleStatus
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    InvalidTransitionError,
    StaleWriteError,
)
from engine.tasks import lifecycle, update
from engine.tasks.models import TaskStatus


def bundle_of(on) -> Bundle:
    return on.find(Bundle)[0]


def actions(on) -> list[str]:
    found = on.find(Event, bundle_id=on.bundle_id, order_by=("seq",))
    return [event.action for event in found if event.action != Action.TASK_CREATED][1:]


# -- stages ------------------------------------------------------------------------------------


def test_stages_move_by_hand_in_any_order_an_event_each(start, work):
    on = work(start())
    for stage in ("public", "making", "on_hold"):
        assert on.do(service.set_stage, stage).stage == stage
    on.do(service.set_stage, "on_hold")
    assert actions(on) == [Action.BUNDLE_STAGE_CHANGED] * 3


@pytest.mark.parametrize("stage", ["", "On hold", "x" * 101, "2nd", "a-b"])
def test_a_stage_that_is_no_name_is_refused(start, work, stage):
    on = work(start())
    with pytest.raises(BadRequestError, match="is not a stage"):
        on.do(service.set_stage, stage)
    assert bundle_of(on).stage == "making"


def test_a_completed_task_moves_the_stage_and_a_skipped_one_does_not(start, work):
    on = work(start("launch", parameters={"sponsored": True}))
    with_stage = on.task("publish")
    assert with_stage.stage_on_complete == "public"
    on.do(lambda tx, _: lifecycle.cancel(tx, on.task("draft").task_id))
    on.skip("publish", "not planned")
    assert bundle_of(on).stage == "making"


def let_go(on) -> None:
    """Let publishing wait for nothing, as a manager may."""
    changes = {"depends_on": [], "reason": "It can wait"}
    on.do(lambda tx, _: update.update(tx, None, on.task("publish").task_id, changes))


def test_completing_a_task_moves_the_stage_in_the_same_transaction(start, work):
    on = work(start())
    on.do(
        lambda tx, _: update.update(
            tx, None, on.task("publish").task_id, {"depends_on": [], "reason": "It can wait"}
        )
    )
    on.prove("publish", "Page", "https://example.com/page")
    on.complete("publish")
    assert bundle_of(on).stage == "public"


def test_a_stale_revision_of_the_bundle_is_refused(start, work):
    on = work(start())
    on.do(service.set_stage, "public", revision=1)
    with pytest.raises(StaleWriteError):
        on.do(service.set_stage, "making", revision=1)
    assert bundle_of(on).stage == "public"


# -- dates that count from a task ------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["completed", "skipped"])
def test_a_date_counted_from_a_task_is_set_once_that_task_is_done(start, work, clock, ending):
    on = work(start())
    clock.set(datetime(2026, 12, 23, 15, 0, tzinfo=UTC))  # Wednesday; the 25th is free
    if ending == "skipped":
        on.skip("publish", "moved to next month")
    else:
        on.do(
            lambda tx, _: update.update(
                tx, None, on.task("publish").task_id, {"depends_on": [], "reason": "It can wait"}
            )
        )
        on.prove("publish", "Page", "https://example.com/page")
        on.complete("publish")
    announce = on.task("announce")
    assert announce.due_date == date(2026, 12, 28)
    assert announce.deadline == datetime(2026, 12, 28, 16, 0, tzinfo=UTC)


def test_a_date_that_somebody_set_before_is_kept(start, work):
    on = work(start())
    on.do(lambda tx, _: update.update(tx, None, on.task("announce").task_id, {"due_date": "2026-12-01"}))
    on.skip("publish", "moved to next month")
    assert on.task("announce").due_date == date(2026, 12, 1)


# -- completion --------------------------------------------------------------------------------


def test_completion_is_refused_with_everything_that_is_open_at_once(start, work):
    on = work(start("plain"))
    with pytest.raises(CompletionRefusedError) as refused:
        on.do(service.complete)
    assert [(v.code, v.area) for v in refused.value.violations] == [
        ("OPEN_TASK", "tasks"), ("OPEN_TASK", "tasks"), ("MISSING_LINK", "links"),
    ]  # fmt: skip
    assert bundle_of(on).status is BundleStatus.ACTIVE


def test_completion_needs_the_links_that_are_required_and_no_others(start, work, people):
    on = work(start())
    for ref in on.tasks():
        on.do(lambda tx, _, ref=ref: lifecycle.cancel(tx, on.task(ref).task_id))
    with pytest.raises(CompletionRefusedError) as refused:
        on.do(service.complete)
    assert [v.subject for v in refused.value.violations] == ["Page", "Post"]
    on.do(service.fill_link, "Page", "https://example.com/page")
    on.do(service.fill_link, "Post", "https://example.com/post")
    done = on.do(service.complete)
    assert (done.status, done.completed_by) == (BundleStatus.COMPLETED, people["mara"].user_id)
    assert done.completed_at is not None
    assert actions(on)[-1] == Action.BUNDLE_COMPLETED


def test_a_waived_link_does_not_hold_completion_up(start, work):
    on = work(start())
    on.skip("publish", "called off")
    for ref, task in on.tasks().items():
        if not task.is_terminal:
            on.do(lambda tx, _, ref=ref: lifecycle.cancel(tx, on.task(ref).task_id))
    assert on.do(service.complete).status is BundleStatus.COMPLETED


def test_a_failed_task_keeps_the_bundle_open(start, work):
    on = work(start("plain"))
    on.do(service.fill_link, "Page", "https://example.com/page")
    on.do(lambda tx, _: lifecycle.cancel(tx, on.task("first").task_id))
    on.do(lambda tx, _: lifecycle.start(tx, on.task("second").task_id))
    on.do(lambda tx, _: lifecycle.change_status(tx, on.task("second").task_id, TaskStatus.FAILED, "broke"))
    with pytest.raises(CompletionRefusedError) as refused:
        on.do(service.complete)
    assert [v.extra["status"] for v in refused.value.violations] == ["failed"]


# -- cancellation ------------------------------------------------------------------------------


def test_cancelling_cancels_the_open_tasks_and_keeps_the_closed_ones(start, work):
    on = work(start("plain"))
    on.prove("first", "One", "https://example.com/1")
    on.complete("first")
    on.do(lambda tx, _: lifecycle.wait(tx, on.task("second").task_id, "the printer"))
    cancelled = on.do(service.cancel, "the client left")
    assert (cancelled.status, cancelled.cancel_reason) == (BundleStatus.CANCELLED, "the client left")
    assert {ref: task.status for ref, task in on.tasks().items()} == {
        "first": "completed",
        "second": "cancelled",
    }
    assert "the client left" in on.task("second").cancel_reason


@pytest.mark.parametrize("verb", [service.complete, service.cancel])
def test_a_closed_bundle_is_not_closed_again(start, work, verb):
    on = work(start("plain"))
    on.do(service.cancel)
    with pytest.raises(InvalidTransitionError):
        on.do(verb)
    with pytest.raises(ConflictError):
        on.do(service.set_stage, "public")
    with pytest.raises(ConflictError):
        on.do(service.reanchor, "2027-01-04")


# -- re-anchoring ------------------------------------------------------------------------------


def dates(on) -> dict[str, date | None]:
    return {ref: task.due_date for ref, task in on.tasks().items()}


def test_reanchoring_moves_the_open_tasks_counted_from_the_anchor(start, work):
    on = work(start())
    before = dates(on)
    changes = on.do(service.reanchor, date(2027, 1, 4)).changes
    assert {change.title: (change.before, change.after) for change in changes} == {
        "Write: rockets": (date(2026, 12, 21), date(2026, 12, 28)),
        "Publish: rockets": (date(2026, 12, 28), date(2027, 1, 4)),
        "Thank the sponsor": (date(2026, 12, 31), date(2027, 1, 7)),
    }
    assert dates(on) == {
        **before,
        "draft": date(2026, 12, 28),
        "publish": date(2027, 1, 4),
        "thank": date(2027, 1, 7),
    }
    assert on.task("draft").deadline == datetime(2026, 12, 28, 16, 0, tzinfo=UTC)
    assert bundle_of(on).anchor_date == date(2027, 1, 4)
    assert actions(on) == [Action.BUNDLE_REANCHORED, *[Action.TASK_UPDATED] * 3]


def test_closed_tasks_keep_their_dates(start, work):
    on = work(start("plain"))
    on.prove("first", "One", "https://example.com/1")
    on.complete("first")
    changes = on.do(service.reanchor, "2027-01-04").changes
    assert [change.title for change in changes] == ["Second"]
    assert dates(on) == {"first": date(2026, 12, 28), "second": date(2027, 1, 5)}


def test_a_dry_run_tells_the_changes_and_makes_none(start, work, workbench, people):
    on = work(start())
    before, seen = dates(on), actions(on)
    with workbench.reading(people["mara"]) as tx:
        told = service.reanchor(tx, on.bundle_id, "2027-01-04", dry_run=True)
    assert (dates(on), actions(on), bundle_of(on).revision) == (before, seen, 1)
    assert on.do(service.reanchor, "2027-01-04") == told


def test_a_date_changed_by_hand_moves_with_the_bundle_again(start, work):
    on = work(start("plain"))
    on.do(lambda tx, _: update.update(tx, None, on.task("first").task_id, {"due_date": "2026-12-01"}))
    on.do(service.reanchor, "2026-12-28")
    assert dates(on)["first"] == date(2026, 12, 28)


def test_reanchoring_to_the_same_day_records_nothing(start, work):
    on = work(start())
    assert on.do(service.reanchor, "2026-12-28").is_nothing
    assert actions(on) == []


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "", "9999-12-31"])
def test_an_impossible_anchor_is_refused_and_changes_nothing(start, work, day):
    on = work(start())
    before = dates(on)
    with pytest.raises(BadRequestError):
        on.do(service.reanchor, day)
    assert (dates(on), bundle_of(on).anchor_date) == (before, date(2026, 12, 28))
