"""Addresses that sign somebody in: no cache keeps their answers, and no log tells them (S22).

And what else a log may not tell of a request as it was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from flask import current_app, request

#: Keeps an answer out of caches, and its address out of what is asked next.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
#: Others are told as one: whoever asks may write there what they like, signs that begin a new line too.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])


def secret_address(view: View) -> View:
    """Mark a view whose address is a secret; that holds for all its answers, errors too."""
    view.has_secret_address = True  # type: ignore[attr-defined]  # functions take attributes
    return view


def is_secret() -> bool:
    """Whether the address of this request is a secret."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "has_secret_address", False)


def told_method(method: str) -> str:
    """Return a method as logs and metrics may tell it."""
    return method if method in METHODS else "other"


def for_log() -> str:
    """Say in one line what this request asks for, as a log may keep it."""
    if request.url_rule is None:
        return "an unknown address"  # which may be a secret one, mistyped
    return request.url_rule.rule if is_secret() else quote(request.path)
