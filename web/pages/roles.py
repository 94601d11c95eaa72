"""Assignee roles that forms offer: those that templates give tasks to, and those that somebody has."""

from __future__ import annotations

from collections.abc import Iterable

from engine.catalog.content import Content


def known(content: Content, also: Iterable[str] = ()) -> list[str]:
    """Return the roles that templates name, and ``also`` these, by name."""
    named = {
        assignee.role
        for template in content.templates.values()
        for assignee in (template.default_assignee, *(task.assignee for task in template.tasks))
        if assignee is not None and assignee.role is not None
    }
    return sorted(named.union(also))
