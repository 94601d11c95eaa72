"""The page of a deliverable version: content, remarks, versions side by side, the decision in place."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.artifacts import intake
from engine.artifacts.link_copies import LinkCopy
from engine.deliverables import approvals, comments, decisions, versions
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.tasks.models import Task, TaskStatus
from tests import judged
from web.pages import deliverable as deliverable_page

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\n"
DRAFT = "# Spring\n\nThe first line.\nThe second line.\n"
JSON = {"Accept": "application/json"}


@dataclass
class Desk:
    """Ana's draft for a partner, handed over as often as it takes."""

    workbench: Workbench
    people: dict[str, Actor]
    task: Task
    row: Deliverable

    def give(self, data: str | bytes, name: str = "draft.md", **more) -> Deliverable:
        """Hand a file over, in place or as the next version."""
        stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
        got = intake.receive(self.workbench.blobs, stream, name, 10_000_000)
        newest = judged.versions_of(self.workbench, self.task)[-1]
        file = {"blob": got.blob, "file_name": got.file_name, "content_type": got.content_type}
        change = versions.new_version if newest.is_frozen else versions.edit
        with self.workbench.transaction(self.people["ana"]) as tx:
            return change(tx, newest.deliverable_id, **file, **more)

    def link(self, url: str) -> Deliverable:
        newest = judged.versions_of(self.workbench, self.task)[-1]
        with self.workbench.transaction(self.people["ana"]) as tx:
            return versions.edit(tx, newest.deliverable_id, url=url)

    def ask(self) -> Approval:
        return judged.ask(self.workbench, self.people["ana"], self.task)

    def decide(self, outcome: str = "approved", feedback: str | None = None, by: str = "mara") -> Approval:
        [waiting] = judged.open_ones(self.workbench, self.task)
        return judged.decide(self.workbench, self.people[by], waiting, outcome, feedback)

    def comment(
        self, body: str, by: str = "mara", row: Deliverable | None = None, **more
    ) -> DeliverableComment:
        with self.workbench.transaction(self.people[by]) as tx:
            return comments.add(tx, (row or self.row).deliverable_id, body, **more)

    def reopened(self, approval: Approval) -> Approval:
        with self.workbench.reading(self.people["mara"]) as tx:
            return tx.get(Approval, approval.task_approval_id)

    @property
    def task_status(self) -> TaskStatus:
        return judged.current(self.workbench, self.task).status


@pytest.fixture
def desk(workbench, people) -> Desk:
    task, row = judged.begin(workbench, people["mara"], ["internal", "portal"])
    return Desk(workbench, people, task, row)


def page_of(row: Deliverable, rest: str = "view") -> str:
    return f"/deliverables/{row.deliverable_id}/{rest}"


# -- looking -----------------------------------------------------------------------------------


def test_a_text_is_shown_with_numbered_lines_and_each_remark_under_its_line(desk, mara):
    desk.give(DRAFT)
    said = desk.comment("Shorter, please.", anchor={"line": 3})
    desk.comment("On all of it.")
    desk.comment("This line is gone.", anchor={"line": 99})
    text = mara.get(page_of(desk.row)).text
    line = re.search(r'<li id="line-3".*?</li>', text, re.DOTALL)[0]
    assert "The first line." in line
    assert f'id="comment-{said.deliverable_comment_id}"' in line
    assert "On all of it." not in line
    rest = text[text.index('id="comments"') :]
    assert "On all of it." in rest
    assert "on line 99" in rest
    assert 'id="line-5"' not in text


def test_markup_of_a_text_is_shown_as_text(desk, mara):
    desk.give("a < b\n<b>bold</b> {{ 7 * 7 }}\n")
    text = mara.get(page_of(desk.row)).text
    assert "&lt;b&gt;bold&lt;/b&gt; {{ 7 * 7 }}" in text


def test_of_many_remarks_the_latest_are_shown_and_the_others_are_a_step_away(desk, ana, monkeypatch):
    monkeypatch.setattr(deliverable_page, "MOST_COMMENTS", 2)
    said = [desk.comment(f"Remark {number}.").deliverable_comment_id for number in range(4)]
    there = page_of(desk.row)
    text = ana.get(there).text
    assert [f'id="comment-{one}"' in text for one in said] == [False, False, True, True]
    assert f'<a href="{there}?whole=1#comments" data-rest>2 more comments</a>' in text
    assert "4</span>" in text[text.index('id="comments"') :]
    whole = ana.get(f"{there}?whole=1").text
    assert [f'id="comment-{one}"' in whole for one in said] == [True] * 4
    assert "data-rest" not in whole


def test_of_many_decisions_the_latest_are_shown_and_the_others_are_a_step_away(desk, ana, monkeypatch):
    monkeypatch.setattr(deliverable_page, "MOST_DECISIONS", 2)
    desk.give("Draft.")
    for _ in range(3):
        desk.ask()
        with desk.workbench.transaction(desk.people["ana"]) as tx:
            approvals.withdraw(tx, desk.task.task_id)
    there = page_of(desk.row)
    text = ana.get(there).text
    assert text.count("withdrawn, ") == 2
    assert f'<a href="{there}?whole=1#decisions" data-rest>1 more decision</a>' in text
    assert ana.get(f"{there}?whole=1").text.count("withdrawn, ") == 3


def test_a_line_is_commented_on_without_a_script(desk, ana):
    desk.give(DRAFT)
    assert "comment-line" not in ana.get(page_of(desk.row)).text
    shown = ana.get(page_of(desk.row), query_string={"line": 4}).text
    form = shown[shown.index('id="line-4"') :]
    assert 'value="comment-line"' in form[: form.index("</li>")]
    sent = {"form": "comment-line", "line": "4", "body": "Mine."}
    answer = ana.post(page_of(desk.row, "comments"), sent)
    assert answer.status_code == 303
    assert "#comment-dcm_" in answer.location
    line = re.search(r'<li id="line-4".*?</li>', ana.get(page_of(desk.row)).text, re.DOTALL)[0]
    assert "Mine." in line


def test_a_remark_says_whom_it_calls(desk, ana):
    desk.give(DRAFT)
    ana.post(page_of(desk.row, "comments"), {"form": "comment", "body": "@mara, is this the right tone?"})
    assert "Ana</strong> to Mara Maier," in ana.get(page_of(desk.row)).text


def test_a_refused_remark_keeps_its_words_and_says_where(desk, ana):
    desk.give(PDF, "a.pdf")
    answer = ana.post(
        page_of(desk.row, "comments"), {"form": "comment", "page": "three", "body": "Kept words"}
    )
    assert answer.status_code == 400
    assert "Kept words" in answer.text
    assert "must be a whole number" in answer.text
    empty = ana.post(page_of(desk.row, "comments"), {"form": "comment", "body": " "})
    assert empty.status_code == 400
    assert "must be given" in empty.text
    assert (
        ana.post(page_of(desk.row, "comments"), {"form": "comment", "page": "2", "body": "x"}).status_code
        == 303
    )
    quoted = {"form": "comment", "quote": "these words", "body": "y"}
    assert ana.post(page_of(desk.row, "comments"), quoted).status_code == 303
    text = ana.get(page_of(desk.row)).text
    assert "on page 2" in text
    assert "“these words”" in text


@pytest.mark.parametrize(
    ("data", "name", "mark"),
    [
        (PNG, "a.png", '<img class="shown"'),
        (PDF, "a.pdf", '<iframe class="shown" src="/deliverables/'),
        ("<!doctype html><p>Hello</p>", "a.html", '<iframe class="shown" sandbox src="/deliverables/'),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "a.svg", '<iframe class="shown" sandbox'),
        (bytes(range(256)), "a.sketch", "This kind of file is not shown here."),
        ("x" * 500_000, "a.txt", "This text is too long to show here."),
    ],
)
def test_a_file_is_shown_in_the_way_of_its_kind_and_can_be_downloaded(desk, mara, data, name, mark):
    row = desk.give(data, name)
    answer = mara.get(page_of(row))
    assert mark in answer.text
    assert f'download=1" download>Download {name}</a>' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "frame-src" not in mara.get("/board").headers["Content-Security-Policy"]


def test_an_empty_file_of_an_earlier_release_is_said_to_be_empty(desk, mara, monkeypatch):
    """Today none is taken (``test_intake.py``); what was handed over before is still shown."""
    monkeypatch.setattr(intake, "check_content", lambda _file, _name: "text/plain")
    row = desk.give("", "a.txt")
    answer = mara.get(page_of(row))
    assert "The file is empty." in answer.text
    assert 'download=1" download>Download a.txt</a>' in answer.text
    assert mara.get(page_of(row, "file")).data == b""


def test_bytes_that_are_lost_are_said_to_be_lost(desk, mara, workbench):
    row = desk.give(DRAFT)
    workbench.blobs.path(row.sha256).unlink()
    answer = mara.get(page_of(row))
    assert answer.status_code == 200
    assert "Restore the blob folder" in answer.text
    assert mara.get(page_of(row, "file")).status_code == 404


def test_the_page_says_where_a_version_stands_through_its_life(desk, mara, ana):
    assert "Nothing was handed over yet." in ana.get(page_of(desk.row)).text
    desk.give(DRAFT)
    desk.ask()
    assert "waits for you" in mara.get(page_of(desk.row)).text
    assert "waits for the team" in ana.get(page_of(desk.row)).text
    desk.decide("rejected", "The title is wrong.")
    text = ana.get(page_of(desk.row)).text
    assert "rejected" in text
    assert "The title is wrong." in text
    assert "frozen" in text
    second = desk.give(DRAFT + "More.\n")
    text = ana.get(page_of(second)).text
    assert "version 2" in text
    assert page_of(desk.row) in text
    desk.ask()
    desk.decide()
    text = mara.get(page_of(second)).text
    assert "delivered to Acme" in text
    desk.decide("approved_pending_changes", "One word.", by="pat")
    third = desk.give(DRAFT + "One word.\n")
    assert "changed after approval" in mara.get(page_of(third)).text
    assert "changed after approval" not in mara.get(page_of(second)).text


def test_an_outside_address_is_shown_with_the_copy_of_what_was_seen_or_why_there_is_none(
    desk, mara, workbench
):
    desk.link("https://docs.example/draft")
    waiting = desk.ask()
    text = mara.get(page_of(desk.row)).text
    assert 'href="https://docs.example/draft"' in text
    assert "open it before you judge it" in text
    blob = workbench.blobs.put(io.BytesIO(b"<!doctype html><script>alert(1)</script>"), 1000)
    kept = LinkCopy(
        url="https://docs.example/draft", blob=blob, file_name="draft.html", content_type="text/html"
    )
    with workbench.transaction(desk.people["mara"]) as tx:
        seen = tx.get(Deliverable, desk.row.deliverable_id).content_hash
        decisions.decide(tx, waiting.task_approval_id, "approved", seen=seen, copy=kept)
    copy = page_of(desk.row, f"copies/{waiting.task_approval_id}")
    assert copy in mara.get(page_of(desk.row)).text
    served = mara.get(copy)
    assert served.data.endswith(b"</script>")
    assert served.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    [portal] = judged.open_ones(workbench, desk.task)
    with workbench.transaction(desk.people["pat"]) as tx:
        failed = LinkCopy(url="https://docs.example/draft", failure="docs.example did not answer.")
        decisions.decide(tx, portal.task_approval_id, "approved", seen=seen, copy=failed)
    assert "docs.example did not answer." in mara.get(page_of(desk.row)).text
    assert mara.get(page_of(desk.row, f"copies/{portal.task_approval_id}")).status_code == 404


@pytest.mark.few(4)
@pytest.mark.parametrize("name", ["ben", "bot", "pat"])
@pytest.mark.parametrize("path", ["view", "file", "compare", "copies/apr_x"])
def test_who_does_not_see_the_work_sees_nothing_of_its_versions(desk, as_user, name, path):
    desk.give(DRAFT)
    assert as_user(name).get(page_of(desk.row, path)).status_code == 404
    assert as_user(name).post(page_of(desk.row, "comments"), {"body": "x"}).status_code == 404


# -- side by side ------------------------------------------------------------------------------


def two_versions(
    desk: Desk, first: str | bytes, second: str | bytes, name: str = "draft.md"
) -> list[Deliverable]:
    desk.give(first, name)
    desk.ask()
    desk.decide("rejected", "Again.")
    desk.give(second, name)
    return judged.versions_of(desk.workbench, desk.task)


def test_two_texts_are_compared_line_by_line_with_their_words_marked_and_the_rest_folded(desk, mara):
    same = [f"Line {n}" for n in range(1, 31)]
    old, new = [*same, "The quick brown fox", "gone"], [*same, "The quick red fox"]
    first, second = two_versions(desk, "\n".join(old), "\n".join(new))
    desk.comment("About the first.", row=first)
    desk.comment("About the second.", row=second)
    text = mara.get(page_of(second, "compare")).text
    assert "<mark>brown</mark>" in text
    assert "<mark>red</mark>" in text
    assert "<mark>gone</mark>" in text
    assert "27 unchanged lines" in text
    assert "Line 28" in text
    assert ">Line 5<" not in text
    assert text.index("About the first.") < text.index("About the second.")
    assert (
        mara.get(page_of(first, "compare"), query_string={"with": second.deliverable_id}).text.count("<mark>")
        == 3
    )
    whole = mara.get(page_of(second, "compare"), query_string={"with": first.deliverable_id, "whole": 1}).text
    assert ">Line 5<" in whole


def test_facts_that_changed_are_marked(desk, mara):
    desk.give(DRAFT, meta={"word_count": 900, "tone": "calm"})
    desk.ask()
    desk.decide("rejected", "Again.")
    second = desk.give(DRAFT, meta={"word_count": 1200})
    text = mara.get(page_of(second, "compare")).text
    assert "<mark>900</mark>" in text
    assert "<mark>1200</mark>" in text
    assert "<mark>calm</mark>" in text
    assert "Both versions hold the same bytes." in text


def test_pictures_stand_side_by_side(desk, mara):
    _, second = two_versions(desk, PNG, PNG + b"\x00", "a.png")
    text = mara.get(page_of(second, "compare")).text
    assert text.count('<img class="shown"') == 2
    assert 'class="diff"' not in text


def test_what_is_no_version_of_the_same_thing_is_not_compared(desk, mara, workbench, people):
    assert mara.get(page_of(desk.row, "compare")).status_code == 404
    _, second = two_versions(desk, "a", "b")
    _, other = judged.begin(workbench, people["mara"])
    for wrong in (other.deliverable_id, second.deliverable_id, "dlv_x"):
        answer = mara.get(page_of(second, "compare"), query_string={"with": wrong})
        assert answer.status_code == 404, wrong


# -- places that are not there (R25) -----------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "place", "said"),
    [
        (DRAFT, "draft.md", {"line": 5}, "there is no line 5: draft.md has 4 lines"),
        (DRAFT, "draft.md", {"line": 200}, "there is no line 200: draft.md has 4 lines"),
        ("One line", "draft.txt", {"line": 2}, "there is no line 2: draft.txt has 1 line"),
        ("a\r\nb\r\n", "draft.txt", {"line": 3}, "there is no line 3: draft.txt has 2 lines"),
        (
            DRAFT,
            "draft.md",
            {"page": 1},
            "there is no page 1: draft.md has no pages; quote the words instead",
        ),
        (PNG, "plan.png", {"page": 2}, "there is no page 2: plan.png has no pages; quote the words instead"),
        (
            PNG,
            "plan.png",
            {"line": 1},
            "there is no line 1: plan.png is no text, so it has no lines; name a page or quote the words",
        ),
        (
            PDF,
            "plan.pdf",
            {"line": 1},
            "there is no line 1: plan.pdf is no text, so it has no lines; name a page or quote the words",
        ),
    ],
)
def test_a_remark_on_a_place_that_is_not_there_is_refused(desk, mara, data, name, place, said):
    """R25: with what there is, and nothing is kept."""
    row = desk.give(data, name)
    answer = mara.post(page_of(row, "comments"), {"form": "comment", "body": "Shorter.", **place})
    assert answer.status_code == 400
    assert said in html.unescape(answer.text)
    assert "Shorter." in answer.text
    assert kept(desk) == []
    of_line = mara.post(page_of(row, "comments"), {"form": "comment-line", "body": "Shorter.", **place})
    assert said in html.unescape(of_line.text)
    assert "Shorter." in of_line.text


@pytest.mark.few(4)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "9999999999", ""])
@pytest.mark.parametrize("field", ["line", "page"])
def test_a_place_that_is_no_number_is_refused(desk, mara, field, value):
    row = desk.give(PDF if field == "page" else DRAFT, f"draft.{'pdf' if field == 'page' else 'md'}")
    answer = mara.post(page_of(row, "comments"), {"form": "comment", "body": "Shorter.", field: value})
    assert answer.status_code == (303 if value == "" else 400)
    assert len(kept(desk)) == (1 if value == "" else 0)


@pytest.mark.parametrize(
    ("data", "name", "place"),
    [
        (DRAFT, "draft.md", {"line": 4}),
        ("<p>a</p>\n<p>b</p>", "draft.html", {"line": 2}),
        (PDF, "plan.pdf", {"page": 7}),
    ],
)
def test_a_remark_on_a_place_that_is_there_is_kept(desk, mara, data, name, place):
    row = desk.give(data, name)
    assert (
        mara.post(page_of(row, "comments"), {"form": "comment", "body": "Shorter.", **place}).status_code
        == 303
    )
    assert [item.anchor for item in kept(desk)] == [place]


def test_an_address_has_no_lines(desk, mara):
    row = desk.link("https://acme.example/draft")
    answer = mara.post(page_of(row, "comments"), {"form": "comment", "body": "Shorter.", "line": 1})
    assert (answer.status_code, kept(desk)) == (400, [])
    assert "has no file, so it has no lines" in html.unescape(answer.text)
    assert mara.post(page_of(row, "comments"), {"form": "comment", "body": "b", "page": 2}).status_code == 303


def kept(desk: Desk) -> list[DeliverableComment]:
    with desk.workbench.reading(desk.people["mara"]) as tx:
        return tx.find(DeliverableComment)
