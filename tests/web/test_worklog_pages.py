"""The pages of worklogs: a manager reads, edits and sends; the partner's people read what was sent."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from engine.app import Workbench
from engine.worklogs import service
from engine.worklogs.models import WorkLog
from tests.desk import PORTAL
from tests.engine.worklogs.house import House
from tests.web.conftest import Visitor
from tests.web.test_reminder_pages import words_of

HOSTILE = '#read("/etc/passwd") $x$ <script>alert(1)</script> [a](javascript:alert(1)) *b* `c` {{ d }} \\'


@pytest.fixture
def house(workbench: Workbench, people) -> House:
    return House.set_up(workbench, people)


@pytest.fixture
def draft(house: House) -> WorkLog:
    task_id = house.shown("Write: Tea", "draft", PORTAL, bundle_id=house.bundle("Tea in winter"))
    house.desk.decide(task_id, "approved", by="pat")
    return house.make()


def address(worklog: WorkLog, more: str = "") -> str:
    return f"/worklogs/{worklog.worklog_id}{more}"


def test_a_manager_finds_the_drafts_reads_one_and_sees_what_it_was_made_of(as_user, draft: WorkLog):
    mara: Visitor = as_user("mara")
    listed = mara.get("/worklogs?status=draft").text
    assert "Acme spring, 16 to 22 November 2026" in listed
    page = mara.get(address(draft)).text
    assert "We finished “Write: Tea” and handed “Draft” over to you; you approved it." in page
    assert "What it was made of" in page
    assert f"/tasks/{draft.entries[0]['task_id']}" in page


def test_a_manager_changes_the_words_and_sends_them_once(as_user, house: House, draft: WorkLog):
    mara: Visitor = as_user("mara")
    done = mara.post(address(draft, "/edit"), {"body": "**Tea** is done.", "revision": draft.revision})
    assert done.status_code == 303
    assert "<strong>Tea</strong> is done." in mara.get(address(draft)).text
    revision = house.read(draft).revision
    assert mara.post(address(draft, "/send"), {"revision": revision}).status_code == 303
    page = mara.get(address(draft)).text
    assert "by Mara" in page
    assert "Send it to" not in page
    again = mara.post(address(draft, "/send"), {"form": "send"}, follow_redirects=True)
    assert "was sent already, on" in again.text


def test_what_somebody_changed_meanwhile_is_not_sent_unseen(as_user, house: House, draft: WorkLog):
    house.act("max", service.edit, draft.worklog_id, "Other words")
    refused = as_user("mara").post(
        address(draft, "/send"), {"revision": draft.revision, "form": "send"}, follow_redirects=True
    )
    assert "changed by somebody else" in refused.text
    assert not house.read(draft).is_sent


def test_a_draft_is_made_again_and_edits_go_only_when_that_is_said(as_user, house: House, draft: WorkLog):
    mara: Visitor = as_user("mara")
    mara.post(address(draft, "/edit"), {"body": "Mine", "revision": draft.revision})
    refused = mara.post(address(draft, "/make"), {"form": "make"}, follow_redirects=True)
    assert "discards what was written" in refused.text
    assert house.read(draft).body == "Mine\n"
    assert mara.post(address(draft, "/make"), {"discard_edits": "true"}).status_code == 303
    assert not house.read(draft).is_edited


def test_one_is_made_of_another_week_from_the_list(as_user, house: House, draft: WorkLog):
    mara: Visitor = as_user("mara")
    made = mara.post("/worklogs", {"campaign": "acme_spring", "week": "2026-11-11"})
    assert made.status_code == 303
    page = mara.get(made.headers["Location"]).text
    assert "Nothing of this week may be told" in page
    assert "Send it to" not in page
    given = {"campaign": "acme_spring", "week": "2026-11-30", "form": "make-worklog"}
    early = mara.post("/worklogs", given, follow_redirects=True)
    assert "is over on Mon 07 Dec 2026" in early.text


def test_the_partners_people_read_what_was_sent_to_them_and_nothing_of_how(
    as_user, house: House, draft: WorkLog
):
    pat: Visitor = as_user("pat")
    assert "No worklog yet" in pat.get("/worklogs").text
    assert pat.get(address(draft)).status_code == 404
    assert pat.get(address(draft, "/file?format=html")).status_code == 404
    house.act("mara", service.send, house.content, draft.worklog_id)
    listed, page = pat.get("/worklogs").text, pat.get(address(draft)).text
    assert "Acme spring, 16 to 22 November 2026" in listed
    assert "We finished “Write: Tea”" in page
    for hidden in ("Mara", "What it was made of", "/tasks/", "/campaigns/", "Change the words"):
        assert hidden not in page, hidden
    for name in ("gil", "ana"):
        other: Visitor = as_user(name)
        assert other.get(address(draft)).status_code == 404
        assert draft.worklog_id not in other.get("/worklogs").text
    assert as_user("ana").get("/worklogs").status_code == 403


def test_only_managers_are_offered_what_only_they_may_do(as_user, draft: WorkLog):
    page = as_user("sam").get(address(draft)).text
    assert "We finished “Write: Tea”" in page
    assert "Send it to" not in page
    assert "Make it again" not in page
    assert as_user("sam").post(address(draft, "/send")).status_code == 403


@pytest.mark.parametrize(
    ("form", "content_type", "begins"),
    [
        ("markdown", "text/markdown; charset=utf-8", b"# Acme spring, 16 to 22 November 2026\n\n## Tea"),
        ("html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("pdf", "application/pdf", b"%PDF-"),
    ],
)
def test_it_leaves_as_a_file_that_no_browser_opens_here(
    as_user, draft: WorkLog, form: str, content_type: str, begins: bytes
):
    got = as_user("mara").get(address(draft, f"/file?format={form}"))
    assert got.headers["Content-Type"] == content_type
    assert got.headers["Content-Disposition"].startswith('attachment; filename="worklog-2026-11-16.')
    assert got.data.startswith(begins)


def test_a_form_that_there_is_not_is_refused(as_user, draft: WorkLog):
    got = as_user("mara").get(address(draft, "/file?format=docx"))
    assert got.status_code == 400
    assert "use markdown, html, pdf" in got.text


def test_whatever_work_is_called_is_text_in_every_form(as_user, house: House):
    house.done(HOSTILE, bundle_id=house.bundle(HOSTILE))
    worklog = house.make()
    mara: Visitor = as_user("mara")
    page = mara.get(address(worklog)).text
    files = {form: mara.get(address(worklog, f"/file?format={form}")).data for form in ("html", "pdf")}
    for html in (page, files["html"].decode()):
        assert "<script>alert" not in html
        assert "javascript:alert(1)&#34;" not in html
        assert 'href="javascript:' not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; [a](javascript:alert(1)) *b* `c` {{ d }} \\" in html
    text = PdfReader(BytesIO(files["pdf"])).pages[0].extract_text()
    seen = " ".join(text.split())
    assert seen.count('#read("/etc/passwd") $x$ <script>alert(1)</script>') == 2
    assert "root:" not in seen
    assert b"/URI" not in files["pdf"]


def test_without_what_makes_pdfs_none_is_offered_and_whoever_asks_is_told(
    as_user, draft: WorkLog, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("web.pdf.is_possible", lambda: False)
    mara: Visitor = as_user("mara")
    assert "format=pdf" not in mara.get(address(draft)).text
    got = mara.get(address(draft, "/file?format=pdf"))
    assert got.status_code == 503
    assert "pip install &#39;workbench[pdf]&#39;" in got.text


def test_a_page_says_when_there_is_none_and_how_one_comes_about(as_user, house: House, app: Flask):
    page = as_user("mara").get("/worklogs").text
    assert "No worklog yet" in page
    assert "Drafts are made on Monday morning" in page


def test_the_inbox_leads_whoever_sends_to_the_draft_and_the_partners_people_to_what_was_sent(
    as_user, house: House, draft: WorkLog
):
    mara, pat = as_user("mara"), as_user("pat")
    waiting = mara.get(f"/inbox?item={draft.worklog_id}").text
    assert f'href="{address(draft)}">Read it, and send it</a>' in waiting
    assert mara.post(address(draft, "/send"), {"revision": draft.revision}).status_code == 303
    assert "The worklog of Acme spring, 16 to 22 November 2026 is no longer here" in words_of(
        mara.get(f"/inbox?item={draft.worklog_id}").text
    )
    page = pat.get("/inbox").text
    assert "For you to read" in page
    assert "<h1>Inbox</h1>" in page, "nothing waits for an approval"
    assert f'href="{address(draft)}">Read it</a>' in page
    name = page.split('name="item" value="')[1].split('"')[0]
    assert pat.post("/inbox/seen", {"item": name, "form": "seen-item"}).status_code == 303
    assert "Worklog of" not in pat.get("/inbox").text
    assert "It is under" in pat.get(f"/inbox?item={draft.worklog_id}").text
