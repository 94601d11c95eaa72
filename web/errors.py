"""Errors as the board answers them: a page, or JSON for whoever reads that (house.md section 5)."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, InternalServerError

from engine.budgets import BYTES_OF_FIELDS
from engine.errors import (
    FormTooLargeError,
    RateLimitedError,
    StoreUnavailableError,
    StoreVersionError,
    UnauthorizedError,
    UploadTooLargeError,
    WorkbenchError,
)
from engine.store.timeouts import PAUSE_SECONDS
from web import again, csrf, forms, outages, secret_addresses, snapshot
from web import frame as frames
from web.answers import answer_for, as_json_for_all, message_for_all
from web.api import auth as api_auth
from web.context import current_workbench, find_actor
from web.frame import Frame
from web.navigation import page_of_form
from web.rendering import render_in

_log = logging.getLogger("workbench.web")


_UNEXPECTED = "INTERNAL"
#: How long a client is asked to wait before it asks a database again that could not answer.
_RETRY_SECONDS = round(PAUSE_SECONDS)


def wants_json() -> bool:
    """Say whether the caller of this request reads JSON rather than pages."""
    if api_auth.is_asked() and request.endpoint != "api.docs":
        return True
    accepted = request.accept_mimetypes
    if request.is_json and "text/html" not in accepted.values():
        return True
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def stands_alone(error: WorkbenchError) -> bool:
    """Whether an error is said on its own, and not on the page of the form that was sent.

    That page is read from the store: without it there is none, nor for somebody of whom the store could not
    say who they are (G1).
    """
    is_away = isinstance(error, StoreUnavailableError) or find_actor() is None
    return request.method != "POST" or is_away or wants_json()


def shown_again(
    error: WorkbenchError,
    page: Callable[[int], ResponseReturnValue],
    at: Callable[[], str | None] | None = None,
    *,
    keeps_refusal: bool = False,
) -> ResponseReturnValue:
    """Return the page of the form that was refused, with the reasons and the input kept.

    ``page`` renders it with a status; where it has an address, which ``at`` tells, a browser is led there, so
    that loading it again sends nothing again. Where it is not theirs to see, that is the answer, unless the
    refusal says nothing of the record: a form without its token, or one that ``keeps_refusal``.
    """
    if stands_alone(error):
        return answer(error)
    state, is_forged = forms.refuse(error), isinstance(error, csrf.ForgedRequestError)
    try:
        shown = page(answer_for(error).status)
    except WorkbenchError as hidden:
        return answer(error if keeps_refusal or is_forged else hidden)
    address = at() if at is not None and not is_forged else None
    return (forms.led_to(state, address) if address is not None else None) or shown


def register(app: Flask) -> None:
    """Answer every error of ``app``: expected ones from the table, others with a reference number."""
    app.register_error_handler(WorkbenchError, answer)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def answer(error: WorkbenchError) -> ResponseReturnValue:
    """Return the page or the JSON of an expected error."""
    found = answer_for(error)
    g.error_code = error.code
    headers = _headers(error, found.status)
    outages.note(error)
    if isinstance(error, StoreUnavailableError) and (done := g.get("done_message")):
        return _answer_done(done)
    if wants_json():
        return jsonify(as_json_for_all(error)), found.status, headers
    if isinstance(error, UnauthorizedError) and request.endpoint != "accounts.sign_in":
        return _to_sign_in(error)
    advice = found.advice
    if found.status == 503 and request.method == "GET":
        advice = "Load the page again in a minute. If this goes on, tell the operator."
    return *_page(found.status, found.title, message_for_all(error), advice, error.details), headers


def _answer_done(message: str) -> ResponseReturnValue:
    """Answer a request that was done, and then could not read what it was to show: done is done."""
    if wants_json():
        return jsonify({"said": message})
    told = f"{message} It was saved; only the page about it cannot be shown at this moment."
    return _page(200, "Saved", told, "Do not send it again: load the page that you came from.", [])


def _headers(error: WorkbenchError, status: int) -> dict[str, str]:
    """Say when to ask again; and that a part of a page stays as it is, and what was typed into it."""
    headers = {"Retry-After": str(_RETRY_SECONDS)} if status == 503 else {}
    if isinstance(error, RateLimitedError):
        headers["Retry-After"] = str(error.seconds)
    if status >= 500 and request.headers.get("HX-Request"):
        said = {"refused": {"reasons": [message_for_all(error)]}}
        headers |= {"HX-Reswap": "none", "HX-Trigger": json.dumps(said)}
    return headers


def _to_sign_in(error: UnauthorizedError) -> ResponseReturnValue:
    """Lead to the sign-in page and back; htmx follows a header, not a redirect, to leave the page.

    Where something was sent there is no way back to it: it is shown, and no program takes that for success.
    """
    back = request.full_path.rstrip("?") if request.method == "GET" else url_for("board.show")
    target = url_for("accounts.sign_in", next=back)
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    if request.method != "GET":
        advice = "Sign in, in another tab to keep what you wrote here, and send it there."
        return _page(401, "You are signed out", f"{error.message} Nothing was changed.", advice, [])
    return redirect(target, 303)


def answer_http(error: HTTPException) -> ResponseReturnValue:
    """Answer what the framework itself refuses: unknown addresses, wrong methods, too large uploads."""
    status = error.code or 500
    if status < 400:
        return error
    if isinstance(error, InternalServerError):
        cause = error.original_exception or error
        return answer(cause) if isinstance(cause, WorkbenchError) else _answer_unexpected(cause)
    if status == 413:
        return answer(_too_large_file() if _is_of_files() else _too_large_form())
    if status == 405 and request.method in ("GET", "HEAD") and not wants_json():
        page = page_of_form()
        if page is not None:
            return redirect(page, 303)
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


def _is_of_files() -> bool:
    """Whether a body that is too large is so by its files: without them, less is the most."""
    most, length = request.max_content_length or 0, request.content_length
    return most > BYTES_OF_FIELDS and (length is None or length > most)


def _too_large_form() -> FormTooLargeError:
    most = f"{BYTES_OF_FIELDS // 1024} KiB"
    return FormTooLargeError(
        f"The fields of what you sent are longer than {most} together. Nothing was changed."
    )


def _too_large_file() -> UploadTooLargeError:
    """Give the error of an upload that is refused while it arrives; it reads like one refused later."""
    most = current_workbench().settings.max_upload_mb
    message = f"What you sent is larger than the limit of {most} MiB. Nothing was changed."
    return UploadTooLargeError(
        message, details=[{"code": "UPLOAD_TOO_LARGE", "field": "file", "message": f"more than {most} MiB"}]
    )


def _answer_unexpected(error: BaseException) -> ResponseReturnValue:
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
    g.error_code = _UNEXPECTED
    reference = secrets.token_hex(4)
    actor = g.get("actor")
    arguments = request.view_args or {}
    _log.error(
        "unexpected error, reference %s: %s %s user=%s task=%s",
        reference,
        secret_addresses.told_method(request.method),
        secret_addresses.for_log(),
        actor.user_id if actor else None,
        arguments.get("task_id"),
        exc_info=error,
    )
    message = f"This is our mistake, not yours. Nothing was changed. The reference is {reference}."
    if wants_json():
        details = [{"code": _UNEXPECTED, "message": "unexpected error", "reference": reference}]
        return jsonify({"error": {"code": _UNEXPECTED, "message": message, "details": details}}), 500
    return _page(
        500,
        "Something went wrong",
        message,
        "Try again. If this goes on, give the operator the reference.",
        [],
    )


def _typed() -> list[str]:
    """List the texts that were just sent, so that a page without their form does not lose them."""
    given = forms.sent()
    return [words for name in _WORDS if (words := given.get(name, "").strip())]


def _frame(status: int) -> Frame:
    """Return the frame of an error's page, which is shown even where the store cannot be asked (G6)."""
    snapshot.abandon()
    if status >= 500:
        return frames.without_store()
    try:
        return frames.load()
    except WorkbenchError as error:
        _log.warning("the frame of an error's page could not be read: %s", error.message)
        return frames.without_store()


def _page(
    status: int, title: str, message: str, advice: str, details: list[dict[str, Any]]
) -> tuple[str, int]:
    """Render the page of an error; where even that fails, say it without a template (G6)."""
    try:
        keeps = status >= 500 or status == 401
        facts = {
            "status": status,
            "title": title,
            "message": message,
            "advice": advice,
            "reasons": [str(detail.get("message", "")) for detail in details if detail.get("message")],
            "typed": [] if keeps else _typed(),
            "sent": again.sent_form() if keeps else None,
        }
        return render_in(_frame(status), "errors/error.html", **facts), status
    except Exception:  # whatever it is: somebody waits for an answer
        _log.exception("the page of an error could not be rendered")
        return str(_PLAIN.format(title, title, message, advice)), status


_PLAIN = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{} · Workbench</title><h1>{}</h1>'
    "<p>{}</p><p>{} What you sent, your browser still has: go back.</p>"
)
