"""What narrows the board and the list: one search, its chips, and the lists to choose from."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from markupsafe import escape

from tests.factories import do, make_bundle, make_task
from web.pages import board_filters
from web.pages.task_filters import text_of


@pytest.mark.few(6)
@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("assignee=ana", "Alpha", "Beta"),
        ("assignee=none", "Beta", "Alpha"),
        ("tag=seo", "Alpha", "Beta"),
        ("text=bet", "Beta", "Alpha"),
        ("due=late", "Alpha", "Beta"),
        ("due=today", "Gamma", "Alpha"),
        ("due=tomorrow", "Delta", "Gamma"),
        ("due=<0d", "Alpha", "Delta"),
        ("q=tag:seo", "Alpha", "Beta"),
        ("q=alpha", "Alpha", "Beta"),
        ("q=assignee:ana+due:<7d", "Alpha", "Beta"),
        ("q=-beta", "Alpha", "Beta"),
        ("q=alpha+or+gamma", "Gamma", "Beta"),
        ("q=assignee:ana&due=<7d", "Alpha", "Beta"),
        ("q=is:late", "Alpha", "Gamma"),
        ("type=untyped&q=-(assignee:ben+or+tag:seo)", "Beta", "Gamma"),
    ],
)
def test_filters_are_in_the_address(mara, workbench, query, shown, hidden):
    make_task(workbench, title="Alpha", assignee="ana", tags=["seo"], due_date=date(2026, 11, 19))
    make_task(workbench, title="Beta", due_date=date(2026, 12, 24))
    make_task(workbench, title="Gamma", assignee="ben", due_date=date(2026, 11, 21))
    make_task(workbench, title="Delta", assignee="ben", due_date=date(2026, 11, 22))
    for path in ("/board?", "/board?view=list&"):
        text = mara.get(path + query).text
        assert f">{shown}</a>" in text, path
        assert f">{hidden}</a>" not in text, path


def test_filters_by_bundle_template_and_campaign(mara, workbench):
    bundle = make_bundle(workbench, "newsletter", campaign="acme_spring")
    make_task(workbench, title="Elsewhere")
    for query in (f"bundle={bundle.bundle_id}", "template=newsletter", "campaign=acme_spring"):
        text = mara.get(f"/board?{query}").text
        assert escape(bundle.title) in text
        assert ">Elsewhere</a>" not in text


@pytest.mark.parametrize("view", ["", "&view=list"])
def test_a_mistake_is_told_under_its_word_and_the_rest_of_the_search_counts(mara, workbench, view):
    """A typo answered with an error page (D16)."""
    make_task(workbench, title="Alpha", tags=["seo"])
    make_task(workbench, title="Beta")
    for query, wrong, told in (
        ("q=tag:seo+colour:red", "colour:red", "The search knows no colour:"),
        ("q=tag:seo+due:soonish", "due:soonish", "is not a due filter; use late, overdue, today"),
        ("q=tag:seo&assignee=an", "assignee:an", "Did you mean ana"),
        ("q=tag:seo+stat:open", "stat:open", "Did you mean status?"),
    ):
        answer = mara.get(f"/board?{query}{view}")
        assert answer.status_code == 200
        term = answer.text.split('<li class="term is-wrong">')[1].split("</li>")[0]
        assert f"<span>{wrong}</span>" in term, query
        assert told in term
        assert "the rest counts" in answer.text
        assert ">Alpha</a>" in answer.text
        assert ">Beta</a>" not in answer.text


def test_an_address_becomes_one_search(mara, workbench):
    address = {
        "q": "alpha",
        "assignee": "me",
        "tag": "a b,c",
        "text": "two words",
        "status": "pending,queued",
    }
    assert text_of(address) == 'alpha assignee:me status:pending,queued tag:"a b",c two words'
    assert text_of({"q": "red or blue", "tag": "x"}) == "(red or blue) tag:x"
    page = mara.get("/board", query_string=address).text
    assert 'value="alpha assignee:me status:pending,queued tag:&#34;a b&#34;,c two words"' in page


def test_each_term_is_a_chip_that_one_press_takes_out(mara, workbench):
    """Names stand for keys and ids where that is all the term has."""
    bundle = make_bundle(workbench, "newsletter")
    query = {"q": f"-tag:old bundle:{bundle.bundle_id} assignee:ana assignee:ana,ben", "view": "list"}
    page = mara.get("/board", query_string=query).text
    terms = page.split('<ul class="terms">')[1].split("</ul>")[0]
    assert re.findall(r"term-chip[^>]*><span>(.*?)</span>", terms) == [
        "-tag:old", f"Bundle: {escape(bundle.title)}", "Assignee: Ana Alvarez", "assignee:ana,ben",
    ]  # fmt: skip
    taken = re.findall(r'href="([^"]*)" aria-label="Take out', terms)
    assert taken[2] == f"/board?q=-tag%3Aold+bundle%3A{bundle.bundle_id}+assignee%3Aana%2Cben&amp;view=list"
    assert '<a class="small-text" href="/board?view=list">Clear</a>' in terms
    assert '<ul class="terms">' not in mara.get("/board").text


def test_a_search_leads_to_the_closed_tasks_that_it_leaves_out(mara, workbench, people):
    """Who said that the venue is booked? The note may stand at a task that was closed long ago."""
    task = make_task(workbench, title="Book the venue")
    do(workbench, people["mara"], "task cancel", task_id=task.task_id)
    for address in ("/board?q=venue", "/board?view=list&q=venue"):
        page = mara.get(address).text
        assert "Book the venue" not in page
        assert ">Closed tasks, too</a>" in page
        further = unescape(re.search(r'href="([^"]*)">Closed tasks, too</a>', page)[1])
        found = mara.get(further).text
        assert "Book the venue" in found
        assert "Closed tasks, too" not in found
    assert "Closed tasks, too" not in mara.get("/board").text
    assert "Closed tasks, too" not in mara.get("/board?q=venue+status:pending").text


def test_a_board_without_a_hit_says_nothing_of_the_team(mara, workbench):
    make_task(workbench, title="Alpha")
    page = mara.get("/board?q=nowhere").text
    assert "Nothing here matches." in page
    assert "Nobody works on anything" not in page
    assert "Nobody works on anything" in mara.get("/board").text


def test_a_number_alone_opens_its_task(as_user, workbench):
    task = make_task(workbench, title="Alpha", assignee="ben")
    address = {"q": f"#{task.task_number}"}
    answer = as_user("mara").get("/board", query_string=address)
    assert (answer.status_code, answer.headers.get("Location")) == (302, f"/tasks/{task.task_id}")
    assert as_user("ana").get("/board", query_string=address).status_code == 200
    assert as_user("mara").get("/board", query_string={"q": "#999"}).status_code == 200
    assert as_user("mara").get("/board", query_string={"q": f"#{task.task_number} alpha"}).status_code == 200


def test_an_order_that_is_none_is_refused(mara):
    answer = mara.get("/board?view=list&sort=colour")
    assert answer.status_code == 400
    assert "cannot be sorted by" in answer.text


def test_a_filter_list_is_a_page_whose_entries_keep_the_rest_of_the_view(mara, workbench):
    bundle = make_bundle(workbench, "newsletter")
    for name, entry in (
        ("assignee", 'href="/board?q=tag%3Ax&amp;view=list&amp;assignee=ana"'),
        ("bundle", f'href="/board?q=tag%3Ax&amp;view=list&amp;bundle={bundle.bundle_id}"'),
        ("template", 'href="/board?q=tag%3Ax&amp;view=list&amp;template=newsletter"'),
        ("campaign", 'href="/board?q=tag%3Ax&amp;view=list&amp;campaign=acme_spring"'),
    ):
        address = f"/board/choose/{name}?q=tag%3Ax&amp;view=list"
        assert f'<a href="{address}">Choose…</a>' in mara.get("/board?view=list&tag=x&offset=50").text
        assert entry in mara.get(f"/board/choose/{name}?view=list&tag=x").text, name
    assert mara.get("/board/choose/colour").status_code == 404


def test_a_filter_list_is_bounded_and_searched(mara, workbench, monkeypatch):
    monkeypatch.setattr(board_filters, "MOST", 2)
    text = mara.get("/board/choose/assignee?view=list").text
    assert "There are more" in text
    assert ">Crawler</a>" not in text
    found = mara.get("/board/choose/assignee?view=list&find=CRAW").text
    assert 'href="/board?view=list&amp;assignee=bot">Crawler</a>' in found
    assert "Ana" not in found.split('id="choices-assignee"')[1]
    assert "Nothing has that in its name" in mara.get("/board/choose/assignee?find=zzz").text


def test_a_filter_list_offers_bundles_that_the_user_sees_and_no_others(as_user, workbench, people):
    hidden = make_bundle(workbench, "local_grid_scan", actor=people["mara"], title="Scan of the shop")
    assert hidden.title in as_user("mara").get("/board/choose/bundle").text
    assert hidden.title in as_user("mara").get(f"/board/choose/bundle?find={hidden.title[:5].upper()}").text
    assert hidden.title not in as_user("ana").get("/board/choose/bundle").text
    # What is chosen is named only to those who may see it.
    assert hidden.title in as_user("mara").get(f"/board?bundle={hidden.bundle_id}").text
    assert hidden.title not in as_user("ana").get(f"/board?bundle={hidden.bundle_id}").text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("assignee=ana", "Assignee: Ana Alvarez"),
        ("assignee=me", "Assignee: me"),
        ("template=newsletter", "Template: Weekly newsletter"),
        ("campaign=acme_spring", "Campaign: Acme spring"),
    ],
)
def test_a_filter_says_what_is_chosen_without_its_list(mara, query, words):
    text = mara.get(f"/board?{query}").text
    assert f"><span>{words}</span>" in text
    assert "Ben Brandt" not in text
