"""The board, the same tasks as a list, and each user's own work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFoundError
from engine.inputs import whole_number
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.transaction import Transaction
from web import addresses, live, navigation
from web.context import current_actor, current_workbench
from web.pages import board as board_page
from web.pages import board_filters, completion, first_steps, task_filters, task_list
from web.pages import my_work as my_work_page
from web.pagination import Pages
from web.rendering import render

bp = Blueprint("board", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """Lead to where the user begins."""
    return redirect(navigation.landing())


@bp.get("/board")
@live.follows(*live.WORK)
def show() -> ResponseReturnValue:
    """Show the tasks in columns by status, or as a list; ``#46`` alone leads to that task."""
    is_list = request.args.get("view") == "list"
    with current_workbench().reading(current_actor()) as tx:
        asked = task_filters.read(tx, request.args, is_list=is_list)
        if asked.number is not None and (named := _named(tx, asked.number)) is not None:
            return redirect(addresses.task(named))
        searched = board_filters.read(tx, asked, _template_names)
        wanted = asked.wanted
        facts = _list(tx, asked) if is_list else _board(tx, wanted, searched)
    template = "board/list.html" if is_list else "board/show.html"
    return live.page(template, searched=searched, choosers=board_filters.CHOOSERS, **facts)


@bp.get("/board/choose/<name>")
def choose(name: str) -> ResponseReturnValue:
    """Show the list of one filter; each entry leads to the view that is narrowed by it."""
    if name not in board_filters.CHOOSERS:
        raise NotFoundError(f"No filter {name} has a list; those are {', '.join(board_filters.CHOOSERS)}.")
    with current_workbench().reading(current_actor()) as tx:
        chooser = board_filters.choose(tx, name, request.args, _template_names)
    return render("board/choose.html", chooser=chooser)


@bp.get("/board/complete")
def complete() -> str:
    """Offer how the search in ``q`` may go on at the cursor ``at``: what the script lists."""
    text = request.args.get("q", "")
    at = whole_number(request.args.get("at", ""), 0, len(text))
    with current_workbench().reading(current_actor()) as tx:
        found = completion.offers(tx, current_workbench().content(), text, len(text) if at is None else at)
    return render("board/complete.html", offers=found)


@bp.get("/my-work")
@live.follows(*live.WORK)
def my_work() -> ResponseReturnValue:
    """Show what is the user's to do, by when it is due, with the reason why it is here.

    ``shown`` asks for more than the page shows by itself; ``kept`` names tasks with which something was done
    here, each with its place, which they keep till the page is opened anew.
    """
    least, most = my_work_page.SHOWN, my_work_page.MOST_SHOWN
    shown = whole_number(request.args.get("shown"), least, most) or least
    with current_workbench().reading(current_actor()) as tx:
        work = my_work_page.load(tx, shown, [one for one in request.args.get("kept", "").split(",") if one])
        welcome = None if work.groups else first_steps.welcome(tx.actor, to_board=False)
    return live.page("board/my_work.html", work=work, welcome=welcome)


def _named(tx: Transaction, number: int) -> str | None:
    """Return the id of the task with a number; None where there is none that the user sees."""
    found = queries.list_tasks(tx, TaskFilter(number=number, limit=1)).items
    return found[0].task_id if found else None


def _list(tx: Transaction, asked: task_filters.Asked) -> dict[str, Any]:
    wanted = asked.wanted
    found = queries.list_tasks(tx, wanted, counted=board_page.MOST_COUNTED)
    changeable = task_list.changeable(tx, found.items)
    pages = Pages(found.total, found.limit, found.offset, found.is_exact)
    return {
        "rows": found.items,
        "found": found.found,
        "sorted_by": wanted.order,
        "changeable": changeable,
        "columns": task_list.columns(request.args.getlist("columns")),
        "every_column": task_list.COLUMNS,
        "bar": task_list.bar(tx, asked.text, pages) if changeable else None,
        "pages": pages,
    }


def _board(tx: Transaction, wanted: TaskFilter, searched: board_filters.Filters) -> dict[str, Any]:
    columns = board_page.columns(tx, wanted)
    is_empty = not searched.text and not any(column.total for column in columns)
    steps = first_steps.load(tx) if is_empty else []
    return {
        "columns": columns,
        "first_steps": steps,
        "welcome": first_steps.welcome(tx.actor, to_board=True) if is_empty and not steps else None,
        "elsewhere": board_page.without_column(searched.form.chosen.get("status", "")),
    }


def _template_names() -> dict[str, str]:
    return {item.key: item.name for item in current_workbench().content().templates.values()}
