"""What is told of each request: an id to its sender, a line to the log, numbers to metrics (NFR-025, 028).

The id is the sender's own, where a proxy gave it one, so that the lines of both can be put together.
"""

from __future__ import annotations

import logging
import re
import secrets
from time import perf_counter

from flask import Flask, Response, g, request

from engine.app import Workbench
from engine.store.measuring import spent
from web import auth, logs
from web.error_rate import ErrorRate, telling_admins
from web.metrics import Metrics
from web.secret_addresses import told_method
from web.serving.loads import Loads

_log = logging.getLogger(logs.REQUESTS)
_EXTENSION = "observed"
_HEADER = "X-Request-Id"
#: Anything else may be meant to forge lines of a log, or to fill it.
_GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
#: Programs that ask each second how the server is: what they are told is no work that failed or was done.
_PROBES = frozenset({"accounts.health", "health.ready", "health.metrics"})
_REFUSED, _FAILED = 400, 500


class Observed:
    """What one server counts of its requests."""

    def __init__(self, workbench: Workbench) -> None:
        """Count for metrics only where somebody may read them."""
        self.metrics = Metrics(workbench) if workbench.settings.metrics_token else None
        self.error_rate = ErrorRate(telling_admins(workbench))
        #: Whether the server ends: what is under way is answered, and nobody should be sent here any more.
        self.is_draining = False

    def begin(self, loads: Loads, place: int) -> None:
        """Be the worker at this place from now on."""
        self.error_rate.place = place
        if self.metrics is not None:
            self.metrics.loads = loads

    def drain(self) -> None:
        """Say from now on that the server ends."""
        self.is_draining = True


def observed(app: Flask) -> Observed:
    """Return what an application counts."""
    found: Observed = app.extensions[_EXTENSION]
    return found


def hold(app: Flask, workbench: Workbench) -> None:
    """Begin to count, from nothing, what an application does around one running Workbench."""
    app.extensions[_EXTENSION] = Observed(workbench)


def register(app: Flask) -> None:
    """Observe the requests of ``app``; call it before anything else looks at them, or at their answers."""

    @app.before_request
    def begin() -> None:
        given, kept = request.headers.get(_HEADER, ""), g._get_current_object()
        kept.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        kept.observed = perf_counter(), spent.statements, spent.seconds, spent.slow

    @app.after_request
    def end(response: Response) -> Response:
        # The objects themselves: each look at one of Flask's proxies takes half a microsecond.
        asked, kept = request._get_current_object(), g._get_current_object()  # type: ignore[attr-defined]
        if auth.AS_ACTOR in asked.environ or "observed" not in kept:
            return response
        one, (began, statements, seconds, slow) = app.extensions[_EXTENSION], kept.observed
        took = perf_counter() - began
        response.headers[_HEADER] = kept.request_id
        status, is_probe = response.status_code, asked.endpoint in _PROBES
        if not is_probe:
            one.error_rate.note(failed=status >= _FAILED)
        route = asked.url_rule.rule if asked.url_rule is not None else "unknown"
        if one.metrics is not None:
            try:
                one.metrics.count(asked.method, route, status, took)
                if status >= _REFUSED:
                    one.metrics.count_error(status, asked.endpoint, kept.get("error_code"))
                one.metrics.count_database(
                    spent.statements - statements, spent.seconds - seconds, spent.slow - slow
                )
            except OSError:  # somebody deleted its files
                one.metrics = None
                _log.exception("nothing is counted for metrics any more until the server begins anew")
        if _log.isEnabledFor(logging.INFO) and not (is_probe and status < _FAILED):
            facts = {"status": status, "milliseconds": round(took * 1000, 1)}
            _log.info("%s %s", told_method(asked.method), route, extra=facts)
        return response
