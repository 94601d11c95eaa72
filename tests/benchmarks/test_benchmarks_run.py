"""The benchmark programs run; what they measure is no test's business."""

from __future__ import annotations

import pytest

from benchmarks import creating, results
from benchmarks.fill import fill
from benchmarks.stand import folder, stand
from engine.audit import history
from exports import validate, writer


@pytest.mark.wide
def test_a_quick_run_of_one_topic_gives_figures_and_leaves_a_sound_store():
    with folder() as place, stand(place) as engine:
        fill(engine, 60)
        figures = creating.quick(engine)
        with engine.workbench.reading(engine.admin) as tx:
            _, fault = history.verify(tx)
        assert engine.count_tasks() >= 80
    assert fault is None
    assert len(figures) == 2
    assert all(figure.value and figure.met is not None for figure in figures)
    assert "## Creating a task" in results.as_table(figures)


@pytest.mark.wide
def test_what_a_benchmark_fills_a_store_with_leaves_as_a_valid_export():
    with folder() as place, stand(place) as engine:
        fill(engine, 300)  # enough for each kind of judgement
        writer.write(engine.workbench, engine.admin, place / "export")
        assert validate.check(place / "export") == []
