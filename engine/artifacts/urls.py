"""What an address of the web must be to be asked, and how it is written (SEC-08)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from engine.errors import BadRequestError

_PORTS = {"http": 80, "https": 443}
_USUAL_PORTS = frozenset({80, 443, 8080, 8443})
_LONGEST_URL = 4000


def check_url(url: str, *, odd_ports: bool) -> SplitResult:
    """Give the parts of an address that may be asked, in the letters that go over the wire.

    Raises:
        BadRequestError: it is no address of the web, holds a password, or names a port of something else.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadRequestError(f"{_named(parts)} is not one of the web; it begins with https or http.")
    if parts.username is not None or parts.password is not None:
        raise BadRequestError(f"The address of {parts.hostname} holds a name or a password; give it without.")
    if not url.isprintable() or " " in url or len(url) > _LONGEST_URL:
        raise BadRequestError(f"{_named(parts)} holds spaces or control characters, or is too long.")
    if port not in _USUAL_PORTS and not odd_ports:
        raise BadRequestError(f"{_named(parts)} names the port {port}, which is not a port of the web.")
    return parts._replace(path=_as_ascii(parts.path), query=_as_ascii(parts.query))


def place_of(parts: SplitResult) -> tuple[str, int]:
    """Return the host, in the letters that the network knows and without its closing dot, and the port.

    Raises:
        BadRequestError: it is not the name of a host.
    """
    name = (parts.hostname or "").rstrip(".")
    try:
        host = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadRequestError(f"{name[:80]!r} is not the name of a host.") from error
    return host, parts.port or _PORTS[parts.scheme]


def shown(url: str) -> str:
    """Return an address for a message: without a query, which may hold a secret, and not too long."""
    plain = url.partition("?")[0].partition("#")[0]
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in plain[:200]) or (
        "The empty address"
    )


def _named(parts: SplitResult) -> str:
    """Name an address by its host alone: what follows may be a secret, and the message goes into mail."""
    return f"The address of {shown(parts.hostname)}" if parts.hostname else "This address"


def _as_ascii(text: str) -> str:
    return "".join(
        sign if sign.isascii() else "".join(f"%{byte:02X}" for byte in sign.encode()) for sign in text
    )
