"""A worklog is made, edited and sent once; who reads it (WLG-01, WLG-06, OPQ-23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.audit.models import Action, Event
from engine.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError, StaleWriteError
from engine.jobs.claims import Claims
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import JobStatus
from engine.jobs.port import Kinds
from engine.reference import records
from engine.reference.models import Campaign, Partner
from engine.worklogs import jobs, service
from engine.worklogs.models import WorkLog, WorkLogStatus
from tests.engine.worklogs.house import MONDAY, House
from tests.factories import do

WEEK = timedelta(days=7)


def events(house: House, worklog: WorkLog) -> list[Action]:
    with house.workbench.reading(house.workbench.operator()) as tx:
        return [event.action for event in tx.find(Event, entity_id=worklog.worklog_id, order_by=("seq",))]


def test_an_empty_week_is_kept_as_empty_and_is_sent_to_nobody(house: House):
    worklog = house.make()
    assert (worklog.status, worklog.body, worklog.entries) == (WorkLogStatus.EMPTY, "", [])
    with pytest.raises(ConflictError, match="is empty: nothing of the week may be told"):
        house.act("mara", service.send, house.content, worklog.worklog_id)
    assert events(house, worklog) == [Action.WORKLOG_MADE]


def test_a_draft_is_made_again_of_what_the_week_is_now(house: House):
    task_id = house.done("First")
    house.done("Second")
    worklog = house.make()
    house.desk.change(task_id, title="Renamed")
    again = house.make()
    assert again.worklog_id == worklog.worklog_id
    assert "Renamed" in again.body
    assert events(house, worklog) == [Action.WORKLOG_MADE, Action.WORKLOG_MADE]
    house.make()
    assert len(events(house, worklog)) == 2, "nothing happened since, so nothing is told"


def test_an_edited_draft_is_made_again_only_by_whoever_says_that_its_words_are_to_go(house: House):
    house.done("Article")
    worklog = house.make()
    house.act("mara", service.edit, worklog.worklog_id, "  My words.\n\n")
    assert house.read(worklog).body == "My words.\n"
    with pytest.raises(ConflictError, match="was edited"):
        house.make()
    assert house.read(worklog).body == "My words.\n"
    again = house.make(discard_edits=True)
    assert (again.body, again.edited_by, again.edited_at) == (worklog.made_body, None, None)


def test_what_was_sent_is_neither_sent_again_nor_changed(house: House):
    house.done("Article")
    worklog = house.make()
    sent = house.act("mara", service.send, house.content, worklog.worklog_id)
    assert (sent.status, sent.sent_by) == (WorkLogStatus.SENT, house.desk.people["mara"].user_id)
    before = house.read(worklog)
    with pytest.raises(ConflictError, match="was sent already, on"):
        house.act("max", service.send, house.content, worklog.worklog_id)
    with pytest.raises(ConflictError, match="stays as it was sent"):
        house.act("mara", service.edit, worklog.worklog_id, "Other words")
    with pytest.raises(ConflictError, match="stays as it was sent"):
        house.make(discard_edits=True)
    assert house.read(worklog) == before
    assert events(house, worklog) == [Action.WORKLOG_MADE, Action.WORKLOG_SENT]


def test_whoever_sends_what_somebody_changed_meanwhile_is_told_so(house: House):
    house.done("Article")
    worklog = house.make()
    seen = worklog.revision
    house.act("max", service.edit, worklog.worklog_id, "Other words")
    with pytest.raises(StaleWriteError):
        house.act("mara", service.send, house.content, worklog.worklog_id, revision=seen)
    assert not house.read(worklog).is_sent


def test_words_as_they_were_made_are_no_edit_and_none_are_refused(house: House):
    house.done("Article")
    worklog = house.make()
    house.act("mara", service.edit, worklog.worklog_id, worklog.body)
    assert events(house, worklog) == [Action.WORKLOG_MADE]
    house.act("mara", service.edit, worklog.worklog_id, "Mine")
    house.act("mara", service.edit, worklog.worklog_id, worklog.made_body)
    assert house.read(worklog).edited_by is None
    with pytest.raises(BadRequestError, match="say something"):
        house.act("mara", service.edit, worklog.worklog_id, " \n ")


def test_an_empty_week_may_be_written_by_hand(house: House):
    worklog = house.make()
    house.act("mara", service.edit, worklog.worklog_id, "We planned the spring.")
    assert house.read(worklog).status is WorkLogStatus.DRAFT
    assert (
        house.act("mara", service.send, house.content, worklog.worklog_id).body == "We planned the spring.\n"
    )


def test_a_week_that_is_not_over_is_refused(house: House):
    with house.workbench.transaction(house.desk.people["mara"]) as tx:
        with pytest.raises(BadRequestError, match="16 to 22 November 2026 is over on Mon 23 Nov 2026"):
            service.make(tx, house.content, "acme_spring", date(2026, 11, 20))
        assert service.make(tx, house.content, "acme_spring").week == MONDAY - WEEK


@pytest.mark.parametrize("name", ["sam", "ana", "bot", "pat", "gil"])
def test_only_managers_make_edit_and_send(house: House, name: str):
    house.done("Article")
    worklog = house.make()
    with pytest.raises(ForbiddenError):
        house.make(by=name)
    for refused, given in (
        (service.edit, [worklog.worklog_id, "Words"]),
        (service.send, [house.content, worklog.worklog_id]),
    ):
        with pytest.raises(ForbiddenError):
            house.act(name, refused, *given)


@pytest.mark.parametrize("edited", [False, True])
def test_what_may_not_be_told_any_more_is_not_sent(house: House, edited: bool):
    house.done("Article")
    worklog = house.make()
    if edited:
        house.act("mara", service.edit, worklog.worklog_id, "My words.")
    house.policies(article={"include": []})
    with pytest.raises(ConflictError, match="has changed since it was made, about “Article”"):
        house.act("mara", service.send, house.content, worklog.worklog_id)
    assert house.read(worklog).sent_at is None


def test_without_content_no_draft_is_made_again(house: House):
    house.done("Article")
    before = house.make()
    house.content = replace(house.content, task_types={})
    with pytest.raises(ConflictError, match="There is no content, so nothing says what may be told"):
        house.make()
    assert house.read(before) == before


def test_a_week_at_the_end_of_the_calendar_is_refused(house: House):
    with pytest.raises(BadRequestError):
        house.act("mara", service.make, house.content, "acme_spring", date(9999, 12, 27))


def test_the_people_of_a_partner_read_what_was_sent_to_them_and_nothing_else(house: House):
    house.done("Article")
    worklog = house.make()
    for name in ("pat", "gil", "ana"):
        with pytest.raises(NotFoundError):
            house.read(worklog, by=name)
    house.act("mara", service.send, house.content, worklog.worklog_id)
    assert house.read(worklog, by="pat").is_sent
    for name in ("gil", "ana"):
        with pytest.raises(NotFoundError):
            house.read(worklog, by=name)
    draft = house.make(week=MONDAY + WEEK)
    assert {name: listed(house, name) for name in ("pat", "gil", "mara", "sam")} == {
        "pat": [worklog.worklog_id],
        "gil": [],
        "mara": [draft.worklog_id, worklog.worklog_id],
        "sam": [draft.worklog_id, worklog.worklog_id],
    }
    with pytest.raises(ForbiddenError):
        listed(house, "ana")


def listed(house: House, name: str, **asked: str) -> list[str]:
    with house.workbench.reading(house.desk.people[name]) as tx:
        return [one.worklog_id for one in service.page(tx, **asked).items]


def test_a_list_is_narrowed_to_a_campaign_or_to_how_they_stand(house: House):
    house.done("Article")
    draft, empty = house.make(), house.make(week=MONDAY + WEEK)
    assert listed(house, "mara", status="draft") == [draft.worklog_id]
    assert listed(house, "mara", status="empty", campaign="acme_spring") == [empty.worklog_id]
    assert listed(house, "mara", status="sent") == []
    with pytest.raises(BadRequestError, match="no status of a worklog; use draft, sent, empty"):
        listed(house, "mara", status="gone")


def test_a_partner_that_a_campaign_moves_to_reads_nothing_of_before(house: House):
    house.done("Article")
    worklog = house.make()
    with house.workbench.transaction(house.workbench.operator()) as tx:
        records.bring(
            tx, Campaign, tx.get(Campaign, house.campaign.campaign_id), {"partner_id": house.globex_id}
        )
    house.act("mara", service.send, house.content, worklog.worklog_id)
    assert house.read(worklog, by="pat").partner_id == house.campaign.partner_id
    with pytest.raises(NotFoundError):
        house.read(worklog, by="gil")


# -- regular work ------------------------------------------------------------------------------


def run(house: House) -> str | None:
    """Let a worker do the job of Monday morning; return what it says."""
    bench = house.workbench
    kind = jobs.making(bench, bench.system_actor())
    engine = EmbeddedEngine(bench.database, Kinds([kind]), bench.clock, bench.ids)
    with bench.transaction(bench.system_actor()) as tx:
        job_id = engine.enqueue(tx, jobs.MAKE.name)
    assert engine.do_one("worker")
    done = Claims(bench.database).find(job_id or "")
    assert done is not None
    assert done.status is JobStatus.DONE, done.outcome
    return done.outcome


def weeks_of(house: House) -> dict[date, WorkLogStatus]:
    with house.workbench.reading(house.desk.people["mara"]) as tx:
        return {one.week: one.status for one in service.page(tx).items}


def test_on_monday_the_drafts_of_the_last_week_are_made(house: House):
    house.done("Article", kind="article")
    house.workbench.clock.advance(days=2)
    assert run(house) == "1 draft to send, 0 empty."
    assert run(house) == "No worklog was missing."
    assert weeks_of(house) == {MONDAY: WorkLogStatus.DRAFT}


def test_the_last_week_is_that_of_the_workspace_and_not_that_of_whoever_makes_it(house: House):
    house.workbench.clock.set(datetime(2026, 11, 22, 20, 0, tzinfo=UTC))  # in Auckland it is Monday already
    mara = house.desk.people["mara"]
    do(house.workbench, mara, "user timezone", user_id=mara.user_id, timezone="Pacific/Auckland")
    house.desk.people["mara"] = house.workbench.actor_by_email("mara@example.com")
    assert house.make(week=None).week == MONDAY - WEEK


def test_weeks_that_were_missed_are_made_up_for_once_there_was_one(house: House):
    house.done("Article", kind="article")
    house.workbench.clock.advance(days=2)
    run(house)
    house.workbench.clock.advance(days=22)
    assert run(house) == "0 drafts to send, 3 empty."
    assert sorted(weeks_of(house)) == [MONDAY + week * WEEK for week in range(4)]


def test_a_worker_that_stood_still_for_a_year_makes_up_for_some_weeks(house: House):
    house.make()
    house.workbench.clock.advance(days=21)
    run(house)
    house.workbench.clock.advance(days=364)
    run(house)
    assert len(weeks_of(house)) == 4 + 1, "of a campaign without any in that time, the last week alone"


@pytest.mark.parametrize("record_type", [Campaign, Partner])
def test_campaigns_that_are_over_get_none(house: House, record_type: type):
    house.workbench.clock.advance(days=2)
    given = house.campaign.campaign_id if record_type is Campaign else house.campaign.partner_id
    with house.workbench.transaction(house.workbench.operator()) as tx:
        records.set_active(tx, tx.get(record_type, given), False)
    assert run(house) == "No worklog was missing."


def test_weeks_before_there_was_the_campaign_are_none_of_its(house: House):
    with house.workbench.reading(house.workbench.system_actor()) as tx:
        assert service.missing(tx) == []


def test_what_cannot_be_made_keeps_no_other_from_being_made(house: House, monkeypatch: pytest.MonkeyPatch):
    with house.workbench.transaction(house.workbench.operator()) as tx:
        records.bring(
            tx, Campaign, None, {"key": "another", "name": "B", "partner_id": house.globex_id, "people": {}}
        )
    house.workbench.clock.advance(days=2)
    usual, asked = service.make_missing, []

    def failing(tx, content, campaign_id, monday):
        asked.append(campaign_id)
        if len(asked) == 1:
            raise ConflictError("This one cannot be made.")
        return usual(tx, content, campaign_id, monday)

    monkeypatch.setattr(service, "make_missing", failing)
    with pytest.raises(AssertionError, match="cannot be made"):
        run(house)
    assert len(asked) == 2
    assert len(weeks_of(house)) == 1


def test_a_partners_people_are_told_the_words_and_not_what_they_were_made_of(house: House):
    house.done("First")
    worklog = house.make()
    house.act("mara", service.edit, worklog.worklog_id, "We finished it.")
    sent = house.act("mara", service.send, house.content, worklog.worklog_id)
    with house.workbench.reading(house.desk.people["mara"]) as tx:
        told = service.describe(tx, sent)
    assert set(told) == {*WorkLog.model_fields, "title", "body"}
    with house.workbench.reading(house.desk.people["pat"]) as tx:
        of_partner = service.describe(tx, tx.get(WorkLog, sent.worklog_id))
    assert set(of_partner) == service.OF_PARTNERS
    assert of_partner["body"].strip() == "We finished it."
