"""The running bundles of a template are brought to its newer revision, the chosen ones at once (D4)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.errors import WorkbenchError, bad_field
from engine.migration.commands import content_to
from web import errors, sent
from web.context import current_actor, current_workbench
from web.pages import migrating_all
from web.rendering import render

bp = Blueprint("migrating_all", __name__)


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who may migrate nothing."""
    require(current_actor(), Permission.WORK_OWN, "migrate bundles")


@bp.get("/templates/<key>/migrate")
def ask(key: str) -> ResponseReturnValue:
    """Show what each running bundle would get."""
    return _page(key)


@bp.post("/templates/<key>/migrate")
def migrate(key: str) -> ResponseReturnValue:
    """Migrate the chosen ones, and say of each what became of it."""
    if not request.form.getlist("bundles"):
        raise bad_field("bundles", "Choose at least one bundle.")
    done = sent.do("bundle migrate-all", template=key)
    to = request.form.get("to", "")
    content = content_to(current_workbench(), current_actor(), to)
    with current_workbench().reading(current_actor()) as tx:
        page = migrating_all.after(tx, content, key, to, done.result.results)
    return render("templates/migrate.html", page=page)


def _page(key: str, status: int = 200) -> ResponseReturnValue:
    to = request.values.get("to", "")
    content = content_to(current_workbench(), current_actor(), to)
    with current_workbench().reading(current_actor()) as tx:
        page = migrating_all.load(tx, content, key, to)
    return render("templates/migrate.html", page=page), status


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again with the reasons and what was chosen."""
    key = str((request.view_args or {}).get("key"))
    return errors.shown_again(error, partial(_page, key), partial(url_for, "migrating_all.ask", key=key))
