"""What stands out, and what does not: ten runs at least, and eight of ten of them (D13)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.evidence.figures import RevisionFigures, StepFigures, TaskFigures
from engine.evidence.findings import Kind, Trend, compare, since, stand_out


def revision(**figures: Any) -> RevisionFigures:
    """Return a revision with one task, which was completed in all runs where nothing else is said."""
    task = TaskFigures(ref="write", title="Write", **{"runs": 10, "completed": 10, **figures})
    return RevisionFigures(
        closure_hash="a", commit=None, name="Visit", pinned_at=datetime(2027, 1, 4, tzinfo=UTC), tasks=[task]
    )


def _step(ticked: int, runs: int = 10, left_out: int = 0) -> list[StepFigures]:
    return [StepFigures(ref="print", title="Print", runs=runs, ticked=ticked, left_out=left_out)]


TOO_SHORT = (
    "“Write” took longer than the template gives in 8 of 10 runs: 3.6 working days on average, "
    "where it gives 3."
)
STANDS_OUT: list[tuple[dict[str, Any], Kind, str]] = [
    (
        {"days": [(4, 3)] * 8 + [(2, 3)] * 2},
        Kind.TOO_SHORT,
        TOO_SHORT,
    ),
    (
        {"completed": 2, "skipped": 8, "skip_reasons": Counter({"Not needed": 7, "Too late": 1})},
        Kind.SKIPPED,
        "“Write” was skipped in 8 of 10 runs, mostly because of “Not needed”.",
    ),
    (
        {"steps": _step(ticked=2, left_out=5)},
        Kind.STEP_NOT_NEEDED,
        "The step “Print” of “Write” was not done in 8 of 10 runs, and said not to apply in 5 of them.",
    ),
    (
        {"judged": 10, "rejected": 9, "rejected_first": 8},
        Kind.SENT_BACK,
        "What “Write” hands over was sent back the first time in 8 of 10 runs.",
    ),
    (
        {"waited": 9, "waited_for": Counter({"Acme": 8, "": 1})},
        Kind.WAITED,
        "“Write” waited, mostly for Acme, in 9 of 10 runs.",
    ),
    ({"asked_for_help": 8}, Kind.HELP_NEEDED, "Whoever did “Write” had to ask for help in 8 of 10 runs."),
    (
        {"proven": 10, "proven_late": 10},
        Kind.PROOF_LATE,
        "The proof of “Write” came after its deadline in 10 of 10 runs.",
    ),
    (
        {"with_steps": 10, "ticked_at_one_go": 8},
        Kind.AT_ONE_GO,
        "All steps of “Write” were ticked within a minute in 8 of 10 runs.",
    ),
]


@pytest.mark.parametrize(("figures", "kind", "words"), STANDS_OUT, ids=[row[1].value for row in STANDS_OUT])
def test_what_was_so_in_most_runs_is_said_with_its_figures(figures: dict[str, Any], kind: Kind, words: str):
    [found] = stand_out(revision(**figures))
    assert (found.kind, found.words) == (kind, words)
    assert found.advice


def test_every_kind_is_in_the_table():
    assert {kind for _, kind, _ in STANDS_OUT} == set(Kind)


QUIET: list[tuple[str, dict[str, Any]]] = [
    ("seven of ten", {"days": [(6, 3)] * 7 + [(2, 3)] * 3}),
    ("nine runs", {"runs": 9, "completed": 9, "days": [(6, 3)] * 9, "asked_for_help": 9}),
    ("as long as it is given", {"days": [(3, 3)] * 20}),
    (
        "few of many were judged",
        {"runs": 40, "completed": 40, "judged": 5, "rejected": 5, "rejected_first": 5},
    ),
    ("sent back, but not the first time", {"judged": 10, "rejected": 10, "rejected_first": 2}),
    ("cancelled runs are no skipped ones", {"completed": 1, "cancelled": 9}),
    ("a step that is ticked", {"steps": _step(ticked=10)}),
    ("open runs say nothing", {"completed": 0, "waited": 10}),
]


@pytest.mark.parametrize("figures", [row[1] for row in QUIET], ids=[row[0] for row in QUIET])
def test_what_was_so_less_often_or_in_few_runs_is_not_said(figures: dict[str, Any]):
    assert stand_out(revision(**figures)) == []


def test_of_a_task_that_is_skipped_nothing_else_is_said():
    figures = {"completed": 2, "skipped": 10, "runs": 12, "steps": _step(0, runs=12), "waited": 12}
    assert [one.kind for one in stand_out(revision(**figures))] == [Kind.SKIPPED]


@pytest.mark.parametrize(
    ("newer", "trend", "words"),
    [
        (
            {"asked_for_help": 2},
            Trend.BETTER,
            "better, and stands out no more: 2 of 10 runs, and 8 of 10 before",
        ),
        (
            {"asked_for_help": 6},
            Trend.BETTER,
            "better, and stands out no more: 6 of 10 runs, and 8 of 10 before",
        ),
        (
            {"asked_for_help": 7},
            Trend.SAME,
            "about the same, and stands out no more: 7 of 10 runs, and 8 of 10 before",
        ),
        (
            {"asked_for_help": 9},
            Trend.SAME,
            "about the same, and still stands out: 9 of 10 runs, and 8 of 10 before",
        ),
        (
            {"asked_for_help": 10},
            Trend.WORSE,
            "worse, and still stands out: 10 of 10 runs, and 8 of 10 before",
        ),
        ({"completed": 3, "asked_for_help": 0}, None, "too few runs to say: 3 of the 10 that it takes"),
    ],
)
def test_a_newer_revision_tells_whether_it_helped(newer: dict[str, Any], trend: Trend | None, words: str):
    [found] = compare(revision(asked_for_help=8), revision(**newer))
    assert (found.trend, found.words) == (trend, words)


def test_the_runs_of_all_newer_revisions_are_counted_together():
    [finding] = stand_out(revision(asked_for_help=10))
    newer = [revision(completed=6, asked_for_help=1), revision(completed=6, asked_for_help=2)]
    found = since(finding, newer)
    assert found is not None
    assert found.words == "better, and stands out no more: 3 of 12 runs, and 10 of 10 before"


def test_how_much_later_is_the_middle_of_what_was_missing():
    [found] = stand_out(revision(days=[(4, 3)] * 5 + [(5, 3)] * 4 + [(60, 3)] * 2))
    assert (found.days, found.advice) == (2, "Let it be due 2 working days later.")
