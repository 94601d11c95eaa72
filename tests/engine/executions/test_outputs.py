"""What an attempt made becomes an output of its task: once, with its end, as what it is (OUT-06, OUT-08)."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace

import pytest

from engine.artifacts.models import Artifact, ArtifactRole, GenerationMethod
from engine.audit.models import Action, Event
from engine.budgets import OUTPUTS_OF_AN_ATTEMPT
from engine.errors import NotFoundError, OwnWorkError, UnavailableError
from engine.executions import outputs, service
from engine.executions.executors.base import Call, Effect, OutputFile, Result, Run, Step, StepError
from engine.executions.models import Trigger
from engine.executions.outputs import Output
from engine.tasks import files, moves
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from tests.engine.executions.conftest import Office, keep
from tests.engine.executions.making import Making, let_make

PDF = b"%PDF-1.7\n1 0 obj\n"
REPORT = OutputFile(title="Weekly report", body="# Week 48\n", format="md", output_type="report")


@pytest.fixture
def maker(office: Office) -> Making:
    return let_make(office)


def made(office: Office, task: Task) -> list[Output]:
    with office.workbench.reading(office.people["mara"]) as tx:
        return outputs.outputs_of(tx, tx.get(Task, task.task_id))


def ran(office: Office, task: Task) -> str:
    """Run a task, and return the code of what went wrong; empty where nothing did."""
    office.execute(task)
    office.work()
    return office.last(task).error_code or ""


def put_back(office: Office, task: Task) -> None:
    """Have a task that asks for what nobody gave be to do again, as whoever it asked does."""
    assert office.task(task).status == "help_needed"
    with office.workbench.transaction(office.people["mara"]) as tx:
        for status in (TaskStatus.IN_PROGRESS, TaskStatus.PENDING):
            moves.move(tx, tx.get(Task, task.task_id), status, MoveRequest(reason="Once more"))


def test_the_files_of_an_attempt_are_outputs_of_its_task_with_all_that_is_known_of_them(office, maker):
    maker.files = [REPORT, OutputFile(title="The same, to print", body=PDF, format="pdf")]
    task = office.make()
    office.execute(task, by="mara")
    office.work()
    printed, report = made(office, task)
    attempt = office.last(task)
    told = report.as_json()
    assert (told["title"], told["file_format"], told["output_type"]) == ("Weekly report", "md", "report")
    assert (told["generation_method"], printed.as_json()["generation_method"]) == ("text", "skill")
    assert (told["content_type"], told["size_bytes"]) == ("text/markdown", len(b"# Week 48\n"))
    assert (told["execution_id"], told["executor"], told["attempt_number"]) == (
        attempt.execution_id,
        "api_call",
        1,
    )
    assert (report.artifact.role, report.artifact.created_by) == (
        ArtifactRole.OUTPUT,
        office.people["mara"].user_id,
    )
    assert printed.artifact.file_name == "The same, to print.pdf"
    with office.workbench.blobs.open(told["sha256"]) as file:
        assert file.read() == b"# Week 48\n"
    with office.workbench.reading(office.people["ana"]) as tx:
        events = [one.action for one in tx.find(Event, task_id=task.task_id, order_by=("seq",))]
    assert events.count(Action.ARTIFACT_ADDED) == 2
    assert office.task(task).status == "completed"


def test_the_same_bytes_are_no_second_output_and_others_are_its_next_version(office, maker):
    maker.files = [REPORT]
    task = office.make()
    office.do("task add-step", task_id=task.task_id, title="Look at it", required=True)
    for body in ("# Week 48\n", "# Week 48\n", "# Week 48, as corrected\n", "# Week 48\n"):
        maker.files = [replace(REPORT, body=body)]
        assert ran(office, task) == ""
        put_back(office, task)
    found = made(office, task)
    assert [one.artifact.version_number for one in found] == [3, 2, 1]
    assert [one.execution.attempt_number for one in found] == [4, 3, 1]
    assert found[0].artifact.previous_artifact_id == found[1].artifact.artifact_id
    assert found[0].artifact.sha256 == found[2].artifact.sha256


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (OutputFile(title="Plan", body=PDF, format="png"), "not what .png says"),
        (OutputFile(title="Plan", body="<html><script>alert(1)</script></html>", format="html"), "script"),
        (OutputFile(title="Plan", body="", format="md"), "empty"),
        (OutputFile(title=" ", body="x", format="md"), "title of an output"),
        (OutputFile(title="Pl\x07an", body="x", format="md"), "title of an output"),
        (OutputFile(title="P" * 101, body="x", format="md"), "title of an output"),
        (OutputFile(title="Plan", body="x", format="../md"), "no ending"),
        (OutputFile(title="Plan", body="x\ud800", format="md"), "half a character"),
        (OutputFile(title="Plan", body=b"%PDF-" + b" " * 1024 * 1024, format="pdf"), "limit"),
    ],
)
def test_a_file_that_is_not_what_it_says_fails_the_attempt_for_good_and_nothing_is_kept(
    office, maker, file, said
):
    office.workbench.settings = replace(office.workbench.settings, max_upload_mb=1)
    maker.files = [REPORT, file]
    task = office.make()
    assert ran(office, task) == "OUTPUT_UNFIT"
    last = office.last(task)
    assert said in (last.error or "")
    assert (last.status, last.attempt_number, office.task(task).status) == ("failed", 1, "failed")
    assert made(office, task) == []


def test_more_files_than_anybody_looks_at_are_refused(office, maker):
    maker.files = [replace(REPORT, title=f"Part {number}") for number in range(OUTPUTS_OF_AN_ATTEMPT + 1)]
    task = office.make()
    assert ran(office, task) == "OUTPUT_UNFIT"
    assert made(office, task) == []


def test_what_cannot_be_kept_now_is_tried_again(office, maker, monkeypatch):
    maker.files, put = [REPORT], office.workbench.blobs.put

    def full(*_args, **_named):
        raise UnavailableError("The disk is full.")

    monkeypatch.setattr(office.workbench.blobs, "put", full)
    task = office.make()
    ran(office, task)
    assert [one.error_code for one in office.attempts(task)] == ["OUTPUT_NOT_KEPT", None]
    monkeypatch.setattr(office.workbench.blobs, "put", put)
    office.workbench.clock.advance(hours=1)
    office.work()
    assert [one.execution.attempt_number for one in made(office, task)] == [2]


def test_an_open_file_is_read_from_its_start_and_closed(office, maker):
    file = io.BytesIO(PDF)
    file.seek(3)
    maker.files = [OutputFile(title="Print", body=file, format="pdf")]
    task = office.make()
    assert ran(office, task) == ""
    assert made(office, task)[0].artifact.size_bytes == len(PDF)
    assert file.closed


def test_a_secret_stands_in_no_output(office, maker):
    keep(office, token="hush-hush")
    maker.files = [replace(REPORT, body="The key is hush-hush.")]
    headers = {"X-Key": {"secret": "token"}}
    told = office.make(config={"headers": headers})
    office.permit(told)
    assert ran(office, told) == ""
    with office.workbench.blobs.open(made(office, told)[0].artifact.sha256) as file:
        assert file.read() == b"The key is [secret token]."
    hidden = office.make(config={"headers": headers})
    office.permit(hidden)
    # It lies across two of the parts in which a file is read.
    maker.files = [
        OutputFile(title="Print", body=PDF + b" " * (1024 * 1024 - 20) + b"hush-hush", format="pdf")
    ]
    assert ran(office, hidden) == "OUTPUT_UNFIT"
    assert made(office, hidden) == []


def test_an_output_is_found_by_its_own_task_alone(office, maker):
    maker.files = [REPORT]
    task, other = office.make(), office.make()
    ran(office, task)
    [found] = made(office, task)
    with office.workbench.reading(office.people["ana"]) as tx:
        assert outputs.get(tx, str(task.task_number), found.artifact.artifact_id).artifact == found.artifact
        with pytest.raises(NotFoundError, match="has no output"):
            outputs.get(tx, other.task_id, found.artifact.artifact_id)


def test_what_nobody_set_off_is_made_for_whoever_answers_for_it(office, maker):
    task = office.make(by="mara")
    maker.files = [REPORT]
    with office.workbench.transaction(office.workbench.system_actor()) as tx:
        service.execute_task(tx, task.task_id, Trigger.SCHEDULED_TIME)
    office.work()
    assert office.last(task).triggered_by_user_id is None
    assert made(office, task)[0].artifact.created_by == task.owner_id == office.people["mara"].user_id


def test_whoever_set_an_attempt_off_does_not_approve_what_it_made(office, maker):
    maker.files = [REPORT]
    task = office.make(by="mara")
    office.execute(task, by="mara")
    office.work()
    [found] = made(office, task)
    given = {"task_id": task.task_id, "artifact_id": found.artifact.artifact_id}
    with pytest.raises(OwnWorkError):
        office.do("task approve-file", "mara", **given)
    office.people["admin"] = office.workbench.operator()
    office.do("task approve-file", "admin", **given)
    assert made(office, task)[0].artifact.is_approved


def test_whoever_set_a_run_off_does_not_approve_what_a_later_attempt_of_it_made(office, maker, monkeypatch):
    task = office.make(by="ana")
    with monkeypatch.context() as broken:
        broken.setattr(maker, "run", lambda _run: 1 / 0)
        office.execute(task, by="mara")
        office.work()
    maker.files = [REPORT]
    office.workbench.clock.advance(hours=1)
    office.work()
    first, second = office.attempts(task)
    assert second.triggered_by == "retry"
    assert second.triggered_by_user_id == first.triggered_by_user_id == office.people["mara"].user_id
    [found] = made(office, task)
    with pytest.raises(OwnWorkError):
        office.do("task approve-file", "mara", task_id=task.task_id, artifact_id=found.artifact.artifact_id)


def test_what_somebody_brought_is_no_output_of_an_attempt(office, maker):
    maker.files = [REPORT]
    task = office.make()
    blob = office.workbench.blobs.put(io.BytesIO(b"# Week 48\n"), 100)
    with office.workbench.transaction(office.people["ana"]) as tx:
        files.add(tx, task.task_id, blob, type="report", label="Weekly report", file_name="own.md")
    ran(office, task)
    [found] = made(office, task)
    assert found.artifact.version_number == 2
    with office.workbench.reading(office.people["ana"]) as tx:
        [own] = [one for one in tx.find(Artifact) if one.execution_id is None]
    assert (own.generation_method, found.artifact.generation_method) == (None, GenerationMethod.TEXT)
    assert own.created_by == office.people["ana"].user_id


def test_an_attempt_that_does_not_come_to_its_end_leaves_no_output(office, maker, monkeypatch):
    maker.files = [REPORT]
    task = office.make(max_retries=0)
    monkeypatch.setattr(maker, "run", lambda _run: 1 / 0)
    assert ran(office, task) == "EXECUTOR_BROKE"
    assert made(office, task) == []


def test_an_attempt_in_doubt_leaves_no_output(office, maker, monkeypatch):
    def run(run: Run) -> Result:
        step = Step(name="Tell them", effect=Effect.UNKEYED, request={})
        with suppress(StepError):
            run.step(step, fails)
        return Result(summary="Made.", files=[REPORT])

    def fails(_call: Call) -> None:
        raise StepError("UNREACHABLE", "It says nothing.", is_undone=False)

    monkeypatch.setattr(maker, "run", run)
    task = office.make()
    ran(office, task)
    assert office.last(task).status == "unknown"
    assert made(office, task) == []
