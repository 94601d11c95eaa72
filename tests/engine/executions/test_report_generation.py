"""A report of a bundle, of a week or of rows: read in one snapshot, made within bounds, kept as outputs."""

from __future__ import annotations

import signal
import subprocess
import time
from datetime import date
from typing import Any

import pytest

from engine.catalog import executors as schemas
from engine.executions import outputs
from engine.executions.executors import EXECUTORS
from engine.executions.executors.base import ExecutorError, StoppedError
from engine.executions.reports import making, program
from engine.executions.reports.standard import TEXTS
from engine.tasks import lifecycle, moves
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.worklogs import service as worklogs
from tests.engine.executions.conftest import Office
from tests.factories import make_bundle, make_task

#: These take a text that goes through all of them, within each other, more than a day.
MANY = [{"n": number} for number in range(100)]
ENDLESS = "[% for a in rows %]" * 6 + "[% endfor %]" * 6
ROWS = [{"name": "Tents", "number": 3}, {"name": "Boots", "number": 5}]


def make(office: Office, **config: Any) -> Task:
    settings = {"executor": "report_generation", "title": "Report", "about": "rows", **config}
    if settings["about"] == "rows":
        settings.setdefault("rows", ROWS)
    return make_task(
        office.workbench,
        actor=office.people["mara"],
        execution_type="manual_trigger",
        execution_config=settings,
        **({"campaign": "acme_spring"} if settings["about"] == "worklog" else {}),
    )


def run(office: Office, task: Task) -> dict[str, str]:
    """Run a task, and return what came out, format to text; files of programs as their beginning."""
    office.do("task execute", "mara", task_id=task.task_id)
    office.work()
    with office.workbench.reading(office.people["mara"]) as tx:
        found = outputs.outputs_of(tx, tx.get(Task, task.task_id))
    texts = {}
    for one in found:
        with office.workbench.blobs.open(str(one.artifact.sha256)) as file:
            data = file.read()
        texts[one.file_format] = data.decode() if one.file_format in ("md", "html") else data[:4].decode()
    return texts


def test_a_report_comes_in_each_format_as_an_output_and_completes_its_task(office: Office):
    formats = ["markdown", "html", "pdf", "docx", "xlsx", "pptx"]
    task = make(office, formats=formats)
    found = run(office, task)
    assert found["md"] == "# Report\n\n| name | number |\n| --- | --- |\n| Tents | 3 |\n| Boots | 5 |\n\n"
    assert "<td>Boots</td>" in found["html"]
    assert (found["pdf"], found["docx"], found["xlsx"], found["pptx"]) == ("%PDF", *["PK\x03\x04"] * 3)
    done = office.task(task)
    assert done.status == "completed"
    assert done.result_summary == "“Report” came out as Markdown, HTML, PDF, Word, Excel, PowerPoint."


def test_what_was_made_before_is_not_made_twice(office: Office):
    task = make(office, formats=["markdown", "pdf"])
    office.do("task add-step", "mara", task_id=task.task_id, title="Look at it", required=True)
    for _ in range(2):
        run(office, task)
        with office.workbench.transaction(office.people["mara"]) as tx:
            for status in (TaskStatus.IN_PROGRESS, TaskStatus.PENDING):
                moves.move(tx, tx.get(Task, task.task_id), status, MoveRequest(reason="Once more"))
    assert len(office.attempts(task)) == 2
    with office.workbench.reading(office.people["mara"]) as tx:
        found = outputs.outputs_of(tx, tx.get(Task, task.task_id))
    assert [one.artifact.version_number for one in found] == [1, 1]


def test_rows_may_be_what_a_parameter_filled_in_as_json(office: Office):
    assert "| Tents | 3 |" in run(office, make(office, rows='[{"name": "Tents", "number": 3}]'))["md"]
    for wrong, said in (("Tents", "no list in JSON"), ("[1]", "list of mappings"), ("[{}]" * 2, "no list")):
        task = make(office, rows=wrong)
        assert run(office, task) == {}
        last = office.last(task)
        assert (last.status, last.error_code) == ("failed", "CONFIG_INVALID")
        assert said in (last.error or "")


def test_a_report_of_a_bundle_tells_of_its_other_tasks_what_they_hand_over_and_its_links(office: Office):
    bundle = make_bundle(
        office.workbench,
        "blog_post",
        actor=office.people["mara"],
        partner="acme",
        parameters={"topic": "Tents"},
    )
    with office.workbench.transaction(office.people["mara"]) as tx:
        first, *others = sorted(tx.find(Task, bundle_id=bundle.bundle_id), key=lambda one: one.task_number)
    task = others[-1]
    text = (
        "[[ bundle.title ]], [[ bundle.partner ]], [[ parameters.topic ]]\n"
        "[% for one in tasks %]\n[[ one.number ]] [[ one.title ]]: [[ one.status ]]\n[% endfor %]\n"
        "[% for one in links %]\n[[ one.name ]] [[ one.state ]]\n[% endfor %]\n"
    )
    config = {"executor": "report_generation", "title": "State", "about": "bundle", "text": text}
    office.do(
        "task update",
        "mara",
        task_id=task.task_id,
        execution_type="manual_trigger",
        execution_config=config,
        depends_on=[],
        reason="A report tells of what is there",
    )
    said = run(office, task)["md"]
    lines = said.splitlines()
    assert "Acme" in lines[0]
    assert f"{first.task_number} " in said
    assert f"\n{task.task_number} " not in said
    assert len([line for line in lines if ": pending" in line or ": blocked" in line]) == len(others)
    assert any(line.endswith(" empty") for line in lines)


def test_the_usual_text_of_a_bundle_says_what_is_done_and_what_is_not(office: Office):
    task = {"title": "Write it", "assignee": "Ana", "due_date": "2027-03-01", "closed_on": "2027-02-27"}
    told = {
        "title": "State",
        "bundle": {"title": "Tents", "anchor_date": "2027-03-08", "partner": None},
        "tasks": [{**task, "status": "completed"}, {**task, "title": "Show it", "status": "in_progress"}],
        "deliverables": [{"name": "draft", "version_number": 2, "address": None}],
    }
    asked = {"title": "State", "text": TEXTS["bundle"], "told": told, "formats": ["markdown"]}
    text = program.made(asked)[0].decode()
    assert "Tents, for 2027\\-03\\-08." in text
    assert "| Write it | Ana | 2027\\-02\\-27 |" in text[: text.index("## Still to do")]
    assert "| Show it | Ana | 2027\\-03\\-01 |" in text[text.index("## Still to do") :]
    assert "| draft | 2 | a file |" in text
    empty = {**asked, "told": {**told, "tasks": [], "deliverables": []}}
    assert "Nothing yet." in program.made(empty)[0].decode()


def test_a_report_of_a_week_tells_what_its_worklog_does(office: Office):
    task = make_task(office.workbench, actor=office.people["mara"], title="Write it", campaign="acme_spring")
    with office.workbench.transaction(office.people["mara"]) as tx:
        lifecycle.complete(tx, task.task_id)
    office.workbench.clock.advance(days=7)
    content = office.workbench.content()
    with office.workbench.transaction(office.people["mara"]) as tx:
        made = worklogs.make(tx, content, campaign="acme_spring", week=date(2026, 11, 18))
    report = make(office, about="worklog", week="2026-11-21")
    assert run(office, report)["md"] == f"# Report\n\n{worklogs.title_of(made)}\n\n{made.body}\n"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"about": "bundle"}, "stands alone"),
        ({"about": "worklog", "week": "soon"}, "is no day"),
        ({"about": "worklog", "week": "2020-01-06"}, "A manager makes it under Worklogs; then try again."),
    ],
)
def test_where_there_is_nothing_to_tell_the_attempt_fails_and_says_so(office: Office, config, said: str):
    task = make(office, **config)
    assert run(office, task) == {}
    last = office.last(task)
    assert (last.error_code, len(office.attempts(task))) == ("NOTHING_TO_TELL", 1)
    assert said in (last.error or "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[ nothing ]]", "REPORT_TEXT"),
        ("[[ title * 2000000 ]]", "REPORT_TEXT"),
        ("[% set a = title * 2000000000 %]", "REPORT_TOO_LARGE"),
    ],
)
def test_a_text_that_cannot_be_made_fails_the_attempt_for_good(office: Office, text: str, code: str):
    task = make(office, text=text)
    assert run(office, task) == {}
    assert [one.error_code for one in office.attempts(task)] == [code]
    assert office.task(task).status == "failed"


def test_a_report_that_takes_too_long_is_stopped(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(making, "SECONDS_OF_A_REPORT", 1)
    task = make(office, rows=MANY, text=ENDLESS)
    assert run(office, task) == {}
    assert [one.error_code for one in office.attempts(task)] == ["REPORT_TOO_LARGE"]


def made(**more: Any) -> list[bytes]:
    asked = {"seconds": 20.0, "check": lambda: None, **more}
    return making.made("R", ENDLESS, {"rows": MANY}, ["markdown"], **asked)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The programs that are begun."""
    known, true = list[subprocess.Popen[bytes]](), subprocess.Popen

    def watched(*words: Any, **more: Any) -> subprocess.Popen[bytes]:
        known.append(true(*words, **more))
        return known[-1]

    monkeypatch.setattr(making.subprocess, "Popen", watched)
    return known


def test_the_program_ends_with_the_time_that_its_step_has(begun):
    began = time.monotonic()
    with pytest.raises(ExecutorError, match="more time or memory"):
        made(seconds=0.3)
    assert time.monotonic() - began < 5
    assert [program.poll() for program in begun] == [-signal.SIGKILL]


def test_the_program_ends_once_nobody_wants_its_report(begun):
    asked = iter([None, None, StoppedError()])

    def check() -> None:
        if (why := next(asked)) is not None:
            raise why

    with pytest.raises(StoppedError):
        made(check=check)
    assert [program.poll() for program in begun] == [-signal.SIGKILL]


@pytest.mark.parametrize(
    ("config", "place", "said"),
    [
        ({"about": "rows", "rows": [], "formats": ["doc"]}, ("formats", 0), "'doc' is not one of"),
        ({"about": "rows", "rows": [], "formats": []}, ("formats",), "non-empty"),
        ({"about": "rows"}, (), "needs rows"),
        ({"about": "worklog"}, (), "needs week"),
        ({"about": "bundle", "text": "a\n[% for %]"}, ("text",), "line 2 of the text is no template"),
        ({"about": "bundle", "text": "{{ topic }}"}, ("text",), "[[ parameters.name ]]"),
        ({"about": "bundle", "url": "https://a.example"}, (), "url"),
        ({"about": "campaign"}, ("about",), "'campaign' is not one of"),
    ],
)
def test_settings_that_cannot_be_right_are_told_before_anything_runs(config, place, said: str):
    [fault] = schemas.faults("report_generation", {"title": "Report", **config})
    assert tuple(fault.absolute_path) == place
    assert said in fault.message


def test_settings_that_say_nothing_ask_for_the_usual_report_of_the_bundle():
    assert list(schemas.faults("report_generation", {})) == []
    plan = EXECUTORS["report_generation"].plan({})
    assert [step.name for step in plan] == ["Read the bundle", "Make the report as Markdown"]


def test_what_it_would_do_is_said_in_words(office: Office):
    dry_run = EXECUTORS["report_generation"].dry_run
    assert dry_run({"title": "State", "about": "bundle", "formats": ["pdf"]}) == [
        "The bundle of the task is read, with its tasks, deliverables and links.",
        "“State” is made by the usual text, as PDF.",
    ]
    for day in ("2027-03-01", "2027-03-07"):
        said = dry_run({"title": "S", "about": "worklog", "week": day})[0]
        assert "week of 2027-03-01" in said, "a week is called by its Monday, whichever day names it"


def test_no_setting_of_ours_reaches_the_program(monkeypatch: pytest.MonkeyPatch):
    seen: dict[str, Any] = {}
    true = making.subprocess.Popen

    def watched(words, env, **more):
        seen.update(env)
        return true(words, env=env, **more)

    monkeypatch.setenv("WORKBENCH_SECRETS_KEY", "/etc/key")
    monkeypatch.setattr(making.subprocess, "Popen", watched)
    made = making.made("R", "[[ title ]]", {"title": "R"}, ["markdown"], seconds=20, check=lambda: None)
    assert made == [b"R"]
    assert not any(name.startswith("WORKBENCH_") for name in seen)


def test_a_week_of_no_campaign_says_where_a_campaign_is_chosen(office: Office):
    config = {"executor": "report_generation", "title": "W", "about": "worklog", "week": "2026-11-21"}
    task = office.make("mara", config=config)
    assert run(office, task) == {}
    said = "is done for no campaign. Start the recipe anew and choose a campaign under For whom."
    assert said in (office.last(task).error or "")
