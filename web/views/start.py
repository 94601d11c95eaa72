"""The gallery, and the form that starts a bundle."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands
from engine.access import Permission, require
from engine.errors import IdempotencyKeyReusedError, TemplateNotFoundError, WorkbenchError
from engine.recipes import gallery, starting
from web import addresses, errors, forms, messages, sent
from web.answers import answer_for
from web.context import current_actor, current_workbench
from web.pages import start as start_page
from web.rendering import render

bp = Blueprint("start", __name__)


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who may not start anything."""
    require(current_actor(), Permission.START_BUNDLE, "start a bundle")


@bp.get("/recipes", endpoint="gallery")
def show_gallery() -> ResponseReturnValue:
    """Show what can be started."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        shown = gallery.load(tx, content)
    return render("start/gallery.html", gallery=shown)


@bp.get("/recipes/<key>/new")
def form(key: str) -> ResponseReturnValue:
    """Show the form of a template, filled in as far as the address says; of one that is over, that it is."""
    page = _page(key, request.args.to_dict())
    return render("start/form.html", page=page), 200 if page.template.is_active else 404  # RCP-09


@bp.post("/recipes/<key>/preview")
def preview(key: str) -> ResponseReturnValue:
    """Show what starting would make: alone for a page that asks for it, else with the whole form."""
    return _form(key, _typed(), alone=bool(request.headers.get("HX-Request")))


@bp.post("/recipes/<key>/form")
def whole_form(key: str) -> ResponseReturnValue:
    """Show the form for another partner or campaign, whose rules may ask for something else."""
    return _form(key, _typed())


@bp.post("/recipes/<key>/new")
def create(key: str) -> ResponseReturnValue:
    """Start the bundle and go to it, or show the form again with what is wrong."""
    content, typed = current_workbench().content(), _typed()
    try:
        with current_workbench().reading(current_actor()) as tx:
            resolved = start_page.resolve(tx, content, key, typed)
        bundle_request = start_page.requested(key, resolved, typed)
        done = sent.execute(commands.get("bundle create"), bundle_request)
    except TemplateNotFoundError:
        raise
    except WorkbenchError as error:
        return _refused(key, error)
    messages.say(done)
    return redirect(_place_of(done.result.bundle.bundle_id), 303)


def _place_of(bundle_id: str) -> str:
    """Return where whoever started a bundle goes on: where its program's work is followed, else its page."""
    with current_workbench().reading(current_actor()) as tx:
        ticket = starting.ticket_of(tx, bundle_id)
    if ticket is None:
        return url_for("bundles.show", bundle_id=bundle_id)
    return request.script_root + addresses.track(ticket.task_id)


def _typed() -> dict[str, str]:
    """Return what the form carries; of a ticked box the last value, as a hidden ``false`` goes before it."""
    return {name: values[-1] for name, values in request.form.lists()}


def _refused(key: str, error: WorkbenchError) -> ResponseReturnValue:
    """Show the form with the reasons at its fields and the input kept."""
    if errors.stands_alone(error):
        return errors.answer(error)
    typed = _typed()
    if isinstance(error, IdempotencyKeyReusedError):
        typed.pop("idempotency_key", None)
    shown = _form(key, typed, refused=error), answer_for(error).status
    state, address = forms.refused_form(), forms.address_of_typed("start.form", key=key)
    return (forms.led_to(state, address) if state and address else None) or shown


def _form(
    key: str, typed: dict[str, str], *, alone: bool = False, refused: WorkbenchError | None = None
) -> str:
    page = _page(key, typed)
    if refused is not None:
        forms.refuse(start_page.named(refused, page.resolved))
    return render("start/preview.html" if alone else "start/form.html", page=page)


def _page(key: str, typed: dict[str, str]) -> start_page.StartPage:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        return start_page.load(tx, content, key, typed)
