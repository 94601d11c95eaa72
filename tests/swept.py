"""Says the same of many things in one test: ``@swept("route", ROUTES)``.

For what is cheap to ask and asked of hundreds: to collect a case of ``pytest.mark.parametrize``, which every
worker does, takes longer than to run it. What a case changes, the next one finds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any


def swept(names: str, cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test for each case, with the case as the arguments that are named, as ``parametrize`` gives it.

    All cases are tried; those that fail are named together at the end. No case at all is a failure, too.
    """
    given = names.split(", ")
    all_cases = [case if len(given) > 1 else (case,) for case in cases]

    def sweep(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def over_all(**fixtures: Any) -> None:
            assert all_cases, "there is nothing to look at"
            failed: list[tuple[str, Exception]] = []
            for case in all_cases:
                try:
                    test(**fixtures, **dict(zip(given, case, strict=True)))
                except Exception as error:
                    failed.append((", ".join(map(_told, case)), error))
            if failed:
                told = "".join(f"\n\n{case}: {error!r}" for case, error in failed)
                message = (
                    f"{len(failed)} of {len(all_cases)} cases fail; how the first does stands above{told}"
                )
                raise AssertionError(message) from failed[0][1]

        whole = inspect.signature(test)
        left = [one for name, one in whole.parameters.items() if name not in given]
        over_all.__signature__ = whole.replace(parameters=left)  # type: ignore[attr-defined]
        return over_all

    return sweep


def _told(value: Any) -> str:
    """Say which case it is: by its name where it has one."""
    return str(getattr(value, "name", None) or getattr(value, "__name__", None) or f"{value!r:.100}")
