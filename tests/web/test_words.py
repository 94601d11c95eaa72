"""Dates, Markdown, chips and forms as people read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from engine.bundles.models import BundleStatus, LinkState
from engine.tasks.known import KnownTask
from engine.tasks.states import TaskStatus
from tests.conftest import NOW
from web import format as formats
from web import markdown
from web.pages import meta_fields
from web.wording import chip_of, meanings


@dataclass
class DatedTask(KnownTask):
    """As much of a task as tells when it is due."""

    status: TaskStatus
    deadline: datetime | None


def owed(deadline: str, status: TaskStatus = TaskStatus.PENDING) -> DatedTask:
    """Return a task with a deadline; read at nine in the morning of 21 November, UTC."""
    return DatedTask(status, datetime.fromisoformat(deadline).astimezone(UTC))


@pytest.mark.parametrize(
    ("task", "text", "tone"),
    [
        (owed("2026-11-21T23:59:59+00:00"), "Sat 21 Nov, today", "soon"),
        (owed("2026-11-21T17:00+00:00"), "Sat 21 Nov, today until 17:00", "soon"),
        (owed("2026-11-21T08:30+00:00"), "Sat 21 Nov, late since 08:30", "late"),
        (owed("2026-11-22T08:30+00:00"), "Sun 22 Nov, tomorrow", "soon"),
        (owed("2026-11-27T23:59:59+00:00"), "Fri 27 Nov, in 6 days", ""),
        (owed("2026-11-20T23:59:59+00:00"), "Fri 20 Nov, 1 day late", "late"),
        (owed("2026-11-19T23:59:59+00:00"), "Thu 19 Nov, 2 days late", "late"),
        (owed("2027-01-04T23:59:59+00:00"), "Mon 4 Jan 2027, in 44 days", ""),
        # Days of calendars elsewhere: the 20th is not over yet in Honolulu, the 21st is on Kiritimati.
        (owed("2026-11-20T23:59:59-10:00"), "Sat 21 Nov, today until 09:59", "soon"),
        (owed("2026-11-21T17:00:00+14:00"), "Sat 21 Nov, late since 03:00", "late"),
        # What is not owed is not late.
        (owed("2026-11-20T23:59:59+00:00", TaskStatus.COMPLETED), "Fri 20 Nov, yesterday", ""),
        (owed("2026-11-19T23:59:59+00:00", TaskStatus.FAILED), "Thu 19 Nov, 2 days ago", ""),
        (owed("2026-11-21T08:30+00:00", TaskStatus.SKIPPED), "Sat 21 Nov, today", ""),
    ],
)
def test_when_a_task_is_due_is_said_in_words_by_its_deadline(app, task, text, tone):
    with app.test_request_context("/"):
        assert re.findall(r'class="due (\w*)".*>(.*)</time>', formats.due(task)) == [(tone, text)]


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3, minutes=10), "3 h ago"),
        (timedelta(days=2), "Thu 19 Nov, 09:00"),
    ],
)
def test_moments_just_passed_are_words(app, ago, text):
    with app.test_request_context("/"):
        assert formats.ago_text(NOW - ago) == text


def test_the_exact_time_names_its_zone(app):
    with app.test_request_context("/"):
        assert formats.exact_text(datetime(2026, 11, 27, 17, 0, tzinfo=UTC)) == (
            "Friday 27 November 2026, 17:00:00 UTC (UTC+0000)"
        )


def test_lengths_and_counts_are_words():
    assert formats.minutes_text(45) == "45 min"
    assert formats.minutes_text(210) == "3 h 30 min"
    assert formats.minutes_text(0) == "0 min"
    assert formats.plural(1, "proof") == "1 proof"
    assert formats.plural(2000, "task") == "2,000 tasks"


@pytest.mark.parametrize("status", [*TaskStatus, *BundleStatus, *LinkState])
def test_every_status_has_a_word_a_mark_and_a_meaning(status):
    chip = chip_of(status)
    assert chip.word
    assert chip.mark
    assert len(chip.meaning) > 3


def test_meanings_come_from_the_comments_in_the_code():
    assert meanings(TaskStatus)["waiting"] == "For an answer from outside; a follow-up date is set."


@pytest.mark.parametrize(
    "harmful",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        '<a href="javascript:alert(1)">x</a>',
        "<svg/onload=alert(1)>",
        "![x](https://evil.example/pixel.png)",
    ],
)
def test_markdown_can_do_no_harm(harmful):
    html = str(markdown.render(harmful))
    for part in ("<script", "<img", "<svg", '<a href="javascript:', '<a href="data:'):
        assert part not in html


def test_lines_end_where_people_end_them_and_flow_in_a_document():
    assert "<br" in markdown.render("one\ntwo")
    assert "<br" not in markdown.render("one\ntwo", is_document=True)


def test_markdown_renders_what_people_write():
    html = markdown.render("**bold** and [site](https://a.example)\n\n- one\n- two")
    assert "<strong>bold</strong>" in html
    assert 'rel="noopener noreferrer"' in html
    assert "<li>one</li>" in html


def test_headings_of_a_document_stand_under_the_page_and_leave_no_level_out():
    html = markdown.render("## First {#a}\n\n#### Deep\n\n## Second", below=2)
    assert html.count("<h3>") == 2
    assert "<h4>Deep</h4>" in html
    assert "{#a}" not in html


SHORT = {
    "word_count": "integer",
    "score": "number",
    "ready": "boolean",
    "published_url": "url",
    "names": "array",
}


def test_facts_become_typed_inputs():
    kinds = {field.name: (field.kind, field.input) for field in meta_fields.fields_of(SHORT)}
    assert kinds["word_count"] == ("integer", "number")
    assert kinds["published_url"] == ("string", "url")
    assert meta_fields.fields_of({"properties": {"a": {"enum": ["x", "y"]}}})[0].choices == ("x", "y")


def test_what_is_rendered_again_is_remembered_for_its_text_level_and_kind():
    text = "# Read this\n\nbefore\nyou begin"
    first = markdown.render(text)
    assert markdown.render(text) is first
    others = [
        markdown.render(text, below=3),
        markdown.render(text, is_document=True),
        markdown.render("2" + text),
    ]
    assert [("<h4>" in html, "<br" in html) for html in others] == [
        (True, True),
        (False, False),
        (False, True),
    ]


def test_no_more_is_remembered_than_its_measure_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(markdown, "_MOST_REMEMBERED", 3 * len("<p>text 0</p>\n"))
    monkeypatch.setattr(markdown, "_remembered", markdown._Remembered())
    texts = [f"text {number}" for number in range(4)]
    made = [markdown.render(text) for text in texts[:3]]
    assert markdown.render(texts[0]) is made[0]
    markdown.render(texts[3])
    assert markdown.render(texts[0]) is made[0]
    assert markdown.render(texts[1]) is not made[1]
    assert markdown.render("x" * 100) == markdown.render("x" * 100), "what is larger than all is rendered"
