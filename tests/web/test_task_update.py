"""A change of a task by page, JSON, command line and engine means the same (UPD-03 to UPD-18)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import commands
from engine.asked import Shape, fields_of
from engine.tasks import update
from engine.tasks.models import Priority, Task, Urgency
from tests.conftest import NOW
from tests.factories import do, make_bundle, make_task
from web.cli import spelling
from web.pages import task_edit

#: What two tasks that were made and changed alike have of their own.
OWN = {"task_id", "task_number", "task_uuid"}
WORDS = st.text("ab*é ", min_size=1, max_size=8).filter(str.strip)
DAYS = st.dates().filter(lambda day: 2020 < day.year < 2030).map(str)
#: Values of all fields that go together in any order, null and empty ones among them.
FIELDS = {
    "title": WORDS,
    "description": WORDS | st.none(),
    "category": WORDS,
    "priority": st.sampled_from([one.value for one in Priority]),
    "urgency": st.sampled_from([one.value for one in Urgency]),
    "assignee_id": st.sampled_from(["ana", "ben", "mara", None]),
    "requires_human_review": st.booleans(),
    "execution_type": st.sampled_from(["automatic", "manual_trigger", None]),
    "scheduled_for": DAYS.map(lambda day: f"{day}T09:00") | st.none(),
    "due_date": DAYS | st.none(),
    "planned_minutes": st.integers(0, 500) | st.none(),
    "depends_on": st.sampled_from([[], [1], [1, 2]]),
    "tags": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
    "tag": st.sampled_from([["d"], ["a", "e"]]),
    "untag": st.sampled_from([["a"], ["b"]]),
    "task_type": st.sampled_from(["untyped", "audit"]),
    "campaign_id": st.sampled_from(["acme_spring", None]),
}
CHANGES = st.fixed_dictionaries({}, optional=FIELDS).filter(bool)


def as_form(given: dict[str, Any]) -> dict[str, Any]:
    """Give fields as a form sends them."""
    return {
        name: ([*map(str, value)] or [""]) if isinstance(value, list)
        else str(value).lower() if isinstance(value, bool)
        else "" if value is None
        else str(value)
        for name, value in given.items()
    }  # fmt: skip


def as_options(given: dict[str, Any]) -> list[str]:
    """Give fields as they are typed."""
    words: list[str] = []
    for name, value in as_form(given).items():
        if fields_of(commands.get("task update").input)[name].shape is Shape.YES_NO:
            words.append(spelling.FLAGS["task update", name][value == "true"])
        else:
            for one in value if isinstance(value, list) else [value]:
                words += [spelling.option_of("task update", name), one]
    return words


@pytest.fixture
def edges(workbench, people, mara, cli, monkeypatch):
    """Change a task by the page, by JSON, by the command line, and in the engine itself."""
    monkeypatch.setattr("engine.clock.SystemClock.now", lambda _: NOW)
    for n in (1, 2):
        make_task(workbench, title=f"Before {n}", actor=people["mara"])

    def by_page(task: Task, changes: dict[str, Any]) -> None:
        answer = mara.post(f"/tasks/{task.task_id}/update", {"form": "edit", **as_form(changes)})
        assert answer.status_code == 303, answer.text

    def by_json(task: Task, changes: dict[str, Any]) -> None:
        headers = {"X-CSRF-Token": mara.token(), "Accept": "application/json"}
        answer = mara.client.post(f"/tasks/{task.task_id}/update", json=changes, headers=headers)
        assert answer.status_code == 200, answer.text

    def by_line(task: Task, changes: dict[str, Any]) -> None:
        answer = cli(
            "task", "update", str(task.task_number), *as_options(changes), "--as", "mara@example.com"
        )
        assert answer.code == 0, answer.err

    def by_engine(task: Task, changes: dict[str, Any]) -> None:
        """Do what the fields of the record say, tags one by one aside."""
        plain = {name: value for name, value in changes.items() if name not in ("tag", "untag")}
        if changes.keys() - plain.keys():
            tags = [*plain.get("tags", task.tags), *changes.get("tag", [])]
            plain["tags"] = [tag for tag in tags if tag not in changes.get("untag", [])]
        with workbench.transaction(people["mara"]) as tx:
            update.update(tx, workbench.content(), task.task_id, plain)

    return by_engine, by_json, by_page, by_line


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_a_change_means_the_same_by_every_way_in(workbench, people, edges, changes):
    found = []
    for change in edges:
        task = make_task(workbench, actor=people["mara"], title="Twin", tags=["a"], assignee="ana")
        change(task, changes)
        with workbench.reading(workbench.operator()) as tx:
            now = tx.get(Task, task.task_id).model_dump(mode="json")
        found.append({name: value for name, value in now.items() if name not in OWN})
    assert found[1:] == found[:1] * 3


def test_every_field_that_an_update_may_set_is_an_option_of_the_command(cli):
    text = cli("task", "update", "--help").out
    for name in update.Changes.model_fields:
        assert spelling.option_of("task update", name).split(" or ")[0] in text, name


def test_an_empty_title_from_a_form_is_refused_and_not_passed_over(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"], title="Kept")
    answer = mara.post(f"/tasks/{task.task_id}/update", {"form": "edit", "title": " "})
    assert answer.status_code == 400
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).title == "Kept"


def test_a_member_takes_no_human_review_back_by_page_or_line(ana, cli, workbench, people):
    task = make_task(workbench, actor=people["ana"], assignee="ana", requires_human_review=True)
    answer = ana.post(f"/tasks/{task.task_id}/update", {"form": "edit", "requires_human_review": "false"})
    assert answer.status_code == 403
    line = ["task", "update", str(task.task_number), "--no-requires-human-review", "--as", "ana@example.com"]
    assert cli(*line).code == 4
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).requires_human_review is True


@pytest.mark.parametrize("name", task_edit.FIELDS)
def test_the_address_of_a_field_opens_its_form_with_what_it_is(mara, workbench, people, name):
    task = make_task(
        workbench, actor=people["mara"], title="Call <the> printer", tags=["paper"], description="A *B*"
    )
    plain = mara.get(f"/tasks/{task.task_id}").text
    assert "data-edit" not in plain
    assert plain.count(f'href="/tasks/{task.task_id}?edit={name}#field-{name}"') == 1
    text = mara.get(f"/tasks/{task.task_id}?edit={name}").text
    form = text.split(f'data-edit="{name}"')[1].split("</form>")[0]
    assert f'name="{name}"' in form
    assert f'name="revision" value="{task.revision}"' in form
    assert text.count("data-edit") == 1
    started = {
        "title": "Call &lt;the&gt; printer",
        "tags": 'value="paper" checked',
        "description": ">A *B*</textarea>",
    }
    assert started.get(name, "") in form


def test_a_saved_field_leads_back_to_its_place_and_says_so(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"])
    sent = {"form": "edit-due_date", "revision": task.revision, "due_date": "2026-12-04"}
    answer = mara.post(f"/tasks/{task.task_id}/update", sent)
    assert answer.location == f"/tasks/{task.task_id}#field-due_date"
    text = mara.get(answer.location).text
    assert "Changed." in text
    assert "Fri 4 Dec" in text.split('id="field-due_date"')[1].split("</span>")[0]


def test_what_somebody_else_changed_meanwhile_is_shown_beside_what_was_typed(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"], title="Old")
    do(workbench, people["mara"], "task update", task_id=task.task_id, title="Theirs")
    sent = {"form": "edit-title", "revision": task.revision, "title": "Mine"}
    answer = mara.post(f"/tasks/{task.task_id}/update", sent)
    form = answer.text.split('data-edit="title"')[1].split("</form>")[0]
    assert answer.status_code == 409
    assert "Now: Theirs" in form
    assert 'value="Mine"' in form
    again = {**sent, "revision": re.search('name="revision" value="([0-9]+)"', form)[1]}
    assert mara.post(f"/tasks/{task.task_id}/update", again).status_code == 303
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).title == "Mine"


def test_a_fact_is_said_as_text_and_what_says_nothing_stands_there_for_who_may_change_it(
    as_user, mara, workbench, people
):
    evil = "a <b>bold</b> kind"
    task = make_task(workbench, actor=people["mara"], category=evil, assignee="ana")
    changed = mara.get(f"/tasks/{task.task_id}").text
    said = '<dd class="field-of" id="field-category"><span>a &lt;b&gt;bold&lt;/b&gt; kind</span>'
    assert f'<dt>Category</dt>{said}<a class="change" href="/tasks/{task.task_id}?edit=category#' in changed
    nothing = '<dt>Deadline</dt><dd class="field-of" id="field-deadline"><span class="quiet">none</span><a '
    assert nothing in changed
    read = as_user("sam").get(f"/tasks/{task.task_id}").text
    assert f"<dt>Category</dt>{said}</dd>" in read
    assert "<dt>Deadline</dt>" not in read
    for page in (changed, read):
        assert "<b>bold" not in page


def test_what_may_not_be_changed_is_shown_without_a_way_to_change_it(as_user, mara, workbench, people):
    bundle = make_bundle(workbench, "newsletter", campaign=None)
    with workbench.reading(workbench.operator()) as tx:
        first = tx.find(Task, bundle_id=bundle.bundle_id)[0]
    of_bundle = mara.get(f"/tasks/{first.task_id}").text
    assert "?edit=title" in of_bundle
    assert "?edit=task_type" not in of_bundle
    assert "?edit=campaign_id" not in of_bundle
    assert "data-edit" not in mara.get(f"/tasks/{first.task_id}?edit=campaign_id").text
    theirs = make_task(workbench, actor=people["mara"], requires_human_review=True, assignee="ana")
    assert "?edit=title" not in as_user("sam").get(f"/tasks/{theirs.task_id}").text
    seen_by_ana = as_user("ana").get(f"/tasks/{theirs.task_id}").text
    assert "?edit=title" in seen_by_ana
    assert "?edit=requires_human_review" not in seen_by_ana
    assert "?edit=task_type" not in seen_by_ana
    do(workbench, people["mara"], "task cancel", task_id=theirs.task_id)
    closed = mara.get(f"/tasks/{theirs.task_id}").text
    assert re.findall(r"\?edit=([a-z_]+)#", closed) == ["tags"]


def test_every_field_that_a_page_offers_is_changed_by_the_form_that_it_shows(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"], title="Old", tags=["a", "b"])
    other = make_task(workbench, actor=people["mara"], title="Before")
    typed = {
        "title": "New", "due_date": "2026-12-04", "priority": "high", "urgency": "soon",
        "description": "Text",
        "deadline": "2026-12-05T12:00", "category": "fair", "task_type": "audit", "planned_minutes": "90",
        "requires_human_review": "true", "execution_type": "automatic", "depends_on": f"#{other.task_number}",
        "tags": "b", "assigned_to_bot": "true", "assignee_id": "", "campaign_id": "",
    }  # fmt: skip
    assert typed.keys() == set(task_edit.FIELDS)
    for name, value in typed.items():
        text = mara.get(f"/tasks/{task.task_id}?edit={name}").text
        form = text.split(f'data-edit="{name}"')[1].split("</form>")[0]
        sent = dict.fromkeys(re.findall('name="([a-z_]+)"', form), "") | {
            "form": f"edit-{name}",
            name: value,
        }
        sent["revision"] = re.search('name="revision" value="([0-9]+)"', form)[1]
        del sent["csrf_token"]
        answer = mara.post(f"/tasks/{task.task_id}/update", sent)
        assert answer.status_code == 303, (name, answer.text)
    with workbench.reading(workbench.operator()) as tx:
        now = tx.get(Task, task.task_id).model_dump(mode="json")
    assert (now["title"], now["priority"], now["urgency"], now["category"]) == ("New", "high", "soon", "fair")
    assert (now["due_date"], now["planned_minutes"], now["task_type"]) == ("2026-12-05", 90, "audit")
    assert (now["tags"], now["depends_on"], now["description"]) == (["b"], [other.task_id], "Text")
    assert (now["assigned_to_bot"], now["execution_type"]) == (True, "automatic")
    assert now["requires_human_review"] is True


def test_what_comes_before_is_found_by_words_of_its_title(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"], title="Call")
    other = make_task(workbench, actor=people["mara"], title="Order the paper")
    text = mara.get(f"/tasks/{task.task_id}?edit=depends_on&find=paper").text
    assert f'id="found-{other.task_id}" name="depends_on" value="{other.task_id}"' in text
    assert (
        "No open task has these words" in mara.get(f"/tasks/{task.task_id}?edit=depends_on&find=zebra").text
    )


def test_a_bundle_is_retitled_from_its_page_by_who_may(mara, as_user, workbench, people):
    bundle = make_bundle(workbench, "newsletter", actor=people["mara"])
    address = f"/bundles/{bundle.bundle_id}"
    assert f'action="{address}/update"' in mara.get(address).text
    assert f'action="{address}/update"' not in as_user("sam").get(address).text
    sent = {"form": "title", "revision": bundle.revision, "title": "Spring <letter>"}
    assert mara.post(f"{address}/update", sent).location == address
    assert "Spring &lt;letter&gt;</h1>" in mara.get(address).text
    again = mara.post(f"{address}/update", {**sent, "title": "Mine"})
    assert again.status_code == 409
    form = again.text.split('data-edit="title"')[1].split("</form>")[0]
    assert "Now: Spring &lt;letter&gt;" in form
    assert 'value="Mine"' in form


def test_a_row_of_the_list_leads_to_the_form_of_its_person_day_and_priority_and_back(
    mara, as_user, workbench, people
):
    task = make_task(workbench, actor=people["mara"], title="Call", assignee="ana")
    closed = make_task(workbench, actor=people["mara"], title="Over")
    do(workbench, people["mara"], "task cancel", task_id=closed.task_id)
    text = mara.get("/board?view=list&status=all&q=").text
    found = re.findall(r'<a class="cell" data-field="([a-z_]+)" href="([^"]+)"', text)
    assert [name for name, _ in found] == ["due_date", "assignee_id", "priority"]
    assert 'class="cell"' not in as_user("sam").get("/board?view=list").text
    assert as_user("ana").get("/board?view=list").text.count('class="cell"') == 3
    for name, href in found:
        assert href.startswith(f"/tasks/{task.task_id}?edit={name}&amp;back=/board")
    form = (
        mara.get(found[2][1].replace("&amp;", "&")).text.split('data-edit="priority"')[1].split("</form>")[0]
    )
    back = re.search('name="back" value="([^"]+)"', form)[1].replace("&amp;", "&")
    assert back == "/board?view=list&status=all&q="
    answer = mara.post(
        f"/tasks/{task.task_id}/update", {"form": "edit-priority", "priority": "high", "back": back}
    )
    assert answer.location == back
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).priority == "high"


def test_a_form_leads_back_to_no_other_site(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"])
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        text = mara.get(f"/tasks/{task.task_id}", query_string={"edit": "title", "back": elsewhere}).text
        assert "evil.example" not in text.split('data-edit="title"')[1].split("</form>")[0]


def test_my_work_leads_to_the_day_of_what_one_may_change(ana, workbench, people):
    task = make_task(workbench, actor=people["mara"], title="Call", assignee="ana")
    assert (
        f'data-field="due_date" href="/tasks/{task.task_id}?edit=due_date&amp;back=/my-work'
        in ana.get("/my-work").text
    )
