"""Mentions: whom ``@key`` calls, and where somebody finds what calls them."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.app import Workbench
from engine.deliverables.models import Deliverable, DeliverableComment
from engine.inbox import details
from engine.inbox.read_models import Kind
from engine.inbox.reading import Reader
from engine.reference.models import Employee
from engine.tasks import lifecycle, notes
from engine.tasks.mentions import find
from engine.tasks.models import Note, Task
from tests.engine.conftest import Bench
from tests.factories import make_people, make_task
from tests.told import added, saved


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@ana please look", ["ana"]),
        ("Please look, @ana.", ["ana"]),
        ("(@ana, @ben!) and @ana again", ["ana", "ben"]),
        ("@Ana", ["ana"]),
        ("@ben and @ana in this order", ["ben", "ana"]),
        ("@nobody", []),
        ("@olga is a user, but no employee", []),
        ("write to ana@example.com", []),
        ("write to x@ana", []),
        ("https://example.com/@ana", []),
        ("@ana-maria", []),
        ("@anatol", []),
        ("@anaé", []),
        ("@@ana", []),
        ("@", []),
        ("no call at all", []),
    ],
)
def test_a_key_after_an_at_sign_calls_an_active_employee(bench: Bench, text: str, called: list[str]):
    with bench.reading() as tx:
        assert find(tx, text) == [bench.employee_id(name) for name in called]


def test_who_has_left_is_not_called(bench: Bench):
    with bench.writing() as tx:
        person = tx.get(Employee, bench.employee_id("ana"))
        person.is_active = False
        saved(tx, person)
        assert find(tx, "@ana @ben") == [bench.employee_id("ben")]


def test_a_note_keeps_its_words_and_whom_it_calls(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        note = notes.add(tx, task_id, "@ben: the printer, not @nobody")
    assert note.body == "@ben: the printer, not @nobody"
    assert (note.mentions, note.has_mentions) == ([bench.employee_id("ben")], True)
    assert bench.events(task_id)[-1].after["mentions"] == [bench.employee_id("ben")]
    with bench.writing() as tx:
        plain = notes.add(tx, task_id, "Nobody in particular")
    assert (plain.mentions, plain.has_mentions) == ([], False)
    assert "mentions" not in bench.events(task_id)[-1].after


def test_a_comment_along_with_a_move_calls_too(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.wait(tx, task_id, "the client", comment="@ben knows them")
    with bench.reading("mara") as tx:
        (note,) = tx.find(Note, task_id=task_id)
    assert (note.body, note.mentions) == ("@ben knows them", [bench.employee_id("ben")])


def test_what_calls_somebody_is_found_newest_first_on_both_databases(either_workbench: Workbench, clock):
    people = make_people(either_workbench)
    ana, mara = people["ana"], people["mara"]
    task = make_task(either_workbench, actor=mara, assignee="ana")
    hidden = make_task(either_workbench, actor=mara)

    def note(task_id: str, text: str) -> None:
        with either_workbench.transaction(mara) as tx:
            notes.add(tx, task_id, text)
        clock.advance(minutes=1)

    note(task.task_id, "@ana one")
    seen_at = clock.now()
    note(task.task_id, f'"{ana.employee_id}" is no call, but @ben is')
    note(hidden.task_id, "@ana where ana sees nothing")
    with either_workbench.transaction(mara) as tx:
        comment = _comment(tx, task, [ana.employee_id])
    clock.advance(minutes=1)
    note(task.task_id, "@ana three")

    def found(name: str, since: datetime | None = None) -> list[str]:
        with either_workbench.reading(people[name]) as tx:
            reader = Reader.of(tx, since)
            found = reader.load_seen(tx, None, 10) if since is None else reader.load(tx, None, 10)
            newest_first = sorted(found.items, key=lambda item: item.since, reverse=True)
            calls = [details.load(tx, item).remark for item in newest_first if item.kind is Kind.MENTION]
        return [remark.body for remark in calls if remark is not None]

    assert found("ana") == ["@ana three", comment.body, "@ana one"]
    assert found("ana", seen_at) == ["@ana three", comment.body]
    assert found("mara") == found("pat") == []


def _comment(tx, task: Task, called: list[str]) -> DeliverableComment:
    row = added(
        tx,
        Deliverable(
            deliverable_id=tx.new_id(Deliverable),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            ref="draft",
            type="draft",
            created_by=tx.actor.user_id,
            created_at=tx.now,
            updated_at=tx.now,
        ),
    )
    return added(
        tx,
        DeliverableComment(
            deliverable_comment_id=tx.new_id(DeliverableComment),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            deliverable_id=row.deliverable_id,
            body="@ana two, on the draft",
            mentions=called,
            created_by=tx.actor.user_id,
            created_at=tx.now,
        ),
    )


def test_reading_what_calls_somebody_uses_the_index_of_mentions(bench: Bench):
    statements: list[str] = []
    with bench.reading("ana") as tx:
        driver = tx.connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        Reader.of(tx, tx.now).count(tx)
        driver.set_trace_callback(None)
        reads = [text for text in statements if "has_mentions" in text]
        steps = [str(row) for text in reads for row in driver.execute(f"EXPLAIN QUERY PLAN {text}")]
    for table in (Note.spec.table, DeliverableComment.spec.table):
        assert any(table in step and "has_mentions=?" in step for step in steps), steps
