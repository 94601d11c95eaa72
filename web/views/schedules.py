"""What begins by itself: schedules, switching them on and off, and single days by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands, inputs
from engine.audit import topics
from engine.errors import WorkbenchError
from engine.schedules import listing, service
from engine.schedules.inputs import StartSchedule
from web import errors, forms, live, messages, sent
from web.answers import answer_for
from web.context import current_actor, current_workbench
from web.pages import schedules
from web.pages import start as start_page
from web.rendering import render

bp = Blueprint("schedules", __name__)
_VERBS = frozenset({"pause", "run", "skip"})


@bp.get("/schedules")
@live.follows(topics.SCHEDULES, topics.REFERENCE)
def index() -> ResponseReturnValue:
    """List what begins by itself, and what could be switched on."""
    return _page()


@bp.get("/schedules/new/<key>")
def form(key: str) -> ResponseReturnValue:
    """Show what a template would begin, for whom the address says, before it is switched on."""
    return _form(key, request.args.to_dict())


@bp.post("/schedules/new/<key>")
def switch_on(key: str) -> ResponseReturnValue:
    """Switch a template on, and show its schedule; or show the form again with what is wrong."""
    typed = {name: values[-1] for name, values in request.form.lists()}
    if "preview" in typed:
        return _form(key, typed)
    content = current_workbench().content()
    partner, campaign = start_page.subject_of(typed)
    try:
        with current_workbench().reading(current_actor()) as tx:
            asked = StartSchedule(template=key, partner=partner, campaign=campaign)
            found = service.startable(tx, content, asked)
            given = {**asked.model_dump(), "parameters": schedules.parameters_of(found, typed)}
        command = commands.get("schedule start")
        wanted = inputs.read(command.input, {**given, "owner": typed.get("owner") or None})
        done = sent.execute(command, wanted)
    except WorkbenchError as error:
        if errors.stands_alone(error):
            return errors.answer(error)
        return _form(key, typed, refused=error), answer_for(error).status
    return _led_to(done.message, done.result.schedule.schedule_id)


@bp.get("/schedules/<schedule_id>")
@live.follows(topics.SCHEDULES, *live.WORK)
def show(schedule_id: str) -> ResponseReturnValue:
    """Show a schedule: what is to come, and what became of its days."""
    return _schedule_page(schedule_id)


@bp.post("/schedules/<schedule_id>/start")
def start(schedule_id: str) -> ResponseReturnValue:
    """Switch a paused schedule on again as it was."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        given = schedules.request_of(tx, listing.load_one(tx, content, schedule_id)[0])
    command = commands.get("schedule start")
    done = sent.execute(command, inputs.read(command.input, given))
    return _led_to(done.message, schedule_id)


@bp.post("/schedules/<schedule_id>/<verb>")
def act(schedule_id: str, verb: str) -> ResponseReturnValue:
    """Pause a schedule, or start or leave out one of its days."""
    if verb not in _VERBS:
        abort(404)
    done = sent.do(f"schedule {verb}", schedule_id=schedule_id)
    if verb == "run":
        messages.say(done)
        return redirect(url_for("bundles.show", bundle_id=done.result.bundle_id), 303)
    return _led_to(done.message, schedule_id)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    named = request.view_args or {}
    if "schedule_id" in named:
        schedule_id = named["schedule_id"]
        here = partial(url_for, "schedules.show", schedule_id=schedule_id)
        return errors.shown_again(error, partial(_schedule_page, schedule_id), here)
    return errors.shown_again(error, _page, partial(url_for, "schedules.index"))


def _led_to(said: str, schedule_id: str) -> ResponseReturnValue:
    messages.tell(said)
    return redirect(url_for("schedules.show", schedule_id=schedule_id), 303)


def _page(status: int = 200) -> Response:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        lists = schedules.load(tx, content)
    return live.page("schedules/index.html", status, lists=lists, marks=schedules.MARKS)


def _schedule_page(schedule_id: str, status: int = 200) -> Response:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = schedules.load_one(tx, content, schedule_id)
    return live.page("schedules/show.html", status, page=page, marks=schedules.MARKS)


def _form(key: str, typed: dict[str, Any], refused: WorkbenchError | None = None) -> str:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = schedules.load_form(tx, content, key, typed)
    if refused is not None:
        forms.refuse(refused)
    return render("schedules/form.html", page=page)
