"""Reports: their list, and each as a page, as CSV and as JSON; the address holds the filters."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from engine.access import Permission, may, require
from engine.errors import BadRequestError, bad_field
from engine.reports import registry, writing
from engine.reports.tables import Report, Table
from web.context import current_actor, current_workbench
from web.errors import wants_json
from web.pages import reports as report_page
from web.rendering import render

bp = Blueprint("reports", __name__)


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who does no work here."""
    require(current_actor(), Permission.SEE_OWN_WORK, "read reports")


@bp.get("/reports")
def index() -> ResponseReturnValue:
    """List the reports that the signed-in user may read."""
    return render("reports/index.html", reports=registry.available(current_actor()))


@bp.get("/reports/<name>")
def show(name: str) -> ResponseReturnValue:
    """Show a report for what the address asks, or hand it out as a file."""
    report, given = registry.get(name), report_page.asked_of(request.args)
    form = request.args.get("format") or ("json" if wants_json() else "")
    if form:
        with current_workbench().reading(current_actor()) as tx:
            table = registry.run(tx, name, given)
        return _as_file(report, table, form)
    return _page(report, given)


def _page(report: Report, given: dict[str, str]) -> ResponseReturnValue:
    """Return the page; with refused filters it shows the form again, and says what is wrong."""
    table, trouble = None, None
    content = current_workbench().content()
    offset = max(0, request.args.get("offset", 0, type=int))
    with current_workbench().reading(current_actor()) as tx:
        try:
            table = registry.run(tx, report.name, given, rows=report_page.PER_PAGE, offset=offset)
        except BadRequestError as error:
            trouble = error.message
        filters = report_page.filters_of(tx, content, report, given)
    page = report_page.ReportPage(report, given, table, filters, offset)
    scores = may(current_actor(), Permission.DECIDE)
    shown = render(
        "reports/show.html", page=page, report=report, table=table, trouble=trouble, may_score=scores
    )
    return shown, 400 if trouble else 200


def _as_file(report: Report, table: Table, form: str) -> Response:
    if form == "json":
        return jsonify(writing.to_data(report, table))
    if form != "csv":
        message = f"{form!r} is not a form of a report; use csv or json"
        raise bad_field("format", message)
    # Its mark tells spreadsheets the encoding, without which they read umlauts wrongly (D22).
    marked = writing.to_csv(table).encode("utf-8-sig")
    response = Response(marked, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{report.name}.csv"'
    return response
