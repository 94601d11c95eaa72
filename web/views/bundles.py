"""The bundles: their list, the page of one, and what is done with it."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.bundles import queries, service
from engine.bundles.filters import BundleFilter
from engine.bundles.models import Bundle
from engine.errors import BadRequestError, WorkbenchError
from engine.tasks.dates import read_day
from engine.transaction import check_expected
from web import errors, forms, live
from web.context import current_actor, current_workbench
from web.format import day_text, plural
from web.pages import bundle_loading
from web.pages import bundles as bundle_list
from web.pagination import Pages
from web.rendering import render

bp = Blueprint("bundles", __name__)


@bp.get("/bundles")
def index() -> ResponseReturnValue:
    """List the bundles that the user sees and that match the address."""
    require(current_actor(), Permission.SEE_OWN_WORK, "see bundles")
    wanted = BundleFilter.parse(bundle_list.filters_of(request.args))
    with current_workbench().reading(current_actor()) as tx:
        mark = live.mark(tx)
        if unchanged := live.find_unchanged(mark):
            return unchanged
        choices = bundle_list.choices(tx, current_workbench().content())
        found = queries.list_bundles(tx, wanted)
    pages = Pages(found.total, found.limit, found.offset)
    page = render("bundles/index.html", rows=found.items, pages=pages, choices=choices, cursor=mark.cursor)
    return live.respond(mark, page)


@bp.get("/bundles/<bundle_id>")
def show(bundle_id: str) -> ResponseReturnValue:
    """Show a bundle with its tasks by phase."""
    return _page("bundles/show.html", bundle_id)


@bp.post("/bundles/<bundle_id>/links")
def fill_link(bundle_id: str) -> ResponseReturnValue:
    """Fill a link, or replace what it holds."""
    with current_workbench().transaction(current_actor()) as tx:
        name, url = request.form.get("name", ""), request.form.get("url", "")
        link = service.fill_link(tx, bundle_id, name, url, revision=_revision())
    return _changed(bundle_id, f"Link “{link.name}” filled.", f"link-{link.bundle_link_id}")


@bp.post("/bundles/<bundle_id>/stage")
def set_stage(bundle_id: str) -> ResponseReturnValue:
    """Move the bundle to another stage."""
    stage = request.form.get("other", "").strip() or request.form.get("stage", "")
    with current_workbench().transaction(current_actor()) as tx:
        bundle = service.set_stage(tx, bundle_id, stage, revision=_revision())
    return _changed(bundle_id, f"The stage is {bundle.stage.replace('_', ' ')} now.")


@bp.post("/bundles/<bundle_id>/complete")
def complete(bundle_id: str) -> ResponseReturnValue:
    """Complete the bundle, or show everything that keeps it open."""
    with current_workbench().transaction(current_actor()) as tx:
        bundle = service.complete(tx, bundle_id, revision=_revision())
    return _changed(bundle_id, f"“{bundle.title}” is completed.")


@bp.get("/bundles/<bundle_id>/cancel")
def ask_cancel(bundle_id: str) -> ResponseReturnValue:
    """Say what cancelling would do, with numbers, and ask for it."""
    return _page("bundles/cancel.html", bundle_id)


@bp.post("/bundles/<bundle_id>/cancel")
def cancel(bundle_id: str) -> ResponseReturnValue:
    """Cancel the bundle and its open tasks."""
    with current_workbench().transaction(current_actor()) as tx:
        bundle = service.cancel(tx, bundle_id, request.form.get("reason"), revision=_revision())
    return _changed(bundle_id, f"“{bundle.title}” is cancelled, and its open tasks with it.")


@bp.get("/bundles/<bundle_id>/reanchor")
def ask_reanchor(bundle_id: str) -> ResponseReturnValue:
    """Ask for the new anchor date, and show what would move."""
    return _reanchor_page(bundle_id, request.args.get("anchor_date"))


@bp.post("/bundles/<bundle_id>/reanchor")
def reanchor(bundle_id: str) -> ResponseReturnValue:
    """Move the anchor date, and the dates that count from it."""
    with current_workbench().transaction(current_actor()) as tx:
        day = request.form.get("anchor_date", "")
        changes = service.reanchor(tx, bundle_id, day, revision=_revision())
        anchor = tx.get(Bundle, bundle_id).anchor_date
    moved = plural(len(changes), "due date")
    return _changed(bundle_id, f"The anchor date is {day_text(anchor)} now; {moved} moved with it.")


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    bundle_id = (request.view_args or {}).get("bundle_id")
    if request.method != "POST" or bundle_id is None or errors.wants_json():
        return errors.answer(error)
    forms.refuse(error)
    status = errors.answer_for(error).status
    try:
        if request.endpoint == "bundles.reanchor":
            return _reanchor_page(bundle_id, request.form.get("anchor_date"), status)
        return _page(_PAGES.get(str(request.endpoint), "bundles/show.html"), bundle_id, status)
    except WorkbenchError as hidden:
        return errors.answer(hidden)


_PAGES = {"bundles.cancel": "bundles/cancel.html"}


def _page(template: str, bundle_id: str, status: int = 200) -> Response:
    """Return a page about one bundle, or 304 where the caller holds it."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        mark = live.mark(tx)
        if status == 200 and (unchanged := live.find_unchanged(mark)):
            return unchanged
        page = bundle_loading.load(tx, content, bundle_id)
    shown = render(template, page=page, bundle=page.bundle, cursor=mark.cursor)
    return live.respond(mark, shown, status)


def _reanchor_page(bundle_id: str, day: str | None, status: int = 200) -> ResponseReturnValue:
    """Show the form for the new day and, once there is one, what would move."""
    content, changes, trouble = current_workbench().content(), None, None
    with current_workbench().reading(current_actor()) as tx:
        page = bundle_loading.load(tx, content, bundle_id)
        try:
            changes = service.reanchor(tx, bundle_id, day, dry_run=True) if day else None
        except BadRequestError as error:
            trouble, status = str(error.details[0]["message"]) if error.details else error.message, 400
    chosen = read_day(day, "anchor_date") if changes is not None else None
    wish = {"typed": day, "day": chosen, "changes": changes, "trouble": trouble}
    return render("bundles/reanchor.html", page=page, bundle=page.bundle, **wish), status


def _revision() -> int | None:
    return check_expected(request.form.get("revision"))


def _changed(bundle_id: str, said: str, anchor: str | None = None) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("bundles.show", bundle_id=bundle_id, _anchor=anchor), 303)
