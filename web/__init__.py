"""The web edge: ``create_app`` builds the board; ``web.cli`` is the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from engine.app import Workbench

__all__ = ["create_app"]


def create_app(workbench: Workbench, *, secret_key: str | bytes | None = None) -> Flask:
    """Build the board. Without ``secret_key`` the store's own signs cookies, made on first use."""
    from web.application import build  # noqa: PLC0415 - the command line begins without the board

    return build(workbench, secret_key=secret_key)
