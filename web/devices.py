"""From where somebody signs in: the client's own address, and devices that they signed in from before (S16).

A device carries a signed cookie that says for which addresses it vouches, so that those who guess at an
address do not hold up whom they guess at.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from engine.throttle import Attempt
from web.context import current_workbench

_MONTHS_SECONDS = 180 * 24 * 3600
#: People who share a device; the last ones are known to it.
_MOST = 5
#: What one customer of a provider has: who owns one such address owns them all.
_IPV6_PREFIX = 64


def attempt(email: str) -> Attempt:
    """Say what this request tries, for the throttle."""
    device, known = _read()
    known_device = device if _digest(device, email) in known else None
    return Attempt(email, client=_client(), sender=_network(request.remote_addr), device=known_device)


class _OpenIDAttempt(Attempt):
    """What came back from an OpenID provider; who brings wrong codes waits, and nobody else."""

    def too_many(self, wait: str) -> str:
        """Say that there were too many wrong ones, and how long to wait."""
        return f"Too many sign-ins from here went wrong. Try again in {wait}, or ask an admin for a link."


def attempt_with_openid() -> Attempt:
    """Say from where something came back that says it is from the OpenID provider.

    Where the client cannot be told, each browser has a count of its own.
    """
    device, _ = _read()
    return _OpenIDAttempt(f"OpenID on {device}", client=_client(), sender=_network(request.remote_addr))


def attempt_of_token(beginning: str) -> Attempt:
    """Say which API token this request tries, by its first characters: no cookie is looked at."""
    return Attempt(
        f"API token {beginning}",
        client=_client(),
        sender=_network(request.remote_addr),
        is_token=True,
    )


def remember(email: str) -> None:
    """Let this device be known as one that the address signed in from, with the answer to this request."""
    device, known = _read()
    digest = _digest(device, email)
    known = [digest, *(other for other in known if other != digest)][:_MOST]
    value = _serializer().dumps([device, known])

    @after_this_request
    def send(response: Response) -> Response:
        response.set_cookie(
            _cookie(),
            value,
            max_age=_MONTHS_SECONDS,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _client() -> str | None:
    """Return who asks, as the last proxy that is trusted tells it; None where nobody trusted does.

    A request that comes by way of a proxy that the settings do not count, or from this machine, which mostly
    is one too, could be anybody's.
    """
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    proxies = current_workbench().settings.proxies
    if len(told) < proxies or (told and not proxies):
        return None
    return _network(told[-proxies] if proxies else request.remote_addr)


def _network(text: str | None) -> str | None:
    """Return what one customer of a provider has of an address; None where it is this machine's, or none."""
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, _IPV6_PREFIX), strict=False)
            return None if address.is_loopback else str(network)
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)


def _read() -> tuple[str, list[str]]:
    """Give the device's own word and the addresses that it is known for, hashed; a new word for a new one."""
    try:
        found: Any = _serializer().loads(request.cookies.get(_cookie(), ""), max_age=_MONTHS_SECONDS)
        device, known = found
    except (BadSignature, ValueError):
        return secrets.token_urlsafe(16), []
    return str(device), [str(digest) for digest in known]


def _digest(device: str, email: str) -> str:
    text = f"{device} {email.strip().lower()}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _cookie() -> str:
    session_cookie: str = current_app.config["SESSION_COOKIE_NAME"]
    return session_cookie.replace("session", "device")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="device")
