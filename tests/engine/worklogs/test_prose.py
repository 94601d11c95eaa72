"""A worklog is prose: a section per bundle, a paragraph per day, one sentence per task (OPQ-22)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.worklogs import prose
from engine.worklogs.entries import Entry
from tests.engine.worklogs.house import MONDAY

TUESDAY = date(2026, 11, 17)


def entry(event: str, task: str = "Write: Tea", **given: Any) -> Entry:
    base = {"event_id": "evt", "day": MONDAY, "task_id": task, "bundle_id": "bnd", "bundle": "Tea in winter"}
    return Entry(**{**base, "event": event, "task": task, **given})


def done(task: str = "Write: Tea", **given: Any) -> Entry:
    return entry("task_completed", task, **given)


def handed(what: str, **given: Any) -> Entry:
    return entry("deliverable_delivered", what=what, **given)


def approved(what: str, **given: Any) -> Entry:
    return entry("partner_approved", what=what, **given)


def stage(name: str, **given: Any) -> Entry:
    return entry("stage_changed", stage=name, **given)


PUT = "we put “{{ what }}” online at {{ address }}"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([done()], "We finished “Write: Tea”."),
        ([handed("Draft")], "We handed “Draft” of “Write: Tea” over to you."),
        ([approved("Draft")], "You approved “Draft” of “Write: Tea”."),
        ([stage("after event")], "With “Write: Tea” the work reached the stage “after event”."),
        ([done(), handed("Draft")], "We finished “Write: Tea” and handed “Draft” over to you."),
        ([handed("Draft"), done()], "We finished “Write: Tea” and handed “Draft” over to you."),
        (
            [done(), handed("Draft"), approved("Draft")],
            "We finished “Write: Tea” and handed “Draft” over to you; you approved it.",
        ),
        (
            [done(), handed("Draft"), handed("Figures"), approved("Figures"), approved("Draft")],
            "We finished “Write: Tea” and handed “Draft” and “Figures” over to you; you approved both.",
        ),
        (
            [handed("A"), handed("B"), handed("C"), approved("A"), approved("B"), approved("C")],
            "We handed “A”, “B” and “C” of “Write: Tea” over to you; you approved all of them.",
        ),
        (
            [handed("A"), handed("B"), approved("B")],
            "We handed “A” and “B” of “Write: Tea” over to you; you approved “B”.",
        ),
        ([done(), approved("Draft")], "We finished “Write: Tea”; you approved “Draft”."),
        (
            [done(), stage("published")],
            "We finished “Write: Tea”; the work reached the stage “published”.",
        ),
        ([done(words="we published “{{ task }}”")], "We published “Write: Tea”."),
        (
            [done(words="we published “{{ task }}”"), handed("Draft")],
            "We published “Write: Tea” and handed “Draft” over to you.",
        ),
        ([done(words="“{{ task }}” is live!")], "“Write: Tea” is live!"),
        (
            [done(), handed("Page", words=PUT, address="https://a.example/b_c")],
            "We finished “Write: Tea” and put “Page” online at <https://a.example/b_c>.",
        ),
        (
            [done(), handed("Page", words=PUT)],
            "We finished “Write: Tea” and handed “Page” over to you.",
        ),
        (
            [done(), handed("Page", words=PUT, address="https://a.example/x> y")],
            "We finished “Write: Tea” and handed “Page” over to you.",
        ),
        ([done(words="we did {{task}} *well*")], r"We did Write: Tea \*well\*."),
        ([done("Is it tea?", words="we asked: {{ task }}")], "We asked: Is it tea?"),
    ],
)
def test_what_happened_to_a_task_on_a_day_is_one_sentence(entries: list[Entry], said: str):
    assert prose.sentence(entries) == said


def test_sections_are_bundles_and_paragraphs_are_days_in_their_order():
    told = [
        done("Last", day=TUESDAY),
        done("First"),
        done("Other bundle", bundle_id="2", bundle="Coffee #1"),
        done("Alone", bundle_id=None, bundle=None),
        done("Second"),
    ]
    assert prose.render(told) == (
        "## Tea in winter\n\n"
        "**Monday, 16 November.** We finished “First”. We finished “Second”.\n\n"
        "**Tuesday, 17 November.** We finished “Last”.\n\n"
        "## Coffee \\#1\n\n"
        "**Monday, 16 November.** We finished “Other bundle”.\n\n"
        "## Other work\n\n"
        "**Monday, 16 November.** We finished “Alone”.\n"
    )


def test_work_outside_of_bundles_alone_has_no_heading():
    assert prose.render([done(bundle_id=None, bundle=None)]) == (
        "**Monday, 16 November.** We finished “Write: Tea”.\n"
    )


def test_nothing_is_told_in_no_words():
    assert prose.render([]) == ""


def test_an_entry_is_kept_as_data_and_made_of_it_again():
    for one in (done(), handed("Draft", address="https://a.example", words=PUT), stage("published")):
        assert Entry.from_data(one.to_data()) == one
