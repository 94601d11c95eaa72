"""One blueprint per screen area; ``create_app`` registers this list."""

from __future__ import annotations

from flask import Blueprint

from web.views import accounts, board, bundles, start, task_parts, tasks, templates

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts.bp,
    board.bp,
    tasks.bp,
    task_parts.bp,
    bundles.bp,
    start.bp,
    templates.bp,
)
