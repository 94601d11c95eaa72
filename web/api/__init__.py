"""The API: what other programs read and do, under ``/api``."""

from __future__ import annotations

from flask import Blueprint

from web.api import events

bp = Blueprint("api", __name__, url_prefix="/api")
events.register(bp)
