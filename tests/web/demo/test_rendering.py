"""What runs while the demo is served: an automation that comes with Workbench, beside the demo's board."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.config import Settings
from engine.executions import running, service
from engine.executions.models import Execution, ExecutionStatus
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_task
from tests.web.serving.served import serving, wait_until
from web.demo import rendering


def test_it_renders_scene_by_scene_and_says_how_far_it_is(workbench: Workbench):
    config = {
        "executor": "custom",
        "automation": "demo_rendering",
        "input": {"minutes": 0.001},
        "steps": [{"name": scene, "effect": "none"} for scene in rendering.SCENES],
    }
    task = make_task(workbench, execution_type="manual_trigger", execution_config=config)
    with workbench.transaction(workbench.operator()) as tx:
        service.execute_task(tx, task.task_id)
    kinds = Kinds([running.running(workbench)])
    assert EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids).do_one("demo")
    with workbench.reading(workbench.operator()) as tx:
        done, task = tx.find(Execution)[0], tx.get(Task, task.task_id)
    assert (done.status, task.status) == (ExecutionStatus.COMPLETED, TaskStatus.COMPLETED), done.error
    assert [step["name"] for step in done.step_results] == list(rendering.SCENES)
    assert done.logs[0]["text"] == "Arrival: 0 %"
    assert task.result_summary == "4 scenes are rendered."


@pytest.mark.wide
def test_the_demo_runs_it_while_it_is_served_and_ends_soon_all_the_same(tmp_path: Path):
    with serving(tmp_path, "--demo") as served:
        with closing(
            Workbench(Settings(database=f"sqlite:///{tmp_path}/var/demo/workbench.db"))
        ) as workbench:
            wait_until(lambda: ExecutionStatus.RUNNING in _statuses(workbench))
            assert _statuses(workbench)[ExecutionStatus.QUEUED] == 1, "the one that is tried again later"
        told = time.monotonic()
        assert served.end() == 0
    assert time.monotonic() - told < 9, "somebody waits at the terminal"


def _statuses(workbench: Workbench) -> Counter[ExecutionStatus]:
    with workbench.reading(workbench.operator()) as tx:
        return Counter(one.status for one in tx.find(Execution))
