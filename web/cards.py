"""What can be done with a card: its menu and its moves. Cards with the same actions share what they say."""

from __future__ import annotations

import json
from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from engine.deliverables.actions import TaskAction
from engine.tasks.known import KnownTask
from web import addresses

Actions = tuple[TaskAction, ...]

#: Verbs that need to be told something lead to their form on the task's page.
ASKING = frozenset({"wait", "block", "defer", "skip", "cancel", "assign"})
_WITH_FORM = ASKING | {"help", "withdraw", "review_reject"}
#: Verb -> the column that it leads to.
_LEADS_TO = {
    "start": "in_progress",
    "resume": "in_progress",
    "put_back": "todo",
    "complete": "done",
    "wait": "waiting",
    "block": "stuck",
    "defer": "deferred",
    "skip": "done",
}
#: Stand for a task's address and its revision where it does not matter whose they are.
_ADDRESS, _REVISION = "\x00", "\x01"


@lru_cache(1024)
def moves(actions: Actions, is_deferred: bool) -> dict[str, str]:
    """Return column -> the verb that moves there, or the form on the task's page that it takes."""
    found: dict[str, str] = {}
    for action in actions:
        column = _LEADS_TO.get(action.name)
        if is_deferred and action.name == "resume":
            column = "todo"
        if column and column not in found:
            found[column] = form_of(action.name) if action.name in ASKING else action.name
    return found


@lru_cache(1024)
def drag(actions: Actions, is_deferred: bool) -> Markup:
    """Return the attributes by which a card is dragged to where its moves lead; nothing where it has none."""
    found = moves(actions, is_deferred)
    return Markup(' draggable="true" data-moves="{}"').format(json.dumps(found)) if found else Markup()


def form_of(verb: str) -> str:
    """Return where the form of a verb is, from the address of the task's page on."""
    return f"?do={verb}#do-{verb}"


def menu(task: KnownTask, actions: Actions) -> Markup:
    """Return the entries of a card's menu; what takes no form is sent by the page's form ``move``."""
    address = addresses.task(task.task_id)
    entries = _menu(actions).replace(_ADDRESS, address).replace(_REVISION, str(task.revision))
    return Markup(entries)  # noqa: S704 - every part is escaped


@lru_cache(1024)
def _menu(actions: Actions) -> str:
    return "".join(_entry(action) for action in actions)


def _entry(action: TaskAction) -> str:
    name, label = escape(action.name), escape(action.label)
    if action.name == "clone":
        return f'<a href="{_ADDRESS}/clone">{label}…</a>'
    if action.name in _WITH_FORM:
        return f'<a href="{_ADDRESS}{escape(form_of(action.name))}">{label}…</a>'
    return (
        f'<button class="small" type="submit" form="move" formaction="{_ADDRESS}/{name}" name="revision"'
        f' value="{_REVISION}">{label}</button>'
    )


def register(app: Flask) -> None:
    """Offer addresses and menus to the templates of ``app``."""
    app.jinja_env.globals.update(task_address=addresses.task, bundle_address=addresses.bundle, menu_of=menu)
