"""How much one API token may ask: so many requests a minute, told with every answer.

``RateLimit-Policy`` and ``RateLimit`` are those of draft-ietf-httpapi-ratelimit-headers (revision 10). Each
process counts for itself, as counting together would cost each request a write: a board of several processes
answers up to as many times the setting ``api_requests_per_minute``.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from flask import Flask, Response, current_app, g

from engine.errors import RateLimitedError
from web.context import current_workbench

SECONDS = 60
#: Tokens that are counted; who was heard of longest ago is forgotten, and begins anew.
_MOST_TOKENS = 10_000
_EXTENSION = "api_rates"


@dataclass(frozen=True)
class Quota:
    """What is left of a minute."""

    #: Requests that are still answered in it.
    left: int
    #: Seconds until the next minute begins, counted up.
    seconds: int


class Rates:
    """The requests of each token in its present minute, which begins with the first; safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none; ``clock`` gives seconds."""
        self._clock, self._lock = clock, Lock()
        #: Token -> (when its minute began, requests in it); the latest heard of last.
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, token: str, most: int) -> Quota | None:
        """Count a request of a token that may send ``most`` a minute; None where it is one too many."""
        with self._lock:
            now = self._clock()
            began, sent = self._counted.get(token, (now, 0))
            if now - began >= SECONDS:
                began, sent = now, 0
            self._counted[token] = began, min(sent + 1, most + 1)
            self._counted.move_to_end(token)
            if len(self._counted) > _MOST_TOKENS:
                self._counted.popitem(last=False)
            return Quota(most - sent - 1, math.ceil(began + SECONDS - now)) if sent < most else None

    def rests_for(self, token: str) -> int:
        """Return in how many seconds the token's next minute begins, at least one."""
        with self._lock:
            began, _ = self._counted.get(token, (self._clock(), 0))
            return max(1, math.ceil(began + SECONDS - self._clock()))


def count(token: str) -> None:
    """Count this request.

    Raises:
        RateLimitedError: the token has sent as many as it may.
    """
    rates: Rates = current_app.extensions[_EXTENSION]
    most = current_workbench().settings.api_requests_per_minute
    quota = rates.count(token, most)
    if quota is None:
        g.api_quota = Quota(0, rates.rests_for(token))
        raise RateLimitedError(
            f"This API token has sent more than {most:,} requests in a minute. Wait {g.api_quota.seconds} "
            f"{'second' if g.api_quota.seconds == 1 else 'seconds'}, then go on.",
            seconds=g.api_quota.seconds,
        )
    g.api_quota = quota


def register(app: Flask, is_asked: Callable[[], bool], rates: Rates | None = None) -> None:
    """Count the requests of ``app``, and tell with every answer of the API how much is left."""
    app.extensions[_EXTENSION] = rates or Rates()

    @app.after_request
    def tell(response: Response) -> Response:
        if not is_asked():
            return response
        most = current_workbench().settings.api_requests_per_minute
        response.headers["RateLimit-Policy"] = f'"token";q={most};w={SECONDS}'
        quota: Quota | None = g.get("api_quota")
        if quota is not None:
            response.headers["RateLimit"] = f'"token";r={quota.left};t={quota.seconds}'
        return response
