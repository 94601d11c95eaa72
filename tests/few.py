"""Shares the cases of a test out among the runs: ``@pytest.mark.few(3)``, ``@pytest.mark.few(3, wide=30)``.

For a test that says the same of many things: of every template, every page, every cell of a table. A few of
them notice a broken rule at once, in `make test`; the others are for `make test-wide`. Where they are so many
that these take long, too, ``wide`` says how many; the rest is for `make test-long`.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is beyond the few of each test as wide, and what is beyond its wide ones as long, too.

    Those that are kept are spread over all cases.
    """
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("few"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for same in cases.values():
        number = same[0].get_closest_marker("few")
        assert number is not None
        _beyond(number.args[0], same, "wide", already=False)
        if "wide" in number.kwargs:
            _beyond(number.kwargs["wide"], same, "long", already=True)


def _beyond(few: int, cases: list[pytest.Item], mark: str, *, already: bool) -> None:
    """Mark all but so many of the cases, of those that are wide already or of the others."""
    of = [one for one in cases if bool(one.get_closest_marker("wide")) is already]
    kept = {at * len(of) // few for at in range(few)}
    for at, item in enumerate(of):
        if at not in kept:
            item.add_marker(mark)
