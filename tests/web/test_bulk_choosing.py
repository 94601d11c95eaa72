"""What is chosen on the list and on a bundle's page, and what is asked and shown of it (UPD-37 to UPD-41)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.tasks import lifecycle, update
from engine.tasks.models import Task, TaskStatus
from engine.watching import service as watching
from engine.watching.models import WatchMode
from tests.factories import make_bundle, make_task
from tests.web.conftest import Visitor

LIST = "/board?view=list"


@pytest.fixture
def tasks(workbench: Workbench, people: object) -> list[Task]:
    return [make_task(workbench, assignee="ana", due_date="2026-12-01") for _ in range(3)]


@pytest.fixture
def bundle(workbench: Workbench, people: dict[str, Actor]) -> Bundle:
    return make_bundle(
        workbench,
        "link_placement",
        actor=people["mara"],
        parameters={"target_url": "https://acme.example"},
    )


def stored(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def tasks_of(workbench: Workbench, bundle: Bundle) -> list[Task]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))


def ids(tasks: list[Task]) -> list[str]:
    return [task.task_id for task in tasks]


def pinned(page: str) -> list[str]:
    """Return the tasks that the form of a page would change."""
    return re.findall(r'type="hidden" name="tasks" value="(\w+)"', page)


def hidden(page: str) -> dict[str, list[str]]:
    """Return what the form of a preview sends along."""
    form = page[
        page.index('action="/board/bulk"') : page.index("</form>", page.index('action="/board/bulk"'))
    ]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(unescape(value))
    return {name: values for name, values in found.items() if name != "csrf_token"}


def said(page: str) -> str:
    """Return the words of a page, one space between them."""
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<h1") :]).split())


# -- what is shown before it is done ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "row"),
    [
        ({"do": "due", "due_date": "2026-12-24"}, "Tue 1 Dec → becomes Thu 24 Dec"),
        ({"do": "due", "days": "-1"}, "Tue 1 Dec → becomes Mon 30 Nov"),
        ({"do": "due", "working_days": "4"}, "Tue 1 Dec → becomes Mon 7 Dec"),
        ({"do": "assign", "assignee_id": "ben"}, "Ana Alvarez → becomes Ben Brandt"),
        ({"do": "assign", "assignee_id": ""}, "Ana Alvarez → becomes nobody"),
        ({"do": "priority", "priority": "high"}, "medium → becomes high"),
        ({"do": "status", "status": "in_progress"}, "To do → becomes In progress"),
        ({"do": "defer", "deferred_until": "2026-11-30"}, "To do → becomes Deferred"),
    ],
)
def test_each_row_says_what_it_was_and_what_it_becomes(
    mara: Visitor, tasks: list[Task], form: dict[str, str], row: str
):
    page = mara.post("/board/bulk", {**form, "tasks": ids(tasks)}).text
    assert said(page).count(f"Call the printer : {row}") == 3


def test_a_day_is_said_as_the_reader_has_it_with_the_hour_where_it_ends_before_its_end(
    mara: Visitor, workbench: Workbench, bundle: Bundle, people: dict[str, Actor]
):
    task = tasks_of(workbench, bundle)[0]
    with workbench.transaction(people["mara"]) as tx:
        update.update(tx, workbench.content(), task.task_id, {"due_date": "2026-11-25"})
    page = mara.post("/board/bulk", {"do": "due", "working_days": "1", "tasks": ids([task])}).text
    # Thanksgiving lies between; New York's half past five is half past ten at night where Mara reads.
    assert "Wed 25 Nov, 22:30 → becomes Fri 27 Nov, 22:30" in said(page)


def test_what_a_preview_showed_is_done_and_nothing_that_has_changed_since(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], tasks: list[Task]
):
    preview = mara.post("/board/bulk", {"do": "due", "days": "1", "tasks": ids(tasks), "back": LIST}).text
    with workbench.transaction(people["mara"]) as tx:
        update.update(tx, workbench.content(), tasks[0].task_id, {"due_date": "2027-01-01"})
    mara.post("/board/bulk", {**hidden(preview), "do": "due"})
    assert [stored(workbench, task).due_date for task in tasks] == [
        date(2027, 1, 1),
        date(2026, 12, 2),
        date(2026, 12, 2),
    ]
    assert f"Task {tasks[0].name} has changed since you looked." in unescape(mara.get(LIST).text)


# -- deferring, skipping, watching -------------------------------------------------------------------


def test_tasks_are_put_off_with_one_undo(mara: Visitor, workbench: Workbench, tasks: list[Task]):
    form = {"do": "defer", "deferred_days": "3", "tasks": ids(tasks), "back": LIST}
    preview = mara.post("/board/bulk", form).text
    assert "3 tasks would be put off until Tue 24 Nov 2026." in preview
    assert "There is no Undo" not in preview
    mara.post("/board/bulk", {**hidden(preview), "do": "defer"})
    assert {stored(workbench, task).deferred_until for task in tasks} == {date(2026, 11, 24)}
    undo = re.search(r'action="(/acts/\w+/undo)" data-undo', mara.get(LIST).text)
    assert undo is not None
    mara.post(undo[1], {"back": LIST})
    assert {stored(workbench, task).status for task in tasks} == {TaskStatus.PENDING}


def test_days_from_today_are_counted_from_the_day_on_which_they_were_shown(
    mara: Visitor, workbench: Workbench, tasks: list[Task]
):
    form = {"do": "defer", "deferred_days": "3", "tasks": ids(tasks)}
    preview = mara.post("/board/bulk", form).text
    assert "put off until Tue 24 Nov 2026." in preview
    workbench.clock.advance(hours=20)
    mara.post("/board/bulk", {**hidden(preview), "do": "defer"})
    assert {stored(workbench, task).deferred_until for task in tasks} == {date(2026, 11, 24)}


def test_skipping_asks_for_one_of_the_reasons_that_the_chosen_tasks_allow(
    mara: Visitor, workbench: Workbench, bundle: Bundle, tasks: list[Task]
):
    chosen = [*tasks_of(workbench, bundle), *tasks]
    # what was typed for another verb in the same bar is no reason to skip
    asked = mara.post("/board/bulk", {"do": "skip", "reason": "No access", "tasks": ids(chosen)}).text
    assert f'<option value="the editor writes it">the editor writes it (1 of {len(chosen)} tasks)' in asked
    assert pinned(asked) == ids(chosen)
    form = {**hidden(asked), "do": "skip", "reason": "the editor writes it"}
    bare = mara.post("/board/bulk", form)
    assert "needs a comment" in bare.text
    preview = mara.post("/board/bulk", {**form, "comment": "She said so."}).text
    assert "1 task would be moved to “Skipped”." in preview
    assert "There is no Undo for it." in preview
    mara.post("/board/bulk", {**hidden(preview), "do": "skip"})
    assert [task.skip_reason for task in tasks_of(workbench, bundle)].count("the editor writes it") == 1


def test_where_nothing_can_be_skipped_that_is_said_and_nothing_can_be_sent(mara: Visitor, tasks: list[Task]):
    page = mara.post("/board/bulk", {"do": "skip", "tasks": ids(tasks), "back": LIST}).text
    assert "None of them can be skipped: their definitions have no skip rule" in page
    assert 'name="do"' not in page[page.index("<h1") :]


def test_tasks_are_watched_and_muted(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], tasks: list[Task]
):
    preview = mara.post("/board/bulk", {"do": "watch", "mode": "muted", "tasks": ids(tasks)}).text
    assert "3 tasks would be muted." in preview
    assert "There is no Undo for it." not in preview
    mara.post("/board/bulk", {**hidden(preview), "do": "watch"})
    with workbench.reading(people["mara"]) as tx:
        modes = {watching.mode_of(tx, tx.get(Task, task.task_id)) for task in tasks}
    assert modes == {WatchMode.MUTED}


def test_a_partner_is_asked_nothing(as_user: Callable[[str], Visitor], tasks: list[Task]):
    for form in ({"do": "skip"}, {"do": "watch", "mode": "muted"}, {"do": "defer", "all": "1"}):
        assert as_user("pat").post("/board/bulk", {**form, "tasks": ids(tasks)}).status_code == 403


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"do": "status", "status": "blocked", "reason": ""}, "Say what blocks them."),
        ({"do": "status", "status": "waiting", "waiting_for": ""}, "Say whom or what they wait for."),
        ({"do": "defer", "deferred_until": "", "deferred_days": ""}, "Say until which day they are put off."),
        ({"do": "due", "due_date": "2026-12-24", "days": "3"}, "Say when they are due in one way"),
    ],
)
def test_what_all_need_to_be_told_is_asked_at_its_field_with_the_choice_kept(
    mara: Visitor, tasks: list[Task], form: dict[str, str], message: str
):
    answer = mara.post("/board/bulk", {**form, "form": "bulk", "tasks": ids(tasks)})
    assert answer.status_code == 400
    assert re.search(rf'class="error"[^>]*>{message}', answer.text)
    assert pinned(answer.text) == ids(tasks)


# -- all that match ----------------------------------------------------------------------------------


def matching(page: str) -> dict[str, str]:
    """Return what the bar sends of the search: what the list shows, and how many match."""
    bar = page[page.index('id="bulk"') :]
    return {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="(search|matching)" value="([^"]*)"', bar)
    }


def test_all_that_match_are_chosen_across_the_pages_of_the_list(
    mara: Visitor, workbench: Workbench, tasks: list[Task]
):
    found = [make_task(workbench, assignee="ana", tags=["tax"]) for _ in range(4)]
    assert matching(mara.get(f"{LIST}&q=tag:tax").text) == {}  # one page shows them all
    page = mara.get(f"{LIST}&q=tag:tax&limit=2").text
    assert "All 4 that match" in page
    form = {**matching(page), "all": "1", "tasks": ids(found[:2]), "do": "priority", "priority": "high"}
    preview = mara.post("/board/bulk", {**form, "back": f"{LIST}&q=tag:tax"}).text
    assert "4 tasks would be set to priority high." in preview
    assert set(pinned(preview)) == set(ids(found))
    assert "The list said" not in preview


def test_a_preview_says_that_others_match_by_now_and_pins_those(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    found = [make_task(workbench, assignee="ana", tags=["tax"]) for _ in range(3)]
    page = mara.get(f"{LIST}&q=tag:tax&limit=2").text
    late = [make_task(workbench, assignee="ana", tags=["tax"]) for _ in range(2)]
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, found[0].task_id)
    form = {**matching(page), "all": "1", "do": "priority", "priority": "high"}
    preview = mara.post("/board/bulk", form).text
    assert "The list said 3 tasks; by now 4 match." in said(preview)
    assert set(pinned(preview)) == set(ids([*found[1:], *late]))
    newest = make_task(workbench, assignee="ana", tags=["tax"])
    mara.post("/board/bulk", {**hidden(preview), "do": "priority"})
    assert stored(workbench, late[0]).priority == "high"
    assert stored(workbench, newest).priority == "medium"  # the preview did not show it


def test_who_chose_all_that_match_and_left_something_out_is_asked_again_about_all_of_them(
    mara: Visitor, workbench: Workbench, tasks: list[Task]
):
    form = {"all": "1", "search": "", "matching": "3", "tasks": ids(tasks[:1]), "form": "bulk"}
    answer = mara.post("/board/bulk", {**form, "do": "status", "status": "blocked", "reason": ""})
    assert answer.status_code == 400
    assert "Say what blocks them." in answer.text
    assert set(pinned(answer.text)) == set(ids(tasks))


def test_more_than_are_changed_at_once_cannot_all_be_chosen(mara: Visitor, workbench: Workbench):
    for _ in range(101):
        make_task(workbench, assignee="ana")
    page = mara.get(LIST).text
    assert "Of 101 that match, at most 100 are changed at once." in page
    assert 'name="all"' not in page
    sent = {"all": "1", "search": "", "do": "priority", "priority": "high", "form": "bulk"}
    answer = mara.post("/board/bulk", sent)
    assert answer.status_code == 400
    assert "101 tasks match this search, and at most 100 are changed at once." in answer.text
    assert 'name="do"' not in answer.text[answer.text.index("<h1") :]


# -- a bundle's page ---------------------------------------------------------------------------------


def test_on_a_bundles_page_those_can_be_chosen_that_one_may_change(
    mara: Visitor,
    as_user: Callable[[str], Visitor],
    workbench: Workbench,
    people: dict[str, Actor],
    bundle: Bundle,
):
    first, second, *others = tasks_of(workbench, bundle)
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.cancel(tx, first.task_id)
        update.update(tx, workbench.content(), second.task_id, {"assignee_id": "ana"})
        for task in others:
            update.update(tx, workbench.content(), task.task_id, {"assignee_id": "ben"})
    address = f"/bundles/{bundle.bundle_id}"
    chosen = re.findall(r'form="bulk" name="tasks" value="(\w+)"', mara.get(address).text)
    assert set(chosen) == set(ids([second, *others]))
    own = as_user("ana").get(address).text
    assert re.findall(r'form="bulk" name="tasks" value="(\w+)"', own) == [second.task_id]
    assert mara.get(f"{address}?chosen=all").text.count(" checked>") == len(chosen)


def test_where_nothing_of_a_bundle_can_be_changed_nothing_is_offered(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], bundle: Bundle
):
    with workbench.transaction(people["mara"]) as tx:
        for task in tasks_of(workbench, bundle):
            lifecycle.cancel(tx, task.task_id)
    page = mara.get(f"/bundles/{bundle.bundle_id}").text
    assert 'id="bulk"' not in page
    assert ">choose all<" not in page
    assert 'class="box"' not in page


def test_what_was_done_to_tasks_of_a_bundle_is_said_on_its_page_and_its_parts_stay_shown(
    mara: Visitor, workbench: Workbench, bundle: Bundle
):
    address = f"/bundles/{bundle.bundle_id}?order=shown"
    back = re.search(r'name="back" value="([^"]+)"', mara.get(f"{address}&chosen=all").text)
    assert back is not None
    assert unescape(back[1]) == address
    form = {"do": "priority", "priority": "high", "tasks": ids(tasks_of(workbench, bundle)[:2])}
    answer = mara.post("/board/bulk", {**form, "confirmed": "1", "back": address})
    assert (answer.status_code, answer.location) == (303, address)
    assert "2 tasks set to priority high." in mara.get(address).text


def test_finished_phases_before_the_first_open_one_take_one_line(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    bundle = make_bundle(workbench, actor=people["mara"])
    address, tasks = f"/bundles/{bundle.bundle_id}", tasks_of(workbench, bundle)
    phases = list(dict.fromkeys(task.phase for task in tasks))

    def finish(phase: str | None) -> str:
        with workbench.transaction(people["mara"]) as tx:
            for task in tasks:
                if task.phase == phase:
                    lifecycle.cancel(tx, task.task_id)
        return mara.get(address).text

    assert "finished phase" not in finish(phases[0])  # one has its own line already
    page = finish(phases[1])
    closed = sum(1 for task in tasks if task.phase in phases[:2])
    assert f"2 finished phases {closed} tasks closed" in said(page)
    fold = page[page.index('id="fold-finished"') : page.index(f'id="phase-{phases[2]}"')]
    assert [fold.count(f'id="phase-{phase}"') for phase in phases[:3]] == [1, 1, 0]
    assert "2 finished phases" in finish(phases[3])  # those after an open one stay in their place
    for phase in (phases[2], *phases[4:]):
        finish(phase)
    assert "finished phase" not in mara.get(address).text  # nothing else would be left to see
