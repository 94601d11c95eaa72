"""The board, the list and each user's work: what is shown, to whom, and how it is narrowed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from flask import url_for
from markupsafe import Markup, escape

from engine.audit.models import Action
from engine.bundles.models import BundleStatus
from engine.deliverables.actions import TaskAction
from engine.reference import service as reference
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests import judged
from tests.factories import do, make_bundle, make_task
from tests.told import saved
from web import addresses, cards, chips
from web.pages import board as board_page
from web.pages import board_filters, my_work
from web.pages.task_filters import read, text_of


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


def test_my_work_is_a_hundred_tasks_and_what_others_may_take_hides_none_of_it(as_user, workbench):
    """Cut to three, or filled by what others may take, somebody's own work was not shown (D19)."""
    others = [make_task(workbench, title=f"For others {n}", due_date=date(2026, 11, 1)) for n in range(30)]
    writers = [make_task(workbench, title=f"For writers {number}") for number in range(12)]
    with workbench.transaction(workbench.operator()) as tx:
        for role, tasks in (("crawler", others), ("writer", writers)):
            for task in tasks:
                kept = tx.get(Task, task.task_id)
                kept.assignee_role = role
                saved(tx, kept)
    for number in range(12):
        make_task(workbench, title=f"Mine {number}", assignee="ana")
    text = as_user("ana").get("/my-work").text
    assert len(re.findall(r">Mine \d+</a>", text)) == len(re.findall(r">For writers \d+</a>", text)) == 12
    assert "For others" not in text
    assert (my_work.SHOWN, board_page.MOST_COUNTED, board_page.MOST_IN_COLUMN) == (100, 500, 99)


def group_of_my_work(text: str, key: str) -> str:
    return text.partition(f'id="group-{key}"')[2].split("</section>")[0]


MORE = re.compile(r"<p>(\d+ more tasks? (?:is|are) [^<]*?) <a href=\"([^\"]+)\">([^<]+)<")


def work_of(as_user, workbench, count: int) -> list[str]:
    """Give Ana so much to do and make as much that she may take; return what is said below each."""
    for number in range(count):
        make_task(workbench, title=f"Mine {number}", assignee="ana", due_date=date(2026, 11, 25 + number))
        make_task(workbench, title=f"Free {number}", actor=workbench.actor_by_email("ana@example.com"))
    return as_user("ana").get("/my-work").text.partition('id="my-work"')[2]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (3, []),
        (2, ["1 more task is assigned to you, due later than these.",
             "1 more task is free for you to take, due later than these."]),
        (1, ["2 more tasks are assigned to you, due later than these.",
             "2 more tasks are free for you to take, due later than these."]),
    ],
)  # fmt: skip
def test_my_work_says_how_much_more_there_is_and_leads_to_it(as_user, workbench, monkeypatch, shown, said):
    monkeypatch.setattr(my_work, "SHOWN", shown)
    text = work_of(as_user, workbench, 3)
    assert [words for words, _, _ in MORE.findall(text)] == said
    assert text.count(">Mine ") == text.count(">Free ") == min(3, shown)
    address = "/my-work"
    for _ in range(3):
        more = MORE.findall(as_user("ana").get(address).text)
        address = more[0][1] if more else address
    text = as_user("ana").get(address).text
    assert text.count(">Mine ") == text.count(">Free ") == 3
    assert f'name="back" value="{address}"' in text, "a press leads back to as much"


def test_where_my_work_shows_no_more_the_list_has_the_rest(as_user, workbench, monkeypatch):
    monkeypatch.setattr(my_work, "SHOWN", 1)
    monkeypatch.setattr(my_work, "MOST_SHOWN", 2)
    work_of(as_user, workbench, 3)
    text = as_user("ana").get("/my-work?shown=2").text
    ways = [(address.replace("&amp;", "&"), label) for _, address, label in MORE.findall(text)]
    assert [label for _, label in ways] == ["All in the list"] * 2
    assert [title in as_user("ana").get(ways[n][0]).text for n, title in enumerate(("Mine 2", "Free 2"))] == [
        True,
        True,
    ]


@pytest.mark.parametrize("shown", ["", "0", "-1", "x", "99999999"])
def test_what_is_no_number_of_tasks_shows_as_many_as_ever(as_user, workbench, shown: str):
    work_of(as_user, workbench, 2)
    assert as_user("ana").get(f"/my-work?shown={shown}").text.count(">Mine ") == 2


def test_of_what_is_due_on_the_same_day_the_pressing_comes_first_and_what_is_ones_own_before_all(
    as_user, workbench
):
    given = [
        ("Later", {"due_date": date(2026, 11, 24), "priority": "critical"}),
        ("Plain", {"due_date": date(2026, 11, 23)}),
        ("High", {"due_date": date(2026, 11, 23), "priority": "high"}),
        ("Urgent", {"due_date": date(2026, 11, 23), "urgency": "urgent"}),
    ]
    for title, fields in given:
        make_task(workbench, title=title, assignee="ana", **fields)
    ana = workbench.actor_by_email("ana@example.com")
    make_task(workbench, title="Unclaimed", actor=ana, due_date=date(2026, 11, 23), urgency="immediate")
    section = group_of_my_work(as_user("ana").get("/my-work").text, "week")
    titles = ["Urgent", "High", "Plain", "Later", "Unclaimed"]
    assert sorted(titles, key=lambda title: section.index(f">{title}</a>")) == titles


def test_my_work_is_grouped_by_when_it_is_due_and_says_why_it_is_here(as_user, workbench):
    make_task(workbench, title="Old", assignee="ana", due_date=date(2026, 11, 19))
    make_task(workbench, title="Now", assignee="ana", due_date=date(2026, 11, 21))
    make_task(workbench, title="Next", assignee="ana", due_date=date(2026, 11, 25))
    make_task(workbench, title="Far", assignee="ana")
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    text = as_user("ana").get("/my-work").text
    for heading, title in (("late", "Old"), ("today", "Now"), ("week", "Next"), ("later", "Far")):
        section = group_of_my_work(text, heading)
        assert title in section
        assert "assigned to you" in section
    assert "any writer may claim it" in text
    assert "Claim" in text
    assert bundle.title in text


def test_my_work_names_nothing_to_claim_to_whom_it_may_not_be(as_user, workbench):
    """A strategist who writes at times: the task's page has no Claim for them."""
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(
            tx,
            {"employees": [{"key": "sam", "name": "Sam", "email": "sam@example.com", "roles": ["writer"]}]},
        )
    make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    sam = as_user("sam")
    assert "may claim it" not in sam.get("/my-work").text
    free = re.search(r'href="(/tasks/\w+)"[^>]*>Write: Tents', sam.get("/board?view=list").text)
    assert free is not None
    page = sam.get(free[1]).text
    assert "any writer" in page
    assert "You can see this task, but it is not yours to do. You can leave a note." in page


@pytest.mark.parametrize(
    ("after", "due", "group"),
    [
        (timedelta(days=-1), date(2026, 12, 20), "waiting"),
        (timedelta(hours=-8), date(2026, 12, 20), "today"),
        (timedelta(), date(2026, 12, 20), "today"),
        (timedelta(days=30), date(2026, 11, 25), "late"),
    ],
)
def test_a_task_that_waits_comes_back_on_the_day_of_its_follow_up(
    as_user, workbench, people, clock, after: timedelta, due: date, group: str
):
    task = make_task(workbench, title="Ask the guest", assignee="ana", due_date=due)
    with workbench.transaction(people["mara"]) as tx:
        waiting = lifecycle.wait(tx, task.task_id, "the guest", clock.now() + timedelta(days=2))
    assert waiting.follow_up_at is not None
    clock.set(waiting.follow_up_at + after)
    assert "Ask the guest" in group_of_my_work(as_user("ana").get("/my-work").text, group)


@pytest.mark.parametrize(
    ("days", "due", "group"),
    [
        (2, date(2026, 12, 20), "waiting"),
        (3, date(2026, 12, 20), "today"),
        (4, None, "today"),
        (30, date(2026, 11, 25), "late"),
    ],
)
def test_a_task_that_was_put_off_comes_back_on_its_day(
    as_user, workbench, people, clock, days: int, due: date | None, group: str
):
    task = make_task(workbench, title="Book the hall", assignee="ana", **({"due_date": due} if due else {}))
    do(workbench, people["mara"], "task defer", task_id=task.task_id, until=date(2026, 11, 24))
    clock.advance(days=days)
    section = group_of_my_work(as_user("ana").get("/my-work").text, group)
    assert "Book the hall" in section
    assert "Resume work<" in section


def test_what_was_put_off_stays_away_while_another_task_comes_before_it(as_user, workbench, people, clock):
    first = make_task(workbench, title="Draft")
    after = make_task(workbench, title="Publish", assignee="ana", depends_on=[first.task_id])
    do(workbench, people["mara"], "task defer", task_id=after.task_id, until=date(2026, 11, 22))
    clock.advance(days=2)
    assert "Publish" in group_of_my_work(as_user("ana").get("/my-work").text, "waiting")


def test_what_rests_says_on_which_day_it_comes_back(mara, as_user, workbench, people):
    title_of = {"defer": "Book the hall", "day": "Ask the guest", "hour": "Ask the printer"}
    tasks = {key: make_task(workbench, title=title, assignee="ana") for key, title in title_of.items()}
    do(workbench, people["mara"], "task defer", task_id=tasks["defer"].task_id, until=date(2026, 12, 4))
    for key, when in (("day", date(2026, 12, 5)), ("hour", datetime(2026, 12, 6, 9, 30, tzinfo=UTC))):
        given = {"waiting_for": "them", "follow_up_at": when}
        do(workbench, people["mara"], "task wait", task_id=tasks[key].task_id, **given)
    said = ["put off until Fri 4 Dec", "follow up on Sat 5 Dec", "follow up on Sun 6 Dec, 09:30"]
    ana = as_user("ana")
    board = words_of(mara.get("/board").text)  # a card has no room for the hour
    assert [f"back {day}" in board for day in ("Fri 4 Dec", "Sat 5 Dec", "Sun 6 Dec")] == [True] * 3
    pages = [ana.get("/my-work").text, mara.get("/board?view=list").text]
    for text in map(words_of, pages):
        assert [words in text for words in said] == [True] * 3
        assert "Sat 5 Dec, 00:00" not in text
    heads = [words_of(ana.get(f"/tasks/{task.task_id}").text) for task in tasks.values()]
    assert [words.lower() in head.lower() for words, head in zip(said, heads, strict=True)] == [True] * 3


def test_from_its_day_on_a_deferred_task_is_not_told_to_be_put_off_until_then(mara, workbench, people, clock):
    task, held = make_task(workbench, title="Book the hall"), make_task(workbench, title="Pay for the hall")
    after = make_task(workbench, title="Invite", depends_on=[held.task_id])
    for one in (task, after):
        do(workbench, people["mara"], "task defer", task_id=one.task_id, until=date(2026, 11, 22))
    page = f"/tasks/{task.task_id}"
    assert "It is put off until Sun 22 Nov. Resume work to take it up." in words_of(mara.get(page).text)
    clock.advance(days=9)
    assert "It was put off until Sun 22 Nov. Resume work to take it up." in words_of(mara.get(page).text)
    board, text = (words_of(mara.get(page).text) for page in ("/board", "/board?view=list"))
    assert board.count("back Sun 22 Nov") == 2  # a card has no room for more
    assert "put off until" not in board
    assert "back since Sun 22 Nov" in text
    assert "was put off until Sun 22 Nov" in text, "another task still comes before it"
    assert not re.search("(?<!was )put off until", text)


def test_the_board_says_that_the_list_shows_a_status_that_has_no_column(mara, workbench):
    for status in TaskStatus:
        said = words_of(mara.get(f"/board?q=status:{status}").text)
        assert ("has no column for Cancelled. The list shows them" in said) is (status == "cancelled"), status
    both = mara.get("/board?q=hall+status:pending,cancelled").text
    assert "The board has no column for Cancelled." in both
    assert re.search(r'href="[^"]*cancelled[^"]*view=list">The list shows them', both)
    assert "has no column" not in mara.get("/board?q=status:cancelled&view=list").text


def words_of(text: str) -> str:
    """Return a page as it is read, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


def test_a_task_that_waits_for_a_decision_is_not_yours_to_move(as_user, workbench, people):
    task = make_task(workbench, title="Draft", assignee="ana", due_date=date(2026, 11, 19))
    with workbench.transaction(people["mara"]) as tx:
        stored = tx.get(Task, task.task_id)
        stored.status = TaskStatus.PENDING_APPROVAL
        saved(tx, stored)
    text = as_user("ana").get("/my-work").text
    assert "Draft" in group_of_my_work(text, "waiting")


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


def row_of(text: str, task: Task) -> str:
    return text.partition(f'id="row-{task.task_id}"')[2].split("</li>")[0]


def test_what_an_approver_sent_back_stands_on_top_of_my_work_with_who_and_why(as_user, workbench, people):
    """D8: also where it is due last, and until its next version is handed over."""
    make_task(workbench, title="Late", assignee="ana", due_date=date(2026, 11, 2))
    task, row = judged.begin(workbench, people["mara"])
    approval = judged.hand_over(workbench, people["ana"], task, row)
    judged.decide(workbench, people["mara"], approval, "rejected", "Name the <source> of each figure.")
    text = as_user("ana").get("/my-work").text
    assert re.findall(r'id="group-(\w+)"', text)[0] == "back"
    shown = row_of(group_of_my_work(text, "back"), task)
    assert "sent back by Mara:</strong> Name the &lt;source&gt; of each figure." in shown
    assert f'href="/tasks/{task.task_id}#said"' in shown
    assert "Complete<" not in shown
    do(workbench, people["ana"], "task wait", task_id=task.task_id, waiting_for="The figures")
    assert 'id="group-back"' not in as_user("ana").get("/my-work").text  # it cannot be gone on with now
    do(workbench, people["ana"], "task resume", task_id=task.task_id)
    do(
        workbench,
        people["ana"],
        "task resubmit",
        task_id=task.task_id,
        deliverable_id=row.deliverable_id,
        url="https://docs.example/2",
    )
    assert "sent back" not in as_user("ana").get("/my-work").text


def test_each_row_of_my_work_has_its_next_step_and_leads_to_the_page_where_something_is_owed(
    as_user, workbench, people
):
    """D15."""
    names = ("pending", "under way", "with an optional step", "with a step")
    tasks = {name: make_task(workbench, title=name, assignee="ana") for name in names}
    for name in names[1:]:
        do(workbench, people["ana"], "task start", task_id=tasks[name].task_id)
    for name in names[2:]:
        step = {"title": "Outline", "required": name == "with a step"}
        do(workbench, people["ana"], "task add-step", task_id=tasks[name].task_id, **step)
    text = as_user("ana").get("/my-work").text
    said = {
        name: re.findall(r"<(a|button) [^>]*>([\w ]+)<span", row_of(text, task))
        for name, task in tasks.items()
    }
    assert said == {
        "pending": [("button", "Start")],
        "under way": [("button", "Complete")],
        "with an optional step": [("button", "Complete")],
        "with a step": [("a", "Tick what is left")],
    }


def test_my_work_completes_in_place_what_owes_nothing(as_user, workbench, people):
    task = make_task(workbench, title="Call Ana", assignee="ana")
    do(workbench, people["ana"], "task start", task_id=task.task_id)
    ana = as_user("ana")
    form = {"form": "page", "back": "/my-work", "revision": "2"}
    assert ana.post(f"/tasks/{task.task_id}/complete", form).headers["Location"] == "/my-work"
    page = ana.get("/my-work").text
    assert "Call Ana" not in page.split('id="my-work"')[1]
    said = f'Task completed. A slip? <a href="/tasks/{task.task_id}/correct">Correct it</a>.'
    assert said in page, "what is gone from the list can still be taken back"
    assert "is “In progress” again" in ana.get(f"/tasks/{task.task_id}/correct").text


def test_what_is_completed_on_my_work_keeps_its_place_till_the_page_is_opened_anew(
    as_user, workbench, people
):
    late = make_task(workbench, title="First", assignee="ana", due_date=date(2026, 11, 2))
    other = make_task(workbench, title="Second", assignee="ana", due_date=date(2026, 11, 3))
    for task in (late, other):
        do(workbench, people["ana"], "task start", task_id=task.task_id)
    ana = as_user("ana")
    form = re.search(rf'action="(/tasks/{late.task_id}/complete)">(.*?)</form>', ana.get("/my-work").text)
    assert form is not None
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    answer = ana.post(form[1], sent)
    assert answer.location == f"/my-work?kept=late.mine.{late.task_id}"
    text = ana.get(answer.location).text
    group = group_of_my_work(text, "late")
    assert re.findall(r">(First|Second)</a>", group) == ["First", "Second"]
    assert 'class="quiet">1</span>' in group
    assert "Done" in row_of(text, late)
    assert "<button" not in row_of(text, late)
    assert "First" not in ana.get("/my-work").text.split('id="my-work"')[1]


@pytest.mark.parametrize("who", ["ben", "mara"])
def test_what_is_kept_on_my_work_is_ones_own_and_closed(as_user, workbench, people, who: str):
    done, open_one = make_task(workbench, title="Of Ana", assignee="ana"), make_task(workbench, title="Open")
    do(workbench, people["ana"], "task complete", task_id=done.task_id)
    text = (
        as_user(who)
        .get(f"/my-work?kept=late.mine.{done.task_id},week.free.{open_one.task_id},nothing,late.me")
        .text
    )
    assert "Of Ana" not in text.split('id="my-work"')[1]
    assert "Open" not in text.split('id="my-work"')[1]
