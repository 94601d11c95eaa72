"""Every verb in random order, by several people, on both databases: the whole life of a task (D5).

No illegal transition, no approval without an entitled decision on exactly that content, no lost event, the
chain intact, the export valid at every point. What must hold is kept by ``ledger``, which asks the engine
nothing; what may be tried is in ``living``; ``life`` tries it, as
``machine`` does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from engine.catalog.catalog import Catalog
from tests.engine.lives import living
from tests.engine.lives.life import Life
from tests.engine.lives.machine import open_at


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def life(
    request: pytest.FixtureRequest, shipped_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> type[Life]:
    """The machine, on copies of a store with the world in it."""
    folder = tmp_path_factory.mktemp("world")
    if request.param == "sqlite":
        url, copies = _sqlite(folder)
    else:
        url, copies = _postgresql(request.getfixturevalue("postgres_url_factory"))
    workbench = open_at(url, shipped_catalog, folder, seed=7)
    world = living.found(workbench)
    workbench.close()
    return type(
        f"LifeOn{request.param.title()}",
        (Life,),
        {
            "copy_of_store": staticmethod(copies),
            "world": world,
            "catalog": shipped_catalog,
            "tally": Counter(),
            "short_run": 5 if request.param == "sqlite" else 3,
        },
    )


def _sqlite(folder: Path) -> tuple[str, Callable[[], Any]]:
    @contextmanager
    def copies() -> Iterator[str]:
        target = Path(tempfile.mkdtemp(prefix="life-", dir=folder)) / "store.db"
        shutil.copyfile(folder / "world.db", target)
        yield f"sqlite:///{target}"
        shutil.rmtree(target.parent)

    return f"sqlite:///{folder}/world.db", copies


def _postgresql(factory: Callable[[], str]) -> tuple[str, Callable[[], Any]]:
    world, desk = factory(), factory()

    @contextmanager
    def copies() -> Iterator[str]:
        name, target = f"life_{uuid4().hex[:12]}", _name_in(world)
        with psycopg.connect(desk, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{target}" STRATEGY = FILE_COPY')
            yield world.replace(f"/{target}?", f"/{name}?")
            connection.execute(f'DROP DATABASE "{name}"')

    return world, copies


def _name_in(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _run(life: type[Life], *, examples: int, steps: int, derandomize: bool) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=derandomize,
            database=None,
            # A failing run says its steps; making it shorter would take minutes.
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


#: What a run must have seen, so that it says something.
SEEN = (
    "completed with internal",
    "completed with portal",
    "the one allowed change",
    "permitted to run",
    "exported",
    "INVALID_TRANSITION",
    "decision: made",
    "decision: OWN_WORK",
    "decision: ALREADY_DECIDED",
    "decision: FEEDBACK_REQUIRED",
    "decision: STALE_VERSION",
)
#: What most lives of many steps must have had.
IN_MOST_LIVES = (
    "cloned in a bundle",
    "dependency dropped",
    "decision: UNAVAILABLE",
    "damaged",
    "set back",
    "recorded by a clock that was set back",
)
#: What nobody does for themselves; rare by chance, the last two above all.
OWN_WORK = ("decision: OWN_WORK", "change: OWN_WORK", "load: OWN_WORK")
#: How a task's wait for another was tried to be ended.
DROPPED = ("drop: FORBIDDEN", "drop: BAD_REQUEST")
#: Rare by chance: whoever called it off has to be whoever drops it.
DROPPED_IN_TWO_STEPS = (
    "drop of what they called off: FORBIDDEN",
    "drop of what they called off: made",
)
#: The part of all lives in which something must be judged: what is drawn must reach a decision.
MOST_LIVES = 0.8
OUTCOMES = ("rejected", "approved", "approved_pending_changes")
HARM = ("altered", "deleted", "emptied")
REASONS = ("It is done elsewhere.", " ")
SURPRISES = ("edit", "edit", "withdraw", "tick", "edit", "show", "edit")


def test_a_life_around_every_corner_keeps_the_rules(life: type[Life]):
    """The same every time: each task is overtaken, meddled with, judged in every way, and judged again."""
    one = life()
    try:
        one.begin()
        one.the_assignee_hands_over(4, 1)  # it waits for its human review
        one.a_lead_reviews_what_asks_for_it("mona", "permit", 0)
        one.a_change_is_asked_for_and_made(1, 4, 1)
        for place, surprise in enumerate(SURPRISES):
            for step in _around_the_corners(one, place, surprise):
                step()
                one.the_rules_hold()
            one.what_waits_for_somebody_is_what_they_may_decide()
    finally:
        one.teardown()
    assert [name for name in SEEN if not life.tally[name]] == []


@pytest.mark.wide
def test_a_life_around_every_gate_keeps_the_rules(life: type[Life]):
    """The same every time: bundles, a clock that goes back, files that are damaged and restored."""
    one = life()
    try:
        one.begin()
        one.a_lead_reviews_what_asks_for_it("mona", "permit", 0)
        one.work("olga", "clone", 4, 1)
        one.work_is_given_away_and_judged_by_who_did_it("mara", 1, 3)
        for place in range(len(SURPRISES)):
            for step in _around_gates(one, place):
                step()
                one.the_rules_hold()
    finally:
        one.teardown()
    assert [name for name in (*IN_MOST_LIVES, *DROPPED, *DROPPED_IN_TWO_STEPS) if not life.tally[name]] == []


@pytest.mark.wide
def test_a_life_with_joins_that_lead_on_to_others_keeps_the_rules(life: type[Life]):
    """Two accounts that never were the same employee are one person where a third joins them (S3)."""
    one = life()
    try:
        one.begin()
        for employee in ("sam", "mara"):  # Tia is or was both: so Mara is who Sam is
            one.somebody_says_whom_another_stands_for("olga", "tia", employee)
        for place in range(len(SURPRISES)):
            one.somebody_says_whom_another_stands_for("olga", "mona", "mona")
            for key in one.work_is_given_away("mona", place, 3, "sam"):
                one.decide("mara", key, "approved", None, one.right_look(key))
            one.the_rules_hold()
        assert not one.ledger.ever["mara"] & one.ledger.ever["mona"]
        one.somebody_says_whom_another_stands_for("olga", "olga", "ana")
        one.a_lead_loads_an_employee("mara", "mara", {"kind": "agent"})
        one.the_rules_hold()
    finally:
        one.teardown()
    assert [name for name in OWN_WORK if not life.tally[name]] == []


def _around_gates(one: Life, place: int) -> list[Callable[[], None]]:
    how = HARM[place % 3]
    who = ("ana", "mara", "olga")[place % 3]
    return [
        lambda: one.somebody_calls_off_what_a_task_waits_for(("ana", "mara")[place % 2], place),
        lambda: one.somebody_drops_a_dependency(who, place, REASONS[place % 2]),
        lambda: one.the_clock_is_set_back(7 * place + 1),
        lambda: one.a_task_of_the_bundle_is_cloned_and_worked_on(who, place),
        lambda: one.what_is_handed_over_is_damaged_and_restored(place, place, how),
    ]


def _around_the_corners(one: Life, place: int, surprise: str) -> list[Callable[[], None]]:
    n = place * 3
    return [
        lambda: one.the_assignee_hands_over(place, n),
        lambda: one.an_approver_is_overtaken(0, surprise),
        lambda: one.the_assignee_hands_over(place, n),
        lambda: one.somebody_who_may_gives_no_reason(0, " "),
        lambda: one.a_lead_lends_a_hand_and_then_judges(0, ("mara", "mona", "olga")[place % 3]),
        lambda: one.somebody_who_may_decides(0, OUTCOMES[place % 3]),
        lambda: one.the_assignee_hands_over_again(place, n),
        lambda: one.a_change_is_asked_for_and_made(n, place, 1 + place % 2),
        lambda: one.a_partner_decides(0, OUTCOMES[place % 3]),
        lambda: one.somebody_who_may_approves_to_the_end(0),
        lambda: one.anybody_decides_anything("mara", 2 * n, "approved", None, "old"),
    ]


@pytest.mark.wide  # lives by chance; those around every corner are told at once
def test_no_life_of_a_task_breaks_the_rules(life: type[Life]):
    _run(life, examples=life.short_run, steps=30, derandomize=True)
    assert life.tally["exported"] >= life.short_run
    assert life.tally["lives with a decision"] >= MOST_LIVES * life.tally["lives"]


#: And what a long one must have; the rarer refusals are around the corners, every time.
SEEN_LONG = (
    *(
        f"{source} {outcome}"
        for source in ("internal", "portal")
        for outcome in ("approved", "approved_pending_changes", "rejected")
    ),
    "completed with internal",
    "completed with portal",
    "the one allowed change",
    "permitted to run",
    "training switched",
    "joined",
    "roles changed",
    "load: made",
    "permission void",
    "decision: OWN_WORK",
    "cloned",
    "exported",
    *IN_MOST_LIVES,
    *DROPPED,
)


@pytest.mark.long
def test_no_long_life_of_a_task_breaks_the_rules(life: type[Life]):
    examples = int(os.environ.get("WORKBENCH_TEST_LIVES", "120"))
    _run(life, examples=examples, steps=80, derandomize=False)
    print(f"\n{life.__name__}: {examples} lives", dict(sorted(life.tally.items())))
    assert [name for name in SEEN_LONG if not life.tally[name]] == []
    assert life.tally["lives with a decision"] >= MOST_LIVES * life.tally["lives"]
    most = life.tally["long lives"] / 2
    assert [name for name in IN_MOST_LIVES if life.tally[f"long lives with {name}"] <= most] == []
