"""The blueprint of the API: who registers below ``/api``, and how what they refuse is answered."""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from engine.errors import StaleWriteError, WorkbenchError
from web import errors
from web.api import auth, casing, commands, docs, events, reads

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.before_request
def _check_case() -> None:
    """Look at ``case`` before anything is done.

    Raises:
        BadRequestError: it is neither snake nor camel.
    """
    commands.wants_camel()


@bp.errorhandler(WorkbenchError)
def _refuse(error: WorkbenchError) -> ResponseReturnValue:
    """Answer as everywhere, and 412 where what was read is old (RFC 9110)."""
    response = _in_case(make_response(errors.answer(error)))
    if isinstance(error, StaleWriteError) and "If-Match" in request.headers:
        response.status_code = 412
    return response


@bp.errorhandler(HTTPException)
def _refuse_http(error: HTTPException) -> ResponseReturnValue:
    return _in_case(make_response(errors.answer_http(error)))


@bp.app_errorhandler(NotFound)
@bp.app_errorhandler(MethodNotAllowed)
def _refuse_address(error: NotFound | MethodNotAllowed) -> ResponseReturnValue:
    """Say where the addresses of the API are told; those of pages are answered as elsewhere."""
    if not auth.is_asked():
        return errors.answer_http(error)
    there = f"There is no {request.path}"
    if isinstance(error, MethodNotAllowed):
        methods = sorted({*(error.valid_methods or ())} - {"HEAD", "OPTIONS"})
        there = f"{request.path} does not take {request.method}, but {' and '.join(methods)}"
    error.description = f"{there}. /api/docs shows every operation with its address."
    response = _in_case(make_response(errors.answer_http(error)))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _in_case(response: Response) -> Response:
    """Name fields in a refusal as the request wants them."""
    if request.args.get("case") == "camel" and response.is_json:
        response.set_data(json.dumps(casing.refusal(response.get_json())))
    return response


commands.register(bp)
reads.register(bp)
events.register(bp)
docs.register(bp)
