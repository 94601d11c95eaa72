"""Ids are prefixed, unique and sort by the time of their making."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.entities import RECORD_TYPES
from engine.ids import IdSource

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FORM = re.compile(r"tsk_[0-9A-HJKMNP-TV-Z]{26}")
MOMENTS = st.integers(0, 600 * 365 * 86_400_000).map(
    lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


@given(MOMENTS, MOMENTS)
def test_ids_have_one_form_and_sort_by_time(first: datetime, second: datetime):
    made = [IdSource().new("tsk", moment) for moment in (first, second)]
    assert all(FORM.fullmatch(one) for one in made)
    if first != second:
        assert (made[0] < made[1]) == (first < second)


@given(st.lists(st.integers(-3, 3), max_size=60))
def test_ids_of_one_source_ascend_even_when_the_clock_goes_back(steps: list[int]):
    source, moment, made = IdSource(), NOW, []
    for step in steps:
        moment += timedelta(milliseconds=step)
        made.append(source.new("tsk", moment))
    assert made == sorted(set(made))


def test_a_seed_gives_the_same_ids_again_and_no_seed_others():
    assert IdSource(7).new("tsk", NOW) == IdSource(7).new("tsk", NOW)
    assert IdSource().new("tsk", NOW) != IdSource().new("tsk", NOW)


def test_the_known_ulid_of_a_moment_begins_the_id():
    at = datetime.fromtimestamp(1_469_918_176.385, UTC)
    assert IdSource(1).new("tsk", at).startswith("tsk_01ARYZ6S41")


def test_threads_never_get_the_same_id():
    source, made = IdSource(), []
    threads = [
        threading.Thread(target=lambda: made.extend(source.new("tsk", NOW) for _ in range(500)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000


def test_no_two_kinds_of_record_share_a_prefix():
    prefixes = [one.spec.prefix for one in RECORD_TYPES if one.spec.prefix]
    assert len(set(prefixes)) == len(prefixes)
