"""Each attack reaches the reader that it is meant for, and its figure says what it was measured beside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from benchmarks import attackers, attacks
from benchmarks.attacks import Attack, Attacker
from benchmarks.over_http import stores
from benchmarks.over_http.site import Board

_TASKS = 60
#: The first ones attack where a figure is measured, and a link signs in once.
_NUMBERS = range(attackers.ATTACKERS, attackers.ATTACKERS + 2)
pytestmark = pytest.mark.wide


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    place = tmp_path_factory.mktemp("attacked")
    store = stores.copied(stores.filled(_TASKS, place, None), place)
    with attackers.serve(stores.prepared(store, _TASKS)) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(board: Board) -> Iterator[list[Attacker]]:
    with ExitStack() as opened:
        yield [opened.enter_context(attackers._insider(board, number)) for number in _NUMBERS]


@pytest.mark.parametrize("attack", attacks.SIGNED_IN, ids=lambda attack: attack.name)
def test_what_a_person_sends_is_read_as_far_as_its_budget_goes(signed_in: list[Attacker], attack: Attack):
    for attacker in signed_in:
        attacks.require_it_arrives(attack, attacker)


@pytest.mark.parametrize("attack", attacks.STRANGERS, ids=lambda attack: attack.name)
def test_what_a_stranger_sends_is_read_as_far_as_its_budget_goes(board: Board, attack: Attack):
    with attackers._stranger(board) as stranger:
        attacks.require_it_arrives(attack, stranger)


def test_an_attack_that_is_turned_away_at_the_door_measures_nothing(signed_in: list[Attacker]):
    [attack, *_] = [one for one in attacks.SIGNED_IN if one.name == "HTML of 40,000 elements"]
    first, second = signed_in
    for other in (
        replace(first, task=second.task),
        replace(first, session=replace(first.session, token="x")),
    ):
        with pytest.raises(SystemExit, match=r"answered 40[0-9], not 400 with “more markup"):
            attacks.require_it_arrives(attack, other)


def test_a_figure_says_both_medians_and_what_the_attackers_were_answered(board: Board):
    extent = attackers.Extent(pages=4, seconds=1, only="10,000 fields", who="admin")
    [figure] = attackers.beside_attackers(board, extent)
    assert (figure.what, figure.target) == ("forms of 10,000 fields", "at most 3x")
    assert figure.met is not None
    assert " ms against " in figure.value
    assert " requests a second: " in figure.value
    assert figure.value.endswith(" x 400)")
