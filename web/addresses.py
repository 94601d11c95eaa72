"""Addresses that one page has many of: said in one place, without asking the routes for each (P3)."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit

_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def task(task_id: str) -> str:
    """Return where a task's page is; what is done with it goes below that."""
    return f"/tasks/{quote(task_id, safe='')}"


@lru_cache(_REMEMBERED)
def track(task_id: str) -> str:
    """Return where an automated task is followed."""
    return f"{task(task_id)}/track"


@lru_cache(_REMEMBERED)
def bundle(bundle_id: str) -> str:
    """Return where a bundle's page is."""
    return f"/bundles/{quote(bundle_id, safe='')}"


def without_our_host(url: str, host: str) -> str:
    """Return a whole address of the board as the path that it is there, another one as it is (S14).

    ``host`` is how the board was reached, with its port unless that is the usual one. A task's number, for
    one, says nothing of where it is counted; the host does.
    """
    try:
        parts = urlsplit(url.strip())
        usual = {"http": 80, "https": 443}.get(parts.scheme)
        ours = urlsplit(f"{parts.scheme}://{host}")
        there, here = ((_host(one), one.port or usual) for one in (parts, ours))
    except ValueError:  # no address; it is refused in words later
        return url
    if usual is None or there != here:
        return url
    return parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/")).geturl()


def _host(address: SplitResult) -> str:
    """Return a host as the one that it is; a dot at its end says only that it is whole."""
    return (address.hostname or "").removesuffix(".")
