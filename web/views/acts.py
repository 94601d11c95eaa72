"""Undoing what one has just done: the address that the button beside its message sends to (D5)."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from web import auth, errors, messages, sent

bp = Blueprint("acts", __name__)


@bp.post("/acts/<act_id>/undo")
def undo(act_id: str) -> ResponseReturnValue:
    """Give everything back as it was before, and lead back to the page that told of it."""
    done = sent.do("act undo", act_id=act_id)
    if errors.wants_json():
        return jsonify(messages.as_json(done))
    messages.say(done)
    return redirect(auth.safe_next(request.form.get("back"), url_for("board.my_work")), 303)
