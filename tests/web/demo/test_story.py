"""The demo's story is told on a new store in one go, through the same use cases as everybody's work."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from engine.access import Role
from engine.app import Workbench
from engine.audit import history
from engine.bundles import queries as bundle_queries
from engine.bundles.filters import BundleFilter
from engine.executions.models import Execution
from engine.tasks import queries
from engine.tasks.models import Task
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

    with workbench.reading(mara) as tx:
        attempts = tx.find(Execution, order_by=("execution_id",))
        stands = {task.title: task.status for task in tx.find(Task) if task.execution_config.get("url")}
    ended = Counter(one.status for one in attempts)
    assert {one: ended[one] for one in ("completed", "unknown", "queued")} == {
        "completed": 1, "unknown": 1, "queued": 2,
    }  # fmt: skip
    assert sorted(one.error_code for one in attempts if one.status == "failed") == [
        *["HTTP_BUSY"] * 5, "HTTP_REFUSED",
    ]  # fmt: skip
    assert sorted(stands.values()) == ["blocked", "completed", "failed", "queued"]
    (doubtful,) = (one for one in attempts if one.status == "unknown")
    assert "was begun, and nobody knows whether it happened" in (doubtful.error or "")
    (waiting, to_begin) = (one for one in attempts if one.status == "queued")
    assert waiting.not_before > clock.now() + timedelta(minutes=30), "it is still to be seen"
    assert (to_begin.executor, to_begin.not_before <= clock.now()) == ("custom", True), "once it is served"
    assert workbench.settings.call_hosts == "", "the demo calls nothing once it is told"
