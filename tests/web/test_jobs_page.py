"""What is done by itself, on a page for admins: what failed comes first, with what to do about it."""

from __future__ import annotations

import re

import pytest

from engine.accounts import service as accounts
from engine.app import Workbench
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus, NewJob
from tests.web.conftest import Visitor
from web.serving.background import regular_work


@pytest.fixture
def olga(app, workbench) -> Visitor:
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    return Visitor.signed_in(app, user.user_id)


def put(workbench: Workbench, job_id: str, kind: str = "send_mail") -> None:
    with workbench.database.write() as connection:
        Claims(workbench.database).put(connection, NewJob(job_id=job_id, kind=kind, args={}, max_attempts=1))


def begun(workbench: Workbench, job_id: str, lease: int = 60_000):
    put(workbench, job_id)
    claim = Claims(workbench.database).begin("w", ["send_mail"], now=1, lease=lease)
    assert claim is not None
    assert claim.job_id == job_id
    return claim


def fail(workbench: Workbench, job_id: str, why: str) -> None:
    claim = begun(workbench, job_id)
    Claims(workbench.database).retry(claim, why, not_before=0, is_nothing_done=True)


def lose(workbench: Workbench, job_id: str) -> None:
    claims = Claims(workbench.database)
    claims.mark_effect(begun(workbench, job_id, lease=-1), "mail to ana@example.com")
    claims.reap()


def status(workbench: Workbench, job_id: str) -> JobStatus:
    return Claims(workbench.database).find(job_id).status


def test_what_is_done_again_and_again_says_when_it_was_last_and_is_next(olga: Visitor, workbench):
    page = olga.get("/jobs").text
    assert "Escalate approvals" in page
    assert "not yet" in page
    claims = Claims(workbench.database)
    put(workbench, "job_1", "escalate_approvals")
    claims.finish(
        claims.begin("w", ["escalate_approvals"], now=1, lease=1000), outcome="Nothing waits too long."
    )
    page = olga.get("/jobs").text
    assert "Nothing waits too long." in page
    assert "2026-11-21T09:05" in page


def test_what_failed_stands_first_and_is_tried_again(olga: Visitor, workbench):
    fail(workbench, "job_1", "The mail server refused: 554 <no>")
    page = olga.get("/jobs").text
    assert "554 &lt;no&gt;" in page
    assert page.index("What needs you") < page.index("Again and again")
    assert olga.post("/jobs/job_1/retry").status_code == 303
    assert status(workbench, "job_1") is JobStatus.READY
    assert "What needs you" not in olga.get("/jobs").text
    assert olga.post("/jobs/job_1/retry").status_code == 409


@pytest.mark.parametrize(("ending", "expected"), [("done", JobStatus.DONE), ("again", JobStatus.READY)])
def test_of_what_nobody_knows_somebody_says_how_it_ended(
    olga: Visitor, workbench, ending: str, expected: JobStatus
):
    lose(workbench, "job_1")
    assert "mail to ana@example.com" in olga.get("/jobs").text
    form = {"ending": ending, "form": "resolve-job_1"}
    assert olga.post("/jobs/job_1/resolve", {**form, "comment": ""}).status_code == 400
    assert olga.post("/jobs/job_1/retry").status_code == 409
    assert olga.post("/jobs/job_1/resolve", {**form, "comment": "Ana has it."}).status_code == 303
    assert status(workbench, "job_1") is expected


def test_what_waits_is_cancelled(olga: Visitor, workbench):
    put(workbench, "job_1")
    assert olga.post("/jobs/job_1/cancel").status_code == 303
    assert status(workbench, "job_1") is JobStatus.CANCELLED


def test_the_list_is_shown_page_by_page_and_by_how_they_stand(olga: Visitor, workbench):
    for number in range(60):
        put(workbench, f"job_{number:02}")
    page = olga.get("/jobs").text
    assert "1 to 50 of 60 jobs" in page
    assert "51 to 60 of 60 jobs" in olga.get("/jobs?offset=50").text
    assert "Nothing here" in olga.get("/jobs?status=running").text
    assert len(re.findall("<tr data-item>", olga.get("/jobs?status=ready&offset=50").text)) == 10 + len(
        regular_work(workbench)
    )


def test_only_admins_see_it_and_do_anything_there(ana: Visitor, mara: Visitor, workbench):
    put(workbench, "job_1")
    for visitor in (ana, mara):
        assert visitor.get("/jobs").status_code == 403
        assert visitor.post("/jobs/job_1/cancel").status_code == 403
        assert 'href="/jobs"' not in visitor.get("/board").text
