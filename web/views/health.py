"""How the server is, for programs: whether to send it requests, and what it counts (OPS-07, NFR-028)."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, current_app, jsonify, make_response, request

from engine.catalog.problems import ProblemCode
from engine.errors import StoreVersionError, WorkbenchError
from web import auth, outages
from web.context import current_workbench
from web.observing import observed

bp = Blueprint("health", __name__)
_OK, _FAILED, _UNKNOWN = "ok", "failed", "unknown"


@bp.get("/readyz")
@auth.public
def ready() -> Response:
    """Say whether this server should be sent requests, and what keeps it from that; strangers learn no more.

    200 where the database answers, its schema is one that this program works with, the content can be read
    and the server does not end; else 503.
    """
    database, schema = _store()
    checks = {
        "database": database,
        "schema": schema,
        "content": _content(),
        "serving": _FAILED if observed(current_app).is_draining else _OK,
    }
    is_ready = all(told == _OK for told in checks.values())
    said = jsonify({"status": "ready" if is_ready else "not ready", "checks": checks})
    return _not_kept(said, 200 if is_ready else 503)


@bp.get("/metrics")
@auth.public
def metrics() -> Response:
    """Give what is counted to whoever has the token of the settings; without a token there is nothing here.

    No address is trusted for it: behind a proxy on this machine everybody has that of the machine.
    """
    found = observed(current_app).metrics
    if found is None:
        return _not_kept(Response("There is nothing here.\n", content_type="text/plain; charset=utf-8"), 404)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = current_workbench().settings.metrics_token
    is_theirs = hmac.compare_digest(token.strip().encode("utf-8", "replace"), wanted.encode())
    if scheme.lower() != "bearer" or not is_theirs:
        said = Response("The token is wrong, or missing.\n", content_type="text/plain; charset=utf-8")
        said.headers["WWW-Authenticate"] = "Bearer"
        return _not_kept(said, 401)
    text, kind = found.exposition()
    return _not_kept(Response(text, content_type=kind), 200)


def _store() -> tuple[str, str]:
    """Say how the database is, and its schema."""
    try:
        current_workbench().database.look_again()
    except StoreVersionError as error:
        outages.note(error)
        return _OK, _FAILED
    except WorkbenchError as error:
        outages.note(error)
        return _FAILED, _UNKNOWN
    return _OK, _OK


def _content() -> str:
    try:
        problems = current_workbench().content().problems
    except WorkbenchError as error:
        outages.note(error)
        return _FAILED
    return _FAILED if any(problem.code == ProblemCode.NO_CONTENT for problem in problems) else _OK


def _not_kept(said: Response, status: int) -> Response:
    response = make_response(said, status)
    response.headers["Cache-Control"] = "no-store"
    return response
