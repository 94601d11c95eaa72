"""The page that adds a task to a running bundle: free in a line, or another of the template (D4)."""

from __future__ import annotations

import re

import pytest

from engine.bundles import service
from engine.bundles.models import Bundle
from engine.tasks.models import Task
from engine.tasks.read_models import in_order
from tests.factories import make_bundle


@pytest.fixture
def bundle(workbench, people) -> Bundle:
    return make_bundle(
        workbench, "blog_post", actor=people["mara"], campaign="acme_spring", parameters={"topic": "Tents"}
    )


@pytest.fixture
def podcast(workbench, people) -> Bundle:
    return make_bundle(workbench, "podcast_episode", actor=people["mara"])


def tasks(workbench, bundle: Bundle) -> list[Task]:
    with workbench.reading(workbench.operator()) as tx:
        return sorted(tx.find(Task, bundle_id=bundle.bundle_id), key=in_order)


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def page_of(bundle: Bundle) -> str:
    return f"/bundles/{bundle.bundle_id}/add-task"


def test_the_page_of_a_bundle_leads_to_the_form_while_it_runs(mara, as_user, workbench, people, bundle):
    link = f'href="{page_of(bundle)}" data-key="t">+ Task</a>'
    assert link in mara.get(f"/bundles/{bundle.bundle_id}").text
    assert link not in as_user("sam").get(f"/bundles/{bundle.bundle_id}").text
    with workbench.transaction(people["mara"]) as tx:
        service.cancel(tx, bundle.bundle_id)
    assert link not in mara.get(f"/bundles/{bundle.bundle_id}").text
    assert mara.get(page_of(bundle)).status_code == 409


def test_a_line_joins_the_bundle_and_its_page_says_so(mara, workbench, bundle):
    first = tasks(workbench, bundle)[0]
    shown = mara.get(page_of(bundle)).text
    assert f'<option value="{first.task_id}">#{first.task_number} {first.title}</option>' in shown
    given = {
        "form": "quick",
        "line": "Call the printer fri",
        "phase": first.phase,
        "depends_on": first.task_id,
    }
    answer = mara.post(page_of(bundle), given)
    assert (answer.status_code, answer.location) == (303, f"/bundles/{bundle.bundle_id}")
    made = tasks(workbench, bundle)[-1]
    assert (made.title, made.phase, made.depends_on) == ("Call the printer", first.phase, [first.task_id])
    assert f'Made <a href="/tasks/{made.task_id}">{made.name}</a>.' in mara.get(answer.location).text
    again = mara.post(page_of(bundle), {"form": "quick", "line": "And ink", "another": "1"})
    assert again.location == page_of(bundle)


def test_the_preview_of_a_line_is_told_in_a_bundle_too(ana, mara, bundle):
    answer = mara.post(f"{page_of(bundle)}/preview", {"line": "Call fri"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "due Fri 27 Nov" in text_of(answer)


def test_another_of_the_template_is_shown_before_it_is_made(mara, workbench, bundle):
    first = next(task for task in tasks(workbench, bundle) if "Tents" in task.title)
    address = f"{page_of(bundle)}?ref={first.template_task_ref}"
    shown = mara.get(address)
    assert re.search(r'name="param.topic"[^>]*>?[^>]*Tents', shown.text)
    assert f"It stands after #{first.task_number}, with the same steps" in text_of(shown)
    typed = {"form": "another", "ref": first.template_task_ref, "param.topic": "Stoves"}
    answer = mara.post(f"{page_of(bundle)}/preview", typed, headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert first.title.replace("Tents", "Stoves") in text_of(answer)
    assert [task for task in tasks(workbench, bundle) if "Stoves" in task.title] == []
    made = mara.post(page_of(bundle), typed)
    assert made.location == f"/bundles/{bundle.bundle_id}"
    two = [task for task in tasks(workbench, bundle) if task.template_task_ref == first.template_task_ref]
    assert [task.title for task in two] == [first.title, first.title.replace("Tents", "Stoves")]


def test_what_stays_with_the_first_is_said_before_and_after(mara, workbench, podcast):
    first = next(task for task in tasks(workbench, podcast) if task.fills_link)
    said = f"The link “{first.fills_link}” is filled by #{first.task_number} alone."
    assert said in text_of(mara.get(f"{page_of(podcast)}?ref={first.template_task_ref}"))
    answer = mara.post(
        page_of(podcast), {"form": "another", "ref": first.template_task_ref, "title": "Second"}
    )
    made = next(task for task in tasks(workbench, podcast) if task.title == "Second")
    assert f"{made.name} . {said}" in text_of(mara.get(answer.location))


def test_a_value_that_cannot_be_is_refused_at_its_field_and_kept(mara, workbench, bundle):
    first = next(task for task in tasks(workbench, bundle) if "Tents" in task.title)
    before = tasks(workbench, bundle)
    typed = {"form": "another", "ref": first.template_task_ref, "param.topic": "x", "title": "Kept <this>"}
    answer = mara.post(page_of(bundle), typed)
    assert answer.status_code == 400
    assert re.search(r'id="another-param.topic-error">Topic', answer.text)
    assert 'value="Kept &lt;this&gt;"' in answer.text
    shown = mara.post(f"{page_of(bundle)}/preview", typed)
    assert shown.status_code == 200
    assert '<li class="error">Topic' in shown.text
    assert tasks(workbench, bundle) == before


def test_a_refused_line_is_kept(mara, workbench, bundle):
    before = tasks(workbench, bundle)
    answer = mara.post(page_of(bundle), {"form": "quick", "line": "Call @zyx", "phase": "nowhere"})
    assert answer.status_code == 400
    assert 'value="Call @zyx"' in answer.text
    assert mara.post(page_of(bundle), {"form": "quick"}).status_code == 400
    assert tasks(workbench, bundle) == before


def test_a_double_press_adds_one_task(mara, workbench, bundle):
    before = len(tasks(workbench, bundle))
    key = re.search(r'name="idempotency_key" value="([^"]+)"', mara.get(page_of(bundle)).text)[1]
    form = {"form": "quick", "line": "Call", "idempotency_key": key}
    assert [mara.post(page_of(bundle), form).status_code for _ in range(2)] == [303, 303]
    assert len(tasks(workbench, bundle)) == before + 1
    answer = mara.post(page_of(bundle), {**form, "line": "Call again"})
    assert "This form has made a task already." in answer.text


@pytest.mark.parametrize(("who", "status"), [("ana", 200), ("sam", 403), ("ben", 404), ("pat", 404)])
def test_only_who_may_add_gets_the_form(as_user, workbench, bundle, who: str, status: int):
    before = len(tasks(workbench, bundle))
    visitor = as_user(who)
    assert visitor.get(page_of(bundle)).status_code == status
    assert visitor.post(f"{page_of(bundle)}/preview", {"line": "x"}).status_code == status
    assert visitor.post(page_of(bundle), {"form": "quick", "line": "Call"}).status_code == (
        303 if status == 200 else status
    )
    assert len(tasks(workbench, bundle)) == before + (status == 200)


def test_an_unknown_task_of_the_template_in_the_address_shows_the_form(mara, bundle):
    assert mara.get(f"{page_of(bundle)}?ref=nothing").status_code == 200
    assert mara.post(page_of(bundle), {"form": "another", "ref": "nothing"}).status_code == 400
    assert mara.get("/bundles/bnd_none/add-task").status_code == 404
