"""One field for everything: what it finds by kind, what can be done, and for whom (issue 11, part 4)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import TypeAlias

import pytest

from engine.reference.models import Employee
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.factories import do, make_bundle, make_task
from tests.statements import counted
from tests.web.conftest import Visitor
from tests.web.forgetting import forget
from web import create_app
from web.pages.find_hits import MOST, Hit, best

#: The labels of what was found, by kind, each with where it leads.
Results: TypeAlias = dict[str, dict[str, str]]

_SECTION = re.compile(r"<section.*?<h2[^>]*>(?P<kind>.*?)</h2>(?P<hits>.*?)</section>", re.DOTALL)
_HIT = re.compile(
    r'<(?:a class="hit" href|form method="post" action)="(?P<where>[^"]*)"'
    r'.*?hit-label">(?P<label>.*?)</span>',
    re.DOTALL,
)


def results(page: str) -> Results:
    return {
        html.unescape(section["kind"]): {
            html.unescape(hit["label"]): html.unescape(hit["where"]) for hit in _HIT.finditer(section["hits"])
        }
        for section in _SECTION.finditer(page)
    }


@pytest.fixture
def ask(as_user) -> Callable[..., Results]:
    """Look for a text as somebody, perhaps with a task open."""
    visitors: dict[str, Visitor] = {}

    def look(text: str, name: str = "mara", task: Task | None = None) -> Results:
        visitor = visitors.setdefault(name, as_user(name))
        query = {"q": text, **({"task": task.task_id} if task is not None else {})}
        answer = visitor.get("/find", query_string=query)
        assert answer.status_code == 200
        return results(answer.text)

    return look


# -- what is found ---------------------------------------------------------------------------


def test_one_text_finds_tasks_bundles_people_partners_templates_and_pages(ask, workbench, people):
    task = make_task(workbench, title="Call Ana about the mixing desk")
    bundle = make_bundle(workbench, actor=people["mara"], title="Podcast with Ana")
    assert ask("desk")["Tasks"] == {"Call Ana about the mixing desk": f"/tasks/{task.task_id}"}
    found = ask("podcast")
    assert found["Bundles"] == {"Podcast with Ana": f"/bundles/{bundle.bundle_id}"}
    assert found["Templates"] == {"Podcast episode": "/templates/podcast_episode"}
    assert ask("ana")["People"].keys() == {"Ana Alvarez"}
    assert ask("inbox")["Pages"] == {"Inbox": "/inbox"}


def test_every_word_must_occur_in_any_order_and_capitals_do_not_matter(ask, workbench, people):
    make_bundle(workbench, actor=people["mara"], title="Podcast with Ana")
    assert "Bundles" in ask("ANA pod")
    assert "Bundles" not in ask("ana newsletter")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SET", ["Set it", "Then set it"]),  # not inside a word, as in every search
        ("it set", ["Then set it", "Set it"]),
        ("Größe", ["Groesse"]),
        ("set ?", []),
        ("", ["Unset", "Then set it", "Set it", "Groesse"]),
    ],
)
def test_words_are_those_of_searches_and_what_begins_with_the_text_comes_first(text: str, found: list[str]):
    hits = [Hit(label=label, address="/") for label in ("Unset", "Then set it", "Set it", "Groesse")]
    assert [hit.label for hit in best(hits, text)] == found


def test_the_open_tasks_come_first_and_closed_ones_are_found_too(ask, workbench, people):
    titles = ["Send the tent back", "Order the tent", "Sell the tent"]
    first, _, last = (make_task(workbench, title=title) for title in titles)
    with workbench.transaction(people["mara"]) as tx:
        for closed in (first, last):
            lifecycle.cancel(tx, closed.task_id, "No tent")
    found = list(ask("tent")["Tasks"])
    assert found[0] == "Order the tent"
    assert sorted(found) == sorted(titles)


def test_what_is_called_exactly_so_comes_before_tasks_with_the_word(ask, workbench, people):
    make_task(workbench, title="Enter Ana and the people of Acme in the reports")
    assert next(iter(ask("People"))) == "Pages"
    assert next(iter(ask("reports"))) == "Pages"
    assert next(iter(ask("acme"))) == "Partners and campaigns"
    assert next(iter(ask("ana"))) == "People"
    assert next(iter(ask("peop"))) == "Tasks"
    exactly = make_task(workbench, title="People")
    assert list(ask("people"))[:2] == ["Tasks", "Pages"]
    assert f"/tasks/{exactly.task_id}" in ask("people")["Tasks"].values()


def test_a_number_finds_its_task_first_and_titles_with_it_too(ask, workbench):
    for title in ("Room 3", "Second", "Third"):
        make_task(workbench, title=title)
    assert list(ask("3")["Tasks"]) == ["Third", "Room 3"]
    assert list(ask("#3")["Tasks"]) == ["Third"]


def test_fields_of_the_language_count_and_what_is_half_typed_finds_no_task(ask, workbench):
    make_task(workbench, title="Order the tent", assignee="ana")
    make_task(workbench, title="Pay the tent", assignee="ben")
    assert list(ask("tent assignee:ben")["Tasks"]) == ["Pay the tent"]
    assert "Tasks" not in ask("assignee:")


def test_eight_of_a_kind_are_shown_and_the_last_leads_to_all_tasks(ask, workbench):
    for number in range(MOST + 1):
        make_task(workbench, title=f"Tent {number}")
    found = ask("tent")["Tasks"]
    assert len(found) == MOST == 8
    assert found["All that it finds, as a list"] == "/board?view=list&status=all&q=tent"


def test_a_task_that_is_found_by_what_is_said_in_it_shows_that_in_its_sentence(mara, workbench, people):
    task = make_task(workbench, title="Call", assignee="ana")
    do(workbench, people["mara"], "task block", task_id=task.task_id, reason="No <b>lantern</b> yet.")
    shown = '<span class="quiet">reason:</span> No &lt;b&gt;<mark>lantern</mark>&lt;/b&gt; yet.</span>'
    assert shown in mara.get("/find?q=lantern").text
    assert shown in mara.get("/find?q=lantern", headers={"HX-Request": "true"}).text
    assert "hit-found" not in mara.get("/find?q=call").text, "the title shows it"


def test_a_text_that_nothing_is_called_by_says_so(ask, as_user):
    assert ask("zzqx", "pat") == {}
    assert "Nothing is called so" in as_user("pat").get("/find?q=zzqx").text
    assert ask("x" * 300) == {}


# -- what can be done ------------------------------------------------------------------------


def test_without_a_text_the_open_task_says_what_can_be_done_in_the_order_of_its_page(ask, workbench):
    task = make_task(workbench, assignee="ana")
    found = ask("", task=task)
    assert list(found["Actions"])[:2] == ["Start", "Complete"]
    assert found["Actions"]["Start"] == f"/tasks/{task.task_id}?do=start#do-start"
    assert list(found) == ["Actions", "Pages"]
    assert "Actions" not in ask("")


@pytest.mark.parametrize(
    ("typed", "label", "where"),
    [
        ("complete", "Complete", "?do=complete#do-complete"),
        ("wait", "Wait", "?do=wait#do-wait"),
        ("change due", "Change: due date", "?edit=due_date#field-due_date"),
        ("note", "Write a note", "#note-body"),
        ("a file", "Add a file", "#add-file"),
        ("clone", "Clone", "/clone"),
    ],
)
def test_a_verb_leads_to_its_form_or_button(ask, workbench, typed: str, label: str, where: str):
    task = make_task(workbench, assignee="ana")
    assert ask(typed, task=task)["Actions"][label] == f"/tasks/{task.task_id}{where}"


def test_assigning_by_a_name_is_done_at_once_and_can_be_undone(mara, workbench, people):
    task = make_task(workbench, assignee="ana")
    page = mara.get(f"/find?q=assign+to+ben&task={task.task_id}").text
    form = re.search(r'<form method="post" action="([^"]+/assign)">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    given = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    answer = mara.post(form[1], given, follow_redirects=True)
    assert "data-undo" in answer.text
    with workbench.reading(people["mara"]) as tx:
        assert tx.get(Task, task.task_id).assignee_id == tx.find_one(Employee, key="ben").employee_id


def test_only_what_has_its_undo_is_done_at_once(mara, workbench):
    task = make_task(workbench, assignee="ana")
    for typed in ("", "a", "e", "s", "complete", "start", "skip", "cancel", "set the priority"):
        page = mara.get("/find", query_string={"q": typed, "task": task.task_id}).text
        sent = re.findall(rf'action="/tasks/{task.task_id}/(\w+)"', page)
        assert set(sent) <= {"assign", "update"}
        assert typed != "set the priority" or len(sent) == 3


@pytest.mark.parametrize("who", ["mara", "sam", "ana", "ben", "bot"])
def test_every_verb_that_is_offered_stands_on_the_tasks_page(ask, as_user, workbench, who: str):
    """And nothing is offered with a task that somebody else works on, or that they do not see."""
    task = make_task(workbench, assignee="ben")
    page = as_user(who).get(f"/tasks/{task.task_id}")
    offered = ask("", who, task).get("Actions", {})
    assert bool(offered) == (page.status_code == 200)
    for where in offered.values():
        verb = re.search(r"do=(\w+)#", where)
        field = re.search(r"edit=(\w+)#", where)
        place = f"do-{verb[1]}" if verb else f"field-{field[1]}" if field else where.partition("#")[2]
        assert place == "" or f'id="{place}"' in page.text, where
    changes = [
        where for where in ask("priority assign", who, task).get("Actions", {}).values() if "?" not in where
    ]
    assert not changes or who in ("mara", "ben")


def test_a_closed_task_offers_its_rework_and_its_correction(ask, mara, workbench, people):
    task = make_task(workbench, assignee="ana")
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, task.task_id, "No tent")
    found = ask("", task=task)["Actions"]
    assert list(found)[:3] == ["Rework", "Correct", "Clone"]
    assert found["Rework"] == f"/tasks/{task.task_id}#do-rework"
    assert 'id="do-rework"' in mara.get(f"/tasks/{task.task_id}").text
    assert "Actions" not in ask("assign to ben", task=task)


def test_new_task_takes_the_rest_as_its_line(ask):
    line = "/tasks/new?mine=true&line=call+Ana+tomorrow"
    assert ask("new task call Ana tomorrow")["New"] == {"New task: call Ana tomorrow": line}
    assert ask("call Ana tomorrow")["New"] == {"New task: call Ana tomorrow": line}
    assert ask("new task")["New"]["New task"] == "/tasks/new?mine=true"


def test_what_can_be_begun_comes_first_where_it_is_named_and_else_last(ask, workbench):
    make_task(workbench, title="Start the blog")
    assert ask("start: blog")["New"]["Start: Blog post"] == "/recipes/blog_post/new"
    for typed, kinds in (("start", ["New", "Tasks", "Pages"]), ("the blog", ["Tasks", "New"])):
        assert list(ask(typed)) == kinds


# -- for whom --------------------------------------------------------------------------------


def test_what_is_added_to_the_workspace_is_offered_to_who_may(ask, people):
    assert "Add a partner" in ask("add a partner")["New"]
    assert "Let somebody sign in" not in ask("sign in")["New"]
    for name in ("sam", "ana"):
        assert ask("add a partner", name)["New"].keys() == {"New task: add a partner"}


def test_a_member_finds_their_own_work_and_peoples_tasks_but_no_page_of_a_person(ask, workbench):
    make_task(workbench, title="Tent of Ana", assignee="ana")
    make_task(workbench, title="Tent of Ben", assignee="ben")
    make_bundle(workbench, "local_grid_scan", title="Tent scan")
    found = ask("tent", "ana")
    assert list(found["Tasks"]) == ["Tent of Ana"]
    assert "Bundles" not in found
    (where,) = ask("alvarez", "ana")["People"].values()
    assert where.startswith("/board?view=list&assignee=emp_")
    assert "Partners and campaigns" in ask("acme")
    assert "Partners and campaigns" not in ask("acme", "ana")


def test_a_partners_user_finds_nothing_of_the_teams_work(ask, workbench, people):
    task = make_task(workbench, title="Help Acme", campaign="acme_spring")
    make_bundle(workbench, title="Help Acme", campaign="acme_spring")
    assert ask("help", "pat", task) == {"Pages": {"Help": "/help"}}
    assert ask("", "pat", task).keys() == {"Pages"}


def test_a_partners_user_finds_what_waits_for_their_decision(populated, populated_store):
    pat = Visitor.signed_in(
        create_app(populated, secret_key="only for tests"), populated_store.people["pat"].user_id
    )
    items = re.compile(r'href="(/inbox\?item=apr_[^"&]+)"')
    page = pat.get("/find?q=draft").text
    assert set(items.findall(page)) == set(items.findall(pat.get("/inbox").text)) != set()
    assert results(page).keys() == {"For your approval"}


def test_the_dialog_asks_the_store_as_seldom_as_its_page_but_for_the_frame(app, mara, workbench):
    """As a page, it takes the statements pinned in ``test_statements``."""
    task = make_task(workbench, title="Call the printer", assignee="ana")
    taken = []
    for headers in ({}, {"HX-Request": "true"}):
        forget(app)
        with counted() as statements:
            mara.get(f"/find?q=call&task={task.task_id}", headers=headers)
        taken.append(len(statements))
    assert taken[1] < taken[0] <= 10


def test_the_dialog_gets_the_same_results_as_options(mara, workbench):
    task = make_task(workbench, title="Call the printer", assignee="ana")
    whole = mara.get(f"/find?q=assign&task={task.task_id}").text
    part = mara.get(f"/find?q=assign&task={task.task_id}", headers={"HX-Request": "true"}).text
    assert "<html" in whole
    assert "<html" not in part
    labels = re.compile(r'hit-label">(.*?)<')
    assert labels.findall(part) == labels.findall(whole) != []
    assert part.count('role="option"') == len(labels.findall(part))
    assert 'data-for="assign"' in part
