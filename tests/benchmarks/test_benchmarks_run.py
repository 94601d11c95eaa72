"""The benchmark programs run; what they measure is no test's business."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import (
    commands,
    content,
    creating,
    exporting,
    impacts,
    raw_writes,
    reminding,
    results,
    starting,
)
from benchmarks.fill import fill
from benchmarks.over_http import stores
from benchmarks.over_http.serving import Store
from benchmarks.stand import database_file, folder, stand
from exports import validate, writer
from tests.verified import events_of_intact


@pytest.mark.wide
def test_a_quick_run_of_one_topic_gives_figures_and_leaves_a_sound_store():
    with folder() as place, stand(place) as engine:
        fill(engine, 60)
        figures = [*creating.beside_raw(engine, 20), *starting.beside_raw(engine, 2)]
        with engine.workbench.reading(engine.admin) as tx:
            assert events_of_intact(tx) > 0
        assert engine.count_tasks() >= 80
    assert [figure.target for figure in figures] == ["at most 1.5x", "", "at most 3x"]
    assert "## Creating a task" in results.as_table(figures)


@pytest.mark.wide
def test_plain_sql_writes_exactly_what_the_engine_wrote():
    with folder() as place, stand(place) as engine, raw_writes.raw(engine) as copy:
        for case in (lambda: creating.create_task(engine), lambda: starting.start(engine)):
            raw_writes.beside(copy, case, rounds=2)
        file = database_file(engine.workbench)
        written, copied = (_dumped(one) for one in (file, file.with_name("raw.db")))
    assert sum(line.startswith('INSERT INTO "tasks"') for line in written) == 6 * 1 + 6 * 42
    assert written == copied


@pytest.mark.wide
def test_ticks_are_measured_beside_what_they_read_and_the_rows_that_they_write(tmp_path: Path):
    home = stores.filled(200, tmp_path, None, finished_in_ten=0)
    plain, past = (stores.copied(home, tmp_path, name) for name in ("plain", "past"))
    with (
        stand(plain.place, plain.database) as few,
        stand(past.place, past.database) as many,
        raw_writes.raw(few) as copy,
    ):
        found = reminding.ticks(few, many, copy, past=300, mornings=2)
        file = database_file(few.workbench)
        written, copied = (_dumped(one) for one in (file, file.with_name("raw.db")))
        with few.workbench.reading(few.admin) as tx:
            assert events_of_intact(tx) > 0
    assert [figure.target for figure in found] == ["at most 3x", "", "", "", "at most 1.5x"]
    assert any(line.startswith('INSERT INTO "reminders"') for line in written)
    assert written == copied


def _dumped(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("BEGIN")
        connection.execute("DROP TABLE store_piece_tokens")  # the search index cannot be listed
        return set(connection.iterdump())


@pytest.mark.wide  # measures
def test_checking_and_comparing_content_is_measured_beside_parsing_it(tmp_path: Path):
    found = content.figures(tmp_path, 3, rounds=1)
    assert [(figure.what, figure.target) for figure in found] == [
        ("diff of 3 changed of 3 templates : parsing both versions of these", "at most 2x"),
        ("check 3 templates : parsing them", "at most 3x"),
    ]


@pytest.mark.wide  # measures
def test_a_command_is_measured_beside_a_bare_interpreter():
    with folder() as place, stand(place) as engine:
        store = Store(engine.workbench.settings.database, place / "repository", place)
        found = commands.start_up(store, rounds=1)
    assert [figure.what for figure in found] == [
        "workbench --help : python -c pass",
        "workbench task list : python -c pass",
    ]
    assert all("busy" in figure.value for figure in found)


@pytest.mark.wide
def test_the_impact_of_a_change_is_measured_beside_reading_the_bundles():
    with folder() as place, stand(place) as engine:
        fill(engine, 300)
        twice = [impacts.beside_reading(engine, times=2) for _ in range(2)]
    assert [figure.target for (figure,) in twice] == ["at most 2x"] * 2


@pytest.mark.wide
def test_what_changed_is_exported_beside_a_larger_store():
    with folder() as place, stand(place) as small, stand(place) as large:
        fill(large, 60)
        (figure,) = exporting.changes(small, large, place, times=2)
    assert figure.target == "at most 1.5x"
    assert "busy" in figure.value


@pytest.mark.wide
def test_what_changed_is_loaded_beside_a_larger_store(postgres_url_factory: Callable[[], str]):
    with folder() as place, stand(place) as small, stand(place) as large:
        for engine, tasks in ((small, 60), (large, 120)):
            fill(engine, tasks)
        [figure] = exporting.loads(
            small, large, place, times=2, database=" (PostgreSQL)", empty=postgres_url_factory
        )
    assert figure.target == "at most 1.5x"
    assert figure.what.startswith("load into PostgreSQL a day of 100 changes, with ")


@pytest.mark.wide
def test_what_a_benchmark_fills_a_store_with_leaves_as_a_valid_export():
    with folder() as place, stand(place) as engine:
        fill(engine, 300)  # enough for each kind of judgement
        writer.write(engine.workbench, engine.admin, place / "export")
        assert validate.check(place / "export") == []
