"""The bundles: their list, the page of one, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands
from engine.access import Permission, require
from engine.audit import topics
from engine.bundles import queries
from engine.bundles.filters import BundleFilter
from engine.command import Done
from engine.errors import WorkbenchError
from engine.migration.commands import content_to
from web import errors, forms, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import bundle_loading, migrating, reanchoring, task_list
from web.pages import bundles as bundle_list
from web.pagination import Pages
from web.rendering import render

bp = Blueprint("bundles", __name__)
#: The page of a bundle on which its tasks are worked through.
_SHOWN = "bundles/show.html"


@bp.get("/bundles")
@live.follows(*live.WORK)
def index() -> ResponseReturnValue:
    """List the bundles that the user sees and that match the address."""
    require(current_actor(), Permission.SEE_OWN_WORK, "see bundles")
    wanted = BundleFilter.parse(bundle_list.filters_of(request.args))
    with current_workbench().reading(current_actor()) as tx:
        choices = bundle_list.choices(tx, current_workbench().content())
        found = queries.list_bundles(tx, wanted)
        has_any = bool(found.items) or bundle_list.has_any(tx)
    pages = Pages(found.total, found.limit, found.offset)
    facts = {"rows": found.items, "pages": pages, "choices": choices, "has_any": has_any}
    return live.page("bundles/index.html", **facts)


@bp.get("/bundles/<bundle_id>")
@live.follows_record(topics.bundle, bundle_loading.topics_of)
def show(bundle_id: str) -> ResponseReturnValue:
    """Show a bundle with its tasks by phase."""
    return _page(_SHOWN, bundle_id)


@bp.post("/bundles/<bundle_id>/links")
def fill_link(bundle_id: str) -> ResponseReturnValue:
    """Fill a link, or replace what it holds."""
    done = sent.do("bundle link", bundle_id=bundle_id)
    return _changed(bundle_id, done, f"link-{done.result.bundle_link_id}")


@bp.post("/bundles/<bundle_id>/stage")
def set_stage(bundle_id: str) -> ResponseReturnValue:
    """Move the bundle to another stage."""
    other = request.form.get("other", "").strip()
    stage = {"stage": other} if other else {}
    return _changed(bundle_id, sent.do("bundle stage", bundle_id=bundle_id, **stage))


@bp.post("/bundles/<bundle_id>/<verb>")
def act(bundle_id: str, verb: str) -> ResponseReturnValue:
    """Do a command of a bundle, or show everything that stands in its way."""
    command = commands.of("bundle").get(verb.replace("_", "-"))
    if command is None or "bundle_id" not in command.input.model_fields:
        abort(404)
    done = sent.do(command.name, bundle_id=bundle_id)
    return _changed(bundle_id, done, at="bundles.ask_migrate" if verb == "migrate" else "bundles.show")


@bp.get("/bundles/<bundle_id>/cancel")
@live.follows_record(topics.bundle, bundle_loading.topics_of)
def ask_cancel(bundle_id: str) -> ResponseReturnValue:
    """Say what cancelling would do, with numbers, and ask for it."""
    return _page("bundles/cancel.html", bundle_id)


@bp.get("/bundles/<bundle_id>/reanchor")
def ask_reanchor(bundle_id: str) -> ResponseReturnValue:
    """Ask for the new days, and show what would move and what would stay."""
    return _reanchor_page(bundle_id, request.args)


@bp.get("/bundles/<bundle_id>/migrate")
def ask_migrate(bundle_id: str) -> ResponseReturnValue:
    """Show what the newer template means for the bundle, and ask for what needs a decision."""
    return _migrate_page(bundle_id, request.args)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    given = request.view_args or {}
    bundle_id, verb = given.get("bundle_id"), given.get("verb")
    if bundle_id is None:
        return errors.answer(error)

    def page(status: int) -> ResponseReturnValue:
        if verb == "reanchor":
            return _reanchor_page(bundle_id, request.form, status)
        if verb == "migrate":
            return _migrate_page(bundle_id, request.form, status)
        return _page("bundles/cancel.html" if verb == "cancel" else _SHOWN, bundle_id, status)

    if verb == "reanchor":
        at = partial(forms.address_of_typed, "bundles.ask_reanchor", bundle_id=bundle_id)
        return errors.shown_again(error, page, at)
    asked = {"cancel": "bundles.ask_cancel", "migrate": "bundles.ask_migrate"}
    here = partial(url_for, asked.get(verb or "", "bundles.show"), bundle_id=bundle_id)
    return errors.shown_again(error, page, here)


def _page(template: str, bundle_id: str, status: int = 200) -> Response:
    """Return a page about one bundle."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = bundle_loading.load(tx, content, bundle_id, request.args)
        bar = task_list.bar(tx) if template == _SHOWN and page.changeable else None
    return live.page(template, status, page=page, bundle=page.bundle, bar=bar)


def _reanchor_page(bundle_id: str, sent: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    """Show the form for the new days and, once there are some, what would move and what would stay."""
    calendars = current_workbench().content().calendars
    with current_workbench().reading(current_actor()) as tx:
        shown = reanchoring.load(tx, calendars, bundle_id, sent)
    return render("bundles/reanchor.html", shown=shown, page=shown.page, bundle=shown.page.bundle), (
        400 if shown.troubles else status
    )


def _migrate_page(bundle_id: str, sent: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    content = content_to(current_workbench(), current_actor(), sent.get("to"))
    with current_workbench().reading(current_actor()) as tx:
        shown = migrating.load(tx, content, bundle_id, sent)
    return render("bundles/migrate.html", shown=shown, page=shown.page, bundle=shown.page.bundle), status


def _changed(
    bundle_id: str, done: Done[Any], anchor: str | None = None, *, at: str = "bundles.show"
) -> ResponseReturnValue:
    if errors.wants_json():
        return jsonify({"bundle_id": bundle_id} | messages.as_json(done))
    messages.say(done)
    return redirect(url_for(at, bundle_id=bundle_id, _anchor=anchor), 303)
