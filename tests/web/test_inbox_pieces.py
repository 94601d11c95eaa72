"""What is to be judged stands beside its decision in the inbox."""

from __future__ import annotations

import io
import re

import pytest

from engine.app import Workbench
from engine.artifacts import intake
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.tasks.models import Task, TaskStatus
from tests.desk import Desk
from tests.web.conftest import Visitor
from tests.web.test_inbox import main_of, text_of


@pytest.fixture
def desk(workbench: Workbench, people) -> Desk:
    return Desk.set_up(workbench, people)


def give(desk: Desk, task_id: str, content: bytes, name: str) -> None:
    """Let Ana hand over a file, as the next version where the last was judged, and ask for its approval."""
    got = intake.receive(desk.workbench.blobs, io.BytesIO(content), name, 10_000_000)
    file = {"blob": got.blob, "file_name": got.file_name, "content_type": got.content_type}
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        newest = max(tx.find(Deliverable, task_id=task_id), key=lambda row: row.version_number)
        change = versions.new_version if newest.is_frozen else versions.edit
        change(tx, newest.deliverable_id, **file)
        if tx.get(Task, task_id).status is not TaskStatus.PENDING_APPROVAL:
            approvals.request(tx, task_id)


def test_a_text_stands_beside_its_decision_with_what_changed_since_the_version_before(
    desk: Desk, mara: Visitor
):
    task_id = desk.hand_over()
    give(desk, task_id, b"# Spring\n\nThe first line.\nIt *stays*.\n", "draft.md")
    page = main_of(mara.get("/inbox"))
    assert "<em>stays</em>" in page
    assert "What changed since" not in page
    desk.decide(task_id, "rejected", "No.", by="max")
    give(desk, task_id, b"# Spring\n\nThe first sentence.\nIt *stays*.\n", "draft.md")
    page = main_of(mara.get("/inbox"))
    assert "What changed since version 1" in text_of(mara.get("/inbox"))
    changes = re.findall(r"<del>(.*?)</del><ins>(.*?)</ins>", page)
    assert changes == [("The first line.", "The first sentence.")]
    assert "1 changed line" in page


def test_a_picture_stands_beside_its_decision(desk: Desk, mara: Visitor):
    task_id = desk.hand_over()
    give(desk, task_id, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40), "cover.png")
    assert re.search(r'<img class="shown" src="/deliverables/dlv_\w+/file', main_of(mara.get("/inbox")))


def test_a_long_text_is_cut_beside_its_decision_and_says_so(desk: Desk, mara: Visitor):
    task_id = desk.hand_over()
    give(desk, task_id, "".join(f"Line <{n}>\n" for n in range(1, 200)).encode(), "long.txt")
    page = main_of(mara.get("/inbox"))
    assert "Line &lt;120&gt;" in page
    assert "Line &lt;121&gt;" not in page
    assert "These are its first 120 lines." in page


def test_the_settings_of_what_is_to_run_stand_beside_the_permission(desk: Desk, mara: Visitor):
    task_id = desk.make("Crawl", assignee=None)
    desk.change(
        task_id,
        requires_human_review=True,
        owner_id=desk.people["ana"].user_id,
        config={"depth": 3},
        tools=[{"tool": "crawler", "params": {"site": "acme.example"}}],
    )
    page = mara.get("/inbox").text
    assert '<dt>Depth</dt><dd class="pre-line">3</dd>' in page
    assert "Crawler with site: acme.example" in page
    assert page.index("Crawler with site") < page.index("Permit it to run")
