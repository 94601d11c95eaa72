"""A date that counts from a completion is a promise once it is known (T4)."""

from __future__ import annotations

from datetime import date

from engine.tasks import update


def test_the_date_that_a_completion_gives_is_the_first_deadline_and_stays_it(start, work):
    on = work(start(parameters={"sponsored": True}))
    assert on.task("thank").first_deadline is None
    on.skip("sponsor", "no sponsor this time")
    first = on.task("thank").deadline
    assert first is not None
    assert on.task("thank").first_deadline == first
    task_id = on.task("thank").task_id
    on.do(lambda tx, _: update.update(tx, None, task_id, {"due_date": date(2027, 3, 1)}))
    assert on.task("thank").deadline != first
    assert on.task("thank").first_deadline == first
