"""A quarter of a year at work: every intended reminder is sent exactly once, or explained (D6, RMD-05).

Bundles of real templates and of two schedules, in three zones whose clocks change; people who are away, stand
in or leave; quiet hours and a digest; two schedulers that are killed between statements, as they commit and
once they have, or overtake each other; days without any, and a clock that jumps two hours. What was intended
is told by ``quarter.intended``, which asks nothing of the engine. More of it: ``benchmarks.quarters``.
"""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from tests.engine.reminders.quarter import end
from tests.engine.reminders.quarter.house import Plan
from tests.engine.reminders.quarter.life import Quarter

#: In each, New York, Berlin and Sydney change their clocks.
SPRING, AUTUMN = date(2027, 2, 22), date(2027, 9, 13)
MARCH = date(2027, 3, 10)
#: Without these a quarter would have shown nothing.
_HAPPENED = {
    *("start", "wait", "resume", "defer", "block", "ask", "complete", "request", "decide", "move"),
    *("reanchor", "stage", "assign", "mute", "be_away", "answer", "leave", "begin"),
    *("clock +2", "clock -2", "outage", "meanwhile: act", "meanwhile: look"),
    *("killed: statement", "killed: commit", "killed: after"),
}
_SEEN = {
    *("due", "overdue", "follow-up-due", "missing-evidence", "recurring", "stage-change"),
    *("sent", "late", "coalesced", "suppressed", "dismissed"),
}


@pytest.mark.wide  # weeks of work, minute by minute
@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan(begins=MARCH, days=28, bundles=6, seed=1), id="four weeks of March"),
        pytest.param(Plan(begins=SPRING, days=92, bundles=40, seed=2), id="spring, at once"),
        pytest.param(
            Plan(begins=AUTUMN, days=92, bundles=40, seed=3, digest="09:00"),
            id="autumn, with a digest",
        ),
    ],
)
def test_a_quarter_ends_with_every_intended_reminder_sent_once_or_explained(tmp_path: Path, plan: Plan):
    with closing(Quarter(tmp_path, plan)) as quarter:
        quarter.run()
        assert end.faults(quarter) == []
        seen = end.seen(quarter)
    assert _HAPPENED - quarter.happened.keys() == set(), quarter.happened
    assert _SEEN - seen.keys() == set(), seen
    assert seen["intended"] > 10 * plan.days
    assert seen["not written"] < seen["intended"] / 10, "most of it is written, not explained away"
