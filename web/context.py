"""What every view asks for: the running Workbench and whoever acts."""

from __future__ import annotations

from datetime import date

from flask import Flask, current_app, g

from engine.access import Actor
from engine.app import Workbench
from engine.clock import today
from engine.errors import UnauthorizedError

_EXTENSION = "workbench"


def hold_workbench(extensions: dict[str, object], workbench: Workbench) -> None:
    """Keep the one running Workbench with the application."""
    extensions[_EXTENSION] = workbench


def current_workbench() -> Workbench:
    """Return the Workbench of the application that answers this request."""
    return workbench_of(current_app)


def workbench_of(app: Flask) -> Workbench:
    """Return the Workbench that an application was built around."""
    workbench: Workbench = app.extensions[_EXTENSION]
    return workbench


def find_actor() -> Actor | None:
    """Return who is signed in, or None."""
    actor: Actor | None = g.get("actor")
    return actor


def current_actor() -> Actor:
    """Return who is signed in.

    Raises:
        UnauthorizedError: nobody is.
    """
    actor = find_actor()
    if actor is None:
        raise UnauthorizedError("You are not signed in. Sign in, then try again.")
    return actor


def current_zone() -> str:
    """Return the time zone in which days and times are shown: the reader's own, else the workspace's."""
    workbench, actor = current_workbench(), find_actor()
    if actor is None:
        return workbench.settings.timezone
    return actor.timezone or workbench.workspace.timezone


def current_today() -> date:
    """Return the calendar day where the reader is."""
    return today(current_workbench().clock, current_zone())
