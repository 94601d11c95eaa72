"""A task's page from handing over to the decision: versions, requests, feedback, help, permission, QA."""

from __future__ import annotations

import re
from io import BytesIO

from engine.access import ApprovalSource
from engine.deliverables import approvals, versions
from engine.qa import service as qa
from engine.tasks import help as help_requests
from engine.tasks import human_review, lifecycle
from engine.tasks.models import Note, NoteKind, Task, TaskStatus
from tests import factories
from tests.factories import make_task
from tests.web.approval_desk import BOTH, INTERNAL, actions, chip, head, panel


def test_what_is_owed_says_needed_and_then_handed_over(ana, desk):
    it = desk(INTERNAL, "draft")
    assert "needed" in chip(panel(ana.get(it.path).text, "deliverables"))
    row = it.rows()[0]
    here = f"{it.path}/deliverables/{row.deliverable_id}"
    assert ana.post(here, {"url": "https://docs.example/a", "meta.word_count": "900"}).status_code == 303
    shown = panel(ana.get(it.path).text, "deliverables")
    assert "handed over" in chip(shown)
    assert f'href="/deliverables/{row.deliverable_id}/view"' in shown
    assert "by Ana" in shown


def test_requesting_approval_is_the_primary_button_once_it_is_the_next_thing(ana, desk):
    it = desk(INTERNAL, "draft")
    thumb = actions(ana.get(it.path).text).split('class="thumb"')[1].split("</div>")[0]
    [row] = it.rows()
    assert f'href="#deliverable-{row.deliverable_id}">Hand over</a>' in thumb, "nothing to judge yet"
    work = ana.get("/my-work").text
    assert f'href="{it.path}#deliverable-{row.deliverable_id}">Hand over<' in work
    it.hand_over()
    thumb = actions(ana.get(it.path).text).split('class="thumb"')[1].split("</form>")[0]
    assert 'class="primary">Request approval</button>' in thumb
    answer = ana.post(f"{it.path}/request_approval", {"form": "request_approval"})
    assert answer.status_code == 303
    assert it.task.status is TaskStatus.PENDING_APPROVAL
    assert "Approval requested." in ana.get(it.path).text


def test_a_refused_request_shows_what_is_missing(ana, desk):
    it = desk(INTERNAL, "draft")
    answer = ana.post(f"{it.path}/request_approval", {"form": "request_approval"})
    assert answer.status_code == 409
    assert "Not done yet. What blocks me:" in answer.text
    assert it.task.status is TaskStatus.IN_PROGRESS


def test_a_manager_decides_in_place_and_the_worker_reads_why_not(ana, mara, desk):
    it = desk(INTERNAL, "draft").hand_over().request()
    shown = panel(mara.get(it.path).text, "waiting")
    for outcome in ("approved", "approved_pending_changes", "rejected"):
        assert f'name="outcome" value="{outcome}"' in shown
    assert f'name="seen" value="{it.rows()[0].content_hash}"' in shown
    other = panel(ana.get(it.path).text, "waiting")
    assert 'name="outcome"' not in other
    assert "A manager decides" in other
    assert "waits for the team" in chip(other)


def test_a_decision_on_the_page_leads_back_to_it(mara, desk):
    it = desk(INTERNAL, "draft").hand_over().request()
    approval = it.open_approvals()[0]
    fields = {"outcome": "approved", "seen": it.rows()[0].content_hash, "back": it.path}
    answer = mara.post(f"/approvals/{approval.task_approval_id}/decide", fields)
    assert answer.location == it.path
    assert it.task.status is TaskStatus.COMPLETED
    shown = panel(mara.get(it.path).text, "deliverables")
    assert "approved" in chip(shown)
    assert "Approved</strong> by Mara for the team" in shown
    assert "delivered to Acme" in shown


def test_whoever_worked_on_it_is_told_that_somebody_else_decides(mara, desk, workbench, people):
    it = desk(INTERNAL, "draft")
    with workbench.transaction(people["mara"]) as tx:
        versions.edit(tx, it.rows()[0].deliverable_id, url="https://docs.example/mine")
    it.request()
    shown = panel(mara.get(it.path).text, "waiting")
    assert "You worked on this, so somebody else decides." in shown
    assert 'name="outcome"' not in shown


def test_a_portal_round_names_the_partner(mara, desk):
    it = desk(BOTH, "draft").hand_over().request().decide("approved")
    assert [item.source for item in it.open_approvals()] == [ApprovalSource.PORTAL]
    shown = panel(mara.get(it.path).text, "waiting")
    assert "waits for Acme" in chip(shown)
    assert "The people of Acme decide" in shown
    assert 'name="outcome"' not in shown
    assert "waits for the partner" in chip(panel(mara.get(it.path).text, "deliverables"))


def test_while_approvers_decide_their_part_is_no_blocker_of_the_worker(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request()
    text = ana.get(it.path).text
    assert "What blocks me" not in text
    assert "Nothing stands in the way" not in text
    assert "It waits for a decision on what was handed over." in head(text)


def test_what_waits_is_still_edited_in_place_and_says_who_judges_it(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request()
    shown = panel(ana.get(it.path).text, "deliverables")
    assert "they judge what is here when they decide" in shown
    row = it.rows()[0]
    here = f"{it.path}/deliverables/{row.deliverable_id}"
    assert ana.post(here, {"url": "https://docs.example/better"}).status_code == 303
    assert it.rows()[0].deliverable_url == "https://docs.example/better"


def test_withdrawing_takes_the_request_back(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request()
    assert "Withdraw the request" in actions(ana.get(it.path).text)
    answer = ana.post(f"{it.path}/withdraw", {"form": "withdraw", "reason": "One more look."})
    assert answer.status_code == 303
    assert it.task.status is TaskStatus.IN_PROGRESS
    assert "Request to the team withdrawn" in panel(ana.get(it.path).text, "deliverables")


def test_feedback_of_a_rejection_stands_on_top_and_the_next_version_is_the_next_thing(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request().decide("rejected", "The lead is <b>buried</b>.")
    row = it.rows()[0]
    text = ana.get(it.path).text
    assert "The lead is &lt;b&gt;buried&lt;/b&gt;." in panel(text, "said")
    assert f'class="button primary" href="#next-{row.deliverable_id}">Hand over version 2' in actions(text)
    shown = panel(text, "deliverables")
    assert "rejected" in chip(shown)
    assert f'id="edit-{row.deliverable_id}"' not in shown, "a judged row shows no edit form"
    assert "Resubmit for approval" in shown
    assert "Only hand over" in shown


def test_remarks_of_the_approver_on_the_version_stand_with_what_they_said(desk, ana, workbench, people):
    """D8: the words of a decision often say no more than "see my comments"."""
    it = desk(INTERNAL, "draft").hand_over().request()
    [version] = it.rows()
    for who, quote, body in (
        ("mara", "last year", "Which <b>year</b>?"),
        ("mara", None, "Fine else."),
        ("ana", "last", "Mine."),
    ):
        given = {"deliverable_id": version.deliverable_id, "body": body, "quote": quote}
        factories.do(workbench, people[who], "deliverable comment", **given)
    it.decide("rejected", "See my comments.")
    said = panel(ana.get(it.path).text, "said")
    assert re.findall(r">(“last year”|in a comment)</a>: ([^<]+)</li>", said) == [
        ("“last year”", "Which &lt;b&gt;year&lt;/b&gt;?"),
        ("in a comment", "Fine else."),
    ]
    assert "Mine." not in said
    [address] = set(re.findall(r'href="(/deliverables/[^"#]+/view)#comment-', said))
    anchors = set(re.findall(r"#(comment-\w+)", said))
    assert anchors <= set(re.findall(r'id="(comment-\w+)"', ana.get(address).text))


def test_a_refused_request_leads_to_each_thing_that_is_missing(ana, desk, workbench, people):
    it = desk(INTERNAL, "draft")
    given = {"task_id": it.task_id, "title": "Outline", "required": True}
    step = factories.do(workbench, people["ana"], "task add-step", **given)
    answer = ana.post(f"{it.path}/request_approval", {"form": "request_approval"})
    assert answer.status_code == 409
    told = answer.text.split('id="blockers"')[1].split("</section>")[0]
    assert "Approval can be requested once all of this is settled:" in told
    [row] = it.rows()
    assert re.findall(r'<li>(?:<a href="([^"]+)">)?([^<]+)', told) == [
        (
            f"#deliverable-{row.deliverable_id}",
            "The deliverable “draft” is not handed over: give its address or a file.",
        ),
        (f"#step-{step.task_step_id}", "The step “Outline” is open: do it and tick it."),
        (
            "#deliverables",
            (
                "It needs an internal approval, and nothing to judge is handed over yet: hand it over, or "
                "add a deliverable where it owes none."
            ),
        ),
    ]


def test_a_version_after_an_approval_is_marked_stale(ana, desk, workbench, people):
    it = desk(BOTH, "draft").hand_over().request().decide("approved")
    with workbench.transaction(people["ana"]) as tx:
        approvals.withdraw(tx, it.task_id)
    it.next(ana, it.rows()[0], "hand_over")
    assert "stale: changed after approval" in chip(panel(ana.get(it.path).text, "deliverables"))


def test_a_deliverable_of_another_task_has_no_next_version_here(ana, mara, desk):
    it = desk(INTERNAL, "draft").hand_over().request().decide("rejected", "No.")
    other = desk(INTERNAL, "draft")
    row = it.rows()[0]
    answer = ana.post(f"{other.path}/deliverables/{row.deliverable_id}/next", {"url": "https://a.example"})
    assert answer.status_code == 404
    assert len(it.rows()) == 1


def test_a_stranger_finds_none_of_it(as_user, desk):
    it = desk(INTERNAL, "draft").hand_over()
    ben, row = as_user("ben"), it.rows()[0]
    for path in ("request_approval", "withdraw", "help", "answer", "review_approve", "clone", "files"):
        assert ben.post(f"{it.path}/{path}", {"question": "?", "body": "x"}).status_code in (400, 404), path
    for path in ("deliverables", f"deliverables/{row.deliverable_id}/next"):
        assert ben.post(f"{it.path}/{path}", {"ref": "x", "type": "y"}).status_code == 404, path
    assert it.task.status is TaskStatus.IN_PROGRESS


def test_a_strategist_sees_the_versions_without_any_form(as_user, desk):
    it = desk(INTERNAL, "draft").hand_over().request().decide("rejected", "Too long.")
    shown = panel(as_user("sam").get(it.path).text, "deliverables")
    assert "rejected" in chip(shown)
    assert "<form" not in shown


def test_a_deliverable_of_ones_own_is_added_and_shown_to_the_partner_or_not(ana, desk):
    it = desk(INTERNAL, "draft")
    fields = {"form": "add_deliverable", "ref": "cover_image", "type": "image", "visible_in_portal": "true"}
    assert ana.post(f"{it.path}/deliverables", fields).status_code == 303
    added = it.rows()[0]
    assert (added.ref, added.visible_in_portal, added.required) == ("cover_image", True, False)
    assert "added here" in panel(ana.get(it.path).text, "deliverables")
    here = f"{it.path}/deliverables/{added.deliverable_id}"
    assert ana.post(here, {"url": "https://a.example/c", "visible_in_portal": "false"}).status_code == 303
    assert it.rows()[0].visible_in_portal is False
    again = ana.post(f"{it.path}/deliverables", fields)
    assert again.status_code == 400
    assert "choose another name" in again.text


def test_the_template_alone_says_whether_the_partner_sees_what_it_planned(ana, desk):
    it = desk(INTERNAL, "draft")
    row = it.rows()[0]
    here = f"{it.path}/deliverables/{row.deliverable_id}"
    assert ana.post(here, {"url": "https://a.example/c"}).status_code == 303
    assert ana.post(here, {"url": "https://a.example/c", "visible_in_portal": "false"}).status_code == 409
    assert it.rows()[0].visible_in_portal is True


def test_a_file_that_is_here_already_is_handed_over(ana, desk):
    it = desk(INTERNAL, "draft")
    upload = {"type": "export", "label": "Outline", "file": (BytesIO(b"# Tents"), "outline.md")}
    assert ana.post(f"{it.path}/files", upload, content_type="multipart/form-data").status_code == 303
    shown = panel(ana.get(it.path).text, "deliverables")
    artifact_id = re.search(r'<option value="(art_[^"]+)"', shown)[1]
    row = it.rows()[0]
    here = f"{it.path}/deliverables/{row.deliverable_id}"
    assert ana.post(here, {"url": "", "artifact_id": artifact_id}).status_code == 303
    kept = it.rows()[0]
    assert kept.sha256 is not None
    assert kept.artifact_id != artifact_id, "the deliverable's file is a version of its own"
    other = desk(INTERNAL, "draft")
    path = f"{other.path}/deliverables/{other.rows()[0].deliverable_id}"
    assert ana.post(path, {"url": "", "artifact_id": artifact_id}).status_code == 404


def test_help_is_asked_for_answered_and_work_goes_on(ana, mara, desk, workbench):
    it = desk({}, "draft")
    assert 'id="do-help"' in actions(ana.get(it.path).text)
    empty = ana.post(f"{it.path}/help", {"form": "help", "question": " "})
    assert empty.status_code == 400
    assert "must be given" in empty.text
    assert ana.post(f"{it.path}/help", {"form": "help", "question": "Which price?"}).status_code == 303
    assert it.task.status is TaskStatus.HELP_NEEDED
    assert "Which price?" in panel(ana.get(it.path).text, "help")
    assert 'name="body"' not in panel(ana.get(it.path).text, "help"), "she does not answer herself"
    assert 'name="body"' in panel(mara.get(it.path).text, "help")
    assert ana.post(f"{it.path}/answer", {"form": "answer", "body": "x"}).status_code == 403
    assert mara.post(f"{it.path}/answer", {"form": "answer", "body": "The shop's."}).status_code == 303
    shown = panel(ana.get(it.path).text, "help")
    assert shown.index("Which price?") < shown.index("The shop's.")
    with workbench.reading(workbench.operator()) as tx:
        assert tx.find(Note, task_id=it.task_id, order_by=("created_at",))[-1].kind is NoteKind.HELP_ANSWER
    assert ana.post(f"{it.path}/resume", {"form": "resume"}).status_code == 303
    assert panel(ana.get(it.path).text, "help") == ""


def test_an_older_question_is_not_shown_with_a_new_one(ana, desk, workbench, people):
    it = desk({}, "draft")
    for question in ("First question?", "Second question?"):
        with workbench.transaction(people["ana"]) as tx:
            help_requests.ask(tx, it.task_id, question)
        if question.startswith("First"):
            with workbench.transaction(people["ana"]) as tx:
                lifecycle.resume(tx, it.task_id)
    shown = panel(ana.get(it.path).text, "help")
    assert "Second question?" in shown
    assert "First question?" not in shown


def test_a_manager_permits_or_refuses_a_task_to_run(ana, mara, workbench):
    task = make_task(workbench, requires_human_review=True, assignee="ana")
    path = f"/tasks/{task.task_id}"
    assert "must permit it first" in panel(ana.get(path).text, "permission")
    assert "Nothing stands in the way" not in ana.get(path).text
    assert "It waits for permission to run." in head(ana.get(path).text)
    assert ana.post(f"{path}/review_approve", {"form": "review_approve"}).status_code == 403
    assert 'class="primary">Permit it to run</button>' in actions(mara.get(path).text)
    empty = mara.post(f"{path}/review_reject", {"form": "review_reject", "reason": ""})
    assert empty.status_code == 400
    assert mara.post(f"{path}/review_approve", {"notes": "Looked at."}).status_code == 303
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).status is TaskStatus.QUEUED
    assert panel(mara.get(path).text, "permission") == ""
    other = make_task(workbench, requires_human_review=True)
    refused = mara.post(f"/tasks/{other.task_id}/review_reject", {"reason": "Too costly"})
    assert refused.status_code == 303
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, other.task_id).status_reason == "Rejected: Too costly"
    page = mara.get(f"/tasks/{other.task_id}").text
    assert "Refused: it never runs." in page
    assert "<strong>Reason:</strong> Rejected: Too costly</p>" in page
    plain = make_task(workbench)
    assert mara.post(f"/tasks/{plain.task_id}/cancel", {"reason": "Too late"}).status_code == 303
    page = mara.get(f"/tasks/{plain.task_id}").text
    assert "<strong>Reason:</strong> Cancelled by user: Too late</p>" in page


def test_a_reviewed_task_names_no_permission_any_more(mara, workbench, people):
    task = make_task(workbench, requires_human_review=True)
    with workbench.transaction(people["mara"]) as tx:
        human_review.approve(tx, task.task_id)
    assert "review_approve" not in mara.get(f"/tasks/{task.task_id}").text


def test_quality_is_flagged_by_managers_and_scores_are_read_by_whoever_did_it(
    ana, mara, as_user, desk, workbench, people
):
    it = desk({}).hand_over()
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, it.task_id)
    shown = panel(mara.get(it.path).text, "qa")
    assert f'action="/qa/{it.task_id}/flag"' in shown
    assert "/flag" not in ana.get(it.path).text
    fields = {"form": "flag", "reason": "complaint", "comment": "Wrong price.", "back": it.path}
    assert mara.post(f"/qa/{it.task_id}/flag", fields).location == it.path
    assert "a client complained" in panel(mara.get(it.path).text, "qa")
    with workbench.transaction(people["mara"]) as tx:
        qa.review(tx, it.task_id, passed=False, score=2, feedback="Take it from the shop.")
    assert "Take it from the shop." in panel(ana.get(it.path).text, "qa")
    assert "2 of 5" in chip(panel(mara.get(it.path).text, "qa"))
    assert "Take it from the shop." in panel(as_user("sam").get(it.path).text, "qa"), (
        "strategists learn from it"
    )


def test_a_refusal_is_told_though_its_form_has_gone_meanwhile(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request()
    row = it.rows()[0]
    it.decide("rejected", "Too long.")
    late = {"form": f"deliverable-{row.deliverable_id}", "url": "https://docs.example/late"}
    edited = ana.post(f"{it.path}/deliverables/{row.deliverable_id}", late)
    assert edited.status_code == 409
    alert = edited.text.split('role="alert"')[1].split("</div>")[0]
    assert "was judged and never changes" in alert
    withdrawn = ana.post(f"{it.path}/withdraw", {"form": "withdraw"})
    assert withdrawn.status_code == 409
    assert "there is no request to take back" in withdrawn.text.split('role="alert"')[1].split("</div>")[0]


def test_what_one_form_refuses_is_told_once(ana, desk):
    it = desk(INTERNAL, "draft").hand_over()
    for path, form in (("help", "help"), ("deliverables", "add_deliverable"), ("files", "add_file")):
        answer = ana.post(f"{it.path}/{path}", {"form": form, "question": "", "ref": "?", "type": "x"})
        assert answer.status_code == 400, path
        assert answer.text.count('class="refusal"') + answer.text.count('class="error"') == 1, path
