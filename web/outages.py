"""What the operator is told of a part that fails: all of it, once a request, whatever page answers (G3)."""

from __future__ import annotations

import logging

from flask import g, request

from engine.errors import UnavailableError
from web import secret_addresses
from web.answers import answer_for

_log = logging.getLogger("workbench.web")


def note(error: Exception) -> None:
    """Tell the log why a request could not be answered as it was meant, if that is a part that fails."""
    if not isinstance(error, UnavailableError) or g.get("noted_outage") is error:
        return
    g.noted_outage = error
    method, asked = secret_addresses.told_method(request.method), secret_addresses.for_log()
    _log.warning("%s %s is answered %d: %s", method, asked, answer_for(error).status, error.message)
