"""A list that words narrow begins with what matches best, and shows where they were found (D16)."""

from __future__ import annotations

import re
from html import unescape

import pytest

from engine.app import Workbench
from engine.tasks import notes
from tests.factories import do, make_people, make_task
from tests.web.conftest import Visitor

LIST = "/board?view=list&q="


@pytest.fixture
def people(workbench: Workbench):
    return make_people(workbench)


@pytest.fixture
def noted(workbench: Workbench, people):
    """A task whose note has what is looked for, with what HTML would obey."""
    task = make_task(workbench, title="Call", due_date="2026-11-20")
    make_task(workbench, title="Buy a lantern", due_date="2026-12-20")
    with workbench.transaction(people["mara"]) as tx:
        notes.add(tx, task.task_id, "He <b>sells</b> red\nLanterns & tents. " + "Much more. " * 30)
    return task


def test_the_hit_is_shown_in_its_sentence_below_its_row_and_escaped(mara: Visitor, noted):
    text = mara.get(LIST + "lantern").text
    assert (
        '<span class="quiet">note</span> He &lt;b&gt;sells&lt;/b&gt; red <mark>Lanterns</mark> &amp; tents.'
        in text
    )
    assert text.count('<tr class="hit">') == 1, "what a title shows is not said twice"
    assert text.index(">Buy a lantern</a>") < text.index(">Call</a>"), "a title counts more than a note"


def test_a_search_that_leaves_closed_tasks_out_leads_to_one_that_does_not(
    mara: Visitor, noted, clock, workbench
):
    do(workbench, workbench.actor_by_email("mara@example.com"), "task complete", task_id=noted.task_id)
    clock.advance(days=30)
    for address in ("/board?q=lanterns+sells", LIST + "lanterns+sells"):
        page = mara.get(address).text
        assert ">Call</a>" not in page, "closed long ago"
        way = re.search(r'href="([^"]+)">Closed tasks, too</a>', page)
        assert way is not None, address
        found = mara.get(unescape(way[1])).text
        assert ">Call</a>" in found
        assert "Closed tasks, too" not in found
    assert "Only open tasks were looked at" in page
    assert "Only open tasks were looked at" not in mara.get(LIST + "zebra+status:all").text
    assert "Closed tasks, too" not in mara.get("/board").text, "nothing is searched for"


def test_no_column_claims_the_order_of_a_list_that_words_order_and_a_press_sorts_it(mara: Visitor, noted):
    assert 'aria-sort="ascending"' not in mara.get(LIST + "lantern").text
    by_day = mara.get(LIST + "lantern&sort=due_date").text
    assert by_day.count('aria-sort="ascending"') == 1
    assert by_day.index(">Call</a>") < by_day.index(">Buy a lantern</a>")
    assert mara.get(LIST + "lantern+sort:-title").text.count('aria-sort="descending"') == 1
    assert mara.get("/board?view=list").text.count('aria-sort="ascending"') == 1


def test_the_command_line_shows_where_words_were_found(cli, noted):
    told = cli("task", "list", "--text", "lantern")
    assert "note: He <b>sells</b> red Lanterns & tents." in told.out
    found = cli("task", "list", "--text", "red lant", "--json").json["tasks"]
    assert [task["title"] for task in found] == ["Call"]
    hit = found[0]["found"]
    assert (hit["in"], [hit["text"][start:end] for start, end in hit["marks"]]) == (
        "note",
        ["red", "Lanterns"],
    )
    assert "found" not in cli("task", "list").out


def test_a_word_of_signs_alone_is_told_and_the_rest_counts(mara: Visitor, cli, noted):
    text = mara.get(LIST + "lantern+%25").text
    assert "has no letter and no digit to look for" in text
    assert ">Buy a lantern</a>" in text
    assert cli("task", "list", "--text", "lantern %").code == 1


def test_a_list_that_nobody_narrowed_and_that_is_empty_says_how_it_is_filled(mara: Visitor):
    page = mara.get("/board?view=list").text
    assert ("No open tasks" in page, "No task matches" in page, "Clear the filters" in page) == (
        True,
        False,
        False,
    )
    assert "and its tasks appear here" in page
    narrowed = mara.get(LIST + "zebra").text
    assert ("No task matches" in narrowed, "Clear the filters" in narrowed) == (True, True)
    assert 'class="pages"' not in page, "of nothing no number is told"


@pytest.mark.parametrize(
    ("search", "fields"),
    [
        ("type:audit", {"task_type": "audit"}),
        ("category:fair", {"category": "fair"}),
        ("bot:yes", {"assigned_to_bot": True}),
        ("review:yes", {"requires_human_review": True}),
        ("scheduled:2026-12-05", {"scheduled_for": "2026-12-05T09:00"}),
    ],
)
def test_each_of_these_words_finds_what_it_says_and_nothing_else(mara, workbench, search, fields):
    """D23."""
    make_task(workbench, title="Meant", **fields)
    make_task(workbench, title="Other")
    listed = mara.get(LIST + search).text
    assert "is-wrong" not in listed
    assert re.findall(r">(Meant|Other)</a>", listed.split("<tbody", maxsplit=1)[-1]) == ["Meant"]
