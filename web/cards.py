"""A task on the board, in a list, in its bundle: pages show a hundred, so Jinja does not write them (P3).

Every value is escaped, once, or made of nothing but numbers and words of the program; an address of
``addresses`` has nothing left to escape. Cards with the same actions share what they say of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from engine.deliverables.actions import TaskAction
from engine.tasks.known import KnownTask
from engine.tasks.models import TaskStatus
from engine.tasks.read_models import PlacedRow, TaskRow
from web import addresses, chips
from web import format as formats

Actions = tuple[TaskAction, ...]
#: Gives a cell of a row: of the row, its address, the escaped way back from its forms, and all columns that
#: are shown.
_Cell = Callable[[TaskRow, str, "Markup | None", Collection[str]], str]

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
_HELD = " is-held"
_CLOSED, _UNMET = ' class="is-closed"', ' class="unmet"'
#: Stand for a task's address and its revision where it does not matter whose they are.
_ADDRESS, _REVISION = "\x00", "\x01"


def card(row: TaskRow, actions: Actions, statuses: Collection[TaskStatus]) -> Markup:
    """Return a card of the column with these statuses."""
    task_id, title = escape(row.task_id), escape(row.title)
    moved = drag(actions, row.status is TaskStatus.DEFERRED)
    back = "" if row.is_terminal else formats.comes_back(row, is_short=True)
    trouble = chips.trouble(row, () if back else ("due",))  # else its date does
    away = chips.away(row, is_short=True)
    waits = _waits(row)
    return Markup(  # noqa: S704 - every part is escaped
        f'<li class="card{_HELD if waits else ""}" id="card-{task_id}" data-item'
        f' data-task="{task_id}" data-revision="{row.revision:d}"{moved}>\n'
        f'<p class="card-title"><a href="{addresses.task(row.task_id)}" title="{title}"'
        f' draggable="false">{title}</a></p>\n'
        f"{_menu_on_card(row, actions, task_id, title)}"
        f'<div class="card-facts">{chips.state(row, statuses)}{away}{trouble}{_bundle(row)}</div>\n'
        f"{waits}"
        f'<div class="card-foot"><span class="card-who"><span>{chips.who(row)}</span>{_steps(row)}</span>'
        f"{back or _when(row)}</div>\n"
        "</li>\n"
    )


def cell(row: KnownTask, name: str, said: object, back: str) -> Markup:
    """Return what a row says of a field as the way to its form, which comes when it is asked for (D4).

    ``back`` is where the form leads once it is saved, as a value in an address.
    """
    address = addresses.task(row.task_id)
    return Markup(_cell(address, escape(name), escape(said), escape(back)))  # noqa: S704 - every part is escaped


def _cell(address: str, name: str, said: Markup, back: Markup) -> str:
    return (
        f'<a class="cell" data-field="{name}" href="{address}?edit={name}&amp;back={back}#field-{name}">'
        f'{said}<span class="unseen">, change</span></a>'
    )


def line(row: TaskRow, columns: Collection[str], back: str | None = None, is_chosen: bool = False) -> Markup:
    """Return a row of the list with these columns.

    With ``back`` it can be chosen, and its person, day and priority lead to their forms.
    """
    title, task_id, address = escape(row.title), escape(row.task_id), addresses.task(row.task_id)
    box = "" if back is None else _box(title, task_id, is_chosen=is_chosen)
    bundle = ""
    if row.bundle_title and "bundle" not in columns:
        bundle = f' <span class="small-text quiet">{escape(row.bundle_title)}</span>'
    way_back = None if back is None else escape(back)
    cells = "".join([_CELLS[name](row, address, way_back, columns) for name in columns])
    return Markup(  # noqa: S704 - every part is escaped
        f'<tr data-item id="row-{task_id}">\n<td class="box">{box}</td>\n'
        f'<td class="title"><a href="{address}" title="{title}">{title}</a>{bundle}</td>\n{cells}</tr>\n'
    )


def _box(title: Markup, task_id: Markup, *, is_chosen: bool) -> str:
    return (
        f'<input type="checkbox" form="bulk" name="tasks" value="{task_id}" id="choose-{task_id}"'
        f' aria-label="Choose {title}"{" checked" * is_chosen}>'
    )


def _in_form(name: str, said: Callable[[TaskRow], Markup], label: str) -> _Cell:
    """Make the cell of a field that is changed where it stands."""

    def made(row: TaskRow, address: str, back: Markup | None, _: Collection[str]) -> str:
        shown = said(row) if back is None else _cell(address, name, said(row), back)
        return f'<td data-label="{label}">{shown}</td>\n'

    return made


def _standing(row: TaskRow, _: str, __: Markup | None, columns: Collection[str]) -> str:
    chips_shown = f"{chips.standing(row)}{chips.away(row)}{chips.after(row)}{chips.trouble(row, columns)}"
    return f'<td class="standing"><span class="chips">{chips_shown}</span>{_comes_back(row)}</td>\n'


def _in_its_bundle(row: TaskRow, _: str, __: Markup | None, ___: Collection[str]) -> str:
    if not row.bundle_title:
        return '<td data-label="Bundle"></td>\n'
    title, address = escape(row.bundle_title), addresses.bundle(row.bundle_id or "")
    return f'<td data-label="Bundle" class="bundle"><a href="{address}" title="{title}">{title}</a></td>\n'


def _steps_done(row: TaskRow, *_: object) -> str:
    steps = f"{row.steps_done:d}/{row.steps_total:d}" if row.steps_total else ""
    return f'<td data-label="Steps" class="number">{steps}</td>\n'


#: What stands in each column of the list, of a row, as ``_Cell`` says.
_CELLS: Mapping[str, _Cell] = {
    "number": lambda row, *_: f'<td data-label="Number" class="number quiet">#{row.task_number:d}</td>\n',
    "status": _standing,
    "due": _in_form("due_date", formats.due, "Due"),
    "assignee": _in_form("assignee_id", chips.who, "Assignee"),
    "priority": _in_form("priority", lambda row: chips.how_much(row.priority), "Priority"),
    "steps": _steps_done,
    "updated": lambda row, *_: f'<td data-label="Changed">{formats.ago(row.updated_at)}</td>\n',
    "bundle": _in_its_bundle,
}


def in_bundle(
    rows: Iterable[PlacedRow],
    known: Mapping[str, PlacedRow],
    changeable: Collection[str] = (),
    chosen: Collection[str] = (),
) -> Markup:
    """Return rows of a bundle's page; ``known`` are the tasks that they may name, by their ids.

    Where some are ``changeable``, those can be chosen, as the ``chosen`` are, and all rows have room for it.
    """
    return Markup().join(
        placed(
            row,
            [known[other] for other in row.depends_on if other in known],
            None if not changeable else row.task_id in changeable,
            row.task_id in chosen,
        )
        for row in rows
    )


def placed(
    row: PlacedRow, before: Iterable[PlacedRow], can_be_chosen: bool | None = None, is_chosen: bool = False
) -> Markup:
    """Return a row of a bundle's page; ``before`` are those that it waits for, as far as they are seen.

    Where ``can_be_chosen`` is None, no row of the page can.
    """
    is_closed, title, task_id = row.is_terminal, escape(row.title), escape(row.task_id)
    box = _box(title, task_id, is_chosen=is_chosen) if can_be_chosen else ""
    first = "" if can_be_chosen is None else f'<span class="box">{box}</span>\n'
    is_plain = row.status is TaskStatus.PENDING and not row.is_not_ready
    status = "" if is_plain else chips.standing(row)
    trouble = "" if is_closed else chips.trouble(row, ("due",))
    steps = (
        f'<span title="steps done">{row.steps_done:d}/{row.steps_total:d}</span>' if row.steps_total else ""
    )
    return Markup(  # noqa: S704 - every part is escaped
        f'<li data-item id="task-{task_id}"{_CLOSED if is_closed else ""}>\n{first}'
        f'<span class="number quiet">#{row.task_number:d}</span>\n'
        f'<span class="what"><a href="{addresses.task(row.task_id)}">{title}</a>\n'
        f'<span class="chips">{status}{chips.away(row)}{trouble}</span>\n'
        f"{'' if is_closed or not row.depends_on else _after(row, before)}{_comes_back(row)}</span>\n"
        f'<span class="when">{_due_in_bundle(row)}</span>\n'
        f'<span class="who">{chips.who(row)}</span>\n'
        f'<span class="count number quiet">{steps}</span>\n'
        "</li>\n"
    )


def _after(row: PlacedRow, before: Iterable[PlacedRow]) -> str:
    """Name what it comes after: first what it waits for; what does not wait any more says it quietly."""
    waits = chips.after(row)
    names = ", ".join(
        f'<a href="{addresses.task(other.task_id)}"{"" if other.satisfies_dependents else _UNMET}>'
        f'#{other.task_number:d}<span class="unseen"> {escape(other.title)}</span></a>'
        for other in before
        if not waits or other.task_id != row.blocked_by
    )
    if not names:
        return str(waits)
    word = "and" if waits else "after"
    return f'{waits} <span class="small-text after quiet">{word} {names}</span>\n'


def _comes_back(row: TaskRow) -> str:
    """Say beside a status on which day it comes back."""
    when = formats.comes_back(row)
    return f' <span class="small-text quiet">{when}</span>' if when else ""


def _due_in_bundle(row: PlacedRow) -> Markup:
    if row.due_date is None:
        return Markup('<span class="quiet">no due date yet</span>')
    return formats.day(row.due_date) if row.is_terminal else formats.due(row)


def _menu_on_card(row: TaskRow, actions: Actions, task_id: Markup, title: Markup) -> str:
    if not actions:
        return ""
    return (
        f'<details class="menu" id="menu-{task_id}">'
        f'<summary aria-label="Actions for {title}"><span aria-hidden="true">⋯</span></summary>'
        f'<div class="menu-panel">{menu(row, actions)}</div></details>\n'
    )


def _waits(row: TaskRow) -> str:
    said = chips.after(row)
    return f"<p>{said}</p>\n" if said else ""


def _bundle(row: TaskRow) -> str:
    if not row.bundle_title:
        return ""
    title, address = escape(row.bundle_title), addresses.bundle(row.bundle_id or "")
    return (
        f'<span class="card-bundle"><a href="{address}" title="{title}" draggable="false">{title}</a></span>'
    )


def _steps(row: TaskRow) -> str:
    done, total = row.steps_done, row.steps_total
    if not total or row.is_terminal:
        return ""
    return f'<span class="number" title="{done:d} of {total:d} steps done">{done:d}/{total:d}</span>'


def _when(row: TaskRow) -> str:
    """Say when it ended or is due."""
    if row.is_terminal:
        return formats.ago(row.closed_at, is_short=True) if row.closed_at else ""
    return formats.due_in_short(row)


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
    entries = (
        _menu(actions)
        .replace(_ADDRESS, addresses.task(task.task_id))
        .replace(_REVISION, f"{task.revision:d}")
    )
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
    """Offer cards, rows and addresses to the templates of ``app``."""
    app.jinja_env.globals.update(
        task_card=card,
        task_line=line,
        task_cell=cell,
        tasks_in_bundle=in_bundle,
        task_address=addresses.task,
        bundle_address=addresses.bundle,
    )
