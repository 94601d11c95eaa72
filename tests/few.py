"""Shares the cases of a test out between `make test` and `make test-wide`: ``@pytest.mark.few(3)``.

For a test that says the same of many things: of every template, every page, every cell of a table. A few of
them notice a broken rule at once; the others are for the wide run.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as wide what is beyond the few of each test; the few are spread over all its cases."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("few") and not item.get_closest_marker("wide"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for same in cases.values():
        few: int = same[0].get_closest_marker("few").args[0]  # type: ignore[union-attr]
        kept = {at * len(same) // few for at in range(few)}
        for at, item in enumerate(same):
            if at not in kept:
                item.add_marker(pytest.mark.wide)
