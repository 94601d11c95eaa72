"""The steps on a task's page: ticked, left out, added and taken back."""

from __future__ import annotations

import re
from html import unescape

import pytest

from engine.tasks.models import Step
from tests.factories import make_task


def test_steps_are_ticked_unticked_and_added(mara, workbench, find):
    task = make_task(workbench)
    here = f"/tasks/{task.task_id}/steps"
    assert mara.post(here, {"form": "add_step", "title": "Write it down"}).status_code == 303
    assert "Write it down" in mara.get(f"/tasks/{task.task_id}").text
    ref = find(Step, task_id=task.task_id)[0].ref
    assert mara.post(f"{here}/{ref}").status_code == 303
    assert find(Step, task_id=task.task_id)[0].is_completed
    assert mara.post(f"{here}/{ref}", {"undo": "1"}).status_code == 303
    assert not find(Step, task_id=task.task_id)[0].is_completed
    assert mara.post(here, {"form": "add_step", "title": ""}).status_code == 400
    assert mara.post(f"{here}/nothing").status_code == 404


def test_a_step_does_not_apply_with_a_reason_and_applies_again_by_the_same_press_as_a_tick(
    mara, article, find
):
    here, step = f"/tasks/{article.task_id}", find(Step, task_id=article.task_id, position=1)[0]
    form = {"form": f"leave_out-{step.ref}", "not_applicable": "The <guest> has no site."}
    done = mara.post(f"{here}/steps/{step.ref}/leave-out", form)
    assert done.location == f"{here}#step-{step.task_step_id}"
    page = mara.get(here).text
    assert "“" + step.title + "” is marked as not applicable." in unescape(page)
    assert "<strong>Does not apply:</strong> The &lt;guest&gt; has no site." in page
    assert f'aria-label="It applies after all: {step.title}"' in unescape(page)
    assert f"The step “{step.title}” is open" not in unescape(page)
    assert mara.post(f"{here}/steps/{step.ref}", {"undo": "1"}).status_code == 303
    assert f"The step “{step.title}” is open" in unescape(mara.get(here).text)


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_a_step_is_neither_left_out_nor_ticked(mara, article, find, reason):
    step = find(Step, task_id=article.task_id, position=1)[0]
    form = {"form": f"leave_out-{step.ref}", "not_applicable": reason}
    answer = mara.post(f"/tasks/{article.task_id}/steps/{step.ref}/leave-out", form)
    assert answer.status_code == 400
    assert re.search(r'<details class="menu step-menu" open>.*?class="error"', answer.text, re.DOTALL)
    after = find(Step, task_id=article.task_id, position=1)[0]
    assert (after.is_completed, after.is_left_out) == (False, False)


def test_an_added_step_may_be_required_and_is_taken_back_into_the_story_alone(mara, workbench):
    task = make_task(workbench)
    here = f"/tasks/{task.task_id}"
    mara.post(
        f"{here}/steps", {"form": "add_step", "title": "Ask the <owner>", "required": ["false", "true"]}
    )
    assert "The step “Ask the <owner>” is open" in unescape(mara.get(here).text)
    assert mara.post(f"{here}/steps/added_1/drop").status_code == 303
    page = mara.get(here).text
    assert 'class="step' not in page
    assert "The step “Ask the <owner>” is open" not in unescape(page)
    assert "Step “Ask the <owner>” taken back" in unescape(mara.get(f"/tasks/{task.task_id}/story").text)
