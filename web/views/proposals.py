"""Proposals: their list, and one with what it changes, what is wrong with it and where it goes next."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.audit import topics
from engine.errors import WorkbenchError
from engine.proposals import patching
from web import errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import proposal as proposal_page
from web.pages import proposals as proposal_list

bp = Blueprint("proposals", __name__)
bp.add_app_template_filter(proposal_page.keyed)
_VERBS = frozenset({"offer", "withdraw", "edit-again", "catch-up", "revert"})
#: Where a draft is worked on.
_EDITORS = (
    ("editing.edit", "Edit"),
    ("yaml_editing.show", "Edit as YAML"),
    ("yaml_editing.preview", "Preview a dated bundle"),
)


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who may not propose."""
    require(current_actor(), Permission.PROPOSE, "see proposals")


@bp.get("/proposals")
@live.follows(topics.PROPOSALS)
def index() -> ResponseReturnValue:
    """List what is open, one's own, or what was decided."""
    return _page()


@bp.get("/proposals/<proposal_id>")
@live.follows(topics.PROPOSALS)
def show(proposal_id: str) -> ResponseReturnValue:
    """Show one proposal."""
    return _proposal_page(proposal_id)


@bp.get("/proposals/<proposal_id>/patch")
def patch(proposal_id: str) -> ResponseReturnValue:
    """Give a proposal as a file that `git am` makes a commit of."""
    found = patching.patch_of(current_workbench(), current_actor(), proposal_id)
    response = Response(found, mimetype="text/x-patch")
    response.headers["Content-Disposition"] = f'attachment; filename="{proposal_id}.patch"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/proposals/<proposal_id>/<verb>")
def act(proposal_id: str, verb: str) -> ResponseReturnValue:
    """Offer, withdraw, edit again, catch up or revert a proposal."""
    if verb not in _VERBS:
        abort(404)
    done = sent.do(f"proposal {verb}", proposal_id=proposal_id)
    messages.say(done)
    if verb == "catch-up":
        return redirect(_to_choose(proposal_id, done.result.conflicts), 303)
    if verb == "edit-again":
        return redirect(url_for("editing.edit", proposal_id=proposal_id), 303)
    return redirect(url_for("proposals.show", proposal_id=done.result.proposal_id), 303)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    named = request.view_args or {}
    if request.method == "GET" or "proposal_id" not in named:
        return errors.answer(error)
    proposal_id = named["proposal_id"]
    here = partial(url_for, "proposals.show", proposal_id=proposal_id)
    return errors.shown_again(error, partial(_proposal_page, proposal_id), here)


def _to_choose(proposal_id: str, conflicts: list[str]) -> str:
    """Return the page where somebody chooses what a file shall say that two changed, or the proposal's."""
    if conflicts:
        return url_for("yaml_editing.ask_merge", proposal_id=proposal_id, path=conflicts[0])
    return url_for("proposals.show", proposal_id=proposal_id)


def _page(status: int = 200) -> Response:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = proposal_list.load(tx, content, request.args.get("which", ""))
    return live.page("proposals/index.html", status, page=page)


def _proposal_page(proposal_id: str, status: int = 200) -> Response:
    page = proposal_page.load(current_workbench(), current_actor(), proposal_id)

    def ways(path: str) -> list[tuple[str, str]]:
        return [
            (url_for(endpoint, proposal_id=proposal_id, path=path), words) for endpoint, words in _EDITORS
        ]

    most = {"most_dates": proposal_page.MOST_DATES, "most_taken_out": proposal_page.MOST_TAKEN_OUT}
    return live.page("proposals/show.html", status, page=page, ways=ways, **most)
