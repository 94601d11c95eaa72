"""What somebody hostile sends to the pages where work is judged, and what they get (APR-16, QA-10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.artifacts.link_copies import LinkCopy
from engine.deliverables import approvals, comments, decisions, versions
from engine.deliverables.models import Approval, Deliverable
from engine.qa import service as qa
from engine.tasks import help as help_requests
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests import judged
from tests.factories import make_bundle, make_task
from tests.told import saved
from tests.web.conftest import Visitor

pytestmark = pytest.mark.wide

JSON = {"Accept": "application/json"}
SAID = "The argument on page two does not hold."
MARKS = ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{7*7}}", "[x](javascript:alert(1))"]


def add_user(workbench: Workbench, name: str, roles: list[str], partner: str | None = None) -> Actor:
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, f"{name}@example.com", name.title(), roles, partner=partner)
    return workbench.actor_by_email(f"{name}@example.com")


@pytest.fixture
def work(workbench: Workbench, people: dict[str, Actor]) -> tuple[Task, Deliverable, Approval]:
    """Ana's draft, which waits for a manager."""
    task, row = judged.begin(workbench, people["mara"])
    return task, row, judged.hand_over(workbench, people["ana"], task, row)


# -- a decision takes a form of one's own ----------------------------------------------------


@pytest.mark.parametrize("path", ["/approvals/{}/decide", "/inbox/decide/{}"])
def test_no_other_site_decides_and_no_address_does_by_being_opened(
    mara: Visitor, workbench: Workbench, work: Any, path: str
):
    _, _, waiting = work
    before, here = judged.everything(workbench), path.format(waiting.task_approval_id)
    form = {"outcome": "approved", "seen": judged.seen(workbench, waiting)}
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": "x" * 43}):
        answer = mara.client.post(here, data={**form, **wrong}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
        assert mara.client.open(here, method=method, query_string=form).status_code in (303, 403, 405)
    assert mara.client.post(f"{here}?outcome=approved&seen={form['seen']}").status_code == 403
    assert judged.everything(workbench) == before


def test_a_form_sent_twice_decides_once_and_one_for_another_content_not_at_all(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], work: Any
):
    _, row, waiting = work
    here, old = f"/approvals/{waiting.task_approval_id}/decide", judged.seen(workbench, waiting)
    with workbench.transaction(people["ana"]) as tx:
        versions.edit(tx, row.deliverable_id, url="https://docs.example/other")
    before = judged.everything(workbench)
    assert mara.post(here, {"outcome": "approved", "seen": old}).status_code == 409
    assert judged.everything(workbench) == before
    form = {"outcome": "rejected", "feedback": SAID, "seen": judged.seen(workbench, waiting)}
    assert mara.post(here, form).status_code == 303
    before = judged.everything(workbench)
    assert mara.post(here, form).status_code == 409
    assert mara.post(here, {**form, "outcome": "approved"}).status_code == 409
    assert judged.everything(workbench) == before


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "/\n/evil"])
def test_a_decision_leads_to_no_other_site(mara: Visitor, workbench: Workbench, work: Any, back: str):
    _, row, waiting = work
    form = {"outcome": "approved", "seen": judged.seen(workbench, waiting), "back": back}
    answer = mara.post(f"/approvals/{waiting.task_approval_id}/decide", form)
    assert answer.location == f"/deliverables/{row.deliverable_id}/view"
    second = {"outcome": "approved", "seen": "x", "next": back}
    assert "evil" not in (mara.post(f"/inbox/decide/{waiting.task_approval_id}", second).location or "")


@pytest.mark.parametrize("name", ["ana", "ben", "sam", "bot", "pat"])
def test_no_form_of_qa_help_or_review_is_taken_from_whoever_may_not_judge(
    as_user: Any, workbench: Workbench, people: dict[str, Actor], name: str
):
    done = make_task(workbench, actor=people["mara"], assignee="ana")
    stuck = make_task(workbench, actor=people["mara"], assignee="ana")
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, done.task_id)
        lifecycle.start(tx, stuck.task_id)
        help_requests.ask(tx, stuck.task_id, "How?")
    with workbench.transaction(people["mara"]) as tx:
        qa.flag(tx, done.task_id, "manual")
    visitor = as_user(name)
    before = judged.everything(workbench)
    forms = {
        f"/qa/{done.task_id}/review": {"passed": "true", "score": "5"},
        f"/qa/{done.task_id}/flag": {"reason": "complaint"},
        f"/inbox/answer/{stuck.task_id}": {"body": "Like this."},
        f"/inbox/review/{stuck.task_id}": {"verdict": "reject", "reason": "no"},
        f"/people/employees/{people['ana'].employee_id}/training": {"training": "false"},
        f"/people/users/{people[name].user_id}": {"role": "admin", "is_active": "true"},
        "/people/users": {"email": "x@example.com", "name": "X", "role": "admin"},
    }
    for path, form in forms.items():
        for headers in ({}, JSON):
            assert visitor.post(path, form, headers=headers).status_code in (403, 404), path
    assert judged.everything(workbench) == before


# -- what is nobody else's to read -----------------------------------------------------------


def test_the_score_of_somebodys_work_is_read_by_them_and_by_whoever_sees_all_work(
    as_user: Any, workbench: Workbench, people: dict[str, Actor]
):
    """Ben, who has a task in the same bundle, sees that it was scored, not how."""
    bundle = make_bundle(workbench, actor=people["mara"], campaign="acme_spring")
    with workbench.transaction(people["mara"]) as tx:
        own, other = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))[:2]
        own.assignee_id, other.assignee_id = people["ana"].employee_id, people["ben"].employee_id
        own.approval = {}
        saved(tx, own)
        saved(tx, other)
        own.status = TaskStatus.COMPLETED
        own.completed_at, own.qa_flagged = tx.now, False
        saved(tx, own)
    with workbench.transaction(people["mara"]) as tx:
        qa.flag(tx, own.task_id, "manual")
        qa.review(tx, own.task_id, passed=False, score=1, feedback=SAID)
    pages = [
        f"/tasks/{own.task_id}",
        f"/tasks/{own.task_id}/story",
        f"/tasks/{own.task_id}/story?format=json",
        f"/bundles/{bundle.bundle_id}",
        f"/bundles/{bundle.bundle_id}/story",
        f"/bundles/{bundle.bundle_id}/story?format=json",
    ]
    for page in pages:
        for name, may_read in (("mara", True), ("ana", True), ("sam", True), ("ben", False)):
            shown = as_user(name).get(page)
            assert shown.status_code == 200, (page, name)
            text = shown.text
            if "story" in page or not may_read:
                assert (SAID in text) is may_read, (page, name)
            if not may_read:
                assert "did not pass" not in text, (page, name)
                assert "1 of 5" not in text, (page, name)


def test_a_partner_reads_nothing_of_the_inside_of_a_network(
    as_user: Any, workbench: Workbench, people: dict[str, Actor]
):
    task, row = judged.begin(workbench, people["mara"], ["portal"])
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    why = "wiki.intranet leads to 10.0.0.7, which is not a public address"
    look = judged.seen(workbench, waiting)
    with workbench.transaction(people["pat"]) as tx:
        copy = LinkCopy(url=judged.DRAFT, failure=why)
        decisions.decide(tx, waiting.task_approval_id, "rejected", "No.", seen=look, copy=copy)
    here = f"/deliverables/{row.deliverable_id}/view"
    assert "10.0.0.7" in as_user("mara").get(here).text
    for page in (here, "/inbox?seen=1"):
        text = as_user("pat").get(page).text
        assert "10.0.0.7" not in text
        assert "intranet" not in text


def test_the_people_of_another_partner_find_nothing(
    app: Any, as_user: Any, workbench: Workbench, people: dict[str, Actor]
):
    people["gil"] = add_user(workbench, "gil", ["partner"], "globex")
    task, row = judged.begin(workbench, people["mara"], ["portal"])
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    with workbench.transaction(people["pat"]) as tx:
        comments.add(tx, row.deliverable_id, "Pat says this.")
    gil, before = as_user("gil"), judged.everything(workbench)
    here = f"/deliverables/{row.deliverable_id}"
    for path in (here + "/view", here + "/file", here + "/compare", here + "/story"):
        for headers in ({}, JSON, {"If-None-Match": "*"}, {"Range": "bytes=0-9"}):
            answer = gil.get(path, headers=headers)
            assert answer.status_code == 404, path
            assert "Pat says" not in answer.text
    assert gil.get(f"{here}/copies/{waiting.task_approval_id}").status_code == 404
    form = {"outcome": "approved", "seen": judged.seen(workbench, waiting), "body": "hello"}
    for path in (
        f"/approvals/{waiting.task_approval_id}/decide",
        f"/inbox/decide/{waiting.task_approval_id}",
        f"{here}/comments",
    ):
        for headers in ({}, JSON):
            answer = gil.post(path, form, headers=headers)
            assert answer.status_code == 404, path
            assert "draft" not in answer.text.lower(), path
    assert judged.everything(workbench) == before


def test_what_the_team_says_of_an_internal_round_never_reaches_the_partner_in_json(
    as_user: Any, workbench: Workbench, people: dict[str, Actor]
):
    task, row = judged.begin(workbench, people["mara"], ["internal", "portal"])
    inside = judged.hand_over(workbench, people["ana"], task, row)
    judged.decide(workbench, people["mara"], inside, "approved_pending_changes", SAID)
    with workbench.transaction(people["ana"]) as tx:
        second = versions.new_version(tx, row.deliverable_id, url="https://docs.example/two")
        comments.add(tx, second.deliverable_id, "Between us.")
    [outside] = [judged.ask(workbench, people["ana"], task)]
    pat = as_user("pat")
    tries = [
        pat.post(
            f"/approvals/{inside.task_approval_id}/decide", {"outcome": "approved", "seen": "x"}, headers=JSON
        ),
        pat.post(
            f"/approvals/{outside.task_approval_id}/decide",
            {"outcome": "approved", "seen": "x"},
            headers=JSON,
        ),
        pat.post(
            f"/approvals/{outside.task_approval_id}/decide",
            {"outcome": "rejected", "seen": "x"},
            headers=JSON,
        ),
        pat.post(f"/deliverables/{second.deliverable_id}/comments", {"body": ""}, headers=JSON),
        pat.get(f"/deliverables/{row.deliverable_id}/view"),
        pat.get(f"/deliverables/{second.deliverable_id}/view"),
        pat.get("/inbox"),
    ]
    assert [answer.status_code for answer in tries] == [404, 409, 400, 400, 404, 200, 200]
    for answer in tries:
        assert [
            word for word in (SAID, "Between us", "Mara", "Ana", "changed after") if word in answer.text
        ] == []
    form = {"outcome": "approved", "seen": judged.seen(workbench, outside)}
    done = pat.post(f"/approvals/{outside.task_approval_id}/decide", form, headers=JSON)
    assert done.status_code == 200
    assert SAID not in json.dumps(done.json)


def test_a_partner_who_completes_a_task_sets_off_what_follows_from_it(
    as_user: Any, workbench: Workbench, people: dict[str, Actor]
):
    """They see neither bundle nor dependents, and yet what must follow does."""
    bundle = make_bundle(workbench, actor=people["mara"], campaign="acme_spring")
    task, row = judged.begin(workbench, people["mara"], ["portal"])
    with workbench.transaction(people["mara"]) as tx:
        task = tx.get(Task, task.task_id)
        task.bundle_id = bundle.bundle_id
        saved(tx, task)
        waits = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))[0]
        waits.depends_on, waits.blocked_by = [task.task_id], task.task_id
        waits.status = TaskStatus.PENDING
        saved(tx, waits)
    waiting = judged.hand_over(workbench, people["ana"], task, row)
    form = {"outcome": "approved", "seen": judged.seen(workbench, waiting)}
    assert as_user("pat").post(f"/approvals/{waiting.task_approval_id}/decide", form).status_code == 303
    assert judged.current(workbench, task).status == "completed"
    assert judged.current(workbench, waits).blocked_by is None


# -- what would run --------------------------------------------------------------------------


@pytest.mark.parametrize("mark", MARKS)
def test_what_is_said_in_a_judgement_is_shown_as_the_text_it_is(
    as_user: Any, workbench: Workbench, people: dict[str, Actor], mark: str
):
    task, row = judged.begin(workbench, people["mara"], ["internal", "portal"])
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.start(tx, task.task_id)
        versions.edit(tx, row.deliverable_id, url=judged.DRAFT, meta={mark: mark, "x": [mark]})
        comments.add(tx, row.deliverable_id, mark, {"quote": mark}, visible_in_portal=True)
        more = versions.add(tx, task.task_id, "more", type=mark[:90], description=mark)
        versions.edit(tx, more.deliverable_id, url="https://docs.example/more")
    with workbench.transaction(people["ana"]) as tx:
        approvals.request(tx, task.task_id)
    first, _ = sorted(judged.open_ones(workbench, task), key=lambda item: item.deliverable_id)
    judged.decide(workbench, people["mara"], first, "rejected", mark)
    pages = [
        f"/tasks/{task.task_id}",
        f"/tasks/{task.task_id}/story",
        f"/deliverables/{row.deliverable_id}/view",
        f"/deliverables/{more.deliverable_id}/view",
        "/inbox",
        "/inbox?seen=1",
        "/stuck",
        "/reports/feedback",
        "/reports/rejections",
    ]
    for page in pages:
        for name in ("mara", "ana"):
            text = as_user(name).get(page).text
            assert "<script>alert" not in text, page
            assert "<svg onload" not in text, page
            assert 'href="javascript' not in text, page


def test_an_address_that_came_in_another_way_is_text_and_no_link(
    as_user: Any, workbench: Workbench, people: dict[str, Actor], work: Any
):
    """A restored store may hold what no form takes."""
    task, row, _ = work
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil.example/x", "/\\evil.example/x"):
        with workbench.transaction(people["mara"]) as tx:
            kept = tx.get(Deliverable, row.deliverable_id)
            kept.deliverable_url = url
            saved(tx, kept)
        for page in (
            f"/deliverables/{row.deliverable_id}/view",
            f"/tasks/{task.task_id}",
            f"/tasks/{task.task_id}/story",
            "/inbox",
        ):
            assert f'href="{url}"' not in as_user("mara").get(page).text, (page, url)
