"""What ``serve`` and ``upgrade`` say about the shape of the store, in words and as data."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from engine.config import PROCRASTINATE, Settings
from engine.jobs import delivery
from engine.store import DocumentStore, Plan
from engine.upgrades import open_store


def lacking_for_jobs(settings: Settings, plan: Plan) -> list[str]:
    """Say what a store that has all its steps lacks for delivering jobs, as the settings want them to be."""
    if settings.jobs != PROCRASTINATE or plan.version is None or plan.steps:
        return []
    with closing(open_store(settings.database, make=False)) as store:
        return delivery.lacking(store)


def describe(plan: Plan, lacking: Sequence[str] = ()) -> str:
    """Tell what an upgrade would do; ``lacking`` is what it would make for jobs."""
    if plan.version is None:
        return f"There is no store at {plan.url} yet; `workbench serve` makes one, at version {plan.known}."
    if lacking:
        return "\n".join(f"An upgrade makes {what}." for what in lacking)
    if not plan.steps:
        ahead = ", one ahead of this program" if plan.version > plan.known else ""
        return f"Nothing to do.\nThe store is at version {plan.version}{ahead}."
    steps = [
        f"  {step.version}: {step.description}{f' (release {step.release})' if step.release else ''}"
        for step in plan.steps
    ]
    backup = (
        f"Before that the store is copied to {plan.backup}."
        if plan.backup
        else "An upgrade copies no PostgreSQL database: run workbench backup FILE first, then workbench "
        "upgrade --backed-up."
    )
    older = (
        "Servers of the previous release may keep running meanwhile and afterwards."
        if plan.older_may_go_on
        else "Stop the servers that run now first: they cannot work with the upgraded store."
    )
    heading = f"The store is at version {plan.version}; an upgrade brings it to {plan.known}:"
    return "\n".join([heading, *steps, backup, older])


def report(store: DocumentStore, made: Sequence[str] = ()) -> str:
    """Tell what opening a store has done to it, and what was ``made`` for jobs."""
    lines = [*store.migrated, *(f"Made {what}." for what in made)] or ["Nothing to do."]
    if store.backup is not None:
        lines.append(f"Before that the store was copied to {store.backup}.")
    ahead = ", one ahead of this program" if store.is_ahead else ""
    return "\n".join([*lines, f"The store is at version {store.schema_version}{ahead}."])


def as_dict(store: DocumentStore) -> dict[str, Any]:
    """Give what ``report`` tells for ``--json``."""
    return {
        "schema_version": store.schema_version,
        "applied": store.migrated,
        "backup": None if store.backup is None else str(store.backup),
    }
