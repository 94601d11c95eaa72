"""The inbox: everything that waits is decided in place, refusals stand at the item, focus goes on."""

from __future__ import annotations

import re
from html import unescape

import pytest

from engine.app import Workbench
from engine.deliverables import approvals, versions
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.inbox import service
from engine.qa import service as qa
from engine.tasks import assignment, lifecycle, notes
from engine.tasks import help as help_requests
from engine.tasks.models import Task, TaskStatus
from tests.desk import Desk
from tests.factories import make_bundle, make_task
from tests.web.conftest import Visitor


@pytest.fixture
def desk(workbench: Workbench, people) -> Desk:
    return Desk.set_up(workbench, people)


def text_of(answer) -> str:
    """Return a page's words without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def main_of(answer) -> str:
    return answer.text[answer.text.index("<main") :]


def badge(visitor: Visitor, path: str = "/board") -> str:
    found = re.search(r'id="inbox-count" data-live( hidden)?>(\d+\+?)', visitor.get(path).text)
    assert found
    return "" if found[1] else found[2]


def form_of(desk: Desk, task_id: str, **fields: str) -> tuple[str, dict[str, str]]:
    """Return where a decision is sent, and what the page's form carries."""
    approval = desk.approval(task_id)
    form = {"form": f"decide-{approval.task_approval_id}", "seen": desk.seen(approval), **fields}
    return f"/inbox/decide/{approval.task_approval_id}", form


def approval_of(desk: Desk, key: str) -> Approval:
    with desk.workbench.reading(desk.people["mara"]) as tx:
        return tx.get(Approval, key.rsplit("/", 1)[-1])


def test_the_navigation_counts_what_waits_on_every_page_and_says_nothing_of_nothing(
    desk: Desk, mara: Visitor, ana: Visitor
):
    assert badge(mara) == ""
    desk.hand_over()
    desk.ask_for_help()
    assert badge(mara) == badge(mara, "/templates") == "2"
    assert badge(ana) == ""


def test_an_empty_inbox_says_what_would_fill_it(mara: Visitor):
    page = mara.get("/inbox")
    assert "Your inbox is empty" in page.text
    assert "/my-work" in main_of(page)


def test_an_item_says_why_it_is_here_and_shows_all_that_a_decision_takes(desk: Desk, mara: Visitor):
    task_id = desk.hand_over("Write the landing page")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        notes.add(tx, task_id, "The photo is still *missing*.")
    page = mara.get("/inbox")
    words = text_of(page)
    assert "Ana handed it over and asked for your decision" in words
    assert "draft , version 1" in words
    assert "<em>missing</em>" in page.text
    row = desk.approval(task_id).deliverable_id
    assert f'id="inbox-open" href="/deliverables/{row}/view"' in page.text
    assert f'value="{desk.seen(desk.approval(task_id))}"' in page.text
    assert 'href="https://docs.example/draft"' in page.text


def test_nothing_is_approved_from_the_inbox_that_was_not_looked_at(desk: Desk, mara: Visitor):
    """Key and button lead to the piece, with the decision beside it, and from there to the next item (D5)."""
    first, second = (desk.approval(desk.hand_over(title)) for title in ("First", "Second"))
    text = mara.get("/inbox").text
    assert 'value="approved' not in text
    [there] = re.findall(r'href="([^"]+)" data-key="a"', text)
    assert there == f"/deliverables/{first.deliverable_id}/view?next={second.task_approval_id}"
    piece = mara.get(there).text
    assert f'name="back" value="/inbox?item={second.task_approval_id}"' in piece
    assert 'name="outcome" value="approved" data-key="a"' in piece


def test_what_is_to_run_stands_beside_the_permission(desk: Desk, mara: Visitor):
    task_id = desk.make("Crawl", assignee=None)
    runs = {"execution_config": {"start_url": "https://acme.example"}, "owner_id": desk.people["ana"].user_id}
    desk.change(task_id, requires_human_review=True, **runs)
    text = mara.get("/inbox").text
    assert "<dt>start url</dt><dd>https://acme.example</dd>" in text


def test_earlier_feedback_stands_beside_the_next_version(desk: Desk, mara: Visitor):
    task_id = desk.hand_over()
    desk.decide(task_id, "rejected", "The drying time has no source.", by="max")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        [row] = tx.find(Deliverable, task_id=task_id)
        versions.new_version(tx, row.deliverable_id, url="https://docs.example/two")
        approvals.request(tx, task_id)
    words = text_of(mara.get("/inbox"))
    assert "Ana handed it over again" in words
    assert "Said so far Max on version 1" in words
    assert "The drying time has no source." in words


def test_the_address_chooses_the_item(desk: Desk, mara: Visitor):
    first, second = desk.hand_over("First"), desk.hand_over("Second")
    key = desk.approval(second).task_approval_id
    page = mara.get(f"/inbox?item={key}")
    assert f'data-shown="item-{key}"' in page.text
    assert page.text.count("autofocus") == 1
    other = mara.get("/inbox")
    assert f'data-shown="item-{desk.approval(first).task_approval_id}"' in other.text
    assert "autofocus" not in other.text


@pytest.mark.parametrize(
    ("outcome", "feedback", "status", "task_status"),
    [
        ("approved", "", ApprovalStatus.APPROVED, TaskStatus.COMPLETED),
        (
            "approved_pending_changes",
            "One comma.",
            ApprovalStatus.APPROVED_PENDING_CHANGES,
            TaskStatus.IN_PROGRESS,
        ),
        ("rejected", "No source.", ApprovalStatus.REJECTED, TaskStatus.IN_PROGRESS),
    ],
)
def test_a_decision_is_made_in_place_and_leads_to_the_next_item(
    desk: Desk, mara: Visitor, outcome, feedback, status, task_status
):
    task_id, following = desk.hand_over("First"), desk.hand_over("Second")
    next_key = desk.approval(following).task_approval_id
    assert f'name="next" value="{next_key}"' in mara.get("/inbox").text
    path, form = form_of(desk, task_id, outcome=outcome, feedback=feedback, next=next_key)
    answer = mara.post(path, form)
    assert (answer.status_code, answer.location) == (303, f"/inbox?item={next_key}")
    decided = approval_of(desk, path)
    assert (decided.status, decided.feedback) == (status, feedback or None)
    assert desk.task(task_id).status is task_status
    assert badge(mara) == "1"


def test_after_the_last_decision_the_inbox_is_empty(desk: Desk, mara: Visitor):
    path, form = form_of(desk, desk.hand_over(), outcome="approved", next="")
    answer = mara.post(path, form)
    assert answer.location == "/inbox"
    assert "Your inbox is empty" in mara.get("/inbox").text


def test_a_decision_without_feedback_is_refused_at_its_field(desk: Desk, mara: Visitor):
    task_id = desk.hand_over()
    path, form = form_of(desk, task_id, outcome="rejected", feedback="  ")
    answer = mara.post(path, form)
    assert answer.status_code == 400
    assert 'id="do-rejected" data-key="r" open' in answer.text
    assert (
        'id="rejected-feedback" name="feedback" rows="3" required maxlength="10000" aria-invalid'
        in answer.text
    )
    assert desk.approval(task_id).is_open


def test_a_stale_decision_says_why_at_the_item_and_keeps_the_text(desk: Desk, mara: Visitor):
    task_id = desk.hand_over()
    path, form = form_of(desk, task_id, outcome="rejected", feedback="Wrong logo on page 2.")
    answer = mara.post(path, {**form, "seen": "0" * 64})
    assert answer.status_code == 409
    assert "changed since you looked at it" in answer.text
    assert ">Wrong logo on page 2.</textarea>" in answer.text
    assert desk.approval(task_id).is_open


def test_what_somebody_else_decided_meanwhile_is_told_although_the_item_is_gone(desk: Desk, mara: Visitor):
    task_id = desk.hand_over()
    path, form = form_of(desk, task_id, outcome="approved")
    desk.decide(task_id, "rejected", "No source.", by="max")
    answer = mara.post(path, form)
    assert answer.status_code == 409
    assert "Max has decided on" in text_of(answer)
    assert approval_of(desk, path).status is ApprovalStatus.REJECTED


def gone_of(answer) -> str:
    """Return what a page says of an item that is not there."""
    part = answer.text.split('id="inbox-gone"')[1].split("</div>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", "", part.partition(">")[2])).split())


def test_an_item_that_is_gone_is_said_to_be_and_why_and_no_other_is_shown_for_it(desk: Desk, mara: Visitor):
    gone, taken_back, left = (desk.hand_over(title) for title in ("First", "Second", "Third"))
    keys = [desk.approval(task_id).task_approval_id for task_id in (gone, taken_back, left)]
    desk.decide(gone, "rejected", "No source.", by="max")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        approvals.withdraw(tx, taken_back)
    pages = [mara.get(f"/inbox?item={key}") for key in (*keys, "apr_NOSUCH")]
    assert [gone_of(page) for page in pages] == [
        "“draft”, version 1 of #1 “First” is no longer here. Max rejected it and says why.",
        "“draft”, version 1 of #2 “Second” is no longer here. The request was withdrawn.",
        "",
        "What you asked for is no longer here.",
    ]
    assert ["data-shown" in page.text for page in pages] == [False, False, True, False]
    assert all("Third" in main_of(page) for page in pages), "the list is shown"


def test_a_question_or_a_permission_that_is_settled_is_said_to_be(desk: Desk, mara: Visitor, as_user):
    asked = desk.ask_for_help()
    with desk.workbench.transaction(desk.people["max"]) as tx:
        help_requests.answer(tx, asked, "Ask the printer.")
    assert "is no longer here. Its question was answered." in gone_of(mara.get(f"/inbox?item={asked}"))
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.resume(tx, asked)
    said = "It asks for no help and no permission any more."
    assert said in gone_of(mara.get(f"/inbox?item={asked}"))
    stranger = as_user("ben").get(f"/inbox?item={asked}")
    assert gone_of(stranger) == "What you asked for is no longer here.", "it is not theirs to see"


def test_news_that_were_folded_away_lead_to_what_was_seen_before(desk: Desk, ana: Visitor, clock):
    task_id = desk.hand_over("Landing page")
    key = desk.approval(task_id).task_approval_id
    desk.decide(task_id, "rejected", "Too long.")
    clock.advance(minutes=1)
    ana.post("/inbox/seen")
    page = ana.get(f"/inbox?item={key}")
    assert gone_of(page).endswith("Mara rejected it and says why. It is under “Seen before”.")
    assert f'href="/inbox?seen=1&amp;item={key}"' in page.text
    assert "Too long." in main_of(ana.get(f"/inbox?seen=1&item={key}"))


def test_the_script_opens_the_whole_page_where_the_chosen_item_is_gone(desk: Desk, mara: Visitor):
    task_id = desk.hand_over()
    key = desk.approval(task_id).task_approval_id
    desk.decide(task_id, "rejected", "No source.", by="max")
    asked = {"HX-Target": "inbox-item", "HX-Request": "true"}
    answer = mara.get(f"/inbox?item={key}", headers=asked)
    assert answer.headers.get("HX-Redirect") == f"/inbox?item={key}"


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("ben", 403), ("sam", 403), ("pat", 404)])
def test_whoever_may_not_decide_does_not_here_either(desk: Desk, as_user, name: str, status: int):
    task_id = desk.hand_over()
    path, form = form_of(desk, task_id, outcome="approved")
    assert as_user(name).post(path, form).status_code == status
    assert desk.approval(task_id).is_open


def test_a_question_is_answered_in_place(desk: Desk, mara: Visitor, ana: Visitor):
    task_id = desk.ask_for_help(question="Which feed?")
    assert "Which feed?" in text_of(mara.get("/inbox"))
    refused = mara.post(f"/inbox/answer/{task_id}", {"form": f"answer-{task_id}", "body": " "})
    assert refused.status_code == 400
    assert "must be given" in refused.text
    answered = mara.post(f"/inbox/answer/{task_id}", {"body": "The shop's.", "next": ""})
    assert answered.location == "/inbox"
    assert badge(mara) == ""
    words = text_of(ana.get("/inbox"))
    assert "Mara answered your question" in words
    assert "The shop's." in words
    assert ana.post(f"/inbox/answer/{task_id}", {"body": "Me too"}).status_code == 403


def test_an_automated_task_is_permitted_or_refused_in_place(desk: Desk, mara: Visitor, ana: Visitor):
    ids = [make_task(desk.workbench, title=title).task_id for title in ("Crawl", "Delete")]
    for task_id in ids:
        desk.change(task_id, requires_human_review=True, assigned_to_bot=True)
    assert "Permit it to run" in mara.get(f"/inbox?item={ids[0]}").text
    assert ana.post(f"/inbox/review/{ids[0]}", {"verdict": "approve"}).status_code in (403, 404)
    assert mara.post(f"/inbox/review/{ids[0]}", {"verdict": "approve"}).status_code == 303
    assert desk.task(ids[0]).status is TaskStatus.QUEUED
    form = {"form": f"review-{ids[1]}", "verdict": "reject"}
    refused = mara.post(f"/inbox/review/{ids[1]}", {**form, "reason": ""})
    assert refused.status_code == 400
    assert 'id="do-refuse" data-key="r" open' in refused.text
    assert mara.post(f"/inbox/review/{ids[1]}", {**form, "reason": "Too risky"}).status_code == 303
    assert desk.task(ids[1]).status_reason == "Rejected: Too risky"


def test_news_are_read_marked_as_seen_and_found_again(desk: Desk, ana: Visitor, clock):
    desk.decide(desk.hand_over("Landing page"), "rejected", "Too long.")
    assert badge(ana) == "1"
    words = text_of(ana.get("/inbox"))
    assert "Mara rejected it and says why" in words
    assert "Too long." in words
    clock.advance(minutes=1)
    assert ana.post("/inbox/seen").location == "/inbox"
    assert badge(ana) == ""
    assert "Landing page" not in main_of(ana.get("/inbox"))
    assert "Too long." in main_of(ana.get("/inbox?seen=1"))


def test_the_button_folds_away_what_the_page_showed_and_not_what_came_since(desk: Desk, ana: Visitor, clock):
    desk.decide(desk.hand_over("Landing page"), "rejected", "Too long.")
    until = re.search(r'name="until" value="([^"]+)"', ana.get("/inbox").text)
    clock.advance(minutes=1)
    desk.decide(desk.hand_over("Newsletter"), "rejected", "Too short.")
    clock.advance(minutes=1)
    assert until
    ana.post("/inbox/seen", {"form": "seen", "until": until[1]})
    assert badge(ana) == "1"
    left = main_of(ana.get("/inbox"))
    assert "Newsletter" in left
    assert "Landing page" not in left


@pytest.mark.parametrize("until", ["yesterday", "2026-11-21T09:00", "12"])
def test_a_moment_that_is_none_folds_nothing_away(desk: Desk, ana: Visitor, until: str):
    desk.decide(desk.hand_over("Landing page"), "rejected", "Too long.")
    assert ana.post("/inbox/seen", {"form": "seen", "until": until}).status_code == 400
    assert badge(ana) == "1"


def test_more_of_a_section_is_shown_on_request_and_the_number_says_the_whole(
    desk: Desk, mara: Visitor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(service, "SHOWN", 2)
    keys = [desk.approval(desk.hand_over(f"Article {number}")).task_approval_id for number in range(5)]
    page = mara.get("/inbox?shown=2")
    assert page.text.count("data-item") == 2
    assert ">5</span>" in main_of(page)
    assert 'href="/inbox?shown=4#section-approvals">Show more</a>' in page.text
    assert mara.get("/inbox?shown=4").text.count("data-item") == 4
    whole = mara.get("/inbox?shown=6")
    assert whole.text.count("data-item") == 5
    assert "Show more" not in whole.text
    assert f'href="/inbox?shown=6&amp;item={keys[4]}"' in whole.text


def test_more_than_ninety_nine_are_said_to_be_more_and_are_not_counted(desk: Desk, ana: Visitor):
    task_id = desk.make("Newsletter")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.start(tx, task_id)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        for number in range(98):
            notes.add(tx, task_id, f"@ana look at page {number}")
    assert badge(ana) == "98"
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        for number in range(98, 103):
            notes.add(tx, task_id, f"@ana look at page {number}")
    assert badge(ana) == "99+"
    page = ana.get("/inbox?shown=50")
    assert '<span class="quiet">99+</span>' in main_of(page)
    assert "50 of 99+" in text_of(page)
    assert "101 of 101+" in text_of(ana.get("/inbox?shown=101"))
    assert "Show more" not in text_of(ana.get("/inbox?shown=103"))


def test_an_item_that_stands_further_down_is_shown_where_the_address_names_it(desk: Desk, mara: Visitor):
    keys = [desk.approval(desk.hand_over(f"Article {number}")).task_approval_id for number in range(3)]
    page = mara.get(f"/inbox?shown=1&item={keys[2]}")
    assert re.findall(r'id="item-(\w+)"', page.text) == [keys[0], keys[2]]
    assert f'data-shown="item-{keys[2]}"' in page.text


def test_the_script_is_given_the_chosen_item_alone_and_nothing_keeps_it_as_the_page(
    desk: Desk, mara: Visitor
):
    desk.hand_over("First")
    key = desk.approval(desk.hand_over("Second")).task_approval_id
    part = mara.get(f"/inbox?item={key}", headers={"HX-Target": "inbox-item", "HX-Request": "true"})
    assert part.text.lstrip().startswith("<section")
    assert f'data-shown="item-{key}"' in part.text
    assert f'action="/inbox/decide/{key}"' in part.text
    assert "First" not in part.text
    assert (part.headers["Cache-Control"], "ETag" in part.headers) == ("no-store", False)
    assert f'data-shown="item-{key}"' in mara.get(f"/inbox?item={key}").text


def test_a_score_a_mention_and_a_lost_blocker_are_each_said_in_words(desk: Desk, ana: Visitor):
    from engine.tasks import update

    done, first, second = desk.make("Done"), desk.make("First", "ben"), desk.make("Second")
    mara = desk.people["mara"]
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.complete(tx, done)
    with desk.workbench.transaction(mara) as tx:
        qa.flag(tx, done, "manual")
        qa.review(tx, done, passed=False, score=2, feedback="Check the title.")
        notes.add(tx, second, "@ana see this")
        update.update(tx, desk.workbench.content(), second, {"depends_on": [first]})
    with desk.workbench.transaction(mara) as tx:
        lifecycle.cancel(tx, first, "No budget")
    page = ana.get("/inbox")
    words = text_of(page)
    for said in ("looked at it again after completion", "called you in a remark", "It stays blocked"):
        assert said in words, said
    keys = re.findall(r'id="item-(\w+)"', page.text)
    shown = [text_of(ana.get(f"/inbox?item={key}")) for key in keys]
    assert any("not passed" in text and "2 of 5" in text and "Check the title." in text for text in shown)
    assert any("was cancelled" in text for text in shown)


def test_the_number_of_tasks_to_score_leads_to_qa(desk: Desk, mara: Visitor):
    task_id = desk.make()
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.complete(tx, task_id)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        if not tx.find_by_key(type(desk.task(task_id)), task_id).qa_flagged:
            qa.flag(tx, task_id, "manual")
    assert "1 completed task waits for a QA score" in text_of(mara.get("/inbox"))


def test_the_page_is_fresh_with_an_etag_until_something_happens(desk: Desk, mara: Visitor):
    tag = mara.get("/inbox").headers["ETag"]
    assert mara.get("/inbox", headers={"If-None-Match": tag}).status_code == 304
    task_id = desk.ask_for_help()
    assert mara.get("/inbox", headers={"If-None-Match": tag}).status_code == 200
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        help_requests.answer(tx, task_id, "So.")


def test_items_carry_words_as_words_never_as_markup(desk: Desk, mara: Visitor):
    desk.ask_for_help("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
    page = mara.get("/inbox").text
    assert "<script>alert" not in page
    assert "<img" not in page


def test_own_work_is_told_with_its_day_and_folded_away_item_by_item(desk: Desk, ana: Visitor, clock):
    one, two = desk.make("Write the brief", due_date="2026-11-21"), desk.make("Call the printer")
    page = ana.get("/inbox")
    assert "Mara gave it to you" in text_of(page)
    assert re.search(r'due\s+<time[^>]*class="due soon"', main_of(page))
    assert re.search(r"due Sat 21 Nov, [^;]+; came \S", text_of(page)), "two days, two words"
    [name] = re.findall(rf'name="item" value="({one}@[^"]+)"', main_of(page))
    clock.advance(minutes=1)
    answer = ana.post("/inbox/seen", {"form": "seen-item", "item": name, "next": two})
    assert answer.location == f"/inbox?item={two}"
    assert badge(ana) == "1"
    assert "Write the brief" not in main_of(ana.get("/inbox"))
    assert gone_of(ana.get(f"/inbox?item={one}")).startswith("#1 “Write the brief” is no longer here.")


def test_news_of_a_bundle_stand_below_its_name_and_are_folded_away_together(
    desk: Desk, workbench: Workbench, mara: Visitor, clock
):
    bundle = make_bundle(workbench, actor=desk.people["max"])
    with workbench.transaction(desk.people["max"]) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id)[:2]:
            assignment.assign(tx, task.task_id, "mara")
    desk.make("Alone", None)
    page = main_of(mara.get("/inbox"))
    [form] = re.findall(rf'<form[^>]*>(?:(?!</form>).)*value="seen-{bundle.bundle_id}".*?</form>', page)
    names = re.findall(r'name="item" value="([^"]+)"', form)
    assert len(names) == 2
    assert f'<h3><a href="/bundles/{bundle.bundle_id}">{bundle.title}</a></h3>' in page
    clock.advance(minutes=1)
    mara.post("/inbox/seen", {"form": f"seen-{bundle.bundle_id}", "item": names})
    assert badge(mara) == ""


@pytest.mark.parametrize(
    "name", ["tsk_1", "x" * 3000, "tsk_01M7YNAYM0SDAD3D468YW0MPAR", "../x@2026-11-21T09:00:00.000Z"]
)
def test_what_names_no_item_is_refused_and_nothing_is_kept(desk: Desk, ana: Visitor, name: str):
    desk.make()
    assert ana.post("/inbox/seen", {"form": "seen-item", "item": name}).status_code == 400
    assert badge(ana) == "1"


def test_what_waits_for_a_decision_has_no_button_that_folds_it_away(desk: Desk, mara: Visitor):
    desk.hand_over()
    assert 'value="seen-item"' not in mara.get("/inbox").text
