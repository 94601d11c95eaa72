"""The demo's story is told on a new store in one go, through the same use cases as everybody's work."""

from __future__ import annotations

import pytest

from engine.access import Role
from engine.app import Workbench
from engine.audit import history
from engine.bundles import queries as bundle_queries
from engine.bundles.filters import BundleFilter
from engine.tasks import queries
from exports import validate, writer
from tests.verified import events_of_intact
from web.demo import story


@pytest.mark.wide
def test_the_story_leaves_eight_bundles_in_all_states_an_intact_chain_and_a_valid_export(
    workbench: Workbench, tmp_path, clock
):
    assert story.tell(workbench)
    assert not story.tell(workbench), "told once"
    assert workbench.clock is clock, "the story gives the clock back"

    mara = workbench.actor_by_email("mara@example.com")
    with workbench.reading(mara) as tx:
        bundles = bundle_queries.list_bundles(tx, BundleFilter()).items
        columns = {column.status: column.total for column in queries.board(tx, queries.TaskFilter())}
        figures = queries.statistics(tx)
        count = events_of_intact(tx)
        marks = history.timeline(tx, entity_id=workbench.workspace.workspace_id)
        times = [event.occurred_at for event in history.timeline(tx, limit=count)]
    assert "demo_told" in {event.action for event in marks}, "the store says whose it is"
    assert len(bundles) == 8
    assert {row.bundle.status for row in bundles} == {"active", "completed", "cancelled"}
    assert len({row.bundle.template_id for row in bundles}) == 6
    assert any(row.late for row in bundles)
    assert any(0 < row.done < row.total for row in bundles)
    for status in ("pending", "in_progress", "waiting", "blocked", "completed", "skipped"):
        assert columns.get(status), f"the board shows something {status}"
    assert figures.overdue
    assert count > 300
    assert max(times) <= clock.now()

    sam = workbench.actor_by_email("sam@example.com")
    assert sam.roles == frozenset({Role.STRATEGIST})
    writer.write(workbench, workbench.operator(), tmp_path / "out")
    assert validate.check(tmp_path / "out") == []
