"""Addresses that one page has many of: said in one place, without asking the routes for each (P3)."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def task(task_id: str) -> str:
    """Return where a task's page is; what is done with it goes below that."""
    return f"/tasks/{quote(task_id, safe='')}"


@lru_cache(_REMEMBERED)
def bundle(bundle_id: str) -> str:
    """Return where a bundle's page is."""
    return f"/bundles/{quote(bundle_id, safe='')}"
