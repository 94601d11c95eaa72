"""The API: every record to read, under ``/api``, for whoever shows a bearer token."""

from __future__ import annotations

from flask import Blueprint, request

from web import snapshot
from web.api import auth, reads

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.before_request
def identify() -> None:
    """Find who asks; all that a request reads which changes nothing is read from one snapshot."""
    if request.method in ("GET", "HEAD"):
        snapshot.begin()
    auth.identify()


reads.register(bp)
