"""The page that brings a bundle to a newer revision of its template: what is other, what needs a decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.access import Permission, may
from engine.audit.models import Action, Event
from engine.catalog.content import Content
from engine.catalog.diff.changes import Part
from engine.catalog.diff.wording import item_at, name_of
from engine.errors import WorkbenchError
from engine.migration.judging import Finding
from engine.migration.matrix import Kind, Verdict
from engine.migration.preview import WHOLE, Item, Migration, preview
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.pages import bundle_loading
from web.pages.bundle import ChangingPage

#: In front of an item's key, as the command takes its choice.
PREFIX = "choices."


@dataclass(frozen=True)
class Line:
    """One thing that is other, in words."""

    #: The name of its input.
    name: str
    #: Which task it is of; None for the bundle.
    task: Task | None
    title: str
    #: What changed of it.
    what: str
    why: str
    #: What the bundle has and would get; None where a word does not say it.
    has: str | None = None
    newer: str | None = None
    #: What the template that it keeps made it, where somebody has changed that since.
    pinned: str | None = None
    #: What was chosen already.
    chosen: str = ""


@dataclass(frozen=True)
class MigrationPage:
    """What a migration would do, by verdict."""

    page: ChangingPage
    #: Why there is nothing to show, in a sentence.
    trouble: str = ""
    is_nothing: bool = False
    #: The hash of the template whose changes are shown.
    seen: str = ""
    #: Whether the reader may name another revision than the one that is live, and which they have named.
    may_choose: bool = False
    to: str = ""
    #: Whether it was migrated before, which may be undone.
    was_migrated: bool = False
    lines: Mapping[Verdict, list[Line]] = field(default_factory=dict)

    def of(self, verdict: str) -> list[Line]:
        """Return the lines with a verdict, by its word."""
        return self.lines.get(Verdict(verdict), [])


def load(tx: Transaction, content: Content, bundle_id: str, sent: Mapping[str, str]) -> MigrationPage:
    """Return the page; ``sent`` are the choices made already.

    Raises:
        NotFoundError: there is no such bundle, or the actor may not see it.
    """
    page = bundle_loading.load_for_migrating(tx, bundle_id)
    if not page.may("MIGRATE"):
        return MigrationPage(page)
    chosen: dict[str, Any] = {"may_choose": may(tx.actor, Permission.WORK_ALL), "to": sent.get("to", "")}
    try:
        found = preview(tx, content, page.bundle)
    except WorkbenchError as error:
        return MigrationPage(page, trouble=error.message, **chosen)
    there = {task.template_task_ref: task for task in found.tasks if not task.cloned_from}
    lines: dict[Verdict, list[Line]] = {}
    for item in found.items:
        earlier = found.compared.was.get(item.ref or "", item.ref)
        made = found.made.get(item.ref or "")
        task = there.get(earlier)
        title = task.title if task else made.task.title if made else "The bundle"
        lines.setdefault(item.verdict, []).append(_line(tx, found, item, task, title=title, sent=sent))
    was_migrated = tx.find_one(Event, entity_id=bundle_id, action=Action.BUNDLE_MIGRATED) is not None
    return MigrationPage(
        page,
        is_nothing=found.is_nothing,
        seen=found.after.closure_hash,
        was_migrated=was_migrated,
        lines=lines,
        **chosen,
    )


def _line(
    tx: Transaction, found: Migration, item: Item, task: Task | None, *, title: str, sent: Mapping[str, str]
) -> Line:
    name = f"{PREFIX}{item.key}"
    is_shown = item.has is not None or item.newer is not None
    return Line(
        name=name,
        task=task,
        title=title,
        what=_what(item, found),
        why=item.why,
        has=_shown(tx, item.name, item.has) if is_shown else None,
        newer=_shown(tx, item.name, item.newer) if is_shown else None,
        pinned=_shown(tx, item.name, item.pinned) if is_shown and item.pinned != item.has else None,
        chosen=sent.get(name, ""),
    )


def _what(item: Item, found: Migration) -> str:
    """Return what changed, as people read it: ``Due date``, ``Steps: “Outline” made required``."""
    if item.name == WHOLE:
        return {
            Kind.TASK_ADDED: "New in the template",
            Kind.TASK_RENAMED: "Has another name in the template",
        }.get(item.kinds[0], "Not in the template any more")
    label = item.name.replace("_", " ").capitalize()
    told = ", ".join(dict.fromkeys(filter(None, (_part(one, item, found) for one in item.findings))))
    return f"{label}: {told}" if told else label


def _part(one: Finding, item: Item, found: Migration) -> str:
    """Return which part of a field it is, by its title and with what became of it; else by its ref."""
    inside = one.what.removeprefix(item.name).strip()
    new_ref = item.ref or ""
    sides = ((found.after, new_ref), (found.before, found.compared.was.get(new_ref, new_ref)))
    for ref in (inside, inside.partition(" ")[0]):
        for side, task_ref in sides:
            where = (Part("tasks", task_ref), Part(item.name, ref))
            if item_at(side.template, where) is not None:
                return f"“{name_of(side.template, where)}” {one.kind.value}"
    return inside.replace("_", " ")


def _shown(tx: Transaction, name: str, value: Any) -> str:
    """Return a value as people read it."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if name == "due_date":
        day = date.fromisoformat(value)
        return f"{day:%a} {day.day} {day:%b} {day.year}"
    if name == "assignee":
        person = tx.find_by_key(Employee, value)
        return person.name if person else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(
            one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in value
        )
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
