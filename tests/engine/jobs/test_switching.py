"""Jobs wait in the ledger, so what delivers them may be switched at any time, and none is lost (issue 15)."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import EMBEDDED, PROCRASTINATE
from engine.jobs import putting
from engine.jobs.context import Context
from engine.jobs.models import JobStatus, Lane
from engine.jobs.port import Kind, Kinds
from tests.conftest import NOW
from tests.engine.jobs import ways

pytestmark = pytest.mark.wide  # PostgreSQL


class Switch:
    """One store, and engines of both kinds on it."""

    def __init__(self, workbench: Workbench, clock: FixedClock) -> None:
        self.workbench, self.clock = workbench, clock
        self.begun: list[str] = []
        self.kinds = Kinds([Kind(name="try", handle=self._handle)])
        self.is_failing = False

    def _handle(self, context: Context) -> None:
        self.begun.append(context.args["name"])
        if self.is_failing:
            raise TimeoutError

    def put(self, jobs: str, name: str, **how) -> str:
        with self.workbench.transaction(self.workbench.operator()) as tx:
            return self._engine(jobs).enqueue(tx, "try", name=name, **how)

    def work_off(self, jobs: str) -> None:
        ways.work_off(self._engine(jobs))

    def _engine(self, jobs: str):
        store, ids = self.workbench.database, self.workbench.ids
        return ways.engine_of(jobs)(store, self.kinds, self.clock, ids)

    def tickets(self) -> int:
        return self.workbench.database.run("SELECT count(*) FROM procrastinate_jobs")[0][0]


@pytest.fixture
def switch(cluster_workbench: Workbench, clock: FixedClock) -> Switch:
    return Switch(cluster_workbench, clock)


@pytest.mark.parametrize(("before", "after"), [(EMBEDDED, PROCRASTINATE), (PROCRASTINATE, EMBEDDED)])
def test_what_waits_when_the_setting_is_switched_is_done_in_its_order(
    switch: Switch, before: str, after: str
):
    for name, ordinal in (("second", 2), ("first", 1)):
        switch.put(before, name, ordinal=ordinal)
    switch.put(before, "later", not_before=NOW.replace(hour=12))
    switch.work_off(after)
    assert switch.begun == ["first", "second"]
    switch.clock.advance(hours=3)
    switch.work_off(after)
    assert switch.begun == ["first", "second", "later"]


@pytest.mark.parametrize(("before", "after"), [(EMBEDDED, PROCRASTINATE), (PROCRASTINATE, EMBEDDED)])
def test_what_failed_before_the_switch_is_tried_again_after_it(switch: Switch, before: str, after: str):
    job_id = switch.put(before, "job")
    switch.is_failing = True
    switch.work_off(before)
    switch.is_failing = False
    switch.clock.advance(seconds=10)
    switch.work_off(after)
    assert switch.begun == ["job", "job"]
    assert switch._engine(after).claims.find(job_id).status is JobStatus.DONE


def test_tickets_of_what_others_did_meanwhile_are_thrown_away_and_do_nothing(switch: Switch):
    for name in ("a", "b"):
        switch.put(PROCRASTINATE, name)
    switch.work_off(EMBEDDED)
    assert switch.tickets() == 2
    switch.work_off(PROCRASTINATE)
    assert (switch.begun, switch.tickets()) == (["a", "b"], 0)


def test_who_has_no_engine_at_hand_puts_a_ticket_in_the_same_transaction(switch: Switch):
    def put(key: str) -> None:
        with switch.workbench.transaction(switch.workbench.operator()) as tx:
            how = {"not_before": NOW, "lane": Lane(name="mail"), "max_attempts": 1}
            putting.put(tx, "try", args={"name": key}, key=key, **how)
            if key == "never":
                raise TimeoutError

    put("kept")
    put("kept")  # known already: there is nothing to tell of
    with pytest.raises(TimeoutError):
        put("never")
    assert switch.tickets() == 1
    switch.work_off(PROCRASTINATE)
    assert (switch.begun, switch.tickets()) == (["kept"], 0)


def test_both_engines_work_side_by_side_on_one_ledger(switch: Switch):
    for number in range(10):
        switch.put((EMBEDDED, PROCRASTINATE)[number % 2], str(number))
    embedded = switch._engine(EMBEDDED)
    assert embedded.do_one("one")
    switch.work_off(PROCRASTINATE)
    assert switch.begun == [str(number) for number in range(10)]
