"""A task's page shows the first of each list, says how many more there are, and leads to all of them (P3)."""

from __future__ import annotations

import re
from io import BytesIO

import pytest

from engine.app import Workbench
from engine.deliverables.models import Deliverable
from engine.tasks.models import Task
from tests.factories import make_bundle, make_task
from tests.web.conftest import Visitor
from web.pages import task as task_page

_MANY = 5


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_page, "MOST", 2)


@pytest.fixture
def task(workbench: Workbench, mara: Visitor) -> Task:
    """A task with five of everything that people add."""
    task = make_task(workbench, title="Call the printer")
    there = f"/tasks/{task.task_id}"
    for number in range(_MANY):
        answers = [
            mara.post(f"{there}/steps", {"form": "add_step", "title": f"Step {number}"}),
            mara.post(f"{there}/deliverables", {"form": "add", "ref": f"part_{number}", "type": "report"}),
            *(
                mara.post(
                    f"{there}/files",
                    {"form": "add_file", "label": label, "type": "note", "file": (BytesIO(text), "a.txt")},
                    content_type="multipart/form-data",
                )
                for label, text in ((f"file_{number}", b"one"), ("same", f"version {number}".encode()))
            ),
        ]
        assert [answer.status_code for answer in answers] == [303] * 4
    return task


def _panel(text: str, name: str) -> str:
    found = re.search(rf'<section class="panel" id="{name}".*?</section>', text, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("panel", "item", "more"),
    [
        ("steps", '<li class="step', "3 more steps"),
        ("deliverables", '<div class="item deliverable"', "3 more deliverables"),
        ("files", '<div class="item" id="file-', "4 more files"),
    ],
)
def test_a_long_list_is_cut_and_leads_to_its_rest(
    mara: Visitor, task: Task, panel: str, item: str, more: str
):
    address = f"/tasks/{task.task_id}"
    cut, whole = _panel(mara.get(address).text, panel), _panel(mara.get(f"{address}?whole=1").text, panel)
    assert cut.count(item) == 2
    assert f'<a href="{address}?whole=1#{panel}" data-rest>{more}</a>' in cut
    assert whole.count(item) == 2 + int(more.split(maxsplit=1)[0])
    assert "data-rest" not in whole


def test_earlier_versions_of_a_file_are_cut_too(mara: Visitor, task: Task):
    address = f"/tasks/{task.task_id}"
    same = _panel(mara.get(f"{address}?whole=1").text, "files")
    assert same.count('<div class="version">') == _MANY - 1
    assert "4 earlier versions" in same


def test_what_blocks_is_led_to_even_where_it_is_not_shown(mara: Visitor, workbench: Workbench):
    bundle = make_bundle(workbench, "blog_post", campaign="acme_spring", parameters={"topic": "Tents"})
    with workbench.reading(workbench.operator()) as tx:
        draft = next(
            one for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.template_task_ref == "draft"
        )
    found = mara.get(f"/tasks/{draft.task_id}").text
    blockers = found.split('aria-labelledby="blockers-title"')[1].split("</section>", maxsplit=1)[0]
    led = re.findall(rf'<a href="/tasks/{draft.task_id}\?whole=1#([^"]+)"', blockers)
    assert led
    whole = mara.get(f"/tasks/{draft.task_id}?whole=1").text
    assert [f'id="{anchor}"' in whole for anchor in led] == [True] * len(led)
    assert "?whole=1#" not in whole.split('aria-labelledby="blockers-title"')[1]


def test_a_refused_form_is_shown_wherever_it_stands(mara: Visitor, task: Task, workbench: Workbench):
    with workbench.reading(workbench.operator()) as tx:
        every = tx.find(Deliverable, task_id=task.task_id)
        last = next(row for row in every if row.ref == "part_4")
    form = {"form": f"deliverable-{last.deliverable_id}", "url": "javascript:alert(1)"}
    answer = mara.post(f"/tasks/{task.task_id}/deliverables/part_4", form)
    assert answer.status_code == 400
    assert 'class="field has-error"' in _panel(answer.text, "deliverables")
