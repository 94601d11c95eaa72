"""A task and a bundle as they were done become drafts of templates, from their pages (EDT-07)."""

from __future__ import annotations

import re

import pytest

from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.proposals.models import Proposal
from engine.tasks.models import Task
from tests.factories import make_bundle, make_task
from tests.web.conftest import Visitor


@pytest.fixture
def bundle(workbench: Workbench, people) -> Bundle:
    """An article for Acme."""
    return make_bundle(workbench, "blog_post", partner="acme", parameters={"topic": "Tents"})


def draft_of(workbench: Workbench) -> Proposal:
    with workbench.reading(workbench.operator()) as tx:
        [found] = tx.find(Proposal)
        return found


def test_a_bundle_is_made_a_template_from_its_page(mara: Visitor, workbench: Workbench, bundle: Bundle):
    at = f"/bundles/{bundle.bundle_id}"
    assert f'href="{at}/propose"' in mara.get(at).text
    assert "Make a template of this bundle" in mara.get(f"{at}/propose").text
    led = mara.post(f"{at}/propose", {"form": "propose", "name": "Article with tents"})
    assert (led.status_code, led.location) == (303, f"/proposals/{draft_of(workbench).proposal_id}")
    assert draft_of(workbench).template_id == "article_with_tents"


def test_the_page_of_the_draft_names_the_lines_in_which_something_was_taken_out(
    mara: Visitor, workbench: Workbench, people
):
    task = make_task(workbench, title="Call on 2026-12-24")
    led = mara.post(f"/tasks/{task.task_id}/propose", {"form": "propose"})
    page = mara.get(led.location).text
    assert "[date]" not in draft_of(workbench).description, "what is to be done is no reason"
    found = re.search(r'/yaml\?path=([^"]+)#line-(\d+)">Line \2</a>: name: Call on \[date\]', page)
    assert found is not None, "from the list one comes to the line"


def test_a_name_that_is_taken_is_refused_at_its_field_with_what_was_typed(mara: Visitor, bundle: Bundle):
    at = f"/bundles/{bundle.bundle_id}/propose"
    answer = mara.post(at, {"form": "propose", "name": "Blog post"})
    assert answer.status_code == 400
    assert "There is a template blog_post already" in answer.text
    assert 'value="Blog post"' in answer.text


def test_a_task_is_saved_for_the_partner_or_for_everybody_and_alone_as_a_template(
    mara: Visitor, workbench: Workbench, people
):
    task = make_task(workbench, title="Call the printer")
    at = f"/tasks/{task.task_id}"
    assert f'href="{at}/propose"' in mara.get(at).text
    page = mara.get(f"{at}/propose").text
    assert "It becomes a new template with one task" in page
    assert "For whom?" not in page
    assert mara.post(f"{at}/propose", {"form": "propose"}).status_code == 303
    assert draft_of(workbench).template_id == "call_the_printer"


def test_a_task_as_its_template_says_is_refused_on_the_page_that_asks_for_whom(
    mara: Visitor, workbench: Workbench, bundle: Bundle
):
    with workbench.reading(workbench.operator()) as tx:
        task = tx.find(Task, bundle_id=bundle.bundle_id)[0]
    at = f"/tasks/{task.task_id}/propose"
    assert "For Acme alone, as an override" in mara.get(at).text
    answer = mara.post(at, {"form": "propose", "whom": "everybody"})
    assert answer.status_code == 409
    assert "is as its template says: there is nothing to save" in answer.text


def test_whoever_may_not_change_templates_is_offered_nothing(ana: Visitor, workbench: Workbench, people):
    task = make_task(workbench, title="Call the printer", assignee="ana")
    assert "/propose" not in ana.get(f"/tasks/{task.task_id}").text
    assert ana.get(f"/tasks/{task.task_id}/propose").status_code == 403
    assert ana.post(f"/tasks/{task.task_id}/propose", {"form": "propose"}).status_code == 403
