"""Errors as the board answers them: a page, or JSON for whoever reads that (house.md section 5)."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from engine.errors import StoreVersionError, UnauthorizedError, UploadTooLargeError, WorkbenchError
from web import forms, snapshot
from web import frame as frames
from web.answers import answer_for, as_json
from web.context import current_workbench
from web.frame import Frame
from web.rendering import render_in

_log = logging.getLogger("workbench.web")


def wants_json() -> bool:
    """Say whether the caller of this request reads JSON rather than pages."""
    if request.path.startswith("/api/"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def register(app: Flask) -> None:
    """Answer every error of ``app``: expected ones from the table, others with a reference number."""
    app.register_error_handler(WorkbenchError, answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def answer(error: WorkbenchError) -> ResponseReturnValue:
    """Return the page or the JSON of an expected error."""
    found = answer_for(error)
    if wants_json():
        return jsonify(as_json(error)), found.status
    if isinstance(error, UnauthorizedError) and request.endpoint != "accounts.sign_in":
        return _to_sign_in()
    return _page(found.status, found.title, error.message, found.advice, error.details)


def _to_sign_in() -> ResponseReturnValue:
    """Lead to the sign-in page and back; htmx follows a header, not a redirect, to leave the page."""
    back = request.full_path.rstrip("?") if request.method == "GET" else url_for("board.show")
    target = url_for("accounts.sign_in", next=back)
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    return redirect(target, 303)


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    """Answer what the framework itself refuses: unknown addresses, wrong methods, too large uploads."""
    status = error.code or 500
    if status < 400:
        return error
    if status == 413:
        return answer(_too_large())
    title, advice = _HTTP_WORDS.get(status, (error.name, "Go back and try again."))
    message = error.description or error.name
    if wants_json():
        code = error.name.upper().replace(" ", "_")
        return jsonify({"error": {"code": code, "message": message, "details": []}}), status
    return _page(status, title, message, advice, [])


#: The fields of forms in which people write.
_WORDS = ("feedback", "body", "comment", "reason", "text")
_HTTP_WORDS = {
    404: ("Not found", "Check the address, or start again from the board."),
    405: ("Not possible here", "Use the buttons of the page instead of this address."),
}


def _too_large() -> UploadTooLargeError:
    """Give the error of an upload that is refused while it arrives; it reads like one refused later."""
    most = current_workbench().settings.max_upload_mb
    message = f"What you sent is larger than the limit of {most} MiB. Nothing was changed."
    return UploadTooLargeError(
        message, details=[{"code": "UPLOAD_TOO_LARGE", "field": "file", "message": f"more than {most} MiB"}]
    )


def _answer_unexpected(error: Exception) -> ResponseReturnValue:
    """Log an unexpected error and show the number to quote, never the cause itself.

    Where a newer release took away what this one needs, that is the answer (G8).
    """
    try:
        current_workbench().database.look_again()
    except StoreVersionError as upgraded:
        _log.error("unexpected error in an upgraded store", exc_info=error)
        return answer(upgraded)
    except WorkbenchError as silent:
        _log.warning("whether the store was upgraded cannot be told: %s", silent.message)
    reference = secrets.token_hex(4)
    actor = g.get("actor")
    arguments = request.view_args or {}
    _log.error(
        "unexpected error, reference %s: %s %s user=%s task=%s",
        reference,
        request.method,
        request.path,
        actor.user_id if actor else None,
        arguments.get("task_id"),
        exc_info=error,
    )
    message = f"This is our mistake, not yours. Nothing was changed. The reference is {reference}."
    if wants_json():
        details = [{"code": "INTERNAL", "message": "unexpected error", "reference": reference}]
        return jsonify({"error": {"code": "INTERNAL", "message": message, "details": details}}), 500
    return _page(
        500, "Something went wrong", message, "Try again. If it stays, give the operator the reference.", []
    )


def _typed() -> list[str]:
    """List the texts that were just sent, so that a page without their form does not lose them."""
    given = forms.sent()
    return [words for name in _WORDS if (words := given.get(name, "").strip())]


def _frame() -> Frame:
    """Return the frame of an error's page, which is shown even where the store cannot be asked (G6)."""
    snapshot.abandon()
    try:
        return frames.load()
    except WorkbenchError as error:
        _log.warning("the frame of an error's page could not be read: %s", error.message)
        return frames.without_store()


def _page(
    status: int, title: str, message: str, advice: str, details: list[dict[str, Any]]
) -> ResponseReturnValue:
    reasons = [str(detail.get("message", "")) for detail in details if detail.get("message")]
    facts = {
        "status": status,
        "title": title,
        "message": message,
        "advice": advice,
        "reasons": reasons,
        "typed": _typed(),
    }
    return render_in(_frame(), "errors/error.html", **facts), status
