"""Topics: each event makes the views ask afresh that may show what changed, and no others (H8, P2)."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.audit import topics
from engine.audit.models import Action, Event
from engine.tasks import lifecycle, notes, steps
from engine.tasks.models import Task
from tests.cursors import latest_seq
from tests.factories import make_bundle, make_people, make_task


def cursors(workbench: Workbench, *names: str) -> dict[str, int]:
    with workbench.reading(workbench.operator()) as tx:
        return {name: latest_seq(tx, name) for name in names}


def test_every_action_says_what_it_concerns():
    assert set(topics.CONCERNS) == set(Action)


def test_a_note_concerns_its_task_and_its_bundle_and_no_board_and_no_inbox(either_workbench: Workbench):
    people = make_people(either_workbench)
    bundle = make_bundle(either_workbench, actor=people["mara"])
    with either_workbench.reading(people["mara"]) as tx:
        first, second, *_ = [task.task_id for task in tx.find(Task, bundle_id=bundle.bundle_id)]
    watched = (
        topics.BOARD,
        topics.INBOX,
        topics.REFERENCE,
        topics.EVERYTHING,
        topics.task(first),
        topics.task(second),
        topics.bundle(bundle.bundle_id),
        topics.bundle_itself(bundle.bundle_id),
    )
    before = cursors(either_workbench, *watched)
    with either_workbench.transaction(people["mara"]) as tx:
        notes.add(tx, first, "Ask for the size first")
    after = cursors(either_workbench, *watched)
    moved = {name for name in watched if after[name] != before[name]}
    assert moved == {topics.EVERYTHING, topics.task(first), topics.bundle(bundle.bundle_id)}


def test_a_note_that_calls_somebody_concerns_their_inbox_alone(workbench: Workbench):
    people = make_people(workbench)
    task = make_task(workbench, actor=people["mara"])
    ana, ben = (topics.inbox_of(str(people[name].employee_id)) for name in ("ana", "ben"))
    before = cursors(workbench, ana, ben, topics.INBOX)
    with workbench.transaction(people["mara"]) as tx:
        notes.add(tx, task.task_id, "@ana have a look")
    after = cursors(workbench, ana, ben, topics.INBOX)
    assert after[ana] > before[ana]
    assert (after[ben], after[topics.INBOX]) == (before[ben], before[topics.INBOX])


def test_a_cursor_of_several_topics_is_the_latest_of_theirs(workbench: Workbench):
    people = make_people(workbench)
    task = make_task(workbench, actor=people["mara"])
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.start(tx, task.task_id)
    with workbench.transaction(people["mara"]) as tx:
        step = steps.add_step(tx, task.task_id, "Call")
    with workbench.reading(people["mara"]) as tx:
        last = latest_seq(tx)
        assert latest_seq(tx, topics.REFERENCE, topics.task(task.task_id)) == last
        assert latest_seq(tx, topics.REFERENCE) < last
        [event] = tx.find(Event, entity_id=step.task_step_id)
        assert event.seq == last


def test_what_is_rolled_back_moves_no_topic(either_workbench: Workbench):
    task = make_task(either_workbench)
    before = cursors(either_workbench, topics.EVERYTHING, topics.task(task.task_id))

    def fail() -> None:
        with either_workbench.transaction(either_workbench.operator()) as tx:
            lifecycle.start(tx, task.task_id)
            tx.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert cursors(either_workbench, topics.EVERYTHING, topics.task(task.task_id)) == before
