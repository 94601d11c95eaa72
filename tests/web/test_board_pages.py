"""The board, the list and each user's work: what is shown, to whom, and how it is narrowed."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import url_for
from markupsafe import Markup

from engine.audit.models import Action
from engine.bundles.models import BundleStatus
from engine.deliverables.actions import TaskAction
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_bundle, make_task
from tests.told import saved
from tests.web.test_my_work import words_of
from web import addresses, cards, chips
from web.pages import board as board_page
from web.pages.task_filters import read


def test_cards_stand_in_the_column_of_their_status(mara, workbench, people):
    started = make_task(workbench, title="Under way")
    make_task(workbench, title="Not begun")
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.start(tx, started.task_id)
    text = mara.get("/board").text
    column = text.split('id="column-in_progress"')[1].split("</section>")[0]
    assert "Under way" in column
    assert "Not begun" not in column


@pytest.mark.parametrize("name", ["mara", "ana"])
def test_a_search_for_any_status_leaves_the_other_columns_empty(as_user, workbench, people, name):
    started = make_task(workbench, title="Under way", assignee="ana")
    make_task(workbench, title="Not begun", assignee="ana")
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.start(tx, started.task_id)
    reader = as_user(name)
    for asked in ("open", "all", "completed,open", *TaskStatus):
        page = reader.get("/board", query_string={"q": f"status:{asked}"})
        assert page.status_code == 200, asked
        is_open = asked in ("open", "all", "completed,open")
        assert ("Under way" in page.text) == (is_open or asked == "in_progress"), asked
        assert ("Not begun" in page.text) == (is_open or asked == "pending"), asked
    assert reader.get("/board?q=assignee:me+status:open+due:<7d").status_code == 200


def test_a_task_that_waits_for_another_stands_in_its_own_lane(mara, workbench):
    first = make_task(workbench, title="First")
    make_task(workbench, title="Second", depends_on=[first.task_id])
    before, _, lane = mara.get("/board").text.partition("Not ready</h3>")
    assert ("Second" in before, "Second" in lane.split("</section>")[0]) == (False, True)


def test_what_comes_after_an_open_task_is_not_ready_on_every_page_and_blocked_on_none(
    mara, workbench, people
):
    """D10: one task, one word for how it stands."""
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    with workbench.transaction(people["mara"]) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id)
        second = tx.get(Task, next(task.task_id for task in tasks if task.blocked_by))
        second.assignee_id, second.assignee_role = people["mara"].employee_id, None
        saved(tx, second)
    pages = (
        "/board", "/board?view=list", "/my-work", f"/tasks/{second.task_id}",
        f"/bundles/{bundle.bundle_id}", f"/bundles/{bundle.bundle_id}?order=shown",
    )  # fmt: skip
    said = [
        re.findall(r"(?<!option)>(Not ready|not ready|Blocked|after another task)<", told)
        for told in (re.sub(r"<option[^>]*>", "<option>", mara.get(page).text) for page in pages)
    ]
    assert all(said)
    assert {word for words in said for word in words} == {"Not ready"}
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, second.task_id)
    head = mara.get(f"/tasks/{second.task_id}").text.split('class="task-facts"')[1].split("</div>")[0]
    assert ("Cancelled" in head, "Not ready" in head) == (True, False)


def test_only_the_moves_allowed_now_are_offered(workbench, people):
    make_task(workbench)
    with workbench.reading(people["mara"]) as tx:
        todo = {item.key: item for item in board_page.columns(tx, read(tx, {}).wanted)}["todo"]
        moves = todo.cards[0].moves
    assert moves["in_progress"] == "start"
    assert moves["done"] == "complete"
    assert moves["waiting"] == "?do=wait#do-wait"
    assert "approval" not in moves


def test_somebody_elses_task_offers_no_move_to_a_strategist(workbench, people):
    make_task(workbench)
    with workbench.reading(people["sam"]) as tx:
        todo = board_page.columns(tx, read(tx, {}).wanted)[0]
    assert todo.cards[0].moves == {}


def test_a_member_sees_their_own_work_alone(as_user, workbench):
    make_task(workbench, title="For Ana", assignee="ana")
    make_task(workbench, title="For Ben", assignee="ben")
    for path in ("/board", "/board?view=list", "/my-work"):
        text = as_user("ana").get(path).text
        assert "For Ana" in text, path
        assert "For Ben" not in text, path


def test_a_list_counts_what_no_index_finds_up_to_a_bound(mara, workbench, monkeypatch):
    monkeypatch.setattr(board_page, "MOST_COUNTED", 3)
    monkeypatch.setattr(board_page, "MOST_IN_COLUMN", 3)
    monkeypatch.setattr(board_page, "PER_COLUMN", 2)
    for number in range(6):
        make_task(workbench, title=f"Alpha {number}", tags=["alpha"])
    first, last = (mara.get(f"/board?view=list&q=tag:alpha&limit=2&offset={at}").text for at in (0, 4))
    assert "1 to 2 of 3+ tasks" in first
    assert 'rel="next"' in first
    assert "5 to 6 of 6 tasks" in last
    assert 'rel="next"' not in last
    assert "1 to 2 of 6 tasks" in mara.get("/board?view=list&limit=2").text
    assert "1 to 2 of 6 tasks" in mara.get("/board?view=list&q=alpha&limit=2").text
    assert '<span class="total">3+</span>' in mara.get("/board?q=tag:alpha").text
    assert '<span class="total">6</span>' in mara.get("/board?q=alpha").text
    assert '<span class="total">6</span>' in mara.get("/board").text


def test_due_words_count_from_today(workbench, people):
    with workbench.reading(people["mara"]) as tx:
        assert read(tx, {"due": "7d"}).wanted.due_before == tx.today + timedelta(days=8)
        assert read(tx, {"due": ">7d"}).wanted.due_after == tx.today + timedelta(days=7)
        assert read(tx, {"due": "late"}).wanted.overdue


def test_the_list_shows_open_work_unless_asked_for_more(workbench, people):
    with workbench.reading(people["mara"]) as tx:
        assert read(tx, {}, is_list=True).wanted.open
        assert not read(tx, {"status": "all"}, is_list=True).wanted.open
        assert not read(tx, {"q": "-status:open"}, is_list=True).wanted.open
        assert read(tx, {"status": "completed"}, is_list=True).wanted.status == (TaskStatus.COMPLETED,)
        assert read(tx, {"q": "sort:title"}, is_list=True).wanted.sort == "title"
        assert read(tx, {"q": "sort:title", "sort": "due_date"}, is_list=True).wanted.sort == "due_date"


def test_the_list_has_pages_that_keep_the_filters(mara, workbench):
    for number in range(3):
        make_task(workbench, title=f"Task {number}", tags=["x"])
    first = mara.get("/board?view=list&tag=x&limit=2").text
    assert "1 to 2 of 3 tasks" in first
    assert "tag=x&amp;limit=2&amp;offset=2" in first
    assert "3 to 3 of 3 tasks" in mara.get("/board?view=list&tag=x&limit=2&offset=2").text


def test_a_column_shows_twenty_cards_and_leads_to_the_whole_list(mara, workbench):
    for number in range(21):
        make_task(workbench, title=f"Task {number}")
    text = mara.get("/board").text
    assert len(re.findall(r">Task \d+</a>", text)) == 20
    assert "Show all 21" in text
    assert "/board?view=list&amp;status=pending%2Cqueued" in text


def test_the_board_says_that_the_list_shows_a_status_that_has_no_column(mara, workbench):
    for status in TaskStatus:
        said = words_of(mara.get(f"/board?q=status:{status}").text)
        assert ("has no column for Cancelled. The list shows them" in said) is (status == "cancelled"), status
    both = mara.get("/board?q=hall+status:pending,cancelled").text
    assert "The board has no column for Cancelled." in both
    assert re.search(r'href="[^"]*cancelled[^"]*view=list">The list shows them', both)
    assert "has no column" not in mara.get("/board?q=status:cancelled&view=list").text


def test_empty_pages_say_what_would_fill_them(ana):
    assert "Nothing is yours to do" in ana.get("/my-work").text
    assert "No open tasks" in ana.get("/board?view=list").text
    assert "Nothing to begin" in ana.get("/board").text


def test_a_view_that_has_not_changed_is_not_sent_again(mara, workbench, people):
    first = mara.get("/board")
    tag = first.headers["ETag"]
    again = mara.get("/board", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    make_task(workbench)
    changed = mara.get("/board", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_cursor_grows_with_every_event(mara, workbench):
    def cursor():
        return int(mara.get("/board").text.split('data-cursor="')[1].split('"')[0])

    before = cursor()
    make_task(workbench)
    assert cursor() > before


def test_another_user_or_another_filter_is_another_view(mara, ana):
    tag = mara.get("/board").headers["ETag"]
    assert ana.get("/board", headers={"If-None-Match": tag}).status_code == 200
    assert mara.get("/board?tag=x", headers={"If-None-Match": tag}).status_code == 200


def test_a_page_that_answers_a_form_does_not_ask_its_address_for_what_is_new(mara, workbench):
    task = make_task(workbench)
    page = mara.get(f"/tasks/{task.task_id}")
    assert 'id="live"' in page.text
    refused = mara.post(f"/tasks/{task.task_id}/notes", {"form": "note", "body": ""})
    assert (refused.status_code, mara.get(f"/tasks/{task.task_id}/notes").status_code) == (400, 303)
    assert 'id="live"' not in refused.text


def test_a_page_with_a_message_is_shown_once(mara, workbench):
    task = make_task(workbench)
    tag = mara.get("/board").headers["ETag"]
    mara.post(f"/tasks/{task.task_id}/start", {"back": "/board"})
    page = mara.get("/board", headers={"If-None-Match": tag})
    assert "Started." in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "ETag" not in page.headers
    assert "Started." not in mara.get("/board").text


def test_a_message_waits_for_the_page_that_a_person_opens(mara, workbench):
    task = make_task(workbench)
    mara.post(f"/tasks/{task.task_id}/start", {"back": "/board"})
    poll = mara.get("/board", headers={"X-Live": "1"})
    assert "Started." not in poll.text
    assert (
        mara.get("/board", headers={"X-Live": "1", "If-None-Match": poll.headers["ETag"]}).status_code == 304
    )
    assert "Started." in mara.get("/board").text


def test_no_record_of_a_task_is_read_for_cards_and_rows(mara, workbench, monkeypatch):
    make_task(workbench, title="Alpha")
    read = []
    monkeypatch.setattr(Task, "model_validate_json", lambda text, **_: read.append(text))
    for path in ("/board", "/board?view=list", "/board?view=list&q=alpha", "/my-work"):
        assert mara.get(path).status_code == 200
    assert read == []


def test_addresses_are_those_of_the_routes(app):
    with app.test_request_context("/"):
        for one in ("tsk_01M7YNAYM04TFF59TDWH9EDD2J", "tsk ü?#"):
            assert addresses.task(one) == url_for("tasks.show", task_id=one)
            assert addresses.bundle(one) == url_for("bundles.show", bundle_id=one)
            assert f"{addresses.task(one)}/start" == url_for("tasks.act", task_id=one, verb="start")
            assert f"{addresses.task(one)}/clone" == url_for("task_clone.ask", task_id=one)
    assert not set("<>&'\"/") & set(addresses.task("<a>&'\"/").removeprefix("/tasks/"))


def test_what_cards_and_dates_are_made_of_is_escaped(app):
    evil = "<b>\"'&"
    with app.test_request_context("/"):
        for made in (
            chips.chip(evil, evil, evil, evil),
            cards.menu(SimpleNamespace(task_id=evil, revision=1), (TaskAction("start", evil),)),
            chips.who(SimpleNamespace(assignee_name=evil, assigned_to_bot=False, assignee_role=None)),
            chips.who(SimpleNamespace(assignee_name=None, assigned_to_bot=False, assignee_role=evil)),
        ):
            assert isinstance(made, Markup)
            assert "<b>" not in made
            assert "&lt;b&gt;" in made or "%3Cb%3E" in made
    assert cards.drag((), False) == ""
    assert 'data-moves="{&#34;' in cards.drag((TaskAction("start", "Start"),), False)


def test_a_status_of_a_task_is_not_taken_for_that_of_a_bundle():
    words = [
        chips.status(one) for one in (TaskStatus.COMPLETED, BundleStatus.COMPLETED, TaskStatus.COMPLETED)
    ]
    assert [("Done" in one, "Completed" in one) for one in words] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_hostile_words_stay_words_on_every_view_of_a_task(mara, workbench, people):
    evil = "<img src=x onerror=alert(1)>\"'"
    bundle = make_bundle(workbench, "local_grid_scan", actor=people["mara"], title=evil)
    waiting = make_task(workbench, title=evil, assignee="mara", tags=["x"])
    with workbench.transaction(people["mara"]) as tx:
        task = tx.find(Task, bundle_id=bundle.bundle_id)[0]
        task.title = task.assignee_role = evil
        tx.save(task)
        tx.record(Action.TASK_UPDATED, task, "It was renamed")
        lifecycle.wait(tx, waiting.task_id, evil)
    for path in (
        "/board",
        "/board?view=list",
        "/my-work",
        "/board/choose/bundle",
        f"/board?bundle={bundle.bundle_id}",
    ):
        text = mara.get(path).text
        assert "&lt;img src=x onerror=alert(1)&gt;&#34;&#39;" in text, path
        assert "<img" not in text, path


# -- what was sent back, and the next step of each row -------------------------------------
