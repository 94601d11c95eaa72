"""What attempts made, on the page of their task: in place, compared, and downloaded by a short-lived link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO

import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action
from engine.executions import outputs
from engine.executions.executors.base import OutputFile
from engine.tasks import moves
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from tests import receiver
from tests.engine.executions.conftest import Office
from tests.engine.executions.making import Making, let_make
from tests.factories import make_task
from tests.web.conftest import Visitor
from web.context import AS_ACTOR
from web.views import outputs as views

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\n"
MARKDOWN = OutputFile(
    title="Report", body="# Week 48\n\nAll **done**, <script>alert(1)</script>.\n", format="md"
)


@dataclass
class Made:
    """Ana and Ben at the pages, and what makes files for a task of Ana's."""

    office: Office
    maker: Making
    ana: Visitor
    stranger: Visitor
    task: Task

    def run(self, *files: OutputFile) -> str:
        """Run the task, and return what its panel of outputs says, with its marks."""
        self.maker.files = files
        self.office.execute(self.task)
        self.office.work()
        text = self.ana.get(f"/tasks/{self.task.task_id}").text
        assert 'id="outputs"' in text
        return text[text.index('id="outputs"') : text.index('id="files"')]

    def again(self) -> None:
        """Have the task, which asks for a step, be to do again."""
        with self.office.workbench.transaction(self.office.people["mara"]) as tx:
            for status in (TaskStatus.IN_PROGRESS, TaskStatus.PENDING):
                moves.move(tx, tx.get(Task, self.task.task_id), status, MoveRequest(reason="Once more"))

    def address(self, place: int = 0) -> str:
        """The address of an output, the newest first."""
        with self.office.workbench.reading(self.office.people["ana"]) as tx:
            found = outputs.outputs_of(tx, tx.get(Task, self.task.task_id))
        return f"/tasks/{self.task.task_id}/outputs/{found[place].artifact.artifact_id}"


@pytest.fixture
def made(workbench: Workbench, app: Flask, people: dict[str, Actor]) -> Iterator[Made]:
    workbench.settings = replace(workbench.settings, private_calls=True, call_hosts="127.0.0.1")
    with receiver.opened() as program:
        office = Office(workbench, people, program)
        task = office.make()
        office.do("task add-step", task_id=task.task_id, title="Look at it", required=True)
        ana = Visitor.signed_in(app, people["ana"].user_id)
        yield Made(office, let_make(office), ana, Visitor(app.test_client()), task)


def test_a_task_without_outputs_has_no_place_for_them(made: Made):
    people = make_task(made.office.workbench, actor=made.office.people["ana"])
    assert 'id="outputs"' not in made.ana.get(f"/tasks/{people.task_id}").text


def test_what_comes_out_while_a_page_is_open_has_its_place_and_may_be_framed(made: Made):
    """The script puts regions in the place of those that are there, under the policy of the first answer."""
    for address in (f"/tasks/{made.task.task_id}", f"/tasks/{made.task.task_id}/track"):
        page = made.ana.get(address)
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
        assert re.search(r'id="(track-output|outputs)" data-live', page.text)


def test_markdown_is_read_as_what_it_becomes_and_runs_nothing(made: Made):
    panel = made.run(MARKDOWN)
    assert ">Week 48</h4>" in panel
    assert "<strong>done</strong>" in panel
    assert "<script>" not in panel
    assert "&lt;script&gt;" in panel
    assert f"MD, {len(str(MARKDOWN.body))} Bytes, made by api call in attempt 1" in panel


def test_of_a_table_the_first_rows_and_columns_are_shown(made: Made):
    rows = "\n".join(f"{number},<b>{number}</b>" + ",x" * 20 for number in range(200))
    panel = made.run(OutputFile(title="Figures", body=f"number,words{',more' * 20}\n{rows}\n", format="csv"))
    assert panel.count("<tr>") == 11
    assert panel.count('<th scope="col">') == 12
    assert "<td>&lt;b&gt;9&lt;/b&gt;</td>" in panel
    assert "There is more of it" in panel
    small = made.again() or made.run(OutputFile(title="Small", body="a,b\n1,2\n", format="csv"))
    assert "There is more of it" not in small[: small.index("Figures")]


def test_pictures_and_pdfs_are_shown_in_place_by_files_that_may_do_nothing(made: Made):
    picture = OutputFile(title="Picture", body=PNG, format="png")
    panel = made.run(OutputFile(title="Print", body=PDF, format="pdf"), picture)
    assert f'<img class="shown" src="{made.address(0)}/file" alt="Picture">' in panel
    assert f'<iframe class="shown" src="{made.address(1)}/file" title="Print">' in panel
    # As it was made, and as it was kept for who asks again.
    for page in (made.ana.get(f"/tasks/{made.task.task_id}") for _ in range(2)):
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    served = made.ana.get(f"{made.address(1)}/file")
    assert (served.data, served.headers["Content-Type"]) == (PDF, "application/pdf")
    assert served.headers["Content-Disposition"].startswith("inline")
    assert "default-src 'none'" in served.headers["Content-Security-Policy"]
    assert served.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_without_frames_allows_none(made: Made):
    people = make_task(made.office.workbench, actor=made.office.people["ana"])
    for address in (f"/tasks/{people.task_id}", f"/tasks/{people.task_id}/track"):
        page = made.ana.get(address)
        assert "frame-src" not in page.headers["Content-Security-Policy"]


def test_a_longer_text_or_another_kind_of_file_is_downloaded(made: Made):
    panel = made.run(OutputFile(title="Long", body="line\n" * 5000, format="txt"))
    assert "too long to show here" in panel
    assert "line" not in panel.replace("deadline", "")


def test_what_a_text_says_is_set_beside_the_version_before_it(made: Made):
    made.run(replace(MARKDOWN, body="# Week 48\n\nThree done.\n"))
    assert "/compare" not in made.ana.get(f"/tasks/{made.task.task_id}").text
    made.again()
    panel = made.run(replace(MARKDOWN, body="# Week 48\n\nFour done.\n"))
    assert f'href="{made.address()}/compare"' in panel
    assert "1 earlier version" in panel
    page = made.ana.get(f"{made.address()}/compare").text
    assert "<mark>Three</mark>" in page
    assert "<mark>Four</mark>" in page
    assert "Attempt 1" in page
    assert "Attempt 2" in page
    assert made.ana.get(f"{made.address(1)}/compare").status_code == 404


def test_a_download_leads_to_a_link_that_needs_no_session(made: Made):
    made.run(MARKDOWN)
    there = made.ana.get(f"{made.address()}/download")
    assert there.status_code == 303
    assert there.headers["Cache-Control"] == "no-store"
    got = made.stranger.get(there.location)
    assert got.data == str(MARKDOWN.body).encode()
    assert got.headers["Content-Disposition"] == "attachment; filename=Report.md"
    assert got.headers["Referrer-Policy"] == "no-referrer"


def test_a_link_ends_and_none_can_be_made_up(made: Made, monkeypatch: pytest.MonkeyPatch):
    made.run(MARKDOWN)
    there = made.ana.get(f"{made.address()}/download").location
    changed = re.sub(r"/outputs/(.)", lambda found: f"/outputs/{'A' if found[1] != 'A' else 'B'}", there)
    for wrong in (changed, "/outputs/nothing", f"{there}x"):
        answer = made.stranger.get(wrong)
        assert answer.status_code == 404
        assert "This link is over, or was none" in answer.text
    monkeypatch.setattr(views, "SECONDS_OF_A_LINK", -1)
    assert made.stranger.get(there).status_code == 404


def test_a_link_ends_with_the_rights_of_whom_it_was_made_for(made: Made):
    made.run(MARKDOWN)
    there = made.ana.get(f"{made.address()}/download").location
    workbench = made.office.workbench
    with workbench.transaction(workbench.operator()) as tx:
        user = tx.get(User, made.office.people["ana"].user_id)
        user.is_active = False
        tx.save(user)
        tx.record(Action.USER_CHANGED, user, "Left")
    assert made.stranger.get(there).status_code == 404


@pytest.mark.parametrize("rest", ["file", "download", "compare"])
def test_outputs_are_the_teams_who_see_the_task(made: Made, rest: str):
    made.run(MARKDOWN)
    address = f"{made.address()}/{rest}"
    assert made.stranger.get(address).status_code in (303, 401)
    partner = Visitor.signed_in(made.stranger.client.application, made.office.people["pat"].user_id)
    assert partner.get(address).status_code == 404
    other = made.office.make()
    elsewhere = address.replace(made.task.task_id, other.task_id)
    assert made.ana.get(elsewhere).status_code == 404


def test_an_output_stands_among_outputs_and_not_among_files_and_can_serve_as_proof(made: Made):
    made.run(MARKDOWN)
    mara = Visitor.signed_in(made.stranger.client.application, made.office.people["mara"].user_id)
    text = mara.get(f"/tasks/{made.task.task_id}").text
    files = text[text.index('id="files"') :]
    assert "Report.md" not in files[: files.index("</section>")]
    [form] = re.findall(r'action="(/tasks/\w+/files/art_\w+/approve)"', text)
    assert mara.post(form, {"revision": "1"}).status_code == 303
    assert "approved by" in mara.get(f"/tasks/{made.task.task_id}").text


def test_lost_bytes_are_said_to_be_lost_and_break_no_page(made: Made):
    made.run(MARKDOWN)
    folder = made.office.workbench.settings.blob_folder
    with made.office.workbench.reading(made.office.people["ana"]) as tx:
        [one] = outputs.outputs_of(tx, tx.get(Task, made.task.task_id))
    sha256 = str(one.artifact.sha256)
    assert folder is not None
    (folder / sha256[:2] / sha256).unlink()
    mara = Visitor.signed_in(made.stranger.client.application, made.office.people["mara"].user_id)
    assert "not here any more" in mara.get(f"/tasks/{made.task.task_id}").text


def test_bytes_of_an_output_are_given_to_programs_with_what_is_known_of_it(made: Made):
    made.run(MARKDOWN)
    as_ana = {"environ_overrides": {AS_ACTOR: made.office.people["ana"]}}
    told = made.ana.get(f"/api/tasks/{made.task.task_id}/outputs", **as_ana).json
    [one] = told["outputs"]
    assert (told["total"], one["title"], one["file_format"], one["executor"]) == (
        1,
        "Report",
        "md",
        "api_call",
    )
    content = made.ana.get(
        f"/api/tasks/{made.task.task_number}/outputs/{one['artifact_id']}/content", **as_ana
    )
    assert BytesIO(content.data).read() == str(MARKDOWN.body).encode()
