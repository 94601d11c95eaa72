"""The text of a draft's files: edited whole, checked and previewed as it is typed, merged where it moved."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.budgets import BYTES_OF_EDITED_TEXT
from engine.catalog.schemas import MODELS, schema_text
from engine.errors import ForbiddenError, StaleWriteError, WorkbenchError, bad_field
from engine.proposals import drafting, texts
from engine.proposals.models import Proposal
from engine.scenarios import files as scenarios
from web import errors, headers, messages, sent
from web.context import current_actor, current_workbench
from web.pages import yaml_editor, yaml_merging, yaml_preview
from web.rendering import render

bp = Blueprint("yaml_editing", __name__)
#: Longer addresses do not pass everywhere on the way.
_LONGEST_ADDRESS = 1500
#: Where else a draft is worked on.
_ELSEWHERE = (
    ("editing.edit", "Edit by forms"),
    ("yaml_editing.show", "Edit as YAML"),
    ("proposals.show", "Look it over and offer it"),
)
_FOR_A_DAY = "private, max-age=86400"


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who may not change templates."""
    require(current_actor(), Permission.PROPOSE, "change templates")


@bp.get("/proposals/<proposal_id>/yaml")
def show(proposal_id: str) -> ResponseReturnValue:
    """Show one file of a draft as text, the first where the address names none (EDT-02)."""
    return _editor(proposal_id, request.args.get("path"))


@bp.post("/proposals/<proposal_id>/yaml")
def save(proposal_id: str) -> ResponseReturnValue:
    """Save the text; where it moved meanwhile, show both versions and overwrite nothing."""
    messages.say(sent.do("proposal write", proposal_id=proposal_id))
    return redirect(_back(proposal_id), 303)


@bp.post("/proposals/<proposal_id>/yaml/files")
def add_file(proposal_id: str) -> ResponseReturnValue:
    """Have the draft change one file more, and go to it."""
    done = sent.do("proposal add-file", proposal_id=proposal_id)
    messages.say(done)
    return redirect(url_for("yaml_editing.show", proposal_id=proposal_id, path=done.result.path), 303)


@bp.post("/proposals/<proposal_id>/yaml/check")
def check(proposal_id: str) -> ResponseReturnValue:
    """Say what is wrong with a text as it is typed; nothing is stored (EDT-07)."""
    path, text = _typed()
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        files = drafting.files_of(tx, tx.get(Proposal, proposal_id))
    found = yaml_editor.problems(content, files, path, text)
    return jsonify({"problems": [one.as_detail() for one in found if one.file == path]})


@bp.get("/proposals/<proposal_id>/preview")
def preview(proposal_id: str) -> ResponseReturnValue:
    """Show the dated bundle that a start would make with the draft, beside what it makes now."""
    return _preview(proposal_id, request.args.to_dict(), None)


@bp.post("/proposals/<proposal_id>/preview")
def preview_typed(proposal_id: str) -> ResponseReturnValue:
    """Show the preview of a text as it is typed; nothing is stored."""
    given = _answers(request.form.to_dict())
    return _preview(proposal_id, given, _typed() if "text" in request.form else None)


@bp.get("/proposals/<proposal_id>/merge")
def ask_merge(proposal_id: str) -> ResponseReturnValue:
    """Show a draft beside what its file says in the content now, where that moved."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = yaml_merging.of_base(tx, content, proposal_id, request.args.get("path"))
    return render("yaml_editing/merge.html", page=page)


@bp.post("/proposals/<proposal_id>/merge")
def merge(proposal_id: str) -> ResponseReturnValue:
    """Save what became of both versions."""
    is_base = request.form.get("catches_up") == "true"
    seen, live = ("mine", {"live": request.form.get("other", "")}) if is_base else ("other", {})
    given: dict[str, Any] = {
        "text": yaml_merging.chosen(request.form),
        "seen": request.form.get(seen, ""),
        **live,
    }
    messages.say(sent.do("proposal settle", proposal_id=proposal_id, **given))
    return redirect(_back(proposal_id), 303)


@bp.post("/proposals/<proposal_id>/merge/fork")
def fork(proposal_id: str) -> ResponseReturnValue:
    """Keep what was written as a draft of its own, and go on there."""
    done = sent.do("proposal fork", proposal_id=proposal_id, text=request.form.get("mine", ""))
    messages.say(done)
    return redirect(_back(done.result.proposal_id), 303)


@bp.get("/proposals/schemas/<kind>.json")
def schema(kind: str) -> Response:
    """Give the JSON Schema of a kind of content file, as ``content/schemas`` has it (CNT-04)."""
    if kind == "scenario":
        text = scenarios.schema_text()
    elif kind in MODELS:
        text = schema_text(kind)
    else:
        abort(404)
    response = Response(text, content_type="application/json")
    response.headers["Cache-Control"] = _FOR_A_DAY
    return response


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the editor again with the reasons and what was typed, or both versions where the text moved."""
    proposal_id = (request.view_args or {}).get("proposal_id")
    is_shown_alone = request.endpoint in ("yaml_editing.check", "yaml_editing.preview_typed")
    if proposal_id is None or is_shown_alone or isinstance(error, ForbiddenError):
        return errors.answer(error)

    def page(status: int) -> ResponseReturnValue:
        path = None if request.endpoint == "yaml_editing.add_file" else request.form.get("path")
        if isinstance(error, StaleWriteError):
            return _both(proposal_id, path or "", status)
        return _editor(proposal_id, path, request.form.get("text"), status)

    return errors.shown_again(error, page)


def _both(proposal_id: str, path: str, status: int) -> ResponseReturnValue:
    """Show what was written, or chosen before, beside what is there now."""
    form, content = request.form, current_workbench().content()
    was_merging = request.endpoint == "yaml_editing.merge"
    with current_workbench().reading(current_actor()) as tx:
        if form.get("catches_up") == "true":
            found = yaml_merging.of_base(tx, content, proposal_id, path)
        else:
            before, mine = form.get("seen", ""), form.get("text", "")
            if was_merging:
                before, mine = form.get("other", ""), yaml_merging.chosen(form)
            found = yaml_merging.of_typed(tx, content, proposal_id, path, before=before, mine=mine)
    return render("yaml_editing/merge.html", page=found), status


def _editor(
    proposal_id: str, path: str | None, typed: str | None = None, status: int = 200
) -> ResponseReturnValue:
    content, answers = current_workbench().content(), _answers(request.values.to_dict())
    with current_workbench().reading(current_actor()) as tx:
        page = yaml_editor.load(tx, content, proposal_id, path, None if typed is None else texts.shown(typed))
        text = None if page.kept is None else (page.path, page.text)
        shown = yaml_preview.load(tx, content, proposal_id, answers, text=text, with_hard_days=True)
    nonce = secrets.token_urlsafe(18)
    ways = _ways("yaml_editing.show", proposal_id, page.path)
    html = render("yaml_editing/edit.html", page=page, shown=shown, nonce=nonce, ways=ways)
    return headers.with_own_styles(html, nonce, status)


def _ways(here: str, proposal_id: str, path: str | None) -> list[tuple[str, str]]:
    return [
        (url_for(endpoint, proposal_id=proposal_id, path=path), words)
        for endpoint, words in _ELSEWHERE
        if endpoint != here
    ]


def _preview(proposal_id: str, answers: dict[str, str], text: tuple[str, str] | None) -> ResponseReturnValue:
    content, is_part = current_workbench().content(), bool(request.headers.get("HX-Request"))
    with current_workbench().reading(current_actor()) as tx:
        proposal = tx.get(Proposal, proposal_id)
        shown = yaml_preview.load(tx, content, proposal_id, answers, text=text, with_hard_days=not is_part)
    template = "yaml_editing/part.html" if is_part else "yaml_editing/preview.html"
    ways = _ways("yaml_editing.preview", proposal_id, request.values.get("path"))
    return render(template, shown=shown, proposal=proposal, ways=ways)


def _typed() -> tuple[str, str]:
    text = request.form.get("text", "")
    if len(text.encode("utf-8")) > BYTES_OF_EDITED_TEXT:
        raise bad_field(
            "text", f"has more than {BYTES_OF_EDITED_TEXT:,} bytes; change a file that long in Git"
        )
    return request.form.get("path", ""), texts.shown(text)


def _answers(given: dict[str, str]) -> dict[str, str]:
    """Return what was answered for the preview, as far as it was."""
    return {
        name: value
        for name, value in given.items()
        if value and (name in ("anchor_date", "for") or name.startswith("param."))
    }


def _back(proposal_id: str) -> str:
    """Return where the editor is, with what the preview was asked with unless that is long."""
    here = url_for("yaml_editing.show", proposal_id=proposal_id, path=request.form.get("path", ""))
    address = f"{here}&{urlencode(_answers(request.form.to_dict()))}".rstrip("&")
    return address if len(address) <= _LONGEST_ADDRESS else here
