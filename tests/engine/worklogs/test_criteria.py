"""What is told of a week, and what is not: one place says so (WLG-02, WLG-03, WLG-05, OPQ-21)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.audit.models import Action, Event
from engine.bundles import service as bundles
from engine.catalog.task_type import WorklogPolicy
from engine.corrections import correct
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from engine.worklogs import criteria
from engine.worklogs.criteria import Week
from engine.worklogs.models import WorkLogStatus
from tests.desk import BOTH, PORTAL
from tests.engine.worklogs.house import EVERYTHING, MONDAY, House
from tests.told import saved

NEXT = date(2026, 11, 23)


def told(house: House, week: date = MONDAY) -> list[tuple[str, str]]:
    """Return the events and tasks that the worklog of a week tells of."""
    return [(entry["event"], entry["task"]) for entry in house.make(week=week).entries]


def test_an_entry_tells_what_the_client_needs_and_in_the_words_of_the_type(house: House):
    house.policies(article={"include": EVERYTHING, "words": {"task_completed": "we wrote it"}})
    bundle_id = house.bundle("Tents")
    task_id = house.shown("Article", "draft", PORTAL, bundle_id=bundle_id, stage_on_complete="after_event")
    house.desk.decide(task_id, "approved", by="pat")
    shown = {"bundle": "Tents", "bundle_id": bundle_id, "day": "2026-11-21", "task": "Article"}
    shown |= {"task_id": task_id}
    piece = {"what": "Draft", "address": "https://docs.example/piece", "stage": None, "words": None}
    nothing = {"what": None, "address": None}
    found = [{k: v for k, v in entry.items() if k != "event_id"} for entry in house.make().entries]
    assert found == [
        {"event": "deliverable_delivered", **shown, **piece},
        {"event": "partner_approved", **shown, **piece},
        {"event": "task_completed", **shown, **nothing, "stage": None, "words": "we wrote it"},
        {"event": "stage_changed", **shown, **nothing, "stage": "after event", "words": None},
    ]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://docs.example/piece", "https://docs.example/piece"),
        ("http://docs.example/piece", "http://docs.example/piece"),
        ("/deliverables/dlv_1/view", None),
        (None, None),
    ],
)
def test_an_address_is_told_where_it_leads_out_of_workbench(url: str | None, address: str | None):
    assert criteria._outside(url) == address


_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
_UNTIL = datetime(2026, 11, 23, tzinfo=UTC)


def moved(act: str | None, before: str, after: str | None, at: datetime = _AT) -> Event:
    """Tell of a move of the bundle."""
    return Event.model_construct(
        audit_event_id=f"{before} to {after}",
        action=Action.BUNDLE_STAGE_CHANGED,
        entity_id="bnd_1",
        act_id=act,
        occurred_at=at,
        before={"stage": before},
        after={"stage": after},
    )


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        pytest.param([moved("act", "begun", "shown")], ["shown"], id="by a completion"),
        pytest.param([moved("other", "begun", "shown")], [], id="by hand"),
        pytest.param(
            [moved("other", "old", "begun"), moved("act", "begun", "shown")],
            ["shown"],
            id="after a move by hand to where the bundle was",
        ),
        pytest.param([moved("act", "begun", None)], [], id="to nowhere"),
        pytest.param([moved("act", "begun", "shown", _UNTIL)], [], id="when the week is over"),
        pytest.param(
            [moved("act", "begun", "shown"), moved("other", "shown", "begun", _UNTIL)],
            [],
            id="and back, at once after it",
        ),
    ],
)
@pytest.mark.parametrize("act", ["act", None])
def test_of_the_moves_of_a_bundle_those_that_stand_and_that_a_completion_brought_are_told(
    stages: list[Event], told: list[str], act: str | None
):
    """Events of before acts were named have none, and bring nothing about together."""
    of_nobody = Event.model_construct(task_id="tsk_2", action=Action.TASK_STATUS_CHANGED)
    completion = Event.model_construct(
        audit_event_id="completed",
        action=Action.TASK_STATUS_CHANGED,
        task_id="tsk_1",
        act_id=act,
        occurred_at=_AT,
        after={"status": "completed"},
    )
    task = Task.model_construct(
        task_id="tsk_1",
        title="Article",
        task_type="article",
        partner_id="prt_1",
        bundle_id="bnd_1",
        status=TaskStatus.COMPLETED,
        completed_at=_AT,
    )
    if act is None:
        stages = [one.model_copy(update={"act_id": None}) for one in stages]
    week = Week(
        partner_id="prt_1",
        zone="UTC",
        since=_AT,
        until=_UNTIL,
        policies={"article": WorklogPolicy(include=["task_completed", "stage_changed"])},
        tasks={"tsk_1": task},
        bundles={},
        deliverables={},
        approvals={},
        events=[of_nobody, completion],
        stages=stages,
    )
    found = [entry.stage for entry in criteria.told(week)]
    assert found == [None, *(told if act else [])], "the completion itself, and then the stages"


@pytest.mark.parametrize("word", EVERYTHING)
def test_each_event_is_told_of_the_types_that_include_it_and_of_no_other(house: House, word: str):
    house.policies(article={"include": [word]}, publishing={"include": []})
    for kind in ("article", "publishing", "untyped"):
        bundle_id = house.bundle(f"Bundle {kind}")
        task_id = house.shown(
            f"Task {kind}",
            "draft",
            PORTAL,
            task_type=kind,
            bundle_id=bundle_id,
            stage_on_complete="announced",
        )
        house.desk.decide(task_id, "approved", by="pat")
    assert told(house) == [(word, "Task article")]


def test_a_policy_that_is_tightened_takes_effect_at_once(house: House):
    house.done("Article")
    assert told(house) == [("task_completed", "Article")]
    house.policies(article={"include": ["stage_changed"]})
    assert told(house) == []
    house.policies(article=None)
    assert told(house) == []


def test_a_completion_that_was_corrected_is_told_when_it_is_made_again(house: House):
    task_id = house.done("Article")
    house.act("mara", correct.correct, task_id, "Half done")
    assert told(house) == []
    house.act("mara", lifecycle.complete, task_id)
    assert told(house) == []
    assert told(house, NEXT) == [("task_completed", "Article")]


def test_what_was_done_again_within_the_week_is_told_on_the_day_on_which_it_stands(house: House):
    slip, shown = house.done("Slip"), house.shown("Shown", "draft", PORTAL)
    house.act("mara", correct.correct, slip, "Half done")
    house.act("ana", approvals.withdraw, shown)
    house.workbench.clock.advance(days=1)
    house.act("mara", lifecycle.complete, slip)
    house.act("ana", approvals.request, shown)
    assert [(entry["day"], entry["task"]) for entry in house.make().entries] == [
        ("2026-11-22", "Slip"),
        ("2026-11-22", "Shown"),
    ]


def test_what_the_partner_is_not_to_see_is_not_told_though_it_was_delivered(house: House):
    """Nothing hides what was delivered; should it ever, it is not told."""
    task_id = house.shown("Article", "draft", PORTAL)
    house.desk.decide(task_id, "approved", by="pat")
    with house.workbench.transaction(house.desk.people["mara"]) as tx:
        [row] = tx.find(Deliverable, task_id=task_id)
        row.visible_in_portal = False
        saved(tx, row)
    assert told(house) == [("task_completed", "Article")]


def test_what_the_team_rejected_was_never_there_for_the_client(house: House):
    task_id = house.shown("Article", "draft", BOTH)
    house.desk.decide(task_id, "rejected", "No")
    with house.workbench.transaction(house.desk.people["ana"]) as tx:
        [row] = tx.find(Deliverable, task_id=task_id)
        versions.new_version(tx, row.deliverable_id, url="https://docs.example/two")
        approvals.request(tx, task_id)
    house.desk.decide(task_id, "approved")
    house.desk.decide(task_id, "approved", by="pat")
    worklog = house.make()
    assert [entry["event"] for entry in worklog.entries] == [
        "deliverable_delivered",
        "partner_approved",
        "task_completed",
    ]
    assert "version" not in worklog.made_body


def test_what_the_client_rejected_is_not_told_though_they_had_it(house: House):
    task_id = house.shown("Article", "draft", PORTAL)
    house.desk.decide(task_id, "rejected", "No", by="pat")
    assert told(house) == []


def test_what_the_client_has_is_told_before_they_answer_and_not_once_it_is_taken_back(house: House):
    task_id = house.shown("Article", "draft", PORTAL)
    assert told(house) == [("deliverable_delivered", "Article")]
    house.act("ana", approvals.withdraw, task_id)
    assert told(house) == []


def test_a_stage_is_told_where_a_completion_brought_it_and_nothing_moved_the_bundle_back(house: House):
    bundle_id = house.bundle("Tents")
    house.done("Publish", bundle_id=bundle_id, stage_on_complete="announced")
    house.act("mara", bundles.set_stage, bundle_id, "after_event")
    assert told(house) == [("task_completed", "Publish"), ("stage_changed", "Publish")]
    house.act("mara", bundles.set_stage, bundle_id, "preparation")
    assert told(house) == [("task_completed", "Publish")]


def test_a_stage_that_somebody_set_by_hand_is_not_told(house: House):
    house.act("mara", bundles.set_stage, house.bundle("Tents"), "announced")
    assert told(house) == []


def test_only_the_work_for_the_partner_of_the_campaign_is_told(house: House):
    house.done("Of nobody", partner_id=None)
    house.done("Of another", partner_id=house.globex_id)
    house.done("Of another campaign", campaign_id=None)
    assert told(house) == []


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2026-11-22T22:59:59.999", MONDAY),
        ("2026-11-22T23:00:00.000", NEXT),
    ],
)
def test_a_week_ends_at_midnight_by_the_clocks_of_the_workspace(house: House, moment: str, week: date):
    """In Berlin it is an hour later than in Greenwich, so Monday begins at 23:00 on Sunday."""
    house.workbench._zone = "Europe/Berlin"
    house.workbench.clock.set(datetime.fromisoformat(f"{moment}+00:00"))
    house.done("Late on Sunday")
    found = {monday: told(house, monday) for monday in (MONDAY, NEXT)}
    assert found == {
        week: [("task_completed", "Late on Sunday")],
        **{one: [] for one in (MONDAY, NEXT) if one != week},
    }


def test_the_day_of_an_event_is_that_of_the_workspace(house: House):
    house.workbench._zone = "Europe/Berlin"
    house.workbench.clock.set(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    house.done("After midnight")
    assert house.make(week=NEXT).entries[0]["day"] == "2026-11-25"


def test_the_same_is_told_on_both_databases(either_house: House):
    task_id = either_house.shown("Article", "draft", PORTAL, bundle_id=either_house.bundle("Tents"))
    either_house.desk.decide(task_id, "approved", by="pat")
    worklog = either_house.make()
    assert worklog.made_body == (
        "## Tents\n\n**Saturday, 21 November.** We finished “Article” and handed “Draft” over to you; you "
        "approved it.\n"
    )
    assert worklog.status is WorkLogStatus.DRAFT
