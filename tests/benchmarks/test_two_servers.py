"""Two servers on one PostgreSQL while everything fails in turn for half a minute."""

from __future__ import annotations

import pytest

from benchmarks import two_servers

pytestmark = pytest.mark.wide


def test_nothing_acknowledged_is_lost_and_nobody_hangs_while_servers_and_database_fail():
    outcome = two_servers.run(seconds=40, seed=3, people=2, lasting=2.0, between=1.5)
    assert outcome.faults == []
    assert outcome.counts["note by form: acknowledged"] > 5
    assert outcome.counts["note by JSON: acknowledged"] > 5
    assert outcome.counts["note by the API: acknowledged"] > 5
    assert outcome.counts["events told to a follower, each once, in their order"] > 30
    assert sum(count for what, count in outcome.counts.items() if what.startswith("fault: ")) >= 7
