"""A month of work with something internal of every kind in it, which may not reach the client (WLG-05)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from engine.bundles import service as bundles
from engine.corrections import correct, rework
from engine.deliverables import approvals, comments, versions
from engine.deliverables.models import Deliverable
from engine.qa import service as qa
from engine.tasks import help as help_requests
from engine.tasks import lifecycle, notes, steps
from engine.worklogs.models import WorkLog
from tests.desk import BOTH, INTERNAL, PORTAL
from tests.engine.worklogs.house import EVERYTHING, House

#: Every internal word of the month begins so, and no other word does.
SECRET = re.compile(r"\bzq\w*", re.IGNORECASE)
TEAM = ("Ana", "Alvarez", "Mara", "Maier", "Ben", "Max", "Pat", "Workbench")
WEEKS = [date(2026, 11, 30) + week * timedelta(days=7) for week in range(4)]


def work_for_a_month(house: House) -> None:
    """Plant something internal of every kind, week after week, beside work that the client reads about."""
    for week, monday in enumerate(WEEKS):
        house.workbench.clock.set(datetime(monday.year, monday.month, monday.day, 10, tzinfo=UTC))
        _a_week(house, week)


def _a_week(house: House, week: int) -> None:
    act, desk = house.act, house.desk
    bundle_id = house.bundle(f"Tents {week}")
    # What the client reads about.
    told = house.done(f"Shown work {week}", bundle_id=bundle_id)
    house.desk.change(told, status_reason="zqreason of a status", tags=["zqtag"], rules={"zqrule": "zqrule"})
    plain = house.shown(f"Shown article {week}", "shown_draft", PORTAL, bundle_id=bundle_id)
    desk.decide(plain, "approved", "zqapprovalfeedback of the partner", by="pat")
    moved = house.task(f"Shown publication {week}", bundle_id=bundle_id, stage_on_complete="announced")
    house.complete(moved)
    # What nobody outside may read of it.
    act("mara", notes.add, told, "zqnote about @ana")
    act("mara", qa.flag, told, "complaint", "zqflag")
    act("mara", qa.review, told, passed=False, score=2, feedback="zqqafeedback")
    act("mara", rework.rework, house.content, told, "zqreworkreason")
    stuck = house.task(f"zqstuck title {week}")
    act("ana", help_requests.ask, stuck, "zqquestion")
    act("mara", help_requests.answer, stuck, "zqanswer")
    act("mara", lifecycle.block, house.task("zqblocked title"), "zqblockreason")
    waiting = house.task("zqwaiting title")
    act("ana", lifecycle.start, waiting)
    act("ana", lifecycle.wait, waiting, "zqwaitingfor")
    act("mara", lifecycle.cancel, house.task("zqcancelled title"), "zqcancelreason")
    skipped = house.task(
        "zqskipped title", skip={"reasons": [{"text": "zqskipreason"}], "comment_required": False}
    )
    act("mara", lifecycle.skip, skipped, "zqskipreason")
    house.done("zqinternal type", "untyped")
    house.done("zqgone type", "accounting")
    house.done("zqno campaign", campaign_id=None)
    house.done("zqother partner", partner_id=house.globex_id)
    act("mara", correct.correct, house.done("zqcorrected title"), "zqcorrectreason")
    with_steps = house.task(f"Shown with steps {week}", bundle_id=bundle_id)
    act("mara", steps.add_step, with_steps, "zqstep")
    act("mara", steps.complete_step, with_steps, "added_1")
    house.piece(with_steps, "zqhidden_piece", visible=False, url="https://zqhidden.example/x")
    house.complete(with_steps)
    _judgements(house, week, bundle_id)
    act("mara", bundles.set_stage, bundle_id, "zqstage_by_hand")


def _judgements(house: House, week: int, bundle_id: str) -> None:
    act, desk = house.act, house.desk
    let_through = house.shown(f"Shown review {week}", "shown_review", BOTH, bundle_id=bundle_id)
    desk.decide(let_through, "approved", "zqinternalapproval")
    desk.decide(let_through, "approved_pending_changes", "zqchange", by="pat")
    twice = house.shown("zqrejected by the team", "zqpiece", INTERNAL)
    desk.decide(twice, "rejected", "zqrejectionfeedback")
    refused = house.shown("zqrejected by the partner", "zqrefused_piece", PORTAL)
    [row] = rows(house, refused)
    act("mara", comments.add, row.deliverable_id, "zqcomment")
    desk.decide(refused, "rejected", "zqpartnerfeedback", by="pat")
    act("ana", versions.new_version, row.deliverable_id, url="https://zqsecond.example/2")
    called_off = house.shown("zqcalled off", "zqcalled_off_piece", PORTAL)
    desk.decide(called_off, "approved_pending_changes", "zqlast_change", by="pat")
    act("mara", lifecycle.cancel, called_off, "zqcalledoffreason")
    taken = house.shown("zqtaken back", "zqtaken_piece", PORTAL)
    act("ana", approvals.withdraw, taken, "zqwithdrawn")
    with_extra = house.task("zqwaits for its partner", approval=PORTAL)
    act("ana", lifecycle.start, with_extra)
    house.piece(with_extra, "zqsecret_piece", visible=False)


def rows(house: House, task_id: str) -> list[Deliverable]:
    with house.workbench.reading(house.desk.people["mara"]) as tx:
        return tx.find(Deliverable, task_id=task_id)


def month_of(house: House) -> list[WorkLog]:
    """Work for a month, and return the worklogs of its weeks."""
    house.policies(article={"include": EVERYTHING}, accounting=None)
    work_for_a_month(house)
    return [house.make(week=monday) for monday in WEEKS]
