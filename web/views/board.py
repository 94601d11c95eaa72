"""The board, the same tasks as a list, and each user's own work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFoundError
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.transaction import Transaction
from web import live, navigation
from web.context import current_actor, current_workbench
from web.pages import board as board_page
from web.pages import board_filters
from web.pages.task_filters import read_filter
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
    """Show the tasks in columns by status, or as a list."""
    is_list = request.args.get("view") == "list"
    with current_workbench().reading(current_actor()) as tx:
        wanted = read_filter(tx, request.args, is_list=is_list)
        filters = board_filters.read(tx, request.args, wanted, _template_names)
        facts = _list(tx, wanted) if is_list else {"columns": board_page.columns(tx, wanted)}
    template = "board/list.html" if is_list else "board/show.html"
    return live.page(template, filters=filters, choosers=board_filters.CHOOSERS, **facts)


@bp.get("/board/choose/<name>")
def choose(name: str) -> ResponseReturnValue:
    """Show the list of one filter; each entry leads to the view that is narrowed by it."""
    if name not in board_filters.CHOOSERS:
        raise NotFoundError(f"No filter {name} has a list; those are {', '.join(board_filters.CHOOSERS)}.")
    with current_workbench().reading(current_actor()) as tx:
        find = request.args.get("find", "").strip()
        chooser = board_filters.choose(tx, name, find, _template_names)
    return render("board/choose.html", chooser=chooser)


@bp.get("/my-work")
@live.follows(*live.WORK)
def my_work() -> ResponseReturnValue:
    """Show what is the user's to do, by when it is due, with the reason why it is here."""
    with current_workbench().reading(current_actor()) as tx:
        groups = board_page.my_groups(tx)
    return live.page("board/my_work.html", groups=groups)


def _list(tx: Transaction, wanted: TaskFilter) -> dict[str, Any]:
    found = queries.list_tasks(tx, wanted, counted=board_page.MOST_COUNTED)
    return {
        "rows": found.items,
        "changeable": board_page.changeable(tx, found.items),
        "pages": Pages(found.total, found.limit, found.offset, found.is_exact),
    }


def _template_names() -> dict[str, str]:
    return {item.key: item.name for item in current_workbench().content().templates.values()}
