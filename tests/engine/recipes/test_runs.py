"""What the gallery says of a recipe's latest runs: how many succeeded, and how long those took."""

from __future__ import annotations

import pytest

from engine.executions.models import ExecutionStatus as S
from engine.executions.models import Settlement
from engine.recipes import runs
from engine.recipes.queries import Attempt
from engine.recipes.runs import Runs
from tests.engine.executions.conftest import Office
from tests.engine.recipes.conftest import VALUES
from tests.receiver import says

RATES = says({"date": "2026-11-20", "rates": {"EUR": 0.95}})


def attempt(
    task: str, status: S, seconds: int = 0, run: str = "2026-11-21T09:00:00Z", settled: str = ""
) -> Attempt:
    ended = None if status in (S.QUEUED, S.RUNNING) else f"2026-11-21T09:00:{seconds:02d}Z"
    return Attempt("exchange_rate", task, run, status.value, ended, settled or None)


@pytest.mark.parametrize(
    ("newest_first", "said"),
    [
        (
            [attempt("c", S.COMPLETED, 9), attempt("b", S.COMPLETED, 3), attempt("a", S.COMPLETED, 5)],
            Runs(3, 3, 5),
        ),
        ([attempt("b", S.FAILED, 1), attempt("a", S.COMPLETED, 4)], Runs(2, 1, 4)),
        # A run that was tried again and came to its end has succeeded, and took from its beginning.
        ([attempt("a", S.COMPLETED, 40), attempt("a", S.FAILED, 2)], Runs(1, 1, 40)),
        # One that is tried again is not over, whatever its first attempt came to.
        ([attempt("a", S.QUEUED), attempt("a", S.FAILED, 2)], None),
        ([attempt("b", S.RUNNING), attempt("a", S.TIMED_OUT, 2)], Runs(1, 0, None)),
        ([attempt("b", S.CANCELLED, 2), attempt("a", S.COMPLETED, 4)], Runs(1, 1, 4)),
        ([attempt("a", S.UNKNOWN, 2)], Runs(1, 0, None)),
        ([attempt("a", S.UNKNOWN, 2, settled=Settlement.HAPPENED)], Runs(1, 1, 2)),
        ([attempt("a", S.UNKNOWN, 2, settled=Settlement.DID_NOT_HAPPEN)], Runs(1, 0, None)),
        ([attempt("a", S.CANCELLED, 2)], None),
        ([], None),
    ],
)
def test_the_last_attempt_of_a_run_tells_how_it_ended(newest_first: list[Attempt], said: Runs | None) -> None:
    assert runs.summed_up(newest_first) == said


def test_a_share_is_rounded_down_so_that_a_hundred_means_all() -> None:
    assert [Runs(3, 3, 1).percent, Runs(200, 199, 1).percent] == [100, 99]


def test_runs_are_told_of_the_recipe_that_they_are_of(desk: Office) -> None:
    def latest() -> dict[str, Runs]:
        with desk.workbench.reading(desk.workbench.system_actor()) as tx:
            return runs.latest(tx, ["exchange_rate", "blog_post"])

    assert latest() == {}
    desk.program.answers = [RATES, 404]
    for key in ("a", "b"):
        desk.do("recipe start", recipe="exchange_rate", parameters=VALUES, idempotency_key=key)
        desk.workbench.clock.advance(seconds=20)  # type: ignore[attr-defined]
        desk.work()
    assert latest() == {"exchange_rate": Runs(2, 1, 20)}


def test_only_the_latest_are_looked_at(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_SAMPLE", 2)
    desk.program.answers, desk.program.usual = [404], RATES
    for _ in range(3):
        desk.do("recipe start", recipe="exchange_rate", parameters=VALUES)
        desk.work()
    with desk.workbench.reading(desk.workbench.system_actor()) as tx:
        assert runs.latest(tx, ["exchange_rate"])["exchange_rate"].count == 2, (
            "the first, which failed, is old"
        )
