"""Each part that measures over HTTP runs on a tiny store; what it measures is no test's business."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import compare, run
from benchmarks.over_http import api, figures, processes, stores
from benchmarks.over_http.beside_floor import beside_floor
from benchmarks.over_http.client import Notes
from benchmarks.over_http.driving import Outcome, Target
from benchmarks.over_http.serving import Session
from benchmarks.over_http.site import Site, site

_TASKS = 60
_EFFORT = run.QUICK.effort


def _served(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test as one of those that measure servers: a sweep, in one process, which starts them once."""
    return pytest.mark.wide(test)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stores.filled(_TASKS, tmp_path_factory.mktemp("filled"), None)


@pytest.fixture(scope="module")
def running(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    store = stores.copied(home, tmp_path_factory.mktemp("served"))
    with site(stores.prepared(store, _TASKS)) as found:
        yield found


@_served
@pytest.mark.parametrize(
    ("name", "who"),
    [
        *((name, "admin") for name in ("board", "list", "search", "task", "bundle", "inbox", "my work")),
        *((name, "member") for name in ("inbox", "my work")),
    ],
)
def test_a_floor_page_shows_as_many_cards_as_the_page(running: Site, name: str, who: str):
    found = beside_floor(running, running.page(name, who), requests=2)
    assert found.cards > 0 or name in ("inbox", "my work")  # in a store of sixty tasks
    assert found.ratio > 0
    # A floor page is no smaller than a quarter of the page: it says the same, in a smaller frame.
    assert found.sizes["floor"] > found.sizes["page"] / 4


@_served
def test_a_floor_page_that_shows_other_cards_is_not_compared_with(running: Site):
    page = running.page("board", "admin")
    with pytest.raises(SystemExit, match="its floor page"):
        beside_floor(_Elsewhere(**vars_of(running)), page, requests=2)


class _Elsewhere(Site):
    """A site whose floor pages are all the list."""

    def floor_asked(self, *_: object) -> Target:
        return Target(path="/board?view=list&q=nothing+has+these+words")


def vars_of(running: Site) -> dict[str, object]:
    names = ("prepared", "board", "sessions", "writer", "floor", "client")
    return {name: getattr(running, name) for name in names}


@_served
def test_pages_many_clients_polls_and_viewers_give_figures(running: Site):
    found = [
        *figures.pages(running, _EFFORT),
        *figures.many_clients(running, _EFFORT),
        *figures.polls(running, _EFFORT),
        *figures.viewers(running, _EFFORT),
    ]
    assert [figure.what for figure in found if figure.met is None] == []
    assert {figure.topic.partition(",")[0] for figure in found} == {
        "Pages beside their floor pages",
        "Many clients at once",
        "Open pages that poll",
    }


@_served
def test_the_api_gives_figures(home: Path, tmp_path: Path):
    found = api.creates(stores.copied(home, tmp_path), _TASKS, each=4)
    assert [figure.what for figure in found if figure.met is None] == []
    assert found[1].value == "100.00%"
    assert {figure.what.partition(",")[0] for figure in found[2:]} == {
        "NFR-001", "NFR-002", "NFR-003", "NFR-005", "NFR-006",
    }  # fmt: skip


@_served
def test_more_tasks_and_memory_give_figures(running: Site):
    found = figures.growth({_TASKS: running, _TASKS + 1: running}, _EFFORT)
    assert [figure.what for figure in found] == [
        "list, admin: 61 tasks : 60",
        "peak memory of a process with 61 tasks : with 60",
    ]
    assert found[1].value.startswith("1.00x")


@_served
def test_a_write_of_the_benchmark_makes_an_open_page_old(running: Site):
    admin, page = running.sessions["admin"], running.page("list", "admin").address
    headers = {"X-Live": "1", "If-None-Match": admin.tag_of(page)}
    admin.get(page, expect=304, more=headers)
    running.write()
    admin.get(page, expect=200, more=headers)


@_served
def test_an_answer_that_was_not_meant_ends_the_measurement(running: Site):
    stranger = Session(running.board)
    with pytest.raises(SystemExit, match=r"/board answered (302|303|401), not \(200,\)"):
        stranger.get("/board")
    stranger.close()


@_served
def test_the_processor_time_of_a_server_counts_what_it_did(running: Site):
    before = running.board.processor_seconds()
    running.client.load(running.board.address, [running.asked(running.page("list", "admin"))], requests=3)
    spent = processes.used(before, running.board.processor_seconds())
    assert sum(spent.values()) > 0.001
    assert set(spent) == set(processes.tree(running.board.pid))
    assert processes.peak_memory(running.board.pid)[running.board.pid] > 10_000_000


def test_what_fails_is_counted_and_no_answer():
    notes = Notes()
    notes.statuses.update({"200": 3, "304": 2, "500": 1, "ConnectionResetError": 1})
    outcome = Outcome([0.1] * 6, notes.statuses, 0, "", 2.0, 0.1)
    assert (outcome.answered, outcome.failed, outcome.per_second) == (5, 2, 2.5)


@_served
def test_the_rate_of_many_clients_ends_where_the_first_has_nothing_to_ask(running: Site):
    target = running.asked(running.page("list", "admin"))
    outcome = running.client.load(running.board.address, [target], requests=12, clients=4)
    assert outcome.together is not None
    answers, seconds = outcome.together
    assert 9 <= answers <= 12, "those of three others are under way"
    assert 0 < seconds <= outcome.seconds


def test_only_what_is_slower_twice_became_slower(monkeypatch: pytest.MonkeyPatch):
    told: list[compare.Change] = []

    class Scripted:
        def measure(self, *_: object, **_asked: object) -> compare.Change:
            return told.pop(0)

    def slower(*ratios: float) -> bool:
        told[:] = [compare.Change("list", 1.0, ratio) for ratio in ratios]
        found = compare._measured(Scripted(), "list", "admin", cold=False, requests=10)  # type: ignore[arg-type]
        assert told == []  # asked again only where it seemed slower
        return found.is_slower

    assert slower(1.3, 1.25)
    assert not slower(1.3, 1.1)
    assert not slower(1.19)


@pytest.mark.long
def test_a_quick_run_of_every_part_gives_figures_on_both_databases():
    found = [
        (bool(version), figure)
        for version, part in run.measured(run.QUICK, list(run.PARTS), None)
        for figure in part
    ]
    topics = {figure.topic for _, figure in found}
    assert {"Commands", "Creating a task", "A bundle of 42 tasks", "Export"} <= topics
    assert {"More tasks", "More tasks (PostgreSQL)"} <= topics
    assert any("(PostgreSQL)" in figure.what for _, figure in found)


@pytest.mark.long
def test_a_tree_is_compared_with_its_own_commit(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["HEAD", "--tasks", "60", "--page", "list", "--who", "admin", "--requests", "10"]
    compare.main(words)
    said = capsys.readouterr().out
    assert "list, admin, cold" in said
    assert "of 2 became more than 20% slower than HEAD" in said
