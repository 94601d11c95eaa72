"""What executors said on their way is forgotten after a while; what became of each attempt stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.audit.models import Event
from engine.executions import running, trimming
from engine.executions.executors.api_call import ApiCall
from engine.executions.executors.base import Result, Run
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import NewJob
from engine.jobs.port import Kinds
from tests.engine.executions.conftest import Office


class Talking(ApiCall):
    """Says what it does."""

    def run(self, run: Run) -> Result:
        """Say so, and be done."""
        run.log("I look at the board.")
        return Result(summary="Done.")


def run(office: Office):
    task = office.make()
    office.execute(task)
    _run(office)
    return task


def _run(office: Office) -> None:
    """Let a worker do the one that waits."""
    kind = running.running(office.workbench, {"api_call": Talking()})
    database, clock, ids = office.workbench.database, office.workbench.clock, office.workbench.ids
    assert EmbeddedEngine(database, Kinds([kind]), clock, ids).do_one("worker:0")


def trim(office: Office) -> str | None:
    database, claims = office.workbench.database, Claims(office.workbench.database)
    name = trimming.TRIM.name
    with database.write() as connection:
        claims.put(
            connection,
            NewJob(job_id=office.workbench.ids.new("job", office.workbench.clock.now()), kind=name, args={}),
        )
    claim = claims.begin("w", [name], now=1, lease=60_000)
    assert claim is not None
    context = Context(claims, claim, timedelta(minutes=1))
    said = trimming.trimming(office.workbench).handle(context)
    claims.finish(claim)
    return said


def test_lines_of_old_attempts_are_forgotten_with_an_event_and_all_else_stays(office: Office):
    office.workbench.settings = replace(office.workbench.settings, execution_logs_kept_days=30)
    old = run(office)
    office.workbench.clock.advance(days=20)
    new = run(office)
    assert trim(office) == "Nothing is old enough."
    office.workbench.clock.advance(days=11)
    before = office.last(old)
    assert [line["text"] for line in before.logs] == ["I look at the board."]
    assert trim(office) == "1 forgotten."
    after = office.last(old)
    assert after.logs == []
    same = {"status", "step_results", "output", "duration", "completed_at"}
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert len(office.last(new).logs) == 1
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        events = tx.find(Event, entity_id=after.execution_id, order_by=("seq",))
    assert events[-1].action == "execution_trimmed"
    assert trim(office) == "Nothing is old enough."


def test_lines_are_kept_by_when_the_attempt_ended_and_not_by_when_it_was_asked_for(office: Office):
    office.workbench.settings = replace(office.workbench.settings, execution_logs_kept_days=30)
    task = office.make()
    office.execute(task)
    office.workbench.clock.advance(days=40)
    _run(office)
    assert trim(office) == "Nothing is old enough."
    assert len(office.last(task).logs) == 1
    office.workbench.clock.advance(days=31)
    assert trim(office) == "1 forgotten."


def test_what_still_runs_keeps_its_lines_however_long_ago_it_was_asked_for(office: Office):
    task = office.make()
    office.execute(task)
    with office.workbench.transaction(office.workbench.system_actor()) as tx:
        one = tx.get(type(office.last(task)), office.last(task).execution_id)
        one.logs = [{"at": "2026-01-01T00:00:00Z", "text": "Still here."}]
        tx.save(one)
        tx.record(trimming.Action.EXECUTION_STARTED, one, "It says something")
    office.workbench.clock.advance(days=400)
    assert trim(office) == "Nothing is old enough."
