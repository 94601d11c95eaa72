"""The examples in the strategists' guide are content that really loads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from engine.catalog import executors, report_text
from engine.catalog.catalog import Catalog
from engine.catalog.check_schedule import schedule_findings
from engine.catalog.loader import load_file
from engine.catalog.models import TaskTemplate, Trigger
from engine.config import Settings
from engine.scenarios import files, running

GUIDE = Path(__file__).resolve().parents[2] / "content" / "README.md"
EXAMPLES = dict(
    zip(
        (
            "content/task_templates/event_recap.yaml",
            "trigger",
            "content/task_types/recap.yaml",
            "report",
            "content/process_docs/media/media.event-recap.md",
            "content/task_templates/partners/acme/event_recap.yaml",
            "content/task_templates/event_recap.scenario.yaml",
            "content/reminders/workspace.yaml",
            "execution",
        ),
        re.findall(r"```(?:yaml|markdown)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL),
        strict=True,
    )
)
_SCHEDULE, _REPORT = EXAMPLES.pop("trigger"), EXAMPLES.pop("report")
_EXECUTION = EXAMPLES.pop("execution")
_SCENARIO = EXAMPLES.pop("content/task_templates/event_recap.scenario.yaml")


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_guides_example_loads_without_a_problem(path: str):
    loaded = load_file(path, EXAMPLES[path].encode())
    assert loaded.problems == ()
    assert loaded.item is not None


def test_the_guides_automated_task_has_settings_that_its_executor_reads():
    execution = yaml.safe_load(_EXECUTION)["execution"]
    assert list(executors.faults(execution["executor"], execution["config"])) == []


_EXAMPLE = EXAMPLES["content/task_templates/event_recap.yaml"]


def test_the_guides_scenario_plays_the_guides_template(shipped_repository: Path, tmp_path: Path):
    shutil.copytree(shipped_repository / "content/task_types", tmp_path / "content/task_types")
    (tmp_path / "content/task_templates").mkdir()
    (tmp_path / "content/task_templates/event_recap.yaml").write_text(_EXAMPLE, encoding="utf-8")
    content = Catalog(tmp_path).content()
    script = files.read_one("content/task_templates/event_recap.scenario.yaml", _SCENARIO.encode(), content)
    assert [str(found) for found in script.problems] == []
    played = list(running.play_all([script], content, Settings()))
    assert [str(found) for one in played for found in one.failures] == []
    assert len(played) == 2


def test_the_guides_report_has_settings_that_are_read_and_a_text_that_becomes_one():
    config = yaml.safe_load(_REPORT)["execution"]["config"]
    assert list(executors.faults("report_generation", config)) == []
    told = {
        "title": config["title"],
        "bundle": {"title": "Recap", "partner": "Acme"},
        "parameters": {"topic": "Tents"},
        "tasks": [
            {"title": "Write it", "assignee": "Ana", "closed_on": "2027-03-01", "status": "completed"},
            {"title": "Show it", "assignee": None, "closed_on": None, "status": "pending"},
        ],
    }
    text = report_text.render(config["text"], told, 1000)
    assert "Recap, for Acme, about Tents" in text
    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        "- Write it, Ana, 2027\\-03\\-01"
    ]


def test_the_guides_schedule_fits_its_template():
    text = _EXAMPLE.replace("trigger: {mode: manual}\n", _SCHEDULE)
    loaded = load_file("content/task_templates/event_recap.yaml", text.encode())
    assert loaded.problems == ()
    assert isinstance(loaded.item, TaskTemplate)
    assert list(schedule_findings(loaded.item)) == []
    trigger = loaded.item.trigger
    assert trigger is not None
    assert trigger.model_fields_set == set(Trigger.model_fields) - {"partners"}


#: How the guide calls a mistake -> a change to its example that makes it, and what the check says.
MISTAKES = {
    "A colon in a text.": (
        'title: "Write the recap of {{ event }}"',
        "title: Part 2: the draft",
        "INVALID_YAML",
    ),
    "Numbers as ids.": ("offset_days: 3", "offset_days: 3\n    instruction_step_id: 10", "WRONG_TYPE"),
    "`yes` and `no`.": ("offset_days: 3", "offset_days: 3\n    ordered_steps: yes", "WRONG_TYPE"),
    "`{{ Topic }}` where the parameter is `topic`.": (
        "recap of {{ event }}",
        "recap of {{ Event }}",
        "UNDECLARED_PARAMETER",
    ),
    "A placeholder in a name.": ("name: Writing", 'name: "Writing {{ event }}"', "INVALID_PLACEHOLDER"),
    "A cycle in `depends_on`": (
        "offset_days: 1 ",
        "depends_on: [publish]\n    offset_days: 1 ",
        "DEPENDENCY_CYCLE",
    ),
    "`needs_links` on a link that only a later task fills.": (
        "offset_days: 1 ",
        "needs_links: [Recap]\n    offset_days: 1 ",
        "LINK_FILLED_LATER",
    ),
    "`fills_link` with several url proofs, none of which has the link's name.": (
        "proof: [{kind: url, label: Recap}]",
        "proof: [{kind: url, label: A}, {kind: url, label: B}]",
        "LINK_WITHOUT_PROOF",
    ),
}
#: What no check can know: whether something was renamed, and whether a text is a secret.
ADVICE = {"Renaming a `key` or `ref`.", "Secrets and customer data."}


def test_each_mistake_of_the_guides_list_is_one_that_the_check_finds():
    listed = GUIDE.read_text(encoding="utf-8").split("## Common mistakes")[1].split("\n## ")[0]
    assert {" ".join(words.split()) for words in re.findall(r"^- \*\*(.+?)\*\*", listed, re.M | re.S)} == {
        *MISTAKES,
        *ADVICE,
    }


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_check_finds_a_mistake_that_the_guide_lists(mistake: str):
    before, after, code = MISTAKES[mistake]
    assert before in _EXAMPLE
    loaded = load_file("content/task_templates/event_recap.yaml", _EXAMPLE.replace(before, after, 1).encode())
    assert code in {problem.code for problem in loaded.problems}
