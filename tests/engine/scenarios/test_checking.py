# ruff: noqa: E501 - the tables are read row by row
"""A scenario file is checked like other content: each word that means nothing has its code, its place and its hint."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.catalog.catalog import Catalog
from engine.catalog.check import fix_editor_lines
from engine.catalog.layout import kind_of, scenario_at
from engine.catalog.problems import ProblemCode
from engine.scenarios import files
from engine.scenarios.files import read_one
from tests.conftest import ROOT, commit_all, git
from tests.engine.scenarios.conftest import HEAD, LINE, PATH, TEMPLATE, scenario

#: A step -> code, what is said, hint.
FAULTS = [
    ("- {strat: write}", "UNKNOWN_VERB", "strat is no verb.", "`start`"),
    ("- {start: wirte}", "UNKNOWN_TASK", "There is no task wirte in recap.", "`write`"),
    ("- {step: write.note}", "UNKNOWN_STEP", "write has no note.", "`notes`"),
    ("- {proof: publish.Recup, value: x}", "UNKNOWN_STEP", "publish has no Recup.", "`Recap`"),
    ("- {deliverable: write.txt, url: x}", "UNKNOWN_STEP", "write has no txt.", "`text`"),
    ("- {step: write}", "MISSING_FIELD", "step needs the ref.", "step: write.<ref>"),
    ("- {start: write.notes}", "INVALID_VALUE", "start is done to the whole task write.", ""),
    ("- {bundle link: Recup, url: x}", "UNKNOWN_LINK", "There is no link Recup.", "`Recap`"),
    ("- {bundle link: , url: x}", "MISSING_FIELD", "bundle link needs its name.", ""),
    ("- {bundle cancel: now}", "INVALID_VALUE", "bundle cancel is done to the bundle of the scenario.", "nothing behind"),
    ("- {act undo: first}", "INVALID_VALUE", "act undo takes the word last.", ""),
    ("- {start: write, by: anna}", "UNKNOWN_ACTOR", "anna is not among the actors.", "`ana`"),
    ("- {employee training: ann, training: true}", "UNKNOWN_ACTOR", "ann is not among the actors.", "`ana`"),
    ("- {by: ana}", "MISSING_FIELD", "The step does not say what is done.", "verb"),
    ("- {start: write, reason: x}", "UNKNOWN_FIELD", "start does not ask for reason.", ""),
    ("- {block: write}", "MISSING_FIELD", "block needs reason.", "Add reason: to the step."),
    ("- {decide: write, outcome: aproved}", "INVALID_VALUE", "outcome is aproved.", "`approved`"),
    ("- {defer: write, until: anchor + x}", "INVALID_VALUE", "anchor + x is no day", ""),
    ("- {at: 2027-02-30 09:00}", "INVALID_VALUE", "day is out of range", ""),
    ("- {at: anchor 25:00}", "INVALID_VALUE", "hour must be in 0..23", ""),
    ("- {at: tomorrow}", "INVALID_VALUE", "tomorrow", ""),
    ("- {at: anchor, after: 1 day}", "INVALID_VALUE", "A step has either at or after.", ""),
    ("- {after: a while}", "INVALID_VALUE", "a while", ""),
    ("- {finish: [write, publsh]}", "UNKNOWN_TASK", "There is no task publsh in recap.", "`publish`"),
    ("- {finish: write, url: x}", "UNKNOWN_FIELD", "finish does not ask for url.", ""),
    ("- {drop-dependency: publish, other_id: wrte}", "UNKNOWN_TASK", "There is no task wrte in recap.", "`write`"),
    ("- {complete: call}", "UNKNOWN_TASK", "There is no task call in recap.", ""),
    ("- {expect: {tasks: {wirte: pending}}}", "UNKNOWN_TASK", "There is no task wirte in recap.", "`write`"),
    ("- {expect: {tasks: {write: peding}}}", "INVALID_VALUE", "peding is no status.", "`pending`"),
    ("- {expect: {tasks: {write: {due_dat: x}}}}", "UNKNOWN_FIELD", "tasks have no field due_dat.", "`due_date`"),
    ("- {expect: {bundle: {stag: x}}}", "UNKNOWN_FIELD", "bundles have no field stag.", "`stage`"),
    ("- {expect: {links: {Recup: empty}}}", "UNKNOWN_LINK", "There is no link Recup.", "`Recap`"),
    ("- {expect: {board: {todo: [write]}}}", "INVALID_VALUE", "todo is no column.", ""),
    ("- {expect: {made: [wirte]}}", "UNKNOWN_TASK", "There is no task wirte in recap.", "`write`"),
    ("- {expect: {reminders: [{to: ana, of: late}]}}", "INVALID_VALUE", "There are no reminders of late.", ""),
    ("- {expect: {reminders: [{to: anna, of: due}]}}", "UNKNOWN_ACTOR", "anna is not among the actors.", "`ana`"),
    ("- {expect: {export: [{table: task}]}}", "INVALID_VALUE", "task is no table.", "`tasks`"),
    ("- {expect: {export: [{table: tasks, where: {ref: x}}]}}", "UNKNOWN_FIELD", "tasks have no field ref.", ""),
    ("- {expect: {export: [{table: users, fields: {password_hash: x}}]}}", "UNKNOWN_FIELD", "users have no field password_hash.", ""),
    ("- {expect: {task: {write: pending}}}", "UNKNOWN_FIELD", "task is not a field.", "`tasks`"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "code", "message", "hint"), FAULTS)
def test_a_word_that_means_nothing_is_an_error_at_its_line(
    read, step: str, code: str, message: str, hint: str
):
    script = read(scenario(step))
    assert [(found.code, found.line) for found in script.problems] == [(code, 10)]
    assert message in script.problems[0].message
    assert hint in script.problems[0].hint
    assert not script.is_playable


#: What stands in the place of a line of the head -> the code.
OF_THE_HEAD = [
    ('anchor_date: "2027-03-01"', 'anchor_date: "2027-02-30"', "INVALID_VALUE"),
    ("now: anchor - 4 09:00", "now: anchor - 4 24:00", "INVALID_VALUE"),
    ("now: anchor - 4 09:00", "now: 9999-12-31 23:59", "INVALID_VALUE"),
    ("now: anchor - 4 09:00", "now: anchor - 4\n    timezone: Nowhere/Land", "INVALID_VALUE"),
    ("now: anchor - 4 09:00", "now: anchor - 4\n    timezone: ../../etc/passwd", "INVALID_VALUE"),
    ("now: anchor - 4 09:00", "now: anchor - 4\n    started_by: anna", "UNKNOWN_ACTOR"),
    ("now: anchor - 4 09:00", "now: anchor - 4\n    people: {writer: anna}", "UNKNOWN_ACTOR"),
    ("now: anchor - 4 09:00", "now: anchor - 4\n    parameters: {evnt: x}", "UNDECLARED_PARAMETER"),
    ("now: anchor - 4 09:00", "now: anchor - 4\n    refused: x", "INVALID_VALUE"),
    ("{role: manager}", "{role: boss}", "INVALID_VALUE"),
    ("    now: anchor - 4 09:00\n", "", "MISSING_FIELD"),
]


@pytest.mark.parametrize(("line", "other", "code"), OF_THE_HEAD)
def test_so_is_one_of_the_scenario_itself(read, line: str, other: str, code: str):
    text = scenario("- {start: write, by: mara}")
    assert line in text
    assert [found.code for found in read(text.replace(line, other)).problems] == [code]


def test_two_scenarios_have_two_names(read):
    twice = f"{scenario('- {start: write, by: mara}')}{HEAD.removeprefix('scenarios:')}      - after: 1 day\n"
    assert [found.code for found in read(twice).problems] == ["DUPLICATE_REF"]


def test_a_task_that_a_step_names_is_known_from_there_on(read):
    steps = "- {bundle add-task: , line: Call, as: call}\n- {complete: call}"
    assert read(scenario(steps)).problems == ()


def test_without_the_editor_line_it_is_playable_and_the_check_warns(read):
    script = read(scenario("- after: 1 day").removeprefix(LINE))
    assert [found.code for found in script.problems] == ["MISSING_EDITOR_LINE"]
    assert script.is_playable


@pytest.mark.parametrize(
    "path", [PATH.replace("recap", "other"), PATH.replace("recap", "partners/acme/recap")]
)
def test_it_plays_a_template_or_an_override_that_is_there(content, path: str):
    script = read_one(path, scenario("- after: 1 day").encode(), content)
    assert "SCENARIO_OF_NOTHING" in [found.code for found in script.problems]


#: Path -> which template with which override, or misplaced, or None for what is no scenario.
PLACES = {
    "content/task_templates/recap.scenario.yaml": ("scenario", "recap", "global", ""),
    "content/task_templates/partners/acme/recap.scenario.yaml": ("scenario", "recap", "partner", "acme"),
    "content/task_templates/campaigns/spring/recap.scenario.yaml": ("scenario", "recap", "campaign", "spring"),
    "content/task_types/recap.scenario.yaml": ("misplaced", "recap", "global", ""),
    "content/recap.scenario.yaml": ("misplaced", "recap", "global", ""),
    "content/task_templates/partners/recap.scenario.yaml": ("misplaced", "recap", "global", ""),
    "content/task_templates/recap.yaml": None,
    "content/schemas/recap.scenario.yaml": None,
    "elsewhere/recap.scenario.yaml": None,
    "content/task_templates/.recap.scenario.yaml": None,
}  # fmt: skip


@pytest.mark.parametrize(("path", "expected"), PLACES.items())
def test_a_scenario_file_is_told_by_its_place(path: str, expected):
    found = scenario_at(path)
    assert expected == (found and (found.kind, found.name, found.level, found.scope_key))
    assert found is None or kind_of(path) is None, "what runs does not read it"


def test_one_in_another_place_is_an_error(content):
    script = read_one("content/task_types/recap.scenario.yaml", b"scenarios: []", content)
    assert [found.code for found in script.problems] == ["MISPLACED_FILE"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with one template, and a scenario of it that means nothing."""
    (tmp_path / "content/task_templates").mkdir(parents=True)
    (tmp_path / "content/task_types").mkdir(parents=True)
    kind = "# yaml-language-server: $schema=../schemas/task_type.schema.json\nkey: untyped\nname: Untyped\n"
    (tmp_path / "content/task_types/untyped.yaml").write_text(kind, encoding="utf-8")
    (tmp_path / "content/task_templates/recap.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / PATH).write_text("scenarios: nothing\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    return tmp_path


def test_a_broken_scenario_keeps_no_template_from_being_used_and_changes_no_content(folder: Path):
    catalog = Catalog(folder)
    live = catalog.content()
    assert live.problems == ()
    assert live.resolve("recap").is_active
    assert [found.code for found in files.problems_of(live)] == ["WRONG_TYPE", "MISSING_EDITOR_LINE"]
    (folder / PATH).write_text("scenarios: []\n", encoding="utf-8")
    worktree = Catalog(folder, worktree=True).content()
    assert not worktree.dirty, "a bundle that is started now comes from the commit"
    assert [found.code for found in files.problems_of(worktree)] == ["INVALID_VALUE", "MISSING_EDITOR_LINE"]


def test_the_scenario_of_the_ref_is_read_and_not_that_on_disk(folder: Path):
    (folder / PATH).write_text(scenario("- after: 1 day"), encoding="utf-8")
    committed, on_disk = Catalog(folder).content(), Catalog(folder, worktree=True).content()
    assert [script.is_playable for script in files.read_all(committed)] == [False]
    assert [script.is_playable for script in files.read_all(on_disk)] == [True]


def test_content_without_git_has_its_scenarios_too(folder: Path):
    shutil.rmtree(folder / ".git")
    (folder / PATH).write_text(scenario("- after: 1 day"), encoding="utf-8")
    assert [script.is_playable for script in files.read_all(Catalog(folder).content())] == [True]


def test_a_link_and_a_file_that_is_too_large_are_not_read(folder: Path):
    (folder / PATH).unlink()
    (folder / PATH).symlink_to("/etc/hostname")
    [script] = files.read_all(Catalog(folder, worktree=True).content())
    assert [found.code for found in script.problems] == ["UNREADABLE_FILE"]


def test_the_check_writes_its_editor_line(folder: Path):
    (folder / PATH).write_text(scenario("- after: 1 day").removeprefix(LINE), encoding="utf-8")
    assert fix_editor_lines(folder) == [PATH]
    assert (folder / PATH).read_text(encoding="utf-8") == scenario("- after: 1 day")


def test_the_committed_schema_is_the_one_that_is_generated():
    assert (ROOT / files.SCHEMA).read_text(encoding="utf-8") == files.schema_text()


def test_the_schema_is_one_and_knows_the_verbs_and_what_they_ask_for(content):
    schema = json.loads(files.schema_text())
    Draft202012Validator.check_schema(schema)
    step = schema["$defs"]["Step"]["properties"]
    assert {
        "start",
        "decide",
        "bundle link",
        "finish",
        "outcome",
        "waiting_for",
        "at",
        "expect",
    } <= step.keys()
    assert [name for name, field in step.items() if not field.get("description")] == []


def test_every_code_of_a_scenario_is_an_error():
    codes = ("SCENARIO_OF_NOTHING", "UNKNOWN_VERB", "UNKNOWN_ACTOR", "SCENARIO_FAILED")
    assert all(files.problem(ProblemCode(code), PATH).is_error for code in codes)


def test_content_that_was_put_together_without_a_source_has_none(content):
    assert files.read_all(replace(content, source=None)) == []
