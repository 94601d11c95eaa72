"""The API: every command of the registry and every record, as JSON under ``/api`` (``web/API.md``).

It is another reading of the registry and has no rule of its own: what the board and the command line refuse,
it refuses with the same code and words. Bearer tokens say who asks; cookies are not looked at.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from engine.errors import StaleWriteError, UnauthorizedError, WorkbenchError
from web import errors
from web.api import auth, casing, commands, docs
from web.auth import READ_BY_SESSIONS
from web.context import current_actor

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.before_request
def _identify() -> None:
    """Find who asks, before anything of the request is read.

    Raises:
        UnauthorizedError: nobody that is known.
        BadRequestError: ``case`` is neither snake nor camel.
    """
    if request.endpoint in READ_BY_SESSIONS and "Authorization" not in request.headers:
        current_actor()
    else:
        auth.identify()
    commands.wants_camel()


@bp.errorhandler(WorkbenchError)
def _refuse(error: WorkbenchError) -> ResponseReturnValue:
    """Answer as everywhere, and in the words of HTTP: how to say who asks, and that what was read is old."""
    response = _in_case(make_response(errors.answer(error)))
    if isinstance(error, UnauthorizedError):
        response.headers.setdefault("WWW-Authenticate", "Bearer")
    if isinstance(error, StaleWriteError) and "If-Match" in request.headers:
        response.status_code = 412
    return response


@bp.errorhandler(HTTPException)
def _refuse_http(error: HTTPException) -> ResponseReturnValue:
    return _in_case(make_response(errors.answer_http(error)))


def _in_case(response: Response) -> Response:
    """Name fields in a refusal as the request wants them."""
    if request.args.get("case") == "camel" and response.is_json:
        response.set_data(json.dumps(casing.refusal(response.get_json())))
    return response


commands.register(bp)
docs.register(bp)
