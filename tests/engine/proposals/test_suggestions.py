"""What each finding becomes in the text of a template or an override, and what is left to people (D13)."""

from __future__ import annotations

import difflib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.catalog.catalog import Catalog
from engine.catalog.content import Content
from engine.evidence.figures import RevisionFigures, Share, StepFigures, TaskFigures
from engine.evidence.findings import Finding, Kind
from engine.proposals.changing import Drafted, changed_text, new_problems
from engine.proposals.overlay import text_of
from engine.proposals.suggestions import NotSuggested, Suggestion, suggest
from tests.engine.catalog.conftest import ContentRepo

TEMPLATE = """\
key: visit
name: Visit
task_type: article
approval: {required: false}
parameters: {type: object, properties: {day: {type: string, format: date, title: Day}}}
links: [{name: Paper}]
tasks:
  - ref: prepare  # first of all
    title: Prepare
    steps:
      - {ref: read, title: Read}
      - {ref: print, title: Print, required: false}
    offset_days: -9
  - ref: write
    title: Write
    DUE
    depends_on: [prepare]
  - {ref: agree, title: Agree, depends_on: [write, prepare], offset_days: 90}
  - {ref: file, title: File it, fills_link: Paper, proof: [{kind: url, label: Paper}]}
"""
ACME = """\
overrides: visit
partner: acme
reason: They want it so.
tasks:
  - {ref: prepare, steps: [{ref: call, title: Call}]}
"""


@pytest.fixture
def repo(repo: ContentRepo) -> ContentRepo:
    put(repo)
    return repo


def put(repo: ContentRepo, due: str = "offset_days: -5", acme: str = "") -> None:
    """Write the template with another due date, and an override."""
    repo.put("task_templates/visit.yaml", TEMPLATE.replace("DUE", due))
    if acme:
        repo.put("task_templates/partners/acme/visit.yaml", acme)


def read(repo: ContentRepo) -> Content:
    repo.commit()
    return Catalog(Path(repo.folder)).content()


def suggested(
    repo: ContentRepo,
    finding: Finding,
    *,
    whom: tuple[tuple[str, str], ...] = (),
    figures: dict[str, Any] | None = None,
    remarks: tuple[str, ...] = (),
) -> tuple[Content, Suggestion | NotSuggested]:
    """Return what is suggested for a finding about the template as it is now."""
    content = read(repo)
    pinned = content.resolve("visit", **dict(whom))
    task = TaskFigures(
        ref=finding.task, title="", steps=[StepFigures(ref="print", title="")], **(figures or {})
    )
    revision = RevisionFigures(
        closure_hash=pinned.closure_hash,
        commit=None,
        name="Visit",
        pinned_at=datetime(2027, 1, 4, tzinfo=UTC),
        overridden=whom,
        tasks=[task],
    )
    return content, suggest(content, pinned, revision, finding, remarks=remarks)


def finding(kind: Kind, task: str = "write", *, count: int = 20, **more: Any) -> Finding:
    return Finding(kind=kind, task=task, title="", share=Share(count, 20), words="", advice="", **more)


def diff_of(content: Content, made: Suggestion | NotSuggested) -> list[str]:
    """Return the lines that a suggestion takes away and adds; the content has no new error with it."""
    assert isinstance(made, Suggestion), made
    live = text_of(content, made.path)
    file = Drafted(made.path, live, None, None)
    text = changed_text(file, made.change)
    assert new_problems(content, file, text)[0] == []
    again = Drafted(made.path, live, text, "prp_1")
    assert changed_text(again, made.change) == text, "made twice it is the same"
    lines = difflib.ndiff(str(live).splitlines(), text.splitlines())
    return [line for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("due", "moved", "label"),
    [
        ("offset_days: -5", "offset_days: 1", "Let it be due 6 days later"),
        (
            "due: {offset: -5, unit: business_days}",
            "due: {offset: -1, unit: business_days}",
            "Let it be due 4 working days later",
        ),
        ("due: {offset: -5}", "due: {offset: 1}", "Let it be due 6 days later"),
        (
            'due: {offset: 2, unit: hours, from: "task_completed:prepare"}',
            'due: {offset: 146, unit: hours, from: "task_completed:prepare"}',
            "Let it be due 144 hours later",
        ),
        (
            'due: {unit: business_days, from: "parameter:day"}',
            'due: {unit: business_days, from: "parameter:day", offset: 4}',
            "Let it be due 4 working days later",
        ),
    ],
)
def test_each_form_of_a_due_date_is_moved_in_its_own_unit_and_no_other_line_changes(
    repo: ContentRepo, due: str, moved: str, label: str
):
    put(repo, due)
    content, made = suggested(repo, finding(Kind.TOO_SHORT, days=4))
    assert isinstance(made, Suggestion)
    assert made.label == label
    gone, come = diff_of(content, made)
    assert (gone, come) == (f"-     {due}", f"+     {moved}")


def test_what_is_found_for_one_partner_is_changed_in_their_override_alone(repo: ContentRepo):
    put(repo, acme=ACME)
    whom = (("partner", "acme"),)
    content, made = suggested(repo, finding(Kind.TOO_SHORT, days=4), whom=whom)
    assert isinstance(made, Suggestion)
    assert made.path == "content/task_templates/partners/acme/visit.yaml"
    lines = diff_of(content, made)
    assert {line[0] for line in lines} == {"+"}
    assert "ref: write" in "".join(lines)
    assert "offset_days: 1" in "".join(lines)
    _, own = suggested(repo, finding(Kind.STEP_NOT_NEEDED, "prepare", step="read"), whom=whom)
    assert any("required: false" in line for line in diff_of(content, own))


def test_an_override_that_hides_the_change_is_named(repo: ContentRepo):
    put(repo, acme=ACME.replace("steps: [{ref: call, title: Call}]", "offset_days: -12"))
    _, made = suggested(repo, finding(Kind.TOO_SHORT, "prepare", days=1))
    assert isinstance(made, Suggestion)
    assert made.notes == (
        "2 days are 1 working day on average, as its due date does not count working days.",
        "The override for partner acme says when it is due itself, and stays as it is.",
    )


STEPS = [
    ("read", "Make the step optional", "+       - {ref: read, title: Read, required: false}"),
    ("print", "Take the step out", "-       - {ref: print, title: Print, required: false}"),
]


@pytest.mark.parametrize(("step", "label", "line"), STEPS)
def test_a_step_that_is_asked_for_becomes_optional_and_one_that_is_not_goes(
    repo: ContentRepo, step: str, label: str, line: str
):
    content, made = suggested(repo, finding(Kind.STEP_NOT_NEEDED, "prepare", step=step))
    assert isinstance(made, Suggestion)
    assert made.label == label
    assert line in diff_of(content, made)


def test_a_step_of_an_override_goes_there_and_one_that_it_changes_holds_up_the_template(repo: ContentRepo):
    put(repo, acme=ACME.replace("{ref: call, title: Call}", "{ref: call, title: Call, required: false}"))
    whom = (("partner", "acme"),)
    content, made = suggested(repo, finding(Kind.STEP_NOT_NEEDED, "prepare", step="call"), whom=whom)
    assert not any("disabled" in line for line in diff_of(content, made)), "only the override has it"
    content, made = suggested(repo, finding(Kind.STEP_NOT_NEEDED, "prepare", step="print"), whom=whom)
    assert any("disabled: true" in line for line in diff_of(content, made))
    put(repo, acme=ACME.replace("{ref: call, title: Call}", "{ref: print, title: Print it twice}"))
    _, held = suggested(repo, finding(Kind.STEP_NOT_NEEDED, "prepare", step="print"))
    assert held == NotSuggested(
        "The override for partner acme says something of the step “Print” itself, and stays as it is. "
        "Take that out there first."
    )


def test_a_task_that_was_always_skipped_goes_and_what_came_after_it_comes_after_what_it_came_after(
    repo: ContentRepo,
):
    content, made = suggested(repo, finding(Kind.SKIPPED))
    assert isinstance(made, Suggestion)
    assert made.label == "Drop the task"
    lines = diff_of(content, made)
    assert "-   - ref: write" in lines
    assert "+   - {ref: agree, title: Agree, depends_on: [prepare], offset_days: 90}" in lines


def test_a_task_that_was_mostly_skipped_is_made_where_it_is_asked_for(repo: ContentRepo):
    content, made = suggested(repo, finding(Kind.SKIPPED, count=17))
    assert isinstance(made, Suggestion)
    assert made.label == "Make it only where it is asked for"
    said = "\n".join(diff_of(content, made))
    assert "with_write" in said
    assert "Is “Write” needed?" in said


def test_what_approvers_said_becomes_a_step_and_long_remarks_are_cut(repo: ContentRepo):
    remarks = ("Where are the\nfigures?", "x" * 300)
    content, made = suggested(repo, finding(Kind.SENT_BACK), remarks=remarks)
    said = "\n".join(diff_of(content, made))
    assert "Where are the figures?" in said
    assert "x" * 199 + "…" in said


def test_late_proof_gets_the_days_that_the_task_took_longer(repo: ContentRepo):
    _, made = suggested(repo, finding(Kind.PROOF_LATE), figures={"days": [(5, 3)] * 10})
    assert isinstance(made, Suggestion)
    assert made.label == "Let it be due 3 days later"


NOT_SUGGESTED: list[tuple[Kind, str, dict[str, Any], str]] = [
    (Kind.PROOF_LATE, "write", {"days": [(2, 3)] * 10}, "so more days would not help"),
    (Kind.SENT_BACK, "write", {}, "Nobody wrote why it was sent back"),
    (Kind.WAITED, "write", {}, "How long before to ask for it"),
    (Kind.HELP_NEEDED, "write", {}, "The answers are for somebody to write"),
    (Kind.AT_ONE_GO, "prepare", {}, "Which of its steps guide somebody"),
    (Kind.SKIPPED, "file", {}, "It fills the link “Paper”"),
    (Kind.TOO_SHORT, "file", {}, "It has no due date any more"),
    (Kind.TOO_SHORT, "gone", {}, "The template has no such task any more"),
]


@pytest.mark.parametrize(("kind", "task", "figures", "why"), NOT_SUGGESTED)
def test_what_a_program_cannot_know_is_left_to_people_with_the_reason(
    repo: ContentRepo, kind: Kind, task: str, figures: dict[str, Any], why: str
):
    _, made = suggested(repo, finding(kind, task), figures=figures)
    assert isinstance(made, NotSuggested)
    assert why in made.why


def test_a_task_that_others_count_from_is_not_dropped(repo: ContentRepo):
    put(repo, 'due: {offset: 2, from: "task_completed:prepare"}')
    _, made = suggested(repo, finding(Kind.SKIPPED, "prepare"))
    assert made == NotSuggested("“Write” is due counted from it: say first when that is due.")


def test_what_was_changed_since_has_its_answer_already(repo: ContentRepo):
    content = read(repo)
    pinned = content.resolve("visit")
    revision = RevisionFigures(
        closure_hash=pinned.closure_hash,
        commit=None,
        name="Visit",
        pinned_at=datetime(2027, 1, 4, tzinfo=UTC),
        tasks=[TaskFigures(ref="write", title="Write")],
    )
    put(repo, "offset_days: 3")
    made = suggest(read(repo), pinned, revision, replace(finding(Kind.TOO_SHORT), days=4))
    assert isinstance(made, NotSuggested)
    assert "It is due otherwise by now" in made.why
