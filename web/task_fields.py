"""A field of a task where it stands: its value, and for who may change it the way to a small form of it.

The form comes when it is asked for, by the script into its place or with the page, so that a page full of
fields costs no more than their links. It is written in ``tasks/_edit.html``; the links, of which a page has a
score, are written here (P3).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup, escape

from engine.tasks.models import Task
from web.pages.task import TaskPage

#: More than there are fields, with what they are called.
_REMEMBERED = 128


def field(
    page: TaskPage, task: Task, name: str, label: str, tag: str = "span", *, caller: Callable[[], Markup]
) -> Markup:
    """Return a field: ``{% call task_fields.field(page, task, "title", "title") %}…{% endcall %}``."""
    before, after = _around(name, tag)
    return Markup(  # noqa: S704 - every part is escaped
        f"{before}{escape(caller())}{_change(page, task, name, label)}{after}"
    )


def fact(page: TaskPage, task: Task, name: str, label: str, said: str) -> Markup:
    """Return one of a list of facts; who may not change it sees it only where something is said."""
    if not said and name not in page.editable:
        return Markup()
    before, after = _around(name, "dd")
    value = f"<span>{escape(said)}" if said else f'<span class="quiet">{_written().now(page, task, name)}'
    change = _change(page, task, name, label.lower())
    return Markup(  # noqa: S704 - every part is escaped
        f"<dt>{escape(label)}</dt>{before}{value}</span>{change}{after}"
    )


def _change(page: TaskPage, task: Task, name: str, label: str) -> str:
    """Return the way to the form of a field, or the form, for who may change it."""
    if name not in page.editable:
        return ""
    if page.edit.name == name:
        return str(_written().open_form(page, task, name, label))
    return f'"/tasks/{escape(task.task_id)}'.join(_link(name, label))


@lru_cache(_REMEMBERED)
def _around(name: str, tag: str) -> tuple[str, str]:
    return f'<{escape(tag)} class="field-of" id="field-{escape(name)}">', f"</{escape(tag)}>"


@lru_cache(_REMEMBERED)
def _link(name: str, label: str) -> tuple[str, str, str]:
    """Return what stands around the address of the task, which is in a link twice."""
    asked, place = f"?edit={escape(name)}", f"#field-{escape(name)}"
    said = f'Change<span class="unseen">: {escape(label)}</span>'
    return (
        '<a class="change" href=',
        f'{asked}{place}" hx-get=',
        f'{asked}" hx-target="closest .field-of" hx-select="{place}" hx-swap="outerHTML">{said}</a>\n',
    )


def _written() -> Any:
    """Return the macros of the form's template."""
    return current_app.jinja_env.get_template("tasks/_edit.html").module


def register(app: Flask) -> None:
    """Offer these to the templates of ``app`` as ``task_fields``."""
    app.jinja_env.globals["task_fields"] = SimpleNamespace(field=field, fact=fact)
