"""The templates: their list, and one as it is for a partner or campaign."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.catalog.diff.history import changes_of
from web.context import current_actor, current_workbench
from web.pages import templates as template_page
from web.rendering import render

#: So much of one revision is told; some rewrite a whole template.
_MOST_LINES = 25
bp = Blueprint("templates", __name__)
bp.add_app_template_filter(template_page.short_commit)
bp.add_app_template_filter(template_page.plain)


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who may not read templates."""
    require(current_actor(), Permission.BROWSE_TEMPLATES, "read templates")


@bp.get("/templates")
def index() -> ResponseReturnValue:
    """List the templates, what is wrong with the content, and what runs of it."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = template_page.list_all(tx, content)
    return render("templates/index.html", page=page)


@bp.get("/templates/<key>")
def show(key: str) -> ResponseReturnValue:
    """Show a template with the origin of every value."""
    content = current_workbench().content()
    partner, campaign = request.args.get("partner"), request.args.get("campaign")
    with current_workbench().reading(current_actor()) as tx:
        page = template_page.load(tx, content, key, partner, campaign)
    return render("templates/show.html", page=page, template=page.template)


@bp.get("/templates/<key>/changes")
def changes(key: str) -> ResponseReturnValue:
    """Tell what changed in a template, revision by revision."""
    workbench = current_workbench()
    content = workbench.content()
    found = changes_of(workbench.settings.content_place[0], content, key)
    return render(
        "templates/changes.html",
        template=content.templates[key],
        revisions=found,
        content=content,
        most=_MOST_LINES,
    )
