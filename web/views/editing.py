"""The wizard that changes templates: begin, edit section by section, arrange the tasks (EDT-01, EDT-03)."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands, inputs
from engine.access import Permission, may, require
from engine.errors import ContentError, StaleWriteError, WorkbenchError, bad_field, bad_fields
from engine.proposals.models import Proposal
from web import errors, forms, messages, sent
from web.answers import answer_for
from web.context import current_actor, current_workbench, find_actor
from web.pages.editing import begin as begin_page
from web.pages.editing import page as edit_page
from web.pages.editing import reading, sections, special
from web.rendering import render

bp = Blueprint("editing", __name__)
_BEGIN, _CREATE, _EDIT = "proposal begin", "proposal create", "proposal edit"


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who may not change templates."""
    require(current_actor(), Permission.PROPOSE, "change templates")


# -- beginning ---------------------------------------------------------------------------------


@bp.get("/templates/<key>/edit")
def begin(key: str) -> ResponseReturnValue:
    """Ask for whom a template is to be changed."""
    return _begin_page(key)


@bp.post("/templates/<key>/edit")
def make_draft(key: str) -> ResponseReturnValue:
    """Begin the draft, or go on with the one that is open, and lead to its form."""
    chosen = request.form.get("for", "")
    given: dict[str, Any] = {"template": key}
    if chosen != "new_name" and request.form.get("new_name", "").strip():
        raise bad_field(
            "new_name",
            "You gave a new template a name, and chose something else. Choose it, or leave the name out.",
        )
    if chosen in ("partner", "campaign", "new_name"):
        given |= {chosen: request.form.get(chosen, "").strip()}
        if not given[chosen]:
            words = {"new_name": "Give the new template a name."}
            raise bad_field(chosen, words.get(chosen, f"Choose the {chosen}."))
        if chosen != "new_name" and (why := request.form.get("reason", "").strip()):
            given["reason"] = why
    given["everybody"] = chosen == "everybody"
    command = commands.get(_BEGIN)
    return _led_to_draft(sent.execute(command, inputs.read(command.input, given)).result)


@bp.get("/templates/new")
def new() -> ResponseReturnValue:
    """Ask what a new template is called, what kind of work it is, and its first tasks."""
    return _new_page()


@bp.post("/templates/new")
def create() -> ResponseReturnValue:
    """Begin a new template, and lead to its form."""
    return _led_to_draft(sent.do(_CREATE).result)


def _led_to_draft(draft: Proposal) -> ResponseReturnValue:
    messages.tell(f"“{draft.title}” is your draft: nobody else sees it until you offer it.")
    return redirect(url_for("editing.edit", proposal_id=draft.proposal_id), 303)


def _begin_page(key: str, status: int = 200) -> ResponseReturnValue:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = begin_page.load(tx, content, key)
    return render("editing/begin.html", page=page), status


def _new_page(status: int = 200) -> ResponseReturnValue:
    return render("editing/new.html", page=begin_page.new(current_workbench().content())), status


# -- editing -----------------------------------------------------------------------------------


@bp.get("/proposals/<proposal_id>/edit")
def edit(proposal_id: str) -> ResponseReturnValue:
    """Show the outline of a template of a draft, and one section as a form."""
    return _edit_page(proposal_id, request.args.get("path"), request.args.get("section"))


@bp.get("/proposals/<proposal_id>/edit/due")
def due(proposal_id: str) -> ResponseReturnValue:
    """Say what the due date that is being typed means."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        found = edit_page.opened(
            tx, content, proposal_id, request.args.get("path"), request.args.get("section")
        )
    texts = {name: request.args.get(f"f.due.{name}", "") for name in special.due_texts({})}
    try:
        words = special.due_in_words(special.due_from_texts({}, texts), found.now.data)
    except ValueError as error:
        words = str(error)
    return render("editing/_due.html", words=words)


@bp.post("/proposals/<proposal_id>/edit")
def save(proposal_id: str) -> ResponseReturnValue:
    """Save a section: what it changed goes into the text as it is now; else show both versions."""
    path, key = request.form.get("path"), request.form.get("section")
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        found = edit_page.opened(tx, content, proposal_id, path, key)
    if found.section.key != key:
        raise StaleWriteError("This part of the template is gone by now, so nothing of it was saved.")
    seen = _seen()
    form = reading.Sent(request.form)
    base = None
    if found.now.base is not None:
        base = sections.holder_of(found.section, found.now.base) or {}
    wanted = reading.read(found.section.fields, seen, form, base)
    if form.faults:
        raise bad_fields(form.faults, "Not saved:")
    wanted = reading.with_conditions(wanted, found.now.data.get("parameters"))
    command = commands.get(_EDIT)
    parts = [sections.as_part(found.section, one) for one in (seen, wanted)]
    try:
        done = sent.execute(command, inputs.read(command.input, _asked(found, *parts)))
    except StaleWriteError as stale:
        return _both_versions(found, seen, wanted, stale)
    messages.say(done)
    return redirect(_address(found.proposal, found.path, found.section.key), 303)


@bp.post("/proposals/<proposal_id>/edit/tasks")
def arrange(proposal_id: str) -> ResponseReturnValue:
    """Add, move, copy or take away a task."""
    path, act = request.form.get("path"), request.form.get("act", "add")
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        found = edit_page.opened(tx, content, proposal_id, path, None)
    ref, title = request.form.get("ref", ""), request.form.get("title", "")
    seen, wanted, opens = edit_page.arranged(
        found.now, act, ref, title, request.form.get("order", "").split()
    )
    command = commands.get(_EDIT)
    messages.say(sent.execute(command, inputs.read(command.input, _asked(found, seen, wanted))))
    if act in ("up", "down"):
        opens = request.form.get("section", opens)
    return redirect(_address(found.proposal, found.path, opens), 303)


def _asked(found: edit_page.Opened, seen: Any, wanted: Any) -> dict[str, Any]:
    return {
        "proposal_id": found.proposal.proposal_id,
        "path": found.path,
        "seen": json.dumps(seen, ensure_ascii=False),
        "wanted": json.dumps(wanted, ensure_ascii=False),
    }


def _seen() -> dict[str, Any]:
    try:
        found = json.loads(request.form.get("seen", ""))
    except (ValueError, RecursionError) as error:
        raise bad_field("seen", "The form was not sent whole. Open the page again.") from error
    if not isinstance(found, dict):
        raise bad_field("seen", "The form was not sent whole. Open the page again.")
    return found


def _address(proposal: Proposal, path: str, section: str) -> str:
    return url_for("editing.edit", proposal_id=proposal.proposal_id, path=path, section=section)


def _both_versions(
    before: edit_page.Opened, seen: dict[str, Any], wanted: dict[str, Any], stale: StaleWriteError
) -> ResponseReturnValue:
    """Show the section as it is now with what was made of it here: the fields that clash say both."""
    content, key = current_workbench().content(), before.section.key
    with current_workbench().reading(current_actor()) as tx:
        found = edit_page.opened(tx, content, before.proposal.proposal_id, before.path, key)
        if found.section.key != key:
            raise stale
        mine = edit_page.mine_over(found.holder, seen, wanted)
        page = edit_page.load(tx, content, found, mine=mine)
    return _shown(page, answer_for(stale).status, stale=str(stale))


def _edit_page(
    proposal_id: str, path: str | None, section: str | None, status: int = 200
) -> ResponseReturnValue:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        try:
            found = edit_page.opened(tx, content, proposal_id, path, section)
        except ContentError as error:
            unread = edit_page.unreadable(tx, proposal_id, path, error)
            ways = _ways(unread.proposal, unread.path)
            text = url_for("yaml_editing.show", proposal_id=proposal_id, path=unread.path)
            return render("editing/unreadable.html", page=unread, ways=ways, text=text), status
        page = edit_page.load(tx, content, found)
    return _shown(page, status)


def _shown(page: edit_page.EditPage, status: int, stale: str = "") -> ResponseReturnValue:
    shown = render(
        "editing/edit.html",
        page=page,
        state=edit_page.state_of(page, forms.refused_form()),
        stale=stale,
        ways=_ways(page.proposal, page.path),
        units=special.UNITS,
        sides=special.SIDES,
    )
    return shown, status


#: Where else a draft is worked on.
_ELSEWHERE = (
    ("yaml_editing.show", "Edit as YAML"),
    ("yaml_editing.preview", "Preview"),
    ("proposals.show", "Look it over and offer it"),
)


def _ways(proposal: Proposal, path: str) -> list[tuple[str, str]]:
    return [
        (url_for(endpoint, proposal_id=proposal.proposal_id, path=path), words)
        for endpoint, words in _ELSEWHERE
    ]


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    named = request.view_args or {}
    actor = find_actor()
    if request.method == "GET" or actor is None or not may(actor, Permission.PROPOSE):
        return errors.answer(error)
    if "proposal_id" in named:
        path, section = request.form.get("path"), request.form.get("section")
        return errors.shown_again(error, partial(_edit_page, named["proposal_id"], path, section))
    if "key" in named:
        return errors.shown_again(error, partial(_begin_page, named["key"]))
    return errors.shown_again(error, _new_page)
