"""My work: what is somebody's to do, by when it is due, why it is there, and the next step of each."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.reference import service as reference
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests import judged
from tests.factories import do, make_bundle, make_task
from tests.told import saved
from web.pages import board as board_page
from web.pages import my_work


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
