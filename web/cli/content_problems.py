"""What is wrong with content, for all commands that say so: found with what a store knows, and printed."""

from __future__ import annotations

from collections.abc import Callable

from engine.catalog import catalog
from engine.catalog.content import Content
from engine.catalog.problems import Problem
from engine.proposals import checking
from web.cli import scenarios
from web.cli.context import Session


def problems_of(session: Session, live: Content) -> list[Problem]:
    """Return all that ``content check`` finds wrong, scenario files and what a store knows included."""
    return catalog.judged(live, [*problems_among_those_there(session, live), *scenarios.problems_of(live)])


def problems_among_those_there(session: Session, live: Content) -> list[Problem]:
    """Return what is wrong for the people, partners and campaigns that a store can name (R11)."""
    if not session.has_store:
        return []
    with session.reading() as tx:
        return checking.problems_among_those_there(tx, live)


def line_of(style: str) -> Callable[[Problem], str]:
    """Return what makes the line of a problem, as ``--format`` says."""
    return _github if style == "github" else str


def _github(problem: Problem) -> str:
    """Return the form that GitHub shows beside the changed line.

    It takes ``%25`` for a percent sign, and ends a property at a comma and a message at a line's end.
    """
    words = _escaped(f"{problem.message} {problem.hint}".rstrip(), "%\r\n")
    file = _escaped(problem.file, "%\r\n:,")
    return (
        f"::{problem.severity} file={file},line={problem.line},col={problem.column},"
        f"title={problem.code}::{words}"
    )


def _escaped(text: str, signs: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in signs else sign for sign in text)
