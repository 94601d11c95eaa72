"""What the work says about a template, and the presses that make a change of it (D13)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.errors import WorkbenchError
from engine.evidence.figures import FEW
from web import errors, messages, sent
from web.context import current_actor, current_workbench
from web.pages import evidence as evidence_page
from web.rendering import render

bp = Blueprint("suggesting", __name__)


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who may not read templates."""
    require(current_actor(), Permission.BROWSE_TEMPLATES, "read templates")


@bp.get("/templates/<key>/evidence")
def evidence(key: str) -> ResponseReturnValue:
    """Show what the work says about a template."""
    return _page(key)


@bp.post("/templates/<key>/evidence")
def suggest(key: str) -> ResponseReturnValue:
    """Make the change that something which stands out advises, and lead to the draft."""
    done = sent.do("proposal suggest", template=key)
    messages.say(done)
    return redirect(f"{request.script_root}/proposals/{done.result.proposal_id}", 303)


def _page(key: str, status: int = 200) -> ResponseReturnValue:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = evidence_page.load(tx, content, key)
    return render("templates/evidence.html", page=page, evidence=page.evidence, few=FEW), status


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again with the reason at the button that was pressed."""
    key = str((request.view_args or {}).get("key"))
    return errors.shown_again(error, partial(_page, key), partial(url_for, "suggesting.evidence", key=key))
