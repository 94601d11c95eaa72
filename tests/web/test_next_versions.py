"""After a decision the next version is handed over on the page of its task."""

from __future__ import annotations

import re

import pytest

from engine.tasks.models import TaskStatus
from tests import factories
from tests.web.approval_desk import INTERNAL, chip, head, panel


@pytest.mark.parametrize(
    ("given", "facts"),
    [
        ({}, {"word_count": 900, "source": "Ben"}),
        ({"word_count": "800"}, {"word_count": 800, "source": "Ben"}),
        ({"source": ""}, {"word_count": 900}),
    ],
)
def test_the_next_version_has_the_facts_of_the_one_before_but_for_what_is_said(
    ana, desk, workbench, people, given, facts
):
    it = desk(INTERNAL, "draft").hand_over(word_count=900, source="Ben").request().decide("rejected", "No.")
    [first] = it.rows()
    typed = {"deliverable_id": first.deliverable_id, "url": "https://docs.example/2", "meta": given}
    factories.do(workbench, people["ana"], "task resubmit", **typed)
    assert [row.meta for row in it.rows()] == [first.meta, facts]


def test_resubmitting_hands_over_the_next_version_and_asks_again(ana, desk):
    it = desk(INTERNAL, "draft").hand_over(word_count=900).request().decide("rejected", "Too long.")
    [first] = it.rows()
    form = ana.get(it.path).text.split(f'id="next-{first.deliverable_id}"')[1].split("</form>")[0]
    assert "The facts are those of version 1: change what is different now." in form
    assert re.search(r'name="meta.word_count"[^>]* value="900"', form)
    answer = it.next(ana, first, "resubmit", **{"meta.word_count": "800"})
    assert answer.status_code == 303
    first, second = it.rows()
    assert answer.location.endswith(f"#deliverable-{second.deliverable_id}")
    assert (second.version_number, second.meta) == (2, {"word_count": 800})
    assert it.task.status is TaskStatus.PENDING_APPROVAL
    text = ana.get(it.path).text
    assert panel(text, "said") == ""
    shown = panel(text, "deliverables")
    assert "1 earlier version" in shown
    earlier = shown.split('class="earlier"')[1]
    assert "Too long." in earlier
    assert f"saw <code>{first.content_hash[:8]}</code>" in earlier
    assert f'href="/deliverables/{second.deliverable_id}/compare"' in shown


def test_only_handing_over_asks_nobody(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request().decide("rejected", "Too long.")
    assert it.next(ana, it.rows()[0], "hand_over").status_code == 303
    assert len(it.rows()) == 2
    assert it.task.status is TaskStatus.IN_PROGRESS


def test_resubmitting_one_of_two_says_which_other_is_missing_and_asks_nobody(ana, desk):
    it = desk(INTERNAL, "cover", "draft").hand_over().request().decide("rejected", "Last year's range.")
    assert "Approval is requested once “cover”" in panel(ana.get(it.path).text, "deliverables")
    cover, draft = it.rows()
    it.next(ana, draft, "resubmit")
    assert it.task.status is TaskStatus.IN_PROGRESS
    assert "“cover” was rejected too and needs its next version" in ana.get(it.path).text
    it.next(ana, cover, "resubmit")
    assert it.task.status is TaskStatus.PENDING_APPROVAL
    assert len(it.open_approvals()) == 2


def test_a_next_version_without_content_is_refused_at_its_form(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request().decide("rejected", "Too long.")
    answer = it.next(ana, it.rows()[0], "resubmit", url=" ", **{"meta.word_count": "800"})
    assert answer.status_code == 400
    form = answer.text.split('<details class="edit" id="next-')[1].split("</form>")[0]
    assert "give the address or the file of the new version" in form
    assert 'value="800"' in form
    assert len(it.rows()) == 1


def test_a_change_asked_for_is_handed_over_without_a_second_look(ana, desk):
    it = desk(INTERNAL, "draft").hand_over().request()
    it.decide("approved_pending_changes", "Name the tent in the headline.")
    text = ana.get(it.path).text
    assert "Name the tent in the headline." in panel(text, "said")
    shown = panel(text, "deliverables")
    assert "approved, change this" in chip(shown)
    assert "Hand over the change" in shown
    assert "Resubmit for approval" not in shown
    assert "The change that was asked for is still to be made." in text
    assert it.next(ana, it.rows()[0], "hand_over").status_code == 303
    text = ana.get(it.path).text
    assert "changed as asked" in chip(panel(text, "deliverables"))
    assert "Nothing stands in the way of completing this task.</p>" in text
    assert "Name the tent in the headline." not in head(text), "it was made"
    assert "1 of 1 done" in panel(text, "steps")
    assert ana.post(f"{it.path}/complete", {"form": "complete"}).status_code == 303
    assert it.task.status is TaskStatus.COMPLETED
