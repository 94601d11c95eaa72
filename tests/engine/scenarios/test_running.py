# ruff: noqa: E501, ISC004 - the tables are read row by row
"""A scenario passes where all is as it says, and else tells line, moment, what was expected and what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.catalog.content import Content, build_content
from engine.catalog.loader import load_file
from engine.config import Settings
from engine.scenarios import passing, running
from engine.scenarios.checking import TABLES
from engine.scenarios.files import Script
from exports.records import tables
from tests.engine.scenarios.conftest import TEMPLATE, said, scenario

#: Steps that are as the product has it.
PASSING = {
    "statuses, dates and who": """\
        - expect:
            bundle: {status: active, stage: preparation}
            tasks: {write: {due_date: anchor + 1, title: Write about the fair, assignee: null}, publish: pending}
            not_made: [cut]
            made: [write, publish]
            links: {Recap: empty}
            board: {pending: [write], blocked: [publish]}
        """,
    "a move, and who has the task does it": """\
        - claim: write
          by: ana
        - start: write
          expect: {tasks: {write: {status: in_progress, assignee: ana, worked_by: [ana]}}}
        """,
    "a refusal by its code, by one of several, and by its words": """\
        - {start: publish, by: mara, refused: DEPENDENCY_UNMET}
        - {complete: write, by: mara, refused: MISSING_DELIVERABLE}
        - {complete: write, by: mara, refused: the step “Notes” is open}
        """,
    "everything that a task owes at once": """\
        - {finish: write, by: ana, expect: {tasks: {write: pending_approval}}}
        - {decide: write.text, by: mara, outcome: approved, expect: {tasks: {write: completed}}}
        - {finish: publish, by: ana, expect: {bundle: {stage: announced}, links: {Recap: filled}}}
        - {bundle complete: , by: mara, expect: {bundle: completed}}
        """,
    "days of the anchor date stay where the scenario has them": """\
        - {bundle reanchor: anchor + 7, by: mara}
        - expect: {tasks: {write: {due_date: anchor + 8}}, bundle: {anchor_date: anchor + 7}}
        """,
    "reminders, each once": """\
        - {assign: write, by: mara, assignee: ana}
        - at: anchor 07:00
          expect: {reminders: []}
        - at: anchor 12:00
          expect: {reminders: [{to: ana, of: due, task: write, at: anchor 08:00}]}
        - expect: {reminders: []}
        """,
    "a follow-up comes by itself": """\
        - {assign: write, by: mara, assignee: ana}
        - {wait: write, waiting_for: the speaker}
        - at: anchor 07:00
          expect: {reminders: []}
        - after: 2 hours
          expect: {reminders: [{to: ana, of: follow-up-due, task: write}]}
        """,
    "an approval that waits too long is escalated, and never approved by that": """\
        - {finish: write, by: ana}
        - after: 8 days
          expect:
            tasks: {write: pending_approval}
            export: [{table: task_approvals, fields: {status: pending, escalated_at: 2027-02-28 09:05}}]
        """,
    "rows of the export, by names": """\
        - {finish: write, by: ana}
        - expect:
            export:
              - {table: deliverables, where: {task: write}, count: 1, fields: {ref: text, authors: [ana]}}
              - {table: deliverables, where: {task: publish}, count: 0}
              - {table: tasks, where: {depends_on: [write]}, fields: {template_task_ref: publish}}
        """,
    "a task that a step makes has the name that the step gives it": """\
        - {bundle add-task: , by: mara, line: Call the speaker, as: call}
        - {complete: call, by: mara, expect: {tasks: {call: completed}}}
        """,
    "what was just done is undone": """\
        - {claim: write, by: ana}
        - {act undo: last, by: ana, expect: {tasks: {write: {assignee: null}}}}
        """,
    "people change": """\
        - {employee training: ana, by: mara, training: true}
        - {employee away: ana, by: mara, first_day: anchor, last_day: anchor + 2}
        - expect: {export: [{table: absences, fields: {employee: ana, first_day: anchor}}]}
        """,
    "a file is handed over": """\
        - {claim: write, by: ana}
        - {deliverable: write.text, file: recap.txt}
        - expect: {export: [{table: artifacts, fields: {file_name: recap.txt}}]}
        """,
}  # fmt: skip


@pytest.mark.few(6)
@pytest.mark.parametrize("steps", PASSING.values(), ids=PASSING)
def test_all_is_as_it_says(play, steps: str):
    assert said(play(steps)) == []


#: Steps -> what is said of them; the first step stands on line 10.
FAILING = [
    (
        "- expect: {tasks: {write: completed}}",
        ["10: “A recap”, 2027-02-25 09:00: write: status: expected completed, found pending."],
    ),
    (
        "- expect:\n    tasks:\n      write:\n        due_date: 2027-03-03",
        ["12: “A recap”, 2027-02-25 09:00: write: due_date: expected 2027-03-03, found 2027-03-02."],
    ),
    (
        "- {start: write, by: mara, refused: DEPENDENCY_UNMET}\n- {complete: write, by: mara}",
        [
            "10: “A recap”, 2027-02-25 09:00: start: write: expected to be refused (DEPENDENCY_UNMET), "
            "but it was done."
        ],
    ),
    (
        "- {start: publish, by: mara}\n- expect: {tasks: {publish: completed}}",
        [
            "10: “A recap”, 2027-02-25 09:00: start: publish: refused: DEPENDENCY_UNMET: Task #2 “Publish” "
            "cannot be started yet. It comes after #1 “Write about the fair”, which is “To do”: complete or "
            "skip that first."
        ],
    ),
    (
        "- {start: publish, by: mara, refused: FORBIDDEN}",
        [
            "10: “A recap”, 2027-02-25 09:00: start: publish: expected the refusal FORBIDDEN, found "
            "DEPENDENCY_UNMET: Task #2 “Publish” cannot be started yet. It comes after #1 “Write about the "
            "fair”, which is “To do”: complete or skip that first."
        ],
    ),
    (
        "- start: write",
        [
            "10: “A recap”, 2027-02-25 09:00: start: write: refused: BAD_REQUEST: Nobody has the task #1 "
            "“Write about the fair”: say by whom."
        ],
    ),
    (
        "- after: 1 day\n- at: anchor - 4 10:00",
        [
            "11: “A recap”, 2027-02-26 09:00: the step lies before the one above it: time does not go back."
        ],
    ),
    (
        "- after: 99999 weeks",
        ["10: “A recap”, 2027-02-25 09:00: a scenario lasts ten years at most."],
    ),
    (
        "- {assign: write, by: mara, assignee: ana}\n- at: anchor 12:00\n  expect: {reminders: []}",
        [
            "12: “A recap”, 2027-03-01 12:00: reminders: expected no other, found due of write to ana at "
            "2027-03-01 08:00."
        ],
    ),
    (
        "- expect: {reminders: [{to: ana, of: due, task: write}]}",
        ["10: “A recap”, 2027-02-25 09:00: reminders: expected due of write to ana, found none."],
    ),
    (
        "- expect: {board: {pending: [write, publish]}}",
        ["10: “A recap”, 2027-02-25 09:00: column pending: expected publish, write, found write."],
    ),
    (
        "- expect: {not_made: [write], made: [cut], tasks: {cut: pending}}",
        [
            "10: “A recap”, 2027-02-25 09:00: cut: expected a task of the bundle, found no such task.",
            "10: “A recap”, 2027-02-25 09:00: cut: expected it, found nothing of that name.",
            "10: “A recap”, 2027-02-25 09:00: write: expected no such task, found a task of the bundle.",
        ],
    ),
    (
        "- expect: {export: [{table: tasks, count: 3}, {table: deliverables, where: {ref: film}}]}",
        [
            "10: “A recap”, 2027-02-25 09:00: deliverables {ref: film}: expected at least one row, found none.",
            "10: “A recap”, 2027-02-25 09:00: tasks: expected 3 rows, found 2.",
        ],
    ),
]  # fmt: skip


@pytest.mark.few(6)
@pytest.mark.parametrize(("steps", "expected"), FAILING)
def test_what_is_not_as_it_says_is_told_with_line_and_moment(play, steps: str, expected: list[str]):
    assert sorted(said(play(steps))) == expected


def test_expectations_that_fail_do_not_end_the_scenario(play):
    failed = said(play("- expect: {tasks: {write: completed}}\n- expect: {tasks: {publish: completed}}"))
    assert [line.split(":")[0] for line in failed] == ["10", "11"]


@pytest.mark.wide  # plays until its budget is spent
def test_a_reminder_each_minute_ends_the_scenario_and_not_the_patience_of_whoever_waits(
    read: Callable[[str], Script], content: Content
):
    text = TEMPLATE.replace(
        "    title: Publish\n",
        '    title: Publish\n    reminders: {recurring: [{name: chase, schedule: "* * * * *", text: Go on}]}\n',
    )
    assert "chase" in text
    loaded = load_file("content/task_templates/recap.yaml", text.encode())
    assert loaded.problems == ()
    files = {**content.files, "content/task_templates/recap.yaml": loaded}
    other = build_content(content.revision, files, content.source, ())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passing, "_MOST_LOOKS", 20)
        (one,) = running.play_all([read(scenario("- after: 5 days"))], other, Settings())
    assert "By itself more happens than a scenario plays: there were 20 looks" in said(one)[0]


@pytest.mark.parametrize("step", ["- after: 99999 weeks", "- after: 20 days", "- at: anchor + 1"])
def test_at_the_end_of_the_calendar_it_ends_in_words(
    read: Callable[[str], Script], content: Content, step: str
):
    script = read(scenario(step).replace("2027-03-01", "9998-12-30"))
    (one,) = running.play_all([script], content, Settings())
    words = ["a scenario lasts ten years at most."] if "weeks" in step else []
    assert [line.split(": ")[-1] for line in said(one)] == words


def test_the_names_of_rows_are_those_of_the_export():
    assert {table.name: set(table.field_names) for table in tables()} == TABLES


def test_a_template_that_nobody_may_start_yet_is_played_all_the_same(
    read: Callable[[str], Script], content: Content
):
    text = TEMPLATE.replace("name: Recap\n", "name: Recap\nstatus: draft\n", 1)
    loaded = load_file("content/task_templates/recap.yaml", text.encode())
    files = {**content.files, "content/task_templates/recap.yaml": loaded}
    draft = build_content(content.revision, files, content.source, ())
    assert not draft.resolve("recap").is_active
    (one,) = running.play_all([read(scenario("- {start: write, by: mara}"))], draft, Settings())
    assert said(one) == []


def test_the_teams_own_rules_hold_and_its_store_is_not_touched(
    read: Callable[[str], Script], content: Content, tmp_path: Path
):
    steps = """\
        - {finish: write, by: mara}
        - {decide: write, by: mara, outcome: approved, refused: OWN_WORK}
        """
    script = read(scenario(steps))
    settings = Settings(database=f"sqlite:///{tmp_path}/mine.db")
    (apart,) = running.play_all([script], content, settings)
    (alone,) = running.play_all([script], content, replace(settings, own_approval=True))
    assert said(apart) == []
    assert ["expected to be refused (OWN_WORK), but it was done" in line for line in said(alone)] == [True]
    assert list(tmp_path.iterdir()) == []


def test_a_start_that_must_be_refused(read: Callable[[str], Script], content: Content):
    head = scenario("").replace(
        "    steps:\n", "    parameters: {filmed: perhaps}\n    refused: INVALID_PARAMETER\n"
    )
    (one,) = running.play_all([read(head)], content, Settings())
    assert said(one) == []
    (other,) = running.play_all([read(head.replace("perhaps", "true"))], content, Settings())
    assert said(other)[0].endswith("The start: expected to be refused (INVALID_PARAMETER), but it was done.")


def test_actors_that_cannot_be_had_are_told_at_the_scenario(read: Callable[[str], Script], content: Content):
    text = scenario("- after: 1 day").replace(
        "ana: {role: member, does: [writer]}", "ana: {role: partner, does: [writer]}"
    )
    text = text.replace(
        "mara: {role: manager}", "mara: {role: manager}\n      " + "x" * 101 + ": {role: member}"
    )
    (one,) = running.play_all([read(text)], content, Settings())
    assert said(one)[0].startswith("3: “A recap” cannot begin: ")
