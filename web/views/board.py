"""The board, the same tasks as a list, and each user's own work."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from engine.tasks import queries
from engine.transaction import Transaction
from web import live, navigation
from web.context import current_actor, current_workbench
from web.pages import board as board_page
from web.pages.task_filters import read_filter
from web.pagination import Pages

bp = Blueprint("board", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """Lead to where the user begins."""
    return redirect(navigation.landing())


@bp.get("/board")
def show() -> ResponseReturnValue:
    """Show the tasks in columns by status, or as a list."""
    templates = {item.key: item.name for item in current_workbench().content().templates.values()}
    with current_workbench().reading(current_actor()) as tx:
        if unchanged := live.find_unchanged(tx):
            return unchanged
        filters = board_page.Filters(tx, templates)
        page = _list(tx, filters) if request.args.get("view") == "list" else _board(tx, filters)
        return live.respond(tx, page)


@bp.get("/my-work")
def my_work() -> ResponseReturnValue:
    """Show what is the user's to do, by when it is due, with the reason why it is here."""
    with current_workbench().reading(current_actor()) as tx:
        if unchanged := live.find_unchanged(tx):
            return unchanged
        groups = board_page.my_groups(tx)
        page = render_template(
            "board/my_work.html",
            groups=groups,
            why=lambda task: board_page.reason(tx, task),
            cursor=live.cursor(tx),
        )
        return live.respond(tx, page)


def _board(tx: Transaction, filters: board_page.Filters) -> str:
    columns = board_page.columns(tx, read_filter(tx, request.args))
    return render_template("board/show.html", columns=columns, filters=filters, cursor=live.cursor(tx))


def _list(tx: Transaction, filters: board_page.Filters) -> str:
    found = queries.list_tasks(tx, read_filter(tx, request.args, is_list=True))
    pages = Pages(found.total, found.limit, found.offset)
    return render_template(
        "board/list.html", rows=found.items, pages=pages, filters=filters, cursor=live.cursor(tx)
    )
