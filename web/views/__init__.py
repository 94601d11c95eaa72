"""One blueprint per screen area; ``create_app`` registers this list."""

from __future__ import annotations

from flask import Blueprint

from web.views import (
    accounts,
    approvals,
    board,
    bulk,
    bundles,
    corrections,
    deliverables,
    find,
    guides,
    inbox,
    partners,
    people,
    preview,
    qa,
    reports,
    start,
    stories,
    stuck,
    task_clone,
    task_making,
    tasks,
    templates,
    worklogs,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts.bp,
    board.bp,
    bulk.bp,
    find.bp,
    tasks.bp,
    corrections.bp,
    task_clone.bp,
    task_making.bp,
    task_making.bp_in_bundle,
    deliverables.bp,
    approvals.bp,
    bundles.bp,
    start.bp,
    templates.bp,
    qa.bp,
    reports.bp,
    stories.bp,
    inbox.bp,
    stuck.bp,
    people.bp,
    preview.bp,
    partners.bp,
    worklogs.bp,
    guides.bp,
)
