"""What other programs call without a session: a forge that says that content was pushed."""

from __future__ import annotations

from flask import Blueprint, Response, request

from engine.errors import UnauthorizedError
from engine.live_content import hook
from engine.throttle import Attempt
from web import auth, csrf, devices
from web.context import current_workbench

bp = Blueprint("hooks", __name__)
#: Under which name wrong signatures are counted; nobody has it as an e-mail.
_COUNTED_AS = "hooks/content"


@bp.post("/hooks/content")
@auth.public
@csrf.unbound
def content() -> Response:
    """Have the content fetched; what the forge says of the push is checked for its signature alone.

    Whoever sends wrong ones waits longer and longer, and is told as little as at the first.
    """
    workbench = current_workbench()
    system = workbench.system_actor()
    secret = hook.secret_of(workbench, system)
    if secret is None:
        return _said("There is nothing here.", 404)
    if request.mimetype == "application/x-www-form-urlencoded":
        return _said("Send it as application/json.", 415)  # a signature is over bytes, and this was read
    try:
        with workbench.sign_in_throttle.trying(_attempt(), workbench.clock.now()):
            _require_signature(secret)
    except UnauthorizedError:
        return Response(status=401)
    is_new = hook.ask_for_fetch(workbench, system)
    return _said("The content will be fetched." if is_new else "A fetch of the content waits already.", 202)


def _require_signature(secret: str) -> None:
    signature, token = (request.headers.get(name, "") for name in ("X-Hub-Signature-256", "X-Gitlab-Token"))
    if not hook.is_signed(secret, request.get_data(), signature=signature, token=token):
        raise UnauthorizedError("The signature is wrong.")


def _attempt() -> Attempt:
    """Count each client by itself: strangers who guess hold up no forge."""
    found = devices.attempt(_COUNTED_AS)
    return Attempt(_COUNTED_AS, device=f"at {found.client or found.sender}")


def _said(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, content_type="text/plain; charset=utf-8")
