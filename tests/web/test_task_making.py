"""The page that makes a task from a line: what it understood, what is refused, where it leads (D4)."""

from __future__ import annotations

import re

import pytest

from engine.reference.models import Employee
from engine.tasks.models import Task
from tests.factories import make_task

LINE = "call Ana tomorrow 15:00 !high #tax @ben"


def tasks(workbench) -> list[Task]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Task)


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def key_of(answer) -> str:
    return re.search(r'name="idempotency_key" value="([^"]+)"', answer.text)[1]


def making_address(visitor, page: str) -> str:
    """Return where the button of a page leads."""
    link = re.search(r'<a class="button" href="([^"]+)" data-key="t">\+ Task</a>', visitor.get(page).text)
    assert link is not None, f"{page} has no way to a new task"
    return link[1].replace("&amp;", "&")


def sent_by(page) -> dict[str, str]:
    """Return what the form on a page sends unseen."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form_of(page)))


def form_of(page) -> str:
    return re.search(r'<form id="new-task-form".*?</form>', page.text, re.DOTALL)[0]


def whose(page) -> str:
    """Return what stands below the line about whose the task will be."""
    shown = re.search(r'<p class="whose row">(.*?)</p>', page.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown[1]).split()) if shown else ""


def name_of_assignee(workbench, task: Task) -> str | None:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Employee, task.assignee_id).key if task.assignee_id else None


def test_what_is_made_from_my_work_is_mine_and_says_so(ana, workbench):
    form = ana.get(making_address(ana, "/my-work"))
    assert whose(form) == "for you Nobody’s Somebody else’s"
    ana.post("/tasks/new", {"form": "quick", "line": "Order paper", **sent_by(form)})
    assert name_of_assignee(workbench, tasks(workbench)[0]) == "ana"
    assert "Order paper</a>" in ana.get("/my-work").text
    assert "assigned to you" in ana.get("/my-work").text


@pytest.mark.parametrize("page", ["/inbox", "/help", "/stuck", "/tasks/new"])
def test_every_page_of_the_team_knows_where_a_task_is_made(ana, as_user, page: str):
    link = '<a href="/tasks/new?mine=true" data-key="t" data-leads-back hidden></a>'
    assert ana.get(page).text.count(link) == 1
    assert "/tasks/new" not in as_user("pat").get("/inbox").text


@pytest.mark.parametrize("page", ["/board", "/board?view=list"])
def test_what_is_made_from_the_board_is_nobody_s_until_it_says_whose(ana, workbench, page: str):
    form = ana.get(making_address(ana, page))
    assert whose(form) == "for nobody yet Mine Somebody’s"
    ana.post("/tasks/new", {"form": "quick", "line": "Order paper", **sent_by(form)})
    assert name_of_assignee(workbench, tasks(workbench)[0]) is None


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_one_press_makes_it_nobody_s_and_one_mine_again(ana, workbench, headers: dict[str, str]):
    form = {"form": "quick", "line": "Order paper", **sent_by(ana.get(making_address(ana, "/my-work")))}
    shown = ana.post("/tasks/new/preview", {**form, "whose": "nobodys"}, headers=headers)
    assert (whose(shown), "mine" in sent_by(shown)) == ("for nobody yet Mine Somebody’s", False)
    shown = ana.post("/tasks/new/preview", {**form, **sent_by(shown), "whose": "mine"}, headers=headers)
    assert (whose(shown), sent_by(shown)["mine"]) == ("for you Nobody’s Somebody else’s", "true")


def test_one_press_asks_whose_it_is_and_the_answer_counts(mara, workbench):
    form = {"form": "quick", "line": "Order paper", **sent_by(mara.get(making_address(mara, "/my-work")))}
    shown = mara.post("/tasks/new/preview", {**form, "whose": "somebodys"})
    assert '<details class="edit more" open>' in shown.text
    assert re.search(r'<select id="quick-assignee"[^>]* autofocus', shown.text)
    assert not re.search(r'id="quick-line"[^>]* autofocus', shown.text)
    ben = re.search(r'<option value="([^"]+)">Ben Brandt', shown.text)[1]
    part = mara.post("/tasks/new/preview", {**form, "assignee": ben}, headers={"HX-Request": "true"})
    assert whose(part) == "for Ben Brandt Mine Nobody’s"
    assert whose(mara.post("/tasks/new/preview", {**form, "assignee": ben, "whose": "mine"})).startswith(
        "for you"
    )
    mara.post("/tasks/new", {**form, "assignee": ben})
    assert name_of_assignee(workbench, tasks(workbench)[0]) == "ben"


def test_a_name_in_the_line_says_whose_it_is_and_nothing_else_does(ana, workbench):
    form = {**sent_by(ana.get(making_address(ana, "/my-work"))), "form": "quick", "line": "Order paper @ben"}
    shown = ana.post("/tasks/new/preview", form)
    assert (whose(shown), "for Ben Brandt" in text_of(shown)) == ("", True)
    ana.post("/tasks/new", form)
    assert name_of_assignee(workbench, tasks(workbench)[0]) == "ben"


def test_another_one_of_mine_is_mine_too(ana):
    form = sent_by(ana.get(making_address(ana, "/my-work")))
    answer = ana.post("/tasks/new", {"form": "quick", "line": "Order paper", "another": "1", **form})
    assert whose(ana.get(answer.location)).startswith("for you")


def test_whoever_is_no_employee_is_offered_none_for_themselves(as_user):
    sam = as_user("sam")
    form = sam.get(making_address(sam, "/my-work"))
    assert whose(form) == "for nobody yet Somebody’s"
    answer = sam.post("/tasks/new", {"form": "quick", "line": "Order paper", **sent_by(form)})
    assert answer.status_code == 303


@pytest.mark.parametrize("page", ["/board", "/board?view=list&tag=x", "/my-work"])
def test_every_list_of_tasks_leads_to_the_form_and_the_form_back(mara, workbench, page: str):
    form = mara.get(making_address(mara, page))
    assert f'name="back" value="{page.replace("&", "&amp;")}"' in form.text
    answer = mara.post("/tasks/new", {"form": "quick", "line": "Order paper", "back": page})
    assert (answer.status_code, answer.location) == (303, page)
    made = tasks(workbench)[0]
    assert f'Made <a href="/tasks/{made.task_id}">#1 “Order paper”</a>.' in mara.get(page).text


def test_another_is_asked_for_with_an_empty_field(mara, workbench):
    answer = mara.post("/tasks/new", {"form": "quick", "line": LINE, "back": "/my-work", "another": "1"})
    assert answer.location == "/tasks/new?back=/my-work"
    text = mara.get(answer.location).text
    assert "#1 “call Ana”</a>." in text
    assert re.search(r'name="line"[^>]* value=""', text)
    made = tasks(workbench)[0]
    assert (made.title, made.priority, made.tags) == ("call Ana", "high", ["tax"])


def test_a_title_may_hold_what_looks_like_markup(mara):
    mara.post("/tasks/new", {"form": "quick", "line": "Call <b>Ana</b>"})
    assert "“Call &lt;b&gt;Ana&lt;/b&gt;”</a>." in mara.get("/board").text


def test_the_preview_says_what_was_understood_piece_by_piece(ana, workbench):
    answer = ana.post("/tasks/new/preview", {"line": LINE}, headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert text_of(answer) == (
        "call Ana tomorrow 15:00 due Sun 22 Nov, 15:00 Take as text : tomorrow 15:00 "
        "!high priority high Take as text : !high #tax tag tax Take as text : #tax "
        "@ben for Ben Brandt Take as text : @ben"
    )
    assert tasks(workbench) == []


def test_without_the_script_the_preview_is_the_form_with_all_that_was_typed(ana):
    typed = {"line": "call Ana <tomorrow>", "description": "About it.", "tags": "a, b", "priority": "low"}
    answer = ana.post("/tasks/new/preview", typed)
    assert "<html" in answer.text
    assert 'value="call Ana &lt;tomorrow&gt;"' in answer.text
    assert "call Ana &lt;tomorrow&gt;</strong>" in answer.text
    assert ">About it.</textarea>" in answer.text
    assert 'value="a, b"' in answer.text
    assert '<option value="low" selected>' in answer.text
    assert '<details class="edit more" open>' in answer.text


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_piece_is_taken_as_text_by_its_button(ana, headers: dict[str, str]):
    line = "Watch tomorrow today"
    shown = ana.post("/tasks/new/preview", {"line": line}).text
    place = re.search(r'name="as_text" value="(\d+)"', shown)[1]
    answer = ana.post("/tasks/new/preview", {"line": line, "as_text": place}, headers=headers)
    assert 'value="Watch tomorrow &#34;today&#34;"' in answer.text
    assert "<strong>Watch today</strong>" in answer.text
    assert "due Sun 22 Nov" in text_of(answer)


def test_a_mistake_is_shown_under_its_word(ana):
    answer = ana.post("/tasks/new/preview", {"line": "Call @bem"}, headers={"HX-Request": "true"})
    assert '<li class="has-error"><span><mark>@bem</mark>' in answer.text
    assert "is nobody who can be given a task (nearest: @ben, Ben Brandt)" in text_of(answer)


def test_what_cannot_be_is_refused_at_its_field_and_the_line_is_kept(ana, workbench):
    typed = {"form": "quick", "line": "Call @bem", "description": "Kept <this>."}
    answer = ana.post("/tasks/new", typed)
    assert answer.status_code == 400
    assert 'value="Call @bem"' in answer.text
    assert "Kept &lt;this&gt;." in answer.text
    assert re.search(r'id="quick-line"[^>]*aria-invalid="true"', answer.text)
    assert re.search(r'id="quick-line-error">[^<]*nearest: @ben', answer.text)
    wrong = {"form": "quick", "line": "Call", "due_date": "soon", "deadline": "late", "depends_on": "x"}
    answer = ana.post("/tasks/new", wrong)
    assert {"due_date", "deadline"} <= set(re.findall(r'id="quick-(\w+)-error"', answer.text))
    assert '<details class="edit more" open>' in answer.text
    assert tasks(workbench) == []


def test_a_double_press_makes_one_task_and_a_changed_form_says_that_it_was_sent(ana, workbench):
    form = {"form": "quick", "line": "Call", "idempotency_key": key_of(ana.get("/tasks/new"))}
    assert [ana.post("/tasks/new", form).status_code for _ in range(2)] == [303, 303]
    assert len(tasks(workbench)) == 1
    answer = ana.post("/tasks/new", {**form, "line": "Call again"})
    assert "This form has made a task already. Send it again to make another one." in answer.text
    assert key_of(answer) != form["idempotency_key"]
    again = {**form, "line": "Call again", "idempotency_key": key_of(answer)}
    assert ana.post("/tasks/new", again).status_code == 303
    assert len(tasks(workbench)) == 2


def test_everything_beside_the_line_is_filled_in_on_the_form(mara, workbench):
    other = make_task(workbench)
    given = {
        "task_type": "article",
        "description": "About it.",
        "due_date": "2026-12-24",
        "priority": "critical",
        "urgency": "soon",
        "tags": "a, b",
        "campaign": "acme_spring",
        "depends_on": f"#{other.task_number}",
    }
    shown = mara.get("/tasks/new").text
    assert all(f'name="{name}"' in shown for name in given)
    assert mara.post("/tasks/new", {"form": "quick", "line": LINE, **given}).status_code == 303
    made = next(task for task in tasks(workbench) if task.task_id != other.task_id)
    assert (made.task_type, made.description, made.priority, made.urgency) == (
        "article",
        "About it.",
        "critical",
        "soon",
    )
    assert (str(made.due_date), made.tags, made.depends_on) == (
        "2026-12-24",
        ["tax", "a", "b"],
        [other.task_id],
    )
    assert made.campaign_id is not None


def test_the_form_begins_with_the_simplest_type(ana):
    assert re.search(r'<option value="" selected>Untyped task</option>', ana.get("/tasks/new").text)


def test_the_form_offers_types_of_what_people_do(ana):
    """What a program does asks for more than the form does, and would be a plain task that tells nobody."""
    offered = re.findall(r'<option value="(\w*)"', ana.get("/tasks/new").text)
    assert {"article", "audit"} <= set(offered)
    assert not {"notification", "reminder", "api_call"} & set(offered)


@pytest.mark.parametrize(("who", "status"), [("sam", 303), ("bot", 303), ("ana", 303), ("pat", 403)])
def test_the_team_makes_tasks_and_partners_do_not(as_user, workbench, who: str, status: int):
    visitor = as_user(who)
    assert visitor.post("/tasks/new", {"form": "quick", "line": "Call"}).status_code == status
    assert visitor.get("/tasks/new").status_code == (200 if status == 303 else 403)
    preview = visitor.post("/tasks/new/preview", {"line": "@ana"})
    assert (preview.status_code, "Ana Alvarez" in preview.text) == (
        (200, True) if status == 303 else (403, False)
    )
    assert len(tasks(workbench)) == (status == 303)


def test_nobody_is_led_to_another_site(ana):
    answer = ana.post("/tasks/new", {"form": "quick", "line": "Call", "back": "https://evil.example"})
    assert answer.location == "/board"


def test_a_program_gets_the_task(ana):
    answer = ana.post("/tasks/new", {"form": "quick", "line": "Call"}, headers={"Accept": "application/json"})
    assert answer.json["task_number"] == 1
